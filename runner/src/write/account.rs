//! One account's part of a write: hold it, settle what is in doubt, note, carry out.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use connector_core::command::{Item, Patience, Performed, Verdict, perform, resolve as find_out};
use connector_core::http::{Client, CredentialStore};
use connector_core::{CommandName, Error, ErrorKind, Mode, Result};
use storage::{ConnectorRow, IntentRow, IntentState, NewIntent, Session};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::fresh::Fresh;
use super::targets::give_objects;
use super::{AccountWork, Calls, Task, WAIT_FOR_ACCOUNT, WriteReport, WriteResult};
use crate::account::open_account;
use crate::connection::connect;
use crate::context::Context;
use crate::handover;
use crate::lease::{Held, Hold, hold};
use crate::stock::settle::settle;

/// Things that are in memory at once with their platforms' objects: many times what a platform takes in one call or look.
const AT_ONCE: usize = 1_200;

/// Carries out the work of all accounts, side by side. An account that fails leaves its reason in each of its results.
pub async fn write(
    context: &Context,
    work: Vec<AccountWork>,
    dry_run: bool,
    stop: &CancellationToken,
) -> WriteReport {
    write_counted(context, work, dry_run, stop, &Calls::default()).await
}

/// As [`write`], and counts the calls.
pub(crate) async fn write_counted(
    context: &Context,
    work: Vec<AccountWork>,
    dry_run: bool,
    stop: &CancellationToken,
    calls: &Calls,
) -> WriteReport {
    let mut accounts = JoinSet::new();
    for AccountWork { row, tasks } in work {
        let (context, stop, calls) = (context.clone(), stop.child_token(), calls.clone());
        accounts.spawn(async move {
            let results = account(&context, &row, &tasks, dry_run, &stop, &calls).await;
            tasks.iter().map(|task| task.place).zip(results).collect::<Vec<_>>()
        });
    }
    let mut placed = Vec::new();
    while let Some(finished) = accounts.join_next().await {
        placed.extend(finished.unwrap_or_default());
    }
    placed.sort_by_key(|(place, _)| *place);
    WriteReport::new(dry_run, placed.into_iter().map(|(_, result)| result).collect())
}

/// Finds out what became of everything that is in doubt in these accounts. Sends nothing.
///
/// # Errors
/// Why an account cannot be looked at.
pub async fn resolve(
    context: &Context,
    rows: &[ConnectorRow],
    stop: &CancellationToken,
) -> Result<WriteReport> {
    resolve_counted(context, rows, stop, &Calls::default()).await
}

/// As [`resolve`], and counts the calls.
///
/// # Errors
/// Why an account cannot be looked at.
pub(crate) async fn resolve_counted(
    context: &Context,
    rows: &[ConnectorRow],
    stop: &CancellationToken,
    calls: &Calls,
) -> Result<WriteReport> {
    let mut results = Vec::new();
    for row in rows {
        if context.storage.unsettled(row.id).await?.is_empty() {
            continue;
        }
        let stop = stop.child_token();
        let desk = Desk::open(context, row, false, &stop).await?;
        let found = desk.settle_doubts(context, row, &stop).await;
        desk.close(calls).await;
        results.extend(found?);
    }
    Ok(WriteReport::new(false, results))
}

/// One result a task, in their order.
async fn account(
    context: &Context,
    row: &ConnectorRow,
    tasks: &[Task],
    dry_run: bool,
    stop: &CancellationToken,
    calls: &Calls,
) -> Vec<WriteResult> {
    let has_lines = tasks.iter().any(|task| task.action.line().is_some() || task.action.claim().is_some());
    let mut results: Vec<WriteResult> = tasks.iter().map(|task| blank(row, task)).collect();
    let done = match Desk::open(context, row, dry_run, stop).await {
        Ok(desk) => {
            let done = desk.work(context, row, tasks, &mut results, stop).await;
            desk.close(calls).await;
            // What was seen of order lines afterwards is stored.
            if !dry_run && has_lines {
                settle(&context.storage, row).await;
            }
            done
        }
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        tracing::error!(connector.id = row.id, "{} \"{}\": {error}", row.platform, row.name);
        let verdict = Verdict::Failed((&error).into());
        for result in results.iter_mut().filter(|result| result.result.is_empty()) {
            *result = result.clone().with(&verdict);
        }
    }
    results
}

