//! The tables: the same on both databases, and what people write into them by hand works.

use std::collections::BTreeSet;

use storage::{Backend, Migrate, OrderFilter, StorageError};
use tests::postgres;

use crate::place::{Place, add_row, batch, claim, on_both, order, save};

/// What a table is like: its columns with nullability, and the sets of columns that are unique.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    columns: Vec<(String, bool)>,
    unique: BTreeSet<BTreeSet<String>>,
}

const TABLES: [&str; 28] = [
    "audit_logs",
    "channel_terms",
    "claims",
    "connectors",
    "failed_records",
    "idempotency_keys",
    "intents",
    "listings",
    "meta",
    "metrics_daily",
    "pricing_rules",
    "products",
    "schedules",
    "search_groups",
    "search_lines",
    "search_products",
    "search_queue",
    "settlements",
    "stock_holds",
    "stock_movements",
    "stock_pushes",
    "store_orders",
    "sync_logs",
    "syncs",
    "tokens",
    "users",
    "webhook_events",
    "webhook_secrets",
];

const MIGRATIONS: [&str; 8] = [
    "0001_initial",
    "0002_writes",
    "0003_server",
    "0004_catalog",
    "0005_stock",
    "0006_schedules",
    "0007_words",
    "0008_search",
];

fn shape(place: &Place, table: &str) -> Shape {
    let (columns, unique) = match place.backend() {
        Backend::Sqlite => (
            format!("SELECT name, \"notnull\" FROM pragma_table_info('{table}') ORDER BY cid"),
            // The primary key of a table with an integer id has no index of its own.
            format!(
                "SELECT i.name, c.name FROM pragma_index_list('{table}') i, pragma_index_info(i.name) c WHERE i.\"unique\"
                 UNION ALL SELECT 'pk', name FROM pragma_table_info('{table}') WHERE pk > 0"
            ),
        ),
        Backend::Postgres => (
            format!(
                "SELECT column_name, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END
                 FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
            ),
            format!(
                "SELECT i.indexrelid::text, a.attname FROM pg_index i
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                 WHERE i.indisunique AND i.indrelid = '{table}'::regclass"
            ),
        ),
    };
    let columns = place.sql(&columns).into_iter().map(|row| (row[0].clone(), row[1] == "1")).collect();
    let mut indexes = std::collections::BTreeMap::<String, BTreeSet<String>>::new();
    for row in place.sql(&unique) {
        indexes.entry(row[0].clone()).or_default().insert(row[1].clone());
    }
    Shape { columns, unique: indexes.into_values().collect() }
}

fn tables(place: &Place) -> BTreeSet<String> {
    let sql = match place.backend() {
        Backend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table'
             AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
        Backend::Postgres => {
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'"
        }
    };
    place.sql(sql).into_iter().map(|row| row[0].clone()).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let lite = Place::sqlite();
    let Some(server) = Place::postgres("schema::both_databases_have_the_same_tables") else { return };
    drop((lite.open().await, server.open().await));
    assert_eq!(tables(&lite), TABLES.map(str::to_owned).into());
    assert_eq!(tables(&lite), tables(&server));
    for table in TABLES {
        let one = shape(&lite, table);
        assert_eq!(one, shape(&server, table), "{table}");
        assert!(!one.unique.is_empty(), "{table} has a key");
    }
}

fn script(backend: Backend, migration: &str, direction: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/");
    let file = format!("{folder}{}/{migration}/{direction}.sql", backend.name());
    std::fs::read_to_string(file).expect("a script")
}

on_both! {
    async fn migrations_go_up_down_and_up_again(place) {
        drop(place.open().await);
        let before: Vec<Shape> = TABLES.iter().map(|table| shape(place, table)).collect();
        for migration in MIGRATIONS.iter().rev() {
            place.sql(&script(place.backend(), migration, "down"));
        }
        place.sql("DELETE FROM __diesel_schema_migrations");
        assert_eq!(tables(place), BTreeSet::new());
        let storage = place.open().await;
        let after: Vec<Shape> = TABLES.iter().map(|table| shape(place, table)).collect();
        assert_eq!(before, after);
        add_row(&storage).await;
    }
}

on_both! {
    async fn what_was_stored_stays_when_tables_are_added(place) {
        place.sql(&script(place.backend(), MIGRATIONS[0], "up"));
        place.sql(
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
             INSERT INTO __diesel_schema_migrations (version) VALUES ('0001');
             INSERT INTO connectors (platform, name) VALUES ('smartstore', 'old');
             INSERT INTO store_orders (connector_id, platform, order_id, ordered_at, date_kst, status, product_name)
             VALUES (1, 'smartstore', 'O1', '2026-02-15T10:00:00.000+09:00', '2026-02-15', 'PAYED', 'Old \"pear\"');",
        );
        let error = place.try_open(None, Migrate::Require).await.expect_err("the new tables are missing");
        assert!(error.to_string().contains(MIGRATIONS[1]), "{error}");
        let storage = place.open().await;
        assert_eq!(storage.connectors().await.expect("reads")[0].name, "old");
        assert_eq!(place.value("SELECT order_id FROM store_orders"), "O1");
        let filter = OrderFilter { text: Some("\"PEAR".to_owned()), ..OrderFilter::default() };
        for _ in 0..2 {
            assert_eq!(storage.orders(filter.clone(), None, 9).await.expect("reads").len(), 1);
            assert!(!storage.order_indexer().work().await.expect("indexes"), "one entry is all");
        }
        assert_eq!(place.value("SELECT COUNT(*) FROM search_lines"), "1");
    }
}

