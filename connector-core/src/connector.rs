//! What a platform crate implements: capabilities as data, behaviour as a few functions.

use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::carrier::CarrierCode;
use crate::command::{Command, CommandName, CommandSpec, Finding, Receipt};
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::http::{Client, Credential, Fault, Format, Limit, LimitNotice, Request, Response, Unsigned};
use crate::record::Recipient;

mod page;
mod stream;

pub use page::{FetchRequest, Fetched, Next, Page, Place, ReadRequest, View, Wanted};
pub use stream::{Census, DayList, Details, Figures, Reread, StreamSpec, SyncMode};

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
