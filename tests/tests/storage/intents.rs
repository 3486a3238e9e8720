//! Intents: noted before anything is sent, settled with what was seen, found again after a death.

use connector_core::command::{
    Action, IntentStore as _, Line, OfListing, Parcel, Refusal, Settled, ShippingMethod, Verdict,
};
use connector_core::{ErrorKind, OrderState, Record};
use storage::{Claim, IntentFilter, IntentRow, IntentState, NewIntent, Session, StorageError};

use crate::place::{TTL, add_row, at, batch, claim, new_row, on_both, order, save, session};

fn line(n: i64, state: OrderState) -> Line {
    Line {
        order_id: order(n).order_id,
        order_group_id: Some(format!("G{n}")),
        quantity: Some(1),
        state,
        raw: Some(order(n).raw),
    }
}

fn confirm(n: i64) -> NewIntent {
    NewIntent { key: format!("confirm-{n}"), action: Action::Confirm { line: line(n, OrderState::Paid) } }
}

fn ship(key: &str, number: &str, seconds: i64) -> NewIntent {
    let parcel = Parcel {
        method: ShippingMethod::Parcel,
        carrier: Some("CJGLS".to_owned()),
        tracking_number: Some(number.to_owned()),
        sent_at: at(seconds),
    };
    let line = line(1, OrderState::Preparing);
    NewIntent { key: key.to_owned(), action: Action::Ship { line, parcel, quantity: None } }
}

async fn planned(session: &Session, new: impl IntoIterator<Item = NewIntent>) -> Vec<i64> {
    let planned = session.plan(new.into_iter().collect()).await.expect("plans");
    planned.into_iter().map(|planned| planned.intent.id).collect()
}

async fn settle(session: &Session, intent: i64, verdict: Verdict) {
    session.settle(vec![Settled { intent, verdict }], at(0), Vec::new()).await.expect("settles");
}

