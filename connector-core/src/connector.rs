//! What a platform crate implements: capabilities as data, behaviour as a few functions.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::carrier::CarrierCode;
use crate::command::{Command, CommandName, CommandSpec, Finding, Receipt};
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::http::{Client, Credential, Fault, Format, Limit, LimitNotice, Request, Response, Unsigned};
use crate::record::{Change, Failure, OrderState, Recipient, Record, Unread};
use crate::sync::Window;

/// What a connector can do, readable by the engine, the tests, the docs and the server.
#[derive(Debug)]
pub struct Spec {
    /// What can be read.
    pub streams: &'static [StreamSpec],
    /// How often the platform may be called; the first entry that names an endpoint wins, `"*"` names all.
    pub limits: &'static [Limit],
    /// What can be done.
    pub commands: &'static [CommandSpec],
    /// What the platform calls the carriers; empty where nothing is shipped through it.
    pub carriers: &'static [CarrierCode],
    /// Reads out of an order line's own object to whom it goes; `None` where the platform does not tell.
    pub recipient: Option<fn(&RawValue) -> Recipient>,
}

impl Spec {
    /// A spec that reads and does nothing; commands and carriers are added by naming them.
    #[must_use]
    pub const fn reading(streams: &'static [StreamSpec], limits: &'static [Limit]) -> Self {
        Self { streams, limits, commands: &[], carriers: &[], recipient: None }
    }

