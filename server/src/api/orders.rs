//! Collected orders.

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storage::{OrderFilter, OrderPosition, OrderRow};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::extract::{Id, Params};
use crate::problem::Problem;
use crate::{cursor, dates};

const LIST: &str = "orders";

/// One order line.
#[derive(Serialize, ToSchema)]
pub(crate) struct Order {
    /// Its id here.
    id: i64,
    /// The account that it came from.
    account_id: i64,
    /// The platform's key.
    #[schema(example = "smartstore")]
    platform: String,
    /// The platform's id of the line.
    order_id: String,
    /// The platform's id of the payment that it belongs to.
    order_group_id: Option<String>,
    /// When it was ordered.
    ordered_at: String,
    /// The Korean day of that.
    date_kst: String,
    /// The neutral status.
    #[schema(example = "paid")]
    status: String,
    /// The platform's own word for it.
    #[schema(example = "PAYED")]
    platform_status: String,
    /// Won.
    amount: i64,
    /// Where the buyer came from: code.
    order_place_id: Option<String>,
    /// Where the buyer came from: for people.
    order_place_name: Option<String>,
    /// The platform's id of the product.
    product_id: Option<String>,
    /// The product's name.
    product_name: Option<String>,
    /// The platform's id of the option.
    option_id: Option<String>,
    /// The option, for people.
    option_name: Option<String>,
    /// The seller's own code.
    seller_code: Option<String>,
    /// Pieces.
    quantity: Option<i64>,
    /// Won per piece.
    unit_price: Option<i64>,
    /// When the platform last changed it.
    changed_at: Option<String>,
    /// When it first came.
    first_seen_at: String,
    /// When its content last changed here.
    updated_at: String,
}

impl Order {
    pub(crate) fn new(row: OrderRow) -> Self {
        Self {
            id: row.id,
            account_id: row.connector_id,
            platform: row.platform,
            order_id: row.order_id,
            order_group_id: row.order_group_id,
            ordered_at: row.ordered_at,
            date_kst: row.date_kst,
            status: row.state,
            platform_status: row.status,
            amount: row.amount,
            order_place_id: row.order_place_id,
            order_place_name: row.order_place_name,
            product_id: row.product_id,
            product_name: row.product_name,
            option_id: row.option_id,
            option_name: row.option_name,
            seller_code: row.seller_code,
            quantity: row.quantity,
            unit_price: row.unit_price,
            changed_at: row.changed_at.map(kst_text),
            first_seen_at: kst_text(row.first_seen_at),
            updated_at: kst_text(row.updated_at),
        }
    }
}

/// One order line with the platform's own object.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderWithRaw {
    #[serde(flatten)]
    order: Order,
    /// The platform's own object, as it came. It holds the buyer's personal data.
    #[schema(value_type = Object)]
    raw: Box<RawValue>,
}

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct Orders {
    orders: Vec<Order>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderQuery {
    /// At this platform.
    #[param(example = "smartstore")]
    platform: Option<String>,
    /// Of this account.
    account_id: Option<i64>,
    /// With this neutral status, or this word of the platform's; several may be given, comma-separated.
    #[param(example = "paid")]
    status: Option<String>,
    /// Ordered at or after this day or time; without an offset it is Korean time.
    #[param(example = "2024-01-01")]
    start_date: Option<String>,
    /// Ordered before this time; a bare day includes that day.
    end_date: Option<String>,
    /// With this text in the product's name, or as the order's, product's or seller's own code.
    text: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List orders.
///
/// Order lines, newest order first; those of removed accounts, too.
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "orders", operation_id = "listOrders", params(OrderQuery),
    responses((status = 200, body = Orders)),
)]
pub(crate) async fn list(access: Access, Params(query): Params<OrderQuery>) -> Result<Json<Orders>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<(String, i64)> = cursor::decode(LIST, query.cursor.as_deref())?;
    let range = dates::range(query.start_date.as_deref(), query.end_date.as_deref(), false)?;
    let (from, to) = dates::bounds(range);
    let accounts = access.data_of(query.platform.as_deref(), query.account_id).await?;
    if accounts.is_empty() {
        // To the store, no account means every account.
        return Ok(Json(Orders { orders: Vec::new(), next_cursor: None }));
    }
    let status = query.status.iter().flat_map(|words| words.split(','));
    let filter = OrderFilter {
        connector_ids: accounts.iter().map(|row| row.id).collect(),
        status: status.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
        from,
        to,
        text: query.text.filter(|text| !text.trim().is_empty()),
        ..OrderFilter::default()
    };
    let after = after.map(|(ordered_at, id)| OrderPosition { ordered_at, id });
    let mut rows = access.app.storage.orders(filter, after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor =
        rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &(&row.ordered_at, row.id)));
    Ok(Json(Orders { orders: rows.into_iter().map(Order::new).collect(), next_cursor }))
}

/// Read one order.
///
/// With the platform's own object.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}", tag = "orders", operation_id = "getOrder",
    params(("id" = i64, Path, description = "The order line's id here; the platform's ids are fields.")),
    responses((status = 200, body = OrderWithRaw)),
)]
pub(crate) async fn one(access: Access, Id(id): Id) -> Result<Json<OrderWithRaw>, Problem> {
    let row = access.order(id).await?;
    // Rows are also written by hand, so the column may hold anything.
    let raw = row.meta_json.clone().and_then(|text| RawValue::from_string(text).ok());
    let raw = raw.unwrap_or_else(|| RawValue::NULL.to_owned());
    Ok(Json(OrderWithRaw { order: Order::new(row), raw }))
}
