//! Orders and their boxes, and the lists that the platform makes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::instant::Millis;

/// Where a box stands (<https://developers.coupangcorp.com/hc/ko/articles/360033919573>). There is no word for one that
/// was cancelled or returned: it is in no list any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Paid; the buyer may still change the address, or cancel at once.
    Accept,
    /// The seller has acknowledged it.
    Instruct,
    /// A waybill is registered.
    Departure,
    /// The carrier has it.
    Delivering,
    /// It has arrived.
    FinalDelivery,
    /// The seller brings it, and nobody tracks it.
    NoneTracking,
}

impl Status {
    /// Every status, in the order in which a box takes them.
    pub const ALL: [Self; 6] = [
        Self::Accept,
        Self::Instruct,
        Self::Departure,
        Self::Delivering,
        Self::FinalDelivery,
        Self::NoneTracking,
    ];

    /// The platform's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Instruct => "INSTRUCT",
            Self::Departure => "DEPARTURE",
            Self::Delivering => "DELIVERING",
            Self::FinalDelivery => "FINAL_DELIVERY",
            Self::NoneTracking => "NONE_TRACKING",
        }
    }

    /// The same for people.
    #[must_use]
    pub fn korean(self) -> &'static str {
        match self {
            Self::Accept => "결제완료",
            Self::Instruct => "상품준비중",
            Self::Departure => "배송지시",
            Self::Delivering => "배송중",
            Self::FinalDelivery => "배송완료",
            Self::NoneTracking => "업체 직접 배송",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether it has left the seller.
    #[must_use]
    pub fn is_shipped(self) -> bool {
        !matches!(self, Self::Accept | Self::Instruct)
    }
}

/// An option as it was sold.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) vendor_item: u64,
    pub(super) product: u64,
    pub(super) seller_product: u64,
    pub(super) product_name: String,
    pub(super) option_name: String,
    pub(super) sku: String,
}

/// What was paid by one buyer at one time.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: u64,
    /// Persons and remarks are drawn from it.
    pub(super) seed: u64,
    pub(super) ordered_at: Millis,
    pub(super) paid_at: Millis,
    pub(super) boxes: Vec<u64>,
}

/// One option in a box.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) good: Arc<Good>,
    pub(super) quantity: i64,
    pub(super) cancelled: i64,
    /// Held because the buyer wants to cancel.
    pub(super) held: i64,
    /// To be returned or exchanged.
    pub(super) claimed: i64,
    pub(super) unit: i64,
    pub(super) instant: i64,
    pub(super) downloadable: i64,
    pub(super) coupang: i64,
    /// What the buyer wrote for this option.
    pub(super) notes: Vec<String>,
    /// The day on which a part that is held back is to be sent.
    pub(super) planned: String,
}

impl Line {
    /// What is to be sent.
    pub(super) fn shippable(&self) -> i64 {
        self.quantity - self.cancelled - self.held
    }

    /// What nobody has claimed yet.
    pub(super) fn free(&self) -> i64 {
        self.shippable() - self.claimed
    }

    pub(super) fn price(&self) -> i64 {
        self.unit * self.quantity
    }

    /// What all coupons take off it.
    pub(super) fn discount(&self) -> i64 {
        self.instant + self.downloadable + self.coupang
    }
}

/// A shipment box.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) id: u64,
    pub(super) order: u64,
    pub(super) status: Status,
    pub(super) lines: Vec<Line>,
    pub(super) paid_at: Millis,
    /// When the platform came to know it, from which the lists' delay counts.
    pub(super) arrived_at: Millis,
    pub(super) changed_at: Millis,
    pub(super) uploaded_at: Option<Millis>,
    pub(super) in_transit_at: Option<Millis>,
    pub(super) delivered_at: Option<Millis>,
    pub(super) confirmed_at: Option<Millis>,
    pub(super) carrier: Option<String>,
    pub(super) invoice: Option<String>,
    pub(super) shipping_price: i64,
    pub(super) remote_price: Option<i64>,
    /// How often the buyer changed the address.
    pub(super) moved: u64,
    /// Whether a part of it was sent before.
    pub(super) is_split: bool,
    /// Whether a buyer ever claimed something of it after it was paid for.
    pub(super) was_claimed: bool,
    /// Every status with its instant, the oldest first.
    pub(super) history: Vec<(Status, Millis)>,
}

impl Parcel {
    /// Whether the lists still show it.
    pub(super) fn is_listed(&self) -> bool {
        self.lines.iter().any(|line| line.cancelled < line.quantity)
    }

