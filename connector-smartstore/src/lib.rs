#![doc = include_str!("../README.md")]

mod fault;
mod model;
mod settings;
mod sign;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connector_core::config::from_config;
use connector_core::http::{
    Client, Credential, Fault, Limit, LimitNotice, Request, Response, Scope, Unsigned,
};
use connector_core::sync::Window;
use connector_core::time::kst_text;
use connector_core::{
    Census, Connector, Details, Error, FetchRequest, Fetched, OrderState, Page, ReadRequest, Registration,
    Reread, Result, Secret, Spec, StreamSpec, SyncMode, View, Wanted,
};
use serde::{Deserialize, Serialize};

use crate::model::PAGE_ROWS;
use crate::settings::{Account, BASE_URL, FIELDS, PERSONAL_FIELDS, Settings};
use connector_core::lenient::{Object, Text, Whole};

connector_core::inventory::submit! {
    Registration {
        platform: "smartstore",
        aliases: &["naver"],
        title: "Naver SmartStore",
        fields: FIELDS,
        build: |config| Ok(Arc::new(SmartStore { settings: from_config::<Settings>(config)?.checked()? })),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{"client_id": "fixture00000000000000", "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe"}"#,
        fixture_commands: "[]",
        personal_fields: PERSONAL_FIELDS,
    }
}

const DAY: Duration = Duration::from_hours(24);

/// Two calls a second with a burst of twice that, for each API of each application. The token call's limit is not
/// documented and taken for the same. <https://github.com/commerce-api-naver/commerce-api/discussions/6>
const LIMIT: Limit = Limit { operation: "*", scope: Scope::Operation, per_second: 2.0, burst: 4 };

const ORDERS: StreamSpec = StreamSpec {
    name: "orders",
    sync: SyncMode::Incremental {
        max_window: DAY,
        overlap: Duration::from_mins(15),
        settle: Duration::from_secs(3),
    },
    details: Some(Details { batch: PAGE_ROWS }),
    // The feed has no event for the seller's confirmation, for a delivery, for an order that lapses unpaid, nor for
    // steps within a claim. <https://github.com/commerce-api-naver/commerce-api/discussions/2437>
    reread: Some(Reread {
        states: &[
            OrderState::PaymentWaiting,
            OrderState::Paid,
            OrderState::Preparing,
            OrderState::Shipped,
            OrderState::ReturnRequested,
            OrderState::ExchangeRequested,
            OrderState::Unknown,
        ],
        every: Duration::from_hours(6),
        max_age: Duration::from_hours(60 * 24),
    }),
    census: Some(Census { max_window: DAY }),
    on_request: false,
};

static SPEC: Spec = Spec::reading(&[ORDERS], &[LIMIT]);

/// The platform hands out a new token only in the last half hour of the old one.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(30);

/// A timestamp in the platform's future is refused, one of the last 5 minutes is taken.
const BEHIND: TimeDelta = TimeDelta::seconds(3);

#[derive(Debug)]
struct SmartStore {
    settings: Settings,
}

#[async_trait]
impl Connector for SmartStore {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    fn application(&self) -> &str {
        self.settings.client_id.expose()
    }

    async fn authorize(&self, http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        let response = http.send(|now| self.token_request(now - BEHIND)).await?;
        credential(&response, http.now()).map_err(|error| error.in_operation("token"))
    }

    fn fault(&self, response: &Response) -> Option<Fault> {
        fault::fault(response)
    }

    fn limits(&self, response: &Response) -> LimitNotice {
        fault::limits(response, self.settings.base_url == BASE_URL)
    }

    async fn check(&self, http: &Client) -> Result<()> {
        let operation = "seller/account";
        let response = http.send(Request::get(operation, "/v1/seller/account")).await?;
        model::check_object(&response).map_err(|error| error.in_operation(operation))
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let window = request.window.ok_or_else(|| Error::unsupported("reading without a window"))?;
        let page = request.page.as_deref();
        let (call, number) = match request.view {
            View::Changes => (feed_request(window, page)?, 1),
            View::Census => list_request(window, page)?,
        };
        let operation = call.operation;
        let response = http.send(call).await?;
        match request.view {
            View::Changes => model::feed_page(&response, window),
            View::Census => model::list_page(&response, number),
        }
        .map_err(|error| error.in_operation(operation))
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        let call = details_request(&request.keys)?;
        let operation = call.operation;
        let response = http.send(call).await?;
        model::details(&response, &request.keys).map_err(|error| error.in_operation(operation))
    }
}

