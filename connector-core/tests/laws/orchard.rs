//! A platform that exists only here: a token, a change list, details by key, a census, daily figures, two commands. Its
//! connector keeps all laws, and breaks one when told to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connector_core::config::from_config;
use connector_core::http::{
    Client, Credential, Fault, Limit, Request, Response, Scope, Unsigned, decode_reason,
};
use connector_core::record::{Metric, OrderState};
use connector_core::sync::Window;
use connector_core::time::{kst_text, parse_kst};
use connector_core::{
    Census, Change, Command, Connector, Details, Error, Failure, FetchRequest, Fetched, Field, FieldKind,
    Finding, Next, Order, Page, ReadRequest, Receipt, Record, Result, Secret, Spec, StreamSpec, SyncMode,
    View,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[path = "commands.rs"]
mod commands;

/// What the connector does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    TakesAnySetting,
    NeedsNoSecret,
    QuotesSettings,
    CallsHomeOnly,
    HasNoBatch,
    HasNoLimits,
    FetchesUndeclared,
    SignsInTheQuery,
    ShowsItsSecret,
    LogsBuyers,
    ChecksNothing,
    IgnoresRefusals,
    AsksAlways,
    RenewsTooLate,
    ListsAsWrites,
    TakesAnyShape,
    ClampsTheWindow,
    StopsAfterOnePage,
    SkipsARow,
    RewritesRows,
    KnowsAllStates,
    RoundsWon,
    FailsWholePages,
    DropsBadRows,
    QuotesRows,
    LivesInTheFuture,
    CountsTwice,
    OffersUnseen,
    TakesWhatItDoesNotOffer,
    LooksTooNarrowly,
    MixesUpCarriers,
    LooksByWriting,
    ForgetsAFinding,
    ForgetsAnOutcome,
    CommandsTwice,
    CommandsAsReads,
    BelievesInSuccess,
    KnowsNoDoubt,
    StampsCommands,
    NamesBuyers,
    SeesNoEffect,
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "shop_id",
        label: "Shop",
        help: "The shop's id.",
        kind: FieldKind::Text,
        required: true,
        default: None,
        env: None,
    },
    Field {
        name: "shop_secret",
        label: "Secret",
        help: "The shop's secret.",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: None,
    },
    Field {
        name: "base_url",
        label: "Address",
        help: "Another address, for tests.",
        kind: FieldKind::Url,
        required: false,
        default: Some("https://orchard.example/api"),
        env: None,
    },
];

const ORDERS: StreamSpec = StreamSpec {
    name: "orders",
    sync: SyncMode::Incremental {
        max_window: Duration::from_hours(14 * 24),
        overlap: Duration::from_mins(10),
        settle: Duration::from_secs(2),
    },
    details: Some(Details { batch: 5 }),
    reread: None,
    census: Some(Census { max_window: Duration::from_hours(24) }),
    on_request: false,
};

const VISITS: StreamSpec = StreamSpec {
    name: "visits",
    sync: SyncMode::Snapshot,
    details: None,
    reread: None,
    census: None,
    on_request: false,
};

const LIMIT: Limit = Limit { operation: "*", scope: Scope::Operation, per_second: 5.0, burst: 5 };

static SPEC: Spec = Spec {
    streams: &[ORDERS, VISITS],
    limits: &[LIMIT],
    commands: &[commands::CONFIRM, commands::SHIP],
    carriers: commands::CARRIERS,
    recipient: None,
};
static WITHOUT_BATCH: Spec = Spec {
    streams: &[StreamSpec { details: Some(Details { batch: 0 }), ..ORDERS }, VISITS],
    limits: &[LIMIT],
    ..Spec::reading(&[], &[])
};
static WITHOUT_LIMITS: Spec = Spec::reading(&[ORDERS, VISITS], &[]);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    shop_id: String,
    shop_secret: Secret,
    #[serde(default = "home")]
    base_url: String,
}

fn home() -> String {
    "https://orchard.example/api".to_owned()
}

pub(crate) struct Orchard {
    settings: Settings,
    flaw: Flaw,
    /// How many commands were signed.
    stamps: std::sync::atomic::AtomicUsize,
}

