//! Goods: found, read, made, changed and deleted by calls.

use serde_json::{Value, json};
use simulator::smartstore::{Config, ListingTruth, Market, Stage};
use simulator::{Endpoint, Fault, FaultKind};

use crate::caller::Caller;
use crate::json;

const SEARCH: &str = "/external/v1/products/search";
const CREATE: &str = "/external/v2/products";
const NONE: Value = Value::Null;

fn origin(id: &str) -> String {
    format!("/external/v2/products/origin-products/{id}")
}

fn v1(id: &str, call: &str) -> String {
    format!("/external/v1/products/origin-products/{id}/{call}")
}

fn listing(caller: &Caller, id: &str) -> ListingTruth {
    caller.market.listings().into_iter().find(|listing| listing.listing_id == id).expect("a good of the shop")
}

/// A good with options, and one without, both on sale.
fn both(caller: &Caller) -> [ListingTruth; 2] {
    let listings = caller.market.listings();
    let first = |has_options: bool| {
        let mut on_sale = listings.iter().filter(|listing| listing.on_sale);
        on_sale.find(|listing| listing.options.is_empty() != has_options).expect("one").clone()
    };
    [first(true), first(false)]
}

/// The body that the platform's documents make the least of, with two options.
fn shirt() -> Value {
    json!({
        "originProduct": {
            "statusType": "SALE", "leafCategoryId": "50000830", "name": "시험 셔츠", "detailContent": "<p>설명</p>",
            "images": {"representativeImage": {"url": "https://shop-phinf.pstatic.net/20251201_000/1_JPEG/main.jpg"}},
            "salePrice": 25_900, "stockQuantity": 30,
            "detailAttribute": {
                "afterServiceInfo": {
                    "afterServiceTelephoneNumber": "02-0000-0000", "afterServiceGuideContent": "평일 상담",
                },
                "originAreaInfo": {"originAreaCode": "00"}, "minorPurchasable": true,
                "sellerCodeInfo": {"sellerManagementCode": "SHIRT-1"},
                "productInfoProvidedNotice": {"productInfoProvidedNoticeType": "ETC", "etc": {"itemName": "셔츠"}},
                "optionInfo": {
                    "optionCombinationGroupNames": {"optionGroupName1": "색상"},
                    "optionCombinations": [
                        {"optionName1": "검정", "stockQuantity": 10, "price": 0, "usable": true},
                        {"optionName1": "하양", "stockQuantity": 20, "price": 500},
                    ],
                    "useStockManagement": true,
                },
            },
        },
        "smartstoreChannelProduct": {
            "naverShoppingRegistration": true, "channelProductDisplayStatusType": "ON",
        },
    })
}

#[test]
fn goods_are_found_page_by_page() {
    let config = Config { listings: 120, ..Config::default() };
    let caller = Caller::of(Market::start(config).expect("a port"));
    let search = |body: Value| caller.good("POST", SEARCH, &body);
    let first = search(json!({}));
    assert_eq!(
        (&first["totalElements"], &first["totalPages"], &first["size"], &first["first"], &first["last"]),
        (&120.into(), &3.into(), &50.into(), &true.into(), &false.into())
    );
    let mut seen = Vec::new();
    for page in 1..=3 {
        for row in search(json!({"page": page, "size": 50}))["contents"].as_array().expect("rows") {
            let channel = &row["channelProducts"][0];
            assert_eq!(channel["originProductNo"], row["originProductNo"]);
            seen.push((
                row["originProductNo"].to_string(),
                channel["stockQuantity"].as_i64().expect("a stock"),
            ));
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0].0 > pair[1].0), "the newest first");
    seen.reverse();
    let truth = caller.market.listings().into_iter().map(|listing| (listing.listing_id, listing.stock));
    assert_eq!(seen, truth.collect::<Vec<_>>());

    let total = |body: Value| search(body)["totalElements"].as_u64().expect("a number");
    assert_eq!(total(json!({"productStatusTypes": ["OUTOFSTOCK"]})), 1);
    assert_eq!(total(json!({"productStatusTypes": ["SALE", "SUSPENSION"]})), 119);
    assert_eq!(
        total(json!({"searchKeywordType": "SELLER_CODE", "sellerManagementCode": "SIM-00"})),
        91,
        "a part will do"
    );
    assert_eq!(
        total(json!({"searchKeywordType": "PRODUCT_NO", "originProductNos": [10_900_000_001_u64]})),
        1
    );
    assert_eq!(
        total(json!({"searchKeywordType": "CHANNEL_PRODUCT_NO", "channelProductNos": [10_990_000_002_u64]})),
        1
    );
    assert_eq!(
        total(json!({"periodType": "PROD_REG_DAY", "fromDate": "2100-01-01", "toDate": "2100-01-02"})),
        0
    );
    let cheapest = search(json!({"orderType": "LOW_PRICE", "size": 1}));
    let least = caller.market.listings().iter().map(|listing| listing.price).min();
    assert_eq!(cheapest["contents"][0]["channelProducts"][0]["salePrice"].as_i64(), least);
    for bad in [
        json!({"size": 501}),
        json!({"page": 0}),
        json!({"orderType": ""}),
        json!({"productStatusTypes": ["X"]}),
    ] {
        assert_eq!(caller.refused("POST", SEARCH, &bad), (400, "BAD_REQUEST".into()), "{bad}");
    }
    caller.market.fault(Fault::next(Endpoint::StoreProducts, FaultKind::EndlessMore));
    assert_eq!(search(json!({"page": 9}))["last"], false);
    assert_eq!(search(json!({"page": 9}))["contents"], json!([]));
}

