//! What a seller decides on claims.

use super::carriers::{is_carrier, is_waybill, listed_method};
use super::claim::{Claim, ClaimKind, Stage};
use super::errors::{refused, said};
use super::order::Parcel;
use super::state::State;
use super::time;
use crate::answer::Answer;
use crate::endpoint::Endpoint as E;
use crate::instant::Millis;

/// Answers a decision; `asked` are the parts of the path below its name.
pub(super) fn answer(state: &mut State, endpoint: E, asked: &[String], now: Millis) -> Answer {
    let decided = match endpoint {
        E::StreetApproveCancel => approve_cancel(state, asked, now),
        E::StreetRejectCancel => reject_cancel(state, asked, now),
        E::StreetApproveReturn => approve_return(state, asked, now),
        E::StreetRejectReturn => reject_return(state, asked, now),
        E::StreetHoldReturn => hold_return(state, asked, now),
        E::StreetApproveExchange => approve_exchange(state, asked, now),
        _ => reject_exchange(state, asked, now),
    };
    decided.unwrap_or_else(|| said(endpoint, 0, "전체 1건이 정상적으로 처리가 되었습니다."))
}

/// `None` where it went well.
type Refusal = Option<Answer>;

/// The claim of that number for that line. The codes are those of an order, a line and a claim that are not known, and
/// of a claim that is none of that line or kind.
fn found(
    state: &State,
    endpoint: E,
    kind: ClaimKind,
    [number, order, line]: [&str; 3],
    codes: [i32; 4],
) -> Result<Claim, Answer> {
    let refuse = |code: i32| refused(endpoint, code);
    if !state.has_order(order) {
        return Err(refuse(codes[0]));
    }
    let line = state.line(order, line).ok_or_else(|| refuse(codes[1]))?;
    let number = number.parse::<u64>().ok();
    let claim = number.and_then(|number| state.claims.get(&number)).ok_or_else(|| refuse(codes[2]))?;
    if claim.kind != kind || claim.line != line.key() {
        return Err(refuse(codes[3]));
    }
    Ok(claim.clone())
}

fn is_abroad(state: &State, claim: &Claim) -> bool {
    state.lines[&claim.line].is_abroad
}

