//! A database that cannot be used: one clear line with cause and fix, no password, nothing half-written.

use std::net::TcpListener;
use std::os::unix::fs::FileExt as _;

use connector_core::ErrorKind;
use storage::{Backend, Migrate, OpenOptions, Storage, StorageError};
use tests::postgres::{self, GUARDED_PASSWORD, GUARDED_USER};

use crate::place::{Place, batch, order, save, session};

async fn refused(url: &str) -> StorageError {
    let options = OpenOptions { url: url.to_owned(), keys: None, migrate: Migrate::Run };
    let error = Storage::open(options).await.expect_err(url);
    let shown = format!("{error} {error:?}");
    assert!(!error.to_string().contains('\n'), "one line: {error}");
    assert!(!error.fix().is_empty());
    assert!(!shown.contains("hush"), "{shown}");
    error
}

#[test]
fn an_address_names_its_backend() {
    for url in [
        "commerce.db",
        "sqlite://commerce.db",
        "sqlite:commerce.db",
        "sqlite:///tmp/a.db",
        "/tmp/a b.db",
        "./x:y.db",
    ] {
        assert_eq!(Storage::backend_of(url).expect(url), Backend::Sqlite, "{url}");
    }
    for url in [
        "postgres://h/d",
        "postgresql://u:p@h:5432/d?sslmode=disable",
        "postgres:///d?host=/run",
        "postgres://u@%2Frun/d",
    ] {
        assert_eq!(Storage::backend_of(url).expect(url), Backend::Postgres, "{url}");
    }
    for url in [
        "mysql://u:hush@h/d",
        "",
        "sqlite://",
        ":memory:",
        "postgres://u:hu#sh@h/d",
        "postgres://u:hu/sh@h/d",
        "postgres://u:12/hush@h/d",
        "postgres://u:hu?sh@h/d",
        "postgres://u:hu@sh@h/d",
        "postgres:hush",
    ] {
        let error = Storage::backend_of(url).expect_err(url);
        assert!(matches!(error, StorageError::Invalid(_)), "{url}: {error:?}");
        let shown = format!("{error} {}", Storage::safe_url(url));
        assert!(!shown.contains("hush") && !shown.contains("sh@"), "{url}: {shown}");
    }
    let safe = Storage::safe_url("postgres://user:hush@host:5432/db?password=hush");
    assert_eq!(safe, "postgres://user@host:5432/db");
    let options =
        OpenOptions { url: "postgres://user:hush@host/db".to_owned(), keys: None, migrate: Migrate::Run };
    assert!(!format!("{options:?}").contains("hush"));
}

#[tokio::test]
async fn a_missing_folder_is_named_and_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("not there");
    let error = refused(&format!("sqlite://{}", missing.join("a.db").display())).await;
    assert!(
        matches!(&error, StorageError::MissingFolder { folder, .. } if folder.ends_with("not there")),
        "{error:?}"
    );
    assert!(!missing.exists());
    let error = refused(&format!("sqlite://{}", folder.path().display())).await;
    assert!(error.to_string().contains("it is a folder"), "{error}");
}