on_both! {
    async fn many_may_migrate_at_once(place) {
        let opening: Vec<_> = (0..6)
            .map(|_| {
                let options = storage::OpenOptions {
                    url: place.url.clone(),
                    keys: None,
                    migrate: Migrate::Run,
                };
                tokio::spawn(storage::Storage::open(options))
            })
            .collect();
        for one in opening {
            one.await.expect("no panic").expect("each finds the tables");
        }
        let count = MIGRATIONS.len().to_string();
        assert_eq!(place.value("SELECT COUNT(*) FROM __diesel_schema_migrations"), count);
    }
}

on_both! {
    async fn whoever_may_not_migrate_is_told_what_is_pending(place) {
        let error = place.try_open(None, Migrate::Require).await.expect_err("no tables yet");
        assert!(
            matches!(&error, StorageError::MigrationsPending { pending, .. } if pending == &MIGRATIONS),
            "{error:?}"
        );
        assert!(error.to_string().contains("0001_initial"), "{error}");
        assert!(error.fix().contains("runner migrate"), "{}", error.fix());
        if place.backend() == Backend::Sqlite {
            assert!(!place.file().exists(), "asking makes no file");
        } else {
            assert_eq!(tables(place), BTreeSet::new());
        }
        let storage = place.open().await;
        assert_eq!(storage.pending_migrations().await.expect("asks"), Vec::<String>::new());
        assert_eq!(storage.migrate().await.expect("nothing to do"), Vec::<String>::new());
        place.try_open(None, Migrate::Require).await.expect("up to date");
    }
}

on_both! {
    async fn tables_of_a_newer_program_are_left_alone(place) {
        drop(place.open().await);
        place.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        let error = place.try_open(None, Migrate::Run).await.expect_err("newer");
        assert!(matches!(&error, StorageError::NewerSchema { unknown, .. } if unknown == &["9999"]), "{error:?}");
        assert!(error.fix().contains("newer version"), "{}", error.fix());
    }
}

on_both! {
    async fn a_row_written_by_hand_works(place) {
        let storage = place.open().await;
        place.sql(
            "INSERT INTO connectors (platform, name, mode, config_json)
             VALUES ('smartstore', 'by hand', 'api', '{\"base_url\": \"http://127.0.0.1:1/external\"}')",
        );
        place.sql("INSERT INTO connectors (platform, name) VALUES ('smartstore', 'shorter')");
        let rows = storage.connectors().await.expect("reads");
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].name.as_str(), rows[0].mode.as_str(), rows[0].enabled), ("by hand", "api", true));
        assert_eq!(rows[0].config["base_url"], "http://127.0.0.1:1/external");
        assert_eq!((rows[1].mode.as_str(), rows[1].config.len()), ("fixture", 0));
        let age = connector_core::Clock::system().now() - rows[0].created_at;
        assert!(age.num_seconds().abs() < 60, "the default time is UTC: {age}");
        let session = storage.session(claim(&storage, rows[0].id).await);
        assert_eq!(save(&session, batch(1, [order(1)])).await.expect("saves")[0], 1);
    }
}

on_both! {
    async fn one_row_with_broken_settings_does_not_hide_the_others(place) {
        let storage = place.open().await;
        add_row(&storage).await;
        place.sql(
            "INSERT INTO connectors (platform, name, config_json) VALUES ('smartstore', 'broken', '{\"a\": hush'),
             ('smartstore', 'a list', '[1]')",
        );
        let rows = storage.connectors().await.expect("reads");
        assert_eq!(rows.len(), 3);
        storage.open_secrets(&rows[0]).await.expect("sound");
        for row in &rows[1..] {
            let error = storage.open_secrets(row).await.expect_err("broken");
            assert!(matches!(error, StorageError::Invalid(_)), "{error:?}");
            assert!(error.to_string().contains("config_json") && error.to_string().contains(&row.name), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}

#[tokio::test]
async fn lz4_is_used_where_the_server_has_it() {
    let Some(place) = Place::postgres("schema::lz4_is_used_where_the_server_has_it") else { return };
    drop(place.open().await);
    let has = place.value(
        "SELECT COUNT(*) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)",
    );
    let used = place.value(
        "SELECT COUNT(*) FROM pg_attribute WHERE attname = 'meta_json' AND attcompression = 'l'
         AND attrelid IN ('store_orders'::regclass, 'metrics_daily'::regclass, 'claims'::regclass,
                          'settlements'::regclass, 'listings'::regclass)",
    );
    assert_eq!(used, if has == "1" { "5" } else { "0" });
    assert!(postgres::cluster().is_some());
}
