//! The claims that stand in an order's details, and what they mean in our terms.
//!
//! A line has at most one claim that is open or was the last one (`currentClaim`, formerly `cancel`, `return` and `exchange`
//! beside the line), an exchange that came before it (`beforeClaim`), and those that are over (`completedClaims`).

use chrono::{DateTime, Utc};
use connector_core::http::decode_reason;
use connector_core::lenient::Object;
use connector_core::time::parse_kst;
use connector_core::{Claim, ClaimKind, ClaimState};
use serde_json::value::RawValue;

use super::wire::{self, Claims, Element};
use crate::state::Unknowns;

#[cfg(test)]
mod tests;

/// Where in the answer a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `currentClaim`.
    Current,
    /// Its deprecated twin.
    Twin,
    /// `beforeClaim` or `completedClaims`.
    Past,
}

/// A claim as it was told.
pub(super) struct Told<'a> {
    pub(super) place: Place,
    /// What it is by its place; the finished ones say it themselves.
    kind: Option<(ClaimKind, &'static str)>,
    claim: wire::Claim<'a>,
    raw: &'a RawValue,
}

impl Told<'_> {
    /// Type and status, in the platform's words.
    pub(super) fn words(&self) -> Option<(&str, &str)> {
        let kind = self.kind.map(|(_, word)| word).or_else(|| self.claim.claim_type.filled());
        Some((kind.unwrap_or_default(), self.claim.claim_status.filled()?))
    }
}

/// The line that claims are made on.
pub(super) struct OfLine<'a> {
    pub(super) key: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) ordered_at: DateTime<Utc>,
    pub(super) changed_at: Option<DateTime<Utc>>,
}

impl<'a> Element<'a> {
    /// Every claim that is told, the present one first; nothing is allocated where there is none.
    pub(super) fn claims(&self) -> Result<Vec<Told<'a>>, String> {
        let mut told = Vec::new();
        let mut take = |place, kind, raw: Option<&'a RawValue>| -> Result<(), String> {
            let Some(raw) = raw else { return Ok(()) };
            let Object(claim) = serde_json::from_str::<Object<wire::Claim<'a>>>(raw.get())
                .map_err(|error| format!("a claim: {}", decode_reason(&error)))?;
            told.push(Told { place, kind, claim, raw });
            Ok(())
        };
        let mut group = |place, claims: &Claims<'a>| -> Result<(), String> {
            take(place, Some((ClaimKind::Cancel, "CANCEL")), claims.cancel)?;
            take(place, Some((ClaimKind::Return, "RETURN")), claims.returning)?;
            take(place, Some((ClaimKind::Exchange, "EXCHANGE")), claims.exchange)
        };
        if let Some(current) = &self.current_claim {
            group(Place::Current, current)?;
        }
        let twins = Claims { cancel: self.cancel, returning: self.returning, exchange: self.exchange };
        group(Place::Twin, &twins)?;
        if let Some(before) = &self.before_claim {
            group(Place::Past, before)?;
        }
        for raw in self.completed_claims.iter().flatten() {
            take(Place::Past, None, Some(raw))?;
        }
        Ok(told)
    }
}

/// The claims as records, each once: where two places tell of one, the first of them counts.
pub(super) fn records(told: &[Told<'_>], line: &OfLine<'_>, unknowns: &mut Unknowns) -> Vec<Claim> {
    let mut records: Vec<Claim> = Vec::with_capacity(told.len());
    for told in told {
        if let Some(claim) = record(told, line, unknowns)
            && !records.iter().any(|other| other.claim_id == claim.claim_id)
        {
            records.push(claim);
        }
    }
    records
}

fn record(told: &Told<'_>, line: &OfLine<'_>, unknowns: &mut Unknowns) -> Option<Claim> {
    let Told { kind, claim, raw, .. } = told;
    let status = claim.claim_status.filled();
    if status.is_none() && claim.claim_id.filled().is_none() {
        // An empty object stands for no claim.
        return None;
    }
    let kind = match (kind, claim.claim_type.filled()) {
        (Some((kind, _)), _) => *kind,
        (None, Some("CANCEL" | "ADMIN_CANCEL")) => ClaimKind::Cancel,
        (None, Some("RETURN")) => ClaimKind::Return,
        (None, Some("EXCHANGE")) => ClaimKind::Exchange,
        // A purchase whose acceptance is on hold is no claim for goods or money.
        (None, Some("PURCHASE_DECISION_HOLDBACK")) => return None,
        (None, other) => {
            unknowns.note("claimType", other.unwrap_or_default());
            return None;
        }
    };
    let reasons =
        [&claim.cancel_reason, &claim.return_reason, &claim.exchange_reason, &claim.claim_request_reason];
    Some(Claim {
        claim_id: claim
            .claim_id
            .filled()
            .map_or_else(|| format!("{}-{}", line.key, kind.name()), str::to_owned),
        kind,
        state: state(status.unwrap_or_default(), claim.holdback_status.filled(), unknowns),
        status: status.unwrap_or_default().to_owned(),
        order_id: line.key.to_owned(),
        order_group_id: line.group.map(str::to_owned),
        quantity: claim.request_quantity.get().copied(),
        reason: reasons.into_iter().find_map(|reason| reason.filled()).map(str::to_owned),
        // A claim without a date of its own is as old as what tells of it.
        requested_at: claim
            .claim_request_date
            .filled()
            .and_then(parse_kst)
            .or(line.changed_at)
            .unwrap_or(line.ordered_at),
        changed_at: line.changed_at,
        line_state: None,
        raw: (*raw).to_owned(),
    })
}

/// How far a claim is. A buyer who takes a claim back leaves the word of a refusal.
fn state(status: &str, holdback: Option<&str>, unknowns: &mut Unknowns) -> ClaimState {
    let open = match status {
        "CANCEL_REQUEST" | "CANCELING" | "ADMIN_CANCELING" | "RETURN_REQUEST" | "EXCHANGE_REQUEST" => {
            ClaimState::Requested
        }
        "COLLECTING" | "COLLECT_DONE" | "EXCHANGE_REDELIVERING" => ClaimState::Collecting,
        "CANCEL_DONE" | "RETURN_DONE" | "EXCHANGE_DONE" | "ADMIN_CANCEL_DONE" => return ClaimState::Done,
        "CANCEL_REJECT" | "RETURN_REJECT" | "EXCHANGE_REJECT" | "ADMIN_CANCEL_REJECT" => {
            return ClaimState::Rejected;
        }
        other => {
            unknowns.note("claimStatus", other);
            return ClaimState::Unknown;
        }
    };
    if holdback == Some("HOLDBACK") { ClaimState::Held } else { open }
}
