//! What platforms and relays tell by themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use simulator::smartstore::{AddOrders, Config, Market};

use crate::place::{Answer, Caller, Server, on_both};

const DOOR: &str = "/api/v1/sync/webhook";
const CAFE24: &str = "/api/v1/sync/webhook/cafe24";

/// The guide's example.
pub(crate) fn guides_event() -> Value {
    json!({
        "platform": "coupang", "event_type": "order.created",
        "data": {
            "orderId": "5000000123", "orderedAt": "2024-01-08T10:30:00Z",
            "orderItems": [{
                "vendorItemId": "70000123", "vendorItemName": "프리미엄 무선 이어폰", "shippingCount": 1, "orderPrice": 149_000,
            }],
        },
    })
}

fn event(kind: &str) -> Value {
    json!({"platform": "naver", "event_type": kind, "data": {}})
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
}

fn mac(secret: &str, id: &str, timestamp: &str, body: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends an event that is signed with the secret.
pub(crate) fn tell(server: &Server, secret: &str, id: &str, event: &Value, more: &[(&str, &str)]) -> Answer {
    let (body, timestamp) = (event.to_string(), now().to_string());
    let signature = format!("sha256={}", hex(&mac(secret, id, &timestamp, &body)));
    let mut headers =
        vec![("X-Webhook-Id", id), ("X-Webhook-Timestamp", &timestamp), ("X-Webhook-Signature", &signature)];
    headers.extend(more);
    server.nobody().send("POST", DOOR, &headers, &body)
}

/// Makes an account's secret.
pub(crate) fn open_door(caller: &Caller<'_>, account: i64) -> String {
    let made = caller.post(&format!("/platform-accounts/{account}/webhook-secret"), &json!({})).expect(201);
    assert_eq!(made["account_id"], account);
    made["secret"].as_str().expect("a secret, shown this once").to_owned()
}

fn status(answer: &Answer, code: u16) -> String {
    answer.expect(code)["status"].as_str().expect("a status").to_owned()
}

fn count(server: &Server, sql: &str) -> usize {
    server.sql(sql)[0][0].parse().expect("a number")
}

const WAITING: &str = "SELECT COUNT(*) FROM webhook_events WHERE state = 'waiting'";
const OPEN: &str = "SELECT COUNT(*) FROM syncs WHERE status IN ('queued', 'running')";

on_both! {
    fn a_flood_of_events_that_races_with_polling_costs_a_few_syncs_and_doubles_nothing(server) {
        let market = Market::start(Config { days: 3, ..Config::of(30) }).expect("a free port");
        let kim = server.user("kim", "operator");
        let account = kim.add_live("main", &market.base_url());
        let secret = open_door(&kim, account);
        kim.sync_orders(account);
        // Forty orders come; of each a relay tells twenty-five times, in no order, while somebody polls.
        let (accepted, duplicates, polls) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            let server = &*server;
            for sender in 0..5_usize {
                let (secret, accepted, duplicates, market) = (&secret, &accepted, &duplicates, &market);
                scope.spawn(move || {
                    for number in 0..200_usize {
                        if number % 25 == 0 {
                            market.add(&AddOrders::now(1));
                        }
                        let event_id = format!("event-{}", (number * 7 + sender * 3) % 40);
                        let answer = tell(server, secret, &event_id, &event("order.created"), &[]);
                        match answer.status {
                            202 => accepted.fetch_add(1, Ordering::Relaxed),
                            200 => duplicates.fetch_add(1, Ordering::Relaxed),
                            _ => panic!("{answer:?}"),
                        };
                    }
                });
            }
            let (kim, polls) = (&kim, &polls);
            scope.spawn(move || {
                for _ in 0..5 {
                    kim.sync_orders(account);
                    polls.fetch_add(1, Ordering::Relaxed);
                }
            });
        });
        assert_eq!((accepted.into_inner(), duplicates.into_inner()), (40, 960), "each counts once");
        server.wait_for(WAITING, "0");
        server.wait_for(OPEN, "0");
        assert_eq!(count(server, "SELECT COUNT(*) FROM webhook_events"), 40);
        let by_hand = polls.into_inner() + 1;
        let by_events = count(server, "SELECT COUNT(*) FROM syncs") - by_hand;
        assert!((1..=20).contains(&by_events), "{by_events} syncs for a thousand events");
        assert_eq!(count(server, "SELECT COUNT(*) FROM syncs WHERE status <> 'succeeded'"), 0);
        // One more hint, after the last order has settled: everything is there, once.
        assert_eq!(status(&tell(server, &secret, "last", &event("order.created"), &[]), 202), "accepted");
        server.wait_for("SELECT state FROM webhook_events WHERE event_id = 'last'", "queued");
        server.wait_for(OPEN, "0");
        assert_eq!(market.truth().len(), 70);
        assert_eq!(count(server, "SELECT COUNT(*) FROM store_orders"), 70);
        assert_eq!(count(server, "SELECT COUNT(DISTINCT order_id) FROM store_orders"), 70);
        let log = kim.get("/sync/logs?limit=1").expect(200)["logs"][0].clone();
        assert_eq!((log["sync_type"].as_str(), log["account_id"].as_i64()), (Some("orders"), Some(account)), "{log}");
    }
}

