//! The calls below `/__sim/`, by which another process sets the simulator up and reads what it saw.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calls::Of;
use crate::core::Core;
use crate::coupang;
use crate::eleventh_street as street;
use crate::endpoint::Platform;
use crate::fault::{Fault, FaultKind};
use crate::instant::Millis;
use crate::life::{self, Age, Aged};
use crate::serve::Received;
use crate::simulator::{self, Clock};
use crate::smartstore::{self, Act, AddOrders, ChangeOrders, ChangeSome, Hook, Store};

/// Call, body, what it does. `?account=ID` names a client id of the Smart Store, a mall, a vendor or a seller; where one is
/// needed and none is named, it is the first one.
const CALLS: [(&str, &str, &str); 25] = [
    ("GET /__sim/", "", "this list"),
    ("GET /__sim/accounts", "", "the accounts, with their invented credentials"),
    ("GET /__sim/ledger?account=ID", "", "the truth: every order and every figure, per account"),
    ("GET /__sim/calls?account=ID", "", "every call since the start or the last reset; ?totals counts only"),
    ("POST /__sim/calls/reset", "", "forgets the calls of all accounts"),
    ("GET /__sim/clock", "", "the clocks, and how fast life passes"),
    (
        "POST /__sim/clock",
        r#"{"advance_ms": 86400000, "speed": 60, "offset_ms": 0}"#,
        "lets life pass at once, sets its speed, moves the platforms' clocks; each may be left out",
    ),
    (
        "POST /__sim/age",
        r#"{"arrive": 5, "move_on": 10}"#,
        "lets orders arrive and go on now, at every account or ?account=ID",
    ),
    ("GET /__sim/faults", "", "the faults that are set, what each has met, and all that there are"),
    (
        "POST /__sim/faults",
        r#"{"platform": "smartstore", "endpoint": "feed", "kind": "cut_body", "when": {"call": {"nth": 2, "times": 1}}}"#,
        r#"sets one; when is also "always" or {"rate": {"share": 0.05, "seed": 1}}"#,
    ),
    ("POST /__sim/faults/clear", "", "lets everything go well again"),
    ("GET /__sim/settings?account=ID", "", "how an account behaves"),
    ("POST /__sim/settings?account=ID", r#"{"latency_ms": 30}"#, "changes what it names"),
    ("POST /__sim/secret?account=ID", r#""$2a$04$...""#, "another client secret; Smart Store"),
    (
        "POST /__sim/tokens/revoke?account=ID",
        "",
        "makes every token bad; at Cafe24 the refresh token as well, at Coupang and 11st the key",
    ),
    ("POST /__sim/code?account=ID", "", "a code as a consent gives it; Cafe24"),
    ("GET /__sim/orders?account=ID", "", "the orders of the ledger, of one shop of the Smart Store"),
    ("POST /__sim/orders/add?account=ID", r#"{"count": 5, "stage": "paid"}"#, "adds orders; Smart Store"),
    (
        "POST /__sim/orders/change?account=ID",
        r#"{"ids": ["2026112140000001"], "stage": "dispatched"}"#,
        "moves orders; Smart Store",
    ),
    (
        "POST /__sim/orders/change_some?account=ID",
        r#"{"count": 10, "stage": "decided", "spread_ms": 60000}"#,
        "moves orders picked evenly from all; Smart Store",
    ),
    (
        "POST /__sim/orders/act?account=ID",
        r#"{"id": "2026112140000001", "does": "request_return", "quantity": 1}"#,
        "lets a buyer or a carrier do something; Smart Store",
    ),
    (
        "POST /__sim/hooks?account=ID",
        r#"{"after_feed_calls": 1, "add": {"count": 5}}"#,
        "does something after that many reads of the feed; Smart Store",
    ),
    (
        "POST /__sim/vendor/add?account=ID",
        r#"{"count": 5, "status": "INSTRUCT"}"#,
        "adds orders and tells the ids of their lines; Coupang",
    ),
    (
        "POST /__sim/vendor/act?account=ID",
        r#"{"act": "cancel", "order_id": "853138000000000001-92979000001"}"#,
        "a buyer or a carrier does something; null where it cannot be done; Coupang",
    ),
    (
        "POST /__sim/seller/act?account=ID",
        r#"{"act": "return", "order_id": "20261121000000012-1", "quantity": 1}"#,
        "a buyer, a carrier or the platform does something; null where it cannot be done; 11st",
    ),
];

/// How a control call ends that has no answer.
enum Refusal {
    Unknown,
    Bad(String),
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Bad(error.to_string())
    }
}

impl From<String> for Refusal {
    fn from(error: String) -> Self {
        Self::Bad(error)
    }
}

type Answered = Result<Vec<u8>, Refusal>;

pub(crate) fn handle(core: &Core, received: &Received, path: &str) -> Response {
    match answer(core, received, path) {
        Ok(json) => respond(StatusCode::OK, json),
        Err(Refusal::Unknown) => {
            let said = json!({"error": "no such control call", "see": "GET /__sim/"});
            respond(StatusCode::NOT_FOUND, said.to_string().into())
        }
        Err(Refusal::Bad(error)) => {
            respond(StatusCode::BAD_REQUEST, json!({ "error": error }).to_string().into())
        }
    }
}

fn respond(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn answer(core: &Core, received: &Received, path: &str) -> Answered {
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(received.query.as_bytes()).into_owned().collect();
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let account = value("account");
    let body = &received.body;
    let now = |store: &Store| store.now(&core.clock);
    match (received.method.as_str(), path) {
        ("GET", "") => list(),
        ("GET", "accounts") => accounts(core),
        ("GET", "ledger") => some(&simulator::ledger(core, account)),
        ("GET", "calls") => {
            some(&core.ledger().read(Of { platform: None, account }, value("totals").is_none()))
        }
        ("POST", "calls/reset") => some(&core.ledger().reset()),
        ("GET", "clock") => some(&simulator::clock(core)),
        ("POST", "clock") => some(&set_clock(core, &read(body)?)),
        ("POST", "age") => {
            let age: Age = read(body)?;
            let account = age.account.clone().or_else(|| account.map(str::to_owned));
            some(&life::age(core, &Age { account, ..age }))
        }
        ("GET", "faults") => faults(core),
        ("POST", "faults") => some(&core.faults().set(read::<Fault>(body)?)?),
        ("POST", "faults/clear") => some(&core.faults().clear()),
        ("GET" | "POST", "settings") => settings(core, account, body, received.method == "POST"),
        ("POST", "secret") => some(&store(core, account)?.set_secret(read::<String>(body)?)),
        ("POST", "tokens/revoke") => revoke(core, account),
        ("POST", "code") => code(core, account),
        ("GET", "orders") => some(&store(core, account)?.truth()),
        ("POST", "orders/add") => {
            let store = store(core, account)?;
            some(&store.add(&read::<AddOrders>(body)?, now(store)))
        }
        ("POST", "orders/change") => {
            let store = store(core, account)?;
            some(&store.change(&read::<ChangeOrders>(body)?, now(store)))
        }
        ("POST", "orders/change_some") => {
            let store = store(core, account)?;
            some(&store.change_some(&read::<ChangeSome>(body)?, now(store)))
        }
        ("POST", "orders/act") => {
            let store = store(core, account)?;
            some(&smartstore::act(store, &read::<Act>(body)?, now(store)))
        }
        ("POST", "vendor/add") => {
            let vendor = vendor(core, account)?;
            some(&vendor.add(&read::<coupang::AddOrders>(body)?, vendor.now(&core.clock)))
        }
        ("POST", "vendor/act") => {
            let vendor = vendor(core, account)?;
            some(&vendor.act(&read::<coupang::Act>(body)?, vendor.now(&core.clock)))
        }
        ("POST", "seller/act") => some(&seller(core, account)?.deed(core, &read::<street::Act>(body)?)),
        ("POST", "hooks") => some(&store(core, account)?.hook(read::<Hook>(body)?)),
        _ => Err(Refusal::Unknown),
    }
}

fn some<T: Serialize>(value: &T) -> Answered {
    Ok(serde_json::to_vec(value)?)
}

/// An empty body reads as an object without members.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    Ok(serde_json::from_slice(if body.is_empty() { b"{}" } else { body })?)
}

/// The account of that name at a marketplace, or the first one.
fn account<'a, T>(
    all: &'a BTreeMap<Arc<str>, Arc<T>>,
    named: Option<&str>,
    market: &str,
) -> Result<&'a T, Refusal> {
    let found = match named {
        Some(name) => all.get(name),
        None => all.values().next(),
    };
    let missing = || Refusal::Bad(format!("{market} has no such account: GET /__sim/accounts"));
    found.map(Arc::as_ref).ok_or_else(missing)
}

