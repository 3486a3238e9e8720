//! A platform in memory that keeps the rules of a real change feed: sorted by time of change and key, both ends of a
//! window included, one row per record at its latest change, pages of a fixed size.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{
    Census, Connector, Details, FetchRequest, Fetched, Next, Page, ReadRequest, Reread, Spec, StreamSpec,
    SyncMode, View,
};
use crate::error::Result;
use crate::http::{Client, Credential, Limit, Lost, Request, Response, Scope, Transport, Unsigned, Wire};
use crate::record::{Change, Failure, Order, OrderState, Record};
use crate::sync::Window;

pub(super) const SETTLE: TimeDelta = TimeDelta::seconds(3);
pub(super) const OVERLAP: TimeDelta = TimeDelta::minutes(15);
pub(super) const REREAD: TimeDelta = TimeDelta::hours(6);

/// The status of a line that the market has ceased to show.
pub(super) const VANISHED: &str = "VANISHED";

const fn stream(batch: usize) -> StreamSpec {
    StreamSpec {
        name: "orders",
        sync: SyncMode::Incremental {
            max_window: Duration::from_hours(24),
            overlap: Duration::from_mins(15),
            settle: Duration::from_secs(3),
        },
        details: Some(Details { batch }),
        reread: Some(Reread {
            states: &[OrderState::Shipped],
            every: Duration::from_hours(6),
            max_age: Duration::from_hours(24 * 60),
        }),
        census: Some(Census { max_window: Duration::from_hours(24) }),
        on_request: false,
    }
}

/// Pages and batches of 300, as the real thing.
pub(super) static LARGE: StreamSpec = stream(300);
/// Batches of 3, where every step is to be tried.
pub(super) static SMALL: StreamSpec = stream(3);

pub(super) static LIMITS: &[Limit] =
    &[Limit { operation: "*", scope: Scope::Operation, per_second: 2.0, burst: 4 }];

static SPEC: Spec = Spec::reading(&[], LIMITS);

/// One order line at the platform. Times are milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) ordered: i64,
    pub(super) changed: i64,
    /// When the feed begins to show this change.
    pub(super) shown: i64,
    pub(super) version: u32,
    pub(super) status: &'static str,
}

impl Line {
    fn body(&self, key: &str) -> String {
        if self.status == "NAMELESS" {
            return format!("{{\"ordered\": {}, \"status\": \"PAID\"}}", self.ordered);
        }
        if self.status == "TWINS" {
            let twin = |key| Self { status: "PAID", ..self.clone() }.body(key);
            return format!("{}, {}", twin(key), twin(&format!("{key}-twin")));
        }
        format!(
            "{{\"id\": \"{key}\", \"ordered\": {}, \"status\": \"{}\", \"version\": {}}}",
            self.ordered, self.status, self.version
        )
    }
}

/// A call that the platform has answered, or died of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    List { from: i64, to: i64, after: Option<String>, keys: Vec<String> },
    Details(Vec<String>),
    Census,
}

type Hook = Box<dyn FnMut(usize, &mut Lines) + Send>;

/// The platform's order lines.
#[derive(Default)]
pub(super) struct Lines(BTreeMap<String, Line>);

impl Lines {
    /// A new line, ordered and changed at `at`, shown at once.
    pub(super) fn place(&mut self, key: &str, at: DateTime<Utc>) {
        let at = at.timestamp_millis();
        let line = Line { ordered: at, changed: at, shown: at, version: 1, status: "PAID" };
        self.0.insert(key.to_owned(), line);
    }

    /// Changes a line with an event in the feed.
    pub(super) fn change(&mut self, key: &str, at: DateTime<Utc>) {
        let line = self.0.get_mut(key).expect("a line that was placed");
        line.changed = at.timestamp_millis();
        line.shown = line.changed;
        line.version += 1;
    }

