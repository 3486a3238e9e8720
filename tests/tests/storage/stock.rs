//! Stock: what order lines do to it, whatever is read again and in whatever order.

use connector_core::record::RELAYED;
use connector_core::{Listing, ListingState, Order, OrderState, Record};
use storage::{
    ListingFilter, MovementCause, MovementFilter, MovementRow, NewProduct, Push, SaleMark, Session,
    StockFilter, StockNote, Storage,
};

use crate::place::{Place, batch, claim, new_row, on_both, order, page, raw, save, session};

async fn product(storage: &Storage, code: &str, stock: Option<i64>) -> i64 {
    let new =
        NewProduct { seller_code: code.to_owned(), name: code.to_owned(), stock, ..NewProduct::default() };
    storage.add_product(new).await.expect("adds").id
}

/// Lists options of a product: option id, seller's code.
async fn list(session: &Session, listing_id: &str, sold_as: Option<&str>, options: &[(&str, Option<&str>)]) {
    let records = options.iter().map(|(option_id, code)| {
        Record::Listing(Listing {
            listing_id: listing_id.to_owned(),
            option_id: (*option_id).to_owned(),
            sold_as: sold_as.map(str::to_owned),
            seller_code: code.map(str::to_owned),
            name: "양말".to_owned(),
            option_name: None,
            price: None,
            stock: None,
            state: ListingState::OnSale,
            status: "SALE".to_owned(),
            raw: raw("{}"),
        })
    });
    save(session, page("listings", 1, records)).await.expect("saves");
}

fn line(n: i64, state: OrderState, quantity: i64) -> Order {
    Order {
        state,
        status: state.name().to_owned(),
        quantity: Some(quantity),
        raw: raw(&format!("{{\"n\": {n}, \"state\": \"{}\"}}", state.name())),
        ..order(n)
    }
}

/// As if the count had been made before every order here.
fn counted_long_ago(place: &Place) {
    place.sql("UPDATE products SET stock_counted_at = '2026-01-01 00:00:00' WHERE stock IS NOT NULL");
}

async fn stock(storage: &Storage, id: i64) -> (Option<i64>, i64) {
    let row = storage.product(id).await.expect("reads");
    (row.stock, row.reserved)
}

/// The ledger adds up to what there is, for every product.
async fn assert_adds_up(storage: &Storage, context: &str) {
    for level in storage.stock_levels(StockFilter::default(), None, 100).await.expect("reads") {
        let of = MovementFilter { product_id: Some(level.product_id), ..MovementFilter::default() };
        let movements = storage.stock_movements(of, None, 100_000).await.expect("reads");
        let sum = |change: fn(&MovementRow) -> i64| movements.iter().map(change).sum::<i64>();
        assert_eq!(sum(|row| row.on_hand_change), level.on_hand.unwrap_or(0), "{context}: {movements:?}");
        assert_eq!(sum(|row| row.reserved_change), level.reserved, "{context}: {movements:?}");
        if let Some(last) = movements.first() {
            assert_eq!((last.on_hand, last.reserved), (level.on_hand, level.reserved), "{context}");
        }
    }
}

on_both! {
    async fn pieces_are_reserved_leave_and_come_free(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", Some(10)).await;
        counted_long_ago(place);
        let lines = [line(1, OrderState::Paid, 2), line(2, OrderState::Preparing, 1), line(3, OrderState::PaymentWaiting, 5)];
        save(&session, batch(1, lines)).await.expect("saves");
        let settled = storage.settle_stock(1).await.expect("settles");
        assert_eq!((settled.lines, settled.products), (3, [id].into()));
        assert_eq!(stock(&storage, id).await, (Some(10), 3));
        assert_eq!(storage.product(id).await.expect("reads").available(), Some(7));
        assert_eq!(storage.settle_stock(1).await.expect("settles").lines, 0, "a fact has one effect");

        let lines = [line(1, OrderState::Shipped, 2), line(2, OrderState::Cancelled, 0), line(3, OrderState::Delivered, 5)];
        save(&session, batch(2, lines)).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, id).await, (Some(3), 0), "what nobody saw reserved left as well");
        save(&session, batch(3, [line(1, OrderState::Returned, 0)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, id).await, (Some(3), 0), "a return does not come back by itself");
        let causes: Vec<String> = storage
            .stock_movements(MovementFilter::default(), None, 99).await.expect("reads")
            .into_iter().map(|row| row.cause).collect();
        assert_eq!(causes, ["shipment", "cancel", "shipment", "order", "order", "manual"]);
        assert_adds_up(&storage, "a life").await;
    }
}

