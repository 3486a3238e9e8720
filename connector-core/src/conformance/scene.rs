//! One connector in one scene: built from its registration, on a stage, with a store and a clock of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::listener::Listener;
use super::stage::{Director, Edit, Exchange, Log, Play, Stage, Vault, Watched};
use super::{Breach, Verdict};
use crate::clock::Clock;
use crate::connector::{Connector, StreamSpec};
use crate::error::Error;
use crate::http::{Client, ClientOptions, Fixture, Pace, RetryPolicy, Scenario, Transport};
use crate::record::{Order, Record};
use crate::registry::{Registration, find};
use crate::sync::{CensusLine, MemoryStore, Observer, Report, RunOptions, Window, census, run};
use crate::time::{kst_date, kst_midnight};

/// The connector on trial.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) registration: &'static Registration,
    pub(super) settings: Value,
    pub(super) listener: Listener,
    /// Parsed once: a law may set hundreds of scenes.
    replay: Fixture,
}

impl Subject {
    pub(super) fn new(platform: &str, settings: Value, listener: Listener) -> Result<Self, Breach> {
        let registration = find(platform)?;
        let connector = (registration.build)(settings.clone())?;
        let replay = Fixture::new(connector.base_url(), Scenario::parse(registration.fixture)?);
        Ok(Self { registration, settings, listener, replay })
    }

    pub(super) fn connector(&self) -> Result<Arc<dyn Connector>, Error> {
        (self.registration.build)(self.settings.clone())
    }

    /// The values of the secret settings of the sample.
    pub(super) fn secrets(&self) -> Vec<String> {
        let fields = self.registration.fields.iter().filter(|field| field.is_secret());
        fields.filter_map(|field| self.settings.get(field.name)?.as_str().map(str::to_owned)).collect()
    }

    /// The fixture as plain JSON.
    pub(super) fn fixture(&self) -> Result<Value, Breach> {
        serde_json::from_str(self.registration.fixture)
            .map_err(|error| Breach::Broken(format!("the fixture is no JSON: {error}")))
    }

    /// The platform's own words for a status: those of the fixture, where it has some, else an empty object.
    pub(super) fn words_for(&self, status: u64) -> String {
        let fixture = self.fixture().unwrap_or_default();
        let exchanges = fixture["exchanges"].as_array().cloned().unwrap_or_default();
        exchanges
            .iter()
            .map(|exchange| &exchange["response"])
            .find(|response| response["status"] == status && response["body"].is_object())
            .map_or_else(|| "{}".to_owned(), |response| response["body"].to_string())
    }

    /// A scene that follows the fixture to the letter.
    pub(super) fn scene(&self) -> Result<Scene, Breach> {
        Scene::new(self, Setup::default())
    }

    /// Checks, syncs every stream, takes the census of every stream and carries out every sample command, exactly as the
    /// fixture has it.
    pub(super) async fn rehearse(&self) -> Result<Rehearsal, Breach> {
        let scene = self.scene()?;
        scene.client.connector().check(&scene.client).await?;
        let mut reports = Vec::new();
        for stream in scene.streams() {
            reports.push((stream.name, scene.sync_well(stream).await?));
        }
        let mut lines = Vec::new();
        for stream in scene.streams().iter().filter(|stream| stream.census.is_some()) {
            for window in days(&scene.store.records(stream.name)) {
                lines.extend(census(&scene.client, stream, window).await?);
            }
        }
        for action in self.samples()? {
            // What becomes of it is for the laws on commands to say.
            drop(scene.carry_out(action).await);
        }
        let known = Arc::new(scene.log.exchanges().clone());
        Ok(Rehearsal { known, scene, reports, lines })
    }
}

/// The Korean days from the first to the last order, each as a window that ends before midnight.
fn days(records: &[Record]) -> Vec<Window> {
    let ordered = orders(records).into_iter().map(|order| kst_date(order.ordered_at));
    let (Some(first), Some(last)) = (ordered.clone().min(), ordered.max()) else { return Vec::new() };
    let windows = first.iter_days().take_while(|day| *day <= last).map(|day| Window {
        from: kst_midnight(day),
        to: kst_midnight(day + Days::new(1)) - TimeDelta::milliseconds(1),
    });
    windows.collect()
}

/// The orders among some records.
pub(super) fn orders(records: &[Record]) -> Vec<&Order> {
    records.iter().filter_map(Record::as_order).collect()
}

