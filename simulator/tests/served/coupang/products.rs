//! Products: what they say, how they come on sale, their stock and price.

use serde_json::{Value, json};
use simulator::coupang::{Config, ListingTruth, Vendor};
use simulator::plain_http::Reply;
use simulator::{Endpoint, Fault, FaultKind};

use super::{MINUTE, effects, get, good, vendor, write};
use crate::json;

const M: &str = "/v2/providers/seller_api/apis/api/v1/marketplace";

fn option(vendor: &Vendor) -> ListingTruth {
    vendor.listings().remove(0)
}

fn put(vendor: &Vendor, rest: &str) -> Reply {
    write(vendor, "PUT", &format!("{M}/vendor-items/{rest}"), &Value::Null)
}

fn new_product(vendor: &Vendor, requested: bool) -> Value {
    let item = |name: &str, sku: &str| {
        json!({
            "itemName": name, "originalPrice": 20_000, "salePrice": 15_000, "maximumBuyCount": 100,
            "outboundShippingTimeDay": 1, "externalVendorSku": sku,
            "images": [{"imageOrder": 0, "imageType": "REPRESENTATION", "vendorPath": "https://example.com/1.jpg"}],
            "notices": [{"noticeCategoryName": "기타 재화", "noticeCategoryDetailName": "품명 및 모델명", "content": "-"}],
            "attributes": [{"attributeTypeName": "색상", "attributeValueName": name}],
        })
    };
    json!({
        "displayCategoryCode": 62_676, "sellerProductName": "새 상품", "vendorId": vendor.vendor_id(),
        "saleStartedAt": "2026-11-21T00:00:00", "saleEndedAt": "2099-12-31T23:59:59", "brand": "시험",
        "deliveryMethod": "SEQUENCIAL", "deliveryCompanyCode": "CJGLS", "deliveryChargeType": "FREE",
        "deliveryCharge": 0, "returnCenterCode": "1000274592", "returnZipCode": "06164", "returnAddress": "시험로",
        "outboundShippingPlaceCode": 74_010, "vendorUserId": "simwing01", "requested": requested,
        "manufacture": "시험", "items": [item("블랙", "NEW-BK"), item("화이트", "NEW 화이트+")],
    })
}

fn create(vendor: &Vendor, body: &Value) -> Reply {
    write(vendor, "POST", &format!("{M}/seller-products"), body)
}

fn read(vendor: &Vendor, id: &Value) -> Value {
    good(&get(vendor, &format!("{M}/seller-products/{id}")))["data"].take()
}

#[test]
fn stock_price_and_sale_are_set_and_read_back() {
    let vendor = vendor(0);
    let option = option(&vendor);
    let id = option.vendor_item_id.expect("an approved option");
    let read = || good(&get(&vendor, &format!("{M}/vendor-items/{id}/inventories")))["data"].take();
    let before =
        json!({"sellerItemId": id, "amountInStock": option.stock, "salePrice": option.price, "onSale": true});
    assert_eq!(read(), before);
    let said = good(&put(&vendor, &format!("{id}/quantities/7")));
    assert_eq!((&said["code"], &said["message"]), (&"SUCCESS".into(), &"재고 변경을 완료했습니다.".into()));
    good(&put(&vendor, &format!("{id}/quantities/7")));
    let price = option.price * 2;
    good(&put(&vendor, &format!("{id}/prices/{price}")));
    assert_eq!(good(&put(&vendor, &format!("{id}/sales/stop")))["message"], "판매 중지 처리되었습니다.");
    good(&put(&vendor, &format!("{id}/sales/stop")));
    assert_eq!(read(), json!({"sellerItemId": id, "amountInStock": 7, "salePrice": price, "onSale": false}));
    assert_eq!(good(&put(&vendor, &format!("{id}/sales/resume")))["message"], "판매가 재개되었습니다.");
    let of = |command: &str| (command.to_owned(), id.to_string());
    let expected = [of("set_stock"), of("set_price"), of("stop_sale"), of("resume_sale")];
    assert_eq!(effects(&vendor), expected, "what was so already is no effect");
    let now = super::products::option(&vendor);
    assert_eq!((now.stock, now.price, now.on_sale), (7, price, true));
}

