//! What the platform wraps its answers in: `{code, message, data, nextToken}`.
//!
//! `code` is a number or a text, `message` may be null, `data` is a list or, for some calls, a single object, and the last
//! page's token is absent, null or empty.

use connector_core::http::{Response, decode_reason};
use connector_core::lenient::{Object, Text};
use connector_core::{Error, Page, Place, Result};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An answer's wrapping.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Envelope<'a> {
    /// 200, `"200"`, `SUCCESS`, `ERROR`, ...
    #[serde(borrow)]
    pub code: Text<'a>,
    /// The platform's words.
    #[serde(borrow)]
    pub message: Text<'a>,
    /// What the platform's support asks for; of the gateway's errors.
    #[serde(borrow)]
    pub transaction_id: Text<'a>,
    /// The answer itself; `null` is there, too.
    #[serde(borrow, deserialize_with = "present")]
    pub data: Option<&'a RawValue>,
    /// Where the next page begins.
    #[serde(borrow)]
    next_token: Text<'a>,
    /// The same, of lists that number their pages.
    #[serde(borrow)]
    next_page_index: Text<'a>,
    /// `false` on the last page of lists that say so.
    #[serde(borrow)]
    has_next: Option<&'a RawValue>,
}

/// Any value, `null` included; an absent one is the default.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The page of an answer: its rows, of which `full` are the most, as `read` reads them, and what follows on it.
///
/// # Errors
/// `Decode` when the answer holds no rows.
pub(crate) fn page<L>(
    response: &Response,
    place: Place<'_, L>,
    full: usize,
    read: impl FnOnce(&[&RawValue]) -> Page,
) -> Result<Page> {
    let envelope = Envelope::of(response)?;
    let rows = envelope.rows()?;
    let next = place.then(rows.len(), full, envelope.next());
    Ok(Page { next, ..read(&rows) })
}

impl<'a> Envelope<'a> {
    /// Reads the wrapping of an answer.
    ///
    /// # Errors
    /// `Decode` when there is none, or no `data` in it.
    pub(crate) fn of(response: &'a Response) -> Result<Self> {
        let Object(envelope) = response.json::<Object<Self>>()?;
        if envelope.data.is_none() {
            return Err(Error::decode("data is missing in the answer")
                .with_fix("check base_url and order_api, or report it: the server speaks another shape"));
        }
        Ok(envelope)
    }

    /// The rows of a list; one for a single object, none for `null`.
    ///
    /// # Errors
    /// `Decode` when `data` is neither.
    pub(crate) fn rows(&self) -> Result<Vec<&'a RawValue>> {
        let Some(data) = self.data else { return Err(Error::decode("data is missing in the answer")) };
        match data.get().as_bytes().first() {
            Some(b'{') => Ok(vec![data]),
            Some(b'n') => Ok(Vec::new()),
            _ => serde_json::from_str(data.get())
                .map_err(|error| Error::decode(format!("data is no list: {}", decode_reason(&error)))),
        }
    }

    /// The object of an answer about a single thing.
    ///
    /// # Errors
    /// What is in its place.
    pub(crate) fn object(&self) -> Result<&'a RawValue, String> {
        self.data.filter(|data| data.get().starts_with('{')).ok_or_else(|| "data is no object".to_owned())
    }

    /// The token of the next page; `None` on the last.
    pub(crate) fn next(&self) -> Option<&str> {
        if self.has_next.is_some_and(|raw| raw.get() == "false") {
            return None;
        }
        self.next_token.word().or_else(|| self.next_page_index.word())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use connector_core::ErrorKind;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(body: &str) -> Response {
        Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn every_form_of_code_data_and_token_is_read() {
        for (body, rows, next) in [
            (r#"{"code": 200, "message": "OK", "data": [1, 2], "nextToken": "853"}"#, 2, Some("853")),
            (r#"{"code": "200", "message": null, "data": {"a": 1}, "nextToken": ""}"#, 1, None),
            (r#"{"code": "SUCCESS", "data": null, "nextToken": null}"#, 0, None),
            (r#"{"data": [], "nextToken": 2}"#, 0, Some("2")),
            (r#"{"data": [{}], "nextPageIndex": "3"}"#, 1, Some("3")),
            (r#"{"data": [{}], "nextPageIndex": " "}"#, 1, None),
            (r#"{"data": [], "hasNext": true, "nextToken": "ey"}"#, 0, Some("ey")),
            (r#"{"data": [], "hasNext": false, "nextToken": "ey"}"#, 0, None),
        ] {
            let response = answer(body);
            let envelope = Envelope::of(&response).expect(body);
            assert_eq!((envelope.rows().expect(body).len(), envelope.next()), (rows, next), "{body}");
        }
    }

    #[test]
    fn an_answer_without_data_is_no_empty_list() {
        for body in ["{}", r#"{"code": 200}"#, "[]"] {
            let response = answer(body);
            let error = Envelope::of(&response).err().expect(body);
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        }
        let response = answer(r#"{"data": "홍길동"}"#);
        let error = Envelope::of(&response).expect("there is data").rows().expect_err("no list");
        assert!(error.kind() == ErrorKind::Decode && !error.to_string().contains("홍길동"), "{error}");
    }
}
