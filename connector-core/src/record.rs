//! The domain's types: what connectors read and storage keeps.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::time::kst_midnight;

mod claim;
mod listing;
mod recipient;
mod settlement;

pub use claim::{Claim, ClaimKind, ClaimState};
pub use listing::{Listing, ListingState};
pub use recipient::{Recipient, RecipientFields};
pub use settlement::{Settlement, SettlementKind, Twins};

/// Where an order line stands, in words that hold for every platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Ordered, not yet paid.
    PaymentWaiting,
    /// Paid, not yet confirmed by the seller.
    Paid,
    /// Confirmed by the seller, not yet shipped.
    Preparing,
    /// Handed to the carrier.
    Shipped,
    /// Delivered to the buyer.
    Delivered,
    /// The buyer accepted the purchase, or the deadline did it for them.
    Decided,
    /// The buyer asks to cancel.
    CancelRequested,
    /// Cancelled, paid or not.
    Cancelled,
    /// A return is open.
    ReturnRequested,
    /// Returned.
    Returned,
    /// An exchange is open.
    ExchangeRequested,
    /// Exchanged.
    Exchanged,
    /// The platform says something we do not know; its own word stands in `status`.
    Unknown,
}

impl OrderState {
    /// All states, in the order of an order's life.
    pub const ALL: [Self; 13] = [
        Self::PaymentWaiting,
        Self::Paid,
        Self::Preparing,
        Self::Shipped,
        Self::Delivered,
        Self::Decided,
        Self::CancelRequested,
        Self::Cancelled,
        Self::ReturnRequested,
        Self::Returned,
        Self::ExchangeRequested,
        Self::Exchanged,
        Self::Unknown,
    ];

    /// The state's stable name, as stored and printed: `payment_waiting`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaymentWaiting => "payment_waiting",
            Self::Paid => "paid",
            Self::Preparing => "preparing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Decided => "decided",
            Self::CancelRequested => "cancel_requested",
            Self::Cancelled => "cancelled",
            Self::ReturnRequested => "return_requested",
            Self::Returned => "returned",
            Self::ExchangeRequested => "exchange_requested",
            Self::Exchanged => "exchanged",
            Self::Unknown => "unknown",
        }
    }

    /// The state of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What [`Order::order_place_name`] begins with when another market sold the line and the platform only relays it. The
/// market's own connector brings such a line as well: whoever adds up over connectors leaves these out.
pub const RELAYED: &str = "market: ";

/// One order line.
///
/// `Debug` shows the key and the states only: the raw object holds buyers' personal data.
#[derive(Clone)]
pub struct Order {
    /// The platform's id of the line; unique within one connector.
    pub order_id: String,
    /// The platform's id of the payment that this line belongs to.
    pub order_group_id: Option<String>,
    /// When it was ordered.
    pub ordered_at: DateTime<Utc>,
    /// The platform's own status word, verbatim.
    pub status: String,
    /// The same in our words.
    pub state: OrderState,
    /// What the buyer pays for this line, in won.
    pub amount: i64,
    /// Where the buyer came from: the platform's code.
    pub order_place_id: Option<String>,
    /// Where the buyer came from: for people.
    pub order_place_name: Option<String>,
    /// The platform's product (listing) id.
    pub product_id: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The platform's id of the chosen option.
    pub option_id: Option<String>,
    /// The chosen option, for people.
    pub option_name: Option<String>,
    /// The seller's own code of product or option.
    pub seller_code: Option<String>,
    /// Pieces that are still to be delivered.
    pub quantity: Option<i64>,
    /// Price of one piece, in won.
    pub unit_price: Option<i64>,
    /// When the platform last changed this line, as far as it says.
    pub changed_at: Option<DateTime<Utc>>,
    /// Claims that the platform tells with the line; empty where they are a stream of their own.
    pub claims: Vec<Claim>,
    /// The platform's own object, byte for byte.
    pub raw: Box<RawValue>,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("order_id", &self.order_id)
            .field("ordered_at", &self.ordered_at)
            .field("status", &self.status)
            .field("state", &self.state)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// One day's figures of a shop, a product or a referring domain.
#[derive(Clone, Debug)]
pub struct Metric {
    /// The Korean day.
    pub date: NaiveDate,
    /// `store`, `product` or `domain`.
    pub entity_type: &'static str,
    /// Mall id, product number or domain.
    pub entity_id: String,
    /// The mall's shop; 1 where it has one.
    pub shop_no: i64,
    /// Visits.
    pub impressions: Option<i64>,
    /// Page views or referred visits.
    pub clicks: Option<i64>,
    /// Orders.
    pub conversions: Option<i64>,
    /// Sales, in won.
    pub conversion_value: Option<i64>,
    /// The platform's own row.
    pub raw: Box<RawValue>,
}

/// Something read from a platform.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Record {
    /// An order line.
    Order(Order),
    /// A day's figures.
    Metric(Metric),
    /// A claim on an order line.
    Claim(Claim),
    /// A row of a settlement.
    Settlement(Settlement),
    /// An option on sale.
    Listing(Listing),
}