#[test]
fn orders_are_of_goods_that_are_there() {
    let caller = Caller::of(Market::start(Config { days: 1, ..Config::of(80) }).expect("a port"));
    let options: Vec<String> = caller
        .market
        .listings()
        .into_iter()
        .flat_map(|listing| listing.options.into_iter().map(|option| option.option_id))
        .collect();
    let orders = caller.market.truth();
    assert!(orders.iter().any(|order| order.option.is_none()));
    for order in orders {
        assert!(order.option.is_none_or(|option| options.contains(&option)));
        let details: Value = serde_json::from_str(&order.payload).expect("JSON");
        let number = details["productOrder"]["originalProductId"].as_str().expect("a number");
        assert_eq!(details["productOrder"]["productName"], listing(&caller, number).name);
    }
}

#[test]
fn a_good_is_read_by_both_numbers() {
    let caller = Caller::new();
    let [shirt, _] = both(&caller);
    let read = caller.good("GET", &origin(&shirt.listing_id), &NONE);
    assert_eq!(read["originProduct"]["salePrice"], shirt.price);
    assert!(read.get("originProductNo").is_none(), "the numbers are not in it");
    let by_channel = format!("/external/v2/products/channel-products/{}", shirt.channel_id);
    assert_eq!(caller.good("GET", &by_channel, &NONE), read);
    let refused = caller.send("GET", &origin("7"), &NONE);
    assert_eq!((refused.status, &json(&refused)["message"]), (404, &"존재하지 않는 상품입니다.".into()));
    assert!(json(&refused).get("traceId").is_none() && refused.header("gncp-gw-trace-id").is_some());
}

#[test]
fn a_good_is_made() {
    let caller = Caller::new();
    let made = caller.good("POST", CREATE, &shirt());
    let id = made["originProductNo"].to_string();
    let now = listing(&caller, &id);
    assert_eq!((now.stock, now.price, now.status.as_str(), now.options.len()), (30, 25_900, "SALE", 2));
    assert_eq!(now.channel_id, made["smartstoreChannelProductNo"].to_string());
    assert_eq!(made["smartstoreChannelProduct"]["naverShoppingRegistration"], false);
    let options = &made["originProduct"]["detailAttribute"]["optionInfo"]["optionCombinations"];
    assert!(options[0]["id"].is_u64() && options[1]["usable"] == true);
    assert_eq!(caller.effects(), [("create_listing".to_owned(), id.clone())]);

    let mut waiting = shirt();
    waiting["originProduct"]["statusType"] = "SUSPENSION".into();
    let waiting = caller.good("POST", CREATE, &waiting);
    assert_eq!(waiting["originProduct"]["statusType"], "SALE", "it is on sale whatever was asked for");
    let mut empty = shirt();
    empty["originProduct"]["stockQuantity"] = 0.into();
    empty["originProduct"]["detailAttribute"]["optionInfo"] = Value::Null;
    assert_eq!(caller.good("POST", CREATE, &empty)["originProduct"]["statusType"], "OUTOFSTOCK");
    let mut unmanaged = shirt();
    unmanaged["originProduct"]["detailAttribute"]["optionInfo"]["useStockManagement"] = false.into();
    assert_eq!(caller.good("POST", CREATE, &unmanaged)["originProduct"]["stockQuantity"], 2 * 9_999);
}

