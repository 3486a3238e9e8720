//! What a sync moves, in the words of callers, and what it comes to at a platform.

use storage::ConnectorRow;

use super::Item;
use super::stock::wish;
use crate::access::is_live;
use crate::host::{Job, Platform, Reading, Step};

/// The platform's own products; the word for the stream `listings`.
const PRODUCTS: &str = "products";
const LISTINGS: &str = "listings";
const ORDERS: &str = "orders";
/// What is read of orders: where claims come by lists of their own, an order without them is half told.
pub(crate) const ORDER_STREAMS: [&str; 2] = [ORDERS, "claims"];
/// What can be promised, told to the platform.
const INVENTORY: &str = "inventory";

/// What `POST /sync/all` moves.
pub(crate) const ALL: [&str; 3] = [PRODUCTS, ORDERS, INVENTORY];

/// What there is to sync at all, and at which platform.
pub(crate) struct Kinds {
    platforms: Vec<Platform>,
}

impl Kinds {
    pub(crate) fn new(platforms: Vec<Platform>) -> Self {
        Self { platforms }
    }

    /// The words that there are: those of the guide first, then the other streams of the connectors.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut streams: Vec<&str> = self
            .platforms
            .iter()
            .flat_map(|platform| &platform.streams)
            .map(|stream| stream.name.as_str())
            .collect();
        streams.sort_unstable();
        streams.dedup();
        let others = streams.into_iter().filter(|name| *name != LISTINGS && !ALL.contains(name));
        ALL.into_iter().chain(others).map(str::to_owned).collect()
    }

    /// The streams of a platform.
    pub(crate) fn streams(&self, platform: &str) -> Vec<String> {
        let found = self.platforms.iter().find(|found| found.platform == platform);
        found
            .map(|found| found.streams.iter().map(|stream| stream.name.clone()).collect())
            .unwrap_or_default()
    }

    /// Those of the accounts that have any of it.
    pub(crate) fn having(&self, words: &[String], rows: Vec<ConnectorRow>) -> Vec<ConnectorRow> {
        let job = job(words);
        let has = |row: &ConnectorRow| {
            let platform = self.platforms.iter().find(|platform| platform.platform == row.platform);
            platform.is_some_and(|platform| !offered(platform, row, &job).is_empty())
        };
        rows.into_iter().filter(has).collect()
    }
}

/// The job of these words: the platforms are read first, so that what is pushed afterwards knows of every sale.
pub(crate) fn job(words: &[String]) -> Job {
    let mut streams: Vec<String> = Vec::new();
    for word in words {
        let named: &[&str] = match word.as_str() {
            PRODUCTS => &[LISTINGS],
            INVENTORY => &[],
            ORDERS => &ORDER_STREAMS,
            other => &[other],
        };
        for stream in named {
            if !streams.iter().any(|there| there == stream) {
                streams.push((*stream).to_owned());
            }
        }
    }
    let mut steps = Vec::new();
    if !streams.is_empty() {
        steps.push(live(streams));
    }
    if words.iter().any(|word| word == INVENTORY) {
        steps.push(Step::push_stock(Vec::new(), false));
    }
    Job { steps }
}

/// Reading streams on from where the last run ended.
pub(crate) fn live(streams: Vec<String>) -> Step {
    Step::Read(Reading { streams, from: None, to: None, is_chosen: false })
}

/// What of a job there is at an account of the platform. The built-in sample is told nothing, and an account that wants its sale
/// stopped when nothing is left is told so.
pub(crate) fn offered(platform: &Platform, row: &ConnectorRow, job: &Job) -> Vec<Step> {
    let step = |step: &Step| match step {
        Step::Read(reading) if !reading.streams.is_empty() => {
            let is_there = |name: &&String| platform.streams.iter().any(|stream| stream.name == **name);
            let streams: Vec<String> = reading.streams.iter().filter(is_there).cloned().collect();
            (!streams.is_empty()).then(|| Step::Read(Reading { streams, ..reading.clone() }))
        }
        Step::PushStock { product_ids, .. } if product_ids.is_empty() && !is_live(row) => None,
        Step::PushStock { product_ids, stop_at_zero, key } => Some(Step::PushStock {
            product_ids: product_ids.clone(),
            stop_at_zero: *stop_at_zero || wish(row) == Some(true),
            key: key.clone(),
        }),
        step => Some(step.clone()),
    };
    job.steps.iter().filter_map(step).collect()
}

