//! The platform's own bytes: each sample is read, and means what a person read in it.

use connector_core::command::{CommandName, Outcome};
use connector_core::time::kst_text;
use connector_core::xml::Element;
use connector_core::{Claim, ClaimKind, ClaimState, ErrorKind, Order, Record, Retry};
use serde_json::Value;

use super::*;
use crate::answer::{Row, document};
use crate::list::Holds;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/samples/", $name, ".euckr.xml"))
    };
}

fn answer(status: u16, body: &'static [u8]) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    Response { status, headers: HeaderMap::new(), body: Bytes::from_static(body) }
}

fn root(body: &'static [u8]) -> Element {
    document(&answer(200, body)).expect("XML")
}

fn orders_of(page: &Page) -> Vec<&Order> {
    assert!(page.failures.is_empty(), "{:?}", page.failures);
    page.records.iter().filter_map(Record::as_order).collect()
}

fn json(raw: &serde_json::value::RawValue) -> Value {
    serde_json::from_str(raw.get()).expect("JSON")
}

#[test]
fn paid_orders() {
    let root = root(sample!("01-orders-complete"));
    let page = orders::model::page(&root, "202").expect("a page");
    let [first, second, third] = orders_of(&page)[..] else { panic!("three lines: {page:?}") };
    assert_eq!(first.order_id, "20260115000123401-1");
    assert_eq!(first.order_group_id.as_deref(), Some("20260115000123401"));
    assert_eq!(kst_text(first.ordered_at), "2026-01-15T09:12:03.000+09:00");
    assert_eq!((first.status.as_str(), first.state), ("202", OrderState::Paid));
    assert_eq!((first.amount, first.quantity, first.unit_price), (39_800, Some(2), Some(19_900)));
    assert_eq!(first.product_id.as_deref(), Some("9000000001"));
    assert_eq!(first.product_name.as_deref(), Some("프리미엄 무선 이어폰"));
    assert_eq!(first.option_id.as_deref(), Some("44000000001"));
    assert_eq!(first.option_name.as_deref(), Some("색상:블랙-2개"));
    assert_eq!(first.seller_code.as_deref(), Some("EAR-001-BK"));
    assert_eq!(first.changed_at.map(kst_text).as_deref(), Some("2026-01-15T09:12:41.000+09:00"));

    assert_eq!((second.order_id.as_str(), second.amount), ("20260115000123401-2", 12_500));
    assert_eq!(second.product_name.as_deref(), Some("이어폰 보호 케이스 <실리콘> A&B"));

    assert_eq!((third.order_id.as_str(), third.amount), ("20260115000456702-1", 8_900));
    assert_eq!(third.product_name.as_deref(), Some("똠얌꿍 라면 4개입"), "a syllable of the extension");
    assert_eq!((third.seller_code.as_deref(), third.option_name.as_deref()), (Some("TYG-4"), None));
    assert_eq!(kst_text(third.ordered_at), "2026-01-15T23:59:58.000+09:00");
}

#[test]
fn nothing_of_an_order_is_lost() {
    let root = root(sample!("01-orders-complete"));
    let page = orders::model::page(&root, "202").expect("a page");
    for (order, element) in orders_of(&page).into_iter().zip(root.all("order")) {
        let kept = json(&order.raw);
        let kept = kept.as_object().expect("an object");
        assert_eq!(kept.len(), element.children().len());
        assert!(kept.len() > 75, "{}", kept.len());
        for child in element.children() {
            assert_eq!(kept[child.name()], child.text(), "{}", child.name());
        }
    }
}

#[test]
fn no_orders_and_a_range_that_is_too_long() {
    assert_eq!(fault::fault(&answer(200, sample!("02-orders-empty"))), None);
    let page = orders::model::page(&root(sample!("02-orders-empty")), "202").expect("an empty page");
    assert!(page.records.is_empty() && page.failures.is_empty());
    let fault = fault::fault(&answer(200, sample!("03-orders-error-range"))).expect("a fault");
    assert_eq!((fault.kind, fault.code.as_deref()), (Some(ErrorKind::TooWide), Some("-3105")));
    assert_eq!(fault.message, "최대 조회기간은 일주일 입니다.");
}

#[test]
fn an_address_that_is_not_registered() {
    let fault = fault::fault(&answer(500, sample!("04-auth-error-ip"))).expect("a fault");
    assert_eq!((fault.kind, fault.retry), (Some(ErrorKind::Permission), Some(Retry::Never)));
    assert!(fault.message.contains("인증된 IP가 아닙니다") && !fault.message.contains("203.0.113.7"));
    assert!(fault.fix.is_some_and(|fix| fix.contains("register")));
}

#[test]
fn answers_to_commands() {
    let accepted = commands::outcome(CommandName::Confirm, &root(sample!("05-reqpackaging-ok")));
    assert_eq!(accepted.expect("an outcome"), Outcome::accepted());
    let refused = commands::outcome(CommandName::Ship, &root(sample!("06-reqdelivery-error-invoice")));
    let Outcome::Refused(refusal) = refused.expect("an outcome") else { panic!("a refusal") };
    assert_eq!((refusal.kind, refusal.code.as_deref()), (ErrorKind::Rejected, Some("-3306")));
    assert_eq!(refusal.message, "송장번호가 유효하지 않습니다. 다시한번 확인해주세요.");
}

