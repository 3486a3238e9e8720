//! The database beside the ledger of the market.

mod daily;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use simulator::cafe24::{Figures, Mall};
use simulator::smartstore::{Market, Stage};
use storage::{MetricFilter, MetricRow, OrderFilter};

use crate::context::Context;
use crate::error::Result;
use crate::output::grouped;
pub(crate) use daily::{compare_seller, compare_vendor};

/// More than any of these markets holds.
const ALL: i64 = 100_000;

/// What was compared, and what differs.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Agreement {
    /// Order lines of the accounts in the ledger.
    pub(crate) orders: usize,
    /// Claims in the ledger, one for each line that it names, where they are compared.
    #[serde(skip)]
    pub(crate) claims: usize,
    /// Figures in the ledger: one for each day and entity.
    pub(crate) figures: usize,
    /// In the ledger alone.
    pub(crate) lost: usize,
    /// In the database alone.
    pub(crate) strange: usize,
    /// In the database more than once.
    pub(crate) doubled: usize,
    /// In both, and not the same.
    pub(crate) stale: usize,
    /// Delivered since: the Smart Store has no event for that, so such orders are read again on a schedule of hours.
    pub(crate) untold: usize,
    /// What was lost and what is stale, in words, where it is told one by one.
    #[serde(skip)]
    pub(crate) differences: Vec<String>,
}

impl Agreement {
    pub(crate) fn is_whole(&self) -> bool {
        self.orders > 0 && self.lost + self.strange + self.doubled + self.stale == 0
    }

    pub(crate) fn text(&self) -> String {
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

    fn lose(&mut self, what: String) {
        self.lost += 1;
        self.differences.push(format!("lost: {what}"));
    }

    fn stale(&mut self, what: String) {
        self.stale += 1;
        self.differences.push(format!("stale: {what}"));
    }

    fn count<T: PartialEq>(&mut self, truth: &BTreeMap<String, T>, stored: &BTreeMap<String, T>) {
        self.lost += truth.keys().filter(|key| !stored.contains_key(*key)).count();
        self.strange += stored.keys().filter(|key| !truth.contains_key(*key)).count();
        self.stale +=
            truth.iter().filter(|(key, value)| stored.get(*key).is_some_and(|own| own != *value)).count();
    }
}

/// What is compared of an order line: status, won, and the platform's own object, byte for byte.
type Line = (String, i64, String);

/// Compares a row's orders with what the Smart Store holds.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn compare_store(
    context: &Context,
    row: i64,
    market: &Market,
    agreement: &mut Agreement,
) -> Result<()> {
    let truth: BTreeMap<String, Line> = market
        .truth()
        .into_iter()
        .map(|order| (order.id, (order.status, order.amount, order.payload)))
        .collect();
    let mut stored = orders(context, row, agreement).await?;
    for (id, own) in &mut stored {
        if let Some(real) = truth.get(id).filter(|real| is_untold(own, real)) {
            own.clone_from(real);
            agreement.untold += 1;
        }
    }
    agreement.orders += truth.len();
    agreement.count(&truth, &stored);
    Ok(())
}

/// Compares a row's orders and figures with what the mall holds. Its orders are compared by what they say.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn compare_mall(
    context: &Context,
    row: i64,
    mall: &Mall,
    agreement: &mut Agreement,
) -> Result<()> {
    let truth: BTreeMap<String, (String, i64)> =
        mall.truth().into_iter().map(|order| (order.id, (order.status, order.amount))).collect();
    let stored = orders(context, row, agreement).await?;
    let stored = stored.into_iter().map(|(id, (status, amount, _))| (id, (status, amount))).collect();
    agreement.orders += truth.len();
    agreement.count(&truth, &stored);

    let truth = figures(mall.mall_id(), &mall.figures());
    let filter = MetricFilter { connector_ids: vec![row], ..MetricFilter::default() };
    let rows = context.storage.metrics(filter, None, ALL).await?;
    let stored: BTreeMap<String, Figure> = rows.iter().map(figure).collect();
    agreement.doubled += rows.len() - stored.len();
    agreement.figures += truth.len();
    agreement.count(&truth, &stored);
    Ok(())
}

/// Whether the order has only been delivered since it was read.
fn is_untold(own: &Line, real: &Line) -> bool {
    own.0 == Stage::Dispatched.status() && real.0 == Stage::Delivered.status() && own.1 == real.1
}

async fn orders(context: &Context, row: i64, agreement: &mut Agreement) -> Result<BTreeMap<String, Line>> {
    let filter = OrderFilter { connector_ids: vec![row], with_raw: true, ..OrderFilter::default() };
    let rows = context.storage.orders(filter, None, ALL).await?;
    let count = rows.len();
    let by_id: BTreeMap<String, Line> = rows
        .into_iter()
        .map(|row| (row.order_id, (row.status, row.amount, row.meta_json.unwrap_or_default())))
        .collect();
    agreement.doubled += count - by_id.len();
    Ok(by_id)
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
