//! An account at a simulator of its own, synced by the real connector into a real database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use chrono::TimeDelta;
use connector_core::http::{Client, ClientOptions, Live, Pace, RetryPolicy};
use connector_core::sync::{self, Observer, Report, RunOptions};
use connector_core::time::{kst_date, kst_midnight};
use connector_core::{Clock, Mode, Secret};
use runner::account::open_account;
use runner::context::Context;
use runner::lease::{Hold, hold};
use runner::settings::Settings;
use runner::verify::{self, VerifyJob, VerifyReport};
use serde_json::{Map, Value, json};
use simulator::smartstore::{AddOrders, Market};
use simulator::{Fault, Platform, cafe24, smartstore};
use storage::{LogStart, MetricFilter, NewConnector, OrderFilter};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// How many days the accounts are old, and how far back their first run reads.
const DAYS: u32 = 5;
const ORDERS: usize = 450;
/// More than any account here holds.
const ALL: i64 = 10_000;

/// Which stream is looked at, and so which account is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Store,
    MallOrders,
    MallFigures,
}

/// Where the account is.
#[derive(Debug)]
pub(crate) enum Place {
    Store(Market),
    Mall(cafe24::Mall),
}

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) place: Place,
    kind: Kind,
    context: Context,
    row: i64,
    live: Live,
    paced: bool,
    /// How far the clocks of platform and runner are ahead of the machine's.
    ahead: AtomicI64,
    _folder: TempDir,
}

/// A value of each stored row, to be compared with the ledger's.
type Rows = BTreeMap<String, String>;

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn progress(&self, _report: &Report) {}
}

impl Account {
    /// Opens an account with a copy of the migrated database `template`; `paced` with the platform's limits on.
    pub(crate) async fn open(kind: Kind, template: &Path, live: Live, paced: bool) -> Self {
        let place = match kind {
            Kind::Store => {
                let mut config = smartstore::Config { days: DAYS - 1, ..smartstore::Config::of(ORDERS) };
                if paced {
                    config.settings = smartstore::Settings::default();
                }
                Place::Store(Market::start(config).expect("a free port"))
            }
            Kind::MallOrders | Kind::MallFigures => {
                let settings = cafe24::Settings { limited: paced, ..cafe24::Settings::default() };
                let config =
                    cafe24::Config { orders: ORDERS, days: DAYS, settings, ..cafe24::Config::default() };
                Place::Mall(cafe24::Mall::start(config).expect("a free port"))
            }
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("commerce.db");
        std::fs::copy(template, &file).expect("the template");
        let context = open_database(&file).await;
        let new = place.row(kind, paced);
        let row = context.storage.add_connector(new).await.expect("a row").id;
        if let Place::Store(market) = &place {
            // The oldest day has orders as well, and the first run reads from before it.
            let ago_ms = i64::from(DAYS) * 86_400_000 - 7_200_000;
            market.add(&AddOrders { ago_ms, spread_ms: 3_600_000, ..AddOrders::now(30) });
        }
        let account =
            Self { place, kind, context, row, live, paced, ahead: AtomicI64::new(0), _folder: folder };
        if let Place::Mall(mall) = &account.place {
            account.authorize(mall).await;
        }
        account.simulator().reset_calls();
        account
    }

    /// Lets the mall's operator grant access, once more.
    pub(crate) async fn authorize(&self, mall: &cafe24::Mall) {
        let code = Secret::new(mall.issue_code());
        let redeem = async |client: &Client, _: &storage::Session| client.redeem(&code).await.map(drop);
        self.with_client(redeem).await.expect("a code that is good");
    }

    pub(crate) fn simulator(&self) -> &simulator::Simulator {
        match &self.place {
            Place::Store(market) => market.simulator(),
            Place::Mall(mall) => mall.simulator(),
        }
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.simulator().fault(fault).expect("a fault that can happen");
    }

    /// Makes the tokens bad that the account holds, so that the next run asks for others.
    pub(crate) fn end_tokens(&self) {
        match &self.place {
            Place::Store(market) => market.revoke_tokens(),
            Place::Mall(mall) => mall.kill_access_token(),
        }
    }

    /// Something new to read.
    pub(crate) fn grow_older(&self) {
        match &self.place {
            Place::Store(market) => {
                market.add(&AddOrders { ago_ms: 60_000, spread_ms: 30_000, ..AddOrders::now(20) });
            }
            Place::Mall(mall) => {
                let day = mall.day(1);
                mall.change_day(1, day, |day| day.visits += 7);
                let first = mall.truth().swap_remove(0).order_id;
                mall.change_order(&first, |order| {
                    order.status = "N50".to_owned();
                    order.events.insert("purchaseconfirmation_date", day);
                });
            }
        }
    }

    /// Runs the account's stream once, as a process of its own would.
    pub(crate) async fn sync(&self) -> Report {
        self.with_client(async |client, session| {
            let name = if self.kind == Kind::MallFigures { "metrics" } else { "orders" };
            let stream = client.connector().spec().stream(name).expect("a stream of the platform");
            let options = RunOptions { lookback: TimeDelta::days(DAYS.into()), ..RunOptions::default() };
            sync::run(client, stream, session, &options, &Silent, &CancellationToken::new()).await
        })
        .await
    }

    /// Lets hours pass for platform and runner.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.ahead.store(time.num_milliseconds(), Ordering::Relaxed);
        self.simulator().set_clock_offset(time.num_milliseconds());
    }

