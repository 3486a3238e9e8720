//! Boxes as the order calls show them, with the structure and the names of the platform's answers
//! (<https://developers.coupangcorp.com/hc/ko/articles/360033919573>). All persons, addresses and goods are invented.

use serde_json::{Map, Value, json};

use super::book::{Line, Order, Parcel, Status};
use super::carriers;
use super::time::{self, Dialect};
use crate::draw::Draw;
use crate::instant::{DAY, Millis};

const FAMILY: [&str; 8] = ["김", "이", "박", "최", "정", "강", "조", "윤"];
const GIVEN: [&str; 8] = ["시험", "하늘", "바다", "구름", "새봄", "가을", "보람", "다온"];
const CITIES: [(&str, &str); 5] = [
    ("서울특별시 마포구 시험로 400", "03925"),
    ("부산광역시 해운대구 시험로 21", "48058"),
    ("경기도 성남시 분당구 시험로 166", "13529"),
    ("대전광역시 유성구 시험길 9", "34126"),
    ("제주특별자치도 제주시 시험로 242", "63309"),
];
const REMARKS: [Option<&str>; 5] = [
    None,
    Some("문 앞에 놓아주세요"),
    Some("부재 시 경비실에 맡겨 주세요"),
    Some("\"조심히\" 부탁드려요\n감사합니다 😀"),
    Some(""),
];
const REFERS: [&str; 5] = ["안드로이드앱", "아이폰앱", "PC웹", "모바일웹", ""];

/// An invented buyer.
pub(super) struct Person {
    pub(super) name: String,
    /// A number that the platform forwards while the order is under way.
    pub(super) safe_number: String,
    pub(super) street: &'static str,
    pub(super) house: String,
    pub(super) post_code: &'static str,
}

impl Person {
    /// Who placed an order; `moved` is how often the address was changed.
    pub(super) fn of(seed: u64, moved: u64) -> Self {
        let mut draw = Draw::new(seed ^ 0x7065_7273);
        let name = format!("{}{}", draw.pick(&FAMILY), draw.pick(&GIVEN));
        let safe_number = format!("0502-0000-{:04}", draw.below(10_000));
        let mut home = Draw::new(seed ^ 0x686f_6d65 ^ moved);
        let (street, post_code) = home.pick(&CITIES);
        let house = format!("{}동 {}호", 1 + home.below(9), 101 + home.below(1_900));
        Self { name, safe_number, street, house, post_code }
    }
}

/// An amount as the dialect writes it.
pub(super) fn money(won: i64, dialect: Dialect) -> Value {
    match dialect {
        Dialect::Plain => won.into(),
        Dialect::World => json!({"currencyCode": "KRW", "units": won, "nanos": 0}),
    }
}

/// A box, with its order's words.
pub(super) fn sheet(order: &Order, parcel: &Parcel, dialect: Dialect) -> Value {
    let mut draw = Draw::new(order.seed ^ 0x7368_6565);
    let instant = |at: Millis| match dialect {
        Dialect::Plain => time::naive(at),
        Dialect::World => time::offset(at),
    };
    // Of deliveries v4 writes times with a blank.
    let event = |at: Option<Millis>| {
        at.map(|at| match dialect {
            Dialect::Plain => time::spaced(at),
            Dialect::World => time::offset(at),
        })
    };
    let (buyer, receiver) = (Person::of(order.seed, 0), Person::of(order.seed, parcel.moved));
    let remark = draw.pick(&REMARKS);
    let refer = draw.pick(&REFERS);
    let items: Vec<Value> = parcel.lines.iter().map(|line| item(parcel, line, dialect)).collect();
    let mut sheet = json!({
        "shipmentBoxId": parcel.id,
        "orderId": order.id,
        "orderedAt": instant(order.ordered_at),
        "orderer": {
            "name": buyer.name, "email": "", "safeNumber": buyer.safe_number, "ordererNumber": null,
        },
        "paidAt": instant(order.paid_at),
        "status": parcel.status.name(),
        "shippingPrice": money(parcel.shipping_price, dialect),
        "remotePrice": parcel.remote_price.map(|won| money(won, dialect)),
        "remoteArea": parcel.remote_price.is_some(),
        "parcelPrintMessage": remark,
        "splitShipping": parcel.is_split,
        "ableSplitShipping": parcel.lines.len() > 1,
        "receiver": {
            "name": receiver.name, "safeNumber": receiver.safe_number, "receiverNumber": null,
            "addr1": receiver.street, "addr2": receiver.house, "postCode": receiver.post_code,
        },
        "orderItems": items,
        "overseaShippingInfoDto": {
            "personalCustomsClearanceCode": "", "ordererSsn": "", "ordererPhoneNumber": "",
        },
        "deliveryCompanyName": parcel.carrier.as_deref().map(carriers::korean),
        "invoiceNumber": parcel.invoice,
        "inTrasitDateTime": event(parcel.in_transit_at),
        "deliveredDate": event(parcel.delivered_at),
        "refer": refer,
        "shipmentType": "THIRD_PARTY",
    });
    if dialect == Dialect::World {
        sheet["isCod"] = false.into();
        let same_day = if order.seed.is_multiple_of(11) { "true" } else { "false" };
        sheet["extraProperties"] = json!({"sameDayShipping": same_day, "cutOffTimeHour": "0"});
    }
    sheet
}

