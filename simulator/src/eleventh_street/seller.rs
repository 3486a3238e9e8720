//! A seller's account in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::act::Act;
use super::claim::ClaimTruth;
use super::generate::{self, Placed, Wanted};
use super::listing::{ListingTruth, SettlementTruth};
use super::order::OrderTruth;
use super::state::State;
use super::{Config, Premises, Settings};
use crate::calls::{Calls, Of};
use crate::draw::Draw;
use crate::effect::Effect;
use crate::endpoint::Platform;
use crate::fault::Fault;
use crate::instant::Millis;
use crate::life::{Age, Aged};
use crate::simulator::{self, Simulator};

/// An order to place.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Its lines: the number of an option (`None` takes the next one of the goods), and pieces.
    pub lines: Vec<(Option<String>, i64)>,
    /// When it is placed; `None` is now.
    pub at: Option<Millis>,
    /// Whether it is paid.
    pub is_paid: bool,
    /// Whether its lines are sent together.
    pub is_bundled: bool,
    /// Whether it goes abroad, which the API cannot confirm.
    pub is_abroad: bool,
}

impl Default for NewOrder {
    /// One piece of one thing, paid now.
    fn default() -> Self {
        Self { lines: vec![(None, 1)], at: None, is_paid: true, is_bundled: true, is_abroad: false }
    }
}

/// A seller's account. The simulator goes on as long as one of its handles is there.
#[derive(Clone, Debug)]
pub struct Seller {
    simulator: Simulator,
    premises: Arc<Premises>,
}

impl Seller {
    /// Starts a simulator with this one account, empty.
    ///
    /// # Panics
    /// When no local port can be had.
    #[must_use]
    pub fn open() -> Self {
        Self::start(Config::default()).expect("a local port")
    }

