//! Product orders as they stand just now.

use std::collections::HashMap;

use connector_core::command::moves;
use connector_core::http::Client;
use connector_core::lenient::{Object, Text, Whole};
use connector_core::{Action, Claim, Command, Finding, Order, Record, Result, Standing, Wanted};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model;
use crate::orders::details_request;

/// An order line that was just read, with what commands need beyond the record.
pub(super) struct Fresh<'a> {
    pub(super) order: &'a Order,
    pub(super) parts: Parts<'a>,
}

/// What stands in a product order's own object.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Parts<'a> {
    #[serde(borrow)]
    pub(super) product_order: Object<ProductOrder<'a>>,
    #[serde(borrow)]
    pub(super) delivery: Option<Object<Delivery<'a>>>,
    #[serde(borrow)]
    current_claim: Option<&'a RawValue>,
    #[serde(borrow)]
    completed_claims: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProductOrder<'a> {
    #[serde(borrow)]
    pub(super) place_order_status: Text<'a>,
    #[serde(borrow)]
    pub(super) product_class: Text<'a>,
    pub(super) remain_quantity: Whole,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Delivery<'a> {
    #[serde(borrow)]
    pub(super) delivery_method: Text<'a>,
    #[serde(borrow)]
    pub(super) delivery_company: Text<'a>,
    #[serde(borrow)]
    pub(super) tracking_number: Text<'a>,
}

impl<'a> Parts<'a> {
    /// Of a product order's own object; nothing where it cannot be read.
    pub(super) fn of(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str::<Object<Self>>(raw.get()).ok().map(|parts| parts.0)
    }

    /// Whether the object tells of a claim of that id.
    pub(super) fn tells_of(&self, claim: &Claim) -> bool {
        [self.current_claim, self.completed_claims]
            .into_iter()
            .flatten()
            .any(|told| told.get().contains(&format!("\"{}\"", claim.claim_id)))
    }
}

impl Fresh<'_> {
    /// What the state speaks against a command, as a standing; `None` where it does not.
    pub(super) fn objection(&self, action: &Action) -> Option<Standing> {
        moves(action.name())?.objection(self.order.state).map(Standing::barred)
    }

    /// The claim of that id.
    pub(super) fn claim(&self, id: &str) -> Option<&Claim> {
        self.order.claims.iter().find(|claim| claim.claim_id == id)
    }
}

/// The id of the product order that an action is about.
fn id(action: &Action) -> Option<&str> {
    let line = action.line().map(|line| line.order_id.as_str());
    line.or_else(|| action.claim().map(|claim| claim.order_id.as_str()))
}

/// Reads the product orders of a command in one call and judges each action by its own.
pub(super) async fn look(
    http: &Client,
    command: &Command,
    judge: impl Fn(&Action, &Fresh<'_>) -> Standing,
) -> Result<Vec<Finding>> {
    let mut ids: Vec<&str> = command.actions.iter().filter_map(id).collect();
    ids.sort_unstable();
    ids.dedup();
    let call = details_request(&ids)?;
    let operation = call.operation;
    let response = http.send(call).await?;
    let wanted: Vec<Wanted> =
        ids.iter().map(|id| Wanted { key: (*id).to_owned(), changed_at: None }).collect();
    let fetched = model::details(&response, &wanted).map_err(|error| error.in_operation(operation))?;
    let orders: HashMap<&str, &Order> = fetched
        .records
        .iter()
        .filter_map(Record::as_order)
        .map(|order| (order.order_id.as_str(), order))
        .collect();
    let finding = |action: &Action| {
        let key = id(action);
        let Some(order) = key.and_then(|key| orders.get(key)) else {
            let failed = fetched.failures.iter().find(|failure| failure.key.as_deref() == key);
            let reason = failed.map_or_else(
                || "the platform does not show the product order".to_owned(),
                |failure| format!("the product order cannot be read: {}", failure.reason),
            );
            return Finding::bare(Standing::Unclear { reason });
        };
        let standing = match Parts::of(&order.raw) {
            Some(parts) => judge(action, &Fresh { order, parts }),
            None => Standing::Unclear { reason: "the product order is of another shape".to_owned() },
        };
        Finding { standing, records: vec![Record::Order((*order).clone())] }
    };
    Ok(command.actions.iter().map(finding).collect())
}