on_both! {
    async fn a_key_means_one_command(place) {
        let (storage, session) = session(place).await;
        let first = session.plan(vec![confirm(1), ship("s", "1", 0), confirm(1)]).await.expect("plans");
        assert_eq!(first.iter().map(|planned| planned.is_new).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(first[0].intent.id, first[2].intent.id);
        settle(&session, first[1].intent.id, Verdict::Done { reference: None }).await;
        // The second click, a minute later: the line is shipped by now.
        let again = session.plan(vec![ship("s", "1", 60), confirm(2)]).await.expect("plans");
        assert_eq!(again.iter().map(|planned| planned.is_new).collect::<Vec<_>>(), [false, true]);
        assert_eq!(again[0].intent.id, first[1].intent.id);
        assert_eq!(again[0].intent.state, IntentState::Done);
        for other in [ship("s", "2", 0), NewIntent { key: "s".to_owned(), ..confirm(1) }] {
            let error = session.plan(vec![confirm(3), other]).await.expect_err("another command");
            assert!(matches!(&error, StorageError::KeyTaken { key, .. } if key == "s"), "{error:?}");
        }
        let mut elsewhere = confirm(2);
        elsewhere.key = "confirm-1".to_owned();
        session.plan(vec![elsewhere]).await.expect_err("another target");
        assert_eq!(place.value("SELECT COUNT(*) FROM intents"), "3", "of a refused plan nothing stays");
        let other = storage.add_connector(new_row("other")).await.expect("adds");
        let theirs = storage.plan(other.id, "server", vec![confirm(1)]).await.expect("a key is the account's");
        assert!(theirs[0].is_new && theirs[0].intent.owner == "server");
        let missing = storage.plan(99, "server", vec![confirm(1)]).await.expect_err("no such account");
        assert!(matches!(missing, StorageError::NotFound(_)), "{missing:?}");
    }
}

on_both! {
    async fn an_intent_tells_what_is_to_be_done(place) {
        let (_storage, session) = session(place).await;
        let stop = Action::StopSale {
            listing: OfListing { listing_id: "L1".to_owned(), option_id: String::new(), raw: None },
        };
        let new = vec![ship("a", "1234", 5), NewIntent { key: "b".to_owned(), action: stop }];
        let planned = session.plan(new).await.expect("plans");
        let row = &planned[0].intent;
        assert_eq!((row.command.as_str(), row.target.as_str()), ("ship", order(1).order_id.as_str()));
        let Action::Ship { line, parcel, quantity: None } = row.action().expect("reads") else { panic!("{row:?}") };
        assert_eq!((line.state, line.raw.is_none()), (OrderState::Preparing, true));
        assert_eq!((parcel.tracking_number.as_deref(), parcel.sent_at), (Some("1234"), at(5)));
        assert_eq!(planned[1].intent.target, "L1/");
        assert!(!place.value("SELECT body_json FROM intents WHERE key = 'a'").contains("구매자"), "no buyer's data");
        let rows = session.unsettled().await.expect("reads");
        assert!(rows.is_empty(), "our own plan is no one's leftover: {rows:?}");
    }
}

on_both! {
    async fn a_body_that_cannot_be_read_hides_no_other(place) {
        let (storage, session) = session(place).await;
        planned(&session, [confirm(1), confirm(2)]).await;
        place.sql("UPDATE intents SET body_json = '{\"command\":\"hush\"', state = 'nonsense' WHERE key = 'confirm-1'");
        let rows = storage.intents(IntentFilter::default(), None, 10).await.expect("reads");
        assert_eq!(rows.len(), 2);
        rows[0].action().expect("sound");
        let error = rows[1].action().expect_err("broken");
        assert!(error.to_string().contains("confirm") && !error.to_string().contains("hush"), "{error}");
        assert_eq!(rows[1].state, IntentState::Unknown, "a state that nobody knows is looked into");
    }
}

on_both! {
    async fn sending_is_noted_before_and_only_what_may_be_sent(place) {
        let (_storage, session) = session(place).await;
        let ids = planned(&session, [confirm(1), confirm(2), confirm(3)]).await;
        session.sending(&ids[..2]).await.expect("notes");
        session.sending(&ids[..1]).await.expect("again");
        let rows = || place.sql("SELECT state, attempts, owner, sent_at IS NULL FROM intents ORDER BY id");
        let no = if place.backend() == storage::Backend::Sqlite { "0" } else { "f" };
        let yes = if no == "0" { "1" } else { "t" };
        let expected = [["sending", "2", "host/1", no], ["sending", "1", "host/1", no], ["planned", "0", "host/1", yes]];
        assert_eq!(rows(), expected);
        settle(&session, ids[0], Verdict::Done { reference: None }).await;
        for refused in [vec![ids[1], ids[0]], vec![ids[1], 999]] {
            let error = session.sending(&refused).await.expect_err("not all of them");
            assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
        }
        assert_eq!(rows()[1][1], "1", "of a refused note nothing stays");
        settle(&session, ids[1], Verdict::Unknown { reason: "lost".to_owned() }).await;
        session.sending(&ids[1..2]).await.expect("what is unknown may be sent again");
        assert_eq!(place.value("SELECT COUNT(*) FROM intents WHERE message IS NULL"), "3");
    }
}

on_both! {
    async fn verdicts_are_kept_with_what_was_seen(place) {
        let (storage, session) = session(place).await;
        let ids = planned(&session, (0..8).map(confirm)).await;
        save(&session, batch(5, [order(0)])).await.expect("saves");
        let refusal = |code: Option<&str>, message: &str| Refusal {
            kind: ErrorKind::Rejected,
            code: code.map(str::to_owned),
            message: message.to_owned(),
        };
        let verdicts = [
            Verdict::Done { reference: Some("R".to_owned()) },
            Verdict::Already { reference: None },
            Verdict::Unverified { reference: None, reason: "not shown".to_owned() },
            Verdict::Refused(refusal(Some("104\0"), "이미 발송")),
            Verdict::Failed(refusal(None, "busy")),
            Verdict::Unknown { reason: "lost".to_owned() },
            Verdict::WouldSend,
            Verdict::Done { reference: Some("R".to_owned()) },
        ];
        let settled = ids.iter().zip(verdicts).map(|(&intent, verdict)| Settled { intent, verdict }).collect();
        let mut confirmed = order(0);
        confirmed.state = OrderState::Preparing;
        session.settle(settled, at(9), vec![Record::Order(confirmed)]).await.expect("settles");
        let yes = if place.backend() == storage::Backend::Sqlite { "1" } else { "t" };
        let no = if yes == "1" { "0" } else { "f" };
        let rows = place.sql(
            "SELECT state, reference, code, message, finished_at IS NOT NULL FROM intents ORDER BY id",
        );
        let expected = [
            ["done", "R", "∅", "∅", yes],
            ["already", "∅", "∅", "∅", yes],
            ["unverified", "∅", "∅", "not shown", yes],
            ["refused", "∅", "104", "이미 발송", yes],
            ["failed", "∅", "∅", "busy", yes],
            ["unknown", "∅", "∅", "lost", no],
            ["planned", "∅", "∅", "∅", no],
            ["done", "R", "∅", "∅", yes],
        ];
        assert_eq!(rows, expected);
        assert_eq!(place.value("SELECT state FROM store_orders"), "preparing");
        let unsettled = storage.unsettled(1).await.expect("reads");
        assert_eq!(unsettled.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[5], ids[6]]);
    }
}

