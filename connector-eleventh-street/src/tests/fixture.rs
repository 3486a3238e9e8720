//! Fixture mode answers a command of each kind, looks included.

use std::collections::BTreeSet;

use connector_core::command::{Action, CommandName, Outcome, Standing};
use connector_core::http::{Fixture, Scenario};
use connector_core::registry;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

fn samples() -> Vec<Action> {
    let registration = registry::find("11st").expect("registered under its alias");
    let list: Vec<Value> = serde_json::from_str(registration.fixture_commands).expect("a list of actions");
    let sample = |value: Value| {
        let mut action: Action = serde_json::from_value(value.clone()).expect("an action");
        if let Some(raw) = value.get("raw") {
            action.set_raw(RawValue::from_string(raw.to_string()).expect("JSON"));
        }
        action
    };
    list.into_iter().map(sample).collect()
}

#[test]
fn every_declared_command_has_a_sample() {
    let declared: BTreeSet<CommandName> = SPEC.commands.iter().map(|command| command.name).collect();
    let sampled: BTreeSet<CommandName> = samples().iter().map(Action::name).collect();
    assert_eq!(sampled, declared);
    assert_eq!(declared.len(), CommandName::ALL.len(), "11st offers everything");
}

#[tokio::test]
async fn every_sample_is_looked_at_and_accepted() {
    let registration = registry::find("eleventh_street").expect("registered");
    let config = serde_json::from_str(registration.fixture_settings).expect("settings");
    let connector = (registration.build)(config).expect("a connector");
    let scenario = Scenario::parse(registration.fixture).expect("a scenario");
    let fixture = Fixture::new(connector.base_url(), scenario);
    let clock = Clock::scenario(fixture.now());
    let client = Client::new(ClientOptions {
        connector: Arc::clone(&connector),
        transport: Arc::new(fixture),
        clock,
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: Default::default(),
    });
    for action in samples() {
        let name = action.name();
        let command = Command { name, actions: vec![action] };
        let findings =
            connector.inspect(&client, &command).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let [finding] = &findings[..] else { panic!("{name:?}: one finding") };
        assert_eq!(finding.standing, Standing::NotInEffect, "{name:?}");
        let receipt =
            connector.execute(&client, &command).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert!(matches!(&receipt.outcomes[..], [Outcome::Accepted { .. }]), "{name:?}: {receipt:?}");
    }
}
