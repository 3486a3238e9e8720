//! Around every request: its id, its line in the log, its headers; problems completed, panics caught.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;

use crate::app::App;
use crate::problem::Problem;
use crate::token;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// No page of ours needs more; the reader of the document brings its own policy.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // An unknown address is not a label: anybody may make up any number of them.
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => Problem::internal().into_response(),
    };
    let mut response = complete(response, &path, &id);
    set_headers(&mut response, &id);
    let took = begun.elapsed();
    let status = response.status().as_u16();
    let label = route.as_deref().unwrap_or("(none)");
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let verb = known.into_iter().find(|known| *known == method.as_str()).unwrap_or("(other)");
    app.figures.request(verb, label, status, took);
    // Neither the path nor the query: a search may name a buyer.
    tracing::info!(
        request.id = id,
        http.method = verb,
        http.route = label,
        http.status = status,
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "{verb} {label} {status}"
    );
    response
}

/// The caller's id where it is one, else a new one.
fn request_id(request: &Request) -> String {
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_plain = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    sent.filter(is_plain).map_or_else(token::request_id, str::to_owned)
}

/// Puts the path and the request's id into a problem that has neither yet.
pub(crate) fn complete(mut response: Response, path: &str, id: &str) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(mut problem) => {
            path.clone_into(&mut problem.instance);
            id.clone_into(&mut problem.request_id);
            let mut completed = problem.render();
            // Allow, which the router has added.
            for (name, value) in response.headers() {
                completed.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            completed.headers_mut().remove(header::CONTENT_LENGTH);
            *completed.extensions_mut() = std::mem::take(response.extensions_mut());
            completed
        }
        None => response,
    }
}

fn set_headers(response: &mut Response, id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
}
