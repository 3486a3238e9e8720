//! The path as a whole, on a scripted transport and a clock that jumps.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{Connector, Page, ReadRequest, Spec};
use crate::error::{ErrorKind, Result, Retry};

#[derive(Debug, Default)]
struct Shop {
    /// The times that requests bore when they were signed.
    signed: Arc<Mutex<Vec<DateTime<Utc>>>>,
}

static SPEC: Spec = Spec::reading(&[], &[]);

#[async_trait]
impl Connector for Shop {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn base_url(&self) -> &str {
        "http://shop.test/api"
    }
    fn application(&self) -> &str {
        "app"
    }
    async fn authorize(&self, http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        let response = http
            .send(|now| {
                Ok(Request::post("token", "/token").reads().form(&[("time", &now.timestamp().to_string())]))
            })
            .await?;
        let token: serde_json::Value = response.json()?;
        let text = token["token"].as_str().expect("the script sends a token").to_owned();
        let lapses = http.now() + TimeDelta::hours(3);
        Ok(Credential {
            access_token: Secret::new(text),
            expires_at: Some(lapses),
            renew_at: Some(lapses - TimeDelta::minutes(30)),
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        })
    }
    fn fault(&self, response: &Response) -> Option<Fault> {
        let body: serde_json::Value = response.json_lenient()?;
        let code = body["code"].as_str()?.to_owned();
        Some(Fault { refresh: code == "AUTHN", clock: code == "TIME", code: Some(code), ..Fault::default() })
    }
    fn sign(&self, request: &mut Request, credential: &Credential) -> Result<()> {
        self.signed.lock().unwrap().extend(request.at);
        request.bearer(credential)
    }
    async fn check(&self, _http: &Client) -> Result<()> {
        Ok(())
    }
    async fn read(&self, _http: &Client, _request: &ReadRequest) -> Result<Page> {
        Ok(Page::default())
    }
}

/// Answers from a list; keeps what was sent as `url authorization body`.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Response, Lost>>>,
    sent: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let authorization =
            wire.headers.get("authorization").map_or("-", |value| value.to_str().expect("ASCII"));
        let body = String::from_utf8_lossy(wire.body.as_deref().unwrap_or_default()).into_owned();
        let path = wire.url.trim_start_matches("http://shop.test/api");
        self.sent.lock().unwrap().push(format!("{path} {authorization} {body}"));
        self.answers.lock().unwrap().pop_front().expect("one more answer in the script")
    }
}

fn answer(status: u16, body: &str) -> Result<Response, Lost> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    Ok(Response { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body })
}

fn token(text: &str) -> Result<Response, Lost> {
    answer(200, &format!("{{\"token\": \"{text}\"}}"))
}

