//! The calls that read orders (<https://developers.coupangcorp.com/hc/ko/articles/360033919573>, …360033792774,
//! …360033792854, …360034320553).

use serde_json::Value;

use super::answer::{list, one, refused, token};
use super::ask::{Answered, Ask, next_page};
use super::book::Status;
use super::render;
use super::settings::DailyBound;
use super::time::Dialect;
use crate::instant::DAY;

/// Rows of one page.
const MOST: usize = 50;
const DATES: [&str; 2] = ["createdAtFrom", "createdAtTo"];
/// The token that stands before the first row; the platform gives none out.
pub(super) const START: &str = "0";

/// Boxes in one status, by the day or by the minute.
pub(super) fn listed(ask: &mut Ask<'_>) -> Answered {
    let dialect = ask.dialect();
    let with_offset = dialect == Dialect::World;
    let by_minute = match ask.one("searchType") {
        None => false,
        Some("timeFrame") => true,
        Some(_) => return Err(refused("searchType is invalid.")),
    };
    let (from, to) = if by_minute {
        ask.minutes(DATES, DAY, "endTime-startTime range should less than 0 day", with_offset)?
    } else {
        let (bound, text) = match ask.state.settings.daily_bound {
            DailyBound::LessThan31 => (31, "endTime-startTime range should less than31."),
            DailyBound::LessThan32 => (32, "endTime-startTime range should less than 32 day."),
        };
        ask.days(DATES, bound, text, with_offset)?
    };
    let status = ask.needed("status")?;
    let status = Status::named(status).ok_or_else(|| refused("status is invalid."))?;
    // By the minute there are no pages.
    let size = if by_minute { usize::MAX } else { ask.size("maxPerPage", MOST, MOST)? };
    let after = match ask.one("nextToken").filter(|token| !by_minute && *token != START) {
        None => None,
        Some(token) => {
            let last = token.parse().ok().and_then(|id| ask.state.book.parcel(id));
            let last = last.ok_or_else(|| refused("nextToken is invalid."))?;
            Some((last.paid_at, last.id))
        }
    };
    let settings = &ask.state.settings;
    let shown_since = ask.now - settings.list_delay_ms;
    let book = &ask.state.book;
    let mut found = book.listed(status, from, to, after).filter(|parcel| parcel.arrived_at <= shown_since);
    let mut rows = Vec::new();
    let mut last = 0;
    for parcel in found.by_ref().take(size) {
        let order = book.order(parcel.order).expect("a box is of an order that is here");
        rows.push(render::sheet(order, parcel, dialect));
        last = parcel.id;
    }
    let next = found.next().map(|_| last.to_string());
    let next = next_page(ask, "nextToken", next);
    Ok(list(settings, rows, [("nextToken", token(settings, next))]))
}

/// One box, whatever its status.
pub(super) fn by_box(ask: &mut Ask<'_>) -> Answered {
    let parcel = ask.state.book.parcel(ask.id()).filter(|parcel| parcel.is_listed());
    let parcel = parcel.ok_or_else(|| gone("shipmentBoxId", &ask.place.id))?;
    let order = ask.state.book.order(parcel.order).expect("a box is of an order that is here");
    Ok(one(&ask.state.settings, &render::sheet(order, parcel, ask.dialect())))
}

/// The boxes of an order that are not cancelled or returned.
pub(super) fn by_order(ask: &mut Ask<'_>) -> Answered {
    let book = &ask.state.book;
    let order = book.order(ask.id()).ok_or_else(|| gone("orderId", &ask.place.id))?;
    let boxes = order.boxes.iter().filter_map(|id| book.parcel(*id)).filter(|parcel| parcel.is_listed());
    let rows: Vec<Value> = boxes.map(|parcel| render::sheet(order, parcel, ask.dialect())).collect();
    if rows.is_empty() {
        return Err(gone("orderId", &ask.place.id));
    }
    Ok(list(&ask.state.settings, rows, []))
}

/// The statuses that a box took.
pub(super) fn history(ask: &mut Ask<'_>) -> Answered {
    let parcel = ask.state.book.parcel(ask.id()).ok_or_else(|| gone("shipmentBoxId", &ask.place.id))?;
    Ok(one(&ask.state.settings, &render::history(parcel, ask.dialect())))
}

fn gone(name: &str, id: &str) -> crate::answer::Answer {
    refused(&format!("주문이 취소 또는 반품되었거나 존재하지 않습니다. {name} : {id}"))
}
