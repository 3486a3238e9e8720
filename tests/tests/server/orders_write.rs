//! Acting on orders over HTTP, against the simulated marketplaces.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use simulator::{Endpoint, Fault, FaultKind};

use crate::marketplaces::{Shop, orders, parcel};
use crate::place::{Answer, Caller, Server, on_both};

fn put(caller: &Caller<'_>, id: i64, body: &Value) -> Answer {
    caller.send("PUT", &format!("/api/v1/orders/{id}/status"), &[], &body.to_string())
}

fn unsettled(server: &Server) -> String {
    let open = "SELECT COUNT(*) FROM intents WHERE state IN ('planned', 'sending', 'unknown')";
    server.sql(open)[0][0].clone()
}

on_both! {
    fn an_order_is_confirmed_and_shipped_as_in_the_guide(server) {
        let kim = server.user("kim", "operator");
        for shop in Shop::all(1) {
            let account = shop.open(&kim, shop.platform());
            let before = orders(&kim, account);
            assert!(!before.is_empty() && before.iter().all(|(.., status)| status == "paid"), "{before:?}");
            let (line, id, _) = &before[0];
            let confirmed = put(&kim, *id, &json!({"status": "confirmed"})).expect(200);
            assert_eq!((&confirmed["status"], &confirmed["id"]), (&json!("preparing"), &json!(id)), "{confirmed}");
            assert_eq!(confirmed["change"]["result"], "done", "{confirmed}");
            let body = json!({"status": "shipped", "shipping_info": parcel(&shop.tracking(line))});
            let shipped = put(&kim, *id, &body).expect(200);
            assert_eq!((&shipped["status"], &shipped["order_id"]), (&json!("shipped"), &json!(line)), "{shipped}");
            // What is stored is what was answered, without another sync.
            let read = kim.get(&format!("/orders/{id}")).expect(200);
            assert_eq!((&read["status"], &read["platform_status"]), (&shipped["status"], &shipped["platform_status"]));
            assert!(shop.done("ship").contains(line), "{:?}", shop.effects());
            // Sent again, the same and by another name of the carrier: nothing more happens.
            let effects = shop.effects().len();
            assert_eq!(put(&kim, *id, &body).expect(200)["change"]["result"], "already");
            let mut other = body.clone();
            other["shipping_info"]["deliveryCompanyCode"] = json!("CJ대한통운");
            assert_eq!(put(&kim, *id, &other).expect(200)["change"]["result"], "already");
            assert_eq!(shop.effects().len(), effects);
        }
        assert_eq!(unsettled(server), "0");
        for query in ["text=%00", "status=%00", "text=a%00b"] {
            kim.get(&format!("/orders?{query}")).problem(422);
        }
        let audit = kim.get("/audit-logs?limit=100").expect(200).to_string();
        assert!(audit.contains("changeOrderStatus"), "{audit}");
    }
}

#[test]
fn a_batch_is_confirmed_and_shipped_at_every_platform() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    for shop in Shop::all(3) {
        let account = shop.open(&kim, shop.platform());
        let all = orders(&kim, account);
        let ids: Vec<i64> = all.iter().map(|(_, id, _)| *id).collect();
        let body = json!({"order_ids": ids, "ship_date": "2026-11-28"});
        let confirmed = kim.post("/orders/batch-confirm", &body).expect(200);
        assert_eq!(confirmed["succeeded"], ids.len(), "{confirmed}");
        assert!(orders(&kim, account).iter().all(|(.., status)| status == "preparing"), "{confirmed}");
        let parcels: Vec<Value> = all
            .iter()
            .map(|(line, id, _)| json!({"order_id": id, "shipping_info": parcel(&shop.tracking(line))}))
            .collect();
        let shipped = kim.post("/orders/batch-ship", &json!({"orders": parcels})).expect(200);
        assert_eq!(shipped["succeeded"], ids.len(), "{shipped}");
        assert!(orders(&kim, account).iter().all(|(.., status)| status == "shipped"), "{shipped}");
        assert_eq!(shop.done("confirm"), shop.lines(), "each once");
        assert_eq!(shop.done("ship"), shop.lines(), "each once");
        // The same again, under the list's other name.
        let again = kim.post("/orders/batch-ship", &json!({"items": parcels})).expect(200);
        assert_eq!(again["succeeded"], ids.len(), "{again}");
        assert_eq!(shop.effects().len(), 2 * ids.len());
    }
    assert_eq!(unsettled(&server), "0");
}

