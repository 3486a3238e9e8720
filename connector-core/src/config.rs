//! A connector's settings: declared once, rendered as forms, help and JSON Schema.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroize;

use crate::error::{Error, Result};

mod field;

pub use field::{Field, FieldKind, settings};

/// Whether a row calls the platform or replays its fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Live calls.
    Api,
    /// The built-in scenario; no network.
    Fixture,
}

impl Mode {
    /// `api` or `fixture`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Fixture => "fixture",
        }
    }

    /// The mode of that name.
    ///
    /// # Errors
    /// `Config` for any other word: live calls must never start by accident.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "api" => Ok(Self::Api),
            "fixture" => Ok(Self::Fixture),
            other => Err(Error::config(format!("mode {other:?} is neither \"api\" nor \"fixture\""))
                .with_fix("set it with `runner connectors set NAME --mode api|fixture`")),
        }
    }
}

/// A text that must not be seen. Prints `[redacted]`, is never serialized, is wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; the caller keeps it out of logs, errors and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Settings that every connector has beside its own.
pub const COMMON_FIELDS: &[Field] = &[
    Field::integer("lookback_days", "First run, days back", "How far back the first sync reads.", (1, 366))
        .or("30"),
    Field::integer(
        "overlap_minutes",
        "Overlap in minutes",
        "How far back of its cursor each sync starts, for rows that the platform shows late.",
        (0, 1440),
    )
    .or("the stream's own"),
    Field::choice(
        "pace",
        "Pace",
        "auto: the platform's documented limits, corrected by what its answers say. off: no limit, for test servers.",
        &["auto", "off"],
    ),
    Field::choice(
        "push_stock",
        "Tell of stock at once",
        "What the server tells this account when another one sells something or stock is counted. off: nothing. on: what is left. \
         stop: also takes off sale what has nothing left.",
        &["off", "on", "stop"],
    ),
];

/// Common settings, read from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommonSettings {
    /// Days back at first run.
    pub lookback_days: i64,
    /// Minutes of overlap, where the row overrides the stream's.
    pub overlap_minutes: Option<i64>,
    /// Whether declared limits are kept.
    pub paced: bool,
}

/// Takes the common settings out of a row's settings and leaves the connector's own.
///
/// # Errors
/// `Config` for a value out of its range.
pub fn take_common(config: &mut Map<String, Value>) -> Result<CommonSettings> {
    let mut take = |index: usize| -> Result<Option<Value>> {
        let field = &COMMON_FIELDS[index];
        match config.remove(field.name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => field.parse(&text).map(Some),
            Some(other) => field.parse(&other.to_string()).map(Some),
        }
    };
    let lookback_days = take(0)?.and_then(|days| days.as_i64()).unwrap_or(30);
    let overlap_minutes = take(1)?.and_then(|minutes| minutes.as_i64());
    let paced = take(2)?.is_none_or(|pace| pace == "auto");
    // The server reads it from the row.
    take(3)?;
    Ok(CommonSettings { lookback_days, overlap_minutes, paced })
}

/// The settings of a connector as JSON Schema (2020-12); common settings included, unknown ones refused.
#[must_use]
pub fn json_schema(platform: &str, fields: &[Field]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields.iter().chain(COMMON_FIELDS) {
        properties.insert(field.name.to_owned(), field.schema());
        if field.required {
            required.push(field.name);
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("{platform} connector"),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Reads a connector's settings struct; serde's message names the setting, never its value.
///
/// # Errors
/// `Config` for unknown, missing or ill-typed settings.
pub fn from_config<T: serde::de::DeserializeOwned>(config: Value) -> Result<T> {
    if !config.is_object() {
        // A derived struct would take a list, its items for the settings in their order: a secret for a word to quote.
        return Err(Error::config("settings: not an object"));
    }
    serde_json::from_value(config).map_err(|error| {
        // serde_json quotes the offending value in "invalid type/value": that value may be a secret.
        let text = error.to_string();
        let safe = match text.split_once(": ") {
            Some((what @ ("invalid type" | "invalid value"), rest)) => {
                let expected =
                    rest.rsplit_once("expected ").map_or("another value", |(_, expected)| expected);
                format!("{what}, expected {expected}")
            }
            _ => text,
        };
        Error::config(format!("settings: {safe}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nowhere() {
        let secret = Secret::new("hush");
        assert_eq!(format!("{secret:?} {secret}"), "[redacted] [redacted]");
    }

    #[test]
    fn an_ill_typed_secret_is_not_quoted() {
        #[derive(Debug, Deserialize)]
        struct Settings {
            #[expect(dead_code, reason = "only its parsing is tested")]
            port: u16,
        }
        let error = from_config::<Settings>(json!({"port": "hush-hush"})).expect_err("a text is no port");
        assert!(!error.to_string().contains("hush-hush"), "{error}");
        assert!(error.to_string().contains("u16"), "{error}");
    }

    #[test]
    fn a_list_is_no_settings() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its parsing is tested")]
        struct Settings {
            secret: Secret,
            mode: Mode,
        }
        let error = from_config::<Settings>(json!(["hush", "hush"])).expect_err("a list");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }

    #[test]
    fn a_common_setting_out_of_range_is_refused() {
        let mut config =
            json!({"lookback_days": 0, "base_url": "x"}).as_object().cloned().expect("an object");
        assert_eq!(take_common(&mut config).expect_err("zero days").kind(), crate::ErrorKind::Config);
        let mut config = json!({"lookback_days": 7, "pace": "off", "base_url": "x"})
            .as_object()
            .cloned()
            .expect("an object");
        let common = take_common(&mut config).expect("good settings");
        assert_eq!(common, CommonSettings { lookback_days: 7, overlap_minutes: None, paced: false });
        assert_eq!(config.len(), 1);
    }
}
