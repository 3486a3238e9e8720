//! Pages of orders: new, changed, unchanged, older; all of a page or nothing.

use connector_core::sync::Store as _;
use connector_core::{Change, OrderState};
use storage::Backend;

use crate::place::{at, batch, claim, on_both, order, raw, save, session, through};

on_both! {
    async fn each_record_is_new_changed_unchanged_or_older(place) {
        let (_storage, session) = session(place).await;
        assert_eq!(save(&session, batch(100, (0..5).map(order))).await.expect("saves"), [5, 0, 0, 0, 5]);
        let mut dearer = order(1);
        dearer.amount = 9;
        let again = [order(0), dearer, order(2), order(5)];
        assert_eq!(save(&session, batch(200, again)).await.expect("saves"), [1, 1, 2, 0, 4]);
        // Asked for before the last save, and arriving after it.
        let late = save(&session, batch(150, [order(0), order(1), order(6)])).await.expect("saves");
        assert_eq!(late, [1, 0, 0, 2, 3]);
        assert_eq!(place.value("SELECT COUNT(*) FROM store_orders"), "7");
        assert_eq!(place.value("SELECT amount FROM store_orders WHERE order_group_id = 'G1'"), "9");
    }
}

on_both! {
    async fn an_older_observation_overwrites_nothing(place) {
        let (_storage, session) = session(place).await;
        let mut delivered = order(1);
        (delivered.status, delivered.state) = ("DELIVERED".to_owned(), OrderState::Delivered);
        delivered.raw = raw(r#"{"status":"DELIVERED"}"#);
        save(&session, batch(200, [delivered])).await.expect("saves");
        let before = place.sql("SELECT * FROM store_orders");
        let saved = save(&session, batch(199, [order(1)])).await.expect("saves");
        assert_eq!(saved, [0, 0, 0, 1, 1]);
        assert_eq!(place.sql("SELECT * FROM store_orders"), before);
        let saved = save(&session, batch(200, [order(1)])).await.expect("saves");
        assert_eq!(saved, [0, 1, 0, 0, 1], "an observation of the same moment is not older");
    }
}

on_both! {
    async fn every_column_is_kept_and_compared(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(1, [order(1)])).await.expect("saves");
        let stored = place.sql(
            "SELECT platform, order_id, order_group_id, ordered_at, date_kst, status, state, amount, order_place_id,
             order_place_name, product_id, product_name, option_id, option_name, seller_code, quantity, unit_price,
             meta_json FROM store_orders",
        );
        let expected = [
            "smartstore", "0000002026000001", "G1", "2026-02-15T10:00:01.000+09:00", "2026-02-15", "PAYED", "paid",
            "1001", "place", "네이버쇼핑", "P1", "상품", "∅", "빨강", "∅", "1", "1000",
            "{\"n\": 1, \"name\":\"구매자 \\u0000\"}",
        ];
        assert_eq!(stored, [expected.map(str::to_owned)]);
        let edits: [fn(&mut connector_core::Order); 15] = [
            |o| o.order_group_id = None,
            |o| o.ordered_at = at(2),
            |o| o.status = "X".to_owned(),
            |o| o.state = OrderState::Unknown,
            |o| o.amount = 0,
            |o| o.order_place_id = None,
            |o| o.order_place_name = None,
            |o| o.product_id = None,
            |o| o.product_name = None,
            |o| o.option_id = Some("O".to_owned()),
            |o| o.option_name = None,
            |o| o.seller_code = Some("S".to_owned()),
            |o| o.quantity = None,
            |o| o.unit_price = None,
            |o| o.raw = raw("{}"),
        ];
        for (number, edit) in edits.iter().enumerate() {
            let mut edited = order(1);
            edit(&mut edited);
            let saved = save(&session, batch(1, [edited.clone()])).await.expect("saves");
            assert_eq!(saved, [0, 1, 0, 0, 1], "edit {number} is noticed");
            assert_eq!(save(&session, batch(1, [edited])).await.expect("saves"), [0, 0, 1, 0, 1], "edit {number}");
            assert_eq!(save(&session, batch(1, [order(1)])).await.expect("saves")[1], 1, "edit {number} back");
        }
        let back = place.sql("SELECT ordered_at, date_kst, meta_json, option_id FROM store_orders");
        assert_eq!(back[0][3], "∅");
        assert_eq!(back[0][0], "2026-02-15T10:00:01.000+09:00");
    }
}

