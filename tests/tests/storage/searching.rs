//! Finding order lines by words.

use connector_core::{Order, OrderState};
use storage::{Backend, OrderFilter, OrderRow, Storage};

use crate::place::{at, batch, claim, new_row, on_both, order, save, session};

const DAY: i64 = 24 * 3600;

/// A line of a small shop: seven products under nine names, two lines to a payment.
fn line(n: i64) -> Order {
    let names = [
        "사과 3kg",
        "배 5kg 선물세트",
        "Apple Juice",
        "apple (작은)",
        "100% 착즙",
        "a_b",
        "사과즙 \"진한\"",
        "배",
        "축사과장",
    ];
    let mut line = order(n);
    line.ordered_at = at(n / 5 * DAY);
    line.order_group_id = Some(format!("PAY-{}", n / 2));
    line.product_name = Some(names[usize::try_from(n).expect("small") % names.len()].to_owned());
    line.product_id = (n % 11 != 0).then(|| format!("P{}", n % 7));
    line.seller_code = (n % 3 != 0).then(|| format!("SKU-{}", n % 7));
    line.state = if n % 4 == 0 { OrderState::Shipped } else { OrderState::Paid };
    line
}

/// Whether a line has the text, by the letter of what is promised.
fn has(row: &OrderRow, text: &str) -> bool {
    let name = row.product_name.as_deref().unwrap_or_default().to_lowercase();
    let codes = [&row.order_group_id, &row.product_id, &row.seller_code];
    name.contains(&text.to_lowercase())
        || row.order_id == text
        || codes.into_iter().any(|code| code.as_deref() == Some(text))
}

async fn pages(storage: &Storage, filter: &OrderFilter, limit: i64) -> Vec<i64> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = storage.orders(filter.clone(), after, limit).await.expect("reads");
        let Some(last) = page.last() else { return found };
        after = Some(last.position());
        found.extend(page.into_iter().map(|row| row.id));
    }
}

/// Compares what is found with a look at every line, page by page, with other conditions and without.
async fn check(storage: &Storage, texts: &[&str], stage: &str) {
    let everything = storage.orders(OrderFilter::default(), None, 100_000).await.expect("reads");
    let days = [(None, None), (Some("2026-02-18"), Some("2026-02-20"))];
    for text in texts {
        for (from, to) in days {
            for status in [None, Some("shipped")] {
                let filter = OrderFilter {
                    text: Some((*text).to_owned()),
                    status: status.map(str::to_owned).into_iter().collect(),
                    from: from.map(str::to_owned),
                    to: to.map(str::to_owned),
                    ..OrderFilter::default()
                };
                let expected: Vec<i64> = everything
                    .iter()
                    .filter(|row| has(row, text) && status.is_none_or(|status| row.state == status))
                    .filter(|row| from.is_none_or(|from| &*row.date_kst >= from))
                    .filter(|row| to.is_none_or(|to| &*row.date_kst <= to))
                    .map(|row| row.id)
                    .collect();
                for limit in [1, 3, 100] {
                    let found = pages(storage, &filter, limit).await;
                    assert_eq!(found, expected, "{text:?} {status:?} {from:?}, limit {limit}, {stage}");
                }
            }
        }
    }
}

async fn index_all(storage: &Storage) {
    let mut indexer = storage.order_indexer();
    while indexer.work().await.expect("indexes") {}
}

const TEXTS: [&str; 15] = [
    "사과",
    "배",
    "APPLE",
    "apple (",
    "100%",
    "%",
    "_",
    "\"진",
    "PAY-7",
    "PAY-",
    "P3",
    "SKU-4",
    "없는 말",
    "2",
    "\\",
];

