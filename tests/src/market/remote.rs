//! The control calls, made from another process.

use std::io;
use std::net::SocketAddr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{AddOrders, Calls, ChangeOrders, ChangeSome, Fault, Hook, Rate, Stage, Truth};
use crate::plain_http;

/// A market in another process. Each call opens a connection of its own; none of them counts in the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Remote {
    address: SocketAddr,
}

impl Remote {
    /// The market that listens there.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// The base address for a connector.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/external", self.address)
    }

    /// Everything that was called since the start or the last reset.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn calls(&self) -> io::Result<Calls> {
        self.send("GET", "calls", &())
    }

    /// The same without the single calls.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn totals(&self) -> io::Result<Calls> {
        self.send("GET", "calls?totals", &())
    }

    /// Forgets the calls so far.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn reset_calls(&self) -> io::Result<()> {
        self.send("POST", "calls/reset", &())
    }

    /// Every product order as it stands, by id.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn truth(&self) -> io::Result<Vec<Truth>> {
        self.send("GET", "orders", &())
    }

    /// Adds orders and returns their ids.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn add(&self, orders: &AddOrders) -> io::Result<Vec<String>> {
        self.send("POST", "orders/add", orders)
    }

    /// Moves orders to another stage and returns the ids of those that exist.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn change(&self, ids: &[String], stage: Stage) -> io::Result<Vec<String>> {
        self.send("POST", "orders/change", &ChangeOrders { ids: ids.to_vec(), stage })
    }

    /// Moves some orders, picked evenly from all, to another stage and returns their ids.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn change_some(&self, some: &ChangeSome) -> io::Result<Vec<String>> {
        self.send("POST", "orders/change_some", some)
    }

    /// Does something while the feed is being read.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn hook(&self, hook: &Hook) -> io::Result<()> {
        self.send("POST", "hooks", hook)
    }

    /// Lets something go wrong.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn fault(&self, fault: &Fault) -> io::Result<()> {
        self.send("POST", "faults", fault)
    }

    /// Sets the rate limit, or lifts it.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn set_rate(&self, rate: Option<Rate>) -> io::Result<()> {
        self.send::<_, serde_json::Value>("POST", "settings", &json!({ "rate": rate })).map(drop)
    }

    /// Sets how long each call takes at least.
    ///
    /// # Errors
    /// When the market cannot be reached.
    pub fn set_latency_ms(&self, latency_ms: u64) -> io::Result<()> {
        self.send::<_, serde_json::Value>("POST", "settings", &json!({ "latency_ms": latency_ms })).map(drop)
    }

    fn send<B: Serialize, T: DeserializeOwned>(&self, method: &str, path: &str, body: &B) -> io::Result<T> {
        let body = serde_json::to_vec(body)?;
        let reply = plain_http::call(self.address, method, &format!("/__market/{path}"), &[], &body)?;
        if reply.status != 200 {
            return Err(io::Error::other(reply.text()));
        }
        serde_json::from_slice(&reply.body).map_err(io::Error::other)
    }
}
