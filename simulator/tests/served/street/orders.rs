//! Confirming, shipping and cancelling.

use simulator::eleventh_street::{NewOrder, Seller};

use super::{code, confirm, effect, effects, get, ids, line, minute, one, ship, status, window};

/// Options of one product and of another one.
fn options(seller: &Seller) -> [String; 3] {
    if seller.listings().is_empty() {
        let first = seller.add(1);
        assert!(seller.cancel(&first[0], 1).is_some());
    }
    let listings = seller.listings();
    let two = listings.windows(2).find(|pair| pair[0].listing_id == pair[1].listing_id).expect("two options");
    let other = listings.iter().find(|option| option.listing_id != two[0].listing_id).expect("another");
    [two[0].option_id.clone(), two[1].option_id.clone(), other.option_id.clone()]
}

/// An order of three lines in one shipment: two options of one product, and another product.
fn bundle(seller: &Seller) -> Vec<String> {
    let lines = options(seller).into_iter().map(|option| (Some(option), 2)).collect();
    seller.add_order(&NewOrder { lines, ..NewOrder::default() })
}

#[test]
fn confirming_takes_along_the_same_product_of_the_same_shipment() {
    let seller = Seller::open();
    let ids_ = bundle(&seller);
    let said = confirm(&seller, &ids_[0]);
    assert_eq!(code(&said), "0");
    assert!(
        said.contains("<ResultOrder><openMallID>11ST</openMallID>") && said.contains("전체 2건이"),
        "{said}"
    );
    assert_eq!(ids_.iter().map(|id| status(&seller, id)).collect::<Vec<_>>(), ["301", "301", "202"]);
    assert_eq!(code(&confirm(&seller, &ids_[1])), "-3206", "it went along");
    assert_eq!(code(&confirm(&seller, &ids_[0])), "-3206");
    assert_eq!(code(&confirm(&seller, &ids_[2])), "0");
    assert_eq!(
        effects(&seller),
        [effect("confirm", &ids_[0]), effect("confirm", &ids_[1]), effect("confirm", &ids_[2])]
    );
    assert_eq!(ids(&window(&seller, "ordservices/packaging", 1, 0)).len(), 3);
    assert!(line(&seller, &ids_[0]).confirmed_at.is_some());
}

#[test]
fn what_cannot_be_confirmed() {
    let seller = Seller::open();
    let id = seller.add(1).remove(0);
    let there = line(&seller, &id);
    let path = |order: &str, shipment: &str| format!("ordservices/reqpackaging/{order}/1/N/null/{shipment}");
    // The shipment is not the order.
    assert_eq!(code(&get(&seller, &path(&there.order_no, &there.order_no))), "-1");
    assert_eq!(code(&get(&seller, &path("20260101000000001", &there.shipment_no))), "-1");
    assert!(seller.cancel(&id, 1).is_some());
    assert_eq!(code(&confirm(&seller, &id)), "-3211");
    let asked = seller.add(1).remove(0);
    assert!(seller.request_cancel(&asked, 1).is_some());
    assert_eq!(code(&confirm(&seller, &asked)), "-3214");
    let abroad = seller.add_order(&NewOrder { is_abroad: true, ..NewOrder::default() }).remove(0);
    assert_eq!(code(&confirm(&seller, &abroad)), "-3210");
    let unpaid = seller.add_order(&NewOrder { is_paid: false, ..NewOrder::default() }).remove(0);
    assert_eq!(code(&confirm(&seller, &unpaid)), "-3206");
    assert!(effects(&seller).is_empty());
}

