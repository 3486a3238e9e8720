//! Scalars whose JSON type varies: reading one never fails, so that a single odd field cannot hide a whole order and
//! the mapping can say which field is wrong.
//!
//! And objects that are not: a derived struct takes a list, too, its items for the fields in their order, so that a
//! shape nobody expects would be read as something it never said. [`Object`] does not.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use chrono::{DateTime, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::http::decode_reason;
use crate::time::parse_kst;

/// A struct that is read from a JSON object, and from nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // The type's own name says where in an answer it is.
                let name = std::any::type_name::<T>().split('<').next().unwrap_or_default();
                write!(f, "an object of {}", name.rsplit("::").next().unwrap_or_default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A value that may be absent, `null`, or of a type nobody expects.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Lenient<T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// There, and of another type.
    Wrong,
    /// There.
    Is(T),
}

impl<T> Lenient<T> {
    /// The value, if it is there.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Wrong => None,
        }
    }

    /// The value of a field that must be there.
    ///
    /// # Errors
    /// What is wrong with it; `field` is its path, `expected` its type.
    pub fn require(&self, field: &str, expected: &str) -> Result<&T, String> {
        match self {
            Self::Is(value) => Ok(value),
            Self::Absent => Err(format!("{field} is missing")),
            Self::Wrong => Err(format!("{field} is not {expected}")),
        }
    }
}

/// A text; ids sent as numbers are taken as their digits.
pub type Text<'a> = Lenient<Cow<'a, str>>;

impl<'a> Text<'a> {
    /// The text as it stands, unless it is blank.
    #[must_use]
    pub fn filled(&self) -> Option<&str> {
        self.get().map(AsRef::as_ref).filter(|text| !text.trim().is_empty())
    }
}

impl Text<'_> {
    /// The text without the blanks around it, where there is more: for codes and ids.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        self.filled().map(str::trim)
    }

    /// The text as it stands, unless it is blank.
    #[must_use]
    pub fn owned(&self) -> Option<String> {
        self.filled().map(str::to_owned)
    }

    /// The time that the text tells, as [`parse_kst`] reads it.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.filled().and_then(parse_kst)
    }
}

/// A whole number; `100`, `100.0` and `"100"` are the same.
pub type Whole = Lenient<i64>;

impl Whole {
    /// The number; `None` where there is none.
    ///
    /// # Errors
    /// That `field` is not `expected`, where it holds something else.
    pub fn optional(&self, field: &str, expected: &str) -> Result<Option<i64>, String> {
        match self {
            Self::Absent => Ok(None),
            number => number.require(field, expected).copied().map(Some),
        }
    }
}

/// A row's object, which may hold more than `T` reads.
///
/// # Errors
/// What is wrong with it, by field and expected type.
pub fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, String> {
    let object = serde_json::from_str::<Object<T>>(raw.get());
    object.map(|object| object.0).map_err(|error| decode_reason(&error))
}

