//! The connector on a platform that answers what a test says.

mod calls;
mod fixture;
mod odd;
mod samples;

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use connector_core::clock::Clock;
use connector_core::http::{ClientOptions, Lost, RetryPolicy, Transport, Wire};
use connector_core::time::parse_kst;
use connector_core::xml;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::*;

/// What stands before the platform's paths.
const HERE: &str = "http://127.0.0.1:9/rest";

/// A platform that knows an answer to some paths, and keeps what it was asked. Answers to one path are given in order, the
/// last one for ever.
#[derive(Debug, Default)]
pub(crate) struct Market {
    answers: Mutex<HashMap<String, Vec<(u16, String)>>>,
    asked: Mutex<Vec<Wire>>,
}

impl Market {
    /// The same with one more answer, to `METHOD path`.
    pub(crate) fn with(self, ask: &str, body: impl Into<String>) -> Self {
        self.with_status(ask, 200, body)
    }

    pub(crate) fn with_status(self, ask: &str, status: u16, body: impl Into<String>) -> Self {
        self.answers
            .lock()
            .expect("not poisoned")
            .entry(ask.to_owned())
            .or_default()
            .push((status, body.into()));
        self
    }

    /// A client of this market, at noon of a day with many samples.
    pub(crate) fn open(self) -> (Client, Arc<Self>) {
        let market = Arc::new(self);
        let config = json!({"api_key": "hush0000000000000000000000000key", "base_url": HERE});
        let settings = Settings::of(config).expect("good settings");
        let client = Client::new(ClientOptions {
            connector: Arc::new(EleventhStreet { settings }),
            transport: Arc::clone(&market) as Arc<dyn Transport>,
            clock: Clock::scenario(parse_kst("2026-01-20 12:00:00").expect("a time")),
            pace: None,
            policy: RetryPolicy::default(),
            credentials: None,
            stop: Default::default(),
        });
        (client, market)
    }

    /// What was asked, as `METHOD path`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.wires().iter().map(name).collect()
    }

    pub(crate) fn wires(&self) -> Vec<Wire> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

fn name(wire: &Wire) -> String {
    format!("{} {}", wire.method, wire.url.strip_prefix(HERE).unwrap_or(&wire.url))
}

#[async_trait]
impl Transport for Market {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let ask = name(&wire);
        self.asked.lock().expect("not poisoned").push(wire);
        let mut answers = self.answers.lock().expect("not poisoned");
        let Some(known) = answers.get_mut(&ask) else {
            return Err(Lost { sent: false, reason: format!("nobody answers {ask}"), hopeless: true });
        };
        let (status, body) = if known.len() > 1 { known.remove(0) } else { known[0].clone() };
        if body == LOST {
            return Err(Lost { sent: true, reason: "the connection broke".to_owned(), hopeless: false });
        }
        let status = StatusCode::from_u16(status).expect("a status");
        Ok(Response { status, headers: HeaderMap::new(), body: Bytes::from(xml::encode(&body).bytes) })
    }
}

/// Stands for an answer that never arrives.
pub(crate) const LOST: &str = "(lost)";

/// A list of rows, each of its elements.
pub(crate) fn list(rows: &[&str]) -> String {
    let rows: String = rows.iter().map(|row| format!("<ns2:order>{row}</ns2:order>")).collect();
    format!("<?xml version=\"1.0\" encoding=\"euc-kr\"?><ns2:orders xmlns:ns2=\"x\">{rows}</ns2:orders>")
}

pub(crate) const NONE: &str = "<ns2:orders xmlns:ns2=\"x\"><ns2:result_code>0</ns2:result_code></ns2:orders>";

/// The row of a line of the order 20260115000123401, with its status.
pub(crate) fn line(seq: u32, status: &str, more: &str) -> String {
    format!(
        "<ordNo>20260115000123401</ordNo><ordPrdSeq>{seq}</ordPrdSeq><ordPrdStat>{status}</ordPrdStat>\
         <ordDt>2026-01-15 09:12:03</ordDt><ordAmt>1,000</ordAmt><dlvNo>2600001234</dlvNo>{more}"
    )
}
