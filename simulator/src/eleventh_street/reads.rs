//! Order, claim and settlement lists.

use super::claim::{Claim, ClaimKind, Stage};
use super::claim_rows;
use super::errors::{refused, said};
use super::order::{Line, Status};
use super::rows::{Shown, row};
use super::state::State;
use super::time;
use super::xml::{self, Row};
use crate::answer::Answer;
use crate::endpoint::Endpoint as E;
use crate::instant::{DAY, MINUTE, Millis};

const NOTHING: &str = "조회된 결과가 없습니다.";
const NO_CLAIMS: &str = "해당 건이 없습니다.";

/// Answers a list; `asked` are the parts of the path below its name.
pub(super) fn answer(state: &State, endpoint: E, asked: &[String], now: Millis) -> Answer {
    match endpoint {
        E::StreetOrder => one(state, &asked[0]),
        E::StreetOrderStates => some(state, endpoint, &asked[0], Shown::States),
        E::StreetOrderAddresses => some(state, endpoint, &asked[0], Shown::Addresses),
        E::StreetSettlements => settlements(state, asked, now),
        E::StreetStandby => {
            orders(state, endpoint, asked, Status::Waiting, Shown::Complete, [-3102, -3103, -3104])
        }
        E::StreetComplete => {
            orders(state, endpoint, asked, Status::Paid, Shown::Complete, [-3103, -3104, -3105])
        }
        E::StreetPackaging => {
            orders(state, endpoint, asked, Status::Preparing, Shown::Packaging, [-3303, -3304, -3305])
        }
        E::StreetShipping => {
            orders(state, endpoint, asked, Status::Shipped, Shown::Shipping, [-3902, -3903, -3904])
        }
        E::StreetDelivered => {
            orders(state, endpoint, asked, Status::Delivered, Shown::Delivered, [-3902, -3903, -3904])
        }
        E::StreetCompleted => {
            orders(state, endpoint, asked, Status::Decided, Shown::Completed, [-3902, -3903, -3904])
        }
        _ => claims(state, endpoint, asked),
    }
}

/// The first and the last instant asked for; an answer where it cannot be asked so. The codes are those of the start,
/// of the end and of the length.
fn window(
    state: &State,
    endpoint: E,
    asked: &[String],
    codes: [i32; 3],
    too_long: impl Fn(Millis) -> bool,
) -> Result<(Millis, Millis), Answer> {
    let start = time::minute(&asked[0]).ok_or_else(|| refused(endpoint, codes[0]))?;
    let end = time::minute(&asked[1]).ok_or_else(|| refused(endpoint, codes[1]))?;
    if too_long(end - start) {
        return Err(refused(endpoint, codes[2]));
    }
    Ok((start, if state.settings.end_is_inclusive { end + MINUTE - 1 } else { end - 1 }))
}

fn listed(rows: &[String], endpoint: E) -> Answer {
    if rows.is_empty() {
        return said(endpoint, 0, NOTHING);
    }
    xml::reply(&xml::list("orders", &rows.concat())).with_rows(rows.len())
}

/// The time by which a list of lines in that status is asked for.
fn entered(line: &Line) -> Option<Millis> {
    match line.status {
        Status::Waiting => Some(line.ordered_at),
        Status::Paid => line.paid_at,
        Status::Preparing => line.confirmed_at,
        Status::Shipped => line.shipped_at,
        Status::Delivered => line.delivered_at,
        Status::Decided => line.decided_at,
        _ => None,
    }
}

