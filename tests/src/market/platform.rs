//! One platform call, from its arrival to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Answer, Stamp};
use super::fault::FaultKind;
use super::instant::HOUR;
use super::json::Json;
use super::ledger::Endpoint;
use super::orders::{self, Parameters};
use super::settings::Settings;
use super::state::Inner;
use super::token::{self, TokenRequest};
use super::{bucket::Rate, control};

const MOST_BODY: usize = 4 << 20;

/// Answers anything that arrives: control calls below `/__market`, platform calls below `/external`.
pub(crate) async fn handle(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(path) = parts.uri.path().strip_prefix("/__market/") {
        let body = to_bytes(body, MOST_BODY).await.unwrap_or_default();
        return control::handle(&inner, &parts.method, path, parts.uri.query(), &body);
    }
    let endpoint = route(&parts);
    let arrival = Arrival::new(&inner, endpoint);
    let body = to_bytes(body, MOST_BODY).await.unwrap_or_default();
    let settings = inner.settings();
    let mut delay = Duration::from_millis(settings.latency_ms);
    if let Some(FaultKind::Slow(millis)) = &arrival.fault {
        delay += Duration::from_millis(*millis);
    }
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let stamp = Stamp::new(inner.clock.now(), arrival.number);
    let call = Call {
        inner: &inner,
        settings: &settings,
        stamp: &stamp,
        arrival: &arrival,
        parts: &parts,
        body: &body,
    };
    let mut answer = call.answer().unwrap_or_else(|refusal| refusal);
    call.spoil(&mut answer);
    inner.ledger().answered(arrival.number, answer.status, answer.rows);
    if endpoint == Endpoint::Feed {
        inner.run_hooks(arrival.nth);
    }
    answer.into_response(&stamp)
}

/// Every documented path is below `/external`; what the gateway does not know, a wrong method included, is 404.
fn route(parts: &Parts) -> Endpoint {
    match (&parts.method, parts.uri.path()) {
        (&Method::POST, "/external/v1/oauth2/token") => Endpoint::Token,
        (&Method::GET, "/external/v1/pay-order/seller/product-orders/last-changed-statuses") => {
            Endpoint::Feed
        }
        (&Method::POST, "/external/v1/pay-order/seller/product-orders/query") => Endpoint::Query,
        (&Method::GET, "/external/v1/pay-order/seller/product-orders") => Endpoint::List,
        (&Method::GET, "/external/v1/seller/account") => Endpoint::Account,
        _ => Endpoint::Unknown,
    }
}

/// A call's place in the ledger; dropped when the call is answered, or its caller has gone.
struct Arrival<'a> {
    inner: &'a Inner,
    number: u64,
    nth: u64,
    fault: Option<FaultKind>,
}

impl<'a> Arrival<'a> {
    fn new(inner: &'a Inner, endpoint: Endpoint) -> Self {
        let (number, nth) = {
            let mut ledger = inner.ledger();
            (ledger.arrive(endpoint, inner.clock.now()), ledger.since_start(endpoint))
        };
        Self { inner, number, nth, fault: inner.faults().at(endpoint, nth) }
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.inner.ledger().leave();
    }
}

struct Call<'a> {
    inner: &'a Inner,
    settings: &'a Settings,
    stamp: &'a Stamp,
    arrival: &'a Arrival<'a>,
    parts: &'a Parts,
    body: &'a Bytes,
}