#[test]
fn an_order_of_a_past_day_is_read_around_its_own_time() {
    let market = Market::start(Config { days: 3, ..Config::of(5) }).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let account = kim.add_live("main", &market.base_url());
    let secret = open_door(&kim, account);
    let ago = 100 * 24 * 3_600;
    market.add(&AddOrders { ago_ms: ago * 1_000, ..AddOrders::now(1) });
    let at =
        chrono::DateTime::from_timestamp(i64::try_from(now()).expect("a time") - ago, 0).expect("a time");
    let mut old = guides_event();
    old["platform"] = "smartstore".into();
    old["data"]["orderedAt"] = at.to_rfc3339().into();
    assert_eq!(status(&tell(&server, &secret, "old", &old, &[]), 202), "accepted");
    server.wait_for("SELECT state FROM webhook_events", "queued");
    server.wait_for(OPEN, "0");
    assert_eq!(count(&server, "SELECT COUNT(*) FROM store_orders"), 6, "thirty days back, and that day");
    assert_eq!(count(&server, "SELECT COUNT(*) FROM syncs"), 1);
}

#[test]
fn only_what_is_signed_for_an_account_is_taken() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "operator"));
    let (hers, second, his) = (kim.add_sample("hers"), kim.add_sample("second"), lee.add_sample("his"));
    let event = event("order.created");
    tell(&server, "made-up", "e", &event, &[]).problem(401);
    let (secret, of_second, of_his) = (open_door(&kim, hers), open_door(&kim, second), open_door(&lee, his));
    let owner_of =
        |id: &str| server.sql(&format!("SELECT connector_id FROM webhook_events WHERE event_id = '{id}'"));
    assert_eq!(status(&tell(&server, &secret, "a", &event, &[]), 202), "accepted");
    assert_eq!(status(&tell(&server, &of_second, "b", &event, &[]), 202), "accepted");
    assert_eq!(
        status(&tell(&server, &of_his, "c", &event, &[("X-Webhook-Account", &his.to_string())]), 202),
        "accepted"
    );
    for (id, account) in [("a", hers), ("b", second), ("c", his)] {
        assert_eq!(owner_of(id), [[account.to_string()]], "{id}");
    }
    assert_eq!(status(&tell(&server, &secret, "a", &event, &[]), 200), "duplicate");
    assert_eq!(status(&tell(&server, &of_second, "a", &event, &[]), 202), "accepted", "another account's");

    // Another account's, no account's, and none at all look alike.
    for account in
        [second.to_string(), his.to_string(), "77".to_owned(), "x".to_owned(), i64::MAX.to_string()]
    {
        let problem = tell(&server, &secret, "d", &event, &[("X-Webhook-Account", &account)]).problem(401);
        assert_eq!(problem["detail"], tell(&server, "made-up", "d", &event, &[]).problem(401)["detail"]);
    }
    let body = event.to_string();
    let send = |id: &str, timestamp: &str, signature: &str, body: &str| {
        let headers =
            [("X-Webhook-Id", id), ("X-Webhook-Timestamp", timestamp), ("X-Webhook-Signature", signature)];
        server.nobody().send("POST", DOOR, &headers, body)
    };
    let time = now().to_string();
    let good = mac(&secret, "f", &time, &body);
    send("f", &time, &hex(&good), &format!("{body} ")).problem(401);
    send("g", &time, &hex(&good), &body).problem(401);
    send("f", &(time.parse::<u64>().expect("a number") - 1).to_string(), &hex(&good), &body).problem(401);
    send("f", &time, "", &body).problem(401);
    send("f", &time, &hex(&good)[1..], &body).problem(401);
    send("f", &time, &format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(&good)), &body)
        .expect(202);
    let stale = (now() - 301).to_string();
    let problem = send("h", &stale, &hex(&mac(&secret, "h", &stale, &body)), &body).problem(401);
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("five minutes")), "{problem}");
    let ahead = (now() + 400).to_string();
    send("h", &ahead, &hex(&mac(&secret, "h", &ahead, &body)), &body).problem(401);
    for id in ["", "a b", &"x".repeat(201)] {
        send(id, &time, &hex(&mac(&secret, id, &time, &body)), &body).problem(401);
    }
    server.nobody().send("POST", DOOR, &[], &body).problem(401);
    // Signed, and no event.
    for (text, code) in [("{", 400), ("[]", 422), ("{}", 422), (r#"{"platform":7,"event_type":"x"}"#, 422)] {
        send("i", &time, &hex(&mac(&secret, "i", &time, text)), text).problem(code);
    }
    let long = format!(
        r#"{{"platform":"naver","event_type":"order.created","data":{{"x":"{}"}}}}"#,
        "x".repeat(300_000)
    );
    send("j", &time, &hex(&mac(&secret, "j", &time, &long)), &long).problem(413);

    // A new secret takes the place of the old one; without one the door is shut.
    let renewed = open_door(&kim, hers);
    tell(&server, &secret, "k", &event, &[]).problem(401);
    assert_eq!(status(&tell(&server, &renewed, "k", &event, &[]), 202), "accepted");
    lee.post(&format!("/platform-accounts/{hers}/webhook-secret"), &json!({})).problem(404);
    lee.delete(&format!("/platform-accounts/{hers}/webhook-secret")).problem(404);
    kim.delete(&format!("/platform-accounts/{hers}/webhook-secret")).expect(204);
    kim.delete(&format!("/platform-accounts/{hers}/webhook-secret")).problem(404);
    tell(&server, &renewed, "l", &event, &[]).problem(401);
    for secret in [json!("short"), json!("x".repeat(201)), json!("with a blank in it"), json!(7)] {
        kim.post(&format!("/platform-accounts/{hers}/webhook-secret"), &json!({"secret": secret}))
            .problem(422);
    }
    let sealed = server.sql("SELECT secret FROM webhook_secrets");
    assert!(sealed.iter().all(|row| row[0].starts_with("v1.")), "{sealed:?}");
}

