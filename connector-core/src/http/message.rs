//! Requests and answers, as the path passes them on.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Credential;
use crate::config::Secret;
use crate::error::{Error, ErrorKind, Result};

/// A request, before it is signed.
///
/// `Debug` shows method, path and query names only.
#[derive(Clone)]
pub struct Request {
    /// What the request is, in logs and errors: `last-changed-statuses`. Limits are kept per operation.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// A path below the connector's base address, or a whole address.
    pub path: Cow<'static, str>,
    /// Query parameters, in order; encoded when sent (`+` as `%2B`).
    pub query: Vec<(&'static str, String)>,
    /// Headers beside those of transport and signature.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
    /// Whether sending it twice does the same as sending it once.
    pub idempotent: bool,
    /// When this attempt goes out, by the platform's clock where ours was found wrong: for signatures that bear a time.
    /// The path sets it anew before each attempt is signed; `None` until then.
    pub at: Option<DateTime<Utc>>,
}

impl Request {
    /// A `GET`, which is idempotent.
    #[must_use]
    pub fn get(operation: &'static str, path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            operation,
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            idempotent: true,
            at: None,
        }
    }

    /// A `POST`, which is not idempotent unless [`Request::reads`] says so.
    #[must_use]
    pub fn post(operation: &'static str, path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: Method::POST, idempotent: false, ..Self::get(operation, path) }
    }

    /// A `PUT`, which like a `POST` changes something: it is sent once, whatever HTTP says of the method.
    #[must_use]
    pub fn put(operation: &'static str, path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: Method::PUT, ..Self::post(operation, path) }
    }

    /// A `PATCH`, which like a `POST` changes something.
    #[must_use]
    pub fn patch(operation: &'static str, path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: Method::PATCH, ..Self::post(operation, path) }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a query parameter where there is a value for it.
    #[must_use]
    pub fn query_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Marks a request that changes nothing in spite of its method.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Marks a request that may change something in spite of its method.
    #[must_use]
    pub fn writes(mut self) -> Self {
        self.idempotent = false;
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// `Decode` when `body` cannot be written as JSON, which is a mistake of ours.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let bytes =
            serde_json::to_vec(body).map_err(|error| Error::decode(format!("request body: {error}")))?;
        self.body = Some(bytes.into());
        self.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    /// Sets a form body, parameters in the given order.
    #[must_use]
    pub fn form(mut self, parameters: &[(&str, &str)]) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.body = Some(text.into());
        self.headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        self
    }

    /// Sets a header whose value is kept out of every log.
    ///
    /// # Errors
    /// `Config` when the value cannot stand in a header; the value is not quoted.
    pub fn secret_header(&mut self, name: HeaderName, value: &str) -> Result<()> {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| Error::config(format!("the credential cannot stand in the {name} header")))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    /// Puts a bearer token on the request.
    ///
    /// # Errors
    /// `Config` when the token cannot stand in a header.
    pub fn bearer(&mut self, credential: &Credential) -> Result<()> {
        self.secret_header(
            http::header::AUTHORIZATION,
            &format!("Bearer {}", credential.access_token.expose()),
        )
    }

    /// Puts a name and a password on the request: `Authorization: Basic`.
    ///
    /// # Errors
    /// Never in practice: base64 can stand in a header.
    pub fn basic(&mut self, name: &Secret, password: &Secret) -> Result<()> {
        let pair = Secret::new(format!("{}:{}", name.expose(), password.expose()));
        let text = Secret::new(format!("Basic {}", BASE64.encode(pair.expose())));
        self.secret_header(http::header::AUTHORIZATION, text.expose())
    }

    /// The query as it is sent; empty without parameters.
    #[must_use]
    pub fn query_text(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.query.iter().map(|(name, _)| *name).collect();
        write!(f, "{} {} {names:?}", self.method, self.path)
    }
}

/// An answer. `Debug` shows status and size only.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// A header's text, if it is there and printable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A header's number, if it is there and one.
    #[must_use]
    pub fn header_number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.header(name)?.trim().parse().ok()
    }

    /// The body as `T`.
    ///
    /// # Errors
    /// `Decode`, naming the place, never the content; a body that is no JSON at all is named by what it looks like.
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| self.not_json(&error))
    }

    /// The body as `T`, or nothing; for error bodies that may have any shape.
    #[must_use]
    pub fn json_lenient<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    fn not_json(&self, error: &serde_json::Error) -> Error {
        let start = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let message = match start {
            None => "the answer is empty where JSON was expected".to_owned(),
            Some(b'<') => "the answer is HTML or XML where JSON was expected".to_owned(),
            Some(_) if error.is_eof() => format!("the answer is cut off after {} bytes", self.body.len()),
            Some(_) if error.is_syntax() => {
                format!("the answer is not JSON (line {}, column {})", error.line(), error.column())
            }
            Some(_) => decode_reason(error),
        };
        let retry = if matches!(start, None | Some(b'<')) || error.is_eof() || error.is_syntax() {
            crate::error::Retry::Backoff
        } else {
            crate::error::Retry::Never
        };
        Error::new(ErrorKind::Decode, message).with_retry(retry).with_status(self.status.as_u16())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

/// What is wrong with a value, by field and expected type; the value itself may be personal and is left out.
#[must_use]
pub fn decode_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(": ") {
        Some((what @ ("invalid type" | "invalid value"), rest)) => {
            let expected = rest.rsplit_once("expected ").map_or("another value", |(_, expected)| expected);
            format!("{what}, expected {expected}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Response {
        Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn a_plus_is_sent_as_percent_2b() {
        let request = Request::get("feed", "/feed").query("from", "2022-04-11T15:21:44.000+09:00");
        assert_eq!(request.query_text(), "from=2022-04-11T15%3A21%3A44.000%2B09%3A00");
        assert!(!format!("{request:?}").contains("2022"), "values stay out of Debug");
    }

    #[test]
    fn a_body_that_is_no_json_is_named_without_its_content() {
        for (body, expected) in [
            ("", "empty"),
            ("<html>hush</html>", "HTML"),
            ("[1, ", "cut off"),
            ("[hush]", "not JSON"),
            ("\"hush\"", "expected"),
        ] {
            let error = answer(body).json::<Vec<u8>>().expect_err(body);
            assert!(error.to_string().contains(expected), "{body}: {error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
