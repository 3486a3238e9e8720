//! Telling a platform how much there is, for the server.

use std::collections::HashMap;

use server::host::{Ended, StreamResult};
use storage::{ConnectorRow, LogCounts};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::stock::push::{Telling, Told, tell};
use crate::write::{Keys, WriteResult};

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
    vec![match tell(context, row, &telling, stop).await {
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

fn summed(blank: StreamResult, told: &Told) -> StreamResult {
    let bad: Vec<&WriteResult> = told.results.iter().filter(|result| !result.is_good()).collect();
    let of = |name: &str| told.results.iter().filter(|result| result.result == name).count() as u64;
    let counts = LogCounts {
        seen: told.listings,
        changed: of("done"),
        unchanged: told.unchanged + of("already"),
        failed: bad.len() as u64,
        ..LogCounts::default()
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
