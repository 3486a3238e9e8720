//! What is to be done to one thing.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::CommandName;
use crate::record::{ClaimKind, OrderState};

/// What is to be done to one thing. Serialized it is an intent's body: it names its target and holds no buyer's data, since
/// the platform's own objects are left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Action {
    /// See [`CommandName::Confirm`].
    Confirm {
        /// The order line.
        line: Line,
    },
    /// See [`CommandName::Ship`].
    Ship {
        /// The order line.
        line: Line,
        /// The parcel.
        parcel: Parcel,
        /// How many pieces are in it, where others follow in another; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<i64>,
    },
    /// See [`CommandName::Cancel`].
    Cancel {
        /// The order line.
        line: Line,
        /// Why.
        reason: CancelReason,
        /// What the buyer is told, where the platform takes a text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// How many pieces; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<i64>,
    },
    /// See [`CommandName::ApproveClaim`].
    ApproveClaim {
        /// The claim.
        claim: OfClaim,
        /// The parcel with the exchanged goods, where approving means sending them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parcel: Option<Parcel>,
    },
    /// See [`CommandName::RejectClaim`].
    RejectClaim {
        /// The claim.
        claim: OfClaim,
        /// What the buyer is told.
        reason: String,
        /// The parcel that is on its way already, where the platform wants to know it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parcel: Option<Parcel>,
    },
    /// See [`CommandName::HoldClaim`].
    HoldClaim {
        /// The claim.
        claim: OfClaim,
        /// What the buyer is told.
        reason: String,
    },
    /// See [`CommandName::SetStock`].
    SetStock {
        /// The option.
        listing: OfListing,
        /// Pieces left, not negative.
        stock: i64,
    },
    /// See [`CommandName::SetPrice`].
    SetPrice {
        /// The option or product.
        listing: OfListing,
        /// Won for a piece.
        price: i64,
    },
    /// See [`CommandName::StopSale`].
    StopSale {
        /// The option or product.
        listing: OfListing,
    },
    /// See [`CommandName::ResumeSale`].
    ResumeSale {
        /// The option or product.
        listing: OfListing,
    },
    /// See [`CommandName::CreateListing`].
    CreateListing {
        /// The product.
        draft: Draft,
    },
    /// See [`CommandName::UpdateListing`].
    UpdateListing {
        /// The product.
        listing: OfListing,
        /// What it is to be.
        draft: Draft,
    },
}

/// An order line that something is done to.
#[derive(Clone, Serialize, Deserialize)]
pub struct Line {
    /// [`crate::Order::order_id`].
    pub order_id: String,
    /// The platform's id of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_group_id: Option<String>,
    /// Pieces that are still to be delivered, as last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    /// Its state when we last looked.
    pub state: OrderState,
    /// The platform's own object, as last seen: what a call must name and our columns do not hold stands in it.
    #[serde(skip)]
    pub raw: Option<Box<RawValue>>,
}

/// Shows the key and the state: the raw object holds personal data.
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("order_id", &self.order_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A claim that something is done to.
#[derive(Clone, Serialize, Deserialize)]
pub struct OfClaim {
    /// [`crate::record::Claim::claim_id`].
    pub claim_id: String,
    /// What is asked for.
    pub kind: ClaimKind,
    /// The order line.
    pub order_id: String,
    /// The platform's id of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_group_id: Option<String>,
    /// How many pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    /// The platform's own object, as last seen.
    #[serde(skip)]
    pub raw: Option<Box<RawValue>>,
}

/// Shows ids: the raw object holds personal data.
impl fmt::Debug for OfClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfClaim")
            .field("claim_id", &self.claim_id)
            .field("kind", &self.kind)
            .field("order_id", &self.order_id)
            .finish_non_exhaustive()
    }
}

/// A listing that something is done to.
#[derive(Clone, Serialize, Deserialize)]
pub struct OfListing {
    /// [`crate::record::Listing::listing_id`].
    pub listing_id: String,
    /// [`crate::record::Listing::option_id`]; empty where the product has no options.
    pub option_id: String,
    /// The platform's own object, as last seen.
    #[serde(skip)]
    pub raw: Option<Box<RawValue>>,
}

/// Shows ids.
impl fmt::Debug for OfListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfListing({}/{})", self.listing_id, self.option_id)
    }
}

/// A parcel on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// How it travels.
    pub method: ShippingMethod,
    /// The carrier, by its neutral code: see [`crate::carrier`]. `None` where the method needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The carrier's number of the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// When it was handed over.
    pub sent_at: DateTime<Utc>,
}

/// How a parcel travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShippingMethod {
    /// With a parcel service.
    #[default]
    Parcel,
    /// With the seller's own car or a freight company.
    Direct,
    /// With a courier, the same day.
    Quick,
    /// The buyer fetches it.
    Visit,
    /// Nothing is sent, as for a coupon.
    Nothing,
}

/// Why the seller cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Nothing is left.
    SoldOut,
    /// It would come too late.
    Delayed,
    /// The listing's price was wrong.
    WrongPrice,
    /// The listing told something wrong.
    WrongInformation,
    /// The buyer has changed their mind.
    BuyerChangedMind,
    /// The address cannot be delivered to.
    WrongAddress,
}

