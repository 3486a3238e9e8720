//! From rows of the order lists to order lines.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=110&apiSeq=1876&apiSpecType=1>, the entries
//! named in [`crate::list`], and for the codes
//! <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=115&apiSeq=1725&apiSpecType=1> (read 2026-09).

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use connector_core::xml::Element;
use connector_core::{Change, Order, OrderState, Page, RecipientFields, Record, Result, Unread, Wanted};

use crate::answer::{self, Row, rows};

/// To whom a delivery goes, in a row of the order lists, in which `null` and the dashes of an empty number stand where there is
/// nothing.
pub(crate) const RECIPIENT: RecipientFields = RecipientFields {
    shipment: "/dlvNo",
    name: "/rcvrNm",
    phones: ["/rcvrPrtblNo", "/rcvrTlphn"],
    postcode: "/rcvrMailNo",
    address: ["/rcvrBaseAddr", "/rcvrDtlsAddr"],
    note: "/ordDlvReqCont",
    nothing: &["null", "--", "02--"],
};

/// Where a line's status stands.
const STATUS: &str = "ordPrdStat";

/// The times that a line may bear, each of an event.
const EVENTS: [&str; 6] = ["ordDt", "ordStlEndDt", "plcodrCnfDt", "sndEndDt", "dlvEndDt", "pocnfrmDt"];

/// A list of order lines that stand in the state of that code.
pub(crate) fn page(root: &Element, status: &str) -> Result<Page> {
    Ok(answer::page(rows(root)?, |row| line(row, Some(status), None)))
}

/// Times are told to the second: what a list of keys tells may have happened after all else of that second, so a line that
/// is stored as of the same second is asked for once more.
const REST_OF_SECOND: TimeDelta = TimeDelta::milliseconds(999);

/// When what a list of keys tells of a line happened: the end of a claim before its beginning.
const TOLD: [&str; 5] = ["sndEndDt", "cnTrtEndDt", "trtEndDt", "createDt", "reqDt"];

