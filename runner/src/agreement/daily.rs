//! The platforms that are asked day by day, Coupang and 11st: order lines and claims beside their ledger.
//!
//! Every line of the ledger is to be stored once, with the platform's word for its status and with its amount, and every
//! claim once for each of its lines, with its status. What a platform does not tell cannot be held against the store:
//!
//! - **Coupang, a line whose parcel left the lists**: there is no word for a cancelled or returned parcel; the lists of
//!   claims alone tell of it. Such a line is there when it is stored in a state that a claim gives it, or with a claim on it.
//!   What it was last called is not compared; its amount is, as it does not move.
//! - **Coupang, a withdrawn return**: it leaves the lists of returns, and the list of withdrawals names an order and its
//!   options. It is stored as `WITHDRAWN` wherever the order shows the line; of a line that is shown no more, nothing is
//!   told.
//! - **Coupang, amounts**: what the buyer pays, less all discounts.
//! - **11st, amounts**: `ordAmt`, which the platform lowers by what was cancelled or returned; so does the ledger.

use std::collections::{BTreeMap, BTreeSet};

use connector_core::OrderState;
use simulator::coupang::{ClaimKind, Vendor};
use simulator::eleventh_street::Seller;
use storage::{ClaimFilter, OrderFilter};

use super::{ALL, Agreement};
use crate::context::Context;
use crate::error::Result;

/// The states that only a claim gives a line.
const CLAIMED: [OrderState; 6] = [
    OrderState::CancelRequested,
    OrderState::Cancelled,
    OrderState::ReturnRequested,
    OrderState::Returned,
    OrderState::ExchangeRequested,
    OrderState::Exchanged,
];

/// What the store calls a return that its buyer took back.
const WITHDRAWN: &str = "WITHDRAWN";

/// An order line as the ledger has it.
#[derive(Debug)]
struct Line {
    /// `None` where the platform does not show it any more.
    status: Option<String>,
    amount: i64,
}

/// An order line as it is stored.
#[derive(Debug)]
struct Stored {
    status: String,
    state: String,
    amount: i64,
}

/// A row's lines and claims.
#[derive(Debug)]
struct Held {
    lines: BTreeMap<String, Stored>,
    /// Status by claim and line.
    claims: BTreeMap<(String, String), String>,
}

/// Compares a row's orders and claims with what a vendor's account at Coupang holds.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn compare_vendor(
    context: &Context,
    row: i64,
    vendor: &Vendor,
    agreement: &mut Agreement,
) -> Result<()> {
    let held = Held::of(context, row, agreement).await?;
    let truth = vendor.truth();
    let shown: BTreeSet<&str> =
        truth.iter().filter(|line| line.listed).map(|line| line.order_id.as_str()).collect();
    let mut claims = BTreeMap::new();
    for claim in vendor.claims() {
        let is_withdrawn = claim.withdrawn && claim.kind != ClaimKind::Exchange;
        for order_id in claim.order_ids {
            let status = match (is_withdrawn, shown.contains(order_id.as_str())) {
                (false, _) => Some(claim.status.clone()),
                (true, true) => Some(WITHDRAWN.to_owned()),
                (true, false) => None,
            };
            claims.insert((claim.claim_id.clone(), order_id), status);
        }
    }
    let lines = truth.iter().map(|line| {
        let status = line.listed.then(|| line.status.name().to_owned());
        (line.order_id.clone(), Line { status, amount: line.amount - line.discount })
    });
    held.compare(&lines.collect(), &claims, agreement);
    Ok(())
}

/// Compares a row's orders and claims with what a seller's account at 11st holds.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn compare_seller(
    context: &Context,
    row: i64,
    seller: &Seller,
    agreement: &mut Agreement,
) -> Result<()> {
    let held = Held::of(context, row, agreement).await?;
    let claims = seller.claims().into_iter().flat_map(|claim| {
        let of_line = move |order_id| ((claim.claim_id.clone(), order_id), Some(claim.status.clone()));
        claim.order_ids.into_iter().map(of_line)
    });
    let lines = seller
        .truth()
        .into_iter()
        .map(|line| (line.order_id, Line { status: Some(line.status), amount: line.amount }));
    held.compare(&lines.collect(), &claims.collect(), agreement);
    Ok(())
}

impl Held {
    async fn of(context: &Context, row: i64, agreement: &mut Agreement) -> Result<Self> {
        let filter = OrderFilter { connector_ids: vec![row], ..OrderFilter::default() };
        let rows = context.storage.orders(filter, None, ALL).await?;
        let count = rows.len();
        let lines: BTreeMap<String, Stored> = rows
            .into_iter()
            .map(|row| (row.order_id, Stored { status: row.status, state: row.state, amount: row.amount }))
            .collect();
        agreement.doubled += count - lines.len();
        let filter = ClaimFilter { connector_ids: vec![row], ..ClaimFilter::default() };
        let rows = context.storage.claims(filter, None, ALL).await?;
        let count = rows.len();
        let claims: BTreeMap<(String, String), String> =
            rows.into_iter().map(|row| ((row.claim_id, row.order_id), row.status)).collect();
        agreement.doubled += count - claims.len();
        Ok(Self { lines, claims })
    }