on_both! {
    async fn a_row_altered_by_hand_is_put_right(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(1, [order(1)])).await.expect("saves");
        place.sql("UPDATE store_orders SET amount = 7, date_kst = '2020-01-01'");
        assert_eq!(save(&session, batch(2, [order(1)])).await.expect("saves"), [0, 1, 0, 0, 1]);
        assert_eq!(place.sql("SELECT amount, date_kst FROM store_orders"), [["1001", "2026-02-15"]]);
    }
}

on_both! {
    async fn times_say_when_it_came_changed_and_was_seen(place) {
        let (_storage, session) = session(place).await;
        let times = || place.sql("SELECT first_seen_at, updated_at, observed_at, changed_at FROM store_orders").remove(0);
        save(&session, batch(1, [order(1)])).await.expect("saves");
        let new = times();
        assert_eq!(new[0], new[1]);
        save(&session, batch(2, [order(1)])).await.expect("saves");
        let unchanged = times();
        assert_eq!(unchanged[..2], new[..2], "an unchanged row was not updated");
        assert_ne!(unchanged[2], new[2], "but it was seen");
        let mut other = order(1);
        other.amount = 5;
        save(&session, batch(3, [other])).await.expect("saves");
        let changed = times();
        assert_eq!(changed[0], new[0], "a row comes once");
        assert!(changed[1] > new[1], "{changed:?}");
    }
}

on_both! {
    async fn a_time_of_change_is_never_taken_back(place) {
        let (_storage, session) = session(place).await;
        let change = |seconds| Change { key: order(1).order_id, at: at(seconds), status: None };
        let known = async |seconds| session.known("orders", &[change(seconds)]).await.expect("asks")[0];
        assert!(!known(1).await, "nothing is stored");
        save(&session, batch(10, [order(1)])).await.expect("saves");
        assert!(known(1).await && known(0).await && !known(2).await);
        let mut without = order(1);
        without.changed_at = None;
        assert_eq!(save(&session, batch(11, [without.clone()])).await.expect("saves"), [0, 0, 1, 0, 1]);
        assert!(known(1).await && !known(2).await, "a record without a time takes none away");
        without.amount = 1;
        save(&session, batch(12, [without])).await.expect("saves");
        assert!(known(1).await, "nor does a changed one");
        let mut touched = order(1);
        touched.changed_at = Some(at(50));
        touched.amount = 1;
        assert_eq!(save(&session, batch(13, [touched])).await.expect("saves"), [0, 0, 1, 0, 1]);
        assert!(known(50).await && !known(51).await, "the platform's word moves forward on an unchanged row");
    }
}

on_both! {
    async fn a_line_that_is_listed_in_another_status_is_not_known(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(10, [order(1)])).await.expect("saves");
        let known = async |status: &str| {
            let change = Change { key: order(1).order_id, at: at(0), status: Some(status.to_owned()) };
            session.known("orders", &[change]).await.expect("asks")[0]
        };
        assert!(known(&order(1).status).await);
        assert!(!known("ELSEWHERE").await, "it came back there after the time that the list tells");
    }
}

on_both! {
    async fn known_answers_in_the_order_of_the_question(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(1, (0..700).filter(|n| n % 3 == 0).map(order))).await.expect("saves");
        let changes: Vec<Change> =
            (0..700).map(|n| Change { key: order(n).order_id, at: at(n), status: None }).collect();
        let known = session.known("orders", &changes).await.expect("asks");
        assert_eq!(known, (0..700).map(|n| n % 3 == 0).collect::<Vec<_>>());
    }
}

on_both! {
    async fn of_two_records_with_one_key_the_last_counts(place) {
        let (_storage, session) = session(place).await;
        let mut second = order(1);
        second.amount = 2;
        let mut third = order(1);
        third.amount = 3;
        let saved = save(&session, batch(1, [order(1), order(2), second, third])).await.expect("saves");
        assert_eq!(saved[..4].iter().sum::<u64>(), 4, "every record is counted");
        assert_eq!((saved[0], saved[4]), (2, 2));
        assert_eq!(place.value("SELECT amount FROM store_orders WHERE order_group_id = 'G1'"), "3");
    }
}

