//! Decisions on claims.

use serde_json::json;
use simulator::eleventh_street::{NewOrder, Seller};
use simulator::plain_http::call;

use super::{code, confirm, effect, effects, get, ids, line, names, one, ship, status, window};

fn decide(seller: &Seller, path: &str) -> String {
    code(&get(seller, &format!("claimservice/{path}")))
}

/// A line as a path names it.
fn place(id: &str) -> String {
    id.replace('-', "/")
}

fn state(seller: &Seller, claim: &str) -> String {
    seller.claims().into_iter().find(|known| known.claim_id == claim).expect("a claim").status
}

/// A line of so many pieces that was confirmed.
fn confirmed(seller: &Seller, pieces: i64) -> String {
    let id = seller.add_order(&NewOrder { lines: vec![(None, pieces)], ..NewOrder::default() }).remove(0);
    confirm(seller, &id);
    id
}

/// The same, delivered.
fn delivered(seller: &Seller, pieces: i64) -> String {
    let id = confirmed(seller, pieces);
    let waybill = format!("61{}", &line(seller, &id).shipment_no);
    assert_eq!(code(&ship(seller, &id, &waybill)), "0");
    assert!(seller.deliver(&id));
    id
}

#[test]
fn claims_have_the_elements_that_were_seen() {
    let seller = Seller::open();
    let cancel = confirmed(&seller, 2);
    assert!(seller.cancel(&cancel, 1).is_some());
    let expected = "createDt dlvNo ordCnDtlsRsn ordCnMnbdCd ordCnQty ordCnRsnCd ordCnStatCd ordNo ordPrdCnSeq \
                    ordPrdSeq prdNo referSeq slctPrdOptNm";
    let xml = window(&seller, "claimservice/cancelorders", 1, 0);
    assert_eq!(names(&xml).join(" "), expected);
    assert!(one(&xml, "slctPrdOptNm").ends_with("-1개"), "the claim's pieces, not the line's");
    let back = delivered(&seller, 1);
    let claim = seller.request_return(&back, 1).expect("a request");
    let expected = "affliateBndlDlvSeq appmtDlvCst clmDlvCstMthd clmLstDlvCst clmReqCont clmReqQty clmReqRsn \
                    clmReqSeq clmStat dlvEtprsCd kglUseYn optName ordNm ordNo ordPrdSeq ordPrtblTel ordTlphnNo prdNo \
                    rcvrBaseAddr rcvrDtlsAddr rcvrMailNo rcvrMailNoSeq rcvrTypeAdd rcvrTypeBilNo reqDt twMthd \
                    twPrdInvcNo";
    assert_eq!(names(&window(&seller, "claimservice/returnorders", 1, 0)).join(" "), expected);
    assert!(seller.withdraw(&claim) && seller.request_exchange(&back, 1).is_some());
    let exchange = names(&window(&seller, "claimservice/exchangeorders", 1, 0));
    assert!(exchange.is_sorted() && exchange.contains(&"exchNm".to_owned()));
}

#[test]
fn a_cancel_is_approved_once() {
    let seller = Seller::open();
    let id = confirmed(&seller, 3);
    let claim = seller.cancel(&id, 3).expect("a request");
    assert_eq!(status(&seller, &id), "701");
    let requested = window(&seller, "claimservice/cancelorders", 1, 0);
    assert_eq!((ids(&requested), one(&requested, "ordPrdCnSeq")), (vec![id.clone()], claim.clone()));
    assert_eq!(decide(&seller, &format!("cancelreqconf/{claim}/20260101000000001/1")), "-22002");
    assert_eq!(decide(&seller, &format!("cancelreqconf/{claim}/{}/9", &id[..17])), "-22003");
    assert_eq!(decide(&seller, &format!("cancelreqconf/1/{}", place(&id))), "-22004");
    let approve = format!("cancelreqconf/{claim}/{}", place(&id));
    assert_eq!(decide(&seller, &approve), "0");
    assert_eq!((status(&seller, &id).as_str(), state(&seller, &claim).as_str()), ("B01", "02"));
    let again = get(&seller, &format!("claimservice/{approve}"));
    assert_eq!((code(&again).as_str(), again.contains("이미 취소 완료된")), ("-1", true));
    let done = window(&seller, "claimservice/canceledorders", 1, 0);
    assert!(!one(&done, "cnTrtEndDt").is_empty());
    assert_eq!(effects(&seller)[1..], [effect("approve_claim", &claim)]);
}

