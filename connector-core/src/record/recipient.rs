//! To whom the goods of an order line go.

use std::fmt;

use serde_json::Value;
use serde_json::value::RawValue;

/// To whom the goods of an order line go, read out of the platform's own object when a label is wanted: it is personal data,
/// and stands in no column of its own. What the platform does not tell is `None`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Recipient {
    /// What the platform calls the shipment: lines that share it travel in one parcel.
    pub shipment: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The telephone number, mostly a virtual one.
    pub phone: Option<String>,
    /// Another one.
    pub other_phone: Option<String>,
    /// The postcode.
    pub postcode: Option<String>,
    /// The address with its details, in one line.
    pub address: Option<String>,
    /// What the buyer wants the carrier to know.
    pub note: Option<String>,
}

/// Shows the shipment: all else is personal data.
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient").field("shipment", &self.shipment).finish_non_exhaustive()
    }
}

/// Reads a recipient by the names that a platform gives to the fields, below an object of the platform's.
pub struct RecipientFields<'a>(Value, &'a [&'a str]);

/// Shows nothing of the object: it is personal data.
impl fmt::Debug for RecipientFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientFields").finish_non_exhaustive()
    }
}

impl<'a> RecipientFields<'a> {
    /// The platform's own object; `words` stand where it has nothing to say, such as `null`.
    #[must_use]
    pub fn of(raw: &RawValue, words: &'a [&'a str]) -> Self {
        Self(serde_json::from_str(raw.get()).unwrap_or(Value::Null), words)
    }

    /// The first of these that says something; each is a JSON pointer.
    #[must_use]
    pub fn first(&self, pointers: &[&str]) -> Option<String> {
        pointers.iter().find_map(|pointer| {
            let text = match self.0.pointer(pointer)? {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(text).filter(|text| !text.is_empty() && !self.1.contains(&text.as_str()))
        })
    }

    /// All of these that say something, with blanks between.
    #[must_use]
    pub fn joined(&self, pointers: &[&str]) -> Option<String> {
        let parts: Vec<String> = pointers.iter().filter_map(|pointer| self.first(&[pointer])).collect();
        Some(parts.join(" ")).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_passed_over_and_nothing_is_shown() {
        let raw = RawValue::from_string(
            r#"{"a":{"name":" 홍길동 ","phone":"null","number":7,"list":[1]},"b":"x"}"#.to_owned(),
        )
        .expect("JSON");
        let fields = RecipientFields::of(&raw, &["null"]);
        assert_eq!(fields.first(&["/a/phone", "/a/list", "/a/name"]).as_deref(), Some("홍길동"));
        assert_eq!(fields.first(&["/a/number"]).as_deref(), Some("7"));
        assert_eq!(fields.joined(&["/a/name", "/a/phone", "/b"]).as_deref(), Some("홍길동 x"));
        assert_eq!(fields.joined(&["/c"]), None);
        let recipient = Recipient { name: Some("홍길동".into()), ..Recipient::default() };
        assert!(!format!("{recipient:?} {fields:?}").contains("홍길동"));
    }
}
