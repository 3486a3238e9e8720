//! Claims over HTTP, against the simulated marketplaces.

use serde_json::{Value, json};
use simulator::coupang::Status;

use crate::marketplaces::{Shop, orders, parcel};
use crate::place::{Answer, Caller, Server, on_both};

fn claims(caller: &Caller<'_>, query: &str) -> Vec<Value> {
    caller.pages(&format!("/claims?limit=50&{query}"), "claims")
}

fn answer(caller: &Caller<'_>, claim: &Value, word: &str, body: &Value) -> Answer {
    caller.post(&format!("/claims/{}/{word}", claim["id"]), body)
}

/// Collects all streams of an account until it has so many claims of the query: at some platforms they are lists of their own, and
/// what has just changed is left to the next run.
fn collect(server: &Server, caller: &Caller<'_>, name: &str, query: &str, count: usize) -> Vec<Value> {
    for _ in 0..20 {
        server.installation.succeed(&["--connector", name]);
        let found = claims(caller, query);
        if found.len() == count {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    panic!("{name} never has {count} claims of {query}");
}

fn confirm(caller: &Caller<'_>, id: i64) {
    caller.post("/orders/batch-confirm", &json!({"order_ids": [id]})).expect(200);
}

on_both! {
    fn a_buyers_cancel_is_agreed_to_at_every_platform(server) {
        let kim = server.user("kim", "operator");
        for shop in Shop::all(1) {
            let name = shop.platform();
            let account = shop.open(&kim, name);
            let (line, id, _) = orders(&kim, account).remove(0);
            confirm(&kim, id);
            shop.buyer_cancels(&line);
            let query = format!("account_id={account}&kind=cancel&open=true");
            let claim = &collect(server, &kim, name, &query, 1)[0];
            assert_eq!((&claim["order"], &claim["order_id"]), (&json!(id), &json!(line)), "{claim}");
            assert_eq!((&claim["state"], &claim["is_open"]), (&json!("requested"), &json!(true)), "{claim}");
            let approved = answer(&kim, claim, "approve", &json!({})).expect(200);
            assert_eq!((&approved["state"], &approved["change"]["result"]), (&json!("done"), &json!("done")));
            assert_eq!(kim.get(&format!("/claims/{}", claim["id"])).expect(200)["state"], "done");
            let again = answer(&kim, claim, "approve", &json!({})).expect(200);
            assert_eq!(again["change"]["result"], "already", "{again}");
            answer(&kim, claim, "reject", &json!({"reason": "늦었습니다"})).problem(409);
            assert_eq!(shop.done("approve_claim").len(), 1, "{:?}", shop.effects());
        }
    }
}

#[test]
fn a_return_is_held_refused_and_sent_on_its_way() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, market) = Shop::store(2);
    let account = shop.open(&kim, "main");
    let all = orders(&kim, account);
    for (line, id, _) in &all {
        confirm(&kim, *id);
        let body = json!({"status": "shipped", "shipping_info": parcel(&shop.tracking(line))});
        kim.send("PUT", &format!("/api/v1/orders/{id}/status"), &[], &body.to_string()).expect(200);
        market.carry(line).expect("it arrives");
        market.request_return(line).expect("a buyer may ask");
    }
    let open = collect(&server, &kim, "main", "kind=return&state=requested,held", 2);
    let held = answer(&kim, &open[0], "hold", &json!({"reason": "확인 중입니다"})).expect(200);
    assert_eq!(held["change"]["result"], "done", "{held}");
    assert_eq!(held["id"], open[0]["id"]);
    let seen = json!({"platform_status": "SOMETHING_ELSE"});
    answer(&kim, &open[1], "approve", &seen).problem(409);
    let refused = answer(&kim, &open[1], "reject", &json!({"reason": "사용하셨습니다"})).expect(200);
    assert_eq!(refused["state"], "rejected", "{refused}");
    let order = kim.get(&format!("/orders/{}", refused["order"])).expect(200);
    assert_ne!(order["status"], "return_requested", "the line is read back with it: {order}");
    let effects = shop.effects().len();
    // A second click on each, at once and from two places.
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let again = answer(&kim, &open[1], "reject", &json!({"reason": "사용하셨습니다"}));
                assert_eq!(again.expect(200)["change"]["result"], "already");
            });
        }
    });
    assert_eq!(shop.effects().len(), effects);
}

