use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_core::command::{IntentStore, Item, Patience, Settled, Verdict, perform};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::tests::{Market, NONE, line, list};

const ORDER: &str = "GET /ordservices/complete/20260115000123401";

fn action(value: &Value) -> Action {
    let mut action: Action = serde_json::from_value(value.clone()).expect("an action");
    if let Some(raw) = value.get("raw") {
        action.set_raw(serde_json::value::RawValue::from_string(raw.to_string()).expect("JSON"));
    }
    action
}

async fn look(market: Market, value: &Value) -> (Finding, usize) {
    let (client, market) = market.open();
    let action = action(value);
    let command = Command { name: action.name(), actions: vec![action] };
    let mut findings = client.connector().inspect(&client, &command).await.expect("a look");
    let finding = findings.pop().expect("a finding");
    assert!(findings.is_empty(), "one finding an action");
    (finding, market.asked().len())
}

fn of_line(command: &str, more: Value) -> Value {
    let mut value = json!({
        "command": command,
        "line": {"order_id": "20260115000123401-1", "state": "paid"},
        "raw": {"dlvNo": "2600001234", "addPrdYn": "N"},
    });
    value.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    value
}

fn is(standing: &Standing, word: &str) -> bool {
    match standing {
        Standing::InEffect { .. } => word == "in effect",
        Standing::NotInEffect => word == "not in effect",
        Standing::Barred(_) => word == "barred",
        Standing::Unclear { .. } => word == "unclear",
    }
}

#[tokio::test]
async fn a_line_is_looked_at_by_its_order() {
    let parcel = json!({"method": "parcel", "carrier": "KOREX", "tracking_number": "600-1", "sent_at": "2026-01-16T00:00:00Z"});
    let ship = of_line("ship", json!({"parcel": parcel}));
    let nothing =
        of_line("ship", json!({"parcel": {"method": "nothing", "sent_at": "2026-01-16T00:00:00Z"}}));
    let (confirm, cancel) = (of_line("confirm", json!({})), of_line("cancel", json!({"reason": "delayed"})));
    let with = "<dlvEtprsCd>00034</dlvEtprsCd><invcNo>6001</invcNo>";
    let other = "<dlvEtprsCd>00011</dlvEtprsCd><invcNo>6001</invcNo>";
    for (value, status, more, expected) in [
        (&confirm, "202", "", "not in effect"),
        (&confirm, "301", "", "in effect"),
        (&confirm, "401", with, "in effect"),
        (&confirm, "701", "", "not in effect"),
        (&ship, "202", "", "barred"),
        (&ship, "301", "", "not in effect"),
        (&ship, "401", with, "in effect"),
        (&ship, "501", "<invcNo>6001</invcNo>", "in effect"),
        (&ship, "401", other, "barred"),
        (&ship, "401", "<dlvEtprsCd>00034</dlvEtprsCd><invcNo>6002</invcNo>", "barred"),
        (&ship, "401", "", "barred"),
        (&ship, "701", "", "not in effect"),
        (&nothing, "401", "", "in effect"),
        (&cancel, "B01", "", "in effect"),
        (&cancel, "301", "", "not in effect"),
        (&cancel, "401", with, "not in effect"),
    ] {
        let rows = [line(1, status, more), line(2, "202", "")];
        let market = Market::default().with(ORDER, list(&[&rows[0], &rows[1]]));
        let (finding, calls) = look(market, value).await;
        let command = &value["command"];
        assert!(is(&finding.standing, expected), "{command} {status} {more}: {:?}", finding.standing);
        assert_eq!((calls, finding.records.len()), (1, 2), "the whole order is an observation");
    }
    let (finding, _) = look(Market::default().with(ORDER, NONE), &confirm).await;
    assert!(matches!(&finding.standing, Standing::Barred(refusal) if refusal.kind == ErrorKind::NotFound));
    let broken = line(1, "202", "").replace("1,000", "much");
    let (finding, _) = look(Market::default().with(ORDER, list(&[&broken])), &confirm).await;
    assert!(is(&finding.standing, "unclear"), "{:?}", finding.standing);
}

