//! What can be read.

use std::collections::BTreeSet;

use simulator::Endpoint;
use simulator::eleventh_street::{ClaimKind, Config, NewOrder, Seller};

use super::{all, code, get, ids, minute, names, one, shop, window};

/// Everything of a list over the last days.
fn everything(seller: &Seller, list: &str) -> BTreeSet<String> {
    let windows = (0..4).map(|week| window(seller, list, 7 * week + 7, 7 * week));
    windows.flat_map(|xml| ids(&xml)).collect()
}

#[test]
fn the_lists_together_hold_every_line_once() {
    let seller = shop(400);
    let truth = seller.truth();
    assert_eq!(truth.len(), 400);
    let mut listed = BTreeSet::new();
    for (list, status) in [
        ("standby", "102"),
        ("complete", "202"),
        ("packaging", "301"),
        ("shipping", "401"),
        ("dlvcompleted", "501"),
        ("completed", "901"),
    ] {
        let of_list = everything(&seller, &format!("ordservices/{list}"));
        let expected: BTreeSet<String> =
            truth.iter().filter(|line| line.status == status).map(|line| line.order_id.clone()).collect();
        assert_eq!(of_list, expected, "{list}");
        assert!(!expected.is_empty(), "{status} must be there");
        listed.extend(of_list);
    }
    // What is claimed, cancelled or returned is in no order list.
    let others: BTreeSet<&str> = truth
        .iter()
        .filter(|line| !listed.contains(&line.order_id))
        .map(|line| line.status.as_str())
        .collect();
    assert!(others.is_subset(&["601", "701", "A01", "B01"].into()), "{others:?}");
    assert!(others.contains("B01") && others.contains("A01"), "{others:?}");
    // Several lines of one shipment, several shipments of one order, orders of the same second.
    let pairs: BTreeSet<(&str, &str)> =
        truth.iter().map(|line| (&*line.order_no, &*line.shipment_no)).collect();
    let orders: BTreeSet<&str> = truth.iter().map(|line| &*line.order_no).collect();
    let seconds: BTreeSet<i64> = truth.iter().map(|line| line.ordered_at).collect();
    assert!(orders.len() < pairs.len() && pairs.len() < truth.len() && seconds.len() < orders.len());
    assert!(truth.iter().any(|line| line.add_on_of.is_some()) && truth.iter().any(|line| line.line_no == 7));
}

#[test]
fn a_paid_line_has_the_elements_that_were_seen() {
    let seller = Seller::open();
    let id = seller
        .add_order(&NewOrder { lines: vec![(None, 2), (None, 1)], ..NewOrder::default() })
        .swap_remove(0);
    let xml = window(&seller, "ordservices/complete", 1, 0);
    assert!(xml.contains(
        "<ns2:orders xmlns:ns2=\"http://skt.tmall.business.openapi.spring.service.client.domain/\">"
    ));
    let row = one(&xml, "ns2:order");
    let expected = "addPrdNo addPrdYn appmtDdDlvDy appmtEltRefuseYn appmtselStockCd bmDlvCst bmDlvCstType bndlDlvSeq \
         bndlDlvYN clmReqRsnNm custGrdNm deferRefsRsnCdNm delaySendDt dlvCst dlvCstType dlvEtprsCd dlvMthdCd dlvNo \
         dlvSndDue engNm freeGiftNo freeGiftQty gblDlvYn gifeser giftCd invcNo lstDlvCst lstSellerDscPrc \
         lstTmallDscPrc memID memNo ordAmt ordBaseAddr ordDlvReqCont ordDt ordDtlsAddr ordMailNo ordNm ordNo \
         ordOptWonStl ordPayAmt ordPayAmtPerSeq ordPrdSeq ordPrdStat ordPrtblTel ordQty ordStlEndDt ordTlphnNo \
         plcodrCnfDt prdNm prdNo prdStckNo psnCscUniqNo rcvrBaseAddr rcvrDtlsAddr rcvrMailNo rcvrMailNoSeq rcvrNm \
         rcvrPrtblNo rcvrTlphn realStockYn referSeq refsRsn refsRsnCdNm selPrc sellerDscPrc sellerDscPrcPerSeq \
         sellerPrdCd sellerStockCd sendClfCd sendGiftYn shopNo slctPrdOptNm sndEndDt stlPlnAmt tmallApplyDscAmt \
         tmallDscPrc tmallDscPrcPerSeq totSelFee typeAdd typeBilNo use11stRetailYn visitDlvYn";
    assert_eq!(names(&xml).join(" "), expected);
    let truth = super::line(&seller, &id);
    let number = |name: &str| one(&row, name).parse::<i64>().expect("a number");
    assert_eq!((number("ordAmt"), number("ordPayAmt")), (truth.amount, truth.paid_amount));
    assert_eq!(
        truth.paid_amount,
        truth.amount + number("dlvCst") - number("sellerDscPrc") - number("tmallDscPrc")
    );
    assert_eq!((one(&row, "plcodrCnfDt").as_str(), one(&row, "dlvMthdCd").as_str()), ("null", "null"));
    assert_eq!(one(&row, "ordStlEndDt"), simulator::kst_text(truth.paid_at.unwrap())[..19].replace('T', " "));
    assert_eq!(truth.order_no.len(), 17);
    assert!(truth.order_no.starts_with(&minute(truth.ordered_at)[..8]));
    assert!(one(&row, "slctPrdOptNm").ends_with("-2개"));
    assert_eq!(one(&row, "bndlDlvYN"), "Y");
}

