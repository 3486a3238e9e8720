//! From rows of the claim lists to claims.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=48&apiSeq=1639&apiSpecType=1> and the entries
//! named in [`crate::list`] (read 2026-09).

use connector_core::xml::Element;
use connector_core::{Claim, ClaimKind, ClaimState, Page, Record, Result};

use crate::answer::{Row, rows};
use crate::state::{self, Unknowns};

/// A list of claims of a kind; `status` is what a row means that does not say how far its claim is.
pub(crate) fn page(root: &Element, kind: ClaimKind, status: &str) -> Result<Page> {
    let mut page = Page::default();
    let mut unknowns = Unknowns::default();
    for row in rows(root)? {
        match claim(row, kind, status, &mut unknowns) {
            Ok(claim) => page.records.push(Record::Claim(claim)),
            Err((key, reason)) => page.failures.push(row.failure(key, reason)),
        }
    }
    unknowns.log("a claim");
    Ok(page)
}

fn claim(
    row: Row<'_>,
    kind: ClaimKind,
    status: &str,
    unknowns: &mut Unknowns,
) -> std::result::Result<Claim, (Option<String>, String)> {
    let unkeyed = |reason| (None, reason);
    // A cancel has a number of the order line's, all else one of a claim's own, forced cancels included.
    let of_line = row.word("ordPrdCnSeq").is_some();
    let (number, quantity, reason, asked, code) = match of_line {
        true => ("ordPrdCnSeq", "ordCnQty", "ordCnRsnCd", "createDt", "ordCnStatCd"),
        false => ("clmReqSeq", "clmReqQty", "clmReqRsn", "reqDt", "clmStat"),
    };
    let claim_id = row.id(number).map_err(unkeyed)?;
    let order_id = row.line().map_err(unkeyed)?;
    let keyed = |reason| (Some(format!("{claim_id}/{order_id}")), reason);
    let own = row.word(code);
    let word = own.unwrap_or(status);
    let state = if of_line { state::cancel(word) } else { state::claim(word) };
    if state == ClaimState::Unknown {
        unknowns.note(word);
    }
    let ended = ["cnTrtEndDt", "trtEndDt"].into_iter().find_map(|name| row.time(name));
    let requested_at =
        row.time(asked).ok_or_else(|| keyed(format!("{asked} holds no time that can be read")))?;
    let quantity = row.number(quantity).map_err(keyed)?;
    // A list's place is a part of what the platform says; the object is kept with it.
    let raw = match own {
        Some(_) => row.0.json(),
        None => {
            let mut told = row.0.clone();
            told.set(code, word);
            told.json()
        }
    };
    Ok(Claim {
        claim_id: claim_id.to_owned(),
        kind,
        state,
        status: word.to_owned(),
        order_group_id: row.owned("ordNo"),
        quantity,
        reason: row.word(reason).map(str::to_owned),
        requested_at,
        changed_at: Some(ended.map_or(requested_at, |ended| ended.max(requested_at))),
        // No order list shows a line with an open claim, or one that is over by a claim.
        line_state: state.line_state(kind),
        order_id,
        raw,
    })
}
