//! Collected orders: listed, exported, confirmed, shipped, cancelled. Buyers' personal data is in `meta_json` only, which
//! `export --raw` adds.

mod confirm;
mod ship;

use std::collections::HashMap;
use std::path::Path;

use connector_core::time::kst_text;
use storage::{OrderFilter, OrderRow};
use tokio_util::sync::CancellationToken;

use crate::cli::{self, ExportArgs, OrderFilterArgs, OrdersCommand, OrdersListArgs};
use crate::context::Context;
use crate::error::Result;
use crate::export::{Cell, Export, Row};
use crate::output::{Format, Output, Table, counted, grouped};
use crate::selection::stored_at;

pub use ship::parcel as parcel_of;

/// How many rows are in memory at once during an export.
const PAGE: i64 = 1_000;

const COLUMNS: &[&str] = &[
    "id",
    "connector_id",
    "connector",
    "platform",
    "order_id",
    "order_group_id",
    "ordered_at",
    "date_kst",
    "status",
    "state",
    "amount",
    "order_place_id",
    "order_place_name",
    "product_id",
    "product_name",
    "option_id",
    "option_name",
    "seller_code",
    "quantity",
    "unit_price",
    "changed_at",
    "first_seen_at",
    "updated_at",
    "meta_json",
];

/// Carries out a command on orders; `format` as asked for on the command line.
///
/// # Errors
/// `Usage` for a filter that cannot be, else what database or output say.
pub async fn run(
    context: &Context,
    command: OrdersCommand,
    format: Option<Format>,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    match command {
        OrdersCommand::Confirm(args) => confirm::confirm(context, args, output, stop).await,
        OrdersCommand::Cancel(args) => confirm::cancel(context, args, output, stop).await,
        OrdersCommand::Ship(args) => ship::ship(context, args, output, stop).await,
        OrdersCommand::List(args) => list(context, args, format, output).await,
        OrdersCommand::Export(args) => export(context, args, format).await,
    }
}

async fn filter(context: &Context, args: &OrderFilterArgs) -> Result<(OrderFilter, HashMap<i64, String>)> {
    let (connector_ids, names) = stored_at(context, &args.connector).await?;
    let filter = OrderFilter {
        connector_ids,
        platforms: Vec::new(),
        status: args.status.clone(),
        from: args.from.as_deref().map(|day| cli::day("--from", day)).transpose()?,
        to: args.to.as_deref().map(|day| cli::day("--to", day)).transpose()?,
        order_id: args.order_id.clone(),
        text: None,
        own_only: args.own,
        with_raw: false,
    };
    Ok((filter, names))
}

async fn list(context: &Context, args: OrdersListArgs, format: Option<Format>, output: Output) -> Result<u8> {
    let (filter, names) = filter(context, &args.filter).await?;
    let orders = context.storage.orders(filter.clone(), None, i64::from(args.limit)).await?;
    if format == Some(Format::Csv) {
        let mut export = Export::open(Path::new("-"), format, columns(false), false)?;
        for order in orders {
            export.write(&row(order, &names, false))?;
        }
        export.finish()?;
        return Ok(0);
    }
    if !output.is_human() {
        let rows: Vec<Row> = orders.into_iter().map(|order| row(order, &names, false)).collect();
        output.show(&rows, |_| String::new())?;
        return Ok(0);
    }
    let total = context.storage.count_orders(filter).await?;
    output.show(&(), |()| table(&orders, &names, u64::try_from(total).unwrap_or(0)))?;
    Ok(0)
}

fn table(orders: &[OrderRow], names: &HashMap<i64, String>, total: u64) -> String {
    if orders.is_empty() {
        return "No orders match. Collect some: runner --connector NAME".to_owned();
    }
    let mut table =
        Table::new(&["Ordered (KST)", "Connector", "Order line", "Status", "Product", "#Pieces", "#Won"]);
    for order in orders {
        table.row([
            order.ordered_at.get(..19).unwrap_or(&order.ordered_at).replace('T', " "),
            name_of(names, order.connector_id),
            order.order_id.clone(),
            order.status.clone(),
            shortened(order.product_name.as_deref().unwrap_or("-"), 36),
            order.quantity.map_or_else(|| "-".to_owned(), |number| number.to_string()),
            won(order.amount),
        ]);
    }
    let shown = orders.len() as u64;
    let end = if shown < total {
        format!(
            "The newest {} of {}; --limit shows more, `runner orders export` all.",
            grouped(shown),
            grouped(total)
        )
    } else {
        format!("{}.", counted(total, "order line", "order lines"))
    };
    format!("{}\n{end}\n", table.text())
}

