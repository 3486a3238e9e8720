#![doc = include_str!("../README.md")]

mod admin;
mod dialect;
mod fault;
mod figures;
mod oauth;
mod object;
mod orders;
mod personal;
mod place;
mod settings;
mod state;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{Days, NaiveDate};
use connector_core::http::{Client, Credential, Fault, Limit, LimitNotice, Response, Scope, Unsigned};
use connector_core::sync::Window;
use connector_core::time::kst_date;
use connector_core::{
    Connector, Consent, DayList, Error, ErrorKind, FetchRequest, Fetched, Figures, Next, OrderState, Page,
    ReadRequest, Registration, Result, Secret, Spec, StreamSpec, View,
};
use serde_json::{Value, json};

use crate::dialect::{Ask, Dialect, Figure};
use crate::fault::ADMIN_RATE;
use crate::figures::Asked;
use crate::place::{List, Place};
use crate::settings::{ANALYTICS_SCOPES, FIELDS, ORDER_SCOPE, Settings};

connector_core::inventory::submit! {
    Registration {
        platform: "cafe24",
        aliases: &["cafe24_analytics"],
        title: "Cafe24",
        fields: FIELDS,
        build: |config| Ok(Arc::new(Cafe24::new(Settings::of(config)?))),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{
            "client_id": "FixtureClient000000001", "client_secret": "FixtureSecret00000001", "mall_id": "samplemall",
            "scope": "mall.read_analytics,mall.read_order", "refresh_token": "FixtureRefresh00000000", "page_limit": 50
        }"#,
        fixture_commands: "[]",
        personal_fields: personal::PERSONAL_FIELDS,
    }
}

/// The platform names no widest range; clients ask for a month at most.
const MONTH: u32 = 31;

/// Figures of the last days still move. <https://developers.cafe24.com/docs/en/api/cafe24data/> (read 2026-10)
const METRICS: StreamSpec = StreamSpec::daily("metrics", 3, MONTH);

/// The list takes days, not times, and has no time of change; it is asked once for each event that it can date. The steps within
/// preparation and within a claim bear no date of their own: lines in these states are read again.
const ORDERS: StreamSpec = StreamSpec::daily("orders", 1, MONTH)
    .fetched(100)
    .census(Duration::from_hours(24 * MONTH as u64))
    .reread(&[
        OrderState::PaymentWaiting,
        OrderState::Paid,
        OrderState::Preparing,
        OrderState::Shipped,
        OrderState::CancelRequested,
        OrderState::ReturnRequested,
        OrderState::ExchangeRequested,
        OrderState::Unknown,
    ]);

/// The Analytics API: 40 calls at once and 2 a second, by address and URL; kept as one bucket, since only some accounts
/// of it name the URL. The Admin API: 40 by mall, and no more than 10 a second from one address.
/// <https://developers.cafe24.com/docs/ko/api/admin/> (read 2026-10)
static SPEC: Spec = Spec {
    streams: &[METRICS, ORDERS],
    limits: &[
        Limit { operation: ADMIN, scope: Scope::Operation, per_second: ADMIN_RATE, burst: 8 },
        Limit { operation: "token", scope: Scope::Operation, per_second: 1.0, burst: 4 },
        Limit { operation: "*", scope: Scope::Application, per_second: 2.0, burst: 40 },
    ],
    commands: &[],
    carriers: &[],
    recipient: None,
};

/// All Admin calls share one bucket, so they are one operation.
const ADMIN: &str = "admin/orders";

#[derive(Debug)]
struct Cafe24 {
    settings: Settings,
    /// The server's shape, once it is known.
    dialect: OnceLock<Dialect>,
}

