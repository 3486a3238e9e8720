//! Who may enter: consent, codes and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::Premises;
use super::answer::{Asked, error, oauth_error, reply};
use super::errors::named;
use super::state::{State, korea};
use crate::answer::Answer;
use crate::core::Core;

/// Whether the request names this mall's app, with whatever secret.
pub(super) fn is_app(mall: &Premises, asked: &Asked) -> bool {
    let basic = asked.authorization.strip_prefix("Basic ").and_then(|text| BASE64.decode(text).ok());
    let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let id = basic.split(':').next().filter(|id| !id.is_empty()).unwrap_or(asked.query("client_id"));
    id == mall.client_id
}

/// Confirms at once, as a willing operator would.
pub(super) fn authorize(core: &Core, mall: &Premises, state: &mut State, asked: &Asked) -> Answer {
    if asked.query("client_id") != mall.client_id || asked.query("state").is_empty() {
        return oauth_error(400, "invalid_request", "client_id or state");
    }
    let back = asked.query("redirect_uri").to_owned();
    if state.settings.redirect_uri.as_ref().is_some_and(|registered| *registered != back) {
        return named("redirect_uri");
    }
    let wanted: Vec<String> =
        asked.query("scope").split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if wanted.iter().all(|scope| state.settings.app_scopes.contains(scope)) {
        let code = state.issue_code();
        core.belongs(&code, &mall.mall_id);
        state.codes.insert(code.clone(), wanted);
        query.append_pair("code", &code);
    } else if state.settings.refuses_scopes_on_page {
        return named("invalid_scope");
    } else {
        query.append_pair("error", "invalid_scope");
        query.append_pair("error_description", "The scope added by Cafe24 Developers is invalid.");
    }
    query.append_pair("state", asked.query("state"));
    let location = format!("{back}?{}", query.finish());
    Answer { content_type: "", ..Answer::json(302, "") }.with("location", location)
}

pub(super) fn token(
    core: &Core,
    mall: &Premises,
    state: &mut State,
    asked: &Asked,
    now: DateTime<Utc>,
) -> Answer {
    if asked.method != "POST" {
        return error(404, "No API found");
    }
    let pair = BASE64.encode(format!("{}:{}", mall.client_id, mall.client_secret));
    if asked.authorization != format!("Basic {pair}") {
        return named("invalid_client");
    }
    if asked.has_in_form("client_id") || asked.has_in_form("client_secret") {
        return oauth_error(400, "invalid_request", "credentials belong in the header");
    }
    let scopes = match asked.form("grant_type") {
        "authorization_code" => match state.codes.remove(asked.form("code")) {
            Some(scopes) => scopes,
            None => return named("code_expired"),
        },
        "refresh_token" => {
            let token = asked.form("refresh_token");
            if token.is_empty() || token != state.refresh_token || now >= state.refresh_until {
                let is_401 = state.settings.refresh_refusal_status == 401;
                return named(if is_401 { "invalid_grant_401" } else { "invalid_grant" });
            }
            state.scopes.clone()
        }
        _ => return oauth_error(400, "unsupported_grant_type", ""),
    };
    issue(core, mall, state, scopes, now)
}

/// A new pair; the one before it is dead from now on.
fn issue(core: &Core, mall: &Premises, state: &mut State, scopes: Vec<String>, now: DateTime<Utc>) -> Answer {
    state.access_token = state.opaque("A");
    state.refresh_token = state.opaque("R");
    for token in [&state.access_token, &state.refresh_token] {
        core.belongs(token, &mall.mall_id);
        state.issued.push(token.clone());
    }
    state.access_until = now + TimeDelta::seconds(state.settings.access_life_s);
    state.refresh_until = now + TimeDelta::seconds(state.settings.refresh_life_s);
    state.scopes = scopes;
    // Without a zone, and Korean whatever the machine's is.
    let text = |at: DateTime<Utc>| at.with_timezone(&korea()).format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    reply(
        200,
        &json!({
            "access_token": state.access_token, "expires_at": text(state.access_until),
            "refresh_token": state.refresh_token, "refresh_token_expires_at": text(state.refresh_until),
            "client_id": mall.client_id, "mall_id": state.settings.token_mall,
            "user_id": state.settings.token_mall, "scopes": state.scopes, "issued_at": text(now),
            "shop_no": "1", "token_type": "Bearer",
        }),
    )
}