on_both! {
    async fn a_verdict_and_what_was_seen_are_kept_together_or_not_at_all(place) {
        let (_storage, session) = session(place).await;
        let ids = planned(&session, [confirm(1)]).await;
        session.sending(&ids).await.expect("notes");
        let before = place.dump();
        place.break_table("store_orders");
        let settled = vec![Settled { intent: ids[0], verdict: Verdict::Done { reference: None } }];
        session.settle(settled, at(1), vec![Record::Order(order(1))]).await.expect_err("broken");
        // The lease was held longer, and that was taken back, too.
        assert_eq!(place.dump(), before);
    }
}

on_both! {
    async fn a_successor_finds_what_the_dead_left(place) {
        let storage = place.open().await;
        let id = add_row(&storage).await.id;
        let dead = storage.session(claim(&storage, id).await);
        let ids = planned(&dead, (0..4).map(confirm)).await;
        dead.sending(&ids[..2]).await.expect("notes");
        settle(&dead, ids[0], Verdict::Already { reference: None }).await;
        let Claim::Held(lease) = storage.claim_if(id, "host/2", TTL, |_| true).await.expect("claims") else {
            panic!("the holder is dead")
        };
        let heir = storage.session(lease);
        let own = planned(&heir, [confirm(9)]).await;
        let error = dead.sending(&ids[2..3]).await.expect_err("the lease is lost");
        assert_eq!(error.kind(), ErrorKind::LeaseLost);
        let error = dead
            .settle(vec![Settled { intent: ids[1], verdict: Verdict::WouldSend }], at(0), Vec::new())
            .await
            .expect_err("the lease is lost");
        assert_eq!(error.kind(), ErrorKind::LeaseLost);
        let left = heir.unsettled().await.expect("reads");
        let state = |row: &IntentRow| (row.id, row.state);
        let expected =
            [(ids[1], IntentState::Sending), (ids[2], IntentState::Planned), (ids[3], IntentState::Planned)];
        assert_eq!(left.iter().map(state).collect::<Vec<_>>(), expected);
        let ended = heir.end_planned(&ids, "its process ended").await.expect("ends");
        assert_eq!(ended, 2, "what is further is left alone");
        let left = heir.unsettled().await.expect("reads");
        assert_eq!(left.iter().map(state).collect::<Vec<_>>(), expected[..1]);
        let rows = storage.intents(IntentFilter { ids: ids[2..].to_vec(), ..IntentFilter::default() }, None, 9).await;
        for row in rows.expect("reads") {
            assert_eq!((row.state, row.message.as_deref()), (IntentState::Failed, Some("its process ended")));
            assert!(row.finished_at.is_some());
        }
        assert_eq!(storage.unsettled(id).await.expect("reads").last().map(|row| row.id), own.first().copied());
    }
}

on_both! {
    async fn a_dry_session_leaves_no_intent(place) {
        let storage = place.open().await;
        let id = add_row(&storage).await.id;
        let dry = storage.dry_session(id);
        let planned = dry.plan(vec![confirm(1)]).await.expect("plans");
        assert!(planned[0].is_new);
        assert_eq!(place.value("SELECT COUNT(*) FROM intents"), "0");
    }
}

on_both! {
    async fn intents_are_listed_by_what_they_are(place) {
        let (storage, session) = session(place).await;
        let ids = planned(&session, (0..5).map(confirm).chain([ship("s", "1", 0)])).await;
        settle(&session, ids[2], Verdict::Done { reference: None }).await;
        let found = async |filter: IntentFilter, before, limit| {
            let rows = storage.intents(filter, before, limit).await.expect("reads");
            rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let filter = IntentFilter::default;
        assert_eq!(found(filter(), None, 2).await, [ids[5], ids[4]]);
        assert_eq!(found(filter(), Some(ids[1]), 9).await, [ids[0]]);
        let states = IntentFilter { states: vec![IntentState::Done], ..filter() };
        assert_eq!(found(states.clone(), None, 9).await, [ids[2]]);
        assert_eq!(storage.count_intents(states).await.expect("counts"), 1);
        assert_eq!(storage.count_intents(filter()).await.expect("counts"), 6);
        let commands = IntentFilter { commands: vec!["ship".to_owned()], ..filter() };
        assert_eq!(found(commands, None, 9).await, [ids[5]]);
        let target = IntentFilter { target: Some(order(1).order_id), ..filter() };
        assert_eq!(found(target, None, 9).await, [ids[5], ids[1]]);
        let keys = IntentFilter { keys: vec!["confirm-3".to_owned()], ..filter() };
        assert_eq!(found(keys, None, 9).await, [ids[3]]);
        assert_eq!(found(IntentFilter { connector_ids: vec![99], ..filter() }, None, 9).await, Vec::<i64>::new());
    }
}