/// What an undisturbed run did.
pub(super) struct Rehearsal {
    pub(super) scene: Scene,
    pub(super) reports: Vec<(&'static str, Report)>,
    pub(super) lines: Vec<CensusLine>,
    /// All exchanges, for disturbed runs to fall back on.
    pub(super) known: Arc<Vec<Exchange>>,
}

impl Rehearsal {
    /// Keys and raw objects of every stream.
    pub(super) fn contents(&self) -> Contents {
        self.scene.contents()
    }
}

/// By stream and key, the platform's own objects.
pub(super) type Contents = BTreeMap<&'static str, BTreeMap<String, String>>;

/// How a scene differs from the fixture.
pub(super) struct Setup {
    pub(super) director: Director,
    pub(super) edit: Option<Edit>,
    pub(super) known: Arc<Vec<Exchange>>,
    pub(super) vault: Arc<Vault>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) paced: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            director: Arc::new(|_| Play::Honest),
            edit: None,
            known: Arc::default(),
            vault: Arc::default(),
            store: Arc::default(),
            paced: false,
        }
    }
}

impl Setup {
    /// A scene that may ask for more than the fixture holds.
    pub(super) fn beyond(rehearsal: &Rehearsal) -> Self {
        Self { known: Arc::clone(&rehearsal.known), ..Self::default() }
    }

    pub(super) fn directed(
        mut self,
        director: impl Fn(&super::stage::Cue<'_>) -> Play + Send + Sync + 'static,
    ) -> Self {
        self.director = Arc::new(director);
        self
    }

    pub(super) fn edited(mut self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.edit = Some(Arc::new(edit));
        self
    }
}

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn progress(&self, _report: &Report) {}
}

/// A client on a stage.
pub(super) struct Scene {
    pub(super) client: Client,
    pub(super) stage: Arc<Stage>,
    pub(super) log: Arc<Log>,
    pub(super) clock: Clock,
    pub(super) store: Arc<MemoryStore>,
    pub(super) vault: Arc<Vault>,
    pub(super) now: DateTime<Utc>,
}

impl Scene {
    pub(super) fn new(subject: &Subject, setup: Setup) -> Result<Self, Breach> {
        let connector = subject.connector()?;
        let fixture = subject.replay.rewound();
        let now = fixture.now();
        let clock = Clock::scenario(now);
        let Setup { director, edit, known, vault, store, paced } = setup;
        let stage = Arc::new(Stage::new(fixture, clock.clone(), connector.format(), director, edit, known));
        let log = Arc::clone(&stage.log);
        vault.report_to(&log);
        let pace = paced.then(|| Arc::new(Pace::new(connector.spec().limits)));
        let client = Client::new(ClientOptions {
            connector: Arc::new(Watched::new(connector, Arc::clone(&log))),
            transport: Arc::clone(&stage) as Arc<dyn Transport>,
            clock: clock.clone(),
            pace,
            policy: RetryPolicy::default(),
            credentials: Some(Arc::clone(&vault) as Arc<_>),
            stop: CancellationToken::new(),
        });
        Ok(Self { client, stage, log, clock, store, vault, now })
    }

    pub(super) fn streams(&self) -> &'static [StreamSpec] {
        self.client.connector().spec().streams
    }

    pub(super) async fn check(&self) -> Result<(), Error> {
        self.client.connector().check(&self.client).await
    }

    /// A run as fixture mode does it: from the beginning, cursor aside.
    pub(super) async fn sync(&self, stream: &'static StreamSpec) -> Report {
        let options = RunOptions { replay: true, ..RunOptions::default() };
        run(&self.client, stream, &*self.store, &options, &Silent, &CancellationToken::new()).await
    }

    /// A run as api mode does it: with a cursor.
    pub(super) async fn sync_on(&self, stream: &'static StreamSpec, stop: &CancellationToken) -> Report {
        run(&self.client, stream, &*self.store, &RunOptions::default(), &Silent, stop).await
    }

    /// A run that must end well.
    pub(super) async fn sync_well(&self, stream: &'static StreamSpec) -> Result<Report, Breach> {
        let report = self.sync(stream).await;
        if let Some(error) = report.error {
            return Err(Breach::Broken(format!("{}: {error}", stream.name)));
        }
        if let Some(suspect) = &report.suspect {
            return Err(Breach::Broken(format!("{}: suspect: {suspect}", stream.name)));
        }
        Ok(report)
    }

    /// All streams, which must end well.
    pub(super) async fn sync_all(&self) -> Verdict {
        for stream in self.streams() {
            self.sync_well(stream).await?;
        }
        Ok(())
    }

    pub(super) fn contents(&self) -> Contents {
        self.streams().iter().map(|stream| (stream.name, self.store.contents(stream.name))).collect()
    }
}