/// A held account and its client.
struct Desk {
    held: Option<Held>,
    session: Session,
    client: Client,
}

impl Desk {
    async fn open(
        context: &Context,
        row: &ConnectorRow,
        dry_run: bool,
        stop: &CancellationToken,
    ) -> Result<Self> {
        if row.mode != Mode::Api.name() {
            return Err(Error::config(format!(
                "{:?} is in fixture mode: there is no platform to write to",
                row.name
            ))
            .with_fix(format!(
                "runner connectors set {} --mode api, or try it with `runner sim`",
                row.name
            )));
        }
        if let Some(reason) = row.needs_authorization() {
            return Err(Error::new(ErrorKind::Auth, reason.to_owned())
                .with_fix(format!("runner connectors authorize {}", row.name)));
        }
        let (held, session) = match dry_run {
            true => (None, context.storage.dry_session(row.id)),
            false => {
                let held = wait_for(context, row, stop).await?;
                let session = held.session.clone();
                (Some(held), session)
            }
        };
        let opened = async {
            let account = open_account(context, row).await?;
            let credentials: Arc<dyn CredentialStore> = Arc::new(session.clone());
            let client = connect(&account, Some(credentials), stop.clone(), |transport| transport)?;
            handover::take(&session, &client).await;
            Ok(client)
        };
        match opened.await {
            Ok(client) => Ok(Self { held, session, client }),
            Err(error) => {
                if let Some(held) = held {
                    held.release().await;
                }
                Err(error)
            }
        }
    }

    /// Whether nothing is to be sent: the account is then not held.
    fn is_dry(&self) -> bool {
        self.held.is_none()
    }

    async fn close(self, calls: &Calls) {
        calls.add(self.client.calls());
        if let Some(held) = self.held {
            handover::leave(&self.session, &self.client).await;
            held.release().await;
        }
    }

    /// Does some at a time, so that a hundred thousand take no more memory than some do. An error leaves the results of what was
    /// not done blank.
    async fn work(
        &self,
        context: &Context,
        row: &ConnectorRow,
        tasks: &[Task],
        results: &mut [WriteResult],
        stop: &CancellationToken,
    ) -> Result<()> {
        if !self.is_dry() {
            self.settle_doubts(context, row, stop).await?;
        }
        let mut known = HashSet::new();
        let mut done = 0;
        for (some, results) in tasks.chunks(AT_ONCE).zip(results.chunks_mut(AT_ONCE)) {
            self.some(context, row, some, results, &mut known, stop).await?;
            done += some.len();
            if tasks.len() > AT_ONCE {
                tracing::info!(connector.id = row.id, "{}: {done} of {}", row.name, tasks.len());
            }
        }
        Ok(())
    }

    async fn some(
        &self,
        context: &Context,
        row: &ConnectorRow,
        tasks: &[Task],
        results: &mut [WriteResult],
        known: &mut HashSet<i64>,
        stop: &CancellationToken,
    ) -> Result<()> {
        let dry_run = self.is_dry();
        let mut by_command: Vec<(CommandName, Vec<(usize, Item)>)> = Vec::new();
        let intents = match dry_run {
            true => vec![None; tasks.len()],
            false => self.plan(tasks, known).await?.into_iter().map(Some).collect(),
        };
        let fresh = Fresh::of(context, row, tasks).await?;
        let mut waiting = Vec::new();
        for (index, (task, intent)) in tasks.iter().zip(intents).enumerate() {
            if let Some(intent) = &intent {
                results[index].intent = Some(intent.id);
                // The same request came before, and this is what became of it; what failed for a passing reason is tried anew.
                if !matches!(intent.state, IntentState::Planned | IntentState::Failed) {
                    results[index].repeat(intent);
                    continue;
                }
            }
            if let Some(objection) = fresh.objection(&task.action) {
                results[index] = results[index].clone().with(&objection);
                waiting.extend(intent.map(|intent| intent.id));
                continue;
            }
            let item = Item { intent: intent.map_or(0, |intent| intent.id), action: task.action.clone() };
            let name = task.action.name();
            match by_command.iter_mut().find(|(command, _)| *command == name) {
                Some((_, items)) => items.push((index, item)),
                None => by_command.push((name, vec![(index, item)])),
            }
        }
        if !waiting.is_empty() {
            self.session.end_planned(&waiting, "another one of its code was sent a moment ago").await?;
        }
        for (_, items) in by_command {
            let (places, mut items): (Vec<usize>, Vec<Item>) = items.into_iter().unzip();
            give_objects(context, row, items.iter_mut().map(|item| &mut item.action)).await?;
            let performed =
                perform(&self.client, &self.session, items, &Patience::default(), stop, dry_run).await?;
            for (place, Performed { verdict, .. }) in places.into_iter().zip(performed) {
                results[place] = results[place].clone().with(&verdict);
            }
        }
        Ok(())
    }

