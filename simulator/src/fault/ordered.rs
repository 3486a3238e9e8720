//! JSON in the order in which it stands, so that an edit leaves the rest as it was, byte for byte.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// Names and values of an object, each value as its text.
pub(super) type Members = Vec<(String, String)>;

/// The members of an object, in order; `None` when the text is none.
pub(super) fn members(text: &str) -> Option<Members> {
    struct InOrder;
    impl<'de> Visitor<'de> for InOrder {
        type Value = Members;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                members.push((name, value.get().to_owned()));
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(InOrder).ok()
}

/// The elements of a list, in order; `None` when the text is none.
pub(super) fn elements(text: &str) -> Option<Vec<String>> {
    let elements: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
    Some(elements.into_iter().map(|element| element.get().to_owned()).collect())
}

pub(super) fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", serde_json::to_string(name).expect("a text")))
        .collect();
    format!("{{{}}}", members.join(","))
}

pub(super) fn list(elements: &[String]) -> String {
    format!("[{}]", elements.join(","))
}

/// Changes the members of the object at `path` (names with dots between) below `text`, which may hold a list on the
/// way: then its first element is meant. Leaves everything alone when there is nothing there.
pub(super) fn edit_at(text: &str, path: &[&str], edit: &mut dyn FnMut(&mut Members)) -> String {
    if let Some(mut elements) = elements(text) {
        if let Some(first) = elements.first_mut() {
            *first = edit_at(first, path, edit);
        }
        return list(&elements);
    }
    let Some(mut inside) = members(text) else { return text.to_owned() };
    match path.split_first() {
        None => edit(&mut inside),
        Some((name, rest)) => {
            for (_, value) in inside.iter_mut().filter(|(member, _)| member == name) {
                *value = edit_at(value, rest, edit);
            }
        }
    }
    object(&inside)
}

/// Changes every object below `text`, itself included, from the inside out.
pub(super) fn edit_objects(text: &str, edit: &mut dyn FnMut(&mut Members)) -> String {
    if let Some(elements) = elements(text) {
        return list(&elements.iter().map(|element| edit_objects(element, edit)).collect::<Vec<_>>());
    }
    let Some(mut inside) = members(text) else { return text.to_owned() };
    for (_, value) in &mut inside {
        *value = edit_objects(value, edit);
    }
    edit(&mut inside);
    object(&inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_meant_stays_as_it_was() {
        let text = r#"{"z":1.50,"a":{"y":"\u0041","b":[{"c":1,"d":2},{"c":3}]},"a2":null}"#;
        assert_eq!(object(&members(text).unwrap()), text);
        let edited = edit_at(text, &["a", "b"], &mut |members| members.retain(|(name, _)| name != "c"));
        assert_eq!(edited, text.replace(r#"{"c":1,"d":2}"#, r#"{"d":2}"#));
        assert_eq!(edit_at(text, &["no", "such"], &mut |members| members.clear()), text);
        assert_eq!(elements("{}"), None);
        assert_eq!(members("[1]"), None);
        let mut count = 0;
        edit_objects(text, &mut |_| count += 1);
        assert_eq!(count, 4);
    }
}
