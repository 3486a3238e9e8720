//! What a seller's account holds.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::claim::{Claim, ClaimTruth};
use super::listing::{Listing, ListingTruth, SettlementTruth, StockOption};
use super::order::{Line, LineKey, OrderTruth, Status};
use super::settings::Settings;
use super::time;
use crate::effect::Effects;
use crate::instant::{Millis, SECOND};

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) effects: Effects,
    pub(super) seller_id: String,
    pub(super) seed: u64,
    pub(super) lines: BTreeMap<LineKey, Line>,
    pub(super) claims: BTreeMap<u64, Claim>,
    pub(super) listings: BTreeMap<String, Listing>,
    /// Which order each waybill was used for.
    pub(super) waybills: HashMap<String, String>,
    /// Which order each shipment is of.
    pub(super) shipments: HashMap<u64, String>,
    /// Lines whose status changed since this was last emptied: life counts anew for them.
    pub(super) touched: Vec<LineKey>,
    /// Products registered on the last day on which any was.
    pub(super) registered: (NaiveDate, u32),
    /// Numbers given out, of orders, shipments, claims, products and options.
    given: u64,
    /// Calls of the present second.
    second: (Millis, u32),
}

impl State {
    pub(super) fn new(seller_id: &str, seed: u64, settings: Settings) -> Self {
        Self {
            settings,
            effects: Effects::default(),
            seller_id: seller_id.to_owned(),
            seed,
            lines: BTreeMap::new(),
            claims: BTreeMap::new(),
            listings: BTreeMap::new(),
            waybills: HashMap::new(),
            shipments: HashMap::new(),
            touched: Vec::new(),
            registered: (NaiveDate::default(), 0),
            given: 0,
            second: (0, 0),
        }
    }

    /// A number that this account has not seen yet; those of accounts of other seeds lie elsewhere.
    pub(super) fn next_number(&mut self) -> u64 {
        self.given += 1;
        ((self.seed ^ (self.seed >> 32)) % 900) * 1_000_000 + self.given
    }

    /// Counts a call; whether it is within the limit.
    pub(super) fn take(&mut self, now: Millis) -> bool {
        let second = now.div_euclid(SECOND);
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += 1;
        self.settings.per_second.is_none_or(|most| self.second.1 <= most)
    }

    pub(super) fn line(&self, order_no: &str, number: &str) -> Option<&Line> {
        self.lines.get(&(order_no.to_owned(), number.parse().ok()?))
    }

    pub(super) fn has_order(&self, order_no: &str) -> bool {
        self.of_order(order_no).next().is_some()
    }

    /// The lines of an order, by number.
    pub(super) fn of_order(&self, order_no: &str) -> impl Iterator<Item = &Line> {
        let all = (order_no.to_owned(), 0)..=(order_no.to_owned(), u32::MAX);
        self.lines.range(all).map(|(_, line)| line)
    }

    /// The option of that number, with its product.
    pub(super) fn option(&self, number: &str) -> Option<(&Listing, &StockOption)> {
        self.listings.values().find_map(|listing| {
            Some((listing, listing.options.iter().find(|option| option.number == number)?))
        })
    }

    pub(super) fn note(&mut self, at: Millis, command: &str, target: &str, detail: &str) {
        self.effects.add(at, command, target, detail);
    }

    pub(crate) fn orders_truth(&self) -> Vec<OrderTruth> {
        let mut truth: Vec<OrderTruth> = self.lines.values().map(Line::truth).collect();
        truth.sort_by(|one, other| one.order_id.cmp(&other.order_id));
        truth
    }

    pub(crate) fn claims_truth(&self) -> Vec<ClaimTruth> {
        self.claims.values().map(Claim::truth).collect()
    }

    pub(crate) fn listings_truth(&self) -> Vec<ListingTruth> {
        let rows = self.listings.values().flat_map(|listing| {
            let (status, _) = listing.status();
            listing.options.iter().map(move |option| ListingTruth {
                listing_id: listing.number.clone(),
                option_id: option.number.clone(),
                name: listing.name.clone(),
                seller_code: listing.seller_code.clone(),
                seller_option_code: option.code.clone(),
                option: option.value.clone(),
                price: listing.price,
                option_price: option.extra,
                stock: option.left,
                sold: option.sold,
                status: status.to_owned(),
                on_sale: status == "103" && option.is_used && option.left > 0,
            })
        });
        rows.collect()
    }

    /// Purchases that were decided before today, by that time: those of a day are settled from the next day on.
    pub(super) fn settled(&self, now: Millis) -> Vec<(&Line, Millis)> {
        let today = time::start_of(time::day(now));
        let stands = self.lines.values().filter(|line| line.status == Status::Decided);
        let decided = stands.filter_map(|line| Some((line, line.decided_at?)));
        let mut decided: Vec<(&Line, Millis)> = decided.filter(|(_, at)| *at < today).collect();
        decided.sort_by_key(|(line, at)| (*at, line.key()));
        decided
    }

    pub(crate) fn settlements_truth(&self, now: Millis) -> Vec<SettlementTruth> {
        let rows = self.settled(now).into_iter().map(|(line, decided_at)| SettlementTruth {
            order_id: line.id(),
            decided_at,
            amount: line.amount() + line.delivery_fee,
            fee: line.fee(),
            deducted: line.fee() + line.seller_discount,
            settled: line.settled() + line.delivery_fee,
        });
        rows.collect()
    }
}
