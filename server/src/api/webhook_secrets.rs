//! What senders of webhooks prove themselves with.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use connector_core::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Access;
use crate::extract::{Id, MaybeBody};
use crate::problem::{InputError, Problem};
use crate::token;
use crate::writes::Touched;

/// The least that a secret of the caller's own must have: the keys that Cafe24 gives out have 36 characters.
const LEAST: usize = 16;

/// The most.
const MOST: usize = 200;

/// A secret of one's own.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnSecret {
    /// The key that the platform shows, where it gives one out, as Cafe24's developer centre does. Default: a new one is made.
    #[schema(min_length = 16, max_length = 200, value_type = Option<String>, write_only)]
    secret: Option<Secret>,
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookSecret {
    /// The account.
    account_id: i64,
    /// The secret; null when it is one of your own.
    secret: Option<String>,
}

/// Let an account take webhooks.
///
/// Makes a secret for `POST /sync/webhook` in place of the one that there is, and shows it this once. It is encrypted before it reaches
/// the database.
#[utoipa::path(
    post, path = "/api/v1/platform-accounts/{id}/webhook-secret", tag = "webhooks", operation_id = "makeWebhookSecret",
    params(("id" = i64, Path, description = "The account's id.")),
    request_body = Option<OwnSecret>, responses((status = 201, body = WebhookSecret)),
)]
pub(crate) async fn make(
    access: Access,
    Id(id): Id,
    MaybeBody(own): MaybeBody<OwnSecret>,
) -> Result<impl IntoResponse, Problem> {
    let row = access.account(id).await?;
    let is_fit = |secret: &Secret| {
        let text = secret.expose();
        (LEAST..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if own.secret.as_ref().is_some_and(|secret| !is_fit(secret)) {
        let message = format!("takes {LEAST} to {MOST} visible ASCII characters");
        return Err(Problem::invalid_input(vec![InputError::at("/secret", message)]));
    }
    let (secret, shown) = match own.secret {
        Some(own) => (own, None),
        None => {
            let made = token::generate();
            let shown = made.expose().to_owned();
            (made, Some(shown))
        }
    };
    access.app.storage.set_webhook_secret(row.id, &secret).await?;
    let touched = Extension(Touched(format!("platform-accounts/{}/webhook-secret", row.id)));
    let made = WebhookSecret { account_id: row.id, secret: shown };
    Ok((StatusCode::CREATED, touched, Json(made)))
}

/// Let an account take no webhooks.
///
/// Its secret is forgotten.
#[utoipa::path(
    delete, path = "/api/v1/platform-accounts/{id}/webhook-secret", tag = "webhooks", operation_id = "removeWebhookSecret",
    params(("id" = i64, Path, description = "The account's id.")),
    responses((status = 204, description = "The account takes no webhooks.")),
)]
pub(crate) async fn remove(access: Access, Id(id): Id) -> Result<StatusCode, Problem> {
    let row = access.account(id).await?;
    match access.app.storage.remove_webhook_secret(row.id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("the account has no webhook secret")),
    }
}
