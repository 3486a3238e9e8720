//! What goes wrong on request, and the errors that are documented or were seen by clients
//! (<https://developers.cafe24.com/docs/ko/api/admin/>, <https://developers.cafe24.com/docs/en/api/cafe24data/> and
//! reports of clients, read 2026-10). Where no text is known, it is modelled on the others.

use serde_json::json;

use super::answer::{error, oauth_error, reply};
use crate::answer::Answer;
use crate::endpoint::Endpoint;
use crate::fault::FaultKind;
use crate::serve::Arrival;

/// The version that the text of the refusal offers.
const VERSION: &str = "2024-06-01 version you requested is not available. The default value for the app version is \
                       2026-09-01.";

/// The errors by the names that a fault gives; statuses and texts.
const ENVELOPED: [(&str, u16, &str); 18] = [
    ("request_missing", 400, "Please enter the Request parameter."),
    ("version", 400, VERSION),
    ("token_expired", 401, "access_token time expired. (invalid_token)"),
    ("token_invalid", 401, "Invalid access_token"),
    ("insufficient_scope", 403, "The scope is not enough. (insufficient_scope)"),
    ("INVALID_SCOPE", 403, "INVALID SCOPE"),
    ("app_deleted", 403, "The app has been deleted from the mall."),
    ("forbidden", 403, "Forbidden"),
    ("no_api", 404, "No API found"),
    ("conflict", 409, "The same content has been requested again."),
    ("offset", 422, "[Start location of list] must be less than 15000. (parameter.offset)"),
    ("period", 422, "The search period should be within 3 months. (parameter.end_date)"),
    ("parameter", 422, "start_date and end_date are required. (parameter.start_date)"),
    ("too_many", 429, "Too much requests occur. (40/40)"),
    ("server_error", 500, "Internal Server Error"),
    ("unavailable", 503, "Service Unavailable"),
    ("timeout", 504, "Gateway Timeout"),
    ("maintenance", 503, "The service is under maintenance."),
];

/// Those of the token and authorize endpoints.
const FLAT: [(&str, u16, &str, &str); 7] = [
    ("invalid_grant", 400, "invalid_grant", "Invalid refresh_token"),
    ("invalid_grant_401", 401, "invalid_grant", "Invalid refresh_token"),
    ("invalid_client", 401, "invalid_client", "Invalid client_secret"),
    ("secret_invalid_grant", 401, "invalid_grant", "Invalid client_secret"),
    ("redirect_uri", 400, "invalid_request", "The redirect_uri added by Cafe24 Developers is invalid."),
    ("invalid_scope", 400, "invalid_scope", "The scope added by Cafe24 Developers is invalid."),
    ("code_expired", 400, "invalid_grant", "Code time expired"),
];

/// Whether there is an error of that name.
pub(crate) fn is_documented(name: &str) -> bool {
    by_name(name, "").is_some()
}

/// The error of that name. Of a path that is wrong the Analytics API tells which it was.
pub(super) fn by_name(name: &str, path: &str) -> Option<Answer> {
    if name == "no_endpoint" {
        return Some(no_endpoint(path));
    }
    if name == "analytics_too_many" {
        return Some(bucket_empty());
    }
    if let Some((_, status, message)) = ENVELOPED.iter().find(|(known, ..)| *known == name) {
        return Some(error(*status, message));
    }
    let (_, status, word, description) = FLAT.iter().find(|(known, ..)| *known == name)?;
    Some(oauth_error(*status, word, description))
}

/// An error of this file's own tables.
pub(super) fn named(name: &str) -> Answer {
    by_name(name, "").expect("a name of this file")
}

/// A wrong path of the Analytics API.
pub(super) fn no_endpoint(path: &str) -> Answer {
    let more = format!("No endpoint GET {path}");
    reply(404, &json!({"error": {"code": "404", "message": "Not Found", "more_info": more}}))
}

/// 429 of the Analytics API: no body, and the headers of its bucket.
pub(super) fn bucket_empty() -> Answer {
    with_bucket(Answer { content_type: "", ..Answer::json(429, "") }, 0.0)
}

/// The headers of the Analytics API's bucket.
pub(super) fn with_bucket(answer: Answer, left: f64) -> Answer {
    answer
        .with("x-ratelimit-remaining", left)
        .with("x-ratelimit-requested-tokens", 1)
        .with("x-ratelimit-burst-capacity", 40)
        .with("x-ratelimit-replenish-rate", 2)
}

