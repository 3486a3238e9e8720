use connector_core::command::{Action, Outcome};
use connector_core::http::Response;
use serde_json::{Value, json};

use super::*;
use crate::tests::{LOST, Market};

fn action(value: &Value) -> Action {
    let mut action: Action = serde_json::from_value(value.clone()).expect("an action");
    if let Some(raw) = value.get("raw") {
        action.set_raw(RawValue::from_string(raw.to_string()).expect("JSON"));
    }
    action
}

fn paid(more: Value) -> Value {
    let mut raw = json!({"dlvNo": "2600001234", "addPrdYn": "N", "addPrdNo": "0", "slctPrdOptNm": ""});
    raw.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!({"line": {"order_id": "201-2", "state": "paid", "quantity": 3}, "raw": raw})
}

fn with(mut base: Value, more: Value) -> Value {
    base.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    base
}

fn sent(value: &Value) -> (String, String) {
    let request = request(&action(value)).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert!(!request.idempotent, "a state change is never repeated by itself");
    let body = request.body.as_deref().map(|body| encoding_rs::EUC_KR.decode(body).0.into_owned());
    (format!("{} {}", request.method, request.path), body.unwrap_or_default())
}

fn objection(value: &Value) -> String {
    request(&action(value)).expect_err("a refusal of ours").message
}

fn parcel(more: Value) -> Value {
    let base = json!({"method": "parcel", "carrier": "KOREX", "tracking_number": "6000", "sent_at": "2026-01-15T15:30:00Z"});
    with(base, more)
}

#[test]
fn a_line_is_confirmed_by_its_delivery() {
    let confirm = |more| with(paid(more), json!({"command": "confirm"}));
    assert_eq!(sent(&confirm(json!({}))).0, "GET /ordservices/reqpackaging/201/2/N/null/2600001234");
    let add_on = json!({"addPrdYn": "Y", "addPrdNo": "9000000009"});
    assert_eq!(sent(&confirm(add_on)).0, "GET /ordservices/reqpackaging/201/2/Y/9000000009/2600001234");
    assert!(objection(&confirm(json!({"dlvNo": " "}))).contains("dlvNo"), "no delivery is guessed");
    let mut unseen = confirm(json!({}));
    unseen.as_object_mut().expect("an object").remove("raw");
    assert!(objection(&unseen).contains("not stored"));
}

#[test]
fn a_delivery_is_shipped_whole_or_a_line_alone() {
    let ship =
        |more| with(with(paid(json!({})), json!({"command": "ship", "parcel": parcel(json!({}))})), more);
    let whole = "GET /ordservices/reqdelivery/202601160030/01/00034/6000/2600001234";
    assert_eq!(sent(&ship(json!({}))).0, whole);
    assert_eq!(sent(&ship(json!({"quantity": 3}))).0, format!("{whole}/Y/201/2"));
    assert!(objection(&ship(json!({"quantity": 2}))).contains("split"));
    let by = |more| ship(json!({"parcel": parcel(more)}));
    assert_eq!(
        sent(&by(json!({"method": "nothing"}))).0,
        "GET /ordservices/reqdelivery/202601160030/05/null/null/2600001234"
    );
    let own_car = by(json!({"method": "direct", "carrier": null, "tracking_number": null}));
    assert_eq!(sent(&own_car).0, "GET /ordservices/reqdelivery/202601160030/03/null/null/2600001234");
    assert!(objection(&by(json!({"tracking_number": ""}))).contains("tracking number"));
    assert!(objection(&by(json!({"carrier": "pigeon"}))).contains("pigeon"), "never some other carrier");
    assert!(objection(&by(json!({"tracking_number": "60/00"}))).contains("slash"));
    assert!(objection(&by(json!({"method": "visit"}))).contains("visit"));
}

#[test]
fn a_cancel_says_why() {
    let cancel = |raw, more| with(with(paid(raw), json!({"command": "cancel"})), more);
    for (reason, option, expected) in [
        ("sold_out", "", "08/%EC%83%81%ED%92%88%20%ED%92%88%EC%A0%88"),
        ("sold_out", "색상:블랙-1개", "09/%EC%98%B5%EC%85%98%20%ED%92%88%EC%A0%88"),
        ("delayed", "", "06/"),
        ("wrong_price", "", "07/"),
        ("wrong_information", "", "07/"),
        ("buyer_changed_mind", "", "10/"),
        ("wrong_address", "", "99/"),
    ] {
        let path = sent(&cancel(json!({"slctPrdOptNm": option}), json!({"reason": reason}))).0;
        assert!(
            path.starts_with(&format!("GET /claimservice/reqrejectorder/201/2/{expected}")),
            "{reason}: {path}"
        );
    }
    let noted = cancel(json!({}), json!({"reason": "delayed", "note": "사유"}));
    assert_eq!(sent(&noted).0, "GET /claimservice/reqrejectorder/201/2/06/%EC%82%AC%EC%9C%A0");
    assert!(objection(&cancel(json!({}), json!({"reason": "delayed", "note": "a/b"}))).contains("slash"));
    assert!(objection(&cancel(json!({}), json!({"reason": "delayed", "quantity": 1}))).contains("whole"));
}