fn item(parcel: &Parcel, line: &Line, dialect: Dialect) -> Value {
    let good = &line.good;
    let uploaded = parcel.uploaded_at.map_or_else(String::new, |at| match dialect {
        Dialect::Plain => time::naive(at),
        Dialect::World => time::offset(at),
    });
    let confirmed = parcel.confirmed_at.map(|at| match dialect {
        Dialect::Plain => time::spaced(at),
        Dialect::World => time::offset(at),
    });
    // A multi-pack that the platform made up itself.
    let bundled = good.sku.starts_with("TIP") && line.quantity > 1;
    let mut item = json!({
        "vendorItemPackageId": 0,
        "vendorItemPackageName": good.product_name,
        "productId": good.product,
        "vendorItemId": good.vendor_item,
        "vendorItemName": good.full_name(),
        "shippingCount": line.quantity,
        "salesPrice": money(line.unit, dialect),
        "orderPrice": money(line.price(), dialect),
        "discountPrice": money(line.discount(), dialect),
        "instantCouponDiscount": money(line.instant, dialect),
        "downloadableCouponDiscount": money(line.downloadable, dialect),
        "coupangDiscount": money(line.coupang, dialect),
        "externalVendorSkuCode": if good.sku.is_empty() { Value::Null } else { good.sku.clone().into() },
        "etcInfoHeader": (!line.notes.is_empty()).then_some("각인 문구"),
        "etcInfoValue": null,
        "etcInfoValues": (!line.notes.is_empty()).then(|| line.notes.clone()),
        "sellerProductId": good.seller_product,
        "sellerProductName": good.product_name,
        "sellerProductItemName": good.option_name,
        "firstSellerProductItemName": good.option_name,
        "cancelCount": line.cancelled,
        "holdCountForCancel": line.held,
    });
    let rest = json!({
        "estimatedShippingDate": time::day(parcel.paid_at + 3 * DAY),
        "plannedShippingDate": line.planned,
        "invoiceNumberUploadDate": uploaded,
        "extraProperties": {},
        "pricingBadge": false,
        "usedProduct": false,
        "confirmDate": confirmed,
        "deliveryChargeTypeName": if parcel.shipping_price == 0 { "무료" } else { "유료" },
        "upBundleVendorItemId": bundled.then_some(good.vendor_item + 50_000_000),
        "upBundleVendorItemName": bundled.then(|| format!("{}, {}개", good.full_name(), line.quantity)),
        "upBundleSize": bundled.then_some(line.quantity),
        "upBundleItem": bundled,
        "canceled": line.cancelled == line.quantity,
    });
    merge(&mut item, rest);
    item
}

/// Adds the members of one object to another.
pub(super) fn merge(into: &mut Value, other: Value) {
    let others: Map<String, Value> = if let Value::Object(others) = other { others } else { Map::new() };
    if let Value::Object(members) = into {
        members.extend(others);
    }
}

/// The statuses that a box took, the newest first.
pub(super) fn history(parcel: &Parcel, dialect: Dialect) -> Value {
    let details: Vec<Value> = parcel
        .history
        .iter()
        .rev()
        .map(|(status, at)| {
            let (status, at): (Status, Millis) = (*status, *at);
            let updated = if dialect == Dialect::Plain { time::naive(at) } else { time::offset(at) };
            json!({"deliveryStatus": status.name(), "deliveryStatusDesc": status.korean(), "updatedAt": updated})
        })
        .collect();
    json!({"shipmentBoxId": parcel.id, "details": details})
}