impl CancelReason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::SoldOut,
        Self::Delayed,
        Self::WrongPrice,
        Self::WrongInformation,
        Self::BuyerChangedMind,
        Self::WrongAddress,
    ];

    /// The reason's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SoldOut => "sold_out",
            Self::Delayed => "delayed",
            Self::WrongPrice => "wrong_price",
            Self::WrongInformation => "wrong_information",
            Self::BuyerChangedMind => "buyer_changed_mind",
            Self::WrongAddress => "wrong_address",
        }
    }

    /// The reason of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A product to put on sale.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// The seller's own code; by it the product is found again when an answer is lost, so it must be the seller's only one.
    pub seller_code: String,
    /// The product's name.
    pub name: String,
    /// Won for a piece.
    pub price: i64,
    /// Pieces at first.
    pub stock: i64,
    /// The platform's own product object, into which the fields above are put: what platforms want beyond them (category,
    /// notices, delivery) is theirs alone. An empty object where nothing is given.
    #[serde(default)]
    pub platform: serde_json::Map<String, serde_json::Value>,
    /// What buyers are shown of it, in no platform's words. Put into the platform's object where that says nothing of it.
    #[serde(default, skip_serializing_if = "Content::is_empty")]
    pub content: Content,
}

/// What buyers are shown of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// What it is, in the seller's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The brand's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Addresses of its pictures; the first is shown first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Won that the buyer pays for delivery; 0 where it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_fee: Option<i64>,
}

impl Content {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Action {
    /// What it is.
    #[must_use]
    pub fn name(&self) -> CommandName {
        match self {
            Self::Confirm { .. } => CommandName::Confirm,
            Self::Ship { .. } => CommandName::Ship,
            Self::Cancel { .. } => CommandName::Cancel,
            Self::ApproveClaim { .. } => CommandName::ApproveClaim,
            Self::RejectClaim { .. } => CommandName::RejectClaim,
            Self::HoldClaim { .. } => CommandName::HoldClaim,
            Self::SetStock { .. } => CommandName::SetStock,
            Self::SetPrice { .. } => CommandName::SetPrice,
            Self::StopSale { .. } => CommandName::StopSale,
            Self::ResumeSale { .. } => CommandName::ResumeSale,
            Self::CreateListing { .. } => CommandName::CreateListing,
            Self::UpdateListing { .. } => CommandName::UpdateListing,
        }
    }

    /// What it is done to: an order line, a claim, a listing, or for a new product the seller's code.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Confirm { line } | Self::Ship { line, .. } | Self::Cancel { line, .. } => {
                line.order_id.clone()
            }
            Self::ApproveClaim { claim, .. }
            | Self::RejectClaim { claim, .. }
            | Self::HoldClaim { claim, .. } => format!("{}/{}", claim.claim_id, claim.order_id),
            Self::SetStock { listing, .. }
            | Self::SetPrice { listing, .. }
            | Self::StopSale { listing }
            | Self::ResumeSale { listing }
            | Self::UpdateListing { listing, .. } => format!("{}/{}", listing.listing_id, listing.option_id),
            Self::CreateListing { draft } => draft.seller_code.clone(),
        }
    }

    /// The order line, for what is done to one.
    #[must_use]
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Confirm { line } | Self::Ship { line, .. } | Self::Cancel { line, .. } => Some(line),
            _ => None,
        }
    }

    /// The claim, for what is done to one.
    #[must_use]
    pub fn claim(&self) -> Option<&OfClaim> {
        match self {
            Self::ApproveClaim { claim, .. }
            | Self::RejectClaim { claim, .. }
            | Self::HoldClaim { claim, .. } => Some(claim),
            _ => None,
        }
    }

    /// The listing, for what is done to one that is there.
    #[must_use]
    pub fn listing(&self) -> Option<&OfListing> {
        match self {
            Self::SetStock { listing, .. }
            | Self::SetPrice { listing, .. }
            | Self::StopSale { listing }
            | Self::ResumeSale { listing }
            | Self::UpdateListing { listing, .. } => Some(listing),
            _ => None,
        }
    }

    /// The platform's own object of the target, as last seen.
    #[must_use]
    pub fn raw(&self) -> Option<&RawValue> {
        let line = self.line().and_then(|line| line.raw.as_deref());
        let claim = self.claim().and_then(|claim| claim.raw.as_deref());
        line.or(claim).or_else(|| self.listing()?.raw.as_deref())
    }

    /// Gives the target the platform's own object as last seen; does nothing where there is no target yet.
    pub fn set_raw(&mut self, raw: Box<RawValue>) {
        match self {
            Self::Confirm { line } | Self::Ship { line, .. } | Self::Cancel { line, .. } => {
                line.raw = Some(raw)
            }
            Self::ApproveClaim { claim, .. }
            | Self::RejectClaim { claim, .. }
            | Self::HoldClaim { claim, .. } => claim.raw = Some(raw),
            Self::SetStock { listing, .. }
            | Self::SetPrice { listing, .. }
            | Self::StopSale { listing }
            | Self::ResumeSale { listing }
            | Self::UpdateListing { listing, .. } => listing.raw = Some(raw),
            Self::CreateListing { .. } => {}
        }
    }
}
