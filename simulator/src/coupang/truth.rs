//! The truth of an account: what a complete store must hold as well.

use serde::{Deserialize, Serialize};

use super::book::{Status, line_id};
use super::claim::{Receipt, Taken};
use super::state::State;
use crate::instant::Millis;

/// One order line: an option in a box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTruth {
    /// `{shipmentBoxId}-{vendorItemId}`
    pub order_id: String,
    /// `orderId`
    pub group: u64,
    /// `shipmentBoxId`
    pub box_id: u64,
    /// `vendorItemId`
    pub vendor_item_id: u64,
    /// When it was ordered.
    pub ordered_at: Millis,
    /// When it was paid, by which lists are made.
    pub paid_at: Millis,
    /// When its box last changed.
    pub changed_at: Millis,
    /// Where its box stands, or stood when it left the lists.
    pub status: Status,
    /// Whether the lists still show its box.
    pub listed: bool,
    /// `orderPrice`, in won.
    pub amount: i64,
    /// `discountPrice`, in won: what all coupons take off it.
    pub discount: i64,
    /// `salesPrice`, in won.
    pub unit_price: i64,
    /// `shippingCount`
    pub quantity: i64,
    /// `cancelCount`
    pub cancelled: i64,
    /// `holdCountForCancel`
    pub held: i64,
    /// The carrier's code.
    pub carrier: Option<String>,
    /// The waybill's number.
    pub invoice: Option<String>,
}

/// What kind of claim it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// Of goods that never left.
    Cancel,
    /// Of goods that were sent.
    Return,
    /// For other goods.
    Exchange,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimTruth {
    /// `receiptId` or `exchangeId`
    pub claim_id: String,
    /// What it is; the platform calls what stops a shipment a return.
    pub kind: ClaimKind,
    /// `receiptStatus` or `exchangeStatus`
    pub status: String,
    /// The lines that it is about.
    pub order_ids: Vec<String>,
    /// How many goods.
    pub quantity: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub modified_at: Millis,
    /// Whether the buyer has withdrawn it: the lists of returns show it no longer.
    pub withdrawn: bool,
}

/// One option of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingTruth {
    /// `sellerProductId`
    pub seller_product_id: u64,
    /// `sellerProductItemId`
    pub seller_product_item_id: u64,
    /// `vendorItemId`, given at approval.
    pub vendor_item_id: Option<u64>,
    /// `externalVendorSku`
    pub sku: String,
    /// The product's name.
    pub name: String,
    /// The option's name.
    pub option: String,
    /// `SAVED`, `IN_REVIEW` or `APPROVED`
    pub approval: String,
    /// In won.
    pub price: i64,
    /// How many there are.
    pub stock: i64,
    /// Whether it is on sale, be there any or none.
    pub on_sale: bool,
}

impl State {
    /// Every line, by its id.
    pub(super) fn lines_truth(&self) -> Vec<LineTruth> {
        let mut truth = Vec::new();
        for parcel in self.book.parcels() {
            let order = self.book.order(parcel.order).expect("a box is of an order that is here");
            truth.extend(parcel.lines.iter().map(|line| LineTruth {
                order_id: line_id(parcel.id, line.good.vendor_item),
                group: order.id,
                box_id: parcel.id,
                vendor_item_id: line.good.vendor_item,
                ordered_at: order.ordered_at,
                paid_at: order.paid_at,
                changed_at: parcel.changed_at,
                status: parcel.status,
                listed: parcel.is_listed(),
                amount: line.price(),
                discount: line.discount(),
                unit_price: line.unit,
                quantity: line.quantity,
                cancelled: line.cancelled,
                held: line.held,
                carrier: parcel.carrier.clone(),
                invoice: parcel.invoice.clone(),
            }));
        }
        truth.sort_by(|one, other| one.order_id.cmp(&other.order_id));
        truth
    }

    /// Every claim, by its id.
    pub(super) fn claims_truth(&self) -> Vec<ClaimTruth> {
        let ids = |items: &[Taken]| items.iter().map(|item| line_id(item.parcel, item.vendor_item)).collect();
        let kind = |receipt: &Receipt| {
            if receipt.is_before_shipping() { ClaimKind::Cancel } else { ClaimKind::Return }
        };
        let receipts = self.receipts.values().map(|receipt| ClaimTruth {
            claim_id: receipt.id.to_string(),
            kind: kind(receipt),
            status: receipt.status.name().to_owned(),
            order_ids: ids(&receipt.items),
            quantity: receipt.count(),
            created_at: receipt.created_at,
            modified_at: receipt.modified_at,
            withdrawn: receipt.withdrawn_at.is_some(),
        });
        let exchanges = self.exchanges.values().map(|exchange| ClaimTruth {
            claim_id: exchange.id.to_string(),
            kind: ClaimKind::Exchange,
            status: exchange.status.name().to_owned(),
            order_ids: ids(std::slice::from_ref(&exchange.item)),
            quantity: exchange.item.count,
            created_at: exchange.created_at,
            modified_at: exchange.modified_at,
            withdrawn: exchange.status == super::claim::ExchangeStatus::Cancel,
        });
        let mut truth: Vec<ClaimTruth> = receipts.chain(exchanges).collect();
        truth.sort_by(|one, other| one.claim_id.cmp(&other.claim_id));
        truth
    }

    /// Every option of every product.
    pub(super) fn listings_truth(&self) -> Vec<ListingTruth> {
        let products = self.shelf.products.values();
        products
            .flat_map(|product| {
                product.choices.iter().map(|choice| ListingTruth {
                    seller_product_id: product.id,
                    seller_product_item_id: choice.item_id,
                    vendor_item_id: choice.vendor_item,
                    sku: choice.sku.clone(),
                    name: product.name().to_owned(),
                    option: choice.name.clone(),
                    approval: product.approval.name().to_owned(),
                    price: choice.price,
                    stock: choice.stock,
                    on_sale: choice.on_sale,
                })
            })
            .collect()
    }
}
