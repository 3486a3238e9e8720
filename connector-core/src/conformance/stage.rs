//! What stands between the laws and a connector: a platform that replays the fixture and can be told to misbehave, a
//! connector that is watched, and a place for credentials.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use crate::clock::Clock;
use crate::command::{Command, Finding, Receipt};
use crate::config::Secret;
use crate::connector::{
    Connector, Consent, DayList, FetchRequest, Fetched, Page, ReadRequest, Spec, StreamSpec,
};
use crate::error::Result;
use crate::http::{
    Client, Credential, CredentialStore, Fault, Fixture, Format, LimitNotice, Lost, Request, Response,
    Transport, Unsigned, Wire,
};
use crate::record::Record;
use crate::xml::{self, Element};

/// A request, and what became of it.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) wire: Wire,
    pub(super) answer: Result<Response, Lost>,
    /// Whether it was sent to obtain a credential.
    pub(super) unsigned: bool,
    /// The operation, of signed requests.
    pub(super) operation: Option<&'static str>,
    /// Whether it is marked as one that may change something.
    pub(super) writes: bool,
    /// The scenario's time.
    pub(super) at: DateTime<Utc>,
    /// The time that paces keep to.
    pub(super) instant: tokio::time::Instant,
}

impl Exchange {
    /// The answer of a success.
    pub(super) fn success(&self) -> Option<&Response> {
        self.answer.as_ref().ok().filter(|response| response.status.is_success())
    }

    /// Method, address, query and body: the same text for the same request.
    pub(super) fn asked(&self) -> String {
        let body = String::from_utf8_lossy(self.wire.body.as_deref().unwrap_or_default());
        format!("{} {}?{} {body}", self.wire.method, self.wire.url, self.wire.query)
    }
}

/// A request that is about to be answered.
pub(super) struct Cue<'a> {
    pub(super) wire: &'a Wire,
    pub(super) unsigned: bool,
    /// How many requests of the same kind, signed or not, came before.
    pub(super) number: usize,
    /// Whether it is marked as one that may change something.
    pub(super) writes: bool,
}

/// What the platform does with a request.
pub(super) enum Play {
    /// Answers as the fixture says.
    Honest,
    /// Answers this.
    Answer(Response),
    /// No answer arrives; whether the platform saw the request.
    Lose(bool),
    /// Does what the fixture says; its answer does not arrive.
    Swallow,
    /// Answers as the fixture says, with a success passed through this.
    Rewrite(fn(&Response) -> Bytes),
}

pub(super) type Director = Arc<dyn Fn(&Cue<'_>) -> Play + Send + Sync>;

/// Rewrites the JSON of a success, or what corresponds to it.
pub(super) type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// The platform.
pub(super) struct Stage {
    pub(super) fixture: Fixture,
    pub(super) log: Arc<Log>,
    clock: Clock,
    format: Format,
    director: Director,
    edit: Option<Edit>,
    /// What an undisturbed run exchanged, for requests that a disturbed one makes beyond the fixture.
    known: Arc<Vec<Exchange>>,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stage")
    }
}

impl Stage {
    pub(super) fn new(
        fixture: Fixture,
        clock: Clock,
        format: Format,
        director: Director,
        edit: Option<Edit>,
        known: Arc<Vec<Exchange>>,
    ) -> Self {
        Self { fixture, log: Arc::default(), clock, format, director, edit, known }
    }

    async fn honest(&self, wire: &Wire) -> Result<Response, Lost> {
        let answer = self.fixture.send(wire.clone()).await;
        if !matches!(&answer, Err(lost) if lost.hopeless) {
            return answer;
        }
        // Repeats and detours ask for more than the fixture holds: they get what the nearest request got.
        let near = self
            .known
            .iter()
            .filter(|known| known.wire.method == wire.method && known.wire.url == wire.url)
            .filter_map(|known| Some((likeness(&known.wire, wire), known.success()?)))
            .max_by_key(|(likeness, _)| *likeness);
        near.map_or(answer, |(_, response)| Ok(response.clone()))
    }
}