#[test]
fn a_cancel_of_some_pieces_leaves_the_others() {
    let seller = Seller::open();
    let id = confirmed(&seller, 3);
    let whole = line(&seller, &id).amount;
    let claim = seller.cancel(&id, 1).expect("a request");
    assert_eq!(line(&seller, &id).cancelled_quantity, 1);
    assert_eq!(decide(&seller, &format!("cancelreqconf/{claim}/{}", place(&id))), "0");
    let left = line(&seller, &id);
    assert_eq!((left.status.as_str(), left.quantity, left.cancelled_quantity), ("301", 3, 1));
    assert_eq!(left.amount, whole * 2 / 3);
}

#[test]
fn a_cancel_is_refused_with_the_parcel_that_is_under_way() {
    let seller = Seller::open();
    let id = confirmed(&seller, 1);
    let claim = seller.cancel(&id, 1).expect("a request");
    let reject =
        |claim: &str, rest: &str| decide(&seller, &format!("cancelreqreject/{}/{claim}/{rest}", place(&id)));
    assert_eq!(reject("1", "01/20260115/00034/600000000001"), "-23002");
    assert_eq!(reject(&claim, "01/202601150000/00034/600000000001"), "-23003");
    assert_eq!(reject(&claim, "09/20260115/00034/600000000001"), "-23004");
    assert_eq!(reject(&claim, "01/20260115/00034/6000000001"), "-23005", "ten digits are too few");
    assert_eq!(reject(&claim, "01/20260115/99999/600000000001"), "-23006");
    assert_eq!(reject(&claim, "01/20260115/00034/600000000001"), "0");
    let now = line(&seller, &id);
    assert_eq!((now.status.as_str(), now.waybill.as_deref()), ("401", Some("600000000001")));
    assert_eq!(reject(&claim, "01/20260115/00034/600000000001"), "-23008");
    assert_eq!(state(&seller, &claim), "05");
    assert_eq!(effects(&seller)[1..], [effect("reject_claim", &claim)]);

    // By the newer call, of a line that is not confirmed, because the buyer blames the wrong side.
    let id = seller.add(1).remove(0);
    let claim = seller.request_cancel(&id, 1).expect("a request");
    let path = format!("cancelreqrejectNEW/{}/{claim}/05/20260115/null/null", place(&id));
    assert_eq!(decide(&seller, &format!("{path}/03/x")), "-24001");
    assert_eq!(decide(&seller, &format!("{path}/01/%20")), "-24002");
    assert_eq!(decide(&seller, &format!("{path}/01/x")), "0");
    assert_eq!(status(&seller, &id), "202");
    // Abroad it cannot be refused.
    let id = seller.add_order(&NewOrder { is_abroad: true, ..NewOrder::default() }).remove(0);
    let claim = seller.request_cancel(&id, 1).expect("a request");
    let path = format!("cancelreqreject/{}/{claim}/01/20260115/00034/600000000002", place(&id));
    assert_eq!(decide(&seller, &path), "-23009");
}