impl Call<'_> {
    /// The answer, or the refusal, in the order in which the gateway checks: path, address, token, rate, quota.
    fn answer(&self) -> Result<Answer, Answer> {
        let endpoint = route(self.parts);
        if endpoint == Endpoint::Unknown {
            return Err(self.stamp.not_found());
        }
        match &self.arrival.fault {
            Some(FaultKind::IpNotAllowed) => return Err(self.stamp.ip_not_allowed()),
            Some(FaultKind::Unauthorized) => return Err(self.stamp.unauthorized()),
            _ => {}
        }
        // Token answers carry no limit headers: https://github.com/commerce-api-naver/commerce-api/discussions/3740
        // (read 2026-03-11).
        if endpoint == Endpoint::Token {
            self.gateway_fault(None)?;
            return self.token();
        }
        if !self.bearer().is_some_and(|token| self.inner.tokens().is_good(token, self.stamp.at)) {
            return Err(self.stamp.unauthorized());
        }
        let Some(rate) = self.settings.rate else {
            self.gateway_fault(None)?;
            self.quota()?;
            return self.read(endpoint);
        };
        let Some(remaining) = self.inner.buckets().take(endpoint, rate, self.stamp.at) else {
            return Err(self.stamp.rate_limited(rate, 0));
        };
        self.gateway_fault(Some(rate))?;
        self.quota()?;
        match self.read(endpoint) {
            Ok(answer) => Ok(answer.with_rate(rate, remaining)),
            Err(refusal) => Err(refusal.with_rate(rate, remaining)),
        }
    }

    fn gateway_fault(&self, rate: Option<Rate>) -> Result<(), Answer> {
        let rate = rate.unwrap_or_else(Rate::of_platform);
        Err(match &self.arrival.fault {
            Some(FaultKind::RateLimited) => self.stamp.rate_limited(rate, 0),
            Some(FaultKind::Congested) => self.stamp.rate_limited(rate, rate.burst - 1),
            Some(FaultKind::Quota) => self.stamp.over_quota(),
            Some(FaultKind::ServerError) => self.stamp.failed("GW.INTERNAL_SERVER_ERROR"),
            Some(FaultKind::Proxy) => self.stamp.failed("GW.PROXY.03"),
            Some(FaultKind::Maintenance) => self.stamp.maintenance(),
            Some(FaultKind::GatewayTimeout) => self.stamp.timed_out(),
            Some(FaultKind::Dormant) => self.stamp.invalid_input(
                None,
                "auth.eapp-application.status.invalid",
                "어플리케이션 상태가 유효하지 않습니다",
            ),
            Some(FaultKind::Html) => Answer::html(),
            _ => return Ok(()),
        })
    }

    /// One call an hour, once a token request has broken the rules.
    fn quota(&self) -> Result<(), Answer> {
        if !self.settings.penalty {
            return Ok(());
        }
        let mut penalty = self.inner.penalty();
        let Some(last) = penalty.as_mut() else { return Ok(()) };
        match last {
            Some(last) if self.stamp.at - *last < HOUR => Err(self.stamp.over_quota()),
            last => {
                *last = Some(self.stamp.at);
                Ok(())
            }
        }
    }

    fn bearer(&self) -> Option<&str> {
        self.parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }

    fn token(&self) -> Result<Answer, Answer> {
        let kind = self.parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let request = TokenRequest::read(self.parts.uri.query(), kind.unwrap_or_default(), self.body);
        let (client_id, client_secret) = self.inner.credentials();
        token::check(&request, &client_id, &client_secret, self.stamp.at)
            .map_err(|refusal| self.stamp.invalid_input(Some(refusal.name), "NotValid", refusal.message))?;
        if !request.violations.is_empty() {
            let mut penalty = self.inner.penalty();
            penalty.get_or_insert_default();
            for violation in request.violations {
                self.inner.ledger().violation(violation);
            }
        }
        let (token, expires_in) =
            self.inner.tokens().issue(self.stamp.at, self.settings.token_life_s, self.settings.token_renew_s);
        let mut json = Json::default();
        json.open(b'{');
        json.text("access_token", &token);
        json.number("expires_in", expires_in);
        json.text("token_type", "Bearer");
        json.close(b'}');
        Ok(Answer::json(200, json.into_bytes()))
    }

    fn read(&self, endpoint: Endpoint) -> Result<Answer, Answer> {
        match endpoint {
            Endpoint::Feed => {
                let parameters = Parameters::read(self.parts.uri.query());
                self.inner.ledger().asked_feed(self.arrival.number, parameters.feed_call());
                let endless = self.arrival.fault == Some(FaultKind::EndlessMore);
                orders::feed(&self.inner.book(), &parameters, self.settings, self.stamp, endless)
            }
            Endpoint::Query => {
                let ids = orders::query_ids(self.body, self.stamp)?;
                self.inner.ledger().asked_ids(self.arrival.number, &ids);
                Ok(orders::query(&self.inner.book(), &ids, self.stamp))
            }
            Endpoint::List => {
                let parameters = Parameters::read(self.parts.uri.query());
                orders::list(&self.inner.book(), &parameters, self.settings, self.stamp)
            }
            _ => Ok(Answer::json(
                200,
                br#"{"accountId":"simshop","accountUid":"ncp_1abcde_01","grade":"05"}"#.to_vec(),
            )),
        }
    }

    /// Faults of an answer that was right until now.
    fn spoil(&self, answer: &mut Answer) {
        if answer.status != 200 {
            return;
        }
        match &self.arrival.fault {
            Some(FaultKind::Truncated) => answer.cut = true,
            Some(FaultKind::UnknownEnum) => edit_rows(answer, |rows| {
                let Some(row) = rows.first_mut() else { return };
                for field in ["productOrderStatus", "lastChangedType"] {
                    replace(row, field, &json!("SOMETHING_NEW"));
                }
            }),
            Some(FaultKind::MissingField(path)) => edit_rows(answer, |rows| {
                let Some(row) = rows.first_mut() else { return };
                let (parents, field) = path.rsplit_once('.').unwrap_or(("", path));
                let parent = parents
                    .split('.')
                    .filter(|part| !part.is_empty())
                    .try_fold(row, |at, part| at.get_mut(part));
                if let Some(Value::Object(fields)) = parent {
                    fields.remove(field);
                }
            }),
            Some(FaultKind::RowMissing) => edit_rows(answer, |rows| {
                if !rows.is_empty() {
                    rows.remove(0);
                }
            }),
            _ => {}
        }
    }
}

/// Changes the list of rows that an answer holds, wherever it is.
fn edit_rows(answer: &mut Answer, edit: impl FnOnce(&mut Vec<Value>)) {
    let mut body: Value = serde_json::from_slice(&answer.body).expect("an answer of this market");
    let data = &mut body["data"];
    let rows = match data {
        Value::Array(rows) => Some(rows),
        Value::Object(fields) => {
            let key = if fields.contains_key("contents") { "contents" } else { "lastChangeStatuses" };
            fields.get_mut(key).and_then(Value::as_array_mut)
        }
        _ => None,
    };
    let Some(rows) = rows else { return };
    edit(rows);
    answer.rows = rows.len();
    answer.body = serde_json::to_vec(&body).expect("JSON writes").into();
}

/// Replaces a field wherever it occurs below `value`.
fn replace(value: &mut Value, field: &str, with: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if name == field {
                    *inner = with.clone();
                } else {
                    replace(inner, field, with);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, field, with)),
        _ => {}
    }
}
