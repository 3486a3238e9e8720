//! One call of the Smart Store's API, in the order in which the gateway checks.

use std::sync::Arc;

use axum::http::{Method, header};

use super::answer::Stamp;
use super::bucket::Rate;
use super::catalogue::Shelf;
use super::errors;
use super::orders::{self, Parameters};
use super::seller::{self, Desk};
use super::settings::Settings;
use super::settle;
use super::state::Store;
use super::token::{self, TokenRequest};
use crate::answer::Answer;
use crate::core::Core;
use crate::endpoint::{Endpoint, Platform};
use crate::fault::FaultKind;
use crate::instant::{HOUR, Millis};
use crate::json::Json;
use crate::serve::{Arrival, Asked, Received};

/// The documents show one object, live answers are a list.
const CHANNELS: &str = r#"[{"channelNo":500000001,"channelType":"STOREFARM","name":"시험상점","url":"https://smartstore.naver.com/simshop","representativeImageUrl":"","talkTalkAccountId":"simtalk"}]"#;

/// Every documented path is below `/external`; what the gateway does not know, a wrong method included, is 404.
pub(crate) fn route(method: &Method, path: &str) -> Endpoint {
    use Endpoint as E;
    let Some(path) = path.strip_prefix("/external/") else { return E::Unknown };
    let parts: Vec<&str> = path.split('/').collect();
    if let ("POST", ["v1", "pay-order", "seller", "product-orders", _, "claim", claim @ ..]) =
        (method.as_str(), parts.as_slice())
    {
        return match claim {
            ["cancel", "request"] => E::StoreCancel,
            ["cancel", "approve"] => E::StoreCancelApprove,
            ["return", "request"] => E::StoreReturn,
            ["return", "approve"] => E::StoreReturnApprove,
            ["return", "holdback"] => E::StoreReturnHold,
            ["return", "holdback", "release"] => E::StoreReturnRelease,
            ["return", "reject"] => E::StoreReturnReject,
            ["exchange", "collect", "approve"] => E::StoreExchangeCollect,
            ["exchange", "dispatch"] => E::StoreExchangeDispatch,
            ["exchange", "holdback"] => E::StoreExchangeHold,
            ["exchange", "holdback", "release"] => E::StoreExchangeRelease,
            ["exchange", "reject"] => E::StoreExchangeReject,
            _ => E::Unknown,
        };
    }
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["v1", "oauth2", "token"]) => E::Token,
        ("GET", ["v1", "pay-order", "seller", "product-orders", "last-changed-statuses"]) => E::Feed,
        ("POST", ["v1", "pay-order", "seller", "product-orders", "query"]) => E::Query,
        ("POST", ["v1", "pay-order", "seller", "product-orders", "confirm"]) => E::StoreConfirm,
        ("POST", ["v1", "pay-order", "seller", "product-orders", "dispatch"]) => E::StoreDispatch,
        ("POST", ["v1", "pay-order", "seller", "product-orders", _, "delay"]) => E::StoreDelay,
        ("GET", ["v1", "pay-order", "seller", "product-orders"]) => E::List,
        ("GET", ["v1", "pay-order", "seller", "orders", _, "product-order-ids"]) => E::StoreLines,
        ("POST", ["v1", "products", "search"]) => E::StoreProducts,
        ("POST", ["v2", "products"]) => E::StoreProductCreate,
        ("GET", ["v2", "products", "origin-products" | "channel-products", _]) => E::StoreProduct,
        ("PUT", ["v2", "products", "origin-products" | "channel-products", _]) => E::StoreProductUpdate,
        ("DELETE", ["v2", "products", "origin-products" | "channel-products", _]) => E::StoreProductDelete,
        ("PATCH", ["v1", "products", "origin-products", "multi-update"]) => E::StoreMultiUpdate,
        ("PUT", ["v1", "products", "origin-products", _, "change-status"]) => E::StoreProductStatus,
        ("PUT", ["v1", "products", "origin-products", _, "option-stock"]) => E::StoreOptionStock,
        ("POST", ["v1", "product-images", "upload"]) => E::StoreImages,
        ("GET", ["v1", "pay-settle", "settle", "daily"]) => E::StoreSettleDaily,
        ("GET", ["v1", "pay-settle", "settle", "case"]) => E::StoreSettleCase,
        ("GET", ["v1", "pay-settle", "settle", "commission-details"]) => E::StoreCommissions,
        ("GET", ["v1", "seller", "account"]) => E::Account,
        ("GET", ["v1", "seller", "channels"]) => E::StoreChannels,
        _ => E::Unknown,
    }
}

/// Whose call it is: by the application that a token request names, or by the token, dead or alive. Where there is
/// one application only, it is that one's.
pub(crate) fn callee(core: &Core, endpoint: Endpoint, received: &Received) -> Option<Arc<Store>> {
    if core.stores.len() == 1 {
        return core.stores.values().next().cloned();
    }
    if endpoint == Endpoint::Token {
        let kind = received.header(header::CONTENT_TYPE);
        let request = TokenRequest::read(&received.query, kind, &received.body);
        return core.stores.get(request.field("client_id")?).cloned();
    }
    core.stores.get(&core.owner(received.bearer()?)?).cloned()
}

