//! Which characters the bytes stand for.
//!
//! Korean platforms say EUC-KR and mean windows-949, which WHATWG's `euc-kr` is
//! (<https://encoding.spec.whatwg.org/#euc-kr>, read 2026-11).

use std::borrow::Cow;

use encoding_rs::{EUC_KR, Encoding, UTF_8};

use crate::error::{Error, Result};
use crate::http::Response;

/// The declaration stands at the very beginning.
const DECLARATION: usize = 200;

/// What stands for bytes that mean nothing.
const BROKEN: char = '\u{fffd}';

/// The text of an answer: by the XML declaration, else by `Content-Type`, else as EUC-KR, else as UTF-8. An answer that is
/// labelled EUC-KR and is really UTF-8 is read as what it is. A few broken characters, as where a server cuts a text by bytes,
/// are read as U+FFFD.
///
/// # Errors
/// `Decode` for bytes that are neither what they are labelled nor anything else known here.
pub fn decode(response: &Response) -> Result<Cow<'_, str>> {
    let body = &response.body[..];
    if body.is_ascii() {
        return Ok(UTF_8.decode_without_bom_handling(body).0);
    }
    let label = declared(body).or_else(|| response.header("content-type").and_then(content_charset));
    let labelled = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = labelled.filter(|encoding| *encoding != UTF_8);
    let (text, broken) = match (encoding, std::str::from_utf8(body)) {
        (None, Ok(text)) if labelled.is_some() => (Cow::Borrowed(text), 0),
        (None | Some(_), Ok(text)) if encoding.is_none_or(|other| other == EUC_KR) && is_long(body) => {
            (Cow::Borrowed(text), 0)
        }
        _ => fewest_broken(body, encoding.unwrap_or(EUC_KR)),
    };
    // One cut character in a row is a blemish; a tenth of all is another charset.
    let foreign = text.chars().filter(|character| !character.is_ascii()).count();
    if broken > 0 && broken * 10 > foreign {
        return Err(Error::decode(format!(
            "the answer is neither {} nor UTF-8",
            label.map_or_else(|| "EUC-KR".to_owned(), str::to_uppercase)
        )));
    }
    if broken > 0 {
        tracing::warn!(characters = broken, "an answer holds broken characters; they are kept as U+FFFD");
    }
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Cow::Owned(text) => Cow::Owned(text),
    })
}

/// Whether valid UTF-8 holds characters of three bytes or more. Two-byte ones are no proof: pairs of EUC-KR can look like them.
fn is_long(body: &[u8]) -> bool {
    body.iter().any(|byte| *byte >= 0xe0)
}

/// The reading with fewer broken characters, and how many there are.
fn fewest_broken<'a>(body: &'a [u8], encoding: &'static Encoding) -> (Cow<'a, str>, usize) {
    let read = |encoding: &'static Encoding| {
        let (text, has_errors) = encoding.decode_without_bom_handling(body);
        let broken =
            if has_errors { text.chars().filter(|character| *character == BROKEN).count() } else { 0 };
        (text, broken)
    };
    let first = read(encoding);
    if first.1 == 0 {
        return first;
    }
    let second = read(UTF_8);
    if second.1 < first.1 { second } else { first }
}

/// The charset of `<?xml version="1.0" encoding="EUC-KR"?>`.
fn declared(body: &[u8]) -> Option<&str> {
    let start = &body[..body.len().min(DECLARATION)];
    let start = &start[..start.iter().position(|byte| *byte == b'>')?];
    let text = std::str::from_utf8(start).ok()?.trim_start_matches('\u{feff}').trim_start();
    let rest =
        text.strip_prefix("<?xml")?.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest[1..].split(quote).next()
}

/// The charset of `text/xml;charset=EUC-KR`.
fn content_charset(header: &str) -> Option<&str> {
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']))
    })
}

/// A text in another charset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The characters that the charset lacks, each once: a question mark stands for each.
    pub lost: Vec<char>,
}

/// The text in windows-949. What that lacks is replaced and said, so that nothing is lost in silence.
#[must_use]
pub fn encode(text: &str) -> Encoded {
    let (bytes, _, has_unmappable) = EUC_KR.encode(text);
    if !has_unmappable {
        return Encoded { bytes: bytes.into_owned(), lost: Vec::new() };
    }
    let mut lost = Vec::new();
    let plain: String = text
        .chars()
        .map(|character| {
            let (.., unmappable) = EUC_KR.encode(character.encode_utf8(&mut [0; 4]));
            if unmappable && !lost.contains(&character) {
                lost.push(character);
            }
            if unmappable { '?' } else { character }
        })
        .collect();
    Encoded { bytes: EUC_KR.encode(&plain).0.into_owned(), lost }
}