#[test]
fn events_about_nothing_that_is_read_are_kept_and_ignored() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let account = kim.add_sample("sample");
    let secret = open_door(&kim, account);
    let account = account.to_string();
    let named = [("X-Webhook-Account", account.as_str())];
    assert_eq!(status(&tell(&server, &secret, "a", &event("review.written"), &[]), 202), "ignored");
    assert_eq!(
        status(&tell(&server, &secret, "b", &guides_event(), &named), 202),
        "ignored",
        "another platform"
    );
    let unknown = json!({"platform": "somewhere", "event_type": "order.created"});
    assert_eq!(status(&tell(&server, &secret, "c", &unknown, &named), 202), "ignored");
    tell(&server, &secret, "c", &unknown, &[]).problem(401);
    assert_eq!(status(&tell(&server, &secret, "a", &event("review.written"), &[]), 200), "duplicate");
    let odd = event(&format!("\u{0}{}", "x".repeat(500)));
    assert_eq!(status(&tell(&server, &secret, "d", &odd, &[]), 202), "ignored");
    kim.patch(&format!("/platform-accounts/{account}"), &json!({"enabled": false})).expect(200);
    assert_eq!(
        status(&tell(&server, &secret, "e", &event("order.created"), &[]), 202),
        "ignored",
        "it is off"
    );
    let gone = kim.add_sample("gone");
    let of_gone = open_door(&kim, gone);
    assert_eq!(status(&tell(&server, &of_gone, "f", &event("order.created"), &[]), 202), "accepted");
    kim.delete(&format!("/platform-accounts/{gone}")).expect(204);
    tell(&server, &of_gone, "g", &event("order.created"), &[]).problem(401);
    server.wait_for(WAITING, "0");
    thread::sleep(Duration::from_secs(3));
    assert_eq!(count(&server, "SELECT COUNT(*) FROM syncs"), 0);
    assert_eq!(count(&server, "SELECT COUNT(*) FROM webhook_events WHERE state = 'ignored'"), 6);
}