/// What the ledger notes of a call before it is answered.
pub(crate) fn asked(endpoint: Endpoint, received: &Received) -> Asked {
    match endpoint {
        Endpoint::Feed => {
            Asked { feed: Some(Parameters::read(&received.query).feed_call()), ids: Vec::new() }
        }
        Endpoint::Query => Asked { feed: None, ids: orders::query_ids(&received.body).unwrap_or_default() },
        _ if seller::takes(endpoint) => {
            Asked { feed: None, ids: seller::ids(endpoint, &received.path, &received.body) }
        }
        _ => Asked::default(),
    }
}

/// Whether the documents have an error of that code.
pub(crate) fn is_documented(code: &str) -> bool {
    errors::by_code(code, &Stamp::new(0, 0)).is_some()
}

/// The platform's time and its answer.
pub(crate) fn answer(
    core: &Core,
    store: Option<&Store>,
    arrival: &Arrival<'_>,
    received: &Received,
    asked: &Asked,
    skew: Millis,
) -> (Millis, Answer) {
    let now = store.map_or_else(|| core.clock.now(), |store| store.now(&core.clock));
    let settings = store.map_or_else(Settings::unlimited, Store::settings);
    let stamp = Stamp::new(now + skew, arrival.number);
    let call = Call { core, store, settings: &settings, stamp: &stamp, arrival, received, asked };
    let mut answer = call.answer().unwrap_or_else(|refusal| refusal);
    if arrival.meets(FaultKind::LateError) && answer.status == 200 {
        answer = stamp.failed("GW.INTERNAL_SERVER_ERROR");
    }
    (stamp.at, answer.with("GNCP-GW-Trace-ID", &stamp.trace).with("GNCP-GW-HttpClient-ResponseTime", 1))
}

struct Call<'a> {
    core: &'a Core,
    store: Option<&'a Store>,
    settings: &'a Settings,
    stamp: &'a Stamp,
    arrival: &'a Arrival<'a>,
    received: &'a Received,
    asked: &'a Asked,
}

