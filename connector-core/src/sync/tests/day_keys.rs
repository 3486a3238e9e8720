//! Lists of days that tell keys only: their records are fetched, each once.

use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::json;
use serde_json::value::RawValue;

use super::*;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{
    Connector, DayList, Details, FetchRequest, Fetched, Page, ReadRequest, Spec, SyncMode,
};
use crate::error::{Error, Result};
use crate::http::{Credential, Limit, Lost, Response, Scope, Unsigned, Wire};
use crate::record::{Change, Failure, Order, OrderState, Record};

static STREAM: StreamSpec = StreamSpec {
    name: "orders",
    sync: SyncMode::Daily { resettle_days: 1, stride_days: 7 },
    details: Some(Details { batch: 2 }),
    reread: None,
    census: None,
    on_request: false,
};

static SPEC: Spec =
    Spec::reading(&[], &[Limit { operation: "*", scope: Scope::Operation, per_second: 2.0, burst: 4 }]);

/// Lists the same keys for every day, and keeps what it is asked for.
#[derive(Debug, Default)]
struct Depot {
    keys: Mutex<Vec<&'static str>>,
    fetched: Mutex<Vec<Vec<String>>>,
}

fn order(key: &str) -> Record {
    Record::Order(Order {
        order_id: key.to_owned(),
        order_group_id: None,
        ordered_at: start(),
        status: "SENT".to_owned(),
        state: OrderState::Shipped,
        amount: 1,
        order_place_id: None,
        order_place_name: None,
        product_id: None,
        product_name: None,
        option_id: None,
        option_name: None,
        seller_code: None,
        quantity: None,
        unit_price: None,
        changed_at: Some(start()),
        claims: Vec::new(),
        raw: RawValue::from_string(json!({"id": key}).to_string()).expect("JSON"),
    })
}

#[async_trait]
impl Connector for Depot {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        "http://depot"
    }

    fn application(&self) -> &str {
        "depot"
    }

    async fn authorize(&self, _: &Unsigned<'_>, _: Option<&Credential>) -> Result<Credential> {
        Ok(Credential {
            access_token: Secret::new("token"),
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        })
    }

    async fn check(&self, _: &Client) -> Result<()> {
        Ok(())
    }

    fn day_lists(&self, _: &'static StreamSpec) -> Vec<DayList> {
        let list = |name: &str| DayList {
            name: name.to_owned(),
            first_page: name.to_owned(),
            max_days: 7,
            follow_up: false,
            parts_of_days: false,
            figures: None,
        };
        vec![list("sent")]
    }

    async fn read(&self, _: &Client, _: &ReadRequest) -> Result<Page> {
        let keys = self.keys.lock().expect("not poisoned").clone();
        let change = |key: &str| Change { key: key.to_owned(), at: start(), status: None };
        Ok(Page { changes: keys.into_iter().map(change).collect(), ..Page::default() })
    }

    /// `a2` comes along with `a1`; nobody knows `x`, and `bad` cannot be read.
    async fn fetch(&self, _: &Client, request: &FetchRequest) -> Result<Fetched> {
        let keys: Vec<String> = request.keys.iter().map(|wanted| wanted.key.clone()).collect();
        let mut fetched = Fetched::default();
        for key in &keys {
            match key.as_str() {
                "x" => {}
                "bad" => fetched.failures.push(Failure {
                    key: Some(key.clone()),
                    reason: "amount is missing".to_owned(),
                    raw: None,
                }),
                "a1" => fetched.records.extend([order("a1"), order("a2")]),
                _ => fetched.records.push(order(key)),
            }
        }
        self.fetched.lock().expect("not poisoned").push(keys);
        Ok(fetched)
    }
}

#[derive(Debug)]
struct Nobody;

#[async_trait]
impl Transport for Nobody {
    async fn send(&self, _: Wire) -> Result<Response, Lost> {
        Err(Lost { sent: false, reason: "nobody is called".to_owned(), hopeless: true })
    }
}

struct Yard {
    depot: Arc<Depot>,
    store: MemoryStore,
    stop: CancellationToken,
}

impl Yard {
    fn of(keys: &[&'static str]) -> Self {
        let depot = Depot { keys: Mutex::new(keys.to_vec()), ..Depot::default() };
        Self { depot: Arc::new(depot), store: MemoryStore::new(), stop: CancellationToken::new() }
    }

    async fn run(&self) -> Report {
        let client = Client::new(ClientOptions {
            connector: Arc::clone(&self.depot) as Arc<dyn Connector>,
            transport: Arc::new(Nobody),
            clock: Clock::scenario(start()),
            pace: None,
            policy: RetryPolicy::default(),
            credentials: None,
            stop: self.stop.clone(),
        });
        let options = RunOptions { lookback: TimeDelta::days(2), ..RunOptions::default() };
        run(&client, &STREAM, &self.store, &options, &Silent, &self.stop).await
    }

    fn fetched(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut *self.depot.fetched.lock().expect("not poisoned"))
    }
}

fn texts(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn what_a_list_names_is_fetched_once_and_what_comes_along_is_not_asked_for() {
    let yard = Yard::of(&["a1", "b", "b", "a2", "c"]);
    let report = yard.run().await;
    assert!(report.error.is_none() && report.suspect.is_none(), "{report:?}");
    assert_eq!(yard.fetched(), [texts(&["a1", "b"]), texts(&["c"])]);
    let stored: Vec<String> = yard.store.contents("orders").into_keys().collect();
    assert_eq!((stored, report.progress.seen), (texts(&["a1", "a2", "b", "c"]), 5));

    let again = yard.run().await;
    assert!(again.error.is_none() && yard.fetched().is_empty(), "all of them are known as they are");
    assert_eq!(again.progress.known, 5);
}

#[tokio::test]
async fn what_cannot_be_fetched_fails_by_its_key_and_is_tried_again() {
    let yard = Yard::of(&["x", "bad", "c"]);
    let report = yard.run().await;
    assert!(report.error.is_none(), "{report:?}");
    let failed: Vec<Option<String>> =
        yard.store.failures("orders").into_iter().map(|failure| failure.key).collect();
    assert_eq!(report.failed, 2);
    assert!(failed.contains(&Some("x".to_owned())) && failed.contains(&Some("bad".to_owned())), "{failed:?}");
    yard.fetched();
    yard.depot.keys.lock().expect("not poisoned").clear();
    assert!(yard.run().await.error.is_none());
    assert_eq!(yard.fetched().concat().len(), 2, "by key, though no list names them any more");
}

#[tokio::test]
async fn a_run_that_is_stopped_fetches_no_further_batch() {
    let yard = Yard::of(&["b", "c", "d"]);
    yard.stop.cancel();
    let report = yard.run().await;
    let kind = report.error.as_ref().map(Error::kind);
    assert_eq!(kind, Some(crate::error::ErrorKind::Interrupted));
    assert!(yard.fetched().is_empty());
}
