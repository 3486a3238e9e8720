//! What the platform pays out.

use std::collections::BTreeMap;

use serde_json::Value;
use simulator::smartstore::{Config, Market, SettlementTruth};
use simulator::{Endpoint, Fault, FaultKind, kst_text};

use crate::caller::Caller;

const DAY: i64 = 86_400_000;
const SETTLE: &str = "/external/v1/pay-settle/settle";

fn shop() -> Caller {
    Caller::of(Market::start(Config { days: 20, ..Config::of(400) }).expect("a port"))
}

fn day(caller: &Caller, ago: i64) -> String {
    kst_text(caller.market.now() - ago * DAY)[..10].to_owned()
}

fn rows(caller: &Caller, target: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let answer =
            caller.good("GET", &format!("{SETTLE}/{target}&pageNumber={page}&pageSize=7"), &Value::Null);
        let rows = answer["elements"].as_array().expect("rows").clone();
        let pages = answer["pagination"]["totalPages"].as_u64().expect("a number");
        assert!(rows.len() <= 7);
        all.extend(rows);
        if page >= pages {
            assert_eq!(answer["pagination"]["totalElements"], all.len());
            return all;
        }
    }
    unreachable!("pages end")
}

#[test]
fn days_add_up_to_their_cases() {
    let caller = shop();
    let truth = caller.market.settlements();
    let orders = caller.market.truth();
    let decided: Vec<_> = orders.iter().filter(|order| order.status == "PURCHASE_DECIDED").collect();
    assert!(decided.len() > 50);
    let of_goods = |item: &&SettlementTruth| item.kind == "PROD_ORDER";
    assert_eq!(truth.iter().filter(of_goods).count(), decided.len());
    assert!(truth.iter().any(|item| item.kind == "DELIVERY"));
    for item in truth.iter().filter(of_goods) {
        let order = decided.iter().find(|order| order.id == item.id).expect("a decided order");
        let details: Value = serde_json::from_str(&order.payload).expect("JSON");
        assert_eq!(details["productOrder"]["expectedSettlementAmount"], item.amount);
        assert_eq!(item.pay_amount + item.pay_commission + item.link_commission, item.amount);
    }
    let daily = rows(&caller, &format!("daily?startDate={}&endDate={}", day(&caller, 40), day(&caller, -9)));
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for item in &truth {
        *sums.entry(&item.expect_date).or_default() += item.amount;
    }
    let listed: BTreeMap<&str, i64> = daily
        .iter()
        .map(|row| {
            (row["settleExpectDate"].as_str().expect("a day"), row["settleAmount"].as_i64().expect("won"))
        })
        .collect();
    assert_eq!(listed, sums);
    assert!(daily.iter().any(|row| row.get("settleCompleteDate").is_some()));

    let mut found = 0;
    for day in sums.keys() {
        let schedule = "periodType=SETTLE_CASEBYCASE_SETTLE_SCHEDULE_DATE";
        let cases = rows(&caller, &format!("case?searchDate={day}&{schedule}"));
        let sum: i64 = cases.iter().map(|row| row["settleExpectAmount"].as_i64().expect("won")).sum();
        assert_eq!(sum, sums[day]);
        found += cases.len();
        let fees = rows(&caller, &format!("commission-details?searchDate={day}&{schedule}"));
        let fees: i64 = fees.iter().map(|row| row["commissionAmount"].as_i64().expect("won")).sum();
        let expected = truth.iter().filter(|item| item.expect_date == **day);
        assert_eq!(fees, expected.map(|item| item.pay_commission + item.link_commission).sum::<i64>());
    }
    assert_eq!(found, truth.len());
}

#[test]
fn cases_are_picked() {
    let caller = shop();
    let truth = caller.market.settlements();
    let paid =
        truth.iter().find(|item| item.complete_date.is_some() && item.kind == "PROD_ORDER").expect("one");
    let case = |more: &str| {
        let period = "periodType=SETTLE_CASEBYCASE_PAY_DATE";
        rows(&caller, &format!("case?searchDate={}&{period}{more}", paid.pay_date))
    };
    let one = case(&format!("&productOrderId={}", paid.id));
    assert_eq!(one.len(), 1);
    assert_eq!(
        (&one[0]["orderId"], &one[0]["settleCompleteDate"]),
        (&paid.group.clone().into(), &paid.complete_date.clone().into())
    );
    assert!(one[0]["purchaserName"].as_str().expect("a name").contains('*'));
    let all = case("").len();
    assert_eq!(case("&settleDecisionType=SETTLED").len() + case("&settleDecisionType=UNSETTLED").len(), all);
    assert_eq!(case("&settleType=QUICK_SETTLE_CANCEL").len(), 0);
    assert!(!case(&format!("&orderId={}", paid.group)).is_empty());
}

#[test]
fn bad_questions_are_named() {
    let caller = shop();
    let refused = |target: &str| {
        let reply = caller.send("GET", &format!("{SETTLE}/{target}"), &Value::Null);
        let body = crate::json(&reply);
        assert_eq!((reply.status, &body["code"]), (400, &"BAD_REQUEST".into()), "{target}");
        assert_eq!(body["invalidInputs"][0]["type"], "typeMismatch");
        assert!(body["traceId"].is_string());
        body["invalidInputs"][0]["name"].as_str().expect("a name").to_owned()
    };
    let page = "pageNumber=1&pageSize=1000";
    assert_eq!(refused("daily?startDate=2026-02-01&endDate=2026-02-02&pageNumber=1"), "pageSize");
    assert_eq!(
        refused("daily?startDate=2026-02-01&endDate=2026-02-02&pageNumber=1&pageSize=1001"),
        "pageSize"
    );
    assert_eq!(
        refused("daily?startDate=2026-02-01&endDate=2026-02-02&pageNumber=0&pageSize=1"),
        "pageNumber"
    );
    assert_eq!(refused(&format!("daily?startDate=2026-02-30&endDate=2026-03-02&{page}")), "startDate");
    assert_eq!(refused(&format!("daily?startDate=2026-02-03&endDate=2026-02-02&{page}")), "endDate");
    assert_eq!(refused(&format!("case?searchDate=2026-02-03&{page}")), "periodType");
    assert_eq!(
        refused(&format!("case?searchDate=20260203&periodType=SETTLE_CASEBYCASE_PAY_DATE&{page}")),
        "searchDate"
    );
    assert_eq!(
        refused(&format!("commission-details?searchDate=2026-02-03&periodType=DAY&{page}")),
        "periodType"
    );
}

#[test]
fn lists_go_wrong_like_the_others() {
    let caller = shop();
    let target = format!(
        "{SETTLE}/daily?startDate={}&endDate={}&pageNumber=1&pageSize=9",
        day(&caller, 40),
        day(&caller, 0)
    );
    let good = caller.good("GET", &target, &Value::Null);
    let with = |kind| {
        caller.market.fault(Fault::next(Endpoint::StoreSettleDaily, kind));
        caller.good("GET", &target, &Value::Null)
    };
    let count = |answer: &Value| answer["elements"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&with(FaultKind::DuplicatePage)), 2 * count(&good));
    assert_eq!(count(&with(FaultKind::RowMissing)), count(&good) - 1);
    assert!(with(FaultKind::AbsentData).get("elements").is_none());
    assert!(with(FaultKind::NullField)["elements"][0]["settleAmount"].is_null());
    assert_eq!(with(FaultKind::EndlessMore)["pagination"]["totalPages"], 2);
}
