//! Requests taken apart, and the two envelopes of errors.

use std::collections::BTreeMap;

use axum::http::{Method, header};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::serve::Received;

/// A request, taken apart.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    query: BTreeMap<String, String>,
    form: BTreeMap<String, String>,
    pub(super) authorization: String,
    pub(super) body: Value,
}

impl Asked {
    pub(super) fn new(received: &Received) -> Self {
        let pairs = |bytes: &[u8]| url::form_urlencoded::parse(bytes).into_owned().collect();
        Self {
            method: received.method.clone(),
            path: received.path.clone(),
            query: pairs(received.query.as_bytes()),
            form: pairs(&received.body),
            authorization: received.header(header::AUTHORIZATION).to_owned(),
            body: serde_json::from_slice(&received.body).unwrap_or_default(),
        }
    }

    pub(super) fn query(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn form(&self, name: &str) -> &str {
        self.form.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn has_in_form(&self, name: &str) -> bool {
        self.form.contains_key(name)
    }

    pub(super) fn bearer(&self) -> &str {
        self.authorization.strip_prefix("Bearer ").unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str, default: usize) -> usize {
        self.query(name).parse().unwrap_or(default)
    }
}

pub(super) fn reply(status: u16, body: &Value) -> Answer {
    Answer { content_type: "application/json", ..Answer::json(status, body.to_string()) }
}

/// The envelope of both APIs.
pub(super) fn error(status: u16, message: &str) -> Answer {
    reply(status, &json!({"error": {"code": status, "message": message, "more_info": {}}}))
}

/// The flat form of the token endpoint.
pub(super) fn oauth_error(status: u16, error: &str, description: &str) -> Answer {
    reply(status, &json!({"error": error, "error_description": description}))
}
