//! What is sent, how often, and what a call brings.

use connector_core::{ErrorKind, ListingState, Next, Record, View, Wanted};

use super::*;

fn keys(records: &[Record]) -> Vec<String> {
    records.iter().map(Record::key).collect()
}

fn read_request(stream: &str, window: Option<[&str; 2]>, page: &str) -> ReadRequest {
    let at = |text| parse_kst(text).expect(text);
    ReadRequest {
        stream: SPEC.stream(stream).expect("a stream"),
        view: View::Changes,
        window: window.map(|[from, to]| Window { from: at(from), to: at(to) }),
        page: Some(page.to_owned()),
    }
}

#[tokio::test]
async fn the_key_stands_in_its_header_and_is_never_shown() {
    let ask = "GET /ordservices/complete/202601200000/202601200001";
    let (client, market) = Market::default().with(ask, NONE).open();
    client.connector().check(&client).await.expect("a good key");
    let [wire] = &market.wires()[..] else { panic!("one call, none of them for a token") };
    assert_eq!(name(wire), ask);
    let key = &wire.headers["openapikey"];
    assert!(key.is_sensitive() && key == "hush0000000000000000000000000key");
    assert!(!format!("{wire:?} {client:?} {:?}", client.connector()).contains("hush"));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_not_registered_is_tried_once() {
    let ask = "GET /ordservices/complete/202601200000/202601200001";
    let body = "<AuthMessage><resultCode>-500</resultCode><resultMessage>[203.0.113.7]인증된 IP가 아닙니다.</resultMessage></AuthMessage>";
    let (client, market) = Market::default().with_status(ask, 500, body).open();
    let error = client.connector().check(&client).await.expect_err("no right");
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (ErrorKind::Permission, Some("-500"), Some(500))
    );
    assert_eq!(market.asked().len(), 1, "a matter of settings is not tried again");
}

#[tokio::test(start_paused = true)]
async fn maintenance_is_waited_for() {
    let ask = "GET /ordservices/complete/202601200000/202601200001";
    let down = "<ns2:orders xmlns:ns2=\"x\"><ns2:result_code>-1000</ns2:result_code></ns2:orders>";
    let (client, market) = Market::default().with(ask, down).with(ask, NONE).open();
    client.connector().check(&client).await.expect("it is up again");
    assert_eq!(market.asked().len(), 2);
}

#[tokio::test]
async fn a_page_token_beyond_all_numbers_is_refused() {
    let (client, market) = Market::default().open();
    for token in ["0", "-1", "18446744073709551615", "ACCEPT"] {
        let request = read_request("listings", None, token);
        let error = client.connector().read(&client, &request).await.expect_err(token);
        assert_eq!(error.kind(), ErrorKind::Decode, "{token}");
    }
    assert!(market.asked().is_empty());
}

#[tokio::test]
async fn a_window_that_holds_too_much_is_too_wide_down_to_minutes() {
    let rows = vec![line(1, "202", ""); 3_000];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let (client, _) = Market::default()
        .with("GET /ordservices/complete/202601150900/202601150930", list(&rows))
        .with("GET /ordservices/complete/202601150900/202601150915", list(&rows[..1]))
        .open();
    let connector = client.connector();
    let request = read_request("orders", Some(["2026-01-15 09:00", "2026-01-15 09:30"]), "complete");
    assert_eq!(connector.read(&client, &request).await.expect_err("3,000 rows").kind(), ErrorKind::TooWide);
    let request = read_request("orders", Some(["2026-01-15 09:00", "2026-01-15 09:15"]), "complete");
    let page = connector.read(&client, &request).await.expect("a page");
    assert_eq!((keys(&page.records), page.next), (vec!["20260115000123401-1".to_owned()], Next::Done));
}

