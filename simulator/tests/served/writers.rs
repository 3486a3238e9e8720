//! Every call that changes something: what can go wrong there, and that it goes wrong at the right moment.

use serde_json::{Value, json};
use simulator::smartstore::{Act, Doing, ListingTruth, Stage};
use simulator::{Account, Endpoint, Fault, FaultKind, Remote, kst_text};

use crate::caller::{Caller, SELLER, parcel};
use crate::json;

const NONE: Value = Value::Null;

/// A call that would succeed, and be an effect: method, target, body.
fn prepared(caller: &Caller, endpoint: Endpoint) -> (&'static str, String, Value) {
    let paid = || caller.add(1, Stage::Paid).remove(0);
    let returned = || {
        let id = caller.add(1, Stage::Delivered).remove(0);
        caller.market.request_return(&id);
        id
    };
    let exchanged = || {
        let id = caller.add(1, Stage::Delivered).remove(0);
        caller.market.request_exchange(&id);
        id
    };
    let claim = |id: String, call: &str, body: Value| ("POST", format!("{SELLER}/{id}/claim/{call}"), body);
    let hold = |detail: &str| json!({"holdbackClassType": "ETC", detail: "확인 중"});
    let listings = caller.market.listings();
    let listing = |has_options: bool| -> &ListingTruth {
        let mut on_sale = listings.iter().filter(|listing| listing.on_sale);
        on_sale.find(|listing| listing.options.is_empty() != has_options).expect("one")
    };
    let product =
        |listing: &ListingTruth| format!("/external/v2/products/origin-products/{}", listing.listing_id);
    let single = listing(false);
    match endpoint {
        Endpoint::StoreConfirm => ("POST", format!("{SELLER}/confirm"), json!({"productOrderIds": [paid()]})),
        Endpoint::StoreDispatch => {
            let number = format!("9{:09}", caller.market.truth().len());
            (
                "POST",
                format!("{SELLER}/dispatch"),
                json!({"dispatchProductOrders": [parcel(&paid(), &number)]}),
            )
        }
        Endpoint::StoreDelay => {
            let due = kst_text(caller.market.now() + 86_400_000);
            let body = json!({"dispatchDueDate": due, "delayedDispatchReason": "ETC", "dispatchDelayedDetailedReason": "지연"});
            ("POST", format!("{SELLER}/{}/delay", paid()), body)
        }
        Endpoint::StoreCancel => claim(paid(), "cancel/request", json!({"cancelReason": "SOLD_OUT"})),
        Endpoint::StoreCancelApprove => {
            let id = paid();
            caller.confirm(&[&id]);
            caller.market.request_cancel(&id);
            claim(id, "cancel/approve", NONE)
        }
        Endpoint::StoreReturn => {
            let body = json!({"returnReason": "BROKEN", "collectDeliveryMethod": "RETURN_INDIVIDUAL"});
            claim(caller.add(1, Stage::Delivered).remove(0), "return/request", body)
        }
        Endpoint::StoreReturnApprove => claim(returned(), "return/approve", NONE),
        Endpoint::StoreReturnHold => claim(returned(), "return/holdback", hold("holdbackReturnDetailReason")),
        Endpoint::StoreReturnRelease => {
            let id = returned();
            caller.one(&id, "claim/return/holdback", &hold("holdbackReturnDetailReason"));
            claim(id, "return/holdback/release", NONE)
        }
        Endpoint::StoreReturnReject => {
            claim(returned(), "return/reject", json!({"rejectReturnReason": "사용"}))
        }
        Endpoint::StoreExchangeCollect => claim(exchanged(), "exchange/collect/approve", NONE),
        Endpoint::StoreExchangeDispatch => {
            let id = exchanged();
            caller.one(&id, "claim/exchange/collect/approve", &NONE);
            claim(id, "exchange/dispatch", json!({"reDeliveryMethod": "DIRECT_DELIVERY"}))
        }
        Endpoint::StoreExchangeHold => {
            claim(exchanged(), "exchange/holdback", hold("holdbackExchangeDetailReason"))
        }
        Endpoint::StoreExchangeRelease => {
            let id = exchanged();
            caller.one(&id, "claim/exchange/holdback", &hold("holdbackExchangeDetailReason"));
            claim(id, "exchange/holdback/release", NONE)
        }
        Endpoint::StoreExchangeReject => {
            claim(exchanged(), "exchange/reject", json!({"rejectExchangeReason": "없음"}))
        }
        Endpoint::StoreProductCreate => {
            ("POST", "/external/v2/products".to_owned(), caller.good("GET", &product(single), &NONE))
        }
        Endpoint::StoreProductUpdate => {
            let mut body = caller.good("GET", &product(single), &NONE);
            body["originProduct"]["salePrice"] = (single.price + 10).into();
            ("PUT", product(single), body)
        }
        Endpoint::StoreProductDelete => ("DELETE", product(single), NONE),
        Endpoint::StoreProductStatus => {
            let target = format!("/external/v1/products/origin-products/{}/change-status", single.listing_id);
            ("PUT", target, json!({"statusType": "SUSPENSION"}))
        }
        Endpoint::StoreOptionStock => {
            let listing = listing(true);
            let option = &listing.options[0];
            let id: u64 = option.option_id.parse().expect("a number");
            let rows =
                json!([{"id": id, "stockQuantity": option.stock + 1, "price": option.price, "usable": true}]);
            let target = format!("/external/v1/products/origin-products/{}/option-stock", listing.listing_id);
            ("PUT", target, json!({"optionInfo": {"optionCombinations": rows, "useStockManagement": true}}))
        }
        Endpoint::StoreMultiUpdate => {
            let id: u64 = single.listing_id.parse().expect("a number");
            let change = json!({"originProductNo": id, "multiUpdateTypes": ["STOCK"], "stockQuantity": single.stock + 1});
            let target = "/external/v1/products/origin-products/multi-update";
            ("PATCH", target.to_owned(), json!({"multiProductUpdateRequestVos": [change]}))
        }
        other => panic!("{other} writes nothing that a test knows"),
    }
}

