//! What a look at the platform tells.

use serde_json::{Value, json};

use super::super::*;
use super::{action, command, line, parcel, ship};
use crate::tests::{Prepared, client, connector, instant, token};

async fn inspect_on(data: Value, actions: Vec<Action>) -> Vec<Standing> {
    let transport = Prepared::new(vec![(200, None, token(10_799)), (200, None, json!({"data": data}))]);
    let now = connector_core::clock::Clock::scenario(instant("2026-03-31T12:00:00+09:00"));
    let client = client(connector(&[]), transport.clone(), now);
    let findings = client.connector().inspect(&client, &command(actions)).await.expect("findings");
    assert_eq!(transport.sent().len(), 2, "one look");
    findings.into_iter().map(|finding| finding.standing).collect()
}

fn product_order(id: &str, status: &str, place: &str, more: Value) -> Value {
    let mut element = json!({
        "order": {"orderId": "9", "orderDate": "2026-03-30T09:00:00.0+09:00"},
        "productOrder": {
            "productOrderId": id, "productOrderStatus": status, "placeOrderStatus": place, "totalPaymentAmount": 100,
            "remainQuantity": 2,
        },
    });
    element.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    element
}

fn words(standings: &[Standing]) -> Vec<&'static str> {
    let word = |standing: &Standing| match standing {
        Standing::InEffect { .. } => "in effect",
        Standing::NotInEffect => "not in effect",
        Standing::Barred(_) => "barred",
        Standing::Unclear { .. } => "unclear",
    };
    standings.iter().map(word).collect()
}

#[tokio::test]
async fn a_look_tells_what_is_confirmed() {
    let claim = json!({"currentClaim": {"cancel": {"claimId": "7", "claimStatus": "CANCEL_REQUEST"}}});
    let rows = [
        ("1", "PAYED", "NOT_YET", json!({}), "not in effect"),
        ("2", "PAYED", "OK", json!({}), "in effect"),
        ("3", "PAYED", "CANCEL", json!({}), "not in effect"),
        ("4", "DELIVERING", "OK", json!({}), "in effect"),
        ("5", "CANCELED", "OK", json!({}), "barred"),
        ("6", "PAYED", "NOT_YET", claim.clone(), "barred"),
        ("7", "PAYED", "OK", claim, "in effect"),
        ("8", "PAYMENT_WAITING", "NOT_YET", json!({}), "barred"),
        ("9", "PICKUP_READY", "NOT_YET", json!({}), "not in effect"),
    ];
    let data: Vec<Value> = rows
        .iter()
        .map(|(id, status, place, more, _)| product_order(id, status, place, more.clone()))
        .collect();
    let mut actions: Vec<Action> = rows.iter().map(|(id, ..)| line("confirm", id, json!({}))).collect();
    actions.push(line("confirm", "missing", json!({})));
    let mut expected: Vec<&str> = rows.iter().map(|(.., word)| *word).collect();
    expected.push("unclear");
    assert_eq!(words(&inspect_on(json!(data), actions).await), expected);
}

#[tokio::test]
async fn a_look_tells_which_parcel_was_sent() {
    let delivery = |company: &str, number: &str| json!({"delivery": {"deliveryMethod": "DELIVERY", "deliveryCompany": company, "trackingNumber": number}});
    let rows = [
        ("1", "PAYED", "NOT_YET", json!({}), "not in effect"),
        ("2", "DELIVERING", "OK", delivery("CJGLS", "4000-0000-0901"), "in effect"),
        ("3", "DELIVERING", "OK", delivery("HANJIN", "400000000901"), "barred"),
        ("4", "DELIVERED", "OK", delivery("CJGLS", "400000000902"), "barred"),
        (
            "5",
            "PAYED",
            "OK",
            json!({"currentClaim": {"cancel": {"claimId": "7", "claimStatus": "CANCEL_REQUEST"}}}),
            "barred",
        ),
        ("6", "CANCELED", "OK", json!({}), "barred"),
        ("7", "DELIVERING", "OK", json!({}), "barred"),
    ];
    let data: Vec<Value> = rows
        .iter()
        .map(|(id, status, place, more, _)| product_order(id, status, place, more.clone()))
        .collect();
    let actions = rows.iter().map(|(id, ..)| ship(id, parcel(), json!({}))).collect();
    let expected: Vec<&str> = rows.iter().map(|(.., word)| *word).collect();
    let standings = inspect_on(json!(data), actions).await;
    assert_eq!(words(&standings), expected);
    assert!(!format!("{standings:?}").contains("400000000"), "numbers that lead to people are not repeated");
}

