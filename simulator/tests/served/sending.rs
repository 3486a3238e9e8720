//! Orders that are confirmed, sent and put off by calls.

use serde_json::{Value, json};
use simulator::smartstore::{self, Config, Market, Settings, Stage};
use simulator::{Age, Config as All, Endpoint, Fault, FaultKind, Simulator, kst_text};

use crate::caller::{Caller, SELLER, parcel};
use crate::json;

const DAY: i64 = 86_400_000;

#[test]
fn an_order_is_confirmed_once_and_the_feed_does_not_tell() {
    let caller = Caller::new();
    let ids = caller.add(2, Stage::Paid);
    let row = caller.row(&ids[0]);
    assert!(!caller.truth(&ids[0]).confirmed);
    assert_eq!(caller.details(&ids[0])["productOrder"]["placeOrderStatus"], "NOT_YET");

    let outcome = caller.confirm(&[&ids[0]]);
    assert!(outcome.is_good());
    let after = caller.details(&ids[0]);
    assert_eq!(after["productOrder"]["placeOrderStatus"], "OK");
    assert!(after["productOrder"]["placeOrderDate"].is_string());
    assert_eq!(caller.row(&ids[0]), row, "there is no event for it");

    let mixed = caller.confirm(&[&ids[0], &ids[1], "2026010140000001"]);
    assert_eq!(mixed.done, [ids[1].clone()]);
    let failed =
        [(ids[0].clone(), "105306".to_owned()), ("2026010140000001".to_owned(), "100001".to_owned())];
    assert_eq!(mixed.failed, failed);
    let confirmed = |id: &String| ("confirm".to_owned(), id.clone());
    assert_eq!(caller.effects(), [confirmed(&ids[0]), confirmed(&ids[1])]);
    let calls = caller.market.calls();
    assert_eq!(calls.of(Endpoint::StoreConfirm).calls, 2);
    assert_eq!(calls.at(Endpoint::StoreConfirm).nth(1).expect("a call").ids.len(), 3);
}

#[test]
fn what_is_not_to_send_is_not_confirmed() {
    let caller = Caller::new();
    for stage in [Stage::Waiting, Stage::Dispatched, Stage::Delivered, Stage::Decided, Stage::Cancelled] {
        let id = &caller.add(1, stage)[0];
        assert_eq!(caller.confirm(&[id]).code(), "104442", "{stage:?}");
    }
    let moved = &caller.add(1, Stage::AddressChanged)[0];
    let body = json!({"productOrderIds": [moved]});
    let answer = caller.good("POST", &format!("{SELLER}/confirm"), &body);
    assert_eq!(
        answer["data"]["successProductOrderInfos"],
        json!([{"productOrderId": moved, "isReceiverAddressChanged": true}])
    );
    assert!(caller.effects().len() == 1);
}

#[test]
fn a_call_that_cannot_be_read_does_nothing() {
    let caller = Caller::new();
    let ids = caller.add(31, Stage::Paid);
    let confirm = format!("{SELLER}/confirm");
    let bad = |body: &Value| caller.refused("POST", &confirm, body);
    let refused = |code: &str| (400, code.to_owned());
    assert_eq!(bad(&json!({"productOrderIds": ids})), refused("4000"), "31 are too many");
    assert_eq!(bad(&json!({"productOrderIds": []})), refused("4000"));
    assert_eq!(bad(&json!({})), refused("4000"));
    assert_eq!(bad(&json!({"productOrderIds": ids[0]})), refused("000400"));
    assert_eq!(bad(&json!({"productOrderIds": [ids[0], ids[0]]})), refused("104131"));
    let text = caller.try_send("POST", &confirm, b"{").expect("an answer");
    assert_eq!(json(&text)["message"], "요청이 올바르지 않습니다. (HttpMessageNotReadableException)");
    assert_eq!(caller.confirm(&ids[..30].iter().map(String::as_str).collect::<Vec<_>>()).done.len(), 30);

    let dispatch = format!("{SELLER}/dispatch");
    let with = |name: &str, value: Value| {
        let mut item = parcel(&ids[1], "1234567890");
        item[name] = value;
        caller.refused(
            "POST",
            &dispatch,
            &json!({"dispatchProductOrders": [parcel(&ids[0], "1234567891"), item]}),
        )
    };
    // One empty word spoils the whole call.
    assert_eq!(with("deliveryCompanyCode", "".into()), refused("000400"));
    assert_eq!(with("deliveryMethod", "".into()), refused("000400"));
    assert_eq!(with("deliveryMethod", "PIGEON".into()), refused("000400"));
    assert_eq!(with("dispatchDate", "2026-02-15".into()), refused("000400"));
    assert_eq!(with("dispatchDate", Value::Null), refused("4000"));
    assert_eq!(with("productOrderId", ids[0].clone().into()), refused("104131"));
    assert_eq!(caller.effects().iter().filter(|(command, _)| command == "ship").count(), 0);
}