#[test]
fn a_good_that_is_not_whole_is_refused() {
    let caller = Caller::new();
    let mut bad = shirt();
    let product = &mut bad["originProduct"];
    product["salePrice"] = NONE;
    product["images"]["representativeImage"]["url"] = "https://example.com/a.jpg".into();
    product["deliveryInfo"] =
        json!({"deliveryType": "DELIVERY", "deliveryAttributeType": "NORMAL", "deliveryFee": {}});
    bad["smartstoreChannelProduct"]["channelProductDisplayStatusType"] = "WAIT".into();
    let refused = caller.send("POST", CREATE, &bad);
    assert_eq!(refused.status, 400);
    let inputs = json(&refused)["invalidInputs"].take();
    let inputs: Vec<(&str, &str)> = inputs
        .as_array()
        .expect("a list")
        .iter()
        .map(|input| (input["name"].as_str().expect("a name"), input["type"].as_str().expect("a type")))
        .collect();
    for expected in [
        ("originProduct.salePrice", "NotNull"),
        ("originProduct.images.representativeImage.url", "InvalidImageUrl"),
        ("originProduct.deliveryInfo.deliveryCompany", "NotValid.product.deliveryType.deliveryCompany"),
        ("originProduct.deliveryInfo.claimDeliveryInfo.returnDeliveryFee", "NotNull"),
        ("smartstoreChannelProduct.channelProductDisplayStatusType", "NotValidEnum"),
    ] {
        assert!(inputs.contains(&expected), "{expected:?} is not in {inputs:?}");
    }
    let mut sum = shirt();
    sum["originProduct"]["stockQuantity"] = 31.into();
    let refused = caller.send("POST", CREATE, &sum);
    assert!(
        refused.status == 400 && refused.text().contains("조합형옵션 재고수량의 합은 같아야"),
        "{}",
        refused.text()
    );
    assert_eq!(caller.market.listings().len(), 8);
    assert!(caller.effects().is_empty());
}

#[test]
fn a_good_is_replaced_whole() {
    let caller = Caller::new();
    let id = caller.good("POST", CREATE, &shirt())["originProductNo"].to_string();
    let read = caller.good("GET", &origin(&id), &NONE);
    assert_eq!(caller.good("PUT", &origin(&id), &read)["originProduct"], read["originProduct"]);
    assert_eq!(caller.effects().len(), 1, "nothing was changed");

    let mut next = read.clone();
    next["originProduct"]["salePrice"] = 19_900.into();
    for kept in ["leafCategoryId", "detailContent", "stockQuantity"] {
        next["originProduct"].as_object_mut().expect("an object").remove(kept);
    }
    let detail = next["originProduct"]["detailAttribute"].as_object_mut().expect("an object");
    detail.remove("productInfoProvidedNotice");
    detail.remove("sellerCodeInfo");
    let rows = &mut detail["optionInfo"]["optionCombinations"];
    rows[0].as_object_mut().expect("a row").remove("id");
    let after = caller.good("PUT", &origin(&id), &next);
    assert_eq!(after["originProduct"]["leafCategoryId"], "50000830");
    assert_eq!(after["originProduct"]["stockQuantity"], 30);
    assert_eq!(
        after["originProduct"]["detailAttribute"]["optionInfo"],
        read["originProduct"]["detailAttribute"]["optionInfo"],
        "an option is known by its name as well"
    );
    assert_eq!(listing(&caller, &id).seller_code, None, "what is left out is gone");
    assert_eq!(caller.effects()[1], ("update_listing".to_owned(), id.clone()));
    assert_eq!(caller.market.effects()[1].detail, "price 25900 to 19900");

    let mut sold_out = read.clone();
    sold_out["originProduct"]["statusType"] = "OUTOFSTOCK".into();
    assert_eq!(caller.refused("PUT", &origin(&id), &sold_out).0, 400);
    assert_eq!(caller.good("DELETE", &origin(&id), &NONE), json!({"data": true}));
    assert_eq!(caller.refused("DELETE", &origin(&id), &NONE), (404, "NOT_FOUND".into()));
    assert_eq!(caller.refused("GET", &origin(&id), &NONE).0, 404);
    assert_eq!(caller.effects()[2], ("delete_listing".to_owned(), id));
}

