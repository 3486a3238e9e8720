//! Collected daily figures, listed and exported.

use std::collections::HashMap;
use std::path::Path;

use connector_core::time::kst_text;
use storage::{MetricFilter, MetricRow};

use crate::cli::{self, MetricsCommand, MetricsExportArgs, MetricsFilterArgs, MetricsListArgs};
use crate::context::Context;
use crate::error::Result;
use crate::export::{Cell, Export, Row};
use crate::orders::name_of;
use crate::output::{Format, Output, Table, counted};
use crate::selection::{Scope, select};

/// How many rows are in memory at once during an export.
const PAGE: i64 = 1_000;

const COLUMNS: &[&str] = &[
    "id",
    "connector_id",
    "connector",
    "date",
    "entity_type",
    "entity_id",
    "shop_no",
    "impressions",
    "clicks",
    "conversions",
    "conversion_value",
    "spend",
    "updated_at",
    "meta_json",
];

/// Carries out a command on figures; `format` as asked for on the command line.
///
/// # Errors
/// `Usage` for a filter that cannot be, else what database or output say.
pub async fn run(
    context: &Context,
    command: MetricsCommand,
    format: Option<Format>,
    output: Output,
) -> Result<u8> {
    match command {
        MetricsCommand::List(args) => list(context, args, format, output).await,
        MetricsCommand::Export(args) => export(context, args, format).await,
    }
}

async fn filter(context: &Context, args: &MetricsFilterArgs) -> Result<(MetricFilter, HashMap<i64, String>)> {
    let rows = context.storage.connectors().await?;
    let connector_ids = match args.connector.as_slice() {
        [] => Vec::new(),
        names => select(&rows, names, Scope::All)?.iter().map(|row| row.id).collect(),
    };
    let names = rows.into_iter().map(|row| (row.id, row.name)).collect();
    let filter = MetricFilter {
        connector_ids,
        entity_types: args.entity_types.clone(),
        entity_id: args.entity_id.clone(),
        from: args.from.as_deref().map(|day| cli::day("--from", day)).transpose()?,
        to: args.to.as_deref().map(|day| cli::day("--to", day)).transpose()?,
    };
    Ok((filter, names))
}

async fn list(
    context: &Context,
    args: MetricsListArgs,
    format: Option<Format>,
    output: Output,
) -> Result<u8> {
    let (filter, names) = filter(context, &args.filter).await?;
    let metrics = context.storage.metrics(filter, None, i64::from(args.limit)).await?;
    if format == Some(Format::Csv) {
        let mut export = Export::open(Path::new("-"), format, columns(false), false)?;
        for metric in metrics {
            export.write(&row(metric, &names, false))?;
        }
        export.finish()?;
        return Ok(0);
    }
    let rows: Vec<Row> = metrics.into_iter().map(|metric| row(metric, &names, false)).collect();
    output.show(&rows, |rows| table(rows))?;
    Ok(0)
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No figures match. Platforms with a metrics stream: runner platforms".to_owned();
    }
    let shown = [
        "date",
        "connector",
        "entity_type",
        "entity_id",
        "impressions",
        "clicks",
        "conversions",
        "conversion_value",
    ];
    let mut table =
        Table::new(&["Day (KST)", "Connector", "Of", "Id", "#Visits", "#Clicks", "#Orders", "#Sales (won)"]);
    for row in rows {
        table.row(shown.iter().map(|column| match row.0.iter().find(|(name, _)| name == column) {
            Some((_, Cell::Text(text))) => text.clone(),
            Some((_, Cell::Number(number))) => number.to_string(),
            _ => "-".to_owned(),
        }));
    }
    format!("{}\n{}.\n", table.text(), counted(rows.len() as u64, "figure", "figures"))
}

async fn export(context: &Context, args: MetricsExportArgs, format: Option<Format>) -> Result<u8> {
    let (filter, names) = filter(context, &args.filter).await?;
    let mut export = Export::open(&args.output, format, columns(args.raw), false)?;
    let mut after = None;
    let mut count = 0_u64;
    loop {
        let page = context.storage.metrics(filter.clone(), after, PAGE).await?;
        after = page.last().map(|metric| metric.id);
        let is_last = (page.len() as i64) < PAGE;
        count += page.len() as u64;
        for metric in page {
            export.write(&row(metric, &names, args.raw))?;
        }
        if is_last {
            break;
        }
    }
    export.finish()?;
    tracing::info!("exported {}", counted(count, "figure", "figures"));
    Ok(0)
}

fn columns(raw: bool) -> &'static [&'static str] {
    if raw { COLUMNS } else { &COLUMNS[..COLUMNS.len() - 1] }
}

fn row(metric: MetricRow, names: &HashMap<i64, String>, raw: bool) -> Row {
    let mut cells: Vec<Cell> = vec![
        metric.id.into(),
        metric.connector_id.into(),
        name_of(names, metric.connector_id).into(),
        metric.date.into(),
        metric.entity_type.into(),
        metric.entity_id.into(),
        metric.shop_no.into(),
        metric.impressions.into(),
        metric.clicks.into(),
        metric.conversions.into(),
        metric.conversion_value.into(),
        metric.spend.into(),
        kst_text(metric.updated_at).into(),
    ];
    if raw {
        cells.push(metric.meta_json.into());
    }
    Row(columns(raw).iter().copied().zip(cells).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_its_cell() {
        let metric = MetricRow {
            id: 1,
            connector_id: 2,
            date: "2026-02-15".into(),
            entity_type: "store".into(),
            entity_id: "mall".into(),
            shop_no: 1,
            impressions: Some(3),
            clicks: None,
            conversions: None,
            conversion_value: Some(9_000),
            spend: None,
            meta_json: "{}".into(),
            updated_at: connector_core::time::parse_kst("2026-02-16").expect("a day"),
        };
        let names = HashMap::new();
        let raw = row(metric.clone(), &names, true);
        assert_eq!(raw.0.len(), COLUMNS.len());
        let text = table(&[row(metric, &names, false)]);
        assert!(text.contains("9000") && text.contains("1 figure."), "{text}");
    }
}