#[async_trait]
impl Connector for Cafe24 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    fn application(&self) -> &str {
        self.settings.client_id.expose()
    }

    async fn authorize(&self, http: &Unsigned<'_>, stored: Option<&Credential>) -> Result<Credential> {
        oauth::refresh(&self.settings, http, stored).await
    }

    fn fault(&self, response: &Response) -> Option<Fault> {
        fault::fault(response)
    }

    fn limits(&self, response: &Response) -> LimitNotice {
        fault::limits(response)
    }

    fn day_lists(&self, stream: &'static StreamSpec) -> Vec<DayList> {
        self.settings
            .shop_nos
            .iter()
            .flat_map(|shop_no| List::of(stream.name).iter().map(|list| self.day_list(*list, *shop_no)))
            .collect()
    }

    fn withheld(&self, stream: &'static StreamSpec, credential: &Credential) -> Result<Option<String>> {
        let wanted: &[&str] = if stream.name == ORDERS.name { &[ORDER_SCOPE] } else { &ANALYTICS_SCOPES };
        let holds = |scopes: &[String]| wanted.iter().any(|scope| scopes.iter().any(|held| held == scope));
        let asked = holds(&self.settings.scopes());
        if holds(&credential.scopes) || credential.scopes.is_empty() && asked {
            return Ok(None);
        }
        let scope = wanted[0];
        if asked {
            return Err(Error::new(
                ErrorKind::Permission,
                format!("the mall granted {}, and not {scope}", credential.scopes.join(", ")),
            )
            .with_fix(format!(
                "register {scope} on the app in the developer centre, then `runner connectors authorize NAME`"
            )));
        }
        Ok(Some(format!(
            "the scope {scope} is not granted; add it to the setting scope and authorize again to read this, too"
        )))
    }

    fn learned(&self) -> Vec<(&'static str, Value)> {
        match (self.settings.dialect.settled(), self.dialect.get()) {
            (None, Some(dialect)) => vec![("dialect", json!(dialect.name()))],
            _ => Vec::new(),
        }
    }

    fn consent(&self, state: &str) -> Option<Consent> {
        Some(oauth::consent(&self.settings, state))
    }

    async fn exchange(&self, http: &Unsigned<'_>, code: &Secret) -> Result<Credential> {
        oauth::exchange(&self.settings, http, code).await
    }

    async fn check(&self, http: &Client) -> Result<()> {
        let yesterday = kst_date(http.now()) - Days::new(1);
        let shop_no = self.settings.shop_nos[0];
        if http.withheld(&METRICS).await?.is_none() {
            let ask = Ask { figure: Figure::Visits, shop_no, first: yesterday, last: yesterday, offset: 0 };
            return self.ask(http, ask).await.map(drop);
        }
        let request =
            self.admin("/orders/count", shop_no, yesterday, yesterday).query("date_type", "order_date");
        http.send(request).await.map(drop)
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let window = request.within()?;
        let place = match &request.page {
            Some(token) => Place::parse(token)?,
            None => Place {
                list: List::of(request.stream.name)[0],
                shop_no: self.settings.shop_nos[0],
                offset: 0,
            },
        };
        if !List::of(request.stream.name).contains(&place.list) {
            return Err(Error::decode("the page token is another stream's"));
        }
        match (place.list, request.view) {
            (List::Store | List::Product | List::Domain, View::Census) => {
                Err(Error::unsupported("a second way to list figures"))
            }
            (List::Store, _) => self.read_store(http, window, place).await,
            (List::Product | List::Domain, _) => self.read_figures(http, window, place).await,
            (List::Orders(_), View::Census) => self.read_census(http, window, place).await,
            (List::Orders(_), View::Changes) => self.read_orders(http, window, place).await,
        }
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        request.only_by_key()?;
        self.fetch_orders(http, request).await
    }
}

impl Cafe24 {
    fn new(settings: Settings) -> Self {
        let dialect = settings.dialect.settled().map_or_else(OnceLock::new, OnceLock::from);
        Self { settings, dialect }
    }

    fn day_list(&self, list: List, shop_no: i64) -> DayList {
        let (max_days, entity_type, follow_up) = match list {
            List::Store => (MONTH, Some("store"), false),
            // Live rows of these two are totals of the range and bear no date.
            List::Product | List::Domain => {
                let max_days = if self.dialect.get() == Some(&Dialect::Seed) { MONTH } else { 1 };
                let entity_type = if list == List::Product { "product" } else { "domain" };
                (max_days, Some(entity_type), false)
            }
            List::Orders(date_type) => (MONTH, None, date_type != place::ORDER_DATE),
        };
        let name = format!("{} of shop {shop_no}", list.name());
        let first_page = Place { list, shop_no, offset: 0 }.token();
        let figures = entity_type.map(|entity_type| Figures { entity_type, shop_no });
        DayList { follow_up, figures, ..DayList::new(name, first_page, max_days) }
    }

