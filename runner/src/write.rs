//! Writing to platforms: actions in, one result each out.
//!
//! Accounts side by side, each held by its lease as in a sync, so that no two processes write to one account. What an earlier
//! process left in doubt is found out first.

mod account;
mod calls;
mod fresh;
mod report;
mod targets;

pub use account::{resolve, write};
pub(crate) use account::{resolve_counted, write_counted};
pub(crate) use calls::Calls;
pub(crate) use fresh::hidden_until;
pub use report::{WriteReport, WriteResult};
pub use targets::{Lines, add, claims, lines};

use std::time::Duration;

use connector_core::Action;
use storage::ConnectorRow;

/// How long to wait for an account that another process works on.
pub const WAIT_FOR_ACCOUNT: Duration = Duration::from_secs(60);

/// What is to be done at one account.
#[derive(Clone, Debug)]
pub struct AccountWork {
    /// The account's row.
    pub row: ConnectorRow,
    /// What is to be done, in the order in which results are wanted.
    pub tasks: Vec<Task>,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Task {
    /// Where the result belongs in the report.
    pub place: usize,
    /// The intent's key: given again with the same action, it gives the first result.
    pub key: String,
    /// What is to be done, with the platform's own object of its target.
    pub action: Action,
}

/// Keys for the things of one request: the request's own key and a number each, or drawn ones.
#[derive(Clone, Debug)]
pub struct Keys(Option<String>);

impl Keys {
    /// Keys under the one that a person gave, or new ones.
    #[must_use]
    pub fn new(given: Option<String>) -> Self {
        Self(given)
    }

    /// The key of one thing: its target makes it distinct within the request.
    #[must_use]
    pub fn of(&self, action: &Action) -> String {
        match &self.0 {
            Some(key) => format!("{key}:{}:{}", action.name().name(), action.target()),
            None => {
                let mut random = [0_u8; 16];
                getrandom::fill(&mut random).expect("the system gives random numbers");
                random.iter().fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use connector_core::command::OfListing;

    use super::*;

    fn stop(listing: &str) -> Action {
        Action::StopSale {
            listing: OfListing { listing_id: listing.into(), option_id: String::new(), raw: None },
        }
    }

    #[test]
    fn a_given_key_stays_and_tells_targets_apart() {
        let keys = Keys::new(Some("morning".into()));
        assert_eq!(keys.of(&stop("1")), keys.of(&stop("1")));
        assert_ne!(keys.of(&stop("1")), keys.of(&stop("2")));
        let drawn = Keys::new(None);
        assert_ne!(drawn.of(&stop("1")), drawn.of(&stop("1")));
    }
}
