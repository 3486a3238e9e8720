//! What the platform reckons and pays out (<https://developers.coupangcorp.com/hc/ko/articles/360033922413>,
//! …360034152213).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{body, list, refused, token};
use super::ask::{Answered, Ask};
use super::claim::ReceiptStatus;
use super::sheets::START;
use super::state::State;
use super::time;
use crate::instant::{DAY, Millis};

/// The platform's part of a sale, in thousandths.
const FEE: i64 = 78;
/// How many days after the sale is recognised it is paid out.
const PAID_AFTER: i64 = 30;
/// The part of a week's sales that is paid out with the week, in hundredths.
const WEEKLY: i64 = 70;

/// One option of one sale, or of one refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementTruth {
    /// `SALE` or `REFUND`
    pub sale_type: String,
    /// `orderId`
    pub group: u64,
    /// The line: `{shipmentBoxId}-{vendorItemId}`.
    pub order_id: String,
    /// `vendorItemId`
    pub vendor_item_id: u64,
    /// How many.
    pub quantity: i64,
    /// `saleDate`
    pub sale_date: String,
    /// `recognitionDate`: when it was confirmed, or a week after its arrival.
    pub recognition_date: String,
    /// `settlementDate`
    pub settlement_date: String,
    /// `saleAmount`, in won; less than nothing for a refund.
    pub amount: i64,
    /// `serviceFee` and its tax, in won.
    pub fee: i64,
    /// `settlementAmount`, in won.
    pub settled: i64,
}

/// A sale or a refund of one box.
struct Sale {
    is_refund: bool,
    order: u64,
    /// Box, which with the instant makes the order of the rows.
    parcel: u64,
    sold_at: Millis,
    recognised_at: Millis,
    shipping: i64,
    /// Option, how many, unit price.
    items: Vec<(u64, i64, i64)>,
}

impl Sale {
    fn sign(&self) -> i64 {
        if self.is_refund { -1 } else { 1 }
    }

    fn paid_at(&self) -> Millis {
        self.recognised_at + PAID_AFTER * DAY
    }
}

/// Sale, fee, tax on the fee, and what is left.
fn reckon(amount: i64) -> (i64, i64, i64) {
    let fee = amount * FEE / 1_000;
    let tax = fee / 10;
    (fee, tax, amount - fee - tax)
}

impl State {
    /// What was recognised until `now`, in order.
    fn sales(&self, now: Millis) -> Vec<Sale> {
        // What came back before the sale was recognised was never sold.
        let mut back_before: BTreeMap<(u64, u64), i64> = BTreeMap::new();
        let mut sales = Vec::new();
        for receipt in self.receipts.values() {
            let done = receipt.status == ReceiptStatus::ReturnsCompleted && receipt.withdrawn_at.is_none();
            let Some(completed_at) = receipt.completed_at.filter(|_| done) else { continue };
            for item in &receipt.items {
                let Some(parcel) = self.book.parcel(item.parcel) else { continue };
                let recognised = parcel.recognised_at().filter(|at| *at < completed_at);
                let Some(line) = parcel.line(item.vendor_item).filter(|_| recognised.is_some()) else {
                    *back_before.entry((item.parcel, item.vendor_item)).or_default() += item.count;
                    continue;
                };
                sales.push(Sale {
                    is_refund: true,
                    order: receipt.order,
                    parcel: item.parcel,
                    sold_at: parcel.paid_at,
                    recognised_at: completed_at,
                    shipping: 0,
                    items: vec![(item.vendor_item, item.count, line.unit)],
                });
            }
        }
        for parcel in self.book.parcels() {
            let Some(recognised_at) = parcel.recognised_at().filter(|at| *at <= now) else { continue };
            let items: Vec<(u64, i64, i64)> = parcel
                .lines
                .iter()
                .map(|line| {
                    let item = line.good.vendor_item;
                    let back = back_before.get(&(parcel.id, item)).copied().unwrap_or(0);
                    (item, line.quantity - back, line.unit)
                })
                .filter(|(_, count, _)| *count > 0)
                .collect();
            if !items.is_empty() {
                sales.push(Sale {
                    is_refund: false,
                    order: parcel.order,
                    parcel: parcel.id,
                    sold_at: parcel.paid_at,
                    recognised_at,
                    shipping: parcel.shipping_price,
                    items,
                });
            }
        }
        sales.sort_by_key(|sale| {
            (time::day_start(sale.recognised_at), sale.order, sale.parcel, sale.is_refund)
        });
        sales
    }