#[tokio::test]
async fn the_shipping_list_brings_keys_only() {
    let row = "<dlvEtprsCd>00034</dlvEtprsCd><invcNo>600000000001</invcNo><ordNo>20260115000123401</ordNo>\
               <ordPrdSeq>1</ordPrdSeq><sndEndDt>2026-01-16 11:02:10</sndEndDt>";
    let broken = "<ordNo>20260115000123401</ordNo>";
    let (client, _) = Market::default()
        .with("GET /ordservices/shipping/202601150000/202601170000", list(&[row, broken]))
        .open();
    let request = read_request("orders", Some(["2026-01-15", "2026-01-17"]), "shipping");
    let page = client.connector().read(&client, &request).await.expect("a page");
    assert!(page.records.is_empty(), "five fields would overwrite the others");
    let [change] = &page.changes[..] else { panic!("one key") };
    assert_eq!(
        (change.key.as_str(), Some(change.at)),
        ("20260115000123401-1", parse_kst("2026-01-16T11:02:10.999+09:00"))
    );
    assert_eq!(
        change.status.as_deref(),
        Some("401"),
        "so that one whose claim was taken back is asked for again"
    );
    assert_eq!(page.failures[0].reason, "ordPrdSeq is missing");
}

#[tokio::test]
async fn a_line_with_claims_is_found_by_the_latest_of_them() {
    let claim = |asked: &str, more: &str| {
        format!("<ordNo>201</ordNo><ordPrdSeq>1</ordPrdSeq><createDt>{asked}</createDt>{more}")
    };
    let rows = [
        claim("2026-01-15 10:00:00", "<cnTrtEndDt>2026-01-16 11:00:00</cnTrtEndDt>"),
        claim("2026-01-15 12:00:00", ""),
    ];
    let (client, _) = Market::default()
        .with("GET /claimservice/canceledorders/202601150000/202601170000", list(&[&rows[0], &rows[1]]))
        .open();
    let request = read_request("orders", Some(["2026-01-15", "2026-01-17"]), "canceledorders");
    let page = client.connector().read(&client, &request).await.expect("a page");
    let [change] = &page.changes[..] else { panic!("one key: {:?}", page.changes) };
    assert_eq!(
        (change.key.as_str(), Some(change.at)),
        ("201-1", parse_kst("2026-01-16T11:00:00.999+09:00")),
        "the end of its second"
    );
}

#[tokio::test]
async fn a_key_may_lack_the_list_of_forced_cancels_and_no_other() {
    let lacking = "<AuthMessage><resultCode>-997</resultCode><resultMessage>x</resultMessage></AuthMessage>";
    let window = "202601150000/202601170000";
    let (client, _) = Market::default()
        .with(&format!("GET /claimservice/officecancellist/{window}"), lacking)
        .with(&format!("GET /claimservice/canceledorders/{window}"), lacking)
        .open();
    for stream in ["orders", "claims"] {
        let request = |list| read_request(stream, Some(["2026-01-15", "2026-01-17"]), list);
        let page = client.connector().read(&client, &request("officecancellist")).await.expect("none");
        assert!(page.records.is_empty() && page.changes.is_empty());
        let error = client.connector().read(&client, &request("canceledorders")).await.expect_err("a right");
        assert_eq!(error.kind(), ErrorKind::Permission);
    }
}

