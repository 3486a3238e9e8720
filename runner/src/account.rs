//! From a connector row to a connector.

use std::sync::Arc;

use connector_core::config::{COMMON_FIELDS, CommonSettings, take_common};
use connector_core::{Connector, Error, Field, FieldKind, Mode, Registration, Result, registry};
use serde_json::{Map, Value};
use storage::ConnectorRow;

use crate::context::Context;
use crate::settings;

/// A row, its connector, and how to run it.
#[derive(Clone)]
pub struct Account {
    /// The row.
    pub row: ConnectorRow,
    /// The platform's registration.
    pub registration: &'static Registration,
    /// Live calls, or the fixture.
    pub mode: Mode,
    /// The settings that every connector has.
    pub common: CommonSettings,
    /// The connector, built with the row's settings.
    pub connector: Arc<dyn Connector>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("row", &self.row)
            .field("mode", &self.mode)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}

/// Opens a row: its secrets, the environment's for those that it does not hold, and the connector built with both.
/// Secrets that somebody wrote into the row as plain text are sealed in place first. Calls no platform.
///
/// # Errors
/// `Config` when the platform is not known or settings are missing or wrong, `Storage` when a secret cannot be
/// opened.
pub async fn open_account(context: &Context, row: &ConnectorRow) -> Result<Account> {
    let registration = registry::find(&row.platform)?;
    let mode = Mode::from_name(&row.mode)?;
    if mode == Mode::Api {
        // The tokens that the platform hands out are kept, sealed.
        context.ensure_key()?;
    }
    let row = seal_plain_secrets(context, registration, row).await?;
    let config = context.storage.open_secrets(&row).await?;
    let resolved = resolve(registration, mode, config, |name| environment(row.owner_id, name))?;
    resolved.refuse_missing(&row.name)?;
    let connector = (registration.build)(Value::Object(resolved.own))?;
    Ok(Account { row, registration, mode, common: resolved.common, connector })
}

/// What stands in for a setting that a row does not hold. A row that belongs to a user of the server stands for itself:
/// the environment's credentials are those of whoever runs the program.
pub(crate) fn environment(owner_id: Option<i64>, name: &str) -> Option<String> {
    match owner_id {
        None => settings::variable(name),
        Some(_) => None,
    }
}

async fn seal_plain_secrets(
    context: &Context,
    registration: &'static Registration,
    row: &ConnectorRow,
) -> Result<ConnectorRow> {
    let names = plain_secrets(registration, row);
    if names.is_empty() {
        return Ok(row.clone());
    }
    context.ensure_key()?;
    let sealed = context.storage.seal_plain_secrets(row.id, &names).await?;
    tracing::info!(
        connector.id = row.id,
        "{}: sealed {sealed} secrets that stood in the row as plain text",
        row.name
    );
    Ok(context.storage.connector(row.id).await?)
}

/// Secret settings that stand in the row as plain text.
#[must_use]
pub fn plain_secrets(registration: &'static Registration, row: &ConnectorRow) -> Vec<&'static str> {
    let public = row.public_config();
    let plain = |field: &&Field| matches!(public.get(field.name), Some(Value::String(text)) if text != SEALED && !text.is_empty());
    registration
        .fields
        .iter()
        .filter(|field| field.is_secret())
        .filter(plain)
        .map(|field| field.name)
        .collect()
}

/// What a sealed value reads as.
pub const SEALED: &str = "[sealed]";

/// A row's settings, with everything that stands in for what the row does not hold.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The settings that every connector has.
    pub common: CommonSettings,
    /// The connector's own, secrets opened.
    pub own: Map<String, Value>,
    /// Required settings that are nowhere.
    pub missing: Vec<&'static Field>,
    /// Settings taken from the environment.
    pub from_environment: Vec<&'static Field>,
}

impl Resolved {
    /// # Errors
    /// `Config`, naming every missing setting and where to put it.
    pub fn refuse_missing(&self, row_name: &str) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.missing.iter().map(|field| field.name).collect();
        let options: Vec<String> = self
            .missing
            .iter()
            .map(|field| match field.is_secret() {
                true => format!("--secret {}", field.name),
                false => format!("--set {}=VALUE", field.name),
            })
            .collect();
        let variables: Vec<&str> = self.missing.iter().filter_map(|field| field.env).collect();
        let mut fix = format!("`runner connectors set {row_name} {}`", options.join(" "));
        if variables.len() == self.missing.len() {
            fix.push_str(&format!(", or the environment: {}", variables.join(", ")));
        }
        Err(Error::config(format!("missing settings: {}", names.join(", "))).with_fix(fix))
    }
}