/// The items of a list that must be there and hold something, each still as it was sent; `name` is the member that holds it.
///
/// # Errors
/// Why there are none.
pub fn items<'a>(list: Option<&'a RawValue>, name: &str) -> Result<Vec<&'a RawValue>, String> {
    let list = list.ok_or_else(|| format!("{name} is missing"))?;
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| format!("{name} is no list"))?;
    if items.is_empty() { Err(format!("{name} is empty")) } else { Ok(items) }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Lenient::Is(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Lenient::Is(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Lenient::Is(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Lenient::Is(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Lenient::Wrong)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Lenient::Wrong)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        skip_seq(seq).map(|()| Lenient::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        skip_map(map).map(|()| Lenient::Wrong)
    }
}

struct WholeVisitor;

impl<'de> Visitor<'de> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Lenient::Is(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Lenient::Wrong, Lenient::Is))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(whole(number).map_or(Lenient::Wrong, Lenient::Is))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Lenient::Absent);
        }
        // Digits are taken as they are; a detour by a double would lose the last ones.
        let number = match text.split_once('.') {
            Some((digits, fraction)) if fraction.bytes().all(|byte| byte == b'0') => digits.parse().ok(),
            Some((_, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => None,
            // Below the smallest double every fraction is zero.
            _ if text.contains("e-") || text.contains("E-") => None,
            _ => text.parse().ok().or_else(|| text.parse().ok().and_then(whole)),
        };
        Ok(number.map_or(Lenient::Wrong, Lenient::Is))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Lenient::Wrong)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        skip_seq(seq).map(|()| Lenient::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        skip_map(map).map(|()| Lenient::Wrong)
    }
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// The number without its fraction of zero; nothing for other fractions, or where a double could have lost one.
fn whole(number: f64) -> Option<i64> {
    /// Up to 2^45 a double tells hundredths apart.
    const TELLS_HUNDREDTHS: f64 = 35_184_372_088_832.0;
    #[expect(clippy::cast_possible_truncation, reason = "integral, and within 2^45")]
    (number.fract() == 0.0 && number.abs() < TELLS_HUNDREDTHS).then_some(number as i64)
}

impl<'de: 'a, 'a> Deserialize<'de> for Lenient<Cow<'a, str>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

impl<'de> Deserialize<'de> for Lenient<i64> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_from_every_json_type() {
        let read = |json| serde_json::from_str::<Text<'_>>(json).expect("never fails on JSON");
        assert_eq!(read("\"2026\"").filled(), Some("2026"));
        assert_eq!(read("2026021512345601").filled(), Some("2026021512345601"));
        assert_eq!(read("\"\\uc0c9\"").filled(), Some("색"));
        assert_eq!(read("\" \"").filled(), None);
        assert_eq!(read("null"), Text::Absent);
        for wrong in ["true", "1.5", "[1, [2]]", "{\"a\": {\"b\": 1}}"] {
            assert_eq!(read(wrong), Text::Wrong, "{wrong}");
        }
    }

    #[test]
    fn a_whole_number_is_read_from_every_json_type() {
        let read = |json| serde_json::from_str::<Whole>(json).expect("never fails on JSON");
        for same in ["100", "100.0", "1e2", "\"100\"", "\"100.0\"", "\" 100 \""] {
            assert_eq!(read(same), Whole::Is(100), "{same}");
        }
        assert_eq!(read("-3000"), Whole::Is(-3000));
        assert_eq!(read("\"9007199254740993\""), Whole::Is(9_007_199_254_740_993));
        assert_eq!(read("null"), Whole::Absent);
        assert_eq!(read("\"\""), Whole::Absent);
        assert_eq!(read("\"9007199254740993.00\""), Whole::Is(9_007_199_254_740_993));
        // As doubles these are whole numbers, and other ones.
        for wrong in [
            "9007199254740993.0",
            "9007199254740991.4",
            "\"9007199254740991.4\"",
            "\"4503599627370497.25\"",
            "\"100.00000000000000001\"",
            "\"33e-99999\"",
            "\"-33e-99999\"",
        ] {
            assert_eq!(read(wrong), Whole::Wrong, "{wrong}");
        }
        for wrong in ["0.5", "1e300", "18446744073709551615", "\"1,000\"", "\"NaN\"", "true", "[]", "{}"] {
            assert_eq!(read(wrong), Whole::Wrong, "{wrong}");
        }
    }

    #[test]
    fn a_text_is_a_word_or_a_time() {
        let text = Text::Is(" 2026-02-15 10:00 ".into());
        assert_eq!(
            (text.word(), text.owned().as_deref()),
            (Some("2026-02-15 10:00"), Some(" 2026-02-15 10:00 "))
        );
        assert_eq!(text.time(), parse_kst("2026-02-15 10:00"));
        let blank = Text::Is(" ".into());
        assert_eq!((blank.word(), blank.owned(), blank.time()), (None, None, None));
    }

    #[test]
    fn a_number_that_may_be_absent_is_not_wrong() {
        assert_eq!(Whole::Is(3).optional("fee", "a number"), Ok(Some(3)));
        assert_eq!(Whole::Absent.optional("fee", "a number"), Ok(None));
        assert_eq!(Whole::Wrong.optional("fee", "a number"), Err("fee is not a number".into()));
    }

    #[test]
    fn rows_and_their_items_are_read_or_named() {
        #[derive(Debug, serde::Deserialize)]
        struct Row<'a> {
            #[serde(borrow)]
            list: Option<&'a RawValue>,
        }
        let raw = |json: &str| RawValue::from_string(json.to_owned()).expect("JSON");
        let (good, bad) = (raw(r#"{"list": [1, {"a": 2}], "more": 1}"#), raw(r#"{"list": 7}"#));
        let row: Row<'_> = object(&good).expect("an object");
        assert_eq!(items(row.list, "list").expect("a list")[1].get(), r#"{"a": 2}"#);
        let row: Row<'_> = object(&bad).expect("an object");
        assert_eq!(items(row.list, "list").err().as_deref(), Some("list is no list"));
        assert_eq!(items(None, "list").err().as_deref(), Some("list is missing"));
        assert_eq!(items(Some(&raw("[]")), "list").err().as_deref(), Some("list is empty"));
        assert!(object::<Row<'_>>(&raw("[[1]]")).is_err_and(|reason| reason.contains("an object of Row")));
    }

    #[test]
    fn a_list_is_no_object() {
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        struct Row<'a> {
            #[serde(borrow)]
            id: Text<'a>,
            #[serde(borrow)]
            whole: Option<&'a serde_json::value::RawValue>,
        }
        let row: Object<Row<'_>> = serde_json::from_str(r#"{"id": 7, "whole": [1]}"#).expect("an object");
        assert_eq!((row.id.filled(), row.whole.map(|raw| raw.get())), (Some("7"), Some("[1]")));
        assert!(serde_json::from_str::<Row<'_>>("[7, [1]]").is_ok(), "what is kept out");
        for other in ["[7, [1]]", "[]", "7", "\"7\"", "null"] {
            assert!(serde_json::from_str::<Object<Row<'_>>>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_missing_and_a_wrong_field_read_differently() {
        assert_eq!(Whole::Absent.require("a.b", "a number"), Err("a.b is missing".into()));
        assert_eq!(Whole::Wrong.require("a.b", "a number"), Err("a.b is not a number".into()));
    }
}
