//! One call of a connector on answers that are given, through its public functions alone.
//!
//! For property tests and fuzz targets: they make the answers, and look at what comes of them.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::listener::Listener;
use super::stage::Vault;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{FetchRequest, Next, Page, ReadRequest, View, Wanted};
use crate::error::{Error, Result};
use crate::http::{Client, ClientOptions, Credential, Lost, Pace, Response, RetryPolicy, Transport, Wire};
use crate::record::{Change, Failure, Record};
use crate::registry::{Registration, find};
use crate::sync::Window;
use crate::time::parse_kst;

/// An answer to be given.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// An answer without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// Adds a header, unless these bytes cannot stand in one.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &[u8]) -> Self {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

/// An exchange of a connector's fixture.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The path, or the whole address, that was asked.
    pub path: String,
    /// The query keys that the fixture names.
    pub query: Map<String, Value>,
    /// The answer's status.
    pub status: u16,
    /// The answer's body, as it stands in the fixture.
    pub body: String,
}

/// All exchanges of a fixture, in its order.
///
/// # Panics
/// When the text is no fixture.
#[must_use]
pub fn recorded(fixture: &str) -> Vec<Recorded> {
    #[derive(Deserialize)]
    struct Script {
        exchanges: Vec<Exchange>,
    }
    #[derive(Deserialize)]
    struct Exchange {
        request: Asked,
        response: Said,
    }
    #[derive(Deserialize)]
    struct Asked {
        path: String,
        #[serde(default)]
        query: Map<String, Value>,
    }
    #[derive(Deserialize)]
    struct Said {
        status: u16,
        body: Option<Box<RawValue>>,
    }
    let script: Script = serde_json::from_str(fixture).expect("a fixture");
    let exchange = |Exchange { request, response }| Recorded {
        path: request.path,
        query: request.query,
        status: response.status,
        body: response.body.map(|body| body.get().to_owned()).unwrap_or_default(),
    };
    script.exchanges.into_iter().map(exchange).collect()
}

/// What is called.
#[derive(Clone, Debug)]
pub enum Call {
    /// Obtaining a credential.
    Ready,
    /// Turning the code of a consent into one.
    Redeem,
    /// The connector's check.
    Check,
    /// One page of a stream: the view, its window as two times, and the page's token.
    Read(&'static str, View, [&'static str; 2], Option<String>),
    /// Records by key.
    Fetch(&'static str, Vec<String>),
}

/// What came of a call.
#[derive(Debug, Default)]
pub struct Brought {
    /// The records.
    pub records: Vec<Record>,
    /// The listed changes.
    pub changes: Vec<Change>,
    /// The rows that could not be read.
    pub failures: Vec<Failure>,
    /// Where the page says the next one is.
    pub next: Next,
    /// The credential that was kept.
    pub credential: Option<Credential>,
    /// The error that it ended in.
    pub error: Option<Error>,
    /// The client's time afterwards.
    pub now: DateTime<Utc>,
    log: String,
}

impl Brought {
    /// The record of that key.
    #[must_use]
    pub fn record(&self, key: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.key() == key)
    }

    /// The platform's own objects of the records and failures, as they were kept.
    pub fn raws(&self) -> impl Iterator<Item = &str> {
        let records = self.records.iter().map(|record| match record {
            Record::Order(order) => order.raw.get(),
            Record::Metric(metric) => metric.raw.get(),
        });
        records.chain(self.failures.iter().filter_map(|failure| Some(failure.raw.as_deref()?.get())))
    }

    /// Everything that somebody could see: log lines, the error with its fix, the failures' reasons, orders as they
    /// print. Figures are about products and domains, never about people, and are left out.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = self.log.clone();
        let orders = self.records.iter().filter(|record| matches!(record, Record::Order(_)));
        orders.for_each(|order| writeln!(text, "{order:?}").expect("a String takes any text"));
        let Self { changes, failures, next, credential, .. } = self;
        write!(text, "{changes:?} {failures:?} {next:?} {credential:?}").expect("a String takes any text");
        if let Some(error) = &self.error {
            write!(text, "\n{error} {error:?} {}", error.fix()).expect("a String takes any text");
        }
        text
    }
}

/// A connector that is called on given answers.
pub struct Caller {
    registration: &'static Registration,
    settings: Value,
    token: Option<Recorded>,
    now: DateTime<Utc>,
    lives: bool,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Caller({})", self.registration.platform)
    }
}