fn lost(sent: bool) -> Result<Response, Lost> {
    Err(Lost { sent, reason: "gone".into(), hopeless: false })
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn client(answers: Vec<Result<Response, Lost>>) -> (Client, Arc<Script>, Clock) {
    client_of(Shop::default(), answers)
}

fn client_of(shop: Shop, answers: Vec<Result<Response, Lost>>) -> (Client, Arc<Script>, Clock) {
    let script = Arc::new(Script { answers: Mutex::new(answers.into()), sent: Mutex::default() });
    let clock = Clock::scenario(start());
    let client = Client::new(ClientOptions {
        connector: Arc::new(shop),
        transport: Arc::clone(&script) as Arc<dyn Transport>,
        clock: clock.clone(),
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: CancellationToken::new(),
    });
    (client, script, clock)
}

#[tokio::test]
async fn a_token_is_obtained_once_and_signs_each_request() {
    let (client, script, _) = client(vec![token("t1"), answer(200, "{}"), answer(200, "{}")]);
    client.send(Request::get("list", "/list")).await.unwrap();
    client.send(Request::get("list", "/list")).await.unwrap();
    let sent = script.sent.lock().unwrap().clone();
    assert_eq!(sent, ["/token - time=1700000000", "/list Bearer t1 ", "/list Bearer t1 "]);
    assert_eq!(client.calls(), 3);
}

#[tokio::test]
async fn many_tasks_share_one_token_request() {
    let mut answers = vec![token("t1")];
    answers.extend((0..32).map(|_| answer(200, "{}")));
    let (client, script, _) = client(answers);
    let calls = (0..32).map(|_| client.send(Request::get("list", "/list")));
    for outcome in futures_util::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(script.sent.lock().unwrap().iter().filter(|line| line.starts_with("/token")).count(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_lapses() {
    let (client, script, clock) =
        client(vec![token("t1"), answer(200, "{}"), token("t2"), answer(200, "{}")]);
    client.send(Request::get("list", "/list")).await.unwrap();
    clock.advance(TimeDelta::minutes(151));
    client.send(Request::get("list", "/list")).await.unwrap();
    assert_eq!(script.sent.lock().unwrap().last().unwrap(), "/list Bearer t2 ");
}

#[tokio::test]
async fn a_refused_token_is_replaced_exactly_once() {
    let refused = || answer(401, r#"{"code": "AUTHN"}"#);
    let (client, script, _) = client(vec![token("t1"), refused(), token("t2"), refused()]);
    let error = client.send(Request::get("list", "/list")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Auth, Some("AUTHN")));
    assert_eq!(script.sent.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_read_is_repeated_with_growing_pauses() {
    let (client, script, clock) =
        client(vec![token("t"), answer(500, ""), lost(true), answer(503, ""), answer(200, "{}")]);
    client.send(Request::get("list", "/list")).await.unwrap();
    assert_eq!(script.sent.lock().unwrap().len(), 5);
    assert!(clock.now() - start() >= TimeDelta::seconds(7));
}

#[tokio::test]
async fn every_attempt_bears_its_own_time_when_it_is_signed() {
    let shop = Shop::default();
    let signed = Arc::clone(&shop.signed);
    let mut limited = answer(429, "").unwrap();
    limited.headers.insert("retry-after", HeaderValue::from_static("7"));
    let (client, ..) = client_of(shop, vec![token("t"), Ok(limited), answer(200, "{}")]);
    let request = Request::get("list", "/list");
    assert_eq!(request.at, None);
    client.send(request).await.unwrap();
    assert_eq!(*signed.lock().unwrap(), [start(), start() + TimeDelta::seconds(7)]);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_not_repeated() {
    for failure in [lost(true), answer(500, ""), answer(200, "<html>")] {
        let (client, script, _) = client(vec![token("t"), failure]);
        client.send(Request::post("ship", "/ship")).await.unwrap_err();
        assert_eq!(script.sent.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_write_that_never_left_or_was_refused_is_repeated() {
    for failure in [lost(false), answer(429, "")] {
        let (client, script, _) = client(vec![token("t"), failure, answer(200, "{}")]);
        client.send(Request::post("ship", "/ship")).await.unwrap();
        assert_eq!(script.sent.lock().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn retry_after_is_obeyed_to_the_second() {
    let mut limited = answer(429, "").unwrap();
    limited.headers.insert("retry-after", HeaderValue::from_static("17"));
    let (client, _, clock) = client(vec![token("t"), Ok(limited), answer(200, "{}")]);
    client.send(Request::get("list", "/list")).await.unwrap();
    assert_eq!(clock.now() - start(), TimeDelta::seconds(17));
}

#[tokio::test]
async fn a_page_in_place_of_json_is_tried_again_then_named() {
    let mut answers = vec![token("t")];
    answers.extend((0..6).map(|_| answer(200, "<html>maintenance</html>")));
    let (client, _, _) = client(answers);
    let error = client.send(Request::get("list", "/list")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("HTML"), "{error}");
}

#[tokio::test]
async fn a_wrong_clock_is_set_by_the_platforms_date_once() {
    let mut wrong = answer(400, r#"{"code": "TIME"}"#).unwrap();
    let real = start() + TimeDelta::minutes(9);
    wrong.headers.insert("date", HeaderValue::from_str(&real.to_rfc2822()).unwrap());
    let (client, script, _) = client(vec![Ok(wrong.clone()), token("t"), answer(200, "{}")]);
    client.send(Request::get("list", "/list")).await.unwrap();
    assert_eq!(script.sent.lock().unwrap()[1], format!("/token - time={}", real.timestamp()));

    let script = vec![Ok(wrong.clone()), Ok(wrong)];
    let (client, script, _) = self::client(script);
    let error = client.send(Request::get("list", "/list")).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), (Some("TIME"), Retry::Never));
    assert_eq!(script.sent.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_date_of_another_age_sets_no_clock() {
    for date in
        ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 262142 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"]
    {
        let mut wrong = answer(400, r#"{"code": "TIME"}"#).unwrap();
        wrong.headers.insert("date", HeaderValue::from_static(date));
        let (client, ..) = client(vec![Ok(wrong.clone()), Ok(wrong)]);
        let error = client.send(Request::get("list", "/list")).await.unwrap_err();
        assert_eq!(error.code(), Some("TIME"), "{date}");
        assert_eq!(client.clock_skew(), TimeDelta::zero(), "{date}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_asked_to_stop() {
    let stop = CancellationToken::new();
    let script = Arc::new(Script {
        answers: Mutex::new(vec![token("t"), answer(503, "")].into()),
        sent: Mutex::default(),
    });
    let client = Client::new(ClientOptions {
        connector: Arc::new(Shop::default()),
        transport: script,
        clock: Clock::system(),
        pace: None,
        policy: RetryPolicy { first: Duration::from_secs(3600), ..RetryPolicy::default() },
        credentials: None,
        stop: stop.clone(),
    });
    let (outcome, ()) = tokio::join!(client.send(Request::get("list", "/list")), async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        stop.cancel();
    });
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Interrupted);
}

/// Never answers.
#[derive(Debug)]
struct Silence;

#[async_trait]
impl Transport for Silence {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        if wire.url.ends_with("/token") { token("t") } else { std::future::pending().await }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_platform_does_not_keep_us_from_stopping_but_a_write_is_waited_for() {
    let stop = CancellationToken::new();
    let client = Client::new(ClientOptions {
        connector: Arc::new(Shop::default()),
        transport: Arc::new(Silence),
        clock: Clock::system(),
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: stop.clone(),
    });
    stop.cancel();
    let started = tokio::time::Instant::now();
    let error = client.send(Request::get("list", "/list")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(started.elapsed() < Duration::from_secs(10));
    let write = client.send(Request::post("ship", "/ship"));
    assert!(tokio::time::timeout(Duration::from_secs(60), write).await.is_err(), "its answer is waited for");
}