#[test]
fn a_flood_of_unproven_webhooks_is_stopped_and_proven_ones_are_not_counted() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let account = kim.add_sample("sample");
    let secret = open_door(&kim, account);
    for number in 0..250 {
        let answer = tell(&server, &secret, &format!("e{number}"), &event("review.written"), &[]);
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    let statuses: Vec<u16> = thread::scope(|scope| {
        let flood =
            || (0..150).map(|_| server.nobody().send("POST", DOOR, &[], "{}").status).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(flood)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&429), "some are stopped");
    let mut stopped = server.nobody().send("POST", CAFE24, &[("X-API-Key", "x")], "{}");
    for _ in 0..400 {
        if stopped.status == 429 {
            break;
        }
        stopped = server.nobody().send("POST", CAFE24, &[("X-API-Key", "x")], "{}");
    }
    stopped.problem(429);
    assert_eq!(stopped.header("retry-after"), Some("1"));
    kim.get("/me").expect(200);
}

const KEY: &str = "11111111-2222-3333-4444-555555555555";

fn delivery(mall: &str, event_no: u64) -> Value {
    json!({"event_no": event_no, "resource": {
        "mall_id": mall, "event_shop_no": "1", "order_id": "20260710-0000013", "currency": "KRW",
        "order_date": "2026-07-10T11:21:35+09:00", "buyer_name": "홍길동", "buyer_cellphone": "010-0000-0000",
        "wished_delivery_date": "0000-00-00",
    }})
}

on_both! {
    fn cafe24s_own_deliveries_are_taken_with_the_apps_key(server) {
        let kim = server.user("kim", "operator");
        let add = |name: &str, mall: &str| {
            let body = json!({"platform": "cafe24", "name": name, "mode": "fixture", "credentials": {"mall_id": mall}});
            kim.post("/platform-accounts", &body).expect(201)["id"].as_i64().expect("an id")
        };
        let (one, other) = (add("one", "samplemall"), add("other", "othermall"));
        let send = |key: &str, body: &Value, more: &[(&str, &str)]| {
            let mut headers = vec![("X-API-Key", key)];
            headers.extend(more);
            server.nobody().send("POST", CAFE24, &headers, &body.to_string())
        };
        send(KEY, &delivery("samplemall", 90_023), &[]).problem(403);
        for account in [one, other] {
            let made = kim.post(&format!("/platform-accounts/{account}/webhook-secret"), &json!({"secret": KEY}));
            assert_eq!(made.expect(201)["secret"], Value::Null, "its own is not shown");
        }
        send(&KEY.replace('5', "6"), &delivery("samplemall", 90_023), &[]).problem(403);
        server.nobody().send("POST", CAFE24, &[], &delivery("samplemall", 90_023).to_string()).problem(403);
        assert_eq!(status(&send(KEY, &delivery("samplemall", 90_023), &[("X-Trace-Id", "t1")]), 202), "accepted");
        assert_eq!(status(&send(KEY, &delivery("samplemall", 90_023), &[("X-Trace-Id", "t1")]), 200), "duplicate");
        assert_eq!(status(&send(KEY, &delivery("samplemall", 90_025), &[]), 202), "accepted");
        assert_eq!(status(&send(KEY, &delivery("samplemall", 90_032), &[]), 202), "ignored", "a member joined");
        assert_eq!(status(&send(KEY, &delivery("nomall", 90_023), &[]), 202), "ignored", "no account's mall");
        for (body, code) in [(json!([]), 422), (json!({"event_no": 90_023}), 422), (json!({"event_no": -1, "resource": {}}), 422)] {
            send(KEY, &body, &[]).problem(code);
        }
        let events = server.sql("SELECT connector_id, event_type, state FROM webhook_events ORDER BY id");
        let of = |row: &Vec<String>| (row[0].clone(), row[1].clone());
        let expected = ["90023", "90025", "90032"].map(|kind| (one.to_string(), kind.to_owned()));
        assert_eq!(events.iter().map(of).collect::<Vec<_>>(), expected);
        server.wait_for(WAITING, "0");
        server.wait_for(OPEN, "0");
        assert_eq!(count(server, "SELECT COUNT(*) FROM syncs"), 1);
        assert!(count(server, "SELECT COUNT(*) FROM store_orders") > 0, "the sample's");
        let log = server.log();
        assert!(!log.contains("홍길동") && !log.contains("010-0000") && !log.contains(KEY));
    }
}