#[test]
fn one_bad_id_never_stops_the_others() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "operator"));
    let (shop, market) = Shop::store(4);
    let (others, _) = Shop::store(1);
    let account = shop.open(&kim, "mine");
    let theirs = others.open(&lee, "theirs");
    let mine = orders(&kim, account);
    let foreign = orders(&lee, theirs)[0].1;
    put(&kim, mine[0].1, &json!({"status": "cancelled", "reason": "sold_out"})).expect(200);
    market.set(|settings| drop(settings.refuse.insert(mine[1].0.clone(), "104119".to_owned())));
    let ids = json!([mine[0].1, foreign, mine[1].1, mine[2].1, i64::MAX, -1, mine[3].1, mine[3].1]);
    let answer = kim.post("/orders/batch-confirm", &json!({"order_ids": ids}));
    let body = answer.expect(207);
    let results = body["results"].as_array().expect("results");
    let said: Vec<(bool, u64)> = results
        .iter()
        .map(|result| (result["ok"] == true, result["error"]["status"].as_u64().unwrap_or_default()))
        .collect();
    assert_eq!(
        said,
        [
            (false, 409),
            (false, 404),
            (false, 422),
            (true, 0),
            (false, 404),
            (false, 404),
            (true, 0),
            (true, 0)
        ],
        "{body}"
    );
    assert_eq!(results.iter().map(|result| result["order_id"].clone()).collect::<Value>(), ids);
    let refused = &results[2]["error"];
    assert_eq!(refused["platform_code"], "104119", "{refused}");
    assert!(refused["intent"].is_i64() && refused["fix"].is_string(), "{refused}");
    assert_eq!(refused["instance"], format!("/api/v1/orders/{}", mine[1].1));
    assert_eq!(results[0]["error"]["legal"], json!([]), "{body}");
    assert_eq!(results[1]["error"]["detail"], results[4]["error"]["detail"], "nothing tells them apart");
    assert!(others.effects().is_empty());
    assert_eq!(shop.done("confirm").len(), 2, "what stands there twice is sent once");
    // What was refused may be tried again once the reason has passed.
    market.set(|settings| settings.refuse.clear());
    let again = kim.post("/orders/batch-confirm", &json!({"order_ids": [mine[1].1]})).expect(200);
    assert_eq!(again["results"][0]["result"], "done", "{again}");
    let audit = kim.get("/audit-logs?limit=10").text;
    assert!(!audit.contains(&format!(",{foreign},")), "{audit}");
}

