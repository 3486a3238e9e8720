//! `runner orders confirm | cancel`: one action for each line.

use connector_core::Action;
use connector_core::command::Line;
use storage::OrderFilter;
use tokio_util::sync::CancellationToken;

use crate::cli::{CancelArgs, ConfirmArgs};
use crate::context::Context;
use crate::error::Result;
use crate::output::Output;
use crate::selection::{Scope, select};
use crate::write::{Keys, lines, write};

/// How many lines of one connector `--all-paid` takes at most; the rest is for the next call.
const MOST: i64 = 100_000;

/// Confirms lines.
///
/// # Errors
/// `Usage` when a line is not stored; what a platform refuses is in the report and the exit code.
pub(super) async fn confirm(
    context: &Context,
    args: ConfirmArgs,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let ids = match args.all_paid {
        true => paid(context, args.connector.as_deref()).await?,
        false => args.orders,
    };
    let found = lines(context, args.connector.as_deref(), &ids).await?;
    let keys = Keys::new(args.write.key);
    let work = found.into_work(&keys, |line| Action::Confirm { line })?;
    let report = write(context, work, args.write.dry_run, stop).await;
    output.show(&report, |report| report.text())?;
    Ok(report.exit_code())
}

/// Cancels lines.
///
/// # Errors
/// As [`confirm`].
pub(super) async fn cancel(
    context: &Context,
    args: CancelArgs,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let found = lines(context, args.lines.connector.as_deref(), &args.lines.orders).await?;
    let keys = Keys::new(args.write.key);
    let action = |line: Line| Action::Cancel {
        line,
        reason: args.reason.into(),
        note: args.note.clone(),
        quantity: args.quantity,
    };
    let report = write(context, found.into_work(&keys, action)?, args.write.dry_run, stop).await;
    output.show(&report, |report| report.text())?;
    Ok(report.exit_code())
}

/// The lines that are paid and not confirmed, as stored, without those that a platform only relays.
async fn paid(context: &Context, connector: Option<&str>) -> Result<Vec<String>> {
    let names: Vec<String> = connector.map(str::to_owned).into_iter().collect();
    let rows = select(&context.storage.connectors().await?, &names, Scope::Enabled)?;
    let filter = OrderFilter {
        connector_ids: rows.iter().filter(|row| row.mode == "api").map(|row| row.id).collect(),
        status: vec![connector_core::OrderState::Paid.name().to_owned()],
        own_only: true,
        ..OrderFilter::default()
    };
    if filter.connector_ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(context.storage.orders(filter, None, MOST).await?.into_iter().map(|order| order.order_id).collect())
}