fn claim_row(claim: &str, status: &str) -> String {
    format!(
        "<clmReqSeq>{claim}</clmReqSeq><ordNo>20260115000123401</ordNo><ordPrdSeq>1</ordPrdSeq><clmStat>{status}</clmStat>\
         <reqDt>2026-01-18 15:16:37</reqDt><clmReqQty>1</clmReqQty>"
    )
}

fn of_claim(command: &str) -> Value {
    json!({
        "command": command,
        "claim": {"claim_id": "77", "kind": "return", "order_id": "20260115000123401-1"},
        "reason": "x",
        "raw": {"reqDt": "2026-01-18 15:16:37"},
    })
}

fn returns(name: &str) -> String {
    format!("GET /claimservice/{name}/202601180000/202601210000")
}

#[tokio::test]
async fn a_claim_is_looked_for_in_the_lists_of_its_kind() {
    for (command, status, expected) in [
        ("approve_claim", "105", "not in effect"),
        ("approve_claim", "104", "not in effect"),
        ("approve_claim", "106", "in effect"),
        ("approve_claim", "107", "barred"),
        ("approve_claim", "999", "unclear"),
        ("reject_claim", "105", "not in effect"),
        ("reject_claim", "107", "in effect"),
        ("reject_claim", "106", "barred"),
        ("hold_claim", "105", "not in effect"),
        ("hold_claim", "104", "in effect"),
        ("hold_claim", "108", "barred"),
    ] {
        let rows = [claim_row("76", "105"), claim_row("77", status)];
        let market = Market::default().with(&returns("returnorders"), list(&[&rows[0], &rows[1]]));
        let (finding, calls) = look(market, &of_claim(command)).await;
        assert!(is(&finding.standing, expected), "{command} {status}: {:?}", finding.standing);
        assert_eq!((calls, finding.records.len()), (1, 1), "that claim only");
    }
}

#[tokio::test]
async fn a_claim_that_no_list_shows_is_told_by_its_line() {
    for (command, status, expected) in [
        ("reject_claim", "501", "in effect"),
        ("reject_claim", "601", "unclear"),
        ("approve_claim", "A01", "in effect"),
        ("approve_claim", "501", "unclear"),
        ("hold_claim", "501", "unclear"),
    ] {
        let mut market = Market::default();
        for name in ["returnorders", "retractretorders", "returnedorders"] {
            market = market.with(&returns(name), NONE);
        }
        let market = market.with(ORDER, list(&[&line(1, status, "")]));
        let (finding, calls) = look(market, &of_claim(command)).await;
        assert!(is(&finding.standing, expected), "{command} {status}: {:?}", finding.standing);
        assert_eq!(calls, 4);
    }
}

#[tokio::test]
async fn a_refused_cancel_is_told_from_a_withdrawn_one_by_the_parcel() {
    let row = "<ordPrdCnSeq>77</ordPrdCnSeq><ordNo>20260115000123401</ordNo><ordPrdSeq>1</ordPrdSeq>\
               <ordCnStatCd>05</ordCnStatCd><createDt>2026-01-18 15:16:37</createDt>";
    let value = json!({
        "command": "reject_claim",
        "claim": {"claim_id": "77", "kind": "cancel", "order_id": "20260115000123401-1"},
        "reason": "x",
        "parcel": {"method": "parcel", "carrier": "KOREX", "tracking_number": "600", "sent_at": "2026-01-16T00:00:00Z"},
        "raw": {"createDt": "2026-01-18 15:16:37"},
    });
    for (status, more, expected) in [
        ("401", "<dlvEtprsCd>00034</dlvEtprsCd><invcNo>600</invcNo>", "in effect"),
        ("401", "<dlvEtprsCd>00034</dlvEtprsCd><invcNo>601</invcNo>", "barred"),
        ("301", "", "barred"),
    ] {
        let market = Market::default()
            .with(&returns("cancelorders"), NONE)
            .with(&returns("withdrawcanceledorders"), list(&[row]))
            .with(ORDER, list(&[&line(1, status, more)]));
        let (finding, _) = look(market, &value).await;
        assert!(is(&finding.standing, expected), "{status} {more}: {:?}", finding.standing);
        assert_eq!(finding.records.len(), 2, "the line and the claim");
    }
}

