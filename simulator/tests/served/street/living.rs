//! How the orders live.

use std::collections::BTreeSet;
use std::time::Duration;

use simulator::Age;
use simulator::eleventh_street::{Config, Seller};

use super::{code, confirm, effects, ship, status};

const DAY: Duration = Duration::from_secs(86_400);

fn statuses(seller: &Seller) -> BTreeSet<String> {
    seller.truth().into_iter().map(|line| line.status).collect()
}

#[test]
fn a_week_of_life_passes_at_once_and_is_dated_now() {
    let seller = Seller::start(Config { days: 10, ..Config::of(300) }).expect("a port");
    let began = seller.now() - 1_000;
    let before = seller.truth();
    let aged = seller.simulator().advance(7 * DAY);
    let after = seller.truth();
    assert!((190..=230).contains(&aged.arrived) && aged.moved > 300, "{aged:?}");
    let changed: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(changed.len() > 300 && changed.iter().all(|line| line.changed_at >= began), "{}", changed.len());
    let all = statuses(&seller);
    for status in ["202", "301", "401", "501", "901", "B01"] {
        assert!(all.contains(status), "{status} in {all:?}");
    }
    assert!(effects(&seller).is_empty(), "life is no caller");
}

#[test]
fn without_the_sellers_life_only_calls_move_what_is_paid() {
    let seller = Seller::open();
    seller.set(|settings| settings.seller_acts = false);
    seller.add(60);
    seller.simulator().advance(20 * DAY);
    let now = statuses(&seller);
    assert_eq!(now, ["202", "B01"].map(str::to_owned).into(), "buyers cancel, nobody confirms");
    let paid: Vec<String> =
        seller.truth().into_iter().filter(|line| line.status == "202").map(|line| line.order_id).collect();
    for id in &paid {
        assert_eq!(code(&confirm(&seller, id)), "0");
    }
    seller.simulator().advance(Duration::ZERO);
    assert!(paid.iter().all(|id| status(&seller, id) == "301"), "life counts from the call");
    seller.simulator().advance(20 * DAY);
    for (number, id) in paid.iter().enumerate().filter(|(_, id)| status(&seller, id) == "301") {
        assert_eq!(code(&ship(&seller, id, &format!("6100000{number:05}"))), "0");
    }
    seller.simulator().advance(20 * DAY);
    let now = statuses(&seller);
    assert!(now.contains("901") && !now.contains("401") && !now.contains("501"), "{now:?}");
    assert!(now.contains("701") || now.contains("601"), "claims wait for the seller: {now:?}");
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let fates = |seed: u64| {
        let seller = Seller::start(Config { seed, days: 10, ..Config::of(200) }).expect("a port");
        let aged = seller.age(&Age { arrive: 5, move_on: 40, account: None });
        assert_eq!((aged.arrived, aged.moved), (5, 40));
        let mut statuses: Vec<String> = seller.truth().into_iter().map(|line| line.status).collect();
        statuses.sort();
        statuses
    };
    assert_eq!(fates(3), fates(3));
    assert_ne!(fates(3), fates(4));
}
