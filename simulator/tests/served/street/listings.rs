//! Products: reading them, and changing them.

use simulator::eleventh_street::{ListingTruth, Seller};
use simulator::plain_http::call;

use super::{all, code, effect, effects, get, one, put, send, shop, text};

fn option(seller: &Seller, number: &str) -> ListingTruth {
    seller.listings().into_iter().find(|option| option.option_id == number).expect("an option")
}

/// A product that can be registered, with these options in place of the usual ones.
fn product(name: &str, options: &str) -> String {
    format!(
        "<Product><selMthdCd>01</selMthdCd><dispCtgrNo>1011634</dispCtgrNo><prdTypCd>01</prdTypCd>\
         <stdPrdYn>N</stdPrdYn><prdNm><![CDATA[{name}]]></prdNm><brand>알수없음</brand>\
         <rmaterialTypCd>04</rmaterialTypCd><orgnTypCd>03</orgnTypCd><sellerPrdCd>NEW-1</sellerPrdCd>\
         <suplDtyfrPrdClfCd>01</suplDtyfrPrdClfCd><prdStatCd>01</prdStatCd><minorSelCnYn>Y</minorSelCnYn>\
         <prdImage01>https://cdn.example.test/a.jpg</prdImage01><htmlDetail><![CDATA[<p>설명</p>]]></htmlDetail>\
         <ProductCertGroup><crtfGrpTypCd>01</crtfGrpTypCd></ProductCertGroup><selPrc>20000</selPrc>\
         <prdSelQty>100</prdSelQty>{options}<dlvCnAreaCd>01</dlvCnAreaCd><dlvWyCd>01</dlvWyCd>\
         <dlvCstInstBasiCd>01</dlvCstInstBasiCd><bndlDlvCnYn>Y</bndlDlvCnYn><dlvCstPayTypCd>03</dlvCstPayTypCd>\
         <jejuDlvCst>3000</jejuDlvCst><islandDlvCst>5000</islandDlvCst><rtngdDlvCst>3000</rtngdDlvCst>\
         <exchDlvCst>6000</exchDlvCst><asDetail>.</asDetail><rtngExchDetail>.</rtngExchDetail>\
         <ProductNotification><type>891045</type></ProductNotification></Product>"
    )
}

const OPTIONS: &str = "<optSelectYn>Y</optSelectYn><colTitle>색상</colTitle>\
    <ProductOption><useYn>Y</useYn><colOptPrice>0</colOptPrice><colValue0>블랙</colValue0><colCount>60</colCount>\
    <colSellerStockCd>NEW-1-BK</colSellerStockCd></ProductOption>\
    <ProductOption><useYn>Y</useYn><colOptPrice>1000</colOptPrice><colValue0>화이트</colValue0><colCount>40</colCount>\
    </ProductOption>";

