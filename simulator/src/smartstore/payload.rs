//! The details of one product order, with the structure and the field names of the platform's answers
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-get-product-orders-pay-order-seller>,
//! read 2026-03-11). All persons, addresses and goods are invented.

mod claims;

use super::book::{Order, Stage};
use super::claim::Parcel;
use super::line::Line;
use crate::draw::Draw;
use crate::instant::{DAY, Fraction, HOUR, MINUTE};
use crate::json::Json;

const FAMILY: [&str; 8] = ["김", "이", "박", "최", "정", "강", "조", "윤"];
const GIVEN: [&str; 8] = ["시험", "하늘", "바다", "구름", "새봄", "가을", "보람", "다온"];
const LOGINS: [&str; 6] = ["abcd****", "test****", "qwer****", "simu****", "zxcv****", "shop****"];
const CITIES: [(&str, &str); 6] = [
    ("서울특별시 중구 시험대로 ", "04524"),
    ("부산광역시 해운대구 시험로 ", "48058"),
    ("대전광역시 유성구 시험길 ", "34126"),
    ("경기도 성남시 분당구 시험로 ", "13561"),
    ("광주광역시 북구 시험대로 ", "61005"),
    ("제주특별자치도 제주시 시험길 ", "63122"),
];
/// Escaped already; one with a quote, a line break and a sign outside the basic plane.
const MEMOS: [&str; 5] = [
    "",
    "문 앞에 놓아 주세요",
    "부재 시 경비실에 맡겨 주세요",
    "배송 전에 연락 바랍니다",
    r#"\"조심히\" 부탁드려요\n감사합니다 😀"#,
];
const PAYMENT_MEANS: [&str; 5] =
    ["신용카드", "신용카드 간편결제", "포인트/머니결제", "계좌 간편결제", "무통장입금"];
const INFLOWS: [&str; 4] = ["네이버페이>홈(네이버쇼핑)", "검색광고(SA)", "네이버쇼핑 외 ", "네이버쇼핑>검색"];
/// Name, the seller's code, price. Every other one comes in colours and sizes.
pub(crate) const GOODS: [(&str, &str, i64); 8] = [
    ("시험 면 티셔츠", "TEE-001", 25_900),
    ("시험 보온병", "BTL-002", 69_000),
    ("시험 양말 세트", "SOX-003", 10_000),
    ("시험 무선 마우스", "MSE-004", 32_500),
    ("시험 원목 도마", "BRD-005", 18_900),
    ("시험 여행용 파우치 3종", "PCH-006", 15_400),
    ("시험 접이식 우산", "UMB-007", 12_300),
    ("시험 세라믹 머그컵", "MUG-008", 8_700),
];
pub(crate) const COLORS: [(&str, &str); 4] = [("검정", "BK"), ("하양", "WH"), ("남색", "NV"), ("회색", "GR")];
pub(crate) const SIZES: [&str; 4] = ["S", "M", "L", "XL"];

/// The channel number and the name of what was ordered.
pub(crate) fn product(order: &Order) -> (u64, &'static str) {
    let good = Amounts::of(order, 0).good;
    (10_990_000_001 + good as u64, GOODS[good].0)
}

/// The buyer's name, as lists show it that are not about delivery.
pub(crate) fn masked_buyer(order: &Order) -> String {
    let buyer = Person::draw(&mut Draw::new(order.seed));
    let last: String = buyer.given.chars().skip(1).collect();
    format!("{}*{last}", buyer.family)
}

/// What the amounts of an order come to, all in won.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amounts {
    pub(crate) good: usize,
    pub(crate) option: Option<(usize, usize)>,
    pub(crate) quantity: i64,
    pub(crate) unit: i64,
    pub(crate) option_price: i64,
    pub(crate) product: i64,
    pub(crate) discount: i64,
    pub(crate) payment: i64,
    /// The same for the pieces that no claim took away.
    pub(crate) remaining: i64,
    pub(crate) remaining_product: i64,
    pub(crate) remaining_discount: i64,
    pub(crate) remaining_payment: i64,
}

/// Whether a good comes in colours and sizes.
pub(crate) fn has_options(good: usize) -> bool {
    good.is_multiple_of(2)
}

