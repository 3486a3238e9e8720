//! What a seller does with orders: confirm, ship, cancel.

use super::carriers::{is_carrier, is_waybill, listed_method};
use super::errors::{refused, said};
use super::order::{Line, LineKey, Parcel, Status};
use super::state::State;
use super::time;
use crate::answer::Answer;
use crate::endpoint::Endpoint as E;
use crate::instant::Millis;

const NO_SHIPMENT: &str = "존재하지 않는 배송번호 입니다.";

/// `reqpackaging/{ordNo}/{ordPrdSeq}/{addPrdYn}/{addPrdNo}/{dlvNo}`
pub(super) fn confirm(state: &mut State, asked: &[String], now: Millis) -> Answer {
    let endpoint = E::StreetConfirm;
    let Some(line) = state.line(&asked[0], &asked[1]).cloned() else {
        return said(endpoint, -1, "존재하지 않는 주문 입니다.");
    };
    if line.shipment.to_string() != asked[4] {
        return said(endpoint, -1, NO_SHIPMENT);
    }
    match line.status {
        Status::Cancelled => return refused(endpoint, -3211),
        Status::Cancelling => return refused(endpoint, -3214),
        Status::Paid if line.is_abroad => return refused(endpoint, -3210),
        Status::Paid => {}
        _ => return refused(endpoint, -3206),
    }
    let along = state.confirmed_with(&line);
    for key in &along {
        state.confirm(key, now);
        let target = state.lines[key].id();
        state.note(now, "confirm", &target, Status::Preparing.code());
    }
    said(endpoint, 0, &format!("전체 {}건이 정상적으로 발주처리가 되었습니다.", along.len()))
}

/// `reqdelivery/{sendDt}/{dlvMthdCd}/{dlvEtprsCd}/{invcNo}/{dlvNo}`, alone for the whole shipment; with
/// `/{partDlvYn}/{ordNo}/{ordPrdSeq}` for some lines; with `/{dlvQty}/{ordNo}/{ordPrdSeq}/{invcAddData}` in several
/// parcels.
pub(super) fn ship(state: &mut State, asked: &[String], now: Millis) -> Answer {
    match shipped(state, asked, now) {
        Ok(count) => said(E::StreetShip, 0, &format!("전체 {count}건이 정상적으로 발송처리가 되었습니다.")),
        Err(answer) => answer,
    }
}

fn shipped(state: &mut State, asked: &[String], now: Millis) -> Result<usize, Answer> {
    let [sent, method, carrier, waybill, shipment, rest @ ..] = asked else {
        return Err(said(E::StreetShip, -1, NO_SHIPMENT));
    };
    let refuse = |code| refused(E::StreetShip, code);
    let business = |text: &str| said(E::StreetShip, -1, text);
    time::minute(sent).ok_or_else(|| refuse(-3301))?;
    let listed = listed_method(method).filter(|_| method != "02");
    let listed = listed.ok_or_else(|| business("배송방식 코드가 유효하지 않습니다."))?;
    let all = shipment.parse().map(|shipment| state.of_shipment(shipment)).unwrap_or_default();
    let first = all.first().ok_or_else(|| business(NO_SHIPMENT))?.clone();
    let is_whole = rest.is_empty() || rest.len() == 3 && rest[0] != "Y";
    let chosen =
        if is_whole { all } else { named(&all, &rest[1], &rest[2]).ok_or_else(|| business(NO_SHIPMENT))? };
    let mut waybills = vec![waybill.as_str()];
    let mut pieces = 0;
    if let [quantity, _, _, more] = rest {
        let split = split(quantity, more).ok_or_else(|| business("분리발송 수량이 유효하지 않습니다."))?;
        pieces = split.iter().map(|(_, pieces)| pieces).sum();
        waybills.extend(split.iter().skip(1).map(|(waybill, _)| *waybill));
    }
    let is_sent = method != "05";
    if is_sent && !is_carrier(carrier) {
        return Err(refuse(-3307));
    }
    if is_sent && !waybills.iter().all(|waybill| is_waybill(carrier, waybill)) {
        return Err(refuse(-3306));
    }
    if waybills.iter().any(|waybill| state.waybills.get(*waybill).is_some_and(|order| *order != first.0)) {
        return Err(refuse(-3320));
    }
    let lines: Vec<&Line> = chosen.iter().map(|key| &state.lines[key]).collect();
    if !is_whole && lines.iter().any(|line| line.is_abroad) {
        return Err(refuse(-3321));
    }
    if !is_whole && lines.iter().all(|line| line.added_to.is_some()) {
        return Err(business("추가구성 상품만 부분발송은 불가합니다."));
    }
    let ready = ready(&lines)?;
    if pieces > 0 && pieces != ready.iter().map(|key| state.lines[key].kept()).sum::<i64>() {
        return Err(business("분리발송 수량이 주문수량과 다릅니다."));
    }
    let parcel =
        |waybill: &&str| Parcel { method: listed, carrier: carrier.clone(), waybill: (*waybill).to_owned() };
    let parcels: Vec<Parcel> =
        if is_sent { waybills.iter().map(parcel).collect() } else { vec![parcel(&"").without_carrier()] };
    for key in &ready {
        state.ship(key, parcels.clone(), now);
        let target = state.lines[key].id();
        state.note(now, "ship", &target, &format!("{carrier} {}", waybills.join(",")));
    }
    Ok(ready.len())
}