    /// Starts a simulator with this one account.
    ///
    /// # Errors
    /// When the system gives no port or no threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let seller_id = config.seller_id.clone();
        let simulator =
            Simulator::start(simulator::Config { sellers: vec![config], ..simulator::Config::default() })?;
        Ok(simulator.seller(&seller_id).expect("the one that was asked for"))
    }

    pub(crate) fn new(simulator: Simulator, premises: Arc<Premises>) -> Self {
        Self { simulator, premises }
    }

    /// The simulator that it is part of.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Its id.
    #[must_use]
    pub fn seller_id(&self) -> &str {
        &self.premises.seller_id
    }

    /// Its key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.premises.api_key
    }

    /// The address of the API: `http://127.0.0.1:PORT/rest`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.simulator.seller_url()
    }

    /// Where the simulator listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.simulator.address()
    }

    /// What time it is for this account.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.premises.now(self.simulator.core())
    }

    /// The present settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.premises.state().settings.clone()
    }

    /// Changes how it behaves: [`Settings::key_is_good`], [`Settings::per_second`] and so on.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.premises.state().settings);
    }

    /// Makes the key nobody's, as when another one was issued.
    pub fn revoke(&self) {
        self.set(|settings| settings.key_is_good = false);
    }

    /// Lets something go wrong for this account.
    ///
    /// # Panics
    /// When the platform cannot go wrong so: see [`Fault::check`].
    pub fn fault(&self, fault: Fault) {
        self.simulator.fault(fault.for_account(self.seller_id())).expect("a fault that can happen");
    }

    /// Lets everything go well again, at every account.
    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    /// Every order line as it stands, by id.
    #[must_use]
    pub fn truth(&self) -> Vec<OrderTruth> {
        self.premises.state().orders_truth()
    }

    /// Every claim, by number.
    #[must_use]
    pub fn claims(&self) -> Vec<ClaimTruth> {
        self.premises.state().claims_truth()
    }

    /// Every option of every product.
    #[must_use]
    pub fn listings(&self) -> Vec<ListingTruth> {
        self.premises.state().listings_truth()
    }

    /// What is settled for purchases that were decided before today.
    #[must_use]
    pub fn settlements(&self) -> Vec<SettlementTruth> {
        let now = self.now();
        self.premises.state().settlements_truth(now)
    }

    /// What was changed through the API, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.premises.state().effects.all()
    }

    /// Everything that was called for this account since the start or the last reset.
    #[must_use]
    pub fn calls(&self) -> Calls {
        let of = Of { platform: Some(Platform::EleventhStreet), account: Some(self.seller_id()) };
        self.simulator.core().ledger().read(of, true)
    }

    /// Forgets the calls so far, of all accounts.
    pub fn reset_calls(&self) {
        self.simulator.reset_calls();
    }

    /// Lets orders of this account arrive or go on.
    pub fn age(&self, age: &Age) -> Aged {
        self.simulator.age(&Age { account: Some(self.seller_id().to_owned()), ..age.clone() })
    }

    /// Places an order, and the ids of its lines.
    ///
    /// # Panics
    /// When a line names an option that there is not.
    pub fn add_order(&self, order: &NewOrder) -> Vec<String> {
        let now = self.now();
        self.change(|state| {
            let at = order.at.unwrap_or(now);
            generate::stock(state, at);
            let all: Vec<String> = state
                .listings
                .values()
                .flat_map(|listing| &listing.options)
                .map(|option| option.number.clone())
                .collect();
            let lines = order.lines.iter().enumerate().map(|(index, (option, quantity))| {
                let option = option.clone().unwrap_or_else(|| all[index % all.len()].clone());
                assert!(all.contains(&option), "an option of this account");
                Wanted { option, quantity: *quantity, is_add_on: false }
            });
            let placed = Placed {
                at,
                is_paid: order.is_paid,
                lines: lines.collect(),
                is_bundled: order.is_bundled,
                is_abroad: order.is_abroad,
                is_gift: false,
                first: 1,
            };
            let mut draw = Draw::new(state.seed ^ state.lines.len() as u64);
            let keys = generate::place(state, &placed, &mut draw);
            keys.iter().map(|key| state.lines[key].id()).collect()
        })
    }

    /// So many orders of one piece of one thing, paid now, and the ids of their lines.
    pub fn add(&self, count: usize) -> Vec<String> {
        (0..count).flat_map(|_| self.add_order(&NewOrder::default())).collect()
    }

    /// Lets a buyer, a carrier or the platform do something. The number of the claim that came of it, or else of what it was
    /// done to; `None` where it cannot be, or there is no such thing.
    pub fn act(&self, act: &Act) -> Option<String> {
        self.premises.deed(self.simulator.core(), act)
    }

    /// The buyer cancels: at once while it is not confirmed, by a request while it is not shipped. The claim's number;
    /// `None` where it cannot be.
    ///
    /// # Panics
    /// When there is no such line, here as below.
    pub fn cancel(&self, order_id: &str, quantity: i64) -> Option<String> {
        let order_id = self.known(order_id);
        self.act(&Act::Cancel { order_id, quantity: Some(quantity) })
    }

    /// The buyer asks to cancel what is paid and not confirmed, blaming the seller: that needs a decision.
    pub fn request_cancel(&self, order_id: &str, quantity: i64) -> Option<String> {
        let order_id = self.known(order_id);
        self.act(&Act::RequestCancel { order_id, quantity: Some(quantity) })
    }

    /// The buyer wants to give it back. The claim's number; `None` where it was not shipped or is decided.
    pub fn request_return(&self, order_id: &str, quantity: i64) -> Option<String> {
        let order_id = self.known(order_id);
        self.act(&Act::Return { order_id, quantity: Some(quantity) })
    }

    /// The buyer wants another one. The claim's number; `None` where it was not shipped or is decided.
    pub fn request_exchange(&self, order_id: &str, quantity: i64) -> Option<String> {
        let order_id = self.known(order_id);
        self.act(&Act::Exchange { order_id, quantity: Some(quantity) })
    }

    /// The buyer takes a claim back. Whether it was open.
    pub fn withdraw(&self, claim_id: &str) -> bool {
        self.act(&Act::Withdraw { claim_id: claim_id.to_owned() }).is_some()
    }

    /// The buyer pays. Whether it was waited for.
    pub fn pay(&self, order_id: &str) -> bool {
        self.act(&Act::Pay { order_id: self.known(order_id) }).is_some()
    }

    /// The carrier delivers. Whether it was on its way.
    pub fn deliver(&self, order_id: &str) -> bool {
        self.act(&Act::Deliver { order_id: self.known(order_id) }).is_some()
    }

    /// The buyer keeps it. Whether it had been delivered.
    pub fn decide(&self, order_id: &str) -> bool {
        self.act(&Act::Decide { order_id: self.known(order_id) }).is_some()
    }

    /// The platform cancels it after all. The claim's number; `None` where it was not decided.
    pub fn revoke_purchase(&self, order_id: &str) -> Option<String> {
        self.act(&Act::Revoke { order_id: self.known(order_id) })
    }

    fn known(&self, order_id: &str) -> String {
        let state = self.premises.state();
        let line = order_id.split_once('-').and_then(|(order_no, number)| state.line(order_no, number));
        assert!(line.is_some(), "a line of this account");
        order_id.to_owned()
    }

    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        self.premises.act(self.simulator.core(), act)
    }
}
