//! What a row must say.

use connector_core::{Error, Field, Result, Secret};
use serde::Deserialize;

use crate::sign;

/// The platform itself.
pub(crate) const BASE_URL: &str = "https://api.commerce.naver.com/external";

pub(crate) const FIELDS: &[Field] = &[
    Field::secret(
        "client_id",
        "Application ID",
        "애플리케이션 ID of the application in the Commerce API center (apicenter.commerce.naver.com).",
    )
    .required("SMARTSTORE_CLIENT_ID"),
    Field::secret(
        "client_secret",
        "Application secret",
        "애플리케이션 시크릿 of the same application: 29 characters, starting with $2a$. Put it in single quotes \
         wherever a shell or a .env file reads it.",
    )
    .required("SMARTSTORE_CLIENT_SECRET"),
    Field::base_url(BASE_URL, "For tests, proxies and the simulator; ends with /external."),
    Field::choice(
        "type",
        "Account type",
        "SELF: the store's own application. SELLER: a commerce solution or API agency acting for a seller.",
        &["SELF", "SELLER"],
    ),
    Field::text(
        "account_id",
        "Seller account",
        "The seller's ID or accountUid; only sent, and then needed, with type SELLER.",
    ),
    Field::choice(
        "settlement",
        "Settlement rows",
        "case: one row for each order line and fee, a call a day. daily: one row for each payout. Never both, since \
         they tell of the same money.",
        &["case", "daily"],
    ),
    Field::secret(
        "refresh_token",
        "Refresh token",
        "Taken and not used: the platform has none, though some guides list it.",
    ),
];

/// Whose orders are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Account {
    /// The application's own store.
    #[default]
    #[serde(rename = "SELF")]
    Own,
    /// A seller who subscribed to a solution.
    #[serde(rename = "SELLER")]
    Seller,
}

impl Account {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Own => "SELF",
            Self::Seller => "SELLER",
        }
    }
}

/// Which settlement rows are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Settlement {
    /// One for each order line and fee.
    #[default]
    Case,
    /// One for each payout.
    Daily,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub client_id: Secret,
    pub client_secret: Secret,
    pub base_url: String,
    #[serde(default, rename = "type")]
    pub account: Account,
    pub account_id: Option<String>,
    #[serde(default)]
    pub settlement: Settlement,
    #[expect(dead_code, reason = "accepted because guides list it; the platform has no refresh tokens")]
    refresh_token: Option<Secret>,
}

impl Settings {
    /// Reads a row's settings.
    ///
    /// # Errors
    /// `Config`, naming the setting and what to do; no value is quoted.
    pub(crate) fn of(config: serde_json::Value) -> Result<Self> {
        let settings: Self = connector_core::config::settings(FIELDS, config)?;
        let has_account = settings.account_id.as_deref().is_some_and(|id| !id.trim().is_empty());
        sign::check_secret(&settings.client_secret)?;
        if settings.account == Account::Seller && !has_account {
            return Err(Error::config("type SELLER needs account_id").with_fix(
                "set account_id to the seller's ID or accountUid; a store's own application takes type SELF",
            ));
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use connector_core::ErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: &[(&str, Value)]) -> Result<Settings> {
        let mut config = json!({"client_id": "id", "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe"});
        for (name, value) in more {
            config[*name] = value.clone();
        }
        Settings::of(config)
    }

    #[test]
    fn the_two_credentials_are_enough() {
        let settings = settings(&[]).expect("good settings");
        assert_eq!(settings.base_url, "https://api.commerce.naver.com/external");
        assert_eq!(settings.account, Account::Own);
        assert!(!format!("{settings:?}").contains("KBTM"));
    }

    #[test]
    fn every_field_is_a_setting_and_nothing_else_is() {
        let sample = |field: &Field| match field.name {
            "client_secret" => json!("$2a$04$KBTMVR2jQfWqZLnH7cDxYe"),
            "base_url" => json!("http://127.0.0.1:9900/external/"),
            "type" => json!("SELLER"),
            "settlement" => json!("daily"),
            _ => json!("text"),
        };
        let all: Vec<(&str, Value)> = FIELDS.iter().map(|field| (field.name, sample(field))).collect();
        let full = settings(&all).expect("every field at once");
        assert_eq!(full.base_url, "http://127.0.0.1:9900/external");
        let error = settings(&[("client_idd", json!("x"))]).expect_err("an unknown setting");
        assert_eq!(error.kind(), ErrorKind::Config);
    }

    #[test]
    fn bad_settings_say_what_to_do() {
        for (name, value, message, fix) in [
            ("client_id", "", "client_id is missing", "SMARTSTORE_CLIENT_ID"),
            ("client_secret", "", "client_secret is missing", "SMARTSTORE_CLIENT_SECRET"),
            ("client_id", "two words", "client_id holds blanks", "without blanks"),
            ("client_secret", "a4/hush", "client_secret is not the bcrypt salt", "single quotes"),
            ("type", "SELLER", "needs account_id", "SELF"),
            ("type", "self", "unknown variant `self`", "settings"),
        ] {
            let error = settings(&[(name, json!(value))]).expect_err(message);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.fix().contains(fix), "{}", error.fix());
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
