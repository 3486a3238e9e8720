//! Damage to an answer that was right until now.

use super::ordered::{edit_at, edit_objects, elements, list, members, object};
use super::{FaultKind, Met, tagged};
use crate::answer::{Answer, Manner};
use crate::endpoint::{Endpoint, Platform};
use std::time::Duration;

/// Spoils an answer of 200 in the way that was met; other answers, and other ways, are left as they are.
pub(crate) fn damage(answer: &mut Answer, endpoint: Endpoint, met: &Met) {
    if answer.status != 200 {
        return;
    }
    let field = met.value.as_deref().unwrap_or_else(|| default_field(endpoint));
    match met.kind {
        FaultKind::CutBody => answer.manner = Manner::Cut,
        FaultKind::SlowDrip => {
            let over = u64::try_from(met.millis.unwrap_or(2_000)).unwrap_or(0);
            answer.manner = Manner::Drip(Duration::from_millis(over));
        }
        FaultKind::TruncatedJson => answer.body = answer.body.slice(..answer.body.len() / 2),
        FaultKind::WrongContentType => answer.content_type = "text/plain;charset=UTF-8",
        _ if endpoint.platform() == Platform::EleventhStreet => tagged::damage(answer, endpoint, met),
        FaultKind::AbsentData => edit(answer, |text| without_rows(text, endpoint)),
        FaultKind::UnknownKey => edit(answer, |text| rename(text, &[], holder(endpoint)[0])),
        FaultKind::EmptyList => rows(answer, endpoint, |rows| rows.clear()),
        FaultKind::RowMissing => rows(answer, endpoint, |rows| {
            if !rows.is_empty() {
                rows.remove(0);
            }
        }),
        FaultKind::DuplicatePage => rows(answer, endpoint, |rows| rows.extend_from_within(..)),
        FaultKind::ReorderedPage => rows(answer, endpoint, |rows| rows.reverse()),
        FaultKind::UnknownEnum => first_row(answer, endpoint, |row| {
            edit_objects(row, &mut |members| {
                for (name, value) in members {
                    if words(endpoint).contains(&name.as_str()) {
                        *value = r#""SOMETHING_NEW""#.to_owned();
                    }
                }
            })
        }),
        FaultKind::MissingField => first_row(answer, endpoint, |row| {
            let (parents, name) = split(field);
            edit_at(row, &parents, &mut |members| members.retain(|(member, _)| member != name))
        }),
        FaultKind::NullField => first_row(answer, endpoint, |row| {
            let (parents, name) = split(field);
            edit_at(row, &parents, &mut |members| {
                for (_, value) in members.iter_mut().filter(|(member, _)| member == name) {
                    *value = "null".to_owned();
                }
            })
        }),
        FaultKind::RenamedField => first_row(answer, endpoint, |row| {
            let (parents, name) = split(field);
            rename(row, &parents, name)
        }),
        FaultKind::SchemaChange => edit(answer, |text| {
            edit_objects(text, &mut |members| {
                members.push(("addedSince".to_owned(), r#"{"kind":"NEW","values":[1,null]}"#.to_owned()));
            })
        }),
        _ => {}
    }
}

/// The members whose values are words of the platform's.
fn words(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint.platform() {
        Platform::Smartstore => &["productOrderStatus", "lastChangedType", "statusType", "settleType"],
        Platform::Cafe24 => &["order_status"],
        Platform::Coupang => &["status", "receiptStatus", "exchangeStatus"],
        // What is said in XML is spoilt elsewhere.
        Platform::EleventhStreet => &[],
    }
}

/// A field that the figures or the orders cannot do without.
fn default_field(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Feed => "lastChangedDate",
        Endpoint::Query => "productOrder.totalPaymentAmount",
        Endpoint::List => "content.productOrder.totalPaymentAmount",
        Endpoint::StoreProducts => "channelProducts.salePrice",
        Endpoint::StoreSettleDaily => "settleAmount",
        Endpoint::StoreSettleCase => "settleExpectAmount",
        Endpoint::StoreCommissions => "commissionAmount",
        Endpoint::Visits | Endpoint::Domains => "visit_count",
        Endpoint::PageViews => "page_view",
        Endpoint::Sales => "order_amount",
        Endpoint::Orders => "items.payment_amount",
        Endpoint::OrderSheets | Endpoint::OrderSheetsOfOrder => "orderItems.orderPrice",
        Endpoint::ReturnRequests | Endpoint::ReturnRequest => "receiptId",
        Endpoint::ReturnWithdrawals | Endpoint::ReturnWithdrawalsById => "cancelId",
        Endpoint::ExchangeRequests => "exchangeId",
        Endpoint::RevenueHistory => "recognitionDate",
        Endpoint::SettlementHistories => "settlementDate",
        Endpoint::SellerProducts | Endpoint::SellerProductsBySku => "sellerProductId",
        _ => "",
    }
}

/// The way from the whole answer to its list of rows.
fn holder(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Feed => &["data", "lastChangeStatuses"],
        Endpoint::Query => &["data"],
        Endpoint::List => &["data", "contents"],
        Endpoint::StoreProducts => &["contents"],
        Endpoint::StoreSettleDaily | Endpoint::StoreSettleCase | Endpoint::StoreCommissions => &["elements"],
        Endpoint::Visits => &["view"],
        Endpoint::PageViews => &["pageview"],
        Endpoint::Sales => &["sales"],
        Endpoint::Domains => &["domains"],
        Endpoint::Orders => &["orders"],
        Endpoint::SettlementHistories => &[],
        endpoint if endpoint.platform() == Platform::Coupang => &["data"],
        _ => &[""],
    }
}