on_both! {
    async fn a_line_finds_its_product_by_option_then_by_code_and_never_by_name(place) {
        let (storage, session) = session(place).await;
        list(&session, "ORIGIN", Some("CHANNEL"), &[("", None), ("red", Some("R")), ("blue", None)]).await;
        let (red, other) = (product(&storage, "R", Some(5)).await, product(&storage, "C", Some(5)).await);
        let of = |n, product: &str, option: Option<&str>, code: Option<&str>| Order {
            product_id: Some(product.to_owned()),
            option_id: option.map(str::to_owned),
            seller_code: code.map(str::to_owned),
            product_name: Some("R".to_owned()),
            ..line(n, OrderState::Paid, 1)
        };
        let relayed = Order {
            order_place_name: Some(format!("{RELAYED}coupang")),
            ..of(7, "CHANNEL", Some("red"), None)
        };
        let lines = [
            of(1, "CHANNEL", Some("red"), Some("C")),
            of(2, "CHANNEL", Some("blue"), Some("C")),
            of(3, "CHANNEL", None, Some("C")),
            of(4, "ORIGIN", Some("red"), None),
            of(5, "elsewhere", None, Some("R")),
            of(6, "elsewhere", None, None),
            relayed,
        ];
        save(&session, batch(1, lines)).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, red).await, (Some(5), 2), "by the option, and by the code");
        assert_eq!(stock(&storage, other).await, (Some(5), 1), "by the code, where the option is not told");
        let unmatched = storage.unmatched_lines(vec![1]).await.expect("counts");
        assert_eq!(unmatched.iter().map(|row| row.lines).collect::<Vec<_>>(), [4]);
    }
}

on_both! {
    async fn a_listing_linked_later_is_made_good_for(place) {
        let (storage, session) = session(place).await;
        let (first, second) = (product(&storage, "A", Some(10)).await, product(&storage, "B", Some(10)).await);
        counted_long_ago(place);
        list(&session, "P1", None, &[("", None)]).await;
        save(&session, batch(1, [line(1, OrderState::Paid, 2), line(2, OrderState::Delivered, 3)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, first).await, (Some(10), 0));
        let listing = storage.listings(ListingFilter::default(), None, 1).await.expect("reads")[0].id;
        storage.link_listing(listing, first).await.expect("links");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, first).await, (Some(7), 2));
        storage.link_listing(listing, second).await.expect("links");
        let settled = storage.settle_stock(1).await.expect("settles");
        assert_eq!(settled.products, [first, second].into());
        assert_eq!(stock(&storage, first).await, (Some(7), 0), "what left stays gone");
        assert_eq!(stock(&storage, second).await, (Some(10), 2));
        storage.unlink_listing(listing).await.expect("unlinks");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, second).await, (Some(10), 0));
        assert_adds_up(&storage, "links").await;
    }
}

on_both! {
    async fn a_count_knows_what_left_before_it(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", None).await;
        save(&session, batch(1, [line(1, OrderState::Paid, 2), line(2, OrderState::Paid, 1)])).await.expect("saves");
        save(&session, batch(1, [line(3, OrderState::Delivered, 4)])).await.expect("saves");
        let by = StockNote { actor: Some("kim".to_owned()), ..StockNote::default() };
        let row = storage.set_product_stock(id, Some(10), by.clone()).await.expect("counts");
        assert_eq!((row.stock, row.reserved), (Some(10), 3), "its lines are settled with it");
        // The platform says that this one left before the count; of the other it does not say when.
        let silent = Order { changed_at: None, ..line(2, OrderState::Shipped, 1) };
        let lines = [line(1, OrderState::Shipped, 2), line(4, OrderState::Shipped, 1)];
        save(&session, batch(2, lines)).await.expect("saves");
        place.sql("UPDATE store_orders SET changed_at = NULL WHERE order_id LIKE '%2'");
        save(&session, batch(2, [silent])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, id).await, (Some(9), 0));
        let manual = MovementFilter { cause: Some(MovementCause::Manual), ..MovementFilter::default() };
        let manual = storage.stock_movements(manual, None, 9).await.expect("reads");
        assert_eq!((manual.len(), manual[0].on_hand_change, manual[0].actor.as_deref()), (1, 10, Some("kim")));
        let gone = storage.set_product_stock(id, None, by).await.expect("not kept any more");
        assert_eq!((gone.stock, gone.available()), (None, None));
        assert_adds_up(&storage, "counts").await;
    }
}

