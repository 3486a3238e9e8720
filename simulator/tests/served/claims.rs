//! Cancellations, returns and exchanges, by buyers and by calls.

use serde_json::{Value, json};
use simulator::Endpoint;
use simulator::smartstore::{Act, Config, Doing, Market, Stage};

use crate::caller::{Caller, SELLER, parcel};

const NONE: Value = Value::Null;

fn claim(details: &Value, kind: &str) -> Value {
    let claim = details["currentClaim"][kind].clone();
    assert_eq!(details[kind], claim, "the deprecated copy says the same");
    assert_eq!(details["productOrder"]["claimStatus"], claim["claimStatus"]);
    assert_eq!(details["productOrder"]["claimId"], claim["claimId"]);
    claim
}

fn told(row: &Value) -> [&str; 4] {
    ["lastChangedType", "productOrderStatus", "claimType", "claimStatus"]
        .map(|name| row[name].as_str().unwrap_or(""))
}

/// An order with more than one piece.
fn several(caller: &Caller, stage: Stage) -> (String, i64) {
    let ids = caller.add(12, stage);
    let truth =
        ids.iter().map(|id| caller.truth(id)).find(|order| order.quantity == 3).expect("one of three pieces");
    (truth.id, truth.amount)
}

#[test]
fn a_buyer_cancels_at_once_or_asks() {
    let caller = Caller::new();
    let ids = caller.add(3, Stage::Paid);
    assert_eq!(
        caller.market.request_cancel(&ids[0]).as_deref(),
        Some("CANCEL_DONE"),
        "nobody has confirmed it"
    );
    assert_eq!(told(&caller.row(&ids[0])), ["CLAIM_COMPLETED", "CANCELED", "CANCEL", "CANCEL_DONE"]);

    caller.confirm(&[&ids[1], &ids[2]]);
    assert_eq!(caller.market.request_cancel(&ids[1]).as_deref(), Some("CANCEL_REQUEST"));
    assert_eq!(caller.market.request_cancel(&ids[1]), None, "one claim at a time");
    assert_eq!(told(&caller.row(&ids[1])), ["CLAIM_REQUESTED", "PAYED", "CANCEL", "CANCEL_REQUEST"]);
    assert!(caller.one(&ids[1], "claim/cancel/approve", &NONE).is_good());
    let details = caller.details(&ids[1]);
    assert_eq!(details["productOrder"]["productOrderStatus"], "CANCELED");
    let cancel = claim(&details, "cancel");
    assert_eq!(
        (&cancel["claimStatus"], &cancel["requestChannel"]),
        (&"CANCEL_DONE".into(), &"구매회원".into())
    );
    assert_eq!(caller.one(&ids[1], "claim/cancel/approve", &NONE).code(), "9999");

    // A seller refuses by sending it.
    caller.market.request_cancel(&ids[2]);
    assert!(caller.dispatch(&[parcel(&ids[2], "600000000001")]).is_good());
    assert_eq!(told(&caller.row(&ids[2])), ["DISPATCHED", "DELIVERING", "CANCEL", "CANCEL_REJECT"]);
    let commands: Vec<String> = caller.effects().into_iter().map(|(command, _)| command).collect();
    assert_eq!(commands, ["confirm", "confirm", "approve_claim", "ship"]);
    let id = cancel["claimId"].as_str().expect("an id");
    assert_eq!(caller.effects()[2].1, id);
    let known = caller.market.claims();
    assert!(
        known.iter().any(|claim| claim.claim_id == id && claim.order_id == ids[1] && claim.kind == "cancel")
    );
}

