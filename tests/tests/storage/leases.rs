//! Leases: one runner an account, and one that lost its lease writes nothing more.

use std::time::Duration;

use connector_core::http::{Credential, CredentialStore};
use connector_core::sync::Store as _;
use connector_core::{Clock, ErrorKind, Secret};
use storage::{Claim, KeyRing, LogFinish, LogStart, StorageError};

use crate::place::{Place, TTL, add_row, batch, claim, on_both, order, save};

fn start() -> LogStart {
    LogStart {
        stream: "orders".to_owned(),
        mode: "api".to_owned(),
        window_from: None,
        window_to: None,
        runner: "host/1".to_owned(),
    }
}

fn finish() -> LogFinish {
    LogFinish {
        outcome: "ok",
        message: None,
        window_from: None,
        window_to: None,
        counts: None,
        duration_ms: 1,
    }
}

/// Ends a lease as time would.
fn expire(place: &Place) {
    place.sql("UPDATE connectors SET lease_until = '2020-01-01 00:00:00'");
}

on_both! {
    async fn the_second_claimer_is_told_who_holds_it(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let lease = claim(&storage, row.id).await;
        assert_eq!((lease.owner.as_str(), lease.epoch), ("host/1", 1));
        for owner in ["host/2", "host/1"] {
            let Claim::Busy { owner, until } = storage.claim(row.id, owner, TTL).await.expect("asks") else {
                panic!("claimed twice");
            };
            assert_eq!(owner, "host/1");
            let left = until - Clock::system().now();
            assert!((50..=61).contains(&left.num_seconds()), "{left}");
        }
        storage.session(lease).release().await.expect("releases");
        let Claim::Held(next) = storage.claim(row.id, "host/2", TTL).await.expect("asks") else {
            panic!("it was released");
        };
        assert_eq!(next.epoch, 2, "every claim counts up");
        assert!(matches!(storage.claim(99, "x", TTL).await, Err(StorageError::NotFound(_))));
    }
}

on_both! {
    async fn of_many_claimers_one_wins(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let claims: Vec<_> = (0..16)
            .map(|n| {
                let storage = storage.clone();
                tokio::spawn(async move { storage.claim(row.id, &format!("host/{n}"), TTL).await })
            })
            .collect();
        let mut held = 0;
        for claim in claims {
            if matches!(claim.await.expect("no panic").expect("asks"), Claim::Held(_)) {
                held += 1;
            }
        }
        assert_eq!(held, 1);
    }
}

on_both! {
    async fn an_expired_lease_can_be_claimed(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let short = storage.claim(row.id, "host/1", Duration::from_millis(30)).await.expect("claims");
        assert!(matches!(short, Claim::Held(_)));
        tokio::time::sleep(Duration::from_millis(60)).await;
        let Claim::Held(next) = storage.claim(row.id, "host/2", TTL).await.expect("asks") else {
            panic!("it has expired");
        };
        assert_eq!(next.epoch, 2);
    }
}

on_both! {
    async fn a_dead_holder_is_replaced_at_once(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let lost = claim(&storage, row.id).await;
        let alive = storage.claim_if(row.id, "host/2", TTL, |owner| owner != "host/1").await.expect("asks");
        assert!(matches!(alive, Claim::Busy { .. }));
        let taken = storage.claim_if(row.id, "host/2", TTL, |owner| owner == "host/1").await.expect("asks");
        assert!(matches!(taken, Claim::Held(_)));
        let error = storage.session(lost).renew(TTL).await.expect_err("taken over");
        assert!(matches!(error, StorageError::LeaseLost { connector_id } if connector_id == row.id));
    }
}

on_both! {
    async fn who_lost_the_lease_writes_nothing(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let row = add_row(&storage).await;
        let session = storage.session(claim(&storage, row.id).await);
        session.start_log(start()).await.expect("starts");
        save(&session, batch(1, [order(1)])).await.expect("saves");
        expire(place);
        let Claim::Held(_) = storage.claim(row.id, "host/2", TTL).await.expect("claims") else {
            panic!("expired");
        };
        let before = place.dump();
        let mut other = order(1);
        other.amount = 1;
        let mut page = batch(2, [other, order(2)]);
        page.failures.push(connector_core::Failure { key: None, reason: "x".to_owned(), raw: None });
        let error = save(&session, page).await.expect_err("fenced");
        assert_eq!(error.kind(), ErrorKind::LeaseLost);
        assert!(error.fix().contains("nothing is lost"), "{}", error.fix());
        assert_eq!(session.set_note("a", "b").await.expect_err("fenced").kind(), ErrorKind::LeaseLost);
        let credential = Credential {
            access_token: Secret::new("hush"),
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        };
        let kept = CredentialStore::save(&session, &credential).await;
        assert_eq!(kept.expect_err("fenced").kind(), ErrorKind::LeaseLost);
        let lost = |result: Result<(), StorageError>| matches!(result, Err(StorageError::LeaseLost { .. }));
        assert!(lost(session.start_log(start()).await.map(drop)));
        assert!(lost(session.finish_log(finish()).await));
        assert!(lost(session.renew(TTL).await));
        session.release().await.expect("releasing what is lost is no fault");
        assert_eq!(place.dump(), before);
        assert_eq!(session.load().await.expect("reading is free"), None);
    }
}

