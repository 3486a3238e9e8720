//! `runner orders ship`: one line by hand, or a spreadsheet of parcels in and its results out.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use connector_core::Action;
use connector_core::command::{Parcel, ShippingMethod};
use tokio_util::sync::CancellationToken;

use crate::cli::{ParcelArgs, ShipArgs};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::sheet::{self, Sheet, SheetRow};
use crate::write::{Keys, WriteReport, WriteResult, lines, write};

const ORDER: &[&str] = &["order_id", "상품주문번호", "주문상세번호", "주문번호", "order line", "order"];
const CARRIER: &[&str] = &["carrier", "택배사", "택배사코드", "배송사"];
const TRACKING: &[&str] = &["tracking_number", "송장번호", "운송장번호", "tracking"];
const QUANTITY: &[&str] = &["quantity", "수량", "발송수량"];
const CONNECTOR: &[&str] = &["connector", "계정", "쇼핑몰"];
const METHOD: &[&str] = &["method", "배송방법"];

/// Ships lines.
///
/// # Errors
/// `Usage` when the file cannot be read or a line is not stored; what a platform refuses is in the report and the exit code.
pub(super) async fn ship(
    context: &Context,
    args: ShipArgs,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let now = context.clock.now();
    let keys = Keys::new(args.write.key.clone());
    if let Some(file) = &args.file {
        let results = args.results.clone().unwrap_or_else(|| beside(file));
        return from_sheet(context, file, &results, &args, &keys, output, stop).await;
    }
    let order = args.order.into_iter().collect::<Vec<_>>();
    let parcel = parcel(&args.parcel, now)?;
    let found = lines(context, args.connector.as_deref(), &order).await?;
    let work = found.into_work(&keys, |line| Action::Ship {
        line,
        parcel: parcel.clone(),
        quantity: args.quantity,
    })?;
    let report = write(context, work, args.write.dry_run, stop).await;
    output.show(&report, |report| report.text())?;
    Ok(report.exit_code())
}

/// The parcel of the command line.
///
/// # Errors
/// `Usage` when a parcel service is to carry it and carrier or number are missing.
pub fn parcel(args: &ParcelArgs, sent_at: DateTime<Utc>) -> Result<Parcel> {
    let parcel = Parcel {
        method: args.method.into(),
        carrier: args.carrier.clone(),
        tracking_number: args.tracking_number.clone(),
        sent_at,
    };
    match complete(&parcel) {
        Ok(()) => Ok(parcel),
        Err(missing) => Err(Error::usage(
            missing,
            "give --carrier and --tracking, or --method direct, quick, visit or nothing",
        )),
    }
}

/// A parcel service needs to be named, and so does the parcel.
fn complete(parcel: &Parcel) -> Result<(), String> {
    let is_blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    match parcel.method {
        ShippingMethod::Parcel if is_blank(&parcel.carrier) => Err("the carrier is missing".to_owned()),
        ShippingMethod::Parcel if is_blank(&parcel.tracking_number) => {
            Err("the tracking number is missing".to_owned())
        }
        _ => Ok(()),
    }
}

/// `parcels.xlsx` gives `parcels.result.xlsx`.
fn beside(file: &Path) -> PathBuf {
    let extension = match file.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("csv") => "csv",
        _ => "xlsx",
    };
    file.with_extension(format!("result.{extension}"))
}

/// What one row asks for.
#[derive(Debug)]
struct Wanted {
    order_id: String,
    connector: Option<String>,
    parcel: Parcel,
    quantity: Option<i64>,
}

#[derive(Debug)]
struct Columns {
    order: usize,
    carrier: Option<usize>,
    tracking: Option<usize>,
    quantity: Option<usize>,
    connector: Option<usize>,
    method: Option<usize>,
}

impl Columns {
    fn of(sheet: &Sheet) -> Result<Self> {
        let order = sheet.column(ORDER).ok_or_else(|| {
            Error::usage(
                format!("no column holds the order lines; the titles are: {}", sheet.titles.join(", ")),
                format!("call it one of: {}", ORDER.join(", ")),
            )
        })?;
        Ok(Self {
            order,
            carrier: sheet.column(CARRIER),
            tracking: sheet.column(TRACKING),
            quantity: sheet.column(QUANTITY),
            connector: sheet.column(CONNECTOR),
            method: sheet.column(METHOD),
        })
    }

