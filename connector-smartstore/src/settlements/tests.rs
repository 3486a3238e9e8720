use connector_core::http::Response;
use connector_core::{Failure, Next, Settlement, SettlementKind, View};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::SETTLEMENTS;

fn request(page: &str) -> ReadRequest {
    let page = Some(page.to_owned());
    ReadRequest { stream: &SETTLEMENTS, view: View::Changes, window: None, page }
}

fn read(rows: Rows, number: u32, body: impl ToString) -> Page {
    let response =
        Response { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_string().into() };
    let request = request(&format!("{}/{number}", rows.list()));
    let place = request.place(&[rows], |rows| rows.list()).expect("its own token");
    rows_of(&response, place, number).expect("a page")
}

fn settlements(page: &Page) -> Vec<&Settlement> {
    page.records
        .iter()
        .map(|record| match record {
            Record::Settlement(settlement) => settlement,
            other => panic!("settlements only: {other:?}"),
        })
        .collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

#[test]
fn the_sample_of_daily_rows_is_mapped() {
    let page = read(Rows::Daily, 1, include_str!("../../tests/samples/settle_daily.json"));
    assert!(page.failures.is_empty() && page.next == Next::Done);
    let [paid, owed] = settlements(&page)[..] else { panic!("two rows: {page:?}") };
    assert_eq!(paid.settlement_id, "2025-11-27/2025-11-27/ACCOUNT");
    assert_eq!((paid.recognized_on, paid.paid_on), (day("2025-11-27"), Some(day("2025-12-01"))));
    assert_eq!((paid.sale_amount, paid.fee, paid.amount), (189_000, 6_660, 182_340));
    assert_eq!((paid.kind, &paid.order_id), (SettlementKind::Other, &None));
    assert_eq!(owed.settlement_id, "2025-11-28/2025-11-28/CHARGE_AMT");
    assert_eq!(owed.paid_on, Some(day("2025-12-02")), "expected, where it is not made yet");
    assert_eq!((owed.sale_amount, owed.fee, owed.amount), (-19_900, -792, -19_108));
    assert!(owed.raw.get().contains("\"CHARGE_AMT\""));
}

fn case_row(more: &[(&str, Value)]) -> Value {
    let mut row = json!({
        "settleBasisDate": "2026-03-18", "settleExpectDate": "2026-03-19", "settleCompleteDate": null,
        "orderId": "9", "productOrderId": "1", "productOrderType": "PROD_ORDER", "settleType": "NORMAL_SETTLE_ORIGINAL",
        "productName": "예시 에코백", "paySettleAmount": 19_900, "totalPayCommissionAmount": -394,
        "freeInstallmentCommissionAmount": null, "sellingInterlockCommissionAmount": -398, "benefitSettleAmount": 0,
        "settleExpectAmount": 19_108,
    });
    for (name, value) in more {
        row[*name] = value.clone();
    }
    row
}

fn case_of(more: &[(&str, Value)]) -> Result<Settlement, Failure> {
    let mut page = read(Rows::Case, 1, json!({"elements": [case_row(more)]}));
    match page.records.pop() {
        Some(Record::Settlement(settlement)) => Ok(settlement),
        _ => Err(page.failures.pop().expect("a row or a failure")),
    }
}

#[test]
fn a_row_by_case_is_mapped() {
    let sale = case_of(&[]).expect("a sale");
    assert_eq!(sale.settlement_id, "2026-03-18/1/PROD_ORDER/NORMAL_SETTLE_ORIGINAL");
    assert_eq!(
        (sale.kind, sale.order_id.as_deref(), sale.order_group_id.as_deref()),
        (SettlementKind::Sale, Some("1"), Some("9"))
    );
    assert_eq!((sale.sale_amount, sale.fee, sale.amount), (19_900, 792, 19_108));
    assert_eq!((sale.recognized_on, sale.paid_on), (day("2026-03-18"), Some(day("2026-03-19"))));
    for (what, how, kind, has_line) in [
        ("DELIVERY", "NORMAL_SETTLE_ORIGINAL", SettlementKind::Delivery, false),
        ("PROD_ORDER", "NORMAL_SETTLE_AFTER_CANCEL", SettlementKind::Refund, true),
        ("PROD_ORDER", "QUICK_SETTLE_ORIGINAL", SettlementKind::Sale, true),
        ("QUANTITY_CANCEL", "QUANTITY_CANCEL_DEDUCTION", SettlementKind::Refund, true),
        ("QUANTITY_CANCEL", "QUANTITY_CANCEL_RESTORE", SettlementKind::Other, true),
        ("EXTRAFEE", "NORMAL_SETTLE_ORIGINAL", SettlementKind::Other, false),
    ] {
        let row = case_of(&[("productOrderType", json!(what)), ("settleType", json!(how))]).expect("a row");
        assert_eq!((row.kind, row.order_id.is_some()), (kind, has_line), "{what} {how}");
    }
}

#[test]
fn a_fee_is_positive_whatever_sign_the_platform_gives_it() {
    let cost = [("totalPayCommissionAmount", json!(394)), ("sellingInterlockCommissionAmount", json!(398))];
    assert_eq!(case_of(&cost).expect("a row").fee, 792);
    let with_benefit = [("benefitSettleAmount", json!(500)), ("settleExpectAmount", json!(19_608))];
    assert_eq!(case_of(&with_benefit).expect("a row").fee, 792);
    let refund = [
        ("paySettleAmount", json!(-19_900)),
        ("totalPayCommissionAmount", json!(394)),
        ("sellingInterlockCommissionAmount", json!(398)),
        ("settleExpectAmount", json!(-19_108)),
    ];
    assert_eq!(case_of(&refund).expect("a row").fee, -792, "what was kept is given back");
    let free = [
        ("totalPayCommissionAmount", json!(0)),
        ("sellingInterlockCommissionAmount", json!(0)),
        ("settleExpectAmount", json!(19_900)),
    ];
    assert_eq!(case_of(&free).expect("a row").fee, 0);
}

#[test]
fn what_is_missing_is_named_and_its_neighbours_are_read() {
    for field in ["settleBasisDate", "productOrderId", "paySettleAmount", "settleExpectAmount"] {
        let mut bad = case_row(&[("productOrderId", json!("2"))]);
        bad.as_object_mut().expect("an object").remove(field);
        let page = read(Rows::Case, 1, json!({"elements": [bad, case_row(&[])]}));
        assert_eq!((page.records.len(), page.failures.len()), (1, 1), "{field}");
        assert!(page.failures[0].reason.contains(field), "{}", page.failures[0].reason);
    }
    assert!(case_of(&[("paySettleAmount", json!(0.5))]).is_err(), "half a won");
    assert!(case_of(&[("benefitSettleAmount", json!({}))]).is_err());
}

#[test]
fn rows_of_one_name_are_counted_and_a_row_sent_twice_is_one() {
    let other = case_row(&[("paySettleAmount", json!(100))]);
    let page = read(Rows::Case, 1, json!({"elements": [case_row(&[]), other, case_row(&[])]}));
    let ids: Vec<&str> = settlements(&page).iter().map(|row| row.settlement_id.as_str()).collect();
    let base = "2026-03-18/1/PROD_ORDER/NORMAL_SETTLE_ORIGINAL";
    assert_eq!(ids, [base, &format!("{base}/2"), base]);
}

#[test]
fn pages_go_on_as_long_as_there_are_some() {
    let body =
        |pages: i64| json!({"elements": [case_row(&[])], "pagination": {"page": 1, "totalPages": pages}});
    assert_eq!(read(Rows::Case, 1, body(2)).next, Next::Page("case/2".into()));
    assert_eq!(read(Rows::Case, 2, body(2)).next, Next::Done);
    assert_eq!(read(Rows::Case, 1, json!({"elements": [case_row(&[])]})).next, Next::Done);
    assert_eq!(read(Rows::Daily, 1, json!({"elements": []})).next, Next::Done);
    let number = |page| {
        let request = request(page);
        request.place(&[Rows::Case], |rows| rows.list()).and_then(number).ok()
    };
    assert_eq!((number("case"), number("case/7")), (Some(1), Some(7)));
    for bad in ["", "case/0", "case/x", "daily", "weekly", "case/"] {
        assert_eq!(number(bad), None, "{bad}");
    }
}

proptest::proptest! {
    /// A sample with some bytes overwritten is read or named: no row is lost without a word.
    #[test]
    fn no_damaged_row_makes_the_parser_panic(
        damage in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..6),
    ) {
        let mut row = case_row(&[]).to_string().into_bytes();
        for (index, byte) in &damage {
            let at = index.index(row.len());
            row[at] = *byte;
        }
        let whole = case_row(&[]).to_string();
        let body = [b"{\"elements\": [", &row[..], b", ", whole.as_bytes(), b"]}"].concat();
        let response = Response { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() };
        let request = request("case");
        let place = request.place(&[Rows::Case], |rows| rows.list()).expect("its own token");
        if let Ok(page) = rows_of(&response, place, 1) {
            proptest::prop_assert!(!page.records.is_empty() || !page.failures.is_empty());
        }
    }
}