    fn clock(&self) -> Clock {
        match self.ahead.load(Ordering::Relaxed) {
            0 => Clock::system(),
            ahead => Clock::scenario(Clock::system().now() + TimeDelta::milliseconds(ahead)),
        }
    }

    /// Does something with a client and the account's place in the database, while the account is held.
    async fn with_client<T>(&self, work: impl AsyncFnOnce(&Client, &storage::Session) -> T) -> T {
        let row = self.context.storage.connector(self.row).await.expect("the row");
        let account = open_account(&self.context, &row).await.expect("good settings");
        let stop = CancellationToken::new();
        let Hold::Held(held) = hold(&self.context.storage, self.row, &stop).await.expect("a database") else {
            panic!("nobody else holds the account");
        };
        let connector = Arc::clone(&account.connector);
        let limits = connector.spec().limits;
        let client = Client::new(ClientOptions {
            pace: self.paced.then(|| Pace::shared(connector.base_url(), connector.application(), limits)),
            connector,
            transport: Arc::new(self.live.clone()),
            clock: self.clock(),
            // As many attempts as the product makes, after shorter pauses.
            policy: RetryPolicy {
                first: Duration::from_millis(if self.paced { 1_000 } else { 80 }),
                ..RetryPolicy::default()
            },
            credentials: Some(Arc::new(held.session.clone())),
            stop,
        });
        let start = LogStart {
            stream: "orders".to_owned(),
            mode: "api".to_owned(),
            window_from: None,
            window_to: None,
            runner: "tests".to_owned(),
        };
        held.session.start_log(start).await.expect("a database");
        let result = work(&client, &held.session).await;
        let learned =
            account.connector.learned().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.context.storage.learn_settings(&row, learned).await.expect("a database");
        held.release().await;
        result
    }

    /// Compares the account's days with the platform's second list, and repairs them if asked to.
    pub(crate) async fn verify(&self, repair: bool) -> connector_core::Result<VerifyReport> {
        let row = self.context.storage.connector(self.row).await.expect("the row");
        let today = kst_date(Clock::system().now());
        // An order may have changed long after it was placed.
        let first = today - TimeDelta::days(i64::from(DAYS) + if repair { 12 } else { 1 });
        let job = VerifyJob { rows: vec![row], from: first.to_string(), to: today.to_string(), repair };
        verify::run(&self.context, &job, CancellationToken::new()).await
    }

    /// All calls since the account was opened.
    pub(crate) fn calls(&self) -> u64 {
        self.simulator().totals().all().calls
    }

    /// Calls that were refused as too many, but for those that were to be.
    pub(crate) fn refused_as_too_many(&self) -> usize {
        let calls = self.simulator().calls().calls;
        calls.iter().filter(|call| call.status == 429 && call.fault.is_none()).count()
    }

    /// Where store and ledger differ; nothing when they are the same. The Smart Store's objects are compared byte for
    /// byte unless `but_raw`.
    pub(crate) async fn difference(&self, but_raw: bool) -> Option<String> {
        let (truth, stored) = match (&self.place, self.kind) {
            (Place::Store(market), _) => {
                let truth = market.truth().into_iter();
                let raw = |payload: String| if but_raw { String::new() } else { format!(" {payload}") };
                let truth = truth.map(|order| {
                    (order.id, format!("{} {}{}", order.status, order.amount, raw(order.payload)))
                });
                (truth.collect(), self.orders(!but_raw).await)
            }
            (Place::Mall(mall), Kind::MallFigures) => (figures(mall), self.figures().await),
            (Place::Mall(mall), _) => {
                let truth = mall.truth().into_iter();
                let truth = truth.map(|order| (order.id, format!("{} {}", order.status, order.amount)));
                (truth.collect(), self.orders(false).await)
            }
        };
        differ(&truth, &stored)
    }

    async fn orders(&self, with_raw: bool) -> Rows {
        let filter = OrderFilter { connector_ids: vec![self.row], with_raw, ..OrderFilter::default() };
        let rows = self.context.storage.orders(filter, None, ALL).await.expect("a database");
        let count = rows.len();
        let rows: Rows = rows
            .into_iter()
            .map(|row| {
                let raw = row.meta_json.map(|raw| format!(" {raw}")).unwrap_or_default();
                (row.order_id, format!("{} {}{raw}", row.status, row.amount))
            })
            .collect();
        assert_eq!(rows.len(), count, "an order is stored twice");
        rows
    }

