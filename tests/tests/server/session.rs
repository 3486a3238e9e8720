//! Signing in and out, and tokens.

use serde_json::json;

use crate::place::{PASSWORD, Server, on_both};

on_both! {
    fn a_login_gives_a_token_that_ends_with_the_logout(server) {
        server.add_user("kim", "operator");
        let login = json!({"username": "kim", "password": PASSWORD});
        let session = server.nobody().post("/auth/login", &login).expect(200);
        assert!(session["expires_at"].as_str().is_some_and(|at| at.ends_with("+09:00")), "{session}");
        let kim = server.caller(session["token"].as_str().expect("a token"));
        let me = kim.get("/me").expect(200);
        assert_eq!((me["username"].as_str(), me["role"].as_str()), (Some("kim"), Some("operator")));
        kim.send("POST", "/api/v1/auth/logout", &[], "").expect(204);
        kim.get("/me").problem(401);
        assert_eq!(server.sql("SELECT COUNT(*) FROM tokens")[0][0], "0");
    }
}

#[test]
fn wrong_logins_look_alike_and_wait_longer_and_longer() {
    let server = Server::on_sqlite();
    server.add_user("kim", "viewer");
    let nobody = server.nobody();
    let wrong =
        |name: &str| nobody.post("/auth/login", &json!({"username": name, "password": "not it at all"}));
    let (known, unknown) = (wrong("kim").problem(401), wrong("lee").problem(401));
    assert_eq!(known["detail"], unknown["detail"]);
    for _ in 0..4 {
        wrong("kim").problem(401);
    }
    let refused = wrong("kim");
    refused.problem(429);
    assert!(
        refused.header("retry-after").is_some_and(|wait| wait.parse::<u64>().is_ok_and(|wait| wait > 20))
    );
    let right = nobody.post("/auth/login", &json!({"username": "kim", "password": PASSWORD}));
    right.problem(429);
    assert_eq!(
        server.sql("SELECT COUNT(*) FROM audit_logs WHERE action = 'login' AND status = 401")[0][0],
        "5"
    );
    wrong("lee").problem(401);
}

#[test]
fn lasting_tokens_are_made_listed_and_revoked() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "viewer");
    let made = kim.post("/tokens", &json!({"name": "export", "expires_in_days": 30})).expect(201);
    let token = made["token"].as_str().expect("a token").to_owned();
    assert!(token.starts_with("runner_") && token.len() == 50, "{token}");
    let export = server.caller(&token);
    let listed = export.get("/tokens").expect(200)["tokens"].as_array().expect("tokens").clone();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1]["name"], "export");
    assert_eq!(listed[1]["current"], true);
    assert!(!listed.iter().any(|one| one.to_string().contains(&token)));
    kim.delete(&format!("/tokens/{}", made["id"])).expect(204);
    export.get("/me").problem(401);
    kim.delete(&format!("/tokens/{}", made["id"])).problem(404);
    let refused = kim.post("/tokens", &json!({"name": "", "expires_in_days": 0})).problem(422);
    assert_eq!(refused["errors"].as_array().map(Vec::len), Some(2), "{refused}");
}

#[test]
fn a_user_of_the_same_name_or_with_a_short_password_is_refused() {
    let server = Server::on_sqlite();
    server.add_user("kim", "viewer");
    let add = |name: &str, password: &str| {
        use std::io::Write as _;
        let mut child = server
            .installation
            .runner()
            .args(["user", "add", name, "--role", "viewer", "--password-stdin"])
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().expect("a pipe").write_all(password.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (name, password, expected) in
        [("kim", PASSWORD, "already"), ("lee", "short", "8 characters"), ("l ee", PASSWORD, "blanks")]
    {
        let (code, said) = add(name, password);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(expected) && !said.contains(password), "{said}");
    }
    let output = server.installation.run(&["token", "create", "park"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_user_who_sends_too_much_is_slowed_down() {
    let mut server = Server::on_sqlite();
    server.kill();
    server.start_with(&["--rate-limit", "1"]);
    let (kim, lee) = (server.user("kim", "viewer"), server.user("lee", "viewer"));
    let refused = (0..30).map(|_| kim.get("/me")).find(|answer| answer.status == 429);
    let refused = refused.expect("thirty in a row are too many");
    refused.problem(429);
    assert!(refused.header("retry-after").is_some());
    lee.get("/me").expect(200);
}
