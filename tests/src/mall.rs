//! A small Cafe24 mall that speaks the platform's own protocol on a local port: OAuth, the Analytics API in both
//! shapes, and the order list of the Admin API.
//!
//! It is written from the platform's documents, and shares no code with the connector that it tests. What it takes from
//! them: refresh tokens that work once and die with their successor, times without zone that are Korean, rows without a
//! date, numbers as text, a bucket of 40 calls that fills by 2 a second, the list's limits. It keeps a ledger of every
//! call, and goes wrong on request.

mod analytics;
mod answer;
mod door;
mod orders;
mod state;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use chrono::{Days, NaiveDate};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

pub use state::{Call, Day, MallOrder, Settings, Shape, Trouble};

/// An invented app.
pub const CLIENT_ID: &str = "MallClient0000000000001";
/// Its secret.
pub const CLIENT_SECRET: &str = "MallSecret0000000000001";
/// The mall.
pub const MALL_ID: &str = "simmall";

/// A mall that is open until it is dropped.
#[derive(Debug)]
pub struct Mall {
    inner: Arc<Mutex<state::State>>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Mall {
    /// Opens an empty mall.
    ///
    /// # Panics
    /// When no local port can be had.
    #[must_use]
    pub fn open() -> Self {
        Self::start().expect("a local port")
    }

    fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let inner: Arc<Mutex<state::State>> = Arc::default();
        let router = Router::new().fallback(handle).with_state(Arc::clone(&inner));
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("mall".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { inner, address, stop: Some(stop), thread: Some(thread) })
    }

    /// The address of everything: `base_url` and `mall_base_url` of a row.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The Korean day that it is, moved by `ago` days into the past.
    ///
    /// # Panics
    /// Before the beginning of the calendar.
    #[must_use]
    pub fn day(&self, ago: u64) -> NaiveDate {
        state::today().checked_sub_days(Days::new(ago)).expect("a day of the calendar")
    }

    /// Changes how it behaves.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// Changes the figures of a day of a shop.
    pub fn change_day(&self, shop_no: i64, day: NaiveDate, change: impl FnOnce(&mut Day)) {
        change(self.state().days.entry((shop_no, day)).or_default());
    }

    /// Adds an order.
    pub fn add_order(&self, order: MallOrder) {
        self.state().orders.push(order);
    }

    /// Changes an order.
    ///
    /// # Panics
    /// When there is none of that id.
    pub fn change_order(&self, order_id: &str, change: impl FnOnce(&mut MallOrder)) {
        let mut state = self.state();
        change(
            state.orders.iter_mut().find(|order| order.order_id == order_id).expect("an order of this mall"),
        );
    }

    /// A code as a consent gives it.
    #[must_use]
    pub fn issue_code(&self) -> String {
        self.state().issue_code()
    }

    /// Makes the access token bad before its time; its refresh token stays good.
    pub fn kill_access_token(&self) {
        self.state().access_token.clear();
    }

    /// Makes the refresh token bad, as if it had been used elsewhere.
    pub fn revoke(&self) {
        self.state().refresh_token.clear();
    }

    /// Every token that was handed out: what must be seen nowhere else.
    #[must_use]
    pub fn tokens_issued(&self) -> Vec<String> {
        self.state().issued.clone()
    }

    /// Everything that was called since the start or the last reset, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// How many calls went to paths that end so.
    #[must_use]
    pub fn calls_to(&self, path: &str) -> usize {
        self.state().calls.iter().filter(|call| call.path.ends_with(path)).count()
    }

    /// Forgets the calls so far.
    pub fn reset_calls(&self) {
        self.state().calls.clear();
    }

    fn state(&self) -> MutexGuard<'_, state::State> {
        lock(&self.inner)
    }
}

impl Drop for Mall {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn lock(state: &Mutex<state::State>) -> MutexGuard<'_, state::State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn handle(Shared(state): Shared<Arc<Mutex<state::State>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    if path.ends_with("/oauth/token") {
        let wait = lock(&state).settings.token_latency;
        tokio::time::sleep(wait).await;
    }
    let mut state = lock(&state);
    let asked = answer::Asked::new(&parts, &body);
    let answer = match path.as_str() {
        "/api/v2/oauth/token" => door::token(&mut state, &asked),
        "/api/v2/oauth/authorize" => door::authorize(&mut state, &asked),
        path if path.starts_with("/api/v2/admin/") => orders::answer(&mut state, &asked),
        _ => analytics::answer(&mut state, &asked),
    };
    state.calls.push(Call { path, query: asked.query.clone(), status: answer.status });
    answer.into_response()
}