#[test]
fn an_order_is_sent_and_the_feed_tells() {
    let caller = Caller::new();
    let ids = caller.add(2, Stage::Paid);
    caller.confirm(&[&ids[0]]);
    let before = caller.details(&ids[0]);
    let outcome = caller.dispatch(&[parcel(&ids[0], "100000000001"), parcel(&ids[1], "100000000002")]);
    assert_eq!(outcome.done, ids, "what was not confirmed may be sent");
    let after = caller.details(&ids[0]);
    assert_eq!(after["productOrder"]["productOrderStatus"], "DELIVERING");
    assert_eq!(after["delivery"]["trackingNumber"], "100000000001");
    assert_eq!(after["delivery"]["deliveryCompany"], "CJGLS");
    assert_eq!(after["delivery"]["sendDate"], "2026-02-15T10:00:00.0+09:00");
    for same in ["shippingAddress", "shippingMemo", "placeOrderDate", "totalPaymentAmount"] {
        assert_eq!(after["productOrder"][same], before["productOrder"][same]);
    }
    let row = caller.row(&ids[0]);
    assert_eq!(
        (&row["lastChangedType"], &row["productOrderStatus"]),
        (&"DISPATCHED".into(), &"DELIVERING".into())
    );
    assert_eq!(caller.truth(&ids[1]).tracking.as_deref(), Some("100000000002"));
    assert!(caller.truth(&ids[1]).confirmed);

    assert_eq!(caller.dispatch(&[parcel(&ids[0], "100000000001")]).code(), "105306");
    assert_eq!(caller.market.carry(&ids[0]).as_deref(), Some("DELIVERED"));
    assert_eq!(caller.row(&ids[0]), row, "arriving is no event");
    assert_eq!(caller.dispatch(&[parcel(&ids[0], "100000000001")]).code(), "104442");
    assert_eq!(caller.effects().iter().filter(|(command, _)| command == "ship").count(), 2);
}

#[test]
fn parcels_that_the_platform_refuses() {
    let caller = Caller::new();
    let ids = caller.add(3, Stage::Paid);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut item = parcel(&ids[0], "200000000001");
        change(&mut item);
        caller.dispatch(&[item]).code().to_owned()
    };
    let without =
        |name: &'static str| with(&move |item| drop(item.as_object_mut().expect("an object").remove(name)));
    assert_eq!(without("deliveryCompanyCode"), "104118");
    assert_eq!(with(&|item| item["deliveryCompanyCode"] = "LOTTE".into()), "104119");
    assert_eq!(without("trackingNumber"), "104120");
    assert_eq!(with(&|item| item["trackingNumber"] = "".into()), "104120");
    assert_eq!(with(&|item| item["trackingNumber"] = "없음".into()), "104122");
    assert_eq!(with(&|item| item["deliveryMethod"] = "RETURN_INDIVIDUAL".into()), "104117");
    assert!(caller.dispatch(&[parcel(&ids[1], "200000000009")]).is_good());
    assert_eq!(with(&|item| item["trackingNumber"] = "200000000009".into()), "104121");
    assert_eq!(caller.dispatch(&[parcel("1", "200000000001")]).code(), "100001");
    // One item's fault is not the other's.
    let mut bad = parcel(&ids[0], "200000000001");
    bad["deliveryCompanyCode"] = "KOREX".into();
    let outcome = caller.dispatch(&[bad, parcel(&ids[2], "200000000003")]);
    assert_eq!(
        (outcome.done, outcome.failed),
        (vec![ids[2].clone()], vec![(ids[0].clone(), "104119".into())])
    );
    let direct = json!({
        "productOrderId": ids[0], "deliveryMethod": "DIRECT_DELIVERY", "dispatchDate": kst_text(caller.market.now()),
    });
    assert!(caller.dispatch(&[direct]).is_good(), "nobody carries it, so no number is needed");
    assert!(caller.details(&ids[0])["delivery"].get("trackingNumber").is_none());
    caller.market.set(|settings| settings.send_unconfirmed = false);
    let late = &caller.add(1, Stage::Paid)[0];
    assert_eq!(caller.dispatch(&[parcel(late, "200000000007")]).code(), "104443");
}