#[test]
fn shipping_takes_along_the_whole_shipment() {
    let seller = Seller::open();
    let ids_ = bundle(&seller);
    confirm(&seller, &ids_[0]);
    assert_eq!(code(&ship(&seller, &ids_[0], "600000000001")), "-3310", "one line is not confirmed");
    confirm(&seller, &ids_[2]);
    let said = ship(&seller, &ids_[1], "600000000001");
    assert_eq!((code(&said).as_str(), said.contains("전체 3건이")), ("0", true));
    for id in &ids_ {
        let line = line(&seller, id);
        assert_eq!((line.status.as_str(), line.waybill.as_deref()), ("401", Some("600000000001")));
    }
    assert_eq!(code(&ship(&seller, &ids_[1], "600000000001")), "-3308");
    assert_eq!(seller.effects().iter().filter(|effect| effect.command == "ship").count(), 3);
    let shipping = window(&seller, "ordservices/shipping", 1, 0);
    assert_eq!((ids(&shipping).len(), one(&shipping, "dlvEtprsCd")), (3, "00034".to_owned()));
    assert!(ids_.iter().all(|id| seller.deliver(id)));
    assert_eq!(code(&ship(&seller, &ids_[1], "600000000001")), "-3309");
}

#[test]
fn what_cannot_be_shipped() {
    let seller = Seller::open();
    let [first, second] = <[String; 2]>::try_from(seller.add(2)).expect("two");
    assert!([&first, &second].iter().all(|id| code(&confirm(&seller, id)) == "0"));
    let shipment = line(&seller, &first).shipment_no;
    let now = minute(seller.now());
    let asked = |path: &str| code(&get(&seller, &format!("ordservices/reqdelivery/{path}")));
    assert_eq!(asked(&format!("20260101/01/00034/600000000001/{shipment}")), "-3301");
    assert_eq!(asked(&format!("{now}/02/00034/600000000001/{shipment}")), "-1");
    assert_eq!(asked(&format!("{now}/01/KOREX/600000000001/{shipment}")), "-3307");
    assert_eq!(asked(&format!("{now}/01/00001/600000000001/{shipment}")), "-3307");
    assert_eq!(asked(&format!("{now}/01/00034/6000-0000/{shipment}")), "-3306");
    assert_eq!(asked(&format!("{now}/01/00034/null/{shipment}")), "-3306");
    assert_eq!(asked(&format!("{now}/01/00034/600000000001/{}", &first[..17])), "-1");
    assert_eq!(code(&ship(&seller, &first, "600000000001")), "0");
    assert_eq!(code(&ship(&seller, &second, "600000000001")), "-3320", "another order's");
    assert!(seller.cancel(&second, 1).is_some());
    assert_eq!(code(&ship(&seller, &second, "600000000002")), "-3310", "a cancel is asked for");
    assert_eq!(effects(&seller).len(), 3);
    // Nothing is sent: no carrier, no waybill.
    let third = seller.add(1).remove(0);
    confirm(&seller, &third);
    assert_eq!(asked(&format!("{now}/05/null/null/{}", line(&seller, &third).shipment_no)), "0");
    let row = get(&seller, &format!("ordservices/complete/{}", &third[..17]));
    assert_eq!((one(&row, "dlvMthdCd").as_str(), one(&row, "invcNo").as_str()), ("99", ""));
    // What is cancelled is named.
    let fourth = seller.add(1).remove(0);
    assert!(seller.cancel(&fourth, 1).is_some());
    let said = ship(&seller, &fourth, "600000000009");
    assert!(code(&said) == "-3313" && said.contains("주문취소"), "{said}");
}

#[test]
fn some_lines_of_a_shipment_can_be_shipped_before_the_others() {
    let seller = Seller::open();
    let ids_ = bundle(&seller);
    confirm(&seller, &ids_[0]);
    let there = line(&seller, &ids_[0]);
    let now = minute(seller.now());
    let partly = |waybill: &str, yes: &str, lines: &str| {
        let path = format!("{now}/01/00034/{waybill}/{}/{yes}/{}/{lines}", there.shipment_no, there.order_no);
        get(&seller, &format!("ordservices/reqdelivery/{path}"))
    };
    assert_eq!(code(&partly("600000000001", "Y", "3")), "-3310");
    assert_eq!(code(&partly("600000000001", "Y", "4")), "-1");
    assert_eq!(code(&partly("600000000001", "Y", "1,2")), "0");
    assert_eq!(ids_.iter().map(|id| status(&seller, id)).collect::<Vec<_>>(), ["401", "401", "202"]);
    confirm(&seller, &ids_[2]);
    assert_eq!(code(&partly("600000000001", "Y", "1")), "-3308");
    assert_eq!(code(&partly("600000000002", "N", "1")), "0", "whole, which ships the rest");
    assert_eq!(line(&seller, &ids_[2]).waybill.as_deref(), Some("600000000002"));

    let abroad = seller.add_order(&NewOrder { is_abroad: true, ..NewOrder::default() }).remove(0);
    let there = line(&seller, &abroad);
    let path = format!("{now}/01/00034/600000000003/{}/Y/{}/1", there.shipment_no, there.order_no);
    assert_eq!(code(&get(&seller, &format!("ordservices/reqdelivery/{path}"))), "-3321");
}

