//! A connector against a server that keeps state: a simulator, a sandbox, or the platform itself.
//!
//! The laws of this module's parent replay a fixture; here the server answers, and is asked what is true.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::stage::Vault;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{Connector, StreamSpec};
use crate::http::{Client, ClientOptions, CredentialStore, Pace, RetryPolicy, Transport};
use crate::record::Record;
use crate::registry;
use crate::sync::{self, Doom, MemoryStore, Observer, Report, RunOptions, Store};

/// The longest that a change may take to be shown by the server.
const PATIENCE: Duration = Duration::from_secs(15);

/// The server's side of the trial.
#[async_trait]
pub trait Server: Send + Sync {
    /// How many records a complete store holds of the stream.
    async fn records(&self, stream: &str) -> usize;

    /// Changes or adds some records of the stream, and says how many; 0 where that cannot be.
    async fn change(&self, stream: &str) -> usize;

    /// The code of a person's consent, for platforms that need one; every process asks for its own.
    async fn consent(&self) -> Option<Secret> {
        None
    }
}

/// What a connector is tried with.
#[derive(Debug)]
pub struct Trial {
    /// The platform key.
    pub platform: &'static str,
    /// The connector's settings, the server's address and the secrets included.
    pub settings: Value,
    /// What sends.
    pub transport: Arc<dyn Transport>,
    /// How far back a first run reads; what the server counts must be changed since.
    pub lookback: TimeDelta,
    /// Whether the declared limits are kept; not needed at a server without any.
    pub paced: bool,
}

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn progress(&self, _report: &Report) {}
}

/// One account at the server, over several processes.
struct Tried<'a> {
    trial: &'a Trial,
    connector: Arc<dyn Connector>,
    vault: Arc<Vault>,
}

impl Tried<'_> {
    fn client(&self) -> Client {
        let connector = Arc::clone(&self.connector);
        let limits = connector.spec().limits;
        let pace = || Pace::shared(connector.base_url(), connector.application(), limits);
        Client::new(ClientOptions {
            pace: self.trial.paced.then(pace),
            connector: Arc::clone(&connector),
            transport: Arc::clone(&self.trial.transport),
            clock: Clock::system(),
            policy: RetryPolicy::default(),
            credentials: Some(Arc::clone(&self.vault) as Arc<dyn CredentialStore>),
            stop: CancellationToken::new(),
        })
    }

    async fn sync(&self, stream: &'static StreamSpec, store: &MemoryStore) -> Report {
        let options = RunOptions { lookback: self.trial.lookback, ..RunOptions::default() };
        let report =
            sync::run(&self.client(), stream, store, &options, &Silent, &CancellationToken::new()).await;
        let name = stream.name;
        assert!(report.error.is_none(), "{name}: {:?}", report.error);
        assert_eq!((&report.suspect, report.failed), (&None, 0), "{name}: {:?}", report.failures);
        report
    }
}

/// Tries the connector against the server.
///
/// # Panics
/// With the first promise that is broken.
pub async fn run(trial: &Trial, server: &dyn Server) {
    let registration = registry::find(trial.platform).expect("a platform that is registered");
    let connector = (registration.build)(trial.settings.clone()).expect("settings that build a connector");
    let tried = Tried { trial, connector, vault: Arc::default() };
    let client = tried.client();
    if let Some(code) = server.consent().await {
        client.redeem(&code).await.expect("a code that is good");
    }
    client.connector().check(&client).await.expect("a good credential is accepted");
    let mut shown = format!("{:?} {client:?} ", tried.connector);
    for stream in tried.connector.spec().streams.iter().filter(|stream| !stream.on_request) {
        if client.withheld(stream).await.expect("a credential").is_none() {
            try_stream(&tried, stream, server, &mut shown).await;
        }
    }
    for field in registration.fields.iter().filter(|field| field.is_secret()) {
        let secret = trial.settings.get(field.name).and_then(Value::as_str).unwrap_or_default();
        let is_shown = secret.len() >= 8 && shown.contains(secret);
        assert!(!is_shown, "{} is shown in Debug", field.name);
    }
}

async fn try_stream(tried: &Tried<'_>, stream: &'static StreamSpec, server: &dyn Server, shown: &mut String) {
    let name = stream.name;
    let store = MemoryStore::new();
    let first = tried.sync(stream, &store).await;
    let there = server.records(name).await;
    assert!(there > 0, "{name}: a server with nothing to read proves nothing");
    assert_eq!(store.records(name).len(), there, "{name}: the first run brings everything, each once");
    sound(stream, &store);

    let second = tried.sync(stream, &store).await;
    let moved = (second.saved.new, second.saved.changed);
    assert_eq!(moved, (0, 0), "{name}: a second run brings nothing new");
    if matches!(stream.sync, crate::connector::SyncMode::Incremental { .. }) {
        let (first, second) = (first.progress.calls, second.progress.calls);
        assert!(second <= first, "{name}: the second run took {second} calls, the first {first}");
    }

    let changed = server.change(name).await as u64;
    let began = tokio::time::Instant::now();
    let mut seen = 0;
    while seen < changed {
        assert!(began.elapsed() < PATIENCE, "{name}: {changed} records were changed, {seen} were seen");
        let report = tried.sync(stream, &store).await;
        seen += report.saved.new + report.saved.changed;
        write!(shown, "{report:?} ").expect("a String takes any text");
        if seen < changed {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    // From the beginning once more, in processes that die.
    let cut = MemoryStore::new();
    for doom in [Doom::DieBefore, Doom::DieAfter, Doom::DieBefore] {
        cut.doom(cut.saves() + 1, doom);
        tokio::select! {
            biased;
            () = cut.died() => {}
            _ = tried.sync(stream, &cut) => {}
        }
        cut.revive();
    }
    tried.sync(stream, &cut).await;
    let (ours, theirs) = (cut.contents(name), store.contents(name));
    assert!(ours == theirs, "{name}: a run that was cut off ends with {} of {}", ours.len(), theirs.len());
    let cursor = cut.checkpoint(name).await.expect("a store in memory");
    assert!(cursor.run.is_none(), "{name}: it is gone on with to its end");
    write!(shown, "{first:?} {second:?} {cursor:?}").expect("a String takes any text");
}

/// Keys are distinct, times lie in the past of the platforms, and whole objects are kept.
fn sound(stream: &StreamSpec, store: &MemoryStore) {
    let records = store.records(stream.name);
    let keys: BTreeSet<String> = records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), records.len(), "{}: keys are distinct", stream.name);
    let now = Clock::system().now();
    for record in &records {
        if let Record::Order(order) = record {
            let key = &order.order_id;
            let age = now - order.ordered_at;
            // Some servers date an order to its day only.
            assert!(
                age > TimeDelta::days(-1) && age < TimeDelta::days(36_500),
                "{key}: {}",
                order.ordered_at
            );
            assert!(!order.status.is_empty(), "{key}: the platform's own word is kept");
            let raw: Value = serde_json::from_str(order.raw.get()).expect("JSON");
            assert!(raw.is_object(), "{key}: the platform's own object is kept");
        }
    }
}
