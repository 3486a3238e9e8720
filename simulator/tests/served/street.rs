//! 11st, called by hand: the gate, the lists, what a seller can do, and what goes wrong.

mod claims;
mod faults;
mod gate;
mod listings;
mod lists;
mod living;
mod orders;

use encoding_rs::EUC_KR;
use simulator::eleventh_street::{Config, OrderTruth, Seller};
use simulator::plain_http::{Reply, call};

pub(crate) fn shop(orders: usize) -> Seller {
    Seller::start(Config { days: 20, ..Config::of(orders) }).expect("a port")
}

/// Any call below `/rest`, with the key.
pub(crate) fn send(seller: &Seller, method: &str, path: &str, body: &[u8]) -> Reply {
    let headers = [("openapikey", seller.api_key()), ("Content-Type", "text/xml;charset=EUC-KR")];
    call(seller.address(), method, &format!("/rest/{path}"), &headers, body).expect("an answer")
}

pub(crate) fn get(seller: &Seller, path: &str) -> String {
    text(&send(seller, "GET", path, b""))
}

/// A call with a body of EUC-KR, as it must be.
pub(crate) fn put(seller: &Seller, method: &str, path: &str, body: &str) -> String {
    let body = format!("<?xml version=\"1.0\" encoding=\"EUC-KR\"?>{body}");
    text(&send(seller, method, path, &EUC_KR.encode(&body).0))
}

/// An answer of 200 as text; it is what it says it is.
pub(crate) fn text(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("text/xml;charset=EUC-KR"));
    let (text, broken) = EUC_KR.decode_without_bom_handling(&reply.body);
    assert!(
        !broken && text.starts_with("<?xml version=\"1.0\" encoding=\"euc-kr\" standalone=\"yes\"?>"),
        "{text}"
    );
    text.into_owned()
}

/// The texts of all elements of that name.
pub(crate) fn all(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    parts.map(|part| part.split(&close).next().expect("a part").to_owned()).collect()
}

/// The text of the first element of that name.
pub(crate) fn one(xml: &str, name: &str) -> String {
    all(xml, name).into_iter().next().unwrap_or_else(|| panic!("no {name} in {xml}"))
}

/// The code of a list, of an action or of a product write.
pub(crate) fn code(xml: &str) -> String {
    let names = ["ns2:result_code", "result_code", "resultCode"];
    names
        .into_iter()
        .find_map(|name| all(xml, name).into_iter().next())
        .unwrap_or_else(|| panic!("no code in {xml}"))
}

/// The names of the elements of the first row, in their order.
pub(crate) fn names(xml: &str) -> Vec<String> {
    let row = one(xml, "ns2:order");
    let ends = row.split("</").skip(1);
    ends.map(|part| part.split('>').next().expect("a name").to_owned()).collect()
}

/// The ids of the lines in a list.
pub(crate) fn ids(xml: &str) -> Vec<String> {
    let (orders, lines) = (all(xml, "ordNo"), all(xml, "ordPrdSeq"));
    orders.iter().zip(lines).map(|(order, line)| format!("{order}-{line}")).collect()
}

/// A time that a path takes, to the minute, of Korea.
pub(crate) fn minute(at: i64) -> String {
    simulator::kst_text(at).chars().filter(char::is_ascii_digit).take(12).collect()
}

/// A list of the windows of the last days, `ago` and less before now.
pub(crate) fn window(seller: &Seller, list: &str, ago: i64, until: i64) -> String {
    let at = |days: i64| minute(seller.now() - days * 86_400_000);
    get(seller, &format!("{list}/{}/{}", at(ago), at(until)))
}

pub(crate) fn line(seller: &Seller, order_id: &str) -> OrderTruth {
    seller.truth().into_iter().find(|line| line.order_id == order_id).expect("a line")
}

pub(crate) fn status(seller: &Seller, order_id: &str) -> String {
    line(seller, order_id).status
}

/// The path that confirms a line.
pub(crate) fn confirm(seller: &Seller, order_id: &str) -> String {
    let line = line(seller, order_id);
    let path = format!("{}/{}/N/null/{}", line.order_no, line.line_no, line.shipment_no);
    get(seller, &format!("ordservices/reqpackaging/{path}"))
}

/// Ships the whole shipment of a line.
pub(crate) fn ship(seller: &Seller, order_id: &str, waybill: &str) -> String {
    let line = line(seller, order_id);
    let path = format!("{}/01/00034/{waybill}/{}", minute(seller.now()), line.shipment_no);
    get(seller, &format!("ordservices/reqdelivery/{path}"))
}

/// Commands and targets of all effects.
pub(crate) fn effects(seller: &Seller) -> Vec<(String, String)> {
    seller.effects().into_iter().map(|effect| (effect.command, effect.target)).collect()
}

pub(crate) fn effect(command: &str, target: &str) -> (String, String) {
    (command.to_owned(), target.to_owned())
}
