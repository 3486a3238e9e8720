//! Webhooks: secrets that are sealed, and events that count once.

use chrono::{TimeDelta, Utc};
use connector_core::{Clock, Secret};
use serde_json::Map;
use storage::{KeyRing, NewConnector, NewSync, NewWebhookEvent, Storage, StorageError, WebhookAnswer};

use crate::place::{Place, on_both};

async fn account(storage: &Storage, name: &str) -> i64 {
    let new = NewConnector {
        platform: "smartstore".to_owned(),
        name: name.to_owned(),
        mode: "fixture".to_owned(),
        enabled: true,
        config: Map::new(),
        secrets: Vec::new(),
    };
    storage.add_connector(new).await.expect("adds").id
}

fn event(connector_id: i64, event_id: &str, streams: &[&str]) -> NewWebhookEvent {
    NewWebhookEvent {
        connector_id,
        event_id: event_id.to_owned(),
        event_type: "order.created".to_owned(),
        streams: streams.iter().map(|stream| (*stream).to_owned()).collect(),
        day_kst: Some("2026-02-15".to_owned()),
    }
}

fn soon() -> chrono::DateTime<Utc> {
    Clock::system().now() + TimeDelta::minutes(1)
}

fn sync() -> NewSync {
    NewSync {
        owner_id: None,
        sync_type: "orders".to_owned(),
        connector_id: None,
        platforms: Vec::new(),
        order_json: "{}".to_owned(),
        items_json: "[]".to_owned(),
        retry_of: None,
        runner: "host/1".to_owned(),
    }
}

on_both! {
    async fn a_secret_is_sealed_resealed_and_gone_with_its_account(place) {
        let (old, old_text) = KeyRing::generate();
        let storage = place.open_with(&old).await;
        let (one, other) = (account(&storage, "one").await, account(&storage, "other").await);
        let secret = Secret::new("hush-hush-hush-hush");
        storage.set_webhook_secret(one, &Secret::new("the one before it")).await.expect("sets");
        storage.set_webhook_secret(one, &secret).await.expect("sets anew");
        storage.set_webhook_secret(other, &Secret::new("another's secret")).await.expect("sets");
        let missing = storage.set_webhook_secret(other + 1, &secret).await.expect_err("no account");
        assert!(matches!(missing, StorageError::NotFound(_)), "{missing:?}");
        assert!(!place.value("SELECT secret FROM webhook_secrets WHERE connector_id = 1").contains("hush"));
        let doors = storage.webhook_doors(None, Some("smartstore".to_owned()), 10).await.expect("opens");
        assert_eq!(doors.iter().map(|door| door.row.id).collect::<Vec<_>>(), [one, other]);
        assert_eq!(doors[0].secret.expose(), "hush-hush-hush-hush");
        assert_eq!(storage.webhook_doors(Some(other), None, 1).await.expect("opens").len(), 1);
        assert!(storage.webhook_doors(None, Some("coupang".to_owned()), 10).await.expect("opens").is_empty());
        assert!(!format!("{doors:?}").contains("hush"));

        let (_, new_text) = KeyRing::generate();
        let both = KeyRing::parse(&format!("{new_text},{old_text}")).expect("two keys");
        place.open_with(&both).await.rekey().await.expect("seals anew");
        let new = place.open_with(&KeyRing::parse(&new_text).expect("a key")).await;
        let doors = new.webhook_doors(Some(one), None, 1).await.expect("opens with the new key alone");
        assert_eq!(doors[0].secret.expose(), "hush-hush-hush-hush");
        // A sealed secret that is moved to another account does not open.
        place.sql("DELETE FROM webhook_secrets WHERE connector_id = 2");
        place.sql("UPDATE webhook_secrets SET connector_id = 2");
        new.set_webhook_secret(one, &secret).await.expect("sets");
        let doors = new.webhook_doors(None, Some("smartstore".to_owned()), 10).await.expect("the others' open");
        assert_eq!(doors.iter().map(|door| door.row.id).collect::<Vec<_>>(), [one]);

        new.retire_connector(one).await.expect("removes");
        assert_eq!(place.value("SELECT COUNT(*) FROM webhook_secrets WHERE connector_id = 1"), "0");
        assert!(matches!(new.set_webhook_secret(one, &secret).await, Err(StorageError::NotFound(_))));
        assert!(new.remove_webhook_secret(other).await.expect("asks"));
        assert!(!new.remove_webhook_secret(other).await.expect("asks"));
    }
}

