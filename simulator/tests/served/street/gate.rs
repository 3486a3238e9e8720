//! Who is let in.

use simulator::eleventh_street::{API_KEY, Config, Seller};
use simulator::plain_http::{Reply, call};
use simulator::{Endpoint, Platform, Simulator};

use super::{all, get, one, send, text};

fn with_key(seller: &Seller, key: Option<&str>, method: &str, path: &str) -> Reply {
    let headers: Vec<(&str, &str)> = key.map(|key| ("openapikey", key)).into_iter().collect();
    call(seller.address(), method, path, &headers, b"").expect("an answer")
}

#[test]
fn the_gate_looks_at_key_approval_address_and_path_in_this_order() {
    let seller = Seller::open();
    let known = "/rest/ordservices/complete/202601010000/202601020000";
    let refused = |key: Option<&str>, path: &str| {
        let said = text(&with_key(&seller, key, "GET", path));
        assert!(said.contains("<AuthMessage>"), "{said}");
        one(&said, "resultCode")
    };
    seller.set(|settings| {
        settings.is_approved = false;
        settings.is_address_registered = false;
    });
    assert_eq!(refused(None, known), "100");
    assert_eq!(refused(Some(""), known), "100");
    assert_eq!(refused(Some("0123"), "/rest/nothing"), "200");
    assert_eq!(refused(Some(API_KEY), known), "300");
    seller.set(|settings| settings.is_approved = true);
    let address = with_key(&seller, Some(API_KEY), "GET", "/rest/nothing");
    let (said, ..) = encoding_rs::EUC_KR.decode(&address.body);
    assert_eq!((address.status, one(&said, "resultCode")), (500, "-500".to_owned()));
    assert!(one(&said, "resultMessage").starts_with('['), "{said}");
    seller.set(|settings| settings.is_address_registered = true);
    assert_eq!(refused(Some(API_KEY), "/rest/nothing"), "-997");
    assert_eq!(refused(Some(API_KEY), "/rest"), "-997");
    // A known path by another method is as unknown.
    for (method, path) in [
        ("GET", "/rest/prodmarketservice/prodmarket"),
        ("POST", known),
        ("GET", "/rest/prodstatservice/stat/stopdisplay/9000000001"),
        ("GET", "/rest/ordservices/reqdelivery/1/2/3/4/5/6"),
    ] {
        assert_eq!(
            one(&text(&with_key(&seller, Some(API_KEY), method, path)), "resultCode"),
            "-997",
            "{path}"
        );
    }
    assert_eq!(one(&get(&seller, &known["/rest/".len()..]), "ns2:result_code"), "0");
    seller.set(|settings| settings.auth_status = 401);
    assert_eq!(with_key(&seller, None, "GET", known).status, 401);
}

#[test]
fn a_key_that_was_taken_back_is_nobodys() {
    let seller = Seller::open();
    let revoke = format!("/__sim/tokens/revoke?account={}", seller.seller_id());
    assert_eq!(call(seller.address(), "POST", &revoke, &[], b"").expect("an answer").status, 200);
    assert_eq!(one(&get(&seller, "ordservices/complete/20260101000012345"), "resultCode"), "200");
    let settings = format!("/__sim/settings?account={}", seller.seller_id());
    let set = call(seller.address(), "POST", &settings, &[], br#"{"key_is_good": true}"#).expect("an answer");
    assert_eq!(set.status, 200);
    assert_eq!(one(&get(&seller, "ordservices/complete/20260101000012345"), "ns2:result_code"), "0");
}

#[test]
fn a_limit_is_kept_to() {
    let seller = Seller::open();
    seller.set(|settings| settings.per_second = Some(2));
    let ask = || send(&seller, "GET", "ordservices/complete/20260101000012345", b"").status;
    assert_eq!(ask(), 200);
    // However slow the machine is, three calls fall into one second at some time.
    let calls = (2..).find(|_| ask() == 429).expect("no end");
    assert!(calls >= 3, "{calls}");
    assert_eq!(seller.calls().of(Endpoint::StreetOrder).limited, 1);
    seller.set(|settings| settings.per_second = None);
    assert_eq!(ask(), 200);
}

#[test]
fn sellers_are_told_apart_by_their_keys() {
    let config = Config::of(12);
    let sellers = (0..3).map(|number| config.clone().number(number)).collect();
    let config = simulator::Config { sellers, ..simulator::Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let sellers = simulator.sellers();
    for seller in &sellers {
        assert_eq!(seller.api_key().len(), 32);
        let order_no = seller.truth()[0].order_no.clone();
        let said = get(seller, &format!("claimservice/orderlistall/{order_no}"));
        assert_eq!(all(&said, "sellerID")[0], seller.seller_id());
        let calls = seller.calls();
        assert_eq!((calls.all().calls, calls.calls[0].platform), (1, Platform::EleventhStreet));
    }
    assert_ne!(sellers[0].truth(), sellers[1].truth());
    let nobody = with_key(&sellers[0], Some("nobody"), "GET", "/rest/ordservices/complete/1");
    assert_eq!(one(&text(&nobody), "resultCode"), "200");
    assert_eq!(one(&text(&with_key(&sellers[0], None, "GET", "/rest/x")), "resultCode"), "100");
    assert_eq!(simulator.seller_url(), sellers[0].base_url());
}

#[test]
fn the_ledger_holds_everything_over_http() {
    let seller = super::shop(80);
    let simulator = seller.simulator();
    let ledger = simulator::Remote::new(seller.address()).ledger().expect("a ledger");
    let [simulator::Account::EleventhStreet { account, orders, claims, listings, settlements, effects }] =
        &ledger[..]
    else {
        panic!("{ledger:?}");
    };
    assert_eq!((account.as_str(), orders), (seller.seller_id(), &seller.truth()));
    assert_eq!((claims, listings), (&seller.claims(), &seller.listings()));
    assert_eq!((settlements, effects.len()), (&seller.settlements(), 0));
    assert_eq!(simulator.ledger().len(), 1);
}
