//! Reading a spreadsheet, whatever program wrote it.

use std::fs;
use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};

use super::{Sheet, SheetRow};
use crate::error::{Error, Result};

/// The largest whole number that every program keeps exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// More rows than this are a mistake, not a day's parcels.
const MOST_ROWS: usize = 100_000;

/// Reads a CSV file (UTF-8, or CP949 as older Excel writes it) or the first sheet of an XLSX or XLS file. Rows without any text are left
/// out.
///
/// # Errors
/// `Usage` when the file cannot be read as what its name says, or has no rows.
pub fn read(path: &Path) -> Result<Sheet> {
    let extension =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let sheet = match extension.as_str() {
        "xlsx" | "xls" | "xlsm" | "ods" => workbook(path)?,
        "csv" | "txt" => text(path)?,
        other => {
            return Err(Error::usage(
                format!("{}: a file ending in .{other} is no spreadsheet that can be read", path.display()),
                "save it as .xlsx or .csv",
            ));
        }
    };
    if sheet.rows.is_empty() {
        return Err(Error::usage(
            format!("{}: there are no rows below the titles", path.display()),
            "the first row holds the titles, such as order_id, carrier, tracking_number",
        ));
    }
    if sheet.rows.len() > MOST_ROWS {
        return Err(Error::usage(
            format!("{}: {} rows are too many for one file", path.display(), sheet.rows.len()),
            format!("cut it into files of at most {MOST_ROWS} rows"),
        ));
    }
    Ok(sheet)
}

fn unreadable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::usage(
        format!("{} cannot be read: {reason}", path.display()),
        "open it once more and save it as .xlsx or .csv",
    )
}

fn workbook(path: &Path) -> Result<Sheet> {
    let mut book = open_workbook_auto(path).map_err(|error| unreadable(path, error))?;
    let range = book
        .worksheet_range_at(0)
        .ok_or_else(|| unreadable(path, "it has no sheet"))?
        .map_err(|error| unreadable(path, error))?;
    let first_row = range.start().map_or(0, |(row, _)| row as usize);
    let mut rows = range.rows().enumerate().map(|(index, cells)| {
        let mut row = SheetRow { number: first_row + index + 1, ..SheetRow::default() };
        for (column, cell) in cells.iter().enumerate() {
            let (text, is_rounded) = cell_text(cell);
            row.cells.push(text);
            if is_rounded {
                row.rounded.push(column);
            }
        }
        row
    });
    let titles = rows.next().map(|row| row.cells).unwrap_or_default();
    Ok(Sheet { titles, rows: rows.filter(is_filled).collect() })
}

/// A cell as text, and whether its number may have been rounded.
fn cell_text(cell: &Data) -> (String, bool) {
    match cell {
        Data::Float(number) if number.fract() == 0.0 => {
            (format!("{number:.0}"), number.abs() >= EXACT / 10.0)
        }
        Data::String(text) => (text.trim().to_owned(), false),
        other => (other.to_string().trim().to_owned(), false),
    }
}

fn text(path: &Path) -> Result<Sheet> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let (text, _, is_broken) = encoding_rs::EUC_KR.decode(&bytes);
            if is_broken {
                return Err(unreadable(path, "it is neither UTF-8 nor CP949"));
            }
            text.into_owned()
        }
    };
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut titles = Vec::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(path, error))?;
        let number = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        // A spreadsheet's way to keep a number as text: ="0123".
        let plain = |cell: &str| {
            let inner = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell);
            inner.strip_prefix('\'').unwrap_or(inner).to_owned()
        };
        let cells: Vec<String> = record.iter().map(plain).collect();
        if titles.is_empty() {
            titles = cells;
            continue;
        }
        // 1.23457E+14: the digits are gone.
        let is_rounded = |cell: &&String| {
            let upper = cell.to_uppercase();
            upper.contains("E+") && upper.replace("E+", "").chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        let rounded = cells.iter().enumerate().filter(|(_, cell)| is_rounded(cell)).map(|(n, _)| n).collect();
        rows.push(SheetRow { number, cells, rounded });
    }
    rows.retain(is_filled);
    for row in &mut rows {
        row.cells.resize(titles.len().max(row.cells.len()), String::new());
    }
    Ok(Sheet { titles, rows })
}

fn is_filled(row: &SheetRow) -> bool {
    row.cells.iter().any(|cell| !cell.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        (folder, path)
    }

    #[test]
    fn a_csv_of_any_korean_program_is_read() {
        let text =
            "주문번호,택배사,송장번호\n2026021512345671,CJ대한통운,=\"0123456789\"\n\n,,\n2,한진택배,'77\n";
        let cp949 = encoding_rs::EUC_KR.encode(text).0.into_owned();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let tabs = text.replace(',', "\t");
        for bytes in [text.as_bytes(), &marked, &cp949, tabs.as_bytes()] {
            let (_folder, path) = file("parcels.csv", bytes);
            let sheet = read(&path).expect("a sheet");
            assert_eq!(sheet.rows.len(), 2);
            let (order, carrier, number) = (
                sheet.column(&["order_id", "주문번호"]),
                sheet.column(&["택배사"]),
                sheet.column(&["송장 번호"]),
            );
            assert_eq!(sheet.rows[0].cell(order), Some("2026021512345671"));
            assert_eq!(sheet.rows[0].cell(carrier), Some("CJ대한통운"));
            assert_eq!(sheet.rows[0].cell(number), Some("0123456789"));
            assert_eq!((sheet.rows[1].number, sheet.rows[1].cell(number)), (5, Some("77")));
        }
    }

    #[test]
    fn a_number_that_lost_its_digits_is_noticed() {
        let (_folder, path) = file("parcels.csv", b"order_id,tracking_number\n2.02602E+15,680405450931\n");
        assert_eq!(read(&path).expect("a sheet").rows[0].rounded, [0]);
        assert_eq!(cell_text(&Data::Float(680_405_450_931.0)), ("680405450931".to_owned(), false));
        assert!(
            cell_text(&Data::Float(2_026_021_512_345_671.0)).1,
            "sixteen digits as a number are not to be trusted"
        );
    }

    #[test]
    fn what_is_no_spreadsheet_is_refused_with_a_way_out() {
        for (name, bytes) in
            [("a.pdf", &b"%PDF"[..]), ("a.xlsx", b"nonsense"), ("a.csv", b"title\n"), ("a.csv", b"a\xff\xff")]
        {
            let (_folder, path) = file(name, bytes);
            let error = read(&path).expect_err(name);
            assert_eq!(error.exit_code(), 2);
            assert!(!error.fix().is_empty());
        }
    }
}
