//! Orders that arrive and go on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use simulator::cafe24::{self, Mall};
use simulator::smartstore::{self, Market};
use simulator::{Age, Config, Simulator, machine_now};

const DAY: Duration = Duration::from_secs(86_400);

fn market(seed: u64) -> Market {
    let end = Some(machine_now() - 1_000);
    Market::start(smartstore::Config { days: 10, seed, end, ..smartstore::Config::of(300) }).expect("a port")
}

#[test]
fn a_week_of_life_passes_at_once_and_is_dated_now() {
    let market = market(1);
    let before: BTreeMap<String, String> =
        market.truth().into_iter().map(|order| (order.id, order.payload)).collect();
    let began = machine_now();
    let aged = market.simulator().advance(7 * DAY);
    let after = market.truth();
    assert!((190..=230).contains(&aged.arrived), "thirty a day: {aged:?}");
    assert_eq!(after.len(), before.len() + aged.arrived);
    assert!(aged.moved > 200, "{aged:?}");
    let changed: Vec<_> =
        after.iter().filter(|order| before.get(&order.id).is_none_or(|old| *old != order.payload)).collect();
    assert!(changed.len() > 300);
    let told = changed.iter().filter(|order| order.status != "DELIVERED");
    assert!(told.clone().all(|order| order.changed_at >= began && order.changed_at <= machine_now()));
    let count = |status: &str| after.iter().filter(|order| order.status == status).count();
    for status in ["PAYED", "DELIVERING", "DELIVERED", "PURCHASE_DECIDED", "CANCELED"] {
        assert!(count(status) > 0, "{status}");
    }
    let clock = market.simulator().clock();
    assert!((clock.now - machine_now()).abs() < 2_000, "the platform's clock has not moved");
    assert!((clock.life_ahead_ms - 7 * 86_400_000).abs() < 2_000, "{clock:?}");
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let fates = |seed: u64| {
        let market = market(seed);
        market.simulator().age(&Age { arrive: 5, move_on: 40, account: None });
        let mut statuses: Vec<String> = market.truth().into_iter().map(|order| order.status).collect();
        statuses.sort();
        statuses
    };
    assert_eq!(fates(3), fates(3));
    assert_ne!(fates(3), fates(4));
}

#[test]
fn what_is_left_to_come_takes_its_time() {
    let market = market(2);
    assert_eq!(market.simulator().advance(Duration::ZERO).arrived, 0);
    let days: usize = (0..4).map(|_| market.simulator().advance(DAY / 4).arrived).sum();
    assert!((29..=31).contains(&days), "{days} in a day of four parts");
}

#[test]
fn a_mall_lives_and_its_figures_follow() {
    let mall =
        Mall::start(cafe24::Config { orders: 60, days: 6, ..cafe24::Config::default() }).expect("a port");
    let sold = |mall: &Mall| -> i64 {
        mall.figures().iter().flat_map(|day| day.day.products.values()).map(|(_, won)| won).sum()
    };
    let (orders, won) = (mall.truth(), sold(&mall));
    let aged = mall.simulator().advance(2 * DAY);
    assert!((18..=22).contains(&aged.arrived) && aged.moved > 10, "{aged:?}");
    let now = mall.truth();
    assert_eq!(now.len(), orders.len() + aged.arrived);
    let own: i64 = now[orders.len()..].iter().map(|order| order.amount).sum();
    assert!(sold(&mall) > won && sold(&mall) <= won + own);
    assert!(now.iter().any(|order| order.status == "N30") && now.iter().any(|order| order.status == "N50"));
}

/// Life goes on with what buyers and calls have begun.
#[test]
fn claims_come_to_their_end() {
    let market = Market::start(smartstore::Config::default()).expect("a port");
    let add = |stage| {
        let orders = smartstore::AddOrders { stage: Some(stage), ..smartstore::AddOrders::now(1) };
        market.add(&orders).remove(0)
    };
    let [returned, exchanged] = [add(smartstore::Stage::Delivered), add(smartstore::Stage::Delivered)];
    market.request_return(&returned);
    market.request_exchange(&exchanged);
    market.set(|settings| settings.seller_acts = false);
    market.simulator().advance(30 * DAY);
    let claim =
        |id: &str| market.claims().into_iter().find(|claim| claim.order_id == id).expect("a claim").status;
    assert_eq!(
        [claim(&returned), claim(&exchanged)],
        ["COLLECT_DONE", "COLLECT_DONE"],
        "the carrier has done its part"
    );
    market.set(|settings| settings.seller_acts = true);
    market.simulator().advance(30 * DAY);
    assert_eq!([claim(&returned), claim(&exchanged)], ["RETURN_DONE", "EXCHANGE_DONE"]);
    let statuses: Vec<String> = market.truth().into_iter().map(|order| order.status).collect();
    assert!(statuses.contains(&"RETURNED".to_owned()) && statuses.contains(&"EXCHANGED".to_owned()));
    assert!(market.effects().is_empty(), "no call has done any of it");
}

#[test]
fn life_passes_by_itself_where_it_has_a_speed() {
    let store = smartstore::Config { days: 10, ..smartstore::Config::of(300) };
    let config = Config { stores: vec![store], speed: Some(86_400.0), ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let market = simulator.markets().remove(0);
    let began = Instant::now();
    while market.truth().len() < 315 {
        assert!(began.elapsed() < Duration::from_secs(10), "a day in a second brings thirty");
        std::thread::sleep(Duration::from_millis(50));
    }
}