async fn export(context: &Context, args: ExportArgs, format: Option<Format>) -> Result<u8> {
    let (mut filter, names) = filter(context, &args.filter).await?;
    filter.with_raw = args.raw;
    let mut export = Export::open(&args.output, format, columns(args.raw), args.raw)?;
    let mut after = None;
    let mut count = 0_u64;
    loop {
        let page = context.storage.orders(filter.clone(), after, PAGE).await?;
        after = page.last().map(OrderRow::position);
        let is_last = (page.len() as i64) < PAGE;
        count += page.len() as u64;
        for order in page {
            export.write(&row(order, &names, args.raw))?;
        }
        if is_last {
            break;
        }
    }
    export.finish()?;
    tracing::info!("exported {}", counted(count, "order line", "order lines"));
    Ok(0)
}

fn columns(raw: bool) -> &'static [&'static str] {
    if raw { COLUMNS } else { &COLUMNS[..COLUMNS.len() - 1] }
}

fn row(order: OrderRow, names: &HashMap<i64, String>, raw: bool) -> Row {
    let mut cells: Vec<Cell> = vec![
        order.id.into(),
        order.connector_id.into(),
        name_of(names, order.connector_id).into(),
        order.platform.into(),
        order.order_id.into(),
        order.order_group_id.into(),
        order.ordered_at.into(),
        order.date_kst.into(),
        order.status.into(),
        order.state.into(),
        order.amount.into(),
        order.order_place_id.into(),
        order.order_place_name.into(),
        order.product_id.into(),
        order.product_name.into(),
        order.option_id.into(),
        order.option_name.into(),
        order.seller_code.into(),
        order.quantity.into(),
        order.unit_price.into(),
        order.changed_at.map(kst_text).into(),
        kst_text(order.first_seen_at).into(),
        kst_text(order.updated_at).into(),
    ];
    if raw {
        cells.push(order.meta_json.into());
    }
    Row(columns(raw).iter().copied().zip(cells).collect())
}

/// The connector's name, or its id when the row is gone.
#[must_use]
pub fn name_of(names: &HashMap<i64, String>, id: i64) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

pub(crate) fn won(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(amount.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> OrderRow {
        let at = connector_core::time::parse_kst("2026-02-15T10:00:00.000+09:00").expect("a time");
        OrderRow {
            id: 1,
            connector_id: 7,
            platform: "smartstore".into(),
            order_id: "2026021512345671".into(),
            order_group_id: None,
            ordered_at: "2026-02-15T10:00:00.000+09:00".into(),
            date_kst: "2026-02-15".into(),
            status: "PAYED".into(),
            state: "paid".into(),
            amount: -12_345,
            order_place_id: None,
            order_place_name: None,
            product_id: None,
            product_name: Some("아주 긴 이름의 상품 ".repeat(5)),
            option_id: None,
            option_name: None,
            seller_code: None,
            quantity: Some(2),
            unit_price: None,
            changed_at: Some(at),
            observed_at: at,
            first_seen_at: at,
            updated_at: at,
            meta_json: Some("{\"name\":\"buyer\"}".into()),
        }
    }

    #[test]
    fn only_raw_rows_hold_the_platforms_object() {
        let names = HashMap::from([(7, "main".to_owned())]);
        let text = serde_json::to_string(&row(order(), &names, false)).expect("plain data");
        assert!(!text.contains("buyer") && text.contains("\"connector\":\"main\""), "{text}");
        assert!(!table(&[order()], &names, 1).contains("buyer"));
        let raw = row(order(), &names, true);
        assert_eq!(raw.0.len(), COLUMNS.len(), "each column has its cell");
        assert_eq!(raw.0.last().map(|(name, _)| *name), Some("meta_json"));
    }

    #[test]
    fn the_table_says_how_many_there_are() {
        let text = table(&[order()], &HashMap::new(), 64);
        assert!(text.contains("-12,345") && text.contains("The newest 1 of 64"), "{text}");
    }
}
