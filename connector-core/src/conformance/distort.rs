//! Makes of a real payload one that no platform should send.
//!
//! What is changed is chosen by bytes ([`Choices`]): a property test gives random ones and shrinks them, a fuzzer gives
//! what it has learned. The same bytes always make the same payload.

use serde_json::Value;

/// Bytes that are used up by choosing; when they are, every choice is the first one.
#[derive(Debug)]
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// Choices from the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A number below `count`; 0 where there is nothing to choose from.
    pub fn below(&mut self, count: usize) -> usize {
        let mut number = self.byte();
        if count > 256 {
            number = number * 256 + self.byte();
        }
        if count == 0 { 0 } else { number % count }
    }

    /// One of `items`.
    ///
    /// # Panics
    /// When there are none.
    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Whether all bytes are used up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes that are left, which stay.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }
}

/// JSON as a tree that can hold what `serde_json::Value` cannot: a name twice, numbers of any size, broken escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Names as they are written, with their quotes, and what they hold.
    Object(Vec<(String, Self)>),
    /// Items in their order.
    List(Vec<Self>),
    /// Anything else, as it is written.
    Scalar(String),
}

impl Node {
    /// The tree of a JSON text; members come in the order of their names.
    ///
    /// # Panics
    /// When the text is no JSON.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::of(&serde_json::from_str(text).expect("a sample is JSON"))
    }

    /// The tree of a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (quoted(name), Self::of(value))).collect())
            }
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            scalar => Self::Scalar(scalar.to_string()),
        }
    }

    /// The tree as text, without blanks.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Scalar(scalar) => text.push_str(scalar),
            Self::Object(members) => {
                text.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    text.push_str(name);
                    text.push(':');
                    value.write(text);
                }
                text.push('}');
            }
            Self::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    item.write(text);
                }
                text.push(']');
            }
        }
    }

    /// What stands under `name`, where the object has that name exactly once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        let name = quoted(name);
        let mut found = members.iter().filter(|(member, _)| *member == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// The first of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else { return None };
        let name = quoted(name);
        members.iter_mut().find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The text of a scalar that is a readable text.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        if let Self::Scalar(raw) = self { serde_json::from_str(raw).ok() } else { None }
    }

    /// The whole number that stands here, written as a number or as a text; exact, whatever its size or form.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        let Self::Scalar(raw) = self else { return None };
        let text: String = if raw.starts_with('"') { serde_json::from_str(raw).ok()? } else { raw.clone() };
        exact(text.trim())
    }

    /// Replaces every text below members of these names by `canary`; returns how many.
    pub fn plant(&mut self, names: &[&str], canary: &str) -> usize {
        self.plant_below(names, canary, false)
    }

    fn plant_below(&mut self, names: &[&str], canary: &str, below: bool) -> usize {
        match self {
            Self::Object(members) => members
                .iter_mut()
                .map(|(name, value)| {
                    let personal = below || names.contains(&name.trim_matches('"'));
                    value.plant_below(names, canary, personal)
                })
                .sum(),
            Self::List(items) => items.iter_mut().map(|item| item.plant_below(names, canary, below)).sum(),
            Self::Scalar(raw) if below && raw.starts_with('"') => {
                *raw = quoted(canary);
                1
            }
            Self::Scalar(_) => 0,
        }
    }

    fn count(&self) -> usize {
        1 + match self {
            Self::Object(members) => members.iter().map(|(_, value)| value.count()).sum(),
            Self::List(items) => items.iter().map(Self::count).sum(),
            Self::Scalar(_) => 0,
        }
    }

    /// The node of that number, counted in the order of the text.
    fn numbered(&mut self, number: usize) -> &mut Self {
        if number == 0 {
            return self;
        }
        let mut left = number - 1;
        let inner: Vec<&mut Self> = match self {
            Self::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
            Self::List(items) => items.iter_mut().collect(),
            Self::Scalar(_) => Vec::new(),
        };
        for node in inner {
            let count = node.count();
            if left < count {
                return node.numbered(left);
            }
            left -= count;
        }
        unreachable!("numbers are below the count")
    }

    /// Changes one place.
    pub fn distort(&mut self, choices: &mut Choices<'_>) {
        let number = choices.below(self.count());
        change(self.numbered(number), choices);
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The number that a decimal text stands for, if it is whole and fits.
fn exact(text: &str) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let kept = significant.trim_end_matches('0');
    let dropped = i32::try_from(significant.len() - kept.len()).ok()?;
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    let shift = u32::try_from(shift).ok().filter(|shift| *shift < 30)?;
    let number = kept.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(shift)?)?;
    i64::try_from(sign * number).ok()
}

