//! What the readers of plain texts promise, as functions of bytes: property tests and fuzz targets call them. They
//! panic where a promise is broken.

use std::sync::LazyLock;

use connector_core::config::{COMMON_FIELDS, take_common};
use connector_core::conformance::distort::{Choices, Node, distorted};
use connector_core::http::{Fixture, Scenario, Transport as _, Wire};
use connector_core::lenient::{Lenient, Text, Whole};
use connector_core::sync::Checkpoint;
use connector_core::time::{floor_millis, kst_date, kst_text, parse_kst};
use connector_core::{Field, FieldKind};
use serde_json::{Map, Value, json};

/// A scalar, at times one that a platform could send, at times noise.
fn scalar(choices: &mut Choices<'_>) -> String {
    let noise = |choices: &Choices<'_>| String::from_utf8_lossy(choices.rest()).into_owned();
    match choices.below(4) {
        0 => noise(choices),
        1 => Value::from(noise(choices)).to_string(),
        _ => {
            let mut node = Node::of(&json!("2026-03-05T10:00:00+09:00"));
            node.distort(choices);
            node.text()
        }
    }
}

/// A whole number is read to the digit or not at all; a text as it stands.
pub fn any_scalar(bytes: &[u8]) {
    let raw = scalar(&mut Choices::new(bytes));
    let exact = Node::Scalar(raw.trim().to_owned()).whole();
    if let Ok(Whole::Is(read)) = serde_json::from_str::<Whole>(&raw) {
        // A double has some sixteen digits; within the amounts that are taken they tell hundredths apart.
        let text = serde_json::from_str::<String>(&raw).unwrap_or_else(|_| raw.clone());
        let number = text.trim();
        let near = number.parse::<f64>().is_ok_and(|number| (number - read as f64).abs() < 0.01);
        let is_double = number.contains(['e', 'E']) || !raw.contains('"') && raw.len() > 15;
        assert!(
            exact == Some(read) || is_double && near && read.unsigned_abs() < 1 << 45,
            "{raw} is read as {read}"
        );
    }
    if let Ok(Lenient::Is(text)) = serde_json::from_str::<Text<'_>>(&raw) {
        match serde_json::from_str::<Value>(&raw).expect("it was read as JSON") {
            Value::String(sent) => assert_eq!(text, sent),
            sent => assert_eq!(text, sent.to_string()),
        }
    }
}

/// A time is an instant that can be written in its 29 characters and read back; a date without a zone stays its day.
pub fn any_time(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let raw = scalar(&mut choices);
    let text = serde_json::from_str::<String>(&raw).unwrap_or(raw);
    let Some(at) = parse_kst(&text) else { return };
    let written = kst_text(at);
    assert_eq!(written.len(), 29, "{text} is written as {written}");
    assert_eq!(parse_kst(&written), Some(floor_millis(at)), "{text}");
    assert_eq!(kst_date(at).to_string(), written[..10]);
    let text = text.trim();
    if !text[10..].contains(['+', '-', 'Z', 'z']) {
        assert_eq!(written[..10], text[..10], "a Korean day became another");
    }
}

/// A checkpoint of any make is read as it will be written, or refused.
pub fn any_checkpoint(bytes: &[u8]) {
    static SAMPLE: LazyLock<Node> = LazyLock::new(|| {
        let window = json!({"from": "2026-02-15T01:00:00.583Z", "to": "2026-02-16T01:00:00Z"});
        let pending = json!([["2026021512345601", 1_771_117_200_583_i64], ["2", 0]]);
        let run = json!({"range": window, "window": window, "page": "x|1", "pending": pending});
        Node::of(&json!({"through": "2026-02-15T01:00:00Z", "run": run}))
    });
    let mut choices = Choices::new(bytes);
    let text = match choices.below(4) {
        0 => choices.rest().to_vec(),
        _ => distorted(SAMPLE.clone(), &mut choices),
    };
    let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(&text) else { return };
    let again = serde_json::to_string(&checkpoint).expect("a checkpoint can be written");
    assert_eq!(serde_json::from_str::<Checkpoint>(&again).expect("what was written"), checkpoint);
}

