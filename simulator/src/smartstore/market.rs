//! A store in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::others::{self, Act, Doing};
use super::state::{AddOrders, ChangeOrders, ChangeSome, Hook, Store, Truth};
use super::{ClaimTruth, Config, ListingTruth, Settings, SettlementTruth, Stage};
use crate::calls::{Calls, Of};
use crate::effect::Effect;
use crate::endpoint::Platform;
use crate::fault::Fault;
use crate::instant::Millis;
use crate::simulator::{self, Simulator};

/// An application with its shop. The simulator goes on as long as one of its handles is there.
#[derive(Clone, Debug)]
pub struct Market {
    simulator: Simulator,
    store: Arc<Store>,
}

impl Market {
    /// Starts a simulator with this one shop.
    ///
    /// # Errors
    /// When the system gives no port or no threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let client_id = config.client_id.clone();
        let simulator =
            Simulator::start(simulator::Config { stores: vec![config], ..simulator::Config::default() })?;
        Ok(simulator.market(&client_id).expect("the one that was asked for"))
    }

    pub(crate) fn new(simulator: Simulator, store: Arc<Store>) -> Self {
        Self { simulator, store }
    }

    /// The simulator that it is part of.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The application.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.store.client_id
    }

    /// Its present secret.
    #[must_use]
    pub fn client_secret(&self) -> String {
        self.store.secret()
    }

    /// The base address for a connector: `http://127.0.0.1:PORT/external`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/external", self.address())
    }

    /// Where the simulator listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.simulator.address()
    }

    /// What time it is for the shop.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.store.now(&self.simulator.core().clock)
    }

    /// Adds orders and returns their ids.
    pub fn add(&self, orders: &AddOrders) -> Vec<String> {
        self.store.add(orders, self.now())
    }

    /// Moves orders to another stage and returns the ids of those that exist.
    pub fn change(&self, ids: &[String], stage: Stage) -> Vec<String> {
        self.store.change(&ChangeOrders { ids: ids.to_vec(), stage }, self.now())
    }

    /// Moves some orders, picked evenly from all, and returns their ids.
    pub fn change_some(&self, some: &ChangeSome) -> Vec<String> {
        self.store.change_some(some, self.now())
    }

    /// Lets a buyer or a carrier do something. Returns the status of the order's claim, or else its own; `None` where
    /// its state does not allow it.
    pub fn act(&self, act: &Act) -> Option<String> {
        others::act(&self.store, act, self.now())
    }

    /// The buyer cancels: at once while the order is not confirmed, else by a request.
    pub fn request_cancel(&self, id: &str) -> Option<String> {
        self.act(&Act::new(id, Doing::RequestCancel))
    }

    /// The buyer wants to return what was sent.
    pub fn request_return(&self, id: &str) -> Option<String> {
        self.act(&Act::new(id, Doing::RequestReturn))
    }

    /// The buyer wants to have exchanged what was sent.
    pub fn request_exchange(&self, id: &str) -> Option<String> {
        self.act(&Act::new(id, Doing::RequestExchange))
    }

    /// The buyer takes the claim back.
    pub fn withdraw(&self, id: &str) -> Option<String> {
        self.act(&Act::new(id, Doing::Withdraw))
    }

    /// The carrier takes its next step.
    pub fn carry(&self, id: &str) -> Option<String> {
        self.act(&Act::new(id, Doing::Carry))
    }

    /// Does something while the feed is being read.
    pub fn hook(&self, hook: Hook) {
        self.store.hook(hook);
    }

    /// Lets something go wrong for this application.
    ///
    /// # Panics
    /// When the platform cannot go wrong so: see [`Fault::check`].
    pub fn fault(&self, fault: Fault) {
        self.simulator.fault(fault.for_account(self.client_id())).expect("a fault that can happen");
    }

    /// Lets everything go well again, at every account.
    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    /// The present settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.store.settings()
    }

    /// Changes settings.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.store.settings();
        change(&mut settings);
        self.store.set(settings);
    }

    /// Gives the application a new secret; the old one is dead at once.
    pub fn set_secret(&self, secret: &str) {
        self.store.set_secret(secret.to_owned());
    }

    /// Makes every token that was handed out bad.
    pub fn revoke_tokens(&self) {
        self.store.tokens().revoke();
    }

    /// Every token that was handed out and not revoked: what must be seen nowhere else.
    #[must_use]
    pub fn tokens_issued(&self) -> Vec<String> {
        self.store.tokens().all()
    }

    /// Everything that was called for this application since the start or the last reset.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.simulator.core().ledger().read(self.of(), true)
    }

    /// The same without the single calls.
    #[must_use]
    pub fn totals(&self) -> Calls {
        self.simulator.core().ledger().read(self.of(), false)
    }

    /// Forgets the calls so far, of all accounts; faults and hooks that are set stay so.
    pub fn reset_calls(&self) {
        self.simulator.reset_calls();
    }

    /// See [`Simulator::wait_for_the_dead`].
    ///
    /// # Errors
    /// When somebody stays connected for ten seconds.
    pub fn wait_for_the_dead(&self) -> io::Result<()> {
        self.simulator.wait_for_the_dead()
    }

    /// Every product order as it stands, by id.
    #[must_use]
    pub fn truth(&self) -> Vec<Truth> {
        self.store.truth()
    }

    /// Every claim as it stands, by id.
    #[must_use]
    pub fn claims(&self) -> Vec<ClaimTruth> {
        self.store.claims()
    }

    /// Every good as it stands, by number.
    #[must_use]
    pub fn listings(&self) -> Vec<ListingTruth> {
        self.store.listings()
    }

    /// Every settled item, by day and id.
    #[must_use]
    pub fn settlements(&self) -> Vec<SettlementTruth> {
        self.store.settlements(self.now())
    }

    /// Sets the stock of an option, or of a good without options, as a sale or another program of the seller's does;
    /// whether there is one of that number.
    pub fn set_stock(&self, id: &str, stock: i64) -> bool {
        let now = self.now();
        self.store.shelf(|catalogue, _| catalogue.set_stock(id, stock, now))
    }

    /// What calls have changed, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.store.effects()
    }

    fn of(&self) -> Of<'_> {
        Of { platform: Some(Platform::Smartstore), account: Some(self.client_id()) }
    }
}
