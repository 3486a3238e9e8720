//! Each way to go wrong.

use encoding_rs::EUC_KR;
use simulator::eleventh_street::Seller;
use simulator::plain_http::{Reply, call};
use simulator::{Endpoint, Fault, FaultKind, Platform};

use super::{all, code, confirm, effects, get, ids, line, minute, one, send, status, text};

const LIST: Endpoint = Endpoint::StreetComplete;

fn busy() -> Seller {
    let seller = Seller::open();
    seller.add(4);
    seller
}

fn read(seller: &Seller) -> Reply {
    let (from, to) = (minute(seller.now() - 86_400_000), minute(seller.now()));
    send(seller, "GET", &format!("ordservices/complete/{from}/{to}"), b"")
}

#[test]
fn statuses_and_refusals() {
    let seller = busy();
    for (kind, status) in [
        (FaultKind::RateLimited, 429),
        (FaultKind::RateLimitedWithRetryAfter, 429),
        (FaultKind::ServerError, 500),
        (FaultKind::BadGateway, 502),
        (FaultKind::Unavailable, 503),
        (FaultKind::GatewayTimeout, 504),
        (FaultKind::IpNotAllowed, 500),
        (FaultKind::Html, 200),
    ] {
        seller.fault(Fault::next(LIST, kind));
        let reply = read(&seller);
        assert_eq!(reply.status, status, "{kind}");
        let wait = (kind == FaultKind::RateLimitedWithRetryAfter).then_some("1");
        assert_eq!(reply.header("retry-after"), wait);
        assert_eq!(reply.text().contains("AuthMessage"), kind == FaultKind::IpNotAllowed, "{kind}");
        assert_eq!(ids(&text(&read(&seller))).len(), 4);
    }
    for (kind, said) in
        [(FaultKind::Maintenance, "-1000"), (FaultKind::Unauthorized, "200"), (FaultKind::NotApproved, "300")]
    {
        seller.fault(Fault::next(LIST, kind));
        assert_eq!(code(&text(&read(&seller))), said, "{kind}");
    }
    seller.fault(Fault::next(Endpoint::StreetSettlements, FaultKind::Maintenance));
    assert_eq!(code(&get(&seller, "settlement/settlementList/20260101/20260102")), "1000");
    seller.fault(Fault::next(LIST, FaultKind::Maintenance).millis(60_000));
    assert_eq!(code(&text(&read(&seller))), "-1000");
    assert_eq!(
        code(&get(&seller, "ordservices/reqpackaging/1/1/N/null/1")),
        "-1000",
        "everywhere, for that long"
    );
    seller.clear_faults();
    assert_eq!(ids(&text(&read(&seller))).len(), 4);
}

#[test]
fn every_code_can_be_asked_for() {
    let seller = busy();
    for (endpoint, path, value) in [
        (Endpoint::StreetConfirm, "ordservices/reqpackaging/1/1/N/null/1", "-3207"),
        (Endpoint::StreetShip, "ordservices/reqdelivery/1/1/1/1/1", "-3311"),
        (Endpoint::StreetRejectCancel, "claimservice/cancelreqreject/1/1/1/1/1/1/1", "-23001"),
        (Endpoint::StreetApproveExchange, "claimservice/exchangereqconf/1/1/1/1/1", "-27009"),
        (Endpoint::StreetSetPrice, "prodservices/product/price/1/10", "404"),
        (Endpoint::StreetReturns, "claimservice/returnorders/1/1", "-29005"),
        (Endpoint::StreetOrder, "ordservices/complete/1", "-1"),
    ] {
        seller.fault(Fault::next(endpoint, FaultKind::Refused).with_value(value));
        assert_eq!(code(&get(&seller, path)), value);
    }
    seller.fault(Fault::next(LIST, FaultKind::Refused).with_value("auth:-997"));
    assert_eq!(one(&text(&read(&seller)), "resultCode"), "-997");
    let unknown = Fault::next(LIST, FaultKind::Refused).with_value("-9");
    assert!(unknown.check().unwrap_err().contains("documented"));
    assert!(Fault::next(LIST, FaultKind::EndlessMore).check().is_err(), "a list has no pages");
    assert!(Fault::next(Endpoint::StreetShip, FaultKind::RowMissing).check().is_err());
    assert!(Fault::next(Endpoint::Feed, FaultKind::WrongCharset).check().is_err());
}

