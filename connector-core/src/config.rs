//! A connector's settings: declared once, rendered as forms, help and JSON Schema.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroize;

use crate::error::{Error, Result};

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

/// What a setting's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// An `http` or `https` address.
    Url,
    /// A whole number between the two, both included.
    Integer(i64, i64),
    /// True or false.
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A text that is sealed at rest and never shown.
    Secret,
}

/// One setting of a connector.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key in `config_json`.
    pub name: &'static str,
    /// What a form calls it.
    pub label: &'static str,
    /// What it is for and where to get it.
    pub help: &'static str,
    /// What its value looks like.
    pub kind: FieldKind,
    /// Whether a row in api mode must have it.
    pub required: bool,
    /// What holds when it is absent, as text for people.
    pub default: Option<&'static str>,
    /// The environment variable used by rows that do not hold it.
    pub env: Option<&'static str>,
}

impl Field {
    const fn new(name: &'static str, label: &'static str, help: &'static str, kind: FieldKind) -> Self {
        Self { name, label, help, kind, required: false, default: None, env: None }
    }

    /// A text that may be left out.
    #[must_use]
    pub const fn text(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self::new(name, label, help, FieldKind::Text)
    }

    /// A secret that may be left out.
    #[must_use]
    pub const fn secret(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self::new(name, label, help, FieldKind::Secret)
    }

    /// An address that may be left out.
    #[must_use]
    pub const fn url(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self::new(name, label, help, FieldKind::Url)
    }

    /// One of these words; without it, the first of them.
    #[must_use]
    pub const fn choice(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        Self::new(name, label, help, FieldKind::Choice(words)).or(words[0])
    }

    /// A whole number between the two, both included.
    #[must_use]
    pub const fn integer(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        (least, most): (i64, i64),
    ) -> Self {
        Self::new(name, label, help, FieldKind::Integer(least, most))
    }

    /// The platform's address, `base_url`: every connector has this setting. [`settings`] fills it in.
    #[must_use]
    pub const fn base_url(address: &'static str, help: &'static str) -> Self {
        Self::url("base_url", "Server address", help).or(address)
    }

    /// The same, without which a row in api mode cannot do; `env` is the variable for rows that do not hold it.
    #[must_use]
    pub const fn required(mut self, env: &'static str) -> Self {
        self.required = true;
        self.env(env)
    }

    /// The same, with the environment variable for rows that do not hold it.
    #[must_use]
    pub const fn env(mut self, env: &'static str) -> Self {
        self.env = Some(env);
        self
    }

    /// The same, with what holds when it is absent.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Whether the value is sealed at rest.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.kind == FieldKind::Secret
    }

    /// Reads a value as typed on a command line or form.
    ///
    /// # Errors
    /// `Config`, naming the setting and what it takes; the value is quoted only where it can hold no secret.
    pub fn parse(&self, text: &str) -> Result<Value> {
        let wrong = |takes: &str| Error::config(format!("{} = {text:?}: {takes}", self.name));
        match self.kind {
            FieldKind::Text => Ok(json!(text)),
            FieldKind::Secret if text.is_empty() => Err(Error::config(format!("{} is empty", self.name))),
            FieldKind::Secret => Ok(json!(text)),
            // An address may hold a password: it is not quoted.
            FieldKind::Url => match check_url(text) {
                Ok(()) => Ok(json!(text.trim_end_matches('/'))),
                Err(takes) => Err(Error::config(format!("{}: {takes}", self.name))),
            },
            FieldKind::Integer(least, most) => match text.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(json!(number)),
                _ => Err(wrong(&format!("takes a whole number from {least} to {most}"))),
            },
            FieldKind::Boolean => match text {
                "true" => Ok(json!(true)),
                "false" => Ok(json!(false)),
                _ => Err(wrong("takes true or false")),
            },
            FieldKind::Choice(words) if words.contains(&text) => Ok(json!(text)),
            FieldKind::Choice(words) => Err(wrong(&format!("takes one of {}", words.join(", ")))),
        }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            FieldKind::Text => json!({"type": "string"}),
            FieldKind::Url => json!({"type": "string", "format": "uri"}),
            FieldKind::Integer(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            FieldKind::Boolean => json!({"type": "boolean"}),
            FieldKind::Choice(words) => json!({"type": "string", "enum": words}),
            FieldKind::Secret => json!({"type": "string", "writeOnly": true, "format": "password"}),
        };
        schema["title"] = json!(self.label);
        schema["description"] = json!(self.help);
        schema
    }
}

fn check_url(text: &str) -> Result<(), &'static str> {
    let url = url::Url::parse(text).map_err(|_| "takes an address such as https://host/path")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("takes an http or https address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold no user name or password");
    }
    // Paths are put after the address: behind either of these they would be lost.
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must hold no query and no #");
    }
    Ok(())
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

