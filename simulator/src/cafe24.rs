//! Cafe24, as its APIs show it: OAuth, the Analytics API in both shapes, and the order list of the Admin API.
//!
//! It is written from the platform's documents. What it takes from them: refresh tokens that work once and die with
//! their successor, times without zone that are Korean, rows without a date, numbers as text, a bucket of 40 calls that
//! fills by 2 a second, the lists' limits, the two envelopes of errors.
//!
//! All malls stand behind one address. A call is told apart by its token, code or `mall_id`, or where a client can be
//! given a base address of its own, by `http://HOST/malls/MALL_ID`.

mod analytics;
mod answer;
mod errors;
mod generate;
mod life;
mod mall;
mod oauth;
mod orders;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::Method;
use chrono::{DateTime, Utc};

pub(crate) use errors::is_documented;
pub(crate) use life::{age, step};
pub use mall::Mall;
pub use state::{Day, Figures, MallOrder, MallTruth, Settings, Shape};

use self::answer::Asked;
use self::state::State;
use crate::answer::Answer;
use crate::core::{Core, lock};
use crate::endpoint::Endpoint;
use crate::fault::FaultKind;
use crate::instant::Millis;
use crate::life::Lived;
use crate::serve::{Arrival, Received};

/// An invented app.
pub const CLIENT_ID: &str = "MallClient0000000000001";
/// Its secret.
pub const CLIENT_SECRET: &str = "MallSecret0000000000001";
/// The mall.
pub const MALL_ID: &str = "simmall";

/// A mall as it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its id.
    pub mall_id: String,
    /// The app that may call.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// How many orders it has.
    pub orders: usize,
    /// Over how many days, with figures for each; without orders there are no figures either.
    pub days: u32,
    /// The same seed gives the same orders and figures.
    pub seed: u64,
    /// How it behaves at first.
    pub settings: Settings,
}

impl Default for Config {
    /// An empty mall that keeps to no limit.
    fn default() -> Self {
        Self {
            mall_id: MALL_ID.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            orders: 0,
            days: 29,
            seed: 1,
            settings: Settings::default(),
        }
    }
}

impl Config {
    /// The same as another mall with orders of its own, under the same app; number 0 is [`MALL_ID`].
    #[must_use]
    pub fn number(self, number: u32) -> Self {
        if number == 0 {
            return self;
        }
        let seed = self.seed.wrapping_add(u64::from(number) << 32);
        Self { mall_id: format!("{MALL_ID}{number}"), seed, ..self }
    }
}

/// One mall behind the simulator's doors.
#[derive(Debug)]
pub(crate) struct Premises {
    pub(crate) mall_id: Arc<str>,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    state: Mutex<State>,
    lived: Mutex<Lived<String>>,
}

impl Premises {
    pub(crate) fn new(config: Config) -> Self {
        let mut state = State::new(&config.mall_id, config.settings);
        generate::fill(&mut state, config.seed, config.orders, config.days);
        Self {
            mall_id: config.mall_id.into(),
            client_id: config.client_id,
            client_secret: config.client_secret,
            state: Mutex::new(state),
            lived: Mutex::new(Lived::new(config.orders, config.days)),
        }
    }

    /// Taken before the state, where both are.
    pub(crate) fn lived(&self) -> MutexGuard<'_, Lived<String>> {
        lock(&self.lived)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// How long a call takes, in milliseconds.
    pub(crate) fn latency(&self, endpoint: Endpoint) -> u64 {
        let settings = &self.state().settings;
        settings.latency_ms + if endpoint == Endpoint::MallToken { settings.token_latency_ms } else { 0 }
    }

    /// A code as a consent gives it.
    pub(crate) fn issue_code(&self, core: &Core) -> String {
        let code = self.state().issue_code();
        core.belongs(&code, &self.mall_id);
        code
    }

    fn now(&self, core: &Core) -> Millis {
        core.clock.now() + self.state().settings.clock_offset_ms
    }
}

/// The paths of the Analytics API, by which its answers are named as well.
const ANALYTICS: [(&str, Endpoint); 4] = [
    ("visitors/view", Endpoint::Visits),
    ("visitors/pageview", Endpoint::PageViews),
    ("products/sales", Endpoint::Sales),
    ("visitpaths/domains", Endpoint::Domains),
];
/// The first parts of paths that only this platform has.
const OURS: [&str; 11] = [
    "api",
    "visitors",
    "visitpaths",
    "products",
    "adeffect",
    "carts",
    "pages",
    "members",
    "sales",
    "orders",
    "malls",
];

