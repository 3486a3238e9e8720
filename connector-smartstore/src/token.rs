//! The token: how it is asked for, and what its answer says.

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::{Credential, Request, Response};
use connector_core::lenient::{Object, Text, Whole};
use connector_core::{Error, Result, Secret};
use serde::Deserialize;

use crate::settings::{Account, Settings};
use crate::{SmartStore, sign};

/// The platform hands out a new token only in the last half hour of the old one.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(30);

/// A timestamp in the platform's future is refused, one of the last 5 minutes is taken.
pub(crate) const BEHIND: TimeDelta = TimeDelta::seconds(3);

impl SmartStore {
    /// Parameters in the body, never in the query, and no `account_id` with `SELF`: the platform answers such requests
    /// with a token all the same, and then cuts the application to one call an hour.
    /// <https://github.com/commerce-api-naver/commerce-api/discussions/3751>
    pub(crate) fn token_request(&self, at: DateTime<Utc>) -> Result<Request> {
        let Settings { client_id, client_secret, account, account_id, .. } = &self.settings;
        let timestamp = at.timestamp_millis();
        let sign = Secret::new(sign::signature(client_id, client_secret, timestamp)?);
        let timestamp = timestamp.to_string();
        let mut form = vec![
            ("client_id", client_id.expose()),
            ("timestamp", &timestamp),
            ("client_secret_sign", sign.expose()),
            ("grant_type", "client_credentials"),
            ("type", account.name()),
        ];
        if let (Account::Seller, Some(id)) = (account, account_id) {
            form.push(("account_id", id));
        }
        // Asking twice gives the same token.
        Ok(Request::post("token", "/v1/oauth2/token").form(&form).reads())
    }
}

/// The token of an answer that came at `now`.
pub(crate) fn credential(response: &Response, now: DateTime<Utc>) -> Result<Credential> {
    #[derive(Deserialize)]
    struct Token<'a> {
        #[serde(default, borrow)]
        access_token: Text<'a>,
        #[serde(default)]
        expires_in: Whole,
    }
    let Object(token) = response.json::<Object<Token<'_>>>()?;
    let access_token = token.access_token.filled().ok_or_else(|| Error::decode("access_token is missing"))?;
    let lifetime = token
        .expires_in
        .get()
        .filter(|seconds| (1..=31_536_000).contains(*seconds))
        .map(|seconds| TimeDelta::seconds(*seconds))
        .ok_or_else(|| Error::decode("expires_in is missing or no number of seconds"))?;
    let expires_at = now + lifetime;
    // A server that hands out shorter tokens would otherwise be asked before every call.
    let margin = if lifetime > RENEW_BEFORE { RENEW_BEFORE } else { lifetime / 2 };
    Ok(Credential {
        access_token: Secret::new(access_token),
        expires_at: Some(expires_at),
        renew_at: Some(expires_at - margin),
        refresh_token: None,
        refresh_expires_at: None,
        scopes: Vec::new(),
    })
}