/// `cancelreqconf/{ordPrdCnSeq}/{ordNo}/{ordPrdSeq}`
fn approve_cancel(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetApproveCancel;
    let ids = [&*asked[0], &*asked[1], &*asked[2]];
    let claim = match found(state, endpoint, ClaimKind::Cancel, ids, [-22002, -22003, -22004, -22004]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    match claim.stage {
        Stage::Approved => return Some(said(endpoint, -1, "이미 취소 완료된 신청건 입니다.")),
        Stage::Withdrawn | Stage::Rejected => return Some(said(endpoint, -1, "취소 신청상태가 아닙니다.")),
        Stage::Requested | Stage::Held => {}
    }
    state.approve(claim.number, None, now);
    state.note(now, "approve_claim", &claim.number.to_string(), "02");
    None
}

/// `cancelreqreject/{ordNo}/{ordPrdSeq}/{ordPrdCnSeq}/{dlvMthdCd}/{sendDt}/{dlvEtprsCd}/{invcNo}`, and
/// `cancelreqrejectNEW` with `/{ordCnRefsRsnCd}/{ordCnReqRsn}` more.
fn reject_cancel(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetRejectCancel;
    let refuse = |code: i32| Some(refused(endpoint, code));
    let ids = [&*asked[2], &*asked[0], &*asked[1]];
    let claim = match found(state, endpoint, ClaimKind::Cancel, ids, [-23007, -23007, -23002, -23007]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    let mut is_sent = true;
    if let [_, _, _, _, _, _, _, code, reason] = asked {
        if !["01", "02"].contains(&code.as_str()) {
            return refuse(-24001);
        }
        if reason.trim().is_empty() {
            return refuse(-24002);
        }
        // It was refused because the buyer blames the wrong side; nothing needs to have been sent.
        is_sent = code == "02" || asked[6] != "null";
    }
    if time::date(&asked[4]).is_none() {
        return refuse(-23003);
    }
    let Some(method) = listed_method(&asked[3]) else { return refuse(-23004) };
    let has_waybill = is_sent && asked[3] != "05";
    if has_waybill && asked[6].chars().count() <= 10 {
        return refuse(-23005);
    }
    if has_waybill && !is_carrier(&asked[5]) {
        return refuse(-23006);
    }
    if is_abroad(state, &claim) {
        return refuse(-23009);
    }
    if !claim.is_open() {
        return refuse(-23008);
    }
    let [carrier, waybill] = if has_waybill { [&*asked[5], &*asked[6]] } else { ["", ""] };
    let parcel = Parcel { method, carrier: carrier.to_owned(), waybill: waybill.to_owned() };
    state.reject(claim.number, is_sent.then_some(parcel), now);
    state.note(now, "reject_claim", &claim.number.to_string(), waybill);
    None
}

/// `returnreqconf/{clmReqSeq}/{ordNo}/{ordPrdSeq}`
fn approve_return(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetApproveReturn;
    let ids = [&*asked[0], &*asked[1], &*asked[2]];
    let claim = match found(state, endpoint, ClaimKind::Return, ids, [-24002, -24003, -24004, -24005]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    if is_abroad(state, &claim) {
        return Some(refused(endpoint, -24008));
    }
    if !claim.is_open() {
        return Some(refused(endpoint, if claim.stage == Stage::Approved { -24006 } else { -24007 }));
    }
    state.approve(claim.number, None, now);
    state.note(now, "approve_claim", &claim.number.to_string(), "106");
    None
}

/// `returnreqreject/{ordNo}/{ordPrdSeq}/{clmReqSeq}/{refsRsnCd}/{refsRsn}`
fn reject_return(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetRejectReturn;
    let ids = [&*asked[2], &*asked[0], &*asked[1]];
    let claim = match found(state, endpoint, ClaimKind::Return, ids, [-25002, -25003, -25004, -25005]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    if is_abroad(state, &claim) {
        return Some(refused(endpoint, -25006));
    }
    if !claim.is_open() {
        return Some(said(endpoint, -1, "반품 신청상태가 아니어서 반품거부를 할 수 없습니다."));
    }
    reject(state, endpoint, &claim, &asked[3..], ["101", "102", "103", "104"], now)
}

/// Refuses a return or an exchange with a reason's code and text.
fn reject(
    state: &mut State,
    endpoint: E,
    claim: &Claim,
    reason: &[String],
    codes: [&str; 4],
    now: Millis,
) -> Refusal {
    if !codes.contains(&reason[0].as_str()) || reason[1].trim().is_empty() {
        return Some(said(endpoint, -1, "거부 사유를 알 수 없습니다."));
    }
    state.reject(claim.number, None, now);
    state.note(now, "reject_claim", &claim.number.to_string(), &reason[0]);
    None
}

/// `returnclaimdefer/{ordNo}/{ordPrdSeq}/{clmReqSeq}/{deferRefsRsnCd}/{deferRefsRsn}`
fn hold_return(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetHoldReturn;
    let refuse = |code: i32| Some(refused(endpoint, code));
    let ids = [&*asked[2], &*asked[0], &*asked[1]];
    let claim = match found(state, endpoint, ClaimKind::Return, ids, [-21002, -21003, -21004, -21007]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    if !["101", "102", "103", "104", "105"].contains(&asked[3].as_str()) {
        return refuse(-21005);
    }
    if asked[4].trim().is_empty() {
        return refuse(-21006);
    }
    if is_abroad(state, &claim) {
        return refuse(-21010);
    }
    match claim.stage {
        Stage::Requested => {}
        Stage::Held => return refuse(-21008),
        _ => return refuse(-21007),
    }
    state.hold(claim.number, now);
    state.note(now, "hold_claim", &claim.number.to_string(), &asked[3]);
    None
}

/// `exchangereqconf/{clmReqSeq}/{ordNo}/{ordPrdSeq}/{dlvEtprsCd}/{invcNo}`
fn approve_exchange(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetApproveExchange;
    let refuse = |code: i32| Some(refused(endpoint, code));
    let ids = [&*asked[0], &*asked[1], &*asked[2]];
    let claim = match found(state, endpoint, ClaimKind::Exchange, ids, [-27002, -27003, -27004, -27007]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    if !is_carrier(&asked[3]) {
        return refuse(-27006);
    }
    if !is_waybill(&asked[3], &asked[4]) {
        return Some(said(endpoint, -1, "송장번호가 유효하지 않습니다."));
    }
    if is_abroad(state, &claim) {
        return refuse(-27009);
    }
    if !claim.is_open() {
        return refuse(-27008);
    }
    let parcel = Parcel { method: "01", carrier: asked[3].clone(), waybill: asked[4].clone() };
    state.approve(claim.number, Some(parcel), now);
    state.note(now, "approve_claim", &claim.number.to_string(), &format!("{} {}", asked[3], asked[4]));
    None
}

/// `exchangereqreject/{ordNo}/{ordPrdSeq}/{clmReqSeq}/{refsRsnCd}/{refsRsn}`
fn reject_exchange(state: &mut State, asked: &[String], now: Millis) -> Refusal {
    let endpoint = E::StreetRejectExchange;
    let ids = [&*asked[2], &*asked[0], &*asked[1]];
    let claim = match found(state, endpoint, ClaimKind::Exchange, ids, [-26002, -26003, -26004, -26005]) {
        Ok(claim) => claim,
        Err(answer) => return Some(answer),
    };
    if is_abroad(state, &claim) {
        return Some(refused(endpoint, -26007));
    }
    if !claim.is_open() {
        return Some(refused(endpoint, -26006));
    }
    reject(state, endpoint, &claim, &asked[3..], ["201", "202", "203", "204"], now)
}