/// A call that says of no mall that is here.
pub(super) fn unknown_caller(endpoint: Endpoint) -> Answer {
    named(if endpoint.is_for_tokens() { "invalid_client" } else { "token_invalid" })
}

/// The answer of what goes wrong before the call is looked at; `None` where it goes on.
pub(super) fn fault(arrival: &Arrival<'_>, path: &str) -> Option<Answer> {
    if let Some(answer) = arrival.refusal().and_then(|name| by_name(name, path)) {
        return Some(answer);
    }
    let endpoint = arrival.endpoint;
    let too_many = || if endpoint.is_analytics() { bucket_empty() } else { named("too_many") };
    let seconds = |default: i64| arrival.millis().map_or(default, |millis| (millis + 999) / 1_000);
    Some(match arrival.met.as_ref()?.kind {
        FaultKind::RateLimitedWithRetryAfter => too_many().with("retry-after", seconds(1)),
        FaultKind::RateLimited => too_many(),
        FaultKind::Quota => named("too_many")
            .with("x-cafe24-call-usage", "100.00")
            .with("x-cafe24-call-remain", seconds(3_600)),
        FaultKind::ServerError => named("server_error"),
        FaultKind::BadGateway => Answer::html(502),
        FaultKind::Unavailable => named("unavailable"),
        FaultKind::Maintenance => named("maintenance"),
        FaultKind::GatewayTimeout => named("timeout"),
        FaultKind::Html => Answer::html(200),
        FaultKind::Unauthorized => named("token_expired"),
        FaultKind::NotApproved => named("forbidden"),
        FaultKind::InvalidScope if endpoint.is_analytics() => named("INVALID_SCOPE"),
        FaultKind::InvalidScope => named("insufficient_scope"),
        FaultKind::SchemaChange => named("version"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn body(name: &str) -> (u16, Value) {
        let answer = by_name(name, "/carts/view").unwrap_or_else(|| panic!("{name} is not known"));
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Every body that the documents and captures give, member for member.
    #[test]
    fn bodies_are_the_documented_ones() {
        for (name, status, message) in [
            ("request_missing", 400, "Please enter the Request parameter."),
            (
                "version",
                400,
                "2024-06-01 version you requested is not available. The default value for the app version is \
                 2026-09-01.",
            ),
            ("token_expired", 401, "access_token time expired. (invalid_token)"),
            ("token_invalid", 401, "Invalid access_token"),
            ("INVALID_SCOPE", 403, "INVALID SCOPE"),
            ("no_api", 404, "No API found"),
            ("offset", 422, "[Start location of list] must be less than 15000. (parameter.offset)"),
            ("too_many", 429, "Too much requests occur. (40/40)"),
        ] {
            let expected = json!({"error": {"code": status, "message": message, "more_info": {}}});
            assert_eq!(body(name), (status, expected), "{name}");
        }
        for (name, part) in
            [("insufficient_scope", "insufficient_scope"), ("period", "should be within 3 months")]
        {
            assert!(body(name).1["error"]["message"].as_str().unwrap().contains(part), "{name}");
        }
        for (name, status, word, description) in [
            ("invalid_grant", 400, "invalid_grant", "Invalid refresh_token"),
            ("invalid_grant_401", 401, "invalid_grant", "Invalid refresh_token"),
            ("invalid_client", 401, "invalid_client", "Invalid client_secret"),
            (
                "redirect_uri",
                400,
                "invalid_request",
                "The redirect_uri added by Cafe24 Developers is invalid.",
            ),
            ("invalid_scope", 400, "invalid_scope", "The scope added by Cafe24 Developers is invalid."),
            ("code_expired", 400, "invalid_grant", "Code time expired"),
        ] {
            assert_eq!(
                body(name),
                (status, json!({"error": word, "error_description": description})),
                "{name}"
            );
        }
        for (name, status) in [
            ("app_deleted", 403),
            ("conflict", 409),
            ("server_error", 500),
            ("unavailable", 503),
            ("timeout", 504),
        ] {
            assert_eq!(body(name).0, status);
        }
        assert_eq!(body("no_endpoint").1["error"]["more_info"], "No endpoint GET /carts/view");
        let empty = by_name("analytics_too_many", "").expect("known");
        assert_eq!((empty.status, empty.body.len(), empty.headers.len()), (429, 0, 4));
    }
}