impl SmartStore {
    /// Parameters in the body, never in the query, and no `account_id` with `SELF`: the platform answers such requests
    /// with a token all the same, and then cuts the application to one call an hour.
    /// <https://github.com/commerce-api-naver/commerce-api/discussions/3751>
    fn token_request(&self, at: DateTime<Utc>) -> Result<Request> {
        let Settings { client_id, client_secret, account, account_id, .. } = &self.settings;
        let timestamp = at.timestamp_millis();
        let sign = Secret::new(sign::signature(client_id, client_secret, timestamp)?);
        let timestamp = timestamp.to_string();
        let mut form = vec![
            ("client_id", client_id.expose()),
            ("timestamp", &timestamp),
            ("client_secret_sign", sign.expose()),
            ("grant_type", "client_credentials"),
            ("type", account.name()),
        ];
        if let (Account::Seller, Some(id)) = (account, account_id) {
            form.push(("account_id", id));
        }
        // Asking twice gives the same token.
        Ok(Request::post("token", "/v1/oauth2/token").form(&form).reads())
    }
}

/// The token of an answer that came at `now`.
fn credential(response: &Response, now: DateTime<Utc>) -> Result<Credential> {
    #[derive(Deserialize)]
    struct Token<'a> {
        #[serde(default, borrow)]
        access_token: Text<'a>,
        #[serde(default)]
        expires_in: Whole,
    }
    let Object(token) = response.json::<Object<Token<'_>>>()?;
    let access_token = token.access_token.filled().ok_or_else(|| Error::decode("access_token is missing"))?;
    let lifetime = token
        .expires_in
        .get()
        .filter(|seconds| (1..=31_536_000).contains(*seconds))
        .map(|seconds| TimeDelta::seconds(*seconds))
        .ok_or_else(|| Error::decode("expires_in is missing or no number of seconds"))?;
    let expires_at = now + lifetime;
    // A server that hands out shorter tokens would otherwise be asked before every call.
    let margin = if lifetime > RENEW_BEFORE { RENEW_BEFORE } else { lifetime / 2 };
    Ok(Credential {
        access_token: Secret::new(access_token),
        expires_at: Some(expires_at),
        renew_at: Some(expires_at - margin),
        refresh_token: None,
        refresh_expires_at: None,
        scopes: Vec::new(),
    })
}

/// The change feed. Milliseconds are mandatory in its times.
fn feed_request(window: Window, page: Option<&str>) -> Result<Request> {
    let (from, sequence) = match page {
        Some(token) => model::feed_token(token).map(|(from, sequence)| (from.to_owned(), sequence))?,
        None => (kst_text(window.from), ""),
    };
    let path = "/v1/pay-order/seller/product-orders/last-changed-statuses";
    let request = Request::get("last-changed-statuses", path)
        .query("lastChangedFrom", from)
        .query("lastChangedTo", kst_text(window.to))
        .query("limitCount", PAGE_ROWS.to_string());
    Ok(if sequence.is_empty() { request } else { request.query("moreSequence", sequence) })
}

/// The conditional list by order time, and the number of the page asked for.
fn list_request(window: Window, page: Option<&str>) -> Result<(Request, u32)> {
    let number = page
        .map_or(Some(1), |page| page.parse::<u32>().ok().filter(|number| (1..u32::MAX).contains(number)))
        .ok_or_else(|| Error::decode("the page token is not one of the conditional list's"))?;
    let request = Request::get("product-orders", "/v1/pay-order/seller/product-orders")
        .query("from", kst_text(window.from))
        .query("to", kst_text(window.to))
        .query("rangeType", "ORDERED_DATETIME")
        .query("pageSize", PAGE_ROWS.to_string())
        .query("page", number.to_string())
        .query("quantityClaimCompatibility", "true");
    Ok((request, number))
}

/// The details of up to 300 product orders.
fn details_request(wanted: &[Wanted]) -> Result<Request> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        product_order_ids: Vec<&'a str>,
        quantity_claim_compatibility: bool,
    }
    let body = Body {
        product_order_ids: wanted.iter().map(|wanted| wanted.key.as_str()).collect(),
        quantity_claim_compatibility: true,
    };
    Request::post("product-orders/query", "/v1/pay-order/seller/product-orders/query").reads().json(&body)
}
