//! 11st.

use std::fmt::Write as _;

use simulator::eleventh_street::{NewOrder, Seller};
use simulator::{Endpoint, Fault, FaultKind};
use tests::installation::Installation;

use super::{assert_nothing_in_doubt, counted, few, report, results};

/// A seller with so many paid orders that nobody has confirmed, every third of two lines in one shipment, collected.
pub(super) fn seller(orders: usize) -> (Seller, Installation) {
    let seller = tests::shops::seller();
    for number in 0..orders {
        let lines = if number % 3 == 0 { vec![(None, 1), (None, 2)] } else { vec![(None, 1)] };
        seller.add_order(&NewOrder { lines, at: Some(seller.now() - 7_200_000), ..NewOrder::default() });
    }
    let mut installation = Installation::on_sqlite();
    installation.set_variable("ELEVENTH_STREET_API_KEY", seller.api_key());
    let (id, url) = (format!("seller_id={}", seller.seller_id()), format!("base_url={}", seller.base_url()));
    let add = ["connectors", "add", "eleventh_street", "--name", "main", "--mode", "api"];
    let settings = ["--set", &id, "--set", &url, "--set", "lookback_days=3", "--set", "pace=off"];
    installation.succeed(&[&add[..], &settings[..]].concat());
    installation.succeed(&["--connector", "main"]);
    (seller, installation)
}

/// A sheet with a parcel for each shipment: its lines travel together.
pub(super) fn sheet(seller: &Seller) -> String {
    let mut sheet = String::from("주문번호,택배사,송장번호\n");
    for line in seller.truth() {
        let number: u64 = line.shipment_no.parse().expect("a number");
        writeln!(sheet, "{},CJ대한통운,{:012}", line.order_id, number % 1_000_000_000_000)
            .expect("a text takes everything");
    }
    sheet
}

#[test]
fn answers_that_are_lost_have_one_effect_and_leave_no_doubt() {
    let (seller, installation) = seller(few(40));
    let lines = seller.truth().len();
    assert_eq!(installation.stored("main").len(), lines);
    for endpoint in [Endpoint::StreetConfirm, Endpoint::StreetShip] {
        seller.fault(Fault::always(endpoint, FaultKind::LostAnswer).rate(0.4, 7));
    }
    let confirmed = report(&installation, &["orders", "confirm", "--all-paid"]);
    let good = results(&confirmed);
    assert_eq!(good.get("done").unwrap_or(&0) + good.get("already").unwrap_or(&0), lines, "{confirmed}");
    std::fs::write(installation.folder().join("parcels.csv"), sheet(&seller)).expect("written");
    let shipped = report(&installation, &["orders", "ship", "--file", "parcels.csv"]);
    let good = results(&shipped);
    assert_eq!(good.get("done").unwrap_or(&0) + good.get("already").unwrap_or(&0), lines, "{shipped}");
    let effects = seller.effects();
    let counts = counted(&effects);
    assert_eq!(counts.len(), 2 * lines, "each line is confirmed and shipped");
    assert!(counts.values().all(|count| *count == 1), "something was done twice");
    assert!(seller.truth().iter().all(|line| line.status == "401"));
    assert_nothing_in_doubt(&installation);
}

#[test]
fn a_claim_made_after_the_last_look_blocks_shipping() {
    let (seller, installation) = seller(1);
    let lines: Vec<String> = seller.truth().into_iter().map(|line| line.order_id).collect();
    report(&installation, &["orders", "confirm", "--all-paid"]);
    seller.request_cancel(&lines[0], 1).expect("a buyer may ask");
    let args = ["orders", "ship", &lines[0], "--carrier", "KOREX", "--tracking", "680405450931"];
    let blocked = report(&installation, &args);
    assert_eq!(results(&blocked).get("refused"), Some(&1), "{blocked}");
    assert!(seller.effects().iter().all(|effect| effect.command != "ship"));
    // The claim is collected, and agreed to.
    installation.succeed(&["--connector", "main"]);
    let open = report(&installation, &["claims", "list", "--open"]);
    let claim = open[0]["claim_id"].as_str().expect("one claim").to_owned();
    let approved = report(&installation, &["claims", "approve", &claim]);
    assert_eq!(results(&approved).get("done"), Some(&1), "{approved}");
    assert_eq!(seller.effects().iter().filter(|effect| effect.command == "approve_claim").count(), 1);
}