    fn compare(
        &self,
        lines: &BTreeMap<String, Line>,
        claims: &BTreeMap<(String, String), Option<String>>,
        agreement: &mut Agreement,
    ) {
        agreement.orders += lines.len();
        agreement.claims += claims.len();
        let claimed: BTreeSet<&str> = self.claims.keys().map(|(_, line)| line.as_str()).collect();
        for (id, line) in lines {
            let has_claim = claimed.contains(id.as_str());
            match self.lines.get(id) {
                None if line.status.is_none() && has_claim => {}
                None => agreement.lose(format!("line {id}: {line:?}")),
                Some(own) if own.is(line, has_claim) => {}
                Some(own) => agreement.stale(format!("line {id}: {own:?} is {line:?}")),
            }
        }
        for ((claim, id), status) in claims {
            let own = self.claims.get(&(claim.clone(), id.clone()));
            match (own, status) {
                (_, None) => {}
                (None, Some(status)) => agreement.lose(format!("claim {claim} on {id}: {status}")),
                (Some(own), Some(status)) if own == status => {}
                (Some(own), Some(status)) => {
                    agreement.stale(format!("claim {claim} on {id}: {own} is {status}"));
                }
            }
        }
        agreement.strange += self.lines.keys().filter(|id| !lines.contains_key(*id)).count();
        agreement.strange += self.claims.keys().filter(|key| !claims.contains_key(*key)).count();
    }
}

impl Stored {
    /// Whether it is that line, as far as the platform tells.
    fn is(&self, line: &Line, has_claim: bool) -> bool {
        let is_so = match &line.status {
            Some(status) => *status == self.status,
            None => has_claim || CLAIMED.iter().any(|state| state.name() == self.state),
        };
        is_so && line.amount == self.amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(status: Option<&str>) -> BTreeMap<String, Line> {
        [("1-2".to_owned(), Line { status: status.map(str::to_owned), amount: 900 })].into()
    }

    fn stored(status: &str, state: OrderState, amount: i64) -> BTreeMap<String, Stored> {
        let own = Stored { status: status.to_owned(), state: state.name().to_owned(), amount };
        [("1-2".to_owned(), own)].into()
    }

    fn compared(held: &Held, lines: &BTreeMap<String, Line>, claims: &[(&str, Option<&str>)]) -> [usize; 3] {
        let claims = claims
            .iter()
            .map(|(claim, status)| (((*claim).to_owned(), "1-2".to_owned()), status.map(str::to_owned)));
        let mut agreement = Agreement::default();
        held.compare(lines, &claims.collect(), &mut agreement);
        [agreement.lost, agreement.strange, agreement.stale]
    }

    fn claim(status: &str) -> BTreeMap<(String, String), String> {
        [(("7".to_owned(), "1-2".to_owned()), status.to_owned())].into()
    }

    #[test]
    fn a_line_is_compared_by_its_word_and_amount() {
        let held = |status, amount| Held {
            lines: stored(status, OrderState::Shipped, amount),
            claims: BTreeMap::new(),
        };
        assert_eq!(compared(&held("DEPARTURE", 900), &line(Some("DEPARTURE")), &[]), [0, 0, 0]);
        assert_eq!(compared(&held("DEPARTURE", 800), &line(Some("DEPARTURE")), &[]), [0, 0, 1]);
        assert_eq!(compared(&held("INSTRUCT", 900), &line(Some("DEPARTURE")), &[]), [0, 0, 1]);
        assert_eq!(compared(&held("DEPARTURE", 900), &BTreeMap::new(), &[]), [0, 1, 0]);
        let nothing = Held { lines: BTreeMap::new(), claims: BTreeMap::new() };
        assert_eq!(compared(&nothing, &line(Some("DEPARTURE")), &[]), [1, 0, 0]);
    }

    #[test]
    fn a_line_that_is_shown_no_more_needs_its_claim() {
        let gone = line(None);
        let held = |state, claims| Held { lines: stored("ACCEPT", state, 900), claims };
        assert_eq!(compared(&held(OrderState::Paid, BTreeMap::new()), &gone, &[]), [0, 0, 1]);
        assert_eq!(compared(&held(OrderState::Cancelled, BTreeMap::new()), &gone, &[]), [0, 0, 0]);
        let known = [("7", Some("RETURNS_COMPLETED"))];
        assert_eq!(compared(&held(OrderState::Paid, claim("RETURNS_COMPLETED")), &gone, &known), [0, 0, 0]);
        let alone = Held { lines: BTreeMap::new(), claims: claim("RETURNS_COMPLETED") };
        assert_eq!(compared(&alone, &gone, &known), [0, 0, 0], "it came and went between two runs");
    }

    #[test]
    fn a_claim_is_compared_by_its_word() {
        let held = |claims| Held { lines: stored("601", OrderState::ReturnRequested, 900), claims };
        let line = line(Some("601"));
        assert_eq!(compared(&held(claim("105")), &line, &[("7", Some("105"))]), [0, 0, 0]);
        assert_eq!(compared(&held(claim("105")), &line, &[("7", Some("106"))]), [0, 0, 1]);
        assert_eq!(compared(&held(BTreeMap::new()), &line, &[("7", Some("105"))]), [1, 0, 0]);
        assert_eq!(compared(&held(BTreeMap::new()), &line, &[("7", None)]), [0, 0, 0], "nothing is told");
        assert_eq!(compared(&held(claim("105")), &line, &[]), [0, 1, 0]);
    }
}
