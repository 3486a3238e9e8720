//! The details of one product order, with the structure and the field names of the platform's answers
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-get-product-orders-pay-order-seller>,
//! read 2026-03-11). All persons, addresses and goods are invented.

use super::book::{Order, Stage};
use crate::draw::Draw;
use crate::instant::{DAY, Fraction, HOUR, MINUTE, Millis, SECOND};
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
const CARRIERS: [&str; 4] = ["CJGLS", "HANJIN", "HYUNDAI", "KGB"];
/// Name, the seller's code, price.
const GOODS: [(&str, &str, i64); 8] = [
    ("시험 면 티셔츠", "TEE-001", 25_900),
    ("시험 보온병", "BTL-002", 69_000),
    ("시험 양말 세트", "SOX-003", 10_000),
    ("시험 무선 마우스", "MSE-004", 32_500),
    ("시험 원목 도마", "BRD-005", 18_900),
    ("시험 여행용 파우치 3종", "PCH-006", 15_400),
    ("시험 접이식 우산", "UMB-007", 12_300),
    ("시험 세라믹 머그컵", "MUG-008", 8_700),
];
const COLORS: [(&str, &str); 4] = [("검정", "BK"), ("하양", "WH"), ("남색", "NV"), ("회색", "GR")];
const SIZES: [&str; 4] = ["S", "M", "L", "XL"];

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
}

impl Amounts {
    pub(crate) fn of(order: &Order) -> Self {
        let mut draw = Draw::new(order.seed ^ 0xa3);
        let good = usize::try_from(draw.below(GOODS.len() as u64)).expect("small");
        let option = (draw.below(2) == 0).then(|| {
            let pick =
                |draw: &mut Draw, below: usize| usize::try_from(draw.below(below as u64)).expect("small");
            (pick(&mut draw, COLORS.len()), pick(&mut draw, SIZES.len()))
        });
        let quantity = 1 + i64::try_from(draw.below(3)).expect("small");
        let unit = GOODS[good].2;
        let option_price = option.map_or(0, |(_, size)| i64::try_from(size).expect("small") * 500);
        let product = (unit + option_price) * quantity;
        let discount = if draw.below(5) == 0 { product / 1_000 * 100 } else { 0 };
        Self { good, option, quantity, unit, option_price, product, discount, payment: product - discount }
    }
}