    /// Takes a status, with what comes along.
    pub(super) fn move_to(&mut self, status: Status, at: Millis) {
        self.status = status;
        self.history.push((status, at));
        match status {
            Status::Departure => {
                (self.uploaded_at, self.in_transit_at, self.delivered_at) = (Some(at), None, None);
            }
            Status::NoneTracking => self.uploaded_at = Some(at),
            Status::Delivering => self.in_transit_at = Some(at),
            Status::FinalDelivery => {
                self.in_transit_at.get_or_insert(at);
                self.delivered_at = Some(at);
            }
            Status::Accept | Status::Instruct => {}
        }
    }

    pub(super) fn line(&self, vendor_item: u64) -> Option<&Line> {
        self.lines.iter().find(|line| line.good.vendor_item == vendor_item)
    }

    pub(super) fn line_mut(&mut self, vendor_item: u64) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.good.vendor_item == vendor_item)
    }

    /// When the platform reckons the sale as made: when the buyer confirmed it, or a week after its arrival.
    pub(super) fn recognised_at(&self) -> Option<Millis> {
        let week = 7 * crate::instant::DAY;
        let arrival = match self.status {
            Status::NoneTracking => self.uploaded_at,
            _ => self.delivered_at,
        };
        self.confirmed_at.or(arrival.map(|at| at + week))
    }
}

/// The key of a line: `{box}-{option}`.
pub(super) fn line_id(parcel: u64, vendor_item: u64) -> String {
    format!("{parcel}-{vendor_item}")
}

/// Box and option of such a key.
pub(super) fn read_line_id(text: &str) -> Option<(u64, u64)> {
    let (parcel, item) = text.split_once('-')?;
    Some((parcel.parse().ok()?, item.parse().ok()?))
}

#[derive(Debug, Default)]
pub(super) struct Book {
    orders: HashMap<u64, Order>,
    parcels: BTreeMap<u64, Parcel>,
    /// The boxes that are in a list.
    listed: BTreeSet<(Status, Millis, u64)>,
    /// Boxes to which something may still happen by itself.
    pub(super) open: BTreeSet<u64>,
}

impl Book {
    pub(super) fn insert(&mut self, order: Order, parcels: Vec<Parcel>) {
        self.orders.insert(order.id, order);
        for parcel in parcels {
            self.insert_parcel(parcel);
        }
    }

    /// Another box of an order that is here.
    pub(super) fn insert_parcel(&mut self, parcel: Parcel) {
        if let Some(order) = self.orders.get_mut(&parcel.order)
            && !order.boxes.contains(&parcel.id)
        {
            order.boxes.push(parcel.id);
        }
        if parcel.is_listed() {
            self.listed.insert((parcel.status, parcel.paid_at, parcel.id));
            self.open.insert(parcel.id);
        }
        self.parcels.insert(parcel.id, parcel);
    }

    pub(super) fn order(&self, id: u64) -> Option<&Order> {
        self.orders.get(&id)
    }

    pub(super) fn parcel(&self, id: u64) -> Option<&Parcel> {
        self.parcels.get(&id)
    }

    pub(super) fn parcels(&self) -> impl DoubleEndedIterator<Item = &Parcel> {
        self.parcels.values()
    }

    /// Changes a box at that instant; the lists follow. `None` where there is none.
    pub(super) fn edit<T>(
        &mut self,
        id: u64,
        at: Millis,
        change: impl FnOnce(&mut Parcel) -> T,
    ) -> Option<T> {
        let parcel = self.parcels.get_mut(&id)?;
        self.listed.remove(&(parcel.status, parcel.paid_at, id));
        let changed = change(parcel);
        parcel.changed_at = parcel.changed_at.max(at);
        if parcel.is_listed() {
            self.listed.insert((parcel.status, parcel.paid_at, id));
        } else {
            self.open.remove(&id);
        }
        Some(changed)
    }

    /// Boxes in that status that were paid between two instants, both included, after the one at `after`.
    pub(super) fn listed(
        &self,
        status: Status,
        from: Millis,
        to: Millis,
        after: Option<(Millis, u64)>,
    ) -> impl Iterator<Item = &Parcel> {
        let start = after.filter(|after| after.0 >= from).map_or((from, 0), |(at, id)| (at, id + 1));
        let end = (to, u64::MAX).max(start);
        self.listed
            .range((status, start.0, start.1)..=(status, end.0, end.1))
            .filter(move |(_, at, _)| *at <= to)
            .map(|(_, _, id)| &self.parcels[id])
    }
}
