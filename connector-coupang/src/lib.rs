#![doc = include_str!("../README.md")]

mod answer;
mod carriers;
mod claims;
mod commands;
mod fault;
mod listings;
mod money;
mod orders;
mod personal;
mod settings;
mod settlements;
mod sign;

use std::sync::Arc;

use async_trait::async_trait;
use connector_core::http::{
    Client, Credential, Fault, Limit, LimitNotice, Request, Response, Scope, Unsigned,
};
use connector_core::time::kst_date;
use connector_core::{
    Command, Connector, DayList, FetchRequest, Fetched, Finding, OrderState, Page, ReadRequest, Receipt,
    Registration, Result, Spec, StreamSpec, SyncMode,
};
use http::HeaderValue;

use crate::orders::MAX_DAYS;
use crate::settings::Settings;

connector_core::inventory::submit! {
    Registration {
        platform: "coupang",
        aliases: &["wing"],
        title: "Coupang WING",
        fields: settings::FIELDS,
        build: |config| Ok(Arc::new(Coupang { settings: Settings::of(config)? })),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{
            "access_key": "fixture0-0000-0000-0000-000000000001", "secret_key": "fixture0000000000000000000000000000secret",
            "vendor_id": "A00012345", "user_id": "wing_user01"
        }"#,
        fixture_commands: include_str!("../fixtures/commands.json"),
        personal_fields: personal::PERSONAL_FIELDS,
    }
}

/// The lists go by the day of creation and the present status, and have no time of change: parcels that are older and not at
/// their end are read again.
const ORDERS: StreamSpec = StreamSpec::daily("orders", 7, MAX_DAYS).fetched(10).reread(&[
    OrderState::Paid,
    OrderState::Preparing,
    OrderState::Shipped,
    OrderState::CancelRequested,
    OrderState::ReturnRequested,
    OrderState::ExchangeRequested,
    OrderState::Unknown,
]);

/// The lists go by the day on which a claim was made; most are closed within a month.
const CLAIMS: StreamSpec = StreamSpec::daily("claims", 29, MAX_DAYS);

const SETTLEMENTS: StreamSpec = StreamSpec::daily("settlements", 3, MAX_DAYS).on_request();

const LISTINGS: StreamSpec = StreamSpec::plain("listings", SyncMode::Snapshot).on_request();

/// Five calls a second for all operations of a vendor together, since 2026-03-17; a little less leaves room for other
/// programs of the seller. <https://developers.coupangcorp.com/hc/ko/articles/20414599556889>
const LIMIT: Limit = Limit { operation: "*", scope: Scope::Application, per_second: 4.0, burst: 2 };

static SPEC: Spec = Spec {
    streams: &[ORDERS, CLAIMS, SETTLEMENTS, LISTINGS],
    limits: &[LIMIT],
    commands: commands::COMMANDS,
    carriers: carriers::CARRIERS,
    recipient: Some(|raw| orders::model::RECIPIENT.read(raw)),
};

/// Below this stand the APIs of orders, claims and settlements.
const OPEN_API: &str = "/v2/providers/openapi/apis/api";

#[derive(Debug)]
struct Coupang {
    settings: Settings,
}

#[async_trait]
impl Connector for Coupang {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    fn application(&self) -> &str {
        &self.settings.vendor_id
    }

    /// There is no token: the key signs each call, and nothing is asked for.
    async fn authorize(&self, _http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        Ok(Credential::key(self.settings.access_key.clone()))
    }

    fn sign(&self, request: &mut Request, _credential: &Credential) -> Result<()> {
        sign::sign(request, &self.settings)
    }

    fn fault(&self, response: &Response) -> Option<Fault> {
        fault::fault(response)
    }

    fn limits(&self, response: &Response) -> LimitNotice {
        fault::limits(response)
    }

    async fn check(&self, http: &Client) -> Result<()> {
        self.check_orders(http, kst_date(http.now())).await
    }

    fn day_lists(&self, stream: &'static StreamSpec) -> Vec<DayList> {
        match stream.name {
            "claims" => claims::day_lists(),
            "settlements" => settlements::day_lists(),
            "listings" => Vec::new(),
            _ => orders::day_lists(self.settings.order_list),
        }
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        request.only_changes()?;
        match request.stream.name {
            "listings" => self.read_listings(http, request.page.as_deref()).await,
            "claims" => self.read_claims(http, request).await,
            "settlements" => self.read_settlements(http, request).await,
            _ => self.read_orders(http, request).await,
        }
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        request.only_by_key()?;
        self.fetch_orders(http, request).await
    }

    async fn execute(&self, http: &Client, command: &Command) -> Result<Receipt> {
        self.execute_command(http, command).await
    }

    async fn inspect(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        self.inspect_command(http, command).await
    }
}

impl Coupang {
    /// Where a version of the vendor's own APIs stands.
    fn vendor_path(&self, version: &str) -> String {
        format!("{OPEN_API}/{version}/vendors/{}", self.settings.vendor_id)
    }
}

/// Asks the gateway to wait longer for its own servers than the three seconds after which it gives up: as long as the path
/// waits for an answer to begin. <https://developers.coupangcorp.com/hc/ko/articles/360033919573> (read 2026-11)
fn patient(mut request: Request) -> Request {
    request.headers.insert("x-extended-timeout", HeaderValue::from_static("18000"));
    request
}

#[cfg(test)]
mod tests;