    /// Every option of every sale and refund that was recognised until `now`.
    pub(super) fn settlements_truth(&self, now: Millis) -> Vec<SettlementTruth> {
        let sales = self.sales(now);
        sales
            .iter()
            .flat_map(|sale| {
                sale.items.iter().map(|(item, count, unit)| {
                    let amount = sale.sign() * count * unit;
                    let (fee, tax, settled) = reckon(amount);
                    SettlementTruth {
                        sale_type: if sale.is_refund { "REFUND" } else { "SALE" }.to_owned(),
                        group: sale.order,
                        order_id: super::book::line_id(sale.parcel, *item),
                        vendor_item_id: *item,
                        quantity: sale.sign() * count,
                        sale_date: time::day(sale.sold_at),
                        recognition_date: time::day(sale.recognised_at),
                        settlement_date: time::day(sale.paid_at()),
                        amount,
                        fee: fee + tax,
                        settled,
                    }
                })
            })
            .collect()
    }
}

/// Sales and refunds by the day on which they were recognised, until yesterday.
pub(super) fn revenue(ask: &mut Ask<'_>) -> Answered {
    ask.needed("vendorId")?;
    if !ask.has("token") {
        return Err(refused("token is required."));
    }
    let dates = ["recognitionDateFrom", "recognitionDateTo"];
    let (from, to) = ask.days(dates, 31, "조회 기간은 less than 1 months 이어야 합니다.", false)?;
    if to >= time::day_start(ask.now) {
        return Err(refused("dateTo: 전일까지만 조회할 수 있습니다."));
    }
    let size = ask.size("maxPerPage", 50, 50)?;
    let sales = ask.state.sales(ask.now);
    let found: Vec<&Sale> = sales.iter().filter(|sale| (from..=to).contains(&sale.recognised_at)).collect();
    let start = match ask.one("token").filter(|token| *token != START) {
        None => 0,
        Some(token) => {
            let place = token.strip_prefix("r").and_then(|place| place.parse().ok());
            place.filter(|place| *place <= found.len()).ok_or_else(|| refused("token is invalid."))?
        }
    };
    let rows: Vec<Value> = found.iter().skip(start).take(size).map(|sale| row(ask.state, sale)).collect();
    let has_next = ask.endless || found.len() > start + size;
    let next = has_next.then(|| {
        if ask.endless { ask.one("token").unwrap_or(START).to_owned() } else { format!("r{}", start + size) }
    });
    let more = [("hasNext", has_next.into()), ("nextToken", token(&ask.state.settings, next))];
    Ok(list(&ask.state.settings, rows, more))
}

fn row(state: &State, sale: &Sale) -> Value {
    let parcel = state.book.parcel(sale.parcel);
    let shipping = sale.sign() * sale.shipping;
    let (ship_fee, ship_tax) = (shipping * 3 / 100, shipping * 3 / 1_000);
    let items: Vec<Value> = sale
        .items
        .iter()
        .map(|(item, count, unit)| {
            let line = parcel.and_then(|parcel| parcel.line(*item));
            let good = line.map(|line| &line.good);
            let amount = sale.sign() * count * unit;
            let (fee, tax, settled) = reckon(amount);
            json!({
                "taxType": "TAX", "productId": good.map_or(0, |good| good.product),
                "productName": good.map(|good| good.product_name.clone()), "vendorItemId": item,
                "vendorItemName": good.map(|good| good.full_name()), "salePrice": amount,
                "quantity": sale.sign() * count, "coupangDiscountCoupon": line.map_or(0, |line| line.coupang),
                "discountCouponPolicyAgreement": false, "saleAmount": amount,
                "sellerDiscountCoupon": line.map_or(0, |line| line.instant),
                "downloadableCoupon": line.map_or(0, |line| line.downloadable), "serviceFee": fee,
                "serviceFeeVat": tax, "serviceFeeRatio": 7.8, "settlementAmount": settled, "couranteeFeeRatio": 0,
                "couranteeFee": 0, "couranteeFeeVat": 0, "storeFeeDiscount": 0, "storeFeeDiscountVat": 0,
                "externalSellerSkuCode": good.map(|good| good.sku.clone()),
            })
        })
        .collect();
    json!({
        "orderId": sale.order,
        "saleType": if sale.is_refund { "REFUND" } else { "SALE" },
        "saleDate": time::day(sale.sold_at),
        "recognitionDate": time::day(sale.recognised_at),
        "settlementDate": time::day(sale.paid_at()),
        "finalSettlementDate": time::day(sale.paid_at() + 11 * DAY),
        "deliveryFee": {
            "amount": shipping, "fee": ship_fee, "feeVat": ship_tax, "feeRatio": 3,
            "settlementAmount": shipping - ship_fee - ship_tax, "baseAmount": shipping, "baseFee": ship_fee,
            "baseFeeVat": ship_tax, "remoteAmount": 0, "remoteFee": 0, "remoteFeeVat": 0,
        },
        "items": items,
    })
}

