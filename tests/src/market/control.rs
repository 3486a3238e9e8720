//! The calls below `/__market`, by which a test in another process sets the market up and reads what it saw.
//!
//! | Call | Body | Answer |
//! |---|---|---|
//! | `GET calls` (`?totals` without the single calls) | | [`Calls`](super::Calls) |
//! | `POST calls/reset` | | |
//! | `GET orders` | | a list of [`Truth`](super::Truth), by id |
//! | `POST orders/add` | [`AddOrders`] | the ids |
//! | `POST orders/change` | [`ChangeOrders`] | the ids that exist |
//! | `POST orders/change_some` | [`ChangeSome`] | the ids |
//! | `POST hooks` | [`Hook`] | |
//! | `POST faults`, `POST faults/clear` | [`Fault`] | |
//! | `GET settings`, `POST settings` | the settings to change | the settings |
//! | `POST secret` | the new client secret, as a JSON text | |
//! | `POST tokens/revoke` | | |

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::Fault;
use super::settings::Settings;
use super::state::{AddOrders, ChangeOrders, ChangeSome, Hook, Inner};

pub(crate) fn handle(
    inner: &Inner,
    method: &Method,
    path: &str,
    query: Option<&str>,
    body: &[u8],
) -> Response {
    match answer(inner, method, path, query, body) {
        Ok(Some(json)) => respond(StatusCode::OK, json),
        Ok(None) => respond(StatusCode::NOT_FOUND, br#"{"error":"no such control call"}"#.to_vec()),
        Err(error) => respond(
            StatusCode::BAD_REQUEST,
            serde_json::json!({ "error": error.to_string() }).to_string().into(),
        ),
    }
}

fn respond(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn answer(
    inner: &Inner,
    method: &Method,
    path: &str,
    query: Option<&str>,
    body: &[u8],
) -> serde_json::Result<Option<Vec<u8>>> {
    match (method, path) {
        (&Method::GET, "calls") => some(&inner.calls(query != Some("totals"))),
        (&Method::POST, "calls/reset") => some(&inner.ledger().reset()),
        (&Method::GET, "orders") => some(&inner.truth()),
        (&Method::POST, "orders/add") => some(&inner.add(&read::<AddOrders>(body)?)),
        (&Method::POST, "orders/change") => some(&inner.change(&read::<ChangeOrders>(body)?)),
        (&Method::POST, "orders/change_some") => some(&inner.change_some(&read::<ChangeSome>(body)?)),
        (&Method::POST, "hooks") => some(&inner.hook(read::<Hook>(body)?)),
        (&Method::POST, "faults") => some(&inner.fault(read::<Fault>(body)?)),
        (&Method::POST, "faults/clear") => some(&inner.faults().clear()),
        (&Method::GET, "settings") => some(&inner.settings()),
        (&Method::POST, "settings") => {
            inner.set(merged(&inner.settings(), body)?);
            some(&inner.settings())
        }
        (&Method::POST, "secret") => some(&inner.set_secret(read::<String>(body)?)),
        (&Method::POST, "tokens/revoke") => some(&inner.tokens().revoke()),
        _ => Ok(None),
    }
}

fn some<T: Serialize>(value: &T) -> serde_json::Result<Option<Vec<u8>>> {
    serde_json::to_vec(value).map(Some)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body)
}

/// The present settings with those that `body` names.
fn merged(present: &Settings, body: &[u8]) -> serde_json::Result<Settings> {
    let mut all = serde_json::to_value(present)?;
    let named: serde_json::Map<String, Value> = serde_json::from_slice(body)?;
    for (name, value) in named {
        all[name] = value;
    }
    serde_json::from_value(all)
}
