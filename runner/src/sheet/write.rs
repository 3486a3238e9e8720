//! Writing rows back, each with what became of it.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::Sheet;
use crate::error::{Error, Result};
use crate::export::guarded;

/// Writes a sheet as XLSX or CSV, as the name says; every cell is text. The file is readable by its owner only and appears when it
/// is complete.
///
/// # Errors
/// `Usage` for another ending, `Output` when it cannot be written.
pub fn write(path: &Path, sheet: &Sheet) -> Result<()> {
    let extension =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let bytes = match extension.as_str() {
        "xlsx" => xlsx(sheet)?,
        "csv" => csv(sheet)?,
        _ => {
            return Err(Error::usage(
                format!("{}: results are written as .xlsx or .csv", path.display()),
                "give the file one of these endings",
            ));
        }
    };
    crate::export::private_file(path, &bytes)
}

/// A sheet as XLSX; every cell is text, so that no program takes one for a formula or rounds a long number.
///
/// # Errors
/// `Output` when there is more than a workbook holds.
pub fn xlsx(sheet: &Sheet) -> Result<Vec<u8>> {
    workbook(sheet).map_err(|error| Error::Output(std::io::Error::other(error.to_string())))
}

fn workbook(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    let bold = Format::new().set_bold();
    // As text, so that no program rounds a long number.
    let text = Format::new().set_num_format("@");
    let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    for (column, title) in sheet.titles.iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        page.write_string_with_format(0, column, title, &bold)?;
        page.set_column_width(column, 20)?;
    }
    for (row, cells) in sheet.rows.iter().enumerate() {
        for (column, cell) in cells.cells.iter().enumerate() {
            page.write_string_with_format(
                place(row + 1),
                u16::try_from(column).unwrap_or(u16::MAX),
                cell,
                &text,
            )?;
        }
    }
    page.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

/// A sheet as CSV in UTF-8, marked as such for spreadsheets; a cell that one would take for a formula has a `'` before it.
///
/// # Errors
/// `Output`.
pub fn csv(sheet: &Sheet) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Output(std::io::Error::other(error.to_string()));
    writer.write_record(&sheet.titles).map_err(broken)?;
    for row in &sheet.rows {
        writer.write_record(row.cells.iter().map(|cell| guarded(cell).into_owned())).map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Error::Output(std::io::Error::other(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::super::{SheetRow, read};
    use super::*;

    #[test]
    fn what_is_written_reads_back_digit_by_digit() {
        let row = |number, cells: [&str; 2]| SheetRow {
            number,
            cells: cells.map(str::to_owned).to_vec(),
            rounded: Vec::new(),
        };
        let sheet = Sheet {
            titles: vec!["주문번호".into(), "결과".into()],
            rows: vec![row(2, ["956418605652639712", "done"]), row(3, ["0012", "거절"])],
        };
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["result.xlsx", "result.csv"] {
            let path = folder.path().join(name);
            write(&path, &sheet).expect("written");
            assert_eq!(read(&path).expect("a sheet"), sheet, "{name}");
        }
        assert_eq!(write(&folder.path().join("a.doc"), &sheet).expect_err("refused").exit_code(), 2);
    }
}