    /// The command of that name.
    ///
    /// # Errors
    /// `Unsupported` when the connector does not offer it.
    pub fn command(&'static self, name: CommandName) -> Result<&'static CommandSpec> {
        self.commands
            .iter()
            .find(|command| command.name == name)
            .ok_or_else(|| Error::unsupported(&format!("the command {}", name.name())))
    }

    /// The platform's code of a carrier: of its neutral code or name, or the platform's own code.
    ///
    /// # Errors
    /// `Config` for a carrier that the platform does not know; nothing is guessed.
    pub fn carrier(&'static self, carrier: &str) -> Result<&'static str> {
        crate::carrier::code_at(self.carriers, carrier)
    }

    /// The neutral code of a carrier that the platform knows, whether it was named neutrally or by the platform's own code.
    ///
    /// # Errors
    /// As for [`Spec::carrier`].
    pub fn neutral_carrier(&'static self, carrier: &str) -> Result<&'static str> {
        let code = self.carrier(carrier)?;
        // Its own list is where the code was found.
        Ok(self.carriers.iter().find(|known| known.code == code).map_or(code, |known| known.carrier))
    }

    /// The stream of that name.
    ///
    /// # Errors
    /// `Unsupported` when the connector has no such stream.
    pub fn stream(&'static self, name: &str) -> Result<&'static StreamSpec> {
        self.streams
            .iter()
            .find(|stream| stream.name == name)
            .ok_or_else(|| Error::unsupported(&format!("stream {name:?}")))
    }
}

/// One kind of thing that can be read.
#[derive(Debug)]
pub struct StreamSpec {
    /// `orders`, `metrics`, ...
    pub name: &'static str,
    /// How it is read.
    pub sync: SyncMode,
    /// Set where `read` lists only what changed, and `fetch` brings the records.
    pub details: Option<Details>,
    /// Set where a record can change without the change list saying so.
    pub reread: Option<Reread>,
    /// Set where a range of days can be listed in a second way, to prove that nothing is missing.
    pub census: Option<Census>,
    /// Set where a run reads it only when the stream is asked for by name.
    pub on_request: bool,
}

impl StreamSpec {
    /// A stream of whole records, which every run reads and nothing proves or repeats.
    #[must_use]
    pub const fn plain(name: &'static str, sync: SyncMode) -> Self {
        Self { name, sync, details: None, reread: None, census: None, on_request: false }
    }

    /// The same of a stream that is read by whole Korean days; see [`SyncMode::Daily`].
    #[must_use]
    pub const fn daily(name: &'static str, resettle_days: u32, stride_days: u32) -> Self {
        Self::plain(name, SyncMode::Daily { resettle_days, stride_days })
    }

    /// The same, whose records come by key, so many at once.
    #[must_use]
    pub const fn fetched(mut self, batch: usize) -> Self {
        self.details = Some(Details { batch });
        self
    }

    /// The same, whose records in these states are read again every six hours, until they are two months old.
    #[must_use]
    pub const fn reread(mut self, states: &'static [OrderState]) -> Self {
        let (every, max_age) = (Duration::from_hours(6), Duration::from_hours(60 * 24));
        self.reread = Some(Reread { states, every, max_age });
        self
    }

    /// The same, which can be listed by order time as well, in windows so wide.
    #[must_use]
    pub const fn census(mut self, max_window: Duration) -> Self {
        self.census = Some(Census { max_window });
        self
    }

    /// The same, which a run reads only when it is asked for by name.
    #[must_use]
    pub const fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }
}

/// How a stream is walked.
#[derive(Clone, Copy, Debug)]
pub enum SyncMode {
    /// Read whole at each run.
    Snapshot,
    /// Read by time of change.
    Incremental {
        /// The widest window that the platform accepts.
        max_window: Duration,
        /// How far back of the cursor each run starts, for rows that the platform shows late.
        overlap: Duration,
        /// How far before now a run ends, so that the platform has made up its mind.
        settle: Duration,
    },
    /// Read by whole Korean days: figures of a day, or rows that the platform dates by day only. The lists to read are
    /// [`Connector::day_lists`].
    Daily {
        /// A day is read again by each run until it lies more than this many days back; it is settled then.
        resettle_days: u32,
        /// After so many days the cursor moves, so that a run that is cut short repeats no more than these.
        stride_days: u32,
    },
}

/// One of the lists that a [`SyncMode::Daily`] stream is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayList {
    /// What it is, for messages: `products/sales of shop 1`.
    pub name: String,
    /// The token of its first page.
    pub first_page: String,
    /// How many days one window may span.
    pub max_days: u32,
    /// It tells only what happened later to rows that another list brings, so days that are read for the first time,
    /// or again by request, do without it.
    pub follow_up: bool,
    /// Whether a part of a day can be asked for, so that a day which holds too much can be cut into minutes.
    pub parts_of_days: bool,
    /// Set where the list brings all figures of its days, so that a stored one that it lacks is gone.
    pub figures: Option<Figures>,
}

impl DayList {
    /// A list of records that tells all of its days, and takes whole days only.
    #[must_use]
    pub fn new(name: impl Into<String>, first_page: impl Into<String>, max_days: u32) -> Self {
        Self {
            name: name.into(),
            first_page: first_page.into(),
            max_days,
            follow_up: false,
            parts_of_days: false,
            figures: None,
        }
    }
}

/// The figures that one list brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// `store`, `product` or `domain`.
    pub entity_type: &'static str,
    /// The mall's shop.
    pub shop_no: i64,
}

/// What a person opens in a browser to grant access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The address to open.
    pub address: String,
    /// Where the platform sends the browser with `code` and `state`.
    pub redirect_uri: String,
    /// What is asked for.
    pub scopes: Vec<String>,
}

/// Records come by key, in a second call.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    /// The most keys that one `fetch` takes.
    pub batch: usize,
}

/// Records in these states are read again from time to time.
#[derive(Clone, Copy, Debug)]
pub struct Reread {
    /// The states that the platform leaves without telling.
    pub states: &'static [OrderState],
    /// How long an observation is good for.
    pub every: Duration,
    /// Records ordered longer ago than this are left alone.
    pub max_age: Duration,
}

/// A second way to list a range, by order time.
#[derive(Clone, Copy, Debug)]
pub struct Census {
    /// The widest window that the platform accepts.
    pub max_window: Duration,
}

/// Which of a stream's lists to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What changed in the window; the whole stream for a snapshot.
    Changes,
    /// What was ordered in the window, with full records: the second way of [`Census`].
    Census,
}

/// One page to read.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The stream.
    pub stream: &'static StreamSpec,
    /// Which list.
    pub view: View,
    /// The window, both ends in whole milliseconds; `None` for a snapshot. Rows at exactly `to` may be included:
    /// the engine reads that instant again with the next window.
    pub window: Option<Window>,
    /// The token of the page, as the previous page gave it; `None` for the first.
    pub page: Option<String>,
}

