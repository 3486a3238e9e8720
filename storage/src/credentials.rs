//! A platform's tokens, kept sealed in the row's settings.

use chrono::{DateTime, Utc};
use connector_core::Secret;
use connector_core::http::Credential;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::KeyRing;
use crate::backend::Database;
use crate::connectors::{CREDENTIAL_FIELD, find, find_locked, set_config};
use crate::error::Failure;
use crate::seal::{self, Place, sealed_text};

/// A credential as it is sealed.
#[derive(Serialize)]
struct Sealed<'a> {
    access_token: &'a str,
    expires_at: Option<DateTime<Utc>>,
    renew_at: Option<DateTime<Utc>>,
    refresh_token: Option<&'a str>,
    refresh_expires_at: Option<DateTime<Utc>>,
}

/// A credential as it is opened.
#[derive(Deserialize)]
struct Opened {
    access_token: Secret,
    expires_at: Option<DateTime<Utc>>,
    renew_at: Option<DateTime<Utc>>,
    refresh_token: Option<Secret>,
    refresh_expires_at: Option<DateTime<Utc>>,
}

/// The credential kept last. One that cannot be opened counts as none: the platform gives another.
pub(crate) fn load(
    connection: &mut Database,
    connector_id: i64,
    keys: Option<&KeyRing>,
) -> Result<Option<Credential>, Failure> {
    let config = find(connection, connector_id)?.config()?;
    let Some(sealed) = config.get(CREDENTIAL_FIELD).and_then(sealed_text) else { return Ok(None) };
    let place = Place { connector_id, field: CREDENTIAL_FIELD };
    let opened = seal::required(keys, &place).and_then(|keys| keys.open(&place, sealed));
    let text = match opened {
        Ok(text) => text,
        Err(error) => {
            tracing::warn!(connector.id = connector_id, %error, "the stored sign-in cannot be used");
            return Ok(None);
        }
    };
    let Ok(opened) = serde_json::from_str::<Opened>(&text) else {
        tracing::warn!(connector.id = connector_id, "the stored sign-in has a form that is not known here");
        return Ok(None);
    };
    Ok(Some(Credential {
        access_token: opened.access_token,
        expires_at: opened.expires_at,
        renew_at: opened.renew_at,
        refresh_token: opened.refresh_token,
        refresh_expires_at: opened.refresh_expires_at,
    }))
}

/// Keeps a credential, in the caller's transaction; all other settings stay as they are at this moment.
pub(crate) fn save(
    connection: &mut Database,
    connector_id: i64,
    keys: Option<&KeyRing>,
    credential: &Credential,
) -> Result<(), Failure> {
    let place = Place { connector_id, field: CREDENTIAL_FIELD };
    let keys = seal::required(keys, &place)?;
    let text = serde_json::to_string(&Sealed {
        access_token: credential.access_token.expose(),
        expires_at: credential.expires_at,
        renew_at: credential.renew_at,
        refresh_token: credential.refresh_token.as_ref().map(Secret::expose),
        refresh_expires_at: credential.refresh_expires_at,
    });
    let text = Zeroizing::new(text.expect("texts and times can be written"));
    let mut config = find_locked(connection, connector_id)?.config()?;
    config.insert(CREDENTIAL_FIELD.to_owned(), keys.seal(&place, &text));
    set_config(connection, connector_id, &config)
}
