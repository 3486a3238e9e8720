//! Who may use the server, and the tokens they show.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::Secret;
use diesel::prelude::*;

use crate::backend::{Database, Durability};
use crate::error::Failure;
use crate::instants::{Instant, MaybeInstant, column};
use crate::schema::{tokens, users};
use crate::{Result, Storage, StorageError};

/// How exactly `last_used_at` is kept: a write at each request would cost more than it tells.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::seconds(60);

/// A user. `Debug` leaves the password's hash out.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRow {
    /// The row's id.
    pub id: i64,
    /// What the user signs in with; unique.
    pub name: String,
    /// `admin`, `operator` or `viewer`.
    pub role: String,
    /// The hash of the password, as its algorithm writes it; none for a user with tokens only.
    pub password_hash: Option<String>,
    /// When the user was added.
    #[diesel(deserialize_as = Instant)]
    pub created_at: DateTime<Utc>,
}

impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A token; the token itself is nowhere.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct TokenRow {
    /// The row's id.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// `session` or `api`.
    pub kind: String,
    /// What it is for, for people.
    pub name: String,
    /// When it was made.
    #[diesel(deserialize_as = Instant)]
    pub created_at: DateTime<Utc>,
    /// When it ends; `None` for never.
    #[diesel(deserialize_as = MaybeInstant)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last shown, to the minute.
    #[diesel(deserialize_as = MaybeInstant)]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A token to add.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose it is.
    pub user_id: i64,
    /// `session` or `api`.
    pub kind: &'static str,
    /// What it is for, for people.
    pub name: String,
    /// The SHA-256 of the token, in hexadecimal digits.
    pub hash: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Storage {
    /// Adds a user.
    ///
    /// # Errors
    /// `Conflict` when the name is taken.
    pub async fn add_user(&self, name: &str, role: &str, password_hash: Option<Secret>) -> Result<UserRow> {
        let (name, role, now) = (name.to_owned(), role.to_owned(), column(self.now()));
        let write = move |connection: &mut Database| {
            let id: i64 = diesel::insert_into(users::table)
                .values((
                    users::name.eq(&name),
                    users::role.eq(&role),
                    users::password_hash.eq(password_hash.as_ref().map(Secret::expose)),
                    users::created_at.eq(now),
                    users::updated_at.eq(now),
                ))
                .returning(users::id)
                .get_result(connection)
                .map_err(|error| {
                    let failure = Failure::from(error);
                    match failure.is_duplicate() {
                        true => {
                            StorageError::Conflict(format!("there is a user named {name:?} already")).into()
                        }
                        false => failure,
                    }
                })?;
            Ok(users::table.find(id).select(UserRow::as_select()).first(connection)?)
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// The user of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, id: i64) -> Result<Option<UserRow>> {
        let read = move |connection: &mut Database| {
            Ok(users::table.find(id).select(UserRow::as_select()).first(connection).optional()?)
        };
        self.pool().read(read).await
    }

    /// The user of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_named(&self, name: &str) -> Result<Option<UserRow>> {
        let name = name.to_owned();
        let read = move |connection: &mut Database| {
            let named = users::table.filter(users::name.eq(&name));
            Ok(named.select(UserRow::as_select()).first(connection).optional()?)
        };
        self.pool().read(read).await
    }

    /// Adds a token, and forgets those of the same user that have ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(&self, new: NewToken) -> Result<TokenRow> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let ended =
                tokens::table.filter(tokens::user_id.eq(new.user_id)).filter(tokens::expires_at.lt(now));
            diesel::delete(ended).execute(connection)?;
            let id: i64 = diesel::insert_into(tokens::table)
                .values((
                    tokens::user_id.eq(new.user_id),
                    tokens::kind.eq(new.kind),
                    tokens::name.eq(&new.name),
                    tokens::token_hash.eq(&new.hash),
                    tokens::created_at.eq(now),
                    tokens::expires_at.eq(new.expires_at.map(column)),
                ))
                .returning(tokens::id)
                .get_result(connection)?;
            Ok(tokens::table.find(id).select(TokenRow::as_select()).first(connection)?)
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// Who shows the token of this hash; `None` when there is none, or it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bearer(&self, hash: &str) -> Result<Option<(UserRow, TokenRow)>> {
        let (hash, now) = (hash.to_owned(), self.now());
        let read = move |connection: &mut Database| {
            let found: Option<(UserRow, TokenRow)> = tokens::table
                .inner_join(users::table.on(users::id.eq(tokens::user_id)))
                .filter(tokens::token_hash.eq(&hash))
                .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(column(now))))
                .select((UserRow::as_select(), TokenRow::as_select()))
                .first(connection)
                .optional()?;
            Ok(found)
        };
        let found = self.pool().read(read).await?;
        if let Some((_, token)) = &found
            && token.last_used_at.is_none_or(|at| now - at > USE_NOTED_EVERY)
        {
            let id = token.id;
            let note = move |connection: &mut Database| {
                diesel::update(tokens::table.find(id))
                    .set(tokens::last_used_at.eq(column(now)))
                    .execute(connection)?;
                Ok(())
            };
            self.pool().write(Durability::Ordered, true, note).await?;
        }
        Ok(found)
    }

    /// The tokens of a user that have not ended, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens_of(&self, user_id: i64) -> Result<Vec<TokenRow>> {
        let now = column(self.now());
        let read = move |connection: &mut Database| {
            Ok(tokens::table
                .filter(tokens::user_id.eq(user_id))
                .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
                .order(tokens::id)
                .select(TokenRow::as_select())
                .load(connection)?)
        };
        self.pool().read(read).await
    }

    /// Ends a token of a user's; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(&self, user_id: i64, id: i64) -> Result<bool> {
        let write = move |connection: &mut Database| {
            let token = tokens::table.find(id).filter(tokens::user_id.eq(user_id));
            Ok(diesel::delete(token).execute(connection)? == 1)
        };
        self.pool().write(Durability::Full, true, write).await
    }
}