#[test]
fn a_seller_cancels_all_or_some_pieces() {
    let caller = Caller::new();
    let (id, amount) = several(&caller, Stage::Paid);
    let body =
        json!({"cancelReason": "SOLD_OUT", "cancelDetailedReason": "수량 1개 품절", "cancelQuantity": 1});
    let cancel = format!("{SELLER}/{id}/claim/cancel/request");
    for (name, value, code) in [
        ("cancelReason", Value::Null, "4000"),
        ("cancelReason", "".into(), "000400"),
        ("cancelReason", "BROKEN".into(), "000400"),
        ("cancelDetailedReason", "가".repeat(501).into(), "4000"),
    ] {
        let mut bad = body.clone();
        bad[name] = value;
        assert_eq!(caller.refused("POST", &cancel, &bad), (400, code.to_owned()));
    }
    let mut many = body.clone();
    many["cancelQuantity"] = 4.into();
    assert_eq!(caller.one(&id, "claim/cancel/request", &many).code(), "9999");

    assert!(caller.one(&id, "claim/cancel/request", &body).is_good());
    let details = caller.details(&id);
    let order = &details["productOrder"];
    assert_eq!((&order["productOrderStatus"], &order["remainQuantity"]), (&"PAYED".into(), &2.into()));
    assert_eq!((&order["quantity"], &order["totalPaymentAmount"]), (&3.into(), &amount.into()));
    assert!(order["remainPaymentAmount"].as_i64().expect("won") < amount);
    assert!(order.get("claimStatus").is_none() && details.get("currentClaim").is_none());
    let done = &details["completedClaims"][0];
    assert_eq!(
        (&done["claimType"], &done["requestChannel"], &done["requestQuantity"], &done["claimRequestReason"]),
        (&"CANCEL".into(), &"판매자".into(), &1.into(), &"SOLD_OUT".into())
    );
    assert_eq!(told(&caller.row(&id)), ["CLAIM_COMPLETED", "PAYED", "CANCEL", "CANCEL_DONE"]);
    assert_eq!((caller.truth(&id).remaining, caller.truth(&id).amount), (2, amount));

    // The rest.
    assert!(caller.one(&id, "claim/cancel/request", &json!({"cancelReason": "SOLD_OUT"})).is_good());
    assert_eq!(caller.truth(&id).status, "CANCELED");
    assert_eq!(caller.one(&id, "claim/cancel/request", &body).code(), "9999");
    assert_eq!(caller.one("1", "claim/cancel/request", &body).code(), "100001");
    assert_eq!(caller.effects(), [("cancel".to_owned(), id.clone()), ("cancel".to_owned(), id)]);
}

#[test]
fn a_return_is_held_released_and_taken_back() {
    let caller = Caller::new();
    let id = &caller.add(1, Stage::Delivered)[0];
    assert_eq!(caller.one(id, "claim/return/approve", &NONE).code(), "9999", "nobody asks for it");
    assert_eq!(caller.market.request_return(id).as_deref(), Some("RETURN_REQUEST"));
    let hold = json!({
        "holdbackClassType": "EXTRAFEEE", "holdbackReturnDetailReason": "확인 중", "extraReturnFeeAmount": 3000,
    });
    let mut bad = hold.clone();
    bad["holdbackClassType"] = "EXTRAFEE".into();
    let target = format!("{SELLER}/{id}/claim/return/holdback");
    assert_eq!(caller.refused("POST", &target, &bad), (400, "000400".into()), "three E");
    let row = caller.row(id);
    assert!(caller.one(id, "claim/return/holdback", &hold).is_good());
    assert_eq!(caller.one(id, "claim/return/holdback", &hold).code(), "9999");
    let held = claim(&caller.details(id), "return");
    assert_eq!((&held["holdbackStatus"], &held["etcFeeDemandAmount"]), (&"HOLDBACK".into(), &3000.into()));
    assert!(caller.market.claims()[0].held);
    assert_eq!(caller.one(id, "claim/return/approve", &NONE).code(), "9999", "it is held");
    assert!(caller.one(id, "claim/return/holdback/release", &NONE).is_good());
    assert_eq!(caller.one(id, "claim/return/holdback/release", &NONE).code(), "9999");
    assert_eq!(claim(&caller.details(id), "return")["holdbackStatus"], "RELEASED");
    assert_eq!(caller.row(id), row, "the feed tells of none of it");

    assert_eq!(caller.market.carry(id).as_deref(), Some("COLLECTING"));
    assert_eq!(caller.row(id), row, "nor of this");
    assert_eq!(caller.market.carry(id).as_deref(), Some("COLLECT_DONE"));
    assert_eq!(told(&caller.row(id)), ["COLLECT_DONE", "DELIVERED", "RETURN", "COLLECT_DONE"]);
    assert!(caller.one(id, "claim/return/approve", &NONE).is_good());
    assert_eq!(told(&caller.row(id)), ["CLAIM_COMPLETED", "RETURNED", "RETURN", "RETURN_DONE"]);
    let done = claim(&caller.details(id), "return");
    assert!(done["returnCompletedDate"].is_string() && done["collectCompletedDate"].is_string());
    let commands: Vec<String> = caller.effects().into_iter().map(|(command, _)| command).collect();
    assert_eq!(commands, ["hold_claim", "release_claim", "approve_claim"]);
}

