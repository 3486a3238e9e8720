//! What a bare loop reads out of one order: the columns that the product stores as well.

use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

/// One order, ready for a database.
pub(crate) struct Row {
    pub(crate) order_id: String,
    pub(crate) ordered_at: String,
    pub(crate) date_kst: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) place_id: Option<String>,
    pub(crate) place_name: Option<String>,
    pub(crate) meta_json: String,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element<'a> {
    #[serde(borrow)]
    order: Order<'a>,
    #[serde(borrow)]
    product_order: ProductOrder<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    order_date: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductOrder<'a> {
    product_order_id: &'a str,
    product_order_status: &'a str,
    total_payment_amount: i64,
    inflow_path: Option<&'a str>,
    inflow_path_add: Option<&'a str>,
}

/// The rows of one answer.
pub(crate) fn parse(body: &[u8]) -> io::Result<Vec<Row>> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    answer
        .data
        .into_iter()
        .map(|raw| {
            let Element { order, product_order } = serde_json::from_str(raw.get())?;
            Ok(Row {
                order_id: product_order.product_order_id.to_owned(),
                ordered_at: three_digits(order.order_date),
                date_kst: order.order_date[..10].to_owned(),
                status: product_order.product_order_status.to_owned(),
                amount: product_order.total_payment_amount,
                place_id: product_order.inflow_path_add.map(str::to_owned),
                place_name: product_order.inflow_path.map(str::to_owned),
                meta_json: raw.get().to_owned(),
            })
        })
        .collect()
}

/// `2025-12-01T09:30:48.5+09:00` with three fraction digits, so that it sorts.
fn three_digits(date: &str) -> String {
    let (clock, zone) = date.split_at(date.len() - 6);
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    format!("{seconds}.{fraction:0<3}{zone}")
}
