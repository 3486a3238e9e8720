//! A product as a seller writes it: what must be there, and what becomes of it
//! (<https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?apiSeq=1003&apiSpecType=1>, read 2026-10).

use std::collections::HashSet;

use super::listing::StockOption;
use super::request::Element;
use super::state::State;
use crate::instant::Millis;

/// Elements that an ordinary product needs, and how the refusal calls them.
const NEEDED: [(&str, &str); 25] = [
    ("selMthdCd", "판매방식은"),
    ("dispCtgrNo", "카테고리는"),
    ("prdTypCd", "서비스 상품 코드는"),
    ("prdNm", "상품명은"),
    ("rmaterialTypCd", "원재료 유형은"),
    ("orgnTypCd", "원산지는"),
    ("suplDtyfrPrdClfCd", "부가세/면세상품코드는"),
    ("prdStatCd", "상품상태는"),
    ("minorSelCnYn", "미성년자 구매가능 여부는"),
    ("prdImage01", "대표 이미지는"),
    ("htmlDetail", "상세설명은"),
    ("ProductCertGroup", "인증정보는"),
    ("selPrc", "판매가는"),
    ("prdSelQty", "재고수량은"),
    ("dlvCnAreaCd", "배송가능지역은"),
    ("dlvWyCd", "배송방법은"),
    ("dlvCstInstBasiCd", "배송비 종류는"),
    ("bndlDlvCnYn", "묶음배송 여부는"),
    ("dlvCstPayTypCd", "결제방법은"),
    ("jejuDlvCst", "제주 추가 배송비는"),
    ("islandDlvCst", "도서산간 추가 배송비는"),
    ("rtngdDlvCst", "반품 배송비는"),
    ("exchDlvCst", "교환 배송비는"),
    ("asDetail", "A/S 안내는"),
    ("rtngExchDetail", "교환반품 안내는"),
];

fn number(element: &Element, name: &str) -> Option<i64> {
    element.get(name).parse().ok()
}

/// Whether a product can be taken.
///
/// # Errors
/// With the reason, as the platform words it.
pub(super) fn check(product: &Element) -> Result<(), String> {
    for (name, word) in NEEDED {
        if product
            .all(name)
            .next()
            .is_none_or(|element| element.text.trim().is_empty() && element.children.is_empty())
        {
            return Err(format!("{word} 반드시 입력하셔야 합니다."));
        }
    }
    if product.get("brand").is_empty() && product.get("apiPrdAttrBrandCd").is_empty() {
        return Err("브랜드는 반드시 입력하셔야 합니다.".to_owned());
    }
    if product.all("ProductNotification").next().is_none() {
        return Err("상품정보제공고시는 반드시 입력하셔야 합니다.".to_owned());
    }
    if product.get("prdNm").chars().count() > 100 {
        return Err("상품명은 100자까지 입력 가능합니다.".to_owned());
    }
    let price =
        number(product, "selPrc").filter(|price| *price > 0 && price % 10 == 0 && *price < 1_000_000_000);
    let price = price.ok_or("판매가는 10원 단위로, 10억원 미만으로 입력하셔야 합니다.")?;
    if number(product, "prdSelQty").is_none_or(|pieces| pieces <= 0) {
        return Err("재고수량은 0보다 커야 합니다.".to_owned());
    }
    check_options(product, price)
}