#[test]
fn claims_are_answered_in_the_order_that_each_call_has() {
    let claim = |command: &str, kind: &str, more| {
        with(
            json!({"command": command, "claim": {"claim_id": "77", "kind": kind, "order_id": "201-2"}}),
            more,
        )
    };
    let none = json!({});
    let sending = json!({"parcel": parcel(json!({}))});
    for (value, expected) in [
        (claim("approve_claim", "cancel", none.clone()), "cancelreqconf/77/201/2"),
        (claim("approve_claim", "return", none.clone()), "returnreqconf/77/201/2"),
        (claim("approve_claim", "exchange", sending.clone()), "exchangereqconf/77/201/2/00034/6000"),
        (
            claim("reject_claim", "cancel", with(sending, json!({"reason": "x"}))),
            "cancelreqreject/201/2/77/01/20260116/00034/6000",
        ),
        (
            claim("reject_claim", "return", json!({"reason": "사유"})),
            "returnreqreject/201/2/77/104/%EC%82%AC%EC%9C%A0",
        ),
        (
            claim("reject_claim", "exchange", json!({"reason": "사유"})),
            "exchangereqreject/201/2/77/204/%EC%82%AC%EC%9C%A0",
        ),
        (
            claim("hold_claim", "return", json!({"reason": "사유"})),
            "returnclaimdefer/201/2/77/105/%EC%82%AC%EC%9C%A0",
        ),
    ] {
        assert_eq!(sent(&value).0, format!("GET /claimservice/{expected}"));
    }
    assert!(objection(&claim("approve_claim", "exchange", none.clone())).contains("parcel"));
    assert!(objection(&claim("reject_claim", "cancel", json!({"reason": "x"}))).contains("parcel"));
    assert!(objection(&claim("hold_claim", "exchange", json!({"reason": "x"}))).contains("returns only"));
    assert!(objection(&claim("reject_claim", "return", json!({"reason": " "}))).contains("empty"));
}

#[test]
fn a_listing_is_changed_by_narrow_calls() {
    let listing = |more: Value| {
        let raw = json!({"ProductStock": {"optWght": "250", "addPrc": "1,000"}});
        with(json!({"listing": {"listing_id": "90", "option_id": "440"}, "raw": raw}), more)
    };
    let (call, body) = sent(&listing(json!({"command": "set_stock", "stock": 7})));
    assert_eq!(call, "PUT /prodservices/stockqty/440");
    let inner = "<ProductStock><prdNo>90</prdNo><prdStckNo>440</prdStckNo><stckQty>7</stckQty><optWght>250</optWght></ProductStock>";
    assert!(body.ends_with(inner), "{body}");
    let price = |price| listing(json!({"command": "set_price", "price": price}));
    assert_eq!(sent(&price(22_000)).0, "GET /prodservices/product/price/90/21000");
    assert!(objection(&price(22_005)).contains("multiple"));
    assert!(objection(&price(1_000)).contains("positive"));
    assert!(objection(&listing(json!({"command": "set_stock", "stock": -1}))).contains("negative"));
    let bare = json!({"command": "set_stock", "stock": 1, "listing": {"listing_id": "90", "option_id": "440"}, "raw": {}});
    assert!(objection(&bare).contains("optWght"), "a weight is not guessed");
    assert_eq!(sent(&listing(json!({"command": "stop_sale"}))).0, "PUT /prodstatservice/stat/stopdisplay/90");
    assert_eq!(
        sent(&listing(json!({"command": "resume_sale"}))).0,
        "PUT /prodstatservice/stat/restartdisplay/90"
    );
}