#[test]
fn a_line_can_be_shipped_in_several_parcels() {
    let seller = Seller::open();
    let id = seller.add_order(&NewOrder { lines: vec![(None, 5)], ..NewOrder::default() }).remove(0);
    confirm(&seller, &id);
    let there = line(&seller, &id);
    let split = |first: i64, more: &str| {
        let now = minute(seller.now());
        let path =
            format!("{now}/01/00034/600000000001/{}/{first}/{}/1/{more}", there.shipment_no, there.order_no);
        code(&get(&seller, &format!("ordservices/reqdelivery/{path}")))
    };
    assert_eq!(split(2, "600000000002@2"), "-1", "four of five");
    assert_eq!(split(2, "600000000002"), "-1");
    assert_eq!(split(2, "6@3"), "-3306");
    assert_eq!(split(2, "600000000002@2%5E600000000003@1"), "0");
    assert_eq!(line(&seller, &id).waybill.as_deref(), Some("600000000001"));
    let other = seller.add(1).remove(0);
    confirm(&seller, &other);
    assert_eq!(code(&ship(&seller, &other, "600000000003")), "-3320", "each of them is used");
}

#[test]
fn the_seller_cancels() {
    let seller = Seller::open();
    let ids_ = seller.add(4);
    let reject = |id: &str, code_: &str, why: &str| {
        let (order, number) = id.split_once('-').expect("an id");
        code(&get(&seller, &format!("claimservice/reqrejectorder/{order}/{number}/{code_}/{why}")))
    };
    let stock = |id: &str| {
        let option = line(&seller, id).option_id;
        seller.listings().into_iter().find(|listing| listing.option_id == option).expect("an option").stock
    };
    let before = stock(&ids_[0]);
    assert_eq!(reject("20260101000000001-1", "99", "x"), "-21002");
    assert_eq!(reject(&format!("{}-9", &ids_[0][..17]), "99", "x"), "-21003");
    assert_eq!(reject(&ids_[0], "01", "x"), "-1");
    assert_eq!(reject(&ids_[0], "08", "%ED%92%88%EC%A0%88"), "0");
    assert_eq!(reject(&ids_[0], "08", "x"), "-21005");
    assert_eq!((status(&seller, &ids_[0]).as_str(), stock(&ids_[0])), ("B01", before + 1));
    confirm(&seller, &ids_[1]);
    assert_eq!(reject(&ids_[1], "10", "x"), "0");
    confirm(&seller, &ids_[2]);
    ship(&seller, &ids_[2], "600000000001");
    assert_eq!(reject(&ids_[2], "99", "x"), "-21004");
    assert!(seller.request_cancel(&ids_[3], 1).is_some());
    assert_eq!(reject(&ids_[3], "99", "x"), "-21005");
    let cancelled = window(&seller, "claimservice/canceledorders", 1, 0);
    assert_eq!(
        (one(&cancelled, "ordCnDtlsRsn").as_str(), one(&cancelled, "ordCnMnbdCd").as_str()),
        ("품절", "02")
    );
    let cancels = seller.effects().into_iter().filter(|effect| effect.command == "cancel");
    assert_eq!(cancels.map(|effect| effect.target).collect::<Vec<_>>(), &ids_[..2]);
}