#[tokio::test]
async fn a_cancel_of_some_pieces_is_told_from_others() {
    let part = |more: Value| {
        let mut fields = json!({"reason": "sold_out", "quantity": 1, "raw": product_order("1", "PAYED", "OK", json!({
            "completedClaims": [{"claimType": "CANCEL", "claimId": "6", "claimStatus": "CANCEL_DONE", "requestQuantity": 1,
                "claimRequestReason": "SOLD_OUT"}],
        }))});
        fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        line("cancel", "1", fields)
    };
    let claims = |ids: &[&str], reason: &str, left: i64| {
        let claims: Vec<Value> = ids
            .iter()
            .map(|id| json!({"claimType": "CANCEL", "claimId": id, "claimStatus": "CANCEL_DONE", "requestQuantity": 1,
                "claimRequestReason": reason}))
            .collect();
        let mut element = product_order("1", "PAYED", "OK", json!({"completedClaims": claims}));
        element["productOrder"]["remainQuantity"] = json!(left);
        json!([element])
    };
    for (data, expected) in [
        (claims(&["6"], "SOLD_OUT", 2), "not in effect"),
        (claims(&["6", "7"], "SOLD_OUT", 1), "in effect"),
        (claims(&["6", "7"], "INTENT_CHANGED", 1), "barred"),
    ] {
        assert_eq!(words(&inspect_on(data, vec![part(json!({}))]).await), [expected]);
    }
    let under_way = json!([product_order(
        "1",
        "PAYED",
        "OK",
        json!({
            "currentClaim": {"cancel": {"claimId": "7", "claimStatus": "CANCELING"}}
        })
    )]);
    assert_eq!(words(&inspect_on(under_way, vec![part(json!({}))]).await), ["unclear"]);
}

#[tokio::test]
async fn a_look_tells_how_a_claim_stands() {
    let claim = |command: &str, kind: &str, more: Value| {
        let mut value =
            json!({"command": command, "claim": {"claim_id": "7", "kind": kind, "order_id": "1"}});
        value.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        action(&value)
    };
    let parcel = json!({"parcel": {"method": "parcel", "carrier": "LOTTE", "tracking_number": "5", "sent_at": "2026-03-31T02:30:00Z"}});
    let why = json!({"reason": "r"});
    let again = json!({"reDeliveryCompany": "HYUNDAI", "reDeliveryTrackingNumber": "5"});
    let other = json!({"reDeliveryCompany": "HYUNDAI", "reDeliveryTrackingNumber": "6"});
    let held = json!({"holdbackStatus": "HOLDBACK"});
    for (action, kind, status, more, expected) in [
        (claim("approve_claim", "cancel", json!({})), "cancel", "CANCEL_REQUEST", json!({}), "not in effect"),
        (claim("approve_claim", "cancel", json!({})), "cancel", "CANCEL_DONE", json!({}), "in effect"),
        (claim("approve_claim", "cancel", json!({})), "cancel", "CANCEL_REJECT", json!({}), "barred"),
        (claim("approve_claim", "return", json!({})), "return", "COLLECTING", json!({}), "not in effect"),
        (claim("approve_claim", "return", json!({})), "return", "RETURN_DONE", json!({}), "in effect"),
        (claim("approve_claim", "exchange", json!({})), "exchange", "COLLECTING", json!({}), "not in effect"),
        (claim("approve_claim", "exchange", json!({})), "exchange", "COLLECT_DONE", json!({}), "in effect"),
        (claim("approve_claim", "exchange", parcel.clone()), "exchange", "COLLECTING", json!({}), "barred"),
        (
            claim("approve_claim", "exchange", parcel.clone()),
            "exchange",
            "COLLECT_DONE",
            json!({}),
            "not in effect",
        ),
        (
            claim("approve_claim", "exchange", parcel.clone()),
            "exchange",
            "EXCHANGE_REDELIVERING",
            again,
            "in effect",
        ),
        (claim("approve_claim", "exchange", parcel), "exchange", "EXCHANGE_REDELIVERING", other, "barred"),
        (
            claim("reject_claim", "return", why.clone()),
            "return",
            "RETURN_REQUEST",
            json!({}),
            "not in effect",
        ),
        (claim("reject_claim", "return", why.clone()), "return", "RETURN_REJECT", json!({}), "in effect"),
        (claim("reject_claim", "return", why.clone()), "return", "RETURN_DONE", json!({}), "barred"),
        (claim("reject_claim", "cancel", why.clone()), "cancel", "CANCEL_REQUEST", json!({}), "barred"),
        (claim("hold_claim", "return", why.clone()), "return", "COLLECT_DONE", json!({}), "not in effect"),
        (claim("hold_claim", "return", why.clone()), "return", "COLLECT_DONE", held, "in effect"),
        (claim("hold_claim", "return", why.clone()), "exchange", "COLLECT_DONE", json!({}), "unclear"),
    ] {
        let mut told = json!({"claimId": "7", "claimStatus": status});
        told.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let data = json!([product_order("1", "DELIVERED", "OK", json!({"currentClaim": {kind: told}}))]);
        let label = format!("{action:?} {status}");
        assert_eq!(words(&inspect_on(data, vec![action]).await), [expected], "{label}");
    }
}