fn orders(
    state: &State,
    endpoint: E,
    asked: &[String],
    status: Status,
    shown: Shown,
    codes: [i32; 3],
) -> Answer {
    // The guide says a week; the error comes from eight days on.
    let (start, end) = match window(state, endpoint, asked, codes, |length| length >= 8 * DAY) {
        Ok(window) => window,
        Err(answer) => return answer,
    };
    let there = state.lines.values().filter(|line| line.status == status);
    let within =
        there.filter_map(|line| Some((entered(line).filter(|at| (start..=end).contains(at))?, line)));
    let mut found: Vec<(Millis, &Line)> = within.collect();
    found.sort_by_key(|(at, line)| (*at, line.key()));
    let rows =
        found.iter().take(state.settings.most_rows).map(|(_, line)| row(line, &state.seller_id, shown));
    listed(&rows.collect::<Vec<_>>(), endpoint)
}

fn one(state: &State, order_no: &str) -> Answer {
    let rows = state.of_order(order_no).map(|line| row(line, &state.seller_id, Shown::One));
    listed(&rows.collect::<Vec<_>>(), E::StreetOrder)
}

/// The lines of orders by their numbers, in the order in which they are asked for.
fn some(state: &State, endpoint: E, numbers: &str, shown: Shown) -> Answer {
    let numbers: Vec<&str> = numbers.split(',').collect();
    if numbers.len() > 100 {
        return refused(endpoint, -28003);
    }
    if numbers.iter().any(|number| number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit())) {
        return refused(endpoint, -28002);
    }
    let lines = numbers.iter().flat_map(|number| state.of_order(number));
    let rows: Vec<String> = lines.map(|line| row(line, &state.seller_id, shown)).collect();
    if rows.is_empty() {
        said(endpoint, state.settings.no_claims_code, NO_CLAIMS)
    } else {
        listed(&rows, endpoint)
    }
}

fn claims(state: &State, endpoint: E, asked: &[String]) -> Answer {
    let (kind, stages): (ClaimKind, &[Stage]) = match endpoint {
        E::StreetCancels => (ClaimKind::Cancel, &[Stage::Requested]),
        E::StreetCancelled | E::StreetRevoked => (ClaimKind::Cancel, &[Stage::Approved]),
        // A cancel that was refused has the code of one that was withdrawn.
        E::StreetCancelsWithdrawn => (ClaimKind::Cancel, &[Stage::Withdrawn, Stage::Rejected]),
        E::StreetReturns => (ClaimKind::Return, &[Stage::Requested, Stage::Held]),
        E::StreetReturned => (ClaimKind::Return, &[Stage::Approved]),
        E::StreetReturnsWithdrawn => (ClaimKind::Return, &[Stage::Withdrawn]),
        E::StreetExchanges => (ClaimKind::Exchange, &[Stage::Requested, Stage::Held]),
        E::StreetExchanged => (ClaimKind::Exchange, &[Stage::Approved]),
        _ => (ClaimKind::Exchange, &[Stage::Withdrawn]),
    };
    let codes = if kind == ClaimKind::Cancel { [-28007, -28006, -28008] } else { [-29007, -29006, -29008] };
    let (start, end) = match window(state, endpoint, asked, codes, |length| length > 30 * DAY) {
        Ok(window) => window,
        Err(answer) => return answer,
    };
    let at = |claim: &Claim| match claim.ended_at {
        Some(ended_at) if state.settings.closed_claims_by_end => ended_at,
        _ => claim.requested_at,
    };
    let is_forced = endpoint == E::StreetRevoked;
    let there = state
        .claims
        .values()
        .filter(|claim| claim.kind == kind && claim.is_forced == is_forced && stages.contains(&claim.stage));
    let mut found: Vec<&Claim> = there.filter(|claim| (start..=end).contains(&at(claim))).collect();
    if found.is_empty() {
        return said(endpoint, state.settings.no_claims_code, NO_CLAIMS);
    }
    found.sort_by_key(|claim| (at(claim), claim.number));
    let shown = found.iter().take(state.settings.most_rows);
    let rows: Vec<String> = shown.map(|claim| claim_rows::row(claim, &state.lines[&claim.line])).collect();
    listed(&rows, endpoint)
}