async fn states(place: &Place) -> Vec<String> {
    let rows = place.sql("SELECT event_id, state FROM webhook_events ORDER BY id");
    rows.into_iter().map(|row| row.join(" ")).collect()
}

on_both! {
    async fn an_event_counts_once_and_is_answered_once(place) {
        let storage = place.open().await;
        let (one, other) = (account(&storage, "one").await, account(&storage, "other").await);
        let mut adding = Vec::new();
        for number in 0..30 {
            let (storage, new) = (storage.clone(), event(one, &format!("e{}", number % 3), &["orders"]));
            adding.push(tokio::spawn(async move { storage.add_webhook_event(new).await }));
        }
        let mut new = 0;
        for adding in adding {
            new += usize::from(adding.await.expect("no panic").expect("adds"));
        }
        assert_eq!(new, 3);
        assert!(storage.add_webhook_event(event(other, "e0", &[])).await.expect("adds"), "another account's");
        assert_eq!(storage.accounts_told(soon()).await.expect("reads"), [one]);
        assert!(storage.accounts_told(soon() - TimeDelta::minutes(2)).await.expect("reads").is_empty());

        let later = storage.queue_told(one, |_, _| WebhookAnswer::Later).await.expect("asks");
        assert!(later.is_none());
        let mut queueing = Vec::new();
        for _ in 0..4 {
            let storage = place.open().await;
            queueing.push(tokio::spawn(async move {
                let decide = |events: &[storage::WebhookEvent], _: &[storage::SyncRow]| {
                    WebhookAnswer::Queue(events.iter().map(|event| event.id).collect(), sync())
                };
                storage.queue_told(one, decide).await
            }));
        }
        let mut queued = 0;
        for one in queueing {
            queued += usize::from(one.await.expect("no panic").expect("asks").is_some());
        }
        assert_eq!(queued, 1);
        assert_eq!(place.value("SELECT COUNT(*) FROM syncs"), "1");
        assert_eq!(place.value("SELECT COUNT(*) FROM webhook_events WHERE state = 'queued' AND sync_id = 1"), "3");
        assert!(storage.accounts_told(soon()).await.expect("reads").is_empty());
    }
}

on_both! {
    async fn events_are_remembered_for_a_week_and_those_that_wait_for_ever(place) {
        let storage = place.open().await;
        let one = account(&storage, "one").await;
        for (id, streams) in [("waits", vec!["orders", "claims"]), ("ignored", vec![]), ("new", vec![])] {
            assert!(storage.add_webhook_event(event(one, id, &streams)).await.expect("adds"));
        }
        place.sql("UPDATE webhook_events SET received_at = '2020-01-01 00:00:00' WHERE event_id <> 'new'");
        assert!(!storage.add_webhook_event(event(one, "new", &[])).await.expect("adds"), "it came before");
        assert_eq!(states(place).await, ["waits waiting", "new ignored"]);
        let decide = |events: &[storage::WebhookEvent], _: &[storage::SyncRow]| {
            assert_eq!(events[0].streams, ["orders", "claims"]);
            assert_eq!(events[0].day_kst.as_deref(), Some("2026-02-15"));
            WebhookAnswer::By(vec![events[0].id], 77)
        };
        assert!(storage.queue_told(one, decide).await.expect("asks").is_none());
        assert_eq!(states(place).await, ["waits queued", "new ignored"]);
    }
}
