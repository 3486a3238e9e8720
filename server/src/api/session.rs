//! Signing in and out.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::Secret;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::NewAudit;
use utoipa::ToSchema;

use crate::access::{Access, Role};
use crate::app::App;
use crate::extract::Body;
use crate::observe::{Client, RequestId};
use crate::problem::Problem;
use crate::users::SESSION;
use crate::{password, users};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// The user's name.
    #[schema(example = "kim")]
    username: String,
    /// The user's password.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// What to send as `Authorization: Bearer`. It is shown this once.
    token: String,
    /// When it ends.
    expires_at: String,
}

/// Sign in.
///
/// Answers a token for `Authorization: Bearer`. After failures the server waits longer and longer before it takes another
/// attempt of the same name or address.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "session", operation_id = "login", request_body = Login,
    responses((status = 200, body = Session), (status = 401, description = "Name or password is wrong.")),
)]
pub(crate) async fn login(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    Extension(request): Extension<RequestId>,
    Body(login): Body<Login>,
) -> Result<Json<Session>, Problem> {
    let address = client.0;
    if let Err(seconds) = app.logins.attempt(&login.username, address) {
        return Err(Problem::too_many("too many failed logins; wait before the next", seconds));
    }
    let user = app.storage.user_named(&login.username).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let is_right = password::verify(&app.hashing, login.password, hash).await;
    let entry = |status| {
        // A name that is nobody's may be a password in the wrong field.
        user.as_ref().map(|user| NewAudit {
            user_id: Some(user.id),
            actor: user.name.clone(),
            action: "login".to_owned(),
            object: None,
            status,
            address: Some(address.to_string()),
            request_id: Some(request.0.clone()),
        })
    };
    let (true, Some(known)) = (is_right, &user) else {
        if let Some(entry) = entry(401) {
            app.storage.audit(entry).await?;
        }
        return Err(Problem::unauthorized("name or password is wrong"));
    };
    app.logins.succeeded(&login.username, address);
    let (made, row) = users::make(&app.storage, known.id, "session", "login", Some(SESSION)).await?;
    if let Some(entry) = entry(200) {
        app.storage.audit(entry).await?;
    }
    let expires_at = row.expires_at.map(kst_text).unwrap_or_default();
    Ok(Json(Session { token: made.token.expose().to_owned(), expires_at }))
}

/// Sign out.
///
/// The token that is sent ends at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "session", operation_id = "logout",
    responses((status = 204, description = "The token has ended.")),
)]
pub(crate) async fn logout(access: Access) -> Result<impl IntoResponse, Problem> {
    access.app.storage.revoke_token(access.caller.user_id, access.caller.token_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who calls.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The user's id.
    id: i64,
    /// The user's name.
    username: String,
    /// What the user may do.
    #[schema(example = "operator")]
    role: &'static str,
    /// Whether the user may change accounts and sync.
    may_write: bool,
}

/// Who the token belongs to.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "session", operation_id = "me", responses((status = 200, body = Me)),
)]
pub(crate) async fn me(access: Access) -> Json<Me> {
    let caller = access.caller;
    Json(Me {
        id: caller.user_id,
        username: caller.name,
        role: caller.role.name(),
        may_write: caller.role >= Role::Operator,
    })
}