    pub(super) fn get(&mut self, key: &str) -> &mut Line {
        self.0.get_mut(key).expect("a line that was placed")
    }
}

/// How a platform's paging can be broken.
#[derive(Clone, Debug)]
pub(super) enum Lie {
    /// There is always more, at this place.
    Always(Value),
    /// The same rows each time, and more of them one millisecond further.
    Creeps,
}

#[derive(Default)]
struct State {
    lines: Lines,
    calls: Vec<Call>,
    hook: Option<Hook>,
    die_at: Option<usize>,
    /// Of lists, and of all else.
    latency: (Duration, Duration),
    /// From this call on, what list answers say about more.
    lie: Option<(usize, Lie)>,
    rows_end_before: i64,
    /// After so many lists, one list leaves out the rows changed at or after that instant.
    hidden_once: Option<(usize, i64)>,
}

pub(super) struct Market {
    pub(super) clock: Clock,
    page: usize,
    state: Mutex<State>,
    died: Mutex<CancellationToken>,
}

impl std::fmt::Debug for Market {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Market")
    }
}

impl Market {
    pub(super) fn new(now: DateTime<Utc>, page: usize) -> Arc<Self> {
        let state = Mutex::new(State { rows_end_before: i64::MAX, ..State::default() });
        Arc::new(Self { clock: Clock::scenario(now), page, state, died: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn edit<T>(&self, edit: impl FnOnce(&mut Lines) -> T) -> T {
        edit(&mut self.state().lines)
    }

    /// Runs `hook` as each call arrives, with the call's number from 0.
    pub(super) fn on_call(&self, hook: impl FnMut(usize, &mut Lines) + Send + 'static) {
        self.state().hook = Some(Box::new(hook));
    }

    /// The process dies with the call of this number on its way, counted from now.
    pub(super) fn die_at(&self, call: usize) {
        let mut state = self.state();
        state.die_at = Some(state.calls.len() + call);
    }

    pub(super) fn revive(&self) {
        self.state().die_at = None;
        *self.died.lock().unwrap() = CancellationToken::new();
    }

    pub(super) async fn died(&self) {
        let died = self.died.lock().unwrap().clone();
        died.cancelled().await;
    }

    pub(super) fn answer_after(&self, lists: Duration, all_else: Duration) {
        self.state().latency = (lists, all_else);
    }

    /// Breaks the paging from this call on.
    pub(super) fn lie_from(&self, call: usize, lie: Lie) {
        self.state().lie = Some((call, lie));
    }

    pub(super) fn lie_no_more(&self) {
        self.state().lie = None;
    }

    /// Leaves rows changed at or after this instant out of all lists, as a broken filter would.
    pub(super) fn hide_from(&self, at: DateTime<Utc>) {
        self.state().rows_end_before = at.timestamp_millis();
    }

    /// Leaves rows changed at or after this instant out of one list, the one after `lists` others.
    pub(super) fn hide_after_lists(&self, lists: usize, at: DateTime<Utc>) {
        self.state().hidden_once = Some((lists, at.timestamp_millis()));
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    pub(super) fn forget_calls(&self) {
        self.state().calls.clear();
    }

    pub(super) fn lists(&self) -> usize {
        self.state().calls.iter().filter(|call| matches!(call, Call::List { .. })).count()
    }

    /// The keys of all detail calls, in order.
    pub(super) fn fetched(&self) -> Vec<String> {
        let calls = self.calls();
        calls
            .into_iter()
            .flat_map(|call| if let Call::Details(keys) = call { keys } else { Vec::new() })
            .collect()
    }

    pub(super) fn details(&self) -> usize {
        self.state().calls.iter().filter(|call| matches!(call, Call::Details(_))).count()
    }

    /// What a complete store holds of the lines shown so far.
    pub(super) fn contents(&self) -> BTreeMap<String, String> {
        self.state().lines.0.iter().map(|(key, line)| (key.clone(), line.body(key))).collect()
    }

    fn answer(&self, wire: &Wire) -> String {
        let now = self.clock.now().timestamp_millis();
        let mut guard = self.state();
        let state = &mut *guard;
        let number = state.calls.len();
        if let Some(hook) = &mut state.hook {
            hook(number, &mut state.lines);
        }
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(wire.query.as_bytes()).into_owned().collect();
        let time = |name: &str| query[name].parse::<i64>().expect("milliseconds");
        let lines = &state.lines.0;
        let (call, body) = match wire.url.rsplit_once('/').expect("a path").1 {
            "list" => {
                let (from, to, after) = (time("from"), time("to"), query.get("after").cloned());
                let lists = state.calls.iter().filter(|call| matches!(call, Call::List { .. })).count();
                let hidden = state.hidden_once.filter(|(number, _)| *number == lists).map(|(_, at)| at);
                let rows_end = hidden.unwrap_or(state.rows_end_before);
                let lie = state.lie.as_ref().filter(|(call, _)| number >= *call).map(|(_, lie)| lie);
                let mut rows: Vec<(i64, &str)> = lines
                    .iter()
                    .filter(|(_, line)| line.shown <= now && line.changed < rows_end)
                    .map(|(key, line)| (line.changed, key.as_str()))
                    .filter(|(at, key)| {
                        let tied = *at == from && after.as_ref().is_none_or(|after| *key >= after.as_str());
                        (*at > from || tied || matches!(lie, Some(Lie::Creeps))) && *at <= to
                    })
                    .collect();
                rows.sort_unstable();
                let more = rows.get(self.page).map(|(at, key)| json!({"from": at, "after": key}));
                let more = match lie {
                    None => more,
                    Some(Lie::Always(more)) => Some(more.clone()),
                    Some(Lie::Creeps) => Some(json!({"from": from + 1, "after": "x"})),
                };
                rows.truncate(self.page);
                let keys = rows.iter().map(|(_, key)| (*key).to_owned()).collect();
                let body = json!({"rows": rows, "more": more});
                (Call::List { from, to, after, keys }, body.to_string())
            }
            "details" => {
                let body = wire.body.as_deref().expect("a body");
                let keys: Vec<String> = serde_json::from_slice(body).expect("keys");
                let found = keys.iter().filter_map(|key| Some((key, lines.get(key)?)));
                let shown = found.filter(|(_, line)| line.status != "GONE");
                let rows: Vec<String> = shown.map(|(key, line)| line.body(key)).collect();
                (Call::Details(keys), format!("[{}]", rows.join(",")))
            }
            _ => {
                let (from, to, page) = (time("from"), time("to"), time("page") as usize);
                let within = lines.iter().filter(|(_, line)| line.ordered >= from && line.ordered <= to);
                let rows: Vec<String> = within
                    .skip(page * self.page)
                    .take(self.page + 1)
                    .map(|(key, line)| line.body(key))
                    .collect();
                (Call::Census, format!("[{}]", rows.join(",")))
            }
        };
        state.calls.push(call);
        body
    }
}

#[async_trait]
impl Transport for Market {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let body = self.answer(&wire);
        let (latency, dies) = {
            let state = self.state();
            let latency = if wire.url.ends_with("/list") { state.latency.0 } else { state.latency.1 };
            (latency, state.die_at.is_some_and(|call| state.calls.len() > call))
        };
        if dies {
            self.died.lock().unwrap().cancel();
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(latency).await;
        Ok(Response { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from(body) })
    }
}

/// The connector of [`Market`].
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) page: usize,
}

#[derive(serde::Deserialize)]
struct ListBody {
    rows: Vec<(i64, String)>,
    more: Option<More>,
}

#[derive(serde::Deserialize)]
struct More {
    from: i64,
    after: String,
}

#[derive(serde::Deserialize)]
struct Row {
    id: Option<String>,
    ordered: i64,
    status: String,
}

pub(super) fn instant(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).expect("in range")
}

fn order(raw: &RawValue, changed_at: Option<DateTime<Utc>>) -> Result<Record, Failure> {
    let Row { id, ordered, status } = serde_json::from_str(raw.get()).expect("the market's own row");
    let failure = |key, reason: &str| Failure { key, reason: reason.to_owned(), raw: Some(raw.to_owned()) };
    let state = match status.as_str() {
        "PAID" => OrderState::Paid,
        "SHIPPED" => OrderState::Shipped,
        "DELIVERED" => OrderState::Delivered,
        _ => return Err(failure(id, "status: unreadable")),
    };
    let Some(id) = id else { return Err(failure(None, "id: missing")) };
    Ok(Record::Order(Order {
        order_id: id,
        order_group_id: None,
        ordered_at: instant(ordered),
        status,
        state,
        amount: 1_000,
        order_place_id: None,
        order_place_name: None,
        product_id: None,
        product_name: None,
        option_id: None,
        option_name: None,
        seller_code: None,
        quantity: None,
        unit_price: None,
        changed_at,
        claims: Vec::new(),
        raw: raw.to_owned(),
    }))
}

fn window(request: Request, window: Window) -> Request {
    request
        .query("from", window.from.timestamp_millis().to_string())
        .query("to", window.to.timestamp_millis().to_string())
}

#[async_trait]
impl Connector for Shop {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn base_url(&self) -> &str {
        "http://market.test"
    }
    fn application(&self) -> &str {
        "app"
    }
    async fn authorize(&self, _http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        Ok(Credential {
            access_token: Secret::new("key"),
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        })
    }
    async fn check(&self, _http: &Client) -> Result<()> {
        Ok(())
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let asked = request.window.expect("streams here have windows");
        if request.view == View::Census {
            let page: usize = request.page.as_deref().map_or(0, |page| page.parse().expect("a number"));
            let call = window(Request::get("census", "/census"), asked).query("page", page.to_string());
            let response = http.send(call).await?;
            let rows: Vec<&RawValue> = response.json()?;
            let next = if rows.len() > self.page { Next::Page((page + 1).to_string()) } else { Next::Done };
            let records = rows.iter().take(self.page).filter_map(|raw| order(raw, None).ok()).collect();
            return Ok(Page { records, next, ..Page::default() });
        }
        let mut call = window(Request::get("list", "/list"), asked);
        if let Some(page) = &request.page {
            let (from, after) = page.split_once('|').expect("a token of ours");
            call = window(
                Request::get("list", "/list"),
                Window { from: instant(from.parse().expect("a number")), to: asked.to },
            )
            .query("after", after);
        }
        let body: ListBody = http.send(call).await?.json()?;
        let changes =
            body.rows.into_iter().map(|(at, key)| Change { key, at: instant(at), status: None }).collect();
        let next = body.more.map_or(Next::Done, |more| Next::Resume {
            from: instant(more.from),
            page: format!("{}|{}", more.from, more.after),
        });
        Ok(Page { changes, next, ..Page::default() })
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        let keys: Vec<&str> = request.keys.iter().map(|wanted| wanted.key.as_str()).collect();
        let response = http.send(Request::post("details", "/details").reads().json(&keys)?).await?;
        let mut fetched = Fetched::default();
        for raw in response.json::<Vec<&RawValue>>()? {
            let row: Row = serde_json::from_str(raw.get()).expect("the market's own row");
            let wanted = request.keys.iter().find(|wanted| Some(&wanted.key) == row.id.as_ref());
            if row.status == VANISHED {
                fetched.gone.extend(row.id);
                continue;
            }
            match order(raw, wanted.and_then(|wanted| wanted.changed_at)) {
                Ok(record) => fetched.records.push(record),
                Err(failure) => fetched.failures.push(failure),
            }
        }
        Ok(fetched)
    }
}
