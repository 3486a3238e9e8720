//! Turns at spending a single-use refresh token.

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::Secret;
use connector_core::http::{Credential, CredentialStore as _, RenewalEnd, Turn};
use serde_json::json;
use storage::{ConnectorChange, KeyRing, Session, Storage};

use crate::place::{Place, at, claim, new_row, on_both};

fn pair(number: u32) -> Credential {
    Credential {
        access_token: Secret::new(format!("access-{number}")),
        expires_at: Some(at(1)),
        renew_at: Some(at(0)),
        refresh_token: Some(Secret::new(format!("refresh-{number}"))),
        refresh_expires_at: Some(at(2)),
        scopes: vec!["mall.read_analytics".to_owned()],
    }
}

async fn ready(place: &Place) -> (Storage, i64, Session) {
    let (keys, _) = KeyRing::generate();
    let storage = place.open_with(&keys).await;
    let id = storage.add_connector(new_row("mall")).await.expect("adds").id;
    let session = storage.dry_session(id);
    session.save(&pair(1)).await.expect("kept, though the session is dry");
    (storage, id, session)
}

async fn begin(session: &Session, owner: &str) -> Turn {
    session.begin_renewal(owner).await.expect("asks")
}

const FREE: Turn = Turn::Ours { unfinished: None };

on_both! {
    async fn one_owner_at_a_time_renews_and_the_next_finds_the_new_pair(place) {
        let (storage, id, session) = ready(place).await;
        let other = storage.session(claim(&storage, id).await);
        assert_eq!(begin(&session, "a").await, FREE);
        assert_eq!(begin(&other, "b").await, Turn::Busy);
        let end = RenewalEnd::Renewed { spent: Some(&pair(1)), renewed: &pair(2) };
        let kept = session.end_renewal("a", end).await.expect("ends");
        assert_eq!(kept, Some(pair(2)));
        assert_eq!(begin(&other, "b").await, FREE);
        assert_eq!(other.load().await.expect("loads"), Some(pair(2)));
        other.end_renewal("b", RenewalEnd::Unspent).await.expect("ends");
        assert_eq!(begin(&session, "a").await, FREE);
    }
}

on_both! {
    async fn a_turn_that_nobody_ended_ends_by_itself_and_is_remembered(place) {
        let (_storage, _id, session) = ready(place).await;
        assert_eq!(begin(&session, "dead").await, FREE);
        let past: DateTime<Utc> = at(0) - TimeDelta::days(1);
        let note = json!({"owner": "dead", "since": past, "until": past, "unfinished": null}).to_string();
        place.sql(&format!("UPDATE meta SET value = '{note}' WHERE key = 'oauth:renewal'"));
        assert_eq!(begin(&session, "next").await, Turn::Ours { unfinished: Some(past) });
        // Whoever does not spend the token leaves the question open.
        session.end_renewal("next", RenewalEnd::Unspent).await.expect("ends");
        assert_eq!(begin(&session, "third").await, Turn::Ours { unfinished: Some(past) });
        session.end_renewal("third", RenewalEnd::Unknown { since: past }).await.expect("ends");
        assert_eq!(begin(&session, "fourth").await, Turn::Ours { unfinished: Some(past) });
        session
            .end_renewal("fourth", RenewalEnd::Renewed { spent: Some(&pair(1)), renewed: &pair(2) })
            .await
            .expect("ends");
        assert_eq!(begin(&session, "fifth").await, FREE);
    }
}

on_both! {
    async fn a_new_pair_is_kept_even_by_one_that_lost_its_turn(place) {
        let (_storage, _id, session) = ready(place).await;
        assert_eq!(begin(&session, "slow").await, FREE);
        place.sql("DELETE FROM meta WHERE key = 'oauth:renewal'");
        assert_eq!(begin(&session, "quick").await, FREE);
        let end = RenewalEnd::Renewed { spent: Some(&pair(1)), renewed: &pair(2) };
        assert_eq!(session.end_renewal("slow", end).await.expect("ends"), Some(pair(2)));
        assert_eq!(session.load().await.expect("loads"), Some(pair(2)));
        assert_eq!(begin(&session, "third").await, Turn::Busy, "the quick one still has its turn");
    }
}

on_both! {
    async fn a_persons_new_grant_is_never_overwritten_by_an_old_ones_renewal(place) {
        let (_storage, _id, session) = ready(place).await;
        assert_eq!(begin(&session, "a").await, FREE);
        session.save(&pair(7)).await.expect("a person granted anew");
        let end = RenewalEnd::Renewed { spent: Some(&pair(1)), renewed: &pair(2) };
        assert_eq!(session.end_renewal("a", end).await.expect("ends"), Some(pair(7)));
        // Nor is it blamed for the old one's end.
        assert_eq!(begin(&session, "b").await, FREE);
        let end = RenewalEnd::Refused { refused: &pair(2), reason: "spent" };
        session.end_renewal("b", end).await.expect("ends");
        assert_eq!(session.load().await.expect("loads"), Some(pair(7)));
    }
}

on_both! {
    async fn a_refusal_stands_on_the_row_until_somebody_grants_again(place) {
        let (storage, id, session) = ready(place).await;
        for grant_anew in [true, false] {
            assert_eq!(begin(&session, "a").await, FREE);
            let end = RenewalEnd::Refused { refused: &pair(1), reason: "used before" };
            session.end_renewal("a", end).await.expect("ends");
            let row = storage.connector(id).await.expect("reads");
            let reason = row.needs_authorization().expect("it needs a person").to_owned();
            assert!(reason.starts_with("needs authorization since 2") && reason.ends_with(": used before"), "{reason}");
            let settings = storage.open_secrets(&row).await.expect("opens");
            assert!(!settings.contains_key("oauth_state"), "it is no setting: {settings:?}");
            if grant_anew {
                session.save(&pair(1)).await.expect("granted");
            } else {
                let unset = vec!["oauth_tokens".to_owned()];
                let change = ConnectorChange { unset, ..ConnectorChange::default() };
                storage.update_connector(id, change).await.expect("other credentials");
            }
            assert_eq!(storage.connector(id).await.expect("reads").needs_authorization(), None);
        }
    }
}

on_both! {
    async fn what_was_learned_never_overrules_a_person(place) {
        let (storage, id, _session) = ready(place).await;
        let before = storage.connector(id).await.expect("reads");
        let learn = |dialect: &str| json!({"dialect": dialect}).as_object().cloned().expect("an object");
        storage.learn_settings(&before, learn("live")).await.expect("keeps");
        let row = storage.connector(id).await.expect("reads");
        assert_eq!(row.config["dialect"], "live");
        assert_eq!(row.updated_at, before.updated_at, "no person changed it");
        storage.learn_settings(&before, learn("seed")).await.expect("runs");
        assert_eq!(storage.connector(id).await.expect("reads").config["dialect"], "live");
    }
}
