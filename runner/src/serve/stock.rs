//! Telling a platform how much there is, for the server.

use std::collections::HashMap;

use server::host::{Ended, StockTask, StreamResult, ToldStock};
use storage::{ConnectorRow, LogCounts, StorageError};
use tokio_util::sync::CancellationToken;

use super::outcome;
use crate::context::Context;
use crate::stock::push::{Telling, Told, ToldListing, tell};
use crate::write::{Calls, Keys, WriteResult};

/// How many that went wrong are named.
const NAMED: usize = 5;

/// Tells the account's platform of these products, or of all that it sells.
pub(super) async fn push(
    context: &Context,
    row: &ConnectorRow,
    product_ids: &[i64],
    stop_at_zero: bool,
    key: &str,
    stop: &CancellationToken,
) -> Vec<StreamResult> {
    let telling = Telling {
        product_ids: product_ids.to_vec(),
        stop_at_zero,
        assumed: HashMap::new(),
        // What a sync that is taken over sends again is the same only for the same number of pieces.
        key: &|action, pieces| Keys::new(Some(format!("stock-{key}:{pieces}"))).of(action),
        dry_run: false,
        only_gone: false,
        calls: Calls::default(),
    };
    let blank = StreamResult {
        stream: "inventory".to_owned(),
        ended: Ended::Succeeded,
        window_from: None,
        window_to: None,
        counts: LogCounts::default(),
        message: None,
        fix: None,
        code: None,
    };
    let told = tell(context, row, &telling, stop).await;
    let blank =
        StreamResult { counts: LogCounts { calls: telling.calls.count(), ..LogCounts::default() }, ..blank };
    vec![match told {
        Ok(told) => summed(blank, &told),
        Err(error) => StreamResult {
            ended: Ended::Failed,
            message: Some(error.to_string()),
            fix: Some(error.fix().to_owned()),
            code: Some("storage".to_owned()),
            ..blank
        },
    }]
}

/// Takes off sale what has nothing left of these products, or sets it to none where other options of it sell on.
///
/// # Errors
/// When the database fails. What the platform refuses is in what is told.
pub(super) async fn tell_gone(
    context: &Context,
    task: &StockTask,
    stop: &CancellationToken,
) -> Result<ToldStock, StorageError> {
    let keys = Keys::new(Some(task.key.clone()));
    let telling = Telling {
        product_ids: task.product_ids.clone(),
        stop_at_zero: true,
        assumed: HashMap::new(),
        key: &|action, _| keys.of(action),
        dry_run: task.dry_run,
        only_gone: true,
        calls: Calls::default(),
    };
    let told = tell(context, &task.row, &telling, stop).await?;
    let listing = |listing: ToldListing| server::host::ToldListing {
        product_id: listing.product_id,
        listing_row: listing.listing_row,
        listing_id: listing.done.listing_id,
        option_id: listing.done.option_id,
        command: listing.done.command,
        outcome: outcome(listing.result),
    };
    Ok(ToldStock { listings: told.results.into_iter().map(listing).collect(), is_cut: told.is_cut })
}

fn summed(blank: StreamResult, told: &Told) -> StreamResult {
    let results = || told.results.iter().map(|listing| &listing.result);
    let bad: Vec<&WriteResult> = results().filter(|result| !result.is_good()).collect();
    let of = |name: &str| results().filter(|result| result.result == name).count() as u64;
    let counts = LogCounts {
        seen: told.listings,
        changed: of("done"),
        unchanged: told.unchanged + of("already"),
        failed: bad.len() as u64,
        ..blank.counts
    };
    let is_cut = told.is_cut || bad.iter().any(|result| result.code.as_deref() == Some("interrupted"));
    let ended = match (bad.len(), told.results.len()) {
        _ if is_cut => Ended::Interrupted,
        (0, _) => Ended::Succeeded,
        (bad, all) if bad == all && told.unchanged == 0 => Ended::Failed,
        _ => Ended::Partial,
    };
    let message = (!bad.is_empty()).then(|| {
        let name = |result: &&WriteResult| {
            let why = result.message.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("{} {} ({}{why})", result.command, result.target, result.result)
        };
        let named: Vec<String> = bad.iter().take(NAMED).map(name).collect();
        let more = bad.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{} of {} not done: {}{rest}", bad.len(), told.results.len(), named.join("; "))
    });
    let fix = message.is_some().then(|| "what is not certain is told again with the next push".to_owned());
    let code = message.is_some().then(|| "not_told".to_owned());
    StreamResult { ended, counts, message, fix, code, ..blank }
}
