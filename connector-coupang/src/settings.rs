//! What a row must say.

use connector_core::{Error, Field, Result, Secret};
use serde::Deserialize;

pub(crate) const FIELDS: &[Field] = &[
    Field::secret(
        "access_key",
        "Access key",
        "Issued with the secret key in WING: 판매자 정보 > 추가판매정보 > OPEN API 키. Good for 180 days.",
    )
    .required("COUPANG_ACCESS_KEY"),
    Field::secret(
        "secret_key",
        "Secret key",
        "Issued with the access key, and replaced whenever the key is issued anew.",
    )
    .required("COUPANG_SECRET_KEY"),
    Field::text(
        "vendor_id",
        "Vendor id",
        "업체코드, a letter and digits such as A00012345; it must be the one that the key was issued for.",
    )
    .required("COUPANG_VENDOR_ID"),
    Field::text(
        "user_id",
        "WING login id",
        "The seller's login id in WING. Only cancelling orders and making or changing listings need it.",
    ),
    Field::choice(
        "order_api",
        "Version of the order API",
        "v5: amounts with a currency, times with an offset (claims in v6). v4: the older one, which is still served.",
        &["v5", "v4"],
    ),
    Field::choice(
        "order_list",
        "How order lists are asked for",
        "day: up to 30 days at once, page by page. minute: a day at most and without pages (timeFrame), for accounts \
         whose pages move while they are read; six calls for each day.",
        &["day", "minute"],
    ),
    Field::base_url(
        "https://api-gateway.coupang.com",
        "For tests, proxies and the simulator. The path of the address, if it has one, is signed with the rest.",
    ),
];

/// The shape in which orders and claims are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OrderApi {
    /// Amounts with a currency, times with an offset.
    #[default]
    V5,
    /// Plain won and Korean time.
    V4,
}

/// How order lists are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OrderList {
    /// By days and pages.
    #[default]
    Day,
    /// By minutes, a day at most, without pages.
    Minute,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub access_key: Secret,
    pub secret_key: Secret,
    pub vendor_id: String,
    pub user_id: Option<String>,
    #[serde(default)]
    pub order_api: OrderApi,
    #[serde(default)]
    pub order_list: OrderList,
    pub base_url: String,
}

impl Settings {
    /// Reads a row's settings.
    ///
    /// # Errors
    /// `Config`, naming the setting and what to do; no secret is quoted.
    pub(crate) fn of(config: serde_json::Value) -> Result<Self> {
        let mut settings: Self = connector_core::config::settings(FIELDS, config)?;
        // It stands in a header, between commas.
        if settings.access_key.expose().contains(',') {
            return Err(Error::config("access_key holds a comma").with_fix("copy it again from WING"));
        }
        // It is a part of addresses; a malformed one makes the platform block its caller when repeated.
        let digits = settings.vendor_id.strip_prefix(|first: char| first.is_ascii_uppercase());
        let is_id = |digits: &str| {
            (1..20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits.is_some_and(is_id) {
            return Err(Error::config("vendor_id is not a capital letter and digits")
                .with_fix("copy the 업체코드 from WING, such as A00012345"));
        }
        settings.user_id = settings.user_id.filter(|id| !id.trim().is_empty());
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use connector_core::ErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: &[(&str, Value)]) -> Result<Settings> {
        let mut config = json!({"access_key": "ak-1", "secret_key": "hush", "vendor_id": "A00012345"});
        for (name, value) in more {
            config[*name] = value.clone();
        }
        Settings::of(config)
    }

    #[test]
    fn the_three_parts_of_a_key_are_enough() {
        let settings = settings(&[]).expect("good settings");
        assert_eq!(
            (settings.base_url.as_str(), settings.order_api),
            ("https://api-gateway.coupang.com", OrderApi::V5)
        );
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn bad_settings_say_what_to_do() {
        for (name, value, message, fix) in [
            ("access_key", "", "access_key is missing", "COUPANG_ACCESS_KEY"),
            ("secret_key", " hush", "secret_key holds blanks", "copy it again"),
            ("vendor_id", "", "vendor_id is missing", "COUPANG_VENDOR_ID"),
            ("access_key", "a,b", "access_key holds a comma", "copy it again"),
            ("vendor_id", "A", "vendor_id is not", "업체코드"),
            ("vendor_id", "A0001/../2", "vendor_id is not", "업체코드"),
            ("order_api", "v6", "unknown variant", "settings"),
            ("order_list", "hour", "unknown variant", "settings"),
        ] {
            let error = settings(&[(name, json!(value))]).expect_err(message);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.fix().contains(fix), "{}", error.fix());
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
