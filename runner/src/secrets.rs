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