impl fmt::Debug for Orchard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.flaw {
            Flaw::ShowsItsSecret => write!(f, "Orchard({})", self.settings.shop_secret.expose()),
            _ => write!(f, "Orchard({})", self.settings.shop_id),
        }
    }
}

pub(crate) fn build(mut config: Value, flaw: Flaw) -> Result<Arc<dyn Connector>> {
    match flaw {
        Flaw::TakesAnySetting => {
            let members = config.as_object_mut().expect("settings are an object");
            members.retain(|name, _| FIELDS.iter().any(|field| field.name == name));
        }
        Flaw::NeedsNoSecret if config.get("shop_secret").is_none() => config["shop_secret"] = json!("none"),
        Flaw::QuotesSettings if !config["shop_secret"].is_string() => {
            return Err(Error::config(format!("shop_secret = {}", config["shop_secret"])));
        }
        Flaw::CallsHomeOnly => config["base_url"] = json!(home()),
        _ => {}
    }
    let mut settings: Settings = from_config(config)?;
    settings.base_url.truncate(settings.base_url.trim_end_matches('/').len());
    Ok(Arc::new(Orchard { settings, flaw, stamps: Default::default() }))
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    rows: Vec<&'a RawValue>,
    more: Option<More>,
}

#[derive(Deserialize)]
struct More {
    from: String,
    after: String,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    at: String,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    found: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Orders<'a> {
    #[serde(borrow)]
    orders: Vec<&'a RawValue>,
    last: bool,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    ordered: String,
    status: String,
    won: i64,
    pieces: Option<i64>,
}

#[derive(Deserialize)]
struct Visits {
    date: chrono::NaiveDate,
    visits: i64,
}

impl Orchard {
    fn order(&self, raw: &RawValue, changed_at: Option<DateTime<Utc>>) -> Result<Record, Failure> {
        let mut value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let key = value["id"].as_str().map(str::to_owned);
        let failure = |reason: String| Failure { key: key.clone(), reason, raw: Some(raw.to_owned()) };
        if let (Flaw::RoundsWon, Some(won)) = (self.flaw, value["won"].as_f64()) {
            value["won"] = json!(won.round() as i64);
        }
        let line: Line = serde_json::from_value(value.clone()).map_err(|error| {
            let quoted = if self.flaw == Flaw::QuotesRows { value.to_string() } else { String::new() };
            failure(format!("{}{quoted}", decode_reason(&error)))
        })?;
        let mut ordered_at =
            parse_kst(&line.ordered).ok_or_else(|| failure("ordered is no time".to_owned()))?;
        if self.flaw == Flaw::LivesInTheFuture {
            ordered_at += TimeDelta::hours(9);
        }
        let state = match line.status.as_str() {
            "PAID" => OrderState::Paid,
            "READY" => OrderState::Preparing,
            "SENT" => OrderState::Shipped,
            "DONE" => OrderState::Decided,
            "LOST-IN-POST" if self.flaw == Flaw::KnowsAllStates => OrderState::Shipped,
            other if self.flaw == Flaw::KnowsAllStates => {
                return Err(failure(format!("{other} is no status")));
            }
            _ => OrderState::Unknown,
        };
        if self.flaw == Flaw::LogsBuyers {
            tracing::debug!(buyer = %value["buyer"], "read");
        }
        let raw = match self.flaw {
            Flaw::RewritesRows => RawValue::from_string(value.to_string()).expect("JSON"),
            _ => raw.to_owned(),
        };
        Ok(Record::Order(Order {
            order_id: line.id,
            order_group_id: None,
            ordered_at,
            status: line.status,
            state,
            amount: line.won,
            order_place_id: None,
            order_place_name: None,
            product_id: None,
            product_name: None,
            option_id: None,
            option_name: None,
            seller_code: None,
            quantity: line.pieces,
            unit_price: None,
            changed_at,
            claims: Vec::new(),
            raw,
        }))
    }

    /// Takes a row into a page, or into its failures.
    fn sort(&self, outcome: Result<Record, Failure>, page: &mut Page) -> Result<()> {
        match outcome {
            Ok(record) => page.records.push(record),
            Err(failure) if self.flaw == Flaw::FailsWholePages => return Err(Error::decode(failure.reason)),
            Err(_) if self.flaw == Flaw::DropsBadRows => {}
            Err(failure) => page.failures.push(failure),
        }
        Ok(())
    }

