//! Who may do what: every operation of the document, by every caller.

use serde_json::{Value, json};

use crate::place::{Caller, Server};

/// What a call needs: the path's values in their order, and the body.
struct Call {
    path: String,
    body: Option<Value>,
    /// Whether it is about something of the owner's, so that others must not find it.
    is_owned: bool,
}

/// What the owner has.
struct Things {
    account: i64,
    order: i64,
    claim: i64,
    log: i64,
    token: i64,
    schedule: i64,
    product: i64,
    last_product: i64,
    listing: i64,
    rule: i64,
}

/// A sound call of an operation, about the owner's things. Every operation must be here.
fn call(id: &str, path: &str, things: &Things) -> Call {
    let plain = |body: Option<Value>| Call { path: path.to_owned(), body, is_owned: false };
    let of = |value: i64, body: Option<Value>| Call {
        path: path.replace("{id}", &value.to_string()).replace("{platform}", "naver"),
        body,
        is_owned: true,
    };
    let of_both = |body: Option<Value>| Call {
        path: path
            .replace("{id}", &things.product.to_string())
            .replace("{account_id}", &things.account.to_string()),
        body,
        is_owned: true,
    };
    match id {
        "login" => plain(Some(json!({"username": "nobody", "password": "nothing at all"}))),
        "createToken" => plain(Some(json!({"name": "matrix"}))),
        "revokeToken" => of(things.token, None),
        "createPlatformAccount" => {
            plain(Some(json!({"platform": "naver", "name": "matrix", "mode": "fixture"})))
        }
        "getPlatformAccount" => of(things.account, None),
        "changePlatformAccount" => of(things.account, Some(json!({"name": "renamed"}))),
        "removePlatformAccount" => of(things.account, None),
        "testPlatformAccount" => of(things.account, Some(json!({"account_id": things.account}))),
        "syncOrders" => Call {
            path: format!("{path}?wait=60"),
            body: Some(json!({"platform_account_ids": [things.account]})),
            is_owned: true,
        },
        "syncAll" => Call {
            path: format!("{path}?wait=60"),
            body: Some(json!({"platform_account_ids": [things.account]})),
            is_owned: true,
        },
        "createSchedule" => {
            plain(Some(json!({"interval_minutes": 30, "sync_types": ["orders"], "enabled": false})))
        }
        "getSchedule" | "removeSchedule" => of(things.schedule, None),
        "changeSchedule" => {
            of(things.schedule, Some(json!({"interval_minutes": 60, "sync_types": ["orders"]})))
        }
        "makeWebhookSecret" | "removeWebhookSecret" => of(things.account, None),
        "receiveWebhook" => {
            plain(Some(json!({"platform": "naver", "event_type": "order.created", "data": {}})))
        }
        "receiveCafe24Webhook" => plain(Some(json!({"event_no": 90_023, "resource": {"mall_id": "mall"}}))),
        "getSyncLog" | "retrySync" => of(things.log, None),
        "getOrder" => of(things.order, None),
        "createProduct" => plain(Some(json!({"name": "matrix"}))),
        "getProduct" => of(things.product, None),
        "putProduct" | "changeProduct" => of(things.product, Some(json!({"stock_quantity": 7}))),
        "removeProduct" => of(things.last_product, None),
        "getListingTerms" => of_both(None),
        "putListingTerms" => of_both(Some(json!({"stock_buffer": 1}))),
        "linkListing" => of(things.listing, Some(json!({"product_id": things.product}))),
        "unlinkListing" => of(things.listing, None),
        "syncProducts" => Call {
            path: format!("{path}?wait=60"),
            body: Some(json!({"platform_account_ids": [things.account]})),
            is_owned: true,
        },
        "syncInventory" => Call {
            path: format!("{path}?wait=60"),
            body: Some(json!({"product_ids": [things.product], "platform_account_ids": [things.account]})),
            is_owned: true,
        },
        "actOnLowStock" => Call {
            path: path.to_owned(),
            body: Some(json!({"product_ids": [things.product], "dry_run": true})),
            is_owned: true,
        },
        "createPricingRule" => plain(Some(json!({"fee_percent": 10}))),
        "removePricingRule" => of(things.rule, None),
        "applyPricing" => of(things.product, None),
        "changeOrderStatus" => of(things.order, Some(json!({"status": "confirmed"}))),
        "confirmOrders" => plain(Some(json!({"order_ids": [things.order]}))),
        "shipOrders" => {
            let shipping_info = json!({"deliveryCompanyCode": "KOREX", "trackingNumber": "1234567890"});
            let orders = json!([{"order_id": things.order, "shipping_info": shipping_info}]);
            plain(Some(json!({"orders": orders})))
        }
        "getClaim" => of(things.claim, None),
        "approveClaim" => of(things.claim, None),
        "rejectClaim" | "holdClaim" => of(things.claim, Some(json!({"reason": "x"}))),
        "makeShippingLabels" | "listClaims" => plain(None),
        "me"
        | "logout"
        | "listTokens"
        | "listPlatforms"
        | "listPlatformAccounts"
        | "listSyncLogs"
        | "listSchedules"
        | "getSyncStatus"
        | "streamSyncStatus"
        | "listOrders"
        | "listProducts"
        | "listListings"
        | "listPricingRules"
        | "listInventory"
        | "listLowStock"
        | "listStockMovements"
        | "listDailyMetrics"
        | "getPlatformAnalytics"
        | "getDailyAnalytics"
        | "listAuditLogs"
        | "openapi"
        | "healthz"
        | "readyz"
        | "metrics" => plain(None),
        other => panic!("the operation {other} is in the document and not in this test"),
    }
}

