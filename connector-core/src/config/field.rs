//! One setting: how it is declared, read from text, and completed.

use serde_json::{Map, Value, json};

use super::from_config;
use crate::error::{Error, Result};

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

    pub(super) fn schema(&self) -> Value {
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
    use serde::Deserialize;

    use super::*;
    use crate::Secret;

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