    /// Asks the Analytics API in its dialect. While that is not known, the live one is tried first, and the other one
    /// where the server does not know the live path; the first that is understood is kept.
    async fn ask(&self, http: &Client, ask: Ask) -> Result<(Dialect, Response)> {
        if let Some(dialect) = self.dialect.get() {
            return Ok((*dialect, http.send(ask.request(*dialect, &self.settings)).await?));
        }
        let live = match self.try_dialect(http, ask, Dialect::Live).await {
            Ok(response) => return Ok((self.settle(Dialect::Live), response)),
            Err(error) => error,
        };
        if !matches!(live.kind(), ErrorKind::NotFound | ErrorKind::Rejected | ErrorKind::Decode) {
            return Err(live);
        }
        match self.try_dialect(http, ask, Dialect::Seed).await {
            Ok(response) => Ok((self.settle(Dialect::Seed), response)),
            Err(seed) => {
                tracing::debug!(error = %seed, "the other dialect does not serve either");
                Err(live)
            }
        }
    }

    async fn try_dialect(&self, http: &Client, ask: Ask, dialect: Dialect) -> Result<Response> {
        let response = http.send(ask.request(dialect, &self.settings)).await?;
        figures::rows(&response, ask.figure).map_err(|error| error.in_operation(ask.figure.endpoint()))?;
        Ok(response)
    }

    fn settle(&self, dialect: Dialect) -> Dialect {
        tracing::info!(dialect = dialect.name(), "the Analytics server's dialect is settled");
        *self.dialect.get_or_init(|| dialect)
    }

    /// Visits and page views of some days.
    async fn read_store(&self, http: &Client, window: Window, place: Place) -> Result<Page> {
        let (first, last) = window.days();
        let ask = |figure| Ask { figure, shop_no: place.shop_no, first, last, offset: 0 };
        let (dialect, visits) = self.ask(http, ask(Figure::Visits)).await?;
        let visits = rows(&visits, Figure::Visits)?;
        let (_, page_views) = self.ask(http, ask(Figure::PageViews)).await?;
        let page_views = rows(&page_views, Figure::PageViews)?;
        if dialect == Dialect::Live && visits.len().max(page_views.len()) >= self.settings.page_limit {
            // Both lists must be whole to be joined, so they are asked for fewer days rather than page by page.
            return Err(
                Error::new(ErrorKind::TooWide, "more rows than one page holds").in_operation("visitors")
            );
        }
        let figures::Read { records, failures } =
            self.asked(place.shop_no, first, last).store(&visits, &page_views);
        Ok(Page { records, failures, ..Page::default() })
    }

    /// A page of sales by product, or of visits by domain.
    async fn read_figures(&self, http: &Client, window: Window, place: Place) -> Result<Page> {
        let (first, last) = window.days();
        let figure = if place.list == List::Product { Figure::Sales } else { Figure::Domains };
        let ask = Ask { figure, shop_no: place.shop_no, first, last, offset: place.offset };
        let (dialect, response) = self.ask(http, ask).await?;
        let rows = rows(&response, figure)?;
        let asked = self.asked(place.shop_no, first, last);
        let figures::Read { records, failures } = match figure {
            Figure::Sales => asked.products(&rows),
            _ => asked.domains(&rows),
        };
        // There is no count: a short page is the last one. The other dialect has no pages.
        let limit = self.settings.page_limit;
        let is_last = dialect == Dialect::Seed || rows.len() < limit;
        let next = if is_last { Next::Done } else { Next::Page(place.after(limit).token()) };
        Ok(Page { records, failures, next, ..Page::default() })
    }

    fn asked(&self, shop_no: i64, first: NaiveDate, last: NaiveDate) -> Asked<'_> {
        Asked { mall_id: &self.settings.mall_id, shop_no, first, last }
    }
}

fn rows(response: &Response, figure: Figure) -> Result<Vec<&serde_json::value::RawValue>> {
    figures::rows(response, figure).map_err(|error| error.in_operation(figure.endpoint()))
}

#[cfg(test)]
mod tests;
