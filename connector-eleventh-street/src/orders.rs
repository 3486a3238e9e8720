//! From rows of the order lists to order lines.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=110&apiSeq=1876&apiSpecType=1> and the entries
//! named in [`crate::list`] (read 2026-09).

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use connector_core::xml::Element;
use connector_core::{Change, Failure, Fetched, Order, OrderState, Page, Record, Result, Wanted};

use crate::answer::{Row, rows};
use crate::state::{self, Unknowns};

/// Where a line's status stands.
const STATUS: &str = "ordPrdStat";

/// The times that a line may bear, each of an event.
const EVENTS: [&str; 6] = ["ordDt", "ordStlEndDt", "plcodrCnfDt", "sndEndDt", "dlvEndDt", "pocnfrmDt"];

/// A list of order lines that stand in the state of that code.
pub(crate) fn page(root: &Element, status: &str) -> Result<Page> {
    let mut page = Page::default();
    let mut unknowns = Unknowns::default();
    for row in rows(root)? {
        match order(row, Some(status), None, &mut unknowns) {
            Ok(order) => page.records.push(Record::Order(order)),
            Err(failure) => page.failures.push(failure),
        }
    }
    unknowns.log("an order line");
    Ok(page)
}

/// Times are told to the second: what a list of keys tells may have happened after all else of that second, so a line that
/// is stored as of the same second is asked for once more.
const REST_OF_SECOND: TimeDelta = TimeDelta::milliseconds(999);

/// When what a list of keys tells of a line happened: the end of a claim before its beginning.
const TOLD: [&str; 5] = ["sndEndDt", "cnTrtEndDt", "trtEndDt", "createDt", "reqDt"];

/// A list that tells of lines that they were shipped or claimed, and not much more. Of several rows of a line the latest counts;
/// one without a readable time is dated by `latest`. All of them stand in `status`, where the list says so. `now` is when the list
/// was asked for.
pub(crate) fn keys(
    root: &Element,
    latest: DateTime<Utc>,
    status: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Page> {
    let mut page = Page::default();
    for row in rows(root)? {
        let told = TOLD.iter().find_map(|name| row.time(name));
        let at = told.map_or(latest, |at| {
            let end = at.trunc_subsecs(0) + REST_OF_SECOND;
            // Where the second is not over, what happens in the rest of it is not in this list, and must count as later.
            if (at..=end).contains(&now) { now } else { end }
        });
        match row.line() {
            Ok(key) => match page.changes.iter_mut().find(|change| change.key == key) {
                Some(change) => change.at = change.at.max(at),
                None => page.changes.push(Change { key, at, status: status.map(str::to_owned) }),
            },
            Err(reason) => page.failures.push(row.failure(None, reason)),
        }
    }
    Ok(page)
}

/// The lines of one order, by its number. Where the answer does not say how a line stands, `told` does.
pub(crate) fn lines(
    root: &Element,
    told: &HashMap<String, String>,
    wanted: &[Wanted],
    fetched: &mut Fetched,
) -> Result<()> {
    let mut unknowns = Unknowns::default();
    for row in rows(root)? {
        let line = row.line().unwrap_or_default();
        let changed_at = wanted.iter().find(|wanted| wanted.key == line).and_then(|wanted| wanted.changed_at);
        match order(row, told.get(&line).map(String::as_str), changed_at, &mut unknowns) {
            Ok(order) => fetched.records.push(Record::Order(order)),
            Err(failure) => fetched.failures.push(failure),
        }
    }
    unknowns.log("an order line");
    Ok(())
}

/// Whether every row says how its line stands.
pub(crate) fn all_say_their_status(root: &Element) -> bool {
    root.all("order").all(|row| Row(row).word(STATUS).is_some())
}

/// How lines stand, by key: the list of many orders' states.
pub(crate) fn statuses(root: &Element) -> Result<HashMap<String, String>> {
    let told = |row: Row<'_>| Some((row.line().ok()?, row.word(STATUS)?.to_owned()));
    Ok(rows(root)?.into_iter().filter_map(told).collect())
}

/// The order numbers of some lines, each once, in order.
pub(crate) fn numbers<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let numbers: BTreeMap<&str, ()> =
        lines.into_iter().filter_map(|line| Some((crate::answer::parts(line)?.0, ()))).collect();
    numbers.into_keys().collect()
}

fn order(
    row: Row<'_>,
    status: Option<&str>,
    changed_at: Option<DateTime<Utc>>,
    unknowns: &mut Unknowns,
) -> std::result::Result<Order, Failure> {
    let order_id = row.line().map_err(|reason| row.failure(None, reason))?;
    read(row, &order_id, status, changed_at, unknowns).map_err(|reason| row.failure(Some(order_id), reason))
}

fn read(
    row: Row<'_>,
    order_id: &str,
    status: Option<&str>,
    changed_at: Option<DateTime<Utc>>,
    unknowns: &mut Unknowns,
) -> std::result::Result<Order, String> {
    let own = row.word(STATUS);
    let status = own.or(status).ok_or_else(|| format!("{STATUS} is missing"))?;
    let state = state::order(status);
    if state == OrderState::Unknown {
        unknowns.note(status);
    }
    let ordered_at = row.time("ordDt").or_else(|| row.time("ordStlEndDt"));
    // A list's place is a part of what the platform says; the object is kept with it.
    let raw = match own {
        Some(_) => row.0.json(),
        None => {
            let mut told = row.0.clone();
            told.set(STATUS, status);
            told.json()
        }
    };
    Ok(Order {
        order_id: order_id.to_owned(),
        order_group_id: row.owned("ordNo"),
        ordered_at: ordered_at.ok_or("ordDt holds no time that can be read")?,
        status: status.to_owned(),
        state,
        // The only amount that every list tells. Discounts and delivery fees stand beside it in some of them only, so a line's
        // amount would move with its state.
        amount: row.require("ordAmt")?,
        order_place_id: None,
        order_place_name: None,
        product_id: row.word("prdNo").map(str::to_owned),
        product_name: row.owned("prdNm"),
        option_id: row.word("prdStckNo").map(str::to_owned),
        option_name: row.owned("slctPrdOptNm"),
        seller_code: row.owned("sellerStockCd").or_else(|| row.owned("sellerPrdCd")),
        quantity: row.number("ordQty").ok().flatten(),
        unit_price: row.number("selPrc").ok().flatten(),
        changed_at: EVENTS.iter().filter_map(|event| row.time(event)).chain(changed_at).max(),
        claims: Vec::new(),
        raw,
    })
}

#[cfg(test)]
mod tests {
    use connector_core::time::{kst_text, parse_kst};

    use super::*;

    #[test]
    fn what_a_list_tells_counts_to_the_end_of_its_second_once_that_is_over() {
        let mut row = Element::new("order");
        for (name, text) in [("ordNo", "201"), ("ordPrdSeq", "1"), ("sndEndDt", "2026-01-16 11:02:10")] {
            row.set(name, text);
        }
        let root = Element::new("orders").with_child(row);
        let at = |now: &str| {
            let time = |text| parse_kst(text).expect("a time");
            let page = keys(&root, time("2026-01-20"), None, time(now)).expect("a page");
            kst_text(page.changes[0].at)[11..23].to_owned()
        };
        assert_eq!(at("2026-01-16 11:02:11"), "11:02:10.999");
        assert_eq!(at("2026-01-16T11:02:10.250+09:00"), "11:02:10.250", "more may happen in that second");
        assert_eq!(at("2026-01-16 11:02:09"), "11:02:10.999", "a clock that is behind tells nothing");
    }
}