/// Whole and broken, small and beyond every type.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1.5",
    "100.0",
    "-0",
    "1e2",
    "0.1e1",
    "1e400",
    "-1e400",
    "1e18",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "9007199254740993.0",
    "9007199254740991.4",
    "35184372088832.25",
    "4294967296",
];

/// Texts, as they are written: times and numbers of every make, blanks, characters that need care.
const TEXTS: &[&str] = &[
    r#""""#,
    r#"" ""#,
    r#""null""#,
    r#""0000-00-00""#,
    r#""0000-01-01T00:00:00Z""#,
    r#""-001-01-01T00:00:00Z""#,
    r#""9999-12-31T23:59:59.999+09:00""#,
    r#""9999-12-31T23:59:59-12:00""#,
    r#""+99999-1-1""#,
    r#""2016-12-31T23:59:60Z""#,
    r#""2026-03-05T10:00:00""#,
    r#""2026-03-05T10:00:00+99:99""#,
    r#""2026-02-30""#,
    r#""2026-03-05""#,
    r#""9223372036854775807""#,
    r#""9223372036854775808""#,
    r#""9007199254740993.0""#,
    r#""9007199254740991.4""#,
    r#""35184372088832.25""#,
    r#""29900.50""#,
    r#""-29900.00""#,
    r#""1,000""#,
    r#""NaN""#,
    r#""inf""#,
    r#""1e5""#,
    r#""+5""#,
    r#""0x10""#,
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\ud83d\ude00 😀 𐍈""#,
    r#""\u0000""#,
    r#""\u202e\ufeff\n\t""#,
    r#""CANCELED""#,
    r#""SOMETHING_NEW""#,
];

