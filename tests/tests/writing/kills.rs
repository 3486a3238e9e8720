//! A process that writes is killed with SIGKILL at drawn moments, again and again, while answers are lost as well: what it was
//! told to do is done once, and what is in doubt is found out by the next process.

use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{Draw, Effect, Endpoint, Fault, FaultKind};
use tests::installation::Installation;

use super::{assert_nothing_in_doubt, counted, coupang, eleventh_street, few, report, results, smartstore};

/// How often a command is killed, if it lasts that long.
const KILLS: usize = 12;

/// The longest, in milliseconds, that a command lives on after the effects for which it was let live.
const LONGEST: u64 = 15;

/// Gives the command again and again, killing it at drawn moments: soon after its start, or soon after some more effects. At
/// last it is let through. Returns how often it was killed, and what it said then.
fn under_kills(
    installation: &Installation,
    arguments: &[&str],
    (seed, lines): (u64, usize),
    effects: impl Fn() -> usize,
) -> (usize, Value) {
    let mut draw = Draw::new(seed);
    let mut kills = 0;
    for _ in 0..few(KILLS) {
        // So that there is enough left to do for every kill.
        let share = (lines / (2 * few(KILLS))).max(1) as u64;
        let awaited = effects() + usize::try_from(draw.below(share)).expect("a small number");
        let more = Duration::from_millis(draw.below(LONGEST));
        let mut child = installation.runner().arg("-qq").args(arguments).spawn().expect("it starts");
        let began = Instant::now();
        let is_over = loop {
            if child.try_wait().expect("it can be asked").is_some() {
                break true;
            }
            if effects() >= awaited {
                std::thread::sleep(more);
                break child.try_wait().expect("it can be asked").is_some();
            }
            assert!(began.elapsed() < Duration::from_secs(300), "it neither ends nor goes on");
            std::thread::sleep(Duration::from_millis(1));
        };
        if is_over {
            break;
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("its end");
        kills += 1;
    }
    (kills, report(installation, arguments))
}

/// Confirms and ships every line under kills, and looks at what came of it.
fn storm(installation: &Installation, sheet: &str, lines: usize, effects: impl Fn() -> Vec<Effect>) {
    let count = || effects().len();
    let (first, confirmed) =
        under_kills(installation, &["orders", "confirm", "--all-paid"], (1, lines), count);
    assert!(
        results(&confirmed).keys().all(|result| ["done", "already"].contains(&result.as_str())),
        "{confirmed}"
    );
    std::fs::write(installation.folder().join("parcels.csv"), sheet).expect("written");
    let ship = ["orders", "ship", "--file", "parcels.csv"];
    let (second, shipped) = under_kills(installation, &ship, (2, lines), count);
    let good = results(&shipped);
    assert_eq!(good.get("done").unwrap_or(&0) + good.get("already").unwrap_or(&0), lines, "{shipped}");
    assert!(first + second >= KILLS, "only {first} and {second} kills");
    report(installation, &["intents", "resolve"]);
    assert_nothing_in_doubt(installation);
    let effects = effects();
    let counts = counted(&effects);
    assert_eq!(counts.len(), 2 * lines, "each line is confirmed and shipped");
    assert!(counts.values().all(|count| *count == 1), "something was done twice");
}

fn lost(endpoint: Endpoint) -> Fault {
    Fault::always(endpoint, FaultKind::LostAnswer).rate(0.2, 7)
}

#[test]
fn smartstore() {
    let (market, installation) = smartstore::shop(few(600));
    for endpoint in [Endpoint::StoreConfirm, Endpoint::StoreDispatch] {
        market.fault(lost(endpoint));
    }
    storm(&installation, &smartstore::sheet(&market), market.truth().len(), || market.effects());
}

#[test]
fn coupang() {
    let (vendor, installation) = coupang::vendor(few(80));
    for endpoint in [Endpoint::VendorAcknowledge, Endpoint::VendorInvoices] {
        vendor.fault(lost(endpoint));
    }
    storm(&installation, &coupang::sheet(&vendor), vendor.truth().len(), || vendor.effects());
}

#[test]
fn eleventh_street() {
    let (seller, installation) = eleventh_street::seller(few(40));
    for endpoint in [Endpoint::StreetConfirm, Endpoint::StreetShip] {
        seller.fault(lost(endpoint));
    }
    storm(&installation, &eleventh_street::sheet(&seller), seller.truth().len(), || seller.effects());
}
