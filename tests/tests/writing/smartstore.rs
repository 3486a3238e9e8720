//! The Smart Store.

use std::fmt::Write as _;

use simulator::smartstore::{AddOrders, Market, Stage};
use simulator::{Endpoint, Fault, FaultKind};
use tests::installation::Installation;

use super::{assert_nothing_in_doubt, counted, report, results, writes};

/// A shop with so many paid orders that nobody has confirmed, collected.
pub(super) fn shop(orders: usize) -> (Market, Installation) {
    let market = tests::shops::market();
    market.add(&AddOrders { stage: Some(Stage::Paid), ago_ms: 60_000, ..AddOrders::now(orders) });
    let installation = Installation::on_sqlite();
    installation.add_smartstore("main", &market.base_url(), &["lookback_days=2", "pace=off"]);
    installation.succeed(&["--connector", "main"]);
    (market, installation)
}

/// A sheet with a parcel for each order.
pub(super) fn sheet(market: &Market) -> String {
    let mut sheet = String::from("상품주문번호,택배사,송장번호\n");
    for (number, order) in market.truth().iter().enumerate() {
        writeln!(sheet, "{},CJ대한통운,68{number:010}", order.id).expect("a text takes everything");
    }
    sheet
}

/// One call in three loses its answer after the effect, one in ten is answered 500 after it, one in a hundred is answered 500 without it.
fn lose_answers(market: &Market) {
    for endpoint in [Endpoint::StoreConfirm, Endpoint::StoreDispatch] {
        market.fault(Fault::always(endpoint, FaultKind::LostAnswer).rate(0.33, 7));
        market.fault(Fault::always(endpoint, FaultKind::LateError).rate(0.1, 8));
        market.fault(Fault::always(endpoint, FaultKind::ServerError).rate(0.01, 9));
    }
}

#[test]
fn answers_that_are_lost_have_one_effect_and_leave_no_doubt() {
    let orders = writes() / 2;
    let (market, installation) = shop(orders);
    lose_answers(&market);
    let confirmed = report(&installation, &["orders", "confirm", "--all-paid"]);
    assert_eq!(results(&confirmed).get("done"), Some(&orders), "{:?}", results(&confirmed));

    std::fs::write(installation.folder().join("parcels.csv"), sheet(&market)).expect("written");
    let shipped = report(&installation, &["orders", "ship", "--file", "parcels.csv"]);
    assert_eq!(results(&shipped).get("done"), Some(&orders), "{:?}", results(&shipped));
    let back = std::fs::read_to_string(installation.folder().join("parcels.result.csv")).expect("results");
    assert_eq!(back.lines().filter(|line| line.contains("done")).count(), orders);

    let effects = market.effects();
    let counts = counted(&effects);
    assert_eq!(counts.len(), 2 * orders, "each line is confirmed and shipped");
    assert!(counts.values().all(|count| *count == 1), "something was done twice");
    assert_nothing_in_doubt(&installation);
    // What the platform says stands in the store without another sync.
    let stored = installation.stored("main");
    assert!(stored.values().all(|order| order.status == Stage::Dispatched.status()));

    let again = report(&installation, &["orders", "ship", "--file", "parcels.csv"]);
    assert_eq!(results(&again).get("already"), Some(&orders), "{:?}", results(&again));
    assert_eq!(market.effects().len(), effects.len());
}

#[test]
fn a_claim_made_after_the_last_look_blocks_shipping() {
    let (market, installation) = shop(2);
    let ids: Vec<String> = market.truth().into_iter().map(|order| order.id).collect();
    report(&installation, &["orders", "confirm", &ids[0], &ids[1]]);
    market.request_cancel(&ids[0]).expect("a buyer may ask");
    let args = ["--carrier", "KOREX", "--tracking", "680405450931"];
    let blocked = report(&installation, &[&["orders", "ship", &ids[0]], &args[..]].concat());
    assert_eq!(results(&blocked).get("refused"), Some(&1), "{blocked}");
    assert!(blocked["results"][0]["message"].as_str().is_some_and(|why| why.contains("claim")), "{blocked}");
    let sent = report(&installation, &[&["orders", "ship", &ids[1]], &args[..]].concat());
    assert_eq!(results(&sent).get("done"), Some(&1), "{sent}");
    let shipped: Vec<_> = market.effects().into_iter().filter(|effect| effect.command == "ship").collect();
    assert_eq!(shipped.len(), 1);
    assert_eq!(shipped[0].target, ids[1]);
}

#[test]
fn a_dry_run_sends_and_writes_nothing() {
    let (market, installation) = shop(3);
    let shown = report(&installation, &["orders", "confirm", "--all-paid", "--dry-run"]);
    assert_eq!(results(&shown).get("would_send"), Some(&3), "{shown}");
    assert!(market.effects().is_empty());
    let intents = report(&installation, &["intents", "list"]);
    assert_eq!(intents.as_array().map(Vec::len), Some(0));
}

#[test]
fn a_key_given_again_gives_the_first_result() {
    let (market, installation) = shop(1);
    let id = market.truth()[0].id.clone();
    let first = report(&installation, &["orders", "confirm", &id, "--key", "monday"]);
    let second = report(&installation, &["orders", "confirm", &id, "--key", "monday"]);
    assert_eq!(first["results"][0]["intent"], second["results"][0]["intent"]);
    assert_eq!(results(&second).get("done"), Some(&1), "{second}");
    assert_eq!(market.effects().len(), 1);
}

#[test]
fn a_process_that_is_killed_while_it_waits_leaves_an_intent_that_is_found_out() {
    let (market, installation) = shop(1);
    let id = market.truth()[0].id.clone();
    // The platform does it, and keeps its answer.
    market.fault(Fault::always(Endpoint::StoreConfirm, FaultKind::LostAnswer).millis(60_000));
    let mut child = installation.runner().args(["-qq", "orders", "confirm", &id]).spawn().expect("it starts");
    let began = std::time::Instant::now();
    while market.effects().is_empty() {
        assert!(began.elapsed().as_secs() < 60, "it never sent anything");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("its end");
    market.clear_faults();
    let open = report(&installation, &["intents", "list", "--open"]);
    assert_eq!(open[0]["state"], "sending", "{open}");
    let resolved = report(&installation, &["intents", "resolve"]);
    assert_eq!(results(&resolved).get("done"), Some(&1), "{resolved}");
    assert_nothing_in_doubt(&installation);
    assert_eq!(market.effects().len(), 1, "nothing was sent again");
}
