//! The calls about products and their options
//! (<https://developers.coupangcorp.com/hc/ko/articles/360033877853>, …360033645034, …360034156253, …360034156273).

use serde_json::{Map, Value, json};

use super::answer::{body, seller, seller_refused, token};
use super::ask::{Answered, Ask};
use super::listing::{Approval, Choice, Product};
use super::render::merge;
use super::sheets::START;
use super::time;
use crate::answer::Answer;

/// The most that an option can hold.
const MOST_STOCK: i64 = 99_999;
/// What a new product must say, at the top and of each option.
const NEEDED: [&str; 16] = [
    "sellerProductName",
    "vendorId",
    "saleStartedAt",
    "saleEndedAt",
    "brand",
    "deliveryMethod",
    "deliveryCompanyCode",
    "deliveryChargeType",
    "deliveryCharge",
    "returnCenterCode",
    "returnZipCode",
    "returnAddress",
    "outboundShippingPlaceCode",
    "vendorUserId",
    "requested",
    "manufacture",
];
const NEEDED_OF_ITEM: [&str; 8] = [
    "itemName",
    "originalPrice",
    "salePrice",
    "maximumBuyCount",
    "outboundShippingTimeDay",
    "images",
    "notices",
    "attributes",
];

/// Products without their options, by number of page.
pub(super) fn listed(ask: &mut Ask<'_>) -> Answered {
    ask.one("vendorId").ok_or_else(|| seller_refused(400, "vendorId is required."))?;
    let size = ask.size("maxPerPage", 10, 100)?;
    let page = match ask.one("nextToken").filter(|token| *token != START).map(str::parse::<usize>) {
        None => 1,
        Some(Ok(page)) if page > 0 => page,
        Some(_) => return Err(seller_refused(400, "nextToken is invalid.")),
    };
    // A status that nobody knows finds nothing.
    let mut found: Vec<&Product> = ask
        .state
        .shelf
        .products
        .values()
        .filter(|product| ask.one("status").is_none_or(|status| product.approval.name() == status))
        .filter(|product| ask.one("sellerProductId").is_none_or(|id| product.id.to_string() == id))
        .filter(|product| ask.one("sellerProductName").is_none_or(|name| product.name().contains(name)))
        .filter(|product| ask.one("createdAt").is_none_or(|day| time::day(product.created_at) == day))
        .collect();
    found.sort_by_key(|product| std::cmp::Reverse(product.id));
    let start = (page - 1).saturating_mul(size);
    let rows: Vec<Value> = found.iter().skip(start).take(size).map(|product| summary(product)).collect();
    let next = (found.len() > start.saturating_add(size)).then(|| (page + 1).to_string());
    let next = if ask.endless { Some(page.to_string()) } else { next };
    let next = next.map_or_else(|| token(&ask.state.settings, None), Value::String);
    let count = rows.len();
    let said = json!({"code": "SUCCESS", "message": "", "nextToken": next, "data": rows});
    Ok(body(200, &said).with_rows(count))
}

fn summary(product: &Product) -> Value {
    let said = |name: &str| product.body.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "sellerProductId": product.id,
        "sellerProductName": product.name(),
        "displayCategoryCode": said("displayCategoryCode"),
        "categoryId": 2_715,
        "productId": product.catalogue_id,
        "vendorId": said("vendorId"),
        "saleStartedAt": said("saleStartedAt"),
        "saleEndedAt": said("saleEndedAt"),
        "brand": said("brand"),
        "statusName": product.approval.korean(),
        "status": product.approval.name(),
        "createdAt": time::naive(product.created_at),
        "mdId": "",
        "mdName": "",
    })
}

/// A product whole.
pub(super) fn read(ask: &mut Ask<'_>) -> Answered {
    let product = ask.state.shelf.products.get(&ask.id()).ok_or_else(|| missing(ask))?;
    let mut whole = product.body.clone();
    let items: Vec<Value> = product.choices.iter().map(detail).collect();
    whole.insert("items".to_owned(), items.into());
    let ids = json!({
        "sellerProductId": product.id, "productId": product.catalogue_id, "categoryId": 2_715, "mdId": "",
        "mdName": "", "statusName": product.approval.korean(), "status": product.approval.name(),
        "contributorType": "API_SELLER", "bundlePackingDelivery": null, "exchangeType": "AFTER",
    });
    if let Value::Object(ids) = ids {
        whole.extend(ids);
    }
    Ok(seller("", &Value::Object(whole)))
}

