//! What the platform pays out
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current>: `find-daily-settle-pay-settle`,
//! `find-settle-by-case-pay-settle`, `find-commission-details-pay-settle`, read 2026-03-11).
//!
//! An order is settled once its buyer has decided on it, and paid on the next working day. The documents name the
//! amounts, not their signs, nor the date that a range of the daily list is about: here a commission is less than
//! nothing, and the range is about the day of payment.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::Stamp;
use super::book::{Book, Stage};
use super::line::Line;
use super::orders::Parameters;
use super::payload;
use crate::answer::Answer;
use crate::endpoint::Endpoint;
use crate::instant::{DAY, Millis, kst_day};

const MOST: usize = 1_000;
/// What bringing an order costs its buyer.
const DELIVERY_FEE: i64 = 3_000;
const PERIODS: [&str; 5] = [
    "SETTLE_CASEBYCASE_SETTLE_SCHEDULE_DATE",
    "SETTLE_CASEBYCASE_SETTLE_BASIS_DATE",
    "SETTLE_CASEBYCASE_SETTLE_COMPLETE_DATE",
    "SETTLE_CASEBYCASE_PAY_DATE",
    "SETTLE_CASEBYCASE_TAXRETURN_BASIS_DATE",
];
const DECISIONS: [&str; 3] = ["SETTLED", "UNSETTLED", "BEFORE_CANCEL"];
const TYPES: [&str; 7] = [
    "NORMAL_SETTLE_ORIGINAL",
    "NORMAL_SETTLE_AFTER_CANCEL",
    "NORMAL_SETTLE_BEFORE_CANCEL",
    "QUICK_SETTLE_ORIGINAL",
    "QUICK_SETTLE_CANCEL",
    "QUANTITY_CANCEL_DEDUCTION",
    "QUANTITY_CANCEL_RESTORE",
];

/// What the market holds of one settled item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementTruth {
    /// The product order, or the number of the delivery fee.
    pub id: String,
    /// The order.
    pub group: String,
    /// `PROD_ORDER` or `DELIVERY`.
    pub kind: String,
    /// The day of the purchase decision, as `2026-02-15`.
    pub basis_date: String,
    /// The day on which it is to be paid.
    pub expect_date: String,
    /// The day on which it was.
    pub complete_date: Option<String>,
    /// The day on which the buyer paid.
    pub pay_date: String,
    /// What the buyer paid, in won.
    pub pay_amount: i64,
    /// What the payment costs; less than nothing.
    pub pay_commission: i64,
    /// What the sale by a link costs; less than nothing.
    pub link_commission: i64,
    /// What the seller gets.
    pub amount: i64,
}

/// A settled item and the order line that it is about.
struct Item<'a> {
    truth: SettlementTruth,
    line: Line<'a>,
}

/// Every settled item, by day and id.
pub(crate) fn truth(book: &Book, now: Millis) -> Vec<SettlementTruth> {
    items(book, now).into_iter().map(|item| item.truth).collect()
}

fn items(book: &Book, now: Millis) -> Vec<Item<'_>> {
    let mut paid_for = BTreeSet::new();
    let mut items = Vec::new();
    for line in book.lines().filter(|line| line.order.stage == Stage::Decided) {
        let amounts = line.amounts();
        let (pay, link) = amounts.fees();
        let id = line.order.id.to_string();
        items.push(item(line, "PROD_ORDER", id, [amounts.remaining_payment, pay, link], now));
        // The lines of an order are brought together.
        if paid_for.insert(line.order.group) {
            let id = (line.order.group + 7_000_000).to_string();
            items.push(item(line, "DELIVERY", id, [DELIVERY_FEE, DELIVERY_FEE * 198 / 10_000, 0], now));
        }
    }
    items.sort_by(|one, other| {
        (&one.truth.basis_date, &one.truth.id).cmp(&(&other.truth.basis_date, &other.truth.id))
    });
    items
}

fn item<'a>(line: Line<'a>, kind: &str, id: String, amounts: [i64; 3], now: Millis) -> Item<'a> {
    let [paid, pay, link] = amounts;
    let decided_at = line.order.changed_at;
    let mut expected_at = decided_at + DAY;
    while is_weekend(expected_at) {
        expected_at += DAY;
    }
    let expect_date = kst_day(expected_at);
    let truth = SettlementTruth {
        id,
        group: line.order.group.to_string(),
        kind: kind.to_owned(),
        basis_date: kst_day(decided_at),
        complete_date: (expect_date <= kst_day(now)).then(|| expect_date.clone()),
        expect_date,
        pay_date: kst_day(line.order.paid_at),
        pay_amount: paid,
        pay_commission: -pay,
        link_commission: -link,
        amount: paid - pay - link,
    };
    Item { truth, line }
}

