//! Shipping (발송 처리): up to 30 product orders a call, each as a whole.
//!
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-dispatch-product-orders-pay-order-seller>

use connector_core::command::{Parcel, Refusal, ShippingMethod};
use connector_core::http::{Client, Request};
use connector_core::time::kst_text;
use connector_core::{Action, Outcome, Result, Standing};
use serde::Serialize;
use serde_json::json;

use super::answer::{Answered, outcomes};
use super::line::{Delivery, Fresh, Parts};
use super::{Plan, refusal, sendable};
use crate::spec::SPEC;

const OPERATION: &str = "product-orders/dispatch";

/// How the platform is told of a parcel. What is empty is left out: an empty text in a field of fixed words fails the whole
/// call. <https://github.com/commerce-api-naver/commerce-api/discussions/2114>
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sent<'a> {
    pub(super) method: &'static str,
    pub(super) company: Option<&'static str>,
    pub(super) tracking_number: Option<&'a str>,
}

impl<'a> Sent<'a> {
    pub(super) fn of(parcel: &'a Parcel) -> Plan<Self> {
        let method = match parcel.method {
            ShippingMethod::Parcel => "DELIVERY",
            ShippingMethod::Direct => "DIRECT_DELIVERY",
            ShippingMethod::Quick => "QUICK_SVC",
            ShippingMethod::Visit => "VISIT_RECEIPT",
            ShippingMethod::Nothing => "NOTHING",
        };
        if parcel.method != ShippingMethod::Parcel {
            return Ok(Self { method, company: None, tracking_number: None });
        }
        let filled =
            |text: &'a Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let carrier = filled(&parcel.carrier).ok_or_else(|| refusal("a parcel needs its carrier"))?;
        let tracking_number =
            filled(&parcel.tracking_number).ok_or_else(|| refusal("a parcel needs its tracking number"))?;
        let company = SPEC.carrier(carrier).map_err(|error| Refusal::from(&error))?;
        Ok(Self { method, company: Some(company), tracking_number: Some(tracking_number) })
    }

    /// Whether the platform's own words tell of this parcel. Numbers are written with and without dashes.
    pub(super) fn is(&self, method: Option<&str>, company: Option<&str>, number: Option<&str>) -> bool {
        let plain = |number: &str| -> String { number.chars().filter(|c| c.is_alphanumeric()).collect() };
        match self.tracking_number {
            Some(tracking_number) => {
                company == self.company && number.map(plain) == Some(plain(tracking_number))
            }
            None => method == Some(self.method),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dispatch<'a> {
    product_order_id: &'a str,
    delivery_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_company_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_number: Option<&'a str>,
    dispatch_date: String,
}

fn dispatch<'a>(id: &'a str, parcel: &'a Parcel) -> Plan<Dispatch<'a>> {
    let sent = Sent::of(parcel)?;
    Ok(Dispatch {
        product_order_id: id,
        delivery_method: sent.method,
        delivery_company_code: sent.company,
        tracking_number: sent.tracking_number,
        dispatch_date: kst_text(parcel.sent_at),
    })
}

fn plan(action: &Action) -> Plan<Dispatch<'_>> {
    let Action::Ship { line, parcel, quantity } = action else {
        return Err(refusal("this is no dispatch"));
    };
    match (quantity, line.quantity) {
        (None, _) => {}
        (Some(pieces), Some(all)) if *pieces == all => {}
        _ => {
            return Err(refusal(
                "the platform takes an order line as a whole: it cannot be shipped in parts",
            ));
        }
    }
    dispatch(&line.order_id, parcel)
}

/// Additional goods are dispatched after what they belong to.
/// <https://github.com/commerce-api-naver/commerce-api/discussions/1321>
fn is_additional(action: &Action) -> bool {
    let raw = action.line().and_then(|line| line.raw.as_deref());
    raw.and_then(Parts::of)
        .is_some_and(|parts| parts.product_order.product_class.filled() == Some("추가구성상품"))
}

pub(super) async fn execute(http: &Client, actions: &[Action]) -> Result<Vec<Outcome>> {
    let plans: Vec<Plan<Dispatch<'_>>> = actions.iter().map(plan).collect();
    let mut order: Vec<usize> = (0..actions.len()).collect();
    order.sort_by_key(|index| is_additional(&actions[*index]));
    let mut items: Vec<&Dispatch<'_>> = Vec::new();
    for dispatch in order.into_iter().filter_map(|index| plans[index].as_ref().ok()) {
        // An id that stands twice in a request fails it (104131).
        if !items.iter().any(|other| other.product_order_id == dispatch.product_order_id) {
            items.push(dispatch);
        }
    }
    let ids: Vec<String> = actions.iter().map(Action::target).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let told = if items.is_empty() {
        Vec::new()
    } else {
        let response = http.send(request(&items)?).await?;
        outcomes(&response, &ids).map_err(|error| error.in_operation(OPERATION))?
    };
    let mut told = told.into_iter();
    let outcome = |plan: &Plan<Dispatch<'_>>| match (told.next(), plan) {
        (_, Err(refusal)) => Outcome::Refused(refusal.clone()),
        (Some(outcome), Ok(_)) => outcome,
        (None, Ok(_)) => Outcome::Unknown { reason: "nothing was sent".to_owned() },
    };
    Ok(plans.iter().map(outcome).collect())
}

fn request(items: &[&Dispatch<'_>]) -> Result<Request> {
    Request::post(OPERATION, "/v1/pay-order/seller/product-orders/dispatch")
        .json(&json!({"dispatchProductOrders": items}))
}

/// The dispatch of a single product order: with it a seller also refuses a cancel.
pub(super) fn single(id: &str, parcel: &Parcel) -> Plan<(Request, Answered)> {
    let request = request(&[&dispatch(id, parcel)?]).map_err(|error| Refusal::from(&error))?;
    Ok((request, Answered::Line(id.to_owned())))
}

/// Whether the line is on its way in this very parcel; `None` where nothing was sent yet.
pub(super) fn sent_so(delivery: Option<&Delivery<'_>>, parcel: &Parcel) -> Option<bool> {
    let delivery = delivery?;
    let sent = Sent::of(parcel).ok()?;
    Some(sent.is(
        delivery.delivery_method.filled(),
        delivery.delivery_company.filled(),
        delivery.tracking_number.filled(),
    ))
}

pub(super) fn standing(action: &Action, line: &Fresh<'_>) -> Standing {
    let Action::Ship { parcel, .. } = action else {
        return Standing::Unclear { reason: "this is no dispatch".to_owned() };
    };
    let standing = match sent_so(line.parts.delivery.as_deref(), parcel) {
        Some(true) => Standing::in_effect(),
        Some(false) => Standing::barred("the order line is shipped in another parcel"),
        None => line.objection(action).unwrap_or(Standing::NotInEffect),
    };
    sendable(standing, || plan(action))
}
