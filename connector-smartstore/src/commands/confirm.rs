//! Confirming (발주 확인): up to 30 product orders a call.
//!
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-confirm-placed-product-orders-pay-order-seller>

use connector_core::http::{Client, Request};
use connector_core::{Action, OrderState, Outcome, Result, Standing};
use serde_json::json;

use super::answer::outcomes;
use super::line::Fresh;

pub(super) async fn execute(http: &Client, actions: &[Action]) -> Result<Vec<Outcome>> {
    let ids: Vec<String> = actions.iter().map(Action::target).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // An id that stands twice in a request fails it (104131).
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    let operation = "product-orders/confirm";
    let request = Request::post(operation, "/v1/pay-order/seller/product-orders/confirm")
        .json(&json!({"productOrderIds": once}))?;
    let response = http.send(request).await?;
    outcomes(&response, &ids).map_err(|error| error.in_operation(operation))
}

/// A line is confirmed as long as the confirmation was not taken back, whatever came after it.
pub(super) fn standing(line: &Fresh<'_>) -> Standing {
    let confirmed = line.parts.product_order.place_order_status.filled() == Some("OK");
    match line.order.state {
        OrderState::Cancelled => Standing::barred("the order line is cancelled"),
        OrderState::Preparing | OrderState::Shipped | OrderState::Delivered | OrderState::Decided => {
            Standing::in_effect()
        }
        _ if confirmed => Standing::in_effect(),
        OrderState::Paid | OrderState::Unknown => Standing::NotInEffect,
        OrderState::PaymentWaiting => Standing::barred("the order line is not paid"),
        state => Standing::barred(format!("the order line is {}", state.name())),
    }
}