#[test]
fn a_sale_is_stopped_and_goes_on() {
    let caller = Caller::new();
    let [_, single] = both(&caller);
    let target = v1(&single.listing_id, "change-status");
    let put = |body: Value| caller.send("PUT", &target, &body).status;
    let status = || listing(&caller, &single.listing_id).status;
    assert_eq!(put(json!({"statusType": "SUSPENSION"})), 200);
    assert_eq!(status(), "SUSPENSION");
    assert_eq!(put(json!({"statusType": "SUSPENSION"})), 200);
    assert_eq!(put(json!({"statusType": "OUTOFSTOCK"})), 400);
    assert_eq!(put(json!({"statusType": "SALE"})), 200);
    assert_eq!(put(json!({"statusType": "OUTOFSTOCK"})), 200);
    assert_eq!((status().as_str(), listing(&caller, &single.listing_id).stock), ("OUTOFSTOCK", 0));
    assert_eq!(put(json!({"statusType": "SALE"})), 400, "of what?");
    assert_eq!(put(json!({"statusType": "SALE", "stockQuantity": 0})), 200);
    assert_eq!(status(), "OUTOFSTOCK", "without stock it stays so");
    assert_eq!(put(json!({"statusType": "SALE", "stockQuantity": 4})), 200);
    assert_eq!((status().as_str(), listing(&caller, &single.listing_id).stock), ("SALE", 4));
    for bad in [json!({}), json!({"statusType": ""}), json!({"statusType": "PROHIBITION"})] {
        assert_eq!(put(bad), 400);
    }
    let commands: Vec<String> = caller.effects().into_iter().map(|(command, _)| command).collect();
    assert_eq!(commands, ["stop_sale", "resume_sale", "set_stock", "set_stock"]);
    assert!(caller.effects().iter().all(|(_, target)| *target == single.listing_id));
    assert_eq!(caller.refused("PUT", &v1("7", "change-status"), &json!({"statusType": "SALE"})).0, 404);
}

#[test]
fn options_get_their_stock() {
    let caller = Caller::new();
    let [shirt, single] = both(&caller);
    let target = v1(&shirt.listing_id, "option-stock");
    let [one, two] = [&shirt.options[0], &shirt.options[1]];
    let number = |id: &str| id.parse::<u64>().expect("a number");
    let body = |rows: Value| json!({"optionInfo": {"optionCombinations": rows, "useStockManagement": true}});
    let row = json!({"id": number(&one.option_id), "stockQuantity": 77, "price": one.price, "usable": true});
    let answer = caller.good("PUT", &target, &body(json!([row])));
    let now = listing(&caller, &shirt.listing_id);
    assert_eq!((now.options[0].stock, now.options[1].stock), (77, two.stock), "the others stay");
    assert_eq!(now.stock, shirt.stock - one.stock + 77);
    assert_eq!(answer["originProduct"]["stockQuantity"], now.stock);
    caller.good("PUT", &target, &body(json!([row])));
    assert_eq!(
        caller.effects(),
        [("set_stock".to_owned(), one.option_id.clone())],
        "the second changed nothing"
    );

    // What is left out of a row is nothing.
    caller.good("PUT", &target, &body(json!([{"id": number(&shirt.options[3].option_id)}])));
    let now = listing(&caller, &shirt.listing_id);
    assert_eq!((now.options[3].stock, now.options[3].price), (0, 0));
    let unknown = body(json!([row, {"id": 7, "stockQuantity": 1, "price": 0}]));
    assert_eq!(caller.refused("PUT", &target, &unknown), (400, "BAD_REQUEST".into()));
    assert_eq!(caller.refused("PUT", &target, &json!({})), (400, "BAD_REQUEST".into()));
    assert_eq!(caller.refused("PUT", &v1(&single.listing_id, "option-stock"), &body(json!([]))).0, 400);
    let priced = json!({
        "productSalePrice": {"salePrice": 31_000},
        "optionInfo": {"optionCombinations": [], "useStockManagement": true},
    });
    caller.good("PUT", &target, &priced);
    assert_eq!(listing(&caller, &shirt.listing_id).price, 31_000);
    assert_eq!(caller.effects().pop(), Some(("set_price".to_owned(), shirt.listing_id.clone())));
    caller.good("PUT", &target, &json!({"optionInfo": {"optionCombinations": []}}));
    let unmanaged = listing(&caller, &shirt.listing_id);
    assert!(unmanaged.options.iter().all(|option| option.stock == 9_999), "its stock is not managed");
}