/// The endpoints whose calls leave effects; an image that was uploaded is in no list.
fn writers() -> impl Iterator<Item = Endpoint> {
    Endpoint::writers().iter().copied().filter(|endpoint| {
        endpoint.platform() == simulator::Platform::Smartstore && *endpoint != Endpoint::StoreImages
    })
}

#[test]
fn each_write_is_one_effect_however_its_answer_fares() {
    let caller = Caller::new();
    for endpoint in writers() {
        for kind in
            [FaultKind::LostAnswer, FaultKind::LateError, FaultKind::CutBody, FaultKind::TruncatedJson]
        {
            let (method, target, body) = prepared(&caller, endpoint);
            let before = caller.market.effects().len();
            caller.market.fault(Fault::next(endpoint, kind));
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let reply = caller.try_send(method, &target, body.as_bytes());
            match kind {
                FaultKind::LostAnswer => assert!(reply.is_err(), "{endpoint}"),
                FaultKind::LateError => assert_eq!(reply.expect("an answer").status, 500, "{endpoint}"),
                _ => {
                    let said = serde_json::from_slice::<Value>(&reply.expect("an answer").body);
                    assert!(said.is_err(), "{endpoint}");
                }
            }
            let effects = caller.market.effects();
            assert_eq!(effects.len(), before + 1, "{endpoint} {kind}: {:?}", &effects[before..]);
            // The same call again finds it done, but for those that only add.
            let again = caller.try_send(method, &target, body.as_bytes()).expect("an answer");
            let adds = matches!(endpoint, Endpoint::StoreProductCreate);
            assert_eq!(
                caller.market.effects().len(),
                before + 1 + usize::from(adds),
                "{endpoint}: {}",
                again.text()
            );
        }
    }
    assert!(caller.market.effects().iter().zip(1..).all(|(effect, number)| effect.number == number));
}

#[test]
fn what_fails_before_it_is_done_has_no_effect() {
    let caller = Caller::new();
    for endpoint in writers() {
        for (kind, status) in [
            (FaultKind::RateLimited, 429),
            (FaultKind::ServerError, 500),
            (FaultKind::Proxy, 500),
            (FaultKind::BadGateway, 502),
            (FaultKind::Unavailable, 503),
            (FaultKind::GatewayTimeout, 504),
            (FaultKind::Unauthorized, 401),
            (FaultKind::IpNotAllowed, 403),
            (FaultKind::Html, 200),
        ] {
            let (method, target, body) = prepared(&caller, endpoint);
            let before = caller.market.effects().len();
            caller.market.fault(Fault::next(endpoint, kind));
            assert_eq!(caller.send(method, &target, &body).status, status, "{endpoint} {kind}");
            assert_eq!(caller.market.effects().len(), before, "{endpoint} {kind}");
        }
        let (method, target, body) = prepared(&caller, endpoint);
        caller.market.fault(Fault::next(endpoint, FaultKind::Refused).with_value("104442"));
        assert_eq!(caller.refused(method, &target, &body), (400, "104442".into()), "{endpoint}");
    }
}

#[test]
fn lists_of_rows_do_not_go_wrong_at_writes() {
    for endpoint in Endpoint::writers() {
        assert!(Fault::next(*endpoint, FaultKind::DuplicatePage).check().is_err(), "{endpoint}");
        assert!(Fault::next(*endpoint, FaultKind::LostAnswer).check().is_ok(), "{endpoint}");
        assert!(!Endpoint::readers().contains(endpoint));
    }
    assert!(Fault::next(Endpoint::Feed, FaultKind::LateError).check().is_err());
}

/// From another process: the ledger holds everything, and buyers act.
#[test]
fn the_ledger_tells_of_claims_goods_and_effects() {
    let caller = Caller::new();
    let id = &caller.add(1, Stage::Delivered)[0];
    let remote = Remote::new(caller.market.address());
    let asked = remote.act(&Act::new(id, Doing::RequestReturn)).expect("the simulator is there");
    assert_eq!(asked.as_deref(), Some("RETURN_REQUEST"));
    caller.one(id, "claim/return/approve", &NONE);
    let Account::Smartstore { orders, claims, listings, settlements, effects, .. } =
        remote.ledger().expect("the ledger").remove(0)
    else {
        panic!("there is only the shop")
    };
    assert_eq!((orders, claims), (caller.market.truth(), caller.market.claims()));
    assert_eq!((listings, settlements), (caller.market.listings(), caller.market.settlements()));
    assert_eq!(effects, caller.market.effects());
    assert_eq!(effects[0].command, "approve_claim");
    let channels = caller.good("GET", "/external/v1/seller/channels", &NONE);
    assert_eq!(channels[0]["channelType"], "STOREFARM");
    let unknown = caller.send("POST", &format!("{SELLER}/{id}/claim/cancel/reject"), &NONE);
    assert_eq!(
        (unknown.status, &json(&unknown)["code"]),
        (404, &"GW.NOT_FOUND".into()),
        "there is no such call"
    );
}
