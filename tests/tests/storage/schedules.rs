//! Schedules: one of many moves one on.

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::time::parse_kst;
use storage::{
    MOST_SCHEDULES, NewSync, Plan, ScheduleRow, ScheduleTerms, ScheduleTurn, Storage, StorageError, SyncRow,
};

use crate::place::on_both;

fn at(text: &str) -> DateTime<Utc> {
    parse_kst(text).expect("a time")
}

fn plan(text: &str) -> Plan {
    Plan { planned_at: at(text), next_run_at: at(text) + TimeDelta::seconds(7) }
}

fn terms() -> ScheduleTerms {
    ScheduleTerms {
        enabled: true,
        interval_minutes: 30,
        sync_types: vec!["orders".to_owned()],
        hours: Some((9, 18)),
        accounts: None,
    }
}

async fn user(storage: &Storage, name: &str) -> i64 {
    storage.add_user(name, "operator", None).await.expect("a new name").id
}

fn sync(owner_id: i64) -> NewSync {
    NewSync {
        owner_id: Some(owner_id),
        sync_type: "orders".to_owned(),
        connector_id: None,
        platforms: Vec::new(),
        order_json: "{}".to_owned(),
        items_json: "[]".to_owned(),
        retry_of: None,
        runner: "host/1".to_owned(),
    }
}

/// A turn that queues a sync and leaves `waiting` for later.
fn turn(waiting: &[i64]) -> impl FnOnce(&ScheduleRow, &[SyncRow]) -> ScheduleTurn + Send + 'static + use<> {
    let waiting = waiting.to_vec();
    move |row, _| ScheduleTurn {
        sync: Some(sync(row.owner_id)),
        waiting,
        plan: Some(plan("2026-02-15T10:30")),
        note: None,
    }
}

on_both! {
    async fn of_many_who_find_a_schedule_due_one_queues_its_run(place) {
        let storage = place.open().await;
        let kim = user(&storage, "kim").await;
        let row = storage.add_schedule(kim, terms(), plan("2026-02-15T10:00")).await.expect("adds");
        assert_eq!((&row.terms, row.plan), (&terms(), plan("2026-02-15T10:00")));
        let now = at("2026-02-15T10:00:07");
        assert_eq!(storage.due_schedules(now - TimeDelta::seconds(1)).await.expect("reads"), []);
        assert_eq!(storage.due_schedules(now).await.expect("reads"), std::slice::from_ref(&row));

        let others: Vec<Storage> = futures(8, || place.open()).await;
        let mut taking = Vec::new();
        for other in &others {
            let (other, row) = (other.clone(), row.clone());
            taking.push(tokio::spawn(async move { other.run_schedule(row, turn(&[])).await }));
        }
        let mut queued = Vec::new();
        for one in taking {
            queued.extend(one.await.expect("no panic").expect("takes its turn"));
        }
        assert_eq!(queued.len(), 1);
        assert_eq!(place.value("SELECT COUNT(*) FROM syncs"), "1");
        let after = storage.schedule_of(kim, row.id).await.expect("reads").expect("there");
        assert_eq!((after.last_sync_id, after.plan), (Some(queued[0].id), plan("2026-02-15T10:30")));
        assert!(after.last_run_at.is_some() && after.version == row.version + 1);
        assert_eq!(storage.due_schedules(now).await.expect("reads"), []);
    }
}

async fn futures<T, F: Future<Output = T>>(count: usize, make: impl Fn() -> F) -> Vec<T> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(make().await);
    }
    made
}

on_both! {
    async fn each_turn_sees_what_the_one_before_has_queued(place) {
        let storage = place.open().await;
        let kim = user(&storage, "kim").await;
        let mut taking = Vec::new();
        for _ in 0..6 {
            let row = storage.add_schedule(kim, terms(), plan("2026-02-15T10:00")).await.expect("adds");
            let other = place.open().await;
            let polite = |row: &ScheduleRow, open: &[SyncRow]| ScheduleTurn {
                sync: open.is_empty().then(|| sync(row.owner_id)),
                waiting: if open.is_empty() { Vec::new() } else { vec![5] },
                plan: Some(plan("2026-02-15T10:30")),
                note: None,
            };
            taking.push(tokio::spawn(async move { other.run_schedule(row, polite).await }));
        }
        for one in taking {
            one.await.expect("no panic").expect("takes its turn");
        }
        assert_eq!(place.value("SELECT COUNT(*) FROM syncs"), "1");
        let waiting = storage.due_schedules(at("2026-02-15T10:10")).await.expect("reads");
        assert_eq!(waiting.len(), 5, "those whose accounts wait have a turn before they are due");
        assert!(waiting.iter().all(|row| row.waiting == [5]));
    }
}

on_both! {
    async fn a_change_is_never_overrun_by_a_turn_nor_a_turn_by_a_change(place) {
        let storage = place.open().await;
        let (kim, lee) = (user(&storage, "kim").await, user(&storage, "lee").await);
        let row = storage.add_schedule(kim, terms(), plan("2026-02-15T10:00")).await.expect("adds");
        let weekly = ScheduleTerms { interval_minutes: 10_080, hours: None, accounts: Some(vec![3]), ..terms() };
        let change = |owner, version| {
            storage.change_schedule(owner, (row.id, version), weekly.clone(), plan("2026-02-16T00:00"))
        };
        assert_eq!(change(lee, row.version).await.expect("asks"), None, "another's");
        let changed = change(kim, row.version).await.expect("asks").expect("hers");
        assert_eq!((&changed.terms, changed.version), (&weekly, row.version + 1));
        assert!(storage.run_schedule(row.clone(), turn(&[])).await.expect("asks").is_none(), "it was changed");
        assert!(storage.run_schedule(changed.clone(), turn(&[4])).await.expect("asks").is_some());
        assert_eq!(change(kim, changed.version).await.expect("asks"), None, "it has run");
        let off = ScheduleTerms { enabled: false, ..weekly.clone() };
        let off = storage
            .change_schedule(kim, (row.id, changed.version + 1), off, plan("2026-02-16T00:00"))
            .await
            .expect("asks")
            .expect("hers");
        assert!(off.waiting.is_empty(), "what waited is forgotten");
        assert!(storage.run_schedule(off, turn(&[])).await.expect("asks").is_none(), "it is off");
        assert_eq!(storage.due_schedules(at("2027-01-01")).await.expect("reads"), []);
        assert!(!storage.remove_schedule(lee, row.id).await.expect("asks"));
        assert!(storage.remove_schedule(kim, row.id).await.expect("asks"));
        assert!(!storage.remove_schedule(kim, row.id).await.expect("asks"));
    }
}

on_both! {
    async fn a_user_has_a_hundred_schedules_at_most(place) {
        let storage = place.open().await;
        let kim = user(&storage, "kim").await;
        for _ in 0..MOST_SCHEDULES {
            storage.add_schedule(kim, terms(), plan("2026-02-15T10:00")).await.expect("adds");
        }
        let error = storage.add_schedule(kim, terms(), plan("2026-02-15T10:00")).await.expect_err("too many");
        assert!(matches!(error, StorageError::Conflict(_)), "{error:?}");
        let first = storage.schedules_of(kim, None, 60).await.expect("reads");
        let rest = storage.schedules_of(kim, first.last().map(|row| row.id), 60).await.expect("reads");
        assert_eq!((first.len(), rest.len()), (60, 40));
    }
}
