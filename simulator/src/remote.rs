//! The control calls, made from another process.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::calls::Calls;
use crate::fault::Fault;
use crate::life::{Age, Aged};
use crate::plain_http;
use crate::simulator::Account;
use crate::smartstore::{Act, AddOrders, ChangeOrders, ChangeSome, Hook, Rate, Stage, Truth};

/// A simulator in another process. Each call opens a connection of its own; none of them counts in the ledger.
#[derive(Clone, Debug)]
pub struct Remote {
    address: SocketAddr,
    account: Option<String>,
}

impl Remote {
    /// The simulator that listens there. What is for one account goes to its first one.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, account: None }
    }

    /// The same for one account: a client id of the Smart Store, a mall or a vendor.
    #[must_use]
    pub fn of(&self, account: &str) -> Self {
        Self { account: Some(account.to_owned()), ..*self }
    }

    /// The base address of the Smart Store.
    #[must_use]
    pub fn store_url(&self) -> String {
        format!("http://{}/external", self.address)
    }

    /// The base address of Cafe24.
    #[must_use]
    pub fn mall_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base address of Coupang.
    #[must_use]
    pub fn vendor_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The truth of every account, or of the one that this is for.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn ledger(&self) -> io::Result<Vec<Account>> {
        self.send("GET", "ledger", &())
    }

    /// Lets so much of life pass at once.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn advance(&self, by: Duration) -> io::Result<Aged> {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.send("POST", "clock", &json!({ "advance_ms": by }))
    }

    /// Lets orders arrive or go on, whatever their time.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn age(&self, age: &Age) -> io::Result<Aged> {
        self.send("POST", "age", age)
    }

    /// Lets everything go well again.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn clear_faults(&self) -> io::Result<()> {
        self.send("POST", "faults/clear", &())
    }

    /// Everything that was called since the start or the last reset.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn calls(&self) -> io::Result<Calls> {
        self.send("GET", "calls", &())
    }

    /// The same without the single calls.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn totals(&self) -> io::Result<Calls> {
        self.send("GET", "calls?totals=1", &())
    }

    /// Forgets the calls so far.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn reset_calls(&self) -> io::Result<()> {
        self.send("POST", "calls/reset", &())
    }

    /// Every product order of a shop of the Smart Store as it stands, by id.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn truth(&self) -> io::Result<Vec<Truth>> {
        self.send("GET", "orders", &())
    }

    /// Adds orders and returns their ids.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn add(&self, orders: &AddOrders) -> io::Result<Vec<String>> {
        self.send("POST", "orders/add", orders)
    }

    /// Moves orders to another stage and returns the ids of those that exist.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn change(&self, ids: &[String], stage: Stage) -> io::Result<Vec<String>> {
        self.send("POST", "orders/change", &ChangeOrders { ids: ids.to_vec(), stage })
    }

    /// Moves some orders, picked evenly from all, to another stage and returns their ids.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn change_some(&self, some: &ChangeSome) -> io::Result<Vec<String>> {
        self.send("POST", "orders/change_some", some)
    }

    /// Lets a buyer or a carrier do something: see [`smartstore::Market::act`](crate::smartstore::Market::act).
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn act(&self, act: &Act) -> io::Result<Option<String>> {
        self.send("POST", "orders/act", act)
    }

    /// Does something while the feed is being read.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn hook(&self, hook: &Hook) -> io::Result<()> {
        self.send("POST", "hooks", hook)
    }

    /// Lets something go wrong.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn fault(&self, fault: &Fault) -> io::Result<()> {
        self.send("POST", "faults", fault)
    }

    /// Sets the rate limit, or lifts it.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn set_rate(&self, rate: Option<Rate>) -> io::Result<()> {
        self.send::<_, Value>("POST", "settings", &json!({ "rate": rate })).map(drop)
    }

    /// Sets how long each call takes at least.
    ///
    /// # Errors
    /// When the simulator cannot be reached.
    pub fn set_latency_ms(&self, latency_ms: u64) -> io::Result<()> {
        self.send::<_, Value>("POST", "settings", &json!({ "latency_ms": latency_ms })).map(drop)
    }

    fn send<B: Serialize, T: DeserializeOwned>(&self, method: &str, path: &str, body: &B) -> io::Result<T> {
        let body = serde_json::to_vec(body)?;
        let mut target = format!("/__sim/{path}");
        if let Some(account) = &self.account {
            target += if path.contains('?') { "&account=" } else { "?account=" };
            target += account;
        }
        let reply = plain_http::call(self.address, method, &target, &[], &body)?;
        if reply.status != 200 {
            return Err(io::Error::other(reply.text()));
        }
        serde_json::from_slice(&reply.body).map_err(io::Error::other)
    }
}
