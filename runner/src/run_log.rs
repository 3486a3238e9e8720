//! Past runs.

use std::collections::HashMap;

use connector_core::time::kst_text;
use serde::Serialize;
use storage::{LogCounts, LogFilter, LogRow};

use crate::cli::LogArgs;
use crate::context::Context;
use crate::error::Result;
use crate::orders::name_of;
use crate::output::{Output, Table, duration_text, grouped};
use crate::selection::{Scope, select};

/// Outcomes that want somebody's attention.
const NOT_WELL: &[&str] = &["partial", "failed", "suspect", "interrupted"];

/// A past run; times are Korean.
#[derive(Debug, Serialize)]
struct Run {
    id: i64,
    connector_id: i64,
    connector: String,
    stream: String,
    mode: String,
    started_at: String,
    finished_at: Option<String>,
    window_from: Option<String>,
    window_to: Option<String>,
    #[serde(flatten)]
    counts: LogCounts,
    duration_ms: Option<u64>,
    outcome: String,
    message: Option<String>,
    runner: String,
}

impl Run {
    fn new(row: LogRow, names: &HashMap<i64, String>) -> Self {
        Self {
            id: row.id,
            connector_id: row.connector_id,
            connector: name_of(names, row.connector_id),
            stream: row.stream,
            mode: row.mode,
            started_at: kst_text(row.started_at),
            finished_at: row.finished_at.map(kst_text),
            window_from: row.window_from.map(kst_text),
            window_to: row.window_to.map(kst_text),
            counts: row.counts,
            duration_ms: row.duration_ms,
            outcome: row.outcome,
            message: row.message,
            runner: row.runner,
        }
    }
}

/// Shows past runs, newest first.
///
/// # Errors
/// `Usage` for an unknown connector, else what database or output say.
pub async fn run(context: &Context, args: LogArgs, output: Output) -> Result<u8> {
    let rows = context.storage.connectors().await?;
    let connector_ids = match args.connector.as_slice() {
        [] => Vec::new(),
        names => select(&rows, names, Scope::All)?.iter().map(|row| row.id).collect(),
    };
    let names: HashMap<i64, String> = rows.into_iter().map(|row| (row.id, row.name)).collect();
    let outcomes =
        if args.failed { NOT_WELL.iter().map(|&word| word.to_owned()).collect() } else { Vec::new() };
    let filter = LogFilter { connector_ids, outcomes, ..LogFilter::default() };
    let runs = context.storage.logs(filter, i64::from(args.limit)).await?;
    let runs: Vec<Run> = runs.into_iter().map(|row| Run::new(row, &names)).collect();
    output.show(&runs, |runs| text(runs))?;
    Ok(0)
}

fn text(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "No runs match.".to_owned();
    }
    let short = |at: &str| at.get(..16).unwrap_or(at).replace('T', " ");
    let mut table = Table::new(&[
        "Started (KST)",
        "Account",
        "Stream",
        "Window (KST)",
        "#Calls",
        "#Seen",
        "#New",
        "#Changed",
        "#Unchanged",
        "#Failed",
        "#Time",
        "Result",
    ]);
    let mut messages = String::new();
    for run in runs {
        let window = match (&run.window_from, &run.window_to) {
            (Some(from), Some(to)) => format!("{} to {}", short(from), short(to)),
            _ => "-".to_owned(),
        };
        table.row([
            short(&run.started_at),
            run.connector.clone(),
            run.stream.clone(),
            window,
            grouped(run.counts.calls),
            grouped(run.counts.seen),
            grouped(run.counts.new),
            grouped(run.counts.changed),
            grouped(run.counts.unchanged + run.counts.older),
            grouped(run.counts.failed),
            run.duration_ms.map_or_else(|| "-".to_owned(), duration_text),
            run.outcome.clone(),
        ]);
        if let Some(message) = &run.message {
            messages.push_str(&format!("{} {}: {message}\n", short(&run.started_at), run.connector));
        }
    }
    let text = table.text();
    if messages.is_empty() { text } else { format!("{text}\n{messages}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_says_what_it_did_and_why_it_failed() {
        let at = connector_core::time::parse_kst("2026-02-15T10:00:00.000+09:00").expect("a time");
        let row = LogRow {
            id: 1,
            connector_id: 7,
            stream: "orders".into(),
            mode: "api".into(),
            runner: "host/1".into(),
            started_at: at,
            finished_at: Some(at),
            window_from: Some(at),
            window_to: Some(at),
            counts: LogCounts { seen: 1_200, new: 3, ..LogCounts::default() },
            duration_ms: Some(2_500),
            outcome: "failed".into(),
            message: Some("token: refused".into()),
        };
        let names = HashMap::from([(7, "main".to_owned())]);
        let text = text(&[Run::new(row.clone(), &names)]);
        for part in ["main", "1,200", "2.5 s", "failed", "2026-02-15 10:00 main: token: refused"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        let json = serde_json::to_value(Run::new(row, &names)).expect("plain data");
        assert_eq!((&json["new"], &json["connector"]), (&3.into(), &"main".into()));
    }
}
