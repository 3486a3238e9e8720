//! The doors for webhooks. Nobody signs in here: who sends something proves itself with the account's secret.

use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use connector_core::registry;
use serde::Serialize;
use storage::{ConnectorRow, NewWebhookEvent, WebhookDoor};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract;
use crate::observe::Client;
use crate::problem::Problem;
use crate::syncs::Kinds;
use crate::webhooks::cafe24::{self, Delivery};
use crate::webhooks::signature::{self, Seal};
use crate::webhooks::{Event, Hint, is_id};

/// The longest body: an order of a thousand lines is shorter.
const LONGEST_BODY: usize = 256 * 1024;

/// Accounts of a platform whose secrets are tried on a webhook that names none: each costs a hash of the body.
const MOST_TRIED: i64 = 20;

/// The same where a key is compared.
const MOST_COMPARED: i64 = 500;

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reception {
    /// It is written down; a sync answers it within seconds.
    Accepted,
    /// It came before, and has no second effect.
    Duplicate,
    /// It says nothing that could be read from the platform.
    Ignored,
}

/// What became of a webhook.
#[derive(Serialize, ToSchema)]
pub(crate) struct Received {
    status: Reception,
}

impl Reception {
    fn answer(self) -> (StatusCode, Json<Received>) {
        let status = if self == Self::Duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
        (status, Json(Received { status: self }))
    }
}

/// Takes a request of an address that has proved nothing yet; it is given back once it has.
fn admit(app: &App, request: &Request) -> Result<IpAddr, Problem> {
    let address =
        request.extensions().get::<Client>().map_or(Ipv4Addr::UNSPECIFIED.into(), |client| client.0);
    match app.doors.take(address) {
        Some(seconds) => {
            Err(Problem::too_many("too many webhooks from this address did not prove themselves", seconds))
        }
        None => Ok(address),
    }
}

/// The body, not longer than a webhook may be.
async fn body(request: Request) -> Result<Bytes, Problem> {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > LONGEST_BODY) {
        return Err(Problem::larger_than("256 KiB"));
    }
    let is_json = extract::is_json(&request);
    let bytes = extract::bytes(request, &()).await?;
    if bytes.len() > LONGEST_BODY {
        return Err(Problem::larger_than("256 KiB"));
    }
    if is_json { Ok(bytes) } else { Err(Problem::unsupported_media_type()) }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Writes the event down for the account.
async fn take(app: &App, row: &ConnectorRow, event_id: String, mut hint: Hint) -> Result<Reception, Problem> {
    let offered = Kinds::new(app.host.platforms()?).streams(&row.platform);
    hint.streams.retain(|stream| row.enabled && offered.contains(stream));
    let is_ignored = hint.streams.is_empty();
    let event = NewWebhookEvent {
        connector_id: row.id,
        event_id,
        event_type: hint.kind,
        streams: hint.streams,
        day_kst: hint.day.map(|day| day.to_string()),
    };
    Ok(match app.storage.add_webhook_event(event).await? {
        false => Reception::Duplicate,
        true if is_ignored => Reception::Ignored,
        true => Reception::Accepted,
    })
}

/// Tell of an event.
///
/// For relays that hear of orders sooner than the next sync does. The sender signs with the account's webhook secret, which
/// `POST /platform-accounts/{id}/webhook-secret` makes:
/// `X-Webhook-Signature: sha256=` and the HMAC-SHA256 of `ID.TIMESTAMP.BODY` in hexadecimal digits (base64 and the prefix `v1,` are taken
/// too), where ID and TIMESTAMP are the other two headers as they are sent. The event is a hint: nothing of it is taken for data, the
/// orders are read from the platform, once for all events of some seconds. An event that came before is 200 and has no second effect.
#[utoipa::path(
    post, path = "/api/v1/sync/webhook", tag = "webhooks", operation_id = "receiveWebhook",
    params(
        ("X-Webhook-Id" = String, Header, description = "The event's id, the same each time it is sent: 1 to 200 visible characters."),
        ("X-Webhook-Timestamp" = String, Header, description = "When it is sent, in seconds since 1970; within five minutes of now."),
        ("X-Webhook-Signature" = String, Header, description = "The signature; several, with blanks between, while a secret changes."),
        ("X-Webhook-Account" = Option<i64>, Header, description = "The account that it is about. Default: the one of the platform whose secret fits, of the first 20."),
    ),
    request_body = Event,
    responses(
        (status = 202, body = Received, description = "It is written down."),
        (status = 200, body = Received, description = "It came before."),
    ),
)]
pub(crate) async fn receive(
    State(app): State<App>,
    request: Request,
) -> Result<(StatusCode, Json<Received>), Problem> {
    let address = admit(&app, &request)?;
    let headers = request.headers().clone();
    let (Some(id), Some(timestamp), Some(signature)) = (
        text(&headers, "x-webhook-id"),
        text(&headers, "x-webhook-timestamp"),
        text(&headers, "x-webhook-signature"),
    ) else {
        let detail = "send X-Webhook-Id, X-Webhook-Timestamp and X-Webhook-Signature";
        return Err(Problem::unsigned(detail));
    };
    if !is_id(id) {
        return Err(Problem::unsigned("X-Webhook-Id takes 1 to 200 visible characters"));
    }
    if !signature::is_fresh(timestamp, app.clock.now()) {
        let detail = "X-Webhook-Timestamp is not within five minutes of now, in seconds since 1970";
        return Err(Problem::unsigned(detail));
    }
    let body = body(request).await?;
    let event: Event = extract::read(&body)?;
    let platform = registry::find(&event.platform).ok().map(|found| found.platform);
    let seal = Seal { id, timestamp, signature };
    let door = door(&app, &headers, platform, &seal, &body).await?;
    app.doors.give_back(&address);
    let mut hint = event.hint();
    if platform != Some(door.row.platform.as_str()) {
        // Signed for an account, and about another platform: kept, so that its owner can be told.
        hint.streams.clear();
    }
    Ok(take(&app, &door.row, id.to_owned(), hint).await?.answer())
}