/// An option as it is read back: what was said of it, with its ids and its present prices.
fn detail(choice: &Choice) -> Value {
    let mut item = choice.body.clone();
    let known = json!({
        "sellerProductItemId": choice.item_id, "vendorItemId": choice.vendor_item, "itemName": choice.name,
        "originalPrice": choice.original as f64, "salePrice": choice.price as f64, "supplyPrice": 0.0,
        "saleAgentCommission": 7.8, "bestPriceGuaranteed3P": false, "extraProperties": {},
    });
    if let Value::Object(known) = known {
        item.extend(known);
    }
    let mut item = Value::Object(item);
    // What the platform adds to what was handed in.
    for (order, image) in
        (0..).zip(item.get_mut("images").and_then(Value::as_array_mut).into_iter().flatten())
    {
        let path = format!("vendor_inventory/2026/{}{order}.jpg", choice.item_id);
        merge(image, json!({"cdnPath": path}));
    }
    for attribute in item.get_mut("attributes").and_then(Value::as_array_mut).into_iter().flatten() {
        merge(attribute, json!({"exposed": "EXPOSED", "editable": false}));
    }
    item
}

fn missing(ask: &Ask<'_>) -> Answer {
    seller_refused(400, &format!("업체상품[{}]을 찾을 수 없습니다.", ask.place.id))
}

/// Products that have an option of that code; nothing says that a code is one product's alone.
pub(super) fn by_sku(ask: &mut Ask<'_>) -> Answered {
    let decoded: String =
        url::form_urlencoded::parse(format!("x={}", ask.place.id.replace('+', "%2B")).as_bytes())
            .next()
            .map(|(_, sku)| sku.into_owned())
            .unwrap_or_default();
    let products = ask.state.shelf.products.values();
    let found = products.filter(|product| product.choices.iter().any(|choice| choice.sku == decoded));
    let rows: Vec<Value> = found.map(summary).collect();
    let count = rows.len();
    Ok(seller("", &rows.into()).with_rows(count))
}

/// How many products there are, and how many there may be.
pub(super) fn inflow(ask: &mut Ask<'_>) -> Answered {
    let count = u64::try_from(ask.state.shelf.products.len()).expect("a length");
    let permitted = ask.state.settings.permitted_products;
    let data = json!({
        "vendorId": ask.vendor_id, "restricted": permitted.is_some_and(|most| count >= most),
        "registeredCount": count, "permittedCount": permitted,
    });
    Ok(seller("", &data))
}

/// Stock, price and whether it is on sale.
pub(super) fn inventory(ask: &mut Ask<'_>) -> Answered {
    let choice = ask.state.shelf.choice_of(ask.id());
    let choice = choice.ok_or_else(|| not_found("재고조회에 실패했습니다.", &ask.place.id))?;
    let data = json!({
        "sellerItemId": ask.id(), "amountInStock": choice.stock, "salePrice": choice.price, "onSale": choice.on_sale,
    });
    Ok(seller("", &data))
}

fn not_found(what: &str, id: &str) -> Answer {
    seller_refused(400, &format!("{what} [vendoritemid {id} not found]"))
}

/// Sets how many there are.
pub(super) fn set_quantity(ask: &mut Ask<'_>) -> Answered {
    let failed = "재고변경에 실패했습니다.";
    let quantity = ask.place.value.parse::<i64>().ok().filter(|quantity| (0..=MOST_STOCK).contains(quantity));
    let quantity = quantity.ok_or_else(|| {
        seller_refused(400, &format!("{failed} [재고수량은 0 ~ {MOST_STOCK} 이어야 합니다.]"))
    })?;
    let (id, now) = (ask.id(), ask.now);
    let choice = ask.state.shelf.choice_mut(id).ok_or_else(|| not_found(failed, &ask.place.id))?;
    if choice.stock != quantity {
        choice.stock = quantity;
        ask.state.effects.add(now, "set_stock", id, quantity.to_string());
    }
    Ok(seller("재고 변경을 완료했습니다.", &Value::Null))
}

