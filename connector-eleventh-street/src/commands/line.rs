//! Calls on order lines.

use connector_core::command::{CancelReason, Line, Parcel, Refusal};
use connector_core::http::Request;

use super::{NOTHING, Own, refused, shipment};
use crate::answer::parts;
use crate::path::{minute, path};

fn ids(line: &Line) -> Result<(&str, &str), Refusal> {
    parts(&line.order_id).ok_or_else(|| refused("the order line's id is none of 11st"))
}

/// #1634. An add-on's number stands as `null` where there is none, as the guide has it.
pub(super) fn confirm(line: &Line) -> Result<Request, Refusal> {
    let (order, seq) = ids(line)?;
    let own = Own::of(line.raw.as_deref())?;
    let has_add_on = own.text(&["addPrdYn"]) == Some("Y");
    let add_on = own.text(&["addPrdNo"]).filter(|number| has_add_on && *number != "0").unwrap_or(NOTHING);
    let flag = if has_add_on { "Y" } else { "N" };
    let delivery = own.require(&["dlvNo"])?;
    let path = path(&["ordservices", "reqpackaging", order, seq, flag, add_on, delivery])?;
    Ok(Request::get("ordservices/reqpackaging", path).writes())
}

/// #1888 for the whole delivery, #1636 for this line alone.
pub(super) fn ship(line: &Line, parcel: &Parcel, quantity: Option<i64>) -> Result<Request, Refusal> {
    let (order, seq) = ids(line)?;
    let own = Own::of(line.raw.as_deref())?;
    let delivery = own.require(&["dlvNo"])?;
    let shipment = shipment(parcel)?;
    let sent_at = minute(parcel.sent_at);
    let mut segments = vec![
        "ordservices",
        "reqdelivery",
        &sent_at,
        shipment.method,
        shipment.carrier,
        &shipment.number,
        delivery,
    ];
    if let Some(quantity) = quantity {
        if line.quantity != Some(quantity) {
            return Err(refused(
                "11st takes the parcels of a split line all in one call: ship the whole line, or split it in the Seller Office",
            ));
        }
        segments.extend(["Y", order, seq]);
    }
    Ok(Request::get("ordservices/reqdelivery", path(&segments)?).writes())
}

/// #1638.
pub(super) fn cancel(
    line: &Line,
    reason: CancelReason,
    note: Option<&str>,
    quantity: Option<i64>,
) -> Result<Request, Refusal> {
    let (order, seq) = ids(line)?;
    if quantity.is_some_and(|quantity| line.quantity != Some(quantity)) {
        return Err(refused("11st cancels whole lines only"));
    }
    let has_option = Own::of(line.raw.as_deref()).is_ok_and(|own| own.text(&["slctPrdOptNm"]).is_some());
    let (code, words) = match reason {
        CancelReason::SoldOut if has_option => ("09", "옵션 품절"),
        CancelReason::SoldOut => ("08", "상품 품절"),
        CancelReason::Delayed => ("06", "배송 지연 예상"),
        CancelReason::WrongPrice | CancelReason::WrongInformation => ("07", "상품 또는 가격 정보 잘못 입력"),
        CancelReason::BuyerChangedMind => ("10", "고객 변심"),
        CancelReason::WrongAddress => ("99", "배송 불가 주소"),
    };
    let words = note.map(str::trim).filter(|note| !note.is_empty()).unwrap_or(words);
    let path = path(&["claimservice", "reqrejectorder", order, seq, code, words])?;
    Ok(Request::get("claimservice/reqrejectorder", path).writes())
}