impl Call<'_> {
    /// The answer, or the refusal, in the order in which the gateway checks: path, address, token, rate, quota.
    fn answer(&self) -> Result<Answer, Answer> {
        let endpoint = self.arrival.endpoint;
        if endpoint == Endpoint::Unknown {
            self.gateway_fault(None)?;
            return Err(self.stamp.not_found());
        }
        if self.arrival.meets(FaultKind::IpNotAllowed) {
            return Err(self.stamp.ip_not_allowed());
        }
        if self.arrival.meets(FaultKind::Unauthorized) {
            return Err(self.stamp.unauthorized());
        }
        // Token answers carry no limit headers: https://github.com/commerce-api-naver/commerce-api/discussions/3740
        // (read 2026-03-11).
        if endpoint == Endpoint::Token {
            self.gateway_fault(None)?;
            return self.token();
        }
        let (store, token) = self.bearer().ok_or_else(|| self.stamp.unauthorized())?;
        let result = self.limited(store, endpoint);
        if self.arrival.meets(FaultKind::TokenExpired) {
            store.tokens().kill(token);
        }
        result
    }

    fn limited(&self, store: &Store, endpoint: Endpoint) -> Result<Answer, Answer> {
        let Some(rate) = self.settings.rate else {
            self.gateway_fault(None)?;
            self.quota(store)?;
            return self.read(store, endpoint);
        };
        let Some(remaining) = store.buckets().take(endpoint, rate, self.stamp.at) else {
            return Err(self.stamp.rate_limited(rate, 0));
        };
        self.gateway_fault(Some(rate))?;
        self.quota(store)?;
        match self.read(store, endpoint) {
            Ok(answer) => Ok(answer.with_rate(rate, remaining)),
            Err(refusal) => Err(refusal.with_rate(rate, remaining)),
        }
    }

    fn gateway_fault(&self, rate: Option<Rate>) -> Result<(), Answer> {
        let rate = rate.unwrap_or_else(Rate::of_platform);
        let stamp = self.stamp;
        if let Some(answer) = self.arrival.refusal().and_then(|code| errors::by_code(code, stamp)) {
            return Err(answer);
        }
        Err(match self.arrival.met.as_ref().map(|met| met.kind) {
            Some(FaultKind::RateLimitedWithRetryAfter) => {
                let millis = self.arrival.millis().unwrap_or(1_000);
                stamp.rate_limited(rate, 0).with("Retry-After", (millis + 999) / 1_000)
            }
            Some(FaultKind::RateLimited) => stamp.rate_limited(rate, 0),
            Some(FaultKind::Congested) => stamp.rate_limited(rate, rate.burst - 1),
            Some(FaultKind::Quota) => stamp.over_quota(),
            Some(FaultKind::ServerError) => stamp.failed("GW.INTERNAL_SERVER_ERROR"),
            Some(FaultKind::Proxy) => stamp.failed("GW.PROXY.03"),
            Some(FaultKind::BadGateway) => Answer::html(502),
            Some(FaultKind::Unavailable) => stamp.blocked("GW.BLOCK.01"),
            Some(FaultKind::Maintenance) => stamp.blocked("GW.BLOCK.02"),
            Some(FaultKind::GatewayTimeout) => stamp.timed_out("GW.TIMEOUT.01"),
            Some(FaultKind::Dormant) => {
                let code = "auth.eapp-application.status.invalid";
                errors::by_code(code, stamp).expect("a documented error")
            }
            Some(FaultKind::Html) => Answer::html(200),
            _ => return Ok(()),
        })
    }

    /// One call an hour, once a token request has broken the rules.
    fn quota(&self, store: &Store) -> Result<(), Answer> {
        if !self.settings.penalty {
            return Ok(());
        }
        let mut penalty = store.penalty();
        let Some(last) = penalty.as_mut() else { return Ok(()) };
        match last {
            Some(last) if self.stamp.at - *last < HOUR => Err(self.stamp.over_quota()),
            last => {
                *last = Some(self.stamp.at);
                Ok(())
            }
        }
    }

    /// The store whose good token the call bears, and that token.
    fn bearer(&self) -> Option<(&Store, &str)> {
        let (store, token) = (self.store?, self.received.bearer()?);
        store.tokens().is_good(token, self.stamp.at).then_some((store, token))
    }

    fn token(&self) -> Result<Answer, Answer> {
        let kind = self.received.header(header::CONTENT_TYPE);
        let request = TokenRequest::read(&self.received.query, kind, &self.received.body);
        let (id, secret) =
            self.store.map_or_else(Default::default, |store| (store.client_id.to_string(), store.secret()));
        let refused = |refusal: token::Refusal| self.stamp.invalid_input(refusal.name, refusal.message);
        token::check(&request, &id, &secret, self.stamp.at).map_err(refused)?;
        let store = self.store.expect("a request that names no application was refused");
        if !request.violations.is_empty() {
            store.penalty().get_or_insert_default();
            for violation in request.violations {
                self.core.ledger().violation(Platform::Smartstore, &store.client_id, violation);
            }
        }
        let (life, renew) = (self.settings.token_life_s, self.settings.token_renew_s);
        let (token, expires_in) = store.tokens().issue(self.stamp.at, life, renew);
        self.core.belongs(&token, &store.client_id);
        let mut json = Json::default();
        json.open(b'{');
        json.text("access_token", &token);
        json.number("expires_in", expires_in);
        json.text("token_type", "Bearer");
        json.close(b'}');
        Ok(Answer::json(200, json.into_bytes()))
    }

    fn read(&self, store: &Store, endpoint: Endpoint) -> Result<Answer, Answer> {
        if self.arrival.meets(FaultKind::GrowingPage) {
            store.grow(self.stamp.at);
        }
        let endless = self.arrival.meets(FaultKind::EndlessMore);
        match endpoint {
            Endpoint::Feed => {
                let parameters = Parameters::read(&self.received.query);
                orders::feed(&store.book(), &parameters, self.settings, self.stamp, endless)
            }
            Endpoint::Query => orders::query(&store.book(), &self.received.body, &self.asked.ids, self.stamp),
            Endpoint::List => {
                let parameters = Parameters::read(&self.received.query);
                orders::list(&store.book(), &parameters, self.settings, self.stamp, endless)
            }
            Endpoint::StoreLines => orders::lines(&store.book(), &self.received.path, self.stamp),
            Endpoint::StoreChannels => Ok(Answer::json(200, CHANNELS.as_bytes().to_vec()).with_rows(1)),
            Endpoint::StoreSettleDaily | Endpoint::StoreSettleCase | Endpoint::StoreCommissions => {
                settle::answer(endpoint, &store.book(), &self.received.query, self.stamp, endless)
            }
            _ if seller::takes(endpoint) => {
                let Self { core, settings, stamp, received, .. } = self;
                let desk = Desk { core, store, settings, stamp, path: &received.path, body: &received.body };
                desk.answer(endpoint)
            }
            _ if endpoint.is_write()
                || endpoint == Endpoint::StoreProducts
                || endpoint == Endpoint::StoreProduct =>
            {
                let Received { path, body, .. } = self.received;
                let content_type = self.received.header(header::CONTENT_TYPE);
                Shelf { store, stamp: self.stamp, path, content_type, body, endless }.answer(endpoint)
            }
            _ => Ok(Answer::json(
                200,
                br#"{"accountId":"simshop","accountUid":"ncp_1abcde_01","grade":"05"}"#.to_vec(),
            )),
        }
    }
}
