//! From a tree to text.

use super::Element;

impl Element {
    /// The element as text, without a declaration and without blanks between elements. Characters that XML forbids become
    /// blanks.
    #[must_use]
    pub fn markup(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        text.push('<');
        text.push_str(&self.name);
        for (name, value) in &self.attributes {
            text.push(' ');
            text.push_str(name);
            text.push_str("=\"");
            escape(value, text);
            text.push('"');
        }
        text.push('>');
        escape(&self.text, text);
        for child in &self.children {
            child.write(text);
        }
        text.push_str("</");
        text.push_str(&self.name);
        text.push('>');
    }
}

/// Escaped text is the only form that is written: a character that the charset lacks could not be stood for inside CDATA.
fn escape(plain: &str, text: &mut String) {
    for character in plain.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // Literal, a reader would make a line feed of it.
            '\r' => text.push_str("&#13;"),
            '\n' | '\t' => text.push(character),
            forbidden if forbidden < ' ' || matches!(forbidden, '\u{fffe}' | '\u{ffff}') => text.push(' '),
            other => text.push(other),
        }
    }
}
