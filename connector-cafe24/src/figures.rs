//! From the Analytics API's answers to daily figures.
//!
//! | Endpoint | Field | Column | Entity |
//! |---|---|---|---|
//! | `visitors/view` | `visit_count` | `impressions` | `store`, the mall's id |
//! | `visitors/pageview` | `page_view` | `clicks` | `store` |
//! | `products/sales` | `order_count`, `order_amount` | `conversions`, `conversion_value` | `product`, its number |
//! | `visitpaths/domains` | `visit_count` | `clicks` | `domain` |

use std::collections::BTreeMap;

use chrono::NaiveDate;
use connector_core::http::{Response, decode_reason};
use connector_core::lenient::{self, Lenient, Text, Whole};
use connector_core::{Error, Failure, Metric, Record, Result};
use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::dialect::Figure;
use crate::object::Object;

/// A number that must be there and may be `null`.
#[derive(Debug, Default)]
enum Given {
    #[default]
    Missing,
    Is(Whole),
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Whole::deserialize(deserializer).map(Self::Is)
    }
}

impl Given {
    fn number(&self, field: &str) -> Result<Option<i64>, String> {
        match self {
            Self::Is(Lenient::Is(number)) => Ok(Some(*number)),
            Self::Is(Lenient::Absent) => Ok(None),
            Self::Is(Lenient::Wrong) => Err(format!("{field} is no whole number")),
            Self::Missing => Err(format!("{field} is missing")),
        }
    }
}

/// A row of any of the four endpoints, in either dialect.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    date: Text<'a>,
    #[serde(borrow)]
    hour: Text<'a>,
    #[serde(alias = "visitCount")]
    visit_count: Given,
    #[serde(alias = "pageviewCount")]
    page_view: Given,
    #[serde(borrow, alias = "productNo")]
    product_no: Text<'a>,
    #[serde(alias = "orderCount")]
    order_count: Given,
    #[serde(alias = "salesAmount")]
    order_amount: Given,
    #[serde(borrow)]
    domain: Text<'a>,
}

/// The days asked for, of one shop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub mall_id: &'a str,
    pub shop_no: i64,
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// Rows that became figures, and rows that did not.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub records: Vec<Record>,
    pub failures: Vec<Failure>,
}

/// The rows of an answer.
///
/// # Errors
/// `Decode` when none of the keys that the endpoint is known to use is there: an answer that is not understood is no
/// answer without rows.
pub(crate) fn rows(response: &Response, figure: Figure) -> Result<Vec<&RawValue>> {
    let object: Object<'_> = response.json()?;
    let keys = figure.keys();
    let Some(list) = object.first(keys) else {
        return Err(Error::decode(format!(
            "none of the keys {} is in the answer, which holds: {}",
            keys.join(", "),
            object.names()
        ))
        .with_fix("the server speaks another shape: check base_url and dialect, or report it"));
    };
    serde_json::from_str(list.get()).map_err(|error| {
        Error::decode(format!("{} is no list of rows: {}", keys.join("/"), decode_reason(&error)))
    })
}

