//! The one request path: credential, pace, signature, transport, classification, refresh or retry.

mod classify;
mod client;
mod credential;
mod fixture;
mod format;
mod limit;
#[cfg(feature = "live")]
mod live;
mod message;
mod pace;
mod record;
mod renewal;
mod retry;
#[cfg(test)]
mod tests;
mod transport;

pub use client::{Client, ClientOptions, Unsigned};
pub use credential::{Credential, CredentialStore};
pub use fixture::{Fixture, Scenario};
pub use format::Format;
pub use limit::{Limit, LimitNotice, Scope};
#[cfg(feature = "live")]
pub use live::Live;
pub use message::{Request, Response, decode_reason};
pub use pace::{Before, CallsLeft, Pace, Permit};
pub use record::Recorder;
pub use renewal::{RenewalEnd, Turn};
pub use retry::RetryPolicy;
pub use transport::{Lost, Transport, Wire};

use crate::error::{ErrorKind, Retry, one_line};

/// What the platform's own error body says, where it says more than the status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The kind, where the body knows better than the status.
    pub kind: Option<ErrorKind>,
    /// The platform's code.
    pub code: Option<String>,
    /// What happened: the platform's words where they hold no personal data; empty for none.
    pub message: String,
    /// What a person should do.
    pub fix: Option<String>,
    /// Whether to retry, where the body knows better than the status.
    pub retry: Option<Retry>,
    /// The credential is no longer good: obtain another and repeat once.
    pub refresh: bool,
    /// The platform found our clock wrong: take the time from the answer's `Date` and make the request once more.
    pub clock: bool,
    /// The platform's trace id.
    pub trace_id: Option<String>,
}

impl Fault {
    /// What no repeat can help: its kind, what happened, and what a person should do.
    #[must_use]
    pub fn refused(kind: ErrorKind, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            kind: Some(kind),
            message: message.into(),
            fix: Some(fix.into()),
            retry: Some(Retry::Never),
            ..Self::default()
        }
    }

    /// The same with the platform's code; a blank one is none.
    #[must_use]
    pub fn coded(mut self, code: &str) -> Self {
        self.code = Some(one_line(code, 60)).filter(|code| !code.is_empty());
        self
    }
}