#[test]
fn what_buyers_are_shown_is_put_in_where_nothing_is_said_of_it() {
    let of = |platform: Value, fee: i64| {
        let draft = json!({
            "seller_code": "E-1", "name": "이어폰", "price": 15_900, "stock": 3, "platform": platform,
            "content": {
                "description": "설명", "brand": "TechBrand", "delivery_fee": fee,
                "images": ["https://example.com/main.jpg", "https://example.com/1.jpg"],
            },
        });
        sent(&json!({"command": "create_listing", "draft": draft})).1
    };
    let body = of(json!({"dispCtgrNo": "1011634"}), 3_000);
    for piece in [
        "<htmlDetail>설명</htmlDetail>",
        "<brand>TechBrand</brand>",
        "<prdImage01>https://example.com/main.jpg</prdImage01>",
        "<prdImage02>https://example.com/1.jpg</prdImage02>",
        "<dlvCstInstBasiCd>02</dlvCstInstBasiCd><dlvCst1>3000</dlvCst1>",
    ] {
        assert!(body.contains(piece), "{piece}: {body}");
    }
    assert!(of(json!({}), 0).contains("<dlvCstInstBasiCd>01</dlvCstInstBasiCd>"));
    let body = of(
        json!({"brand": "own", "htmlDetail": "own", "prdImage01": "own", "dlvCstInstBasiCd": "07"}),
        3_000,
    );
    assert!(!body.contains("TechBrand") && !body.contains("설명") && !body.contains("main.jpg"), "{body}");
    assert!(!body.contains("dlvCst1"), "{body}");
}

#[test]
fn a_product_is_the_drafts_own_object_with_our_fields_in_it() {
    let draft = json!({
        "seller_code": "E-1", "name": "이어폰 & 😀", "price": 15_900, "stock": 3,
        "platform": {
            "dispCtgrNo": "1011634", "prdNm": "old", "asDetail": "<b>.</b>",
            "ProductCertGroup": [{"crtfGrpTypCd": "01"}, {"crtfGrpTypCd": "02"}],
        },
    });
    let (call, body) = sent(&json!({"command": "create_listing", "draft": draft}));
    assert_eq!(call, "POST /prodservices/product");
    for piece in [
        "<dispCtgrNo>1011634</dispCtgrNo>",
        "<prdNm>이어폰 &amp; ?</prdNm>",
        "<asDetail>&lt;b&gt;.&lt;/b&gt;</asDetail>",
        "<ProductCertGroup><crtfGrpTypCd>01</crtfGrpTypCd></ProductCertGroup><ProductCertGroup>",
        "<sellerPrdCd>E-1</sellerPrdCd>",
        "<selPrc>15900</selPrc>",
        "<prdSelQty>3</prdSelQty>",
    ] {
        assert!(body.contains(piece), "{piece}: {body}");
    }
    assert!(!body.contains("old"));
    let target = json!({"listing_id": "90", "option_id": "440"});
    let (call, _) = sent(&json!({"command": "update_listing", "listing": target, "draft": draft}));
    assert_eq!(call, "PUT /prodservices/product/90");
    let none_left = with(draft.clone(), json!({"stock": 0}));
    assert!(objection(&json!({"command": "create_listing", "draft": none_left})).contains("stock"));
    let odd = with(draft, json!({"price": 15_901}));
    assert!(objection(&json!({"command": "create_listing", "draft": odd})).contains("multiple"));
}

fn told(name: CommandName, body: &str) -> Result<Outcome> {
    outcome(name, &Element::parse(body).expect("XML"))
}

fn order_code(name: CommandName, code: &str) -> Outcome {
    let body =
        format!("<ResultOrder><result_code>{code}</result_code><result_text>말</result_text></ResultOrder>");
    told(name, &body).expect("an outcome")
}

#[test]
fn every_code_of_an_order_command_is_told_apart() {
    assert_eq!(order_code(CommandName::Ship, "0"), Outcome::accepted());
    for code in ["-3206", "-3308", "-3309", "-3207", "-3311"] {
        assert!(
            matches!(order_code(CommandName::Ship, code), Outcome::Unknown { .. }),
            "{code}: a look tells"
        );
    }
    for code in ["-3211", "-3214", "-3310", "-3313", "-21004", "-21005"] {
        let Outcome::Refused(refusal) = order_code(CommandName::Ship, code) else { panic!("{code}") };
        assert_eq!((refusal.kind, refusal.code.as_deref()), (ErrorKind::Conflict, Some(code)));
    }
    for code in ["-1", "-3301", "-3306", "-3307", "-3320", "-21001", "-99999"] {
        let Outcome::Refused(refusal) = order_code(CommandName::Ship, code) else { panic!("{code}") };
        assert_eq!((refusal.kind, refusal.message.as_str()), (ErrorKind::Rejected, "말"));
    }
    let settled = order_code(CommandName::ApproveClaim, "-1");
    assert!(matches!(settled, Outcome::Unknown { .. }), "it may be approved already");
    let silent = told(CommandName::Confirm, "<ResultOrder><result_code> </result_code></ResultOrder>");
    assert!(matches!(silent.expect("an outcome"), Outcome::Unknown { .. }));
    let other = told(CommandName::Confirm, "<ClientMessage><resultCode>200</resultCode></ClientMessage>");
    assert_eq!(other.expect_err("another root").kind(), ErrorKind::Decode);
}

