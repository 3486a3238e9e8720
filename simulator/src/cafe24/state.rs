//! What a mall holds.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::orders;
use crate::draw::{Draw, of_text};
use crate::instant::Millis;

/// Which shapes of the Analytics API are served; the other's paths are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// As the platform is.
    Live,
    /// Below `/api/v1/malls/`, in camelCase.
    Seed,
    /// Both, each on its own paths.
    Both,
}

/// How a mall behaves. A change over HTTP names only what it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How long each call takes at least.
    pub latency_ms: u64,
    /// How long a token request takes beyond that.
    pub token_latency_ms: u64,
    /// Which shape it serves.
    pub shape: Shape,
    /// Whether the buckets of 40 calls are kept to.
    pub limited: bool,
    /// How long an access token lasts.
    pub access_life_s: i64,
    /// How long a refresh token lasts.
    pub refresh_life_s: i64,
    /// The status of a refused refresh token: 400 in most reports, 401 in one.
    pub refresh_refusal_status: u16,
    /// What the app has registered, and so what a consent grants of what was asked for.
    pub app_scopes: Vec<String>,
    /// What a code without a consent grants.
    pub granted: Vec<String>,
    /// The redirect URI that is registered; `None` takes any.
    pub redirect_uri: Option<String>,
    /// Whether a scope that is not registered is told on a page of its own; else on the way back.
    pub refuses_scopes_on_page: bool,
    /// The mall that the tokens say they are of.
    pub token_mall: String,
    /// How far the platform's clock is ahead of the machine's.
    pub clock_offset_ms: Millis,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            token_latency_ms: 0,
            shape: Shape::Live,
            limited: false,
            access_life_s: 2 * 3_600,
            refresh_life_s: 14 * 24 * 3_600,
            refresh_refusal_status: 400,
            app_scopes: scopes(),
            granted: scopes(),
            redirect_uri: None,
            refuses_scopes_on_page: false,
            token_mall: String::new(),
            clock_offset_ms: 0,
        }
    }
}

/// The figures of one day of one shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Visits.
    pub visits: i64,
    /// Page views.
    pub views: i64,
    /// Orders and won by product number.
    #[serde(deserialize_with = "by_number")]
    pub products: BTreeMap<u32, (i64, i64)>,
    /// Visits by domain.
    pub domains: BTreeMap<String, i64>,
}

/// Names in JSON are texts, and within a tagged enum serde does not read them as numbers by itself.
fn by_number<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<BTreeMap<u32, (i64, i64)>, D::Error> {
    let texts = BTreeMap::<String, (i64, i64)>::deserialize(reader)?;
    let number = |(text, sold): (String, _)| Ok((text.parse().map_err(serde::de::Error::custom)?, sold));
    texts.into_iter().map(number).collect()
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
    /// What was bought.
    pub product_no: u32,
    /// The item's status code.
    pub status: String,
    /// Won.
    pub amount: i64,
    /// The days of its events: `order_date`, `shipbegin_date`, …
    pub events: BTreeMap<&'static str, NaiveDate>,
}

/// The figures of one day of one shop, as they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The shop.
    pub shop_no: i64,
    /// The Korean day.
    pub date: NaiveDate,
    /// Its figures.
    #[serde(flatten)]
    pub day: Day,
}

/// What the mall holds of one order item: what a complete store must hold as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MallTruth {
    /// The order item's code, `20260310-0000001-01`.
    pub id: String,
    /// The order.
    pub order_id: String,
    /// The shop.
    pub shop_no: i64,
    /// The Korean day on which it was ordered.
    pub ordered_on: NaiveDate,
    /// The item's status code.
    pub status: String,
    /// Won.
    pub amount: i64,
    /// The whole order as the list shows it.
    pub payload: String,
}

/// Which bucket a call is taken from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bucket {
    Analytics,
    Admin,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(super) days: BTreeMap<(i64, NaiveDate), Day>,
    pub(super) orders: Vec<MallOrder>,
    pub(super) access_token: String,
    pub(super) access_until: DateTime<Utc>,
    pub(super) refresh_token: String,
    pub(super) refresh_until: DateTime<Utc>,
    pub(super) scopes: Vec<String>,
    pub(super) codes: BTreeMap<String, Vec<String>>,
    pub(super) issued: Vec<String>,
    draw: Draw,
    /// What is left of each bucket, and when that was.
    levels: [(f64, Instant); 2],
}

