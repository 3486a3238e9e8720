//! Fixture mode: a scenario of exchanges in place of the network. Everything above it runs as in api mode.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use encoding_rs::Encoding;
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

/// What a request must look like: the listed query keys and body members are compared, others are free. A body that is a text
/// must stand somewhere in the request's.
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
    /// What the body is sent in, so that it can be edited by hand whatever the platform speaks: `euc-kr`. UTF-8 unless named.
    #[serde(default)]
    charset: Option<String>,
}

impl Answer {
    /// The body as it goes over the wire.
    fn bytes(&self) -> Result<Bytes, String> {
        let Some(raw) = &self.body else { return Ok(Bytes::new()) };
        // A JSON text stands for a body that is no JSON, such as a page.
        let text = serde_json::from_str::<String>(raw.get());
        let text = text.as_deref().unwrap_or(raw.get());
        let Some(label) = &self.charset else { return Ok(Bytes::copy_from_slice(text.as_bytes())) };
        let encoding =
            Encoding::for_label(label.as_bytes()).ok_or_else(|| format!("{label:?} is no charset"))?;
        let (bytes, encoding, is_lossy) = encoding.encode(text);
        if is_lossy {
            return Err(format!("the body holds characters that {} lacks", encoding.name()));
        }
        Ok(Bytes::from(bytes.into_owned()))
    }
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
    /// `Config`, naming the line, or the entry whose body its charset cannot hold.
    pub fn parse(text: &str) -> Result<Self> {
        let scenario: Self =
            serde_json::from_str(text).map_err(|error| Error::config(format!("fixture: {error}")))?;
        for Exchange { request, response, .. } in &scenario.exchanges {
            response.bytes().map_err(|what| Error::config(format!("fixture: {request}: {what}")))?;
        }
        Ok(scenario)
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
        let words = String::from_utf8_lossy(wire.body.as_deref().unwrap_or_default());
        let exchanges = &self.scenario.exchanges;
        let fits = |index: &usize| {
            let asked = &exchanges[*index].request;
            asked.method == wire.method.as_str()
                && asked.path == path
                && asked.query.iter().all(|(name, value)| holds(&query, name, value))
                && asked.body.as_ref().is_none_or(|wanted| {
                    body.as_ref().is_some_and(|body| contains(body, wanted))
                        || wanted.as_str().is_some_and(|wanted| words.contains(wanted))
                })
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
        let body = answer.bytes().unwrap_or_default();
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(Response { status, headers, body })
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn wire(method: Method, path: &str, body: Option<&str>) -> Wire {
        let body = body.map(|body| Bytes::copy_from_slice(body.as_bytes()));
        Wire { method, url: format!("http://a{path}"), query: String::new(), headers: HeaderMap::new(), body }
    }

    fn scenario(exchanges: &str) -> Result<Scenario> {
        Scenario::parse(&format!(r#"{{"now": "2026-03-31T12:00:00.000+09:00", "exchanges": [{exchanges}]}}"#))
    }

    #[tokio::test]
    async fn a_body_is_sent_in_its_charset() {
        let entry = r#"{"request": {"method": "GET", "path": "/x"},
                        "response": {"status": 200, "body": "<a>똠가</a>", "charset": "euc-kr"}}"#;
        let fixture = Fixture::new("http://a", scenario(entry).expect("a scenario"));
        let answer = fixture.send(wire(Method::GET, "/x", None)).await.expect("an answer");
        assert_eq!(&answer.body[..], b"<a>\x8c\x63\xb0\xa1</a>");
    }

    #[test]
    fn a_body_that_its_charset_cannot_hold_is_refused() {
        for (body, charset, word) in [("가😀", "euc-kr", "EUC-KR lacks"), ("가", "euc-ko", "no charset")]
        {
            let entry = format!(
                r#"{{"request": {{"method": "GET", "path": "/x"}},
                     "response": {{"status": 200, "body": "{body}", "charset": "{charset}"}}}}"#
            );
            let error = scenario(&entry).expect_err("a body that cannot be sent");
            assert!(error.to_string().contains(word) && error.to_string().contains("GET /x"), "{error}");
        }
    }

    #[tokio::test]
    async fn requests_are_told_apart_by_a_piece_of_their_text() {
        let entry = |start: u32| {
            format!(
                r#"{{"request": {{"method": "POST", "path": "/x", "body": "<start>{start}</start>"}},
                     "response": {{"status": 200, "body": "from {start}"}}}}"#
            )
        };
        let fixture = scenario(&format!("{}, {}", entry(1), entry(11))).expect("a scenario");
        let fixture = Fixture::new("http://a", fixture);
        let body = Some("<a><start>11</start></a>");
        let answer = fixture.send(wire(Method::POST, "/x", body)).await.expect("an answer");
        assert_eq!(&answer.body[..], b"from 11");
        assert!(fixture.send(wire(Method::POST, "/x", Some("<start>2</start>"))).await.is_err());
    }
}