    fn wanted(&self, row: &SheetRow, args: &ShipArgs, now: DateTime<Utc>) -> Result<Wanted, String> {
        let read = [Some(self.order), self.tracking];
        if read.into_iter().flatten().any(|column| row.rounded.contains(&column)) {
            return Err("a long number stands in it as a number, and the spreadsheet has rounded it; format the column as \
                        text and enter it again"
                .to_owned());
        }
        let order_id = row.cell(Some(self.order)).ok_or("the order line is missing")?.to_owned();
        let method = match row.cell(self.method) {
            None => args.parcel.method.into(),
            Some(word) => method(word).ok_or_else(|| {
                format!("{word:?} is no way to send: use parcel, direct, quick, visit or nothing")
            })?,
        };
        let text =
            |column, given: &Option<String>| row.cell(column).map(str::to_owned).or_else(|| given.clone());
        let parcel = Parcel {
            method,
            carrier: text(self.carrier, &args.parcel.carrier),
            tracking_number: text(self.tracking, &args.parcel.tracking_number)
                .map(|number| number.chars().filter(|c| !matches!(c, '-' | ' ')).collect()),
            sent_at: now,
        };
        complete(&parcel)?;
        let quantity = match row.cell(self.quantity) {
            None => None,
            Some(text) => {
                let number = text.parse::<i64>().ok().filter(|number| *number > 0);
                Some(number.ok_or_else(|| format!("{text:?} is no number of pieces"))?)
            }
        };
        Ok(Wanted { order_id, connector: text(self.connector, &args.connector), parcel, quantity })
    }
}

fn method(word: &str) -> Option<ShippingMethod> {
    Some(match word.trim().to_lowercase().as_str() {
        "parcel" | "택배" | "delivery" => ShippingMethod::Parcel,
        "direct" | "직접배송" | "직접전달" | "화물" => ShippingMethod::Direct,
        "quick" | "퀵" | "퀵서비스" => ShippingMethod::Quick,
        "visit" | "방문수령" => ShippingMethod::Visit,
        "nothing" | "배송없음" => ShippingMethod::Nothing,
        _ => return None,
    })
}

async fn from_sheet(
    context: &Context,
    file: &Path,
    results: &Path,
    args: &ShipArgs,
    keys: &Keys,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let sheet = sheet::read(file)?;
    let columns = Columns::of(&sheet)?;
    let now = context.clock.now();
    let mut outcomes: Vec<Option<WriteResult>> = vec![None; sheet.rows.len()];
    // By connector as the rows name it, so that each is looked up once.
    let mut wanted: HashMap<Option<String>, Vec<(usize, Wanted)>> = HashMap::new();
    let mut seen = HashSet::new();
    for (place, row) in sheet.rows.iter().enumerate() {
        match columns.wanted(row, args, now) {
            Ok(one)
                if one.quantity.is_none() && !seen.insert((one.connector.clone(), one.order_id.clone())) =>
            {
                outcomes[place] =
                    Some(refused(&one.order_id, "the line stands in the file twice".to_owned()));
            }
            Ok(one) => wanted.entry(one.connector.clone()).or_default().push((place, one)),
            Err(reason) => {
                let order = row.cell(Some(columns.order)).unwrap_or_default();
                outcomes[place] = Some(refused(order, reason));
            }
        }
    }
    let mut work = Vec::new();
    for (connector, rows) in wanted {
        let ids: Vec<String> = rows.iter().map(|(_, one)| one.order_id.clone()).collect();
        // A connector that a row names and that is not there is that row's result.
        let found = lines(context, connector.as_deref(), &ids).await;
        for (place, one) in rows {
            let line = match &found {
                Ok(found) => found.take(&one.order_id),
                Err(error) => Err(error.to_string()),
            };
            match line {
                Ok((row, line)) => {
                    let action = Action::Ship { line, parcel: one.parcel, quantity: one.quantity };
                    let key = format!(
                        "{}{}",
                        keys.of(&action),
                        one.quantity.map_or_else(String::new, |_| format!(":{place}"))
                    );
                    crate::write::add(&mut work, row, place, key, action);
                }
                Err(reason) => outcomes[place] = Some(refused(&one.order_id, reason)),
            }
        }
    }
    let places: Vec<usize> = {
        let mut places: Vec<usize> =
            work.iter().flat_map(|account| account.tasks.iter().map(|task| task.place)).collect();
        places.sort_unstable();
        places
    };
    let report = write(context, work, args.write.dry_run, stop).await;
    for (place, result) in places.into_iter().zip(report.results) {
        outcomes[place] = Some(result);
    }
    let outcomes: Vec<WriteResult> =
        outcomes.into_iter().map(|outcome| outcome.expect("every row has its result")).collect();
    let report = WriteReport::new(args.write.dry_run, outcomes);
    sheet::write(results, &with_results(sheet, &report))?;
    output.show(&report, |report| {
        let text = report.text();
        format!("{text}Each row with its result: {}\n", results.display())
    })?;
    Ok(report.exit_code())
}

