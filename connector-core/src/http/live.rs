//! The network; the only file that names reqwest.
#![expect(clippy::disallowed_types, reason = "this is the home of the HTTP client")]

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use super::{Lost, Response, Transport, Wire};
use crate::error::{Error, Result};

/// The largest body that is read; a page of 300 orders is below 1 MB.
const LARGEST_BODY: usize = 64 << 20;

/// Sends over the network. One for the process: it holds the connections.
#[derive(Clone, Debug)]
pub struct Live(reqwest::Client);

impl Live {
    /// A transport with TLS 1.2 and up, Mozilla's roots, the usual proxy variables and no redirects.
    ///
    /// # Errors
    /// `Config` when a proxy variable cannot be understood.
    pub fn new() -> Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let mut tls =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| Error::config(format!("TLS: {error}")))?
                .with_root_certificates(roots)
                .with_no_client_auth();
        // With a configuration of our own reqwest offers no HTTP/2 by itself.
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("commerce-runner/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(20))
            .timeout(Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(8)
            // Platforms drop idle connections after some seconds without saying so.
            .pool_idle_timeout(Duration::from_secs(4))
            .tcp_nodelay(true)
            .build()
            .map_err(|error| Error::config(format!("HTTP client: {}", root_cause(&error))))?;
        Ok(Self(client))
    }
}

#[async_trait]
impl Transport for Live {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let mut url = reqwest::Url::parse(&wire.url).map_err(|error| Lost {
            sent: false,
            reason: format!("the address is wrong: {error}"),
            hopeless: true,
        })?;
        if !wire.query.is_empty() {
            url.set_query(Some(&wire.query));
        }
        let mut request = self.0.request(wire.method, url).headers(wire.headers);
        if let Some(body) = wire.body {
            request = request.body(body);
        }
        let mut answer = request.send().await.map_err(|error| lost(&error))?;
        let status = answer.status();
        let headers = std::mem::take(answer.headers_mut());
        let expected = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut body = BytesMut::with_capacity(expected.min(LARGEST_BODY));
        loop {
            let chunk: Option<Bytes> = answer.chunk().await.map_err(|error| cut(&error, body.len()))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > LARGEST_BODY {
                let reason = format!("the answer is larger than {} MB", LARGEST_BODY >> 20);
                return Err(Lost { sent: true, reason, hopeless: true });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, headers, body: body.freeze() })
    }
}

fn lost(error: &reqwest::Error) -> Lost {
    let cause = root_cause(error);
    if error.is_connect() {
        let hopeless = cause.contains("certificate") || cause.contains("invalid peer");
        return Lost { sent: false, reason: format!("no connection: {cause}"), hopeless };
    }
    if error.is_timeout() {
        return Lost { sent: true, reason: "no answer in time".to_owned(), hopeless: false };
    }
    Lost { sent: true, reason: format!("the connection broke: {cause}"), hopeless: error.is_builder() }
}

fn cut(error: &reqwest::Error, got: usize) -> Lost {
    let what = if error.is_timeout() { "stalled" } else { "was cut off" };
    Lost { sent: true, reason: format!("the answer {what} after {got} bytes"), hopeless: false }
}

/// The innermost cause; the outer layers quote the address, whose query may hold ids.
fn root_cause(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
