//! Under which key something is noted, so that one effect comes of many requests.
//!
//! A key names the thing and what is to become of it: the confirmation of a line, its shipping with that very parcel. So two
//! clicks, two callers, and a request that is sent again find the same intent, whose result they get. A new key follows only
//! once the last attempt was refused, or when the platform shows that what was done is not so any more.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use connector_core::{Action, CommandName};
use sha2::{Digest as _, Sha256};
use storage::{IntentFilter, IntentRow, IntentState, Storage, asked_of};

use crate::problem::Problem;
use crate::token;

/// Something to do, with what the store says of its target.
pub(crate) struct Planned {
    /// What is to be done.
    pub(crate) action: Action,
    /// What else makes it another thing to do, such as the step that a claim stands at; empty where nothing does.
    pub(crate) step: String,
    /// Whether the target, as stored, still waits for it.
    pub(crate) is_open: bool,
    /// When the target was last seen at the platform.
    pub(crate) observed_at: DateTime<Utc>,
}

/// The key of an attempt, and the earlier one that stands for it.
pub(crate) struct Attempt {
    /// The intent's key.
    pub(crate) key: String,
    /// The intent by which it is done already.
    pub(crate) done: Option<IntentRow>,
}

fn base(planned: &Planned) -> String {
    let action = &planned.action;
    let mut hasher = Sha256::new();
    for part in [asked_of(action).to_string().as_bytes(), planned.step.as_bytes()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let content = token::hex(&hasher.finalize());
    format!("api:{}:{}:{}", action.name().name(), &content[..16], action.target())
}

/// One attempt for each of these, all at one account, in their order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn attempts(
    storage: &Storage,
    connector_id: i64,
    planned: &[Planned],
) -> Result<Vec<Attempt>, Problem> {
    let mut commands: Vec<CommandName> = planned.iter().map(|one| one.action.name()).collect();
    commands.sort_unstable();
    commands.dedup();
    let filter = IntentFilter {
        connector_ids: vec![connector_id],
        commands: commands.into_iter().map(|command| command.name().to_owned()).collect(),
        targets: planned.iter().map(|one| one.action.target()).collect(),
        ..IntentFilter::default()
    };
    let mut last: HashMap<String, IntentRow> = HashMap::new();
    // The latest come first.
    for intent in storage.intents(filter, None, i64::MAX).await? {
        let base = intent.key.split_once(AFTER).map_or(intent.key.as_str(), |(base, _)| base).to_owned();
        last.entry(base).or_insert(intent);
    }
    let attempt = |planned: &Planned| {
        let base = base(planned);
        let Some(intent) = last.get(&base) else { return Attempt { key: base, done: None } };
        let next = || Attempt { key: format!("{base}{AFTER}{}", intent.id), done: None };
        let is_undone =
            planned.is_open && intent.finished_at.is_some_and(|finished| finished < planned.observed_at);
        match intent.state {
            IntentState::Refused => next(),
            IntentState::Done | IntentState::Already | IntentState::Unverified if is_undone => next(),
            IntentState::Done | IntentState::Already => {
                Attempt { key: intent.key.clone(), done: Some(intent.clone()) }
            }
            _ => Attempt { key: intent.key.clone(), done: None },
        }
    };
    Ok(planned.iter().map(attempt).collect())
}

/// What stands between the name of a thing to do and the id of the attempt before.
const AFTER: &str = "#after-";

#[cfg(test)]
mod tests {
    use connector_core::OrderState;
    use connector_core::command::{Line, Parcel, ShippingMethod};

    use super::*;

    fn ship(number: &str, sent_at: &str) -> Planned {
        let at = |text| connector_core::time::parse_kst(text).expect("a time");
        let line = Line {
            order_id: "1".into(),
            order_group_id: None,
            quantity: None,
            state: OrderState::Paid,
            raw: None,
        };
        let parcel = Parcel {
            method: ShippingMethod::Parcel,
            carrier: Some("CJGLS".into()),
            tracking_number: Some(number.into()),
            sent_at: at(sent_at),
        };
        Planned {
            action: Action::Ship { line, parcel, quantity: None },
            step: String::new(),
            is_open: true,
            observed_at: at(sent_at),
        }
    }

    #[test]
    fn a_key_is_of_the_thing_and_not_of_the_moment() {
        let first = base(&ship("1", "2026-02-15"));
        assert_eq!(first, base(&ship("1", "2026-02-16")));
        assert_ne!(first, base(&ship("2", "2026-02-15")));
        assert_ne!(first, base(&Planned { step: "x".into(), ..ship("1", "2026-02-15") }));
        assert!(first.starts_with("api:ship:") && first.ends_with(":1"), "{first}");
    }
}
