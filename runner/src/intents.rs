//! `runner intents …`: what was to be written, and what became of it.

use connector_core::time::kst_text;
use storage::{IntentFilter, IntentRow, IntentState};
use tokio_util::sync::CancellationToken;

use crate::cli::{IntentsCommand, IntentsListArgs};
use crate::context::Context;
use crate::error::Result;
use crate::orders::name_of;
use crate::output::{Output, Table};
use crate::selection::{Scope, select, stored_at};
use crate::write;

/// Carries out a command on intents.
///
/// # Errors
/// `Usage` for a connector that is not there, or why an account cannot be looked at.
pub async fn run(
    context: &Context,
    command: IntentsCommand,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    match command {
        IntentsCommand::List(args) => list(context, args, output).await,
        IntentsCommand::Resolve(args) => {
            let rows = select(&context.storage.connectors().await?, &args.connector, Scope::Enabled)?;
            let report = write::resolve(context, &rows, stop).await?;
            output.show(&report, |report| match report.results.as_slice() {
                [] => "Nothing is in doubt.".to_owned(),
                _ => report.text(),
            })?;
            // Whatever became of it, it is known; what stays in doubt is not.
            Ok(u8::from(report.results.iter().any(|result| result.result == "unknown")))
        }
    }
}

async fn list(context: &Context, args: IntentsListArgs, output: Output) -> Result<u8> {
    let (connector_ids, names) = stored_at(context, &args.connector).await?;
    let states = if args.open { IntentState::UNSETTLED.to_vec() } else { Vec::new() };
    let filter = IntentFilter { connector_ids, states, ..IntentFilter::default() };
    let found = context.storage.intents(filter, None, i64::from(args.limit)).await?;
    output.show(&found, |found| table(found, &names))?;
    Ok(0)
}

fn table(intents: &[IntentRow], names: &std::collections::HashMap<i64, String>) -> String {
    if intents.is_empty() {
        return "No intents match.".to_owned();
    }
    let mut table =
        Table::new(&["#Id", "Planned (KST)", "Connector", "Command", "Target", "State", "#Sent", "Why"]);
    for intent in intents {
        table.row([
            intent.id.to_string(),
            kst_text(intent.created_at).get(..19).unwrap_or_default().replace('T', " "),
            name_of(names, intent.connector_id),
            intent.command.clone(),
            intent.target.clone(),
            intent.state.name().to_owned(),
            intent.attempts.to_string(),
            intent.message.clone().or_else(|| intent.reference.clone()).unwrap_or_default(),
        ]);
    }
    table.text()
}