#[test]
fn a_write_whose_answer_is_lost_has_taken_effect() {
    let seller = busy();
    let id = seller.truth().swap_remove(0).order_id;
    let there = line(&seller, &id);
    seller.fault(Fault::next(Endpoint::StreetConfirm, FaultKind::LostAnswer));
    let headers = [("openapikey", seller.api_key())];
    let path = format!("/rest/ordservices/reqpackaging/{}/1/N/null/{}", there.order_no, there.shipment_no);
    assert!(call(seller.address(), "GET", &path, &headers, b"").is_err());
    assert_eq!(status(&seller, &id), "301");
    assert_eq!(code(&confirm(&seller, &id)), "-3206");
    assert_eq!(effects(&seller).len(), 1);
    // So has one that is answered with an error for all that.
    let id = seller.truth().swap_remove(1).order_id;
    let there = line(&seller, &id);
    seller.fault(Fault::next(Endpoint::StreetConfirm, FaultKind::LateError));
    let path = format!("/rest/ordservices/reqpackaging/{}/1/N/null/{}", there.order_no, there.shipment_no);
    assert_eq!(call(seller.address(), "GET", &path, &headers, b"").expect("an answer").status, 500);
    assert_eq!(status(&seller, &id), "301");
    assert_eq!(effects(&seller).len(), 2);
    // One that is cut before it arrives has not.
    let id = seller.truth().swap_remove(2).order_id;
    let there = line(&seller, &id);
    seller.fault(Fault::next(Endpoint::StreetConfirm, FaultKind::ConnectRefused).millis(1));
    let path = format!("/rest/ordservices/reqpackaging/{}/1/N/null/{}", there.order_no, there.shipment_no);
    assert!(call(seller.address(), "GET", &path, &headers, b"").is_err());
    assert_eq!(status(&seller, &id), "202");
}

#[test]
fn charsets_that_are_not_what_they_say() {
    let seller = busy();
    let right = text(&read(&seller));
    seller.fault(Fault::next(LIST, FaultKind::WrongCharset));
    let reply = read(&seller);
    assert_eq!(reply.header("content-type"), Some("text/xml;charset=EUC-KR"));
    assert_eq!(reply.text(), right, "UTF-8 below a declaration of EUC-KR");
    seller.fault(Fault::next(LIST, FaultKind::WrongDeclaration));
    let reply = read(&seller);
    assert_eq!(reply.header("content-type"), Some("text/xml;charset=UTF-8"));
    assert!(std::str::from_utf8(&reply.body).is_err());
    assert_eq!(EUC_KR.decode(&reply.body).0.replace("\"utf-8\"", "\"euc-kr\""), right);
    seller.fault(Fault::next(LIST, FaultKind::WrongContentType));
    assert_eq!(read(&seller).header("content-type"), Some("text/plain;charset=UTF-8"));
}

#[test]
fn bodies_that_end_early() {
    let seller = busy();
    let whole = read(&seller).body;
    seller.fault(Fault::next(LIST, FaultKind::TruncatedJson));
    assert_eq!(read(&seller).body, whole[..whole.len() / 2]);
    seller.fault(Fault::next(LIST, FaultKind::CutBody));
    let cut = read(&seller);
    let length: usize = cut.header("content-length").and_then(|text| text.parse().ok()).expect("a length");
    assert!(cut.body.len() < length);
}

