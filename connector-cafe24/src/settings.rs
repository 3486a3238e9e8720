//! What a row must say.

use connector_core::{Error, Field, Result, Secret};
use serde::{Deserialize, Deserializer};

use crate::dialect::Dialect;

const REDIRECT_URI: &str = "http://localhost:8473/callback";

/// The scope of all Analytics endpoints; the older word is still seen.
pub(crate) const ANALYTICS_SCOPES: [&str; 2] = ["mall.read_analytics", "mall.analytics"];

/// The scope of the order list.
pub(crate) const ORDER_SCOPE: &str = "mall.read_order";

pub(crate) const FIELDS: &[Field] = &[
    Field::secret(
        "client_id",
        "Client ID",
        "Of the app in the Cafe24 developer centre (developers.cafe24.com).",
    )
    .required("CAFE24_ANALYTICS_CLIENT_ID"),
    Field::secret("client_secret", "Client secret", "Of the same app.")
        .required("CAFE24_ANALYTICS_CLIENT_SECRET"),
    Field::text("mall_id", "Mall ID", "The mall's id: yourmall of yourmall.cafe24.com.")
        .required("CAFE24_ANALYTICS_MALL_ID"),
    Field {
        label: "Analytics server",
        ..Field::base_url(
            "https://ca-api.cafe24data.com",
            "Host of the Analytics API; another for tests, proxies and the simulator.",
        )
    },
    Field::url(
        "mall_base_url",
        "Mall server",
        "Host of OAuth and the Admin API (orders); another for tests, proxies and the simulator.",
    )
    .or("https://{mall_id}.cafe24api.com"),
    Field::choice(
        "dialect",
        "Shape of the API",
        "live: paths without prefix, snake_case. seed: /api/v1/malls/{mall_id}/…, camelCase. auto: found out at \
         the first call that succeeds, and then kept here.",
        &["auto", "live", "seed"],
    ),
    Field::text(
        "shop_nos",
        "Shop numbers",
        "The mall's shops to read, such as 1,2. The grant belongs to the mall and holds for all of them.",
    )
    .or("1"),
    Field::text(
        "scope",
        "Scopes to ask for",
        "Comma-separated. Add mall.read_order to read orders, too. Every scope must be registered on the app, or \
         the whole consent fails.",
    )
    .or(ANALYTICS_SCOPES[0]),
    Field::choice(
        "scope_separator",
        "Between scopes",
        "How scopes are joined in the consent address.",
        &["comma", "space"],
    ),
    Field::url(
        "redirect_uri",
        "Redirect URI",
        "Where the browser comes back after the consent; registered on the app, character by character. On \
         localhost `runner connectors authorize` listens there.",
    )
    .or(REDIRECT_URI),
    Field::text(
        "api_version",
        "Analytics API version",
        "X-Cafe24-Api-Version of Analytics calls, such as 2024-06-01.",
    )
    .or("not sent"),
    Field::text(
        "admin_api_version",
        "Admin API version",
        "X-Cafe24-Api-Version of Admin calls, such as 2026-09-01.",
    )
    .or("not sent: the app's own"),
    Field::integer(
        "page_limit",
        "Rows per page",
        "Of product and domain lists; the platform takes 50 to 1000.",
        (50, 1000),
    )
    .or("1000"),
    Field::secret(
        "refresh_token",
        "Refresh token",
        "One obtained elsewhere, spent at the first run of a row that holds no tokens; \
         `runner connectors authorize` does without.",
    ),
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DialectSetting {
    #[default]
    Auto,
    Live,
    Seed,
}

impl DialectSetting {
    /// What is settled from the start.
    pub(crate) fn settled(self) -> Option<Dialect> {
        match self {
            Self::Auto => None,
            Self::Live => Some(Dialect::Live),
            Self::Seed => Some(Dialect::Seed),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Separator {
    #[default]
    Comma,
    Space,
}

/// A number, a list of numbers, or a text of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shops {
    One(i64),
    List(Vec<i64>),
    Text(String),
}

fn shops<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    let wrong = || serde::de::Error::custom("shop_nos takes numbers from 1 on, such as 1,2");
    let mut shops = match Shops::deserialize(deserializer).map_err(|_| wrong())? {
        Shops::One(shop) => vec![shop],
        Shops::List(shops) => shops,
        Shops::Text(text) => {
            let parts = text.split(',').map(|part| part.trim().parse::<i64>());
            parts.collect::<Result<_, _>>().map_err(|_| wrong())?
        }
    };
    shops.sort_unstable();
    shops.dedup();
    if shops.is_empty() || shops[0] < 1 {
        return Err(wrong());
    }
    Ok(shops)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub client_id: Secret,
    pub client_secret: Secret,
    pub mall_id: String,
    pub base_url: String,
    #[serde(default)]
    pub mall_base_url: String,
    #[serde(default)]
    pub dialect: DialectSetting,
    #[serde(default = "first_shop", deserialize_with = "shops")]
    pub shop_nos: Vec<i64>,
    #[serde(default = "analytics_scope")]
    pub scope: String,
    #[serde(default)]
    pub scope_separator: Separator,
    #[serde(default = "redirect_uri")]
    pub redirect_uri: String,
    pub api_version: Option<String>,
    pub admin_api_version: Option<String>,
    #[serde(default = "page_limit")]
    pub page_limit: usize,
    pub refresh_token: Option<Secret>,
}

fn first_shop() -> Vec<i64> {
    vec![1]
}

fn analytics_scope() -> String {
    ANALYTICS_SCOPES[0].to_owned()
}

fn redirect_uri() -> String {
    REDIRECT_URI.to_owned()
}

fn page_limit() -> usize {
    1000
}

impl Settings {
    /// Reads a row's settings.
    ///
    /// # Errors
    /// `Config`, naming the setting and what to do; no secret is quoted.
    pub(crate) fn of(config: serde_json::Value) -> Result<Self> {
        let mut settings: Self = connector_core::config::settings(FIELDS, config)?;
        // The id becomes a part of a host name.
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if settings.mall_id.is_empty() || !settings.mall_id.chars().all(is_id) {
            return Err(Error::config("mall_id is no mall id").with_fix(
                "take only the first part of the mall's address: yourmall of https://yourmall.cafe24.com",
            ));
        }
        if settings.scopes().is_empty() {
            return Err(Error::config("scope is empty").with_fix("leave it out, or name mall.read_analytics"));
        }
        settings.mall_base_url.truncate(settings.mall_base_url.trim_end_matches('/').len());
        if settings.mall_base_url.is_empty() {
            settings.mall_base_url = format!("https://{}.cafe24api.com", settings.mall_id);
        }
        Ok(settings)
    }

    /// The scopes to ask for.
    pub(crate) fn scopes(&self) -> Vec<String> {
        self.scope
            .split([',', ' '])
            .map(str::trim)
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use connector_core::FieldKind;
    use serde_json::{Value, json};

    use super::*;

    fn with(more: Value) -> Result<Settings> {
        let mut config = json!({"client_id": "id", "client_secret": "hush-hush", "mall_id": "samplemall"});
        config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        Settings::of(config)
    }

    #[test]
    fn hosts_come_from_the_mall_unless_they_are_set() {
        let settings = with(json!({})).expect("good settings");
        assert_eq!(settings.base_url, "https://ca-api.cafe24data.com");
        assert_eq!(settings.mall_base_url, "https://samplemall.cafe24api.com");
        let settings = with(json!({"mall_base_url": "http://127.0.0.1:1/"})).expect("good settings");
        assert_eq!(settings.mall_base_url, "http://127.0.0.1:1");
    }

    #[test]
    fn shops_are_read_from_text_number_or_list() {
        for (value, expected) in
            [(json!("1, 2"), vec![1, 2]), (json!(3), vec![3]), (json!([2, 1, 2]), vec![1, 2])]
        {
            assert_eq!(with(json!({"shop_nos": value})).expect("good settings").shop_nos, expected);
        }
        for value in [json!(""), json!("0"), json!("one"), json!([]), json!(-1)] {
            assert!(with(json!({"shop_nos": value})).is_err(), "{value}");
        }
    }

    #[test]
    fn a_mall_id_that_is_an_address_is_refused_with_what_to_take() {
        for id in ["https://user:hush@samplemall.cafe24.com", "samplemall.cafe24.com", "a/b"] {
            let error = with(json!({"mall_id": id})).expect_err(id);
            assert!(error.fix().contains("yourmall") && !format!("{error:?}").contains("hush"), "{error}");
        }
    }

    #[test]
    fn scopes_are_split_by_comma_or_blank() {
        let settings = with(json!({"scope": "mall.read_analytics, mall.read_order"})).expect("good settings");
        assert_eq!(settings.scopes(), ["mall.read_analytics", "mall.read_order"]);
        assert!(with(json!({"scope": " , "})).is_err());
    }

    #[test]
    fn the_fields_are_the_settings() {
        let mut config = json!({});
        for field in FIELDS {
            config[field.name] = match field.kind {
                FieldKind::Integer(least, _) => json!(least),
                FieldKind::Choice(words) => json!(words[0]),
                FieldKind::Url => json!("http://127.0.0.1:1"),
                _ if field.name == "shop_nos" => json!("1"),
                _ => json!("text"),
            };
        }
        with(config).expect("each declared field is a setting");
        assert!(with(json!({"undeclared": 1})).is_err());
    }
}