fn store<'a>(core: &'a Core, named: Option<&str>) -> Result<&'a Store, Refusal> {
    account(&core.stores, named, "the Smart Store")
}

fn vendor<'a>(core: &'a Core, named: Option<&str>) -> Result<&'a coupang::Premises, Refusal> {
    account(&core.vendors, named, "Coupang")
}

fn seller<'a>(core: &'a Core, named: Option<&str>) -> Result<&'a street::Premises, Refusal> {
    account(&core.sellers, named, "11st")
}

fn list() -> Answered {
    let calls: Vec<Value> = CALLS
        .iter()
        .map(|(call, body, about)| {
            let (method, path) = call.split_once(' ').expect("a method and a path");
            let path = path.split('?').next().expect("a path");
            let body = if body.is_empty() { String::new() } else { format!(" -d '{body}'") };
            let example = format!("curl -s -X {method} http://127.0.0.1:9900{path}{body}");
            json!({"call": call, "does": about, "example": example})
        })
        .collect();
    some(&calls)
}

fn accounts(core: &Core) -> Answered {
    let stores = core.stores.values().map(|store| {
        json!({
            "platform": Platform::Smartstore, "account": &*store.client_id,
            "client_id": &*store.client_id, "client_secret": store.secret(),
        })
    });
    let malls = core.malls.values().map(|mall| {
        json!({
            "platform": Platform::Cafe24, "account": &*mall.mall_id, "mall_id": &*mall.mall_id,
            "client_id": mall.client_id, "client_secret": mall.client_secret,
        })
    });
    let vendors = core.vendors.values().map(|vendor| {
        let (access_key, secret_key) = vendor.keys();
        json!({
            "platform": Platform::Coupang, "account": &*vendor.vendor_id, "vendor_id": &*vendor.vendor_id,
            "access_key": access_key, "secret_key": secret_key,
        })
    });
    let sellers = core.sellers.values().map(|seller| {
        json!({
            "platform": Platform::EleventhStreet, "account": &*seller.seller_id,
            "seller_id": &*seller.seller_id, "api_key": seller.api_key,
        })
    });
    some(&stores.chain(malls).chain(vendors).chain(sellers).collect::<Vec<_>>())
}