/// Whether the path is this platform's, which endpoint it is, and whose call.
pub(crate) fn route(core: &Core, received: &Received) -> Option<(Endpoint, Option<Arc<Premises>>)> {
    let path = received.path.trim_start_matches('/');
    let is_ours = OURS.contains(&path.split('/').next().unwrap_or_default());
    if core.malls.is_empty() || !(is_ours || core.stores.is_empty()) {
        return None;
    }
    let (named, path) = place(path);
    let endpoint = match path.strip_prefix("api/v2/") {
        Some("oauth/token") => Endpoint::MallToken,
        Some("oauth/authorize") => Endpoint::MallConsent,
        Some("admin/orders") if received.method == Method::GET => Endpoint::Orders,
        Some("admin/orders/count") if received.method == Method::GET => Endpoint::OrderCount,
        Some(_) => Endpoint::MallUnknown,
        None => {
            let path = seed_path(path).map_or(path, |(_, path)| path);
            let known = ANALYTICS.iter().find(|(known, _)| *known == path);
            known.map_or(Endpoint::MallUnknown, |(_, endpoint)| *endpoint)
        }
    };
    Some((endpoint, callee(core, received, named.or(seed_path(path).map(|(mall, _)| mall)))))
}

/// `malls/ID/REST`
fn place(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix("malls/").and_then(|rest| rest.split_once('/')) {
        Some((mall, rest)) => (Some(mall), rest),
        None => (None, path),
    }
}

/// `api/v1/malls/ID/REST`
fn seed_path(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("api/v1/malls/")?.split_once('/')
}

/// The mall that the path names, else the one that a token, a code, `mall_id` or the app tells of.
fn callee(core: &Core, received: &Received, named: Option<&str>) -> Option<Arc<Premises>> {
    if core.malls.len() == 1 {
        return core.malls.values().next().cloned();
    }
    let asked = Asked::new(received);
    let words = [asked.bearer(), asked.form("code"), asked.form("refresh_token")];
    let owner = words.iter().find_map(|word| core.owner(word));
    let mall = named.and_then(|named| core.malls.get(named));
    let mall = mall.or_else(|| core.malls.get(&owner?)).or_else(|| core.malls.get(asked.query("mall_id")));
    mall.or_else(|| {
        let mut of_app = core.malls.values().filter(|mall| oauth::is_app(mall, &asked));
        of_app.next().filter(|_| of_app.next().is_none())
    })
    .cloned()
}

/// The platform's time and its answer.
pub(crate) fn answer(
    core: &Core,
    mall: Option<&Premises>,
    arrival: &Arrival<'_>,
    received: &Received,
    skew: Millis,
) -> (Millis, Answer) {
    let at = mall.map_or_else(|| core.clock.now(), |mall| mall.now(core)) + skew;
    let Some(mall) = mall else {
        return (at, errors::unknown_caller(arrival.endpoint));
    };
    if let Some(answer) = errors::fault(arrival, &received.path) {
        return (at, answer);
    }
    let now = DateTime::<Utc>::from_timestamp_millis(at).expect("in the range of the calendar");
    let asked = Asked::new(received);
    let mut state = mall.state();
    if arrival.meets(FaultKind::GrowingPage) {
        state.grow(now);
    }
    if arrival.meets(FaultKind::RefreshRevoked) {
        state.refresh_token.clear();
    }
    let endless = arrival.meets(FaultKind::EndlessMore);
    let answer = match arrival.endpoint {
        Endpoint::MallToken => oauth::token(core, mall, &mut state, &asked, now),
        Endpoint::MallConsent => oauth::authorize(core, mall, &mut state, &asked),
        Endpoint::Orders | Endpoint::OrderCount => orders::answer(&mut state, &asked, now, endless),
        Endpoint::MallUnknown if received.path.contains("/api/v2/") => orders::unknown(&asked),
        endpoint => analytics::answer(&mut state, mall, &asked, now, endpoint, endless),
    };
    if arrival.meets(FaultKind::TokenExpired) {
        state.access_token.clear();
    }
    (at, answer)
}