/// The account whose secret fits. One that there is not looks like one with another secret.
async fn door(
    app: &App,
    headers: &HeaderMap,
    platform: Option<&'static str>,
    seal: &Seal<'_>,
    body: &[u8],
) -> Result<WebhookDoor, Problem> {
    let refused = || {
        Problem::unsigned("no account's secret fits the signature").with_fix(
            "sign ID.TIMESTAMP.BODY with the account's webhook secret, and name it in X-Webhook-Account",
        )
    };
    let storage = &app.storage;
    let doors = match headers.get("x-webhook-account") {
        Some(account) => {
            let id = account.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or_else(refused)?;
            storage.webhook_doors(Some(id), None, 1).await?
        }
        None => {
            let platform = platform.ok_or_else(refused)?;
            storage.webhook_doors(None, Some(platform.to_owned()), MOST_TRIED).await?
        }
    };
    doors.into_iter().find(|door| seal.holds(&door.secret, body)).ok_or_else(refused)
}

/// Take a webhook of Cafe24.
///
/// In Cafe24's own form, with the app's key in `X-API-Key`; give the account that key with
/// `POST /platform-accounts/{id}/webhook-secret`. The mall that the event names must be the account's. Cafe24 asks receivers to answer
/// 403 when the key is wrong.
#[utoipa::path(
    post, path = "/api/v1/sync/webhook/cafe24", tag = "webhooks", operation_id = "receiveCafe24Webhook",
    params(
        ("X-API-Key" = String, Header, description = "The key that Cafe24's developer centre shows for the app's webhooks."),
        ("X-Trace-Id" = Option<String>, Header, description = "Cafe24's id of the delivery."),
    ),
    request_body = Delivery,
    responses(
        (status = 202, body = Received, description = "It is written down."),
        (status = 200, body = Received, description = "It came before."),
    ),
)]
pub(crate) async fn receive_cafe24(
    State(app): State<App>,
    request: Request,
) -> Result<(StatusCode, Json<Received>), Problem> {
    let headers = request.headers().clone();
    let wrong = || Problem::wrong_key("X-API-Key is no account's webhook secret");
    let key = text(&headers, "x-api-key").ok_or_else(wrong)?;
    let address = admit(&app, &request)?;
    let platform = Some(cafe24::PLATFORM.to_owned());
    let mut doors = app.storage.webhook_doors(None, platform, MOST_COMPARED).await?;
    doors.retain(|door| signature::is_same(key, &door.secret));
    if doors.is_empty() {
        return Err(wrong());
    }
    app.doors.give_back(&address);
    let body = body(request).await?;
    let delivery: Delivery = extract::read(&body)?;
    let id = cafe24::id(text(&headers, "x-trace-id"), &body, app.clock.now());
    // One app may serve several malls, and one mall several accounts.
    let mall = delivery.mall();
    doors.retain(|door| {
        mall.is_some() && door.row.config.get(cafe24::MALL).and_then(|own| own.as_str()) == mall
    });
    let mut reception = Reception::Ignored;
    for door in doors {
        let one = take(&app, &door.row, id.clone(), delivery.hint()).await?;
        if reception != Reception::Accepted && one != Reception::Ignored {
            reception = one;
        }
    }
    Ok(reception.answer())
}