/// Whether it is Saturday or Sunday in Korea; the first day of 1970 was a Thursday.
fn is_weekend(at: Millis) -> bool {
    let day = (at + DAY * 9 / 24).div_euclid(DAY);
    matches!((day + 4).rem_euclid(7), 0 | 6)
}

pub(crate) fn answer(
    endpoint: Endpoint,
    book: &Book,
    query: &str,
    stamp: &Stamp,
    endless: bool,
) -> Result<Answer, Answer> {
    let asked = Asked { parameters: Parameters::read(query), stamp };
    let (page, size) = (asked.number("pageNumber", usize::MAX)?, asked.number("pageSize", MOST)?);
    let rows = match endpoint {
        Endpoint::StoreSettleDaily => {
            let (from, to) = (asked.day("startDate")?, asked.day("endDate")?);
            if to < from {
                return Err(asked.bad("endDate"));
            }
            daily(&items(book, stamp.at), &from, &to)
        }
        Endpoint::StoreSettleCase => asked.items(book)?.iter().map(case).collect(),
        _ => asked.items(book)?.iter().flat_map(commissions).collect(),
    };
    let total = rows.len();
    let pages = total.div_ceil(size);
    let start = if endless { 0 } else { (page - 1).saturating_mul(size) };
    let rows: Vec<Value> = rows.into_iter().skip(start).take(size).collect();
    let count = rows.len();
    let pagination = json!({
        "page": page, "size": size, "totalElements": total,
        "totalPages": if endless { page + 1 } else { pages },
    });
    let body = json!({"elements": rows, "pagination": pagination});
    Ok(Answer::json(200, body.to_string()).with_rows(count))
}

/// What a call asks for.
struct Asked<'a> {
    parameters: Parameters,
    stamp: &'a Stamp,
}

impl Asked<'_> {
    fn bad(&self, name: &str) -> Answer {
        let input = [name, "typeMismatch", "잘못된 값입니다."];
        self.stamp.invalid(400, "BAD_REQUEST", "잘못된 요청", Some(input), true)
    }

    /// A number from 1 to `most` that must be there.
    fn number(&self, name: &str, most: usize) -> Result<usize, Answer> {
        let number = self.parameters.one(name).and_then(|text| text.parse().ok());
        number.filter(|number| (1..=most).contains(number)).ok_or_else(|| self.bad(name))
    }

    /// A day that must be there.
    fn day(&self, name: &str) -> Result<String, Answer> {
        let text = self.parameters.one(name).unwrap_or_default();
        let is_day = text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
        if is_day { Ok(text.to_owned()) } else { Err(self.bad(name)) }
    }

    fn word(&self, name: &str, known: &[&str]) -> Result<Option<&str>, Answer> {
        match self.parameters.one(name) {
            Some(word) if !known.contains(&word) => Err(self.bad(name)),
            word => Ok(word),
        }
    }

    /// The items of one day.
    fn items<'b>(&self, book: &'b Book) -> Result<Vec<Item<'b>>, Answer> {
        let day = self.day("searchDate")?;
        let period = self.word("periodType", &PERIODS)?.ok_or_else(|| self.bad("periodType"))?;
        let decision = self.word("settleDecisionType", &DECISIONS)?;
        let kind = self.word("settleType", &TYPES)?;
        let (order, product_order) = (self.parameters.one("orderId"), self.parameters.one("productOrderId"));
        let mut items = items(book, self.stamp.at);
        items.retain(|Item { truth, .. }| {
            let date = match period {
                "SETTLE_CASEBYCASE_SETTLE_SCHEDULE_DATE" => Some(&truth.expect_date),
                "SETTLE_CASEBYCASE_SETTLE_COMPLETE_DATE" => truth.complete_date.as_ref(),
                "SETTLE_CASEBYCASE_PAY_DATE" => Some(&truth.pay_date),
                _ => Some(&truth.basis_date),
            };
            let is_settled = truth.complete_date.is_some();
            let decided = match decision.filter(|_| period == "SETTLE_CASEBYCASE_PAY_DATE") {
                Some("SETTLED") => is_settled,
                Some("UNSETTLED") => !is_settled,
                Some(_) => false,
                None => true,
            };
            date == Some(&day)
                && decided
                && kind.is_none_or(|kind| kind == TYPES[0])
                && order.is_none_or(|order| order == truth.group)
                && product_order.is_none_or(|id| id == truth.id)
        });
        Ok(items)
    }
}

