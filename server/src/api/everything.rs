//! Syncing everything at once.

use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::logs::Log;
use super::sync::{Queued, Wait, enabled, queue};
use crate::access::Access;
use crate::extract::{MaybeBody, Params};
use crate::problem::{InputError, Problem};
use crate::syncs::{Kinds, kinds};

/// Which accounts to sync.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WholeSync {
    /// The accounts. Default: all of yours that are enabled.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
}

/// Sync everything.
///
/// Products, orders and inventory of every enabled account, as one sync. Of each account the listings are read, then the orders that
/// changed since the last sync, as far as its platform has them; then it is told what can still be promised of each product, as
/// `POST /sync/inventory` does it.
#[utoipa::path(
    post, path = "/api/v1/sync/all", tag = "sync", operation_id = "syncAll", params(Wait),
    request_body = Option<WholeSync>,
    responses(
        (status = 202, body = Queued, description = "It is queued or under way."),
        (status = 200, body = Log, description = "It ended while the call waited."),
    ),
)]
pub(crate) async fn all(
    access: Access,
    Params(wait): Params<Wait>,
    MaybeBody(asked): MaybeBody<WholeSync>,
) -> Result<impl IntoResponse, Problem> {
    let wait = wait.seconds()?;
    let words = kinds::ALL.map(str::to_owned);
    let rows = match asked.platform_account_ids {
        Some(ids) => enabled(&access, &ids).await?,
        None => access.enabled_accounts(None).await?,
    };
    let rows = Kinds::new(access.app.host.platforms()?).having(&words, rows);
    if rows.is_empty() {
        let message = "there is no enabled account that has any of this";
        return Err(Problem::invalid_input(vec![InputError::at("/platform_account_ids", message)]));
    }
    let job = kinds::job(&words);
    let items = rows.iter().map(|row| kinds::entry(row, &job)).collect();
    queue(&access, "all", &job, items, None, wait).await
}