/// Sets the price: whole tens of won, from half of the present one to twice, unless it is forced.
pub(super) fn set_price(ask: &mut Ask<'_>) -> Answered {
    let failed = "가격변경에 실패했습니다.";
    let refuse = |why: &str| seller_refused(400, &format!("{failed} [{why}]"));
    let price = ask.place.value.parse::<i64>().ok().filter(|price| *price > 0);
    let price = price.ok_or_else(|| refuse("판매가가 유효하지 않습니다."))?;
    if price % 10 != 0 {
        return Err(refuse("판매가는 10원 단위로 입력 가능합니다."));
    }
    let is_forced = ask.one("forceSalePriceUpdate") == Some("true");
    let (id, now) = (ask.id(), ask.now);
    let choice = ask.state.shelf.choice_mut(id).ok_or_else(|| not_found(failed, &ask.place.id))?;
    if !is_forced && (price * 2 < choice.price || price > choice.price * 2) {
        return Err(refuse(&format!(
            "옵션ID[{id}] : 판매가 변경이 불가능합니다. 변경전 판매가의 최대 50% 인하/최대 100%인상까지 변경가능합니다."
        )));
    }
    if choice.price != price {
        choice.price = price;
        ask.state.effects.add(now, "set_price", id, price.to_string());
    }
    Ok(seller("가격 변경을 완료했습니다.", &Value::Null))
}

/// Takes an option off sale, or puts it back.
pub(super) fn set_sale(ask: &mut Ask<'_>, on_sale: bool) -> Answered {
    let (failed, done, command) = if on_sale {
        ("판매재개에 실패했습니다.", "판매가 재개되었습니다.", "resume_sale")
    } else {
        ("판매중지에 실패했습니다.", "판매 중지 처리되었습니다.", "stop_sale")
    };
    let (id, now) = (ask.id(), ask.now);
    let choice = ask.state.shelf.choice_mut(id).ok_or_else(|| not_found(failed, &ask.place.id))?;
    if choice.on_sale != on_sale {
        choice.on_sale = on_sale;
        ask.state.effects.add(now, command, id, "");
    }
    Ok(seller(done, &Value::Null))
}

/// A product's body, which must say what is needed.
fn said(ask: &Ask<'_>) -> Result<Map<String, Value>, Answer> {
    let body: Value = serde_json::from_slice(ask.body)
        .map_err(|_| seller_refused(400, "java.lang.NullPointerException"))?;
    let Value::Object(body) = body else { return Err(seller_refused(400, "java.lang.NullPointerException")) };
    for name in NEEDED {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(seller_refused(400, &format!("{name} 은(는) 필수값입니다.")));
        }
    }
    if body["vendorId"] != ask.vendor_id {
        return Err(seller_refused(400, "UNAUTHORIZATION"));
    }
    let items = body.get("items").and_then(Value::as_array).filter(|items| (1..=200).contains(&items.len()));
    let items = items.ok_or_else(|| seller_refused(400, "items 는 1 ~ 200개 이어야 합니다."))?;
    let mut names: Vec<&str> = Vec::new();
    for (line, item) in (1..).zip(items) {
        let wrong = || seller_refused(400, &format!("입력값에 오류가 있습니다. line: {line}"));
        let has_all = NEEDED_OF_ITEM.iter().all(|name| !item[*name].is_null());
        let price = item["salePrice"].as_f64().unwrap_or(0.0);
        let name = item["itemName"].as_str().unwrap_or_default();
        if !has_all || price <= 0.0 || price % 10.0 != 0.0 || name.is_empty() || name.chars().count() > 150 {
            return Err(wrong());
        }
        if item["attributes"].as_array().is_none_or(Vec::is_empty) {
            return Err(seller_refused(400, "필수 구매옵션이 누락되었습니다."));
        }
        if names.contains(&name) {
            return Err(seller_refused(400, "itemName 이 중복되었습니다."));
        }
        names.push(name);
    }
    Ok(body)
}

/// A new product; where it asks for approval, its options get their ids when that has come.
pub(super) fn create(ask: &mut Ask<'_>) -> Answered {
    let body = said(ask)?;
    let count = u64::try_from(ask.state.shelf.products.len()).expect("a length");
    if ask.state.settings.permitted_products.is_some_and(|most| count >= most) {
        return Err(seller_refused(400, "상품 등록 가능 수를 초과하였습니다."));
    }
    let is_requested = body.get("requested").and_then(Value::as_bool) == Some(true);
    let approve_at = is_requested.then(|| ask.now + ask.state.settings.approval_delay_ms);
    let id = ask.state.shelf.create(&body, ask.now, approve_at);
    let detail = if is_requested { "in review" } else { "saved" };
    ask.state.effects.add(ask.now, "create_listing", id, detail);
    Ok(seller("", &id.into()))
}