/// The number of a good's option.
pub(crate) fn option_number(good: usize, color: usize, size: usize) -> u64 {
    41_230_000_001 + (good * 100 + color * SIZES.len() + size) as u64
}

impl Amounts {
    /// `taken` is the number of pieces that claims took away.
    pub(crate) fn of(order: &Order, taken: i64) -> Self {
        let mut draw = Draw::new(order.seed ^ 0xa3);
        let good = usize::try_from(draw.below(GOODS.len() as u64)).expect("small");
        let option = has_options(good).then(|| {
            let pick =
                |draw: &mut Draw, below: usize| usize::try_from(draw.below(below as u64)).expect("small");
            (pick(&mut draw, COLORS.len()), pick(&mut draw, SIZES.len()))
        });
        let quantity = 1 + i64::try_from(draw.below(3)).expect("small");
        let unit = GOODS[good].2;
        let option_price = option.map_or(0, |(_, size)| i64::try_from(size).expect("small") * 500);
        let product = (unit + option_price) * quantity;
        let discount = if draw.below(5) == 0 { product / 1_000 * 100 } else { 0 };
        let remaining = quantity - taken;
        let remaining_product = (unit + option_price) * remaining;
        let remaining_discount = discount * remaining / quantity;
        Self {
            good,
            option,
            quantity,
            unit,
            option_price,
            product,
            discount,
            payment: product - discount,
            remaining,
            remaining_product,
            remaining_discount,
            remaining_payment: remaining_product - remaining_discount,
        }
    }

    pub(crate) fn option_number(&self) -> Option<String> {
        let (color, size) = self.option?;
        Some(option_number(self.good, color, size).to_string())
    }

    /// What the payment and the sale by a link cost, for the pieces that remain.
    pub(crate) fn fees(&self) -> (i64, i64) {
        (self.remaining_payment * 198 / 10_000, self.remaining_payment / 50)
    }
}

/// Writes one element of `data`, or of `contents[].content`: the conditional list lacks the deprecated copies of
/// the claim.
pub(crate) fn write(json: &mut Json, line: Line<'_>, with_deprecated: bool) {
    let order = line.order;
    let mut draw = Draw::new(order.seed);
    let amounts = line.amounts();
    let buyer = Person::draw(&mut draw);
    json.open(b'{');
    write_order(json, order, &amounts, &buyer, &mut draw);
    write_product_order(json, line, &amounts, &buyer, &mut draw);
    if let Some(claim) = line.claim() {
        if with_deprecated {
            claims::write(json, order, &claim, &buyer);
        }
        json.open_field("currentClaim", b'{');
        claims::write(json, order, &claim, &buyer);
        json.close(b'}');
    }
    if !line.handling.completed.is_empty() {
        json.open_field("completedClaims", b'[');
        for claim in &line.handling.completed {
            claims::write_completed(json, claim);
        }
        json.close(b']');
    }
    if let Some(parcel) = line.shipment() {
        write_delivery(json, line, &parcel);
    }
    json.close(b'}');
}

struct Person {
    family: &'static str,
    given: &'static str,
    phone: u64,
    street: &'static str,
    zip: &'static str,
    house: u64,
}

impl Person {
    fn draw(draw: &mut Draw) -> Self {
        let (street, zip) = draw.pick(&CITIES);
        Self {
            family: draw.pick(&FAMILY),
            given: draw.pick(&GIVEN),
            phone: draw.below(10_000),
            street,
            zip,
            house: 1 + draw.below(300),
        }
    }
}