#[test]
fn products_and_their_stock_can_be_read() {
    let seller = shop(30);
    let listings = seller.listings();
    let search = |body: &str| {
        put(
            &seller,
            "POST",
            "prodmarketservice/prodmarket",
            &format!("<SearchProduct>{body}</SearchProduct>"),
        )
    };
    let found = search("<limit>100</limit>");
    assert!(found.contains("<ns2:products xmlns:ns2="));
    let numbers = all(&found, "prdNo");
    assert_eq!(numbers.len(), 8);
    let pages = [
        search("<limit>3</limit><start>1</start><end>3</end>"),
        search("<limit>5</limit><start>4</start><end>8</end>"),
    ];
    assert_eq!(pages.iter().flat_map(|page| all(page, "prdNo")).collect::<Vec<_>>(), numbers);
    assert_eq!(all(&search("<limit>9</limit><prdNm>똠</prdNm>"), "prdNo").len(), 1);
    assert_eq!(all(&search("<limit>9</limit><selStatCd>105</selStatCd>"), "prdNo").len(), 0);
    assert!(search("<limit>501</limit>").contains("500건"));
    assert!(search("").contains("limit"));
    let first = &listings[0];
    let detail = get(&seller, &format!("prodmarketservice/prodmarket/{}", first.listing_id));
    assert!(detail.contains("<Product>") && one(&detail, "prdNm") == first.name, "{detail}");
    assert_eq!(one(&detail, "selPrc"), first.price.to_string());
    assert_eq!(one(&get(&seller, "prodmarketservice/prodmarket/1"), "nResult"), "0");
    let of_code = get(&seller, &format!("prodmarketservice/sellerprodcode/{}", first.seller_code));
    assert_eq!(one(&of_code, "prdNo"), first.listing_id);
    assert_eq!(all(&get(&seller, "prodmarketservice/sellerprodcode/NONE"), "prdNo").len(), 0);
    let stock = get(&seller, &format!("prodmarketservice/prodmarket/stck/{}", first.listing_id));
    let of_first: Vec<&ListingTruth> =
        listings.iter().filter(|option| option.listing_id == first.listing_id).collect();
    assert_eq!(
        all(&stock, "prdStckNo"),
        of_first.iter().map(|option| option.option_id.clone()).collect::<Vec<_>>()
    );
    assert_eq!(
        all(&stock, "stckQty"),
        of_first.iter().map(|option| option.stock.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(one(&stock, "ns2:prdNo"), first.listing_id);
    assert!(of_first.iter().any(|option| option.sold > 0 && option.stock + option.sold == 1_000));
    let several = put(
        &seller,
        "POST",
        "prodmarketservice/prodmarket/stocks",
        &format!(
            "<ProductStocks><ProductStock><prdNo>{}</prdNo></ProductStock><ProductStock><prdNo>{}</prdNo></ProductStock></ProductStocks>",
            numbers[0], numbers[1]
        ),
    );
    assert!(several.contains("<ns2:ProductStockss") && several.contains("2 건을 조회했습니다."));
    assert_eq!(all(&several, "ns2:ProductStocks").len(), 2);
    let bare = put(
        &seller,
        "POST",
        "prodmarketservice/prodmarket/stocks",
        &format!("<prdNo>{}</prdNo>", numbers[2]),
    );
    assert_eq!(all(&bare, "ns2:prdNo"), [numbers[2].clone()]);
}

#[test]
fn stock_is_set() {
    let seller = shop(5);
    let there = seller.listings().swap_remove(0);
    let (product, number) = (&there.listing_id, &there.option_id);
    let body = |product: &str, number: &str, pieces: &str| {
        format!(
            "<ProductStock><prdNo>{product}</prdNo><prdStckNo>{number}</prdStckNo><stckQty>{pieces}</stckQty><optWght>0</optWght></ProductStock>"
        )
    };
    let set =
        |number: &str, body: &str| put(&seller, "PUT", &format!("prodservices/stockqty/{number}"), body);
    let said = set(number, &body(product, number, "77"));
    assert_eq!((code(&said).as_str(), one(&said, "productNo")), ("200", number.clone()));
    assert!(said.contains("변경된 수량 : 77"));
    assert_eq!(option(&seller, number).stock, 77);
    assert_eq!(code(&set(number, &body(product, number, "77"))), "200", "which changes nothing");
    assert_eq!(code(&set(number, &body(product, "44", "77"))), "400");
    assert_eq!(code(&set("44", &body(product, "44", "77"))), "404");
    assert_eq!(code(&set(number, &body("9", number, "77"))), "404");
    assert_eq!(code(&set(number, &body(product, number, "-1"))), "400");
    assert_eq!(code(&set(number, "<ProductStock><prdNo>1</prdNo></ProductStock>")), "400");
    assert_eq!(code(&set(number, "nonsense")), "400");
    assert_eq!(code(&set(number, &body(product, number, "0"))), "200");
    assert!(!option(&seller, number).on_sale);
    seller.set(|settings| settings.refuses_zero_stock = true);
    assert_eq!(code(&set(number, &body(product, number, "0"))), "500");
    assert_eq!(effects(&seller), [effect("set_stock", number), effect("set_stock", number)]);
}

#[test]
fn prices_move_within_bounds() {
    let seller = shop(5);
    let there = seller.listings().swap_remove(0);
    let set =
        |number: &str, price: i64| get(&seller, &format!("prodservices/product/price/{number}/{price}"));
    let said = set(&there.listing_id, there.price + 100);
    assert_eq!((code(&said).as_str(), one(&said, "preSelPrc")), ("200", there.price.to_string()));
    assert_eq!(code(&set(&there.listing_id, there.price + 100)), "200", "which changes nothing");
    assert_eq!(code(&set(&there.listing_id, there.price * 2)), "500");
    assert_eq!(code(&set(&there.listing_id, there.price / 100 * 10)), "500");
    assert_eq!(code(&set(&there.listing_id, there.price + 5)), "500");
    assert_eq!(code(&set(&there.listing_id, -10)), "400");
    assert!(set("9", 1_000).contains("해당 상품의 정보를 찾을 수 없습니다. 상품번호 : 9"));
    assert_eq!(option(&seller, &there.option_id).price, there.price + 100);
    assert_eq!(effects(&seller), [effect("set_price", &there.listing_id)]);
}

#[test]
fn products_go_off_sale_and_on_again() {
    let seller = shop(5);
    let there = seller.listings().swap_remove(0);
    let set = |what: &str, number: &str| {
        text(&send(&seller, "PUT", &format!("prodstatservice/stat/{what}/{number}"), b""))
    };
    assert!(set("stopdisplay", &there.listing_id).contains("판매상태가 수정되었습니다. [STAT : 105]"));
    assert!(!option(&seller, &there.option_id).on_sale);
    assert_eq!(code(&set("stopdisplay", &there.listing_id)), "200");
    assert!(set("restartdisplay", &there.listing_id).contains("[STAT : 103]"));
    assert_eq!(code(&set("restartdisplay", "9")), "500");
    assert!(option(&seller, &there.option_id).on_sale);
    assert_eq!(
        effects(&seller),
        [effect("stop_sale", &there.listing_id), effect("resume_sale", &there.listing_id)]
    );
}

#[test]
fn a_product_is_registered_and_replaced() {
    let seller = Seller::open();
    let said = put(&seller, "POST", "prodservices/product", &product("시험 똠 & 상품", OPTIONS));
    assert_eq!(code(&said), "200", "{said}");
    let number = one(&said, "productNo");
    let options = seller.listings();
    assert_eq!(
        options
            .iter()
            .map(|option| (&*option.name, &*option.option, option.stock, option.option_price))
            .collect::<Vec<_>>(),
        [("시험 똠 & 상품", "블랙", 60, 0), ("시험 똠 & 상품", "화이트", 40, 1_000)]
    );
    let update = |body: &str| put(&seller, "PUT", &format!("prodservices/product/{number}"), body);
    let changed = product("시험 상품 둘", OPTIONS).replace(">40<", ">41<");
    assert_eq!(code(&update(&changed)), "200");
    assert_eq!(code(&update(&changed)), "200", "which changes nothing");
    let now = seller.listings();
    assert_eq!((now[1].stock, &now[1].option_id, &*now[1].name), (41, &options[1].option_id, "시험 상품 둘"));
    let moved = changed.replace("1011634", "1011635");
    assert_eq!(code(&update(&moved)), "500");
    assert_eq!(
        code(&update(&moved.replace("<prdTypCd>", "<originDispCtgrNo>1</originDispCtgrNo><prdTypCd>"))),
        "200"
    );
    assert_eq!(code(&put(&seller, "PUT", "prodservices/product/9", &changed)), "500");
    let [first, second, third] = &effects(&seller)[..] else { panic!("{:?}", effects(&seller)) };
    assert_eq!(*first, effect("create_listing", &number));
    assert!(*second == effect("update_listing", &number) && second == third);
    // Without options it has one of no name; without a word on it, it is a "new product".
    let plain = put(
        &seller,
        "POST",
        "prodservices/product",
        &product("하나", "").replace("<stdPrdYn>N</stdPrdYn>", ""),
    );
    assert_eq!(code(&plain), "210");
    assert_eq!(
        seller.listings().last().map(|option| (option.option.clone(), option.stock)),
        Some((String::new(), 100))
    );
    let several = "<ProductOptionExt><ProductOption><useYn>Y</useYn><optionMappingKey>색상:블랙†사이즈:L</optionMappingKey>\
                   <colOptCount>7</colOptCount></ProductOption></ProductOptionExt>";
    assert_eq!(code(&put(&seller, "POST", "prodservices/product", &product("여럿", several))), "200");
    assert_eq!(
        seller.listings().last().map(|option| (option.option.clone(), option.stock)),
        Some(("블랙/L".into(), 7))
    );
}

#[test]
fn what_is_not_registered() {
    let seller = Seller::open();
    let refused = |body: &str| {
        let said = put(&seller, "POST", "prodservices/product", body);
        assert_eq!(code(&said), "500", "{said}");
        one(&said, "message")
    };
    let whole = product("이름", OPTIONS);
    let said =
        refused(&whole.replace("<rtngExchDetail>.</rtngExchDetail>", "<rtngExchDetail> </rtngExchDetail>"));
    assert_eq!(said, "상품등록실패 : 교환반품 안내는 반드시 입력하셔야 합니다.");
    for (from, to) in [
        ("<brand>알수없음</brand>", ""),
        ("<type>891045</type>", ""),
        ("20000", "20005"),
        ("20000", "1000000000"),
        (">100<", ">0<"),
        ("<colTitle>색상</colTitle>", ""),
        ("블랙", "화이트"),
        ("블랙", "블랙#1"),
        (">60<", ">0<"),
        ("<colOptPrice>0<", "<colOptPrice>100<"),
        ("<colOptPrice>1000<", "<colOptPrice>20010<"),
        ("이름", &"가".repeat(101)),
    ] {
        if from == "<type>891045</type>" {
            let without = whole.replace("<ProductNotification><type>891045</type></ProductNotification>", to);
            assert!(refused(&without).contains("고시"));
            continue;
        }
        refused(&whole.replace(from, to));
    }
    assert!(effects(&seller).is_empty() && seller.listings().is_empty());
    assert_eq!(code(&put(&seller, "POST", "prodservices/product", "<Other/>")), "400");
    seller.set(|settings| settings.registrations_per_day = 1);
    assert_eq!(code(&put(&seller, "POST", "prodservices/product", &whole)), "200");
    assert_eq!(code(&put(&seller, "POST", "prodservices/product", &whole)), "400");
}

#[test]
fn bytes_that_are_not_what_they_say_are_told() {
    let seller = Seller::open();
    let body = format!("<?xml version=\"1.0\" encoding=\"EUC-KR\"?>{}", product("한글 이름", ""));
    let headers = [("openapikey", seller.api_key())];
    let said = call(seller.address(), "POST", "/rest/prodservices/product", &headers, body.as_bytes())
        .expect("an answer");
    assert_eq!(code(&text(&said)), "200", "it is read as it is declared");
    assert_ne!(seller.listings()[0].name, "한글 이름");
    let violations = seller.calls().violations;
    assert!(
        violations.len() == 1 && violations[0].contains("UTF-8") && violations[0].contains("street_create"),
        "{violations:?}"
    );
    seller.set(|settings| settings.refuses_wrong_charset = true);
    let said = call(seller.address(), "POST", "/rest/prodservices/product", &headers, body.as_bytes())
        .expect("an answer");
    assert_eq!(code(&text(&said)), "500");
    let utf8 = body.replace("EUC-KR", "UTF-8");
    let said = call(seller.address(), "POST", "/rest/prodservices/product", &headers, utf8.as_bytes())
        .expect("an answer");
    assert_eq!(code(&text(&said)), "200", "whatever charset it is, if it says so");
    assert_eq!(seller.listings().last().expect("a product").name, "한글 이름");
    assert_eq!(seller.calls().violations.len(), 2);
}
