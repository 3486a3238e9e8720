//! An account in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::act::Act;
use super::state::State;
use super::{
    AddOrders, ClaimTruth, Config, LineTruth, ListingTruth, Premises, Settings, SettlementTruth, Status,
};
use crate::calls::{Calls, Of};
use crate::effect::Effect;
use crate::endpoint::Platform;
use crate::fault::Fault;
use crate::instant::Millis;
use crate::simulator::{self, Simulator};

/// An account. The simulator goes on as long as one of its handles is there.
#[derive(Clone, Debug)]
pub struct Vendor {
    simulator: Simulator,
    premises: Arc<Premises>,
}

impl Vendor {
    /// Starts a simulator with this one account.
    ///
    /// # Errors
    /// When the system gives no port or no threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let vendor_id = config.vendor_id.clone();
        let simulator =
            Simulator::start(simulator::Config { vendors: vec![config], ..simulator::Config::default() })?;
        Ok(simulator.vendor(&vendor_id).expect("the one that was asked for"))
    }

    pub(crate) fn new(simulator: Simulator, premises: Arc<Premises>) -> Self {
        Self { simulator, premises }
    }

    /// The simulator that it is part of.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The vendor.
    #[must_use]
    pub fn vendor_id(&self) -> &str {
        &self.premises.vendor_id
    }

    /// Its key, revoked or not.
    #[must_use]
    pub fn access_key(&self) -> String {
        self.premises.keys().0
    }

    /// The key's present secret.
    #[must_use]
    pub fn secret_key(&self) -> String {
        self.premises.keys().1
    }

    /// The base address for a connector: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where the simulator listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.simulator.address()
    }

    /// What time it is for the account.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.premises.now(&self.simulator.core().clock)
    }

    /// The present settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.premises.settings()
    }

    /// Changes settings.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.premises.settings();
        change(&mut settings);
        self.premises.set(settings);
    }

    /// Adds orders and returns the ids of their lines.
    pub fn add(&self, orders: &AddOrders) -> Vec<String> {
        self.premises.add(orders, self.now())
    }

    /// Does what a buyer or a carrier does. Returns the id of the claim that came of it, or else of what it was done to;
    /// `None` where it cannot be done.
    pub fn act(&self, act: &Act) -> Option<String> {
        self.premises.act(act, self.now())
    }

    /// The buyer cancels that many of a line, or all. Returns the receipt.
    pub fn buyer_cancels(&self, order_id: &str, count: Option<i64>) -> Option<String> {
        self.act(&Act::Cancel { order_id: order_id.to_owned(), count })
    }

    /// The buyer returns that many of a line, or all. Returns the receipt.
    pub fn buyer_returns(&self, order_id: &str, count: Option<i64>) -> Option<String> {
        self.act(&Act::Return { order_id: order_id.to_owned(), count })
    }

    /// The buyer exchanges that many of a line, or all. Returns the exchange.
    pub fn buyer_exchanges(&self, order_id: &str, count: Option<i64>) -> Option<String> {
        self.act(&Act::Exchange { order_id: order_id.to_owned(), count })
    }

    /// The buyer withdraws a claim. Whether that was possible.
    pub fn withdraw(&self, claim_id: &str) -> bool {
        self.act(&Act::Withdraw { claim_id: claim_id.to_owned() }).is_some()
    }

    /// The carrier fetches what is claimed. Whether that was possible.
    pub fn collect(&self, claim_id: &str) -> bool {
        self.act(&Act::Collect { claim_id: claim_id.to_owned() }).is_some()
    }

    /// The carrier brings a line's box to a status. Whether that was possible.
    pub fn carry(&self, order_id: &str, status: Status) -> bool {
        self.act(&Act::Carry { order_id: order_id.to_owned(), status }).is_some()
    }

    /// Makes the key bad: from now on nobody has it.
    pub fn revoke_key(&self) {
        self.premises.revoke_key();
    }

    /// Gives the key a new secret; the old one is dead at once.
    pub fn set_secret_key(&self, secret_key: &str) {
        self.premises.state().secret_key = secret_key.to_owned();
    }

    /// Lets something go wrong for this account.
    ///
    /// # Panics
    /// When the platform cannot go wrong so: see [`Fault::check`].
    pub fn fault(&self, fault: Fault) {
        self.simulator.fault(fault.for_account(self.vendor_id())).expect("a fault that can happen");
    }

    /// Lets everything go well again, at every account.
    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    /// Every order line as it stands, by id.
    #[must_use]
    pub fn truth(&self) -> Vec<LineTruth> {
        self.premises.state().lines_truth()
    }

    /// One order line.
    #[must_use]
    pub fn line(&self, order_id: &str) -> Option<LineTruth> {
        self.truth().into_iter().find(|line| line.order_id == order_id)
    }

    /// Every claim as it stands, by id.
    #[must_use]
    pub fn claims(&self) -> Vec<ClaimTruth> {
        self.premises.state().claims_truth()
    }

    /// One claim.
    #[must_use]
    pub fn claim(&self, claim_id: &str) -> Option<ClaimTruth> {
        self.claims().into_iter().find(|claim| claim.claim_id == claim_id)
    }

    /// Every option of every product, those whose time of approval has come approved.
    #[must_use]
    pub fn listings(&self) -> Vec<ListingTruth> {
        self.at_now(|state, now| {
            state.shelf.review_all(now);
            state.listings_truth()
        })
    }

    /// Every option of every sale and refund that was recognised until now, in order of its day.
    #[must_use]
    pub fn settlements(&self) -> Vec<SettlementTruth> {
        self.at_now(|state, now| state.settlements_truth(now))
    }

    /// What calls have changed, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.premises.state().effects.all()
    }

    /// Everything that was called for this account since the start or the last reset.
    #[must_use]
    pub fn calls(&self) -> Calls {
        let of = Of { platform: Some(Platform::Coupang), account: Some(self.vendor_id()) };
        self.simulator.core().ledger().read(of, true)
    }

    /// Forgets the calls so far, of all accounts.
    pub fn reset_calls(&self) {
        self.simulator.reset_calls();
    }

    fn at_now<T>(&self, deed: impl FnOnce(&mut State, Millis) -> T) -> T {
        let now = self.now();
        deed(&mut self.premises.state(), now)
    }
}
