//! Sums over collected orders.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use storage::{PlatformDay, ProductTotal};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::dates;
use crate::extract::Params;
use crate::problem::Problem;

/// How many best sellers are told.
const BEST_SELLERS: i64 = 5;

/// Which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DayQuery {
    /// The first Korean day. Default: thirty days that end with `end_date`.
    #[param(example = "2024-01-01")]
    start_date: Option<String>,
    /// The last Korean day, included. Default: today.
    #[param(example = "2024-01-31")]
    end_date: Option<String>,
    /// Only this platform.
    platform: Option<String>,
}

/// Sums over order lines.
#[derive(Clone, Copy, Default, Serialize, ToSchema)]
pub(crate) struct Sums {
    /// Order lines.
    orders: i64,
    /// The sum of their amounts in won.
    revenue: i64,
    /// Those of them that were cancelled or returned.
    cancelled: i64,
    /// The sum of the amounts of these in won.
    cancelled_amount: i64,
}

impl Sums {
    fn add(&mut self, day: &PlatformDay) {
        self.orders += day.orders;
        self.revenue += day.amount;
        self.cancelled += day.cancelled;
        self.cancelled_amount += day.cancelled_amount;
    }
}

/// A product that sold well.
#[derive(Serialize, ToSchema)]
pub(crate) struct BestSeller {
    /// The platform's id of the product; null where the platform gives none.
    product_id: Option<String>,
    /// One of the names it was sold under.
    product_name: Option<String>,
    /// Order lines.
    orders: i64,
    /// Pieces.
    quantity: i64,
    /// The sum of the lines' amounts in won.
    revenue: i64,
}

impl BestSeller {
    fn new(row: ProductTotal) -> Self {
        Self {
            product_id: row.product_id,
            product_name: row.product_name,
            orders: row.orders,
            quantity: row.quantity,
            revenue: row.amount,
        }
    }
}

/// One platform's sums.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformSums {
    /// The platform's key.
    #[schema(example = "smartstore")]
    platform: String,
    #[serde(flatten)]
    sums: Sums,
    /// `revenue` for each order line, in whole won, rounded down.
    average_order: i64,
    /// The products with the largest sums.
    best_sellers: Vec<BestSeller>,
}

/// Sums by platform.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformAnalytics {
    /// The first Korean day.
    start_date: String,
    /// The last Korean day, included.
    end_date: String,
    /// Platforms with orders, by key.
    platforms: Vec<PlatformSums>,
    /// The sums over all of them.
    total: Sums,
}

/// Compare platforms.
///
/// Orders, revenue, cancellations and best sellers of each platform. The sums are those of the stored order lines by the Korean
/// day of the order, cancelled ones included; what was cancelled or returned is told beside them.
#[utoipa::path(
    get, path = "/api/v1/analytics/platforms", tag = "analytics", operation_id = "getPlatformAnalytics",
    params(DayQuery), responses((status = 200, body = PlatformAnalytics)),
)]
pub(crate) async fn platforms(
    access: Access,
    Params(query): Params<DayQuery>,
) -> Result<Json<PlatformAnalytics>, Problem> {
    let found = Found::of(&access, &query).await?;
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    let mut total = Sums::default();
    for day in &found.days {
        sums.entry(&day.platform).or_default().add(day);
        total.add(day);
    }
    let mut platforms = Vec::new();
    for (platform, sums) in sums {
        let storage = &access.app.storage;
        let ids = found.accounts.clone();
        let best = storage.best_sellers(ids, platform, &found.first, &found.last, BEST_SELLERS).await?;
        platforms.push(PlatformSums {
            platform: platform.to_owned(),
            average_order: sums.revenue.checked_div(sums.orders).unwrap_or(0),
            sums,
            best_sellers: best.into_iter().map(BestSeller::new).collect(),
        });
    }
    Ok(Json(PlatformAnalytics { start_date: found.first, end_date: found.last, platforms, total }))
}

/// One day's sums.
#[derive(Serialize, ToSchema)]
pub(crate) struct DaySums {
    /// The Korean day.
    #[schema(example = "2026-02-15")]
    date: String,
    #[serde(flatten)]
    sums: Sums,
}

/// One platform's days.
#[derive(Serialize, ToSchema)]
pub(crate) struct DaySeries {
    /// The platform's key.
    #[schema(example = "smartstore")]
    platform: String,
    /// Days with orders, by day.
    days: Vec<DaySums>,
}

/// Sums by day.
#[derive(Serialize, ToSchema)]
pub(crate) struct DailyAnalytics {
    /// The first Korean day.
    start_date: String,
    /// The last Korean day, included.
    end_date: String,
    /// A series for each platform with orders, by key.
    series: Vec<DaySeries>,
    /// The sums over all of them.
    total: Sums,
}

/// Sums by day.
///
/// The same sums as by platform, a series of Korean days for each. Days without orders are left out.
#[utoipa::path(
    get, path = "/api/v1/analytics/daily", tag = "analytics", operation_id = "getDailyAnalytics", params(DayQuery),
    responses((status = 200, body = DailyAnalytics)),
)]
pub(crate) async fn daily(
    access: Access,
    Params(query): Params<DayQuery>,
) -> Result<Json<DailyAnalytics>, Problem> {
    let found = Found::of(&access, &query).await?;
    let mut series: BTreeMap<&str, Vec<DaySums>> = BTreeMap::new();
    let mut total = Sums::default();
    for day in &found.days {
        let mut sums = Sums::default();
        sums.add(day);
        total.add(day);
        series.entry(&day.platform).or_default().push(DaySums { date: day.date_kst.clone(), sums });
    }
    let series = series
        .into_iter()
        .map(|(platform, days)| DaySeries { platform: platform.to_owned(), days })
        .collect();
    Ok(Json(DailyAnalytics { start_date: found.first, end_date: found.last, series, total }))
}

struct Found {
    first: String,
    last: String,
    accounts: Vec<i64>,
    days: Vec<PlatformDay>,
}

impl Found {
    async fn of(access: &Access, query: &DayQuery) -> Result<Self, Problem> {
        let now = access.app.clock.now();
        let (first, last) = dates::days(query.start_date.as_deref(), query.end_date.as_deref(), now)?;
        let (first, last) = (first.to_string(), last.to_string());
        let accounts = access.data_of(query.platform.as_deref(), None).await?;
        let accounts: Vec<i64> = accounts.iter().map(|row| row.id).collect();
        let days = access.app.storage.platform_days(accounts.clone(), &first, &last).await?;
        Ok(Self { first, last, accounts, days })
    }
}