/// Writes one element of `data`, or of `contents[].content`: the conditional list lacks the deprecated copies of
/// the claim.
pub(crate) fn write(json: &mut Json, order: &Order, with_deprecated: bool) {
    let mut draw = Draw::new(order.seed);
    let amounts = Amounts::of(order);
    let buyer = Person::draw(&mut draw);
    json.open(b'{');
    write_order(json, order, &amounts, &buyer, &mut draw);
    let carrier = draw.pick(&CARRIERS);
    write_product_order(json, order, &amounts, &buyer, carrier, &mut draw);
    match order.stage {
        Stage::Cancelled => {
            if with_deprecated {
                write_cancel(json, order, &amounts);
            }
            json.open_field("currentClaim", b'{');
            write_cancel(json, order, &amounts);
            json.close(b'}');
        }
        Stage::ReturnRequested | Stage::Returned => {
            if with_deprecated {
                write_return(json, order, &amounts, &buyer, carrier);
            }
            json.open_field("currentClaim", b'{');
            write_return(json, order, &amounts, &buyer, carrier);
            json.close(b'}');
        }
        _ => {}
    }
    if order.stage.sent() {
        write_delivery(json, order, carrier);
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

fn write_product_order(
    json: &mut Json,
    order: &Order,
    amounts: &Amounts,
    buyer: &Person,
    carrier: &str,
    draw: &mut Draw,
) {
    let wording = order.stage.wording();
    let (name, code, _) = GOODS[amounts.good];
    let good = amounts.good as u64;
    let confirmed = order.stage != Stage::Waiting && (order.stage != Stage::Paid || draw.below(2) == 0);
    json.open_field("productOrder", b'{');
    if let Some((claim, status)) = wording.claim {
        json.text("claimStatus", status);
        json.text("claimType", claim);
        json.id("claimId", claim_id(order));
    }
    json.number("deliveryDiscountAmount", 0);
    json.number("deliveryFeeAmount", 3_000);
    json.text("deliveryPolicyType", "유료");
    json.text("expectedDeliveryMethod", "DELIVERY");
    json.text("mallId", "ncp_1abcde_01");
    json.number("optionPrice", amounts.option_price);
    json.id("packageNumber", order.group + 7_000_000);
    if confirmed {
        json.date("placeOrderDate", order.paid_at + SECOND, Fraction::Shortest);
    }
    json.text("placeOrderStatus", if confirmed { "OK" } else { "NOT_YET" });
    json.text("productClass", if amounts.option.is_some() { "조합형옵션상품" } else { "단일상품" });
    json.id("productId", 10_990_000_001 + good);
    json.id("originalProductId", 10_900_000_001 + good);
    json.text("merchantChannelId", "500000001");
    json.text("productName", name);
    if let Some((color, size)) = amounts.option {
        let item = 41_230_000_001 + good * 100 + (color * SIZES.len() + size) as u64;
        json.id("optionCode", item);
        json.id("itemNo", item);
        json.joined("productOption", &["색상: ", COLORS[color].0, " / 사이즈: ", SIZES[size]]);
        json.joined("optionManageCode", &[code, "-", COLORS[color].1, "-", SIZES[size]]);
    }
    json.id("productOrderId", order.id);
    json.text("productOrderStatus", wording.status);
    for field in ["quantity", "initialQuantity", "remainQuantity"] {
        json.number(field, amounts.quantity);
    }
    json.number("sectionDeliveryFee", 0);
    json.text("sellerProductCode", code);
    write_address(json, "shippingAddress", buyer);
    json.date("shippingDueDate", order.paid_at + 3 * DAY, Fraction::Shortest);
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
    json.text("expectedDeliveryCompany", carrier);
    json.text("taxType", "TAXATION");
    json.boolean("logisticsDirectContracted", false);
    json.close(b'}');
}

fn write_amounts(json: &mut Json, amounts: &Amounts) {
    let payment_fee = amounts.payment * 198 / 10_000;
    let link_fee = amounts.payment / 50;
    json.number("totalPaymentAmount", amounts.payment);
    json.number("initialPaymentAmount", amounts.payment);
    json.number("remainPaymentAmount", amounts.payment);
    json.number("totalProductAmount", amounts.product);
    json.number("initialProductAmount", amounts.product);
    json.number("remainProductAmount", amounts.product);
    json.number("unitPrice", amounts.unit);
    json.number("productDiscountAmount", amounts.discount);
    json.number("productImediateDiscountAmount", amounts.discount);
    json.number("sellerBurdenDiscountAmount", amounts.discount);
    if amounts.discount > 0 {
        json.number("initialProductDiscountAmount", amounts.discount);
        json.number("remainProductDiscountAmount", amounts.discount);
        json.number("initialProductImmediateDiscountAmount", amounts.discount);
        json.number("remainProductImmediateDiscountAmount", amounts.discount);
        json.number("sellerBurdenImediateDiscountAmount", amounts.discount);
        json.number("initialSellerBurdenImmediateDiscountAmount", amounts.discount);
        json.number("remainSellerBurdenImmediateDiscountAmount", amounts.discount);
    }
    json.number("paymentCommission", payment_fee);
    json.number("saleCommission", 0);
    json.number("channelCommission", 0);
    json.number("knowledgeShoppingSellingInterlockCommission", link_fee);
    json.number("expectedSettlementAmount", amounts.payment - payment_fee - link_fee);
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

fn write_cancel(json: &mut Json, order: &Order, amounts: &Amounts) {
    json.open_field("cancel", b'{');
    json.id("claimId", claim_id(order));
    json.text("claimStatus", "CANCEL_DONE");
    json.date("claimRequestDate", order.changed_at - 5 * SECOND, Fraction::Shortest);
    json.text("cancelReason", "INTENT_CHANGED");
    json.text("cancelDetailedReason", "다른 상품을 살게요");
    json.date("cancelApprovalDate", order.changed_at - SECOND, Fraction::Shortest);
    json.date("cancelCompletedDate", order.changed_at, Fraction::Shortest);
    json.text("refundStandbyStatus", "환불 완료");
    json.text("requestChannel", "구매회원");
    json.number("requestQuantity", amounts.quantity);
    json.close(b'}');
}

fn write_return(json: &mut Json, order: &Order, amounts: &Amounts, buyer: &Person, carrier: &str) {
    let done = order.stage == Stage::Returned;
    json.open_field("return", b'{');
    json.id("claimId", claim_id(order));
    json.number("claimDeliveryFeeDemandAmount", 3_000);
    json.text("claimDeliveryFeePayMeans", "환불금에서 차감");
    json.text("claimDeliveryFeePayMethod", "환불금에서 차감");
    json.date("claimRequestDate", order.changed_at - if done { 2 * DAY } else { 0 }, Fraction::Shortest);
    json.text("claimStatus", if done { "RETURN_DONE" } else { "RETURN_REQUEST" });
    write_address(json, "collectAddress", buyer);
    json.text("collectDeliveryCompany", carrier);
    json.text("collectDeliveryMethod", "RETURN_DESIGNATED");
    json.text("collectStatus", if done { "DELIVERED" } else { "COLLECT_REQUEST_TO_DELIVERY_COMPANY" });
    json.number("etcFeeDemandAmount", 0);
    json.text("refundStandbyStatus", if done { "환불 완료" } else { "환불 대기" });
    json.text("requestChannel", "구매회원");
    json.number("requestQuantity", amounts.quantity);
    json.text("returnDetailedReason", "생각보다 작아요");
    json.text("returnReason", "INTENT_CHANGED");
    if done {
        json.date("returnCompletedDate", order.changed_at, Fraction::Shortest);
    }
    write_warehouse(json, "returnReceiveAddress", "반품동 2층", "시험상점 반품지", "031-000-0001");
    json.id("claimDeliveryFeeProductOrderIds", order.id);
    json.close(b'}');
}

fn write_delivery(json: &mut Json, order: &Order, carrier: &str) {
    let sent_at: Millis = (order.paid_at + 5 * HOUR).min(order.changed_at);
    let arrived = order.stage != Stage::Dispatched;
    json.open_field("delivery", b'{');
    if arrived {
        json.date("deliveredDate", sent_at + DAY, Fraction::Shortest);
    }
    json.text("deliveryCompany", carrier);
    json.text("deliveryMethod", "DELIVERY");
    json.text("deliveryStatus", if arrived { "DELIVERY_COMPLETION" } else { "DELIVERING" });
    json.boolean("isWrongTrackingNumber", false);
    json.date("pickupDate", sent_at + 4 * HOUR + 30 * MINUTE, Fraction::Shortest);
    json.date("sendDate", sent_at, Fraction::Shortest);
    json.id("trackingNumber", 400_000_000_000 + order.seed % 100_000_000_000);
    json.close(b'}');
}

fn claim_id(order: &Order) -> u64 {
    order.id + 40_000_000
}
