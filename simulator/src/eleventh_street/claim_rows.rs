//! Claims as the lists show them.

use super::claim::{Claim, ClaimKind};
use super::order::{Line, Person};
use super::time;
use super::xml::Row;

/// A claim for that line; completed ones have more to say.
pub(super) fn row(claim: &Claim, line: &Line) -> String {
    let is_cancel = claim.kind == ClaimKind::Cancel && !claim.is_forced;
    let row = if is_cancel { cancel(claim, line) } else { returned(claim, line) };
    row.within("ns2:order")
}

/// The option's text with the claim's own number of pieces.
fn option_text(claim: &Claim, line: &Line) -> String {
    let text = line.option_text.rsplit_once('-').map_or("", |(option, _)| option);
    if text.is_empty() { String::new() } else { format!("{text}-{}개", claim.quantity) }
}

fn cancel(claim: &Claim, line: &Line) -> Row {
    let row = Row::default()
        .with("createDt", time::text(claim.requested_at))
        .with("dlvNo", line.shipment)
        .with("ordCnDtlsRsn", &claim.remark)
        .with("ordCnMnbdCd", if claim.by_seller { "02" } else { "01" })
        .with("ordCnQty", claim.quantity)
        .with("ordCnRsnCd", &claim.reason)
        .with("ordCnStatCd", claim.status())
        .with("ordNo", &line.order_no)
        .with("ordPrdCnSeq", claim.number)
        .with("ordPrdSeq", line.number)
        .with("prdNo", &line.listing)
        .with("referSeq", "")
        .with("slctPrdOptNm", option_text(claim, line));
    if claim.status() != "02" {
        return row;
    }
    row.with("cnTrtEndDt", claim.ended_at.map(time::text).unwrap_or_default())
        .with("addDlvCst", 0)
        .with("dlvCstRespnClf", if claim.by_seller { "02" } else { "01" })
        .with("ordCnTypCd", "01")
}

fn returned(claim: &Claim, line: &Line) -> Row {
    let from = &line.recipient;
    // Where the seller is to blame the buyer pays nothing back.
    let is_sellers_fault = ["111", "207"].contains(&claim.reason.as_str());
    let pickup = claim.pickup.as_ref();
    let row = Row::default()
        .with("affliateBndlDlvSeq", 1)
        .with("appmtDlvCst", "2,500")
        .with("clmDlvCstMthd", if is_sellers_fault { "null" } else { "09" })
        .with("clmLstDlvCst", if claim.kind == ClaimKind::Return { "3,000" } else { "6,000" })
        .with("clmReqCont", &claim.remark)
        .with("clmReqQty", claim.quantity)
        .with("clmReqRsn", &claim.reason)
        .with("clmReqSeq", claim.number)
        .with("clmStat", claim.status())
        .with("dlvEtprsCd", pickup.map_or("", |parcel| &parcel.carrier))
        .with("optName", option_text(claim, line))
        .with("ordNm", from.name)
        .with("ordNo", &line.order_no)
        .with("ordPrdSeq", line.number)
        .with("ordPrtblTel", &from.mobile)
        .with("ordTlphnNo", from.phone)
        .with("prdNo", &line.listing)
        .with("rcvrBaseAddr", from.address)
        .with("rcvrDtlsAddr", from.detail)
        .with("rcvrMailNo", from.postcode)
        .with("rcvrMailNoSeq", "")
        .with("rcvrTypeAdd", "02")
        .with("rcvrTypeBilNo", "2600000000000000000000002")
        .with("reqDt", time::text(claim.requested_at))
        .with("twMthd", "06")
        .with("twPrdInvcNo", pickup.map_or("", |parcel| &parcel.waybill));
    let row = match claim.kind {
        ClaimKind::Exchange => destination(row, from),
        ClaimKind::Cancel | ClaimKind::Return => row.with("kglUseYn", "N"),
    };
    if !["106", "221"].contains(&claim.status()) {
        return row;
    }
    row.with("trtEndDt", claim.ended_at.map(time::text).unwrap_or_default())
        .with("addDlvCst", 0)
        .with("dlvCstRespnClf", if is_sellers_fault { "02" } else { "01" })
        .with("stlDlvCst", if is_sellers_fault { 0 } else { 3_000 })
}

/// Where the other one is to be sent.
fn destination(row: Row, to: &Person) -> Row {
    row.with("exchNm", to.name)
        .with("exchTlphnNo", to.phone)
        .with("exchPrtblTel", &to.mobile)
        .with("exchMailNo", to.postcode)
        .with("exchMailNoSeq", "")
        .with("exchBaseAddr", to.address)
        .with("exchDtlsAddr", to.detail)
        .with("exchTypeAdd", "02")
        .with("exchTypeBilNo", "2600000000000000000000002")
}