on_both! {
    async fn a_removed_account_holds_nothing(place) {
        let (storage, session) = session(place).await;
        let user = storage.add_user("kim", "operator", None).await.expect("adds").id;
        place.sql(&format!("UPDATE connectors SET owner_id = {user}"));
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", Some(10)).await;
        place.sql(&format!("UPDATE products SET owner_id = {user}; UPDATE listings SET product_id = {id}"));
        save(&session, batch(1, [line(1, OrderState::Paid, 2)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, id).await, (Some(10), 2));
        session.release().await.expect("gives it back");
        storage.retire_connector(1).await.expect("retires");
        assert_eq!(stock(&storage, id).await, (Some(10), 0));
        assert_eq!(storage.settle_stock(1).await.expect("settles").lines, 0);
        assert_adds_up(&storage, "removed").await;
    }
}

on_both! {
    async fn the_ledger_is_append_only(place) {
        let storage = place.open().await;
        product(&storage, "A", Some(1)).await;
        if place.backend() == storage::Backend::Postgres {
            return; // Its refusal would end the helper that sends SQL; the trigger is in the same migration.
        }
        let connection = rusqlite::Connection::open(place.file()).expect("opens");
        for sql in ["UPDATE stock_movements SET on_hand_change = 9", "DELETE FROM stock_movements"] {
            let error = connection.execute(sql, []).expect_err("refused");
            assert!(error.to_string().contains("append-only"), "{error}");
        }
    }
}

on_both! {
    async fn two_processes_at_once_come_to_the_same(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", Some(1_000)).await;
        counted_long_ago(place);
        let mut others = vec![storage.clone()];
        for _ in 0..2 {
            others.push(place.open().await);
        }
        for (round, state) in [OrderState::Paid, OrderState::Shipped].into_iter().enumerate() {
            let lines = (0..400).map(|n| line(n, state, 1));
            save(&session, batch(1 + round as i64, lines)).await.expect("saves");
            let tasks: Vec<_> = others
                .iter()
                .cloned()
                .map(|storage| tokio::spawn(async move { storage.settle_stock(1).await.expect("settles").lines }))
                .collect();
            let mut lines = 0;
            for task in tasks {
                lines += task.await.expect("it ends");
            }
            assert_eq!(lines, 400, "each line once, whoever did it");
        }
        assert_eq!(stock(&storage, id).await, (Some(600), 0));
        assert_adds_up(&storage, "side by side").await;
    }
}

/// A small generator, so that a failure can be had again by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

const LIVES: [&[OrderState]; 5] = [
    &[
        OrderState::Paid,
        OrderState::Preparing,
        OrderState::Shipped,
        OrderState::Delivered,
        OrderState::Decided,
    ],
    &[OrderState::PaymentWaiting, OrderState::Paid, OrderState::CancelRequested, OrderState::Cancelled],
    &[
        OrderState::Paid,
        OrderState::Preparing,
        OrderState::Shipped,
        OrderState::ReturnRequested,
        OrderState::Returned,
    ],
    &[OrderState::PaymentWaiting, OrderState::Cancelled],
    &[OrderState::Paid, OrderState::CancelRequested, OrderState::Preparing],
];

on_both! {
    async fn whatever_is_read_again_and_in_whatever_order_the_sums_hold(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds").id;
        let theirs = storage.session(claim(&storage, other).await);
        let mut random = Random(20_260_215);
        for round in 0..6_i64 {
            let id = product(&storage, &format!("R{round}"), Some(500)).await;
            counted_long_ago(place);
            let name = format!("P{round}");
            for session in [&session, &theirs] {
                list(session, &name, None, &[("", None)]).await;
            }
            let (mut sights, mut open, mut gone) = (Vec::new(), 0, 0);
            for n in 0..12_i64 {
                let life = LIVES[random.below(5) as usize];
                let seen = 1 + random.below(life.len() as u64) as usize;
                let quantity = 1 + random.below(3) as i64;
                let number = round * 100 + n;
                for (step, state) in life[..seen].iter().enumerate() {
                    // Twice, since platforms repeat themselves.
                    sights.extend([(number, *state, quantity, step as i64 + 1); 2]);
                }
                match life[seen - 1] {
                    OrderState::Paid | OrderState::Preparing | OrderState::CancelRequested => open += quantity,
                    OrderState::Cancelled | OrderState::PaymentWaiting => {}
                    _ => gone += quantity,
                }
            }
            let linked_at = random.below(sights.len() as u64);
            for n in 0.. {
                if n == linked_at {
                    for listing in storage.listings(ListingFilter { listing_id: Some(name.clone()), ..ListingFilter::default() }, None, 9).await.expect("reads") {
                        storage.link_listing(listing.id, id).await.expect("links");
                    }
                }
                if sights.is_empty() {
                    break;
                }
                let (number, state, quantity, observed) = sights.swap_remove(random.below(sights.len() as u64) as usize);
                let session = if number % 2 == 0 { &session } else { &theirs };
                let sight = Order { product_id: Some(name.clone()), ..line(number, state, quantity) };
                save(session, batch(observed, [sight])).await.expect("saves");
                if random.below(4) == 0 {
                    storage.settle_stock(1 + random.below(2) as i64).await.expect("settles");
                }
            }
            for account in [1, other, 1] {
                storage.settle_stock(account).await.expect("settles");
            }
            assert_eq!(stock(&storage, id).await, (Some(500 - gone), open), "round {round}");
        }
        assert_adds_up(&storage, "rounds").await;
        let (held, reserved) = (
            place.value("SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM stock_holds WHERE state = 'reserved'"),
            place.value("SELECT CAST(SUM(reserved) AS BIGINT) FROM products"),
        );
        assert_eq!(held, reserved, "holds and products say the same");
    }
}

on_both! {
    async fn what_is_low_or_sold_twice_is_found(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let low = product(&storage, "A", Some(2)).await;
        product(&storage, "B", Some(50)).await;
        product(&storage, "C", None).await;
        save(&session, batch(1, [line(1, OrderState::Paid, 2), line(2, OrderState::Paid, 1)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        let find = async |filter| {
            let rows = storage.stock_levels(filter, None, 9).await.expect("reads");
            rows.into_iter().map(|row| (row.product_id, row.available())).collect::<Vec<_>>()
        };
        assert_eq!(find(StockFilter { low: true, ..StockFilter::default() }).await, [(low, Some(-1))]);
        assert_eq!(find(StockFilter { oversold: true, ..StockFilter::default() }).await, [(low, Some(-1))]);
        let other = product(&storage, "D", Some(0)).await;
        list(&session, "P2", None, &[("", Some("D"))]).await;
        let of_other = |n| Order { product_id: Some("P2".to_owned()), ..line(n, OrderState::Paid, 2) };
        save(&session, batch(2, [of_other(3), of_other(4)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        let waiting = async || {
            let lines = storage.oversold_lines(vec![other, low, i64::MAX]).await.expect("reads");
            lines.iter().map(|line| (line.product_id, line.quantity)).collect::<Vec<_>>()
        };
        // The latest of each waits first: of the three pieces that one has sold, two are there.
        assert_eq!(waiting().await, [(low, 1), (other, 2), (other, 2)]);
        place.sql("UPDATE products SET stock = stock - 1 WHERE seller_code = 'A'");
        assert_eq!(waiting().await, [(low, 1), (low, 2), (other, 2), (other, 2)], "the latest first");
        place.sql("UPDATE products SET stock = NULL WHERE seller_code = 'D'");
        place.sql("UPDATE products SET stock = 3 WHERE seller_code = 'A'");
        assert_eq!(waiting().await, []);
        assert_eq!(storage.oversold_lines(Vec::new()).await.expect("reads"), []);
        let theirs = StockFilter { owner_id: Some(7), ..StockFilter::default() };
        assert_eq!(find(theirs).await, []);
    }
}

on_both! {
    async fn what_a_platform_does_not_show_stays_pending(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", Some(2)).await;
        let row = storage.listings_of_products(1, vec![id], None, 9).await.expect("reads")[0].clone();
        assert!(row.meta_json.is_some(), "a command may need it");
        let push = |uncertain: Option<&str>, stopped| Push {
            listing_row: row.id,
            connector_id: 1,
            stock: 0,
            uncertain: uncertain.map(str::to_owned),
            stopped,
        };
        let missing = Push { listing_row: 999, ..push(None, None) };
        storage.note_stock_pushes(vec![push(Some("timed out"), Some(true)), missing]).await.expect("notes");
        storage.note_stock_pushes(vec![push(Some("timed out"), None)]).await.expect("notes");
        let told = storage.stock_pushes(vec![row.id]).await.expect("reads");
        assert_eq!((told[0].pending, told[0].stopped, told[0].attempts), (true, true, 2));
        assert_eq!(storage.pending_pushes(1).await.expect("reads"), [id]);
        storage.note_stock_pushes(vec![push(None, Some(false))]).await.expect("notes");
        let told = storage.stock_pushes(vec![row.id]).await.expect("reads");
        assert_eq!((told[0].pending, told[0].stopped), (false, false));
        assert_eq!(storage.pending_pushes(1).await.expect("reads"), Vec::<i64>::new());
    }
}

on_both! {
    async fn what_was_taken_off_sale_here_is_marked_whatever_was_told_of_it(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", Some(2)).await;
        let row = storage.listings_of_products(1, vec![id], None, 9).await.expect("reads")[0].id;
        let mark = async |listing_row, stopped| {
            storage.mark_sales(1, vec![SaleMark { listing_row, stopped }]).await.expect("notes");
        };
        let told = async || storage.stock_pushes(vec![row, 999]).await.expect("reads");
        mark(row, false).await;
        mark(999, true).await;
        assert_eq!(told().await, [], "there is nothing to say of it");
        mark(row, true).await;
        assert_eq!((told().await[0].stopped, told().await[0].attempts), (true, 0), "it was told of no stock");
        let push = Push {
            listing_row: row,
            connector_id: 1,
            stock: 4,
            uncertain: Some("timed out".to_owned()),
            stopped: None,
        };
        storage.note_stock_pushes(vec![push]).await.expect("notes");
        assert_eq!((told().await[0].stopped, told().await[0].stock), (true, 4));
        mark(row, false).await;
        let last = &told().await[0];
        assert_eq!((last.stopped, last.pending, last.stock, last.attempts), (false, true, 4, 1));
    }
}

on_both! {
    async fn what_the_other_channels_were_not_told_of_stays_untold(place) {
        let (storage, session) = session(place).await;
        list(&session, "P1", None, &[("", Some("A"))]).await;
        let id = product(&storage, "A", Some(10)).await;
        assert_eq!(storage.untold_stock(1).await.expect("reads"), None, "a count is no sale of the account's");
        save(&session, batch(1, [line(1, OrderState::Paid, 2)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        // Whoever settled it, and however often somebody looked since: until it is told it is untold.
        for _ in 0..2 {
            let untold = storage.untold_stock(1).await.expect("reads").expect("a sale");
            assert_eq!(untold.product_ids, [id]);
        }
        let up_to = storage.untold_stock(1).await.expect("reads").expect("a sale").up_to;
        storage.stock_told(1, up_to).await.expect("notes");
        assert_eq!(storage.untold_stock(1).await.expect("reads"), None);
        save(&session, batch(2, [line(1, OrderState::Shipped, 2)])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        let untold = storage.untold_stock(1).await.expect("reads").expect("a movement");
        assert_eq!(untold.product_ids, Vec::<i64>::new(), "what was reserved and leaves changes nothing for others");
    }
}

on_both! {
    async fn a_product_that_comes_back_under_its_code_has_its_open_lines(place) {
        let (storage, session) = session(place).await;
        let first = product(&storage, "A", Some(10)).await;
        let by_code = Order { seller_code: Some("A".to_owned()), ..line(1, OrderState::Paid, 3) };
        save(&session, batch(1, [by_code])).await.expect("saves");
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, first).await, (Some(10), 3));
        storage.remove_product(first, false).await.expect("removes");
        let second = product(&storage, "A", Some(7)).await;
        storage.settle_stock(1).await.expect("settles");
        assert_eq!(stock(&storage, second).await, (Some(7), 3), "it is sold and not sent, whatever the product is called");
    }
}
