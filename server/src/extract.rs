//! Reading what was sent: bodies, parameters, ids. What cannot be read is told as a [`Problem`].

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::problem::{InputError, Problem};

/// A body that takes longer is not waited for.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

/// A JSON body, or its default where none is sent.
pub(crate) struct MaybeBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let bytes = bytes(request, state).await?;
        if !is_json {
            return Err(Problem::unsupported_media_type());
        }
        read(&bytes).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let bytes = bytes(request, state).await?;
        match bytes.trim_ascii() {
            b"" => Ok(Self(T::default())),
            _ if !is_json => Err(Problem::unsupported_media_type()),
            b"null" => Ok(Self(T::default())),
            _ => read(&bytes).map(Self),
        }
    }
}

/// Whether the request says that its body is JSON.
pub(crate) fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Reads a body as far as it may be read.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_WITHIN, Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(BytesRejection::FailedToBufferBody(failed))) if failed.status() == 413 => {
            Err(Problem::too_large())
        }
        Ok(Err(_)) => Err(Problem::malformed("the body did not arrive whole")),
        Err(_) => Err(Problem::malformed("the body did not arrive in time")),
    }
}

/// Reads JSON; what is wrong is named by a JSON pointer. Values are not quoted: one may be a secret.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would take a list, its items for the members in their order.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Problem::invalid_input(vec![InputError::at("", "takes an object, not a list")]));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            use serde_path_to_error::Segment;
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
                Segment::Enum { variant } => pointer.push_str(&format!("/{}", escaped(variant))),
                Segment::Unknown => {}
            }
        }
        let error = error.into_inner();
        if !error.is_data() {
            return Problem::malformed(format!(
                "the body is not JSON (line {}, column {})",
                error.line(),
                error.column()
            ));
        }
        let message = safe_message(&error.to_string());
        // A missing or unknown member is named by the message; serde's path ends at the object around it.
        if let Some(name) = member(&message)
            && !pointer.ends_with(&format!("/{}", escaped(name)))
        {
            pointer.push_str(&format!("/{}", escaped(name)));
        }
        Problem::invalid_input(vec![InputError::at(pointer, message)])
    })?;
    reader.end().map_err(|_| Problem::malformed("something follows the JSON value"))?;
    Ok(value)
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// serde's message without the value that it quotes, and without the position.
fn safe_message(text: &str) -> String {
    let text = text.rsplit_once(" at line ").map_or(text, |(message, _)| message);
    match text.split_once(": ") {
        Some((what @ ("invalid type" | "invalid value"), rest)) => {
            let expected = rest.rsplit_once("expected ").map_or("another value", |(_, expected)| expected);
            format!("{what}, expected {expected}")
        }
        _ => text.to_owned(),
    }
}

fn member(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("missing field `"))?;
    rest.split_once('`').map(|(name, _)| name)
}

/// The parameters after the `?`.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // No text of a database holds it, so that nothing can be found by it.
        let pairs = parts.uri.query().into_iter().flat_map(|query| query.split('&'));
        if let Some(pair) = pairs.into_iter().find(|pair| pair.contains("%00")) {
            let name = pair.split('=').next().filter(|name| !name.contains('%')).unwrap_or_default();
            return Err(Problem::parameter(name, "takes no zero character"));
        }
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text =
                    std::error::Error::source(&rejection).map_or_else(String::new, ToString::to_string);
                let (path, message) = match text.split_once(": ") {
                    Some((path, message)) if !path.contains(' ') => (path.to_owned(), message.to_owned()),
                    _ => (String::new(), text),
                };
                let name = member(&message).map_or(path, str::to_owned);
                let message = safe_message(&message);
                Err(Problem::parameter(&name, if message.is_empty() { "cannot be read" } else { &message }))
            }
        }
    }
}

/// The number in the path. What is no number is the id of nothing.
pub(crate) struct Id(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<i64>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(Problem::not_found("there is nothing of this id")),
        }
    }
}

/// The two numbers in the path.
pub(crate) struct Ids(pub(crate) i64, pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<(i64, i64)>::from_request_parts(parts, state).await {
            Ok(Path((one, other))) => Ok(Self(one, other)),
            Err(_) => Err(Problem::not_found("there is nothing of these ids")),
        }
    }
}

/// A member that may be null: `None` where it is not there, `Some(None)` where it is null. For
/// `#[serde(default, deserialize_with = "given")]`.
///
/// # Errors
/// When it has another type.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(reader).map(Some)
}

/// The word in the path.
pub(crate) struct Word(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Word {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(word)) => Ok(Self(word)),
            Err(_) => Err(Problem::not_found("there is nothing of this name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        name: String,
        #[expect(dead_code, reason = "only read")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        ids: Vec<i64>,
    }

    fn said(text: &str) -> String {
        let problem = read::<Outer>(text.as_bytes()).expect_err("refused");
        serde_json::to_string(&problem).expect("JSON")
    }

    #[test]
    fn what_is_wrong_is_named_by_a_pointer_and_never_quoted() {
        for (text, pointer) in [
            (r#"{"name":"a","colour":"hush"}"#, "/colour"),
            (r#"{}"#, "/name"),
            (r#"{"name":7}"#, "/name"),
            (r#"{"name":"a","inner":{}}"#, "/inner/ids"),
            (r#"{"name":"a","inner":{"ids":[1,"hush"]}}"#, "/inner/ids/1"),
            (r#"{"name":"a","inner":{"ids":[],"a/b":1}}"#, "/inner/a~1b"),
        ] {
            let said = said(text);
            assert!(said.contains(&format!("\"pointer\":\"{pointer}\"")), "{text}: {said}");
            assert!(said.contains("\"status\":422") && !said.contains("hush"), "{text}: {said}");
        }
        for text in ["", "{", r#"{"name":"a"} x"#, "{\"name\": \"\u{1}\"}"] {
            assert!(said(text).contains("\"status\":400"), "{text}");
        }
    }
}
