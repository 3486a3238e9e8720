//! Every environment variable the product reads, and the only place that reads them.

mod key;

use std::path::{Path, PathBuf};

use connector_core::Secret;

pub use key::{KeyPlace, KeyState};

use crate::error::{Error, Result};

/// The folder of ours in the user's configuration folder.
const FOLDER: &str = "commerce-runner";

/// The database where none is named.
pub const DEFAULT_DATABASE: &str = "sqlite://commerce.db";

/// One environment variable, for help and documentation.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds when it is not set; empty when nothing does.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// The variables, beside those that connectors declare for their own settings (`runner platforms NAME`).
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "DATABASE_URL",
        default: DEFAULT_DATABASE,
        meaning: "sqlite://PATH, a bare path, or postgres://USER:PASSWORD@HOST/NAME",
    },
    Variable {
        name: "RUNNER_SECRET_KEY",
        default: "a key file in your configuration folder",
        meaning: "base64 of 32 bytes; several, comma-separated: the first seals, all open. Needed with PostgreSQL",
    },
    Variable {
        name: "RUNNER_SECRET_KEY_FILE",
        default: "",
        meaning: "a file that holds the same; readable by its owner only",
    },
    Variable {
        name: "RUNNER_TLS_CERT_FILE",
        default: "",
        meaning: "a certificate for `runner serve`, as --tls-cert",
    },
    Variable { name: "RUNNER_TLS_KEY_FILE", default: "", meaning: "its private key, as --tls-key" },
    Variable { name: "RUST_LOG", default: "info", meaning: "which log lines go to stderr" },
    Variable { name: "RUNNER_LOG_FORMAT", default: "text", meaning: "json writes log lines for machines" },
    Variable {
        name: "XDG_CONFIG_HOME",
        default: "$HOME/.config",
        meaning: "the configuration folder; ours in it is commerce-runner",
    },
];

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `RUNNER_SECRET_KEY`.
    pub secret_key: Option<Secret>,
    /// `RUNNER_SECRET_KEY_FILE`.
    pub secret_key_file: Option<PathBuf>,
    /// `RUNNER_TLS_CERT_FILE`.
    pub tls_cert_file: Option<PathBuf>,
    /// `RUNNER_TLS_KEY_FILE`.
    pub tls_key_file: Option<PathBuf>,
    /// Our folder in the user's configuration folder; `None` when there is no home folder either.
    pub config_folder: Option<PathBuf>,
    /// `RUST_LOG`.
    pub log_filter: Option<String>,
    /// Whether `RUNNER_LOG_FORMAT` is `json`.
    pub log_json: bool,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// `Usage` when `RUNNER_LOG_FORMAT` is neither `text` nor `json`.
    pub fn from_environment() -> Result<Self> {
        let home = || variable("HOME").map(|home| Path::new(&home).join(".config"));
        let config_home = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let log_json = match variable("RUNNER_LOG_FORMAT").as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => {
                return Err(Error::usage(
                    format!("RUNNER_LOG_FORMAT is {other:?}"),
                    "set it to text or json, or leave it out",
                ));
            }
        };
        Ok(Self {
            secret_key: variable("RUNNER_SECRET_KEY").map(Secret::new),
            secret_key_file: variable("RUNNER_SECRET_KEY_FILE").map(PathBuf::from),
            tls_cert_file: variable("RUNNER_TLS_CERT_FILE").map(PathBuf::from),
            tls_key_file: variable("RUNNER_TLS_KEY_FILE").map(PathBuf::from),
            config_folder: config_home.or_else(home).map(|folder| folder.join(FOLDER)),
            log_filter: variable("RUST_LOG"),
            log_json,
        })
    }
}

/// The value of an environment variable; `None` when it is not set, empty, or no UTF-8.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the home of the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Puts the variables of `.env` in the working folder into the environment, where they are not set already. A `$` in a
/// value stands for itself. Call it before any thread exists.
///
/// # Errors
/// `Usage` when the file is there and cannot be read; its content is not quoted, as it holds secrets.
pub fn load_env_file() -> Result<()> {
    let text = match std::fs::read_to_string(".env") {
        Ok(text) => Secret::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(Error::usage(
                format!("the .env file cannot be read: {error}"),
                "make it readable for this user, or remove it",
            ));
        }
    };
    let malformed = || {
        Error::usage(
            "a line of the .env file is malformed",
            "write NAME=VALUE on each line; put values that hold blanks or '#' in single quotes",
        )
    };
    let text = Secret::new(readable_env(text.expose()).ok_or_else(malformed)?);
    dotenvy::from_read(text.expose().as_bytes()).map_err(|_| malformed())
}

