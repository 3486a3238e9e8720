//! What an answer is written in, and whether a success holds an answer at all.

use super::Response;
use crate::error::{Error, Retry};

/// What a platform's answers are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON, in UTF-8.
    #[default]
    Json,
    /// XML, in whatever charset it names: see [`crate::xml`].
    Xml,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
        }
    }
}

/// Bytes up to which an answer is read once more than need be.
const MOST_READ_TWICE: usize = 64 << 10;

/// Why a success cannot be the answer that was asked for: a proxy's page, a cut answer. Nothing where it can.
pub(super) fn objection(response: &Response, format: Format) -> Option<Error> {
    let body = response.body.trim_ascii();
    let name = format.name();
    let what = if body.is_empty() {
        format!("the answer is empty where {name} was expected")
    } else if is_page(body, format) {
        format!("the answer is an HTML page where {name} was expected")
    } else {
        match format {
            Format::Json => not_json(body),
            Format::Xml => not_xml(body),
        }?
    };
    Some(Error::decode(what).with_retry(Retry::Backoff).with_status(response.status.as_u16()).with_fix(
        "check base_url, and whether a proxy or a maintenance page answers in the platform's place",
    ))
}

/// Whether the body is a page for people.
pub(super) fn is_page(body: &[u8], format: Format) -> bool {
    let body = body.trim_ascii_start();
    match format {
        Format::Json => body.first() == Some(&b'<'),
        Format::Xml => {
            let names_html = |start: &[u8]| {
                let name = start.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"html"));
                name && !start.get(4).is_some_and(u8::is_ascii_alphanumeric)
            };
            root(body).is_some_and(names_html)
                || body.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype"))
                    && names_html(body[9..].trim_ascii_start())
        }
    }
}

fn not_json(body: &[u8]) -> Option<String> {
    match (body.first(), body.last()) {
        // A cut may fall behind any bracket. Whoever reads a long answer finds that out, and the engine asks again; to read
        // each of them twice would cost too much.
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) => {
            if body.len() > MOST_READ_TWICE {
                return None;
            }
            match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
                Ok(_) => None,
                Err(error) if error.is_eof() => Some(cut_off(body)),
                Err(error) => {
                    Some(format!("the answer is not JSON (line {}, column {})", error.line(), error.column()))
                }
            }
        }
        (Some(b'{' | b'['), _) => Some(cut_off(body)),
        _ => Some("the answer is not JSON".to_owned()),
    }
}

/// Markup is ASCII in every charset that such platforms use, and no byte of a character looks like `<`, `/` or `>`. So the
/// bytes tell, without a parse, whether the root is closed.
fn not_xml(body: &[u8]) -> Option<String> {
    if !body.starts_with(b"<") && !body.starts_with(b"\xef\xbb\xbf<") {
        return Some("the answer is not XML".to_owned());
    }
    let Some(root) = root(body) else { return Some(cut_off(body)) };
    let closing = [b"</", root].concat();
    let closed = body
        .strip_suffix(b">")
        .map(<[u8]>::trim_ascii_end)
        .is_some_and(|rest| rest.ends_with(&closing) || is_only_tag(rest));
    (!closed).then(|| cut_off(body))
}

fn cut_off(body: &[u8]) -> String {
    format!("the answer is cut off after {} bytes", body.len())
}

/// Whether what precedes the last `>` is a root without content: `<?xml … ?><ns2:orders …/`.
fn is_only_tag(rest: &[u8]) -> bool {
    rest.ends_with(b"/") && rest[start_of_root(rest)..].iter().all(|byte| *byte != b'>')
}

/// The name of the first element, with its prefix.
fn root(body: &[u8]) -> Option<&[u8]> {
    let name = body[start_of_root(body)..].strip_prefix(b"<")?;
    let end = name.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))?;
    (end > 0).then(|| &name[..end])
}

/// Where the first element begins: behind the declaration, instructions and comments.
fn start_of_root(body: &[u8]) -> usize {
    let mut at = 0;
    while let Some(start) = body[at..].iter().position(|byte| *byte == b'<').map(|found| at + found) {
        let skipped: &[u8] = match &body[start..] {
            rest if rest.starts_with(b"<?") => b"?>",
            rest if rest.starts_with(b"<!--") => b"-->",
            _ => return start,
        };
        let Some(end) = body[start..].windows(skipped.len()).position(|window| window == skipped) else {
            return body.len();
        };
        at = start + end + skipped.len();
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use proptest::prelude::*;

    use super::*;

    fn answer(body: &str) -> Response {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Response { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    #[test]
    fn a_page_in_place_of_json_is_named() {
        assert!(objection(&answer(" {\"a\": 1}\n"), Format::Json).is_none());
        assert!(objection(&answer("[]"), Format::Json).is_none());
        for (body, word) in [
            ("<html>", "HTML"),
            ("{\"a\": [1", "cut off"),
            ("{\"a\": {}", "cut off"),
            ("[{]", "not JSON"),
            ("", "empty"),
            ("ok", "not JSON"),
        ] {
            let error = objection(&answer(body), Format::Json).expect("no JSON");
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    const WHOLE: &str = "<?xml version=\"1.0\" encoding=\"euc-kr\"?>\n<!-- <x> -->\n\
                         <ns2:orders xmlns:ns2=\"http://a/b\"><ns2:order><a>1</a></ns2:order></ns2:orders>";

    #[test]
    fn a_page_in_place_of_xml_is_named() {
        for whole in [
            WHOLE,
            "<a/>",
            "<a></a>",
            "<a x='1' />\n",
            "<?xml version='1.0'?><a/ >",
            "<htmls></htmls>",
            "\u{feff}<a></a >",
        ] {
            assert!(objection(&answer(whole), Format::Xml).is_none(), "{whole}");
        }
        for (body, word) in [
            ("", "empty"),
            (" \n", "empty"),
            ("<html><body>down</body></html>", "HTML"),
            ("<!DOCTYPE html><html></html>", "HTML"),
            ("<!doctype HTML PUBLIC \"x\">", "HTML"),
            ("<?xml version=\"1.0\"?><html xmlns=\"x\"></html>", "HTML"),
            ("{}", "not XML"),
            ("ok", "not XML"),
            ("<a><b/>", "cut off"),
            ("<a><b></b>", "cut off"),
            ("<a>", "cut off"),
            ("<?xml version=\"1.0\"", "cut off"),
            ("<!-- a", "cut off"),
        ] {
            let error = objection(&answer(body), Format::Xml).expect("no XML");
            assert!(error.to_string().contains(word), "{body}: {error}");
            assert_ne!(error.retry(), Retry::Never, "it is asked for again");
        }
    }

    #[test]
    fn xml_that_is_cut_anywhere_is_no_answer() {
        for end in 0..WHOLE.len() {
            assert!(objection(&answer(&WHOLE[..end]), Format::Xml).is_some(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in "[<>/?!a-c \"=-]{0,40}") {
            for format in [Format::Json, Format::Xml] {
                drop(objection(&answer(&text), format));
            }
        }
    }
}
