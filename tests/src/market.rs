//! A small Smart Store that speaks the platform's own protocol on a local port.
//!
//! It is written from the platform's documents, and shares no code with the connector that it tests. What it takes
//! from them: the token call with its signature, clock and reuse rules; the list of changes with inclusive bounds,
//! `moreFrom` and `moreSequence`; details by id; the conditional list; the rate limit with its headers; the gateway's
//! errors. It keeps a ledger of every call, and goes wrong on request.
//!
//! In a test: [`Market::start`]. From another process: the `market` binary, and [`Remote`].

mod answer;
mod book;
mod bucket;
mod control;
mod door;
mod fault;
mod generate;
mod instant;
mod json;
mod ledger;
mod orders;
mod payload;
mod platform;
mod remote;
mod settings;
mod state;
mod token;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

pub use book::Stage;
pub use bucket::{Rate, Refill};
pub use fault::{Fault, FaultKind};
pub use generate::Draw;
pub use instant::{Millis, kst_text, machine_now};
pub use ledger::{Call, Calls, Endpoint, FeedCall, Total};
pub use remote::Remote;
pub use settings::Settings;
pub use state::{AddOrders, ChangeOrders, ChangeSome, Hook, Truth};
pub use token::signature;

use self::door::{Door, Open};
use crate::plain_http;

/// An invented application.
pub const CLIENT_ID: &str = "simclient0000000000000";
/// Its secret: a bcrypt salt, as the real ones are.
pub const CLIENT_SECRET: &str = "$2a$04$KBTMVR2jQfWqZLnH7cDxYe";

/// What a market starts with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens on the loopback address; 0 takes a free port.
    pub port: u16,
    /// How many product orders it has.
    pub orders: usize,
    /// Over how many days before `end` their last changes are spread.
    pub days: u32,
    /// The instant before which everything has changed; `None` is the start of the market.
    pub end: Option<Millis>,
    /// The same seed gives the same orders.
    pub seed: u64,
    /// The application that may call.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// How it behaves at first.
    pub settings: Settings,
}

impl Default for Config {
    /// An empty market without a rate limit.
    fn default() -> Self {
        Self {
            port: 0,
            orders: 0,
            days: 29,
            end: None,
            seed: 1,
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            settings: Settings::unlimited(),
        }
    }
}

impl Config {
    /// `orders` over the default number of days, without a rate limit.
    #[must_use]
    pub fn of(orders: usize) -> Self {
        Self { orders, ..Self::default() }
    }
}

/// A running market; it ends when this is dropped.
#[derive(Debug)]
pub struct Market {
    inner: Arc<state::Inner>,
    address: SocketAddr,
    connections: Open,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Market {
    /// Makes the orders and serves them, on threads of the market's own.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let end = config.end.unwrap_or_else(machine_now);
        let book = book::Book::new(config.seed, config.orders, config.days, end);
        let client = (config.client_id, config.client_secret);
        let inner = Arc::new(state::Inner::new(client, config.settings, book));
        let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)))?;
        let address = listener.local_addr()?;
        let connections = Open::default();
        let open = connections.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().fallback(platform::handle).with_state(Arc::clone(&inner));
        let thread = std::thread::Builder::new().name("market".to_owned()).spawn(move || {
            runtime.block_on(async {
                let door = Door::new(listener, open);
                tokio::select! {
                    _ = axum::serve(door, router) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { inner, address, connections, stop: Some(stop), thread: Some(thread) })
    }

    /// The base address for a connector: `http://127.0.0.1:PORT/external`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/external", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What time it is for the market.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.inner.clock.now()
    }

    /// Adds orders and returns their ids.
    pub fn add(&self, orders: &AddOrders) -> Vec<String> {
        self.inner.add(orders)
    }

    /// Moves orders to another stage and returns the ids of those that exist.
    pub fn change(&self, ids: &[String], stage: Stage) -> Vec<String> {
        self.inner.change(&ChangeOrders { ids: ids.to_vec(), stage })
    }

    /// Does something while the feed is being read.
    pub fn hook(&self, hook: Hook) {
        self.inner.hook(hook);
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.inner.fault(fault);
    }

    /// Lets everything go well again.
    pub fn clear_faults(&self) {
        self.inner.faults().clear();
    }

    /// The present settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.inner.settings()
    }

    /// Changes settings.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.inner.settings();
        change(&mut settings);
        self.inner.set(settings);
    }

    /// Gives the application a new secret; the old one is dead at once.
    pub fn set_secret(&self, secret: &str) {
        self.inner.set_secret(secret.to_owned());
    }

    /// Makes every token that was handed out bad.
    pub fn revoke_tokens(&self) {
        self.inner.tokens().revoke();
    }

    /// Every token that was handed out and not revoked: what must be seen nowhere else.
    #[must_use]
    pub fn tokens_issued(&self) -> Vec<String> {
        self.inner.tokens().all()
    }

    /// Everything that was called since the start or the last reset.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.inner.calls(true)
    }

    /// The same without the single calls.
    #[must_use]
    pub fn totals(&self) -> Calls {
        self.inner.calls(false)
    }

    /// Forgets the calls so far; faults and hooks that are set stay so.
    pub fn reset_calls(&self) {
        self.inner.ledger().reset();
    }

    /// Waits until the calls of a caller that was killed are all in the ledger: what it had sent may still be on its
    /// way. No other caller may be connected.
    ///
    /// # Errors
    /// When somebody stays connected for ten seconds.
    pub fn wait_for_the_dead(&self) -> io::Result<()> {
        // Connections are taken in the order in which they were made, so once this one is served the others are known.
        plain_http::call(self.address, "GET", "/__market/settings", &[], b"")?;
        let asked = Instant::now();
        while self.connections.count() > 0 {
            if asked.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("somebody is still connected"));
            }
            sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Every product order as it stands, by id.
    #[must_use]
    pub fn truth(&self) -> Vec<Truth> {
        self.inner.truth()
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        let stop = self.stop.take();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        drop(stop);
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
