//! From a call's arrival to its answer, whoever's API it is: attribution, ledger, faults, delivery.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use crate::calls::{Call, FeedCall};
use crate::core::Core;
use crate::door::{Shut, Visit};
use crate::endpoint::{Endpoint, Platform};
use crate::fault::{FaultKind, Met, damage};
use crate::{cafe24, control, coupang, eleventh_street, smartstore};

const MOST_BODY: usize = 4 << 20;
/// A door that nobody said for how long, and an answer that nobody said how late.
const A_SECOND: i64 = 1_000;
const TEN_MINUTES: i64 = 600_000;

/// A request, as it came.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION).strip_prefix("Bearer ")
    }

    fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

/// Whom a call is for.
pub(crate) enum Callee {
    Store(Option<Arc<smartstore::Store>>),
    Mall(Option<Arc<cafe24::Premises>>),
    Vendor(Option<Arc<coupang::Premises>>),
    Seller(Option<Arc<eleventh_street::Premises>>),
}

impl Callee {
    fn account(&self) -> Arc<str> {
        match self {
            Self::Store(store) => store.as_ref().map(|store| Arc::clone(&store.client_id)),
            Self::Mall(mall) => mall.as_ref().map(|mall| Arc::clone(&mall.mall_id)),
            Self::Vendor(vendor) => vendor.as_ref().map(|vendor| Arc::clone(&vendor.vendor_id)),
            Self::Seller(seller) => seller.as_ref().map(|seller| Arc::clone(&seller.seller_id)),
        }
        .unwrap_or_else(|| "".into())
    }
}

/// What a query says before it is answered, for the ledger.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) feed: Option<FeedCall>,
    pub(crate) ids: Vec<String>,
}

/// Answers anything that arrives, by its path; scheme and host of a proxy's request are not looked at.
pub(crate) async fn handle(
    State(core): State<Arc<Core>>,
    ConnectInfo(visit): ConnectInfo<Visit>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BODY).await.unwrap_or_default();
    let received = Received {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        method: parts.method,
        headers: parts.headers,
        body,
    };
    if let Some(path) = received.path.strip_prefix("/__sim") {
        return control::handle(&core, &received, path.trim_start_matches('/'));
    }
    call(&core, &visit, &received).await
}

