//! The tables.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use crate::lists::Listing;
use crate::push::Push;
use crate::sections::{AtLimits, FirstSync, Increment, Long};

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Results {
    pub(crate) first_syncs: Vec<FirstSync>,
    pub(crate) increments: Vec<Increment>,
    pub(crate) at_limits: Option<AtLimits>,
    pub(crate) million: Option<Long>,
    pub(crate) lists: Vec<Listing>,
    pub(crate) pushes: Vec<Push>,
}

/// As text for a person.
pub(crate) fn text(results: &Results) -> String {
    let mut out = String::new();
    if let Some(first) = results.first_syncs.first() {
        heading(
            &mut out,
            &format!("First sync of {} orders, the middle of {} runs", first.orders, first.repetitions),
        );
        let rows = results.first_syncs.iter().map(|run| {
            vec![
                run.database.to_owned(),
                format!("{:.0}", run.orders_per_second),
                format!("{:.0} ms", run.wall_ms),
                format!("{:.0} ms", run.cpu_ms),
                format!("{:.0} MiB", run.peak_mib),
                format!("{:.0} ms", run.bare_ms),
                format!("{:.0} ms", run.bare_cpu_ms),
                format!("{:.0} MiB", run.bare_peak_mib),
                format!("{:.2}", run.over_bare),
                format!("{:.0} ms", run.fetch_only_ms),
                format!("{:.2}", run.over_fetch_only),
            ]
        });
        let header = [
            "",
            "orders/s",
            "wall",
            "CPU",
            "peak",
            "bare loop",
            "its CPU",
            "its peak",
            "÷ bare",
            "fetching alone",
            "÷ fetching",
        ];
        table(&mut out, &header, rows);
    }
    if !results.increments.is_empty() {
        heading(&mut out, "Later runs, from start to exit");
        let rows = results.increments.iter().map(|run| {
            vec![
                run.database.to_owned(),
                run.changed.to_string(),
                format!("{:.1} ms", run.wall_ms),
                run.calls.to_string(),
                run.feed_calls.to_string(),
                run.detail_calls.to_string(),
            ]
        });
        table(&mut out, &["", "changed orders", "wall", "calls", "list", "details"], rows);
    }
    if let Some(run) = &results.at_limits {
        heading(&mut out, &format!("{} orders at 2 calls/s and endpoint, 4 at once", run.orders));
        let row = vec![
            run.calls.to_string(),
            run.feed_calls.to_string(),
            run.detail_calls.to_string(),
            run.refused.to_string(),
            format!("{:.2} s", run.wall_s),
            format!("{:.2} s", run.shortest_s),
            format!("{:.1} %", run.percent_of_ceiling),
        ];
        let header =
            ["calls", "list", "details", "refused (429)", "wall", "shortest possible", "of the ceiling"];
        table(&mut out, &header, [row]);
    }
    if let Some(run) = &results.million {
        heading(&mut out, &format!("{} orders into SQLite", run.orders));
        let row = vec![
            format!("{:.0}", run.orders_per_second),
            format!("{:.1} s", run.wall_s),
            format!("{:.0} MiB", run.peak_mib),
        ];
        table(&mut out, &["orders/s", "wall", "peak"], [row]);
    }
    if let Some(first) = results.lists.first() {
        heading(
            &mut out,
            &format!("Lists of the server, of {} orders, {} times each", first.orders, first.asked),
        );
        let rows = results.lists.iter().map(|list| {
            let times = [list.median_ms, list.p99_ms, list.bare_median_ms, list.bare_p99_ms];
            let names = [list.database.to_owned(), list.question.to_owned()];
            names.into_iter().chain(times.map(|time| format!("{time:.2} ms"))).collect()
        });
        table(&mut out, &["", "question", "median", "p99", "bare median", "bare p99"], rows);
    }
    if let Some(first) = results.pushes.first() {
        heading(
            &mut out,
            &format!("Products at {} accounts: many without limits, few with them", first.accounts),
        );
        let rows = results.pushes.iter().map(|push| {
            vec![
                push.what.to_owned(),
                push.products.to_string(),
                format!("{:.1} s", push.wall_s),
                push.calls.to_string(),
                push.limited.to_string(),
                format!("{:.0} MiB", push.peak_mib),
            ]
        });
        table(&mut out, &["", "products", "wall", "calls", "429", "server's peak so far"], rows);
    }
    out
}

fn heading(out: &mut String, text: &str) {
    writeln!(out, "\n{text}").expect("a String takes anything");
}

fn table(out: &mut String, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.set_header(header.to_vec()).add_rows(rows);
    for column in table.column_iter_mut().skip(usize::from(header[0].is_empty())) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{table}").expect("a String takes anything");
}