impl Asked<'_> {
    /// The date of a row: its own, else the one day that was asked for.
    fn date(&self, row: &Row<'_>) -> Result<NaiveDate, String> {
        let Some(text) = row.date.filled() else {
            // A total over several days must never be taken for one of them.
            return if self.first == self.last { Ok(self.first) } else { Err("date is missing".to_owned()) };
        };
        // Live rows have `2026-07-22T00:00+09:00`, without seconds.
        let date = text.trim().get(..10).and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
        let date = date.ok_or("date is no date")?;
        if !(self.first..=self.last).contains(&date) {
            return Err(format!("date {date} is none of those asked for"));
        }
        Ok(date)
    }

    fn metric(&self, date: NaiveDate, entity_type: &'static str, entity_id: &str, raw: &RawValue) -> Metric {
        Metric {
            date,
            entity_type,
            entity_id: entity_id.to_owned(),
            shop_no: self.shop_no,
            impressions: None,
            clicks: None,
            conversions: None,
            conversion_value: None,
            raw: raw.to_owned(),
        }
    }

    /// Visits and page views of the shop, one record a day. Both come together, since one row of the store holds
    /// both, and a row is always replaced whole.
    pub(crate) fn store(&self, visits: &[&RawValue], page_views: &[&RawValue]) -> Read {
        let mut read = Read::default();
        let mut days: BTreeMap<NaiveDate, [Vec<Hour<'_>>; 2]> = BTreeMap::new();
        for (index, rows) in [visits, page_views].into_iter().enumerate() {
            for raw in rows {
                match self.hour(raw, index) {
                    Ok((date, hour)) => days.entry(date).or_default()[index].push(hour),
                    Err(reason) => read.failures.push(failure(None, reason, raw)),
                }
            }
        }
        for (date, [visits, page_views]) in days {
            match (total(&visits), total(&page_views)) {
                (Ok(impressions), Ok(clicks)) => {
                    let raw = joined(&[("view", &visits), ("pageview", &page_views)]);
                    let metric = self.metric(date, "store", self.mall_id, &raw);
                    read.records.push(Record::Metric(Metric { impressions, clicks, ..metric }));
                }
                (Err(reason), _) | (_, Err(reason)) => {
                    let key = format!("{date}/store/{}/{}", self.mall_id, self.shop_no);
                    read.failures.push(Failure { key: Some(key), reason: reason.to_owned(), raw: None });
                }
            }
        }
        read
    }

    fn hour<'r>(&self, raw: &'r RawValue, index: usize) -> Result<(NaiveDate, Hour<'r>), String> {
        let row = parse(raw)?;
        // These rows always bear their date; without one they are totals of something else.
        if row.date.filled().is_none() {
            return Err("date is missing".to_owned());
        }
        let date = self.date(&row)?;
        let count = match index {
            0 => row.visit_count.number("visit_count")?,
            _ => row.page_view.number("page_view")?,
        };
        Ok((date, Hour { hour: row.hour.filled().map(str::to_owned), count, raw }))
    }

    /// Sales by product.
    pub(crate) fn products(&self, rows: &[&RawValue]) -> Read {
        self.each(rows, |row, date, raw| {
            let product = row.product_no.filled().ok_or("product_no is missing")?;
            let conversions = row.order_count.number("order_count")?;
            let conversion_value = row.order_amount.number("order_amount (won)")?;
            let metric = self.metric(date, "product", product.trim(), raw);
            Ok(Metric { conversions, conversion_value, ..metric })
        })
    }

    /// Visits by referring domain. The platform's word for none (`참조 도메인 없음`) is kept as it is.
    pub(crate) fn domains(&self, rows: &[&RawValue]) -> Read {
        self.each(rows, |row, date, raw| {
            let domain = row.domain.filled().ok_or("domain is missing")?;
            let clicks = row.visit_count.number("visit_count")?;
            Ok(Metric { clicks, ..self.metric(date, "domain", domain, raw) })
        })
    }

    fn each(
        &self,
        rows: &[&RawValue],
        map: impl Fn(&Row<'_>, NaiveDate, &RawValue) -> Result<Metric, String>,
    ) -> Read {
        let mut read = Read::default();
        for raw in rows {
            let mapped = parse(raw).and_then(|row| map(&row, self.date(&row)?, raw));
            match mapped {
                Ok(metric) => read.records.push(Record::Metric(metric)),
                Err(reason) => read.failures.push(failure(None, reason, raw)),
            }
        }
        read
    }
}

/// One count of a day, or of one of its hours where the platform sends those.
struct Hour<'a> {
    hour: Option<String>,
    count: Option<i64>,
    raw: &'a RawValue,
}

fn parse(raw: &RawValue) -> Result<Row<'_>, String> {
    let row: lenient::Object<Row<'_>> =
        serde_json::from_str(raw.get()).map_err(|error| decode_reason(&error))?;
    Ok(row.0)
}

/// The day's count. Several rows of one day must be hours of it.
fn total(rows: &[Hour<'_>]) -> Result<Option<i64>, &'static str> {
    let mut hours: Vec<&str> = rows.iter().filter_map(|row| row.hour.as_deref()).collect();
    hours.sort_unstable();
    hours.dedup();
    if rows.len() > 1 && hours.len() != rows.len() {
        return Err("the day has several rows that are no hours");
    }
    rows.iter()
        .filter_map(|row| row.count)
        .try_fold(None, |sum: Option<i64>, count| sum.unwrap_or(0).checked_add(count).map(Some))
        .ok_or("the day's hours add up to more than any count")
}

/// The platform's own rows beside each other, byte for byte.
fn joined(parts: &[(&str, &[Hour<'_>])]) -> Box<RawValue> {
    let members: Vec<String> = parts
        .iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(name, rows)| match rows {
            [row] => format!("\"{name}\":{}", row.raw.get()),
            rows => {
                let rows: Vec<&str> = rows.iter().map(|row| row.raw.get()).collect();
                format!("\"{name}\":[{}]", rows.join(","))
            }
        })
        .collect();
    RawValue::from_string(format!("{{{}}}", members.join(","))).expect("made of JSON values")
}

fn failure(key: Option<String>, reason: String, raw: &RawValue) -> Failure {
    Failure { key, reason, raw: Some(raw.to_owned()) }
}

#[cfg(test)]
#[path = "figures/tests.rs"]
mod tests;