#[test]
fn a_cancel_is_refused_with_the_parcel_that_has_left() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    for shop in Shop::all(1) {
        let name = shop.platform();
        let account = shop.open(&kim, name);
        let (line, id, _) = orders(&kim, account).remove(0);
        confirm(&kim, id);
        shop.buyer_cancels(&line);
        let claim = collect(&server, &kim, name, &format!("account_id={account}"), 1).remove(0);
        let bare = json!({"reason": "이미 발송했습니다"});
        let problem = answer(&kim, &claim, "reject", &bare).problem(422);
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("parcel")), "{problem}");
        let with = json!({"reason": "이미 발송했습니다", "shipping_info": parcel(&shop.tracking(&line))});
        let refused = answer(&kim, &claim, "reject", &with).expect(200);
        assert_eq!(refused["change"]["result"], "done", "{refused}");
        assert_eq!(shop.effects().iter().filter(|effect| effect.command != "confirm").count(), 1);
    }
}

#[test]
fn what_a_platform_does_not_have_is_said() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, vendor) = Shop::vendor(1);
    let account = shop.open(&kim, "main");
    let (line, id, _) = orders(&kim, account).remove(0);
    confirm(&kim, id);
    vendor.buyer_cancels(&line, None).expect("a buyer may ask");
    let claim = collect(&server, &kim, "main", "open=true", 1).remove(0);
    let problem = answer(&kim, &claim, "hold", &json!({"reason": "잠시"})).problem(422);
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("not offered")), "{problem}");
    for (word, body, pointer) in [
        ("reject", json!({}), "/reason"),
        ("reject", json!({"reason": " "}), "/reason"),
        (
            "reject",
            json!({"reason": "x", "shipping_info": {"deliveryCompanyCode": "KOREX"}}),
            "/shipping_info/trackingNumber",
        ),
        ("hold", json!({"reason": "x\u{0}"}), "/reason"),
        ("approve", json!({"colour": 1}), "/colour"),
    ] {
        let problem = answer(&kim, &claim, word, &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    assert!(vendor.line(&line).is_some_and(|line| line.status == Status::Instruct));
}

#[test]
fn claims_are_found_by_what_is_known_of_them() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "admin"));
    let account = kim.add_sample("sample");
    kim.sync_orders(account);
    let all = claims(&kim, "");
    assert!(all.len() > 1, "{all:?}");
    let count = |query: &str| claims(&kim, query).len();
    let one = &all[0];
    let text = |name: &str| one[name].as_str().expect("a text").to_owned();
    assert_eq!(count("platform=naver"), all.len());
    assert_eq!(count("platform=coupang"), 0);
    assert_eq!(count(&format!("account_id={account}")), all.len());
    let of_kind = all.iter().filter(|claim| claim["kind"] == one["kind"]).count();
    assert_eq!(count(&format!("kind={}", text("kind"))), of_kind);
    assert_eq!(count("kind=cancel,return,exchange"), all.len());
    let of_state = all.iter().filter(|claim| claim["state"] == one["state"]).count();
    assert_eq!(count(&format!("state={}", text("state"))), of_state);
    assert!(count(&format!("state={}", text("platform_status"))) >= 1);
    assert_eq!(count("open=true"), all.iter().filter(|claim| claim["is_open"] == true).count());
    assert!(count(&format!("order_id={}", text("order_id"))) >= 1);
    assert_eq!(
        count(&format!("order_id={}", text("order_id"))),
        count(&format!("order_id={}", one["order"]))
    );
    assert_eq!(count("order_id=nothing"), 0);
    let day = text("date_kst");
    assert!(count(&format!("start_date={day}&end_date={day}")) >= 1);
    assert_eq!(count("end_date=2001-01-01"), 0);
    assert_eq!(claims(&kim, "").len(), kim.pages("/claims?limit=1", "claims").len(), "page by page");
    for query in [
        "kind=gift",
        "limit=0",
        "cursor=x",
        "account_id=x",
        "colour=1",
        "state=%00",
        "order_id=%00",
        "open=perhaps",
    ] {
        kim.get(&format!("/claims?{query}")).problem(422);
    }
    kim.get("/claims?account_id=99999").problem(404);
    assert!(claims(&lee, "").is_empty());
    for word in ["", "/approve", "/reject", "/hold"] {
        let path = format!("/api/v1/claims/{}{word}", one["id"]);
        let (method, body) = if word.is_empty() { ("GET", "") } else { ("POST", r#"{"reason":"x"}"#) };
        let body = if word == "/approve" { "" } else { body };
        lee.send(method, &path, &[], body).problem(404);
    }
    // What the list shows is no buyer's.
    let shown = kim.get("/claims?limit=500").text;
    for word in ["홍길동", "010-", "예시도"] {
        assert!(!shown.contains(word), "{word}");
    }
}