#[test]
fn other_lists_have_other_elements() {
    let seller = shop(200);
    let shipping = window(&seller, "ordservices/shipping", 7, 0);
    let names: BTreeSet<&str> =
        shipping.split("</").skip(1).map(|part| part.split('>').next().expect("a name")).collect();
    let expected = ["dlvEtprsCd", "invcNo", "ordNo", "ordPrdSeq", "sndEndDt", "ns2:order", "ns2:orders"];
    assert_eq!(names, expected.into());
    let orders: Vec<String> = {
        let all: BTreeSet<String> = seller.truth().into_iter().map(|line| line.order_no).collect();
        all.into_iter().take(3).collect()
    };
    let path = orders.join(",");
    let states = get(&seller, &format!("claimservice/orderlistall/{path}"));
    let of_orders: Vec<String> = seller
        .truth()
        .into_iter()
        .filter(|line| orders.contains(&line.order_no))
        .map(|line| line.order_id)
        .collect();
    assert_eq!(ids(&states), of_orders);
    assert!(!states.contains("rcvrNm") && states.contains("<ordPrdStatNm>") && states.contains("<sellerID>"));
    let addresses = get(&seller, &format!("claimservice/orderlistalladdr/{path}"));
    assert!(addresses.contains("<rcvrNm>") && addresses.contains("<dlvMthdCd>"));
    let order = get(&seller, &format!("ordservices/complete/{}", orders[0]));
    assert!(ids(&order).iter().all(|id| id.starts_with(&orders[0])) && order.contains("<ordCnQty>"));
    let delivered = window(&seller, "ordservices/dlvcompleted", 7, 0);
    assert!(delivered.contains("<dlvEndDt>") && !delivered.contains("<ordPayAmt>"));
}

#[test]
fn orders_that_cannot_be_asked_for() {
    let seller = Seller::open();
    let many = vec!["20260101000000001"; 101].join(",");
    for list in ["orderlistall", "orderlistalladdr"] {
        assert_eq!(code(&get(&seller, &format!("claimservice/{list}/{many}"))), "-28003");
        assert_eq!(code(&get(&seller, &format!("claimservice/{list}/1,%202"))), "-28002");
        assert_eq!(code(&get(&seller, &format!("claimservice/{list}/{}", &many[..17]))), "-1");
    }
    assert_eq!(code(&get(&seller, "ordservices/complete/20260101000000001")), "0");
}

#[test]
fn windows_end_and_are_refused_by_their_own_codes() {
    let seller = Seller::open();
    let good = "202601010000";
    for (list, start, end, range) in [
        ("ordservices/standby", "-3102", "-3103", "-3104"),
        ("ordservices/complete", "-3103", "-3104", "-3105"),
        ("ordservices/packaging", "-3303", "-3304", "-3305"),
        ("ordservices/shipping", "-3902", "-3903", "-3904"),
        ("ordservices/dlvcompleted", "-3902", "-3903", "-3904"),
        ("ordservices/completed", "-3902", "-3903", "-3904"),
    ] {
        let asked = |from: &str, to: &str| code(&get(&seller, &format!("{list}/{from}/{to}")));
        assert_eq!(asked("2026010100", good), start);
        assert_eq!(asked(good, "202613010000"), end);
        assert_eq!(asked(good, "202601090000"), range);
        assert_eq!(asked(good, "202601082359"), "0", "the error comes from eight days on");
    }
    for (lists, number) in [
        (["cancelorders", "canceledorders", "withdrawcanceledorders"], "-2800"),
        (["returnorders", "returnedorders", "retractretorders"], "-2900"),
        (["exchangeorders", "exchangedorders", "retractexcorders"], "-2900"),
    ] {
        for list in lists {
            let asked = |from: &str, to: &str| get(&seller, &format!("claimservice/{list}/{from}/{to}"));
            assert_eq!(code(&asked("20260101", good)), format!("{number}7"));
            assert_eq!(code(&asked(good, "")), format!("{number}6"));
            assert_eq!(code(&asked(good, "202601310001")), format!("{number}8"));
            let nothing = asked(good, "202601310000");
            assert_eq!(
                (code(&nothing).as_str(), one(&nothing, "ns2:result_text").as_str()),
                ("-1", "해당 건이 없습니다.")
            );
        }
    }
    seller.set(|settings| settings.no_claims_code = 0);
    assert_eq!(code(&window(&seller, "claimservice/returnorders", 30, 0)), "0");
}

