//! What a seller does with products: stock, price, on and off sale, registering and replacing them.

use super::errors::{refused, said};
use super::listing::Listing;
use super::posted;
use super::request::Element;
use super::state::State;
use super::time;
use super::xml::{self, Row};
use crate::answer::Answer;
use crate::endpoint::Endpoint as E;
use crate::instant::Millis;

fn message(text: &str, number: &str, code: i32, before: Option<i64>) -> Answer {
    let row = Row::default().with("message", text).with("productNo", number).with("resultCode", code);
    let row = match before {
        Some(before) => row.with("preSelPrc", before),
        None => row,
    };
    xml::reply(&row.within("ClientMessage"))
}

fn no_product(endpoint: E, number: &str) -> Answer {
    said(endpoint, 500, &format!("해당 상품의 정보를 찾을 수 없습니다. 상품번호 : {number}"))
}

/// `PUT stockqty/{prdStckNo}` with a `ProductStock` that names both numbers, the pieces and the weight.
pub(super) fn set_stock(state: &mut State, number: &str, asked: Option<&Element>, now: Millis) -> Answer {
    let endpoint = E::StreetSetStock;
    let Some(asked) = asked.filter(|asked| asked.name == "ProductStock") else {
        return refused(endpoint, 400);
    };
    let pieces = asked.get("stckQty").parse::<i64>().ok().filter(|pieces| *pieces >= 0);
    let weight = asked.get("optWght").parse::<i64>().ok();
    let (Some(pieces), Some(weight)) = (pieces, weight) else { return refused(endpoint, 400) };
    if asked.get("prdStckNo") != number || asked.get("prdNo").is_empty() {
        return refused(endpoint, 400);
    }
    let listing = state.listings.get_mut(asked.get("prdNo"));
    let option =
        listing.and_then(|listing| listing.options.iter_mut().find(|option| option.number == number));
    let Some(option) = option else { return refused(endpoint, 404) };
    if pieces == 0 && state.settings.refuses_zero_stock {
        return said(endpoint, 500, "재고수량은 0보다 커야 합니다.");
    }
    let is_new = (option.left, option.weight) != (pieces, weight);
    (option.left, option.weight) = (pieces, weight);
    if is_new {
        state.note(now, "set_stock", number, &pieces.to_string());
    }
    let product = asked.get("prdNo");
    let text = format!(
        "옵션재고 번호 {number}(상품번호:{product})의 수량이 업데이트 되었습니다. 변경된 수량 : {pieces}"
    );
    message(&text, number, 200, None)
}

/// `price/{prdNo}/{selPrc}`
pub(super) fn set_price(state: &mut State, number: &str, price: &str, now: Millis) -> Answer {
    let endpoint = E::StreetSetPrice;
    let Some(listing) = state.listings.get_mut(number) else { return no_product(endpoint, number) };
    let before = listing.price;
    let Some(price) = price.parse::<i64>().ok().filter(|price| *price > 0) else {
        return refused(endpoint, 400);
    };
    if price % 10 != 0 || price >= 1_000_000_000 {
        return said(endpoint, 500, "판매가는 10원 단위로, 10억원 미만으로 입력하셔야 합니다.");
    }
    if price * 2 > before * 3 || price * 5 < before {
        return said(endpoint, 500, "판매가는 현재 판매가의 50% 인상, 80% 인하까지 수정 가능합니다.");
    }
    if listing.options.iter().any(|option| option.extra > price || option.extra * 2 < -price) {
        return said(endpoint, 500, "옵션가가 판매가의 -50% ~ +100% 범위를 벗어납니다.");
    }
    if price != before {
        listing.price_before = Some(before);
        listing.price = price;
        listing.changed_at = time::whole(now);
        state.note(now, "set_price", number, &price.to_string());
    }
    message(&format!("(상품번호:{number})의 가격이 업데이트 되었습니다."), number, 200, Some(before))
}

/// `stopdisplay/{prdNo}` and `restartdisplay/{prdNo}`
pub(super) fn set_sale(state: &mut State, endpoint: E, number: &str, now: Millis) -> Answer {
    let stops = endpoint == E::StreetStopSale;
    let Some(listing) = state.listings.get_mut(number) else { return no_product(endpoint, number) };
    let is_new = listing.is_stopped != stops;
    listing.is_stopped = stops;
    let (status, _) = listing.status();
    if is_new {
        listing.changed_at = time::whole(now);
        state.note(now, if stops { "stop_sale" } else { "resume_sale" }, number, status);
    }
    message(&format!("판매상태가 수정되었습니다. [STAT : {status}]"), number, 200, None)
}

/// `POST product` with a `Product`.
pub(super) fn create(state: &mut State, asked: Option<&Element>, now: Millis) -> Answer {
    let endpoint = E::StreetCreateListing;
    let Some(asked) = asked.filter(|asked| asked.name == "Product") else { return refused(endpoint, 400) };
    let today = time::day(now);
    if state.registered.0 != today {
        state.registered = (today, 0);
    }
    if state.registered.1 >= state.settings.registrations_per_day {
        let most = state.settings.registrations_per_day;
        return said(endpoint, 400, &format!("상품등록실패 : 1일 최대 {most}건까지 등록 가능합니다."));
    }
    if let Err(reason) = posted::check(asked) {
        return said(endpoint, 500, &format!("상품등록실패 : {reason}"));
    }
    state.registered.1 += 1;
    let number = (9_000_000_000 + state.next_number()).to_string();
    let at = time::whole(now);
    let listing = Listing {
        number: number.clone(),
        name: String::new(),
        seller_code: String::new(),
        category: String::new(),
        price: 0,
        price_before: None,
        is_stopped: false,
        options: Vec::new(),
        created_at: at,
        changed_at: at,
        posted: Element::default(),
    };
    state.listings.insert(number.clone(), listing);
    posted::take_over(state, &number, asked, at);
    state.note(now, "create_listing", &number, asked.get("sellerPrdCd"));
    // Without the word that it is none, it is a "new product".
    let code = if asked.get("stdPrdYn") == "N" { 200 } else { 210 };
    let text = format!("상품등록이 정상적으로 진행 되었습니다. 상품번호 : {number}");
    message(&text, &number, code, None)
}

/// `PUT product/{prdNo}`: what is not in the body is lost.
pub(super) fn update(state: &mut State, number: &str, asked: Option<&Element>, now: Millis) -> Answer {
    let endpoint = E::StreetUpdateListing;
    let Some(asked) = asked.filter(|asked| asked.name == "Product") else { return refused(endpoint, 400) };
    let Some(listing) = state.listings.get(number) else { return no_product(endpoint, number) };
    if let Err(reason) = posted::check(asked) {
        return said(endpoint, 500, &format!("상품수정실패 : {reason}"));
    }
    if asked.get("dispCtgrNo") != listing.category && asked.get("originDispCtgrNo") != "1" {
        return said(
            endpoint,
            500,
            "상품수정실패 : 카테고리는 originDispCtgrNo 값이 있어야 수정 가능합니다.",
        );
    }
    if posted::take_over(state, number, asked, time::whole(now)) {
        state.note(now, "update_listing", number, asked.get("sellerPrdCd"));
    }
    message(&format!("상품수정이 정상적으로 진행 되었습니다. 상품번호 : {number}"), number, 200, None)
}