    async fn figures(&self) -> Rows {
        let filter = MetricFilter { connector_ids: vec![self.row], ..MetricFilter::default() };
        let rows = self.context.storage.metrics(filter, None, ALL).await.expect("a database");
        let count = rows.len();
        let number = |value: Option<i64>| value.unwrap_or(-1);
        let rows: Rows = rows
            .into_iter()
            .map(|row| {
                let values = [row.impressions, row.clicks, row.conversions, row.conversion_value].map(number);
                (format!("{} {} {}", row.date, row.entity_type, row.entity_id), format!("{values:?}"))
            })
            .collect();
        assert_eq!(rows.len(), count, "a figure is stored twice");
        rows
    }
}

impl Place {
    fn row(&self, kind: Kind, paced: bool) -> NewConnector {
        let pace = if paced { "auto" } else { "off" };
        let (platform, config, secrets) = match self {
            Self::Store(market) => {
                let config = json!({"base_url": market.base_url(), "pace": pace, "lookback_days": DAYS});
                let secrets = vec![
                    ("client_id", market.client_id().to_owned()),
                    ("client_secret", market.client_secret()),
                ];
                (Platform::Smartstore, config, secrets)
            }
            Self::Mall(mall) => {
                let scope = if kind == Kind::MallOrders {
                    "mall.read_analytics,mall.read_order"
                } else {
                    "mall.read_analytics"
                };
                let config = json!({
                    "base_url": mall.base_url(), "mall_base_url": mall.base_url(), "pace": pace,
                    "lookback_days": DAYS, "mall_id": mall.mall_id(), "scope": scope,
                });
                let secrets = vec![
                    ("client_id", cafe24::CLIENT_ID.to_owned()),
                    ("client_secret", cafe24::CLIENT_SECRET.to_owned()),
                ];
                (Platform::Cafe24, config, secrets)
            }
        };
        let config: Map<String, Value> = config.as_object().cloned().expect("an object");
        NewConnector {
            platform: platform.name().to_owned(),
            name: "account".to_owned(),
            mode: Mode::Api.name().to_owned(),
            enabled: true,
            config,
            secrets: secrets.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect(),
        }
    }
}

/// Opens a database, with tables.
pub(crate) async fn open_database(file: &Path) -> Context {
    let key = base64::engine::general_purpose::STANDARD.encode([7; 32]);
    let settings = Settings { secret_key: Some(Secret::new(key)), ..Settings::default() };
    Context::open(settings, &format!("sqlite://{}", file.display())).await.expect("a database")
}

fn figures(mall: &cafe24::Mall) -> Rows {
    let mut all = Rows::new();
    for cafe24::Figures { date, day, .. } in mall.figures() {
        let mut put =
            |entity: String, values: [i64; 4]| all.insert(format!("{date} {entity}"), format!("{values:?}"));
        put(format!("store {}", mall.mall_id()), [day.visits, day.views, -1, -1]);
        for (product, (orders, won)) in day.products {
            put(format!("product {product}"), [-1, -1, orders, won]);
        }
        for (domain, visits) in day.domains {
            put(format!("domain {domain}"), [-1, visits, -1, -1]);
        }
    }
    all
}

fn differ(truth: &Rows, stored: &Rows) -> Option<String> {
    assert!(truth.len() > 20, "a ledger to compare with");
    let lost: Vec<&String> = truth.keys().filter(|key| !stored.contains_key(*key)).collect();
    let strange: Vec<&String> = stored.keys().filter(|key| !truth.contains_key(*key)).collect();
    let stale: Vec<&String> = truth
        .iter()
        .filter(|(key, value)| stored.get(*key).is_some_and(|own| own != *value))
        .map(|(key, _)| key)
        .collect();
    let all = [("lost", lost), ("strange", strange), ("stale", stale)];
    let some: Vec<String> = all
        .iter()
        .filter(|(_, keys)| !keys.is_empty())
        .map(|(what, keys)| format!("{} {what}, such as {}", keys.len(), keys[0]))
        .collect();
    (!some.is_empty()).then(|| some.join("; "))
}

/// Where this Korean day ends is no good moment for tests that count by days.
pub(crate) async fn wait_for_a_day_that_lasts() {
    let now = Clock::system().now();
    let left = kst_midnight(kst_date(now) + TimeDelta::days(1)) - now;
    if left < TimeDelta::seconds(120) {
        tokio::time::sleep(left.to_std().expect("the future") + Duration::from_secs(1)).await;
    }
}