#[test]
fn rows_that_are_not_what_they_were() {
    let seller = busy();
    let right = text(&read(&seller));
    let good = ids(&right);
    let with = |fault: Fault| {
        seller.fault(fault);
        text(&read(&seller))
    };
    let next = |kind| Fault::next(LIST, kind);
    assert_eq!(ids(&with(next(FaultKind::DuplicatePage))), [good.clone(), good.clone()].concat());
    assert_eq!(ids(&with(next(FaultKind::ReorderedPage))), good.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(ids(&with(next(FaultKind::RowMissing))), good[1..]);
    let absent = with(next(FaultKind::AbsentData));
    assert!(
        ids(&absent).is_empty()
            && all(&absent, "ns2:result_code").is_empty()
            && absent.contains("</ns2:orders>")
    );
    assert_eq!(code(&with(next(FaultKind::EmptyList))), "0");
    let strange = with(next(FaultKind::UnknownKey));
    assert_eq!((all(&strange, "ns2:order").len(), all(&strange, "ns2:order_v2").len()), (0, 4));
    let word = with(next(FaultKind::UnknownEnum));
    assert_eq!(all(&word, "ordPrdStat"), ["Z99", "202", "202", "202"]);
    assert_eq!(all(&with(next(FaultKind::NullField)), "ordNo")[0], "null");
    assert_eq!(all(&with(next(FaultKind::MissingField)), "ordNo").len(), 3);
    let renamed = with(next(FaultKind::RenamedField).with_value("ordAmt"));
    assert_eq!((all(&renamed, "ordAmt").len(), all(&renamed, "ordAmt_v2")), (3, vec![one(&right, "ordAmt")]));
    assert_eq!(all(&with(next(FaultKind::SchemaChange)), "addedSince").len(), 4);
    let orders = seller.truth().len();
    with(next(FaultKind::GrowingPage));
    assert!(seller.truth().len() > orders);
    // What is not meant keeps its bytes.
    let after = text(&read(&seller));
    let spoilt = with(next(FaultKind::MissingField));
    assert_eq!(all(&spoilt, "ns2:order")[1..], all(&after, "ns2:order")[1..]);
    let met = seller.calls().calls.iter().filter(|call| call.fault.is_some()).count();
    assert_eq!(met, 13);
}

#[test]
fn the_same_for_claims_and_products() {
    let seller = super::shop(400);
    let everywhere = |kind| Fault::everywhere(Platform::EleventhStreet, kind);
    let day = |ago: i64| minute(seller.now() - ago * 86_400_000);
    let lists = [
        format!("claimservice/canceledorders/{}/{}", day(30), day(0)),
        format!("settlement/settlementList/{}/{}", &day(30)[..8], &day(0)[..8]),
        format!("prodmarketservice/prodmarket/stck/{}", seller.listings()[0].listing_id),
        format!("prodmarketservice/sellerprodcode/{}", seller.listings()[0].seller_code),
    ];
    let rows = |xml: &str| {
        ["ns2:order", "ns2:seStlDtlList", "ns2:ProductStock", "ns2:product"].map(|name| all(xml, name).len())
    };
    let right: Vec<_> = lists.iter().map(|list| rows(&get(&seller, list)).iter().sum::<usize>()).collect();
    assert!(right.iter().all(|count| *count > 0), "{right:?}");
    seller.fault(everywhere(FaultKind::DuplicatePage));
    for (list, count) in lists.iter().zip(&right) {
        assert_eq!(rows(&get(&seller, list)).iter().sum::<usize>(), count * 2, "{list}");
    }
    seller.clear_faults();
    seller.fault(Fault::next(Endpoint::StreetListings, FaultKind::EndlessMore));
    let search = "<SearchProduct><limit>3</limit><start>4</start><end>6</end></SearchProduct>";
    let endless = super::put(&seller, "POST", "prodmarketservice/prodmarket", search);
    assert_eq!(
        all(&endless, "prdNo")[0],
        seller.listings()[0].listing_id,
        "the beginning, whatever is asked for"
    );
}