#[test]
fn a_return_is_refused_withdrawn_or_made_by_the_seller() {
    let caller = Caller::new();
    let ids = caller.add(3, Stage::Dispatched);
    caller.market.request_return(&ids[0]);
    let reject = format!("{SELLER}/{}/claim/return/reject", ids[0]);
    assert_eq!(caller.refused("POST", &reject, &json!({})), (400, "4000".into()));
    assert!(
        caller.one(&ids[0], "claim/return/reject", &json!({"rejectReturnReason": "사용 흔적"})).is_good()
    );
    assert_eq!(told(&caller.row(&ids[0])), ["CLAIM_REJECTED", "DELIVERING", "RETURN", "RETURN_REJECT"]);

    caller.market.request_return(&ids[1]);
    assert_eq!(caller.market.withdraw(&ids[1]).as_deref(), Some("RETURN_REJECT"));
    assert_eq!(caller.market.withdraw(&ids[1]), None);
    assert_eq!(told(&caller.row(&ids[1]))[0], "CLAIM_REJECTED");
    assert_eq!(caller.market.request_return(&ids[1]).as_deref(), Some("RETURN_REQUEST"), "and again");
    assert_eq!(caller.details(&ids[1])["completedClaims"][0]["claimStatus"], "RETURN_REJECT");

    let body = json!({"returnReason": "BROKEN", "collectDeliveryMethod": "RETURN_INDIVIDUAL"});
    assert!(caller.one(&ids[2], "claim/return/request", &body).is_good());
    let made = claim(&caller.details(&ids[2]), "return");
    assert_eq!((&made["requestChannel"], &made["returnReason"]), (&"판매자".into(), &"BROKEN".into()));
    assert_eq!(made["collectDeliveryMethod"], "RETURN_INDIVIDUAL");
    assert_eq!(caller.one(&ids[2], "claim/return/request", &body).code(), "9999");
    let paid = &caller.add(1, Stage::Paid)[0];
    assert_eq!(caller.one(paid, "claim/return/request", &body).code(), "9999");
    assert_eq!(caller.market.request_return(paid), None);
}

#[test]
fn some_pieces_are_returned() {
    let caller = Caller::new();
    let (id, _) = several(&caller, Stage::Delivered);
    let act = Act { quantity: Some(2), ..Act::new(&id, Doing::RequestReturn) };
    assert_eq!(caller.market.act(&act).as_deref(), Some("RETURN_REQUEST"));
    assert!(caller.one(&id, "claim/return/approve", &NONE).is_good());
    let truth = caller.truth(&id);
    assert_eq!((truth.status.as_str(), truth.remaining), ("DELIVERED", 1));
    assert_eq!(caller.market.claims().iter().filter(|claim| claim.order_id == id).count(), 1);

    // The seller can do so by hand as well, which is no effect of a call.
    let effects = caller.effects().len();
    let (other, _) = several(&caller, Stage::Delivered);
    let does = |does| caller.market.act(&Act { quantity: Some(1), ..Act::new(&other, does) });
    assert_eq!(does(Doing::RequestReturn).as_deref(), Some("RETURN_REQUEST"));
    assert_eq!(does(Doing::Grant), None, "the goods are not back");
    assert_eq!([does(Doing::Carry), does(Doing::Carry)].map(Option::unwrap), ["COLLECTING", "COLLECT_DONE"]);
    assert_eq!(does(Doing::Grant).as_deref(), Some("DELIVERED"));
    assert_eq!((caller.truth(&other).remaining, caller.effects().len()), (2, effects));
}

#[test]
fn an_exchange_goes_its_whole_way() {
    let caller = Caller::new();
    let ids = caller.add(2, Stage::Delivered);
    let id = &ids[0];
    assert_eq!(caller.market.request_exchange(id).as_deref(), Some("EXCHANGE_REQUEST"));
    let again = json!({
        "reDeliveryMethod": "DELIVERY", "reDeliveryCompany": "HANJIN", "reDeliveryTrackingNumber": "700000000001",
    });
    assert_eq!(caller.one(id, "claim/exchange/dispatch", &again).code(), "104417", "the goods are not back");
    let hold =
        json!({"holdbackClassType": "EXCHANGE_PRODUCT_READY", "holdbackExchangeDetailReason": "준비 중"});
    assert!(caller.one(id, "claim/exchange/holdback", &hold).is_good());
    assert!(caller.one(id, "claim/exchange/holdback/release", &NONE).is_good());
    assert!(caller.one(id, "claim/exchange/collect/approve", &NONE).is_good());
    assert_eq!(told(&caller.row(id)), ["COLLECT_DONE", "DELIVERED", "EXCHANGE", "COLLECT_DONE"]);
    assert_eq!(caller.one(id, "claim/exchange/collect/approve", &NONE).code(), "9999");
    let mut bad = again.clone();
    bad["reDeliveryCompany"] = "LOTTE".into();
    assert_eq!(caller.one(id, "claim/exchange/dispatch", &bad).code(), "104119");
    assert!(caller.one(id, "claim/exchange/dispatch", &again).is_good());
    assert_eq!(
        told(&caller.row(id)),
        ["CLAIM_REDELIVERING", "DELIVERED", "EXCHANGE", "EXCHANGE_REDELIVERING"]
    );
    assert_eq!(claim(&caller.details(id), "exchange")["reDeliveryTrackingNumber"], "700000000001");
    assert_eq!(caller.market.withdraw(id), None, "it is on its way");
    assert_eq!(caller.market.carry(id).as_deref(), Some("EXCHANGE_DONE"));
    assert_eq!(told(&caller.row(id)), ["CLAIM_COMPLETED", "EXCHANGED", "EXCHANGE", "EXCHANGE_DONE"]);

    caller.market.request_exchange(&ids[1]);
    let reason = json!({"rejectExchangeReason": "재고 없음"});
    assert!(caller.one(&ids[1], "claim/exchange/reject", &reason).is_good());
    assert_eq!(told(&caller.row(&ids[1])), ["CLAIM_REJECTED", "DELIVERED", "EXCHANGE", "EXCHANGE_REJECT"]);
    let commands: Vec<String> = caller.effects().into_iter().map(|(command, _)| command).collect();
    assert_eq!(commands, ["hold_claim", "release_claim", "approve_claim", "ship", "reject_claim"]);
}

