//! Taking turns at spending a single-use refresh token, over all processes that share the database.
//!
//! The turn is a note of the account (`oauth:renewal` in `meta`). It also says that a renewal is under way: one that is
//! left behind explains why the platform then refuses the old token.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::{Credential, RenewalEnd, Turn};
use connector_core::time::kst_text;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::backend::{Database, Durability};
use crate::connectors::{AUTHORIZATION_FIELD, CREDENTIAL_FIELD, find_locked, set_config};
use crate::error::Failure;
use crate::instants::column;
use crate::schema::meta;
use crate::{KeyRing, Result, Storage, checkpoints, credentials};

const NOTE: &str = "oauth:renewal";
const CONSENT: &str = "oauth:consent";

/// How long a turn lasts unless it is extended.
const TURN: Duration = Duration::from_secs(30);

/// The note of a turn.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// Who renews; empty when nobody does.
    owner: String,
    /// When this renewal began, or the one of which nobody knows how it ended.
    since: DateTime<Utc>,
    /// Until when the turn lasts, by the database's clock; absent when nobody has it.
    until: Option<DateTime<Utc>>,
    /// When an earlier renewal began that was never finished.
    unfinished: Option<DateTime<Utc>>,
}

fn read(connection: &mut Database, id: i64) -> Result<Option<Note>, Failure> {
    let text = checkpoints::note(connection, id, NOTE)?;
    // A note that cannot be read was written by another version: the turn it stands for ends by its time in any case.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn write(connection: &mut Database, id: i64, note: &Note) -> Result<(), Failure> {
    let text = serde_json::to_string(note).expect("texts and times can be written");
    checkpoints::set_note(connection, id, NOTE, &text, column(note.since))
}

fn forget(connection: &mut Database, id: i64) -> Result<(), Failure> {
    diesel::delete(meta::table.find((id, NOTE))).execute(connection)?;
    Ok(())
}

/// Credentials of one account, for whoever may spend its refresh token: with a lease or without.
#[derive(Clone, Debug)]
pub(crate) struct Renewals {
    pub(crate) storage: Storage,
    pub(crate) connector_id: i64,
}

impl Renewals {
    fn turn_end(&self) -> DateTime<Utc> {
        self.storage.database_now() + TimeDelta::from_std(TURN).expect("half a minute")
    }

    pub(crate) async fn begin(&self, owner: &str) -> Result<Turn> {
        let id = self.connector_id;
        let (now, until, owner) = (self.storage.database_now(), self.turn_end(), owner.to_owned());
        let is_taken = move |note: &Note| note.until.is_some_and(|until| until > now);
        // Those who wait ask often: they must not queue for the right to write.
        if self
            .storage
            .pool()
            .read(move |connection| read(connection, id))
            .await?
            .is_some_and(|n| is_taken(&n))
        {
            return Ok(Turn::Busy);
        }
        let claim = move |connection: &mut Database| {
            find_locked(connection, id)?;
            let before = read(connection, id)?;
            if before.as_ref().is_some_and(is_taken) {
                return Ok(Turn::Busy);
            }
            let unfinished = before.map(|note| note.unfinished.unwrap_or(note.since));
            write(connection, id, &Note { owner, since: now, until: Some(until), unfinished })?;
            Ok(Turn::Ours { unfinished })
        };
        self.storage.pool().write(Durability::Full, true, claim).await
    }

    pub(crate) async fn extend(&self, owner: &str) -> Result<()> {
        let (id, until, owner) = (self.connector_id, self.turn_end(), owner.to_owned());
        let extend = move |connection: &mut Database| {
            find_locked(connection, id)?;
            if let Some(note) = read(connection, id)?.filter(|note| note.owner == owner) {
                write(connection, id, &Note { until: Some(until), ..note })?;
            }
            Ok(())
        };
        self.storage.pool().write(Durability::Normal, true, extend).await
    }

