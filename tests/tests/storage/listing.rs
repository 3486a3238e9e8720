//! Reading back: pages by key, filters, day totals.

use connector_core::OrderState;
use storage::{Backend, OrderFilter, Storage};

use crate::place::{batch, claim, new_row, on_both, order, save, session};

async fn all(storage: &Storage, filter: &OrderFilter, limit: i64) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = storage.orders(filter.clone(), after, limit).await.expect("reads");
        let Some(last) = page.last() else { return found };
        after = Some(last.position());
        found.extend(page.into_iter().map(|row| row.order_group_id.expect("a group")));
    }
}

on_both! {
    async fn pages_miss_and_repeat_nothing(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds");
        let theirs = storage.session(claim(&storage, other.id).await);
        // Seven lines of one instant, on two accounts, and some beside them.
        let twin = |n: i64| {
            let mut twin = order(n);
            twin.ordered_at = crate::place::at(50);
            twin
        };
        save(&session, batch(1, (0..4).map(twin).chain([order(40), order(60)]))).await.expect("saves");
        save(&theirs, batch(1, (10..13).map(twin).chain([order(45), order(70)]))).await.expect("saves");
        let expected = ["G70", "G60", "G12", "G11", "G10", "G3", "G2", "G1", "G0", "G45", "G40"];
        for limit in [1, 2, 3, 4, 7, 11, 100] {
            assert_eq!(all(&storage, &OrderFilter::default(), limit).await, expected, "limit {limit}");
        }
        let ours = OrderFilter { connector_ids: vec![other.id], ..OrderFilter::default() };
        assert_eq!(all(&storage, &ours, 2).await, ["G70", "G12", "G11", "G10", "G45"]);
        assert_eq!(storage.count_orders(ours).await.expect("counts"), 5);
    }
}

on_both! {
    async fn filters_narrow(place) {
        let (storage, session) = session(place).await;
        let day = 24 * 3600;
        let mut shipped = order(day);
        (shipped.status, shipped.state) = ("DELIVERING".to_owned(), OrderState::Shipped);
        save(&session, batch(1, [order(0), shipped, order(2 * day)])).await.expect("saves");
        let found = async |filter: OrderFilter| {
            let count = storage.count_orders(filter.clone()).await.expect("counts");
            let found = all(&storage, &filter, 10).await;
            assert_eq!(i64::try_from(found.len()).expect("few"), count);
            found
        };
        let filter = OrderFilter::default;
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (first, second, third) = ("G0", &*format!("G{day}"), &*format!("G{}", 2 * day));
        assert_eq!(found(filter()).await, [third, second, first]);
        assert_eq!(found(OrderFilter { status: words(&["shipped"]), ..filter() }).await, [second]);
        assert_eq!(found(OrderFilter { status: words(&["DELIVERING", "nothing"]), ..filter() }).await, [second]);
        assert_eq!(found(OrderFilter { status: words(&["paid"]), ..filter() }).await, [third, first]);
        let several = ["shipped", "paid", "paid"];
        assert_eq!(found(OrderFilter { status: words(&several), ..filter() }).await, [third, second, first]);
        let days = |from: &str, to: &str| OrderFilter { from: Some(from.to_owned()), to: Some(to.to_owned()), ..filter() };
        assert_eq!(found(days("2026-02-15", "2026-02-16")).await, [second, first]);
        assert_eq!(found(days("2026-02-16", "2026-02-16")).await, [second]);
        assert_eq!(found(days("2026-02-18", "2026-03-18")).await, Vec::<String>::new());
        assert_eq!(found(OrderFilter { platforms: words(&["cafe24"]), ..filter() }).await, Vec::<String>::new());
        assert_eq!(found(OrderFilter { order_id: Some(order(0).order_id), ..filter() }).await, [first]);
        let narrow = storage.orders(filter(), None, 1).await.expect("reads");
        assert_eq!(narrow[0].meta_json, None);
        let whole = storage.orders(OrderFilter { with_raw: true, ..filter() }, None, 1).await.expect("reads");
        assert_eq!(whole[0].meta_json.as_deref(), Some(order(2 * day).raw.get()), "byte for byte");
        assert!(!format!("{whole:?}").contains("구매자"), "personal data stays out of Debug");
    }
}

on_both! {
    async fn lines_are_read_by_their_ids_to_be_acted_on(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds");
        let theirs = storage.session(claim(&storage, other.id).await);
        save(&session, batch(1, (0..400).map(order))).await.expect("saves");
        save(&theirs, batch(1, [order(3)])).await.expect("saves");
        let ids: Vec<String> = [399, 3, 900, 0].map(|n| order(n).order_id).to_vec();
        let ours = storage.connectors().await.expect("reads")[0].id;
        let rows = storage.order_lines(ours, &ids, true).await.expect("reads");
        assert_eq!(rows.iter().map(|row| row.amount).collect::<Vec<_>>(), [1_399, 1_003, 1_000], "in the order asked");
        assert!(rows.iter().all(|row| row.connector_id == ours));
        let line = rows[1].line();
        assert_eq!((line.order_id, line.state, line.quantity), (order(3).order_id, OrderState::Paid, Some(1)));
        assert_eq!(line.raw.expect("with the platform's object").get(), order(3).raw.get());
        let many: Vec<String> = (0..400).map(|n| order(n).order_id).collect();
        assert_eq!(storage.order_lines(ours, &many, true).await.expect("reads").len(), 400);
        place.sql("UPDATE store_orders SET state = 'odd', meta_json = 'no JSON'");
        let odd = storage.order_lines(ours, &ids, true).await.expect("reads")[0].line();
        assert_eq!((odd.state, odd.raw.is_none()), (OrderState::Unknown, true));
    }
}

on_both! {
    async fn days_are_korean(place) {
        let (storage, session) = session(place).await;
        // 2026-02-15 10:00 in Korea is 14 hours before the next day there, and 23 before it in UTC.
        let midnight = 14 * 3600;
        save(&session, batch(1, [order(0), order(midnight - 1), order(midnight), order(midnight + 24 * 3600)]))
            .await
            .expect("saves");
        let id = storage.connectors().await.expect("reads")[0].id;
        let totals = storage.day_totals(id, "2026-02-15", "2026-02-16").await.expect("reads");
        let totals: Vec<_> = totals.iter().map(|day| (day.date_kst.as_str(), day.orders, day.amount)).collect();
        assert_eq!(totals, [("2026-02-15", 2, 2_000 + midnight - 1), ("2026-02-16", 1, 1_000 + midnight)]);
        let lines = storage.day(id, "2026-02-15").await.expect("reads");
        let lines: Vec<_> = lines.iter().map(|line| (line.order_id.clone(), line.amount, line.status.as_str())).collect();
        let line = |n: i64| (order(n).order_id, 1_000 + n, "PAYED");
        assert_eq!(lines, [line(0), line(midnight - 1)]);
        assert_eq!(storage.day_totals(id + 1, "2000-01-01", "2100-01-01").await.expect("reads"), []);
    }
}

on_both! {
    async fn the_database_says_how_it_is(place) {
        let storage = place.open().await;
        let health = storage.health().await.expect("answers");
        assert_eq!(health.backend, place.backend());
        assert!(health.version.starts_with(|first: char| first.is_ascii_digit()), "{}", health.version);
        assert!(health.writable);
        assert!(health.size_bytes.is_some_and(|size| size > 10_000));
        assert!(health.clock_skew.num_seconds().abs() < 5, "{}", health.clock_skew);
        let journal = (place.backend() == Backend::Sqlite).then(|| "wal".to_owned());
        assert_eq!(health.journal, journal);
    }
}