fn daily(items: &[Item<'_>], from: &str, to: &str) -> Vec<Value> {
    let mut days: BTreeMap<&str, Vec<&SettlementTruth>> = BTreeMap::new();
    for Item { truth, .. } in items {
        if (from..=to).contains(&truth.expect_date.as_str()) {
            days.entry(&truth.expect_date).or_default().push(truth);
        }
    }
    days.into_values()
        .map(|day| {
            let sum = |of: fn(&SettlementTruth) -> i64| day.iter().map(|truth| of(truth)).sum::<i64>();
            let amount = sum(|truth| truth.amount);
            let first = day.iter().map(|truth| &truth.basis_date).min();
            let last = day.iter().map(|truth| &truth.basis_date).max();
            let mut row = json!({
                "settleBasisStartDate": first, "settleBasisEndDate": last,
                "settleExpectDate": day[0].expect_date, "settleAmount": amount,
                "paySettleAmount": sum(|truth| truth.pay_amount),
                "commissionSettleAmount": sum(|truth| truth.pay_commission + truth.link_commission),
                "benefitSettleAmount": 0, "deductionRestoreSettleAmount": 0, "payHoldbackAmount": 0,
                "minusChargeAmount": 0, "differenceSettleAmount": 0, "returnCareSettleAmount": 0,
                "normalSettleAmount": amount, "quickSettleAmount": 0, "preferentialCommissionAmount": 0,
                "settlementLimitAmount": 0, "settleMethodType": "ACCOUNT", "bankType": "KB",
                "depositorName": "시험상점", "accountNo": "000000********",
                "merchantId": "ncp_1abcde_01", "merchantName": "시험상점",
            });
            if let Some(date) = &day[0].complete_date {
                row["settleCompleteDate"] = date.as_str().into();
            }
            row
        })
        .collect()
}

fn case(item: &Item<'_>) -> Value {
    let truth = &item.truth;
    let mut row = json!({
        "settleBasisDate": truth.basis_date, "settleExpectDate": truth.expect_date,
        "payDate": truth.pay_date, "orderId": truth.group, "productOrderId": truth.id,
        "productOrderType": truth.kind, "settleType": TYPES[0],
        "purchaserName": payload::masked_buyer(item.line.order),
        "paySettleAmount": truth.pay_amount, "totalPayCommissionAmount": truth.pay_commission,
        "freeInstallmentCommissionAmount": 0, "sellingInterlockCommissionAmount": truth.link_commission,
        "benefitSettleAmount": 0, "settleExpectAmount": truth.amount,
        "merchantId": "ncp_1abcde_01", "merchantName": "시험상점", "contractNo": "1000000001",
    });
    name_product(&mut row, item);
    row
}

/// Several rows for one item.
fn commissions(item: &Item<'_>) -> Vec<Value> {
    let truth = &item.truth;
    let kinds = [("PAY_COMMISSION", truth.pay_commission), ("INFLOW_COMMISSION", truth.link_commission)];
    let rows = kinds.into_iter().filter(|(_, amount)| *amount != 0).map(|(kind, amount)| {
        let mut row = json!({
            "orderNo": truth.group, "productOrderId": truth.id, "productOrderType": truth.kind,
            "purchaserName": payload::masked_buyer(item.line.order), "settleType": TYPES[0],
            "settleBasisDate": truth.basis_date, "settleExpectDate": truth.expect_date,
            "taxReturnDate": truth.basis_date, "commissionBasisAmount": truth.pay_amount,
            "commissionType": kind, "payMeansType": "CREDIT_CARD", "commissionAmount": amount,
        });
        name_product(&mut row, item);
        row
    });
    rows.collect()
}

/// The fields that are there for goods alone, and the day of payment once it has come.
fn name_product(row: &mut Value, item: &Item<'_>) {
    if item.truth.kind == "PROD_ORDER" {
        let (number, name) = payload::product(item.line.order);
        row["productId"] = number.to_string().into();
        row["productName"] = name.into();
    }
    if let Some(date) = &item.truth.complete_date {
        row["settleCompleteDate"] = date.as_str().into();
    }
}
