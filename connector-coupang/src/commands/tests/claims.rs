//! The seller's part in returns.

use super::*;

fn of_return(status: &str, command: &str, more: Value) -> Action {
    let mut raw = receipt(status, "RETURN")[0].clone();
    raw["cancelCountSum"] = json!(2);
    let mut value = json!({
        "command": command, "raw": raw,
        "claim": {"claim_id": "5", "kind": "return", "order_id": "853138000000115661-71"},
    });
    value.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    action(value)
}

#[tokio::test]
async fn a_return_goes_one_step_on_at_a_time() {
    let parcel = json!({"reason": "sent", "parcel":
        {"method": "parcel", "carrier": "CJGLS", "tracking_number": "12", "sent_at": "2026-03-31T02:00:00Z"}});
    for (status, name, more, path, rest) in [
        ("RELEASE_STOP_UNCHECKED", "approve_claim", json!({}), "stoppedShipment", json!({"cancelCount": 2})),
        (
            "RELEASE_STOP_UNCHECKED",
            "reject_claim",
            parcel,
            "completedShipment",
            json!({"deliveryCompanyCode": "CJGLS", "invoiceNumber": "12"}),
        ),
        ("RETURNS_UNCHECKED", "approve_claim", json!({}), "receiveConfirmation", json!({})),
        ("VENDOR_WAREHOUSE_CONFIRM", "approve_claim", json!({}), "approval", json!({"cancelCount": 2})),
    ] {
        let given = Given::new(vec![(
            "/returnRequests/5/",
            200,
            json!({"code": 200, "data": {"resultCode": "SUCCESS"}}),
        )]);
        let command = command(vec![of_return(status, name, more)]);
        let receipt = connector().execute(&client(given.clone()), &command).await.expect("an answer");
        assert_eq!(receipt.outcomes, [Outcome::accepted()]);
        let mut body = json!({"vendorId": "A00012345", "receiptId": 5});
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        let path = format!("PUT /openapi/apis/api/v4/vendors/A00012345/returnRequests/5/{path}");
        assert_eq!(given.sent(), [(path, body)]);
    }
}

#[tokio::test]
async fn what_the_seller_cannot_say_to_a_claim_is_refused_before_any_call() {
    for (action, reason) in [
        (of_return("RETURNS_COMPLETED", "approve_claim", json!({})), "over"),
        (of_return("REQUEST_COUPANG_CHECK", "approve_claim", json!({})), "nothing"),
        (of_return("RETURNS_UNCHECKED", "reject_claim", json!({"reason": "no"})), "WING"),
        (of_return("RELEASE_STOP_UNCHECKED", "reject_claim", json!({"reason": "no"})), "parcel"),
    ] {
        let given = Given::new(Vec::new());
        let receipt =
            connector().execute(&client(given.clone()), &command(vec![action])).await.expect("an answer");
        let [Outcome::Refused(refusal)] = &receipt.outcomes[..] else { panic!("{reason}: {receipt:?}") };
        assert!(refusal.message.contains(reason) && given.sent().is_empty(), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_look_tells_where_a_return_stands() {
    for (seen, now, expected) in [
        ("RELEASE_STOP_UNCHECKED", "RELEASE_STOP_UNCHECKED", "NotInEffect"),
        ("RELEASE_STOP_UNCHECKED", "RETURNS_COMPLETED", "InEffect"),
        ("RELEASE_STOP_UNCHECKED", "RETURNS_UNCHECKED", "gone on to RETURNS_UNCHECKED"),
        ("RETURNS_UNCHECKED", "VENDOR_WAREHOUSE_CONFIRM", "InEffect"),
        ("VENDOR_WAREHOUSE_CONFIRM", "VENDOR_WAREHOUSE_CONFIRM", "NotInEffect"),
        ("VENDOR_WAREHOUSE_CONFIRM", "RETURNS_COMPLETED", "InEffect"),
    ] {
        let shown = json!({"code": 200, "data": receipt(now, "RETURN")});
        let given = Given::new(vec![("/v6/vendors/A00012345/returnRequests/5", 200, shown)]);
        let command = command(vec![of_return(seen, "approve_claim", json!({}))]);
        let findings = connector().inspect(&client(given), &command).await.expect("a look");
        let standing = format!("{:?}", findings[0].standing);
        assert!(
            standing.starts_with(expected) || expected.contains("gone") && standing.contains(expected),
            "{seen} {now}: {standing}"
        );
    }
    let command = command(vec![of_return("RETURNS_UNCHECKED", "approve_claim", json!({}))]);
    let findings = connector().inspect(&client(Given::new(Vec::new())), &command).await.expect("a look");
    assert!(format!("{:?}", findings[0].standing).contains("taken it back"), "{findings:?}");
}
