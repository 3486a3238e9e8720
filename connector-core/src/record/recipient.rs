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

/// Where a platform's own object tells to whom a line goes: JSON pointers, of which the empty one finds nothing.
#[derive(Clone, Copy, Debug)]
pub struct RecipientFields {
    /// What lines that travel in one parcel share.
    pub shipment: &'static str,
    /// The name.
    pub name: &'static str,
    /// Telephone numbers, the better one first.
    pub phones: [&'static str; 2],
    /// The postcode.
    pub postcode: &'static str,
    /// The parts of the address.
    pub address: [&'static str; 2],
    /// What the carrier should know.
    pub note: &'static str,
    /// Words that stand where there is nothing to say, such as `null`.
    pub nothing: &'static [&'static str],
}

impl RecipientFields {
    /// Reads the platform's own object.
    #[must_use]
    pub fn read(&self, raw: &RawValue) -> Recipient {
        let object: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let text = |pointer: &str| {
            let text = match object.pointer(pointer)? {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(text).filter(|text| !text.is_empty() && !self.nothing.contains(&text.as_str()))
        };
        let mut phones = self.phones.iter().filter_map(|pointer| text(pointer));
        let phone = phones.next();
        let address: Vec<String> = self.address.iter().filter_map(|pointer| text(pointer)).collect();
        Recipient {
            shipment: text(self.shipment),
            name: text(self.name),
            other_phone: phones.next().filter(|other| Some(other) != phone.as_ref()),
            phone,
            postcode: text(self.postcode),
            address: Some(address.join(" ")).filter(|address| !address.is_empty()),
            note: text(self.note),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: RecipientFields = RecipientFields {
        shipment: "/box",
        name: "/to/name",
        phones: ["/to/safe", "/to/phone"],
        postcode: "/to/post",
        address: ["/to/road", "/to/door"],
        note: "/note",
        nothing: &["null"],
    };

    fn read(json: &str) -> Recipient {
        FIELDS.read(&RawValue::from_string(json.to_owned()).expect("JSON"))
    }

    #[test]
    fn what_says_nothing_is_passed_over_and_nothing_is_shown() {
        let recipient = read(
            r#"{"box": 7, "note": [1], "to": {"name": " 홍길동 ", "safe": "null", "phone": "010-0000-0000", "post": "",
                "road": "없는로 1", "door": "101호"}}"#,
        );
        let expected = Recipient {
            shipment: Some("7".into()),
            name: Some("홍길동".into()),
            phone: Some("010-0000-0000".into()),
            address: Some("없는로 1 101호".into()),
            ..Recipient::default()
        };
        assert_eq!(recipient, expected);
        assert!(!format!("{recipient:?}").contains("홍길동"));
    }

    #[test]
    fn one_number_twice_is_one() {
        let phones = |json| {
            let recipient = read(json);
            (recipient.phone, recipient.other_phone)
        };
        assert_eq!(phones(r#"{"to": {"safe": "1", "phone": "1"}}"#), (Some("1".into()), None));
        assert_eq!(phones(r#"{"to": {"safe": "1", "phone": "2"}}"#), (Some("1".into()), Some("2".into())));
        assert_eq!(read("[1]"), Recipient::default());
    }
}