#[test]
fn every_code_of_a_product_command_is_told_apart() {
    let code = |name, code: &str, number: &str| {
        let body = format!(
            "<ClientMessage><message>말</message><productNo>{number}</productNo><resultCode>{code}</resultCode></ClientMessage>"
        );
        told(name, &body).expect("an outcome")
    };
    let made = Outcome::Accepted { reference: Some("90".to_owned()) };
    for success in ["200", "210"] {
        assert_eq!(code(CommandName::CreateListing, success, "90"), made);
        assert!(matches!(code(CommandName::CreateListing, success, ""), Outcome::Unknown { .. }));
    }
    assert_eq!(code(CommandName::SetStock, "200", "440"), Outcome::accepted());
    for (name, word, kind) in [
        (CommandName::SetStock, "210", ErrorKind::Rejected),
        (CommandName::SetStock, "400", ErrorKind::Rejected),
        (CommandName::SetStock, "404", ErrorKind::NotFound),
        (CommandName::CreateListing, "400", ErrorKind::Quota),
        (CommandName::CreateListing, "500", ErrorKind::Rejected),
    ] {
        let Outcome::Refused(refusal) = code(name, word, "") else { panic!("{word}") };
        assert_eq!(refusal.kind, kind, "{word}");
    }
}

async fn executed(market: Market) -> (Result<Receipt>, usize) {
    let (client, market) = market.open();
    let action = action(&with(paid(json!({})), json!({"command": "confirm"})));
    let command = Command { name: action.name(), actions: vec![action] };
    let receipt = client.connector().execute(&client, &command).await;
    (receipt, market.asked().len())
}

const CONFIRM: &str = "GET /ordservices/reqpackaging/201/2/N/null/2600001234";

#[tokio::test(start_paused = true)]
async fn a_command_is_sent_once_whatever_becomes_of_its_answer() {
    let maintenance = "<ResultOrder><result_code>-1000</result_code></ResultOrder>";
    for (status, body) in [
        (200, LOST),
        (503, "<html>down</html>"),
        (500, ""),
        (200, "<html>down</html>"),
        (200, "<ResultOrder><result_code>0"),
        (200, maintenance),
    ] {
        let (receipt, calls) = executed(Market::default().with_status(CONFIRM, status, body)).await;
        let error = receipt.expect_err("nobody knows");
        assert!(error.is_in_doubt(), "{status} {body}: {error:?}");
        assert_eq!(calls, 1, "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_platform_never_took_is_sent_again() {
    let ok = "<ResultOrder><result_code>0</result_code></ResultOrder>";
    let market = Market::default().with_status(CONFIRM, 429, "").with(CONFIRM, ok);
    let (receipt, calls) = executed(market).await;
    assert_eq!((receipt.expect("a receipt").outcomes, calls), (vec![Outcome::accepted()], 2));
}

#[tokio::test]
async fn what_we_refuse_ourselves_is_not_sent() {
    let (client, market) = Market::default().open();
    let action = action(&with(paid(json!({"dlvNo": ""})), json!({"command": "confirm"})));
    let command = Command { name: action.name(), actions: vec![action] };
    let receipt = client.connector().execute(&client, &command).await.expect("a receipt");
    assert!(matches!(&receipt.outcomes[..], [Outcome::Refused(_)]));
    assert!(market.asked().is_empty());
}

#[test]
fn a_refusal_that_comes_with_a_status_is_final() {
    let body = bytes::Bytes::from_static(
        b"<ClientMessage><message>no</message><resultCode>500</resultCode></ClientMessage>",
    );
    let response =
        Response { status: http::StatusCode::INTERNAL_SERVER_ERROR, headers: http::HeaderMap::new(), body };
    let fault = crate::fault::fault(&response).expect("a fault");
    assert_eq!(fault.kind, Some(ErrorKind::Rejected));
}
