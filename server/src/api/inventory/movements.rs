//! The stock ledger.

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{MovementCause, MovementFilter, MovementRow};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::extract::Params;
use crate::problem::Problem;
use crate::{cursor, dates};

const LIST: &str = "movements";

/// One change of a product's stock.
#[derive(Serialize, ToSchema)]
pub(crate) struct Movement {
    /// Its number; later changes of a product have greater ones.
    id: i64,
    /// The product.
    product_id: i64,
    /// When it was noted.
    at: String,
    /// `order` (a line reserved pieces), `shipment` (they left), `cancel` (they are free again), `manual` (somebody counted) or
    /// `pull` (a platform's number was taken over).
    #[schema(example = "order")]
    cause: String,
    /// Pieces more on the shelf.
    on_hand_change: i64,
    /// Pieces more that are reserved.
    reserved_change: i64,
    /// Pieces on the shelf from then on; null where that was not kept.
    on_hand: Option<i64>,
    /// Pieces reserved from then on.
    reserved: i64,
    /// The account of the order line behind it.
    account_id: Option<i64>,
    /// The order line: its id here.
    order: Option<i64>,
    /// The platform's id of the order line.
    order_id: Option<String>,
    /// Who did it, where it was a person.
    actor: Option<String>,
    /// What there is to say.
    note: Option<String>,
}

impl Movement {
    fn new(row: MovementRow) -> Self {
        Self {
            id: row.id,
            product_id: row.product_id,
            at: kst_text(row.at),
            cause: row.cause,
            on_hand_change: row.on_hand_change,
            reserved_change: row.reserved_change,
            on_hand: row.on_hand,
            reserved: row.reserved,
            account_id: row.connector_id,
            order: row.line_id,
            order_id: row.order_id,
            actor: row.actor,
            note: row.note,
        }
    }
}

/// A page of the stock ledger.
#[derive(Serialize, ToSchema)]
pub(crate) struct Movements {
    movements: Vec<Movement>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which movements.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MovementQuery {
    /// Only of this product.
    product_id: Option<i64>,
    /// Only `order`, `shipment`, `cancel`, `manual` or `pull`.
    cause: Option<String>,
    /// Not before this day or time.
    start_date: Option<String>,
    /// Before this time; a bare day includes that day.
    end_date: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Read the stock ledger.
///
/// Every change of the stock of your products with its cause, newest first, removed products included. Entries are only ever
/// added. For each product the changes add up to what there is.
#[utoipa::path(
    get, path = "/api/v1/inventory/movements", tag = "inventory", operation_id = "listStockMovements",
    params(MovementQuery), responses((status = 200, body = Movements)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<MovementQuery>,
) -> Result<Json<Movements>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let before: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let (from, to) = dates::range(query.start_date.as_deref(), query.end_date.as_deref(), false)?;
    let cause = query.cause.map(|name| {
        MovementCause::from_name(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = MovementCause::ALL.into_iter().map(MovementCause::name).collect();
            Problem::parameter("cause", format!("takes {}", known.join(", ")))
        })
    });
    let filter = MovementFilter {
        product_id: query.product_id,
        cause: cause.transpose()?,
        from,
        to,
        ..MovementFilter::default()
    };
    let mut rows = access.stock_movements(filter, before, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    Ok(Json(Movements { movements: rows.into_iter().map(Movement::new).collect(), next_cursor }))
}
