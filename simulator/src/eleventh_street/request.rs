//! Requests taken apart: the parts of the path, and bodies of XML by the charset that they declare.

use axum::http::header;
use encoding_rs::{EUC_KR, Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use crate::serve::Received;

/// The deepest that a body may nest; the platform's own goes to four.
const DEEPEST: usize = 16;

/// The parts of a path below `/rest`, without their escapes: those are of UTF-8, whatever the bodies are.
pub(super) fn parts(path: &str) -> Vec<String> {
    let rest = path.strip_prefix("/rest").unwrap_or(path);
    rest.trim_start_matches('/').split('/').map(unescaped).collect()
}

fn unescaped(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| part.get(at + 1..at + 3)).flatten();
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An element of a body; names without their prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The trimmed text of the first child of that name; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.children.iter().find(|child| child.name == name).map_or("", |child| child.text.trim())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// A body as it was read, and how its bytes contradict what they say they are.
pub(super) struct Body {
    pub(super) root: Option<Element>,
    pub(super) violation: Option<String>,
}

/// Reads a body by the charset that its declaration names, else by that of its content type, else as EUC-KR.
pub(super) fn body(received: &Received) -> Body {
    let bytes = &received.body[..];
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let declared = head.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next()).and_then(encoding_of);
    let content_type = received.header(header::CONTENT_TYPE);
    let labelled = content_type.split(';').find_map(|part| part.trim().strip_prefix("charset="));
    let label = declared.or(labelled.map(str::to_owned)).unwrap_or_else(|| "EUC-KR".to_owned());
    let charset = Encoding::for_label(label.as_bytes()).unwrap_or(EUC_KR);
    let (text, broken) = charset.decode_without_bom_handling(bytes);
    let looks_utf8 = charset != UTF_8 && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok();
    let violation = if looks_utf8 {
        Some(format!("a body in UTF-8 that is declared as {label}"))
    } else {
        broken.then(|| format!("a body that is not in {label}, as it is declared"))
    };
    Body { root: tree(&text), violation }
}

fn encoding_of(declaration: &str) -> Option<String> {
    let rest = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| *quote == '"' || *quote == '\'')?;
    rest[1..].split(quote).next().map(str::to_owned)
}

/// The root of a well-formed text that nests no deeper than [`DEEPEST`].
fn tree(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() < DEEPEST => open.push(named(&start)),
            Event::Start(_) => return None,
            Event::Empty(start) => close(named(&start), &mut open, &mut root),
            Event::End(_) => close(open.pop()?, &mut open, &mut root),
            Event::Text(piece) => say(&mut open, &piece.xml10_content()),
            Event::CData(piece) => say(&mut open, &piece.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(letter) => say(&mut open, letter.encode_utf8(&mut [0; 4])),
                None => say(&mut open, resolve_predefined_entity(&reference.xml10_content())?),
            },
            Event::Eof => return root.filter(|_| open.is_empty()),
            _ => {}
        }
    }
}

fn named(start: &BytesStart<'_>) -> Element {
    let name = start.local_name().as_ref().to_owned();
    Element { name, ..Element::default() }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = root.take().or(Some(element)),
    }
}

fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text += text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    fn read(bytes: &[u8]) -> Body {
        body(&Received {
            method: Method::PUT,
            path: String::new(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(bytes),
        })
    }

    const TEXT: &str =
        "<Product><prdNm><![CDATA[똠얌 & 가방]]></prdNm><a:b>&lt;&#44032;&amp;</a:b><c/></Product>";

    #[test]
    fn a_body_is_read_by_its_declaration() {
        let declared = format!("<?xml version='1.0' encoding='EUC-KR'?>{TEXT}");
        let good = read(&EUC_KR.encode(&declared).0);
        let root = good.root.expect("well-formed");
        assert_eq!((root.get("prdNm"), root.get("b"), root.get("c")), ("똠얌 & 가방", "<가&", ""));
        assert_eq!(good.violation, None);
        let other = read(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{TEXT}").as_bytes());
        assert_eq!((other.root, other.violation), (Some(root), None));
    }

    #[test]
    fn bytes_that_contradict_it_are_told() {
        let wrong = read(format!("<?xml version=\"1.0\" encoding=\"EUC-KR\"?>{TEXT}").as_bytes());
        assert_ne!(wrong.root.expect("well-formed").get("prdNm"), "똠얌 & 가방");
        assert!(wrong.violation.expect("told").contains("UTF-8"));
        let reverse = read(&EUC_KR.encode(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{TEXT}")).0);
        assert!(reverse.violation.expect("told").contains("not in UTF-8"));
    }

    #[test]
    fn what_is_no_document_is_none() {
        for text in ["", "text", "<a>", "<a></b>", &"<a>".repeat(100_000)] {
            assert_eq!(read(text.as_bytes()).root, None);
        }
    }

    #[test]
    fn parts_of_a_path_are_of_utf8() {
        assert_eq!(parts("/rest/a/%ED%95%9C%EA%B8%80/null/1,2/%"), ["a", "한글", "null", "1,2", "%"]);
    }
}