impl Caller {
    /// The connector of that platform in its fixture's settings, changed by those that `settings` names, at its
    /// fixture's time.
    ///
    /// # Panics
    /// When there is no such platform.
    #[must_use]
    pub fn new(platform: &str, settings: &Value) -> Self {
        let registration = find(platform).expect("a platform that is linked in");
        let mut own: Map<String, Value> =
            serde_json::from_str(registration.fixture_settings).expect("settings of a fixture");
        own.extend(settings.as_object().cloned().unwrap_or_default());
        let fixture: Value = serde_json::from_str(registration.fixture).expect("a fixture");
        let now = fixture["now"].as_str().and_then(parse_kst).expect("a fixture has a time");
        let token = recorded(registration.fixture)
            .into_iter()
            .find(|exchange| exchange.status == 200 && exchange.body.contains("\"access_token\""));
        Self { registration, settings: Value::Object(own), token, now, lives: false }
    }

    /// The same in the machine's time, with limits and repeats as in api mode; waits still pass at once.
    #[must_use]
    pub fn living(self) -> Self {
        Self { lives: true, ..self }
    }

    /// The exchanges of the connector's fixture.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        recorded(self.registration.fixture)
    }

    /// Names of the platform's personal fields, without those of tokens.
    #[must_use]
    pub fn personal_fields(&self) -> Vec<&'static str> {
        self.registration.personal_fields.iter().copied().filter(|name| !name.ends_with("_token")).collect()
    }

    /// Makes one call. Each request gets the answer whose path its address ends with; a request for a credential gets
    /// the fixture's where none is given, any other a 404.
    ///
    /// # Panics
    /// When the settings make no connector, or the call names what there is not.
    #[must_use]
    pub fn make(&self, call: &Call, answers: &[(&str, Answer)]) -> Brought {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without I/O needs nothing of the system");
        let listener = Listener::default();
        tracing::subscriber::with_default(listener.clone(), || {
            let vault = Arc::new(Vault::default());
            let client = self.client(answers, Arc::clone(&vault));
            let mut brought = Brought::default();
            match runtime.block_on(call_on(&client, call, &mut brought)) {
                Ok(()) => {}
                Err(error) => brought.error = Some(error),
            }
            brought.credential = vault.all().pop();
            brought.now = client.now();
            brought.log = listener.heard();
            brought
        })
    }

    fn client(&self, answers: &[(&str, Answer)], vault: Arc<Vault>) -> Client {
        let mut given: Vec<(String, Answer)> =
            answers.iter().map(|(path, answer)| ((*path).to_owned(), answer.clone())).collect();
        if let Some(token) = &self.token {
            given.push((token.path.clone(), Answer::new(token.status, token.body.clone())));
        }
        let connector = (self.registration.build)(self.settings.clone()).expect("settings of a fixture");
        let pace = self.lives.then(|| Arc::new(Pace::new(connector.spec().limits)));
        let attempts = if self.lives { RetryPolicy::default().attempts } else { 1 };
        Client::new(ClientOptions {
            connector,
            transport: Arc::new(Given(given)),
            clock: if self.lives { Clock::system() } else { Clock::scenario(self.now) },
            pace,
            policy: RetryPolicy { attempts, ..RetryPolicy::default() },
            credentials: Some(vault),
            stop: tokio_util::sync::CancellationToken::new(),
        })
    }
}

async fn call_on(client: &Client, call: &Call, brought: &mut Brought) -> Result<()> {
    let connector = client.connector();
    let stream = |name| connector.spec().stream(name).expect("a stream of this connector");
    match call {
        Call::Ready => client.ready().await?,
        Call::Redeem => drop(client.redeem(&Secret::new("the-code")).await?),
        Call::Check => connector.check(client).await?,
        Call::Read(name, view, window, page) => {
            let [from, to] = window.map(|time| parse_kst(time).expect("a time"));
            let window = Some(Window { from, to });
            let request = ReadRequest { stream: stream(name), view: *view, window, page: page.clone() };
            let Page { records, changes, failures, next } = connector.read(client, &request).await?;
            *brought = Brought { records, changes, failures, next, ..Brought::default() };
        }
        Call::Fetch(name, keys) => {
            let wanted = |key: &String| Wanted { key: key.clone(), changed_at: None };
            let keys = keys.iter().map(wanted).collect();
            let fetched = connector.fetch(client, &FetchRequest { stream: stream(name), keys }).await?;
            (brought.records, brought.failures) = (fetched.records, fetched.failures);
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Given(Vec<(String, Answer)>);

#[async_trait]
impl Transport for Given {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let found = self.0.iter().find(|(path, _)| wire.url.ends_with(path.as_str()));
        let (status, headers, body) = match found {
            Some((_, Answer { status, headers, body })) => (*status, headers.clone(), body.clone()),
            None => (404, HeaderMap::new(), Bytes::from_static(b"{}")),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(Response { status, headers, body })
    }
}
