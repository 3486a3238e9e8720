//! The same thing as JSON.
//!
//! An element without children is its text; one with children is an object. Elements of one name are a list where there are
//! several. Attributes are members named `@name`, a text beside them or beside children is `#text`. Nothing is left out but
//! the order of elements of different names among one another.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Element;

const TEXT: &str = "#text";

impl Element {
    /// The element's content as JSON text, members in the order of the document; always an object, so that it can be kept as a
    /// record's own. Empty for an element without content.
    #[must_use]
    pub fn json(&self) -> Box<RawValue> {
        let mut text = String::new();
        self.write_object(&mut text);
        RawValue::from_string(text).expect("what is written here is JSON")
    }

    fn write_object(&self, text: &mut String) {
        text.push('{');
        let mut first = true;
        let mut member = |name: &str, text: &mut String| {
            if !std::mem::take(&mut first) {
                text.push(',');
            }
            quote(name, text);
            text.push(':');
        };
        for (name, value) in &self.attributes {
            member(&format!("@{name}"), text);
            quote(value, text);
        }
        for (index, child) in self.children.iter().enumerate() {
            if self.children[..index].iter().any(|earlier| earlier.name == child.name) {
                continue;
            }
            member(&child.name, text);
            let mut twins = self.children[index..].iter().filter(|other| other.name == child.name).peekable();
            let is_list = twins.clone().nth(1).is_some();
            if is_list {
                text.push('[');
            }
            while let Some(twin) = twins.next() {
                twin.write_value(text);
                if twins.peek().is_some() {
                    text.push(',');
                }
            }
            if is_list {
                text.push(']');
            }
        }
        if !self.text.is_empty() {
            member(TEXT, text);
            quote(&self.text, text);
        }
        text.push('}');
    }

    fn write_value(&self, text: &mut String) {
        if self.children.is_empty() && self.attributes.is_empty() {
            quote(&self.text, text);
        } else {
            self.write_object(text);
        }
    }

    /// The element of that name that holds what `value` says: the way back from [`Element::json`]. Numbers and truth values
    /// become their texts, `null` the text that some platforms write for it: `null`. Of a list only its first item is taken.
    #[must_use]
    pub fn of_json(name: &str, value: &Value) -> Self {
        let mut element = Self::new(name);
        match value {
            Value::Object(members) => element.take(members),
            Value::Array(items) => return items.first().map_or(element, |item| Self::of_json(name, item)),
            Value::String(text) => element.text.clone_from(text),
            other => element.text = other.to_string(),
        }
        element
    }

    fn take(&mut self, members: &Map<String, Value>) {
        for (name, value) in members {
            match (name.strip_prefix('@'), value) {
                (Some(attribute), value) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    self.attributes.push((attribute.to_owned(), text));
                }
                (None, Value::String(text)) if name == TEXT => self.text.clone_from(text),
                (None, Value::Array(items)) => {
                    self.children.extend(items.iter().map(|item| Self::of_json(name, item)));
                }
                (None, value) => self.children.push(Self::of_json(name, value)),
            }
        }
    }
}

fn quote(plain: &str, text: &mut String) {
    text.push_str(&Value::from(plain).to_string());
}