on_both! {
    async fn words_find_the_same_lines_before_and_after_they_are_indexed(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds");
        let theirs = storage.session(claim(&storage, other.id).await);
        save(&session, batch(1, (0..40).map(line))).await.expect("saves");
        save(&theirs, batch(1, (30..50).map(line))).await.expect("saves");
        let own_code = line(7).order_id;
        let texts: Vec<&str> = TEXTS.iter().copied().chain([&*own_code]).collect();
        check(&storage, &texts, "none indexed").await;
        index_all(&storage).await;
        assert_eq!(place.value("SELECT COUNT(*) FROM search_queue"), "0");
        assert_eq!(place.value("SELECT COUNT(*) FROM search_lines"), "60");
        check(&storage, &texts, "all indexed").await;
        save(&session, batch(2, (35..60).map(line))).await.expect("saves");
        check(&storage, &texts, "some indexed").await;
        index_all(&storage).await;
        assert_eq!(place.value("SELECT COUNT(*) FROM search_lines"), "80", "each line once");
        check(&storage, &texts, "the others indexed too").await;
    }
}

on_both! {
    async fn a_line_is_found_by_what_it_is_called_now(place) {
        let (storage, session) = session(place).await;
        save(&session, batch(1, (0..30).map(line))).await.expect("saves");
        index_all(&storage).await;
        // Some are called something else, some turn out to have been ordered at another time, of some neither changes.
        let changed = |n: i64| {
            let mut line = line(n);
            match n % 3 {
                0 => {
                    line.product_name = Some("망고".to_owned());
                    line.order_group_id = Some(format!("LATE-{n}"));
                }
                1 => line.ordered_at = at(-n * DAY),
                _ => line.amount += 1,
            }
            line
        };
        save(&session, batch(2, (0..30).map(changed))).await.expect("saves");
        assert_eq!(place.value("SELECT COUNT(*) FROM search_queue"), "1");
        let texts: Vec<&str> = TEXTS.iter().copied().chain(["망고", "LATE-6", "PAY-3"]).collect();
        check(&storage, &texts, "changes not indexed").await;
        index_all(&storage).await;
        check(&storage, &texts, "changes indexed").await;
        // What only changed its amount or its state, or not at all, is as easy to find as before.
        save(&session, batch(3, (0..30).map(|n| Order { state: OrderState::Decided, ..changed(n) }))).await.expect("saves");
        assert_eq!(place.value("SELECT COUNT(*) FROM search_queue"), "0");
    }
}

on_both! {
    async fn pages_longer_than_what_is_looked_at_at_a_time_miss_nothing(place) {
        let (storage, session) = session(place).await;
        let same = |n: i64| Order { product_name: Some("한 상품".to_owned()), ..order(n * DAY / 100) };
        save(&session, batch(1, (0..900).map(same))).await.expect("saves");
        index_all(&storage).await;
        // The newest turn out to be the oldest: they are noted at both times.
        let older = |n: i64| Order { ordered_at: at(-n * 60), ..same(n) };
        save(&session, batch(2, (860..900).map(older))).await.expect("saves");
        index_all(&storage).await;
        let filter = OrderFilter { text: Some("한 상품".to_owned()), ..OrderFilter::default() };
        let expected = pages(&storage, &OrderFilter::default(), 1_000).await;
        assert_eq!(expected.len(), 900);
        for limit in [50, 257, 500, 1_000] {
            assert_eq!(pages(&storage, &filter, limit).await, expected, "limit {limit}");
        }
    }
}

on_both! {
    async fn many_products_many_lines_and_a_long_queue_change_nothing(place) {
        let (storage, session) = session(place).await;
        // More products with one word than are looked up one by one, each with a line.
        let many = |n: i64| Order {
            product_name: Some(format!("많은 상품 {n}")),
            product_id: Some(format!("M{n}")),
            ..line(n)
        };
        for first in (0..450).step_by(10) {
            save(&session, batch(1, (first..first + 10).map(many))).await.expect("saves");
        }
        assert_eq!(place.value("SELECT COUNT(*) FROM search_queue"), "45");
        let texts = ["많은", "상품 44", "M17", "PAY-9"];
        check(&storage, &texts, "a long queue").await;
        index_all(&storage).await;
        check(&storage, &texts, "many products").await;
    }
}