    pub(crate) async fn end(&self, owner: &str, end: RenewalEnd<'_>) -> Result<Option<Credential>> {
        let (id, owner, end) = (self.connector_id, owner.to_owned(), End::from(end));
        let (keys, now) = (self.storage.keys(), self.storage.now());
        let work = move |connection: &mut Database| {
            find_locked(connection, id)?;
            let ours = read(connection, id)?.filter(|note| note.owner == owner);
            let stored = credentials::load(connection, id, keys.as_ref())?;
            let mut kept = stored.clone();
            match &end {
                // Whatever became of the turn: what the platform sent for the stored token is the only pair that
                // lives. Another token there is a person's new grant, which is newer still.
                End::Renewed { spent, renewed } if same(stored.as_ref(), spent.as_ref()) => {
                    keep(connection, id, keys.as_ref(), renewed)?;
                    kept = Some(renewed.clone());
                }
                End::Refused { refused, reason } if same(stored.as_ref(), Some(refused)) => {
                    let mut config = find_locked(connection, id)?.config()?;
                    let text = format!("needs authorization since {}: {reason}", kst_text(now));
                    config.insert(AUTHORIZATION_FIELD.to_owned(), Value::from(text));
                    set_config(connection, id, &config)?;
                }
                _ => {}
            }
            if let Some(note) = ours {
                let unknown = match end {
                    End::Unknown { since } => Some(since),
                    End::Unspent => note.unfinished,
                    End::Renewed { .. } | End::Refused { .. } => None,
                };
                match unknown {
                    Some(since) => {
                        let note = Note { owner: String::new(), since, until: None, unfinished: Some(since) };
                        write(connection, id, &note)?;
                    }
                    None => forget(connection, id)?,
                }
            }
            Ok(kept)
        };
        self.storage.pool().write(Durability::Full, true, work).await
    }

    /// Keeps what a person has just granted; whoever is renewing the old grant finds it.
    pub(crate) async fn replace(&self, credential: &Credential) -> Result<()> {
        let (id, keys, credential) = (self.connector_id, self.storage.keys(), credential.clone());
        let work = move |connection: &mut Database| {
            keep(connection, id, keys.as_ref(), &credential)?;
            forget(connection, id)
        };
        self.storage.pool().write(Durability::Full, true, work).await
    }
}

impl Storage {
    /// Notes the state that a person's consent in a browser must come back with; an earlier one is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_consent_state(&self, connector_id: i64, state: &str) -> Result<()> {
        let (now, state) = (column(self.now()), state.to_owned());
        let set = move |connection: &mut Database| {
            checkpoints::set_note(connection, connector_id, CONSENT, &state, now)
        };
        self.pool().write(Durability::Normal, true, set).await
    }

    /// The state noted last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consent_state(&self, connector_id: i64) -> Result<Option<String>> {
        self.pool().read(move |connection| checkpoints::note(connection, connector_id, CONSENT)).await
    }
}

/// What came of a renewal, owned.
enum End {
    Renewed { spent: Option<Credential>, renewed: Credential },
    Refused { refused: Credential, reason: String },
    Unknown { since: DateTime<Utc> },
    Unspent,
}

impl From<RenewalEnd<'_>> for End {
    fn from(end: RenewalEnd<'_>) -> Self {
        match end {
            RenewalEnd::Renewed { spent, renewed } => {
                Self::Renewed { spent: spent.cloned(), renewed: renewed.clone() }
            }
            RenewalEnd::Refused { refused, reason } => {
                Self::Refused { refused: refused.clone(), reason: reason.to_owned() }
            }
            RenewalEnd::Unknown { since } => Self::Unknown { since },
            RenewalEnd::Unspent => Self::Unspent,
        }
    }
}

/// Whether two credentials hold the same refresh token, or both are none.
fn same(one: Option<&Credential>, other: Option<&Credential>) -> bool {
    one.map(|credential| &credential.refresh_token) == other.map(|credential| &credential.refresh_token)
}

/// Stores a good pair: the row needs nobody's consent any more.
fn keep(
    connection: &mut Database,
    id: i64,
    keys: Option<&KeyRing>,
    credential: &Credential,
) -> Result<(), Failure> {
    credentials::save(connection, id, keys, credential)?;
    let mut config = find_locked(connection, id)?.config()?;
    if config.remove(AUTHORIZATION_FIELD).is_some() {
        set_config(connection, id, &config)?;
    }
    debug_assert!(config.contains_key(CREDENTIAL_FIELD), "just saved");
    Ok(())
}
