mod looks;
mod sent;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connector_core::command::{IntentStore, Item, Patience, Settled, Verdict, perform};
use connector_core::http::{Client, Fixture};
use connector_core::{Action, Connector as _, Record, registry};
use serde_json::{Value, json};

use super::*;
use crate::tests::{connector, replay};

/// The registration's samples: what is to be done, with the platform's object.
fn samples() -> Vec<Action> {
    let text = registry::find("smartstore").expect("registered").fixture_commands;
    serde_json::from_str::<Vec<Value>>(text).expect("a list").iter().map(action).collect()
}

/// An action as the samples write it.
fn action(value: &Value) -> Action {
    let mut action: Action = serde_json::from_value(value.clone()).expect("an action");
    if !value["raw"].is_null() {
        action.set_raw(serde_json::value::to_raw_value(&value["raw"]).expect("JSON"));
    }
    action
}

fn line(command: &str, id: &str, more: Value) -> Action {
    let mut value = json!({"command": command, "line": {"order_id": id, "state": "paid", "quantity": 2}});
    value.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    action(&value)
}

fn ship(id: &str, parcel: Value, more: Value) -> Action {
    let mut all = json!({"method": "parcel", "sent_at": "2026-03-31T02:30:00Z"});
    all.as_object_mut().expect("an object").extend(parcel.as_object().expect("an object").clone());
    let mut fields = json!({"parcel": all});
    fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    line("ship", id, fields)
}

fn parcel() -> Value {
    json!({"carrier": "KOREX", "tracking_number": "400000000901"})
}

fn command(actions: Vec<Action>) -> Command {
    Command { name: actions[0].name(), actions }
}

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<Record>>);

#[async_trait]
impl IntentStore for Notes {
    async fn sending(&self, _intents: &[i64]) -> Result<()> {
        Ok(())
    }
    async fn settle(&self, _settled: Vec<Settled>, _at: DateTime<Utc>, records: Vec<Record>) -> Result<()> {
        self.0.lock().expect("unpoisoned").extend(records);
        Ok(())
    }
}

async fn carry_out(client: &Client, action: Action, notes: &Notes) -> Verdict {
    let stop = Default::default();
    let items = vec![Item { intent: 1, action }];
    let performed =
        perform(client, notes, items, &Patience::default(), &stop, false).await.expect("a verdict");
    performed.into_iter().next().expect("one").verdict
}

#[tokio::test]
async fn every_sample_is_carried_out_and_seen_on_the_fixture() {
    let (client, fixture): (Client, Fixture) = replay();
    let notes = Arc::new(Notes::default());
    let mut calls = Vec::new();
    for action in samples() {
        let (name, before) = (format!("{action:?}"), client.calls());
        let reference = match carry_out(&client, action, &notes).await {
            Verdict::Done { reference } => reference,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(
            reference.as_deref(),
            name.starts_with("CreateListing").then_some("11900000106"),
            "{name}"
        );
        calls.push(client.calls() - before);
    }
    // A look, a call, a look; the first one a token too.
    assert_eq!(calls[..3], [4, 3, 3]);
    let left = fixture.unused();
    assert!(left.iter().all(|entry| entry.contains("/last-changed-statuses")), "not asked for: {left:?}");
    let records = notes.0.lock().expect("unpoisoned");
    let held = records.iter().filter_map(Record::as_order).flat_map(|order| &order.claims);
    assert_eq!(held.filter(|claim| claim.state == connector_core::ClaimState::Held).count(), 2);
    let stock: Vec<Option<i64>> = records
        .iter()
        .filter_map(|record| match record {
            Record::Listing(listing) if listing.listing_id == "11900000101" => Some(listing.stock),
            _ => None,
        })
        .collect();
    assert_eq!(stock, [None, Some(12)], "the product leaves its stock to its option");
}

#[tokio::test]
async fn every_declared_command_has_a_sample() {
    let names: std::collections::BTreeSet<CommandName> = samples().iter().map(Action::name).collect();
    let declared = connector(&[]).spec().commands.iter().map(|command| command.name).collect();
    assert_eq!(names, declared);
}