fn split(path: &str) -> (Vec<&str>, &str) {
    let mut parents: Vec<&str> = path.split('.').collect();
    let name = parents.pop().unwrap_or_default();
    (parents, name)
}

fn rename(text: &str, parents: &[&str], name: &str) -> String {
    edit_at(text, parents, &mut |members| {
        for (member, _) in members.iter_mut().filter(|(member, _)| member == name || is_seed(member, name)) {
            member.push_str("_v2");
        }
    })
}

fn without_rows(text: &str, endpoint: Endpoint) -> String {
    let name = holder(endpoint)[0];
    edit_at(text, &[], &mut |members| members.retain(|(member, _)| member != name && !is_seed(member, name)))
}

/// The other shape of the Analytics API holds all its rows below `data`.
fn is_seed(member: &str, name: &str) -> bool {
    member == "data" && ["view", "pageview", "sales", "domains"].contains(&name)
}

fn edit(answer: &mut Answer, change: impl FnOnce(&str) -> String) {
    let text = std::str::from_utf8(&answer.body).expect("an answer of this simulator");
    answer.body = change(text).into();
}

fn first_row(answer: &mut Answer, endpoint: Endpoint, change: impl FnOnce(&str) -> String) {
    rows(answer, endpoint, |rows| {
        if let Some(first) = rows.first_mut() {
            *first = change(first);
        }
    });
}

/// Changes the list of rows that an answer holds.
fn rows(answer: &mut Answer, endpoint: Endpoint, change: impl FnOnce(&mut Vec<String>)) {
    let mut count = None;
    edit(answer, |text| {
        let way = holder(endpoint);
        let mut change = Some(change);
        within(text, way, &mut |value| {
            let Some(mut rows) = elements(value) else { return value.to_owned() };
            if let Some(change) = change.take() {
                change(&mut rows);
            }
            count = Some(rows.len());
            list(&rows)
        })
    });
    if let Some(count) = count {
        answer.rows = count;
    }
}

/// Replaces the value at the end of the way; the feed's count follows its rows.
fn within(text: &str, way: &[&str], replace: &mut dyn FnMut(&str) -> String) -> String {
    let Some((name, rest)) = way.split_first() else { return replace(text) };
    let Some(mut inside) = members(text) else { return text.to_owned() };
    for (_, value) in inside.iter_mut().filter(|(member, _)| member == name || is_seed(member, name)) {
        *value = within(value, rest, replace);
    }
    if rest.is_empty() {
        let rows = inside.iter().find(|(member, _)| member == name).and_then(|(_, rows)| elements(rows));
        if let (Some(rows), Some((_, count))) =
            (rows, inside.iter_mut().find(|(member, _)| member == "count"))
        {
            *count = rows.len().to_string();
        }
    }
    object(&inside)
}
