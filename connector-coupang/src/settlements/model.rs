//! From rows of the revenue history to settlements.

use chrono::NaiveDate;
use connector_core::http::decode_reason;
use connector_core::lenient::{Object, Text, Whole, object};
use connector_core::record::Twins;
use connector_core::time::kst_date;
use connector_core::{Page, Record, Result, Settlement, SettlementKind, Unread};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::money::WON;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireRow<'a> {
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    sale_type: Text<'a>,
    #[serde(borrow)]
    recognition_date: Text<'a>,
    #[serde(borrow)]
    settlement_date: Text<'a>,
    #[serde(borrow)]
    delivery_fee: Option<&'a RawValue>,
    #[serde(borrow)]
    items: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireItem<'a> {
    #[serde(borrow)]
    vendor_item_id: Text<'a>,
    #[serde(borrow)]
    product_name: Text<'a>,
    sale_amount: Whole,
    service_fee: Whole,
    service_fee_vat: Whole,
    settlement_amount: Whole,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireFee {
    amount: Whole,
    fee: Whole,
    fee_vat: Whole,
    settlement_amount: Whole,
}

/// The settlements of a page's rows.
pub(super) fn page(rows: &[&RawValue]) -> Page {
    let mut page = Page::default();
    let mut twins = Twins::default();
    for raw in rows {
        if !twins.is_new(raw.get()) {
            continue;
        }
        match settlements(raw) {
            Ok(found) => {
                for mut settlement in found {
                    twins.number(&mut settlement);
                    page.records.push(Record::Settlement(settlement));
                }
            }
            Err(reason) => page.failures.push(Unread::from(reason).failure((*raw).to_owned())),
        }
    }
    page
}

/// The rows of one order on one day: its items, and its delivery fee where there is one.
fn settlements(raw: &RawValue) -> Result<Vec<Settlement>, String> {
    let row: WireRow<'_> = object(raw)?;
    let order = row.order_id.word().ok_or("orderId is missing")?;
    let sale_type = row.sale_type.word().ok_or("saleType is missing")?;
    let recognized_on = date(&row.recognition_date).ok_or("recognitionDate is no day")?;
    let paid_on = date(&row.settlement_date);
    let kind = match sale_type {
        "SALE" => SettlementKind::Sale,
        "REFUND" => SettlementKind::Refund,
        _ => SettlementKind::Other,
    };
    let settlement = |kind, part: &str, product_name, sale_amount, fee, amount| Settlement {
        settlement_id: format!("{order}/{sale_type}/{recognized_on}/{part}"),
        kind,
        recognized_on,
        paid_on,
        // Adjustments belong to no order.
        order_group_id: Some(order).filter(|order| *order != "0").map(str::to_owned),
        order_id: None,
        product_name,
        sale_amount,
        fee,
        amount,
        raw: raw.to_owned(),
    };
    let mut found = Vec::new();
    let list = row.items.ok_or("items is missing")?;
    let items: Vec<Object<WireItem<'_>>> =
        serde_json::from_str(list.get()).map_err(|error| format!("items: {}", decode_reason(&error)))?;
    for Object(item) in items {
        let option = item.vendor_item_id.word().ok_or("items.vendorItemId is missing")?;
        let sale = *item.sale_amount.require("items.saleAmount", WON)?;
        let fee = fee_with_tax([
            (&item.service_fee, "items.serviceFee"),
            (&item.service_fee_vat, "items.serviceFeeVat"),
        ])?;
        let amount = amount(sale, fee, &item.settlement_amount, "items.settlementAmount")?;
        found.push(settlement(kind, option, item.product_name.owned(), sale, fee, amount));
    }
    if let Some(delivery) = row.delivery_fee.filter(|delivery| delivery.get() != "null") {
        let delivery: WireFee = object(delivery).map_err(|reason| format!("deliveryFee: {reason}"))?;
        let sale = or_zero(&delivery.amount, "deliveryFee.amount")?;
        let fee =
            fee_with_tax([(&delivery.fee, "deliveryFee.fee"), (&delivery.fee_vat, "deliveryFee.feeVat")])?;
        let amount = amount(sale, fee, &delivery.settlement_amount, "deliveryFee.settlementAmount")?;
        if (sale, fee, amount) != (0, 0, 0) {
            found.push(settlement(SettlementKind::Delivery, "delivery", None, sale, fee, amount));
        }
    }
    Ok(found)
}

fn date(text: &Text<'_>) -> Option<NaiveDate> {
    text.time().map(kst_date)
}

fn or_zero(value: &Whole, field: &str) -> Result<i64, String> {
    value.optional(field, WON).map(Option::unwrap_or_default)
}

/// A fee, and the tax on it.
fn fee_with_tax([(fee, fee_field), (tax, tax_field)]: [(&Whole, &str); 2]) -> Result<i64, String> {
    let sum = or_zero(fee, fee_field)?.checked_add(or_zero(tax, tax_field)?);
    sum.ok_or_else(|| format!("{fee_field} and {tax_field} are more than any amount"))
}