fn write_order(json: &mut Json, order: &Order, amounts: &Amounts, buyer: &Person, draw: &mut Draw) {
    let points = if draw.below(4) == 0 { 1_000 } else { 0 };
    json.open_field("order", b'{');
    json.number("chargeAmountPaymentAmount", 0);
    json.number("checkoutAccumulationPaymentAmount", 0);
    json.number("generalPaymentAmount", amounts.payment + 3_000 - points);
    json.number("naverMileagePaymentAmount", points);
    json.date("orderDate", order.ordered_at, Fraction::Shortest);
    json.number("orderDiscountAmount", 0);
    json.id("orderId", order.group);
    json.text("ordererId", draw.pick(&LOGINS));
    json.joined("ordererName", &[buyer.family, buyer.given]);
    json.joined("ordererTel", &["010-0000-", &format!("{:04}", buyer.phone)]);
    if order.stage == Stage::Waiting {
        json.date("paymentDueDate", order.ordered_at + 3 * DAY, Fraction::Shortest);
    } else {
        json.date("paymentDate", order.paid_at, Fraction::Shortest);
    }
    json.text("paymentMeans", draw.pick(&PAYMENT_MEANS));
    json.text("isDeliveryMemoParticularInput", "false");
    json.text("payLocationType", if draw.below(3) == 0 { "PC" } else { "MOBILE" });
    json.id("ordererNo", 100_000_000 + draw.below(900_000_000));
    json.number("payLaterPaymentAmount", 0);
    json.boolean("isMembershipSubscribed", draw.below(3) == 0);
    json.close(b'}');
}

fn write_product_order(json: &mut Json, line: Line<'_>, amounts: &Amounts, buyer: &Person, draw: &mut Draw) {
    let (order, wording) = (line.order, line.wording());
    let (name, code, _) = GOODS[amounts.good];
    let good = amounts.good as u64;
    let confirmed_at = line.confirmed_at();
    json.open_field("productOrder", b'{');
    if let Some((claim, status)) = wording.claim {
        json.text("claimStatus", status);
        json.text("claimType", claim);
        json.id("claimId", line.claim().map_or(0, |claim| claim.id));
    }
    json.number("deliveryDiscountAmount", 0);
    json.number("deliveryFeeAmount", 3_000);
    json.text("deliveryPolicyType", "유료");
    json.text("expectedDeliveryMethod", "DELIVERY");
    json.text("mallId", "ncp_1abcde_01");
    json.number("optionPrice", amounts.option_price);
    json.id("packageNumber", order.group + 7_000_000);
    if let Some(confirmed_at) = confirmed_at {
        json.date("placeOrderDate", confirmed_at, Fraction::Shortest);
    }
    json.text("placeOrderStatus", if confirmed_at.is_some() { "OK" } else { "NOT_YET" });
    json.text("productClass", if amounts.option.is_some() { "조합형옵션상품" } else { "단일상품" });
    json.id("productId", 10_990_000_001 + good);
    json.id("originalProductId", 10_900_000_001 + good);
    json.text("merchantChannelId", "500000001");
    json.text("productName", name);
    if let Some((color, size)) = amounts.option {
        let item = option_number(amounts.good, color, size);
        json.id("optionCode", item);
        json.id("itemNo", item);
        json.joined("productOption", &["색상: ", COLORS[color].0, " / 사이즈: ", SIZES[size]]);
        json.joined("optionManageCode", &[code, "-", COLORS[color].1, "-", SIZES[size]]);
    }
    json.id("productOrderId", order.id);
    json.text("productOrderStatus", wording.status);
    json.number("quantity", amounts.quantity);
    json.number("initialQuantity", amounts.quantity);
    json.number("remainQuantity", amounts.remaining);
    json.number("sectionDeliveryFee", 0);
    json.text("sellerProductCode", code);
    write_address(json, "shippingAddress", buyer);
    let delay = line.handling.delay.as_ref();
    let due_at = delay.map_or(order.paid_at + 3 * DAY, |delay| delay.due_at);
    json.date("shippingDueDate", due_at, Fraction::Shortest);
    if let Some(delay) = delay {
        json.text("delayedDispatchReason", &delay.reason);
        json.any_text("delayedDispatchDetailedReason", &delay.detail);
    }
    json.text("shippingFeeType", "선결제");
    json.text("shippingMemo", draw.pick(&MEMOS));
    write_warehouse(json, "takingAddress", "물류동 1층", "시험상점 출고지", "031-000-0000");
    write_amounts(json, amounts);
    json.text("commissionRatingType", "결제수수료");
    json.text("commissionPrePayStatus", "GENERAL_PRD");
    json.text("inflowPath", draw.pick(&INFLOWS));
    if draw.below(4) == 0 {
        json.text("inflowPathAdd", "null");
    }
    if order.stage == Stage::Decided {
        json.date("decisionDate", order.changed_at, Fraction::Shortest);
    }
    if order.stage == Stage::GiftReceived {
        json.text("giftReceivingStatus", "RECEIVED");
    }
    json.text("deliveryAttributeType", "NORMAL");
    json.text("expectedDeliveryCompany", line.carrier());
    json.text("taxType", "TAXATION");
    json.boolean("logisticsDirectContracted", false);
    json.close(b'}');
}

