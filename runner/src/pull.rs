//! Reading a stream that is read on request, at every account that has it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::catalogue;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::progress::Progress;
use crate::selection::{Scope, select};
use crate::sync::{self, SyncJob};

/// How many accounts are read at once.
const CONCURRENCY: usize = 4;

/// Reads `stream` of the connectors that `names` mean, or of all enabled ones that have it.
///
/// # Errors
/// `Usage` when none of them has it.
pub async fn pull(
    context: &Context,
    stream: &'static str,
    names: &[String],
    output: Output,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> Result<u8> {
    let mut rows = select(&context.storage.connectors().await?, names, Scope::Enabled)?;
    // A row of a platform that this binary does not hold is reported by its own run.
    rows.retain(|row| {
        connector_core::registry::find(&row.platform)
            .and_then(catalogue::spec)
            .is_ok_and(|spec| spec.stream(stream).is_ok())
    });
    if rows.is_empty() {
        return Err(Error::usage(
            format!("none of these connectors has {stream}"),
            "runner platforms shows which platforms have it",
        ));
    }
    let job = SyncJob {
        rows,
        streams: vec![stream.to_owned()],
        from: None,
        to: None,
        dry_run: false,
        concurrency: CONCURRENCY,
    };
    let summary = sync::run(context, &job, progress, stop.clone()).await?;
    output.show(&summary, |summary| summary.text())?;
    Ok(summary.exit_code())
}