/// A scenario of any make is replayed or refused.
pub fn any_scenario(bytes: &[u8]) {
    static SAMPLE: LazyLock<Node> = LazyLock::new(|| {
        let request = json!({"method": "GET", "path": "/orders", "query": {"since": "2026-03-01"}});
        let asked = json!({"method": "POST", "path": "/query", "body": {"ids": ["1"]}});
        let headers = json!({"retry-after": "2", "x-left": 7});
        Node::of(&json!({"now": "2026-03-31T12:00:00.000+09:00", "exchanges": [
            {"request": request, "response": {"status": 429, "headers": headers, "body": {"error": "slow down"}}},
            {"request": asked, "response": {"status": 200, "body": "<html>"}, "repeat": true},
        ]}))
    });
    let mut choices = Choices::new(bytes);
    let text = match choices.below(4) {
        0 => choices.rest().to_vec(),
        _ => distorted(SAMPLE.clone(), &mut choices),
    };
    let Ok(scenario) = Scenario::parse(&String::from_utf8_lossy(&text)) else { return };
    let fixture = Fixture::new("http://shop.test", scenario);
    assert_eq!(kst_text(fixture.now()).len(), 29);
    let entries = fixture.unused().len();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (method, path, query, body) in
        [("GET", "/orders", "since=2026-03-01&x=%FF", ""), ("POST", "/query", "", r#"{"ids":["1"]}"#)]
    {
        let wire = Wire {
            method: method.parse().expect("a method"),
            url: format!("http://shop.test{path}"),
            query: query.to_owned(),
            headers: http::HeaderMap::new(),
            body: Some(body.into()),
        };
        drop(runtime.block_on(fixture.send(wire)));
    }
    assert!(fixture.unused().len() <= entries);
}

/// A setting that is taken is within its bounds; one that is refused shows no secret.
pub fn any_setting(bytes: &[u8]) {
    const CANARY: &str = "hush-canary-7f3a";
    let mut choices = Choices::new(bytes);
    let words: &[&str] = &["auto", "off"];
    let kind = choices.of(&[FieldKind::Text, FieldKind::Url, FieldKind::Integer(-3, 7), FieldKind::Boolean]);
    let kind = [kind, FieldKind::Choice(&["auto", "off"]), FieldKind::Secret][choices.below(3)];
    let field = Field { name: "field", label: "", help: "", kind, required: false, default: None, env: None };
    let noise = String::from_utf8_lossy(choices.rest()).into_owned();
    let text = match choices.below(6) {
        0 => format!("http://user:{CANARY}@{noise}"),
        1 => format!("https://{noise}?key={CANARY}"),
        2 => format!("{noise}://{CANARY}"),
        3 => {
            choices.of(&["7", "8", "-3", "-4", "+7", "true", "auto", "http://127.0.0.1:1/x/", "٣"]).to_owned()
        }
        _ => noise,
    };
    match (field.parse(&text), kind) {
        (Ok(value), FieldKind::Integer(least, most)) => {
            assert!(value.as_i64().is_some_and(|number| (least..=most).contains(&number)), "{text}");
        }
        (Ok(value), FieldKind::Url) => {
            let address = value.as_str().expect("a text");
            assert!(
                !address.ends_with('/') && !address.contains(CANARY) || !address.contains('@'),
                "{address}"
            );
            assert!(address[..8.min(address.len())].to_ascii_lowercase().starts_with("http"), "{address}");
        }
        (Ok(value), FieldKind::Choice(_)) => assert!(words.contains(&value.as_str().expect("a word"))),
        (Ok(_), _) => {}
        (Err(error), FieldKind::Url | FieldKind::Secret) => {
            let shown = format!("{error} {error:?} {}", error.fix());
            assert!(!shown.contains(CANARY), "{shown}");
        }
        (Err(error), _) => assert!(error.to_string().contains("field")),
    }
    common(bytes);
}

fn common(bytes: &[u8]) {
    let mut node = Node::of(&json!({"lookback_days": 7, "overlap_minutes": "5", "pace": "off", "own": [1]}));
    let mut choices = Choices::new(bytes);
    for _ in 0..=choices.below(3) {
        node.distort(&mut choices);
    }
    let Ok(mut config) = serde_json::from_str::<Map<String, Value>>(&node.text()) else { return };
    let Ok(common) = take_common(&mut config) else { return };
    assert!((1..=366).contains(&common.lookback_days), "{common:?}");
    assert!(common.overlap_minutes.is_none_or(|minutes| (0..=1440).contains(&minutes)), "{common:?}");
    assert!(COMMON_FIELDS.iter().all(|field| !config.contains_key(field.name)));
}