/// What was drawn with a claim goes on like what calls have made.
#[test]
fn claims_that_were_there_at_the_start() {
    let caller = Caller::of(Market::start(Config { days: 1, ..Config::of(600) }).expect("a port"));
    let claims = caller.market.claims();
    for status in ["CANCEL_DONE", "RETURN_REQUEST", "RETURN_DONE", "EXCHANGE_DONE"] {
        assert!(claims.iter().any(|claim| claim.status == status), "{status}");
    }
    let open = claims.iter().find(|claim| claim.status == "RETURN_REQUEST").expect("an open one");
    let before = caller.details(&open.order_id);
    assert_eq!(claim(&before, "return")["claimId"], open.claim_id);
    assert!(caller.one(&open.order_id, "claim/return/approve", &NONE).is_good());
    let after = caller.details(&open.order_id);
    assert_eq!(claim(&after, "return")["claimId"], open.claim_id);
    assert_eq!(after["productOrder"]["productOrderStatus"], "RETURNED");
    assert_eq!(after["delivery"], before["delivery"]);
    assert_eq!(caller.effects(), [("approve_claim".to_owned(), open.claim_id.clone())]);
    assert_eq!(caller.market.calls().of(Endpoint::StoreReturnApprove).calls, 1);
}

#[test]
fn the_conditional_list_goes_by_any_date() {
    let caller = Caller::new();
    let ids = caller.add(4, Stage::Paid);
    caller.confirm(&[&ids[0], &ids[1], &ids[2]]);
    let mut sent = parcel(&ids[0], "800000000001");
    sent["dispatchDate"] = simulator::kst_text(caller.market.now()).into();
    caller.dispatch(&[sent]);
    caller.market.request_cancel(&ids[1]);
    caller.market.request_cancel(&ids[2]);
    caller.one(&ids[2], "claim/cancel/approve", &NONE);
    let list = |more: &str| -> Vec<String> {
        let from = simulator::kst_text(caller.market.now() - crate::HOUR).replace('+', "%2B");
        let answer = caller.good("GET", &format!("{SELLER}?from={from}&{more}"), &NONE);
        let rows = answer["data"]["contents"].as_array().expect("rows").clone();
        rows.iter().map(|row| row["productOrderId"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(list("rangeType=DISPATCHED_DATETIME"), [ids[0].clone()]);
    assert_eq!(list("rangeType=CLAIM_REQUESTED_DATETIME"), [ids[1].clone(), ids[2].clone()]);
    assert_eq!(list("rangeType=CLAIM_COMPLETED_DATETIME"), [ids[2].clone()]);
    assert_eq!(list("rangeType=PURCHASE_DECIDED_DATETIME").len(), 0);
    assert_eq!(list("claimStatuses=CANCEL_REQUEST"), [ids[1].clone()]);
    assert_eq!(list("placeOrderStatusType=NOT_YET"), [ids[3].clone()]);
    assert_eq!(list("placeOrderStatusType=OK").len(), 3);
    let from = simulator::kst_text(caller.market.now() - crate::HOUR).replace('+', "%2B");
    let bad = caller.refused("GET", &format!("{SELLER}?from={from}&placeOrderStatusType=YES"), &NONE);
    assert_eq!(bad, (400, "4000".to_owned()));
}
