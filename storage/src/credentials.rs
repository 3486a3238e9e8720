//! A platform's tokens, kept sealed in the row's settings.

use connector_core::Secret;
use connector_core::http::Credential;
use serde_json::Value;

use crate::KeyRing;
use crate::backend::Database;
use crate::connectors::{CREDENTIAL_FIELD, find, find_locked, set_config};
use crate::error::Failure;
use crate::seal::{self, Place, sealed_text};

/// Whether the credential stands in the row as plain text, as a person wrote it there.
pub(crate) fn is_plain(connection: &mut Database, connector_id: i64) -> Result<bool, Failure> {
    let config = find(connection, connector_id)?.config()?;
    Ok(config.get(CREDENTIAL_FIELD).is_some_and(|value| value.is_object() && sealed_text(value).is_none()))
}

/// The credential kept last. One that cannot be opened counts as none: the platform gives another.
pub(crate) fn load(
    connection: &mut Database,
    connector_id: i64,
    keys: Option<&KeyRing>,
) -> Result<Option<Credential>, Failure> {
    let config = find(connection, connector_id)?.config()?;
    let Some(sealed) = config.get(CREDENTIAL_FIELD).and_then(sealed_text) else {
        return Ok(config.get(CREDENTIAL_FIELD).and_then(Value::as_object).and_then(Credential::from_answer));
    };
    let place = Place { connector_id, field: CREDENTIAL_FIELD };
    let opened = seal::required(keys, &place).and_then(|keys| keys.open(&place, sealed));
    let text = match opened {
        Ok(text) => text,
        Err(error) => {
            tracing::warn!(connector.id = connector_id, %error, "the stored sign-in cannot be used");
            return Ok(None);
        }
    };
    let credential = Credential::from_sealable(&Secret::new(text.as_str()));
    if credential.is_none() {
        tracing::warn!(connector.id = connector_id, "the stored sign-in has a form that is not known here");
    }
    Ok(credential)
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
    let mut config = find_locked(connection, connector_id)?.config()?;
    config.insert(CREDENTIAL_FIELD.to_owned(), keys.seal(&place, credential.to_sealable().expose()));
    set_config(connection, connector_id, &config)
}
