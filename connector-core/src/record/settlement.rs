//! Settlements: what the platform pays for, and what it keeps.

use std::collections::{HashMap, HashSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a settlement row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementKind {
    /// A sale.
    Sale,
    /// A sale taken back.
    Refund,
    /// A delivery fee.
    Delivery,
    /// Something else; the platform's own word stands in the raw row.
    Other,
}

impl SettlementKind {
    /// The kind's stable name, as stored and printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::Delivery => "delivery",
            Self::Other => "other",
        }
    }
}

/// One row of a platform's settlement. Amounts are whole won; what the seller pays is negative.
#[derive(Clone)]
pub struct Settlement {
    /// What makes the row unique within one connector.
    pub settlement_id: String,
    /// What it is about.
    pub kind: SettlementKind,
    /// The Korean day on which the platform recognised the revenue.
    pub recognized_on: NaiveDate,
    /// The Korean day on which it pays, where it says so.
    pub paid_on: Option<NaiveDate>,
    /// The payment that it belongs to.
    pub order_group_id: Option<String>,
    /// The order line, by [`super::Order::order_id`], where the row names one.
    pub order_id: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// What the buyer paid.
    pub sale_amount: i64,
    /// What the platform keeps, taxes included; positive where it keeps something.
    pub fee: i64,
    /// What the seller gets.
    pub amount: i64,
    /// The platform's own row, byte for byte.
    pub raw: Box<RawValue>,
}

/// Tells the rows of a page apart where the platform gives none of them an id: what they say makes one, and rows that differ may
/// say the same of it, as two refunds of one item on one day.
#[derive(Debug, Default)]
pub struct Twins {
    rows: HashSet<String>,
    ids: HashMap<String, usize>,
}

impl Twins {
    /// Whether this row, whole as it was sent, has not been there before: one that is sent twice is one.
    pub fn is_new(&mut self, row: &str) -> bool {
        self.rows.insert(row.to_owned())
    }

    /// Makes the id another one where an earlier settlement bears it: `ID/2`, `ID/3`.
    pub fn number(&mut self, settlement: &mut Settlement) {
        let count = self.ids.entry(settlement.settlement_id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            settlement.settlement_id = format!("{}/{count}", settlement.settlement_id);
        }
    }
}

/// Shows key and amounts.
impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settlement")
            .field("settlement_id", &self.settlement_id)
            .field("kind", &self.kind)
            .field("recognized_on", &self.recognized_on)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}
