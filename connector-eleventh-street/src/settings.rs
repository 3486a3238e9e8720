//! What a row must say.

use connector_core::{Field, Result, Secret};
use serde::Deserialize;
use serde_json::Value;

pub(crate) const FIELDS: &[Field] = &[
    Field::secret(
        "api_key",
        "Open API key",
        "The key of the Seller API, 32 characters, from openapi.11st.co.kr (서비스 등록 확인). One for each seller account.",
    )
    .required("ELEVENTH_STREET_API_KEY"),
    Field::text(
        "seller_id",
        "Seller ID",
        "The account that the key belongs to, for people: it is never sent, the key names the seller.",
    )
    .env("ELEVENTH_STREET_SELLER_ID"),
    // <https://openapi.11st.co.kr/openapi/OpenApiOperationGuide.tmall> (read 2026-09)
    Field::base_url(
        "https://api.11st.co.kr/rest",
        "For tests, proxies and the simulator; ends with /rest.",
    ),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub api_key: Secret,
    #[expect(dead_code, reason = "the key names the seller; the id is for people")]
    seller_id: Option<String>,
    pub base_url: String,
}

impl Settings {
    /// Reads a row's settings.
    ///
    /// # Errors
    /// `Config`, naming the setting and what to do; no value is quoted.
    pub(crate) fn of(config: Value) -> Result<Self> {
        connector_core::config::settings(FIELDS, config)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(config: Value) -> Result<Settings> {
        Settings::of(config)
    }

    #[test]
    fn the_key_is_needed_and_never_quoted() {
        for key in ["", "hush hush", "hush\n", "허쉬"] {
            let error = checked(json!({"api_key": key})).expect_err("no key");
            assert!(error.to_string().contains("api_key") && !error.to_string().contains("hush"), "{error}");
            assert!(error.fix().contains("ELEVENTH_STREET_API_KEY"));
        }
        assert!(checked(json!({})).is_err());
    }

    #[test]
    fn the_address_is_the_platforms_unless_it_is_set() {
        let settings =
            checked(json!({"api_key": "0123456789abcdef", "seller_id": "shop"})).expect("settings");
        assert_eq!(settings.base_url, "https://api.11st.co.kr/rest");
        let settings =
            checked(json!({"api_key": "0123456789abcdef", "base_url": "http://127.0.0.1:1/rest/"}));
        assert_eq!(settings.expect("settings").base_url, "http://127.0.0.1:1/rest");
    }
}