fn refused(order_id: &str, reason: String) -> WriteResult {
    WriteResult {
        connector: "-".to_owned(),
        platform: "-".to_owned(),
        command: "ship".to_owned(),
        target: order_id.to_owned(),
        result: "refused".to_owned(),
        reference: None,
        code: None,
        message: Some(reason),
        intent: None,
        kind: None,
    }
}

/// The sheet with two columns more.
fn with_results(mut sheet: Sheet, report: &WriteReport) -> Sheet {
    let width = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0).max(sheet.titles.len());
    sheet.titles.resize(width, String::new());
    sheet.titles.extend(["result".to_owned(), "message".to_owned()]);
    for (row, result) in sheet.rows.iter_mut().zip(&report.results) {
        row.cells.resize(width, String::new());
        let code = result.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
        let message = result.message.as_deref().map(|message| format!("{code}{message}")).unwrap_or_default();
        row.cells.extend([result.result.clone(), message]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{MethodArg, WriteArgs};

    fn args() -> ShipArgs {
        ShipArgs {
            order: None,
            connector: None,
            parcel: ParcelArgs { carrier: None, tracking_number: None, method: MethodArg::Parcel },
            quantity: None,
            file: None,
            results: None,
            write: WriteArgs { dry_run: false, key: None },
        }
    }

    fn sheet(titles: &[&str], rows: &[&[&str]]) -> Sheet {
        let texts = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let row = |(index, cells): (usize, &&[&str])| SheetRow {
            number: index + 2,
            cells: texts(cells),
            rounded: Vec::new(),
        };
        Sheet { titles: texts(titles), rows: rows.iter().enumerate().map(row).collect() }
    }

    #[test]
    fn korean_and_english_titles_mean_the_same() {
        let now = connector_core::Clock::system().now();
        for titles in [["order_id", "carrier", "Tracking Number"], ["상품주문번호", "택배사", "송장번호"]]
        {
            let sheet = sheet(&titles, &[&["1", "CJ대한통운", "6804-0545 0931"]]);
            let columns = Columns::of(&sheet).expect("known titles");
            let wanted = columns.wanted(&sheet.rows[0], &args(), now).expect("a parcel");
            assert_eq!(wanted.order_id, "1");
            assert_eq!(
                wanted.parcel.tracking_number.as_deref(),
                Some("680405450931"),
                "blanks and dashes are for people"
            );
        }
        assert_eq!(Columns::of(&sheet(&["이름"], &[])).expect_err("no order column").exit_code(), 2);
    }

    #[test]
    fn a_row_that_cannot_be_sent_says_why() {
        let now = connector_core::Clock::system().now();
        let rows: &[&[&str]] = &[
            &["1", "", "1", ""],
            &["1", "CJGLS", "", ""],
            &["", "CJGLS", "1", ""],
            &["1", "CJGLS", "1", "none"],
            &["1", "CJGLS", "1", "0"],
        ];
        let sheet = sheet(&["order_id", "carrier", "tracking_number", "quantity"], rows);
        let columns = Columns::of(&sheet).expect("known titles");
        for row in &sheet.rows {
            let reason = columns.wanted(row, &args(), now).expect_err("not to be sent");
            assert!(!reason.is_empty());
        }
        let rounded =
            SheetRow { rounded: vec![0], cells: vec!["1".into(), "C".into(), "1".into()], number: 2 };
        assert!(columns.wanted(&rounded, &args(), now).expect_err("rounded").contains("text"));
    }

    #[test]
    fn results_stand_beside_their_rows() {
        let sheet = sheet(&["order_id"], &[&["1"], &["2"]]);
        let done = WriteResult { result: "done".into(), message: None, ..refused("1", String::new()) };
        let report = WriteReport::new(false, vec![done, refused("2", "gone".into())]);
        let sheet = with_results(sheet, &report);
        assert_eq!(sheet.titles, ["order_id", "result", "message"]);
        assert_eq!(sheet.rows[1].cells, ["2", "refused", "gone"]);
        assert_eq!(beside(Path::new("a/parcels.csv")), Path::new("a/parcels.result.csv"));
        assert_eq!(beside(Path::new("a/parcels.xls")), Path::new("a/parcels.result.xlsx"));
    }
}
