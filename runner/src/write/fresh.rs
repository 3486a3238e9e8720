//! Products that may have been made a moment ago.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::command::{Refusal, Verdict};
use connector_core::{Action, CommandName, ErrorKind, Result};
use storage::{ConnectorRow, IntentFilter, IntentRow, IntentState};

use super::Task;
use crate::context::Context;

/// How long a platform may take until it shows a new product under its code; Coupang names a minute
/// (<https://developers.coupangcorp.com/hc/ko/articles/360033877853>, read 2026-11). Until then nobody can tell that a product
/// which may have been sent was not taken.
const SHOWN_WITHIN: TimeDelta = TimeDelta::seconds(75);

/// More attempts than are made at the products of one request.
const MANY: i64 = 100_000;

/// Attempts whose products the platform may have and not show yet.
pub(super) struct Fresh {
    by_code: HashMap<String, DateTime<Utc>>,
}

impl Fresh {
    /// Those that matter to these tasks. To be asked while the account is held: nobody sends meanwhile.
    pub(super) async fn of(context: &Context, row: &ConnectorRow, tasks: &[Task]) -> Result<Self> {
        let creates = tasks.iter().filter(|task| task.action.name() == CommandName::CreateListing);
        let targets: Vec<String> = creates.map(|task| task.action.target()).collect();
        if targets.is_empty() {
            return Ok(Self { by_code: HashMap::new() });
        }
        let now = context.clock.now();
        let filter = IntentFilter {
            connector_ids: vec![row.id],
            commands: vec![CommandName::CreateListing.name().to_owned()],
            states: vec![
                IntentState::Sending,
                IntentState::Unknown,
                IntentState::Unverified,
                IntentState::Failed,
            ],
            targets,
            updated_since: Some(now - SHOWN_WITHIN),
            ..IntentFilter::default()
        };
        let attempts = context.storage.intents(filter, None, MANY).await?;
        Ok(Self { by_code: shown_later(attempts, now) })
    }

    /// Why a task must wait, where it must.
    pub(super) fn objection(&self, action: &Action) -> Option<Verdict> {
        if action.name() != CommandName::CreateListing {
            return None;
        }
        let until = self.by_code.get(&action.target())?;
        Some(Verdict::Failed(Refusal {
            kind: ErrorKind::Conflict,
            code: None,
            message: format!(
                "nothing was sent: a product of this code was sent a moment ago, and the platform may not show it until {}",
                connector_core::time::kst_text(*until)
            ),
        }))
    }
}

/// Until when the platform may not show what this attempt has sent; `None` where it has sent nothing, or was refused for certain.
pub(crate) fn hidden_until(attempt: &IntentRow) -> Option<DateTime<Utc>> {
    // A refusal that the platform has given a code is certain, and was for a reason that passes.
    let is_certain = attempt.state == IntentState::Failed && attempt.code.is_some();
    attempt.sent_at.filter(|_| !is_certain).map(|sent_at| sent_at + SHOWN_WITHIN)
}

/// Until when the platform may not show what was sent, by code.
fn shown_later(attempts: Vec<IntentRow>, now: DateTime<Utc>) -> HashMap<String, DateTime<Utc>> {
    let mut by_code: HashMap<String, DateTime<Utc>> = HashMap::new();
    for attempt in attempts {
        let Some(until) = hidden_until(&attempt) else { continue };
        if until > now {
            let held = by_code.entry(attempt.target).or_insert(until);
            *held = until.max(*held);
        }
    }
    by_code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(state: IntentState, code: Option<&str>, sent_ago: i64) -> IntentRow {
        let at = DateTime::UNIX_EPOCH;
        IntentRow {
            id: 1,
            connector_id: 1,
            key: String::new(),
            command: "create_listing".to_owned(),
            target: "P-1".to_owned(),
            body: serde_json::Value::Null,
            state,
            attempts: 1,
            reference: None,
            code: code.map(str::to_owned),
            message: None,
            owner: String::new(),
            created_at: at,
            sent_at: Some(at - TimeDelta::seconds(sent_ago)),
            finished_at: None,
            updated_at: at,
        }
    }

    #[test]
    fn what_may_be_there_and_not_shown_is_waited_for() {
        let waits = |attempts| shown_later(attempts, DateTime::UNIX_EPOCH).contains_key("P-1");
        assert!(waits(vec![attempt(IntentState::Failed, None, 10)]));
        assert!(waits(vec![
            attempt(IntentState::Failed, None, 900),
            attempt(IntentState::Unverified, None, 74)
        ]));
        assert!(!waits(vec![attempt(IntentState::Failed, None, 75)]));
        assert!(!waits(vec![attempt(IntentState::Failed, Some("QUOTA"), 10)]));
        assert!(!waits(vec![IntentRow { sent_at: None, ..attempt(IntentState::Failed, None, 10) }]));
    }
}
