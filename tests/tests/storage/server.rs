//! What only the server keeps: owners, syncs that were asked for, the audit log.

use chrono::TimeDelta;
use serde_json::Map;
use storage::{
    Attempt, Backend, ConnectorChange, KeyRing, NewAudit, NewConnector, NewSync, Owned, Repeatable, Storage,
    StorageError, SyncRow,
};

use crate::place::{Place, on_both};

fn new(name: &str) -> NewConnector {
    NewConnector {
        platform: "smartstore".to_owned(),
        name: name.to_owned(),
        mode: "fixture".to_owned(),
        enabled: true,
        config: Map::new(),
        secrets: Vec::new(),
    }
}

fn owned(user_id: i64) -> Owned {
    Owned { user_id, with_unowned: false, with_removed: false }
}

async fn user(storage: &Storage, name: &str) -> i64 {
    storage.add_user(name, "operator", None).await.expect("a new name").id
}

on_both! {
    async fn owners_name_their_rows_as_they_like(place) {
        let storage = place.open().await;
        let (kim, lee) = (user(&storage, "kim").await, user(&storage, "lee").await);
        storage.add_connector(new("main")).await.expect("the command line's");
        let first = storage.add_owned_connector(kim, new("main")).await.expect("her first");
        let other = storage.add_owned_connector(lee, new("main")).await.expect("his first");
        assert_eq!((first.name.as_str(), first.title()), ("main (2)", "main"));
        assert_eq!((other.name.as_str(), other.title()), ("main (3)", "main"));
        let again = storage.add_owned_connector(kim, new("main")).await.expect_err("her second");
        assert!(matches!(again, StorageError::Conflict(_)), "{again:?}");

        let rename = ConnectorChange { name: Some("shop".to_owned()), ..ConnectorChange::default() };
        let renamed = storage.update_owned_connector(first.id, rename).await.expect("a free name");
        assert_eq!((renamed.name.as_str(), renamed.title()), ("shop", "shop"));
        let keep = ConnectorChange { name: Some("shop".to_owned()), ..ConnectorChange::default() };
        storage.update_owned_connector(first.id, keep).await.expect("its own name");

        storage.retire_connector(first.id).await.expect("nobody works on it");
        assert!(storage.owned_connectors(owned(kim)).await.expect("reads").is_empty());
        let removed = Owned { with_removed: true, ..owned(kim) };
        assert_eq!(storage.owned_connectors(removed).await.expect("reads").len(), 1);
        assert_eq!(storage.connectors().await.expect("reads").len(), 2);
        storage.add_owned_connector(kim, new("shop")).await.expect("the name is free");
        for error in [
            storage.connector(first.id).await.map(drop),
            storage.retire_connector(first.id).await,
            storage.claim(first.id, "host/1", std::time::Duration::from_secs(1)).await.map(drop),
        ] {
            assert!(matches!(error, Err(StorageError::NotFound(_))), "{error:?}");
        }
    }
}

async fn queue(storage: &Storage, owner_id: i64, runner: &str) -> SyncRow {
    let new = NewSync {
        owner_id: Some(owner_id),
        sync_type: "orders".to_owned(),
        connector_id: None,
        platforms: vec!["smartstore".to_owned(), "eleventh_street".to_owned()],
        order_json: "{}".to_owned(),
        items_json: "[]".to_owned(),
        retry_of: None,
        runner: runner.to_owned(),
    };
    storage.add_sync(new).await.expect("queues")
}

fn ids(rows: &[SyncRow]) -> Vec<i64> {
    rows.iter().map(|row| row.id).collect()
}

on_both! {
    async fn only_syncs_that_nobody_cares_for_are_adopted(place) {
        let storage = place.open().await;
        let kim = user(&storage, "kim").await;
        let theirs = queue(&storage, kim, "host/1").await.id;
        let mine = queue(&storage, kim, "host/2").await.id;
        assert!(storage.begin_sync(theirs, "host/1").await.expect("asks"));
        assert!(!storage.begin_sync(theirs, "host/1").await.expect("asks"), "it runs already");
        assert!(!storage.begin_sync(mine, "host/1").await.expect("asks"), "it is another's");
        let minute = TimeDelta::seconds(60);
        let adopt = async |silence, dead: &'static str| {
            let held = vec![mine];
            let adopted = storage.adopt_syncs("host/2", held, silence, move |holder| holder == dead).await;
            ids(&adopted.expect("asks"))
        };
        assert_eq!(adopt(minute, "").await, Vec::<i64>::new(), "its server lives");
        assert_eq!(adopt(minute, "host/1").await, [theirs], "its server is dead");
        // The one that lost it notes nothing more.
        storage.note_sync(theirs, "host/1", "[1]".to_owned(), Some("failed")).await.expect("asks");
        let row = storage.sync_of(kim, false, theirs).await.expect("reads").expect("hers");
        assert_eq!((row.status.as_str(), row.items_json.as_str()), ("queued", "[]"));
        assert_eq!(storage.sync_of(kim + 1, true, theirs).await.expect("reads").map(|row| row.id), None);

        let silent = queue(&storage, kim, "host/3").await.id;
        place.sql(&format!("UPDATE syncs SET beat_at = '2020-01-01 00:00:00' WHERE id = {silent}"));
        storage.return_sync(mine, "host/2").await.expect("gives back");
        assert_eq!(adopt(minute, "").await, [mine, silent]);
        let dropped = queue(&storage, kim, "host/2").await.id;
        assert!(storage.begin_sync(dropped, "host/2").await.expect("asks"));
        assert_eq!(adopt(minute, "").await, Vec::<i64>::new(), "it may be about to get its task");
        place.sql(&format!("UPDATE syncs SET beat_at = '2020-01-01 00:00:00' WHERE id = {dropped}"));
        assert_eq!(adopt(minute, "").await, [dropped], "its task has failed");
        storage.note_sync(dropped, "host/2", "[]".to_owned(), Some("failed")).await.expect("ends");
        storage.note_sync(silent, "host/2", "[]".to_owned(), Some("succeeded")).await.expect("ends");
        assert_eq!(adopt(minute, "").await, Vec::<i64>::new(), "a held one, and those that have ended");
    }
}

