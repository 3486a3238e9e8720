//! Rows on their way out: CSV for spreadsheets, JSON lines for machines.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{Error, Result};
use crate::output::Format;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text; ids as well, since spreadsheets round long numbers.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Nothing.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Empty => serializer.serialize_none(),
        }
    }
}

/// A row with its columns' names, in order. As JSON it is an object.
#[derive(Clone, Debug)]
pub struct Row(pub Vec<(&'static str, Cell)>);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, cell) in &self.0 {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

/// Where exported rows go. A file appears under its name when it is complete.
pub struct Export {
    lines: Lines,
    place: Place,
}

enum Lines {
    Csv { writer: Box<csv::Writer<Box<dyn Write>>>, has_header: bool, columns: &'static [&'static str] },
    Json(Box<dyn Write>),
}

enum Place {
    Stdout,
    /// A pipe or device: written to as it is.
    Special,
    File {
        draft: PathBuf,
        path: PathBuf,
    },
}

impl Export {
    /// Opens an export of rows with these columns to `output`, `-` being standard output. `format` as asked for on
    /// the command line; without it the file's name decides. `is_private` makes a new file readable by its owner only.
    ///
    /// # Errors
    /// `Output` when the file cannot be made.
    pub fn open(
        output: &Path,
        format: Option<Format>,
        columns: &'static [&'static str],
        is_private: bool,
    ) -> Result<Self> {
        let is_json_name = output
            .extension()
            .is_some_and(|extension| extension == "json" || extension == "jsonl" || extension == "ndjson");
        let is_json = match format {
            Some(Format::Json) => true,
            Some(Format::Csv) => false,
            Some(Format::Human) | None => is_json_name,
        };
        let (place, writer): (Place, Box<dyn Write>) = if output == Path::new("-") {
            (Place::Stdout, Box::new(io::stdout()))
        } else if fs::metadata(output).is_ok_and(|metadata| !metadata.is_file()) {
            let file =
                fs::OpenOptions::new().write(true).open(output).map_err(|error| named(output, error))?;
            (Place::Special, Box::new(file))
        } else {
            let mut name = output.as_os_str().to_owned();
            name.push(format!(".{}.part", std::process::id()));
            let draft = PathBuf::from(name);
            let file = new_file(&draft, is_private).map_err(|error| named(output, error))?;
            (Place::File { draft, path: output.to_owned() }, Box::new(file))
        };
        let mut writer: Box<dyn Write> = Box::new(BufWriter::with_capacity(64 * 1024, writer));
        let lines = if is_json {
            Lines::Json(writer)
        } else {
            // Spreadsheets take a file without this mark for the system's old code page.
            writer.write_all("\u{feff}".as_bytes())?;
            Lines::Csv { writer: Box::new(csv::Writer::from_writer(writer)), has_header: false, columns }
        };
        Ok(Self { lines, place })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// `Output`.
    pub fn write(&mut self, row: &Row) -> Result<()> {
        match &mut self.lines {
            Lines::Json(writer) => {
                serde_json::to_writer(&mut *writer, row).map_err(io::Error::from)?;
                writer.write_all(b"\n")?;
            }
            Lines::Csv { writer, has_header, columns } => {
                if !*has_header {
                    writer.write_record(*columns).map_err(io_error)?;
                    *has_header = true;
                }
                for (_, cell) in &row.0 {
                    match cell {
                        Cell::Text(text) => writer.write_field(guarded(text).as_ref()),
                        Cell::Number(number) => writer.write_field(number.to_string()),
                        Cell::Empty => writer.write_field(""),
                    }
                    .map_err(io_error)?;
                }
                writer.write_record(None::<&[u8]>).map_err(io_error)?;
            }
        }
        Ok(())
    }

    /// Ends the export: the file appears under its name.
    ///
    /// # Errors
    /// `Output`.
    pub fn finish(mut self) -> Result<()> {
        match &mut self.lines {
            Lines::Json(writer) => writer.flush()?,
            Lines::Csv { writer, has_header, columns } => {
                if !*has_header {
                    writer.write_record(*columns).map_err(io_error)?;
                }
                writer.flush()?;
            }
        }
        if let Place::File { draft, path } = &self.place {
            fs::rename(draft, path).map_err(|error| named(path, error))?;
        }
        self.place = Place::Special;
        Ok(())
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if let Place::File { draft, .. } = &self.place
            && let Err(error) = fs::remove_file(draft)
        {
            tracing::warn!("{} is left behind: {error}", draft.display());
        }
    }
}

fn new_file(path: &Path, is_private: bool) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    options.open(path)
}

/// Writes a whole file that its owner alone may read; it appears under its name when it is complete.
///
/// # Errors
/// `Output`.
pub(crate) fn private_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let draft = PathBuf::from(name);
    let written = new_file(&draft, true)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() && draft.exists() {
        fs::remove_file(&draft).map_err(|error| named(&draft, error))?;
    }
    written.map_err(|error| named(path, error))
}

fn named(path: &Path, error: io::Error) -> Error {
    Error::Output(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A text as a spreadsheet may open it: one that it would take for a formula gets an apostrophe in front. Buyers write
/// some of these texts.
pub(crate) fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    // The wide ones are what an East Asian spreadsheet takes for the others.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["order_id", "amount", "product_name"];

    fn row(product: &str) -> Row {
        Row(vec![
            ("order_id", Cell::from("2026021512345671")),
            ("amount", Cell::from(-5_000)),
            ("product_name", Cell::from(product)),
        ])
    }

    fn export(name: &str, rows: &[Row]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        let mut export = Export::open(&path, None, COLUMNS, false).expect("a new file");
        for row in rows {
            export.write(row).expect("space");
        }
        assert!(!path.exists(), "nothing half-written stands under the name");
        export.finish().expect("space");
        let names: Vec<_> = fs::read_dir(folder.path()).expect("the folder").collect();
        assert_eq!(names.len(), 1, "no draft is left");
        fs::read_to_string(path).expect("the file")
    }

    #[test]
    fn a_formula_becomes_text_and_a_number_stays_one() {
        let text = export("orders.csv", &[row("=1+2"), row("볼펜, \"파랑\"")]);
        assert_eq!(
            text,
            "\u{feff}order_id,amount,product_name\n2026021512345671,-5000,'=1+2\n\
             2026021512345671,-5000,\"볼펜, \"\"파랑\"\"\"\n"
        );
        for start in ["+", "-", "@", "\t", "\r"] {
            assert!(guarded(start).starts_with('\''), "{start:?}");
        }
    }

    #[test]
    fn an_empty_export_has_its_header() {
        assert_eq!(export("orders.csv", &[]), "\u{feff}order_id,amount,product_name\n");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = export("orders.jsonl", &[row("=1+2"), row("b")]);
        assert_eq!(
            text.lines().next(),
            Some(r#"{"order_id":"2026021512345671","amount":-5000,"product_name":"=1+2"}"#)
        );
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn an_export_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("orders.csv");
        drop(Export::open(&path, None, COLUMNS, false).expect("a new file"));
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
    }
}
