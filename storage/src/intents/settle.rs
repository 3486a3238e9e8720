//! What is sent, and what became of it; all behind the account's lease.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connector_core::Record;
use connector_core::command::{IntentStore, Settled, Verdict};
use diesel::prelude::*;

use super::{IntentRow, IntentState};
use crate::backend::{Database, Durability};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::column;
use crate::schema::intents;
use crate::session::Scope;
use crate::text::clean;
use crate::{Result, Session, Storage, StorageError, save};

/// From where an intent may be sent, for the first time or again. What is accepted or refused is not sent any more.
const SENDABLE: [&str; 4] = [
    IntentState::Planned.name(),
    IntentState::Sending.name(),
    IntentState::Failed.name(),
    IntentState::Unknown.name(),
];

#[async_trait]
impl IntentStore for Session {
    async fn sending(&self, intents: &[i64]) -> connector_core::Result<()> {
        let ids = intents.to_vec();
        let sending = move |connection: &mut Database, scope: &Scope| sending(connection, scope, &ids);
        Ok(self.write(Durability::Full, sending).await?)
    }

    async fn settle(
        &self,
        settled: Vec<Settled>,
        observed_at: DateTime<Utc>,
        records: Vec<Record>,
    ) -> connector_core::Result<()> {
        let settle = move |connection: &mut Database, scope: &Scope| {
            write_verdicts(connection, scope, &settled)?;
            save::observe(connection, scope, observed_at, &records)?;
            Ok(())
        };
        Ok(self.write(Durability::Normal, settle).await?)
    }
}

impl Session {
    /// Intents of the account that somebody has to find out about, by id: those that were about to be sent, those of which
    /// it is unknown what became, and those that another than this session's runner has planned and not sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsettled(&self) -> Result<Vec<IntentRow>> {
        let (id, owner) = (self.connector_id(), self.owner().to_owned());
        let mut rows = self.read(move |connection| unsettled(connection, id)).await?;
        rows.retain(|row| row.state != IntentState::Planned || row.owner != owner);
        Ok(rows)
    }

    /// Ends intents that were planned and not sent, as after the death of the process that planned them: they become
    /// `failed` with this message. Those that are further are left alone. Returns how many were ended.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn end_planned(&self, intents: &[i64], message: &str) -> Result<usize> {
        let (ids, message) = (intents.to_vec(), message.to_owned());
        let end = move |connection: &mut Database, scope: &Scope| {
            let (mut ended, now) = (0, column(scope.now));
            for chunk in ids.chunks(KEYS_AT_ONCE) {
                ended += diesel::update(
                    intents::table
                        .filter(intents::connector_id.eq(scope.connector_id))
                        .filter(intents::id.eq_any(chunk))
                        .filter(intents::state.eq(IntentState::Planned.name())),
                )
                .set((
                    intents::state.eq(IntentState::Failed.name()),
                    intents::message.eq(clean(&message)),
                    intents::finished_at.eq(now),
                    intents::updated_at.eq(now),
                ))
                .execute(connection)?;
            }
            Ok(ended)
        };
        self.write(Durability::Normal, end).await
    }
}

impl Storage {
    /// Intents of an account that have no verdict or an unknown one, by id, whoever planned them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsettled(&self, connector_id: i64) -> Result<Vec<IntentRow>> {
        self.pool().read(move |connection| unsettled(connection, connector_id)).await
    }
}

fn unsettled(connection: &mut Database, connector_id: i64) -> Result<Vec<IntentRow>, Failure> {
    Ok(intents::table
        .filter(intents::connector_id.eq(connector_id))
        .filter(intents::state.eq_any(IntentState::UNSETTLED.map(IntentState::name)))
        .order(intents::id)
        .select(IntentRow::as_select())
        .load(connection)?)
}

fn sending(connection: &mut Database, scope: &Scope, ids: &[i64]) -> Result<(), Failure> {
    let now = column(scope.now);
    for chunk in ids.chunks(KEYS_AT_ONCE) {
        let noted = diesel::update(
            intents::table
                .filter(intents::connector_id.eq(scope.connector_id))
                .filter(intents::id.eq_any(chunk))
                .filter(intents::state.eq_any(SENDABLE)),
        )
        .set((
            intents::state.eq(IntentState::Sending.name()),
            intents::attempts.eq(intents::attempts + 1),
            intents::owner.eq(scope.owner()),
            intents::reference.eq(None::<String>),
            intents::code.eq(None::<String>),
            intents::message.eq(None::<String>),
            intents::sent_at.eq(now),
            intents::finished_at.eq(None::<chrono::NaiveDateTime>),
            intents::updated_at.eq(now),
        ))
        .execute(connection)?;
        if noted != chunk.len() {
            return Err(StorageError::NotSendable { connector_id: scope.connector_id }.into());
        }
    }
    Ok(())
}

/// What a verdict puts into the columns.
#[derive(PartialEq, Eq, Hash)]
struct Columns<'a> {
    state: &'static str,
    reference: Option<&'a str>,
    code: Option<&'a str>,
    message: Option<&'a str>,
    is_end: bool,
}

impl<'a> Columns<'a> {
    /// Nothing for the verdict of a dry run, which leaves no trace.
    fn of(verdict: &'a Verdict) -> Option<Self> {
        let bare = Self { state: verdict.name(), reference: None, code: None, message: None, is_end: true };
        Some(match verdict {
            Verdict::Done { reference } | Verdict::Already { reference } => {
                Self { reference: reference.as_deref(), ..bare }
            }
            Verdict::Unverified { reference, reason } => {
                Self { reference: reference.as_deref(), message: Some(reason), ..bare }
            }
            Verdict::Refused(refusal) | Verdict::Failed(refusal) => {
                Self { code: refusal.code.as_deref(), message: Some(&refusal.message), ..bare }
            }
            Verdict::Unknown { reason } => Self { message: Some(reason), is_end: false, ..bare },
            Verdict::WouldSend => return None,
        })
    }
}

/// Writes verdicts, one statement for all that are alike.
fn write_verdicts(connection: &mut Database, scope: &Scope, settled: &[Settled]) -> Result<(), Failure> {
    let now = column(scope.now);
    let mut alike: HashMap<Columns<'_>, Vec<i64>> = HashMap::new();
    for settled in settled {
        if let Some(columns) = Columns::of(&settled.verdict) {
            alike.entry(columns).or_default().push(settled.intent);
        }
    }
    for (columns, ids) in alike {
        for chunk in ids.chunks(KEYS_AT_ONCE) {
            diesel::update(
                intents::table
                    .filter(intents::connector_id.eq(scope.connector_id))
                    .filter(intents::id.eq_any(chunk)),
            )
            .set((
                intents::state.eq(columns.state),
                intents::reference.eq(columns.reference.map(clean)),
                intents::code.eq(columns.code.map(clean)),
                intents::message.eq(columns.message.map(clean)),
                intents::finished_at.eq(columns.is_end.then_some(now)),
                intents::updated_at.eq(now),
            ))
            .execute(connection)?;
        }
    }
    Ok(())
}