#[test]
fn lines_of_one_order_share_a_parcel() {
    let market = Market::start(Config { days: 1, ..Config::of(400) }).expect("a port");
    let caller = Caller::of(market);
    let to_send: Vec<_> = caller.market.truth().into_iter().filter(|order| order.status == "PAYED").collect();
    let pair = to_send.iter().find_map(|one| {
        let other = to_send.iter().find(|other| other.group == one.group && other.id != one.id)?;
        Some([one.clone(), other.clone()])
    });
    let [one, other] = pair.expect("an order of two lines");
    let outcome = caller.dispatch(&[parcel(&one.id, "300000000001"), parcel(&other.id, "300000000001")]);
    assert_eq!(outcome.done.len(), 2);
    let target = format!("/external/v1/pay-order/seller/orders/{}/product-order-ids", one.group);
    let lines = caller.good("GET", &target, &Value::Null)["data"].take();
    assert!(lines.as_array().expect("ids").contains(&one.id.into()));
    let none = "/external/v1/pay-order/seller/orders/7/product-order-ids";
    assert_eq!(caller.refused("GET", none, &Value::Null), (400, "100003".to_owned()));
}

#[test]
fn another_shops_orders_are_out_of_reach() {
    let config =
        All::accounts(2, &Config { days: 1, ..Config::of(5) }, &simulator::cafe24::Config::default());
    let simulator = Simulator::start(config).expect("a port");
    let [mine, theirs] = <[Market; 2]>::try_from(simulator.markets()).expect("two");
    let foreign = theirs.truth().swap_remove(0).id;
    let caller = Caller::of(mine);
    assert_eq!(caller.confirm(&[&foreign]).code(), "101009");
    assert!(theirs.effects().is_empty());
}

#[test]
fn a_dispatch_is_put_off() {
    let caller = Caller::new();
    let id = &caller.add(1, Stage::Paid)[0];
    let due = kst_text(caller.market.now() + 5 * DAY);
    let delay = |due: &str| {
        json!({
            "dispatchDueDate": due, "delayedDispatchReason": "PRODUCT_PREPARE",
            "dispatchDelayedDetailedReason": "\"입고\" 지연",
        })
    };
    let row = caller.row(id);
    assert!(caller.one(id, "delay", &delay(&due)).is_good());
    let details = caller.details(id)["productOrder"].take();
    assert_eq!(details["delayedDispatchReason"], "PRODUCT_PREPARE");
    assert_eq!(details["delayedDispatchDetailedReason"], "\"입고\" 지연");
    assert_eq!(details["shippingDueDate"].as_str().map(|date| &date[..19]), Some(&due[..19]));
    assert_eq!(caller.row(id), row);
    assert_eq!(caller.one(id, "delay", &delay(&due)).code(), "105306");
    let yesterday = kst_text(caller.market.now() - DAY);
    assert_eq!(caller.one(id, "delay", &delay(&yesterday)).code(), "104105");
    let mut bad = delay(&due);
    bad["delayedDispatchReason"] = "".into();
    assert_eq!(caller.refused("POST", &format!("{SELLER}/{id}/delay"), &bad), (400, "000400".into()));
    let sent = &caller.add(1, Stage::Dispatched)[0];
    assert_eq!(caller.one(sent, "delay", &delay(&due)).code(), "104442");
    assert_eq!(caller.effects(), [("delay".to_owned(), id.clone())]);
}

