//! Many orders at once: each with what came of it, whatever comes of the others.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use connector_core::command::moves;
use connector_core::{Action, CommandName, ErrorKind, OrderState};
use storage::{ConnectorRow, OrderRow};

use super::attempt::{Planned, attempts};
use super::verdict::{Change, judge, objection};
use super::wanted::{Wanted, legal, past};
use crate::access::Access;
use crate::host::WriteTask;
use crate::problem::Problem;

/// An order and what is to be done to it.
pub(crate) struct Asked {
    /// Its id here.
    pub(crate) id: i64,
    /// What is to be done.
    pub(crate) wanted: Wanted,
}

/// An order as it is stored now, and what became of what was asked.
pub(crate) struct Carried {
    /// The order line.
    pub(crate) order: OrderRow,
    /// What became of it.
    pub(crate) change: Change,
}

/// The neutral state of a stored line.
pub(crate) fn state_of(order: &OrderRow) -> OrderState {
    OrderState::from_name(&order.state).unwrap_or(OrderState::Unknown)
}

/// Carries out what is asked, each id once: one result for each, in their order.
///
/// # Errors
/// When the database fails; what stands against one order is its own result.
pub(crate) async fn carry_out(
    access: &Access,
    asked: &[Asked],
) -> Result<Vec<Result<Carried, Problem>>, Problem> {
    let accounts = access.data_of(None, None).await?;
    let accounts: HashMap<i64, ConnectorRow> = accounts.into_iter().map(|row| (row.id, row)).collect();
    let ids: Vec<i64> = asked.iter().map(|one| one.id).collect();
    let account_ids: Vec<i64> = accounts.keys().copied().collect();
    let orders = read(access, &account_ids, &ids).await?;
    let now = access.app.clock.now();

    let mut results: Vec<Option<Result<Change, Problem>>> = Vec::with_capacity(asked.len());
    // Where the order's state at the platform may stand against it, what is legal instead is told.
    let mut by_state = vec![false; asked.len()];
    let mut by_account: BTreeMap<i64, (Vec<Place>, Vec<Planned>)> = BTreeMap::new();
    for (index, one) in asked.iter().enumerate() {
        match prepared(access, &accounts, orders.get(&one.id), &one.wanted, now) {
            Ok(Prepared { account_id, planned, objection, has_gone_on }) => {
                results.push(None);
                let (places, all) = by_account.entry(account_id).or_default();
                places.push(Place { index, objection, has_gone_on });
                all.push(planned);
            }
            Err(problem) => results.push(Some(Err(problem))),
        }
    }

    let (mut places, mut tasks) = (Vec::new(), Vec::new());
    for (account_id, (of_account, planned)) in by_account {
        let attempts = attempts(&access.app.storage, account_id, &planned).await?;
        for ((place, planned), attempt) in of_account.into_iter().zip(planned).zip(attempts) {
            match (attempt.done, place.objection) {
                (Some(intent), objection) if objection.is_none() || place.has_gone_on => {
                    results[place.index] = Some(Ok(Change::already(Some(intent))));
                }
                (_, Some(problem)) => results[place.index] = Some(Err(problem)),
                (_, None) => {
                    places.push(place.index);
                    let row = accounts[&account_id].clone();
                    tasks.push(WriteTask { row, key: attempt.key, action: planned.action });
                }
            }
        }
    }
    let rows: Vec<i64> = tasks.iter().map(|task| task.row.id).collect();
    let outcomes = if tasks.is_empty() { Vec::new() } else { access.app.write(tasks).await };
    for ((place, account_id), outcome) in places.into_iter().zip(rows).zip(outcomes) {
        by_state[place] = matches!(outcome.kind, None | Some(ErrorKind::Conflict));
        results[place] = Some(judge(outcome, &accounts[&account_id]));
    }

    let mut orders = read(access, &account_ids, &ids).await?;
    let mut answers = Vec::with_capacity(asked.len());
    for ((one, result), by_state) in asked.iter().zip(results).zip(by_state) {
        let order = orders.remove(&one.id);
        answers.push(match (result, order) {
            (Some(Ok(change)), Some(order)) => Ok(Carried { order, change }),
            (Some(Err(problem)), Some(order)) if by_state && problem.status() == 409 => {
                Err(problem.with_legal(legal(state_of(&order), Some(one.wanted.command()))))
            }
            (Some(Err(problem)), _) => Err(problem),
            (Some(Ok(_)) | None, _) => Err(no_order()),
        });
    }
    Ok(answers)
}

fn no_order() -> Problem {
    Problem::not_found("there is no such order")
}

async fn read(access: &Access, account_ids: &[i64], ids: &[i64]) -> Result<HashMap<i64, OrderRow>, Problem> {
    let rows = access.app.storage.orders_of(account_ids, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Where an order stands in the request, and what stands against doing it anew.
struct Place {
    index: usize,
    objection: Option<Problem>,
    has_gone_on: bool,
}

/// What is to be done for an order, and at which account.
struct Prepared {
    account_id: i64,
    planned: Planned,
    /// What stands against it, as far as it is known here.
    objection: Option<Problem>,
    /// Whether what was once done so has led the order on from there: a parcel that has arrived was sent.
    has_gone_on: bool,
}

fn prepared(
    access: &Access,
    accounts: &HashMap<i64, ConnectorRow>,
    order: Option<&OrderRow>,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<Prepared, Problem> {
    let order = order.ok_or_else(no_order)?;
    let row = accounts.get(&order.connector_id).ok_or_else(no_order)?;
    let action = wanted.action(&*access.app.host, &row.platform, order.line(), now)?;
    let (command, state) = (wanted.command(), state_of(order));
    let has_gone_on =
        command == CommandName::Ship && matches!(state, OrderState::Delivered | OrderState::Decided);
    let is_past = past(command, state)
        .map(|message| Problem::conflict(message).with_legal(legal(state, Some(command))));
    let objection = is_past.or_else(|| objection(row));
    Ok(Prepared { account_id: row.id, planned: planned(action, order), objection, has_gone_on })
}

fn planned(action: Action, order: &OrderRow) -> Planned {
    let is_open = moves(action.name()).is_some_and(|moves| moves.from.contains(&state_of(order)));
    Planned { action, step: String::new(), is_open, observed_at: order.observed_at }
}