on_both! {
    async fn a_batch_taken_for_new_may_hold_known_orders(place) {
        let (_storage, session) = session(place).await;
        // After a batch of new orders the next one is believed to be new as well.
        assert_eq!(save(&session, batch(1, [order(1), order(2), order(3)])).await.expect("saves")[0], 3);
        let mut changed = order(2);
        changed.amount = 4;
        let mixed = batch(2, [order(4), changed, order(3), order(5)]);
        assert_eq!(save(&session, mixed).await.expect("saves"), [2, 1, 1, 0, 4]);
        assert_eq!(save(&session, batch(3, [order(6)])).await.expect("saves"), [1, 0, 0, 0, 1]);
        assert_eq!(save(&session, batch(2, [order(6), order(3)])).await.expect("saves"), [0, 0, 1, 1, 2]);
        assert_eq!(place.value("SELECT COUNT(*) FROM store_orders"), "6");
    }
}

on_both! {
    async fn a_row_is_the_same_whichever_way_it_came_in(place) {
        const ROW: &str = "SELECT connector_id, platform, order_id, order_group_id, ordered_at, date_kst, status, state,
             amount, order_place_id, order_place_name, product_id, product_name, option_id, option_name, seller_code,
             quantity, unit_price, changed_at, content_hash, observed_at, meta_json
             FROM store_orders WHERE order_group_id = 'G2'";
        let (_storage, session) = session(place).await;
        save(&session, batch(1, [order(1)])).await.expect("saves");
        assert_eq!(save(&session, batch(2, [order(2)])).await.expect("taken for new"), [1, 0, 0, 0, 1]);
        let quickly = place.sql(ROW);
        assert_eq!(quickly.len(), 1);
        place.sql("DELETE FROM store_orders WHERE order_group_id = 'G2'");
        let together = save(&session, batch(2, [order(1), order(2)])).await.expect("with a known one");
        assert_eq!(together, [1, 0, 1, 0, 2]);
        assert_eq!(place.sql(ROW), quickly);
    }
}

on_both! {
    async fn the_orders_go_with_their_account(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(crate::place::new_row("other")).await.expect("adds");
        let theirs = storage.session(claim(&storage, other.id).await);
        save(&session, batch(1, [order(1), order(2)])).await.expect("saves");
        save(&theirs, batch(1, [order(1)])).await.expect("saves");
        // SQLite's own default is not to look at references.
        let checked = if place.backend() == Backend::Sqlite { "PRAGMA foreign_keys = ON; " } else { "" };
        place.sql(&format!("{checked}DELETE FROM connectors WHERE id <> {}", other.id));
        assert_eq!(place.sql("SELECT connector_id FROM store_orders"), [[other.id.to_string()]]);
    }
}

on_both! {
    async fn a_page_larger_than_a_statement_is_stored_whole(place) {
        let (_storage, session) = session(place).await;
        for count in [299, 300, 301, 1_000] {
            let base = count * 10_000;
            let orders: Vec<_> = (0..count).map(|n| order(base + n)).collect();
            let count = u64::try_from(count).expect("small");
            assert_eq!(save(&session, batch(1, orders)).await.expect("saves"), [count, 0, 0, 0, count]);
        }
        assert_eq!(place.value("SELECT COUNT(DISTINCT order_id) FROM store_orders"), "1900");
    }
}

on_both! {
    async fn text_with_a_nul_is_stored_on_both(place) {
        let (_storage, session) = session(place).await;
        let mut odd = order(1);
        odd.product_name = Some("a\0b".to_owned());
        odd.status = "\0".to_owned();
        odd.order_id = "1\0".to_owned();
        let mut twin = order(1);
        twin.order_id = "1".to_owned();
        assert_eq!(save(&session, batch(1, [odd.clone()])).await.expect("saves"), [1, 0, 0, 0, 1]);
        assert_eq!(save(&session, batch(2, [odd.clone()])).await.expect("saves"), [0, 0, 1, 0, 1]);
        assert_eq!(
            place.sql("SELECT order_id, product_name, status FROM store_orders"),
            [["1", "ab", ""]]
        );
        assert_eq!(place.value("SELECT meta_json FROM store_orders"), order(1).raw.get());
        // Two keys that are one without the character must not trip the statement.
        save(&session, batch(3, [odd, twin])).await.expect("saves");
        assert_eq!(place.value("SELECT COUNT(*) FROM store_orders"), "1");
    }
}

