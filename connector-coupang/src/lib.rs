#![doc = include_str!("../README.md")]

mod carriers;
mod claims;
mod commands;
mod envelope;
mod fault;
mod listings;
mod money;
mod orders;
mod place;
mod recipient;
mod settings;
mod settlements;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::config::from_config;
use connector_core::http::{
    Client, Credential, Fault, Limit, LimitNotice, Request, Response, Scope, Unsigned,
};
use connector_core::time::kst_date;
use connector_core::{
    Command, Connector, DayList, Details, Error, FetchRequest, Fetched, Finding, OrderState, Page,
    ReadRequest, Receipt, Registration, Reread, Result, Spec, StreamSpec, SyncMode,
};
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use crate::settings::{FIELDS, PERSONAL_FIELDS, Settings};

connector_core::inventory::submit! {
    Registration {
        platform: "coupang",
        aliases: &["wing"],
        title: "Coupang WING",
        fields: FIELDS,
        build: |config| Ok(Arc::new(Coupang::new(from_config::<Settings>(config)?.checked()?)?)),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{
            "access_key": "fixture0-0000-0000-0000-000000000001", "secret_key": "fixture0000000000000000000000000000secret",
            "vendor_id": "A00012345", "user_id": "wing_user01"
        }"#,
        fixture_commands: include_str!("../fixtures/commands.json"),
        personal_fields: PERSONAL_FIELDS,
    }
}

const ORDERS: StreamSpec = StreamSpec {
    details: Some(Details { batch: 10 }),
    // Parcels that are older and not at their end yet.
    reread: Some(Reread {
        states: &[
            OrderState::Paid,
            OrderState::Preparing,
            OrderState::Shipped,
            OrderState::CancelRequested,
            OrderState::ReturnRequested,
            OrderState::ExchangeRequested,
            OrderState::Unknown,
        ],
        every: Duration::from_hours(6),
        max_age: Duration::from_hours(60 * 24),
    }),
    // The lists go by the day of creation and the present status, and have no time of change.
    ..StreamSpec::plain("orders", SyncMode::Daily { resettle_days: 7, stride_days: orders::MAX_DAYS })
};

/// The lists go by the day on which a claim was made; most are closed within a month.
const CLAIMS: StreamSpec =
    StreamSpec::plain("claims", SyncMode::Daily { resettle_days: 29, stride_days: orders::MAX_DAYS });

const SETTLEMENTS: StreamSpec = StreamSpec {
    on_request: true,
    ..StreamSpec::plain("settlements", SyncMode::Daily { resettle_days: 3, stride_days: orders::MAX_DAYS })
};

const LISTINGS: StreamSpec =
    StreamSpec { on_request: true, ..StreamSpec::plain("listings", SyncMode::Snapshot) };

/// Five calls a second for all operations of a vendor together, since 2026-03-17; a little less leaves room for other
/// programs of the seller. <https://developers.coupangcorp.com/hc/ko/articles/20414599556889>
const LIMIT: Limit = Limit { operation: "*", scope: Scope::Application, per_second: 4.0, burst: 2 };

static SPEC: Spec = Spec {
    streams: &[ORDERS, CLAIMS, SETTLEMENTS, LISTINGS],
    limits: &[LIMIT],
    commands: commands::COMMANDS,
    carriers: carriers::CARRIERS,
    recipient: Some(recipient::read),
};

/// Below this stand the APIs of orders, claims and settlements.
const OPEN_API: &str = "/v2/providers/openapi/apis/api";

#[derive(Debug)]
struct Coupang {
    settings: Settings,
    /// The vendor as a header value.
    vendor: HeaderValue,
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

    /// Signs with the keys of the settings: a credential that an earlier process kept may be of an older key.
    fn sign(&self, request: &mut Request, _credential: &Credential) -> Result<()> {
        let at = request.at.ok_or_else(|| Error::unsupported("signing a request that is not on its way"))?;
        let signed = sign::Signed {
            method: request.method.as_str(),
            path: &sign::path_on_the_wire(&self.settings.base_url, &request.path),
            query: &request.query_text(),
        };
        let header = sign::authorization(&self.settings.access_key, &self.settings.secret_key, at, signed)?;
        request.secret_header(AUTHORIZATION, header.expose())?;
        let headers = &mut request.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
        headers.insert("x-requested-by", self.vendor.clone());
        headers.insert("x-market", HeaderValue::from_static("KR"));
        Ok(())
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
        let page = request.page.as_deref();
        if request.stream.name == LISTINGS.name {
            return self.read_listings(http, page).await;
        }
        let window = request.within()?;
        match request.stream.name {
            "claims" => self.read_claims(http, window, page).await,
            "settlements" => self.read_settlements(http, window, page).await,
            _ => self.read_orders(http, window, page).await,
        }
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        orders::only_orders(request.stream)?;
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
    fn new(settings: Settings) -> Result<Self> {
        let vendor = HeaderValue::from_str(&settings.vendor_id)
            .map_err(|_| Error::config("vendor_id cannot stand in a header"))?;
        Ok(Self { settings, vendor })
    }

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
