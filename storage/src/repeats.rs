//! Requests that may come twice: the first is carried out, the others get its answer.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::backend::{Database, Durability, on_backend};
use crate::error::Failure;
use crate::instants::column;
use crate::schema::idempotency_keys;
use crate::{KeyRing, Result, Storage, StorageError};

/// How long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// A request with a key of its sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeatable {
    /// Who sends it.
    pub user_id: i64,
    /// The sender's key.
    pub key: String,
    /// The hash of everything that makes the request what it is.
    pub request_hash: String,
}

/// What is to be done with a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Attempt {
    /// It is the first: carry it out, then [`Storage::answered`].
    First,
    /// The first is still under way.
    UnderWay,
    /// The key belongs to another request.
    Other,
    /// Its answer is known.
    Answered {
        /// The status.
        status: i64,
        /// What was kept of the answer.
        answer: String,
    },
}

/// Without the answer, which may hold a token.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::First => "First",
            Self::UnderWay => "UnderWay",
            Self::Other => "Other",
            Self::Answered { .. } => "Answered",
        })
    }
}

fn place(request: &Repeatable) -> String {
    format!("idempotency_keys/{}/{}/{}/answer", request.user_id, request.key, request.request_hash)
}

type Stored = (String, NaiveDateTime, Option<i64>, Option<String>);

impl Storage {
    /// Claims the right to carry a request out, for `lease` at most: should its process die, the next one of the same
    /// key may.
    ///
    /// # Errors
    /// `Sealing` when the answer that is there cannot be opened.
    pub async fn attempt(&self, request: &Repeatable, lease: Duration) -> Result<Attempt> {
        let (request, now, keys) = (request.clone(), self.now(), self.keys());
        let until = now + TimeDelta::from_std(lease).unwrap_or(TimeDelta::minutes(5));
        let write = move |connection: &mut Database| {
            diesel::delete(
                idempotency_keys::table.filter(idempotency_keys::created_at.lt(column(now - KEPT_FOR))),
            )
            .execute(connection)?;
            let inserted = on_backend!(connection, inner => {
                diesel::insert_into(idempotency_keys::table)
                    .values((
                        idempotency_keys::user_id.eq(request.user_id),
                        idempotency_keys::key.eq(&request.key),
                        idempotency_keys::request_hash.eq(&request.request_hash),
                        idempotency_keys::claimed_until.eq(column(until)),
                        idempotency_keys::created_at.eq(column(now)),
                    ))
                    .on_conflict((idempotency_keys::user_id, idempotency_keys::key))
                    .do_nothing()
                    .execute(inner)?
            });
            if inserted == 1 {
                return Ok(Attempt::First);
            }
            let mine = idempotency_keys::table.find((request.user_id, &request.key));
            let (hash, claimed_until, status, answer): Stored = mine
                .select((
                    idempotency_keys::request_hash,
                    idempotency_keys::claimed_until,
                    idempotency_keys::status,
                    idempotency_keys::answer,
                ))
                .first(connection)?;
            if hash != request.request_hash {
                return Ok(Attempt::Other);
            }
            if let (Some(status), Some(sealed)) = (status, answer) {
                let keys = keys.ok_or_else(no_key)?;
                let answer = keys.open_at(&place(&request), &sealed)?.to_string();
                return Ok(Attempt::Answered { status, answer });
            }
            // Whoever moves the end of a claim that has run out has taken it over.
            let taken = diesel::update(
                mine.filter(idempotency_keys::claimed_until.eq(claimed_until))
                    .filter(idempotency_keys::claimed_until.lt(column(now)))
                    .filter(idempotency_keys::status.is_null()),
            )
            .set(idempotency_keys::claimed_until.eq(column(until)))
            .execute(connection)?;
            Ok(if taken == 1 { Attempt::First } else { Attempt::UnderWay })
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Keeps the answer of a request, sealed.
    ///
    /// # Errors
    /// `Sealing` when there is no key.
    pub async fn answered(&self, request: &Repeatable, status: i64, answer: &str) -> Result<()> {
        let sealed = self.keys().ok_or_else(no_key)?.seal_at(&place(request), answer);
        let (user_id, key) = (request.user_id, request.key.clone());
        let write = move |connection: &mut Database| {
            diesel::update(idempotency_keys::table.find((user_id, key)))
                .set((idempotency_keys::status.eq(status), idempotency_keys::answer.eq(sealed)))
                .execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Gives a key back whose request had no effect, so that it can be sent again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_attempt(&self, request: &Repeatable) -> Result<()> {
        let (user_id, key) = (request.user_id, request.key.clone());
        let write = move |connection: &mut Database| {
            diesel::delete(idempotency_keys::table.find((user_id, key))).execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}

/// Seals the kept answers with the newest key.
pub(crate) fn rekey(connection: &mut Database, keys: &KeyRing) -> Result<(), Failure> {
    let kept: Vec<(i64, String, String, String)> = idempotency_keys::table
        .filter(idempotency_keys::answer.is_not_null())
        .select((
            idempotency_keys::user_id,
            idempotency_keys::key,
            idempotency_keys::request_hash,
            idempotency_keys::answer.assume_not_null(),
        ))
        .load(connection)?;
    for (user_id, key, request_hash, sealed) in kept {
        if keys.is_newest(&sealed) {
            continue;
        }
        let request = Repeatable { user_id, key, request_hash };
        let text = keys.open_at(&place(&request), &sealed)?;
        diesel::update(idempotency_keys::table.find((user_id, &request.key)))
            .set(idempotency_keys::answer.eq(keys.seal_at(&place(&request), &text)))
            .execute(connection)?;
    }
    Ok(())
}

fn no_key() -> StorageError {
    StorageError::Sealing("answers are kept sealed, and no RUNNER_SECRET_KEY is given".to_owned())
}
