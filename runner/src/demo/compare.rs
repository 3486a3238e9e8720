//! The database beside the ledger of the market.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use simulator::cafe24::{Figures, Mall};
use simulator::smartstore::{Market, Stage};
use storage::{ConnectorRow, MetricFilter, MetricRow, OrderFilter};

use crate::context::Context;
use crate::error::Result;
use crate::output::grouped;

/// More than the tour's market holds.
const ALL: i64 = 100_000;

/// What was compared, and what differs.
#[derive(Debug, Default, Serialize)]
pub(super) struct Agreement {
    /// Order lines of both accounts in the ledger.
    pub(super) orders: usize,
    /// Figures in the ledger: one for each day and entity.
    pub(super) figures: usize,
    /// In the ledger alone.
    pub(super) lost: usize,
    /// In the database alone.
    pub(super) strange: usize,
    /// In both, and not the same.
    pub(super) stale: usize,
    /// Delivered since: the Smart Store has no event for that, so such orders are read again on a schedule of hours.
    pub(super) untold: usize,
}

impl Agreement {
    pub(super) fn is_whole(&self) -> bool {
        self.orders > 0 && self.lost + self.strange + self.stale == 0
    }

    pub(super) fn text(&self) -> String {
        let compared = format!(
            "{} order lines and {} daily figures compared:",
            grouped(self.orders as u64),
            grouped(self.figures as u64)
        );
        let (lost, strange, stale) = (self.lost, self.strange, self.stale);
        let verdict = if self.is_whole() { "They agree." } else { "They do NOT agree." };
        let mut text = format!(
            "{compared} {lost} lost, {strange} that the market does not have, {stale} out of date. {verdict}"
        );
        if self.untold > 0 {
            write!(
                text,
                "\n   {} of them have reached their buyers, which the Smart Store tells nobody: runner reads sent \
                 orders again on a schedule of hours.",
                grouped(self.untold as u64)
            )
            .expect("texts take everything");
        }
        text
    }

    fn count<T: PartialEq>(&mut self, truth: &BTreeMap<String, T>, stored: &BTreeMap<String, T>) {
        self.lost += truth.keys().filter(|key| !stored.contains_key(*key)).count();
        self.strange += stored.keys().filter(|key| !truth.contains_key(*key)).count();
        self.stale +=
            truth.iter().filter(|(key, value)| stored.get(*key).is_some_and(|own| own != *value)).count();
    }
}

/// Compares each account's rows with what the market holds.
pub(super) async fn compare(
    context: &Context,
    rows: &[ConnectorRow],
    market: &Market,
    mall: &Mall,
) -> Result<Agreement> {
    let mut agreement = Agreement::default();
    // The platform's own object must be there byte for byte; the mall's is compared by what it says.
    let truth: BTreeMap<String, (String, i64, String)> = market
        .truth()
        .into_iter()
        .map(|order| (order.id, (order.status, order.amount, order.payload)))
        .collect();
    let mut stored = orders(context, &rows[0]).await?;
    for (id, own) in &mut stored {
        if let Some(real) = truth.get(id).filter(|real| is_untold(own, real)) {
            own.clone_from(real);
            agreement.untold += 1;
        }
    }
    agreement.orders += truth.len();
    agreement.count(&truth, &stored);

    let truth: BTreeMap<String, (String, i64)> =
        mall.truth().into_iter().map(|order| (order.id, (order.status, order.amount))).collect();
    let stored = orders(context, &rows[1]).await?;
    let stored = stored.into_iter().map(|(id, (status, amount, _))| (id, (status, amount))).collect();
    agreement.orders += truth.len();
    agreement.count(&truth, &stored);

    let truth = figures(mall.mall_id(), &mall.figures());
    let filter = MetricFilter { connector_ids: vec![rows[1].id], ..MetricFilter::default() };
    let stored = context.storage.metrics(filter, None, ALL).await?;
    agreement.figures = truth.len();
    agreement.count(&truth, &stored.iter().map(figure).collect());
    Ok(agreement)
}

/// Whether the order has only been delivered since it was read.
fn is_untold(own: &(String, i64, String), real: &(String, i64, String)) -> bool {
    own.0 == Stage::Dispatched.status() && real.0 == Stage::Delivered.status() && own.1 == real.1
}

async fn orders(context: &Context, row: &ConnectorRow) -> Result<BTreeMap<String, (String, i64, String)>> {
    let filter = OrderFilter { connector_ids: vec![row.id], with_raw: true, ..OrderFilter::default() };
    let rows = context.storage.orders(filter, None, ALL).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.order_id, (row.status, row.amount, row.meta_json.unwrap_or_default())))
        .collect())
}

/// Visits, clicks, orders, won.
type Figure = [Option<i64>; 4];

fn figure(row: &MetricRow) -> (String, Figure) {
    let key = format!("{} {} {}", row.date, row.entity_type, row.entity_id);
    (key, [row.impressions, row.clicks, row.conversions, row.conversion_value])
}

fn figures(mall_id: &str, days: &[Figures]) -> BTreeMap<String, Figure> {
    let mut all = BTreeMap::new();
    for Figures { date, day, .. } in days {
        all.insert(format!("{date} store {mall_id}"), [Some(day.visits), Some(day.views), None, None]);
        for (product, (orders, won)) in &day.products {
            all.insert(format!("{date} product {product}"), [None, None, Some(*orders), Some(*won)]);
        }
        for (domain, visits) in &day.domains {
            all.insert(format!("{date} domain {domain}"), [None, Some(*visits), None, None]);
        }
    }
    all
}