const NAMES: &[&str] =
    &[r#""brandNew""#, r#""""#, r#""😀""#, r#""\u0000""#, r#""a.b/c""#, r#""__proto__""#, r#""0""#];

const KINDS: usize = 13;

/// The change that is chosen, or a null where the node cannot bear that one.
fn change(node: &mut Node, choices: &mut Choices<'_>) {
    let kind = choices.below(KINDS);
    let scalar = |text: &str| Node::Scalar(text.to_owned());
    match (kind, &mut *node) {
        (1, Node::Object(members)) if !members.is_empty() => {
            members.remove(choices.below(members.len()));
        }
        (2, Node::Object(members)) if !members.is_empty() => {
            let index = choices.below(members.len());
            members[index].0 = format!("\"x-{}", &members[index].0[1..]);
        }
        (3, Node::Object(members)) if !members.is_empty() => {
            let mut twin = members[choices.below(members.len())].clone();
            if choices.below(2) == 1 {
                twin.1 = scalar("null");
            }
            members.push(twin);
        }
        (4 | 5, Node::Object(members)) => {
            let value = [r#"{"deep":[1,{"deeper":"😀"}]}"#, "1e400", r#""\ud800""#, "null"];
            let new = (choices.of(NAMES).to_owned(), scalar(choices.of(&value)));
            members.insert(choices.below(members.len() + 1), new);
        }
        (6, Node::Object(members)) => {
            let values = members.drain(..).map(|(_, value)| value).collect();
            *node = Node::List(values);
        }
        (1 | 2, Node::List(items)) if !items.is_empty() => {
            items.remove(choices.below(items.len()));
        }
        (3 | 4, Node::List(items)) if !items.is_empty() => {
            let twin = items[choices.below(items.len())].clone();
            items.insert(choices.below(items.len() + 1), twin);
        }
        (5, Node::List(items)) => items.reverse(),
        (7 | 8, _) => *node = scalar(choices.of(NUMBERS)),
        (9 | 10, _) => *node = scalar(choices.of(TEXTS)),
        (11, _) => *node = scalar(choices.of(&["true", "[]", "{}", "[[]]", r#"{"a":[{}]}"#, "0", r#""x""#])),
        (12, _) => {
            let depth = [2, 127, 129, 3_000][choices.below(4)];
            let (open, close) = if choices.below(2) == 0 { ("[", "]") } else { (r#"{"a":"#, "}") };
            *node = Node::Scalar(format!("{}0{}", open.repeat(depth), close.repeat(depth)));
        }
        (6, inner) => {
            let inner = std::mem::replace(inner, scalar("null"));
            *node = Node::List(vec![inner]);
        }
        _ => *node = scalar("null"),
    }
}

/// Changes the bytes of a payload: cut off, overwritten, put in, no UTF-8.
#[must_use]
pub fn damage(payload: impl Into<Vec<u8>>, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = payload.into();
    let at = choices.below(bytes.len());
    match choices.below(6) {
        0 => bytes.truncate(at),
        1 => {
            let byte = choices.below(256);
            if let (Some(place), Ok(byte)) = (bytes.get_mut(at), u8::try_from(byte)) {
                *place = byte;
            }
        }
        2 => drop(bytes.splice(at..at, [0xff, 0xfe])),
        3 => drop(bytes.splice(at..at, [0xed, 0xa0, 0x80])),
        4 => drop(bytes.splice(0..0, [0xef, 0xbb, 0xbf])),
        _ => drop(bytes.splice(at..at, b"\0\"{[}],:".to_vec())),
    }
    bytes
}

/// The payload with as many changes as there are choices, of its tree first and then, at times, of its bytes.
#[must_use]
pub fn distorted(mut payload: Node, choices: &mut Choices<'_>) -> Vec<u8> {
    let damaged = choices.below(4) == 3;
    for _ in 0..=choices.below(6) {
        payload.distort(choices);
    }
    let text = payload.text();
    if damaged { damage(text, choices) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let text = r#"{"a":[1,{"b":"x"}],"c":null}"#;
        assert_eq!(Node::parse(text).text(), text);
    }

    #[test]
    fn every_kind_of_change_makes_another_text() {
        let sample = Node::parse(r#"{"a":[1,{"b":"x"}],"c":"1.50"}"#);
        let made: std::collections::BTreeSet<String> = (0..=255_u8)
            .flat_map(|place| {
                (0..=255_u8).step_by(5).map(move |kind| [place, kind, kind / 7, kind / 3, kind / 11])
            })
            .map(|bytes| {
                let mut tree = sample.clone();
                tree.distort(&mut Choices::new(&bytes));
                tree.text()
            })
            .collect();
        assert!(made.len() > 150, "{} different texts", made.len());
        assert!(made.iter().any(|text| text.contains(r"\ud800")));
        assert!(made.iter().any(|text| serde_json::from_str::<Value>(text).is_err()));
    }

    #[test]
    fn whole_numbers_are_exact_whatever_their_form() {
        for (raw, expected) in [
            ("100", Some(100)),
            ("1e2", Some(100)),
            ("100.000", Some(100)),
            ("0.1e1", Some(1)),
            ("\" -29900.00 \"", Some(-29_900)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9007199254740991.4", None),
            ("1e400", None),
            ("-0", Some(0)),
            ("\"1,000\"", None),
            ("\"\"", None),
            ("true", None),
        ] {
            assert_eq!(Node::Scalar(raw.to_owned()).whole(), expected, "{raw}");
        }
    }

    #[test]
    fn damage_is_damage() {
        for kind in 0..6 {
            let damaged = damage("{\"a\":\"b\"}", &mut Choices::new(&[4, kind, 0xff]));
            assert!(serde_json::from_slice::<Value>(&damaged).is_err(), "{kind}");
        }
    }
}
