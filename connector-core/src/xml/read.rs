//! From text to a tree.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::Element;
use crate::error::{Error, Result};

/// Deeper than any answer; a tree is walked by recursion.
const DEEPEST: usize = 64;

impl Element {
    /// Reads a document. Nothing outside it is ever fetched, entities are never expanded: a reference to one that XML does not
    /// define stays as it is written.
    ///
    /// # Errors
    /// `Decode` for what is no XML, is cut off, holds a document type or is nested beyond reason; content is never quoted.
    pub fn parse(text: &str) -> Result<Self> {
        let mut reader = Reader::from_str(text);
        // Some servers write `A & B` in a product's name.
        reader.config_mut().allow_dangling_amp = true;
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let event = reader.read_event().map_err(|error| broken(&error, reader.error_position()))?;
            match event {
                Event::Start(start) => {
                    if open.len() == DEEPEST {
                        return Err(Error::decode(format!(
                            "the XML is nested deeper than {DEEPEST} elements"
                        )));
                    }
                    open.push(begin(&start)?);
                }
                Event::Empty(start) => close(begin(&start)?, &mut open, &mut root)?,
                Event::End(_) => {
                    let element =
                        open.pop().ok_or_else(|| Error::decode("the XML closes what is not open"))?;
                    close(element, &mut open, &mut root)?;
                }
                Event::Text(text) => append(&mut open, &text.xml10_content()),
                Event::CData(text) => append(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let known = match &*reference.xml10_content() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => reference.resolve_char_ref().ok().flatten(),
                    };
                    match known {
                        Some(known) => append(&mut open, known.encode_utf8(&mut [0; 4])),
                        None => append(&mut open, &format!("&{};", reference.xml10_content())),
                    }
                }
                Event::DocType(_) => {
                    return Err(Error::decode("the XML holds a document type, which is refused"));
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof if open.is_empty() => {
                    return root.ok_or_else(|| Error::decode("the answer is not XML: it holds no element"));
                }
                Event::Eof => return Err(cut_off(text.len())),
            }
        }
    }
}

fn broken(error: &quick_xml::Error, position: u64) -> Error {
    match error {
        quick_xml::Error::Syntax(_) => {
            Error::decode(format!("the XML is cut off or broken at byte {position}"))
        }
        _ => Error::decode(format!("the answer is not XML (at byte {position})")),
    }
}

fn cut_off(bytes: usize) -> Error {
    Error::decode(format!("the XML is cut off after {bytes} bytes"))
}

fn begin(start: &BytesStart<'_>) -> Result<Element> {
    let mut element = Element::new(start.local_name().into_inner());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Error::decode("an attribute of the XML cannot be read"))?;
        let name: &str = attribute.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| Error::decode("an attribute of the XML cannot be read"))?;
        element.attributes.push((attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn close(mut element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<()> {
    if !element.children.is_empty() && element.text.trim().is_empty() {
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(Error::decode("the XML holds two documents")),
    }
    Ok(())
}

/// Text outside the root is left out.
fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}