#[test]
fn prices_and_stocks_have_their_bounds() {
    let vendor = vendor(0);
    let option = option(&vendor);
    let (id, price) = (option.vendor_item_id.expect("an approved option"), option.price);
    let refused = |rest: &str, text: &str| {
        let reply = put(&vendor, rest);
        assert_eq!((reply.status, &json(&reply)["code"]), (400, &"ERROR".into()), "{rest}");
        assert!(reply.text().contains(text), "{rest}: {}", reply.text());
    };
    refused(&format!("{id}/prices/{}", price + 5), "10원 단위");
    refused(&format!("{id}/prices/{}", price / 20 * 10 - 10), "최대 50% 인하");
    refused(&format!("{id}/prices/{}", price * 2 + 10), "최대 100%인상");
    refused(&format!("{id}/prices/0"), "유효하지");
    refused(&format!("{id}/quantities/100000"), "재고수량");
    refused("5/quantities/1", "[vendoritemid 5 not found]");
    refused("5/prices/1000", "[vendoritemid 5 not found]");
    refused("5/sales/stop", "[vendoritemid 5 not found]");
    assert_eq!(vendor.effects().len(), 0);
    good(&put(&vendor, &format!("{id}/prices/{}?forceSalePriceUpdate=true", price * 3)));
    assert_eq!(super::products::option(&vendor).price, price * 3);
}

#[test]
fn a_new_product_waits_for_its_approval() {
    let vendor = vendor(0);
    vendor.set(|settings| settings.approval_delay_ms = 15 * MINUTE);
    let id = good(&create(&vendor, &new_product(&vendor, true)))["data"].take();
    let waiting = read(&vendor, &id);
    assert_eq!((&waiting["status"], &waiting["statusName"]), (&"IN_REVIEW".into(), &"심사중".into()));
    assert_eq!(
        (&waiting["items"][0]["vendorItemId"], &waiting["items"][0]["salePrice"]),
        (&Value::Null, &json!(15_000.0))
    );
    // Nothing can be changed meanwhile, which is said with 200.
    let mut changed = new_product(&vendor, true);
    changed["sellerProductId"] = id.clone();
    let refused = good(&write(&vendor, "PUT", &format!("{M}/seller-products"), &changed));
    assert_eq!(refused["code"], "ERROR");
    assert!(
        refused["message"].as_str().expect("a text").contains("수정 가능한 상태가 아닙니다"),
        "{refused}"
    );
    vendor.simulator().set_clock_offset(15 * MINUTE);
    let approved = read(&vendor, &id);
    assert_eq!(approved["status"], "APPROVED");
    let item = &approved["items"][0];
    assert!(
        item["images"][0]["cdnPath"].is_string() && item["attributes"][0]["exposed"] == "EXPOSED",
        "{item}"
    );
    let option = approved["items"][1]["vendorItemId"].as_u64().expect("an id");
    good(&put(&vendor, &format!("{option}/quantities/3")));
    let sku = "NEW%20%ED%99%94%EC%9D%B4%ED%8A%B8%2B";
    let by_sku = good(&get(&vendor, &format!("{M}/seller-products/external-vendor-sku-codes/{sku}")));
    assert_eq!(by_sku["data"][0]["sellerProductId"], id);
    let nothing = good(&get(&vendor, &format!("{M}/seller-products/external-vendor-sku-codes/NONE")));
    assert_eq!(nothing["data"], json!([]));
    let expected = [("create_listing", id.to_string()), ("set_stock", option.to_string())];
    assert_eq!(effects(&vendor), expected.map(|(command, target)| (command.to_owned(), target)));
}