#[test]
fn what_cannot_be_asked_for_is_named() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, _) = Shop::vendor(1);
    let account = shop.open(&kim, "main");
    let id = orders(&kim, account)[0].1;
    let good = parcel("1234567890");
    let with = |name: &str, value: Value| {
        let mut info = good.clone();
        info[name] = value;
        json!({"status": "shipped", "shipping_info": info})
    };
    for (body, pointer) in [
        (json!({"status": "shipped"}), "/shipping_info"),
        (json!({"status": "sent"}), "/status"),
        (json!({"status": 7}), "/status"),
        (json!({}), "/status"),
        (json!({"status": "confirmed", "shipping_info": good}), "/shipping_info"),
        (json!({"status": "confirmed", "reason": "sold_out"}), "/reason"),
        (json!({"status": "cancelled"}), "/reason"),
        (json!({"status": "cancelled", "reason": "because"}), "/reason"),
        (json!({"status": "cancelled", "reason": "sold_out", "note": "a\u{0}b"}), "/note"),
        (json!({"status": "confirmed", "colour": "red"}), "/colour"),
        (with("deliveryCompanyCode", json!("pigeon")), "/shipping_info/deliveryCompanyCode"),
        (with("deliveryCompanyCode", Value::Null), "/shipping_info/deliveryCompanyCode"),
        (with("trackingNumber", json!("  ")), "/shipping_info/trackingNumber"),
        (with("trackingNumber", json!("1\u{0}")), "/shipping_info/trackingNumber"),
        (with("trackingNumber", json!("1".repeat(65))), "/shipping_info/trackingNumber"),
        (with("sendDate", json!("soon")), "/shipping_info/sendDate"),
        (with("deliveryMethod", json!("by hand")), "/shipping_info/deliveryMethod"),
        (with("colour", json!(1)), "/shipping_info/colour"),
    ] {
        let problem = put(&kim, id, &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        assert!(!problem.to_string().contains("pigeon"), "{problem}");
    }
    for body in [json!({"order_ids": []}), json!({"order_ids": vec![1; 1_001]})] {
        kim.post("/orders/batch-confirm", &body).problem(422);
    }
    kim.post("/orders/batch-confirm", &json!({"order_ids": [id], "ship_date": "soon"})).problem(422);
    kim.post("/orders/batch-ship", &json!({"orders": []})).problem(422);
    let twice = json!([
        {"order_id": id, "shipping_info": parcel("1")}, {"order_id": id, "shipping_info": parcel("2")},
    ]);
    let problem = kim.post("/orders/batch-ship", &json!({"orders": twice})).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/orders/1/shipping_info", "{problem}");
    // A parcel that is none is the order's own fault, and no other's.
    let bare = json!({"orders": [{"order_id": id, "shipping_info": {}}]});
    let body = kim.post("/orders/batch-ship", &bare).expect(207);
    assert_eq!(
        body["results"][0]["error"]["errors"][0]["pointer"],
        "/orders/0/shipping_info/deliveryCompanyCode"
    );
    put(&kim, i64::MAX, &json!({"status": "confirmed"})).problem(404);
    kim.send("PUT", "/api/v1/orders/x/status", &[], r#"{"status":"confirmed"}"#).problem(404);
    assert!(shop.effects().is_empty());
}

#[test]
fn an_illegal_move_names_the_legal_ones() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, _) = Shop::vendor(1);
    let account = shop.open(&kim, "main");
    let (line, id, _) = orders(&kim, account).remove(0);
    let beyond = put(&kim, id, &json!({"status": "delivered"})).problem(409);
    assert_eq!(beyond["legal"], json!(["preparing", "shipped", "cancelled"]), "{beyond}");
    let ship = json!({"status": "shipped", "shipping_info": parcel(&shop.tracking(&line))});
    let early = put(&kim, id, &ship).problem(409);
    assert_eq!(early["legal"], json!(["preparing", "cancelled"]), "{early}");
    assert!(early["detail"].as_str().is_some_and(|text| text.contains("confirmed")), "{early}");
    put(&kim, id, &json!({"status": "preparing"})).expect(200);
    put(&kim, id, &ship).expect(200);
    for body in [json!({"status": "confirmed"}), json!({"status": "cancelled", "reason": "sold_out"})] {
        let problem = put(&kim, id, &body).problem(409);
        assert_eq!(problem["legal"], json!([]), "{problem}");
    }
    // With another parcel it is not on its way.
    let other = json!({"status": "shipped", "shipping_info": parcel("999999999999")});
    put(&kim, id, &other).problem(409);
    assert_eq!(
        put(&kim, id, &json!({"status": "shipped", "shipping_info": parcel(&shop.tracking(&line))})).status,
        200
    );
    // A sample has no platform behind it.
    let sample = kim.add_sample("sample");
    kim.sync_orders(sample);
    let paid = orders(&kim, sample).into_iter().find(|(.., status)| status == "paid");
    let id = paid.expect("the sample has paid orders").1;
    let problem = put(&kim, id, &json!({"status": "confirmed"})).problem(409);
    assert!(problem["fix"].as_str().is_some_and(|fix| fix.contains("PATCH")), "{problem}");
}

#[test]
fn a_claim_of_the_buyers_blocks_shipping() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    for shop in Shop::all(1) {
        let account = shop.open(&kim, shop.platform());
        let (line, id, _) = orders(&kim, account).remove(0);
        put(&kim, id, &json!({"status": "confirmed"})).expect(200);
        // After the last sync: only the platform knows.
        shop.buyer_cancels(&line);
        let ship = json!({"status": "shipped", "shipping_info": parcel(&shop.tracking(&line))});
        let problem = put(&kim, id, &ship).problem(409);
        let said = problem.to_string();
        assert!(said.contains("claim") || said.contains("cancel"), "{said}");
        assert!(shop.done("ship").is_empty());
    }
}

#[test]
fn what_a_claim_has_blocked_goes_once_it_is_taken_back() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, market) = Shop::store(1);
    let account = shop.open(&kim, "main");
    let (line, id, _) = orders(&kim, account).remove(0);
    put(&kim, id, &json!({"status": "confirmed"})).expect(200);
    market.request_cancel(&line).expect("a buyer may ask");
    let ship = json!({"status": "shipped", "shipping_info": parcel("680405450931")});
    put(&kim, id, &ship).problem(409);
    put(&kim, id, &ship).problem(409);
    assert_eq!(orders(&kim, account)[0].2, "cancel_requested", "the look is stored");
    market.withdraw(&line).expect("it is open");
    assert_eq!(put(&kim, id, &ship).expect(200)["status"], "shipped");
    assert_eq!(shop.done("ship"), [line]);
}

