use connector_core::time::kst_text;
use connector_core::{Claim, ClaimKind, ClaimState, Order, OrderState, Record, Wanted};
use serde_json::{Value, json};

use super::super::details;
use super::super::tests::{answer, element, map, wanted};

fn claims(line: &Value) -> Vec<Claim> {
    map(line).expect("an order").claims
}

fn shown(claim: &Claim) -> (&str, ClaimKind, ClaimState, &str) {
    (claim.claim_id.as_str(), claim.kind, claim.state, claim.status.as_str())
}

#[test]
fn the_samples_claims_are_told_once_each() {
    let body = include_str!("../../../tests/samples/product_orders_query.json");
    let keys = wanted(&["2025120147233911", "2025112746001231", "2025113047001551"]);
    let fetched = details(&answer(body), &keys).expect("an answer");
    let orders: Vec<&Order> = fetched.records.iter().filter_map(Record::as_order).collect();
    assert!(orders[0].claims.is_empty());

    let [returning] = &orders[1].claims[..] else {
        panic!("once, not in its twin too: {:?}", orders[1].claims)
    };
    assert_eq!(
        shown(returning),
        ("2025120181000011", ClaimKind::Return, ClaimState::Collecting, "COLLECTING")
    );
    assert_eq!(returning.order_id, "2025112746001231");
    assert_eq!(returning.order_group_id.as_deref(), Some("2025112730551161"));
    assert_eq!((returning.quantity, returning.reason.as_deref()), (Some(1), Some("INTENT_CHANGED")));
    assert_eq!(kst_text(returning.requested_at), "2025-12-01T09:44:10.000+09:00");
    assert_eq!((returning.changed_at, returning.line_state), (None, None));
    assert!(body.contains(returning.raw.get()) && returning.raw.get().contains("\"collectAddress\""));

    let [cancelled] = &orders[2].claims[..] else { panic!("one: {:?}", orders[2].claims) };
    assert_eq!(shown(cancelled), ("2025113080900021", ClaimKind::Cancel, ClaimState::Done, "CANCEL_DONE"));
    assert_eq!((cancelled.quantity, cancelled.reason.as_deref()), (Some(1), Some("SOLD_OUT")));
    assert_eq!(kst_text(cancelled.requested_at), "2025-11-30T13:00:00.000+09:00");
    assert_eq!(orders[2].state, OrderState::Preparing, "a finished claim leaves the line as it is");
}

#[test]
fn every_word_has_a_state_and_a_hold_comes_before_it() {
    for (word, expected) in [
        ("CANCEL_REQUEST", ClaimState::Requested),
        ("CANCELING", ClaimState::Requested),
        ("ADMIN_CANCELING", ClaimState::Requested),
        ("RETURN_REQUEST", ClaimState::Requested),
        ("EXCHANGE_REQUEST", ClaimState::Requested),
        ("COLLECTING", ClaimState::Collecting),
        ("COLLECT_DONE", ClaimState::Collecting),
        ("EXCHANGE_REDELIVERING", ClaimState::Collecting),
        ("CANCEL_DONE", ClaimState::Done),
        ("RETURN_DONE", ClaimState::Done),
        ("EXCHANGE_DONE", ClaimState::Done),
        ("ADMIN_CANCEL_DONE", ClaimState::Done),
        ("CANCEL_REJECT", ClaimState::Rejected),
        ("RETURN_REJECT", ClaimState::Rejected),
        ("EXCHANGE_REJECT", ClaimState::Rejected),
        ("ADMIN_CANCEL_REJECT", ClaimState::Rejected),
        ("TELEPORTING", ClaimState::Unknown),
    ] {
        let mut line = element(&[]);
        line["currentClaim"] = json!({"return": {"claimId": "7", "claimStatus": word}});
        assert_eq!(claims(&line)[0].state, expected, "{word}");
        line["currentClaim"]["return"]["holdbackStatus"] = json!("HOLDBACK");
        let held =
            if expected.is_open() && expected != ClaimState::Unknown { ClaimState::Held } else { expected };
        assert_eq!(claims(&line)[0].state, held, "{word}, on hold");
    }
}

#[test]
fn claims_of_all_places_come_in_order_and_what_is_none_is_left_out() {
    let mut line = element(&[]);
    line["currentClaim"] = json!({"exchange": {"claimId": "3", "claimStatus": "COLLECTING"}, "cancel": {}});
    line["exchange"] = json!({"claimId": "3", "claimStatus": "COLLECTING"});
    line["beforeClaim"] = json!({"exchange": {"claimId": "2", "claimStatus": "EXCHANGE_DONE"}});
    line["completedClaims"] = json!([
        {"claimType": "ADMIN_CANCEL", "claimId": "1", "claimStatus": "ADMIN_CANCEL_DONE"},
        {"claimType": "PURCHASE_DECISION_HOLDBACK", "claimId": "4", "claimStatus": "PURCHASE_DECISION_HOLDBACK"},
        {"claimType": "WISH", "claimId": "5", "claimStatus": "WISHED"},
        {"claimType": "EXCHANGE", "claimId": "2", "claimStatus": "EXCHANGE_DONE"},
    ]);
    let told = claims(&line);
    assert_eq!(told.iter().map(|claim| claim.claim_id.as_str()).collect::<Vec<_>>(), ["3", "2", "1"]);
    assert_eq!(told[2].kind, ClaimKind::Cancel);
}

#[test]
fn a_claim_without_id_or_date_is_named_by_its_line() {
    let mut line = element(&[]);
    line["cancel"] = json!({"claimStatus": "CANCEL_REQUEST"});
    let told = claims(&line);
    assert_eq!(told[0].claim_id, "1-cancel");
    assert_eq!(kst_text(told[0].requested_at), "2025-12-01T09:30:40.000+09:00", "the order's");
    let changed = told[0].requested_at + chrono::TimeDelta::days(1);
    let asked = [Wanted { key: "1".into(), changed_at: Some(changed) }];
    let fetched = details(&answer(json!({"data": [line]}).to_string()), &asked).expect("an answer");
    let order = fetched.records[0].as_order().expect("an order");
    assert_eq!((order.claims[0].requested_at, order.claims[0].changed_at), (changed, Some(changed)));
}

#[test]
fn a_claim_of_another_shape_fails_its_line_by_name() {
    for (place, claim) in [
        ("currentClaim", json!({"cancel": ["7"]})),
        ("completedClaims", json!([7])),
        ("return", json!("COLLECTING")),
    ] {
        let mut line = element(&[]);
        line[place] = claim;
        let failure = map(&line).expect_err("a failure");
        assert_eq!(failure.key.as_deref(), Some("1"));
        assert!(failure.reason.contains("laim"), "{}", failure.reason);
    }
}