fn only_claim(page: Page) -> Claim {
    let mut page = page;
    match (page.records.pop(), page.records.is_empty(), page.failures.is_empty()) {
        (Some(Record::Claim(claim)), true, true) => claim,
        other => panic!("one claim: {other:?}"),
    }
}

#[test]
fn a_cancel_request() {
    let Holds::Claims(kind, status) = claims::LISTS[0].holds else { panic!("a list of claims") };
    let claim =
        only_claim(claims::model::page(&root(sample!("07-cancelorders")), kind, status).expect("a page"));
    assert_eq!((claim.claim_id.as_str(), claim.order_id.as_str()), ("81900001", "20260115000123401-1"));
    assert_eq!(
        (claim.kind, claim.state, claim.status.as_str()),
        (ClaimKind::Cancel, ClaimState::Requested, "01")
    );
    assert_eq!((claim.quantity, claim.reason.as_deref()), (Some(1), Some("15")));
    assert_eq!(claim.line_state, Some(OrderState::CancelRequested));
    assert_eq!(kst_text(claim.requested_at), "2026-01-15T13:50:05.000+09:00");
    assert_eq!(json(&claim.raw)["ordCnDtlsRsn"], "색상을 잘못 골랐습니다.");
}

#[test]
fn a_return_request() {
    let claim =
        claims::model::page(&root(sample!("08-returnorders")), ClaimKind::Return, "105").expect("a page");
    let claim = only_claim(claim);
    assert_eq!((claim.claim_id.as_str(), claim.order_id.as_str()), ("24000331", "20260115000123401-2"));
    assert_eq!(
        (claim.kind, claim.state, claim.status.as_str()),
        (ClaimKind::Return, ClaimState::Requested, "105")
    );
    assert_eq!((claim.quantity, claim.reason.as_deref()), (Some(1), Some("121")));
    assert_eq!(claim.line_state, Some(OrderState::ReturnRequested));
    assert_eq!(kst_text(claim.requested_at), "2026-01-20T15:16:37.000+09:00");
    assert_eq!(json(&claim.raw)["clmLstDlvCst"], "6,000");
}

#[test]
fn a_forced_cancel_is_built_like_a_return() {
    let text = "<orders><order><clmReqSeq>7</clmReqSeq><ordNo>201</ordNo><ordPrdSeq>1</ordPrdSeq><clmStat>106</clmStat>\
                <clmReqRsn>119</clmReqRsn><clmReqQty>1</clmReqQty><reqDt>2026-01-15 13:50:05</reqDt></order></orders>";
    let list = claims::LISTS.iter().find(|list| list.name == "officecancellist").expect("a list");
    let Holds::Claims(kind, status) = list.holds else { panic!("a list of claims") };
    let claim =
        only_claim(claims::model::page(&Element::parse(text).expect("XML"), kind, status).expect("a page"));
    assert_eq!(
        (claim.kind, claim.state, claim.claim_id.as_str()),
        (ClaimKind::Cancel, ClaimState::Done, "7")
    );
    assert_eq!((claim.reason.as_deref(), claim.line_state), (Some("119"), Some(OrderState::Cancelled)));
}

#[test]
fn a_product_is_written_as_it_was_read() {
    let sample = root(sample!("09-product-create-request"));
    assert_eq!(sample.name(), "Product");
    assert_eq!(Row(&sample).text("prdNm"), Some("프리미엄 무선 이어폰"));
    assert_eq!((sample.all("ProductOption").count(), sample.all("ProductCertGroup").count()), (2, 4));
    let written = crate::answer::with_body(Request::post("product", "/x"), &sample);
    let again = document(&Response {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: written.body.expect("a body"),
    });
    assert_eq!(again.expect("XML"), sample);
    let built = Element::of_json("Product", &json(&sample.json()));
    assert_eq!(json(&built.json()), json(&sample.json()), "a draft's object may hold all of it");
}

#[test]
fn the_stock_of_a_product() {
    let stocks = listings::model::stocks(root(sample!("10-product-stocks"))).expect("stock");
    let rows: Vec<Row<'_>> = stocks.all("ProductStock").map(Row).collect();
    let [black, white] = rows[..] else { panic!("two options") };
    assert_eq!((black.word("prdStckNo"), black.number("stckQty")), (Some("44000000001"), Ok(Some(58))));
    assert_eq!((white.word("prdStckStatCd"), white.number("addPrc")), (Some("02"), Ok(Some(1_000))));
    assert_eq!(white.text("mixDtlOptNm"), Some("화이트"));
}

#[test]
fn the_lists_are_those_of_the_guide() {
    let names: Vec<&str> = orders::LISTS.iter().map(|list| list.name).take(6).collect();
    assert_eq!(names, ["standby", "complete", "packaging", "shipping", "dlvcompleted", "completed"]);
}