/// What is paid out: what the platform says, or what is left of the sale.
fn amount(sale: i64, fee: i64, told: &Whole, field: &str) -> Result<i64, String> {
    let left = || sale.checked_sub(fee).ok_or_else(|| format!("{field} is missing, and cannot be reckoned"));
    told.optional(field, WON)?.map_or_else(left, Ok)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use connector_core::http::Response;
    use connector_core::{Next, ReadRequest, View};
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::settlements::{LIST, ROWS};
    use crate::{SETTLEMENTS, answer};

    fn page(body: &str) -> Page {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let response = Response { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let request = ReadRequest { stream: &SETTLEMENTS, view: View::Changes, window: None, page: None };
        let place = request.place(&[LIST], |list| list).expect("the first page");
        answer::page(&response, place, ROWS, super::page).expect("a list")
    }

    fn settlements(page: &Page) -> Vec<&Settlement> {
        fn settlement(record: &Record) -> &Settlement {
            match record {
                Record::Settlement(settlement) => settlement,
                other => panic!("{other:?} is no settlement"),
            }
        }
        page.records.iter().map(settlement).collect()
    }

    #[test]
    fn the_sample_history_is_read() {
        let page = page(include_str!("../../tests/samples/revenue_history.json"));
        let figures: Vec<_> = settlements(&page)
            .iter()
            .map(|row| (row.settlement_id.as_str(), row.kind, row.sale_amount, row.fee, row.amount))
            .collect();
        use SettlementKind::*;
        assert_eq!(
            figures,
            [
                ("29100130000001/SALE/2026-11-12/92979706172", Sale, 149_000, 12_784, 136_216),
                ("29100130000001/SALE/2026-11-12/delivery", Delivery, 3_000, 99, 2_901),
                ("29100130000044/REFUND/2026-11-12/92979706172", Refund, 0, 0, 0),
                ("29100130000044/REFUND/2026-11-12/delivery", Delivery, -5_000, -165, -4_835),
            ]
        );
        let first = settlements(&page)[0];
        assert_eq!(first.paid_on, NaiveDate::from_ymd_opt(2026, 12, 24));
        assert_eq!(first.order_group_id.as_deref(), Some("29100130000001"));
        assert_eq!(page.next, Next::Page(format!("{LIST}/eyJvIjoyOTEwMDEzMDAwMDA0NH0=")));
    }

    #[test]
    fn rows_that_differ_are_two_and_one_that_is_sent_twice_is_one() {
        let row = |amount: i64| {
            format!(
                r#"{{"orderId": 0, "saleType": "REFUND", "recognitionDate": "2026-11-12",
                     "items": [{{"vendorItemId": 7, "saleAmount": {amount}, "settlementAmount": null}}]}}"#
            )
        };
        let page = page(&format!(r#"{{"code": 200, "data": [{}, {}, {}]}}"#, row(-1), row(-1), row(-2)));
        let rows: Vec<_> =
            settlements(&page).iter().map(|row| (row.settlement_id.as_str(), row.amount)).collect();
        assert_eq!(rows, [("0/REFUND/2026-11-12/7", -1), ("0/REFUND/2026-11-12/7/2", -2)]);
        assert_eq!(settlements(&page)[0].order_group_id, None);
    }

    #[test]
    fn one_item_twice_in_a_row_is_two() {
        let page = page(
            r#"{"code": 200, "data": [{"orderId": 1, "saleType": "SALE", "recognitionDate": "2026-11-12",
                "items": [{"vendorItemId": 7, "saleAmount": 100}, {"vendorItemId": 7, "saleAmount": 200}]}]}"#,
        );
        let rows: Vec<_> =
            settlements(&page).iter().map(|row| (row.settlement_id.as_str(), row.amount)).collect();
        assert_eq!(rows, [("1/SALE/2026-11-12/7", 100), ("1/SALE/2026-11-12/7/2", 200)]);
    }

    #[test]
    fn amounts_beyond_all_bounds_are_named() {
        let page = page(
            r#"{"code": 200, "data": [{"orderId": 1, "saleType": "SALE", "recognitionDate": "2026-11-12",
                "items": [{"vendorItemId": 7, "saleAmount": 1, "serviceFee": 9223372036854775807, "serviceFeeVat": 1}]}]}"#,
        );
        assert!(page.failures[0].reason.contains("more than any amount"), "{:?}", page.failures);
    }

    #[test]
    fn what_is_relied_on_is_named_when_it_is_missing() {
        for (row, reason) in [
            (r#"{"saleType": "SALE"}"#, "orderId is missing"),
            (r#"{"orderId": 1, "saleType": "SALE", "recognitionDate": "soon"}"#, "recognitionDate is no day"),
            (
                r#"{"orderId": 1, "saleType": "SALE", "recognitionDate": "2026-11-12", "items": [{"vendorItemId": 7}]}"#,
                "items.saleAmount is missing",
            ),
        ] {
            let page = page(&format!(r#"{{"code": 200, "data": [{row}]}}"#));
            assert!(
                page.records.is_empty() && page.failures[0].reason.contains(reason),
                "{:?}",
                page.failures
            );
        }
    }
}
