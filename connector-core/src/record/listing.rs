//! Listings: what is on sale at a platform, one for each option that a buyer can choose.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Where a listing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingState {
    /// Not handed in yet, or being looked at by the platform.
    Pending,
    /// Buyers can buy it.
    OnSale,
    /// It is shown and nothing is left.
    SoldOut,
    /// The seller has stopped its sale.
    Stopped,
    /// The platform has refused or forbidden it.
    Rejected,
    /// Its sale is over, or it is deleted.
    Ended,
    /// The platform says something we do not know; its own word stands in `status`.
    Unknown,
}

impl ListingState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::OnSale,
        Self::SoldOut,
        Self::Stopped,
        Self::Rejected,
        Self::Ended,
        Self::Unknown,
    ];

    /// The state's stable name, as stored and printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::OnSale => "on_sale",
            Self::SoldOut => "sold_out",
            Self::Stopped => "stopped",
            Self::Rejected => "rejected",
            Self::Ended => "ended",
            Self::Unknown => "unknown",
        }
    }

    /// The state of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One option on sale at a platform; a product without options is one listing.
#[derive(Clone)]
pub struct Listing {
    /// The platform's id of the product as a whole.
    pub listing_id: String,
    /// The platform's id of the option, by which stock is set; empty where the product has none.
    pub option_id: String,
    /// The id by which order lines name the product, where it is another than `listing_id`; `None` also where the answer
    /// at hand does not tell it.
    pub sold_as: Option<String>,
    /// The seller's own code of the option, else of the product.
    pub seller_code: Option<String>,
    /// The product's name.
    pub name: String,
    /// The option, for people.
    pub option_name: Option<String>,
    /// Price of one piece, in won, option surcharge included; `None` where the list does not tell.
    pub price: Option<i64>,
    /// Pieces left; `None` where the list does not tell.
    pub stock: Option<i64>,
    /// Where it stands, in our words.
    pub state: ListingState,
    /// The platform's own word for that, verbatim.
    pub status: String,
    /// The platform's own object, byte for byte.
    pub raw: Box<RawValue>,
}

/// Shows ids, price and stock.
impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("listing_id", &self.listing_id)
            .field("option_id", &self.option_id)
            .field("seller_code", &self.seller_code)
            .field("price", &self.price)
            .field("stock", &self.stock)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