/// What a look at a product tells, where the search and the product answer so.
async fn inspect_product(row: Value, product: Value, action: Action) -> Standing {
    let found = json!({"contents": [row], "last": true});
    let transport = Prepared::new(vec![(200, None, token(10_799)), (200, None, found), (200, None, product)]);
    let now = connector_core::clock::Clock::scenario(instant("2026-03-31T12:00:00+09:00"));
    let client = client(connector(&[]), transport.clone(), now);
    let findings = client.connector().inspect(&client, &command(vec![action])).await.expect("findings");
    findings.into_iter().next().expect("one").standing
}

#[tokio::test]
async fn a_look_tells_how_a_product_stands() {
    let row = |status: &str, price: i64, stock: i64| {
        json!({"originProductNo": 7, "channelProducts": [{
            "channelServiceType": "STOREFARM", "name": "n", "sellerManagementCode": "A", "statusType": status,
            "salePrice": price, "stockQuantity": stock,
        }]})
    };
    let plain = json!({"originProduct": {"statusType": "SALE", "name": "n", "salePrice": 100}});
    let option = json!({"id": 5, "stockQuantity": 3, "price": 20, "usable": true});
    let with_option = json!({"originProduct": {
        "statusType": "SALE", "name": "n", "salePrice": 100,
        "detailAttribute": {"optionInfo": {"optionCombinations": [option]}},
    }});
    let whole = json!({"listing_id": "7", "option_id": ""});
    let of_option = json!({"listing_id": "7", "option_id": "5"});
    let old = json!({"id": 5, "stockQuantity": 3, "price": 0, "usable": true});
    let stock = |listing: &Value, stock: i64, raw: &Value| {
        action(&json!({"command": "set_stock", "listing": listing, "stock": stock, "raw": raw}))
    };
    let given = |name: &str| action(&json!({"command": name, "listing": whole, "price": 100}));
    for (action, row, product, expected) in [
        (stock(&whole, 9, &json!({})), row("SALE", 100, 9), &plain, "in effect"),
        (stock(&whole, 8, &json!({})), row("SALE", 100, 9), &plain, "not in effect"),
        (stock(&whole, 8, &json!({})), row("SALE", 100, 3), &with_option, "barred"),
        (stock(&of_option, 3, &option), row("SALE", 100, 3), &with_option, "in effect"),
        (stock(&of_option, 4, &option), row("SALE", 100, 3), &with_option, "not in effect"),
        (stock(&of_option, 4, &old), row("SALE", 100, 3), &with_option, "barred"),
        (stock(&of_option, 4, &option), row("SALE", 100, 3), &plain, "barred"),
        (stock(&whole, 8, &json!({})), row("PROHIBITION", 100, 3), &plain, "barred"),
        (given("set_price"), row("SALE", 100, 3), &plain, "in effect"),
        (given("set_price"), row("SALE", 90, 3), &plain, "not in effect"),
        (given("stop_sale"), row("SUSPENSION", 90, 3), &plain, "in effect"),
        (given("stop_sale"), row("OUTOFSTOCK", 90, 0), &plain, "not in effect"),
        (given("resume_sale"), row("SUSPENSION", 90, 3), &plain, "not in effect"),
        (given("resume_sale"), row("OUTOFSTOCK", 90, 0), &plain, "barred"),
        (given("resume_sale"), row("SALE", 90, 3), &plain, "in effect"),
    ] {
        let label = format!("{action:?} {row}");
        assert_eq!(words(&[inspect_product(row, product.clone(), action).await]), [expected], "{label}");
    }
}

