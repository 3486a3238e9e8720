//! A dry session says what a save would do and leaves no trace.

use connector_core::http::{Credential, CredentialStore};
use connector_core::sync::Store as _;
use connector_core::{Failure, Secret};
use storage::{KeyRing, LogFinish, LogStart};

use crate::place::{at, batch, claim, new_row, on_both, order, save};

on_both! {
    async fn a_dry_session_writes_nothing(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let row = storage.add_connector(new_row("main")).await.expect("adds");
        let session = storage.session(claim(&storage, row.id).await);
        save(&session, batch(1, [order(1), order(2)])).await.expect("saves");
        let before = place.dump();
        let dry = storage.dry_session(row.id);
        let start = LogStart {
            stream: "orders".to_owned(),
            mode: "api".to_owned(),
            window_from: None,
            window_to: None,
            runner: String::new(),
        };
        assert_eq!(dry.start_log(start).await.expect("starts"), 0);
        let mut other = order(1);
        other.amount = 3;
        let mut page = batch(2, [other, order(2), order(3)]);
        page.failures.push(Failure { key: Some("x".to_owned()), reason: "y".to_owned(), raw: None });
        assert_eq!(save(&dry, page).await.expect("says"), [1, 1, 1, 0, 3]);
        dry.set_note("a", "b").await.expect("says");
        let credential = Credential {
            access_token: Secret::new("token"),
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        };
        CredentialStore::save(&dry, &credential).await.expect("says");
        dry.renew(crate::place::TTL).await.expect("says");
        let finish = LogFinish {
            outcome: "ok",
            message: None,
            window_from: None,
            window_to: None,
            counts: None,
            duration_ms: 0,
        };
        dry.finish_log(finish).await.expect("says");
        dry.release().await.expect("says");
        assert_eq!(place.dump(), before);
        assert_eq!(dry.checkpoint("orders").await.expect("reads").through, Some(at(1)));
        // The platform has spent the old refresh token: losing the new one would cut the account off.
        let rotated = Credential { refresh_token: Some(Secret::new("next")), ..credential };
        CredentialStore::save(&dry, &rotated).await.expect("keeps");
        assert_eq!(session.load().await.expect("loads"), Some(rotated));
    }
}