fn send(caller: &Caller<'_>, method: &str, call: &Call) -> u16 {
    let body = call.body.as_ref().map_or_else(String::new, ToString::to_string);
    let answer = caller.send(&method.to_ascii_uppercase(), &call.path, &[], &body);
    if answer.status >= 400 {
        answer.problem(answer.status);
    }
    assert!(answer.status < 500, "{method} {}: {}", call.path, answer.text);
    answer.status
}

#[test]
fn every_operation_is_open_to_those_it_names_and_to_nobody_else() {
    let server = Server::on_sqlite();
    let owner = server.user("owner", "operator");
    let account = owner.add_sample("sample");
    let log = owner.sync_orders(account)["id"].as_i64().expect("an id");
    let order = owner.get("/orders?limit=1").expect(200)["orders"][0]["id"].as_i64().expect("an id");
    let token = owner.post("/tokens", &json!({"name": "x"})).expect(201)["id"].as_i64().expect("an id");
    let schedule = json!({"interval_minutes": 30, "sync_types": ["orders"], "enabled": false});
    let schedule = owner.post("/sync/schedule", &schedule).expect(201)["id"].as_i64().expect("an id");
    owner.post(&format!("/platform-accounts/{account}/webhook-secret"), &json!({})).expect(201);
    let add = |path: &str, body: Value| owner.post(path, &body).expect(201)["id"].as_i64().expect("an id");
    let product = add("/products", json!({"name": "kept"}));
    let last_product = add("/products", json!({"name": "removed"}));
    let rule = add("/pricing/rules", json!({}));
    let listing = server.sql(&format!(
        "INSERT INTO listings (connector_id, platform, listing_id, name, status)
         VALUES ({account}, 'smartstore', '1', 'x', 'SALE') RETURNING id"
    ));
    let listing = listing[0][0].parse().expect("an id");
    let claims = owner.get("/claims?limit=1").expect(200);
    let claim = claims["claims"][0]["id"].as_i64().expect("the sample has claims");
    let things = Things { account, order, claim, log, token, schedule, product, last_product, listing, rule };

    let document = owner.get("/openapi.json").expect(200);
    let mut seen = 0;
    let roles = ["viewer", "operator", "admin"];
    let others: Vec<Caller<'_>> =
        roles.iter().map(|role| server.user(&format!("other-{role}"), role)).collect();
    let mut last = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().expect("an id");
            seen += 1;
            let call = call(id, path, &things);
            let is_public = operation["security"] == json!([]);
            let needed = operation["x-role"].as_str();
            assert_eq!(is_public, needed.is_none(), "{id}");
            for stranger in [server.nobody(), server.caller("runner_made-up")] {
                let status = send(&stranger, method, &call);
                // What proves itself by other means than a token is refused by itself.
                let proves = ["login", "receiveWebhook", "receiveCafe24Webhook"].contains(&id);
                let refused = if id == "receiveCafe24Webhook" { 403 } else { 401 };
                assert!(is_public && !proves && status < 400 || status == refused, "{id}: {status}");
            }
            let Some(needed) = needed else { continue };
            if id == "streamSyncStatus" {
                continue; // To those who may, it does not end; `syncs` tries it.
            }
            for (role, other) in roles.iter().zip(&others) {
                if id == "logout" {
                    continue;
                }
                let status = send(other, method, &call);
                let rank = |role: &str| roles.iter().position(|one| *one == role).expect("a role");
                let expected = match (rank(role) < rank(needed), call.is_owned) {
                    (true, _) => status == 403,
                    (false, true) => status == 404,
                    (false, false) => status < 400,
                };
                assert!(expected, "{id} by {role}: {status}");
            }
            last.push((id.to_owned(), method.clone(), call));
        }
    }
    assert!(seen > 20, "{seen} operations");
    // What ends something comes last.
    last.sort_by_key(|(id, ..)| {
        [
            "removeSchedule",
            "removeWebhookSecret",
            "retrySync",
            "removePlatformAccount",
            "revokeToken",
            "logout",
        ]
        .iter()
        .position(|one| one == id)
    });
    for (id, method, call) in last {
        let status = send(&owner, &method, &call);
        let expected = match id.as_str() {
            "metrics" => status == 403,
            "retrySync" => status == 409,
            // A sample has no platform to write to.
            "changeOrderStatus" | "approveClaim" | "rejectClaim" | "holdClaim" => {
                [200, 409].contains(&status)
            }
            _ => status < 400,
        };
        assert!(expected, "{id} by its owner: {status}");
    }
}

