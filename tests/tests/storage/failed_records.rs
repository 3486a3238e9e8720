//! Records that could not be read: named, tried again, forgotten once they are read.

use connector_core::Failure;
use connector_core::sync::Store as _;
use storage::Session;

use crate::place::{at, batch, on_both, order, raw, save, session};

fn failure(key: Option<&str>, reason: &str) -> Failure {
    Failure { key: key.map(str::to_owned), reason: reason.to_owned(), raw: Some(raw(r#"{"name": "kim"}"#)) }
}

async fn due(session: &Session) -> Vec<String> {
    let due = session.due("orders", &[], at(0), at(0), 10).await.expect("asks");
    due.into_iter().map(|wanted| wanted.key).collect()
}

on_both! {
    async fn a_failure_lives_until_its_record_is_read(place) {
        let (storage, first) = session(place).await;
        let key = order(1).order_id;
        let mut page = batch(1, []);
        page.failures = vec![failure(Some(&key), "status is missing"), failure(None, "no\0 key")];
        save(&first, page).await.expect("saves");
        let rows = storage.failures(None, 10).await.expect("reads");
        assert_eq!(rows.len(), 2);
        let shown = format!("{rows:?}");
        assert!(shown.contains("status is missing") && !shown.contains("kim"), "{shown}");
        assert!(rows.iter().any(|row| row.record_key.starts_with("unkeyed:") && row.reason == "no key"));
        assert_eq!(due(&first).await, Vec::<String>::new(), "the run that failed does not try again");

        let lease = match storage.claim_if(rows[0].connector_id, "host/2", crate::place::TTL, |_| true).await {
            Ok(storage::Claim::Held(lease)) => lease,
            other => panic!("{other:?}"),
        };
        let next = storage.session(lease);
        assert_eq!(due(&next).await, [key.as_str()], "the next run does, where it knows the key");
        let mut page = batch(2, []);
        page.failures = vec![failure(Some(&key), "amount is missing"), failure(None, "no key")];
        save(&next, page).await.expect("saves");
        let rows = storage.failures(Some(rows[0].connector_id), 10).await.expect("reads");
        assert_eq!(rows.iter().map(|row| row.attempts).collect::<Vec<_>>(), [2, 2]);
        assert!(rows.iter().any(|row| row.reason == "amount is missing"));
        assert!(rows.iter().all(|row| row.updated_at > row.first_seen_at));
        assert_eq!(storage.failures(Some(99), 10).await.expect("reads").len(), 0);

        save(&next, batch(3, [order(1), order(2)])).await.expect("saves");
        let left = storage.failures(None, 10).await.expect("reads");
        assert_eq!(left.len(), 1);
        assert!(left[0].record_key.starts_with("unkeyed:"), "nobody can read that one again");
    }
}

on_both! {
    async fn what_fails_for_ever_is_tried_once_a_day(place) {
        let (_storage, session) = session(place).await;
        let mut page = batch(1, []);
        page.failures = vec![failure(Some("K"), "x")];
        save(&session, page).await.expect("saves");
        let set = |attempts: i64, minutes_ago: i64| {
            let at = connector_core::Clock::system().now() - chrono::TimeDelta::minutes(minutes_ago);
            place.sql(&format!(
                "UPDATE failed_records SET attempts = {attempts}, updated_at = '{}'",
                at.format("%F %T")
            ));
        };
        set(19, 5);
        assert_eq!(due(&session).await, ["K"]);
        set(20, 5);
        assert_eq!(due(&session).await, Vec::<String>::new());
        set(20, 25 * 60);
        assert_eq!(due(&session).await, ["K"]);
        let elsewhere = session.due("claims", &[], at(0), at(0), 10).await.expect("asks");
        assert_eq!(elsewhere.len(), 0, "another stream's failures are its own");
    }
}

on_both! {
    async fn a_failed_record_that_is_also_due_comes_once(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(1, [order(1), order(2)])).await.expect("saves");
        let mut page = batch(2, []);
        page.failures = vec![failure(Some(&order(1).order_id), "x")];
        save(&session, page).await.expect("saves");
        place.sql("UPDATE failed_records SET updated_at = '2020-01-01 00:00:00'");
        let states = &[connector_core::OrderState::Paid];
        let due = session.due("orders", states, at(0), at(9), 10).await.expect("asks");
        let keys: Vec<String> = due.into_iter().map(|wanted| wanted.key).collect();
        assert_eq!(keys, [order(1).order_id, order(2).order_id]);
    }
}
