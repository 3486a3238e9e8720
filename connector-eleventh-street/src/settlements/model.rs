//! From rows of the settlement list to settlements.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=151&apiSeq=1281&apiSpecType=1> (read 2026-09).
//! They are forecasts by the confirmed purchases of the day before: what is held back or owed changes what is really paid.

use connector_core::record::Twins;
use connector_core::xml::Element;
use connector_core::{Page, Record, Result, Settlement, SettlementKind};

use crate::answer::{self, Row, rows, unexpected};

/// What the guide calls a row; it does not show what stands around them.
const ROW: &str = "seStlDtlList";

pub(crate) fn page(root: &Element) -> Result<Page> {
    // A line has several rows a day where something is corrected.
    let mut twins = Twins::default();
    let mut rows = list(root)?;
    rows.retain(|row| twins.is_new(&row.0.markup()));
    Ok(answer::page(rows, |row| {
        let mut settlement = settlement(row)?;
        twins.number(&mut settlement);
        Ok(Record::Settlement(settlement))
    }))
}

fn list(root: &Element) -> Result<Vec<Row<'_>>> {
    if root.name() == "orders" {
        // No rows are told as in an order list.
        rows(root)?;
        return Ok(Vec::new());
    }
    let named: Vec<Row<'_>> = root.all(ROW).map(Row).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    match root.name() == ROW && root.child("ordNo").is_some() {
        true => Ok(vec![Row(root)]),
        false => Err(unexpected(root, ROW)),
    }
}

fn settlement(row: Row<'_>) -> Result<Settlement, String> {
    let line = row.line()?;
    let recognized_on = row.date("stlDy").or_else(|| row.date("pocnfrmDt"));
    let recognized_on = recognized_on.ok_or("stlDy holds no day that can be read")?;
    let claim = match row.word("clmReqSeq") {
        None | Some("0") => None,
        Some(_) => Some(row.id("clmReqSeq")?),
    };
    let amount = row.require("stlAmt")?;
    Ok(Settlement {
        settlement_id: format!("{line}/{recognized_on}/{}", claim.unwrap_or("sale")),
        kind: if claim.is_some() { SettlementKind::Refund } else { SettlementKind::Sale },
        recognized_on,
        paid_on: row.date("stlPlnDy"),
        order_group_id: row.owned("ordNo"),
        product_name: row.owned("prdNm"),
        sale_amount: row.require("selPrcAmt")?,
        fee: row.require("selFee")?,
        amount,
        order_id: Some(line),
        raw: own(row.0).json(),
    })
}

/// The row without what tells of the answer that it came in: its place, and how many rows there were.
fn own(row: &Element) -> Element {
    let mut own = row.clone();
    own.remove("seqNo");
    own.remove("totalCount");
    own
}
