//! Fixture mode: a scenario of exchanges in place of the network. Everything above it runs as in api mode.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Lost, Response, Transport, Wire};
use crate::error::{Error, Result};
use crate::time::parse_kst;

/// A list of exchanges and the instant at which they happen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What time it is in the scenario.
    #[serde(deserialize_with = "instant")]
    pub now: DateTime<Utc>,
    exchanges: Vec<Exchange>,
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_kst(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no time")))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Asked,
    response: Answer,
    /// May be served any number of times, when no other entry matches.
    #[serde(default)]
    repeat: bool,
}

/// What a request must look like: the listed query keys and body members are compared, others are free.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) query: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    /// JSON, or a text that is sent as it is.
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// Bodies may hold personal data.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// `Config`, naming the line.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::config(format!("fixture: {error}")))
    }

    /// Path, query, status and body of each exchange, in order.
    #[cfg(feature = "conformance")]
    pub(crate) fn exchanges(
        &self,
    ) -> impl Iterator<Item = (&str, &Map<String, Value>, u16, Option<&RawValue>)> {
        self.exchanges.iter().map(|Exchange { request, response, .. }| {
            (request.path.as_str(), &request.query, response.status, response.body.as_deref())
        })
    }
}

/// Replays a scenario. Cloning shares what has been served.
#[derive(Clone, Debug)]
pub struct Fixture {
    base_url: String,
    scenario: Arc<Scenario>,
    served: Arc<Mutex<Vec<u32>>>,
}

impl Fixture {
    /// A replay from the beginning, for a connector at `base_url`.
    #[must_use]
    pub fn new(base_url: &str, scenario: Scenario) -> Self {
        let served = Arc::new(Mutex::new(vec![0; scenario.exchanges.len()]));
        Self { base_url: base_url.to_owned(), scenario: Arc::new(scenario), served }
    }

    /// A replay of the same scenario from the beginning, which shares nothing of what has been served.
    #[must_use]
    pub fn rewound(&self) -> Self {
        let served = Arc::new(Mutex::new(vec![0; self.scenario.exchanges.len()]));
        Self { base_url: self.base_url.clone(), scenario: Arc::clone(&self.scenario), served }
    }

    /// What time it is in the scenario.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.scenario.now
    }

    /// Entries that were never served, as `METHOD path`; entries that may repeat are left out.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let exchanges = self.scenario.exchanges.iter().zip(served.iter());
        exchanges
            .filter(|(exchange, count)| **count == 0 && !exchange.repeat)
            .map(|(exchange, _)| exchange.request.to_string())
            .collect()
    }

    fn serve(&self, wire: &Wire) -> Option<usize> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let path = wire.url.strip_prefix(&self.base_url).unwrap_or(&wire.url);
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(wire.query.as_bytes()).into_owned().collect();
        let body: Option<Value> = wire.body.as_ref().and_then(|body| serde_json::from_slice(body).ok());
        let exchanges = &self.scenario.exchanges;
        let fits = |index: &usize| {
            let asked = &exchanges[*index].request;
            asked.method == wire.method.as_str()
                && asked.path == path
                && asked.query.iter().all(|(name, value)| holds(&query, name, value))
                && asked
                    .body
                    .as_ref()
                    .is_none_or(|wanted| body.as_ref().is_some_and(|body| contains(body, wanted)))
        };
        let once =
            (0..exchanges.len()).filter(|index| !exchanges[*index].repeat && served[*index] == 0).find(fits);
        let found =
            once.or_else(|| (0..exchanges.len()).filter(|index| exchanges[*index].repeat).find(fits))?;
        served[found] += 1;
        Some(found)
    }

    /// The entry of the same path that is nearest, for the message of a request that fits none.
    fn nearest(&self, wire: &Wire) -> String {
        let path = wire.url.strip_prefix(&self.base_url).unwrap_or(&wire.url);
        let near = self.scenario.exchanges.iter().find(|exchange| exchange.request.path == path);
        near.map_or_else(
            || "none has this path".to_owned(),
            |exchange| format!("nearest: {}", exchange.request),
        )
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.query {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

fn holds(query: &[(String, String)], name: &str, value: &Value) -> bool {
    query.iter().any(|(key, found)| {
        // `Value` compares with a text only where it is one; numbers and booleans are written as JSON writes them.
        key == name && (value == found || !value.is_string() && value.to_string().as_str() == found)
    })
}

/// Whether every member of `wanted` stands in `body`; lists are compared whole.
fn contains(body: &Value, wanted: &Value) -> bool {
    match (body, wanted) {
        (Value::Object(body), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| body.get(name).is_some_and(|found| contains(found, value)))
        }
        _ => body == wanted,
    }
}

#[async_trait]
impl Transport for Fixture {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let Some(index) = self.serve(&wire) else {
            let query = if wire.query.is_empty() { String::new() } else { format!("?{}", wire.query) };
            let reason = format!(
                "the fixture has no entry for {} {}{query}; {}",
                wire.method,
                wire.url,
                self.nearest(&wire)
            );
            return Err(Lost { sent: false, reason, hopeless: true });
        };
        let answer = &self.scenario.exchanges[index].response;
        let mut headers = HeaderMap::new();
        for (name, value) in &answer.headers {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(text))
            {
                headers.insert(name, value);
            }
        }
        let body = match &answer.body {
            None => Bytes::new(),
            // A JSON text stands for a body that is no JSON, such as a page.
            Some(raw) => match serde_json::from_str::<String>(raw.get()) {
                Ok(text) => Bytes::from(text),
                Err(_) => Bytes::copy_from_slice(raw.get().as_bytes()),
            },
        };
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(Response { status, headers, body })
    }
}