#[test]
fn an_answer_is_lost_after_its_effect() {
    let caller = Caller::new();
    let id = &caller.add(1, Stage::Paid)[0];
    let body = json!({"dispatchProductOrders": [parcel(id, "400000000001")]}).to_string();
    let dispatch = || caller.try_send("POST", &format!("{SELLER}/dispatch"), body.as_bytes());
    let set = |kind| caller.market.fault(Fault::next(Endpoint::StoreDispatch, kind));
    for kind in [FaultKind::ServerError, FaultKind::GatewayTimeout, FaultKind::ConnectRefused] {
        set(kind);
        let reply = dispatch();
        assert!(reply.is_err() || reply.is_ok_and(|reply| reply.status >= 500), "{kind}");
        assert!(caller.effects().is_empty(), "{kind} comes before the effect");
        std::thread::sleep(std::time::Duration::from_millis(if kind == FaultKind::ConnectRefused {
            1_200
        } else {
            0
        }));
    }
    set(FaultKind::LostAnswer);
    assert!(dispatch().is_err());
    assert_eq!(caller.truth(id).status, "DELIVERING");
    let again = json(&dispatch().expect("an answer"));
    assert_eq!(again["data"]["failProductOrderInfos"][0]["code"], "105306");
    assert_eq!(caller.effects(), [("ship".to_owned(), id.clone())], "it was sent once");
    let call = caller.market.calls().calls.into_iter().find(|call| call.fault == Some(FaultKind::LostAnswer));
    assert_eq!(call.map(|call| (call.status, call.ids)), Some((0, vec![id.clone()])));
}

#[test]
fn items_are_refused_for_reasons_that_no_state_shows() {
    let caller = Caller::new();
    let ids = caller.add(2, Stage::Paid);
    caller.market.set(|settings| drop(settings.refuse.insert(ids[0].clone(), "101011".into())));
    let outcome = caller.confirm(&[&ids[0], &ids[1]]);
    assert_eq!(
        (outcome.done, outcome.failed),
        (vec![ids[1].clone()], vec![(ids[0].clone(), "101011".into())])
    );
}

#[test]
fn each_call_has_a_bucket_of_its_own() {
    let settings = Settings::default();
    let market = Market::start(smartstore::Config { settings, ..Config::default() }).expect("a port");
    let caller = Caller::of(market);
    let id = &caller.add(1, Stage::Paid)[0];
    let body = json!({"productOrderIds": [id]});
    let replies: Vec<_> = (0..9).map(|_| caller.send("POST", &format!("{SELLER}/confirm"), &body)).collect();
    assert_eq!(replies[0].header("gncp-gw-ratelimit-remaining"), Some("3"));
    let limited = replies.iter().find(|reply| reply.status == 429).expect("more than the bucket holds");
    assert_eq!(json(limited)["code"], "GW.RATE_LIMIT");
    let other = caller.send("POST", &format!("{SELLER}/{id}/claim/cancel/approve"), &Value::Null);
    assert_eq!(other.status, 200, "another endpoint is not limited by it");
}

#[test]
fn only_calls_move_orders_where_the_seller_does_not_act() {
    let settings = Settings { seller_acts: false, ..Settings::unlimited() };
    let market = Market::start(Config { settings, ..Config::default() }).expect("a port");
    let caller = Caller::of(market);
    let ids = caller.add(60, Stage::Paid);
    caller.market.simulator().age(&Age { arrive: 0, move_on: 500, account: None });
    caller.market.simulator().advance(std::time::Duration::from_secs(30 * 86_400));
    let status = |status: &str| caller.market.truth().iter().filter(|order| order.status == status).count();
    assert_eq!(status("DELIVERING") + status("DELIVERED"), 0, "nobody has sent anything");
    assert!(status("CANCELED") > 0 && status("PAYED") > 40, "buyers still cancel");
    let open: Vec<_> = ids.iter().filter(|id| caller.truth(id).status == "PAYED").collect();
    let items: Vec<Value> =
        open.iter().take(30).enumerate().map(|(at, id)| parcel(id, &format!("5000000{at:05}"))).collect();
    assert_eq!(caller.dispatch(&items).done.len(), 30);
    caller.market.simulator().advance(std::time::Duration::from_secs(30 * 86_400));
    assert!(status("PURCHASE_DECIDED") > 20, "carriers carry and buyers decide");
}
