//! A mall in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate};

use super::state::{Figures, MallOrder, MallTruth, korean_day};
use super::{Config, Day, Premises, Settings};
use crate::calls::{Calls, Of};
use crate::endpoint::Platform;
use crate::fault::Fault;
use crate::simulator::{self, Simulator};

/// A mall. The simulator goes on as long as one of its handles is there.
#[derive(Clone, Debug)]
pub struct Mall {
    simulator: Simulator,
    premises: Arc<Premises>,
}

impl Mall {
    /// Starts a simulator with this one mall, empty.
    ///
    /// # Panics
    /// When no local port can be had.
    #[must_use]
    pub fn open() -> Self {
        Self::start(Config::default()).expect("a local port")
    }

    /// Starts a simulator with this one mall.
    ///
    /// # Errors
    /// When the system gives no port or no threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let mall_id = config.mall_id.clone();
        let simulator =
            Simulator::start(simulator::Config { malls: vec![config], ..simulator::Config::default() })?;
        Ok(simulator.mall(&mall_id).expect("the one that was asked for"))
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
    pub fn mall_id(&self) -> &str {
        &self.premises.mall_id
    }

    /// The address of everything: `base_url` and `mall_base_url` of a row.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address of this mall alone, which tells its calls from those of others.
    #[must_use]
    pub fn own_url(&self) -> String {
        format!("{}/malls/{}", self.base_url(), self.mall_id())
    }

    /// Where the simulator listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.simulator.address()
    }

    /// The Korean day that it is, moved by `ago` days into the past.
    ///
    /// # Panics
    /// Before the beginning of the calendar.
    #[must_use]
    pub fn day(&self, ago: u64) -> NaiveDate {
        // Asked for while an order or a day is being changed, so it takes no lock.
        let now = self.simulator.core().clock.now();
        let now = DateTime::from_timestamp_millis(now).expect("in the range of the calendar");
        korean_day(now).checked_sub_days(Days::new(ago)).expect("a day of the calendar")
    }

    /// The present settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.premises.state().settings.clone()
    }

    /// Changes how it behaves.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.premises.state().settings);
    }

    /// Lets something go wrong for this mall.
    ///
    /// # Panics
    /// When the platform cannot go wrong so: see [`Fault::check`].
    pub fn fault(&self, fault: Fault) {
        self.simulator.fault(fault.for_account(self.mall_id())).expect("a fault that can happen");
    }

    /// Lets everything go well again, at every account.
    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    /// Changes the figures of a day of a shop.
    pub fn change_day(&self, shop_no: i64, day: NaiveDate, change: impl FnOnce(&mut Day)) {
        change(self.premises.state().days.entry((shop_no, day)).or_default());
    }

    /// Adds an order.
    pub fn add_order(&self, order: MallOrder) {
        self.premises.state().orders.push(order);
    }

    /// Changes an order.
    ///
    /// # Panics
    /// When there is none of that id.
    pub fn change_order(&self, order_id: &str, change: impl FnOnce(&mut MallOrder)) {
        let mut state = self.premises.state();
        change(
            state.orders.iter_mut().find(|order| order.order_id == order_id).expect("an order of this mall"),
        );
    }

    /// A code as a consent gives it.
    #[must_use]
    pub fn issue_code(&self) -> String {
        self.premises.issue_code(self.simulator.core())
    }

    /// Makes the access token bad before its time; its refresh token stays good.
    pub fn kill_access_token(&self) {
        self.premises.state().access_token.clear();
    }

    /// Makes the refresh token bad, as if it had been used elsewhere.
    pub fn revoke(&self) {
        self.premises.state().refresh_token.clear();
    }

    /// Every token that was handed out: what must be seen nowhere else.
    #[must_use]
    pub fn tokens_issued(&self) -> Vec<String> {
        self.premises.state().issued.clone()
    }

    /// Everything that was called for this mall since the start or the last reset.
    #[must_use]
    pub fn calls(&self) -> Calls {
        let of = Of { platform: Some(Platform::Cafe24), account: Some(self.mall_id()) };
        self.simulator.core().ledger().read(of, true)
    }

    /// How many calls went to paths that end so.
    #[must_use]
    pub fn calls_to(&self, path: &str) -> usize {
        self.calls().calls.iter().filter(|call| call.path().ends_with(path)).count()
    }

    /// Forgets the calls so far, of all accounts.
    pub fn reset_calls(&self) {
        self.simulator.reset_calls();
    }

    /// Every order item as it stands, by code.
    #[must_use]
    pub fn truth(&self) -> Vec<MallTruth> {
        self.premises.state().truth()
    }

    /// The figures of every day, by shop and day.
    #[must_use]
    pub fn figures(&self) -> Vec<Figures> {
        self.premises.state().figures()
    }
}
