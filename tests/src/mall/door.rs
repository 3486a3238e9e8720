//! Who may enter: consent, codes and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::answer::{Answer, Asked};
use super::state::{State, Trouble, korea, machine_now};
use super::{CLIENT_ID, CLIENT_SECRET};

/// Confirms at once, as a willing operator would.
pub(super) fn authorize(state: &mut State, asked: &Asked) -> Answer {
    if asked.query("client_id") != CLIENT_ID || asked.query("state").is_empty() {
        return Answer::oauth_error(400, "invalid_request", "client_id or state");
    }
    let wanted: Vec<String> =
        asked.query("scope").split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let back = asked.query("redirect_uri").to_owned();
    let state_word = asked.query("state").to_owned();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if wanted.iter().all(|scope| state.settings.app_scopes.contains(scope)) {
        let code = state.issue_code();
        state.codes.insert(code.clone(), wanted);
        query.append_pair("code", &code);
    } else {
        query.append_pair("error", "invalid_scope");
        query.append_pair("error_description", "The scope added by Cafe24 Developers is invalid.");
    }
    query.append_pair("state", &state_word);
    let location = format!("{back}?{}", query.finish());
    Answer { status: 302, headers: vec![("location", location)], body: String::new() }
}

pub(super) fn token(state: &mut State, asked: &Asked) -> Answer {
    if asked.method != "POST" {
        return Answer::error(404, "No API found");
    }
    let pair = BASE64.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    if asked.authorization != format!("Basic {pair}") {
        return Answer::oauth_error(401, "invalid_client", "Invalid client_secret");
    }
    if asked.form.contains_key("client_id") || asked.form.contains_key("client_secret") {
        return Answer::oauth_error(400, "invalid_request", "credentials belong in the header");
    }
    let scopes = match asked.form("grant_type") {
        "authorization_code" => match state.codes.remove(asked.form("code")) {
            Some(scopes) => scopes,
            None => return Answer::oauth_error(400, "invalid_grant", "Code time expired"),
        },
        "refresh_token" => {
            let token = asked.form("refresh_token");
            if token.is_empty() || token != state.refresh_token {
                return Answer::oauth_error(400, "invalid_grant", "Invalid refresh_token");
            }
            state.scopes.clone()
        }
        _ => return Answer::oauth_error(400, "unsupported_grant_type", ""),
    };
    let answer = issue(state, scopes);
    if let Trouble::LoseTokens(left @ 1..) = state.settings.trouble {
        state.settings.trouble = Trouble::LoseTokens(left - 1);
        return Answer::page(502);
    }
    answer
}

/// A new pair; the one before it is dead from now on.
fn issue(state: &mut State, scopes: Vec<String>) -> Answer {
    let now = machine_now();
    let number = state.issued.len() / 2 + 1;
    state.access_token = format!("MallAccess{number:012}");
    state.refresh_token = format!("MallRefresh{number:011}");
    state.issued.extend([state.access_token.clone(), state.refresh_token.clone()]);
    state.access_until = now + state.settings.access_life;
    state.scopes = scopes;
    // Without a zone, and Korean whatever the machine's is.
    let text = |at: DateTime<Utc>| at.with_timezone(&korea()).format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    Answer::json(
        200,
        &json!({
            "access_token": state.access_token, "expires_at": text(state.access_until),
            "refresh_token": state.refresh_token,
            "refresh_token_expires_at": text(now + state.settings.refresh_life),
            "client_id": CLIENT_ID, "mall_id": state.settings.token_mall, "user_id": state.settings.token_mall,
            "scopes": state.scopes, "issued_at": text(now), "shop_no": "1", "token_type": "Bearer",
        }),
    )
}
