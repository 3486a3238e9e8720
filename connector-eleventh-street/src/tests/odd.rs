//! Rows as no platform should send them, each found by a property test.

use connector_core::xml::Element;

use super::*;

#[test]
fn the_last_second_of_all_years_stays_within_them() {
    let list = Element::parse(
        "<orders><order><ordNo>1</ordNo><ordPrdSeq>1</ordPrdSeq><sndEndDt>9999-12-31 23:59:59.5</sndEndDt></order></orders>",
    );
    let last = parse_kst("9999-12-31T23:59:59.999").expect("a time");
    let page = orders::model::keys(&list.expect("XML"), last, None, parse_kst("2026-03-31").expect("a time"))
        .expect("a page");
    assert_eq!(page.changes[0].at, last);
}

#[test]
fn a_settlement_whose_claim_is_no_number_is_named() {
    let row = |claim: &str| {
        let list = format!(
            "<l><seStlDtlList><ordNo>1</ordNo><ordPrdSeq>1</ordPrdSeq><stlDy>2026/03/10</stlDy><clmReqSeq>{claim}</clmReqSeq>\
             <selPrcAmt>10</selPrcAmt><selFee>1</selFee><stlAmt>9</stlAmt></seStlDtlList></l>"
        );
        settlements::model::page(&Element::parse(&list).expect("XML")).expect("a page")
    };
    assert_eq!(row("24000331").records[0].key(), "1-1/2026-03-10/24000331");
    let page = row("[홍길동]");
    assert!(page.records.is_empty());
    assert_eq!(page.failures[0].reason, "clmReqSeq is no number");
}
