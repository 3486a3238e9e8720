//! Proves that a row works: settings, then the credential with one cheap call.

use std::sync::Arc;

use connector_core::http::CredentialStore;
use connector_core::{Error, ErrorKind, Mode, Result};
use serde::Serialize;
use storage::ConnectorRow;
use tokio_util::sync::CancellationToken;

use crate::account::open_account;
use crate::connection::connect;
use crate::context::Context;
use crate::handover;
use crate::lease::{Hold, hold};

/// What a check found out.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// One line on what works.
    pub message: String,
}

/// Builds the row's connector from its settings; calls no platform.
///
/// # Errors
/// Whatever is wrong with the settings.
pub async fn check_settings(context: &Context, row: &ConnectorRow) -> Result<CheckReport> {
    open_account(context, row).await?;
    Ok(CheckReport { message: "settings are complete".to_owned() })
}

/// Proves settings and credential with the platform's cheapest authenticated call. In fixture mode the scenario
/// answers it.
///
/// # Errors
/// Whatever is wrong, with what to do about it.
pub async fn check_row(context: &Context, row: &ConnectorRow) -> Result<CheckReport> {
    let account = open_account(context, row).await?;
    if let Some(reason) = row.needs_authorization().filter(|_| account.mode == Mode::Api) {
        // Asking the platform again with a refused token cannot help.
        return Err(Error::new(ErrorKind::Auth, reason.to_owned())
            .with_fix(format!("runner connectors authorize {}", row.name)));
    }
    let stop = CancellationToken::new();
    let held = match hold(&context.storage, row.id, &stop).await? {
        Hold::Held(held) => Some(held),
        // A sync is under way; the check needs no right to write.
        Hold::Busy(_) => None,
    };
    let session = held.as_ref().map(|held| held.session.clone());
    let session = session.unwrap_or_else(|| context.storage.dry_session(row.id));
    let outcome = async {
        let credentials: Arc<dyn CredentialStore> = Arc::new(session.clone());
        let client = connect(&account, Some(credentials), stop, |transport| transport)?;
        handover::take(&session, &client).await;
        let outcome = account.connector.check(&client).await;
        handover::leave(&session, &client).await;
        outcome
    };
    let outcome = outcome.await;
    if let Some(held) = held {
        held.release().await;
    }
    outcome?;
    let message = match account.mode {
        Mode::Api => format!("the platform accepts the credential ({})", account.connector.base_url()),
        Mode::Fixture => "the built-in sample answers".to_owned(),
    };
    Ok(CheckReport { message })
}
