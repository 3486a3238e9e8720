#![doc = include_str!("../README.md")]

mod model;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::config::settings;
use connector_core::http::{Client, Credential, Limit, Request, Scope, Unsigned};
use connector_core::time::kst_text;
use connector_core::{
    Connector, Field, Page, ReadRequest, Registration, Result, Secret, Spec, StreamSpec, SyncMode,
};
use serde::Deserialize;

connector_core::inventory::submit! {
    Registration {
        platform: "sample",
        aliases: &[],
        title: "Sample Market",
        fields: FIELDS,
        build: |config| Ok(Arc::new(Sample(settings(FIELDS, config)?))),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{"api_key": "fixture-key"}"#,
        fixture_commands: "[]",
        personal_fields: &["buyer"],
    }
}

const FIELDS: &[Field] = &[
    Field::secret("api_key", "API key", "From the seller centre, under Settings, API.")
        .required("SAMPLE_API_KEY"),
    Field::base_url("https://api.sample.example", "Another address, for tests and proxies."),
];

const CHANGES: SyncMode = SyncMode::Incremental {
    max_window: Duration::from_hours(24 * 7),
    overlap: Duration::from_mins(10),
    settle: Duration::from_secs(5),
};

static SPEC: Spec = Spec::reading(
    &[StreamSpec::plain("orders", CHANGES)],
    &[Limit { operation: "*", scope: Scope::Application, per_second: 5.0, burst: 5 }],
);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    api_key: Secret,
    base_url: String,
}

#[derive(Debug)]
struct Sample(Settings);

#[async_trait]
impl Connector for Sample {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.0.base_url
    }

    fn application(&self) -> &str {
        self.0.api_key.expose()
    }

    async fn authorize(&self, _http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        Ok(Credential::key(self.0.api_key.clone()))
    }

    async fn check(&self, http: &Client) -> Result<()> {
        http.ask(Request::get("me", "/me"), model::check_account).await
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let window = request.within()?;
        let call = Request::get("orders", "/orders")
            .query("since", kst_text(window.from))
            .query("until", kst_text(window.to))
            .query_some("page", request.page.as_deref());
        http.ask(call, model::page).await
    }
}