on_both! {
    async fn an_expired_lease_that_nobody_took_still_holds(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let session = storage.session(claim(&storage, row.id).await);
        expire(place);
        save(&session, batch(1, [order(1)])).await.expect("nobody else works on it");
        let busy = storage.claim(row.id, "host/2", TTL).await.expect("asks");
        assert!(matches!(busy, Claim::Busy { .. }), "the save held the lease again");
        expire(place);
        session.renew(TTL).await.expect("renews");
        assert!(matches!(storage.claim(row.id, "host/2", TTL).await.expect("asks"), Claim::Busy { .. }));
    }
}

on_both! {
    async fn a_row_in_work_is_not_removed(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let session = storage.session(claim(&storage, row.id).await);
        save(&session, batch(1, [order(1)])).await.expect("saves");
        let error = storage.remove_connector(row.id, true).await.expect_err("in work");
        assert!(matches!(&error, StorageError::Conflict(text) if text.contains("host/1")), "{error:?}");
        session.release().await.expect("releases");
        let error = storage.remove_connector(row.id, false).await.expect_err("has data");
        assert!(matches!(&error, StorageError::Conflict(text) if text.contains("1 orders")), "{error:?}");
        let removed = storage.remove_connector(row.id, true).await.expect("removes");
        assert_eq!((removed.orders, removed.metrics, removed.logs), (1, 0, 0));
        for table in ["connectors", "store_orders", "meta"] {
            assert_eq!(place.value(&format!("SELECT COUNT(*) FROM {table}")), "0", "{table}");
        }
        let error = save(&session, batch(2, [order(2)])).await.expect_err("its row is gone");
        assert_eq!(error.kind(), ErrorKind::LeaseLost);
    }
}

on_both! {
    async fn the_log_grows_with_every_save(place) {
        let storage = place.open().await;
        let row = add_row(&storage).await;
        let session = storage.session(claim(&storage, row.id).await);
        let killed = session.start_log(start()).await.expect("starts");
        let log = session.start_log(start()).await.expect("starts");
        assert_ne!(killed, log);
        let mut page = batch(1, [order(1), order(2)]);
        page.progress = connector_core::sync::Progress { calls: 2, pages: 1, seen: 5, known: 3 };
        page.failures.push(connector_core::Failure { key: None, reason: "x".to_owned(), raw: None });
        save(&session, page).await.expect("saves");
        let mut page = batch(2, [order(1), order(3)]);
        page.progress = connector_core::sync::Progress { calls: 1, pages: 1, seen: 2, known: 0 };
        save(&session.clone(), page).await.expect("a clone adds to the same row");
        let logs = storage.logs(storage::LogFilter::default(), 10).await.expect("reads");
        let outcomes: Vec<_> = logs.iter().map(|log| (log.id, log.outcome.as_str())).collect();
        assert_eq!(outcomes, [(log, "running"), (killed, "interrupted")], "newest first");
        let expected = storage::LogCounts {
            calls: 3, pages: 2, seen: 7, new: 3, changed: 0, unchanged: 4, older: 0, failed: 1, stored: 4,
        };
        assert_eq!(logs[0].counts, expected);
        let done = LogFinish { message: Some("all good".to_owned()), window_to: Some(crate::place::at(9)), ..finish() };
        session.finish_log(done).await.expect("finishes");
        let logs = storage.logs(storage::LogFilter::default(), 1).await.expect("reads");
        assert_eq!(logs[0].counts, expected, "what the saves added up stays");
        assert_eq!((logs[0].outcome.as_str(), logs[0].message.as_deref()), ("ok", Some("all good")));
        assert_eq!((logs[0].window_from, logs[0].window_to), (None, Some(crate::place::at(9))));
        assert!(logs[0].finished_at.is_some() && logs[0].duration_ms == Some(1));
        save(&session, batch(3, [order(4)])).await.expect("saves");
        let after = storage.logs(storage::LogFilter::default(), 1).await.expect("reads");
        assert_eq!(after[0].counts, expected, "a closed row grows no more");
        let none = storage::LogFilter { outcomes: vec!["failed".to_owned()], ..Default::default() };
        assert_eq!(storage.logs(none, 9).await.expect("reads").len(), 0);
    }
}