fn check_options(product: &Element, price: i64) -> Result<(), String> {
    let options: Vec<&Element> = product.all("ProductOption").collect();
    if options.is_empty() {
        return Ok(());
    }
    if product.get("colTitle").is_empty() || product.get("colTitle").chars().count() > 25 {
        return Err("옵션명은 1자 이상 25자 이하로 입력하셔야 합니다.".to_owned());
    }
    let mut seen = HashSet::new();
    for option in &options {
        let value = option.get("colValue0");
        let (bytes, ..) = encoding_rs::EUC_KR.encode(value);
        if value.is_empty() || bytes.len() > 50 || value.contains(['\'', '"', '%', '&', '<', '>', '#', '†'])
        {
            return Err("옵션값을 확인해 주세요.".to_owned());
        }
        if !seen.insert(value) {
            return Err("옵션값은 중복될 수 없습니다.".to_owned());
        }
        let extra = number(option, "colOptPrice").unwrap_or(0);
        if extra > price || extra * 2 < -price {
            return Err("옵션가는 판매가의 -50% ~ +100% 까지 입력 가능합니다.".to_owned());
        }
        if number(option, "colCount").unwrap_or(0) == 0 && option.get("useYn") != "N" {
            return Err("옵션 재고수량은 0보다 커야 합니다.".to_owned());
        }
    }
    let is_plain = |option: &&Element| number(option, "colOptPrice").unwrap_or(0) == 0;
    if !options.iter().any(is_plain) {
        return Err("옵션가가 0원인 옵션이 반드시 있어야 합니다.".to_owned());
    }
    Ok(())
}

/// Makes the product what was posted. Options keep their numbers by their values. Whether anything is new.
pub(super) fn take_over(state: &mut State, number_: &str, product: &Element, at: Millis) -> bool {
    let wanted = options(product);
    let listing = &state.listings[number_];
    let old = listing.options.clone();
    let mut options = Vec::new();
    for mut option in wanted {
        match old.iter().find(|known| known.value == option.value) {
            Some(known) => {
                option.number.clone_from(&known.number);
                option.sold = known.sold;
                option.weight = known.weight;
            }
            None => option.number = (44_000_000_000 + state.next_number()).to_string(),
        }
        options.push(option);
    }
    let listing = state.listings.get_mut(number_).expect("a product of this account");
    let price = number(product, "selPrc").unwrap_or(0);
    let is_new = listing.posted != *product || listing.price != price || listing.options != options;
    if is_new {
        listing.price_before = Some(listing.price).filter(|before| *before > 0);
        listing.price = price;
        listing.name = product.get("prdNm").to_owned();
        listing.seller_code = product.get("sellerPrdCd").to_owned();
        listing.category = product.get("dispCtgrNo").to_owned();
        listing.options = options;
        listing.posted = product.clone();
        listing.changed_at = at;
    }
    is_new
}

/// The options that a body asks for, without numbers: single ones, those of several kinds, or the one of no name.
fn options(product: &Element) -> Vec<StockOption> {
    let option = |title: &str, value: String, extra: i64, left: i64, code: &str, is_used: bool| StockOption {
        number: String::new(),
        title: title.to_owned(),
        value,
        code: code.to_owned(),
        extra,
        left,
        sold: 0,
        weight: 0,
        is_used,
    };
    let title = product.get("colTitle");
    let single = product.all("ProductOption").map(|posted| {
        let extra = number(posted, "colOptPrice").unwrap_or(0);
        let left = number(posted, "colCount").unwrap_or(0);
        let is_used = posted.get("useYn") != "N";
        option(
            title,
            posted.get("colValue0").to_owned(),
            extra,
            left,
            posted.get("colSellerStockCd"),
            is_used,
        )
    });
    let several =
        product.all("ProductOptionExt").flat_map(|group| group.all("ProductOption")).map(|posted| {
            // `색상:블랙†사이즈:L` is shown as `색상/사이즈` and `블랙/L`.
            let kinds = posted.get("optionMappingKey").split('†').filter_map(|kind| kind.split_once(':'));
            let (titles, values): (Vec<&str>, Vec<&str>) = kinds.unzip();
            let left = number(posted, "colOptCount").unwrap_or(0);
            let code = posted.get("colSellerStockCd");
            option(&titles.join("/"), values.join("/"), 0, left, code, posted.get("useYn") != "N")
        });
    let mut all: Vec<StockOption> = single.chain(several).collect();
    if all.is_empty() {
        all.push(option("", String::new(), 0, number(product, "prdSelQty").unwrap_or(0), "", true));
    }
    all
}
