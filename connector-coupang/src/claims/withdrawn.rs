//! From withdrawn returns to claims: `{cancelId, orderId, vendorItemIds, createdAt}`, where `cancelId` is the receipt's
//! number and `createdAt` the time of the withdrawal.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use connector_core::lenient::{Text, items, object};
use connector_core::{Claim, ClaimKind, ClaimState, Page, Record, Unread};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::orders::model::is_number;

/// The list has no word of its own for it.
const WITHDRAWN: &str = "WITHDRAWN";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireRow<'a> {
    #[serde(borrow)]
    cancel_id: Text<'a>,
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    vendor_item_ids: Option<&'a RawValue>,
}

/// A return that its buyer took back.
pub(super) struct Row {
    receipt_id: String,
    /// The order that it was of.
    pub(super) order_id: String,
    at: DateTime<Utc>,
    options: BTreeSet<String>,
    raw: Box<RawValue>,
}

/// Reads the rows of a list into `found`; the page holds those that cannot be read.
pub(super) fn page(rows: &[&RawValue], found: &mut Vec<Row>) -> Page {
    let mut page = Page::default();
    for raw in rows {
        match Row::of(raw) {
            Ok(row) => found.push(row),
            Err(reason) => page.failures.push(Unread::from(reason).failure((*raw).to_owned())),
        }
    }
    page
}

impl Row {
    /// Reads a row.
    ///
    /// # Errors
    /// What is missing in it.
    pub(super) fn of(raw: &RawValue) -> Result<Self, String> {
        let row: WireRow<'_> = object(raw)?;
        let number = |text: &Text<'_>, field: &str| {
            let found = text.word().filter(|id| is_number(id));
            found.map(str::to_owned).ok_or_else(|| format!("{field} is missing or no number"))
        };
        let options: BTreeSet<String> = items(row.vendor_item_ids, "vendorItemIds")?
            .into_iter()
            .map(|id| number(&serde_json::from_str(id.get()).unwrap_or_default(), "vendorItemIds"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            receipt_id: number(&row.cancel_id, "cancelId")?,
            order_id: number(&row.order_id, "orderId")?,
            at: row.created_at.time().ok_or("createdAt holds no time that can be read")?,
            options,
            raw: raw.to_owned(),
        })
    }

    /// The claims on those of the order's lines that the row names. A line that is shown no more has gone on to its end,
    /// and one whose parcel cannot be told stays as it was: the log says so.
    pub(super) fn claims(&self, lines: &[Record]) -> Vec<Record> {
        let mut claims = Vec::new();
        for option in &self.options {
            let mut found = lines
                .iter()
                .filter_map(Record::as_order)
                .filter(|order| order.option_id.as_ref() == Some(option));
            let (Some(line), None) = (found.next(), found.next()) else {
                let receipt = self.receipt_id.as_str();
                tracing::warn!(
                    receipt,
                    "coupang: the line of withdrawn return {receipt} is not shown, or twice"
                );
                continue;
            };
            claims.push(Record::Claim(Claim {
                claim_id: self.receipt_id.clone(),
                kind: ClaimKind::Return,
                state: ClaimState::Withdrawn,
                status: WITHDRAWN.to_owned(),
                order_id: line.order_id.clone(),
                order_group_id: Some(self.order_id.clone()),
                quantity: None,
                reason: None,
                requested_at: self.at,
                changed_at: Some(self.at),
                // The order lists show it again.
                line_state: None,
                raw: self.raw.to_owned(),
            }));
        }
        claims
    }
}
