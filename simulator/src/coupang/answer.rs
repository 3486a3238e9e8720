//! The envelopes: of the gateway, of the order and claim calls, of the product calls.

use serde_json::{Value, json};

use super::settings::{Codes, LastToken, Settings};
use crate::answer::Answer;

/// An answer with that value as its body.
pub(super) fn body(status: u16, value: &Value) -> Answer {
    Answer::json(status, value.to_string())
}

/// The gateway's own words: `{code, message, transactionId}`.
pub(super) fn gateway(status: u16, code: &str, message: &str, number: u64) -> Answer {
    body(status, &json!({"code": code, "message": message, "transactionId": transaction(number)}))
}

/// A transaction's id; the same call has the same one in every run.
pub(super) fn transaction(number: u64) -> String {
    format!("78dcba12-7e64-400a-8f1d-{:012x}", number & 0xffff_ffff_ffff)
}

fn code(settings: &Settings, in_list: bool) -> Value {
    match settings.codes {
        Codes::Numbers => json!(200),
        Codes::Texts => json!("200"),
        Codes::Documented if in_list => json!(200),
        Codes::Documented => json!("200"),
    }
}

/// What a page says of the next one.
pub(super) fn token(settings: &Settings, next: Option<String>) -> Value {
    match (next, settings.last_token) {
        (Some(next), _) => next.into(),
        (None, LastToken::Empty) => "".into(),
        (None, LastToken::Null) => Value::Null,
    }
}

/// A list of the order or claim calls, with what its last members say of the next page.
pub(super) fn list(
    settings: &Settings,
    rows: Vec<Value>,
    more: impl IntoIterator<Item = (&'static str, Value)>,
) -> Answer {
    let count = rows.len();
    let mut said = json!({"code": code(settings, true), "message": "OK", "data": rows});
    for (name, value) in more {
        said[name] = value;
    }
    body(200, &said).with_rows(count)
}

/// Anything else that an order or claim call answers.
pub(super) fn one(settings: &Settings, data: &Value) -> Answer {
    body(200, &json!({"code": code(settings, false), "message": "OK", "data": data}))
}

/// Whether something was done, and in words.
pub(super) fn outcome(settings: &Settings, done: bool, message: &str) -> Answer {
    let word = if done { "SUCCESS" } else { "FAIL" };
    one(settings, &json!({"resultCode": word, "resultMessage": message}))
}

/// The order or claim calls refuse.
pub(super) fn refused(message: &str) -> Answer {
    body(400, &json!({"code": 400, "message": message, "data": null}))
}

/// The product calls agree.
pub(super) fn seller(message: &str, data: &Value) -> Answer {
    body(200, &json!({"code": "SUCCESS", "message": message, "data": data}))
}

/// The product calls refuse, which they may do with 200.
pub(super) fn seller_refused(status: u16, message: &str) -> Answer {
    body(status, &json!({"code": "ERROR", "message": message, "data": null}))
}
