//! Spending a single-use refresh token: one process at a time, and never without a trace.
//!
//! The platform kills the old refresh token with its answer. So the right to ask is taken in the store first, which
//! notes that a renewal is under way; the new pair and the end of that note are one commit. A process that dies in
//! between leaves the note behind, and a refusal of the old token can then be explained.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::credential::State;
use super::{Client, Credential, CredentialStore, Unsigned};
use crate::error::{Error, ErrorKind, Result};
use crate::time::kst_text;

/// The answer to asking for the right to renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is ours.
    Ours {
        /// When an earlier renewal began of which nobody knows how it ended.
        unfinished: Option<DateTime<Utc>>,
    },
    /// Another process is renewing.
    Busy,
}

/// What came of a renewal.
#[derive(Clone, Copy, Debug)]
pub enum RenewalEnd<'a> {
    /// The platform sent a new pair.
    Renewed {
        /// What was spent for it.
        spent: Option<&'a Credential>,
        /// The new pair.
        renewed: &'a Credential,
    },
    /// The platform takes the refresh token no more: a person has to grant access again.
    Refused {
        /// What was refused.
        refused: &'a Credential,
        /// Why, for people.
        reason: &'a str,
    },
    /// The request went out and nobody knows whether the platform carried it out.
    Unknown {
        /// When it was first sent.
        since: DateTime<Utc>,
    },
    /// The token was not spent.
    Unspent,
}

/// How often a renewal whose answer was lost is sent again at once: the platform either carries it out now, or says
/// that it has done so before.
const ATTEMPTS: u32 = 2;

/// How often the store is asked to keep a pair that exists nowhere else.
const SAVES: u32 = 5;

/// A refresh token with less left than this is worth a warning.
const LAPSES_SOON: chrono::TimeDelta = chrono::TimeDelta::days(3);

/// Renews in turn with the other processes, or takes over what one of them got.
pub(super) async fn renew(
    client: &Client,
    store: &dyn CredentialStore,
    state: &mut State,
) -> Result<Credential> {
    let owner = format!("{:016x}", getrandom::u64().unwrap_or_default());
    let unfinished = loop {
        match store.begin_renewal(&owner).await? {
            Turn::Ours { unfinished } => break unfinished,
            Turn::Busy => {
                let jitter = u64::from(getrandom::u32().unwrap_or_default() % 100);
                client.wait_for_others(Duration::from_millis(50 + jitter)).await?;
                state.adopt(store.load().await?);
                if let Some(current) = state.good(client.now()) {
                    return Ok(current.clone());
                }
            }
        }
    };
    // From here on the right must be given back on every way out.
    let outcome = match store.load().await {
        Ok(found) => {
            state.adopt(found);
            match state.good(client.now()) {
                Some(current) => Ok(Outcome::Unspent(Ok(current.clone()))),
                None => Ok(spend(client, store, state.current.as_ref(), &owner, unfinished).await),
            }
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Outcome::Renewed(renewed)) => {
            let spent = state.current.clone();
            let kept = keep(store, &owner, spent.as_ref(), &renewed).await?;
            state.current = Some(kept.clone());
            state.refused = false;
            Ok(kept)
        }
        Ok(Outcome::Refused(error)) => {
            if let Some(refused) = &state.current {
                let reason = error.to_string();
                let end = RenewalEnd::Refused { refused, reason: &reason };
                store.end_renewal(&owner, end).await?;
            } else {
                store.end_renewal(&owner, RenewalEnd::Unspent).await?;
            }
            Err(error)
        }
        Ok(Outcome::Unknown(error, since)) => {
            store.end_renewal(&owner, RenewalEnd::Unknown { since }).await?;
            or_present(state, client.now(), error)
        }
        Ok(Outcome::Unspent(Ok(credential))) => {
            store.end_renewal(&owner, RenewalEnd::Unspent).await?;
            Ok(credential)
        }
        Ok(Outcome::Unspent(Err(error))) => {
            store.end_renewal(&owner, RenewalEnd::Unspent).await?;
            or_present(state, client.now(), error)
        }
        Err(error) => {
            store.end_renewal(&owner, RenewalEnd::Unspent).await?;
            Err(error)
        }
    }
}