impl ReadRequest {
    /// The window of a stream that is read by windows.
    ///
    /// # Errors
    /// `Unsupported` without one.
    pub fn within(&self) -> Result<Window> {
        self.window.ok_or_else(|| Error::unsupported("reading without a window"))
    }

    /// The number of the page, for platforms that number theirs or the rows before them: what the token says, 1 without one.
    ///
    /// # Errors
    /// `Decode` for a token that is no number from 1 on.
    pub fn number(&self) -> Result<u32> {
        let number = self.page.as_deref().map_or(Some(1), |page| page.parse().ok());
        number.filter(|number| (1..u32::MAX).contains(number)).ok_or_else(|| {
            Error::decode(format!("the page token is no number of a page of {}", self.stream.name))
        })
    }

    /// Refuses the second list of a platform that has none.
    ///
    /// # Errors
    /// `Unsupported` for anything but changes.
    pub fn only_changes(&self) -> Result<()> {
        match self.view {
            View::Changes => Ok(()),
            View::Census => Err(Error::unsupported(&format!("a second way to list {}", self.stream.name))),
        }
    }
}

/// One page, as read.
#[derive(Debug, Default)]
pub struct Page {
    /// Full records.
    pub records: Vec<Record>,
    /// Keys of changed records, where the stream has [`Details`].
    pub changes: Vec<Change>,
    /// Rows that could not be understood.
    pub failures: Vec<Failure>,
    /// Where to go on.
    pub next: Next,
}

impl Page {
    /// Adds a row: its record, or why there is none, with the platform's own object.
    pub fn take(&mut self, row: Result<Record, Unread>, raw: impl FnOnce() -> Box<RawValue>) {
        match row {
            Ok(record) => self.records.push(record),
            Err(unread) => self.failures.push(unread.failure(raw())),
        }
    }
}

/// Where a page says the next one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// The window is read to its end.
    #[default]
    Done,
    /// Same window, next page.
    Page(String),
    /// Every row before this instant is delivered. The engine starts a new window here, which keeps pages full; where
    /// that would not advance, it asks for `page` in the same window.
    Resume {
        /// The first instant that is not wholly delivered.
        from: DateTime<Utc>,
        /// The page's token in the present window.
        page: String,
    },
}

/// Records to fetch by key.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// The stream.
    pub stream: &'static StreamSpec,
    /// At most [`Details::batch`] changes, keys unique. `at` is the change list's word, for records that carry no
    /// time of their own; it is absent for records that are read again without a change.
    pub keys: Vec<Wanted>,
}

impl FetchRequest {
    /// Refuses a stream whose records do not come by key.
    ///
    /// # Errors
    /// `Unsupported` without [`StreamSpec::details`].
    pub fn only_by_key(&self) -> Result<()> {
        match self.stream.details {
            Some(_) => Ok(()),
            None => Err(Error::unsupported(&format!("fetching {} by key", self.stream.name))),
        }
    }

    /// What one call brings whole, each once and in order: the orders or parcels that `of` reads out of the keys. Keys that it
    /// reads nothing out of are left out, and so are noted as failed by the engine.
    pub fn wholes<'a>(&'a self, of: impl Fn(&'a str) -> Option<&'a str>) -> Vec<&'a str> {
        let mut wholes: Vec<&str> = self.keys.iter().filter_map(|wanted| of(&wanted.key)).collect();
        wholes.sort_unstable();
        wholes.dedup();
        wholes
    }
}

/// A record to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The record's key.
    pub key: String,
    /// When the change list says it changed.
    pub changed_at: Option<DateTime<Utc>>,
}

/// What `fetch` brought. Keys that the platform left out are in no list; the engine notes them as failed.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The records, in any order.
    pub records: Vec<Record>,
    /// Rows that could not be understood.
    pub failures: Vec<Failure>,
    /// Keys that the platform shows no more, where that is no failure: their rows are left as they are.
    pub gone: Vec<String>,
}