/// Sends the same request from so many threads at once; the statuses, sorted.
fn all_at_once(caller: &Caller<'_>, times: usize, send: impl Fn(&Caller<'_>) -> u16 + Sync) -> Vec<u16> {
    let ready = AtomicUsize::new(0);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..times)
            .map(|_| {
                scope.spawn(|| {
                    ready.fetch_add(1, Ordering::SeqCst);
                    while ready.load(Ordering::SeqCst) < times {
                        std::hint::spin_loop();
                    }
                    send(caller)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).collect()
    });
    statuses.sort_unstable();
    statuses
}

on_both! {
    fn many_clicks_have_one_effect(server) {
        let kim = server.user("kim", "operator");
        let (shop, _) = Shop::store(2);
        let account = shop.open(&kim, "main");
        let all = orders(&kim, account);
        let (first, second) = (all[0].1, all[1].1);
        // Two programs of one user, and a sync of the same account between them.
        kim.post("/sync/orders", &json!({"platform_account_ids": [account]})).expect(202);
        let statuses = all_at_once(&kim, 20, |kim| put(kim, first, &json!({"status": "confirmed"})).status);
        assert_eq!(statuses, [200; 20]);
        kim.post("/sync/orders", &json!({"platform_account_ids": [account]})).expect(202);
        let ship = json!({"status": "shipped", "shipping_info": parcel("680405450931")}).to_string();
        let path = format!("/api/v1/orders/{first}/status");
        let statuses = all_at_once(&kim, 20, |kim| {
            kim.send("PUT", &path, &[("Idempotency-Key", "ship-1")], &ship).status
        });
        assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
        assert_eq!(kim.send("PUT", &path, &[("Idempotency-Key", "ship-1")], &ship).status, 200);
        let batch = json!({"order_ids": [second]});
        let statuses = all_at_once(&kim, 10, |kim| kim.post("/orders/batch-confirm", &batch).status);
        assert_eq!(statuses, [200; 10]);
        assert_eq!(shop.done("confirm"), shop.lines(), "each once");
        assert_eq!(shop.done("ship"), [all[0].0.clone()]);
        assert_eq!(unsettled(server), "0");
    }
}

#[test]
fn a_lost_answer_is_never_a_lie() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, market) = Shop::store(1);
    let account = shop.open(&kim, "main");
    let id = orders(&kim, account)[0].1;
    // The platform does it, hangs up, and then lets nobody look.
    market.fault(Fault::always(Endpoint::StoreConfirm, FaultKind::LostAnswer));
    market.fault(Fault::next(Endpoint::Query, FaultKind::IpNotAllowed).at(2).times(1_000));
    let confirm = json!({"status": "confirmed"}).to_string();
    let path = format!("/api/v1/orders/{id}/status");
    let send = || kim.send("PUT", &path, &[("Idempotency-Key", "once")], &confirm);
    let problem = send().problem(504);
    let intent = problem["intent"].as_i64().expect("the intent is named");
    assert_eq!(server.sql(&format!("SELECT state FROM intents WHERE id = {intent}"))[0][0], "unknown");
    assert_eq!(orders(&kim, account)[0].2, "paid", "nothing is claimed that nobody has seen");
    market.clear_faults();
    // The same request looks first, and sends nothing again.
    let answer = send().expect(200);
    assert_eq!((&answer["change"]["intent"], &answer["change"]["result"]), (&json!(intent), &json!("done")));
    assert_eq!(answer["status"], "preparing", "{answer}");
    assert_eq!(shop.done("confirm").len(), 1);
    assert_eq!(unsettled(&server), "0");
}

#[test]
fn an_order_is_cancelled_with_its_reason() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    for shop in Shop::all(1) {
        let account = shop.open(&kim, shop.platform());
        let (line, id, _) = orders(&kim, account).remove(0);
        let body = json!({"status": "cancelled", "reason": "sold_out", "note": "품절입니다"});
        let cancelled = put(&kim, id, &body).expect(200);
        assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
        assert_eq!(put(&kim, id, &body).expect(200)["change"]["result"], "already");
        assert!(shop.done("cancel").contains(&line), "{:?}", shop.effects());
    }
}

#[test]
fn a_platform_that_is_down_changes_nothing_and_says_so() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, market) = Shop::store(1);
    let account = shop.open(&kim, "main");
    let id = orders(&kim, account)[0].1;
    market.fault(Fault::always(Endpoint::Query, FaultKind::IpNotAllowed));
    let answer = put(&kim, id, &json!({"status": "confirmed"}));
    let problem = answer.problem(409);
    assert!(problem["fix"].as_str().is_some_and(|fix| fix.contains("/test")), "{problem}");
    market.clear_faults();
    assert_eq!(put(&kim, id, &json!({"status": "confirmed"})).expect(200)["change"]["result"], "done");
    assert_eq!(shop.done("confirm").len(), 1);
}
