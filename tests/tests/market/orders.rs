//! The list of changes, the details, the conditional list.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use simulator::smartstore::{AddOrders, ChangeOrders, Config, Hook, Stage};
use simulator::{Millis, kst_text, machine_now};

use crate::caller::{Caller, FEED, HOUR, LIST, QUERY, body, call, code, escaped};

#[test]
fn windows_are_checked() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), ..Config::of(10) });
    let status = |from: &str, to: &str| code(&caller.feed(from, to, None));
    let (from, to) = (kst_text(end - HOUR), kst_text(end));
    assert_eq!(status(&from, &to).0, 200);
    assert_eq!(status(&kst_text(end - 24 * HOUR), &to).0, 200);
    assert_eq!(status(&kst_text(end - 24 * HOUR - 1), &to), (400, "104139".to_owned()));
    let bad = (400, "4000".to_owned());
    assert_eq!(status(&from, &kst_text(machine_now() + 60_000)), bad);
    assert_eq!(status(&to, &from), bad);
    assert_eq!(status(&from.replace(".", "x"), &to), bad);
    assert_eq!(status(&format!("{}+09:00", &from[..19]), &to), bad);
    let raw_plus = caller.get(&format!("{FEED}?lastChangedFrom={from}&lastChangedTo={to}"));
    assert_eq!(code(&raw_plus), bad);
    let bare = caller.get(&format!("{FEED}?lastChangedFrom={}", escaped(&from)));
    assert_eq!(bare.status, 200);
    caller.market.set(|settings| settings.allow_future_to = true);
    assert_eq!(status(&from, &kst_text(machine_now() + 60_000)).0, 200);
}

#[test]
fn an_empty_window_has_no_data() {
    let caller = Caller::of(Config::default());
    let now = machine_now();
    let empty = body(&caller.feed(&kst_text(now - HOUR), &kst_text(now - 1_000), None));
    let keys: Vec<&String> = empty.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["timestamp", "traceId"]);
}

#[test]
fn paging_needs_both_parts_of_the_cursor() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), days: 1, ..Config::of(1_000) });
    let tie = end - 5 * HOUR;
    let tied = caller.market.add(&AddOrders::at(650, tie));
    let (ids, pages) = caller.walk(end - 24 * HOUR, end);
    assert_eq!((ids.len(), pages), (1_650, 6));
    let truth: BTreeSet<String> = caller.market.truth().into_iter().map(|order| order.id).collect();
    assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), truth);

    let dates: Vec<(Millis, String)> = {
        let by_id: HashMap<_, _> =
            caller.market.truth().into_iter().map(|order| (order.id, order.changed_at)).collect();
        ids.iter().map(|id| (by_id[id], id.clone())).collect()
    };
    assert!(dates.is_sorted());

    let all_tied = caller.walk(tie, tie);
    assert_eq!(all_tied.0.iter().collect::<BTreeSet<_>>(), tied.iter().collect::<BTreeSet<_>>());
    let first = body(&caller.feed(&kst_text(tie), &kst_text(tie), None));
    let again = body(&caller.feed(first["data"]["more"]["moreFrom"].as_str().unwrap(), &kst_text(tie), None));
    assert_eq!(again["data"]["lastChangeStatuses"], first["data"]["lastChangeStatuses"]);
}

#[test]
fn a_row_that_changes_moves_to_its_new_date() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), days: 1, ..Config::default() });
    let ids = caller.market.add(&AddOrders { stage: Some(Stage::Paid), ..AddOrders::at(3, end - HOUR) });
    caller.market.change(&ids[..1], Stage::Delivered);
    assert_eq!(caller.walk(end - HOUR, end).0.len(), 3);
    let delivered = body(&caller.query(&ids[..1]));
    assert_eq!(delivered["data"][0]["productOrder"]["productOrderStatus"], "DELIVERED");
    caller.market.hook(Hook {
        after_feed_calls: 1,
        add: None,
        change: Some(ChangeOrders { ids: ids[1..2].to_vec(), stage: Stage::Dispatched }),
    });
    assert_eq!(caller.walk(end - HOUR, end).0.len(), 3);
    assert_eq!(caller.walk(end - HOUR, end).0.len(), 2);
    let (late, _) = caller.walk(end, machine_now());
    assert_eq!(late, ids[1..2]);
}

