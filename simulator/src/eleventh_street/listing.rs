//! Products and their options.

use serde::{Deserialize, Serialize};

use super::request::Element;
use crate::instant::Millis;

/// A product.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) seller_code: String,
    pub(super) category: String,
    pub(super) price: i64,
    pub(super) price_before: Option<i64>,
    /// Whether the seller has taken it down.
    pub(super) is_stopped: bool,
    pub(super) options: Vec<StockOption>,
    pub(super) created_at: Millis,
    pub(super) changed_at: Millis,
    /// As it was registered; empty for those of the beginning.
    pub(super) posted: Element,
}

/// An option; a product without options has one of no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StockOption {
    pub(super) number: String,
    pub(super) title: String,
    pub(super) value: String,
    pub(super) code: String,
    pub(super) extra: i64,
    pub(super) left: i64,
    pub(super) sold: i64,
    pub(super) weight: i64,
    pub(super) is_used: bool,
}

impl Listing {
    /// `selStatCd` and its word.
    pub(super) fn status(&self) -> (&'static str, &'static str) {
        let is_sold_out = self.options.iter().all(|option| option.left == 0 || !option.is_used);
        match (self.is_stopped, is_sold_out) {
            (true, _) => ("105", "전시중지"),
            (false, true) => ("104", "품절"),
            (false, false) => ("103", "판매중"),
        }
    }
}

/// What the platform holds of one option of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingTruth {
    /// `prdNo`
    pub listing_id: String,
    /// `prdStckNo`
    pub option_id: String,
    /// `prdNm`
    pub name: String,
    /// `sellerPrdCd`
    pub seller_code: String,
    /// `sellerStockCd`
    pub seller_option_code: String,
    /// `mixDtlOptNm`
    pub option: String,
    /// `selPrc`, in won.
    pub price: i64,
    /// `addPrc`, in won.
    pub option_price: i64,
    /// `stckQty`
    pub stock: i64,
    /// `selQty`
    pub sold: i64,
    /// `selStatCd` of the product.
    pub status: String,
    /// Whether it can be bought.
    pub on_sale: bool,
}

/// What is settled for a decided purchase, in won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementTruth {
    /// `{ordNo}-{ordPrdSeq}`
    pub order_id: String,
    /// When the purchase was decided, in milliseconds since 1970.
    pub decided_at: Millis,
    /// `selPrcAmt`
    pub amount: i64,
    /// `selFee`
    pub fee: i64,
    /// `deductAmt`
    pub deducted: i64,
    /// `stlAmt`
    pub settled: i64,
}
