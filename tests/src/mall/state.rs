//! What a mall holds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};

/// Which shapes of the Analytics API are served; the other's paths are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As the platform is.
    Live,
    /// Below `/api/v1/malls/`, in camelCase.
    Seed,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// 403, as for an app without approval.
    NotApproved,
    /// 403 with `INVALID SCOPE`.
    InvalidScope,
    /// 200 with a page.
    Html,
    /// 200 with a key that nobody knows.
    UnknownKey,
    /// Lists without rows.
    Empty,
    /// The next so many token answers are lost after they took effect.
    LoseTokens(u32),
}

/// How a mall behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which shape it serves.
    pub shape: Shape,
    /// What goes wrong.
    pub trouble: Trouble,
    /// Whether the bucket of 40 calls is kept to.
    pub limited: bool,
    /// How long a token request takes.
    pub token_latency: Duration,
    /// How long an access token lasts.
    pub access_life: TimeDelta,
    /// How long a refresh token lasts.
    pub refresh_life: TimeDelta,
    /// What the app has registered, and so what a consent grants of what was asked for.
    pub app_scopes: Vec<String>,
    /// What a code without a consent grants.
    pub granted: Vec<String>,
    /// The mall that the tokens say they are of.
    pub token_mall: String,
}

/// The figures of one day of one shop.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// Visits.
    pub visits: i64,
    /// Page views.
    pub views: i64,
    /// Orders and won by product number.
    pub products: BTreeMap<u32, (i64, i64)>,
    /// Visits by domain.
    pub domains: BTreeMap<String, i64>,
}

/// An order with one item.
#[derive(Clone, Debug)]
pub struct MallOrder {
    /// `20260310-0000001`
    pub order_id: String,
    /// The shop.
    pub shop_no: i64,
    /// `self`, or the market that sold it.
    pub market_id: String,
    /// The item's status code.
    pub status: String,
    /// Won.
    pub amount: i64,
    /// The days of its events: `order_date`, `shipbegin_date`, …
    pub events: BTreeMap<&'static str, NaiveDate>,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its path.
    pub path: String,
    /// Its query, decoded.
    pub query: BTreeMap<String, String>,
    /// What it was answered with.
    pub status: u16,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) days: BTreeMap<(i64, NaiveDate), Day>,
    pub(super) orders: Vec<MallOrder>,
    pub(super) calls: Vec<Call>,
    pub(super) access_token: String,
    pub(super) access_until: DateTime<Utc>,
    pub(super) refresh_token: String,
    pub(super) scopes: Vec<String>,
    pub(super) codes: BTreeMap<String, Vec<String>>,
    pub(super) issued: Vec<String>,
    pub(super) level: f64,
    pub(super) filled: Instant,
}

impl Default for State {
    fn default() -> Self {
        Self {
            settings: Settings {
                shape: Shape::Live,
                trouble: Trouble::None,
                limited: false,
                token_latency: Duration::ZERO,
                access_life: TimeDelta::hours(2),
                refresh_life: TimeDelta::days(14),
                app_scopes: scopes(),
                granted: scopes(),
                token_mall: super::MALL_ID.to_owned(),
            },
            days: BTreeMap::new(),
            orders: Vec::new(),
            calls: Vec::new(),
            access_token: String::new(),
            access_until: DateTime::default(),
            refresh_token: String::new(),
            scopes: Vec::new(),
            codes: BTreeMap::new(),
            issued: Vec::new(),
            level: 40.0,
            filled: Instant::now(),
        }
    }
}

fn scopes() -> Vec<String> {
    ["mall.read_analytics", "mall.read_order"].map(str::to_owned).to_vec()
}

impl State {
    pub(super) fn issue_code(&mut self) -> String {
        let code = format!("MallCode{:014}", self.issued.len() + self.codes.len() + 1);
        self.codes.insert(code.clone(), self.settings.granted.clone());
        code
    }

    pub(super) fn is_good(&self, token: &str) -> bool {
        !token.is_empty() && token == self.access_token && machine_now() < self.access_until
    }

    /// Takes a call out of the bucket and says what is left; nothing when it is empty.
    pub(super) fn take(&mut self) -> Option<f64> {
        let now = Instant::now();
        self.level = (self.level + (now - self.filled).as_secs_f64() * 2.0).min(40.0);
        self.filled = now;
        if self.level < 1.0 {
            return None;
        }
        self.level -= 1.0;
        Some(self.level.floor())
    }
}

/// The Korean day that it is.
pub(super) fn today() -> NaiveDate {
    machine_now().with_timezone(&korea()).date_naive()
}

pub(super) fn korea() -> FixedOffset {
    FixedOffset::east_opt(9 * 3600).expect("nine hours is an offset")
}

#[expect(clippy::disallowed_methods, reason = "the mall keeps real time, and no clock of the product's")]
pub(super) fn machine_now() -> DateTime<Utc> {
    Utc::now()
}
