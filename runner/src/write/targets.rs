//! From the ids that people type to what the store holds under them, with the platforms' own objects.

use std::collections::HashMap;

use connector_core::Action;
use connector_core::command::{Line, OfClaim};
use serde_json::value::RawValue;
use storage::{ClaimRow, ConnectorRow};

use super::{AccountWork, Keys, Task};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::selection::{Scope, select};

/// Order lines as they were asked for: each found, or with the reason why not.
#[derive(Debug)]
pub struct Lines {
    ids: Vec<String>,
    rows: Vec<ConnectorRow>,
    /// The place of the account among the rows, and the line.
    found: HashMap<String, (usize, Line)>,
    several: HashMap<String, String>,
}

/// Looks up order lines by the platforms' ids, at the accounts that `connector` means or at all that are enabled. The platforms'
/// own objects are not among what is read: they are given to some at a time when the work is done.
///
/// # Errors
/// `Usage` when `connector` means nothing, else what the database says. Lines that are not there are no error yet.
pub async fn lines(context: &Context, connector: Option<&str>, ids: &[String]) -> Result<Lines> {
    let rows = accounts(context, connector).await?;
    let mut lines =
        Lines { ids: ids.to_vec(), rows: Vec::new(), found: HashMap::new(), several: HashMap::new() };
    for (place, row) in rows.iter().enumerate() {
        for order in context.storage.order_lines(row.id, ids, false).await? {
            let id = order.order_id.clone();
            if let Some((other, _)) = lines.found.insert(id.clone(), (place, order.line())) {
                lines.several.insert(id, format!("{} and {}", rows[other].name, row.name));
            }
        }
    }
    lines.rows = rows;
    Ok(lines)
}

impl Lines {
    /// The line of that id, with its account.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub fn take(&self, id: &str) -> Result<(ConnectorRow, Line), String> {
        if let Some(accounts) = self.several.get(id) {
            return Err(format!("the accounts {accounts} both have it; say which with --connector"));
        }
        // Another row may ask for another part of it.
        let found = self.found.get(id).map(|(place, line)| (self.rows[*place].clone(), line.clone()));
        found.ok_or_else(|| {
            "no order line with this id is stored; collect it first: runner --connector NAME".to_owned()
        })
    }

    /// One action for each line, by account.
    ///
    /// # Errors
    /// `Usage`, naming the lines that are not there; nothing is to be done then.
    pub fn into_work(mut self, keys: &Keys, action: impl Fn(Line) -> Action) -> Result<Vec<AccountWork>> {
        let mut work = Vec::new();
        let ids = std::mem::take(&mut self.ids);
        let mut seen = std::collections::HashSet::new();
        for (place, id) in ids.into_iter().enumerate() {
            let (row, line) = self.take(&id).map_err(|reason| {
                Error::usage(format!("order line {id}: {reason}"), "runner orders list shows the ids")
            })?;
            if seen.insert(id) {
                let action = action(line);
                add(&mut work, row, place, keys.of(&action), action);
            }
        }
        Ok(work)
    }
}

/// Looks up claims by the platforms' ids, each with all its lines, as [`lines`] does.
///
/// # Errors
/// `Usage` when one is not there, or at several accounts.
pub async fn claims(
    context: &Context,
    connector: Option<&str>,
    ids: &[String],
    keys: &Keys,
    action: impl Fn(OfClaim) -> Action,
) -> Result<Vec<AccountWork>> {
    let rows = accounts(context, connector).await?;
    let mut stored = Vec::new();
    for row in &rows {
        stored.extend(context.storage.claim_rows(row.id, ids).await?);
    }
    let mut work = Vec::new();
    let mut place = 0;
    for id in ids {
        let mut of_id: Vec<&ClaimRow> = stored.iter().filter(|claim| claim.claim_id == *id).collect();
        of_id.sort_by_key(|claim| claim.connector_id);
        let [first, ..] = of_id.as_slice() else {
            return Err(Error::usage(
                format!("no claim {id} is stored"),
                "collect it first: runner --connector NAME; runner claims list shows the ids",
            ));
        };
        if of_id.iter().any(|claim| claim.connector_id != first.connector_id) {
            return Err(Error::usage(
                format!("two accounts have a claim {id}"),
                "say which with --connector",
            ));
        }
        for claim in of_id {
            let Some(row) = rows.iter().find(|row| row.id == claim.connector_id) else { continue };
            let action = action(claim.target()?);
            add(&mut work, row.clone(), place, keys.of(&action), action);
            place += 1;
        }
    }
    Ok(work)
}

/// Gives actions that have none the platforms' objects of their targets, as stored by now.
pub(super) async fn give_objects(
    context: &Context,
    row: &ConnectorRow,
    actions: impl Iterator<Item = &mut Action>,
) -> connector_core::Result<()> {
    let mut actions: Vec<&mut Action> = actions.filter(|action| action.raw().is_none()).collect();
    let of = |ids: Vec<Option<String>>| ids.into_iter().flatten().collect::<Vec<String>>();
    let lines = of(actions.iter().map(|action| Some(action.line()?.order_id.clone())).collect());
    let claims = of(actions.iter().map(|action| Some(action.claim()?.claim_id.clone())).collect());
    let listings = of(actions.iter().map(|action| Some(action.listing()?.listing_id.clone())).collect());
    let mut objects: HashMap<String, String> = HashMap::new();
    if !lines.is_empty() {
        let found = context.storage.order_lines(row.id, &lines, true).await?;
        objects.extend(found.into_iter().filter_map(|line| Some((line.order_id, line.meta_json?))));
    }
    if !claims.is_empty() {
        let found = context.storage.claim_rows(row.id, &claims).await?;
        objects.extend(
            found.into_iter().filter_map(|claim| {
                Some((format!("{}/{}", claim.claim_id, claim.order_id), claim.meta_json?))
            }),
        );
    }
    if !listings.is_empty() {
        let found = context.storage.listing_rows(row.id, &listings).await?;
        objects.extend(found.into_iter().filter_map(|listing| {
            Some((format!("{}/{}", listing.listing_id, listing.option_id), listing.meta_json?))
        }));
    }
    for action in &mut actions {
        if let Some(object) = objects.get(&action.target()).cloned().and_then(raw) {
            action.set_raw(object);
        }
    }
    Ok(())
}

/// Adds one thing to its account's work.
pub fn add(work: &mut Vec<AccountWork>, row: ConnectorRow, place: usize, key: String, action: Action) {
    let task = Task { place, key, action };
    match work.iter_mut().find(|account| account.row.id == row.id) {
        Some(account) => account.tasks.push(task),
        None => work.push(AccountWork { row, tasks: vec![task] }),
    }
}

async fn accounts(context: &Context, connector: Option<&str>) -> Result<Vec<ConnectorRow>> {
    let names: Vec<String> = connector.map(str::to_owned).into_iter().collect();
    select(&context.storage.connectors().await?, &names, Scope::Enabled)
}

fn raw(text: String) -> Option<Box<RawValue>> {
    RawValue::from_string(text).ok()
}