/// Nothing tells the platform that the second call is the first one again.
#[test]
fn a_product_whose_answer_was_lost_can_be_found_by_its_code() {
    let vendor = vendor(0);
    vendor.fault(Fault::next(Endpoint::VendorProductCreate, FaultKind::LateTimeout));
    assert_eq!(create(&vendor, &new_product(&vendor, true)).status, 504);
    let target = format!("{M}/seller-products/external-vendor-sku-codes/NEW-BK");
    assert_eq!(good(&get(&vendor, &target))["data"].as_array().map(Vec::len), Some(1));
    good(&create(&vendor, &new_product(&vendor, true)));
    assert_eq!(good(&get(&vendor, &target))["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(vendor.effects().iter().filter(|effect| effect.command == "create_listing").count(), 2);
}

#[test]
fn a_draft_is_handed_in() {
    let vendor = vendor(0);
    let id = good(&create(&vendor, &new_product(&vendor, false)))["data"].take();
    assert_eq!(read(&vendor, &id)["status"], "SAVED");
    let target = format!("{M}/seller-products/{id}/approvals");
    let said = good(&write(&vendor, "PUT", &target, &Value::Null));
    assert_eq!((&said["code"], &said["data"]), (&"SUCCESS".into(), &id.to_string().into()));
    assert_eq!(read(&vendor, &id)["status"], "APPROVED", "without a delay it is approved by the next call");
    assert_eq!(good(&write(&vendor, "PUT", &target, &Value::Null))["code"], "ERROR");
    let unknown = write(&vendor, "PUT", &format!("{M}/seller-products/5/approvals"), &Value::Null);
    assert_eq!(unknown.status, 400);
}

#[test]
fn a_product_is_changed_as_a_whole() {
    let vendor = vendor(0);
    let id = good(&create(&vendor, &new_product(&vendor, true)))["data"].take();
    let before = read(&vendor, &id);
    let mut body = new_product(&vendor, true);
    body["sellerProductId"] = id.clone();
    body["sellerProductName"] = "다른 이름".into();
    let send = |body: &Value| write(&vendor, "PUT", &format!("{M}/seller-products"), body);
    assert_eq!(send(&body).status, 400, "options without their ids are new, and the approved ones would go");
    for place in 0..2 {
        for name in ["sellerProductItemId", "vendorItemId"] {
            body["items"][place][name] = before["items"][place][name].clone();
        }
    }
    body["items"][0]["salePrice"] = 1_000_000.into();
    let mut third = new_product(&vendor, true)["items"][0].take();
    third["itemName"] = "레드".into();
    body["items"].as_array_mut().expect("items").push(third);
    good(&send(&body));
    let after = read(&vendor, &id);
    assert_eq!(after["sellerProductName"], "다른 이름");
    let items = after["items"].as_array().expect("items");
    assert_eq!(items[0]["vendorItemId"], before["items"][0]["vendorItemId"]);
    assert_eq!(items[0]["salePrice"], 15_000.0, "prices of what is approved have a call of their own");
    assert!(items.len() == 3 && items[2]["vendorItemId"].is_u64());
    let ids: Vec<String> = effects(&vendor).into_iter().map(|(command, _)| command).collect();
    assert_eq!(ids, ["create_listing", "update_listing"]);
    body["sellerProductId"] = 5.into();
    assert_eq!(send(&body).status, 400);
}

#[test]
fn products_that_lack_something_are_refused() {
    let vendor = vendor(0);
    let refused = |change: &dyn Fn(&mut Value), text: &str| {
        let mut body = new_product(&vendor, true);
        change(&mut body);
        let reply = create(&vendor, &body);
        assert!(reply.status == 400 && reply.text().contains(text), "{text}: {}", reply.text());
    };
    refused(&|body| body["brand"] = Value::Null, "brand");
    refused(&|body| body["vendorId"] = "A00000001".into(), "UNAUTHORIZATION");
    refused(&|body| body["items"] = json!([]), "items");
    refused(&|body| body["items"][1]["salePrice"] = 15_005.into(), "line: 2");
    refused(&|body| body["items"][0]["attributes"] = json!([]), "필수 구매옵션");
    refused(&|body| body["items"][1]["itemName"] = "블랙".into(), "중복");
    let malformed = write(&vendor, "POST", &format!("{M}/seller-products"), &Value::Null);
    assert!(malformed.text().contains("NullPointerException"), "{}", malformed.text());
    vendor.set(|settings| settings.permitted_products = Some(7));
    refused(&|_| {}, "초과");
    let inflow = good(&get(&vendor, &format!("{M}/seller-products/inflow-status")))["data"].take();
    let expected = json!({"vendorId": vendor.vendor_id(), "restricted": true, "registeredCount": 7, "permittedCount": 7});
    assert_eq!(inflow, expected);
    assert_eq!(vendor.effects().len(), 0);
}

#[test]
fn products_are_listed_without_their_options() {
    let vendor = Vendor::start(Config { products: 23, ..Config::default() }).expect("a port");
    let list = |more: &str| {
        let target = format!("{M}/seller-products?vendorId={}{more}", vendor.vendor_id());
        good(&get(&vendor, &target))
    };
    let mut ids = Vec::new();
    let mut more = String::new();
    loop {
        let page = list(&more);
        ids.extend(
            page["data"].as_array().expect("rows").iter().map(|row| row["sellerProductId"].to_string()),
        );
        assert!(page["data"].as_array().expect("rows").iter().all(|row| row.get("items").is_none()));
        match page["nextToken"].as_str() {
            Some("") => break,
            token => more = format!("&nextToken={}", token.expect("a token")),
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 24, "with the draft");
    assert_eq!(list("&maxPerPage=100&status=SAVED")["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(list("&status=NOTHING")["data"], json!([]), "a status that nobody knows finds nothing");
    assert_eq!(list(&format!("&sellerProductId={}", ids[0]))["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&vendor, &format!("{M}/seller-products?maxPerPage=10")).status, 400);
    let places = good(&get(
        &vendor,
        "/v2/providers/marketplace_openapi/apis/api/v2/vendor/shipping-place/outbound?pageNum=1&pageSize=50",
    ));
    assert_eq!(places["content"][0]["outboundShippingPlaceCode"], 74_010);
    let centers = good(&get(&vendor, &super::own(&vendor, 5, "returnShippingCenters?pageNum=1&pageSize=10")));
    assert_eq!(centers["data"]["content"][0]["returnCenterCode"], "1000274592");
}
