//! The label sheet: where the parcels of paid orders go.

mod lines;
mod shipment;
mod stock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use connector_core::time::kst_date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Access;
use crate::extract::MaybeBody;
use crate::host::{SheetFormat, Table};
use crate::problem::{InputError, Problem};
use crate::writes::{Touched, Unkept};

use lines::LeftOut;
use shipment::Shipment;
use stock::Unallocated;

/// How many rows the sheet has.
const ROWS: HeaderName = HeaderName::from_static("x-label-rows");

/// How many orders are in none of them for another reason.
const LEFT_OUT: HeaderName = HeaderName::from_static("x-label-left-out");

/// How many of them for want of stock.
const UNALLOCATED: HeaderName = HeaderName::from_static("x-label-unallocated");

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Which orders, and what the sheet is written as.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelsWanted {
    /// The order lines' ids here, 1,000 at most; then no filter is given.
    #[schema(min_items = 1, max_items = 1000)]
    order_ids: Option<Vec<i64>>,
    /// At this platform.
    #[schema(example = "coupang")]
    platform: Option<String>,
    /// Of this account.
    account_id: Option<i64>,
    /// Of these neutral statuses, comma-separated: `paid`, `preparing`, or both, which is the default.
    #[schema(example = "preparing")]
    status: Option<String>,
    /// Ordered at or after this day or time; without an offset it is Korean time.
    start_date: Option<String>,
    /// Ordered before this time; a bare day includes that day.
    end_date: Option<String>,
    /// `csv`, `xlsx` or `json`. Default: what `Accept` names, else `csv`.
    #[schema(example = "xlsx")]
    format: Option<String>,
}

/// The sheet as JSON.
#[derive(Serialize, ToSchema)]
pub(crate) struct Labels {
    /// One for each shipment.
    labels: Vec<Shipment>,
    /// The orders that are in none of them, for want of stock: of a product of which more is sold than there is, the latest.
    unallocated: Vec<Unallocated>,
    /// The orders that are in none of them for another reason.
    left_out: Vec<LeftOut>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Sheet(SheetFormat),
    Json,
}

impl Format {
    fn of(asked: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        if let Some(word) = asked {
            return match word.trim().to_ascii_lowercase().as_str() {
                "csv" => Ok(Self::Sheet(SheetFormat::Csv)),
                "xlsx" => Ok(Self::Sheet(SheetFormat::Xlsx)),
                "json" => Ok(Self::Json),
                _ => {
                    let error = InputError::at("/format", "takes csv, xlsx or json");
                    Err(Problem::invalid_input(vec![error]))
                }
            };
        }
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let named = accepted.flat_map(|value| value.split(',')).find_map(|kind| {
            match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
                "text/csv" => Some(Self::Sheet(SheetFormat::Csv)),
                XLSX => Some(Self::Sheet(SheetFormat::Xlsx)),
                "application/json" => Some(Self::Json),
                _ => None,
            }
        });
        Ok(named.unwrap_or(Self::Sheet(SheetFormat::Csv)))
    }
}

/// Make shipping labels.
///
/// A sheet with one row for each shipment of orders that are paid and not sent: to whom it goes, what is in it, and empty columns
/// for carrier and tracking number. Lines that travel together, by the platform's own shipment number, are one row. What lies on
/// the shelf is given to the earliest orders; those that get none of it are on no label. CSV or XLSX; as JSON it also says which
/// orders are left out and why, of which the files tell the numbers in `X-Label-Unallocated` and `X-Label-Left-Out`. It holds
/// recipients' personal data: it is not to be cached, and the audit log says how many rows were handed out, and to whom.
#[utoipa::path(
    post, path = "/api/v1/shipping/labels", tag = "orders", operation_id = "makeShippingLabels",
    request_body = Option<LabelsWanted>,
    responses((status = 200, description = "The sheet.", content(
        (Labels = "application/json"),
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))),
)]
pub(crate) async fn make(
    access: Access,
    headers: HeaderMap,
    MaybeBody(wanted): MaybeBody<LabelsWanted>,
) -> Result<Response, Problem> {
    let format = Format::of(wanted.format.as_deref(), &headers)?;
    let gathered = lines::gather(&access, &wanted).await?;
    let lines::Gathered { shipments, unallocated, left_out } = gathered;
    let touched = Extension(Touched(format!("shipping/labels ({} rows)", shipments.len())));
    let unkept = Extension(Unkept);
    let counts = [
        (ROWS, HeaderValue::from(shipments.len())),
        (UNALLOCATED, HeaderValue::from(unallocated.len())),
        (LEFT_OUT, HeaderValue::from(left_out.len())),
    ];
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let format = match format {
        Format::Json => {
            let labels = Json(Labels { labels: shipments, unallocated, left_out });
            return Ok((StatusCode::OK, no_store, counts, touched, unkept, labels).into_response());
        }
        Format::Sheet(format) => format,
    };
    let table = Table {
        titles: Shipment::TITLES.map(str::to_owned).to_vec(),
        rows: shipments.iter().map(Shipment::cells).collect(),
    };
    let file = access.app.host.sheet(&table, format)?;
    let (kind, ending) = match format {
        SheetFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        SheetFormat::Xlsx => (XLSX, "xlsx"),
    };
    let day = kst_date(access.app.clock.now()).format("%Y%m%d");
    let name = HeaderValue::from_str(&format!("attachment; filename=\"labels-{day}.{ending}\""));
    let what = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name.map_err(|_| Problem::internal())?),
    ];
    Ok((StatusCode::OK, no_store, counts, what, touched, unkept, file).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_named_or_accepted() {
        let accepting =
            |kind: &'static str| HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(kind))]);
        let of = |asked, kind| Format::of(asked, &accepting(kind)).ok();
        assert!(of(Some("XLSX"), "text/csv") == Some(Format::Sheet(SheetFormat::Xlsx)));
        assert!(of(None, "application/json;q=0.9") == Some(Format::Json));
        assert!(of(None, "text/html, text/csv") == Some(Format::Sheet(SheetFormat::Csv)));
        assert!(of(None, "*/*") == Some(Format::Sheet(SheetFormat::Csv)));
        assert!(of(Some("pdf"), "*/*").is_none());
    }
}
