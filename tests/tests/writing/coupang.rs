//! Coupang.

use std::fmt::Write as _;

use simulator::coupang::{AddOrders, Status, Vendor};
use simulator::{Endpoint, Fault, FaultKind};
use tests::installation::Installation;

use super::{assert_nothing_in_doubt, counted, few, report, results};

/// A vendor with so many paid orders that nobody has acknowledged, collected.
pub(super) fn vendor(orders: usize) -> (Vendor, Installation) {
    let vendor = tests::shops::vendor();
    vendor.add(&AddOrders { ago_ms: 3_600_000, spread_ms: 3_600_000, ..AddOrders::now(orders) });
    let mut installation = Installation::on_sqlite();
    installation.set_variable("COUPANG_ACCESS_KEY", &vendor.access_key());
    installation.set_variable("COUPANG_SECRET_KEY", &vendor.secret_key());
    let (id, url) = (format!("vendor_id={}", vendor.vendor_id()), format!("base_url={}", vendor.base_url()));
    let add = ["connectors", "add", "coupang", "--name", "main", "--mode", "api"];
    let settings = ["--set", &id, "--set", &url, "--set", "lookback_days=3", "--set", "pace=off"];
    installation.succeed(&[&add[..], &settings[..]].concat());
    installation.succeed(&["--connector", "main"]);
    (vendor, installation)
}

/// A sheet with a parcel for each box: its lines travel together.
pub(super) fn sheet(vendor: &Vendor) -> String {
    let mut sheet = String::from("order_id,carrier,tracking_number\n");
    for line in vendor.truth() {
        writeln!(sheet, "{},KOREX,{:012}", line.order_id, line.box_id % 1_000_000_000_000)
            .expect("a text takes everything");
    }
    sheet
}

#[test]
fn answers_that_are_lost_have_one_effect_and_leave_no_doubt() {
    let (vendor, installation) = vendor(few(60));
    let lines = vendor.truth().len();
    assert_eq!(installation.stored("main").len(), lines);
    for endpoint in [Endpoint::VendorAcknowledge, Endpoint::VendorInvoices] {
        vendor.fault(Fault::always(endpoint, FaultKind::LostAnswer).rate(0.33, 7));
        vendor.fault(Fault::always(endpoint, FaultKind::LateTimeout).rate(0.2, 8));
    }
    let confirmed = report(&installation, &["orders", "confirm", "--all-paid"]);
    // A box is acknowledged as a whole, and its lines may stand in two batches.
    let good = results(&confirmed);
    assert_eq!(good.get("done").unwrap_or(&0) + good.get("already").unwrap_or(&0), lines, "{good:?}");
    std::fs::write(installation.folder().join("parcels.csv"), sheet(&vendor)).expect("written");
    let shipped = report(&installation, &["orders", "ship", "--file", "parcels.csv"]);
    let good = results(&shipped);
    assert_eq!(good.get("done").unwrap_or(&0) + good.get("already").unwrap_or(&0), lines, "{shipped}");
    let effects = vendor.effects();
    let counts = counted(&effects);
    assert_eq!(counts.len(), 2 * lines, "each line is confirmed and shipped");
    assert!(counts.values().all(|count| *count == 1), "something was done twice");
    assert!(vendor.truth().iter().all(|line| line.status == Status::Departure));
    assert_nothing_in_doubt(&installation);
}

#[test]
fn a_claim_made_after_the_last_look_blocks_shipping() {
    let (vendor, installation) = vendor(1);
    let id = vendor.truth()[0].order_id.clone();
    report(&installation, &["orders", "confirm", "--all-paid"]);
    vendor.buyer_cancels(&id, None).expect("a buyer may ask");
    let args = ["orders", "ship", &id, "--carrier", "CJGLS", "--tracking", "680405450931"];
    let blocked = report(&installation, &args);
    assert_eq!(results(&blocked).get("refused"), Some(&1), "{blocked}");
    assert!(vendor.effects().iter().all(|effect| effect.command != "ship"));
}

#[test]
fn stock_is_pushed_read_back_and_sold_out_stops() {
    let (vendor, installation) = vendor(1);
    installation.succeed(&["products", "pull", "--connector", "main"]);
    installation.succeed(&["products", "add", "--from-listings"]);
    let listed = vendor.listings().into_iter().find(|listing| listing.vendor_item_id.is_some()).expect("one");
    vendor.fault(Fault::next(Endpoint::VendorQuantity, FaultKind::LostAnswer));
    let pushed = report(&installation, &["stock", "set", &listed.sku, "7", "--push"]);
    assert!(results(&pushed).get("done").is_some_and(|done| *done >= 1), "{pushed}");
    let now = vendor.listings().into_iter().find(|other| other.vendor_item_id == listed.vendor_item_id);
    // One of the seven is sold already.
    assert_eq!(now.map(|listing| listing.stock), Some(6));
    let stopped = report(&installation, &["products", "stop", &listed.sku]);
    assert!(results(&stopped).get("done").is_some_and(|done| *done >= 1), "{stopped}");
    let now = vendor.listings().into_iter().find(|other| other.vendor_item_id == listed.vendor_item_id);
    assert_eq!(now.map(|listing| listing.on_sale), Some(false));
    assert_nothing_in_doubt(&installation);
}