#[test]
fn a_window_holds_its_first_second_and_its_last_minute() {
    let seller = Seller::open();
    let day = 1_768_435_200_000; // 2026-01-15 09:00:00 KST
    let at = |order: i64| {
        seller.add_order(&NewOrder { at: Some(order), ..NewOrder::default() });
    };
    [day - 1_000, day, day + 60_000, day + 119_000, day + 120_000].into_iter().for_each(at);
    let count = || ids(&get(&seller, "ordservices/complete/202601150900/202601150901")).len();
    assert_eq!(count(), 3);
    seller.set(|settings| settings.end_is_inclusive = false);
    assert_eq!(count(), 1);
}

#[test]
fn a_list_is_cut_off_in_silence() {
    let seller = Seller::open();
    seller.add(8);
    seller.set(|settings| settings.most_rows = 5);
    let listed = ids(&window(&seller, "ordservices/complete", 1, 0));
    let mut truth: Vec<_> = seller.truth().into_iter().map(|line| (line.paid_at, line.order_id)).collect();
    truth.sort();
    let first: Vec<String> = truth.into_iter().take(5).map(|(_, id)| id).collect();
    assert_eq!(listed, first);
    assert_eq!(seller.calls().calls[0].rows, 5);
}

#[test]
fn claims_are_listed_by_what_became_of_them() {
    let seller = shop(1_200);
    for (list, kind, statuses) in [
        ("cancelorders", ClaimKind::Cancel, &["01"][..]),
        ("canceledorders", ClaimKind::Cancel, &["02"]),
        ("withdrawcanceledorders", ClaimKind::Cancel, &["05"]),
        ("returnorders", ClaimKind::Return, &["105", "104"]),
        ("returnedorders", ClaimKind::Return, &["106"]),
        ("retractretorders", ClaimKind::Return, &["108"]),
        ("exchangeorders", ClaimKind::Exchange, &["201"]),
        ("exchangedorders", ClaimKind::Exchange, &["221"]),
        ("retractexcorders", ClaimKind::Exchange, &["233"]),
    ] {
        let xml = window(&seller, &format!("claimservice/{list}"), 30, 0);
        let number = if kind == ClaimKind::Cancel { "ordPrdCnSeq" } else { "clmReqSeq" };
        let listed: BTreeSet<String> = all(&xml, number).into_iter().collect();
        let expected: BTreeSet<String> = seller
            .claims()
            .into_iter()
            .filter(|claim| claim.kind == kind && statuses.contains(&claim.status.as_str()))
            .map(|claim| claim.claim_id)
            .collect();
        assert_eq!(listed, expected, "{list}");
        assert_eq!(xml.contains("<exchNm>"), kind == ClaimKind::Exchange && !expected.is_empty());
        assert!(!xml.contains("sellerPrdCd"));
    }
    let endings: BTreeSet<String> = seller.claims().into_iter().map(|claim| claim.status).collect();
    for status in ["02", "05", "106", "221"] {
        assert!(endings.contains(status), "{status}");
    }
}

#[test]
fn settlements_follow_the_day_of_the_decision() {
    let seller = shop(300);
    let day = |ago: i64| minute(seller.now() - ago * 86_400_000)[..8].to_owned();
    let list =
        |from: i64, to: i64| get(&seller, &format!("settlement/settlementList/{}/{}", day(from), day(to)));
    let xml = list(30, 0);
    let truth = seller.settlements();
    assert!(truth.len() > 20);
    assert_eq!(ids(&xml), truth.iter().map(|row| row.order_id.clone()).collect::<Vec<_>>());
    let amounts: Vec<i64> = all(&xml, "stlAmt").iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(amounts, truth.iter().map(|row| row.settled).collect::<Vec<_>>());
    let lines = seller.truth();
    for row in &truth {
        let line = lines.iter().find(|line| line.order_id == row.order_id).expect("a line");
        assert_eq!((line.decided_at, row.settled), (Some(row.decided_at), row.amount - row.deducted));
    }
    assert_eq!(one(&xml, "totalCount"), truth.len().to_string());
    assert_eq!(code(&list(31, 0)), "2");
    assert_eq!(code(&list(900, 890)), "0");
    assert_eq!(code(&list(0, 0)), "0", "today's come tomorrow");
    assert_eq!(seller.calls().of(Endpoint::StreetSettlements).calls, 4);
}

#[test]
fn the_same_seed_makes_the_same_account() {
    let made = |seed: u64| {
        let seller = Seller::start(Config { seed, ..Config::of(50) }).expect("a port");
        let truth = seller.truth();
        truth.into_iter().map(|line| (line.listing_id, line.quantity, line.amount)).collect::<Vec<_>>()
    };
    assert_eq!(made(5), made(5));
    assert_ne!(made(5), made(6));
}
