//! A JSON object whose members are kept as they stand.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Members in their order, values byte for byte.
#[derive(Debug, Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The first of the members `names`, in the order of `names`.
    pub(crate) fn first(&self, names: &[&str]) -> Option<&'a RawValue> {
        names
            .iter()
            .find_map(|name| self.0.iter().find(|(member, _)| member == name).map(|(_, value)| *value))
    }

    /// The first few names, for messages; a name of another make may be anything and is left out.
    pub(crate) fn names(&self) -> String {
        let is_name = |name: &str| {
            name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let names: Vec<&str> =
            self.0.iter().map(|(name, _)| name.as_ref()).filter(|name| is_name(name)).take(5).collect();
        if names.is_empty() { "nothing else".to_owned() } else { names.join(", ") }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    members.push((Cow::Owned(name), map.next_value()?));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