#[test]
fn a_look_goes_back_to_the_request_and_no_further_than_a_call_reaches() {
    let at = |text| connector_core::time::parse_kst(text).expect(text);
    let now = at("2026-01-20 12:00");
    for (from, first) in [
        (Some("2026-01-18 15:16"), "2026-01-18"),
        (Some("2025-06-01"), "2025-12-23"),
        (Some("2026-02-01"), "2026-01-20"),
        (None, "2025-12-23"),
    ] {
        let window = since(from.map(at), now);
        assert_eq!((window.from, window.to), (at(first), at("2026-01-21")), "{from:?}");
    }
}

fn product(status: &str, price: &str) -> String {
    format!(
        "<ns2:products xmlns:ns2=\"x\"><ns2:product><prdNo>90</prdNo><prdNm>이어폰</prdNm><selPrc>{price}</selPrc>\
         <selStatCd>{status}</selStatCd><sellerPrdCd>E-1</sellerPrdCd></ns2:product></ns2:products>"
    )
}

#[tokio::test]
async fn a_listing_is_looked_at_with_its_stock() {
    let target = json!({"listing_id": "90", "option_id": "440"});
    let draft = json!({"seller_code": "E-1", "name": "이어폰", "price": 1_000, "stock": 1});
    let stock = |stock: i64| json!({"command": "set_stock", "listing": target, "stock": stock});
    let price = |price: i64| json!({"command": "set_price", "listing": target, "price": price});
    let (stop, resume) = (
        json!({"command": "stop_sale", "listing": target}),
        json!({"command": "resume_sale", "listing": target}),
    );
    let update = |draft: &Value| json!({"command": "update_listing", "listing": target, "draft": draft});
    let other = json!({"seller_code": "E-1", "name": "다른 이름", "price": 1_000, "stock": 1});
    let replaced = json!({"command": "update_listing", "listing": {"listing_id": "90", "option_id": "441"}, "draft": draft});
    let gone = json!({"command": "stop_sale", "listing": {"listing_id": "90", "option_id": "441"}});
    for (value, status, expected) in [
        (stock(5), "103", "in effect"),
        (stock(6), "103", "not in effect"),
        (price(1_500), "103", "in effect"),
        (price(1_000), "103", "not in effect"),
        (stop.clone(), "103", "not in effect"),
        (stop.clone(), "105", "in effect"),
        (stop, "106", "barred"),
        (resume.clone(), "105", "not in effect"),
        (resume.clone(), "104", "in effect"),
        (resume, "108", "barred"),
        (update(&draft), "103", "in effect"),
        (update(&other), "103", "not in effect"),
        (replaced, "103", "in effect"),
        (gone, "103", "barred"),
    ] {
        let market = Market::default()
            .with("POST /prodmarketservice/prodmarket", product(status, "1,000"))
            .with(
                "GET /prodmarketservice/prodmarket/stck/90",
                "<ns2:ProductStocks xmlns:ns2=\"x\"><ns2:ProductStock><prdNo>90</prdNo><prdStckNo>440</prdStckNo>\
                 <stckQty>5</stckQty><addPrc>500</addPrc></ns2:ProductStock></ns2:ProductStocks>",
            );
        let (finding, calls) = look(market, &value).await;
        assert!(is(&finding.standing, expected), "{value} {status}: {:?}", finding.standing);
        assert_eq!((calls, finding.records.len()), (2, 1));
    }
    let none = "<ns2:products xmlns:ns2=\"x\"/>";
    let market = Market::default().with("POST /prodmarketservice/prodmarket", none);
    let (finding, _) = look(market, &stock(5)).await;
    assert!(matches!(&finding.standing, Standing::Barred(refusal) if refusal.kind == ErrorKind::NotFound));
}

