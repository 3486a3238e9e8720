//! Users and tokens as the command line makes them.

use std::fmt;

use chrono::TimeDelta;
use connector_core::{Clock, Secret};
use storage::{NewAudit, NewToken, Storage, StorageError, UserRow};

use crate::access::Role;
use crate::{password, token};

/// The fewest characters of a password.
const SHORTEST_PASSWORD: usize = 8;

/// The longest a password may be: what is longer is no password, and hashing it is work.
const LONGEST_PASSWORD: usize = 1_024;

/// How long a session lasts after a login.
pub(crate) const SESSION: TimeDelta = TimeDelta::hours(12);

/// Why a user or token could not be made.
#[derive(Debug)]
pub enum UserError {
    /// The name or password cannot be taken; says why.
    Refused(&'static str),
    /// There is no user of that name.
    Unknown(String),
    /// The store failed, or holds the name already.
    Storage(StorageError),
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Unknown(name) => write!(f, "there is no user named {name:?}"),
            Self::Storage(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UserError {}

impl From<StorageError> for UserError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// A token that was just made. It is shown once and kept nowhere.
#[derive(Debug)]
pub struct MadeToken {
    /// Its id, by which it can be revoked.
    pub id: i64,
    /// The token itself.
    pub token: Secret,
}

/// Adds a user, who signs in with the password.
///
/// # Errors
/// `Refused` for a name or password that cannot be taken, `Storage` when the name is taken or the database fails.
pub async fn add_user(
    storage: &Storage,
    name: &str,
    role: Role,
    password: Secret,
) -> Result<UserRow, UserError> {
    let is_bad_name = name.is_empty()
        || name.len() > 64
        || name.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '/' | ':'));
    if is_bad_name {
        return Err(UserError::Refused("a user's name has 1 to 64 characters, without blanks, '/' and ':'"));
    }
    let characters = password.expose().chars().count();
    if characters < SHORTEST_PASSWORD || password.expose().len() > LONGEST_PASSWORD {
        return Err(UserError::Refused("a password has at least 8 characters, and at most 1024 bytes"));
    }
    let hashing = tokio::task::spawn_blocking(move || password::hash(&password));
    let Ok(hash) = hashing.await else { return Err(UserError::Refused("the password cannot be hashed")) };
    let user = storage.add_user(name, role.name(), Some(hash)).await?;
    note(storage, "user.add", format!("users/{}", user.id)).await?;
    Ok(user)
}

/// Makes a lasting token for a user.
///
/// # Errors
/// `Unknown` when there is no such user, `Storage` when the database fails.
pub async fn create_token(storage: &Storage, user: &str, label: &str) -> Result<MadeToken, UserError> {
    let Some(user) = storage.user_named(user).await? else {
        return Err(UserError::Unknown(user.to_owned()));
    };
    let (made, _) = make(storage, user.id, "api", label, None).await?;
    note(storage, "token.create", format!("tokens/{}", made.id)).await?;
    Ok(made)
}

/// Makes a token that ends after `lasting`, or never.
pub(crate) async fn make(
    storage: &Storage,
    user_id: i64,
    kind: &'static str,
    name: &str,
    lasting: Option<TimeDelta>,
) -> Result<(MadeToken, storage::TokenRow), StorageError> {
    let secret = token::generate();
    let expires_at = lasting.map(|lasting| Clock::system().now() + lasting);
    let hash = token::hash(secret.expose());
    let row = storage.add_token(NewToken { user_id, kind, name: name.to_owned(), hash, expires_at }).await?;
    Ok((MadeToken { id: row.id, token: secret }, row))
}

async fn note(storage: &Storage, action: &str, object: String) -> Result<(), StorageError> {
    let new = NewAudit {
        actor: "command line".to_owned(),
        action: action.to_owned(),
        object: Some(object),
        status: 200,
        ..NewAudit::default()
    };
    storage.audit(new).await
}