#[tokio::test]
async fn a_line_that_does_not_tell_its_state_has_its_lists() {
    let row = "<ordNo>20260115000123401</ordNo><ordPrdSeq>1</ordPrdSeq><ordDt>2026-01-15 09:12:03</ordDt>\
               <ordAmt>39800</ordAmt><pocnfrmDt>2026-01-18 10:00:00</pocnfrmDt><unheardOf>1</unheardOf>";
    let (client, _) =
        Market::default().with("GET /ordservices/completed/202601150000/202601170000", list(&[row])).open();
    let request = read_request("orders", Some(["2026-01-15", "2026-01-17"]), "completed");
    let page = client.connector().read(&client, &request).await.expect("a page");
    let Some(Record::Order(order)) = page.records.first() else { panic!("an order") };
    assert_eq!((order.status.as_str(), order.state), ("901", OrderState::Decided));
    assert!(order.raw.get().contains(r#""unheardOf":"1","ordPrdStat":"901""#), "{}", order.raw.get());
    assert_eq!(order.changed_at, parse_kst("2026-01-18 10:00:00"));
}

fn wanted(keys: &[&str]) -> FetchRequest {
    let keys = keys.iter().map(|key| Wanted { key: (*key).to_owned(), changed_at: None }).collect();
    FetchRequest { stream: SPEC.stream("orders").expect("a stream"), keys }
}

#[tokio::test]
async fn lines_of_one_order_come_in_one_call() {
    let rows = [line(1, "401", ""), line(2, "401", ""), line(3, "301", "")];
    let (client, market) = Market::default()
        .with("GET /ordservices/complete/20260115000123401", list(&[&rows[0], &rows[1], &rows[2]]))
        .open();
    let request = wanted(&["20260115000123401-1", "20260115000123401-2"]);
    let fetched = client.connector().fetch(&client, &request).await.expect("two lines");
    assert_eq!(keys(&fetched.records), ["20260115000123401-1", "20260115000123401-2"]);
    assert_eq!(market.asked().len(), 1, "every line says how it stands");
}

#[tokio::test]
async fn states_are_asked_for_once_where_orders_do_not_tell_them() {
    let silent = |number: &str| {
        format!(
            "<ordNo>{number}</ordNo><ordPrdSeq>1</ordPrdSeq><ordDt>2026-01-15 09:12:03</ordDt><ordAmt>5</ordAmt>"
        )
    };
    let state = |number: &str, code: &str| {
        format!("<ordNo>{number}</ordNo><ordPrdSeq>1</ordPrdSeq><ordPrdStat>{code}</ordPrdStat>")
    };
    let (client, market) = Market::default()
        .with("GET /ordservices/complete/201", list(&[&silent("201")]))
        .with("GET /ordservices/complete/202", list(&[&silent("202")]))
        .with("GET /ordservices/complete/203", list(&[&silent("203")]))
        .with(
            "GET /claimservice/orderlistall/201,202,203",
            list(&[&state("201", "B01"), &state("202", "601")]),
        )
        .open();
    let fetched = client.connector().fetch(&client, &wanted(&["203-1", "201-1", "202-1"])).await;
    let fetched = fetched.expect("the orders");
    let states: Vec<OrderState> =
        fetched.records.iter().filter_map(Record::as_order).map(|o| o.state).collect();
    assert_eq!(states, [OrderState::Cancelled, OrderState::ReturnRequested]);
    let [failure] = &fetched.failures[..] else { panic!("one of which nobody tells the state") };
    assert_eq!((failure.key.as_deref(), failure.reason.as_str()), (Some("203-1"), "ordPrdStat is missing"));
    assert_eq!(market.asked().len(), 4);
}

#[tokio::test]
async fn products_come_in_pages_with_the_stock_of_each_option() {
    let product = |number: usize| {
        format!(
            "<ns2:product><prdNo>{number}</prdNo><prdNm>이어폰</prdNm><selPrc>1,000</selPrc><selStatCd>103</selStatCd>\
             <sellerPrdCd>E{number}</sellerPrdCd></ns2:product>"
        )
    };
    let products: String = (101..=120).map(product).collect();
    let list = |products: &str| format!("<ns2:products xmlns:ns2=\"x\">{products}</ns2:products>");
    let ask = "POST /prodmarketservice/prodmarket";
    let mut market = Market::default().with(ask, list(&products)).with(ask, list(""));
    for number in 101..=119 {
        market = market.with(
            &format!("GET /prodmarketservice/prodmarket/stck/{number}"),
            format!(
                "<ns2:ProductStocks xmlns:ns2=\"x\"><ns2:ProductStock><prdNo>{number}</prdNo><prdStckNo>{number}1</prdStckNo>\
                 <stckQty>{}</stckQty><addPrc>500</addPrc></ns2:ProductStock></ns2:ProductStocks>",
                number % 2
            ),
        );
    }
    let gone = "<ClientMessage><message>없는 상품</message><resultCode>404</resultCode></ClientMessage>";
    let (client, market) = market.with("GET /prodmarketservice/prodmarket/stck/120", gone).open();
    let request = read_request("listings", None, "1");
    let page = client.connector().read(&client, &request).await.expect("a page");
    assert_eq!((page.records.len(), page.next.clone()), (19, Next::Page("21".to_owned())));
    assert!(page.failures[0].reason.contains("404"), "{:?}", page.failures);
    let Record::Listing(listing) = &page.records[0] else { panic!("a listing") };
    assert_eq!((listing.listing_id.as_str(), listing.option_id.as_str()), ("101", "1011"));
    assert_eq!((listing.price, listing.stock, listing.state), (Some(1_500), Some(1), ListingState::OnSale));
    let Record::Listing(empty) = &page.records[1] else { panic!("a listing") };
    assert_eq!(empty.state, ListingState::SoldOut);
    let request = read_request("listings", None, "21");
    let last = client.connector().read(&client, &request).await.expect("the last page");
    assert_eq!((last.records.len(), last.next), (0, Next::Done));
    let bodies: Vec<String> = market
        .wires()
        .iter()
        .filter_map(|wire| Some(String::from_utf8_lossy(wire.body.as_deref()?).into_owned()))
        .collect();
    assert!(bodies[1].contains("<limit>20</limit><start>21</start><end>40</end>"), "{bodies:?}");
}

#[tokio::test]
async fn a_settlement_row_is_a_sale_or_a_refund() {
    let row = |claim: &str, amount: &str| {
        format!(
            "<ns2:seStlDtlList><ordNo>201</ordNo><ordPrdSeq>1</ordPrdSeq><clmReqSeq>{claim}</clmReqSeq><stlDy>2026/01/18</stlDy>\
             <stlPlnDy>2026/01/21</stlPlnDy><selPrcAmt>1,500</selPrcAmt><selFee>180</selFee><stlAmt>{amount}</stlAmt><seqNo>4</seqNo>\
             </ns2:seStlDtlList>"
        )
    };
    let rows =
        [row("", "1,320"), row("", "1,320"), row("", "20"), row("7", "-1,320"), row("8", "much")].concat();
    let body = format!("<ns2:seStlDtlLists xmlns:ns2=\"x\">{rows}</ns2:seStlDtlLists>");
    let (client, _) = Market::default()
        .with("GET /settlement/settlementList/20260101/20260119", body)
        .with("GET /settlement/settlementList/20260120/20260120", NONE)
        .open();
    let request = read_request("settlements", Some(["2026-01-01", "2026-01-20"]), "settlements");
    let page = client.connector().read(&client, &request).await.expect("a page");
    let settled: Vec<(String, i64)> = page
        .records
        .iter()
        .map(|record| match record {
            Record::Settlement(settlement) => (settlement.settlement_id.clone(), settlement.amount),
            other => panic!("a settlement: {other:?}"),
        })
        .collect();
    let id = |tail: &str| format!("201-1/2026-01-18/{tail}");
    assert_eq!(settled, [(id("sale"), 1_320), (id("sale/2"), 20), (id("7"), -1_320)]);
    let kept = page.records[0].raw().get();
    assert!(kept.contains("1,320") && !kept.contains("seqNo"), "a row's place is the answer's own: {kept}");
    assert_eq!(page.failures[0].reason, "stlAmt is not a whole number");
    let request = read_request("settlements", Some(["2026-01-20", "2026-01-21"]), "settlements");
    assert!(client.connector().read(&client, &request).await.expect("none").records.is_empty());
}