#[test]
fn details_come_as_they_were_asked_for() {
    let caller = Caller::of(Config::of(400));
    let truth = caller.market.truth();
    let ids: Vec<String> = truth.iter().map(|order| order.id.clone()).collect();
    assert_eq!(code(&caller.query(&ids[..301])), (400, "4000".to_owned()));
    assert_eq!(code(&caller.query(&[])), (400, "4000".to_owned()));
    let mut asked = ids[..299].to_vec();
    asked.push("1999010100000001".to_owned());
    let reply = caller.query(&asked);
    let text = reply.text();
    for order in &truth[..299] {
        assert!(text.contains(&order.payload));
    }
    let rows = body(&reply)["data"].as_array().expect("rows").clone();
    assert_eq!(rows.len(), 299);
    for (row, order) in rows.iter().zip(&truth) {
        assert_eq!(row["productOrder"]["productOrderId"], order.id);
        assert_eq!(row["productOrder"]["productOrderStatus"], order.status);
        assert_eq!(row["productOrder"]["totalPaymentAmount"], order.amount);
    }
    let sizes: usize = truth.iter().map(|order| order.payload.len()).sum();
    let mean = sizes / truth.len();
    assert!((2_500..=3_000).contains(&mean), "{mean} bytes each");
    let bad = call(&caller.market, "POST", QUERY, &[("Authorization", &caller.bearer)], b"{");
    assert_eq!(code(&bad), (400, "000400".to_owned()));
}

#[test]
fn the_conditional_list_pages_through_a_day() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), days: 1, ..Config::default() });
    caller.market.add(&AddOrders { stage: Some(Stage::Paid), ..AddOrders::at(7, end - HOUR) });
    caller.market.add(&AddOrders { stage: Some(Stage::Waiting), ..AddOrders::at(2, end - HOUR) });
    caller.market.add(&AddOrders { stage: Some(Stage::Cancelled), ..AddOrders::at(1, end - HOUR) });
    let list = |extra: &str| {
        let (from, to) = (escaped(&kst_text(end - 12 * HOUR)), escaped(&kst_text(end)));
        caller.get(&format!("{LIST}?from={from}&to={to}{extra}"))
    };
    let page = body(&list("&pageSize=5"))["data"].clone();
    assert_eq!(page["contents"].as_array().map(Vec::len), Some(5));
    assert_eq!(page["pagination"], json!({ "page": 1, "size": 5, "hasNext": true }));
    let page = body(&list("&pageSize=5&page=2"))["data"].clone();
    assert_eq!(page["contents"].as_array().map(Vec::len), Some(3));
    assert_eq!(page["pagination"]["hasNext"], false);
    let ordered = body(&list("&rangeType=ORDERED_DATETIME"));
    assert_eq!(ordered["data"]["contents"].as_array().map(Vec::len), Some(10));
    let some = body(&list("&productOrderStatuses=CANCELED&productOrderStatuses=DELIVERED"));
    let content = &some["data"]["contents"][0]["content"];
    assert_eq!(content["currentClaim"]["cancel"]["claimStatus"], "CANCEL_DONE");
    assert_eq!(content.get("cancel"), None);
    let empty = body(&caller.get(&format!(
        "{LIST}?from={}&to={}",
        escaped(&kst_text(end - 96 * HOUR)),
        escaped(&kst_text(end - 72 * HOUR))
    )));
    assert_eq!(empty["data"]["contents"], json!([]));
    assert_eq!(code(&caller.get(&format!("{LIST}?pageSize=300"))), (400, "4000".to_owned()));
    assert_eq!(code(&list("&pageSize=301")), (400, "4000".to_owned()));
}
