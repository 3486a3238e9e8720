//! Many at once.

use std::time::Duration;

use connector_core::sync::Store as _;

use crate::place::{Place, at, batch, claim, new_row, on_both, order, save};

on_both! {
    async fn accounts_are_written_side_by_side(place) {
        let storage = place.open().await;
        let mut writers = Vec::new();
        for account in 0..6 {
            let row = storage.add_connector(new_row(&format!("account {account}"))).await.expect("adds");
            let session = storage.session(claim(&storage, row.id).await);
            writers.push(tokio::spawn(async move {
                for page in 0..10 {
                    let orders = (0..30).map(|n| order(page * 30 + n));
                    let saved = save(&session, batch(page, orders)).await.expect("no writer is turned away");
                    assert_eq!(saved, [30, 0, 0, 0, 30]);
                    assert_eq!(session.known("orders", &[]).await.expect("reads meanwhile"), [] as [bool; 0]);
                }
            }));
        }
        for writer in writers {
            writer.await.expect("no panic");
        }
        assert_eq!(place.value("SELECT COUNT(*) FROM store_orders"), "1800");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_share_a_file_wait_for_each_other() {
    let place = Place::sqlite();
    let mut writers = Vec::new();
    for process in 0..4 {
        // A store of its own, as another process would have.
        let storage = place.open().await;
        let row = storage.add_connector(new_row(&format!("account {process}"))).await.expect("adds");
        let session = storage.session(claim(&storage, row.id).await);
        writers.push(tokio::spawn(async move {
            for page in 0..25 {
                save(&session, batch(page, (0..10).map(|n| order(page * 10 + n)))).await.expect("waits");
            }
        }));
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
    assert_eq!(place.value("SELECT COUNT(*) FROM store_orders"), "1000");
}

on_both! {
    async fn a_save_that_nobody_waits_for_is_whole_or_absent(place) {
        let storage = place.open().await;
        let row = storage.add_connector(new_row("main")).await.expect("adds");
        let session = storage.session(claim(&storage, row.id).await);
        for page in 0..30 {
            let patience = Duration::from_micros(u64::try_from(page).expect("small") * 200);
            let orders = (0..100).map(|n| order(page * 100 + n));
            drop(tokio::time::timeout(patience, save(&session, batch(page, orders))).await);
            // The next write of the same account waits for the last one's lock.
            session.set_note("after", "it").await.expect("writes");
            let stored: i64 = place.value("SELECT COUNT(*) FROM store_orders").parse().expect("a number");
            let through = session.checkpoint("orders").await.expect("reads").through;
            assert_eq!(stored % 100, 0, "a page is whole");
            assert_eq!(through.is_some(), stored > 0, "and its cursor with it");
        }
        let last = session.checkpoint("orders").await.expect("reads").through;
        assert!(last <= Some(at(29)));
    }
}
