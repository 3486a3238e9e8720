#![doc = include_str!("../README.md")]

mod model;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::config::from_config;
use connector_core::http::{Client, Credential, Limit, Request, Scope, Unsigned};
use connector_core::time::kst_text;
use connector_core::{
    Connector, Error, Field, FieldKind, Page, ReadRequest, Registration, Result, Secret, Spec, StreamSpec, SyncMode,
};
use serde::Deserialize;

connector_core::inventory::submit! {
    Registration {
        platform: "sample",
        aliases: &[],
        title: "Sample Market",
        fields: FIELDS,
        build: |config| Ok(Arc::new(Sample(from_config::<Settings>(config)?))),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{"api_key": "fixture-key"}"#,
        fixture_commands: "[]",
        personal_fields: &["buyer"],
    }
}

const FIELDS: &[Field] = &[
    Field {
        name: "api_key",
        label: "API key",
        help: "From the seller centre, under Settings, API.",
        kind: FieldKind::Secret,
        required: true,
        default: None,
        env: Some("SAMPLE_API_KEY"),
    },
    Field {
        name: "base_url",
        label: "Address",
        help: "Another address, for tests and proxies.",
        kind: FieldKind::Url,
        required: false,
        default: Some("https://api.sample.example"),
        env: None,
    },
];

static SPEC: Spec = Spec {
    streams: &[StreamSpec {
        name: "orders",
        sync: SyncMode::Incremental {
            max_window: Duration::from_hours(24 * 7),
            overlap: Duration::from_mins(10),
            settle: Duration::from_secs(5),
        },
        details: None,
        reread: None,
        census: None,
        on_request: false,
    }],
    limits: &[Limit { operation: "*", scope: Scope::Application, per_second: 5.0, burst: 5 }],
    commands: &[],
    carriers: &[],
    recipient: None,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    api_key: Secret,
    #[serde(default = "home")]
    base_url: String,
}

fn home() -> String {
    "https://api.sample.example".to_owned()
}

#[derive(Debug)]
struct Sample(Settings);

#[async_trait]
impl Connector for Sample {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        self.0.base_url.trim_end_matches('/')
    }

    fn application(&self) -> &str {
        self.0.api_key.expose()
    }

    async fn authorize(&self, _http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        Ok(Credential {
            access_token: self.0.api_key.clone(),
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        })
    }

    async fn check(&self, http: &Client) -> Result<()> {
        model::check_account(&http.send(Request::get("me", "/me")).await?)
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let window = request.window.ok_or_else(|| Error::unsupported("reading without a window"))?;
        let mut call = Request::get("orders", "/orders")
            .query("since", kst_text(window.from))
            .query("until", kst_text(window.to));
        if let Some(page) = &request.page {
            call = call.query("page", page.clone());
        }
        model::page(&http.send(call).await?)
    }
}
