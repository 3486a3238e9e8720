//! Who did what.

use serde_json::{Value, json};

use crate::place::{Server, on_both};

fn is_file(server: &Server) -> bool {
    server.installation.database_url().starts_with("sqlite")
}

on_both! {
    fn changes_are_written_down_and_nothing_can_be_altered_unseen(server) {
        let (ann, kim) = (server.user("ann", "admin"), server.user("kim", "operator"));
        let id = kim.add_sample("sample");
        kim.patch(&format!("/platform-accounts/{id}"), &json!({"name": "other"})).expect(200);
        kim.delete("/platform-accounts/999").problem(404);
        ann.add_sample("hers");
        let own = kim.pages("/audit-logs?limit=2", "audit_logs");
        let seen: Vec<_> = own
            .iter()
            .map(|entry| (entry["action"].as_str().unwrap_or_default(), entry["object"].as_str().unwrap_or_default(), entry["status"].as_i64()))
            .collect();
        let place = format!("platform-accounts/{id}");
        assert_eq!(
            seen,
            [
                ("removePlatformAccount", "platform-accounts/999", Some(404)),
                ("changePlatformAccount", place.as_str(), Some(200)),
                ("createPlatformAccount", place.as_str(), Some(201)),
            ]
        );
        assert!(own.iter().all(|entry| entry["actor"] == "kim" && entry["address"] == "127.0.0.1"), "{own:?}");
        let all = ann.pages("/audit-logs?limit=3", "audit_logs");
        assert_eq!(all.len(), 8, "two users, two tokens, four changes");
        let proof: Value = serde_json::from_str(&server.installation.succeed(&["audit", "verify", "--format", "json"])).expect("JSON");
        assert_eq!((proof["ok"].as_bool(), proof["entries"].as_i64()), (Some(true), Some(8)));
        assert_eq!(proof["head"], all[0]["hash"]);

        // Who gets past the trigger is found out.
        let lift = if is_file(server) { "DROP TRIGGER audit_logs_keep" } else { "ALTER TABLE audit_logs DISABLE TRIGGER ALL" };
        server.sql(lift);
        server.sql("UPDATE audit_logs SET actor = 'lee' WHERE id = 6");
        let output = server.installation.run(&["audit", "verify"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("entry 6") && said.contains("altered"), "{said}");
    }
}

on_both! {
    fn the_database_itself_refuses_to_alter_the_log(server) {
        server.add_user("kim", "viewer");
        for sql in ["UPDATE audit_logs SET status = 1", "DELETE FROM audit_logs"] {
            let refused = refusal(server, sql);
            assert!(refused.contains("append-only"), "{sql}: {refused}");
        }
        server.installation.succeed(&["audit", "verify"]);
    }
}

/// What the database says to a statement that it refuses.
fn refusal(server: &Server, sql: &str) -> String {
    let url = server.installation.database_url();
    if is_file(server) {
        let connection = rusqlite::Connection::open(url.trim_start_matches("sqlite://")).expect("opens");
        return connection.execute(sql, []).expect_err("append-only").to_string();
    }
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("connects");
    let error = client.execute(sql, &[]).expect_err("append-only");
    error.as_db_error().map(|error| error.message().to_owned()).unwrap_or_default()
}