/// The entry of an account in a job that has not begun: named after its stream, where it is one.
pub(crate) fn entry(row: &ConnectorRow, job: &Job) -> Item {
    let mut streams = job.steps.iter().flat_map(Step::streams);
    match (streams.next(), streams.next()) {
        (Some(one), None) => Item::queued(row, one),
        _ => Item::queued(row, "-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Stream;

    fn platform(name: &str, streams: &[&str]) -> Platform {
        let stream = |name: &&str| Stream {
            name: (*name).to_owned(),
            sync: "daily".to_owned(),
            max_window_seconds: None,
        };
        Platform {
            platform: name.to_owned(),
            title: name.to_owned(),
            aliases: Vec::new(),
            modes: Vec::new(),
            base_url: String::new(),
            streams: streams.iter().map(stream).collect(),
            limits: Vec::new(),
            settings: Vec::new(),
            json_schema: serde_json::Value::Null,
        }
    }

    fn row(platform: &str, mode: &str) -> ConnectorRow {
        let now = connector_core::time::parse_kst("2026-02-15").expect("a day");
        ConnectorRow {
            id: 3,
            owner_id: Some(7),
            platform: platform.to_owned(),
            name: "main".to_owned(),
            mode: mode.to_owned(),
            enabled: true,
            config: serde_json::Map::new(),
            created_at: now,
            updated_at: now,
            lease_owner: None,
            lease_until: None,
            config_fault: None,
            label: None,
            removed_at: None,
        }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_words_are_the_guides_and_the_connectors_streams() {
        let kinds = Kinds::new(vec![
            platform("a", &["orders", "claims", "listings"]),
            platform("b", &["metrics", "orders"]),
        ]);
        assert_eq!(kinds.words(), words(&["products", "orders", "inventory", "claims", "metrics"]));
    }

    #[test]
    fn an_account_is_asked_for_what_its_platform_has() {
        let asked = job(&words(&["inventory", "products", "orders", "metrics"]));
        let streams = |platform: &Platform, mode: &str| {
            let steps = offered(platform, &row(&platform.platform, mode), &asked);
            steps.iter().flat_map(Step::streams).cloned().collect::<Vec<_>>()
        };
        let a = platform("a", &["orders", "listings"]);
        let c = platform("c", &["orders", "claims"]);
        assert_eq!(streams(&c, "fixture"), words(&["orders", "claims"]), "an order comes with its claims");
        assert_eq!(
            streams(&a, "api"),
            words(&["listings", "orders", "inventory"]),
            "what is pushed comes last"
        );
        assert_eq!(streams(&a, "fixture"), words(&["listings", "orders"]), "the sample is told nothing");
        let b = platform("b", &["metrics", "orders"]);
        assert_eq!(streams(&b, "fixture"), words(&["orders", "metrics"]));
        assert!(streams(&platform("d", &["settlements"]), "fixture").is_empty());
    }

    #[test]
    fn an_account_that_wants_its_sale_stopped_is_told_so() {
        let asked = job(&words(&["inventory"]));
        let mut account = row("a", "api");
        let stops = |account: &ConnectorRow| match offered(&platform("a", &[]), account, &asked).as_slice() {
            [Step::PushStock { stop_at_zero, .. }] => *stop_at_zero,
            other => panic!("{other:?}"),
        };
        assert!(!stops(&account));
        account.config.insert("push_stock".to_owned(), "stop".into());
        assert!(stops(&account));
    }
}
