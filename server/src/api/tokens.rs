//! Lasting tokens, for programs.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::TimeDelta;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::TokenRow;
use utoipa::ToSchema;

use crate::access::Access;
use crate::extract::{Body, Id};
use crate::problem::{InputError, Problem};
use crate::users;
use crate::writes::Touched;

/// A token, without itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    /// Its id, by which it can be revoked.
    id: i64,
    /// What it is for.
    name: String,
    /// `session` for one of a login, `api` for a lasting one.
    #[schema(example = "api")]
    kind: String,
    /// When it was made.
    created_at: String,
    /// When it ends; null for never.
    expires_at: Option<String>,
    /// When it was last used, to the minute.
    last_used_at: Option<String>,
    /// Whether it is the one that this request was sent with.
    current: bool,
}

impl Token {
    fn new(row: TokenRow, current: i64) -> Self {
        Self {
            current: row.id == current,
            id: row.id,
            name: row.name,
            kind: row.kind,
            created_at: kst_text(row.created_at),
            expires_at: row.expires_at.map(kst_text),
            last_used_at: row.last_used_at.map(kst_text),
        }
    }
}

/// The caller's tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    tokens: Vec<Token>,
}

/// List your tokens.
///
/// Sessions and lasting tokens, by id; those that have ended are left out.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "session", operation_id = "listTokens",
    responses((status = 200, body = Tokens)),
)]
pub(crate) async fn list(access: Access) -> Result<Json<Tokens>, Problem> {
    let rows = access.app.storage.tokens_of(access.caller.user_id).await?;
    let tokens = rows.into_iter().map(|row| Token::new(row, access.caller.token_id)).collect();
    Ok(Json(Tokens { tokens }))
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    #[schema(example = "nightly export", min_length = 1, max_length = 64)]
    name: String,
    /// After how many days it ends; never when left out.
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<i64>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    #[serde(flatten)]
    row: Token,
    /// The token itself. It is shown this once, and kept nowhere.
    token: String,
}

/// Make a lasting token.
///
/// It may do what you may.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "session", operation_id = "createToken", request_body = NewToken,
    responses((status = 201, body = MadeToken)),
)]
pub(crate) async fn create(access: Access, Body(new): Body<NewToken>) -> Result<impl IntoResponse, Problem> {
    let mut errors = Vec::new();
    if !(1..=64).contains(&new.name.trim().chars().count()) || new.name.chars().any(char::is_control) {
        errors.push(InputError::at("/name", "takes 1 to 64 characters"));
    }
    if new.expires_in_days.is_some_and(|days| !(1..=3650).contains(&days)) {
        errors.push(InputError::at("/expires_in_days", "takes 1 to 3650"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid_input(errors));
    }
    let lasting = new.expires_in_days.map(TimeDelta::days);
    let storage = &access.app.storage;
    let (made, row) = users::make(storage, access.caller.user_id, "api", new.name.trim(), lasting).await?;
    let touched = Touched(format!("tokens/{}", made.id));
    let row = Token::new(row, access.caller.token_id);
    let made = MadeToken { row, token: made.token.expose().to_owned() };
    Ok((StatusCode::CREATED, axum::Extension(touched), Json(made)))
}

/// Revoke a token.
///
/// It ends at once.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "session", operation_id = "revokeToken",
    params(("id" = i64, Path, description = "The token's id.")),
    responses((status = 204, description = "The token has ended.")),
)]
pub(crate) async fn revoke(access: Access, Id(id): Id) -> Result<StatusCode, Problem> {
    match access.app.storage.revoke_token(access.caller.user_id, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("there is no such token")),
    }
}
