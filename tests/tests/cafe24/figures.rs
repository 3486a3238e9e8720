//! Daily figures.

use std::time::Instant;

use rusqlite::Connection;
use serde_json::json;
use simulator::cafe24::{Mall, Shape};

use super::*;

#[test]
fn a_first_month_stays_within_the_bucket_and_is_stored_to_the_won() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    mall.set(|settings| settings.limited = true);
    let installation = installation(None);
    add(&installation, &mall, &[]);
    authorize(&installation, &mall);
    mall.reset_calls();
    let began = Instant::now();
    let run = synced(&installation, "metrics");
    let took = began.elapsed().as_secs_f64();
    assert_eq!(run["calls"], 62, "{run}");
    assert!(mall.calls().calls.iter().all(|call| call.status == 200), "a call too many");
    // 40 at once, then two a second, in steps of two seconds where few are left.
    assert!(took < 20.0, "{took} s");

    let rows = listed(&installation, "metrics", &[]);
    assert_eq!(rows.len(), 3 * 30);
    assert_eq!(sum(&rows, "store", "impressions"), 3_000);
    assert_eq!(sum(&rows, "store", "clicks"), 9_000);
    assert_eq!(sum(&rows, "product", "conversions"), 60);
    assert_eq!(sum(&rows, "product", "conversion_value"), 1_794_000);
    assert_eq!(sum(&rows, "domain", "clicks"), 1_200);
    assert!(rows.iter().all(|row| row["spend"].is_null() && row["shop_no"] == 1));
    assert_eq!(row(&installation)["config"]["dialect"], "live", "found out, and kept");
}

#[test]
fn only_days_that_may_still_change_are_read_again() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = ready(&mall, &[]);
    synced(&installation, "metrics");
    mall.reset_calls();
    let again = synced(&installation, "metrics");
    assert_eq!((&again["new"], &again["changed"], &again["unchanged"]), (&json!(0), &json!(0), &json!(12)));
    assert_eq!(again["calls"], 2 + 4 + 4);
    assert!(mall.calls().calls.iter().all(|call| call.query()["start_date"] >= text(mall.day(3))));

    // Late figures: one grows, one shrinks, one goes; and one of a settled day, which is not read any more.
    mall.change_day(1, mall.day(1), |day| {
        day.visits = 120;
        day.products.insert(128, (1, 29_900));
        day.domains.clear();
    });
    mall.change_day(1, mall.day(10), |day| day.visits = 999);
    let third = synced(&installation, "metrics");
    assert_eq!(third["changed"], 2, "{third}");
    let rows = listed(&installation, "metrics", &[]);
    assert_eq!(sum(&rows, "store", "impressions"), 3_020);
    assert_eq!(sum(&rows, "product", "conversion_value"), 1_794_000 - 29_900);
    assert_eq!(sum(&rows, "domain", "clicks"), 1_200 - 40);

    // A chosen range is read again whatever is settled, and the cursor stays.
    let (from, to) = (text(mall.day(10)), text(mall.day(9)));
    installation.succeed(&["--connector", "mall", "--stream", "metrics", "--from", &from, "--to", &to]);
    assert_eq!(sum(&listed(&installation, "metrics", &[]), "store", "impressions"), 3_020 + 899);
}

#[test]
fn after_a_long_pause_all_days_since_are_read() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = ready(&mall, &["lookback_days=1"]);
    synced(&installation, "metrics");
    assert_eq!(listed(&installation, "metrics", &[]).len(), 3);
    // As if that run had been twelve days ago.
    let database = Connection::open(installation.folder().join("commerce.db")).expect("the database");
    let cursor = format!(r#"{{"through":"{}T00:00:00+09:00"}}"#, mall.day(12));
    let changed = database.execute("UPDATE meta SET value = ?1 WHERE key = 'cursor:metrics'", [cursor]);
    assert_eq!(changed.expect("written"), 1);
    drop(database);
    let run = synced(&installation, "metrics");
    assert_eq!((&run["new"], &run["unchanged"]), (&json!(3 * 12), &json!(3)));
}

#[test]
fn the_other_shape_is_found_out_kept_and_read_by_ranges() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    mall.set(|settings| settings.shape = Shape::Seed);
    let installation = ready(&mall, &[]);
    synced(&installation, "metrics");
    let rows = listed(&installation, "metrics", &[]);
    assert_eq!(sum(&rows, "store", "clicks"), 9_000);
    assert_eq!(sum(&rows, "product", "conversion_value"), 1_794_000);
    assert_eq!(row(&installation)["config"]["dialect"], "seed");
    let again = synced(&installation, "metrics");
    assert_eq!(again["calls"], 4, "its rows bear dates: {again}");
}

#[test]
fn shops_of_one_mall_are_kept_apart() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    mall.change_day(2, mall.day(0), |day| {
        day.visits = 7;
        day.products.insert(128, (1, 1_000));
    });
    let installation = ready(&mall, &["shop_nos=1,2"]);
    synced(&installation, "metrics");
    let rows = listed(&installation, "metrics", &[]);
    let second: Vec<_> = rows.iter().filter(|row| row["shop_no"] == 2).cloned().collect();
    assert_eq!(
        (sum(&second, "store", "impressions"), sum(&second, "product", "conversion_value")),
        (7, 1_000)
    );
    assert_eq!(sum(&rows, "store", "impressions"), 3_007);
}

#[test]
fn a_dry_run_writes_nothing_but_tokens() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = ready(&mall, &[]);
    mall.kill_access_token();
    let (output, summary) = sync(&installation, &["--dry-run"]);
    assert!(output.status.success(), "{summary}");
    assert_eq!(stream(&summary, "metrics")["new"], 90);
    assert_eq!(listed(&installation, "metrics", &[]).len(), 0);
    // The refresh token that it spent is not lost.
    assert_eq!(synced(&installation, "metrics")["new"], 90);
    assert_eq!(mall.calls_to("/oauth/token"), 1);
}

/// The sums by hand stand beside the fixture's own test in the connector.
#[test]
fn the_built_in_sample_needs_nothing_and_shows_its_figures() {
    let installation = Installation::on_sqlite();
    // 30 of the store, 29 + 15 + 1 + 51 of products, 29 + 29 + 14 of domains; 50 order lines.
    let all = 30 + 96 + 72 + 50;
    for (new, unchanged) in [(all, 0), (0, all)] {
        let text = installation.succeed(&["--connector", "cafe24", "--format", "json"]);
        let summary: Value = serde_json::from_str(&text).expect("JSON alone");
        assert_eq!(
            (&summary["totals"]["new"], &summary["totals"]["unchanged"]),
            (&json!(new), &json!(unchanged))
        );
    }
    let rows = listed(&installation, "metrics", &["--connector", "cafe24_analytics"]);
    assert_eq!(sum(&rows, "store", "impressions"), 3_350);
    assert_eq!(sum(&rows, "store", "clicks"), 9_600);
    assert_eq!(sum(&rows, "product", "conversions"), 125);
    assert_eq!(sum(&rows, "product", "conversion_value"), 2_520_200);
    assert_eq!(sum(&rows, "domain", "clicks"), 2_170);
    assert_eq!(listed(&installation, "orders", &["--own"]).len(), 48, "two of fifty are relayed");
}