fn write_amounts(json: &mut Json, amounts: &Amounts) {
    let (payment_fee, link_fee) = amounts.fees();
    json.number("totalPaymentAmount", amounts.payment);
    json.number("initialPaymentAmount", amounts.payment);
    json.number("remainPaymentAmount", amounts.remaining_payment);
    json.number("totalProductAmount", amounts.product);
    json.number("initialProductAmount", amounts.product);
    json.number("remainProductAmount", amounts.remaining_product);
    json.number("unitPrice", amounts.unit);
    json.number("productDiscountAmount", amounts.discount);
    json.number("productImediateDiscountAmount", amounts.discount);
    json.number("sellerBurdenDiscountAmount", amounts.discount);
    if amounts.discount > 0 {
        json.number("initialProductDiscountAmount", amounts.discount);
        json.number("remainProductDiscountAmount", amounts.remaining_discount);
        json.number("initialProductImmediateDiscountAmount", amounts.discount);
        json.number("remainProductImmediateDiscountAmount", amounts.remaining_discount);
        json.number("sellerBurdenImediateDiscountAmount", amounts.discount);
        json.number("initialSellerBurdenImmediateDiscountAmount", amounts.discount);
        json.number("remainSellerBurdenImmediateDiscountAmount", amounts.remaining_discount);
    }
    json.number("paymentCommission", payment_fee);
    json.number("saleCommission", 0);
    json.number("channelCommission", 0);
    json.number("knowledgeShoppingSellingInterlockCommission", link_fee);
    json.number("expectedSettlementAmount", amounts.remaining_payment - payment_fee - link_fee);
}

fn write_address(json: &mut Json, name: &str, person: &Person) {
    let phone = format!("{:04}", person.phone);
    json.open_field(name, b'{');
    json.text("addressType", "DOMESTIC");
    json.joined("baseAddress", &[person.street, &person.house.to_string()]);
    json.text("city", "");
    json.text("country", "대한민국");
    json.joined("detailedAddress", &[&(person.house % 20 + 1).to_string(), "01호"]);
    json.joined("name", &[person.family, person.given]);
    json.text("state", "");
    json.joined("tel1", &["010-0000-", &phone]);
    json.text("zipCode", person.zip);
    json.boolean("isRoadNameAddress", true);
    json.close(b'}');
}

fn write_warehouse(json: &mut Json, field: &str, floor: &str, name: &str, phone: &str) {
    json.open_field(field, b'{');
    json.text("addressType", "DOMESTIC");
    json.text("baseAddress", "경기도 성남시 분당구 시험로 10");
    json.text("city", "");
    json.text("country", "대한민국");
    json.text("detailedAddress", floor);
    json.text("name", name);
    json.text("state", "");
    json.text("tel1", phone);
    json.text("zipCode", "13561");
    json.boolean("isRoadNameAddress", true);
    json.close(b'}');
}

fn write_delivery(json: &mut Json, line: Line<'_>, parcel: &Parcel) {
    let arrived = line.order.stage != Stage::Dispatched;
    json.open_field("delivery", b'{');
    if arrived {
        json.date("deliveredDate", line.handling.delivered_at.unwrap_or(parcel.at + DAY), Fraction::Shortest);
    }
    if let Some(company) = &parcel.company {
        json.any_text("deliveryCompany", company);
    }
    json.text("deliveryMethod", &parcel.method);
    json.text("deliveryStatus", if arrived { "DELIVERY_COMPLETION" } else { "DELIVERING" });
    json.boolean("isWrongTrackingNumber", false);
    json.date("pickupDate", parcel.at + 4 * HOUR + 30 * MINUTE, Fraction::Shortest);
    json.date("sendDate", parcel.at, Fraction::Shortest);
    if let Some(number) = &parcel.number {
        json.any_text("trackingNumber", number);
    }
    json.close(b'}');
}