on_both! {
    async fn many_may_index_at_once_and_odd_words_stop_nobody(place) {
        let (storage, session) = session(place).await;
        let long = "긴이름".repeat(3_000);
        for first in (0..400).step_by(5) {
            let odd = |n: i64| Order {
                product_name: (n % 7 != 0).then(|| if n % 2 == 0 { long.clone() } else { "\u{1f34e}\\\u{1}\"".to_owned() }),
                order_group_id: Some(format!("{}{n}", "9".repeat(if n % 9 == 0 { 5_000 } else { 3 }))),
                ..line(n)
            };
            save(&session, batch(1, (first..first + 5).map(odd))).await.expect("saves");
        }
        let working: Vec<_> = (0..4)
            .map(|_| {
                let storage = storage.clone();
                tokio::spawn(async move { index_all(&storage).await })
            })
            .collect();
        for one in working {
            one.await.expect("no panic");
        }
        // What another was at may be left when the last of them ends.
        index_all(&storage).await;
        assert_eq!(place.value("SELECT COUNT(*) FROM search_queue"), "0");
        assert_eq!(place.value("SELECT COUNT(*) FROM search_lines"), "400");
        let group = format!("{}9", "9".repeat(5_000));
        check(&storage, &["긴이름", "\u{1f34e}", &group, "9991"], "odd words").await;
    }
}

on_both! {
    async fn what_a_removed_account_sold_is_not_found_for_another(place) {
        let (storage, session) = session(place).await;
        save(&session, batch(1, (0..10).map(line))).await.expect("saves");
        index_all(&storage).await;
        save(&session, batch(2, (10..20).map(line))).await.expect("saves");
        let id = storage.connectors().await.expect("reads")[0].id;
        session.release().await.expect("gives the lease back");
        storage.remove_connector(id, true).await.expect("removes");
        for table in ["search_queue", "search_products", "search_lines", "search_groups"] {
            assert_eq!(place.value(&format!("SELECT COUNT(*) FROM {table}")), "0", "{table}");
        }
        let next = storage.add_connector(new_row("next")).await.expect("adds");
        let session = storage.session(claim(&storage, next.id).await);
        save(&session, batch(1, (100..105).map(line))).await.expect("saves");
        check(&storage, &TEXTS, "after a removal").await;
        index_all(&storage).await;
        check(&storage, &TEXTS, "after a removal, indexed").await;
    }
}

on_both! {
    async fn the_index_leads_to_the_lines_of_a_product(place) {
        let (storage, session) = session(place).await;
        save(&session, batch(1, (0..40).map(line))).await.expect("saves");
        index_all(&storage).await;
        let plan = |sql: &str| {
            let rows = place.sql(&match place.backend() {
                Backend::Sqlite => format!("EXPLAIN QUERY PLAN {sql}"),
                Backend::Postgres => format!("SET enable_seqscan = off; EXPLAIN (COSTS OFF) {sql}"),
            });
            rows.into_iter().flatten().collect::<Vec<_>>().join("\n")
        };
        let next = plan(
            "SELECT ordered_at, line_id FROM search_lines WHERE search_product IN (1, 2) AND ordered_at < '2026-02-20'
             ORDER BY ordered_at DESC, line_id DESC LIMIT 256",
        );
        let lines = plan(
            "SELECT * FROM store_orders WHERE id IN (1, 2, 3) AND connector_id + 0 = 1 AND ordered_at < '2026-02-20~'
             ORDER BY ordered_at DESC, id DESC LIMIT 51",
        );
        match place.backend() {
            Backend::Sqlite => {
                assert!(next.contains("USING PRIMARY KEY (search_product=? AND ordered_at<?)"), "{next}");
                assert!(lines.contains("USING INTEGER PRIMARY KEY (rowid=?)"), "{lines}");
            }
            Backend::Postgres => {
                assert!(next.contains("search_lines_pkey"), "{next}");
                assert!(lines.contains("store_orders_pkey"), "{lines}");
            }
        }
    }
}
