//! What a row must say, and which elements of the platform's answers are personal.

use connector_core::{Error, Field, FieldKind, Result, Secret};
use serde::Deserialize;

/// The platform itself. <https://openapi.11st.co.kr/openapi/OpenApiOperationGuide.tmall> (read 2026-09)
const BASE_URL: &str = "https://api.11st.co.kr/rest";

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "api_key",
        label: "Open API key",
        help: "The key of the Seller API, 32 characters, from openapi.11st.co.kr (서비스 등록 확인). One for each seller account.",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: Some("ELEVENTH_STREET_API_KEY"),
    },
    Field {
        name: "seller_id",
        label: "Seller ID",
        help: "The account that the key belongs to, for people: it is never sent, the key names the seller.",
        kind: FieldKind::Text,
        required: false,
        default: None,
        env: Some("ELEVENTH_STREET_SELLER_ID"),
    },
    Field {
        name: "base_url",
        label: "Server address",
        help: "For tests, proxies and the simulator; ends with /rest.",
        kind: FieldKind::Url,
        required: false,
        default: Some(BASE_URL),
        env: None,
    },
];

/// Buyers and recipients: names, ids, contacts, addresses, free texts, and the numbers that lead to them.
pub(crate) const PERSONAL_FIELDS: &[&str] = &[
    "memID",
    "memId",
    "memNm",
    "memNo",
    "ordId",
    "ordNm",
    "ordTlphnNo",
    "ordPrtblTel",
    "ordMailNo",
    "ordBaseAddr",
    "ordDtlsAddr",
    "ordDlvReqCont",
    "rcvrNm",
    "rcvrTlphn",
    "rcvrPrtblNo",
    "rcvrMailNo",
    "rcvrMailNoSeq",
    "rcvrBaseAddr",
    "rcvrDtlsAddr",
    "rcvrTypeBilNo",
    "typeBilNo",
    "engNm",
    "psnCscUniqNo",
    "invcNo",
    "twPrdInvcNo",
    "exchNm",
    "exchTlphnNo",
    "exchPrtblTel",
    "exchMailNo",
    "exchMailNoSeq",
    "exchBaseAddr",
    "exchDtlsAddr",
    "exchTypeBilNo",
    "clmReqCont",
    "ordCnDtlsRsn",
    "sellerID",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(default)]
    pub api_key: Secret,
    #[expect(dead_code, reason = "the key names the seller; the id is for people")]
    seller_id: Option<String>,
    #[serde(default = "default_base_url")]
    pub base_url: String,
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
        let key = self.api_key.expose();
        let fix = "set ELEVENTH_STREET_API_KEY, or keep it in the row: `runner connectors set NAME --secret api_key`";
        if key.is_empty() {
            return Err(Error::config("api_key is missing").with_fix(fix));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::config("api_key holds blanks or characters that no key has").with_fix(fix));
        }
        self.base_url.truncate(self.base_url.trim_end_matches('/').len());
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use connector_core::config::from_config;
    use serde_json::{Value, json};

    use super::*;

    fn checked(config: Value) -> Result<Settings> {
        from_config::<Settings>(config)?.checked()
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