#[test]
fn a_return_is_held_and_approved() {
    let seller = Seller::open();
    let id = delivered(&seller, 2);
    let claim = seller.request_return(&id, 2).expect("a request");
    assert_eq!(status(&seller, &id), "601");
    let hold =
        |claim: &str, rest: &str| decide(&seller, &format!("returnclaimdefer/{}/{claim}/{rest}", place(&id)));
    assert_eq!(hold("1", "101/x"), "-21004");
    assert_eq!(hold(&claim, "109/x"), "-21005");
    assert_eq!(hold(&claim, "101/%20"), "-21006");
    assert_eq!(hold(&claim, "101/%EC%82%AC%EC%9C%A0"), "0");
    assert_eq!((state(&seller, &claim).as_str(), hold(&claim, "101/x").as_str()), ("104", "-21008"));
    assert_eq!(one(&window(&seller, "claimservice/returnorders", 1, 0), "clmStat"), "104");
    let approve = |claim: &str, place: &str| decide(&seller, &format!("returnreqconf/{claim}/{place}"));
    assert_eq!(approve(&claim, "20260101000000001/1"), "-24002");
    assert_eq!(approve(&claim, &format!("{}/9", &id[..17])), "-24003");
    assert_eq!(approve("1", &place(&id)), "-24004");
    assert_eq!(approve(&claim, &place(&id)), "0");
    assert_eq!(approve(&claim, &place(&id)), "-24006");
    assert_eq!((status(&seller, &id).as_str(), state(&seller, &claim).as_str()), ("A01", "106"));
    assert_eq!(hold(&claim, "101/x"), "-21007");
    let row = window(&seller, "claimservice/returnedorders", 1, 0);
    assert_eq!((one(&row, "clmLstDlvCst").as_str(), one(&row, "trtEndDt").len()), ("3,000", 19));
    assert_eq!(effects(&seller)[2..], [effect("hold_claim", &claim), effect("approve_claim", &claim)]);
}

#[test]
fn a_return_is_refused_or_taken_back() {
    let seller = Seller::open();
    let id = delivered(&seller, 1);
    let claim = seller.request_return(&id, 1).expect("a request");
    let reject =
        |claim: &str, rest: &str| decide(&seller, &format!("returnreqreject/{}/{claim}/{rest}", place(&id)));
    assert_eq!(reject("1", "103/x"), "-25004");
    assert_eq!(reject(&claim, "201/x"), "-1");
    assert_eq!(reject(&claim, "103/x"), "0");
    assert_eq!((status(&seller, &id).as_str(), state(&seller, &claim).as_str()), ("501", "107"));
    assert_eq!(reject(&claim, "103/x"), "-1");
    let again = seller.request_return(&id, 1).expect("another request");
    assert!(seller.withdraw(&again) && !seller.withdraw(&again));
    assert_eq!((status(&seller, &id).as_str(), state(&seller, &again).as_str()), ("501", "108"));
    assert_eq!(decide(&seller, &format!("returnreqconf/{again}/{}", place(&id))), "-24007");
    assert_eq!(one(&window(&seller, "claimservice/retractretorders", 1, 0), "clmReqSeq"), again);
    assert_eq!(effects(&seller)[2..], [effect("reject_claim", &claim)]);
}

#[test]
fn an_exchange_is_shipped_or_refused() {
    let seller = Seller::open();
    let id = delivered(&seller, 1);
    let claim = seller.request_exchange(&id, 1).expect("a request");
    let approve =
        |claim: &str, rest: &str| decide(&seller, &format!("exchangereqconf/{claim}/{}/{rest}", place(&id)));
    assert_eq!(approve("1", "00034/600000000001"), "-27004");
    assert_eq!(approve(&claim, "00000/600000000001"), "-27006");
    assert_eq!(approve(&claim, "00034/x"), "-1");
    assert_eq!(approve(&claim, "00034/600000000001"), "0");
    assert_eq!(approve(&claim, "00034/600000000001"), "-27008");
    assert_eq!((status(&seller, &id).as_str(), state(&seller, &claim).as_str()), ("501", "221"));
    let replaced = seller.claims().pop().expect("a claim").replacement_waybill;
    assert_eq!(replaced.as_deref(), Some("600000000001"));
    let claim = seller.request_exchange(&id, 1).expect("another request");
    let reject = |claim: &str, rest: &str| {
        decide(&seller, &format!("exchangereqreject/{}/{claim}/{rest}", place(&id)))
    };
    assert_eq!(reject("1", "203/x"), "-26004");
    assert_eq!(reject(&claim, "103/x"), "-1");
    assert_eq!(reject(&claim, "203/x"), "0");
    assert_eq!(reject(&claim, "203/x"), "-26006");
    assert_eq!(state(&seller, &claim), "232");
    // A claim of another kind is none.
    assert_eq!(decide(&seller, &format!("returnreqconf/{claim}/{}", place(&id))), "-24005");
    assert_eq!(decide(&seller, &format!("returnreqreject/{}/{claim}/103/x", place(&id))), "-25005");
    assert_eq!(decide(&seller, &format!("cancelreqconf/{claim}/{}", place(&id))), "-22004");
    let returned = seller.request_return(&id, 1).expect("a return");
    assert_eq!(approve(&returned, "00034/600000000001"), "-27007");
    assert_eq!(reject(&returned, "203/x"), "-26005");
}

