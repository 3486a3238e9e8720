//! Products and their stock, as they can be read.

use super::errors::said;
use super::listing::{Listing, StockOption};
use super::request::Element;
use super::state::State;
use super::time;
use super::xml::{self, Row, escaped};
use crate::answer::Answer;
use crate::endpoint::Endpoint as E;
use crate::instant::DAY;

/// Products that one search shows at most.
const MOST: usize = 500;

/// The search: `SearchProduct` with filters, and the ordinals of the first and the last row. `endless` shows the
/// beginning whatever is asked for.
pub(super) fn search(state: &State, asked: &Element, endless: bool) -> Answer {
    let Ok(limit) = asked.get("limit").parse::<usize>() else {
        return said(E::StreetListings, 500, "limit 값은 필수입니다.");
    };
    if limit > MOST {
        return said(E::StreetListings, 500, "최대 500건까지 조회 가능합니다.");
    }
    let is = |name: &str, value: &str| asked.get(name).is_empty() || asked.get(name) == value;
    let day = |name: &str| time::date(&asked.get(name).replace('/', ""));
    let has_time = |listing: &Listing| {
        let at = match asked.get("schDateType") {
            "1" | "2" => listing.created_at,
            "3" => listing.created_at + 1_095 * DAY,
            "4" => listing.changed_at,
            _ => return true,
        };
        day("schBgnDt").is_none_or(|first| time::day(at) >= first)
            && day("schEndDt").is_none_or(|last| time::day(at) <= last)
    };
    let found: Vec<&Listing> = state
        .listings
        .values()
        .filter(|listing| is("prdNo", &listing.number) && is("selStatCd", listing.status().0))
        .filter(|listing| is("selMthdCd", "01") && is("category4", &listing.category))
        .filter(|listing| listing.name.contains(asked.get("prdNm")) && has_time(listing))
        .collect();
    let ordinal = |name: &str, default: usize| asked.get(name).parse().unwrap_or(default);
    let first = if endless { 1 } else { ordinal("start", 1).max(1) };
    let last = if endless { limit } else { ordinal("end", first + limit - 1).min(first + limit - 1) };
    let shown = found.iter().skip(first - 1).take((last + 1).saturating_sub(first));
    products(&shown.copied().collect::<Vec<_>>())
}

/// The products of a seller's code, which several may have.
pub(super) fn by_code(state: &State, code: &str) -> Answer {
    let found = state.listings.values().filter(|listing| listing.seller_code == code && !code.is_empty());
    products(&found.collect::<Vec<_>>())
}

fn products(found: &[&Listing]) -> Answer {
    let rows: String = found.iter().map(|listing| plain(listing).within("ns2:product")).collect();
    xml::reply(&xml::list("products", &rows)).with_rows(found.len())
}

fn plain(listing: &Listing) -> Row {
    let (status, word) = listing.status();
    Row::default()
        .with("prdNo", &listing.number)
        .with("prdNm", &listing.name)
        .with("sellerPrdCd", &listing.seller_code)
        .with("selPrc", listing.price)
        .with("selStatCd", status)
        .with("selStatNm", word)
        .with("dispCtgrNo", &listing.category)
        .with("rootCtgrNo", "1")
        .with("cuponcheck", "N")
        .with("exchDlvCst", or(listing.posted.get("exchDlvCst"), "6000"))
        .with("rtngdDlvCst", or(listing.posted.get("rtngdDlvCst"), "3000"))
        .with("aplBgnDy", time::text(listing.created_at))
        .with("aplEndDy", time::text(listing.created_at + 1_095 * DAY))
        .with("stdPrdYn", or(listing.posted.get("stdPrdYn"), "N"))
        .with("gblDlvYn", "N")
        .with("prdWght", "0")
        .with("proxyYn", "N")
        .with("imageKindChk", "Y")
        .with("validateMsg", "")
}

fn or(text: &str, default: &str) -> String {
    if text.is_empty() { default } else { text }.to_owned()
}

/// One product.
pub(super) fn detail(state: &State, number: &str) -> Answer {
    let Some(listing) = state.listings.get(number) else {
        return said(E::StreetListing, 0, "상품정보가 없습니다.");
    };
    let row = plain(listing)
        .with("htmlDetail", or(listing.posted.get("htmlDetail"), "<p>상세설명</p>"))
        .with("asDetail", or(listing.posted.get("asDetail"), "판매자 문의"))
        .with("bndlDlvCnYn", or(listing.posted.get("bndlDlvCnYn"), "Y"))
        .with("dlvClf", "02")
        .with("dispCtgrStatCd", "03")
        .with("optionAllQty", listing.options.iter().map(|option| option.left).sum::<i64>())
        .with("preSelPrc", listing.price_before.unwrap_or(listing.price))
        .with("dscAmtPercnt", "")
        .with("cupnDscMthdCd", "")
        .with("shopNo", "0")
        .with("ntShortNm", "")
        .with("message", "")
        .with("nResult", "1")
        .with("prdImage01", or(listing.posted.get("prdImage01"), "https://cdn.example.test/1.jpg"));
    xml::reply(&row.within("Product"))
}

/// The stock of one product.
pub(super) fn stock(state: &State, number: &str) -> Answer {
    match state.listings.get(number) {
        Some(listing) => {
            xml::reply(&xml::list("ProductStocks", &options(listing))).with_rows(listing.options.len())
        }
        None => said(E::StreetStock, 0, "재고정보가 없습니다."),
    }
}

/// The stock of several. Products are named each in a `ProductStock`, or in the bare `prdNo` that one client says is
/// all that works.
pub(super) fn stocks(state: &State, asked: &Element) -> Answer {
    let within = asked.all("ProductStock").map(|stock| stock.get("prdNo").to_owned());
    let mut numbers: Vec<String> = within.collect();
    match asked.name.as_str() {
        "prdNo" => numbers.push(asked.text.trim().to_owned()),
        _ => numbers.extend(asked.all("prdNo").map(|number| number.text.trim().to_owned())),
    }
    let found: Vec<&Listing> = numbers.iter().filter_map(|number| state.listings.get(number)).collect();
    let rows: String = found
        .iter()
        .map(|listing| format!("<ns2:ProductStocks>{}</ns2:ProductStocks>\n", options(listing)))
        .collect();
    let message = format!("<ns2:message>{} 건을 조회했습니다.</ns2:message>\n", found.len());
    xml::reply(&xml::list("ProductStockss", &(message + &rows))).with_rows(found.len())
}

fn options(listing: &Listing) -> String {
    let rows = listing.options.iter().enumerate();
    let rows: String = rows.map(|(index, option)| row(listing, option, index + 1)).collect();
    let own = [("prdNm", &listing.name), ("prdNo", &listing.number), ("sellerPrdCd", &listing.seller_code)];
    own.iter()
        .fold(rows, |out, (name, value)| out + &format!("<ns2:{name}>{}</ns2:{name}>\n", escaped(value)))
}

fn row(listing: &Listing, option: &StockOption, ordinal: usize) -> String {
    let has_name = !option.title.is_empty();
    Row::default()
        .with("addPrc", option.extra)
        .with("mixDtlOptNm", &option.value)
        .with("mixOptNm", &option.title)
        .with("mixOptNo", if has_name { ordinal.to_string() } else { String::new() })
        .with("optWght", option.weight)
        .with("prdNo", &listing.number)
        .with("prdStckNo", &option.number)
        .with("prdStckStatCd", if option.left > 0 && option.is_used { "01" } else { "02" })
        .with("selQty", option.sold)
        .with("sellerStockCd", &option.code)
        .with("stckQty", option.left)
        .within("ns2:ProductStock")
}