/// What to change of the clocks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    advance_ms: Option<Millis>,
    speed: Option<f64>,
    offset_ms: Option<Millis>,
}

#[derive(Serialize)]
struct ClockSet {
    #[serde(flatten)]
    clock: Clock,
    #[serde(flatten)]
    aged: Aged,
}

fn set_clock(core: &Core, set: &SetClock) -> ClockSet {
    let mut aged = Aged::default();
    if let Some(speed) = set.speed {
        // What has passed until now passed at the old speed.
        aged += life::pass(core);
        core.life().speed = speed.max(0.0);
    }
    if let Some(offset) = set.offset_ms {
        core.clock.set_offset(offset);
    }
    if let Some(advance) = set.advance_ms {
        aged += life::advance(core, advance);
    }
    ClockSet { clock: simulator::clock(core), aged }
}

fn faults(core: &Core) -> Answered {
    let all: Vec<Value> =
        FaultKind::all().iter().map(|kind| json!({"kind": kind, "does": kind.about()})).collect();
    some(&json!({"set": core.faults().standing(), "kinds": all}))
}

/// The settings of an account, changed by what `body` names.
fn settings(core: &Core, account: Option<&str>, body: &[u8], change: bool) -> Answered {
    if let Some(mall) = account.and_then(|account| core.malls.get(account)) {
        let mut state = mall.state();
        if change {
            state.settings = merged(&state.settings, body)?;
        }
        return some(&state.settings);
    }
    if let Some(vendor) = account.and_then(|account| core.vendors.get(account)) {
        if change {
            vendor.set(merged(&vendor.settings(), body)?);
        }
        return some(&vendor.settings());
    }
    if let Some(seller) = account.and_then(|account| core.sellers.get(account)) {
        let mut state = seller.state();
        if change {
            state.settings = merged(&state.settings, body)?;
        }
        return some(&state.settings);
    }
    let store = store(core, account)?;
    if change {
        store.set(merged(&store.settings(), body)?);
    }
    some(&store.settings())
}

/// The present settings with those that `body` names.
fn merged<T: Serialize + DeserializeOwned>(present: &T, body: &[u8]) -> Result<T, Refusal> {
    let mut all = serde_json::to_value(present)?;
    for (name, value) in read::<serde_json::Map<String, Value>>(body)? {
        all[name] = value;
    }
    Ok(serde_json::from_value(all)?)
}

fn code(core: &Core, account: Option<&str>) -> Answered {
    let mall = match account {
        Some(account) => core.malls.get(account),
        None => core.malls.values().next(),
    };
    let mall = mall.ok_or_else(|| "Cafe24 has no such mall: GET /__sim/accounts".to_owned())?;
    some(&mall.issue_code(core))
}

fn revoke(core: &Core, account: Option<&str>) -> Answered {
    if let Some(vendor) = account.and_then(|account| core.vendors.get(account)) {
        return some(&vendor.revoke_key());
    }
    if let Some(seller) = account.and_then(|account| core.sellers.get(account)) {
        seller.state().settings.key_is_good = false;
        return some(&());
    }
    match account.and_then(|account| core.malls.get(account)) {
        Some(mall) => {
            mall.state().revoke();
            some(&())
        }
        None => some(&store(core, account)?.tokens().revoke()),
    }
}