#[test]
fn nobodys_list_holds_what_is_anothers() {
    let server = Server::on_sqlite();
    let owner = server.user("owner", "operator");
    let account = owner.add_sample("the-owners-own");
    owner.sync_orders(account);
    let lists = [
        "/platform-accounts",
        "/orders",
        "/claims",
        "/sync/logs",
        "/sync/status",
        "/analytics/platforms?start_date=2020-01-01",
        "/analytics/daily?start_date=2020-01-01",
        "/metrics-daily",
        "/inventory",
        "/inventory/low-stock",
        "/inventory/movements",
        "/tokens",
    ];
    let empty = |caller: &Caller<'_>| {
        for path in lists {
            let text = caller.get(path).text;
            let is_seen =
                ["the-owners-own", "smartstore", "\"owner\""].iter().any(|word| text.contains(word));
            assert!(!is_seen, "{path}: {text}");
        }
    };
    for role in ["viewer", "operator", "admin"] {
        let other = server.user(&format!("other-{role}"), role);
        empty(&other);
        let audit = other.get("/audit-logs").text;
        assert_eq!(audit.contains("createPlatformAccount"), role == "admin", "{audit}");
    }
    for path in &lists[..7] {
        assert!(owner.get(path).text.contains("smartstore"), "{path} shows the owner what is theirs");
    }
}

#[test]
fn addresses_and_methods_that_there_are_not_are_problems_too() {
    let server = Server::on_sqlite();
    let nobody = server.nobody();
    for path in ["/", "/api", "/api/v1", "/api/v1/orders/", "/api/v2/orders", "/api/v1/%00"] {
        nobody.send("GET", path, &[], "").problem(404);
    }
    let kim = server.user("kim", "operator");
    kim.send("POST", "/api/v1/sync/platforms/%FF/test", &[], r#"{"account_id":1}"#).problem(404);
    kim.send("GET", "/api/v1/orders/%FF", &[], "").problem(404);
    nobody.send("GET", "/api/v1/docs/%FF", &[], "").problem(404);
    let answer = nobody.send("DELETE", "/api/v1/orders", &[], "");
    answer.problem(405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    nobody.send("BREW", "/api/v1/orders", &[], "").problem(405);
    assert_eq!(nobody.send("HEAD", "/healthz", &[], "").status, 200);
    assert_eq!(nobody.send("HEAD", "/api/v1/orders", &[], "").status, 401);
    for value in ["Basic a2ltOng=", "Bearer", "Bearer ", "bearer x y"] {
        nobody.send("GET", "/api/v1/me", &[("Authorization", value)], "").problem(401);
    }
}

#[test]
fn bodies_that_cannot_be_read_are_refused_by_what_is_wrong_with_them() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let send = |headers: &[(&str, &str)], body: &str| kim.send("POST", "/api/v1/tokens", headers, body);
    let json = [("Content-Type", "application/json")];
    send(&json, "{").problem(400);
    send(&json, "").problem(400);
    send(&[("Content-Type", "text/plain")], r#"{"name":"x"}"#).problem(415);
    send(&[("Content-Type", "application/json; charset=utf-8")], r#"{"name":"x"}"#).expect(201);
    send(&json, r#"{"name":7}"#).problem(422);
    send(&json, "[]").problem(422);
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    send(&json, &long).problem(413);
    send(&[("Idempotency-Key", "long")], &long).problem(413);
    send(&json, r#"["x", 30]"#).problem(422);
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let account = format!(r#"{{"platform":"naver","name":"a","credentials":{{"client_id":{deep}}}}}"#);
    kim.send("POST", "/api/v1/platform-accounts", &json, &account).problem(400);
}

#[test]
fn every_answer_carries_the_headers_that_browsers_heed() {
    let server = Server::on_sqlite();
    let answer = server.nobody().send(
        "GET",
        "/healthz",
        &[("Origin", "https://elsewhere.example"), ("X-Request-Id", "mine-1")],
        "",
    );
    assert_eq!(answer.header("x-request-id"), Some("mine-1"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(
        answer.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'"))
    );
    assert_eq!(answer.header("access-control-allow-origin"), None, "no other site may read answers");
    let odd = server.nobody().send("GET", "/healthz", &[("X-Request-Id", "a b<c>")], "");
    assert_ne!(odd.header("x-request-id"), Some("a b<c>"));
}
