//! Reading back: pages by key, filters, day totals.

use connector_core::OrderState;
use connector_core::sync::Store as _;
use storage::{Backend, OrderFilter, Storage};

use crate::place::{at, batch, claim, new_row, on_both, order, save, session};

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
            twin.ordered_at = at(50);
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
    async fn lists_by_words_and_states_miss_and_repeat_nothing(place) {
        use OrderState::{Cancelled, Delivered, Paid, Preparing, ReturnRequested, Shipped};
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds");
        let theirs = storage.session(claim(&storage, other.id).await);
        let ours = [
            (Paid, "PAYED"), (Preparing, "PAYED"), (Shipped, "DELIVERING"), (ReturnRequested, "DELIVERING"),
            (Delivered, "DELIVERED"), (Cancelled, "CANCELED"),
        ];
        // Four instants, each with lines of every kind.
        let line = |n: i64, kinds: &[(OrderState, &str)]| {
            let place = usize::try_from(n).expect("small");
            let (state, word) = kinds[place % kinds.len()];
            let mut line = order(n);
            (line.ordered_at, line.state, line.status) = (at(n / 6 * 24 * 3600), state, word.to_owned());
            line
        };
        save(&session, batch(1, (0..24).map(|n| line(n, &ours)))).await.expect("saves");
        let elsewhere = [(Paid, "ACCEPT"), (Shipped, "DEPARTURE"), (Paid, "PAYED")];
        save(&theirs, batch(1, (0..9).map(|n| line(n, &elsewhere)))).await.expect("saves");
        let everything = storage.orders(OrderFilter::default(), None, 100).await.expect("reads");
        assert_eq!(everything.len(), 33);
        for words in [
            &["PAYED"][..], &["DELIVERING"], &["PAYED", "DELIVERED", "CANCELED"], &["ACCEPT"], &["ACCEPT", "PAYED"],
            &["shipped", "PAYED"], &["DELIVERING", "shipped"], &["paid", "return_requested"], &["paid"],
            &["GONE"], &["GONE", "paid", "paid"], &["payed"], &[""],
        ] {
            for from in [None, Some("2026-02-17".to_owned())] {
                let filter = OrderFilter {
                    status: words.iter().map(|word| (*word).to_owned()).collect(),
                    from,
                    ..OrderFilter::default()
                };
                let expected: Vec<&str> = everything
                    .iter()
                    .filter(|row| words.contains(&&*row.status) || words.contains(&&*row.state))
                    .filter(|row| filter.from.as_ref().is_none_or(|from| row.date_kst >= *from))
                    .map(|row| row.order_group_id.as_deref().expect("a group"))
                    .collect();
                for limit in [1, 2, 5, 100] {
                    assert_eq!(all(&storage, &filter, limit).await, expected, "{words:?}, limit {limit}");
                }
                let count = storage.count_orders(filter).await.expect("counts");
                assert_eq!(count, i64::try_from(expected.len()).expect("few"), "{words:?}");
            }
        }
        let twice = OrderFilter {
            connector_ids: vec![other.id, other.id],
            status: vec!["PAYED".to_owned()],
            ..OrderFilter::default()
        };
        assert_eq!(all(&storage, &twice, 2).await, ["G8", "G5", "G2"]);
        assert_eq!(storage.count_orders(twice).await.expect("counts"), 3);
    }
}

on_both! {
    async fn more_words_than_are_looked_for_one_by_one_give_the_same_lists(place) {
        let (storage, session) = session(place).await;
        let line = |n: i64| {
            let mut line = order(n);
            line.status = format!("WORD_{}", n % 120);
            line.state = if n % 2 == 0 { OrderState::Paid } else { OrderState::Shipped };
            line
        };
        save(&session, batch(1, (0..240).map(line))).await.expect("saves");
        let of = |words: &[&str]| OrderFilter {
            status: words.iter().map(|word| (*word).to_owned()).collect(),
            ..OrderFilter::default()
        };
        assert_eq!(all(&storage, &of(&["WORD_7", "WORD_118", "cancelled"]), 3).await, ["G238", "G127", "G118", "G7"]);
        assert_eq!(storage.count_orders(of(&["shipped"])).await.expect("counts"), 120);
        let due = session.due("orders", &[OrderState::Shipped], at(200), at(9), 100).await.expect("asks");
        assert_eq!(due.len(), 20, "of 201, 203 and so on");
    }
}

on_both! {
    async fn the_index_leads_to_the_orders_of_a_word(place) {
        drop(place.open().await);
        let plan = |condition: &str| {
            let sql = format!("SELECT * FROM store_orders WHERE connector_id = 1 AND {condition}");
            let rows = place.sql(&match place.backend() {
                Backend::Sqlite => format!("EXPLAIN QUERY PLAN {sql}"),
                // So small a table it would read whole.
                Backend::Postgres => format!("SET enable_seqscan = off; EXPLAIN (COSTS OFF) {sql}"),
            });
            rows.into_iter().flatten().collect::<Vec<_>>().join("\n")
        };
        let page = plan(
            "state = 'paid' AND status = 'PAYED' AND ordered_at < '2026-02-15~' ORDER BY ordered_at DESC, id DESC LIMIT 51",
        );
        let due = plan(
            "state IN ('paid', 'preparing', 'shipped', 'unknown') AND status IN ('PAYED', 'DELIVERING', 'DELIVERED')
             AND ordered_at > '2026-02-15' AND observed_at < '2026-02-16' ORDER BY observed_at, id LIMIT 300",
        );
        for plan in [&page, &due] {
            assert!(plan.contains("store_orders_by_state"), "{plan}");
        }
        if place.backend() == Backend::Sqlite {
            assert!(page.contains("(connector_id=? AND state=? AND status=? AND ordered_at<?)"), "{page}");
            assert!(!page.contains("TEMP B-TREE"), "nothing is sorted: {page}");
            assert!(due.contains("(connector_id=? AND state=? AND status=? AND ordered_at>?)"), "{due}");
        }
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