enum Outcome {
    Renewed(Credential),
    Refused(Error),
    Unknown(Error, DateTime<Utc>),
    Unspent(Result<Credential>),
}

/// Sends the renewal, and once more where its answer was lost.
async fn spend(
    client: &Client,
    store: &dyn CredentialStore,
    current: Option<&Credential>,
    owner: &str,
    unfinished: Option<DateTime<Utc>>,
) -> Outcome {
    let began = client.now();
    let mut lost = unfinished;
    for attempt in 1..=ATTEMPTS {
        let error = match while_held(client, store, current, owner).await {
            Ok(renewed) => return Outcome::Renewed(renewed),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::Auth => return Outcome::Refused(explain(error, lost)),
            ErrorKind::Transport | ErrorKind::Unavailable | ErrorKind::Decode => {
                let since = *lost.get_or_insert(began);
                if attempt == ATTEMPTS || client.wait(Duration::from_secs(1)).await.is_err() {
                    return Outcome::Unknown(warn(client, current, error), since);
                }
                tracing::info!(%error, "whether the renewal reached the platform is not known; asking again");
            }
            _ => return Outcome::Unspent(Err(warn(client, current, error))),
        }
    }
    unreachable!("the last attempt returns")
}

/// Asks the platform, and keeps the right to do so for as long as that takes.
async fn while_held(
    client: &Client,
    store: &dyn CredentialStore,
    current: Option<&Credential>,
    owner: &str,
) -> Result<Credential> {
    let unsigned = Unsigned(client);
    let mut asking = pin!(client.connector().authorize(&unsigned, current));
    loop {
        tokio::select! {
            biased;
            outcome = &mut asking => return outcome,
            () = tokio::time::sleep(Duration::from_secs(10)) => {
                if let Err(error) = store.extend_renewal(owner).await {
                    tracing::warn!(%error, "the right to renew the credential could not be extended");
                }
            }
        }
    }
}

/// Keeps the new pair, which exists nowhere else.
async fn keep(
    store: &dyn CredentialStore,
    owner: &str,
    spent: Option<&Credential>,
    renewed: &Credential,
) -> Result<Credential> {
    let mut attempt = 1;
    loop {
        match store.end_renewal(owner, RenewalEnd::Renewed { spent, renewed }).await {
            Ok(kept) => return Ok(kept.unwrap_or_else(|| renewed.clone())),
            Err(error) if attempt < SAVES => {
                tracing::warn!(%error, attempt, "the renewed credential could not be stored; trying again");
                attempt += 1;
                tokio::time::sleep(Duration::from_millis(200) * attempt).await;
            }
            Err(error) => {
                return Err(Error::new(
                    ErrorKind::Storage,
                    "the platform renewed the credential, but it could not be stored, and the old one is spent",
                )
                .with_fix("mend the database (`runner doctor`), then `runner connectors authorize NAME`")
                .with_source(error));
            }
        }
    }
}

/// Says that an earlier answer may be what is missing.
fn explain(error: Error, lost: Option<DateTime<Utc>>) -> Error {
    let Some(since) = lost else { return error };
    let reason = format!(
        "the answer to the renewal begun at {} may have been lost, and the platform has spent the old refresh token",
        kst_text(since)
    );
    let fix = error.fix().to_owned();
    Error::new(ErrorKind::Auth, reason).with_fix(fix).in_operation(error.operation()).with_source(error)
}

fn warn(client: &Client, current: Option<&Credential>, error: Error) -> Error {
    if let Some(lapses) = current.and_then(|current| current.refresh_expires_at)
        && lapses - client.now() < LAPSES_SOON
    {
        tracing::warn!(%error, "the refresh token lapses at {} and could not be renewed", kst_text(lapses));
    }
    error
}

/// Renewal is early by design: while the present credential lasts, it serves.
fn or_present(state: &State, now: DateTime<Utc>, error: Error) -> Result<Credential> {
    match state.still_valid(now) {
        Some(current) if error.kind() != ErrorKind::Interrupted => {
            tracing::warn!(%error, "the credential could not be renewed; the present one is still good");
            Ok(current.clone())
        }
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests;
