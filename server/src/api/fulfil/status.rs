//! `PUT /orders/{id}/status`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::CommandName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::carry_out::{Asked, carry_out, state_of};
use super::verdict::Change;
use super::wanted::{ShippingInfo, Target, Wanted, cancel_reason, legal, told};
use crate::access::Access;
use crate::api::orders::Order;
use crate::extract::{Body, Id};
use crate::problem::{InputError, Members, Problem};

/// Where an order is to be brought.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusChange {
    /// `confirmed` (the list's `preparing`), `shipped` or `cancelled`.
    #[schema(example = "shipped")]
    status: String,
    /// The parcel, for `shipped`.
    shipping_info: Option<ShippingInfo>,
    /// Why, for `cancelled`: `sold_out`, `delayed`, `wrong_price`, `wrong_information`, `buyer_changed_mind` or
    /// `wrong_address`.
    #[schema(example = "sold_out")]
    reason: Option<String>,
    /// What the buyer is told, for `cancelled`, where the platform takes a text.
    #[schema(max_length = 500)]
    note: Option<String>,
}

/// An order as the platform shows it, and what became of the change.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedOrder {
    #[serde(flatten)]
    order: Order,
    /// What became of the change at the platform.
    change: Change,
}

impl StatusChange {
    fn wanted(self, command: CommandName) -> Result<Wanted, Problem> {
        let refused = |pointer: &str, message: &str| {
            Err(Problem::invalid_input(vec![InputError::at(pointer, message)]))
        };
        if self.shipping_info.is_some() && command != CommandName::Ship {
            return refused("/shipping_info", "belongs to the status shipped only");
        }
        if (self.reason.is_some() || self.note.is_some()) && command != CommandName::Cancel {
            let pointer = if self.reason.is_some() { "/reason" } else { "/note" };
            return refused(pointer, "belongs to the status cancelled only");
        }
        Ok(match command {
            CommandName::Ship => match self.shipping_info {
                Some(info) => Wanted::Ship { info, pointer: "/shipping_info".to_owned() },
                None => return refused("/shipping_info", "shipped needs the parcel"),
            },
            CommandName::Cancel => Wanted::Cancel {
                reason: cancel_reason(self.reason.as_deref())?,
                note: self.note.map(|note| told("/note", &note)).transpose()?,
            },
            _ => Wanted::Confirm,
        })
    }
}

/// Change an order's status.
///
/// The platform is changed first; then the order is read back, and what the platform shows is stored and answered. What is so
/// already is not sent again, so that the request may be repeated. A move that the order does not take is 409 and names the legal
/// ones, as does a claim of the buyer's that must be answered first; what the platform refuses is 409 or 422 with its own code.
/// 503 says that nothing was changed. 504 says that nobody knows yet, and names the intent: send the same request again, and the
/// platform is looked at first. 202 says that the platform accepted it and does not show it yet.
#[utoipa::path(
    put, path = "/api/v1/orders/{id}/status", tag = "orders", operation_id = "changeOrderStatus",
    params(("id" = i64, Path, description = "The order line's id here.")),
    request_body = StatusChange,
    responses(
        (status = 200, body = ChangedOrder, description = "It is so, as the platform shows."),
        (status = 202, body = ChangedOrder, description = "The platform accepted it and does not show it yet."),
        (
            status = 504, body = Members, content_type = "application/problem+json",
            description = "Nobody knows whether it was done.",
        ),
    ),
)]
pub(crate) async fn change(
    access: Access,
    Id(id): Id,
    Body(change): Body<StatusChange>,
) -> Result<impl IntoResponse, Problem> {
    let command = match Target::of(&change.status)? {
        Target::By(command) => command,
        Target::Beyond(target) => {
            let order = access.order(id).await?;
            let state = state_of(&order);
            if state != target {
                let message = format!(
                    "the order line is {}, and no seller brings it to {}",
                    state.name(),
                    target.name()
                );
                return Err(Problem::conflict(message).with_legal(legal(state, None)));
            }
            let change = Change::already(None);
            return Ok((StatusCode::OK, Json(ChangedOrder { order: Order::new(order), change })));
        }
    };
    let asked = [Asked { id, wanted: change.wanted(command)? }];
    let carried = carry_out(&access, &asked).await?.pop().ok_or_else(Problem::internal)??;
    Ok((
        carried.change.status(),
        Json(ChangedOrder { order: Order::new(carried.order), change: carried.change }),
    ))
}