/// Reads a connector's settings struct from a row's settings, after what its fields say has been seen to: each required one is
/// there, secrets are made of what keys are made of, and `base_url` is there and ends with no slash.
///
/// # Errors
/// `Config`, naming the setting and what to do; no value is quoted.
pub fn settings<T: serde::de::DeserializeOwned>(fields: &[Field], mut config: Value) -> Result<T> {
    if let Some(config) = config.as_object_mut() {
        for field in fields {
            field.complete(config)?;
        }
    }
    from_config(config)
}

impl Field {
    fn complete(&self, config: &mut Map<String, Value>) -> Result<()> {
        let is_absent = |value: &Value| value.is_null() || value == "";
        let value = config.get_mut(self.name).filter(|value| !is_absent(value));
        match (value, self.default) {
            (None, _) if self.required => {
                Err(Error::config(format!("{} is missing", self.name)).with_fix(self.how_to_set()))
            }
            (None, Some(address)) if self.name == "base_url" => {
                config.insert(self.name.to_owned(), json!(address));
                Ok(())
            }
            (Some(Value::String(text)), _) if self.is_secret() => {
                if text.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Ok(());
                }
                let what = format!("{} holds blanks or other characters that no key has", self.name);
                let fix = format!("copy it again, without blanks around it: {}", self.how_to_set());
                Err(Error::config(what).with_fix(fix))
            }
            (Some(Value::String(text)), _) if self.name == "base_url" => {
                text.truncate(text.trim_end_matches('/').len());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn how_to_set(&self) -> String {
        let variable = self.env.map(|env| format!("set {env}, or keep it in the row: ")).unwrap_or_default();
        let option = if self.is_secret() { "--secret " } else { "--set " };
        let value = if self.is_secret() { "" } else { "=..." };
        format!("{variable}`runner connectors set NAME {option}{}{value}`", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        key: Secret,
        shop: String,
        base_url: String,
    }

    const FIELDS: &[Field] = &[
        Field::secret("key", "Key", "A key.").required("SHOP_KEY"),
        Field::text("shop", "Shop", "A name.").required("SHOP_NAME"),
        Field::base_url("https://shop.example", "For tests."),
    ];

    #[test]
    fn settings_are_completed_by_what_their_fields_say() {
        for (address, expected) in [
            (json!(null), "https://shop.example"),
            (json!(""), "https://shop.example"),
            (json!("http://127.0.0.1:1/x//"), "http://127.0.0.1:1/x"),
        ] {
            let config = json!({"key": "hush-hush", "shop": "two words", "base_url": address});
            let read: Settings = settings(FIELDS, config).expect("settings");
            assert_eq!((read.base_url.as_str(), read.shop.as_str()), (expected, "two words"));
            assert_eq!(read.key.expose(), "hush-hush");
        }
        let read: Settings = settings(FIELDS, json!({"key": "hush", "shop": "x"})).expect("settings");
        assert_eq!(read.base_url, "https://shop.example");
    }

    #[test]
    fn settings_that_lack_something_say_what_to_do() {
        for (config, message, fix) in [
            (json!({"shop": "x"}), "key is missing", "set SHOP_KEY, or keep it in the row"),
            (json!({"key": "", "shop": "x"}), "key is missing", "--secret key`"),
            (json!({"key": "hush", "shop": null}), "shop is missing", "--set shop=...`"),
            (json!({"key": " hush", "shop": "x"}), "key holds blanks", "copy it again"),
            (json!({"key": "hush\n", "shop": "x"}), "key holds blanks", "SHOP_KEY"),
            (json!({"key": 7, "shop": "x"}), "invalid type", "settings"),
            (json!({"key": "hush", "shop": "x", "more": 1}), "more", "settings"),
            (json!(["hush"]), "not an object", "settings"),
        ] {
            let error = settings::<Settings>(FIELDS, config).expect_err(message);
            assert_eq!(error.kind(), crate::ErrorKind::Config);
            assert!(error.to_string().contains(message) && error.fix().contains(fix), "{error:?}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }

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

    #[test]
    fn an_address_with_a_password_is_refused() {
        for text in
            ["ftp://x", "http://", "http://user:pw@host", "http://host/?key=1", "http://host/#x", "host"]
        {
            assert!(check_url(text).is_err(), "{text}");
        }
        let field = Field::url("base_url", "", "");
        let error = field.parse("http://user:hush@host").expect_err("a password");
        assert!(!format!("{error:?} {}", error.fix()).contains("hush"), "{error:?}");
        assert!(check_url("http://127.0.0.1:9900/external").is_ok());
    }
}
