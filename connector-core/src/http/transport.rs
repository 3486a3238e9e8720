//! The last step of the path: it sends one request once.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};

use super::Response;

/// A request as it goes over the wire.
#[derive(Clone)]
pub struct Wire {
    /// The method.
    pub method: Method,
    /// The whole address without query; free of secrets.
    pub url: String,
    /// The encoded query, without `?`.
    pub query: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
}

/// Shows method and address; query, headers and body may hold what must not be seen.
impl Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// How a request got lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Whether the platform can have seen it: false when no connection came about.
    pub sent: bool,
    /// What happened, free of addresses and secrets.
    pub reason: String,
    /// Whether sending it again may help; a wrong certificate stays wrong.
    pub hopeless: bool,
}

/// Sends one request once: over the network, or out of a fixture.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends and returns whatever answer comes, of any status.
    ///
    /// # Errors
    /// When no answer came.
    async fn send(&self, wire: Wire) -> Result<Response, Lost>;
}
