//! Orders that arrive and go on by themselves.

use std::time::Duration;

use simulator::coupang::{self, ClaimKind, Status, Vendor};
use simulator::{Age, machine_now};

const DAY: Duration = Duration::from_secs(86_400);

fn living(seed: u64, life_sells: bool) -> Vendor {
    let settings = coupang::Settings { life_sells, ..coupang::Settings::unlimited() };
    let end = Some(machine_now() - 1_000);
    let config = coupang::Config { days: 10, seed, end, settings, ..coupang::Config::of(300) };
    Vendor::start(config).expect("a port")
}

fn count(vendor: &Vendor, status: Status) -> usize {
    vendor.truth().iter().filter(|line| line.status == status && line.listed).count()
}

#[test]
fn a_fortnight_passes_at_once_and_is_dated_now() {
    let vendor = living(1, true);
    let (before, claims, began) = (vendor.truth(), vendor.claims().len(), machine_now());
    let aged = vendor.simulator().advance(14 * DAY);
    assert!((400..=440).contains(&aged.arrived) && aged.moved > 1_000, "{aged:?}");
    let after = vendor.truth();
    assert!(after.len() >= before.len() + aged.arrived);
    for status in
        [Status::Accept, Status::Instruct, Status::Departure, Status::Delivering, Status::FinalDelivery]
    {
        assert!(count(&vendor, status) > 0, "{status:?}");
    }
    let new: Vec<_> = after.iter().filter(|line| line.paid_at >= began).collect();
    assert!(new.len() >= aged.arrived);
    assert!(after.iter().all(|line| line.changed_at <= machine_now()));
    assert!(vendor.claims().len() > claims + 10);
    for kind in [ClaimKind::Cancel, ClaimKind::Return, ClaimKind::Exchange] {
        let of_kind = |claim: &&coupang::ClaimTruth| claim.kind == kind && claim.created_at >= began;
        assert!(vendor.claims().iter().filter(of_kind).count() > 0, "{kind:?}");
    }
    assert!(vendor.claims().iter().any(|claim| claim.withdrawn));
    assert!(vendor.claims().iter().any(|claim| claim.status == "SUCCESS"));
    // What is held back never exceeds what there is.
    assert!(after.iter().all(|line| line.cancelled + line.held <= line.quantity && line.held >= 0));
    assert_eq!(vendor.effects().len(), 0, "life is no call");
}

#[test]
fn a_seller_who_only_calls_must_call() {
    let vendor = living(2, false);
    let waiting = count(&vendor, Status::Accept) + count(&vendor, Status::Instruct);
    let aged = vendor.simulator().advance(10 * DAY);
    assert_eq!(count(&vendor, Status::Departure) + count(&vendor, Status::Delivering), 0, "carriers went on");
    let instruct = count(&vendor, Status::Instruct);
    assert!(count(&vendor, Status::Accept) > waiting / 2 + aged.arrived / 2 && instruct > 0);
    assert!(vendor.claims().iter().any(|claim| claim.status == "RELEASE_STOP_UNCHECKED"));
    assert!(vendor.claims().iter().any(|claim| claim.status == "RETURNS_UNCHECKED"));
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let fates = |seed: u64| {
        let vendor = living(seed, true);
        vendor.simulator().age(&Age { arrive: 5, move_on: 60, account: None });
        let mut fates: Vec<String> = vendor
            .truth()
            .iter()
            .map(|line| format!("{:?} {} {}", line.status, line.cancelled, line.held))
            .collect();
        fates.sort();
        (fates, vendor.claims().len())
    };
    assert_eq!(fates(3), fates(3));
    assert_ne!(fates(3), fates(4));
}
