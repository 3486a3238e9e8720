//! Secrets: sealed to their row and field, opened by the right key only, nowhere in plain.

use connector_core::Secret;
use connector_core::http::{Credential, CredentialStore as _};
use serde_json::{Value, json};
use storage::{Backend, ConnectorChange, KeyRing, NewConnector, Storage, StorageError};

use crate::place::{Place, at, claim, new_row, on_both, settings};

const CANARY: &str = "c4n4ry-53cr3t-v4lue";

fn with_secret(name: &str) -> NewConnector {
    NewConnector { secrets: vec![("client_secret".to_owned(), Secret::new(CANARY))], ..new_row(name) }
}

fn credential(token: &str) -> Credential {
    Credential {
        access_token: Secret::new(token),
        expires_at: Some(at(1)),
        renew_at: None,
        refresh_token: Some(Secret::new(format!("{token}-refresh"))),
        refresh_expires_at: Some(at(2)),
        scopes: vec!["mall.read_analytics".to_owned()],
    }
}

/// All that lies on the disk or in the server's tables.
fn everything(place: &Place) -> String {
    match place.backend() {
        Backend::Postgres => format!("{:?}", place.dump()),
        Backend::Sqlite => {
            let folder = place.file().parent().expect("it lies in a folder").to_owned();
            let files = std::fs::read_dir(folder).expect("a folder");
            let mut bytes = Vec::new();
            for file in files {
                bytes.extend(std::fs::read(file.expect("an entry").path()).expect("a file"));
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

async fn opened(storage: &Storage, id: i64) -> Result<Value, StorageError> {
    let row = storage.connector(id).await.expect("reads");
    storage.open_secrets(&row).await.map(|config| config["client_secret"].clone())
}

on_both! {
    async fn a_secret_is_stored_nowhere_in_plain(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let row = storage.add_connector(with_secret("main")).await.expect("adds");
        let session = storage.session(claim(&storage, row.id).await);
        session.save(&credential(CANARY)).await.expect("keeps");
        assert!(!everything(place).contains(CANARY));
        assert_eq!(opened(&storage, row.id).await.expect("opens"), CANARY);
        assert_eq!(session.load().await.expect("loads"), Some(credential(CANARY)));
        let row = storage.connector(row.id).await.expect("reads");
        for shown in [format!("{row:?}"), format!("{storage:?} {session:?} {keys:?}"), format!("{:?}", row.public_config())] {
            assert!(!shown.contains(CANARY) && !shown.contains("v1."), "{shown}");
        }
        let public = row.public_config();
        assert_eq!((&public["client_secret"], &public["oauth_tokens"]), (&json!("[sealed]"), &json!("[sealed]")));
        assert_eq!(public["lookback_days"], 7);
        let config = storage.open_secrets(&row).await.expect("opens");
        assert!(!config.contains_key("oauth_tokens"), "tokens are no setting");
    }
}

on_both! {
    async fn a_sealed_value_opens_in_its_place_only(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let one = storage.add_connector(with_secret("one")).await.expect("adds");
        let two = storage.add_connector(with_secret("two")).await.expect("adds");
        let config = place.value(&format!("SELECT config_json FROM connectors WHERE id = {}", one.id));
        place.sql(&format!("UPDATE connectors SET config_json = '{config}' WHERE id = {}", two.id));
        let error = opened(&storage, two.id).await.expect_err("moved from another row");
        assert!(matches!(error, StorageError::Sealing(_)));
        assert!(error.to_string().contains("another row or field"), "{error}");
        let moved = config.replace("client_secret", "client_secreb");
        place.sql(&format!("UPDATE connectors SET config_json = '{moved}' WHERE id = {}", one.id));
        let row = storage.connector(one.id).await.expect("reads");
        let error = storage.open_secrets(&row).await.expect_err("moved from another field");
        assert!(error.to_string().contains("client_secreb"), "the place is named: {error}");
    }
}

on_both! {
    async fn the_wrong_key_and_no_key_say_so(place) {
        let (keys, _) = KeyRing::generate();
        let id = place.open_with(&keys).await.add_connector(with_secret("main")).await.expect("adds").id;
        let (other, _) = KeyRing::generate();
        for storage in [place.open_with(&other).await, place.open().await] {
            let error = opened(&storage, id).await.expect_err("cannot open");
            assert!(matches!(error, StorageError::Sealing(_)), "{error:?}");
            assert!(error.to_string().contains("RUNNER_SECRET_KEY"), "{error}");
            assert!(error.fix().contains("RUNNER_SECRET_KEY"), "{}", error.fix());
        }
        let without = place.open().await;
        let before = place.dump();
        without.add_connector(with_secret("second")).await.expect_err("no key");
        let change = ConnectorChange { secrets: with_secret("x").secrets, name: Some("new".to_owned()), ..Default::default() };
        without.update_connector(id, change).await.expect_err("no key");
        without.rekey().await.expect_err("no key");
        assert_eq!(place.dump(), before, "nothing half-written");
        without.add_connector(new_row("plain")).await.expect("nothing is sealed here");
    }
}

on_both! {
    async fn keys_are_changed_without_losing_a_secret(place) {
        let (old, old_text) = KeyRing::generate();
        let storage = place.open_with(&old).await;
        let one = storage.add_connector(with_secret("one")).await.expect("adds");
        storage.add_connector(new_row("nothing sealed")).await.expect("adds");
        storage.session(claim(&storage, one.id).await).save(&credential("token")).await.expect("keeps");
        let (new, new_text) = KeyRing::generate();
        let both = KeyRing::parse(&format!("{new_text},{old_text}")).expect("two keys");
        let storage = place.open_with(&both).await;
        assert_eq!(opened(&storage, one.id).await.expect("the old key opens"), CANARY);
        let rekeyed = storage.rekey().await.expect("rekeys");
        assert_eq!((rekeyed.rows, rekeyed.values), (1, 2));
        let again = storage.rekey().await.expect("rekeys");
        assert_eq!((again.rows, again.values), (0, 0));
        let storage = place.open_with(&new).await;
        assert_eq!(opened(&storage, one.id).await.expect("the new key alone"), CANARY);
        let session = storage.dry_session(one.id);
        assert_eq!(session.load().await.expect("loads"), Some(credential("token")));
        opened(&place.open_with(&old).await, one.id).await.expect_err("the old key is out");
    }
}

on_both! {
    async fn a_rekey_that_cannot_open_one_value_changes_none(place) {
        let (one, _) = KeyRing::generate();
        let (two, two_text) = KeyRing::generate();
        place.open_with(&two).await.add_connector(with_secret("two")).await.expect("adds");
        place.open_with(&one).await.add_connector(with_secret("one")).await.expect("adds");
        let (_, new_text) = KeyRing::generate();
        let ring = KeyRing::parse(&format!("{new_text},{two_text}")).expect("two keys");
        let before = place.dump();
        place.open_with(&ring).await.rekey().await.expect_err("one key is missing");
        assert_eq!(place.dump(), before);
    }
}

on_both! {
    async fn plain_secrets_written_by_hand_are_sealed_in_place(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let config = json!({"client_secret": CANARY, "client_id": 12345, "base_url": "http://x", "empty": ""});
        place.sql(&format!(
            "INSERT INTO connectors (platform, name, config_json) VALUES ('smartstore', 'by hand', '{config}')"
        ));
        assert!(everything(place).contains(CANARY), "the test can find it");
        let id = storage.connectors().await.expect("reads")[0].id;
        let names = ["client_secret", "client_id", "empty", "absent"];
        let error = place.open().await.seal_plain_secrets(id, &names).await.expect_err("no key");
        assert!(matches!(error, StorageError::Sealing(_)), "{error:?}");
        assert_eq!(storage.seal_plain_secrets(id, &names).await.expect("seals"), 2);
        assert_eq!(storage.seal_plain_secrets(id, &names).await.expect("seals"), 0);
        let row = storage.connector(id).await.expect("reads");
        let opened = storage.open_secrets(&row).await.expect("opens");
        let expected = json!({"client_secret": CANARY, "client_id": "12345", "base_url": "http://x", "empty": ""});
        assert_eq!(Value::Object(opened), expected);
        assert!(!everything(place).contains(CANARY), "not even in freed parts of the file");
    }
}

on_both! {
    async fn a_credential_touches_no_other_setting(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let row = storage.add_connector(with_secret("main")).await.expect("adds");
        let session = storage.session(claim(&storage, row.id).await);
        assert_eq!(session.load().await.expect("loads"), None);
        session.save(&credential("first")).await.expect("keeps");
        let change = ConnectorChange {
            set: settings(json!({"lookback_days": 3, "base_url": "http://x"})),
            ..ConnectorChange::default()
        };
        storage.update_connector(row.id, change).await.expect("a person changes the row meanwhile");
        session.save(&credential("second")).await.expect("keeps");
        assert_eq!(session.load().await.expect("loads"), Some(credential("second")));
        let row = storage.connector(row.id).await.expect("reads");
        let config = storage.open_secrets(&row).await.expect("opens");
        let expected = json!({"lookback_days": 3, "base_url": "http://x", "client_secret": CANARY});
        assert_eq!(Value::Object(config), expected);
        let elsewhere = place.open().await.dry_session(row.id);
        assert_eq!(elsewhere.load().await.expect("no key is no fault here"), None);
        let (other, _) = KeyRing::generate();
        let elsewhere = place.open_with(&other).await.dry_session(row.id);
        assert_eq!(elsewhere.load().await.expect("nor is another one"), None);
    }
}

on_both! {
    async fn a_row_is_changed_in_the_named_parts_only(place) {
        let (keys, _) = KeyRing::generate();
        let storage = place.open_with(&keys).await;
        let row = storage.add_connector(with_secret("main")).await.expect("adds");
        storage.add_connector(new_row("other")).await.expect("adds");
        let error = storage.add_connector(new_row("main")).await.expect_err("taken");
        assert!(matches!(&error, StorageError::Conflict(text) if text.contains("main")), "{error:?}");
        let change = ConnectorChange { name: Some("other".to_owned()), ..ConnectorChange::default() };
        let error = storage.update_connector(row.id, change).await.expect_err("taken");
        assert!(matches!(error, StorageError::Conflict(_)), "{error:?}");
        let change = ConnectorChange {
            mode: Some("api".to_owned()),
            enabled: Some(false),
            unset: vec!["lookback_days".to_owned()],
            secrets: vec![("client_secret".to_owned(), Secret::new("new"))],
            ..ConnectorChange::default()
        };
        let changed = storage.update_connector(row.id, change).await.expect("changes");
        assert_eq!((changed.name.as_str(), changed.mode.as_str(), changed.enabled), ("main", "api", false));
        assert_eq!(changed.created_at, row.created_at);
        let config = storage.open_secrets(&changed).await.expect("opens");
        assert_eq!(Value::Object(config), json!({"client_secret": "new"}));
        let error = storage.update_connector(99, ConnectorChange::default()).await.expect_err("no such row");
        assert!(matches!(error, StorageError::NotFound(_)), "{error:?}");
        let error = storage.connector(99).await.expect_err("no such row");
        assert!(error.to_string().contains("99"), "{error}");
    }
}
