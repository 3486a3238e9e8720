//! Collected daily figures.

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{MetricFilter, MetricRow};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::extract::Params;
use crate::problem::Problem;
use crate::{cursor, dates};

const LIST: &str = "metrics";

/// The figures of one entity on one Korean day.
#[derive(Serialize, ToSchema)]
pub(crate) struct DailyMetric {
    /// Its id here.
    id: i64,
    /// The account that it came from.
    account_id: i64,
    /// The Korean day.
    #[schema(example = "2026-02-15")]
    date: String,
    /// `store`, `product` or `domain`.
    entity_type: String,
    /// The mall's id, the product's number, or the domain.
    entity_id: String,
    /// The mall's shop.
    shop_no: i64,
    /// Visits.
    impressions: Option<i64>,
    /// Page views, or referred visits.
    clicks: Option<i64>,
    /// Orders.
    conversions: Option<i64>,
    /// Sales in won.
    conversion_value: Option<i64>,
    /// Advertising cost in won; analytics has none.
    spend: Option<i64>,
    /// When a figure last changed here.
    updated_at: String,
}

impl DailyMetric {
    fn new(row: MetricRow) -> Self {
        Self {
            id: row.id,
            account_id: row.connector_id,
            date: row.date,
            entity_type: row.entity_type,
            entity_id: row.entity_id,
            shop_no: row.shop_no,
            impressions: row.impressions,
            clicks: row.clicks,
            conversions: row.conversions,
            conversion_value: row.conversion_value,
            spend: row.spend,
            updated_at: kst_text(row.updated_at),
        }
    }
}

/// A page of daily figures.
#[derive(Serialize, ToSchema)]
pub(crate) struct DailyMetrics {
    metrics_daily: Vec<DailyMetric>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which figures.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricQuery {
    /// Of this account.
    account_id: Option<i64>,
    /// `store`, `product` or `domain`; several may be given, comma-separated.
    #[param(example = "store")]
    entity_type: Option<String>,
    /// Of this shop, product or domain.
    entity_id: Option<String>,
    /// The first Korean day.
    #[param(example = "2024-01-01")]
    start_date: Option<String>,
    /// The last Korean day, included.
    end_date: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List daily figures.
///
/// What Cafe24's analytics told, by id; those of removed accounts, too.
#[utoipa::path(
    get, path = "/api/v1/metrics-daily", tag = "analytics", operation_id = "listDailyMetrics", params(MetricQuery),
    responses((status = 200, body = DailyMetrics)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<MetricQuery>,
) -> Result<Json<DailyMetrics>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let now = access.app.clock.now();
    let (first, last) = dates::days(query.start_date.as_deref(), query.end_date.as_deref(), now)?;
    let accounts = access.data_of(None, query.account_id).await?;
    if accounts.is_empty() {
        // To the store, no account means every account.
        return Ok(Json(DailyMetrics { metrics_daily: Vec::new(), next_cursor: None }));
    }
    let types = query.entity_type.iter().flat_map(|names| names.split(','));
    let filter = MetricFilter {
        connector_ids: accounts.iter().map(|row| row.id).collect(),
        entity_types: types.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        entity_id: query.entity_id,
        // Without a range, everything: the list has pages.
        from: query.start_date.is_some().then(|| first.to_string()),
        to: query.end_date.is_some().then(|| last.to_string()),
    };
    let mut rows = access.app.storage.metrics(filter, after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    Ok(Json(DailyMetrics { metrics_daily: rows.into_iter().map(DailyMetric::new).collect(), next_cursor }))
}
