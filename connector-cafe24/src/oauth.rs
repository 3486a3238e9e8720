//! Consent, code and tokens.
//!
//! Sources: <https://developers.cafe24.com/docs-new/en/docs/guide/oauth2-authentication> and
//! <https://developers.cafe24.com/docs/ko/api/admin/> (read 2026-10).

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::{Credential, Request, Response, Unsigned};
use connector_core::lenient::{Object, Text, Whole};
use connector_core::time::{kst_text, parse_kst};
use connector_core::{Consent, Error, ErrorKind, Result, Secret};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::settings::{Separator, Settings};

/// A token is renewed this long before it lapses.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);

/// What an access token lasts where the platform's times cannot be used.
const LIFETIME: TimeDelta = TimeDelta::hours(2);

/// What a refresh token lasts where the answer does not say; old answers do not.
const REFRESH_LIFETIME: TimeDelta = TimeDelta::days(14);

const AUTHORIZE: &str = "`runner connectors authorize NAME`";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token<'a> {
    #[serde(borrow)]
    access_token: Text<'a>,
    #[serde(borrow)]
    expires_at: Text<'a>,
    expires_in: Whole,
    #[serde(borrow)]
    refresh_token: Text<'a>,
    #[serde(borrow)]
    refresh_token_expires_at: Text<'a>,
    #[serde(borrow)]
    issued_at: Text<'a>,
    #[serde(borrow)]
    mall_id: Text<'a>,
    /// A list; some answers of the same kind have a text.
    #[serde(borrow)]
    scopes: Option<&'a RawValue>,
}

/// Where a person grants access.
pub(crate) fn consent(settings: &Settings, state: &str) -> Consent {
    let scopes = settings.scopes();
    let separator = match settings.scope_separator {
        Separator::Comma => ",",
        Separator::Space => " ",
    };
    let request = Request::get("authorize", "")
        .query("response_type", "code")
        .query("client_id", settings.client_id.expose())
        .query("state", state)
        .query("redirect_uri", &settings.redirect_uri)
        .query("scope", scopes.join(separator));
    Consent {
        address: format!("{}/api/v2/oauth/authorize?{}", settings.mall_base_url, request.query_text()),
        redirect_uri: settings.redirect_uri.clone(),
        scopes,
    }
}

/// Turns the code of a consent into tokens.
pub(crate) async fn exchange(settings: &Settings, http: &Unsigned<'_>, code: &Secret) -> Result<Credential> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &settings.redirect_uri),
    ];
    let response = http.send(|_| token_request(settings, &form)).await?;
    credential(settings, &response, http.now()).map_err(|error| error.in_operation("token"))
}

/// Spends the refresh token: the stored one, or for a row without tokens the one in its settings.
pub(crate) async fn refresh(
    settings: &Settings,
    http: &Unsigned<'_>,
    stored: Option<&Credential>,
) -> Result<Credential> {
    let token = match stored {
        Some(stored) => stored.refresh_token.as_ref(),
        None => settings.refresh_token.as_ref(),
    };
    let Some(token) = token.filter(|token| !token.expose().is_empty()) else {
        return Err(Error::config(format!("access to mall {} is not granted yet", settings.mall_id))
            .with_fix(format!("{AUTHORIZE}: a person opens an address and confirms")));
    };
    if let Some(lapsed) = stored.and_then(|stored| stored.refresh_expires_at).filter(|at| *at <= http.now()) {
        return Err(Error::new(
            ErrorKind::Auth,
            format!("the refresh token lapsed at {}; the mall was idle for two weeks", kst_text(lapsed)),
        )
        .with_fix(format!("{AUTHORIZE}: a person has to grant access again")));
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose())];
    let response = http.send(|_| token_request(settings, &form)).await?;
    credential(settings, &response, http.now()).map_err(|error| error.in_operation("token"))
}

/// The app's id and secret stand in the header only: in the form they were answered by `invalid_request`.
fn token_request(settings: &Settings, form: &[(&str, &str)]) -> Result<Request> {
    let url = format!("{}/api/v2/oauth/token", settings.mall_base_url);
    let mut request = Request::post("token", url).form(form);
    request.basic(&settings.client_id, &settings.client_secret)?;
    Ok(request)
}

/// The tokens of an answer that came at `now`.
fn credential(settings: &Settings, response: &Response, now: DateTime<Utc>) -> Result<Credential> {
    let Object(token) = response.json::<Object<Token<'_>>>()?;
    let access_token = token.access_token.filled().ok_or_else(|| Error::decode("access_token is missing"))?;
    let refresh_token =
        token.refresh_token.filled().ok_or_else(|| Error::decode("refresh_token is missing"))?;
    if let Some(mall) = token.mall_id.filled().filter(|mall| *mall != settings.mall_id) {
        // Its tokens would be refused by every later call, with no word about the mall.
        return Err(Error::config(format!(
            "the grant is for mall {}, and this row is for mall {}",
            connector_core::error::one_line(mall, 60),
            settings.mall_id
        ))
        .with_fix(
            "set mall_id to the mall that grants access, or sign in to the other mall and authorize again",
        ));
    }
    let expires_at = expiry(&token, now);
    let refresh_expires_at = token
        .refresh_token_expires_at
        .filled()
        .and_then(parse_kst)
        .filter(|at| *at > now)
        .unwrap_or(now + REFRESH_LIFETIME);
    let margin = RENEW_BEFORE.min((expires_at - now) / 4);
    // Half of the refresh token's life is never passed without a renewal, however long access tokens last.
    let renew_at = (expires_at - margin).min(now + (refresh_expires_at - now) / 2);
    Ok(Credential {
        access_token: Secret::new(access_token),
        expires_at: Some(expires_at),
        renew_at: Some(renew_at),
        refresh_token: Some(Secret::new(refresh_token)),
        refresh_expires_at: Some(refresh_expires_at),
        scopes: token.scopes.map(scopes).unwrap_or_default(),
    })
}

/// `expires_at` has no zone and is Korean time. A time that is past already would have the token renewed before every
/// call, so then the length of its life counts.
fn expiry(token: &Token<'_>, now: DateTime<Utc>) -> DateTime<Utc> {
    let stated = token.expires_at.filled().and_then(parse_kst);
    if let Some(at) = stated.filter(|at| *at > now) {
        return at;
    }
    let issued = token.issued_at.filled().and_then(parse_kst);
    let life = match (stated, issued, token.expires_in.get()) {
        (Some(stated), Some(issued), _) => stated - issued,
        (_, _, Some(seconds)) => TimeDelta::seconds((*seconds).clamp(0, 31_536_000)),
        _ => LIFETIME,
    };
    now + if life > TimeDelta::zero() { life } else { LIFETIME }
}

fn scopes(raw: &RawValue) -> Vec<String> {
    if let Ok(list) = serde_json::from_str::<Vec<String>>(raw.get()) {
        return list;
    }
    let text: String = serde_json::from_str(raw.get()).unwrap_or_default();
    text.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "oauth/tests.rs"]
mod tests;
