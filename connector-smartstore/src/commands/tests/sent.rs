//! What is sent, and how the answers are read.

use serde_json::{Value, json};

use super::super::*;
use super::{action, command, line, parcel, samples, ship};
use crate::tests::{Prepared, client, connector, instant, token};

/// Executes on one answer; returns what came of it, and the calls as method, path and body.
async fn execute_on(
    status: u16,
    answer: Value,
    actions: Vec<Action>,
) -> (Result<Vec<Outcome>>, Vec<(String, Value)>) {
    let transport = Prepared::new(vec![(200, None, token(10_799)), (status, None, answer)]);
    let now = connector_core::clock::Clock::scenario(instant("2026-03-31T12:00:00+09:00"));
    let client = client(connector(&[]), transport.clone(), now);
    let outcomes = client.connector().execute(&client, &command(actions)).await;
    let calls = transport
        .sent()
        .iter()
        .skip(1)
        .map(|wire| {
            let path = wire.url.rsplit_once("/external").expect("the platform").1;
            let body =
                wire.body.as_deref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
            (format!("{} {path}", wire.method), body)
        })
        .collect();
    (outcomes.map(|receipt| receipt.outcomes), calls)
}

#[tokio::test]
async fn every_sample_is_sent_as_the_documentation_has_it() {
    let orders = "/v1/pay-order/seller/product-orders";
    let products = "/v1/products/origin-products";
    let none = Value::Null;
    let expected = [
        (format!("POST {orders}/confirm"), json!({"productOrderIds": ["2026033190000001"]})),
        (
            format!("POST {orders}/dispatch"),
            json!({"dispatchProductOrders": [{
                "productOrderId": "2026033190000002", "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "CJGLS",
                "trackingNumber": "400000000901", "dispatchDate": "2026-03-31T11:30:00.000+09:00",
            }]}),
        ),
        (
            format!("POST {orders}/2026033190000003/claim/cancel/request"),
            json!({"cancelReason": "SOLD_OUT", "cancelDetailedReason": "재고가 없습니다"}),
        ),
        (
            format!("POST {orders}/2026033190000013/claim/cancel/request"),
            json!({"cancelReason": "SOLD_OUT", "cancelQuantity": 1}),
        ),
        (format!("POST {orders}/2026033190000004/claim/cancel/approve"), none.clone()),
        (format!("POST {orders}/2026033190000005/claim/return/approve"), none.clone()),
        (format!("POST {orders}/2026033190000006/claim/exchange/collect/approve"), none),
        (
            format!("POST {orders}/2026033190000007/claim/exchange/dispatch"),
            json!({
                "reDeliveryMethod": "DELIVERY", "reDeliveryCompany": "HYUNDAI",
                "reDeliveryTrackingNumber": "400000000907",
            }),
        ),
        (
            format!("POST {orders}/2026033190000008/claim/return/reject"),
            json!({"rejectReturnReason": "사용한 흔적이 있습니다"}),
        ),
        (
            format!("POST {orders}/2026033190000009/claim/exchange/reject"),
            json!({"rejectExchangeReason": "교환할 상품이 없습니다"}),
        ),
        (
            format!("POST {orders}/dispatch"),
            json!({"dispatchProductOrders": [{
                "productOrderId": "2026033190000010", "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "HANJIN",
                "trackingNumber": "400000000910", "dispatchDate": "2026-03-31T11:30:00.000+09:00",
            }]}),
        ),
        (
            format!("POST {orders}/2026033190000011/claim/return/holdback"),
            json!({"holdbackClassType": "ETC", "holdbackReturnDetailReason": "상품을 확인하고 있습니다"}),
        ),
        (
            format!("POST {orders}/2026033190000012/claim/exchange/holdback"),
            json!({"holdbackClassType": "ETC", "holdbackExchangeDetailReason": "상품을 확인하고 있습니다"}),
        ),
        (
            format!("PUT {products}/11900000101/option-stock"),
            json!({"optionInfo": {
                "optionCombinations": [{"id": 41_910_000_101_i64, "stockQuantity": 12, "price": 500, "usable": true}],
                "useStockManagement": true,
            }}),
        ),
        (
            format!("PATCH {products}/multi-update"),
            json!({"multiProductUpdateRequestVos": [
                {"originProductNo": 11_900_000_102_i64, "multiUpdateTypes": ["STOCK"], "stockQuantity": 20}
            ]}),
        ),
        (
            format!("PATCH {products}/multi-update"),
            json!({"multiProductUpdateRequestVos": [{
                "originProductNo": 11_900_000_103_i64, "multiUpdateTypes": ["SALE_PRICE"],
                "productSalePrice": {"salePrice": 8_900},
            }]}),
        ),
        (format!("PUT {products}/11900000104/change-status"), json!({"statusType": "SUSPENSION"})),
        (format!("PUT {products}/11900000105/change-status"), json!({"statusType": "SALE"})),
    ];
    let samples = samples();
    for (action, expected) in samples.iter().zip(&expected) {
        let (outcomes, calls) = execute_on(200, json!({}), vec![action.clone()]).await;
        assert_eq!(outcomes.expect("a receipt").len(), 1, "{action:?}");
        assert_eq!(calls, std::slice::from_ref(expected), "{action:?}");
    }
    let rest: Vec<&str> = samples[expected.len()..].iter().map(|action| action.name().name()).collect();
    assert_eq!(rest, ["create_listing", "update_listing"], "these are below, with the platform's samples");
}