#[tokio::test]
async fn a_new_product_is_found_by_the_sellers_code() {
    let ask = "GET /prodmarketservice/sellerprodcode/E-1";
    let value = json!({"command": "create_listing", "draft": {"seller_code": "E-1", "name": "a", "price": 10, "stock": 1}});
    let (finding, _) = look(Market::default().with(ask, product("103", "10")), &value).await;
    assert!(
        matches!(&finding.standing, Standing::InEffect { reference } if reference.as_deref() == Some("90"))
    );
    for none in [
        "<ns2:products xmlns:ns2=\"x\"/>".to_owned(),
        product("106", "10"),
        "<ClientMessage><resultCode>404</resultCode></ClientMessage>".to_owned(),
    ] {
        let (finding, _) = look(Market::default().with(ask, none.clone()), &value).await;
        assert!(is(&finding.standing, "not in effect"), "{none}");
    }
}

#[derive(Debug, Default)]
struct Book(Mutex<Vec<&'static str>>);

#[async_trait]
impl IntentStore for Book {
    async fn sending(&self, _: &[i64]) -> Result<()> {
        self.0.lock().expect("not poisoned").push("sending");
        Ok(())
    }

    async fn settle(&self, _: Vec<Settled>, _: DateTime<Utc>, _: Vec<Record>) -> Result<()> {
        self.0.lock().expect("not poisoned").push("settled");
        Ok(())
    }
}

async fn performed(market: Market, value: &Value) -> (Verdict, Vec<String>) {
    let (client, market): (_, Arc<Market>) = market.open();
    let items = vec![Item { intent: 1, action: action(value) }];
    let never = CancellationToken::new();
    let done = perform(&client, &Book::default(), items, &Patience::default(), &never, false).await;
    (done.expect("a verdict").remove(0).verdict, market.asked())
}

const CONFIRM: &str = "GET /ordservices/reqpackaging/20260115000123401/1/N/null/2600001234";

fn told(code: &str) -> String {
    format!("<ResultOrder><result_code>{code}</result_code><result_text>말</result_text></ResultOrder>")
}

#[tokio::test(start_paused = true)]
async fn a_line_that_its_bundle_has_confirmed_meanwhile_is_done() {
    let market = Market::default()
        .with(ORDER, list(&[&line(1, "202", "")]))
        .with(ORDER, list(&[&line(1, "301", "")]))
        .with(CONFIRM, told("-3206"));
    let (verdict, asked) = performed(market, &of_line("confirm", json!({}))).await;
    assert_eq!(verdict, Verdict::Done { reference: None });
    assert_eq!(asked, [ORDER, CONFIRM, ORDER]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_not_sent_twice() {
    let market = Market::default()
        .with(ORDER, list(&[&line(1, "202", "")]))
        .with(ORDER, list(&[&line(1, "301", "")]))
        .with(CONFIRM, crate::tests::LOST);
    let (verdict, asked) = performed(market, &of_line("confirm", json!({}))).await;
    assert_eq!(verdict, Verdict::Done { reference: None });
    assert_eq!(asked.iter().filter(|asked| *asked == CONFIRM).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_line_with_a_new_claim_is_not_shipped() {
    let parcel = json!({"method": "parcel", "carrier": "KOREX", "tracking_number": "1", "sent_at": "2026-01-16T00:00:00Z"});
    for (status, word) in [("701", "claim"), ("601", "claim"), ("B01", "over"), ("202", "confirm")] {
        let market = Market::default().with(ORDER, list(&[&line(1, status, "")]));
        let (verdict, asked) = performed(market, &of_line("ship", json!({"parcel": parcel}))).await;
        assert!(
            matches!(&verdict, Verdict::Refused(refusal) if refusal.message.contains(word)),
            "{status}: {verdict:?}"
        );
        assert_eq!(asked, [ORDER], "nothing is sent");
    }
}
