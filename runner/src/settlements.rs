//! `runner settlements …`: what the platforms pay.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use storage::{SettlementFilter, SettlementRow, SettlementSum};
use tokio_util::sync::CancellationToken;

use crate::cli::{self, SettlementsCommand, SettlementsListArgs};
use crate::context::Context;
use crate::error::Result;
use crate::orders::{name_of, won};
use crate::output::{Output, Table};
use crate::progress::Progress;
use crate::pull::pull;
use crate::selection::stored_at;

/// Carries out a command on settlements.
///
/// # Errors
/// `Usage` for a filter that cannot be, else what database or output say.
pub async fn run(
    context: &Context,
    command: SettlementsCommand,
    output: Output,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> Result<u8> {
    match command {
        SettlementsCommand::List(args) => list(context, args, output).await,
        SettlementsCommand::Pull(args) => {
            pull(context, "settlements", &args.connector, output, progress, stop).await
        }
    }
}

#[derive(Serialize)]
struct Listed {
    sums: Vec<SettlementSum>,
    rows: Vec<SettlementRow>,
}

async fn list(context: &Context, args: SettlementsListArgs, output: Output) -> Result<u8> {
    let (connector_ids, names) = stored_at(context, &args.connector).await?;
    let from = args.from.as_deref().map(|day| cli::day("--from", day)).transpose()?;
    let to = args.to.as_deref().map(|day| cli::day("--to", day)).transpose()?;
    let sums = context.storage.settlement_sums(&connector_ids, from.as_deref(), to.as_deref()).await?;
    let filter = SettlementFilter { connector_ids, from, to, ..SettlementFilter::default() };
    let rows = context.storage.settlements(filter, None, i64::from(args.limit)).await?;
    output.show(&Listed { sums, rows }, |listed| text(listed, &names))?;
    Ok(0)
}

fn text(listed: &Listed, names: &HashMap<i64, String>) -> String {
    if listed.rows.is_empty() {
        return "No settlements match. Read them: runner settlements pull".to_owned();
    }
    let mut table = Table::new(&[
        "Recognised",
        "Connector",
        "Kind",
        "Order line",
        "Product",
        "#Sale",
        "#Fee",
        "#Paid",
        "On",
    ]);
    for row in &listed.rows {
        table.row([
            row.recognized_on.clone(),
            name_of(names, row.connector_id),
            row.kind.clone(),
            row.order_id.clone().or_else(|| row.order_group_id.clone()).unwrap_or_else(|| "-".to_owned()),
            row.product_name.clone().unwrap_or_else(|| "-".to_owned()),
            won(row.sale_amount),
            won(row.fee),
            won(row.amount),
            row.paid_on.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    let mut sums = Table::new(&["Month", "Connector", "Kind", "#Rows", "#Sale", "#Fee", "#Paid"]);
    for sum in &listed.sums {
        sums.row([
            sum.month.clone(),
            name_of(names, sum.connector_id),
            sum.kind.clone(),
            sum.rows.to_string(),
            won(sum.sale_amount),
            won(sum.fee),
            won(sum.amount),
        ]);
    }
    format!("{}\nSums of all that match\n\n{}", table.text(), sums.text())
}
