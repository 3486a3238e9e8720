//! From rows of the claim lists to claims.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=48&apiSeq=1639&apiSpecType=1>, the entries
//! named in [`crate::list`], and for the codes
//! <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=49&apiSeq=1643&apiSpecType=1> (read 2026-09).

use connector_core::xml::Element;
use connector_core::{Claim, ClaimKind, ClaimState, Page, Record, Result, Unread};

use crate::answer::{self, Row, rows};

/// A list of claims of a kind; `status` is what a row means that does not say how far its claim is.
pub(crate) fn page(root: &Element, kind: ClaimKind, status: &str) -> Result<Page> {
    Ok(answer::page(rows(root)?, |row| claim(row, kind, status).map(Record::Claim)))
}

/// What a row calls the parts of a claim.
struct Names {
    number: &'static str,
    quantity: &'static str,
    reason: &'static str,
    asked: &'static str,
    status: &'static str,
    state: fn(&str) -> ClaimState,
}

/// A cancel has a number of the order line's.
const CANCEL: Names = Names {
    number: "ordPrdCnSeq",
    quantity: "ordCnQty",
    reason: "ordCnRsnCd",
    asked: "createDt",
    status: "ordCnStatCd",
    state: cancel,
};

/// All else has one of a claim's own, forced cancels included.
const CLAIM: Names = Names {
    number: "clmReqSeq",
    quantity: "clmReqQty",
    reason: "clmReqRsn",
    asked: "reqDt",
    status: "clmStat",
    state,
};

fn claim(row: Row<'_>, kind: ClaimKind, status: &str) -> Result<Claim, Unread> {
    let names = if row.word(CANCEL.number).is_some() { CANCEL } else { CLAIM };
    let claim_id = row.id(names.number)?;
    let line = row.line()?;
    let key = format!("{claim_id}/{line}");
    read(row, kind, status, (claim_id, line), &names).map_err(Unread::of(&key))
}

fn read(
    row: Row<'_>,
    kind: ClaimKind,
    status: &str,
    (claim_id, line): (&str, String),
    names: &Names,
) -> Result<Claim, String> {
    let status = row.word(names.status).unwrap_or(status);
    let state = (names.state)(status);
    let ended = ["cnTrtEndDt", "trtEndDt"].into_iter().find_map(|name| row.time(name));
    let asked = row.time(names.asked);
    let requested_at = asked.ok_or_else(|| format!("{} holds no time that can be read", names.asked))?;
    Ok(Claim {
        claim_id: claim_id.to_owned(),
        kind,
        state,
        status: status.to_owned(),
        order_group_id: row.owned("ordNo"),
        quantity: row.number(names.quantity)?,
        reason: row.word(names.reason).map(str::to_owned),
        requested_at,
        changed_at: Some(ended.map_or(requested_at, |ended| ended.max(requested_at))),
        // No order list shows a line with an open claim, or one that is over by a claim.
        line_state: state.line_state(kind),
        order_id: line,
        raw: row.told(names.status, status),
    })
}

/// How far a cancel is, by `ordCnStatCd`.
fn cancel(code: &str) -> ClaimState {
    match code {
        "01" => ClaimState::Requested,
        "02" => ClaimState::Done,
        "05" => ClaimState::Withdrawn,
        _ => ClaimState::Unknown,
    }
}

/// How far a return or an exchange is, by `clmStat`.
fn state(code: &str) -> ClaimState {
    match code {
        "103" | "105" | "201" => ClaimState::Requested,
        "104" | "109" | "214" => ClaimState::Held,
        "212" | "301" => ClaimState::Collecting,
        "106" | "221" | "302" => ClaimState::Done,
        "107" | "232" => ClaimState::Rejected,
        "108" | "233" => ClaimState::Withdrawn,
        _ => ClaimState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_claim_code_has_a_state() {
        for (codes, expected) in [
            ("103 105 201", ClaimState::Requested),
            ("104 109 214", ClaimState::Held),
            ("212 301", ClaimState::Collecting),
            ("106 221 302", ClaimState::Done),
            ("107 232", ClaimState::Rejected),
            ("108 233", ClaimState::Withdrawn),
            ("01 999", ClaimState::Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(state(code), expected, "{code}");
            }
        }
        assert_eq!(
            ["01", "02", "05", "03"].map(cancel),
            [ClaimState::Requested, ClaimState::Done, ClaimState::Withdrawn, ClaimState::Unknown]
        );
    }
}
