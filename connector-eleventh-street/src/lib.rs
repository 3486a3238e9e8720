#![doc = include_str!("../README.md")]

mod answer;
mod carriers;
mod claims;
mod commands;
mod fault;
mod list;
mod listings;
mod look;
mod orders;
mod path;
mod recipient;
mod settings;
mod settlements;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use connector_core::command::{Command, Finding, Receipt};
use connector_core::config::from_config;
use connector_core::http::{Client, Credential, Fault, Format, Limit, Request, Response, Scope, Unsigned};
use connector_core::sync::Window;
use connector_core::time::{kst_date, kst_midnight};
use connector_core::{
    Connector, DayList, Details, Error, FetchRequest, Fetched, OrderState, Page, ReadRequest, Registration,
    Reread, Result, Spec, StreamSpec, SyncMode, Wanted,
};
use http::HeaderName;

use crate::answer::{document, rows};
use crate::list::{CLAIM_DAYS, CLAIMS, FORCED, Holds, List, ORDER_DAYS, ORDERS};
use crate::path::{day, minutes, path};
use crate::settings::{FIELDS, PERSONAL_FIELDS, Settings};

connector_core::inventory::submit! {
    Registration {
        platform: "eleventh_street",
        aliases: &["11st"],
        title: "11st (11번가)",
        fields: FIELDS,
        build: |config| Ok(Arc::new(EleventhStreet { settings: from_config::<Settings>(config)?.checked()? })),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{"api_key": "fixture000000000000000000000000f", "seller_id": "sampleshop"}"#,
        fixture_commands: include_str!("../fixtures/commands.json"),
        personal_fields: PERSONAL_FIELDS,
    }
}

const ORDER_LINES: StreamSpec = StreamSpec {
    details: Some(Details { batch: 20 }),
    // Claims end by a time that their lists may not go by, and lists may go by another time than we take them to.
    reread: Some(Reread {
        states: &[
            OrderState::PaymentWaiting,
            OrderState::Paid,
            OrderState::Preparing,
            OrderState::Shipped,
            OrderState::Delivered,
            OrderState::CancelRequested,
            OrderState::ReturnRequested,
            OrderState::ExchangeRequested,
            OrderState::Unknown,
        ],
        every: Duration::from_hours(6),
        max_age: Duration::from_hours(60 * 24),
    }),
    // A list holds what stands in its state, by a time that is not documented; each run reads one whole window of each.
    ..StreamSpec::plain("orders", SyncMode::Daily { resettle_days: ORDER_DAYS - 1, stride_days: ORDER_DAYS })
};

/// A claim is dated by its request and ends weeks later.
const CLAIM_LISTS: StreamSpec =
    StreamSpec::plain("claims", SyncMode::Daily { resettle_days: CLAIM_DAYS - 1, stride_days: CLAIM_DAYS });

const SETTLEMENTS: StreamSpec = StreamSpec {
    on_request: true,
    ..StreamSpec::plain("settlements", SyncMode::Daily { resettle_days: 7, stride_days: settlements::DAYS })
};

const LISTINGS: StreamSpec =
    StreamSpec { on_request: true, ..StreamSpec::plain("listings", SyncMode::Snapshot) };

/// The platform publishes no limit; clients report no trouble at two calls a second for each key.
const LIMIT: Limit = Limit { operation: "*", scope: Scope::Application, per_second: 2.0, burst: 2 };

static SPEC: Spec = Spec {
    streams: &[ORDER_LINES, CLAIM_LISTS, SETTLEMENTS, LISTINGS],
    limits: &[LIMIT],
    commands: commands::COMMANDS,
    carriers: carriers::CARRIERS,
    recipient: Some(recipient::read),
};

const KEY_HEADER: HeaderName = HeaderName::from_static("openapikey");

#[derive(Debug)]
struct EleventhStreet {
    settings: Settings,
}

#[async_trait]
impl Connector for EleventhStreet {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    fn application(&self) -> &str {
        self.settings.api_key.expose()
    }

    fn format(&self) -> Format {
        Format::Xml
    }

    /// The key is the credential: no call is made for one.
    async fn authorize(&self, _http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        Ok(Credential::key(self.settings.api_key.clone()))
    }

    fn sign(&self, request: &mut Request, _credential: &Credential) -> Result<()> {
        // The settings' own key: a stored one may be of before it was changed.
        request.secret_header(KEY_HEADER, self.settings.api_key.expose())
    }

    fn fault(&self, response: &Response) -> Option<Fault> {
        fault::fault(response)
    }

