//! Writes JSON straight into bytes; a page of details has some 30,000 fields.

use crate::instant::{Fraction, Millis, push_kst};

/// A JSON text under construction. Names and texts are written as they are: they must hold nothing to escape, or be
/// escaped already.
#[derive(Debug, Default)]
pub(crate) struct Json {
    bytes: Vec<u8>,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Opens an object or a list as an element of a list, or as the whole text.
    pub(crate) fn open(&mut self, bracket: u8) {
        self.separate();
        self.bytes.push(bracket);
    }

    /// Opens an object or a list as a field.
    pub(crate) fn open_field(&mut self, name: &str, bracket: u8) {
        self.name(name);
        self.bytes.push(bracket);
    }

    pub(crate) fn close(&mut self, bracket: u8) {
        self.bytes.push(bracket);
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// A value that is JSON already, after a name.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.bytes.extend_from_slice(json);
    }

    /// A text that may hold anything.
    pub(crate) fn any_text(&mut self, name: &str, value: &str) {
        self.name(name);
        serde_json::to_writer(&mut self.bytes, value).expect("a text");
    }

    /// The parts, one after the other, as one text.
    pub(crate) fn joined(&mut self, name: &str, parts: &[&str]) {
        self.name(name);
        self.bytes.push(b'"');
        for part in parts {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        self.bytes.push(b'"');
    }

    /// A number as a text.
    pub(crate) fn id(&mut self, name: &str, value: u64) {
        self.name(name);
        self.bytes.push(b'"');
        self.digits(value);
        self.bytes.push(b'"');
    }

    pub(crate) fn number(&mut self, name: &str, value: i64) {
        self.name(name);
        if value < 0 {
            self.bytes.push(b'-');
        }
        self.digits(value.unsigned_abs());
    }

    pub(crate) fn boolean(&mut self, name: &str, value: bool) {
        self.name(name);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub(crate) fn date(&mut self, name: &str, at: Millis, fraction: Fraction) {
        self.name(name);
        self.bytes.push(b'"');
        push_kst(&mut self.bytes, at, fraction);
        self.bytes.push(b'"');
    }

    /// The name of a field; its value follows.
    pub(crate) fn name(&mut self, name: &str) {
        self.separate();
        self.quoted(name);
        self.bytes.push(b':');
    }

    fn quoted(&mut self, text: &str) {
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'"');
    }

    fn separate(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[' | b':')) {
            self.bytes.push(b',');
        }
    }

    fn digits(&mut self, value: u64) {
        let mut digits = [0_u8; 20];
        let mut start = digits.len();
        let mut rest = value;
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(rest % 10).expect("a digit");
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(&digits[start..]);
    }
}
