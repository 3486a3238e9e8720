//! Settlements: by case, a day a call, or by payout.
//!
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current/find-settle-by-case-pay-settle> and
//! `.../find-daily-settle-pay-settle` (v2.73.0, read 2026-03-11).

use std::collections::HashMap;

use chrono::NaiveDate;
use connector_core::http::{Client, Request, Response};
use connector_core::lenient::{self, Object, Text, Whole};
use connector_core::time::{kst_date, parse_kst};
use connector_core::{
    DayList, Error, Failure, Page, Place, ReadRequest, Record, Result, Settlement, SettlementKind,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::object;
use crate::settings::Settlement as Rows;

#[cfg(test)]
mod tests;

/// The most rows of a page.
const PAGE_ROWS: usize = 1_000;

impl Rows {
    /// The list's name, and the first part of its page tokens.
    fn list(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Daily => "daily",
        }
    }
}

/// The list to read. A case list takes one day: <https://github.com/commerce-api-naver/commerce-api/discussions/3709>
pub(crate) fn day_list(rows: Rows) -> DayList {
    let max_days = match rows {
        Rows::Case => 1,
        Rows::Daily => 31,
    };
    DayList::new(format!("settle/{}", rows.list()), rows.list(), max_days)
}

/// A page of the window's days of that list; its pages have numbers.
pub(crate) async fn read(http: &Client, request: &ReadRequest, rows: Rows) -> Result<Page> {
    let window = request.within()?;
    let place = request.place(&[rows], |rows| rows.list())?;
    let number = number(place)?;
    let (first, last) = window.days();
    let request = match rows {
        Rows::Case => Request::get("settle/case", "/v1/pay-settle/settle/case")
            .query("searchDate", first)
            .query("periodType", "SETTLE_CASEBYCASE_SETTLE_BASIS_DATE"),
        Rows::Daily => Request::get("settle/daily", "/v1/pay-settle/settle/daily")
            .query("startDate", first)
            .query("endDate", last),
    };
    let request = request.query("pageNumber", number).query("pageSize", PAGE_ROWS);
    http.ask(request, |response| rows_of(response, place, number)).await
}

