//! Damage to an answer in XML that was right until now. It knows the form in which this crate writes XML, and no other.

use encoding_rs::EUC_KR;

use super::{FaultKind, Met};
use crate::answer::Answer;
use crate::endpoint::Endpoint;

/// Elements with words of a list that may grow.
const WORDS: [&str; 5] = ["ordPrdStat", "clmStat", "ordCnStatCd", "selStatCd", "prdStckStatCd"];

/// Spoils an answer in the way that was met; other ways leave it as it is.
pub(super) fn damage(answer: &mut Answer, endpoint: Endpoint, met: &Met) {
    let (text, ..) = EUC_KR.decode(&answer.body);
    let text = text.into_owned();
    let row = row_of(endpoint);
    let field = met.value.as_deref().unwrap_or_else(|| default_field(endpoint));
    let first = |change: &dyn Fn(&str) -> String| {
        let mut split = split(&text, row);
        if let Some(first) = split.rows.first_mut() {
            *first = change(first);
        }
        split
    };
    let all = |change: &dyn Fn(&mut Vec<String>)| {
        let mut split = split(&text, row);
        change(&mut split.rows);
        split
    };
    let spoilt = match met.kind {
        FaultKind::TruncatedJson => {
            answer.body = answer.body.slice(..answer.body.len() / 2);
            return;
        }
        FaultKind::WrongCharset => {
            answer.body = text.into_bytes().into();
            return;
        }
        FaultKind::WrongDeclaration => {
            let declared = text.replacen("encoding=\"euc-kr\"", "encoding=\"utf-8\"", 1);
            answer.body = EUC_KR.encode(&declared).0.into_owned().into();
            answer.content_type = "text/xml;charset=UTF-8";
            return;
        }
        FaultKind::AbsentData => all(&|rows| rows.clear()),
        FaultKind::UnknownKey => {
            let (opened, closed) = (format!("<{row}>"), format!("</{row}>"));
            all(&|rows| {
                for text in rows {
                    *text = text
                        .replace(&opened, &format!("<{row}_v2>"))
                        .replace(&closed, &format!("</{row}_v2>"));
                }
            })
        }
        FaultKind::EmptyList => {
            let mut split = all(&|rows| rows.clear());
            if split.before.contains("<ns2:orders") {
                split.before += "<ns2:result_code>0</ns2:result_code>\
                                 <ns2:result_text>조회된 결과가 없습니다.</ns2:result_text>";
            }
            split
        }
        FaultKind::RowMissing => all(&|rows| drop(rows.drain(..rows.len().min(1)))),
        FaultKind::DuplicatePage => all(&|rows| rows.extend_from_within(..)),
        FaultKind::ReorderedPage => all(&|rows| rows.reverse()),
        FaultKind::UnknownEnum => first(&|row| {
            let words = WORDS.iter();
            words.fold(row.to_owned(), |row, name| {
                element(&row, name, |_| Some((name.to_string(), "Z99".into())))
            })
        }),
        FaultKind::MissingField => first(&|row| element(row, field, |_| None)),
        FaultKind::NullField => {
            first(&|row| element(row, field, |_| Some((field.to_owned(), "null".to_owned()))))
        }
        FaultKind::RenamedField => {
            first(&|row| element(row, field, |value| Some((format!("{field}_v2"), value.to_owned()))))
        }
        FaultKind::SchemaChange => {
            let closed = format!("</{row}>");
            all(&|rows| {
                for row in rows {
                    *row =
                        row.replace(&closed, &format!("<addedSince><kind>NEW</kind></addedSince>{closed}"));
                }
            })
        }
        _ => return,
    };
    answer.rows = spoilt.rows.len();
    let whole = spoilt.before + &spoilt.rows.concat() + &spoilt.after;
    answer.body = EUC_KR.encode(&whole).0.into_owned().into();
}

/// The element that is a row.
fn row_of(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::StreetSettlements => "ns2:seStlDtlList",
        Endpoint::StreetListings | Endpoint::StreetListingsByCode => "ns2:product",
        Endpoint::StreetStock => "ns2:ProductStock",
        Endpoint::StreetStocks => "ns2:ProductStocks",
        _ => "ns2:order",
    }
}

/// An element that a row cannot do without.
fn default_field(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::StreetListings | Endpoint::StreetListingsByCode | Endpoint::StreetStocks => "prdNo",
        Endpoint::StreetStock => "prdStckNo",
        _ => "ordNo",
    }
}

struct Split {
    before: String,
    rows: Vec<String>,
    after: String,
}

/// An answer taken apart into its rows and what stands around them.
fn split(text: &str, row: &str) -> Split {
    let (open, close) = (format!("<{row}>"), format!("</{row}>\n"));
    let start = text.find(&open);
    let end = text.rfind(&close).map(|at| at + close.len());
    let (Some(start), Some(end)) = (start, end) else {
        // Without rows, the end of the root is what follows them.
        let end = text.rfind("</").unwrap_or(text.len());
        return Split { before: text[..end].to_owned(), rows: Vec::new(), after: text[end..].to_owned() };
    };
    Split {
        before: text[..start].to_owned(),
        rows: text[start..end].split_inclusive(close.as_str()).map(str::to_owned).collect(),
        after: text[end..].to_owned(),
    }
}

/// Changes the first element of that name, which holds text alone: its name and text, or nothing of it.
fn element(row: &str, name: &str, change: impl FnOnce(&str) -> Option<(String, String)>) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let Some((before, rest)) = row.split_once(&open) else { return row.to_owned() };
    let Some((value, after)) = rest.split_once(&close) else { return row.to_owned() };
    match change(value) {
        Some((name, value)) => format!("{before}<{name}>{value}</{name}>{after}"),
        None => format!("{before}{after}"),
    }
}
