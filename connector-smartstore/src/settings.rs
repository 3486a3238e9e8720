//! What a row must say, and which fields of the platform's answers are personal.

use connector_core::{Error, Field, FieldKind, Result, Secret};
use serde::Deserialize;

use crate::sign;

/// The platform itself.
pub(crate) const BASE_URL: &str = "https://api.commerce.naver.com/external";

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "client_id",
        label: "Application ID",
        help: "애플리케이션 ID of the application in the Commerce API center (apicenter.commerce.naver.com).",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: Some("SMARTSTORE_CLIENT_ID"),
    },
    Field {
        name: "client_secret",
        label: "Application secret",
        help: "애플리케이션 시크릿 of the same application: 29 characters, starting with $2a$. Put it in single quotes \
               wherever a shell or a .env file reads it.",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: Some("SMARTSTORE_CLIENT_SECRET"),
    },
    Field {
        name: "base_url",
        label: "Server address",
        help: "For tests, proxies and the simulator; ends with /external.",
        kind: FieldKind::Url,
        required: false,
        default: Some(BASE_URL),
        env: None,
    },
    Field {
        name: "type",
        label: "Account type",
        help: "SELF: the store's own application. SELLER: a commerce solution or API agency acting for a seller.",
        kind: FieldKind::Choice(&["SELF", "SELLER"]),
        required: false,
        default: Some("SELF"),
        env: None,
    },
    Field {
        name: "account_id",
        label: "Seller account",
        help: "The seller's ID or accountUid; only sent, and then needed, with type SELLER.",
        kind: FieldKind::Text,
        required: false,
        default: None,
        env: None,
    },
    Field {
        name: "settlement",
        label: "Settlement rows",
        help: "case: one row for each order line and fee, a call a day. daily: one row for each payout. Never both, since \
               they tell of the same money.",
        kind: FieldKind::Choice(&["case", "daily"]),
        required: false,
        default: Some("case"),
        env: None,
    },
    Field {
        name: "refresh_token",
        label: "Refresh token",
        help: "Taken and not used: the platform has none, though some guides list it.",
        kind: FieldKind::Secret,
        required: false,
        default: None,
        env: None,
    },
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
    #[serde(default)]
    pub client_id: Secret,
    #[serde(default)]
    pub client_secret: Secret,
    #[serde(default = "default_base_url")]
    pub base_url: String,
    #[serde(default, rename = "type")]
    pub account: Account,
    pub account_id: Option<String>,
    #[serde(default)]
    pub settlement: Settlement,
    #[expect(dead_code, reason = "accepted because guides list it; the platform has no refresh tokens")]
    refresh_token: Option<Secret>,
}

fn default_base_url() -> String {
    BASE_URL.to_owned()
}

impl Settings {
    /// The settings, ready for use.
    ///
    /// # Errors
    /// `Config`, naming the setting and what to do; no value is quoted.
    pub(crate) fn checked(mut self) -> Result<Self> {
        for (name, variable, secret) in [
            ("client_id", "SMARTSTORE_CLIENT_ID", &self.client_id),
            ("client_secret", "SMARTSTORE_CLIENT_SECRET", &self.client_secret),
        ] {
            if secret.expose().is_empty() {
                return Err(Error::config(format!("{name} is missing")).with_fix(format!(
                    "set {variable}, or keep it in the row: `runner connectors set NAME --secret {name}`"
                )));
            }
        }
        if self.client_id.expose().contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(
                Error::config("client_id holds blanks").with_fix("copy it again, without blanks around it")
            );
        }
        sign::check_secret(&self.client_secret)?;
        if self.account == Account::Seller && self.account_id.as_deref().is_none_or(|id| id.trim().is_empty())
        {
            return Err(Error::config("type SELLER needs account_id").with_fix(
                "set account_id to the seller's ID or accountUid; a store's own application takes type SELF",
            ));
        }
        self.base_url.truncate(self.base_url.trim_end_matches('/').len());
        Ok(self)
    }
}

/// Buyers, receivers and sellers: names, contacts, addresses, free texts, and the numbers that lead to them.
pub(crate) const PERSONAL_FIELDS: &[&str] = &[
    "ordererId",
    "ordererName",
    "ordererNo",
    "ordererTel",
    "name",
    "tel1",
    "tel2",
    "baseAddress",
    "detailedAddress",
    "city",
    "state",
    "zipCode",
    "longitude",
    "latitude",
    "buildingManagementNo",
    "entryMethod",
    "entryMethodContent",
    "pickupLocationContent",
    "shippingMemo",
    "individualCustomUniqueCode",
    "trackingNumber",
    "collectTrackingNumber",
    "reDeliveryTrackingNumber",
    "cancelDetailedReason",
    "returnDetailedReason",
    "exchangeDetailedReason",
    "holdbackDetailedReason",
    "claimRequestDetailContent",
    "returnImageUrl",
    "exchangeImageUrl",
    "purchaserName",
    "depositorName",
    "accountNo",
    "accountId",
    "accountUid",
    "access_token",
];

#[cfg(test)]
mod tests {
    use connector_core::ErrorKind;
    use connector_core::config::from_config;
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: &[(&str, Value)]) -> Result<Settings> {
        let mut config = json!({"client_id": "id", "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe"});
        for (name, value) in more {
            config[*name] = value.clone();
        }
        from_config::<Settings>(config)?.checked()
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
