//! The commands that a fixture answers, and how they are carried out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::scene::{Scene, Subject};
use super::{Breach, broken};
use crate::command::{Action, IntentStore, Item, Patience, Settled, Verdict as Outcome, perform};
use crate::error::Result;
use crate::record::Record;

impl Subject {
    /// The registration's samples, with the platform's objects of their targets.
    pub(super) fn samples(&self) -> Result<Vec<Action>, Breach> {
        let text = self.registration.fixture_commands;
        let samples: Vec<Value> =
            serde_json::from_str(text).map_err(|error| broken(format!("fixture_commands: {error}")))?;
        samples.iter().map(sample).collect()
    }
}

fn sample(value: &Value) -> Result<Action, Breach> {
    let mut action: Action =
        serde_json::from_value(value.clone()).map_err(|error| broken(format!("a sample: {error}")))?;
    if let Some(raw) = value.get("raw") {
        let raw = serde_json::value::to_raw_value(raw)
            .map_err(|error| broken(format!("the object of a sample: {error}")))?;
        action.set_raw(raw);
    }
    Ok(action)
}

/// Keeps nothing: what a command brings is seen in its verdict.
#[derive(Debug)]
struct Forgets;

#[async_trait]
impl IntentStore for Forgets {
    async fn sending(&self, _intents: &[i64]) -> Result<()> {
        Ok(())
    }

    async fn settle(&self, _settled: Vec<Settled>, _at: DateTime<Utc>, _records: Vec<Record>) -> Result<()> {
        Ok(())
    }
}

impl Scene {
    /// Carries out one action to its end.
    pub(super) async fn carry_out(&self, action: Action) -> Result<Option<Outcome>> {
        let items = vec![Item { intent: 1, action }];
        let stop = CancellationToken::new();
        let performed = perform(&self.client, &Forgets, items, &Patience::default(), &stop, false).await?;
        Ok(performed.into_iter().next().map(|performed| performed.verdict))
    }
}
