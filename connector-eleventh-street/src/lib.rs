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
mod personal;
mod settings;
mod settlements;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use connector_core::http::{Client, Credential, Fault, Format, Limit, Request, Response, Scope, Unsigned};
use connector_core::sync::Window;
use connector_core::time::{kst_date, kst_midnight};
use connector_core::{
    Command, Connector, DayList, FetchRequest, Fetched, Finding, OrderState, Page, ReadRequest, Receipt,
    Registration, Result, Spec, StreamSpec, SyncMode,
};
use http::HeaderName;

use crate::list::List;
use crate::settings::Settings;

connector_core::inventory::submit! {
    Registration {
        platform: "eleventh_street",
        aliases: &["11st"],
        title: "11st (11번가)",
        fields: settings::FIELDS,
        build: |config| Ok(Arc::new(EleventhStreet { settings: Settings::of(config)? })),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{"api_key": "fixture000000000000000000000000f", "seller_id": "sampleshop"}"#,
        fixture_commands: include_str!("../fixtures/commands.json"),
        personal_fields: personal::PERSONAL_FIELDS,
    }
}

/// A list holds what stands in its state, by a time that is not documented; each run reads one whole window of each. Claims end
/// by a time that their lists may not go by, and lists may go by another time than we take them to: so open lines are read again.
const ORDERS: StreamSpec = StreamSpec::daily("orders", orders::DAYS - 1, orders::DAYS).fetched(20).reread(&[
    OrderState::PaymentWaiting,
    OrderState::Paid,
    OrderState::Preparing,
    OrderState::Shipped,
    OrderState::Delivered,
    OrderState::CancelRequested,
    OrderState::ReturnRequested,
    OrderState::ExchangeRequested,
    OrderState::Unknown,
]);

/// A claim is dated by its request and ends weeks later.
const CLAIMS: StreamSpec = StreamSpec::daily("claims", claims::DAYS - 1, claims::DAYS);

const SETTLEMENTS: StreamSpec = StreamSpec::daily("settlements", 7, settlements::DAYS).on_request();

const LISTINGS: StreamSpec = StreamSpec::plain("listings", SyncMode::Snapshot).on_request();

/// The platform publishes no limit; clients report no trouble at two calls a second for each key.
const LIMIT: Limit = Limit { operation: "*", scope: Scope::Application, per_second: 2.0, burst: 2 };

static SPEC: Spec = Spec {
    streams: &[ORDERS, CLAIMS, SETTLEMENTS, LISTINGS],
    limits: &[LIMIT],
    commands: commands::COMMANDS,
    carriers: carriers::CARRIERS,
    recipient: Some(|raw| orders::model::RECIPIENT.read(raw)),
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
        let from = kst_midnight(kst_date(http.now()));
        let window = Window { from, to: from + TimeDelta::minutes(1) };
        let read = |response: &Response| answer::rows(&answer::document(response)?).map(drop);
        http.ask(orders::LISTS[1].request(window), read).await
    }

    fn day_lists(&self, stream: &'static StreamSpec) -> Vec<DayList> {
        match stream.name {
            "orders" => orders::LISTS.iter().map(List::day_list).collect(),
            "claims" => claims::LISTS.iter().map(List::day_list).collect(),
            "settlements" => vec![settlements::day_list()],
            _ => Vec::new(),
        }
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        request.only_changes()?;
        match request.stream.name {
            "listings" => listings::read(http, request.number()?).await,
            "settlements" => settlements::read(http, request.within()?).await,
            "claims" => List::read_of(http, &claims::LISTS, request).await,
            _ => List::read_of(http, &orders::LISTS, request).await,
        }
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        request.only_by_key()?;
        let mut fetched = orders::fetch(http, request).await?;
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