#[tokio::test]
async fn the_sample_of_a_partial_failure_is_told_apart() {
    let answer = serde_json::from_str(include_str!("../../../tests/samples/dispatch_partial_failure.json"))
        .expect("JSON");
    let ids = ["2025110147999991", "2025113047001551", "2025120147233911", "2025120147233912"];
    let actions = ids.iter().map(|id| ship(id, parcel(), json!({}))).collect();
    let (outcomes, calls) = execute_on(200, answer, actions).await;
    assert_eq!(calls.len(), 1, "one call for the batch");
    let outcomes = outcomes.expect("a receipt");
    assert_eq!(
        outcomes[..3],
        [
            Outcome::refused("101009", "처리권한이 없는 상품주문번호를 요청했습니다"),
            Outcome::refused("104119", "택배사 코드를 확인해 주세요."),
            Outcome::accepted(),
        ]
    );
    assert!(
        matches!(&outcomes[3], Outcome::Unknown { reason } if reason.contains("does not name")),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn what_is_already_so_is_left_to_the_look() {
    let listed = json!({"data": {"failProductOrderInfos": [{"productOrderId": "1", "code": "105306", "message": "m"}]}});
    let whole = json!({"code": "105306", "message": "m", "timestamp": "t", "traceId": "x"});
    for (status, answer) in [(200, listed), (400, whole.clone()), (500, whole)] {
        let (outcomes, _) = execute_on(status, answer, vec![line("confirm", "1", json!({}))]).await;
        let outcomes = outcomes.expect("a receipt");
        assert!(matches!(&outcomes[..], [Outcome::Unknown { .. }]), "{status}: {outcomes:?}");
    }
}

#[tokio::test]
async fn a_refused_call_is_no_doubt_and_a_failed_one_is() {
    let refused = json!({"code": "104442", "message": "상태를 확인해 주세요"});
    let error = execute_on(400, refused, vec![line("confirm", "1", json!({}))]).await.0.expect_err("refused");
    assert_eq!(
        (error.kind(), error.code(), error.is_in_doubt()),
        (ErrorKind::Rejected, Some("104442"), false)
    );
    let (failed, calls) = execute_on(
        504,
        json!({"code": "GW.TIMEOUT.01", "message": "m"}),
        vec![line("confirm", "1", json!({}))],
    )
    .await;
    assert!(failed.expect_err("lost").is_in_doubt());
    assert_eq!(calls.len(), 1, "sent once");
}

#[tokio::test]
async fn what_the_platform_cannot_be_told_is_refused_without_a_call() {
    let claim = |kind: &str| json!({"claim_id": "7", "kind": kind, "order_id": "1"});
    let listing = json!({"listing_id": "11900000001", "option_id": "5"});
    let draft = json!({"seller_code": "A", "name": "n", "price": 10, "stock": 1, "platform": {}});
    for (value, why) in [
        (
            json!({"command": "cancel", "line": {"order_id": "1", "state": "paid"}, "reason": "wrong_address"}),
            "no such reason",
        ),
        (
            json!({"command": "cancel", "line": {"order_id": "1", "state": "paid", "quantity": 2}, "reason": "sold_out", "quantity": 3}),
            "not so many",
        ),
        (
            json!({"command": "cancel", "line": {"order_id": "1", "state": "paid", "quantity": 2}, "reason": "sold_out", "quantity": 1}),
            "read before",
        ),
        (json!({"command": "reject_claim", "claim": claim("cancel"), "reason": "r"}), "give the parcel"),
        (json!({"command": "reject_claim", "claim": claim("return"), "reason": " "}), "a reason"),
        (json!({"command": "hold_claim", "claim": claim("cancel"), "reason": "r"}), "no cancel on hold"),
        (json!({"command": "set_stock", "listing": listing, "stock": 3}), "read the listings first"),
        (json!({"command": "set_stock", "listing": listing, "stock": -1}), "between 0"),
        (json!({"command": "set_price", "listing": listing, "price": 1000}), "as a whole"),
        (json!({"command": "stop_sale", "listing": listing}), "stock of 0"),
        (json!({"command": "create_listing", "draft": draft}), "leafCategoryId"),
        (
            json!({"command": "update_listing", "listing": {"listing_id": "1", "option_id": ""}, "draft": draft}),
            "give the whole product",
        ),
    ] {
        let (outcomes, calls) = execute_on(200, json!({}), vec![action(&value)]).await;
        let outcomes = outcomes.expect("a receipt");
        let [Outcome::Refused(refusal)] = &outcomes[..] else { panic!("{value}: {outcomes:?}") };
        assert!(refusal.message.contains(why), "{}", refusal.message);
        assert!(calls.is_empty(), "{value}");
    }
}

#[tokio::test]
async fn a_parcel_that_cannot_be_told_leaves_the_others_alone() {
    let answer = json!({"data": {"successProductOrderIds": ["2", "4"], "failProductOrderInfos": []}});
    let additional = json!({"raw": {"productOrder": {"productClass": "추가구성상품"}}});
    let actions = vec![
        ship("1", json!({"carrier": "CJGLS"}), json!({})),
        ship("2", parcel(), additional),
        ship("3", json!({"carrier": "pigeon", "tracking_number": "1"}), json!({})),
        ship("4", json!({"method": "visit"}), json!({})),
        ship("5", parcel(), json!({"quantity": 1})),
        ship("2", parcel(), json!({})),
    ];
    let (outcomes, calls) = execute_on(200, answer, actions).await;
    let refused: Vec<Option<String>> = outcomes
        .expect("a receipt")
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Refused(refusal) => Some(refusal.message),
            Outcome::Accepted { .. } => None,
            other @ Outcome::Unknown { .. } => panic!("{other:?}"),
        })
        .collect();
    for (index, why) in [(0, "tracking number"), (2, "pigeon"), (4, "in parts")] {
        assert!(refused[index].as_deref().is_some_and(|message| message.contains(why)), "{refused:?}");
    }
    assert_eq!(refused.iter().flatten().count(), 3);
    let [(_, body)] = &calls[..] else { panic!("one call: {calls:?}") };
    let items = body["dispatchProductOrders"].as_array().expect("items");
    let ids: Vec<&Value> = items.iter().map(|item| &item["productOrderId"]).collect();
    assert_eq!(ids, ["4", "2"], "additional goods come last, and each id once");
    assert_eq!(
        items[0],
        json!({"productOrderId": "4", "deliveryMethod": "VISIT_RECEIPT", "dispatchDate": "2026-03-31T11:30:00.000+09:00"}),
        "what is empty is left out"
    );
}