#[test]
fn what_the_platform_cancels_after_the_decision_has_a_list_of_its_own() {
    let seller = Seller::open();
    let id = seller.add(1).swap_remove(0);
    assert_eq!(seller.revoke_purchase(&id), None, "nothing is decided yet");
    confirm(&seller, &id);
    ship(&seller, &id, "600000000301");
    assert!(seller.deliver(&id) && seller.decide(&id));
    let claim = seller.revoke_purchase(&id).expect("a decided line");
    assert_eq!(status(&seller, &id), "C01");
    let list = window(&seller, "claimservice/officecancellist", 1, 0);
    assert_eq!(
        (ids(&list), one(&list, "clmReqSeq"), one(&list, "clmStat")),
        (vec![id.clone()], claim, "106".to_owned())
    );
    assert!(!list.contains("ordPrdCnSeq"), "its rows are those of a return");
    for other in ["canceledorders", "cancelorders", "returnedorders"] {
        assert_eq!(ids(&window(&seller, &format!("claimservice/{other}"), 1, 0)), [""; 0], "{other}");
    }
    assert!(ids(&window(&seller, "ordservices/completed", 1, 0)).is_empty(), "and it leaves the order lists");
    assert_eq!(code(&window(&seller, "claimservice/officecancellist", 32, 0)), "-28008");
}

#[test]
fn buyers_act_over_http() {
    let seller = Seller::open();
    let act = |body: serde_json::Value| -> serde_json::Value {
        let target = format!("/__sim/seller/act?account={}", seller.seller_id());
        let reply =
            call(seller.address(), "POST", &target, &[], body.to_string().as_bytes()).expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
        serde_json::from_slice(&reply.body).expect("JSON")
    };
    let ids = seller.add(4);
    let [cancelled, asked, returned, exchanged] = &ids[..] else { panic!("four lines") };
    assert!(act(json!({"act": "cancel", "order_id": cancelled})).is_string());
    assert_eq!(status(&seller, cancelled), "B01");
    confirm(&seller, asked);
    let claim = act(json!({"act": "cancel", "order_id": asked, "quantity": 1}));
    assert_eq!(status(&seller, asked), "701");
    assert_eq!(act(json!({"act": "withdraw", "claim_id": claim})), claim);
    assert_eq!(act(json!({"act": "withdraw", "claim_id": claim})), json!(null), "it is over");
    assert_eq!(status(&seller, asked), "301");
    for (line, waybill, deed) in
        [(returned, "600000000302", "return"), (exchanged, "600000000303", "exchange")]
    {
        assert_eq!(act(json!({"act": deed, "order_id": line})), json!(null), "it was not sent");
        confirm(&seller, line);
        ship(&seller, line, waybill);
        assert_eq!(act(json!({"act": "deliver", "order_id": line})), json!(line));
        assert!(act(json!({"act": deed, "order_id": line})).is_string());
        assert_eq!(status(&seller, line), "601", "{deed}");
    }
    assert_eq!(act(json!({"act": "return", "order_id": "1-1"})), json!(null), "there is no such line");
    let target = "/__sim/seller/act?account=nobody";
    let refused = call(seller.address(), "POST", target, &[], br#"{"act": "pay", "order_id": "1-1"}"#);
    assert_eq!(refused.expect("an answer").status, 400);
}