/// The text of a `.env` file as the parser takes it; `None` for one with U+0000, which no variable can hold.
fn readable_env(text: &str) -> Option<String> {
    (!text.contains('\0')).then(|| with_literal_dollars(text))
}

/// The text with every `$` escaped that the parser would take for the start of a variable. SmartStore's secrets begin
/// with `$2a$`, and lose that part unseen when it is read as one.
fn with_literal_dollars(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let mut is_single_quoted = false;
        let mut before = '\n';
        let mut rest = line.chars();
        if line.trim_start().starts_with('#') {
            literal.push_str(line);
            continue;
        }
        while let Some(c) = rest.next() {
            match c {
                '\\' if !is_single_quoted => {
                    literal.push(c);
                    literal.extend(rest.next());
                }
                '#' if !is_single_quoted && before.is_whitespace() => {
                    literal.push(c);
                    literal.push_str(rest.as_str());
                    break;
                }
                '\'' => {
                    is_single_quoted = !is_single_quoted;
                    literal.push(c);
                }
                '$' if !is_single_quoted => literal.push_str("\\$"),
                _ => literal.push(c),
            }
            before = c;
        }
    }
    literal
}

/// The list of [`VARIABLES`] for the end of `runner --help`.
#[must_use]
pub fn help() -> String {
    let mut text = String::from("Environment (also read from .env in the working folder):\n");
    for variable in VARIABLES {
        let default = match variable.default {
            "" => String::new(),
            default => format!(" [default: {default}]"),
        };
        text.push_str(&format!("  {:<23} {}{default}\n", variable.name, variable.meaning));
    }
    text.push_str("  Credentials of rows that hold none: see `runner platforms NAME`.\n");
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever stands in the file: variables that the environment can hold, or an error.
        #[test]
        fn any_env_file_is_read_or_refused(
            noise in "\\PC{0,20}",
            lines in prop::collection::vec("[A-C=$'\"\\\\ #{}\t\0x-]{0,16}", 0..5),
        ) {
            for text in [noise, lines.join("\n")] {
                let Some(readable) = readable_env(&text) else { continue };
                for pair in dotenvy::from_read_iter(readable.as_bytes()) {
                    let Ok((name, value)) = pair else { break };
                    prop_assert!(!name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0'));
                }
            }
        }

        /// A `$` reaches the variable as it is, in every way of quoting.
        #[test]
        fn any_dollar_stands_for_itself(secret in "[$][$A-Za-z0-9./{}]{1,28}") {
            for line in [format!("A={secret}"), format!("A='{secret}'"), format!("A=\"{secret}\"")] {
                let readable = readable_env(&line).expect("no U+0000");
                let read: Vec<_> =
                    dotenvy::from_read_iter(readable.as_bytes()).collect::<Result<_, _>>().expect("one line");
                prop_assert_eq!(&read, &[("A".to_owned(), secret.clone())], "{}", line);
            }
        }
    }

    #[test]
    fn an_env_file_with_a_nul_is_refused() {
        assert!(readable_env("A=x\0y").is_none(), "setting such a variable would panic");
    }

    #[test]
    fn a_dollar_in_the_env_file_stands_for_itself() {
        let text = "A=$2a$04$x\nB='$2a$04$x'\nC=\"$2a$04$x\"\nD=\\$2a # it's $5\n# don't $x\nE=$y\n";
        let read: Vec<(String, String)> = dotenvy::from_read_iter(with_literal_dollars(text).as_bytes())
            .collect::<Result<_, _>>()
            .expect("well-formed lines");
        let values: Vec<&str> = read.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["$2a$04$x", "$2a$04$x", "$2a$04$x", "$2a", "$y"]);
    }
}
