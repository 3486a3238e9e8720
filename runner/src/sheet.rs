//! Spreadsheets of people: CSV and XLSX in, the same rows with their results out.
//!
//! Order and tracking numbers are text throughout: a spreadsheet that took a long one for a number has rounded it, and such a
//! cell is refused rather than sent.

mod read;
mod write;

pub use read::read;
pub use write::{csv, write, xlsx};

use std::fmt;

/// A spreadsheet as text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The titles of the columns, as they stand.
    pub titles: Vec<String>,
    /// The rows below, each as long as the titles.
    pub rows: Vec<SheetRow>,
}

/// Shows how large it is: cells may hold buyers' names.
impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({} columns, {} rows)", self.titles.len(), self.rows.len())
    }
}

/// One row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SheetRow {
    /// Its number in the file, titles included, counted from 1.
    pub number: usize,
    /// The cells, trimmed.
    pub cells: Vec<String>,
    /// Columns whose number a spreadsheet has rounded.
    pub rounded: Vec<usize>,
}

/// Shows the number: cells may hold buyers' names.
impl fmt::Debug for SheetRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SheetRow({})", self.number)
    }
}

impl Sheet {
    /// The column that bears one of these names; capitals, blanks and underscores do not matter.
    #[must_use]
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace() && *c != '_').flat_map(char::to_lowercase).collect()
        };
        // The order of the names decides where several columns would do.
        names.iter().find_map(|name| self.titles.iter().position(|title| plain(title) == plain(name)))
    }
}

impl SheetRow {
    /// The cell of a column; `None` where it is empty.
    #[must_use]
    pub fn cell(&self, column: Option<usize>) -> Option<&str> {
        self.cells.get(column?).map(String::as_str).filter(|text| !text.is_empty())
    }
}