/// Puts a row's opened settings together with those of the environment (`variable`), or in fixture mode with those
/// that the platform's fixture is made for.
///
/// # Errors
/// `Config` for a value that its field does not take; an environment value is never quoted.
pub fn resolve(
    registration: &'static Registration,
    mode: Mode,
    mut config: Map<String, Value>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Resolved> {
    config.retain(|_, value| !is_absent(value));
    let common = take_common(&mut config)?;
    let mut from_environment = Vec::new();
    match mode {
        Mode::Fixture => {
            let stand_in: Map<String, Value> =
                serde_json::from_str(registration.fixture_settings).map_err(|error| {
                    Error::config(format!("fixture settings of {}: {error}", registration.platform))
                        .with_fix("report it: the connector crate is broken")
                })?;
            for (name, value) in stand_in {
                config.entry(name).or_insert(value);
            }
        }
        Mode::Api => {
            for field in registration.fields {
                if config.contains_key(field.name) {
                    continue;
                }
                let Some((name, text)) = field.env.and_then(|name| Some((name, variable(name)?))) else {
                    continue;
                };
                let value = field.parse(text.trim()).map_err(|_| {
                    Error::config(format!("the environment's {name} is no good value for {}", field.name))
                        .with_fix(format!(
                            "{}: see `runner platforms {}`",
                            field.label, registration.platform
                        ))
                })?;
                config.insert(field.name.to_owned(), value);
                from_environment.push(field);
            }
        }
    }
    let missing = registration
        .fields
        .iter()
        .filter(|field| field.required && !config.contains_key(field.name))
        .collect();
    Ok(Resolved { common, own: config, missing, from_environment })
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// The platform's settings and the common ones.
pub fn fields(registration: &'static Registration) -> impl Iterator<Item = &'static Field> {
    registration.fields.iter().chain(COMMON_FIELDS)
}

/// The field of that name.
///
/// # Errors
/// `Config`, listing what there is.
pub fn field(registration: &'static Registration, name: &str) -> Result<&'static Field> {
    fields(registration).find(|field| field.name == name).ok_or_else(|| {
        let known: Vec<&str> = fields(registration).map(|field| field.name).collect();
        Error::config(format!("{} has no setting {name:?}", registration.platform))
            .with_fix(format!("use one of: {}", known.join(", ")))
    })
}

/// Whether an address sends credentials in the clear over a network: `http`, and not to this machine.
#[must_use]
pub fn is_in_the_clear(field: &Field, value: &Value) -> bool {
    let Some(rest) = value.as_str().and_then(|address| address.strip_prefix("http://")) else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    field.kind == FieldKind::Url && !is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[Field] = &[
        Field {
            name: "base_url",
            label: "Address",
            help: "",
            kind: FieldKind::Url,
            required: false,
            default: None,
            env: None,
        },
        Field {
            name: "client_secret",
            label: "Secret",
            help: "",
            kind: FieldKind::Secret,
            required: true,
            default: None,
            env: Some("SHOP_SECRET"),
        },
        Field {
            name: "mall",
            label: "Mall",
            help: "",
            kind: FieldKind::Text,
            required: true,
            default: None,
            env: None,
        },
    ];

    static REGISTRATION: Registration = Registration {
        platform: "shop",
        aliases: &[],
        title: "Shop",
        fields: FIELDS,
        build: |_| Err(Error::unsupported("building")),
        fixture: "{}",
        fixture_settings: r#"{"client_secret": "sample", "mall": "sample"}"#,
        fixture_commands: "[]",
        personal_fields: &[],
    };

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn the_environment_stands_in_for_what_the_row_does_not_hold() {
        let variable = |name: &str| (name == "SHOP_SECRET").then(|| "hush".to_owned());
        let config = object(json!({"mall": "m", "lookback_days": 7, "client_secret": ""}));
        let resolved = resolve(&REGISTRATION, Mode::Api, config, variable).expect("good settings");
        assert_eq!(Value::Object(resolved.own), json!({"mall": "m", "client_secret": "hush"}));
        assert_eq!(resolved.common.lookback_days, 7);
        assert!(resolved.missing.is_empty());

        let config = object(json!({"mall": "m", "client_secret": "own"}));
        let resolved = resolve(&REGISTRATION, Mode::Api, config, variable).expect("good settings");
        assert_eq!(resolved.own["client_secret"], "own");
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_sets_it() {
        let resolved = resolve(&REGISTRATION, Mode::Api, Map::new(), |_| None).expect("no bad value");
        let error = resolved.refuse_missing("main").expect_err("two are missing");
        assert_eq!(error.to_string(), "missing settings: client_secret, mall");
        assert_eq!(
            error.fix(),
            "`runner connectors set main --secret client_secret --set mall=VALUE`",
            "the environment is no way out while one of them has no variable"
        );
    }

    #[test]
    fn fixture_mode_needs_neither_settings_nor_environment() {
        let never =
            |_: &str| -> Option<String> { panic!("the environment is none of fixture mode's business") };
        let config = object(json!({"mall": "mine"}));
        let resolved = resolve(&REGISTRATION, Mode::Fixture, config, never).expect("good settings");
        assert_eq!(Value::Object(resolved.own), json!({"mall": "mine", "client_secret": "sample"}));
    }

    #[test]
    fn only_addresses_off_this_machine_are_in_the_clear() {
        for (address, expected) in [
            ("http://shop.example/x", true),
            ("http://10.0.0.1:80", true),
            ("http://127.0.0.1:9900/external", false),
            ("http://[::1]:9900", false),
            ("http://localhost:1", false),
            ("https://shop.example", false),
        ] {
            assert_eq!(is_in_the_clear(&FIELDS[0], &json!(address)), expected, "{address}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_with_those_that_there_are() {
        let error = field(&REGISTRATION, "malls").expect_err("unknown");
        assert!(error.fix().contains("mall") && error.fix().contains("lookback_days"), "{}", error.fix());
    }
}
