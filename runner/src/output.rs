//! The one way to standard output: tables and sentences for people, JSON for machines.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle};
use serde::Serialize;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and sentences.
    Human,
    /// JSON, and nothing else on standard output.
    Json,
    /// Comma-separated values, for `orders` and `metrics`.
    Csv,
}

/// Writes results to standard output.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    format: Format,
}

impl Output {
    /// Output in `format`.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// The format in use.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether people read it.
    #[must_use]
    pub fn is_human(&self) -> bool {
        self.format == Format::Human
    }

    /// Writes `value` as JSON, or the text that `human` makes of it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show<T: Serialize + ?Sized>(&self, value: &T, human: impl FnOnce(&T) -> String) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.is_human() {
            let text = human(value);
            out.write_all(text.as_bytes())?;
            if !text.ends_with('\n') {
                out.write_all(b"\n")?;
            }
        } else {
            serde_json::to_writer_pretty(&mut out, value)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Writes one line that is news, not a result: to standard output for people, to standard error beside JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&self, line: &str) -> io::Result<()> {
        if self.is_human() {
            writeln!(io::stdout().lock(), "{line}")
        } else {
            writeln!(io::stderr().lock(), "{line}")
        }
    }
}

/// A rule below the titles, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table for people.
#[derive(Debug)]
pub struct Table(comfy_table::Table);

impl Table {
    /// A table with these columns; a title that begins with `#` makes a column of numbers.
    #[must_use]
    pub fn new(titles: &[&str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE);
        // Below that, columns would be a letter wide; long lines read better.
        if io::stdout().is_terminal() && table.width().is_some_and(|width| width >= 72) {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        table.set_header(titles.iter().map(|title| title.trim_start_matches('#')));
        for (index, title) in titles.iter().enumerate() {
            let column = table.column_mut(index).expect("the header has just made it");
            column.set_padding((0, 2));
            if title.starts_with('#') {
                column.set_cell_alignment(CellAlignment::Right);
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        Self(table)
    }

    /// Adds a row. Control characters, which could drive a terminal, are shown as `?`.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.0.add_row(cells.into_iter().map(|cell| printable(cell.as_ref())));
    }

    /// The table as text, with a line break at its end.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self.0.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// `text` without control characters, so that what a platform sent cannot drive the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect()
}

/// `1 order line`, `64 order lines`, `12,345 order lines`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `12,345`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `850 ms`, `12.3 s`, `4 min 5 s`.
#[must_use]
pub fn duration_text(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..120_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "line", "lines"), "1 line");
        assert_eq!(duration_text(850), "850 ms");
        assert_eq!(duration_text(12_345), "12.3 s");
        assert_eq!(duration_text(245_000), "4 min 5 s");
    }

    #[test]
    fn a_platform_cannot_drive_the_terminal() {
        let mut table = Table::new(&["Name", "#Count"]);
        table.row(["\u{1b}[31mred", "3"]);
        let text = table.text();
        assert!(text.contains("?[31mred"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