#[tokio::test]
async fn a_file_of_something_else_is_left_alone() {
    let place = Place::sqlite();
    let content = "name,amount\n".repeat(1_000);
    std::fs::write(place.file(), &content).expect("writes");
    let error = refused(&place.url).await;
    assert!(matches!(error, StorageError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("not a database"), "{error}");
    assert_eq!(std::fs::read_to_string(place.file()).expect("reads"), content);
}

#[tokio::test]
async fn a_read_only_file_is_told_from_a_locked_one() {
    let place = Place::sqlite();
    let (storage, session) = session(&place).await;
    save(&session, batch(1, [order(1)])).await.expect("saves");
    drop((session, storage));
    // Permissions do not stop root, who may run this. A write version that SQLite does not know does: it then reads
    // the file and writes nothing (https://www.sqlite.org/fileformat2.html, "File format version numbers").
    let file = std::fs::OpenOptions::new().write(true).open(place.file()).expect("opens");
    file.write_all_at(&[3], 18).expect("writes");
    drop(file);
    let before = std::fs::read(place.file()).expect("reads");
    let storage = place.open().await;
    assert!(!storage.health().await.expect("answers").writable);
    assert_eq!(storage.count_orders(storage::OrderFilter::default()).await.expect("reads"), 1);
    let error = storage.add_connector(crate::place::new_row("new")).await.expect_err("read-only");
    assert!(matches!(error, StorageError::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("read-only") && error.fix().contains("writable"), "{error}");
    assert_eq!(std::fs::read(place.file()).expect("reads"), before);
}

#[tokio::test]
async fn a_locked_database_is_waited_for_and_then_named() {
    let place = Place::sqlite();
    let (storage, session) = session(&place).await;
    let before = place.dump();
    let other = rusqlite::Connection::open(place.file()).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let begun = std::time::Instant::now();
    let error = save(&session, batch(1, [order(1)])).await.expect_err("locked");
    assert!(begun.elapsed().as_secs() >= 4, "it waits a while first");
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("locked by another program"), "{error}");
    assert!(error.fix().contains("close the other program"), "{}", error.fix());
    assert_eq!(storage.connectors().await.expect("readers are not held up").len(), 1);
    other.execute_batch("ROLLBACK").expect("unlocks");
    assert_eq!(place.dump(), before);
    save(&session, batch(1, [order(1)])).await.expect("goes on");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_at_once() {
    let port = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
    let begun = std::time::Instant::now();
    let error = refused(&format!("postgres://user:hush@127.0.0.1:{port}/db")).await;
    assert!(matches!(error, StorageError::Unreachable { .. }), "{error:?}");
    assert!(
        error.to_string().starts_with(&format!("postgres://user@127.0.0.1:{port}/db cannot be reached")),
        "{error}"
    );
    assert!(error.fix().contains("start the database server"));
    assert!(begun.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_database_are_told_apart() {
    let Some(place) = Place::postgres("faults::a_wrong_password_and_a_missing_database_are_told_apart")
    else {
        return;
    };
    let port = postgres::cluster().expect("it made the database").port();
    let database = place.url.rsplit('/').next().expect("a name");
    let error = refused(&format!("postgres://{GUARDED_USER}:hush@127.0.0.1:{port}/{database}")).await;
    assert!(matches!(error, StorageError::AuthenticationFailed { .. }), "{error:?}");
    let error = refused(&format!("postgres://nobody:hush@127.0.0.1:{port}/{database}")).await;
    assert!(matches!(error, StorageError::AuthenticationFailed { .. }), "no such user: {error:?}");
    let error = refused(&format!("postgres://postgres@127.0.0.1:{port}/nowhere")).await;
    assert!(matches!(error, StorageError::NoSuchDatabase { .. }), "{error:?}");
    assert!(error.fix().contains("create"), "{}", error.fix());
    place.sql(&format!("GRANT ALL ON SCHEMA public TO {GUARDED_USER}"));
    let url = format!("postgres://{GUARDED_USER}:{GUARDED_PASSWORD}@127.0.0.1:{port}/{database}");
    Storage::open(OpenOptions { url, keys: None, migrate: Migrate::Run }).await.expect("the right password");
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_named() {
    let Some(place) = Place::postgres("faults::a_server_that_takes_no_writes_is_named") else { return };
    let (_, session) = session(&place).await;
    let before = place.dump();
    let name = place.url.rsplit('/').next().expect("a name");
    place.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    drop(session);
    let storage = place.open().await;
    assert!(!storage.health().await.expect("answers").writable);
    let error = storage.add_connector(crate::place::new_row("new")).await.expect_err("read-only");
    assert!(matches!(error, StorageError::ReadOnly { .. }), "{error:?}");
    assert_eq!(place.dump(), before);
}

#[tokio::test]
async fn a_server_that_restarts_is_connected_to_again() {
    let Some(place) = Place::postgres("faults::a_server_that_restarts_is_connected_to_again") else { return };
    let (storage, session) = session(&place).await;
    save(&session, batch(1, [order(1)])).await.expect("saves");
    place.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let error = save(&session, batch(2, [order(2)])).await.expect_err("the connection is gone");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    save(&session, batch(2, [order(2)])).await.expect("the next one is new");
    assert_eq!(storage.count_orders(storage::OrderFilter::default()).await.expect("reads"), 2);
}