/// What is settled for the purchases decided on those days
/// (<https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=151&apiSeq=1281&apiSpecType=1>, read 2026-10). The
/// name of the element around the rows is not documented.
fn settlements(state: &State, asked: &[String], now: Millis) -> Answer {
    let endpoint = E::StreetSettlements;
    let (Some(first), Some(last)) = (time::date(&asked[0]), time::date(&asked[1])) else {
        return said(endpoint, -1, "조회 기간의 형식이 올바르지 않습니다. YYYYMMDD");
    };
    if (last - first).num_days() >= 31 {
        return refused(endpoint, 2);
    }
    let decided = state.settled(now);
    let mut found: Vec<(&Line, Millis)> = decided;
    found.retain(|(_, at)| (first..=last).contains(&time::day(*at)));
    let total = found.len();
    let shown = found.iter().take(state.settings.most_rows).enumerate();
    let rows: Vec<String> =
        shown.map(|(index, (line, at))| settlement(line, *at, index + 1, total)).collect();
    if rows.is_empty() {
        return said(endpoint, 0, NOTHING);
    }
    xml::reply(&xml::list("seStlDtlLists", &rows.concat())).with_rows(rows.len())
}

/// Elements of what did not happen, which are there all the same.
const NOT_CHARGED: [&str; 23] = [
    "abrdCnDlvCst",
    "addClmDlvCst",
    "bmClmFstDlvCst",
    "cardDscSellerDfrmAmt",
    "clmDlvCst",
    "clmFstDlvCst",
    "cupnAmt",
    "debaGtnStlAmt",
    "sbdscFlctnStlAmt",
    "sbdscSellerDfrmAmtSum",
    "sellerDfrmAppDlvAmt",
    "sellerDfrmDeferredAdFee",
    "sellerDfrmGblCnDlvCst",
    "sellerDfrmGblDlvFee",
    "sellerDfrmIntfreeFee",
    "sellerDfrmMultiDscCst",
    "sellerDfrmOcbAmt",
    "sellerDfrmPntPrd",
    "tmallApplyDscAmt",
    "tmallOverDscAmt",
    "bmStlDlvCst",
    "clmReqSeq",
    "trtEndDt",
];

fn settlement(line: &Line, decided_at: Millis, number: usize, total: usize) -> String {
    let empty = |name: &str| matches!(name, "clmReqSeq" | "trtEndDt");
    let row = NOT_CHARGED
        .into_iter()
        .fold(Row::default(), |row, name| row.with(name, if empty(name) { "" } else { "0" }));
    row.with("deductAmt", line.fee() + line.seller_discount)
        .with("dlvAmt", line.delivery_fee)
        .with("dlvNo", line.shipment)
        .with("feeTypeNm", "고정")
        .with("memId", "hon***")
        .with("memNm", line.buyer.name)
        .with("optAmt", line.option_price)
        .with("ordNo", &line.order_no)
        .with("ordPrdSeq", line.number)
        .with("ordQty", line.quantity)
        .with("ordStlEndDt", line.paid_at.map(time::day_text).unwrap_or_default())
        .with("pocnfrmDt", time::day_text(decided_at))
        .with("prdNm", &line.name)
        .with("prdNo", &line.listing)
        .with("selFee", line.fee())
        .with("selFixedFee", "12.00%")
        .with("selPrc", line.unit_price * line.kept())
        .with("selPrcAmt", line.amount() + line.delivery_fee)
        .with("sellerCupnAmt", line.seller_discount)
        .with("sellerPrdNo", &line.seller_code)
        .with("seqNo", number)
        .with("slctPrdOptNm", &line.option_text)
        .with("sndEndDt", line.shipped_at.map(time::slashed).unwrap_or_default())
        .with("stlAmt", line.settled() + line.delivery_fee)
        .with("stlDy", time::slashed(decided_at + DAY))
        .with("stlPlnDy", time::slashed(decided_at + 2 * DAY))
        .with("totalCount", total)
        .within("ns2:seStlDtlList")
}