fn number(place: Place<'_, Rows>) -> Result<u32> {
    let number = place.token.map_or(Some(1), |token| token.parse().ok());
    number
        .filter(|number| (1..u32::MAX).contains(number))
        .ok_or_else(|| Error::decode("the page token is not one of the settlement lists'"))
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    elements: Option<Vec<&'a RawValue>>,
    pagination: Option<Object<Pagination>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Pagination {
    total_pages: Whole,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CaseRow<'a> {
    #[serde(borrow)]
    settle_basis_date: Text<'a>,
    #[serde(borrow)]
    settle_expect_date: Text<'a>,
    #[serde(borrow)]
    settle_complete_date: Text<'a>,
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    product_order_id: Text<'a>,
    #[serde(borrow)]
    product_order_type: Text<'a>,
    #[serde(borrow)]
    settle_type: Text<'a>,
    #[serde(borrow)]
    product_name: Text<'a>,
    pay_settle_amount: Whole,
    total_pay_commission_amount: Whole,
    free_installment_commission_amount: Whole,
    selling_interlock_commission_amount: Whole,
    benefit_settle_amount: Whole,
    settle_expect_amount: Whole,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DailyRow<'a> {
    #[serde(borrow)]
    settle_basis_start_date: Text<'a>,
    #[serde(borrow)]
    settle_basis_end_date: Text<'a>,
    #[serde(borrow)]
    settle_expect_date: Text<'a>,
    #[serde(borrow)]
    settle_complete_date: Text<'a>,
    #[serde(borrow)]
    settle_method_type: Text<'a>,
    settle_amount: Whole,
    pay_settle_amount: Whole,
    commission_settle_amount: Whole,
}

fn rows_of(response: &Response, place: Place<'_, Rows>, number: u32) -> Result<Page> {
    let answer = object::<Answer<'_>>(response)?;
    let elements = answer.elements.ok_or_else(|| Error::decode("elements is missing"))?;
    let pages = answer.pagination.and_then(|pagination| pagination.total_pages.get().copied());
    let mut page = Page::default();
    let more = pages.map_or(elements.len() >= PAGE_ROWS, |pages| i64::from(number) < pages);
    if more && !elements.is_empty() {
        page.next = place.page(number + 1);
    }
    // How often a key came, for rows that differ in nothing but their amounts.
    let mut keys: HashMap<String, Vec<&str>> = HashMap::new();
    for raw in elements {
        let settlement = match place.list {
            Rows::Case => case(raw),
            Rows::Daily => daily(raw),
        };
        match settlement {
            Ok(mut settlement) => {
                let same = keys.entry(settlement.settlement_id.clone()).or_default();
                let place = same.iter().position(|other| *other == raw.get()).unwrap_or_else(|| {
                    same.push(raw.get());
                    same.len() - 1
                });
                if place > 0 {
                    settlement.settlement_id = format!("{}/{}", settlement.settlement_id, place + 1);
                }
                page.records.push(Record::Settlement(settlement));
            }
            Err(reason) => page.failures.push(Failure { key: None, reason, raw: Some(raw.to_owned()) }),
        }
    }
    Ok(page)
}

/// A day that must be there.
fn day(text: &Text<'_>, field: &str) -> std::result::Result<NaiveDate, String> {
    let text = text.require(field, "a text")?;
    parse_kst(text).map(kst_date).ok_or_else(|| format!("{field} is no day"))
}

/// The day of payment: the one on which it was made, else the one that is expected.
fn paid_on(complete: &Text<'_>, expected: &Text<'_>) -> Option<NaiveDate> {
    [complete, expected].into_iter().find_map(|text| text.filled().and_then(parse_kst)).map(kst_date)
}

/// What the platform keeps. Nothing says which sign its commissions have, so the sum decides: with `rest`, what the seller
/// gets is what was paid less the fee. Where neither sign fits, the one of the published samples counts, in which a commission
/// is negative.
fn fee(paid: i64, commission: i64, rest: i64, amount: i64) -> i64 {
    let is_cost = paid.checked_sub(commission).and_then(|sum| sum.checked_add(rest)) == Some(amount);
    if is_cost && commission != 0 { commission } else { commission.saturating_neg() }
}

fn case(raw: &RawValue) -> std::result::Result<Settlement, String> {
    let row: CaseRow<'_> = lenient::object(raw)?;
    let recognized_on = day(&row.settle_basis_date, "settleBasisDate")?;
    let id = row.product_order_id.require("productOrderId", "a text")?;
    let (what, how) =
        (row.product_order_type.filled().unwrap_or_default(), row.settle_type.filled().unwrap_or_default());
    let paid = *row.pay_settle_amount.require("paySettleAmount", "a whole number")?;
    let amount = *row.settle_expect_amount.require("settleExpectAmount", "a whole number")?;
    let mut commission = 0_i64;
    for (part, field) in [
        (&row.total_pay_commission_amount, "totalPayCommissionAmount"),
        (&row.free_installment_commission_amount, "freeInstallmentCommissionAmount"),
        (&row.selling_interlock_commission_amount, "sellingInterlockCommissionAmount"),
    ] {
        commission =
            commission.checked_add(optional(part, field)?).ok_or_else(|| format!("{field} is too large"))?;
    }
    let benefit = optional(&row.benefit_settle_amount, "benefitSettleAmount")?;
    // In other rows the field holds the number of a fee.
    let is_line = matches!(what, "PROD_ORDER" | "QUANTITY_CANCEL" | "REFUND" | "QUICK_SETTLE");
    Ok(Settlement {
        settlement_id: format!("{recognized_on}/{id}/{what}/{how}"),
        kind: kind(what, how),
        recognized_on,
        paid_on: paid_on(&row.settle_complete_date, &row.settle_expect_date),
        order_group_id: row.order_id.filled().map(str::to_owned),
        order_id: is_line.then(|| id.clone().into_owned()),
        product_name: row.product_name.filled().map(str::to_owned),
        sale_amount: paid,
        fee: fee(paid, commission, benefit, amount),
        amount,
        raw: raw.to_owned(),
    })
}

/// A nullable amount.
fn optional(amount: &Whole, field: &str) -> std::result::Result<i64, String> {
    amount.optional(field, "a whole number").map(Option::unwrap_or_default)
}

fn kind(product_order_type: &str, settle_type: &str) -> SettlementKind {
    match (product_order_type, settle_type) {
        ("DELIVERY", _) => SettlementKind::Delivery,
        (
            "PROD_ORDER" | "QUANTITY_CANCEL" | "QUICK_SETTLE",
            "NORMAL_SETTLE_AFTER_CANCEL"
            | "NORMAL_SETTLE_BEFORE_CANCEL"
            | "QUICK_SETTLE_CANCEL"
            | "QUANTITY_CANCEL_DEDUCTION",
        )
        | ("REFUND", _) => SettlementKind::Refund,
        ("PROD_ORDER" | "QUICK_SETTLE", "NORMAL_SETTLE_ORIGINAL" | "QUICK_SETTLE_ORIGINAL") => {
            SettlementKind::Sale
        }
        _ => SettlementKind::Other,
    }
}

fn daily(raw: &RawValue) -> std::result::Result<Settlement, String> {
    let row: DailyRow<'_> = lenient::object(raw)?;
    let recognized_on = day(&row.settle_basis_start_date, "settleBasisStartDate")?;
    let last = day(&row.settle_basis_end_date, "settleBasisEndDate")?;
    let paid = *row.pay_settle_amount.require("paySettleAmount", "a whole number")?;
    let commission = *row.commission_settle_amount.require("commissionSettleAmount", "a whole number")?;
    let amount = *row.settle_amount.require("settleAmount", "a whole number")?;
    let rest = amount.saturating_sub(paid).saturating_sub(commission);
    // Benefits, holdbacks and the like explain what is left; only without any does the sum tell the sign.
    let fee = if rest == 0 { commission.saturating_neg() } else { fee(paid, commission, 0, amount) };
    Ok(Settlement {
        settlement_id: format!(
            "{recognized_on}/{last}/{}",
            row.settle_method_type.filled().unwrap_or_default()
        ),
        // Sales and refunds of the days in one sum.
        kind: SettlementKind::Other,
        recognized_on,
        paid_on: paid_on(&row.settle_complete_date, &row.settle_expect_date),
        order_group_id: None,
        order_id: None,
        product_name: None,
        sale_amount: paid,
        fee,
        amount,
        raw: raw.to_owned(),
    })
}