fn scopes() -> Vec<String> {
    ["mall.read_analytics", "mall.read_order"].map(str::to_owned).to_vec()
}

impl State {
    pub(super) fn new(mall_id: &str, settings: Settings) -> Self {
        let token_mall =
            if settings.token_mall.is_empty() { mall_id.to_owned() } else { settings.token_mall.clone() };
        Self {
            settings: Settings { token_mall, ..settings },
            days: BTreeMap::new(),
            orders: Vec::new(),
            access_token: String::new(),
            access_until: DateTime::default(),
            refresh_token: String::new(),
            refresh_until: DateTime::default(),
            scopes: Vec::new(),
            codes: BTreeMap::new(),
            issued: Vec::new(),
            draw: Draw::new(of_text(mall_id)),
            levels: [(40.0, Instant::now()); 2],
        }
    }

    /// Makes both tokens bad.
    pub(crate) fn revoke(&mut self) {
        self.access_token.clear();
        self.refresh_token.clear();
    }

    pub(super) fn issue_code(&mut self) -> String {
        let code = self.opaque("C");
        self.codes.insert(code.clone(), self.settings.granted.clone());
        code
    }

    /// 22 letters and digits, as the real ones.
    pub(super) fn opaque(&mut self, first: &str) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let rest = (0..21).map(|_| char::from(self.draw.pick(letters)));
        first.chars().chain(rest).collect()
    }

    pub(super) fn is_good(&self, token: &str, now: DateTime<Utc>) -> bool {
        !token.is_empty() && token == self.access_token && now < self.access_until
    }

    /// Which error a bad token gets: one that was good once, or one that never was.
    pub(super) fn refusal(&self, token: &str) -> &'static str {
        let was_good = self.issued.iter().any(|issued| issued == token);
        if was_good { "token_expired" } else { "token_invalid" }
    }

    /// Takes a call out of a bucket and says what is left; nothing when it is empty.
    pub(super) fn take(&mut self, bucket: Bucket) -> Option<f64> {
        let now = Instant::now();
        let (level, filled) = &mut self.levels[bucket as usize];
        *level = (*level + (now - *filled).as_secs_f64() * 2.0).min(40.0);
        *filled = now;
        if *level < 1.0 {
            return None;
        }
        *level -= 1.0;
        Some(level.floor())
    }

    /// One order more, and another one that goes on.
    pub(super) fn grow(&mut self, now: DateTime<Utc>) {
        let today = korean_day(now);
        if let Some(order) = self.orders.iter_mut().find(|order| order.status == "N10") {
            order.move_to("N30", today);
        }
        super::generate::arrive(self, today);
    }

    pub(crate) fn truth(&self) -> Vec<MallTruth> {
        let mut truth: Vec<MallTruth> = self
            .orders
            .iter()
            .map(|order| MallTruth {
                id: format!("{}-01", order.order_id),
                order_id: order.order_id.clone(),
                shop_no: order.shop_no,
                ordered_on: order.events["order_date"],
                status: order.status.clone(),
                amount: order.amount,
                payload: orders::row(order).to_string(),
            })
            .collect();
        truth.sort_by(|one, other| one.id.cmp(&other.id));
        truth
    }

    pub(crate) fn figures(&self) -> Vec<Figures> {
        self.days
            .iter()
            .map(|((shop_no, date), day)| Figures { shop_no: *shop_no, date: *date, day: day.clone() })
            .collect()
    }
}

impl MallOrder {
    /// Another status on that day, with the date that the list can be asked by.
    pub(super) fn move_to(&mut self, status: &str, day: NaiveDate) {
        let event = match status {
            "N30" => Some("shipbegin_date"),
            "N40" => Some("shipend_date"),
            "N50" => Some("purchaseconfirmation_date"),
            "C40" => Some("cancel_complete_date"),
            "R40" => Some("return_complete_date"),
            "R00" => Some("return_request_date"),
            _ => None,
        };
        if let Some(event) = event {
            self.events.insert(event, day);
        }
        self.status = status.to_owned();
    }
}

/// The Korean day of an instant.
pub(super) fn korean_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&korea()).date_naive()
}

pub(super) fn korea() -> FixedOffset {
    FixedOffset::east_opt(9 * 3600).expect("nine hours is an offset")
}