impl Parcel {
    fn without_carrier(self) -> Self {
        Self { carrier: String::new(), ..self }
    }
}

/// The lines of an order by their numbers, which are listed with commas; `None` where one is not in the shipment.
fn named(shipment: &[LineKey], order_no: &str, numbers: &str) -> Option<Vec<LineKey>> {
    let numbers = numbers.split(',').map(|number| number.parse().ok());
    let keys = numbers.map(|number| Some((order_no.to_owned(), number?)));
    keys.map(|key| key.filter(|key| shipment.contains(key))).collect()
}

/// The first parcel's pieces, and waybill and pieces of the others.
fn split<'a>(quantity: &str, more: &'a str) -> Option<Vec<(&'a str, i64)>> {
    let first = quantity.parse().ok().filter(|pieces| *pieces > 0)?;
    let mut all = vec![("", first)];
    for part in more.split('^').filter(|part| !part.is_empty() && *part != "null") {
        let (waybill, pieces) = part.split_once('@')?;
        all.push((waybill, pieces.parse().ok().filter(|pieces| *pieces > 0)?));
    }
    Some(all)
}

/// Those that are to be shipped; an answer where none is, or where another one stands in the way.
fn ready(lines: &[&Line]) -> Result<Vec<LineKey>, Answer> {
    let refuse = |code| refused(E::StreetShip, code);
    let has = |statuses: &[Status]| lines.iter().any(|line| statuses.contains(&line.status));
    if has(&[Status::Cancelling, Status::Paid, Status::Waiting]) {
        return Err(refuse(-3310));
    }
    let ready: Vec<LineKey> =
        lines.iter().filter(|line| line.status == Status::Preparing).map(|line| line.key()).collect();
    if !ready.is_empty() {
        return Ok(ready);
    }
    if has(&[Status::Shipped]) {
        return Err(refuse(-3308));
    }
    if has(&[Status::Delivered, Status::Decided]) {
        return Err(refuse(-3309));
    }
    let is_now = lines.first().map_or("", |line| line.status.label());
    let text = format!("해당 배송번호의 주문상태가 이미 변경 되었습니다. 변경된 상태 : {is_now}");
    Err(said(E::StreetShip, -3313, &text))
}

/// `reqrejectorder/{ordNo}/{ordPrdSeq}/{ordCnRsnCd}/{ordCnDtlsRsn}`
pub(super) fn cancel(state: &mut State, asked: &[String], now: Millis) -> Answer {
    let endpoint = E::StreetCancel;
    if !state.has_order(&asked[0]) {
        return refused(endpoint, -21002);
    }
    let Some(line) = state.line(&asked[0], &asked[1]).cloned() else { return refused(endpoint, -21003) };
    if !["06", "07", "08", "09", "10", "99"].contains(&asked[2].as_str()) || asked[3].is_empty() {
        return said(endpoint, -1, "판매불가 사유를 알 수 없습니다.");
    }
    match line.status {
        Status::Paid | Status::Preparing => {}
        Status::Cancelling | Status::Cancelled => return refused(endpoint, -21005),
        _ => return refused(endpoint, -21004),
    }
    state.cancel(&line.key(), line.kept(), [&asked[2], &asked[3]], true, now);
    state.note(now, "cancel", &line.id(), &asked[2]);
    said(endpoint, 0, "전체 1건이 정상적으로 판매불가 처리가 되었습니다.")
}
