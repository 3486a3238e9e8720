#![doc = include_str!("../README.md")]

mod commands;
mod fault;
mod listings;
mod model;
mod orders;
mod personal;
mod settings;
mod settlements;
mod sign;
mod spec;
mod state;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use async_trait::async_trait;
use connector_core::http::{Client, Credential, Fault, LimitNotice, Request, Response, Unsigned};
use connector_core::{
    Command, Connector, DayList, FetchRequest, Fetched, Finding, Page, ReadRequest, Receipt, Registration,
    Result, Spec, StreamSpec, View,
};

use crate::orders::{details_request, feed_request, list_request};
use crate::settings::{BASE_URL, FIELDS, Settings};
use crate::spec::{LISTINGS, SETTLEMENTS, SPEC};
use crate::token::{BEHIND, credential};

connector_core::inventory::submit! {
    Registration {
        platform: "smartstore",
        aliases: &["naver"],
        title: "Naver SmartStore",
        fields: FIELDS,
        build: |config| Ok(Arc::new(SmartStore { settings: Settings::of(config)? })),
        fixture: include_str!("../fixtures/default.json"),
        fixture_settings: r#"{"client_id": "fixture00000000000000", "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe"}"#,
        fixture_commands: include_str!("../fixtures/commands.json"),
        personal_fields: personal::PERSONAL_FIELDS,
    }
}

#[derive(Debug)]
struct SmartStore {
    settings: Settings,
}

#[async_trait]
impl Connector for SmartStore {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    fn application(&self) -> &str {
        self.settings.client_id.expose()
    }

    async fn authorize(&self, http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        let response = http.send(|now| self.token_request(now - BEHIND)).await?;
        credential(&response, http.now()).map_err(|error| error.in_operation("token"))
    }

    fn fault(&self, response: &Response) -> Option<Fault> {
        fault::fault(response)
    }

    fn limits(&self, response: &Response) -> LimitNotice {
        fault::limits(response, self.settings.base_url == BASE_URL)
    }

    async fn check(&self, http: &Client) -> Result<()> {
        http.ask(Request::get("seller/account", "/v1/seller/account"), model::check_object).await
    }

    async fn read(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        if request.stream.name == LISTINGS.name {
            return listings::read(http, request.number()?).await;
        }
        if request.stream.name == SETTLEMENTS.name {
            return settlements::read(http, request, self.settings.settlement).await;
        }
        let window = request.within()?;
        match request.view {
            View::Changes => {
                http.ask(feed_request(window, request.page.as_deref())?, |response| {
                    model::feed_page(response, window)
                })
                .await
            }
            View::Census => {
                let number = request.number()?;
                http.ask(list_request(window, number), |response| model::list_page(response, number)).await
            }
        }
    }

    fn day_lists(&self, stream: &'static StreamSpec) -> Vec<DayList> {
        match stream.name == SETTLEMENTS.name {
            true => vec![settlements::day_list(self.settings.settlement)],
            false => Vec::new(),
        }
    }

    async fn execute(&self, http: &Client, command: &Command) -> Result<Receipt> {
        commands::execute(http, command).await
    }

    async fn inspect(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        commands::inspect(http, command).await
    }

    async fn fetch(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        request.only_by_key()?;
        let ids: Vec<&str> = request.keys.iter().map(|wanted| wanted.key.as_str()).collect();
        http.ask(details_request(&ids)?, |response| model::details(response, &request.keys)).await
    }
}