/// What was paid out of a month's sales: seventy hundredths with each week, the rest with the month. A bare list.
pub(super) fn histories(ask: &mut Ask<'_>) -> Answered {
    let month = ask.needed("revenueRecognitionYearMonth")?;
    let first = time::parse_day(&format!("{month}-01")).filter(|_| month.len() == 7);
    let first =
        first.ok_or_else(|| refused("revenueRecognitionYearMonth: 날짜 형식이 올바르지 않습니다."))?;
    if first > ask.now {
        return Err(refused("revenueRecognitionYearMonth: 당월까지만 조회할 수 있습니다."));
    }
    let mut weeks: BTreeMap<Millis, i64> = BTreeMap::new();
    for sale in ask.state.sales(ask.now) {
        let day = time::day_start(sale.recognised_at);
        if time::day(day).starts_with(month) {
            // Weeks are counted from the first of the month.
            let amount: i64 = sale.items.iter().map(|(_, count, unit)| sale.sign() * count * unit).sum();
            *weeks.entry(first + (day - first) / (7 * DAY) * 7 * DAY).or_default() += amount;
        }
    }
    let today = time::day(ask.now);
    let mut rows: Vec<Value> = weeks
        .iter()
        .map(|(start, amount)| {
            let end = (*start + 6 * DAY).min(month_end(first));
            payout("WEEKLY", month, (*start, end), *amount, WEEKLY, end + 15 * DAY, &today)
        })
        .collect();
    if !weeks.is_empty() {
        let amount: i64 = weeks.values().sum();
        let end = month_end(first);
        rows.push(payout("RESERVE", month, (first, end), amount, 100 - WEEKLY, end + 32 * DAY, &today));
    }
    let count = rows.len();
    Ok(body(200, &Value::Array(rows)).with_rows(count))
}

/// The last day of the month that begins so.
fn month_end(first: Millis) -> Millis {
    let days = (28..=31).rev().find(|days| time::day(first + (days - 1) * DAY)[..7] == time::day(first)[..7]);
    first + (days.expect("a month has 28 days") - 1) * DAY
}

fn payout(
    kind: &str,
    month: &str,
    (from, to): (Millis, Millis),
    sold: i64,
    percent: i64,
    paid_at: Millis,
    today: &str,
) -> Value {
    let (fee, tax, settled) = reckon(sold);
    let paid = settled * percent / 100;
    let date = time::day(paid_at);
    json!({
        "settlementType": kind, "settlementDate": date, "revenueRecognitionYearMonth": month,
        "revenueRecognitionDateFrom": time::day(from), "revenueRecognitionDateTo": time::day(to),
        "totalSale": sold, "serviceFee": fee + tax, "settlementTargetAmount": settled, "settlementAmount": paid,
        "lastAmount": settled - paid, "pendingReleasedAmount": 0, "sellerDiscountCoupon": 0,
        "downloadableCoupon": 0, "sellerServiceFee": 0, "couranteeFee": 0, "couranteeCustomerReward": 0,
        "deductionAmount": 0, "debtOfLastWeek": 0, "storeFeeDiscount": 0, "finalAmount": paid,
        "bankName": "시험은행", "bankAccount": "000-****-0000", "bankAccountHolder": "홍*동",
        "status": if date.as_str() <= today { "DONE" } else { "SUBJECT" },
    })
}