/// A product anew: options that come with their id are kept, with the price and stock they have; those without are new;
/// those that are missing go, which none may that was ever approved.
pub(super) fn update(ask: &mut Ask<'_>) -> Answered {
    let body = said(ask)?;
    let id = body.get("sellerProductId").and_then(Value::as_u64).unwrap_or(0);
    let product = ask.state.shelf.products.get(&id).cloned();
    let product =
        product.ok_or_else(|| seller_refused(400, &format!("업체상품[{id}]을 찾을 수 없습니다.")))?;
    if product.approval == Approval::InReview {
        return Err(seller_refused(200, &format!("업체상품[{id}]이 수정 가능한 상태가 아닙니다.")));
    }
    let items = body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut choices: Vec<Choice> = Vec::new();
    for item in &items {
        let Some(item_id) = item["sellerProductItemId"].as_u64() else {
            choices.push(ask.state.shelf.choice(item));
            continue;
        };
        let known = product.choices.iter().find(|choice| choice.item_id == item_id);
        let known = known.filter(|known| known.vendor_item == item["vendorItemId"].as_u64());
        let known = known.ok_or_else(|| {
            seller_refused(400, &format!("sellerProductItemId[{item_id}]가 유효하지 않습니다."))
        })?;
        let told = ask.state.shelf.choice(item);
        // Price and stock of what is approved are set by calls of their own.
        let kept = if known.vendor_item.is_some() {
            Choice { body: told.body, name: told.name, sku: told.sku, ..known.clone() }
        } else {
            Choice { item_id, ..told }
        };
        choices.push(kept);
    }
    let is_gone = |choice: &&Choice| !choices.iter().any(|kept| kept.item_id == choice.item_id);
    if product.choices.iter().filter(is_gone).any(|choice| choice.vendor_item.is_some()) {
        return Err(seller_refused(400, "승인된 옵션은 삭제할 수 없습니다."));
    }
    let is_requested = body.get("requested").and_then(Value::as_bool) == Some(true);
    let approve_at = is_requested.then(|| ask.now + ask.state.settings.approval_delay_ms);
    let mut body = body;
    body.remove("items");
    body.remove("sellerProductId");
    let changed = Product {
        approval: if is_requested { Approval::InReview } else { Approval::Saved },
        approve_at,
        choices,
        body,
        ..product
    };
    ask.state.shelf.products.insert(id, changed);
    ask.state.shelf.reindex(id);
    ask.state.effects.add(ask.now, "update_listing", id, if is_requested { "in review" } else { "saved" });
    Ok(seller("", &id.into()))
}

/// Asks for the approval of a draft.
pub(super) fn approve(ask: &mut Ask<'_>) -> Answered {
    let (id, approve_at) = (ask.id(), ask.now + ask.state.settings.approval_delay_ms);
    let refusal = missing(ask);
    let product = ask.state.shelf.products.get_mut(&id).ok_or(refusal)?;
    if product.approval != Approval::Saved {
        return Err(seller_refused(200, &format!("업체상품[{id}]이 승인요청 가능한 상태가 아닙니다.")));
    }
    product.approval = Approval::InReview;
    product.approve_at = Some(approve_at);
    ask.state.effects.add(ask.now, "update_listing", id, "in review");
    Ok(seller("", &id.to_string().into()))
}

/// Places from which goods leave; every account has one.
pub(super) fn outbound_places(ask: &mut Ask<'_>) -> Answered {
    let (page, size) = (ask.size("pageNum", 1, usize::MAX)?, ask.size("pageSize", 10, 50)?);
    let place = json!({
        "outboundShippingPlaceCode": 74_010, "shippingPlaceName": "기본 출고지", "createDate": "2026/01/02",
        "usable": true, "placeAddresses": [{
            "addressType": "ROADNAME", "countryCode": "KR", "companyContactNumber": "02-000-0100",
            "returnZipCode": "06164", "returnAddress": "서울특별시 강남구 시험로 501", "returnAddressDetail": "물류 1층",
        }],
        "remoteInfos": [],
    });
    let codes = ask.one("placeCodes");
    let content = if page == 1 && codes.is_none_or(|codes| codes.split(',').any(|code| code == "74010")) {
        vec![place]
    } else {
        Vec::new()
    };
    let pagination = json!({"currentPage": page, "countPerPage": size, "totalPages": 1, "totalElements": 1});
    Ok(body(200, &json!({"content": content, "pagination": pagination})))
}
