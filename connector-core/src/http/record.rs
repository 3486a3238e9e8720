//! Recording: live exchanges, blanked of secrets and personal data, as a scenario to replay.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fixture::Asked;
use super::{Lost, Response, Transport, Wire};
use crate::time::kst_text;
use crate::xml::{self, Element};

/// Headers worth keeping; all others may carry secrets or nothing of use.
const KEPT_HEADERS: &[&str] = &["content-type", "retry-after", "date"];

/// Headers whose name says that they speak of limits.
fn is_limit_header(name: &str) -> bool {
    ["ratelimit", "quota", "limit"].iter().any(|word| name.contains(word))
}

/// Passes requests on and keeps a blanked copy of each exchange.
#[derive(Clone, Debug)]
pub struct Recorder {
    inner: Arc<dyn Transport>,
    base_url: String,
    personal: &'static [&'static str],
    exchanges: Arc<Mutex<Vec<Value>>>,
    blanked: Arc<AtomicUsize>,
}

impl Recorder {
    /// Records what goes through `inner`. Values of JSON members and XML elements named in `personal`, at any depth, are
    /// blanked.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>, base_url: &str, personal: &'static [&'static str]) -> Self {
        Self {
            inner,
            base_url: base_url.to_owned(),
            personal,
            exchanges: Arc::default(),
            blanked: Arc::default(),
        }
    }

    /// The scenario recorded so far, pretty-printed.
    #[must_use]
    pub fn scenario(&self, now: DateTime<Utc>) -> String {
        let exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        let scenario = json!({"now": kst_text(now), "exchanges": *exchanges});
        serde_json::to_string_pretty(&scenario).expect("a JSON value is always printable")
    }

    /// How many exchanges were recorded, and how many values blanked.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        (exchanges.len(), self.blanked.load(Ordering::Relaxed))
    }

    fn keep(&self, wire: &Wire, response: &Response) {
        let path = wire.url.strip_prefix(&self.base_url).unwrap_or(&wire.url).to_owned();
        let query: Map<String, Value> = url::form_urlencoded::parse(wire.query.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        // Forms carry secrets and are not kept; JSON and XML bodies carry ids, which tell requests apart.
        let body = wire.body.as_ref().and_then(|body| match body.first() {
            Some(b'<') => Some(Value::String(std::str::from_utf8(body).ok()?.to_owned())),
            _ => serde_json::from_slice::<Value>(body).ok(),
        });
        let asked = Asked { method: wire.method.to_string(), path, query, body };
        let headers: Map<String, Value> = response
            .headers
            .iter()
            .filter(|(name, _)| KEPT_HEADERS.contains(&name.as_str()) || is_limit_header(name.as_str()))
            .filter_map(|(name, value)| {
                Some((name.to_string(), Value::String(value.to_str().ok()?.to_owned())))
            })
            .collect();
        let mut answer = json!({"status": response.status.as_u16(), "headers": headers});
        if let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) {
            self.blanked.fetch_add(blank(&mut body, self.personal), Ordering::Relaxed);
            answer["body"] = body;
        } else if let Some((text, blanked)) = blanked_xml(response, self.personal) {
            self.blanked.fetch_add(blanked, Ordering::Relaxed);
            if xml::encode(&text).lost.is_empty() {
                answer["charset"] = "euc-kr".into();
            }
            answer["body"] = text.into();
        } else {
            // A page may hold anything.
            answer["body"] = "<html>not recorded</html>".into();
        }
        let exchange = json!({"request": asked, "response": answer});
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

/// An XML answer with blanked values, and how many; nothing where it is none, or a page.
fn blanked_xml(response: &Response, personal: &[&str]) -> Option<(String, usize)> {
    let root = Element::parse(&xml::decode(response).ok()?).ok()?;
    if root.name().eq_ignore_ascii_case("html") {
        return None;
    }
    let mut body = serde_json::from_str(root.json().get()).ok()?;
    let blanked = blank(&mut body, personal);
    Some((Element::of_json(root.name(), &body).markup(), blanked))
}

/// Replaces personal values by blanks of the same type, leaf by leaf; returns how many.
fn blank(value: &mut Value, personal: &[&str]) -> usize {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .map(|(name, member)| match personal.contains(&name.as_str()) {
                true => blank_leaves(member),
                false => blank(member, personal),
            })
            .sum(),
        Value::Array(items) => items.iter_mut().map(|item| blank(item, personal)).sum(),
        _ => 0,
    }
}

fn blank_leaves(value: &mut Value) -> usize {
    match value {
        Value::String(text) => *text = "redacted".to_owned(),
        Value::Number(number) => *number = 0.into(),
        Value::Array(items) => return items.iter_mut().map(blank_leaves).sum(),
        Value::Object(members) => return members.values_mut().map(blank_leaves).sum(),
        Value::Bool(_) | Value::Null => return 0,
    }
    1
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let response = self.inner.send(wire.clone()).await?;
        self.keep(&wire, &response);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::http::Scenario;

    #[derive(Debug)]
    struct Korean(&'static str);

    #[async_trait]
    impl Transport for Korean {
        async fn send(&self, _: Wire) -> Result<Response, Lost> {
            let body = Bytes::from(xml::encode(self.0).bytes);
            Ok(Response { status: StatusCode::OK, headers: HeaderMap::new(), body })
        }
    }

    async fn recorded(body: &'static str) -> (Value, usize) {
        let recorder = Recorder::new(Arc::new(Korean(body)), "http://a", &["ordNm"]);
        let wire = Wire {
            method: http::Method::GET,
            url: "http://a/orders".to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Some(Bytes::from_static(b"<Search><start>1</start></Search>")),
        };
        recorder.send(wire).await.expect("an answer");
        let text = recorder.scenario(DateTime::default());
        Scenario::parse(&text).expect("a scenario that can be replayed");
        let scenario: Value = serde_json::from_str(&text).expect("JSON");
        (scenario["exchanges"][0].clone(), recorder.counts().1)
    }

    #[tokio::test]
    async fn xml_is_kept_without_personal_texts() {
        let body = "<ns2:orders xmlns:ns2=\"x\"><order><ordNm>홍길동</ordNm><prdNm>똠얌</prdNm></order></ns2:orders>";
        let (exchange, blanked) = recorded(body).await;
        let kept = "<orders><order><ordNm>redacted</ordNm><prdNm>똠얌</prdNm></order></orders>";
        assert_eq!((exchange["response"]["body"].as_str(), blanked), (Some(kept), 1));
        assert_eq!(exchange["response"]["charset"], "euc-kr");
        assert_eq!(exchange["request"]["body"], "<Search><start>1</start></Search>");
    }

    #[tokio::test]
    async fn a_page_is_not_kept() {
        for page in ["<html><body>홍길동</body></html>", "홍길동", "<html><br>"] {
            let (exchange, _) = recorded(page).await;
            assert!(!exchange.to_string().contains("홍길동"), "{page}");
        }
    }
}
