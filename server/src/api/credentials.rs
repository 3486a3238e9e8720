//! Settings as callers send them, against what the platform's connector declares.

use std::collections::BTreeMap;

use connector_core::config::COMMON_FIELDS;
use connector_core::{Field, Mode, Registration, Secret};
use serde_json::{Map, Value};

use crate::problem::{InputError, Problem};

/// What a secret reads as. Sent back in a change, it leaves the secret as it is.
pub(super) const HIDDEN: &str = "********";

/// Settings, understood.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Those that are no secret.
    pub(super) set: Map<String, Value>,
    /// Those to take away.
    pub(super) unset: Vec<String>,
    /// Secrets.
    pub(super) secrets: Vec<(String, Secret)>,
}

impl Settings {
    /// Everything in one object, secrets in the clear: for building a connector, never for the store.
    pub(super) fn opened(&self) -> Map<String, Value> {
        let secrets = self.secrets.iter().map(|(name, secret)| (name.clone(), Value::from(secret.expose())));
        self.set.clone().into_iter().chain(secrets).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.set.contains_key(name) || self.secrets.iter().any(|(secret, _)| secret == name)
    }
}

/// What stands under `credentials`: what the platform knows the account by. The rest stands under `config`.
pub(super) fn is_credential(field: &Field) -> bool {
    field.is_secret() || field.required || field.env.is_some()
}

/// Reads `credentials` and `config`. Every fault is named by its pointer.
///
/// # Errors
/// 422 for unknown fields, for values that a field does not take, and for secrets outside of `credentials`.
pub(super) fn read(
    registration: &'static Registration,
    credentials: BTreeMap<String, Value>,
    config: BTreeMap<String, Value>,
    is_change: bool,
) -> Result<Settings, Vec<InputError>> {
    let mut settings = Settings::default();
    let mut errors = Vec::new();
    let parts = [("credentials", credentials), ("config", config)];
    for (part, values) in parts {
        for (name, value) in values {
            let pointer = format!("/{part}/{}", name.replace('~', "~0").replace('/', "~1"));
            let mut known =
                registration.fields.iter().chain(COMMON_FIELDS.iter().filter(|_| part == "config"));
            let Some(field) = known.find(|field| field.name == name) else {
                let fields =
                    registration.fields.iter().filter(|field| part == "config" || is_credential(field));
                let names: Vec<&str> = fields.map(|field| field.name).collect();
                let message =
                    format!("{} has no such field; it has {}", registration.platform, names.join(", "));
                errors.push(InputError::at(pointer, message));
                continue;
            };
            if settings.has(field.name) {
                errors.push(InputError::at(pointer, "is given twice"));
            } else if field.is_secret() && part == "config" {
                errors.push(InputError::at(pointer, "is a secret and belongs in credentials"));
            } else if let Err(message) = settings.take(field, value, is_change) {
                errors.push(InputError::at(pointer, message));
            }
        }
    }
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

impl Settings {
    fn take(&mut self, field: &'static Field, value: Value, is_change: bool) -> Result<(), String> {
        let text = match value {
            Value::Null if is_change => {
                self.unset.push(field.name.to_owned());
                return Ok(());
            }
            Value::String(text) if text == HIDDEN && field.is_secret() => {
                return match is_change {
                    true => Ok(()),
                    false => Err("is the mark of a hidden secret, not one".to_owned()),
                };
            }
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return Err("takes a text".to_owned()),
        };
        let text = Secret::new(text.trim());
        // The field's own message may quote the value; a caller may have put a secret there.
        let parsed = field.parse(text.expose()).map_err(|_| format!("{}: {}", field.label, takes(field)))?;
        match field.is_secret() {
            true => self.secrets.push((field.name.to_owned(), text)),
            false => drop(self.set.insert(field.name.to_owned(), parsed)),
        }
        Ok(())
    }
}

fn takes(field: &Field) -> String {
    use connector_core::FieldKind;
    match field.kind {
        FieldKind::Text => "takes a text".to_owned(),
        FieldKind::Secret => "takes a text that is not empty".to_owned(),
        FieldKind::Url => "takes an http or https address without user, query and #".to_owned(),
        FieldKind::Integer(least, most) => format!("takes a whole number from {least} to {most}"),
        FieldKind::Boolean => "takes true or false".to_owned(),
        FieldKind::Choice(words) => format!("takes one of {}", words.join(", ")),
    }
}

/// What an account in this mode still needs, given what it has.
pub(super) fn missing(
    registration: &'static Registration,
    mode: &str,
    has: impl Fn(&str) -> bool,
) -> Vec<InputError> {
    if mode != Mode::Api.name() {
        return Vec::new();
    }
    let missing = registration.fields.iter().filter(|field| field.required && !has(field.name));
    missing
        .map(|field| {
            let message = format!("{} is missing: {}", field.name, field.label);
            InputError::at(format!("/credentials/{}", field.name), message)
        })
        .collect()
}

/// What an account shows of its settings: `credentials` with secrets hidden, and `config`.
pub(super) fn shown(
    registration: Option<&'static Registration>,
    config: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut credentials, mut others) = (Map::new(), Map::new());
    // What is not known to be harmless may be a secret under a misspelled name, and is left out.
    let own = registration.map(|registration| registration.fields).unwrap_or_default();
    for field in own.iter().chain(COMMON_FIELDS) {
        let Some(value) = config.get(field.name) else { continue };
        let value = if field.is_secret() { Value::from(HIDDEN) } else { value.clone() };
        let part = if is_credential(field) { &mut credentials } else { &mut others };
        part.insert(field.name.to_owned(), value);
    }
    (credentials, others)
}

/// A mode by its name.
pub(super) fn mode(name: Option<&str>) -> Result<Option<Mode>, Problem> {
    name.map(|name| {
        Mode::from_name(name)
            .map_err(|_| Problem::invalid_input(vec![InputError::at("/mode", "takes api or fixture")]))
    })
    .transpose()
}
