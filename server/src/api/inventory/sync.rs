//! Telling the platforms how much there is.

use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Access;
use crate::api::logs::Log;
use crate::api::products::sync::{named, targets};
use crate::api::sync::{Queued, Wait, queue};
use crate::extract::{MaybeBody, Params};
use crate::host::{Job, Step};
use crate::problem::Problem;
use crate::syncs::Item;

/// The stream that the log names.
pub(crate) const INVENTORY: &str = "inventory";

/// Which products, at which accounts.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventorySync {
    /// The products. Default: all of yours that are on sale.
    #[schema(min_items = 1, max_items = 10_000)]
    product_ids: Option<Vec<i64>>,
    /// The accounts. Default: all of yours that are enabled and call their platform.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
    /// Take off sale what has nothing left, and put back what was taken off so and has something again. Default: no; then such a
    /// listing shows a stock of 0.
    #[schema(example = true)]
    auto_disable_out_of_stock: Option<bool>,
}

/// Sync stock.
///
/// First what the order lines have done to stock is settled. Then each listing is told what can still be promised of its product
/// (what is on the shelf, less what is sold and not yet shipped, less what is held back at the account, never below 0), and is
/// read back. Listings that were seen to show it within ten minutes are left alone. Products whose stock is not kept here are left
/// out. A listing with several options is taken off sale only when nothing is left of any. What is not certain to be shown stays
/// pending, and is told again with the account's next sync of stock.
#[utoipa::path(
    post, path = "/api/v1/sync/inventory", tag = "sync", operation_id = "syncInventory", params(Wait),
    request_body = Option<InventorySync>,
    responses(
        (status = 202, body = Queued, description = "It is queued or under way."),
        (status = 200, body = Log, description = "It ended while the call waited."),
    ),
)]
pub(crate) async fn inventory(
    access: Access,
    Params(wait): Params<Wait>,
    MaybeBody(asked): MaybeBody<InventorySync>,
) -> Result<impl IntoResponse, Problem> {
    let wait = wait.seconds()?;
    let (ids, owners) = named(&access, asked.product_ids).await?;
    let rows = targets(&access, asked.platform_account_ids, owners.as_deref()).await?;
    let items = rows.iter().map(|row| Item::queued(row, INVENTORY)).collect();
    let stop_at_zero = asked.auto_disable_out_of_stock.unwrap_or(false);
    let job = Job { steps: vec![Step::push_stock(ids, stop_at_zero)] };
    queue(&access, INVENTORY, &job, items, None, wait).await
}
