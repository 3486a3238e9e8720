//! What a row must say, and which fields of the platform's answers are personal.

use connector_core::{Error, Field, FieldKind, Result, Secret};
use serde::Deserialize;

/// The platform itself.
pub(crate) const BASE_URL: &str = "https://api-gateway.coupang.com";

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "access_key",
        label: "Access key",
        help: "Issued with the secret key in WING: 판매자 정보 > 추가판매정보 > OPEN API 키. Good for 180 days.",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: Some("COUPANG_ACCESS_KEY"),
    },
    Field {
        name: "secret_key",
        label: "Secret key",
        help: "Issued with the access key, and replaced whenever the key is issued anew.",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: Some("COUPANG_SECRET_KEY"),
    },
    Field {
        name: "vendor_id",
        label: "Vendor id",
        help: "업체코드, a letter and digits such as A00012345; it must be the one that the key was issued for.",
        kind: FieldKind::Text,
        required: true,
        default: None,
        env: Some("COUPANG_VENDOR_ID"),
    },
    Field {
        name: "user_id",
        label: "WING login id",
        help: "The seller's login id in WING. Only cancelling orders and making or changing listings need it.",
        kind: FieldKind::Text,
        required: false,
        default: None,
        env: None,
    },
    Field {
        name: "order_api",
        label: "Version of the order API",
        help: "v5: amounts with a currency, times with an offset (claims in v6). v4: the older one, which is still served.",
        kind: FieldKind::Choice(&["v5", "v4"]),
        required: false,
        default: Some("v5"),
        env: None,
    },
    Field {
        name: "order_list",
        label: "How order lists are asked for",
        help: "day: up to 30 days at once, page by page. minute: a day at most and without pages (timeFrame), for accounts \
               whose pages move while they are read; six calls for each day.",
        kind: FieldKind::Choice(&["day", "minute"]),
        required: false,
        default: Some("day"),
        env: None,
    },
    Field {
        name: "base_url",
        label: "Server address",
        help: "For tests, proxies and the simulator. The path of the address, if it has one, is signed with the rest.",
        kind: FieldKind::Url,
        required: false,
        default: Some(BASE_URL),
        env: None,
    },
];

/// The shape in which orders and claims are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum OrderApi {
    /// Amounts with a currency, times with an offset.
    #[default]
    #[serde(rename = "v5")]
    V5,
    /// Plain won and Korean time.
    #[serde(rename = "v4")]
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
    #[serde(default)]
    pub access_key: Secret,
    #[serde(default)]
    pub secret_key: Secret,
    #[serde(default)]
    pub vendor_id: String,
    pub user_id: Option<String>,
    #[serde(default)]
    pub order_api: OrderApi,
    #[serde(default)]
    pub order_list: OrderList,
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
    /// `Config`, naming the setting and what to do; no secret is quoted.
    pub(crate) fn checked(mut self) -> Result<Self> {
        for (name, variable, value) in [
            ("access_key", "COUPANG_ACCESS_KEY", self.access_key.expose()),
            ("secret_key", "COUPANG_SECRET_KEY", self.secret_key.expose()),
        ] {
            if value.is_empty() {
                return Err(Error::config(format!("{name} is missing")).with_fix(format!(
                    "set {variable}, or keep it in the row: `runner connectors set NAME --secret {name}`"
                )));
            }
            // The access key stands in a header, between commas.
            if !value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
                return Err(Error::config(format!(
                    "{name} holds blanks or other characters that no key has"
                ))
                .with_fix("copy it again from WING, without blanks around it"));
            }
        }
        if self.vendor_id.is_empty() {
            return Err(Error::config("vendor_id is missing").with_fix(
                "set COUPANG_VENDOR_ID, or `runner connectors set NAME --set vendor_id=A00012345`",
            ));
        }
        // It is a part of addresses; a malformed one makes the platform block its caller when repeated.
        let is_id = self.vendor_id.len() <= 20
            && self.vendor_id.starts_with(|c: char| c.is_ascii_uppercase())
            && self.vendor_id[1..].bytes().all(|byte| byte.is_ascii_digit())
            && self.vendor_id.len() > 1;
        if !is_id {
            return Err(Error::config("vendor_id is not a capital letter and digits")
                .with_fix("copy the 업체코드 from WING, such as A00012345"));
        }
        self.user_id = self.user_id.filter(|id| !id.trim().is_empty());
        self.base_url.truncate(self.base_url.trim_end_matches('/').len());
        Ok(self)
    }
}

/// Buyers, receivers and those who ask for returns: names, contacts, addresses, free texts, numbers that lead to them.
pub(crate) const PERSONAL_FIELDS: &[&str] = &[
    "name",
    "email",
    "safeNumber",
    "ordererNumber",
    "receiverNumber",
    "addr1",
    "addr2",
    "postCode",
    "parcelPrintMessage",
    "personalCustomsClearanceCode",
    "ordererSsn",
    "orderersSsn",
    "ordererPhoneNumber",
    "etcInfoValue",
    "etcInfoValues",
    "taxReceiptInfo",
    "invoiceNumber",
    "requesterName",
    "requesterPhoneNumber",
    "requesterRealPhoneNumber",
    "requesterAddress",
    "requesterAddressDetail",
    "requesterZipCode",
    "cancelReason",
    "reasonEtcDetail",
    "deliveryInvoiceNo",
    "returnCustomerName",
    "returnAddressZipCode",
    "returnAddress",
    "returnAddressDetail",
    "returnPhone",
    "returnMobile",
    "returnMemo",
    "deliveryCustomerName",
    "deliveryAddressZipCode",
    "deliveryAddress",
    "deliveryAddressDetail",
    "deliveryPhone",
    "deliveryMobile",
    "deliveryMemo",
    "extraMessage",
    "customerName",
    "customerZipCode",
    "customerPhone",
    "customerMobile",
    "customerAddress",
    "customerAddressDetail",
    "orderedByMobile",
    "safetyNumber",
    "modifiedBy",
    "createdBy",
];

#[cfg(test)]
mod tests {
    use connector_core::ErrorKind;
    use connector_core::config::from_config;
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: &[(&str, Value)]) -> Result<Settings> {
        let mut config = json!({"access_key": "ak-1", "secret_key": "hush", "vendor_id": "A00012345"});
        for (name, value) in more {
            config[*name] = value.clone();
        }
        from_config::<Settings>(config)?.checked()
    }

    #[test]
    fn the_three_parts_of_a_key_are_enough() {
        let settings = settings(&[]).expect("good settings");
        assert_eq!((settings.base_url.as_str(), settings.order_api), (BASE_URL, OrderApi::V5));
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn bad_settings_say_what_to_do() {
        for (name, value, message, fix) in [
            ("access_key", "", "access_key is missing", "COUPANG_ACCESS_KEY"),
            ("secret_key", " hush", "secret_key holds blanks", "copy it again"),
            ("vendor_id", "", "vendor_id is missing", "COUPANG_VENDOR_ID"),
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