#[tokio::test]
async fn a_replaced_product_is_compared_to_the_last_field() {
    let product = |content: &str, price: i64| {
        json!({
            "originProduct": {
                "statusType": "SALE", "name": "n", "salePrice": price, "detailContent": content, "images": {"more": [1, 2]},
                "detailAttribute": {"sellerCodeInfo": {"sellerManagementCode": "A"}},
            },
            "smartstoreChannelProduct": {"naverShoppingRegistration": false},
        })
    };
    let row = |status: &str, price: i64| {
        json!({"originProductNo": 7, "channelProducts": [{
            "channelServiceType": "STOREFARM", "name": "n", "sellerManagementCode": "A", "statusType": status,
            "salePrice": price,
        }]})
    };
    let draft =
        json!({"seller_code": "A", "name": "n", "price": 100, "stock": 1, "platform": product("new", 100)});
    let update = action(&json!({
        "command": "update_listing", "listing": {"listing_id": "7", "option_id": ""}, "draft": draft,
    }));
    for (price, content, expected) in
        [(100, "new", "in effect"), (100, "old", "unclear"), (90, "new", "not in effect")]
    {
        let standing = inspect_product(row("SALE", price), product(content, price), update.clone()).await;
        assert_eq!(words(&[standing]), [expected], "{price} {content}");
    }
    // Somebody stopped the sale: a draft that was written before would put it back.
    for (read, expected) in
        [(None, "barred"), (Some("SALE"), "barred"), (Some("SUSPENSION"), "not in effect")]
    {
        let mut update = update.clone();
        if let Some(read) = read {
            update.set_raw(serde_json::value::to_raw_value(&row(read, 90)).expect("JSON"));
        }
        let standing = inspect_product(row("SUSPENSION", 90), product("new", 90), update).await;
        assert_eq!(words(&[standing]), [expected], "{read:?}");
    }
}

#[tokio::test]
async fn a_new_product_is_found_by_its_whole_code() {
    let row = |no: i64, code: &str, status: &str| {
        json!({"originProductNo": no, "channelProducts": [{
            "channelServiceType": "STOREFARM", "name": "n", "sellerManagementCode": code, "statusType": status, "salePrice": 1,
        }]})
    };
    let platform = json!({"originProduct": {"leafCategoryId": "5", "detailContent": "c", "images": {}}});
    let draft = json!({"seller_code": "A", "name": "n", "price": 1, "stock": 1, "platform": platform});
    let create = action(&json!({"command": "create_listing", "draft": draft}));
    let product = json!({"originProduct": {"statusType": "SALE", "name": "n", "salePrice": 1}});
    for (rows, expected) in [
        (vec![], "not in effect"),
        (vec![row(7, "AB", "SALE"), row(8, "A", "DELETE")], "not in effect"),
        (vec![row(7, "AB", "SALE"), row(8, "A", "SALE")], "in effect"),
        (vec![row(7, "A", "SALE"), row(8, "A", "SUSPENSION")], "barred"),
    ] {
        let found = json!({"contents": rows, "last": true});
        let transport = Prepared::new(vec![
            (200, None, token(10_799)),
            (200, None, found.clone()),
            (200, None, found),
            (200, None, product.clone()),
        ]);
        let now = connector_core::clock::Clock::scenario(instant("2026-03-31T12:00:00+09:00"));
        let client = client(connector(&[]), transport, now);
        let findings =
            client.connector().inspect(&client, &command(vec![create.clone()])).await.expect("findings");
        assert_eq!(words(&[findings[0].standing.clone()]), [expected], "{rows:?}");
    }
}