impl Record {
    /// What makes the record unique within its connector and stream.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Order(order) => order.order_id.clone(),
            Self::Metric(m) => format!("{}/{}/{}/{}", m.date, m.entity_type, m.entity_id, m.shop_no),
            Self::Claim(claim) => format!("{}/{}", claim.claim_id, claim.order_id),
            Self::Settlement(settlement) => settlement.settlement_id.clone(),
            Self::Listing(listing) => format!("{}/{}", listing.listing_id, listing.option_id),
        }
    }

    /// The instant that dates the record: when a line was ordered or a claim was made, the beginning of a figure's or a
    /// settlement's Korean day. `None` for what has no date.
    #[must_use]
    pub fn dated(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Order(order) => Some(order.ordered_at),
            Self::Metric(metric) => Some(kst_midnight(metric.date)),
            Self::Claim(claim) => Some(claim.requested_at),
            Self::Settlement(settlement) => Some(kst_midnight(settlement.recognized_on)),
            Self::Listing(_) => None,
        }
    }

    /// When the platform last changed it, as far as it says.
    #[must_use]
    pub fn changed_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Order(order) => order.changed_at,
            Self::Claim(claim) => claim.changed_at,
            Self::Metric(_) | Self::Settlement(_) | Self::Listing(_) => None,
        }
    }

    /// The order line, where it is one.
    #[must_use]
    pub fn as_order(&self) -> Option<&Order> {
        match self {
            Self::Order(order) => Some(order),
            _ => None,
        }
    }

    /// The platform's word for where the record stands, where that is one we do not know.
    #[must_use]
    pub fn unknown_word(&self) -> Option<&str> {
        match self {
            Self::Order(order) if order.state == OrderState::Unknown => {
                let claim = order.claims.iter().find(|claim| claim.state == ClaimState::Unknown);
                Some(claim.map_or(&order.status, |claim| &claim.status))
            }
            Self::Claim(claim) if claim.state == ClaimState::Unknown => Some(&claim.status),
            Self::Listing(listing) if listing.state == ListingState::Unknown => Some(&listing.status),
            _ => None,
        }
    }

    /// The platform's own object.
    #[must_use]
    pub fn raw(&self) -> &RawValue {
        match self {
            Self::Order(order) => &order.raw,
            Self::Metric(metric) => &metric.raw,
            Self::Claim(claim) => &claim.raw,
            Self::Settlement(settlement) => &settlement.raw,
            Self::Listing(listing) => &listing.raw,
        }
    }
}

/// A row that the platform sent and we could not read: named, kept, and read again by later runs.
#[derive(Clone)]
pub struct Failure {
    /// The row's key, where it could be made out.
    pub key: Option<String>,
    /// What is wrong with it, by field name, without any content.
    pub reason: String,
    /// The platform's own object.
    pub raw: Option<Box<RawValue>>,
}

/// Shows key and reason; the raw object holds personal data.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("key", &self.key)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// Why a row could not be read, and its key where it could be made out. A reason alone is one without a key, so that `?` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The row's key.
    pub key: Option<String>,
    /// What is wrong with it, by field name, without any content.
    pub reason: String,
}

impl Unread {
    /// Makes a reason that of a row with this key: `.map_err(Unread::of(&key))`.
    pub fn of(key: &str) -> impl Fn(String) -> Self {
        move |reason| Self { key: Some(key.to_owned()), reason }
    }

    /// The failure that is kept, with the platform's own object.
    #[must_use]
    pub fn failure(self, raw: Box<RawValue>) -> Failure {
        Failure { key: self.key, reason: self.reason, raw: Some(raw) }
    }
}

impl From<String> for Unread {
    fn from(reason: String) -> Self {
        Self { key: None, reason }
    }
}

impl From<&str> for Unread {
    fn from(reason: &str) -> Self {
        reason.to_owned().into()
    }
}

/// A line of a change feed: which record changed, and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// The record's key.
    pub key: String,
    /// When the platform says it changed.
    pub at: DateTime<Utc>,
    /// The platform's word for where it stands now, where its list holds nothing else. A record may come back to such a list
    /// long after the time that it tells; stored with another word, it is asked for whatever the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}