/// A list that tells of lines that they were shipped or claimed, and not much more. Of several rows of a line the latest counts;
/// one without a readable time is dated by `latest`. All of them stand in `status`, where the list says so. `now` is when the list
/// was asked for.
pub(crate) fn keys(
    root: &Element,
    latest: DateTime<Utc>,
    status: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Page> {
    let mut page = Page::default();
    for row in rows(root)? {
        let told = TOLD.iter().find_map(|name| row.time(name));
        let at = told.map_or(latest, |at| {
            let end = at.trunc_subsecs(0) + REST_OF_SECOND;
            // Where the second is not over, what happens in the rest of it is not in this list, and must count as later.
            if (at..=end).contains(&now) { now } else { end }
        });
        match row.line() {
            Ok(key) => match page.changes.iter_mut().find(|change| change.key == key) {
                Some(change) => change.at = change.at.max(at),
                None => page.changes.push(Change { key, at, status: status.map(str::to_owned) }),
            },
            Err(reason) => page.failures.push(Unread::from(reason).failure(row.0.json())),
        }
    }
    Ok(page)
}

/// The lines of one order, by its number. Where the answer does not say how a line stands, `told` does.
pub(crate) fn lines(root: &Element, told: &HashMap<String, String>, wanted: &[Wanted]) -> Result<Page> {
    Ok(answer::page(rows(root)?, |row| {
        let key = row.line().unwrap_or_default();
        let changed_at = wanted.iter().find(|wanted| wanted.key == key).and_then(|wanted| wanted.changed_at);
        line(row, told.get(&key).map(String::as_str), changed_at)
    }))
}

/// Whether every row says how its line stands.
pub(crate) fn all_say_their_status(root: &Element) -> bool {
    root.all("order").all(|row| Row(row).word(STATUS).is_some())
}

/// How lines stand, by key: the list of many orders' states.
pub(crate) fn statuses(root: &Element) -> Result<HashMap<String, String>> {
    let told = |row: Row<'_>| Some((row.line().ok()?, row.word(STATUS)?.to_owned()));
    Ok(rows(root)?.into_iter().filter_map(told).collect())
}

fn line(row: Row<'_>, status: Option<&str>, changed_at: Option<DateTime<Utc>>) -> Result<Record, Unread> {
    let key = row.line()?;
    let order = order(row, &key, status, changed_at).map_err(Unread::of(&key))?;
    Ok(Record::Order(order))
}

fn order(
    row: Row<'_>,
    key: &str,
    status: Option<&str>,
    changed_at: Option<DateTime<Utc>>,
) -> Result<Order, String> {
    let status = row.word(STATUS).or(status).ok_or_else(|| format!("{STATUS} is missing"))?;
    let ordered_at = row.time("ordDt").or_else(|| row.time("ordStlEndDt"));
    Ok(Order {
        order_id: key.to_owned(),
        order_group_id: row.owned("ordNo"),
        ordered_at: ordered_at.ok_or("ordDt holds no time that can be read")?,
        status: status.to_owned(),
        state: state(status),
        // The only amount that every list tells. Discounts and delivery fees stand beside it in some of them only, so a line's
        // amount would move with its state.
        amount: row.require("ordAmt")?,
        order_place_id: None,
        order_place_name: None,
        product_id: row.word("prdNo").map(str::to_owned),
        product_name: row.owned("prdNm"),
        option_id: row.word("prdStckNo").map(str::to_owned),
        option_name: row.owned("slctPrdOptNm"),
        seller_code: row.owned("sellerStockCd").or_else(|| row.owned("sellerPrdCd")),
        quantity: row.number("ordQty").ok().flatten(),
        unit_price: row.number("selPrc").ok().flatten(),
        changed_at: EVENTS.iter().filter_map(|event| row.time(event)).chain(changed_at).max(),
        claims: Vec::new(),
        raw: row.told(STATUS, status),
    })
}

/// The neutral state of an order line by its `ordPrdStat`. A code that we do not know is `Unknown`.
fn state(code: &str) -> OrderState {
    match code {
        // 200 is a gift whose address is awaited, 801 a payment that is to be approved again.
        "101" | "102" | "103" | "200" | "801" => OrderState::PaymentWaiting,
        "201" | "202" => OrderState::Paid,
        "301" => OrderState::Preparing,
        "401" => OrderState::Shipped,
        "501" => OrderState::Delivered,
        "901" => OrderState::Decided,
        // A return or an exchange: the claims stream tells which.
        "601" => OrderState::ReturnRequested,
        "701" => OrderState::CancelRequested,
        "A01" => OrderState::Returned,
        "B01" | "C01" => OrderState::Cancelled,
        _ => OrderState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use connector_core::time::{kst_text, parse_kst};

    use super::*;

    #[test]
    fn what_a_list_tells_counts_to_the_end_of_its_second_once_that_is_over() {
        let mut row = Element::new("order");
        for (name, text) in [("ordNo", "201"), ("ordPrdSeq", "1"), ("sndEndDt", "2026-01-16 11:02:10")] {
            row.set(name, text);
        }
        let root = Element::new("orders").with_child(row);
        let at = |now: &str| {
            let time = |text| parse_kst(text).expect("a time");
            let page = keys(&root, time("2026-01-20"), None, time(now)).expect("a page");
            kst_text(page.changes[0].at)[11..23].to_owned()
        };
        assert_eq!(at("2026-01-16 11:02:11"), "11:02:10.999");
        assert_eq!(at("2026-01-16T11:02:10.250+09:00"), "11:02:10.250", "more may happen in that second");
        assert_eq!(at("2026-01-16 11:02:09"), "11:02:10.999", "a clock that is behind tells nothing");
    }

    #[test]
    fn every_documented_order_code_has_a_state() {
        for (codes, expected) in [
            ("101 102 103 200 801", OrderState::PaymentWaiting),
            ("201 202", OrderState::Paid),
            ("301", OrderState::Preparing),
            ("401", OrderState::Shipped),
            ("501", OrderState::Delivered),
            ("901", OrderState::Decided),
            ("601", OrderState::ReturnRequested),
            ("701", OrderState::CancelRequested),
            ("A01", OrderState::Returned),
            ("B01 C01", OrderState::Cancelled),
            ("999 a01 null", OrderState::Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(state(code), expected, "{code}");
            }
        }
    }

    #[test]
    fn a_row_tells_to_whom_it_goes() {
        let raw = serde_json::value::RawValue::from_string(
            r#"{"dlvNo": "2600104110", "rcvrNm": "성춘향", "rcvrPrtblNo": "0504-0000-0002", "rcvrTlphn": "",
               "rcvrMailNo": "48000", "rcvrBaseAddr": "시험대로 22", "rcvrDtlsAddr": "펜션", "ordDlvReqCont": "null"}"#
                .to_owned(),
        )
        .expect("JSON");
        let read = RECIPIENT.read(&raw);
        assert_eq!(read.shipment.as_deref(), Some("2600104110"));
        assert_eq!(
            (read.name.as_deref(), read.phone.as_deref(), read.other_phone),
            (Some("성춘향"), Some("0504-0000-0002"), None)
        );
        assert_eq!((read.address.as_deref(), read.note), (Some("시험대로 22 펜션"), None));
    }
}
