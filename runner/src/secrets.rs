//! Settings and secrets as they are typed: `--set KEY=VALUE` for the ones, a variable or a prompt for the others.

use std::io::{self, IsTerminal};

use connector_core::{Field, Registration, Secret};
use serde_json::{Map, Value};

use crate::account;
use crate::error::{Error, Result};
use crate::settings;

/// Reads `KEY=VALUE` settings.
///
/// # Errors
/// `Usage` for an unknown or secret key and for a value that its field does not take. The value of a secret is never
/// quoted, nor is anything whose key is not known to be harmless.
pub fn settings(registration: &'static Registration, typed: &[String]) -> Result<Map<String, Value>> {
    let mut settings = Map::new();
    for pair in typed {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Error::usage("a --set has no '='", "write --set KEY=VALUE"));
        };
        let field = account::field(registration, name.trim())?;
        if field.is_secret() {
            return Err(Error::usage(
                format!("{} is a secret and does not belong on the command line", field.name),
                format!("use --secret {}: its value is read from {}", field.name, source(field)),
            ));
        }
        settings.insert(field.name.to_owned(), field.parse(value.trim())?);
    }
    Ok(settings)
}

/// The fields that `--secret` names.
///
/// # Errors
/// `Usage` for an unknown name, and for a value on the command line, which is not quoted.
pub fn fields(registration: &'static Registration, typed: &[String]) -> Result<Vec<&'static Field>> {
    let mut found: Vec<&'static Field> = Vec::new();
    for name in typed {
        if let Some((name, _)) = name.split_once('=') {
            let field = account::field(registration, name.trim())?;
            return Err(Error::usage(
                format!("--secret {} takes no value: other users can read command lines", field.name),
                format!("use --secret {}: its value is read from {}", field.name, source(field)),
            ));
        }
        let field = account::field(registration, name.trim())?;
        if found.iter().all(|other| other.name != field.name) {
            found.push(field);
        }
    }
    Ok(found)
}

/// Gets the value of each field: from its environment variable, else from a prompt without echo.
///
/// # Errors
/// `Usage` when there is neither, naming the variable.
pub fn ask(fields: &[&'static Field]) -> Result<Vec<(String, Secret)>> {
    fields.iter().map(|field| Ok((field.name.to_owned(), ask_one(field)?))).collect()
}

fn ask_one(field: &'static Field) -> Result<Secret> {
    let text = match field.env.and_then(settings::variable) {
        Some(text) => text,
        None if io::stdin().is_terminal() => rpassword::prompt_password(format!("{}: ", field.label))
            .map_err(|error| {
                Error::usage(format!("{} cannot be read: {error}", field.name), source(field))
            })?,
        None => {
            return Err(Error::usage(
                format!("no value for {}", field.name),
                format!("give it in {}", source(field)),
            ));
        }
    };
    let secret = Secret::new(text.trim());
    field.parse(secret.expose()).map_err(|_| {
        Error::usage(
            format!("{} is empty or malformed", field.name),
            format!("{}. {}", field.label, field.help),
        )
    })?;
    Ok(secret)
}

fn source(field: &Field) -> String {
    match field.env {
        Some(name) => format!("the environment variable {name}, or a prompt on a terminal"),
        None => "a prompt on a terminal".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use connector_core::FieldKind;
    use connector_core::registry;
    use proptest::prelude::*;

    use super::*;

    const CANARY: &str = "hush-canary-7f3a";

    /// A setting of any platform, or none.
    fn name() -> impl Strategy<Value = String> {
        let known: Vec<&str> = ["smartstore", "cafe24"]
            .into_iter()
            .flat_map(|platform| account::fields(registry::find(platform).expect("linked in")))
            .map(|field| field.name)
            .collect();
        prop_oneof![prop::sample::select(known).prop_map(str::to_owned), "\\PC{0,12}"]
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,20}",
            Just(format!("http://user:{CANARY}@shop.test")),
            any::<i64>().prop_map(|number| number.to_string()),
            prop::sample::select(vec!["auto", "live", "true", "SELF", "1,2", "http://127.0.0.1:1/"])
                .prop_map(str::to_owned),
        ]
    }

    proptest! {
        /// Whatever follows `--set` and `--secret`: settings within their bounds, or an error without a secret.
        #[test]
        fn any_typed_setting_is_taken_or_refused(
            pairs in prop::collection::vec((name(), value()), 0..4),
            noise in "\\PC{0,20}",
            platform in prop::sample::select(vec!["smartstore", "cafe24"]),
        ) {
            let registration = registry::find(platform).expect("linked in");
            let mut typed: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            match settings(registration, &typed) {
                Ok(read) => for (name, value) in &read {
                    let field = account::field(registration, name).expect("a known setting");
                    prop_assert!(!field.is_secret());
                    if let FieldKind::Integer(least, most) = field.kind {
                        prop_assert!(value.as_i64().is_some_and(|number| (least..=most).contains(&number)));
                    }
                },
                Err(error) => {
                    let shown = format!("{error} {error:?} {}", error.fix());
                    let is_text = |name: &str| account::field(registration, name.trim())
                        .is_ok_and(|field| matches!(field.kind, FieldKind::Integer(..) | FieldKind::Choice(_)));
                    // The word for a number or a choice is quoted; nobody types a secret there.
                    let quoted = pairs.iter().any(|(name, value)| is_text(name) && value.contains(CANARY));
                    prop_assert!(!shown.contains(CANARY) || quoted, "{}", shown);
                }
            }
            typed.push(noise);
            drop(fields(registration, &typed));
            for (name, _) in &pairs {
                let with_value = [format!("{name}={CANARY}")];
                let error = fields(registration, &with_value).expect_err("a value on the command line");
                let shown = format!("{error} {error:?} {}", error.fix());
                prop_assert!(!shown.contains(CANARY), "{}", shown);
            }
        }

        /// Whatever stands in a row and in the environment: a connector, or an error without a secret.
        #[test]
        fn any_row_makes_a_connector_or_is_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..24),
            environment in value(),
            platform in prop::sample::select(vec!["smartstore", "cafe24"]),
        ) {
            use connector_core::Mode;
            use connector_core::conformance::distort::{Choices, Node};

            let registration = registry::find(platform).expect("linked in");
            let mut config: Map<String, Value> =
                serde_json::from_str(registration.fixture_settings).expect("settings");
            config.insert("lookback_days".into(), 7.into());
            for field in registration.fields.iter().filter(|field| field.is_secret()) {
                config.insert(field.name.into(), CANARY.into());
            }
            let mut row = Node::of(&Value::Object(config));
            let mut choices = Choices::new(&bytes);
            for _ in 0..=choices.below(3) {
                row.distort(&mut choices);
            }
            let Ok(config) = serde_json::from_str::<Map<String, Value>>(&row.text()) else { return Ok(()) };
            for mode in [Mode::Api, Mode::Fixture] {
                let environment = |_: &str| Some(environment.clone());
                let built = account::resolve(registration, mode, config.clone(), environment)
                    .and_then(|resolved| (registration.build)(Value::Object(resolved.own)));
                match built {
                    Ok(connector) => {
                        let shown = format!("{connector:?}");
                        prop_assert!(!shown.contains(CANARY), "{}", shown);
                    }
                    Err(error) => {
                        let shown = format!("{error} {error:?} {}", error.fix());
                        prop_assert!(!shown.contains(CANARY), "{}", shown);
                    }
                }
            }
        }
    }
}
