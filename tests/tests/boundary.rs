//! The edges of pages, of seconds and of time: the real `runner` against the market, its store beside the market's
//! truth, and its calls counted.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use simulator::smartstore::{AddOrders, ChangeOrders, Config, Hook, Market, Stage};
use simulator::{Endpoint, Millis, kst_text, machine_now};
use tests::installation::Installation;
use tests::postgres;

const ACCOUNT: &str = "main";
const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
/// Longer than the runner keeps away from the present.
const SETTLED: Duration = Duration::from_secs(4);

/// An empty market and an account at it that looks one day back, which is one window of the list.
struct Shop {
    market: Market,
    installation: Installation,
}

impl Shop {
    fn new(installation: Installation) -> Self {
        let market = Market::start(Config::default()).expect("a free port");
        installation.add_smartstore(ACCOUNT, &market.base_url(), &["lookback_days=1"]);
        Self { market, installation }
    }

    fn add(&self, count: usize, changed_at: Millis) -> Vec<String> {
        self.market.add(&AddOrders { stage: Some(Stage::Paid), ..AddOrders::at(count, changed_at) })
    }

    /// Calls of the list and of the details that one run makes.
    fn sync(&self, options: &[&str]) -> (u64, u64) {
        self.market.reset_calls();
        self.installation.succeed(&[&["--connector", ACCOUNT], options].concat());
        let calls = self.market.totals();
        assert!(calls.violations.is_empty(), "{:?}", calls.violations);
        (calls.of(Endpoint::Feed).calls, calls.of(Endpoint::Query).calls)
    }

    /// Everything that the market has is stored as it stands there, and nothing else.
    fn compare(&self) {
        let stored = self.installation.stored(ACCOUNT);
        let truth = self.market.truth();
        let ids: Vec<&String> = truth.iter().map(|order| &order.id).collect();
        assert_eq!(stored.keys().collect::<Vec<_>>(), ids);
        for order in truth {
            let row = &stored[&order.id];
            let ordered_at = kst_text(order.ordered_at);
            assert_eq!(row.meta_json, order.payload);
            assert_eq!((row.status.as_str(), row.amount), (order.status.as_str(), order.amount));
            assert_eq!((row.ordered_at.as_str(), row.date_kst.as_str()), (&*ordered_at, &ordered_at[..10]));
        }
    }

    fn stored_ids(&self) -> BTreeSet<String> {
        self.installation.stored(ACCOUNT).into_keys().collect()
    }
}

/// The same on SQLite, and on PostgreSQL where it is installed.
fn on_each_database(name: &str, test: impl Fn(Shop)) {
    test(Shop::new(Installation::on_sqlite()));
    if let Some(url) = postgres::database(name) {
        test(Shop::new(Installation::on_postgres(&url)));
    }
}

/// A whole second, some hours ago.
fn whole_second(hours_ago: i64) -> Millis {
    let at = machine_now() - hours_ago * HOUR;
    at - at.rem_euclid(SECOND)
}

/// A full page that shares one instant can only be left by the second part of the cursor. Its first page may be read
/// twice: once on the way to that instant, once from there.
fn one_instant(name: &str, rows: usize, most_pages: u64, batches: u64) {
    on_each_database(name, |shop| {
        shop.add(rows, whole_second(5) + 123);
        let (pages, details) = shop.sync(&[]);
        assert!(pages <= most_pages, "{pages} pages");
        assert_eq!(details, batches);
        shop.compare();
        let (_, details) = shop.sync(&[]);
        assert_eq!(details, 0);
    });
}

#[test]
fn rows_of_one_instant_299() {
    one_instant("rows_of_one_instant_299", 299, 1, 1);
}

#[test]
fn rows_of_one_instant_300() {
    one_instant("rows_of_one_instant_300", 300, 1, 1);
}

#[test]
fn rows_of_one_instant_301() {
    one_instant("rows_of_one_instant_301", 301, 3, 2);
}

#[test]
fn rows_of_one_instant_600() {
    one_instant("rows_of_one_instant_600", 600, 3, 2);
}

/// Ties on either side of a page's end, and a page that ends between the last millisecond of one second and the first
/// of the next.
#[test]
fn rows_at_both_ends_of_a_second() {
    on_each_database("rows_at_both_ends_of_a_second", |shop| {
        let at = whole_second(5);
        shop.add(150, at);
        shop.add(150, at + 999);
        shop.add(200, at + 1_000);
        shop.add(200, at + 1_999);
        shop.add(1, at + 2_000);
        let (pages, details) = shop.sync(&[]);
        assert!(pages <= 4, "{pages} pages");
        assert_eq!(details, 3);
        shop.compare();
    });
}