async fn call(core: &Core, visit: &Visit, received: &Received) -> Response {
    let (endpoint, callee) = route(core, received);
    let account = callee.account();
    let asked = match &callee {
        Callee::Store(_) => smartstore::asked(endpoint, received),
        Callee::Mall(_) | Callee::Vendor(_) | Callee::Seller(_) => Asked::default(),
    };
    let arrival = Arrival::new(core, visit, received, endpoint, &account, &asked);
    let met = arrival.met.as_ref();
    let kind = met.map(|met| met.kind);
    let millis = met.and_then(|met| met.millis);
    if let Some(shut) = match kind {
        Some(FaultKind::ConnectRefused) => Some(Shut::Refuse),
        Some(FaultKind::ConnectTimeout) => Some(Shut::Ignore),
        _ => None,
    } {
        visit.door.shut(shut, duration(millis.unwrap_or(A_SECOND)));
        return hung_up(visit);
    }
    let latency = match &callee {
        Callee::Store(store) => store.as_ref().map(|store| store.settings().latency_ms),
        Callee::Mall(mall) => mall.as_ref().map(|mall| mall.latency(endpoint)),
        Callee::Vendor(vendor) => vendor.as_ref().map(|vendor| vendor.latency()),
        Callee::Seller(seller) => seller.as_ref().map(|seller| seller.state().settings.latency_ms),
    };
    let late =
        if kind == Some(FaultKind::Slow) { duration(millis.unwrap_or(A_SECOND)) } else { Duration::ZERO };
    let delay = Duration::from_millis(latency.unwrap_or(0)) + late;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let skew = if kind == Some(FaultKind::ClockSkew) { millis.unwrap_or(TEN_MINUTES) } else { 0 };
    let (at, mut answer) = match &callee {
        Callee::Store(store) => smartstore::answer(core, store.as_deref(), &arrival, received, &asked, skew),
        Callee::Mall(mall) => cafe24::answer(core, mall.as_deref(), &arrival, received, skew),
        Callee::Vendor(vendor) => {
            coupang::answer(core, vendor.as_deref(), &arrival, received, visit.peer, skew)
        }
        Callee::Seller(seller) => eleventh_street::answer(core, seller.as_deref(), &arrival, received, skew),
    };
    if let Some(met) = met {
        damage(&mut answer, endpoint, met);
    }
    if kind == Some(FaultKind::LostAnswer) {
        if let Some(millis) = millis {
            tokio::time::sleep(duration(millis)).await;
        }
        return hung_up(visit);
    }
    core.ledger().answered(arrival.number, answer.status, answer.rows);
    if let Callee::Store(Some(store)) = &callee
        && endpoint == Endpoint::Feed
    {
        store.feed_was_read(store.now(&core.clock));
    }
    answer.into_response(at)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// The answer that nobody gets: the connection ends at its first byte.
fn hung_up(visit: &Visit) -> Response {
    visit.hang_up();
    Response::default()
}

/// Whose the path is. What no platform knows is the Smart Store's, whose gateway says so.
fn route(core: &Core, received: &Received) -> (Endpoint, Callee) {
    if let Some((endpoint, seller)) = eleventh_street::route(core, received) {
        return (endpoint, Callee::Seller(seller));
    }
    if let Some((endpoint, vendor)) = coupang::route(core, received) {
        return (endpoint, Callee::Vendor(vendor));
    }
    if let Some((endpoint, mall)) = cafe24::route(core, received) {
        return (endpoint, Callee::Mall(mall));
    }
    let endpoint = smartstore::route(&received.method, &received.path);
    (endpoint, Callee::Store(smartstore::callee(core, endpoint, received)))
}

/// Whether a platform's documents have an error of that code.
pub(crate) fn is_documented(platform: Platform, code: &str) -> bool {
    match platform {
        Platform::Smartstore => smartstore::is_documented(code),
        Platform::Cafe24 => cafe24::is_documented(code),
        Platform::Coupang => coupang::is_documented(code),
        Platform::EleventhStreet => eleventh_street::is_documented(code),
    }
}

/// A call's place in the ledger; dropped when the call is answered, or its caller has gone.
pub(crate) struct Arrival<'a> {
    core: &'a Core,
    pub(crate) number: u64,
    pub(crate) endpoint: Endpoint,
    pub(crate) met: Option<Met>,
}

impl<'a> Arrival<'a> {
    fn new(
        core: &'a Core,
        visit: &Visit,
        received: &Received,
        endpoint: Endpoint,
        account: &Arc<str>,
        asked: &Asked,
    ) -> Self {
        let at = core.clock.now();
        let met = core.faults().at(endpoint, account, at);
        let call = Call {
            number: 0,
            at,
            platform: endpoint.platform(),
            account: account.to_string(),
            door: visit.door.label.to_string(),
            endpoint,
            target: received.target(),
            status: 0,
            fault: met.as_ref().map(|met| met.kind),
            feed: asked.feed.clone(),
            ids: asked.ids.clone(),
            rows: 0,
        };
        let number = core.ledger().arrive(call);
        Self { core, number, endpoint, met }
    }

    pub(crate) fn meets(&self, kind: FaultKind) -> bool {
        self.met.as_ref().is_some_and(|met| met.kind == kind)
    }

    /// How long or how far what was met goes.
    pub(crate) fn millis(&self) -> Option<i64> {
        self.met.as_ref().and_then(|met| met.millis)
    }

    /// The code of the error that was asked for.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.met.as_ref().filter(|met| met.kind == FaultKind::Refused)?.value.as_deref()
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.core.ledger().leave();
    }
}