    fn changes(&self, response: &Response) -> Result<Page> {
        let mut page = Page::default();
        if self.flaw == Flaw::TakesAnyShape && response.json::<Listed<'_>>().is_err() {
            return Ok(page);
        }
        if response.body.starts_with(b"[") {
            return Err(Error::decode("the answer is a list where an object was expected"));
        }
        let listed: Listed<'_> = response.json()?;
        for raw in listed.rows {
            let row = serde_json::from_str::<Row>(raw.get());
            let key = serde_json::from_str::<Value>(raw.get()).unwrap_or_default()["id"]
                .as_str()
                .map(str::to_owned);
            match row.as_ref().map(|row| (row, parse_kst(&row.at))) {
                Ok((row, Some(at))) => page.changes.push(Change { key: row.id.clone(), at, status: None }),
                Ok((_, None)) => {
                    page.failures.push(Failure { key, reason: "at is no time".into(), raw: None });
                }
                Err(error) => {
                    let reason = decode_reason(error);
                    self.sort(Err(Failure { key, reason, raw: None }), &mut page)?;
                }
            }
        }
        if self.flaw == Flaw::SkipsARow && page.changes.len() > 1 {
            page.changes.pop();
        }
        if let Some(more) = listed.more.filter(|_| self.flaw != Flaw::StopsAfterOnePage) {
            let from = parse_kst(&more.from).ok_or_else(|| Error::decode("more.from is no time"))?;
            page.next = Next::Resume { from, page: format!("{}|{}", more.from, more.after) };
        }
        Ok(page)
    }

    fn window(&self, request: Request, window: Window) -> Request {
        if self.flaw == Flaw::ClampsTheWindow {
            let earliest = parse_kst("2026-02-08T11:59:58.000+09:00").expect("a time");
            return request.query("from", kst_text(window.from.max(earliest)));
        }
        request.query("from", kst_text(window.from)).query("to", kst_text(window.to))
    }

    async fn census(&self, http: &Client, request: &ReadRequest, window: Window) -> Result<Page> {
        let number: u32 = request.page.as_deref().map_or(Ok(1), str::parse).expect("a number of ours");
        let call = self.window(Request::get("orders", "/orders"), window).query("page", number.to_string());
        let response = http.send(call).await?;
        let mut page = Page::default();
        let orders: Orders<'_> = response.json()?;
        for raw in orders.orders {
            self.sort(self.order(raw, None), &mut page)?;
        }
        if self.flaw == Flaw::CountsTwice {
            page.records.iter_mut().for_each(|record| {
                if let Record::Order(order) = record {
                    order.amount *= 2;
                }
            });
        }
        if !orders.last {
            page.next = Next::Page((number + 1).to_string());
        }
        Ok(page)
    }
}

