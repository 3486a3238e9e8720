//! What an account holds.

use std::collections::{BTreeMap, HashMap};

use super::book::{Book, Parcel, Status, line_id};
use super::claim::{Exchange, Receipt};
use super::generate::Generator;
use super::limit::Limits;
use super::listing::Shelf;
use super::settings::Settings;
use crate::effect::Effects;
use crate::instant::{DAY, Millis};

/// How long a waybill's number cannot be used for another address.
const HALF_A_YEAR: Millis = 182 * DAY;

#[derive(Debug)]
pub(super) struct State {
    pub(super) settings: Settings,
    /// `None` once it was revoked.
    pub(super) access_key: Option<String>,
    pub(super) secret_key: String,
    pub(super) book: Book,
    pub(super) shelf: Shelf,
    pub(super) receipts: BTreeMap<u64, Receipt>,
    pub(super) exchanges: BTreeMap<u64, Exchange>,
    pub(super) effects: Effects,
    pub(super) limits: Limits,
    pub(super) generator: Generator,
    /// The address that each waybill's number went to, and when.
    waybills: HashMap<String, (Address, Millis)>,
}

/// Orders of the same seed and box moves of the same number have one address.
type Address = (u64, u64);

impl State {
    pub(super) fn new(
        settings: Settings,
        keys: (String, String),
        shelf: Shelf,
        generator: Generator,
    ) -> Self {
        Self {
            settings,
            access_key: Some(keys.0),
            secret_key: keys.1,
            book: Book::default(),
            shelf,
            receipts: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            effects: Effects::default(),
            limits: Limits::default(),
            generator,
            waybills: HashMap::new(),
        }
    }

    /// The address that a box goes to.
    fn address(&self, parcel: &Parcel) -> Address {
        let order = self.book.order(parcel.order).expect("a box is of an order that is here");
        (order.seed, parcel.moved)
    }

    /// Whether that number went to another address within half a year.
    pub(super) fn is_taken(&self, invoice: &str, parcel: &Parcel, now: Millis) -> bool {
        self.waybills
            .get(invoice)
            .is_some_and(|(address, at)| *address != self.address(parcel) && now - at < HALF_A_YEAR)
    }

    /// Notes that a box goes by that number.
    pub(super) fn take(&mut self, invoice: &str, parcel: u64, now: Millis) {
        let Some(parcel) = self.book.parcel(parcel) else { return };
        let address = self.address(parcel);
        self.waybills.insert(invoice.to_owned(), (address, now));
    }

    /// Notes a change to every line of a box that is still to be sent.
    pub(super) fn effect_on_box(&mut self, parcel: u64, now: Millis, command: &str, detail: &str) {
        let Some(parcel) = self.book.parcel(parcel) else { return };
        let left = parcel.lines.iter().filter(|line| line.cancelled < line.quantity);
        for line in left {
            self.effects.add(now, command, line_id(parcel.id, line.good.vendor_item), detail);
        }
    }

    /// An order more, and another that goes on.
    pub(super) fn grow(&mut self, now: Millis) {
        let accepted =
            self.book.listed(Status::Accept, Millis::MIN, now, None).next().map(|parcel| parcel.id);
        if let Some(id) = accepted {
            self.book.edit(id, now, |parcel| parcel.move_to(Status::Instruct, now));
        }
        self.arrive(&super::AddOrders::now(1), now);
    }
}
