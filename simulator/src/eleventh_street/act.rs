//! What buyers, carriers and the platform do.

use serde::{Deserialize, Serialize};

use super::claim::ClaimKind;
use super::order::{LineKey, Status};
use super::state::State;
use crate::instant::Millis;

/// One deed of a buyer, a carrier or the platform. `order_id` is a line, `{order}-{line}`; without a quantity it is all that is
/// left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// The buyer cancels: at once while it is not confirmed, by a request while it is not shipped.
    Cancel {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        quantity: Option<i64>,
    },
    /// The buyer asks to cancel what is not shipped, blaming the seller: that needs a decision.
    RequestCancel {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        quantity: Option<i64>,
    },
    /// The buyer wants to give back what was sent.
    Return {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        quantity: Option<i64>,
    },
    /// The buyer wants another one for what was sent.
    Exchange {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        quantity: Option<i64>,
    },
    /// The buyer takes a claim back that nobody has decided.
    Withdraw {
        /// The claim.
        claim_id: String,
    },
    /// The buyer pays.
    Pay {
        /// The line.
        order_id: String,
    },
    /// The carrier delivers.
    Deliver {
        /// The line.
        order_id: String,
    },
    /// The buyer keeps what was delivered.
    Decide {
        /// The line.
        order_id: String,
    },
    /// The platform cancels what was decided.
    Revoke {
        /// The line.
        order_id: String,
    },
}

impl State {
    /// Does it, where it can be done. Returns the number of the claim that came of it, or else of what it was done to.
    pub(super) fn act(&mut self, act: &Act, now: Millis) -> Option<String> {
        use Status as S;
        match act {
            Act::Cancel { order_id, quantity } => {
                let (key, status, pieces) = self.claimable(order_id, *quantity)?;
                match status {
                    S::Waiting | S::Paid => {
                        Some(self.cancel(&key, pieces, ["11", "단순 변심"], false, now).to_string())
                    }
                    S::Preparing => {
                        let reason = ["15", "색상을 잘못 골랐습니다."];
                        Some(self.request(&key, ClaimKind::Cancel, pieces, reason, false, now).to_string())
                    }
                    _ => None,
                }
            }
            Act::RequestCancel { order_id, quantity } => {
                let from = [S::Paid, S::Preparing];
                self.claim(order_id, *quantity, &from, ClaimKind::Cancel, ["17", "배송이 늦어요"], now)
            }
            Act::Return { order_id, quantity } => {
                let from = [S::Shipped, S::Delivered];
                self.claim(order_id, *quantity, &from, ClaimKind::Return, ["121", "생각보다 작아요"], now)
            }
            Act::Exchange { order_id, quantity } => {
                let from = [S::Shipped, S::Delivered];
                let reason = ["206", "크기를 잘못 골랐어요"];
                self.claim(order_id, *quantity, &from, ClaimKind::Exchange, reason, now)
            }
            Act::Withdraw { claim_id } => {
                let number = claim_id.parse().ok()?;
                self.claims.get(&number).filter(|claim| claim.is_open())?;
                self.withdraw(number, now);
                Some(claim_id.clone())
            }
            Act::Pay { order_id } => self.go_on(order_id, S::Waiting, |state, key| state.pay(key, now)),
            Act::Deliver { order_id } => {
                self.go_on(order_id, S::Shipped, |state, key| state.deliver(key, now))
            }
            Act::Decide { order_id } => {
                self.go_on(order_id, S::Delivered, |state, key| state.decide(key, false, now))
            }
            Act::Revoke { order_id } => {
                let (key, status, _) = self.claimable(order_id, None)?;
                (status == S::Decided).then(|| self.revoke(&key, now).to_string())
            }
        }
    }

    /// A line, where it stands, and how many pieces of it are meant.
    fn claimable(&self, order_id: &str, quantity: Option<i64>) -> Option<(LineKey, Status, i64)> {
        let (order_no, number) = order_id.split_once('-')?;
        let line = self.line(order_no, number)?;
        Some((line.key(), line.status, quantity.unwrap_or_else(|| line.kept())))
    }

    fn claim(
        &mut self,
        order_id: &str,
        quantity: Option<i64>,
        from: &[Status],
        kind: ClaimKind,
        reason: [&str; 2],
        now: Millis,
    ) -> Option<String> {
        let (key, status, pieces) = self.claimable(order_id, quantity)?;
        from.contains(&status).then(|| self.request(&key, kind, pieces, reason, false, now).to_string())
    }

    fn go_on(
        &mut self,
        order_id: &str,
        from: Status,
        step: impl FnOnce(&mut Self, &LineKey),
    ) -> Option<String> {
        let (key, status, _) = self.claimable(order_id, None)?;
        (status == from).then_some(())?;
        step(self, &key);
        Some(order_id.to_owned())
    }
}