#[tokio::test]
async fn the_sample_product_is_created_and_replaced() {
    let platform: Value =
        serde_json::from_str(include_str!("../../../tests/samples/product_create_request.json"))
            .expect("JSON");
    let answer: Value =
        serde_json::from_str(include_str!("../../../tests/samples/product_create_response.json"))
            .expect("JSON");
    let draft = json!({
        "seller_code": "TEE-001", "name": "시험 면 티셔츠", "price": 25_900, "stock": 30, "platform": platform,
    });
    let create = action(&json!({"command": "create_listing", "draft": draft}));
    let (outcomes, calls) = execute_on(200, answer.clone(), vec![create]).await;
    assert_eq!(outcomes.expect("a receipt"), [Outcome::Accepted { reference: Some("10900000001".into()) }]);
    assert_eq!(calls, [("POST /v2/products".to_owned(), platform.clone())], "the sample, to the last field");

    let listing = json!({"listing_id": "10900000001", "option_id": ""});
    let update = action(&json!({"command": "update_listing", "listing": listing, "draft": draft}));
    let (outcomes, calls) = execute_on(200, answer, vec![update]).await;
    assert!(matches!(outcomes.expect("a receipt")[..], [Outcome::Accepted { .. }]));
    let mut kept = platform;
    kept["originProduct"].as_object_mut().expect("an object").remove("stockQuantity");
    assert_eq!(
        calls,
        [("PUT /v2/products/origin-products/10900000001".to_owned(), kept)],
        "the stock is left alone"
    );
}