on_both! {
    async fn a_page_and_its_cursor_are_stored_together_or_not_at_all(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(10, [order(1)])).await.expect("saves");
        let before = place.dump();
        place.break_table("meta");
        let mut other = order(1);
        other.amount = 4;
        let mut broken = batch(20, [other, order(2)]);
        broken.failures.push(connector_core::Failure { key: Some("x".to_owned()), reason: "y".to_owned(), raw: None });
        save(&session, broken).await.expect_err("the cursor cannot be written");
        assert_eq!(place.dump(), before, "nothing of the page is stored");
        assert_eq!(through(&session).await, Some(chrono::TimeDelta::seconds(10)));
    }
}

on_both! {
    async fn a_batch_without_checkpoint_leaves_the_cursor(place) {
        let (_storage, session) = session(place).await;
        assert_eq!(through(&session).await, None);
        save(&session, batch(10, [])).await.expect("saves");
        let mut other = batch(20, [order(1)]);
        other.checkpoint = None;
        save(&session, other).await.expect("saves");
        assert_eq!(through(&session).await, Some(chrono::TimeDelta::seconds(10)));
        assert_eq!(place.value("SELECT key FROM meta"), "cursor:orders");
        place.sql("UPDATE meta SET value = 'nonsense'");
        let error = session.checkpoint("orders").await.expect_err("unreadable");
        assert!(error.to_string().contains("cursor:orders"), "a broken cursor is not taken for none: {error}");
    }
}

on_both! {
    async fn accounts_do_not_see_each_other(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(crate::place::new_row("other")).await.expect("adds");
        let theirs = storage.session(claim(&storage, other.id).await);
        save(&session, batch(5, [order(1)])).await.expect("saves");
        assert_eq!(save(&theirs, batch(5, [order(1)])).await.expect("saves"), [1, 0, 0, 0, 1]);
        session.set_note("key", "ours").await.expect("sets");
        assert_eq!(theirs.note("key").await.expect("reads"), None);
        session.set_note("key", "ours too").await.expect("sets");
        assert_eq!(session.note("key").await.expect("reads").as_deref(), Some("ours too"));
        let window = connector_core::sync::Window { from: at(1), to: at(2) };
        assert_eq!(session.ordered_in("orders", window).await.expect("counts"), 1);
        let window = connector_core::sync::Window { from: at(0), to: at(1) };
        assert_eq!(session.ordered_in("orders", window).await.expect("counts"), 0, "the end is not included");
    }
}

on_both! {
    async fn what_is_due_comes_oldest_first(place) {
        let (_storage, session) = session(place).await;
        let delivered = |n: i64| {
            let mut order = order(n);
            order.state = OrderState::Delivered;
            order
        };
        for (observed, n) in [(30, 1), (10, 2), (20, 3), (40, 4)] {
            save(&session, batch(observed, [delivered(n)])).await.expect("saves");
        }
        save(&session, batch(5, [order(5)])).await.expect("saves");
        let due = async |after: i64, before: i64, limit: usize| {
            let due = session.due("orders", &[OrderState::Delivered], at(after), at(before), limit);
            let due = due.await.expect("asks");
            due.into_iter().map(|wanted| wanted.key).collect::<Vec<_>>()
        };
        let keys = |ns: &[i64]| ns.iter().map(|n| order(*n).order_id).collect::<Vec<_>>();
        assert_eq!(due(0, 40, 10).await, keys(&[2, 3, 1]));
        assert_eq!(due(0, 40, 2).await, keys(&[2, 3]));
        assert_eq!(due(2, 41, 10).await, keys(&[3, 4]), "ordered after, not at");
        // Reading it again, unchanged, settles it.
        save(&session, batch(100, [delivered(2)])).await.expect("saves");
        assert_eq!(due(0, 40, 10).await, keys(&[3, 1]));
    }
}
