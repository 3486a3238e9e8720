//! Reading again what changes without the platform saying so.

use chrono::{DateTime, SecondsFormat, Utc};

use super::asking;
use super::engine::{Run, delta, interrupted};
use super::fetching::fetch_wanted;
use crate::error::Result;

/// At most this many batches a run, those observed longest ago first: the rest is for the next run.
const MOST_BATCHES: usize = 10;

/// Looks for due records this many times within the span that an observation is good for.
const ROUNDS: i32 = 6;

/// Tries records again that earlier runs could not read and this one has not tried: one batch, those that failed
/// longest ago first.
///
/// It comes after the walk, so that a record which the platform cannot serve at all holds up nothing else; and with
/// one call, as each run tries again until the store loses patience with the record.
async fn failed(run: &mut Run<'_>) -> Result<()> {
    let Some(details) = run.stream.details else { return Ok(()) };
    let any = DateTime::UNIX_EPOCH;
    let keys = run.store.due(run.stream.name, &[], any, any, details.batch).await?;
    if keys.is_empty() {
        return Ok(());
    }
    run.report.progress.seen += keys.len() as u64;
    let batch = fetch_wanted(run.client, run.stream, keys).await?;
    run.save(batch).await
}

/// Tries failed records again, then reads due records again, unless the next round lies ahead. The first run only sets
/// the time of that round: it has just read everything.
pub(super) async fn due(run: &mut Run<'_>, now: DateTime<Utc>) -> Result<()> {
    failed(run).await?;
    let (Some(reread), Some(details)) = (run.stream.reread, run.stream.details) else { return Ok(()) };
    let note = format!("reread:{}", run.stream.name);
    let next = run.store.note(&note).await?.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let every = delta(reread.every);
    let following = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    match next {
        None => return run.store.set_note(&note, &following(now + every)).await,
        Some(next) if now < next => return Ok(()),
        Some(_) => {}
    }
    let limit = details.batch * MOST_BATCHES;
    let (after, before) = (now - delta(reread.max_age), now - every);
    let due = run.store.due(run.stream.name, reread.states, after, before, limit).await?;
    if !due.is_empty() {
        tracing::info!(records = due.len(), "reading records again whose state the platform does not report");
    }
    for keys in due.chunks(details.batch) {
        if run.stop.is_cancelled() {
            return Err(interrupted());
        }
        run.report.progress.seen += keys.len() as u64;
        let batch = asking::fetch(run.client, run.stream, keys.to_vec()).await?;
        run.save(batch).await?;
    }
    let pause = if due.len() == limit { every / ROUNDS / 10 } else { every / ROUNDS };
    run.store.set_note(&note, &following(now + pause)).await
}