#[tokio::test]
async fn a_replacement_leaves_the_sale_as_it_was_read() {
    let read = |status: &str| {
        json!({"originProductNo": 7, "channelProducts": [{
            "channelServiceType": "STOREFARM", "name": "n", "statusType": status, "salePrice": 100,
        }]})
    };
    for (status, of_draft, sent) in [
        (Some("SUSPENSION"), Some("SALE"), Some("SUSPENSION")),
        (Some("SUSPENSION"), None, Some("SUSPENSION")),
        (Some("SALE"), Some("SALE"), Some("SALE")),
        (Some("SALE"), Some("SUSPENSION"), Some("SUSPENSION")),
        (Some("OUTOFSTOCK"), None, Some("SALE")),
        (None, Some("SALE"), Some("SALE")),
        (None, None, None),
    ] {
        let mut platform = json!({
            "originProduct": {"images": {}, "detailAttribute": {}}, "smartstoreChannelProduct": {},
        });
        if let Some(word) = of_draft {
            platform["originProduct"]["statusType"] = word.into();
        }
        let draft = json!({"seller_code": "A", "name": "n", "price": 100, "stock": 1, "platform": platform});
        let update = action(&json!({
            "command": "update_listing", "listing": {"listing_id": "7", "option_id": ""}, "draft": draft,
            "raw": status.map(read),
        }));
        let (outcomes, calls) = execute_on(200, json!({}), vec![update]).await;
        let word = calls.first().map(|(_, body)| body["originProduct"]["statusType"].clone());
        assert_eq!(word, sent.map(Value::from), "{status:?} {of_draft:?}");
        let is_refused = matches!(outcomes.expect("a receipt")[..], [Outcome::Refused(_)]);
        assert_eq!(is_refused, sent.is_none());
    }
}

#[tokio::test]
async fn what_buyers_are_shown_is_put_in_where_nothing_is_said_of_it() {
    let uploaded = "https://shop-phinf.pstatic.net/20251201_000/1_JPEG/main.jpg";
    let content = json!({
        "description": "설명", "brand": "TechBrand", "delivery_fee": 3_000,
        "images": ["https://example.com/main.jpg", uploaded],
    });
    let draft = |platform: Value| {
        json!({
            "seller_code": "E-1", "name": "이어폰", "price": 1_000, "stock": 1, "platform": platform, "content": content,
        })
    };
    let send = async |platform: Value| {
        let create = action(&json!({"command": "create_listing", "draft": draft(platform)}));
        let (_, calls) = execute_on(200, json!({}), vec![create]).await;
        calls.into_iter().next().expect("a call").1["originProduct"].take()
    };
    let bare = json!({"originProduct": {"leafCategoryId": "50000803", "deliveryInfo": {"deliveryType": "DELIVERY"}}});
    let sent = send(bare).await;
    assert_eq!(
        (&sent["detailContent"], &sent["images"]["representativeImage"]["url"]),
        (&json!("설명"), &json!(uploaded))
    );
    assert_eq!(sent["detailAttribute"]["naverShoppingSearchInfo"]["brandName"], "TechBrand");
    assert_eq!(
        sent["deliveryInfo"]["deliveryFee"],
        json!({"deliveryFeeType": "PAID", "baseFee": 3_000, "deliveryFeePayType": "PREPAID"})
    );
    let own = json!({"originProduct": {
        "leafCategoryId": "50000803", "detailContent": "own", "images": {"representativeImage": {"url": "own"}},
    }});
    let sent = send(own).await;
    assert_eq!(
        (&sent["detailContent"], &sent["images"]["representativeImage"]["url"]),
        (&json!("own"), &json!("own"))
    );
    assert_eq!(sent["deliveryInfo"], Value::Null, "how it is delivered is not guessed");
}

proptest::proptest! {
    /// Whatever an answer says, each action has one outcome, and only a named id is done.
    #[test]
    fn any_answer_to_a_batch_is_read_or_named(
        damage in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 0..6),
    ) {
        let mut body = include_bytes!("../../../tests/samples/dispatch_partial_failure.json").to_vec();
        for (index, byte) in &damage {
            let at = index.index(body.len());
            body[at] = *byte;
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        let response = connector_core::http::Response {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: body.into(),
        };
        let ids = ["2025120147233911", "2025113047001551", "7"];
        if let Ok(outcomes) = answer::outcomes(&response, &ids) {
            proptest::prop_assert_eq!(outcomes.len(), 3);
            for (id, outcome) in ids.iter().zip(&outcomes) {
                let known = text.contains(id) || text.contains("\\u");
                proptest::prop_assert!(known || matches!(outcome, Outcome::Unknown { .. }), "{}: {:?}", id, outcome);
            }
        }
    }
}
