//! One call of a connector on answers that are given, through its public functions alone.
//!
//! For property tests and fuzz targets: they make the answers, and look at what comes of them.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::distort::{Choices, Node, distorted};
use super::listener::Listener;
use super::stage::Vault;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{FetchRequest, Next, Page, ReadRequest, View, Wanted};
use crate::error::{Error, Result};
use crate::http::{
    Client, ClientOptions, Credential, Lost, Pace, Response, RetryPolicy, Scenario, Transport, Wire,
};
use crate::record::{Change, Failure, Record};
use crate::registry::{Registration, find};
use crate::sync::Window;
use crate::time::{kst_text, parse_kst};

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

/// What may stand in a header: nothing, numbers beyond all bounds, times of another age.
const ODD_HEADER_VALUES: [&str; 16] = [
    "",
    "0",
    "-1",
    "NaN",
    "inf",
    "-inf",
    "1e-300",
    "1e300",
    "4294967296",
    "18446744073709551615",
    "0.5",
    "299",
    "Sat, 21 Nov 2026 10:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 262142 23:59:59 GMT",
    "Sat, 21 Nov 2026 10:00:60 +9999",
];

/// Noise, or the page with anything changed.
pub fn odd_body(page: &Node, choices: &mut Choices<'_>) -> Vec<u8> {
    if choices.below(4) == 0 { choices.rest().to_vec() } else { distorted(page.clone(), choices) }
}

/// An answer of an [`odd_body`] and any of these headers, with odd values, noise, or the platform's own `values`. The
/// body comes beside it.
pub fn odd_answer(
    status: u16,
    page: &Node,
    headers: (&[&'static str], &[&'static str]),
    choices: &mut Choices<'_>,
) -> (Answer, Vec<u8>) {
    odd_answer_of(status, |choices| odd_body(page, choices), headers, choices)
}

/// The same, of a body that is made with the choices.
pub fn odd_answer_of(
    status: u16,
    body: impl FnOnce(&mut Choices<'_>) -> Vec<u8>,
    (names, values): (&[&'static str], &[&'static str]),
    choices: &mut Choices<'_>,
) -> (Answer, Vec<u8>) {
    let mut headers = Vec::new();
    for _ in 0..choices.below(5) {
        let name = choices.of(names);
        let value = choices.below(ODD_HEADER_VALUES.len() + values.len());
        headers.push((
            name,
            ODD_HEADER_VALUES.get(value).unwrap_or_else(|| &values[value - ODD_HEADER_VALUES.len()]),
        ));
    }
    let noise = (choices.below(4) == 0).then(|| choices.of(names));
    let body = body(choices);
    let mut answer = Answer::new(status, body.clone());
    for (name, value) in headers {
        answer = answer.header(name, value.as_bytes());
    }
    if let Some(name) = noise {
        answer = answer.header(name, choices.rest());
    }
    (answer, body)
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
    let scenario = Scenario::parse(fixture).expect("a fixture");
    let exchange =
        |(path, query, status, body): (&str, &Map<String, Value>, u16, Option<&RawValue>)| Recorded {
            path: path.to_owned(),
            query: query.clone(),
            status,
            body: body.map(|body| body.get().to_owned()).unwrap_or_default(),
        };
    scenario.exchanges().map(exchange).collect()
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
    /// The keys that the platform is said to show no more.
    pub gone: Vec<String>,
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
        let records = self.records.iter().map(|record| record.raw().get());
        records.chain(self.failures.iter().filter_map(|failure| Some(failure.raw.as_deref()?.get())))
    }

    /// What came of the rows that this call was given beyond those of `others`: a row that is odd comes to something, and
    /// changes nothing of what the rows beside it come to.
    ///
    /// # Panics
    /// When a row that both calls were given came to something else in this one.
    #[must_use]
    pub fn beyond(mut self, others: &Self) -> Self {
        fn take<T>(from: &mut Vec<T>, taken: &[T], told: fn(&T) -> String) {
            for one in taken.iter().map(told) {
                let place = from.iter().position(|other| told(other) == one);
                from.remove(place.unwrap_or_else(|| panic!("one row touches another: {one} is lost")));
            }
        }
        take(&mut self.records, &others.records, whole);
        take(&mut self.changes, &others.changes, |change| format!("{change:?}"));
        take(&mut self.failures, &others.failures, |failure| {
            format!("{:?}", (&failure.key, &failure.reason, failure.raw.as_deref().map(RawValue::get)))
        });
        self
    }

    /// Asserts what holds of every call: nothing that people or the log see holds `canary`, a failure gives its reason,
    /// an error is one line with a way out, and the clock stays in the years that can be written.
    ///
    /// # Panics
    /// When it does not hold.
    pub fn assert_presentable(&self, canary: &str) {
        assert!(!self.shown().contains(canary), "personal data is shown: {}", self.shown());
        assert!(self.failures.iter().all(|failure| !failure.reason.trim().is_empty()));
        if let Some(error) = &self.error {
            let text = error.to_string();
            assert!(text.chars().count() < 1_500 && !text.contains(['\n', '\r', '\0']), "{text:?}");
            assert!(!error.fix().trim().is_empty());
        }
        assert_eq!(kst_text(self.now).len(), 29, "the clock ran off to {}", self.now);
    }

    /// Everything that somebody could see: log lines, the error with its fix, the failures' reasons, records as they
    /// print. Figures are about products and domains, never about people, and are left out.
    #[must_use]
    fn shown(&self) -> String {
        let mut text = self.log.clone();
        let records = self.records.iter().filter(|record| !matches!(record, Record::Metric(_)));
        records.for_each(|record| writeln!(text, "{record:?}").expect("a String takes any text"));
        let Self { changes, failures, next, credential, .. } = self;
        write!(text, "{changes:?} {failures:?} {next:?} {credential:?}").expect("a String takes any text");
        if let Some(error) = &self.error {
            write!(text, "\n{error} {error:?} {}", error.fix()).expect("a String takes any text");
        }
        text
    }
}

/// Everything that a record says, what `Debug` leaves out included.
fn whole(record: &Record) -> String {
    let (key, raw) = (record.key(), record.raw().get());
    match record {
        Record::Order(one) => {
            let names = (&one.product_id, &one.product_name, &one.option_id, &one.option_name);
            let figures = (one.amount, one.quantity, one.unit_price, one.ordered_at, one.changed_at);
            let belongs = (&one.order_group_id, &one.order_place_id, &one.order_place_name, &one.seller_code);
            let claims: Vec<String> =
                one.claims.iter().cloned().map(Record::Claim).map(|one| whole(&one)).collect();
            format!("{:?}", (key, &one.status, one.state, names, figures, belongs, claims, raw))
        }
        Record::Claim(one) => {
            let times = (one.requested_at, one.changed_at);
            let says = (one.kind, one.state, &one.status, one.line_state, one.quantity, &one.reason);
            format!("{:?}", (key, says, times, &one.order_group_id, raw))
        }
        Record::Settlement(one) => {
            let days = (one.recognized_on, one.paid_on);
            let figures = (one.sale_amount, one.fee, one.amount);
            let of = (&one.order_group_id, &one.order_id, &one.product_name);
            format!("{:?}", (key, one.kind, days, figures, of, raw))
        }
        Record::Listing(one) => {
            let names = (&one.seller_code, &one.name, &one.option_name, &one.sold_as);
            format!("{:?}", (key, names, one.price, one.stock, one.state, &one.status, raw))
        }
        Record::Metric(one) => format!("{one:?}"),
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
        let runtime = super::timeless();
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
            brought.gone = fetched.gone;
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