    /// The first minute of the day's paid orders: the cheapest list that needs the key's right to orders.
    async fn check(&self, http: &Client) -> Result<()> {
        let midnight = kst_midnight(kst_date(http.now()));
        let window = Window { from: midnight, to: midnight + TimeDelta::minutes(1) };
        let (operation, path) = windowed(ORDERS[1], window);
        let root = document(&http.send(Request::get(operation, path)).await?);
        root.and_then(|root| rows(&root).map(drop)).map_err(|error| error.in_operation(operation))
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        request.only_changes()?;
        if request.stream.name == LISTINGS.name {
            let start = request.page.as_deref().map_or(Some(1), |page| page.parse::<u32>().ok());
            return listings::page(http, start.filter(|start| *start > 0).ok_or_else(strange_token)?).await;
        }
        let window = request.within()?;
        if request.stream.name == SETTLEMENTS.name {
            return settled(http, window).await;
        }
        let lists: &[List] = if request.stream.name == CLAIM_LISTS.name { &CLAIMS } else { &ORDERS };
        let token = request.page.as_deref().unwrap_or(lists[0].name);
        let list = lists.iter().find(|list| list.name == token).ok_or_else(strange_token)?;
        read_list(http, *list, window).await
    }

    fn day_lists(&self, stream: &'static StreamSpec) -> Vec<DayList> {
        match stream.name {
            "orders" => ORDERS.iter().map(|list| list.day_list()).collect(),
            "claims" => CLAIMS.iter().map(|list| list.day_list()).collect(),
            "settlements" => vec![DayList::new(SETTLEMENT_LIST, "settlements", settlements::DAYS)],
            _ => Vec::new(),
        }
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        if request.stream.details.is_none() {
            return Err(Error::unsupported(&format!("fetching {} by key", request.stream.name)));
        }
        let mut fetched = fetch_lines(http, &request.keys).await?;
        // What else an order holds stands in a list of its own, in that list's words.
        let is_wanted = |key: &str| request.keys.iter().any(|wanted| wanted.key == key);
        fetched.records.retain(|record| is_wanted(&record.key()));
        fetched.failures.retain(|failure| failure.key.as_deref().is_none_or(is_wanted));
        Ok(fetched)
    }

    async fn execute(&self, http: &Client, command: &Command) -> Result<Receipt> {
        commands::execute(http, command).await
    }

    async fn inspect(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        look::inspect(http, command).await
    }
}

fn strange_token() -> Error {
    Error::decode("the page token is none of this connector's")
}

/// Operation and path of a list's window.
pub(crate) fn windowed(list: List, window: Window) -> (&'static str, String) {
    (list.path, format!("/{}{}", list.path, minutes(window)))
}

/// What a list holds of a window. There are no pages: a list that may not be whole is too wide.
pub(crate) async fn read_list(http: &Client, list: List, window: Window) -> Result<Page> {
    let (operation, path) = windowed(list, window);
    let now = http.now();
    let response = match http.send(Request::get(operation, path)).await {
        Err(error) if list.name == FORCED && error.code() == Some(fault::NO_SUCH_API) => {
            tracing::warn!(operation, "11st: this key lacks the list of forced cancels; none are read");
            return Ok(Page::default());
        }
        response => response?,
    };
    document(&response)
        .and_then(|root| match list.holds {
            Holds::Lines(status) => orders::page(&root, status),
            Holds::Keys(status) => orders::keys(&root, window.to, status, now),
            Holds::Claims(kind, status) => claims::page(&root, kind, status),
        })
        .map_err(|error| error.in_operation(operation))
}

const SETTLEMENT_LIST: &str = "settlement/settlementList";

async fn settled(http: &Client, window: Window) -> Result<Page> {
    let last = window.to - TimeDelta::milliseconds(1);
    let path = format!("/{SETTLEMENT_LIST}/{}/{}", day(window.from), day(last));
    let root = document(&http.send(Request::get(SETTLEMENT_LIST, path)).await?);
    root.and_then(|root| settlements::page(&root)).map_err(|error| error.in_operation(SETTLEMENT_LIST))
}

/// Whole lines of orders, by number: all lines of each order, in any state. The answer is not documented to say how a line
/// stands; where it does not, the list of states is asked, once for all.
pub(crate) async fn fetch_lines(http: &Client, wanted: &[Wanted]) -> Result<Fetched> {
    const ORDER: &str = "ordservices/complete/order";
    const STATES: &str = "claimservice/orderlistall";
    let numbers = orders::numbers(wanted.iter().map(|wanted| wanted.key.as_str()));
    let mut answers = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let path = path(&["ordservices", "complete", number]).map_err(|_| bad_number())?;
        let root = document(&http.send(Request::get(ORDER, path)).await?);
        answers.push(root.map_err(|error| error.in_operation(ORDER))?);
    }
    let mut told = HashMap::new();
    if !answers.iter().all(orders::all_say_their_status) {
        let path = path(&["claimservice", "orderlistall", &numbers.join(",")]).map_err(|_| bad_number())?;
        let root = document(&http.send(Request::get(STATES, path)).await?);
        told = root.and_then(|root| orders::statuses(&root)).map_err(|error| error.in_operation(STATES))?;
    }
    let mut fetched = Fetched::default();
    for root in &answers {
        orders::lines(root, &told, wanted, &mut fetched).map_err(|error| error.in_operation(ORDER))?;
    }
    Ok(fetched)
}

fn bad_number() -> Error {
    Error::decode("the order number of a key cannot stand in an address")
}