#[test]
fn several_goods_change_at_once_or_not_at_all() {
    let caller = Caller::new();
    let [shirt, single] = both(&caller);
    let target = "/external/v1/products/origin-products/multi-update";
    let number = |listing: &ListingTruth| listing.listing_id.parse::<u64>().expect("a number");
    let stock = json!({"originProductNo": number(&single), "multiUpdateTypes": ["STOCK"], "stockQuantity": 3, "productSalePrice": {"salePrice": 1}});
    let price = json!({"originProductNo": number(&shirt), "multiUpdateTypes": ["SALE_PRICE"], "productSalePrice": {"salePrice": 40_000}});
    let both = |one: &Value, other: &Value| json!({"multiProductUpdateRequestVos": [one, other]});
    let sum = json!({"originProductNo": number(&shirt), "multiUpdateTypes": ["STOCK"], "stockQuantity": 1});
    let refused = caller.send("PATCH", target, &both(&stock, &sum));
    assert!(refused.status == 400 && refused.text().contains("합은 같아야"), "{}", refused.text());
    let missing = json!({"originProductNo": 7, "multiUpdateTypes": ["STOCK"], "stockQuantity": 1});
    assert_eq!(caller.refused("PATCH", target, &both(&stock, &missing)).0, 404);
    assert!(caller.effects().is_empty());

    caller.good("PATCH", target, &both(&stock, &price));
    let now = listing(&caller, &single.listing_id);
    assert_eq!((now.stock, now.price), (3, single.price), "only the types that are named");
    assert_eq!(listing(&caller, &shirt.listing_id).price, 40_000);
    let stop = json!({"originProductNo": number(&single), "multiUpdateTypes": ["PRODUCT_STATUS_SUSPENSION"]});
    caller.good("PATCH", target, &json!({"multiProductUpdateRequestVos": [stop]}));
    assert_eq!(listing(&caller, &single.listing_id).status, "SUSPENSION");
    let mut commands: Vec<String> = caller.effects().into_iter().map(|(command, _)| command).collect();
    commands.sort();
    assert_eq!(commands, ["set_price", "set_stock", "stop_sale"]);
}

#[test]
fn a_sale_elsewhere_is_seen_and_is_no_effect() {
    let caller = Caller::new();
    let [shirt, single] = both(&caller);
    assert!(caller.market.set_stock(&shirt.options[0].option_id, 0));
    assert!(caller.market.set_stock(&single.listing_id, 0));
    assert!(!caller.market.set_stock("7", 1));
    assert_eq!(listing(&caller, &single.listing_id).status, "OUTOFSTOCK");
    assert_eq!(listing(&caller, &shirt.listing_id).stock, shirt.stock - shirt.options[0].stock);
    assert!(caller.effects().is_empty());
    assert_eq!(caller.add(1, Stage::Paid).len(), 1);
}

#[test]
fn images_are_uploaded() {
    let caller = Caller::new();
    let part = |kind: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"imageFiles\"; filename=\"a.jpg\"\r\nContent-Type: {kind}\r\n\r\nxyz\r\n"
        )
    };
    let upload = |body: String| {
        let token = crate::store_token(&caller.market, caller.market.address());
        let bearer = format!("Bearer {token}");
        let headers =
            [("Authorization", bearer.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
        let target = "/external/v1/product-images/upload";
        simulator::plain_http::call(caller.market.address(), "POST", target, &headers, body.as_bytes())
            .expect("an answer")
    };
    let reply = upload(format!("{}{}--b--\r\n", part("image/jpeg"), part("image/png")));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let url = json(&reply)["images"][1]["url"].as_str().expect("an address").to_owned();
    let mut body = shirt();
    body["originProduct"]["images"]["representativeImage"]["url"] = url.into();
    caller.good("POST", CREATE, &body);
    assert_eq!(upload(format!("{}--b--\r\n", part("image/webp"))).status, 400);
    assert_eq!(upload("--b--\r\n".to_owned()).status, 400);
}
