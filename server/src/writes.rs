//! Around every change: it is carried out once however often it is sent, and it is written down.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use storage::{Attempt, NewAudit, Repeatable};

use crate::access::{Caller, operation};
use crate::app::App;
use crate::extract;
use crate::observe::{Client, RequestId, complete};
use crate::problem::Problem;
use crate::token;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long a request may be under way until a repeat of it is carried out: it may wait for an account's turn, and then send a
/// thousand orders to a platform that takes two calls a second.
const LEASE: Duration = Duration::from_secs(3_600);

/// What a handler has made or changed, where the path does not say it; in the response's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Touched(pub(crate) String);

pub(crate) async fn around(
    State(app): State<App>,
    route: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    let Some(caller) = caller.filter(|_| !request.method().is_safe()) else {
        return next.run(request).await;
    };
    // A task of its own: a change that was begun is finished and written down even when its caller hangs up.
    let work = app.tasks.clone().spawn(once(app, caller, route, request, next));
    work.await.unwrap_or_else(|_| Problem::internal().into_response())
}

/// An answer that is not kept for repeats, in its extensions: it holds personal data, and asking again changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unkept;

/// What was kept of an answer.
#[derive(Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

async fn once(app: App, caller: Caller, route: MatchedPath, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(KEY).cloned() else {
        return carry_out(&app, &caller, &route, request, next).await;
    };
    let (repeatable, request) = match repeatable(&caller, &key, request).await {
        Ok(both) => both,
        Err(problem) => return problem.into_response(),
    };
    match app.storage.attempt(&repeatable, LEASE).await {
        Ok(Attempt::First) => {}
        Ok(Attempt::UnderWay) => {
            return Problem::conflict("a request with this Idempotency-Key is still under way")
                .with_retry_after(1)
                .into_response();
        }
        Ok(Attempt::Other) => {
            return Problem::parameter("Idempotency-Key", "was sent with another request before")
                .into_response();
        }
        Ok(Attempt::Answered { status, answer }) => return replay(status, &answer),
        Err(error) => return Problem::from(error).into_response(),
    }
    let response = carry_out(&app, &caller, &route, request, next).await;
    keep(&app, &repeatable, response).await
}

/// The request's identity; its body is read for that, and put back.
async fn repeatable(
    caller: &Caller,
    key: &HeaderValue,
    request: Request,
) -> Result<(Repeatable, Request), Problem> {
    let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let key =
        key.ok_or_else(|| Problem::parameter("Idempotency-Key", "takes 1 to 255 visible characters"))?;
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let bytes = extract::bytes(whole, &()).await?;
    let mut hasher = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes(), &bytes] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let request_hash = token::hex(&hasher.finalize());
    let repeatable = Repeatable { user_id: caller.user_id, key: key.to_owned(), request_hash };
    Ok((repeatable, Request::from_parts(parts, Body::from(bytes))))
}

async fn carry_out(
    app: &App,
    caller: &Caller,
    route: &MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let address = request.extensions().get::<Client>().map(|client| client.0.to_string());
    let action = operation(request.method().as_str(), route.as_str()).map(|found| found.id.clone());
    let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => Problem::internal().into_response(),
    };
    let response = complete(response, &path, &id);
    let touched = response.extensions().get::<Touched>().map(|touched| touched.0.clone());
    let entry = NewAudit {
        user_id: Some(caller.user_id),
        actor: caller.name.clone(),
        action: action.unwrap_or_default(),
        object: Some(touched.unwrap_or_else(|| path.trim_start_matches("/api/v1/").to_owned())),
        status: i64::from(response.status().as_u16()),
        address,
        request_id: Some(id),
    };
    if let Err(error) = app.storage.audit(entry).await {
        tracing::error!(%error, "a change could not be written into the audit log");
    }
    response
}

/// Keeps the answer for repeats. One that blames the server is not kept, as the request may be sent again, nor is one that says so.
async fn keep(app: &App, repeatable: &Repeatable, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Problem::internal().into_response() };
    let kept = if parts.status.is_server_error() || parts.extensions.get::<Unkept>().is_some() {
        app.storage.forget_attempt(repeatable).await
    } else {
        let text = |name: &HeaderName| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        };
        let names = [header::CONTENT_TYPE, header::LOCATION, header::RETRY_AFTER, header::ALLOW];
        let kept = Kept {
            headers: names.iter().filter_map(text).collect(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        };
        let kept = serde_json::to_string(&kept).expect("texts can be written");
        app.storage.answered(repeatable, i64::from(parts.status.as_u16()), &kept).await
    };
    if let Err(error) = kept {
        tracing::error!(%error, "the answer could not be kept for repeats of the request");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn replay(status: i64, answer: &str) -> Response {
    let kept = serde_json::from_str::<Kept>(answer).ok();
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let (Some(kept), Some(status)) = (kept, status) else { return Problem::internal().into_response() };
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = status;
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