/// The laws change answers as JSON values, whatever they are written in.
impl Format {
    /// What an answer says, and the name of its root where it has one; nothing where it cannot be read.
    pub(super) fn body(self, response: &Response) -> Option<(String, Value)> {
        match self {
            Self::Json => Some((String::new(), serde_json::from_slice(&response.body).ok()?)),
            Self::Xml => {
                let root = Element::parse(&xml::decode(response).ok()?).ok()?;
                Some((root.name().to_owned(), serde_json::from_str(root.json().get()).ok()?))
            }
        }
    }

    fn bytes(self, root: &str, body: &Value) -> Bytes {
        match self {
            Self::Json => body.to_string().into(),
            Self::Xml => {
                let markup = Element::of_json(root, body).markup();
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{markup}").into()
            }
        }
    }
}

/// How many words two requests share.
fn likeness(one: &Wire, other: &Wire) -> usize {
    let words = |wire: &Wire| {
        let body = String::from_utf8_lossy(wire.body.as_deref().unwrap_or_default()).into_owned();
        let text = format!("{}&{body}", wire.query);
        text.split(['&', '"', ',']).map(str::to_owned).collect::<std::collections::HashSet<_>>()
    };
    words(one).intersection(&words(other)).count()
}

#[async_trait]
impl Transport for Stage {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let Next { unsigned, number, operation, writes } = self.log.next();
        let play = (self.director)(&Cue { wire: &wire, unsigned, number, writes });
        let mut answer = match play {
            Play::Honest => self.honest(&wire).await,
            Play::Answer(response) => Ok(response),
            Play::Lose(sent) => {
                Err(Lost { sent, reason: "the connection broke".to_owned(), hopeless: false })
            }
            Play::Swallow => {
                drop(self.honest(&wire).await);
                Err(Lost { sent: true, reason: "the connection broke".to_owned(), hopeless: false })
            }
            Play::Rewrite(rewrite) => self.honest(&wire).await.map(|mut response| {
                if response.status.is_success() {
                    response.body = rewrite(&response);
                }
                response
            }),
        };
        if let (Ok(response), Some(edit)) = (&mut answer, &self.edit)
            && response.status.is_success()
            && let Some((root, mut body)) = self.format.body(response)
        {
            edit(&mut body);
            response.body = self.format.bytes(&root, &body);
        }
        let (at, instant) = (self.clock.now(), tokio::time::Instant::now());
        self.log.exchanges().push(Exchange {
            wire,
            answer: answer.clone(),
            unsigned,
            operation,
            writes,
            at,
            instant,
        });
        answer
    }
}

