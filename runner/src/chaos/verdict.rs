//! What a storm has come to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::tally::Again;
use crate::agreement::Agreement;
use crate::output::{counted, duration_text, grouped};

/// More than this of what is broken is counted, not told.
const TOLD: usize = 12;

/// The result; in JSON each field is a key of its own.
#[derive(Debug, Default, Serialize)]
pub struct Verdict {
    /// What repeats the storm.
    pub seed: u64,
    /// The hash of the plan that was drawn from it.
    pub plan: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Calls per second and endpoint that the market allows; `None` where it has no limit.
    pub rate: Option<u32>,
    /// Processes ended by SIGKILL.
    pub kills: u64,
    /// Calls that went wrong on request.
    pub faults: u64,
    /// Rows in the ledger alone.
    pub lost: u64,
    /// Rows that are in the database twice.
    pub doubled: u64,
    /// Rows that are not as the ledger has them.
    pub stale: u64,
    /// Rows in the database alone.
    pub strange: u64,
    /// Rows whose delivery the Smart Store has told nobody; they are read again on a schedule of hours.
    pub untold: u64,
    /// Calls that arrived at the platforms.
    pub calls: u64,
    /// The least that would have brought the same.
    pub calls_needed: u64,
    /// Calls refused because there was one too many, beside those that a fault refused.
    pub quota_overruns: u64,
    /// Pages of the Smart Store's list that were fetched although an earlier start of the same run had fetched them.
    pub pages_refetched: u64,
    /// The same of batches of details.
    pub batches_refetched: u64,
    /// Calls for what an earlier start of the same run had asked, where lists take days and have no cursor: at all platforms
    /// but the Smart Store.
    pub questions_again: u64,
    /// How often the program was started.
    pub starts: u64,
    /// Runs that came to their end.
    pub runs: u64,
    /// Accounts that were compared.
    pub accounts: u64,
    /// Their order lines in the ledger.
    pub orders: u64,
    /// Their claims in the ledger, where they are compared: at Coupang and 11st.
    pub claims: u64,
    /// Their figures in the ledger.
    pub figures: u64,
    /// Grants that had to be renewed because a kill or a fault met the renewal of a token that can be used only once.
    pub grants_renewed: u64,
    /// Kills by what the program had last asked for.
    pub killed_after: BTreeMap<&'static str, u64>,
    /// Laws that were broken, one text each; the first ones.
    pub broken: Vec<String>,
    /// How many there were.
    pub broken_in_all: u64,
    /// How long it all took.
    pub duration_ms: u64,
}

impl Verdict {
    /// Notes that a law was broken.
    pub(super) fn breaks(&mut self, what: String) {
        tracing::warn!("broken: {what}");
        self.broken_in_all += 1;
        if self.broken.len() < TOLD {
            self.broken.push(what);
        }
    }

    pub(super) fn again(&mut self, again: Again) {
        self.pages_refetched += again.pages;
        self.batches_refetched += again.batches;
        self.questions_again += again.questions;
    }

    pub(super) fn compared(&mut self, account: &str, agreement: &Agreement) {
        self.accounts += 1;
        self.orders += agreement.orders as u64;
        self.claims += agreement.claims as u64;
        self.figures += agreement.figures as u64;
        self.lost += agreement.lost as u64;
        self.strange += agreement.strange as u64;
        self.doubled += agreement.doubled as u64;
        self.stale += agreement.stale as u64;
        self.untold += agreement.untold as u64;
        if !agreement.is_whole() {
            self.breaks(format!(
                "{account}: {} lost, {} strange, {} doubled, {} stale of {} order lines, {} claims and {} figures{}",
                agreement.lost,
                agreement.strange,
                agreement.doubled,
                agreement.stale,
                agreement.orders,
                agreement.claims,
                agreement.figures,
                told(&agreement.differences)
            ));
        }
    }

    /// Whether all laws hold.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.broken_in_all == 0
            && self.lost + self.doubled + self.stale + self.strange + self.quota_overruns == 0
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, said: String| {
            writeln!(text, "{name:<22} {said}").expect("texts take everything");
        };
        let per_kill = |count: u64| {
            format!("{}, {:.2} for each kill", grouped(count), count as f64 / self.kills.max(1) as f64)
        };
        line("Plan", format!("{} of seed {}, on {}", self.plan, self.seed, self.database));
        line(
            "Killed",
            format!(
                "{} in {}; {} of the platforms in between",
                counted(self.kills, "time", "times"),
                counted(self.starts, "start", "starts"),
                counted(self.faults, "fault", "faults")
            ),
        );
        let after: Vec<String> =
            self.killed_after.iter().map(|(phase, count)| format!("{phase} {}", grouped(*count))).collect();
        line("Last asked for", after.join(", "));
        line(
            "Compared",
            format!(
                "{}, {} and {} of {} with the ledger",
                counted(self.orders, "order line", "order lines"),
                counted(self.claims, "claim", "claims"),
                counted(self.figures, "figure", "figures"),
                counted(self.accounts, "account", "accounts")
            ),
        );
        line(
            "Lost, doubled, stale",
            format!("{}, {}, {}", self.lost, self.doubled, self.stale)
                + &if self.strange > 0 { format!("; {} strange", self.strange) } else { String::new() },
        );
        let ratio = self.calls as f64 / self.calls_needed.max(1) as f64;
        line(
            "Calls",
            format!(
                "{}; the least is {}, so {ratio:.2} times",
                grouped(self.calls),
                grouped(self.calls_needed)
            ),
        );
        let rate = self.rate.map_or_else(|| "no limit was set".to_owned(), |rate| format!("{rate} a second"));
        line("Over the quota", format!("{} ({rate})", self.quota_overruns));
        line("Pages again", per_kill(self.pages_refetched));
        line("Batches again", per_kill(self.batches_refetched));
        line("Questions again", per_kill(self.questions_again));
        line("Grants renewed", grouped(self.grants_renewed));
        line("Took", duration_text(self.duration_ms));
        for broken in &self.broken {
            line("BROKEN", broken.clone());
        }
        if self.holds() {
            text.push_str("Everything holds.");
        } else {
            let seed = self.seed;
            let kills = self.kills;
            write!(text, "It does NOT hold. To repeat it, add the same options to: runner chaos --seed {seed} --kills {kills}")
                .expect("texts take everything");
        }
        text
    }
}

/// The first of what differs, after a colon.
fn told(differences: &[String]) -> String {
    let first: Vec<&str> = differences.iter().take(TOLD).map(String::as_str).collect();
    if first.is_empty() { String::new() } else { format!(": {}", first.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_that_differs_breaks_it() {
        let mut verdict = Verdict::default();
        let whole = Agreement { orders: 3, ..Agreement::default() };
        verdict.compared("store", &whole);
        assert!(verdict.holds() && verdict.text().contains("Everything holds"));
        verdict.compared("store", &Agreement { stale: 1, ..whole });
        assert!(!verdict.holds());
        assert!(verdict.text().contains("1 stale of 3"), "{}", verdict.text());
        let overrun = Verdict { quota_overruns: 1, ..Verdict::default() };
        assert!(!overrun.holds());
    }

    #[test]
    fn the_keys_are_those_of_the_contract() {
        let json = serde_json::to_value(Verdict::default()).expect("JSON");
        for key in [
            "kills",
            "faults",
            "lost",
            "doubled",
            "stale",
            "calls",
            "calls_needed",
            "quota_overruns",
            "pages_refetched",
        ] {
            assert!(json[key].is_u64(), "{key}");
        }
    }
}