#[async_trait]
impl Connector for Orchard {
    fn spec(&self) -> &'static Spec {
        match self.flaw {
            Flaw::HasNoBatch => &WITHOUT_BATCH,
            Flaw::HasNoLimits => &WITHOUT_LIMITS,
            flaw => commands::spec(flaw).unwrap_or(&SPEC),
        }
    }

    fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    fn application(&self) -> &str {
        &self.settings.shop_id
    }

    async fn authorize(&self, http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        let secret = self.settings.shop_secret.expose();
        let form = [("shop", self.settings.shop_id.as_str()), ("secret", secret)];
        let response = http.send(|_| Ok(Request::post("token", "/token").reads().form(&form))).await?;
        let answer: Value = response.json()?;
        let (Some(token), Some(seconds)) = (answer["token"].as_str(), answer["expires_in"].as_i64()) else {
            return Err(Error::decode("token or expires_in is missing").in_operation("token"));
        };
        let lapses = http.now() + TimeDelta::seconds(seconds);
        let renews = match self.flaw {
            Flaw::AsksAlways => http.now(),
            Flaw::RenewsTooLate => lapses,
            _ => lapses - TimeDelta::minutes(5),
        };
        Ok(Credential {
            access_token: Secret::new(token),
            expires_at: Some(lapses),
            renew_at: Some(renews),
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        })
    }

    fn sign(&self, request: &mut Request, credential: &Credential) -> Result<()> {
        if self.flaw == Flaw::StampsCommands && !request.idempotent {
            let number = self.stamps.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            request.query.push(("number", number.to_string()));
        }
        if self.flaw == Flaw::SignsInTheQuery {
            request.query.push(("token", credential.access_token.expose().to_owned()));
        }
        request.bearer(credential)
    }

    fn fault(&self, response: &Response) -> Option<Fault> {
        let body: Value = response.json_lenient()?;
        if self.flaw == Flaw::IgnoresRefusals && body["code"].is_null() && !response.status.is_success() {
            return Some(Fault::default());
        }
        let code = body["code"].as_str()?.to_owned();
        Some(Fault { refresh: code == "BAD_TOKEN", code: Some(code), ..Fault::default() })
    }

    async fn check(&self, http: &Client) -> Result<()> {
        if self.flaw == Flaw::ChecksNothing {
            return Ok(());
        }
        let response = http.send(Request::get("me", "/me")).await?;
        if response.body.starts_with(b"[") {
            return Err(Error::decode("the answer is a list where an object was expected"));
        }
        Ok(())
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let Some(window) = request.window else {
            let response = http.send(Request::get("visits", "/visits")).await?;
            let mut page = Page::default();
            for raw in response.json::<Vec<&RawValue>>().map_err(|error| error.in_operation("visits"))? {
                let day = serde_json::from_str::<Visits>(raw.get());
                let outcome =
                    day.map_err(|error| Failure { key: None, reason: decode_reason(&error), raw: None });
                self.sort(outcome.map(|day| Record::Metric(metric(&day, raw))), &mut page)?;
            }
            return Ok(page);
        };
        if request.view == View::Census {
            return self.census(http, request, window).await;
        }
        let mut call = Request::get("changes", "/changes");
        if self.flaw == Flaw::ListsAsWrites {
            call = call.writes();
        }
        let call = match request.page.as_deref().and_then(|page| page.split_once('|')) {
            Some((from, after)) => {
                call.query("from", from).query("to", kst_text(window.to)).query("after", after)
            }
            None => self.window(call, window),
        };
        let response = http.send(call).await?;
        self.changes(&response).map_err(|error| error.in_operation("changes"))
    }

    async fn execute(&self, http: &Client, command: &Command) -> Result<Receipt> {
        self.carry_out(http, command).await
    }

    async fn inspect(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        self.look(http, command).await
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        if request.stream.details.is_none() && self.flaw != Flaw::FetchesUndeclared {
            return Err(Error::unsupported("fetching figures by key"));
        }
        let ids: Vec<&str> = request.keys.iter().map(|wanted| wanted.key.as_str()).collect();
        let response =
            http.send(Request::post("lookup", "/lookup").reads().json(&json!({"ids": ids}))?).await?;
        if response.body.starts_with(b"[") {
            return Err(
                Error::decode("the answer is a list where an object was expected").in_operation("lookup")
            );
        }
        let found: Found<'_> = response.json().map_err(|error| error.in_operation("lookup"))?;
        let mut page = Page::default();
        for raw in found.found {
            let key = serde_json::from_str::<Value>(raw.get()).unwrap_or_default()["id"]
                .as_str()
                .map(str::to_owned);
            // The fixture answers all lookups with all orders.
            let wanted = request.keys.iter().find(|wanted| Some(&wanted.key) == key.as_ref());
            if wanted.is_some() || key.is_none() {
                self.sort(self.order(raw, wanted.and_then(|wanted| wanted.changed_at)), &mut page)?;
            }
        }
        Ok(Fetched { records: page.records, failures: page.failures, ..Fetched::default() })
    }
}

fn metric(day: &Visits, raw: &RawValue) -> Metric {
    Metric {
        date: day.date,
        entity_type: "store",
        entity_id: "orchard".into(),
        shop_no: 1,
        impressions: Some(day.visits),
        clicks: None,
        conversions: None,
        conversion_value: None,
        raw: raw.to_owned(),
    }
}