/// An answer made up by a law.
pub(super) fn answer(status: u16, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Response {
    let headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| {
            Some((http::HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        })
        .collect();
    let status = StatusCode::from_u16(status).expect("laws know their statuses");
    Response { status, headers, body: body.into() }
}

/// What a connector was asked for, and what it returned.
#[derive(Clone)]
pub(super) enum Deed {
    Read {
        request: ReadRequest,
        keys: Vec<String>,
        changes: Vec<String>,
        records: Vec<Record>,
    },
    Fetch {
        request: FetchRequest,
        records: Vec<Record>,
    },
    /// A credential was kept, after so many exchanges.
    Kept(usize),
}

/// Everything that happened on one stage.
#[derive(Default)]
pub(super) struct Log {
    exchanges: Mutex<Vec<Exchange>>,
    deeds: Mutex<Vec<Deed>>,
    /// How many calls for a credential are under way.
    authorizing: Mutex<usize>,
    /// The operation that was signed last, until it is sent, and whether it may change something.
    signed: Mutex<Option<(&'static str, bool)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log {
    pub(super) fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        lock(&self.exchanges)
    }

    pub(super) fn deeds(&self) -> Vec<Deed> {
        lock(&self.deeds).clone()
    }

    /// How many requests were sent to obtain a credential.
    pub(super) fn unsigned(&self) -> usize {
        self.exchanges().iter().filter(|exchange| exchange.unsigned).count()
    }

    /// How many requests were sent with one.
    pub(super) fn signed(&self) -> usize {
        self.exchanges().iter().filter(|exchange| !exchange.unsigned).count()
    }

    /// The requests that were sent with a credential.
    pub(super) fn calls(&self) -> Vec<Exchange> {
        self.exchanges().iter().filter(|exchange| !exchange.unsigned).cloned().collect()
    }

    /// What a request that arrives now is.
    fn next(&self) -> Next {
        let (operation, writes) = lock(&self.signed).take().unzip();
        let unsigned = operation.is_none() && *lock(&self.authorizing) > 0;
        let number = if unsigned { self.unsigned() } else { self.signed() };
        Next { unsigned, number, operation, writes: writes.unwrap_or_default() }
    }
}

struct Next {
    unsigned: bool,
    number: usize,
    operation: Option<&'static str>,
    writes: bool,
}

/// A connector that is watched. It passes on every method of the trait, also those that have a default.
#[derive(Debug)]
pub(super) struct Watched {
    inner: Arc<dyn Connector>,
    log: Arc<Log>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Watched {
    pub(super) fn new(inner: Arc<dyn Connector>, log: Arc<Log>) -> Self {
        Self { inner, log }
    }
}

#[async_trait]
impl Connector for Watched {
    fn spec(&self) -> &'static Spec {
        self.inner.spec()
    }
    fn base_url(&self) -> &str {
        self.inner.base_url()
    }
    fn application(&self) -> &str {
        self.inner.application()
    }
    fn format(&self) -> Format {
        self.inner.format()
    }
    async fn authorize(&self, http: &Unsigned<'_>, stored: Option<&Credential>) -> Result<Credential> {
        *lock(&self.log.authorizing) += 1;
        let outcome = self.inner.authorize(http, stored).await;
        *lock(&self.log.authorizing) -= 1;
        outcome
    }
    fn sign(&self, request: &mut Request, credential: &Credential) -> Result<()> {
        *lock(&self.log.signed) = Some((request.operation, !request.idempotent));
        self.inner.sign(request, credential)
    }
    fn fault(&self, response: &Response) -> Option<Fault> {
        self.inner.fault(response)
    }
    fn limits(&self, response: &Response) -> LimitNotice {
        self.inner.limits(response)
    }
    async fn check(&self, http: &Client) -> Result<()> {
        self.inner.check(http).await
    }
    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let page = self.inner.read(http, request).await?;
        let keys: Vec<String> = page.records.iter().map(Record::key).collect();
        let changes = page.changes.iter().map(|change| change.key.clone()).collect();
        let (request, records) = (request.clone(), page.records.clone());
        lock(&self.log.deeds).push(Deed::Read { request, keys, changes, records });
        Ok(page)
    }
    fn day_lists(&self, stream: &'static StreamSpec) -> Vec<DayList> {
        self.inner.day_lists(stream)
    }
    fn withheld(&self, stream: &'static StreamSpec, credential: &Credential) -> Result<Option<String>> {
        self.inner.withheld(stream, credential)
    }
    fn learned(&self) -> Vec<(&'static str, Value)> {
        self.inner.learned()
    }
    fn consent(&self, state: &str) -> Option<Consent> {
        self.inner.consent(state)
    }
    async fn exchange(&self, http: &Unsigned<'_>, code: &Secret) -> Result<Credential> {
        self.inner.exchange(http, code).await
    }
    async fn execute(&self, http: &Client, command: &Command) -> Result<Receipt> {
        self.inner.execute(http, command).await
    }
    async fn inspect(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        self.inner.inspect(http, command).await
    }
    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        let fetched = self.inner.fetch(http, request).await?;
        let (request, records) = (request.clone(), fetched.records.clone());
        lock(&self.log.deeds).push(Deed::Fetch { request, records });
        Ok(fetched)
    }
}

/// Credentials in memory, with everything that was ever kept.
#[derive(Default)]
pub(super) struct Vault {
    kept: Mutex<Vec<Credential>>,
    log: Mutex<Option<Arc<Log>>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    pub(super) fn all(&self) -> Vec<Credential> {
        lock(&self.kept).clone()
    }

    /// Notes from now on in `log` when something is kept.
    pub(super) fn report_to(&self, log: &Arc<Log>) {
        *lock(&self.log) = Some(Arc::clone(log));
    }
}

#[async_trait]
impl CredentialStore for Vault {
    async fn load(&self) -> Result<Option<Credential>> {
        Ok(lock(&self.kept).last().cloned())
    }

    async fn save(&self, credential: &Credential) -> Result<()> {
        lock(&self.kept).push(credential.clone());
        if let Some(log) = &*lock(&self.log) {
            let exchanges = log.exchanges().len();
            lock(&log.deeds).push(Deed::Kept(exchanges));
        }
        Ok(())
    }
}