    /// Notes what is to be done. One intent is carried out once, however often one request names it.
    async fn plan(&self, tasks: &[Task], known: &mut HashSet<i64>) -> Result<Vec<IntentRow>> {
        let new = tasks
            .iter()
            .map(|task| NewIntent { key: task.key.clone(), action: task.action.clone() })
            .collect();
        let planned = self.session.plan(new).await?.into_iter().map(|planned| planned.intent);
        Ok(planned
            .map(|intent| match known.insert(intent.id) {
                true => intent,
                false => IntentRow { state: IntentState::Already, ..intent },
            })
            .collect())
    }

    /// What earlier processes left: what was never sent is closed, what may have been is looked for.
    async fn settle_doubts(
        &self,
        context: &Context,
        row: &ConnectorRow,
        stop: &CancellationToken,
    ) -> Result<Vec<WriteResult>> {
        let (planned, doubtful): (Vec<IntentRow>, Vec<IntentRow>) =
            self.session.unsettled().await?.into_iter().partition(|row| row.state == IntentState::Planned);
        let planned: Vec<i64> = planned.iter().map(|intent| intent.id).collect();
        if !planned.is_empty() {
            let message = "the process that planned it ended before it was sent";
            self.session.end_planned(&planned, message).await?;
        }
        if doubtful.is_empty() {
            return Ok(Vec::new());
        }
        tracing::info!(
            connector.id = row.id,
            "{}: finding out what became of {} intents",
            row.name,
            doubtful.len()
        );
        let mut by_command: BTreeMap<CommandName, Vec<Item>> = BTreeMap::new();
        for intent in doubtful {
            let action = intent.action()?;
            by_command.entry(action.name()).or_default().push(Item { intent: intent.id, action });
        }
        let mut results = Vec::new();
        for mut items in by_command.into_values() {
            give_objects(context, row, items.iter_mut().map(|item| &mut item.action)).await?;
            let found = find_out(&self.client, &self.session, items, &Patience::default(), stop).await?;
            results.extend(found.into_iter().map(|performed| {
                let task = Task { place: 0, key: String::new(), action: performed.item.action };
                WriteResult { intent: Some(performed.item.intent), ..blank(row, &task) }
                    .with(&performed.verdict)
            }));
        }
        Ok(results)
    }
}

/// Holds the account, waiting for whoever works on it: a sync gives it back soon.
async fn wait_for(context: &Context, row: &ConnectorRow, stop: &CancellationToken) -> Result<Held> {
    let began = Instant::now();
    loop {
        match hold(&context.storage, row.id, stop).await? {
            Hold::Held(held) => return Ok(held),
            Hold::Busy(message) if began.elapsed() >= WAIT_FOR_ACCOUNT => {
                return Err(Error::new(ErrorKind::Conflict, message)
                    .with_fix("nothing was sent; give the command again when that run is over"));
            }
            Hold::Busy(_) => tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_millis(300)) => {}
                () = stop.cancelled() => {
                    return Err(Error::new(ErrorKind::Interrupted, "stopped while waiting for the account"));
                }
            },
        }
    }
}

fn blank(row: &ConnectorRow, task: &Task) -> WriteResult {
    WriteResult {
        connector: row.name.clone(),
        platform: row.platform.clone(),
        command: task.action.name().name().to_owned(),
        target: task.action.target(),
        result: String::new(),
        reference: None,
        code: None,
        message: None,
        intent: None,
        kind: None,
    }
}