/// Ranges that meet at a row's very instant leave no row out between them, and take none from beyond their ends.
#[test]
fn ranges_that_meet_at_the_edge_of_a_second() {
    on_each_database("ranges_that_meet_at_the_edge_of_a_second", |shop| {
        let at = whole_second(5);
        let instants = [at - 1, at, at + 1, at + 998, at + 999, at + 1_000, at + 1_001];
        let ids: Vec<String> = instants.iter().flat_map(|at| shop.add(1, *at)).collect();
        shop.sync(&["--from", &kst_text(at), "--to", &kst_text(at + 999)]);
        let stored = shop.stored_ids();
        assert!(ids[1..4].iter().all(|id| stored.contains(id)), "rows within are missing");
        assert!(!stored.contains(&ids[0]) && !stored.contains(&ids[5]), "rows beyond the ends are there");
        shop.sync(&["--from", &kst_text(at + 999), "--to", &kst_text(at + 1_000)]);
        shop.sync(&["--from", &kst_text(at + 1_000), "--to", &kst_text(at + 1_002)]);
        let stored = shop.stored_ids();
        assert!(ids[1..].iter().all(|id| stored.contains(id)), "rows at the seams are missing");
        assert!(!stored.contains(&ids[0]));
        // The cursor has not moved: a run without a range finds the rest.
        shop.sync(&[]);
        shop.compare();
    });
}

/// The row leaves the pages that are still to come, or was read before it moved; either way the next run has it.
#[test]
fn rows_that_move_while_pages_are_read() {
    on_each_database("rows_that_move_while_pages_are_read", |shop| {
        let at = whole_second(5);
        let ids: Vec<String> = (0..7).flat_map(|step| shop.add(100, at + step * SECOND)).collect();
        let moved = vec![ids[5].clone(), ids[450].clone(), ids[699].clone()];
        shop.market.hook(Hook {
            after_feed_calls: 1,
            add: None,
            change: Some(ChangeOrders { ids: moved.clone(), stage: Stage::Dispatched }),
        });
        shop.sync(&[]);
        let stored = shop.stored_ids();
        let lost: Vec<_> = ids.iter().filter(|id| !stored.contains(*id) && !moved.contains(id)).collect();
        assert!(lost.is_empty(), "rows beside those that moved are missing: {lost:?}");
        sleep(SETTLED);
        let (pages, details) = shop.sync(&[]);
        assert_eq!((pages, details), (1, 1));
        shop.compare();
    });
}

/// The platform shows some changes late: the next run looks back far enough.
#[test]
fn rows_that_appear_late() {
    on_each_database("rows_that_appear_late", |shop| {
        shop.add(20, whole_second(3));
        shop.sync(&[]);
        for minutes in [1, 5, 14] {
            let late = AddOrders { ago_ms: minutes * MINUTE, stage: Some(Stage::Paid), ..AddOrders::now(1) };
            shop.market.add(&late);
        }
        let (pages, details) = shop.sync(&[]);
        assert_eq!((pages, details), (1, 1));
        shop.compare();
    });
}

/// Later than any run looks back: the second way of listing finds it.
#[test]
fn rows_that_appear_later_than_that_are_found_by_verify() {
    on_each_database("rows_that_appear_later_than_that_are_found_by_verify", |shop| {
        let at = whole_second(3);
        shop.add(20, at);
        shop.sync(&[]);
        let late = shop.add(1, at + 500);
        shop.sync(&[]);
        assert!(!shop.stored_ids().contains(&late[0]));
        let (from, to) = (kst_text(at - 24 * HOUR), kst_text(machine_now()));
        let days = ["--connector", ACCOUNT, "--from", &from[..10], "--to", &to[..10]];
        let verify = shop.installation.run(&[&["verify"], &days[..]].concat());
        assert_eq!(verify.status.code(), Some(1), "{}", String::from_utf8_lossy(&verify.stdout));
        shop.installation.succeed(&[&["verify", "--repair"], &days[..]].concat());
        shop.compare();
        shop.installation.succeed(&[&["verify"], &days[..]].concat());
    });
}

/// One call of the list, and nothing else, not even for a token.
#[test]
fn a_run_with_nothing_changed_is_one_call() {
    on_each_database("a_run_with_nothing_changed_is_one_call", |shop| {
        shop.add(40, machine_now() - 5 * MINUTE);
        shop.sync(&[]);
        assert_eq!(shop.sync(&[]), (1, 0));
        assert_eq!(shop.market.calls().calls.len(), 1);
    });
}
