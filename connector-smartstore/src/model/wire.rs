//! The shapes of the answers, with only the fields that are read: whatever else there is passes.

use serde::Deserialize;
use serde_json::value::RawValue;

use connector_core::lenient::{Object, Text, Whole};

/// An answer of the order API: `data` is left out where there is nothing to tell.
#[derive(Deserialize)]
pub(super) struct Answer<T> {
    pub(super) data: Option<T>,
}

#[derive(Deserialize)]
pub(super) struct FeedData<'a> {
    #[serde(borrow, rename = "lastChangeStatuses")]
    pub(super) rows: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    pub(super) count: Whole,
    // Inside `data`, where the documentation puts it; a client that looks beside it stops after one page.
    #[serde(borrow)]
    pub(super) more: Option<Object<More<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct More<'a> {
    #[serde(borrow)]
    pub(super) more_from: Text<'a>,
    #[serde(borrow)]
    pub(super) more_sequence: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FeedRow<'a> {
    #[serde(borrow)]
    pub(super) product_order_id: Text<'a>,
    #[serde(borrow)]
    pub(super) last_changed_date: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct ListData<'a> {
    #[serde(borrow)]
    pub(super) contents: Option<Vec<&'a RawValue>>,
    pub(super) pagination: Option<Object<Pagination>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    pub(super) has_next: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ListRow<'a> {
    #[serde(borrow)]
    pub(super) product_order_id: Text<'a>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Element<'a> {
    #[serde(borrow)]
    pub(super) order: Option<Object<OrderPart<'a>>>,
    #[serde(borrow)]
    pub(super) product_order: Option<Object<ProductOrder<'a>>>,
    #[serde(borrow)]
    pub(super) current_claim: Option<Object<Claims<'a>>>,
    #[serde(borrow)]
    pub(super) before_claim: Option<Object<Claims<'a>>>,
    #[serde(borrow)]
    pub(super) completed_claims: Option<Vec<&'a RawValue>>,
    // Deprecated twins of `currentClaim.*`, still sent by some answers.
    #[serde(borrow)]
    pub(super) cancel: Option<&'a RawValue>,
    #[serde(borrow, rename = "return")]
    pub(super) returning: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) exchange: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrderPart<'a> {
    #[serde(borrow)]
    pub(super) order_id: Text<'a>,
    #[serde(borrow)]
    pub(super) order_date: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProductOrder<'a> {
    #[serde(borrow)]
    pub(super) product_order_id: Text<'a>,
    #[serde(borrow)]
    pub(super) order_id: Text<'a>,
    #[serde(borrow)]
    pub(super) order_date: Text<'a>,
    #[serde(borrow)]
    pub(super) place_order_date: Text<'a>,
    #[serde(borrow)]
    pub(super) decision_date: Text<'a>,
    #[serde(borrow)]
    pub(super) last_changed_date: Text<'a>,
    #[serde(borrow)]
    pub(super) product_order_status: Text<'a>,
    #[serde(borrow)]
    pub(super) place_order_status: Text<'a>,
    #[serde(borrow)]
    pub(super) claim_type: Text<'a>,
    #[serde(borrow)]
    pub(super) claim_status: Text<'a>,
    pub(super) total_payment_amount: Whole,
    #[serde(borrow)]
    pub(super) order_place_id: Text<'a>,
    #[serde(borrow)]
    pub(super) order_place_name: Text<'a>,
    #[serde(borrow)]
    pub(super) inflow_path: Text<'a>,
    #[serde(borrow)]
    pub(super) inflow_path_add: Text<'a>,
    #[serde(borrow)]
    pub(super) product_id: Text<'a>,
    #[serde(borrow)]
    pub(super) product_name: Text<'a>,
    #[serde(borrow)]
    pub(super) option_code: Text<'a>,
    #[serde(borrow)]
    pub(super) item_no: Text<'a>,
    #[serde(borrow)]
    pub(super) product_option: Text<'a>,
    #[serde(borrow)]
    pub(super) option_manage_code: Text<'a>,
    #[serde(borrow)]
    pub(super) seller_product_code: Text<'a>,
    pub(super) remain_quantity: Whole,
    pub(super) quantity: Whole,
    pub(super) unit_price: Whole,
}

/// Claims as they stand: most lines have none, so they are read only where there are some.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Claims<'a> {
    #[serde(borrow)]
    pub(super) cancel: Option<&'a RawValue>,
    #[serde(borrow, rename = "return")]
    pub(super) returning: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) exchange: Option<&'a RawValue>,
}

/// One claim; each kind has its own name for the reason, and finished ones tell their kind.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Claim<'a> {
    #[serde(borrow)]
    pub(super) claim_id: Text<'a>,
    #[serde(borrow)]
    pub(super) claim_type: Text<'a>,
    #[serde(borrow)]
    pub(super) claim_status: Text<'a>,
    #[serde(borrow)]
    pub(super) claim_request_date: Text<'a>,
    pub(super) request_quantity: Whole,
    #[serde(borrow)]
    pub(super) cancel_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) return_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) exchange_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) claim_request_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) holdback_status: Text<'a>,
}

/// What is left to read of an element that is broken elsewhere.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ElementKey<'a> {
    #[serde(borrow)]
    pub(super) product_order: Object<Key<'a>>,
}

/// A row's key alone.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Key<'a> {
    #[serde(borrow)]
    pub(super) product_order_id: Text<'a>,
}