async fn found(storage: &Storage, kim: i64, platform: &str) -> usize {
    let filter = storage::SyncFilter {
        owner_id: kim,
        platform: Some(platform.to_owned()),
        ..storage::SyncFilter::default()
    };
    storage.syncs(filter, None, 10).await.expect("reads").len()
}

on_both! {
    async fn syncs_are_found_by_platform(place) {
        let storage = place.open().await;
        let kim = user(&storage, "kim").await;
        queue(&storage, kim, "host/1").await;
        for (platform, expected) in
            [("smartstore", 1), ("eleventh_street", 1), ("eleventhXstreet", 0), ("smart", 0), ("%", 0)]
        {
            assert_eq!(found(&storage, kim, platform).await, expected, "{platform}");
        }
    }
}

/// Gets past the triggers, as somebody with the database in hands can.
fn lift(place: &Place) {
    match place.backend() {
        Backend::Sqlite => place.sql("DROP TRIGGER audit_logs_keep; DROP TRIGGER audit_logs_hold"),
        Backend::Postgres => place.sql("ALTER TABLE audit_logs DISABLE TRIGGER ALL"),
    };
}

on_both! {
    async fn an_audit_log_that_was_tampered_with_is_found_out(place) {
        let storage = place.open().await;
        for number in 0..5 {
            let entry = NewAudit { actor: format!("user {number}"), action: "x".to_owned(), ..NewAudit::default() };
            storage.audit(entry).await.expect("adds");
        }
        let whole = storage.verify_audit().await.expect("reads");
        assert_eq!((whole.entries, whole.broken), (5, None));
        lift(place);
        place.sql("UPDATE audit_logs SET object = '' WHERE id = 4");
        assert_eq!(storage.verify_audit().await.expect("reads").broken, Some((4, "it was altered")));
        place.sql("UPDATE audit_logs SET object = NULL WHERE id = 4");
        assert_eq!(storage.verify_audit().await.expect("reads"), whole, "put right again");
        place.sql("DELETE FROM audit_logs WHERE id = 2");
        assert_eq!(storage.verify_audit().await.expect("reads").broken, Some((3, "entries before it are missing")));
        place.sql("UPDATE audit_logs SET id = 2 WHERE id = 3");
        assert_eq!(
            storage.verify_audit().await.expect("reads").broken,
            Some((2, "it does not follow the entry before it"))
        );
    }
}

on_both! {
    async fn entries_that_are_added_at_once_stand_in_one_chain(place) {
        let storage = place.open().await;
        let adding: Vec<_> = (0..20)
            .map(|number| {
                let (storage, actor) = (storage.clone(), number.to_string());
                tokio::spawn(async move { storage.audit(NewAudit { actor, ..NewAudit::default() }).await })
            })
            .collect();
        for one in adding {
            one.await.expect("no panic").expect("adds");
        }
        let proof = storage.verify_audit().await.expect("reads");
        assert_eq!((proof.entries, proof.broken), (20, None));
        assert_eq!(storage.audit_log(None, Some(11), 100).await.expect("reads").len(), 10);
    }
}

on_both! {
    async fn a_kept_answer_is_sealed_and_follows_a_change_of_keys(place) {
        let (old, old_text) = KeyRing::generate();
        let (_, new_text) = KeyRing::generate();
        let storage = place.open_with(&old).await;
        let user_id = user(&storage, "kim").await;
        let request = Repeatable { user_id, key: "one".to_owned(), request_hash: "abc".to_owned() };
        let lease = std::time::Duration::from_secs(60);
        assert_eq!(storage.attempt(&request, lease).await.expect("asks"), Attempt::First);
        assert_eq!(storage.attempt(&request, lease).await.expect("asks"), Attempt::UnderWay);
        storage.answered(&request, 201, "hush").await.expect("keeps");
        assert!(!place.value("SELECT answer FROM idempotency_keys").contains("hush"));
        let both = KeyRing::parse(&format!("{new_text},{old_text}")).expect("two keys");
        place.open_with(&both).await.rekey().await.expect("seals anew");
        let storage = place.open_with(&KeyRing::parse(&new_text).expect("a key")).await;
        let known = Attempt::Answered { status: 201, answer: "hush".to_owned() };
        assert_eq!(storage.attempt(&request, lease).await.expect("asks"), known);
        let other = Repeatable { request_hash: "abd".to_owned(), ..request.clone() };
        assert_eq!(storage.attempt(&other, lease).await.expect("asks"), Attempt::Other);
        storage.forget_attempt(&request).await.expect("forgets");
        assert_eq!(storage.attempt(&other, lease).await.expect("asks"), Attempt::First);
    }
}