/// One seller account at one platform.
///
/// An implementation describes and translates: it never loops, sleeps, retries, refreshes or stores.
#[async_trait]
pub trait Connector: Debug + Send + Sync {
    /// What the connector can do.
    fn spec(&self) -> &'static Spec;

    /// Where requests go when they name a path only; no slash at the end.
    fn base_url(&self) -> &str;

    /// Names the application whose limits are shared, such as a client id; it is hashed before it is kept.
    fn application(&self) -> &str;

    /// What the platform's answers are written in. The request path tells by it whether a success holds an answer at all.
    fn format(&self) -> Format {
        Format::Json
    }

    /// Obtains a credential. The cache calls this, never twice at once; `stored` is what was persisted last time,
    /// good or not.
    ///
    /// # Errors
    /// Whatever the platform answers.
    async fn authorize(&self, http: &Unsigned<'_>, stored: Option<&Credential>) -> Result<Credential>;

    /// Puts the credential on one attempt of one request. Default: `Authorization: Bearer`.
    ///
    /// # Errors
    /// `Config` when the credential cannot be put on a request.
    fn sign(&self, request: &mut Request, credential: &Credential) -> Result<()> {
        request.bearer(credential)
    }

    /// Reads the platform's own error body, where it says more than the status does.
    fn fault(&self, _response: &Response) -> Option<Fault> {
        None
    }

    /// Reads what an answer says about the platform's limits.
    fn limits(&self, _response: &Response) -> LimitNotice {
        LimitNotice::default()
    }

    /// Proves the credential with the cheapest authenticated call.
    ///
    /// # Errors
    /// Whatever the platform answers.
    async fn check(&self, http: &Client) -> Result<()>;

    /// Reads one page of one stream.
    ///
    /// # Errors
    /// `Decode` when the page as a whole cannot be understood; single bad rows go into [`Page::failures`]. `TooWide`
    /// when the window holds more rows than the platform lets anyone page through.
    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page>;

    /// The lists of a [`SyncMode::Daily`] stream, in the order in which they are read; figures come before lists of
    /// rows that could be empty for good reason.
    fn day_lists(&self, _stream: &'static StreamSpec) -> Vec<DayList> {
        Vec::new()
    }

    /// Whether the credential reaches `stream`: `None`, or why it is left out, where the owner did not ask for it.
    ///
    /// # Errors
    /// `Permission` when the owner asked for it and the platform did not grant it.
    fn withheld(&self, _stream: &'static StreamSpec, _credential: &Credential) -> Result<Option<String>> {
        Ok(None)
    }

    /// Settings that the connector has found out by calling the platform, to be kept in the row.
    fn learned(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Where a person grants access in a browser; `None` where the row's secrets are all it takes. `state` comes back
    /// with the answer.
    fn consent(&self, _state: &str) -> Option<Consent> {
        None
    }

    /// Turns the code that a consent gave into a credential.
    ///
    /// # Errors
    /// Whatever the platform answers; `Unsupported` where there is no consent.
    async fn exchange(&self, _http: &Unsigned<'_>, _code: &Secret) -> Result<Credential> {
        Err(Error::unsupported("granting access in a browser"))
    }

    /// Carries out one batch of a declared command with one call, and says what the answer says of each action, in order.
    ///
    /// # Errors
    /// What befell the batch as a whole. A request that may change something is marked so ([`Request::writes`]); the path then
    /// tells by [`Error::is_in_doubt`] when nobody knows whether it did.
    async fn execute(&self, _http: &Client, command: &Command) -> Result<Receipt> {
        Err(Error::unsupported(&format!("the command {}", command.name.name())))
    }

    /// Looks at the platform and says of each action of a command, in order, whether it is in effect. Changes nothing.
    ///
    /// # Errors
    /// As for `read`.
    async fn inspect(&self, _http: &Client, command: &Command) -> Result<Vec<Finding>> {
        Err(Error::unsupported(&format!("the command {}", command.name.name())))
    }

    /// Fetches records by key, for streams with [`Details`].
    ///
    /// # Errors
    /// As for `read`.
    async fn fetch(&self, _http: &Client, request: &FetchRequest) -> Result<Fetched> {
        Err(Error::unsupported(&format!("fetching {} by key", request.stream.name)))
    }
}
