//! Rows as no platform should send them: the others are read all the same, and nothing personal is told.

use connector_core::conformance::distort::{Choices, Node, damage};
use connector_core::http::Response;
use connector_core::xml::Element;
use connector_core::{ClaimKind, Failure, Record};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::answer::document;

const CANARY: &str = "pii-canary-7f3a";

fn sample(bytes: &[u8]) -> Element {
    let body = Bytes::copy_from_slice(bytes);
    document(&Response { status: StatusCode::OK, headers: HeaderMap::new(), body }).expect("a sample")
}

fn orders_sample() -> Element {
    sample(include_bytes!("../../tests/samples/01-orders-complete.euckr.xml"))
}

/// The list with its first row changed at some places, and whether it could be: some changes leave no JSON.
fn odd(list: &Element, choices: &mut Choices<'_>) -> Option<Element> {
    let row = list.child("order").expect("a row");
    let mut node = Node::parse(row.json().get());
    node.plant(PERSONAL_FIELDS, CANARY);
    for _ in 0..=choices.below(4) {
        node.distort(choices);
    }
    let changed = Element::of_json("order", &serde_json::from_str(&node.text()).ok()?);
    let others = list.all("order").skip(1).cloned();
    Some(others.fold(Element::new("orders").with_child(changed), Element::with_child))
}

/// Every row is read or failed, and failures name no content.
fn all_told(rows: usize, records: &[Record], failures: &[Failure]) {
    assert_eq!(records.len() + failures.len(), rows);
    for failure in failures {
        assert!(!failure.reason.trim().is_empty() && !failure.reason.contains(CANARY), "{failure:?}");
        assert!(failure.raw.is_some());
    }
    assert!(!format!("{records:?} {failures:?}").contains(CANARY));
    for record in records {
        let key = record.key();
        assert!(!key.trim().is_empty() && key.len() <= 255 && !key.chars().any(char::is_control), "{key:?}");
        assert!(
            serde_json::from_str::<serde_json::Value>(record.raw().get()).is_ok_and(|raw| raw.is_object())
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_odd_order_line_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        let Some(list) = odd(&orders_sample(), &mut Choices::new(&bytes)) else { return Ok(()) };
        let page = orders::page(&list, "202").expect("a page");
        all_told(3, &page.records, &page.failures);
        let keys: Vec<String> = page.records.iter().map(Record::key).collect();
        for other in ["20260115000123401-2", "20260115000456702-1"] {
            prop_assert!(keys.iter().any(|key| key == other), "{:?}", keys);
        }
        let keyed = orders::keys(&list, parse_kst("2026-01-20").expect("a time"), None, parse_kst("2026-01-20").expect("a time")).expect("a page");
        prop_assert_eq!(keyed.changes.len() + keyed.failures.len(), 3);
    }

    #[test]
    fn an_odd_claim_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        let list = sample(include_bytes!("../../tests/samples/08-returnorders.euckr.xml"));
        let row = list.child("order").expect("a row").clone();
        let mut other = row;
        other.set("clmReqSeq", "24000332");
        let Some(list) = odd(&list.with_child(other), &mut Choices::new(&bytes)) else { return Ok(()) };
        let page = claims::page(&list, ClaimKind::Return, "105").expect("a page");
        all_told(2, &page.records, &page.failures);
        prop_assert!(page.records.iter().any(|record| record.key().starts_with("24000332/")));
    }

    #[test]
    fn damaged_bytes_are_read_or_named(bytes in vec(any::<u8>(), 0..24), status in prop::sample::select(vec![200_u16, 403, 500])) {
        let mut choices = Choices::new(&bytes);
        let mut body = include_bytes!("../../tests/samples/01-orders-complete.euckr.xml").to_vec();
        for _ in 0..=choices.below(3) {
            body = damage(body, &mut choices);
        }
        let status = StatusCode::from_u16(status).expect("a status");
        let response = Response { status, headers: HeaderMap::new(), body: body.into() };
        drop(fault::fault(&response));
        if let Err(error) = document(&response).and_then(|root| orders::page(&root, "202")) {
            prop_assert!(!error.to_string().contains("홍길동"), "{}", error);
        }
    }
}
