//! Order lines: compared with what is stored, then written in few statements.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use connector_core::Order;
use connector_core::sync::Saved;
use connector_core::time::kst_text;
use diesel::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::backend::{Database, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::column;
use crate::records::lines;
use crate::save::Verdict;
use crate::schema::store_orders;
use crate::text::clean;
use crate::{search, upsert};

/// What all orders of one save have in common.
#[derive(Clone, Copy)]
pub(crate) struct PageOf<'a> {
    pub(crate) connector_id: i64,
    pub(crate) platform: &'a str,
    pub(crate) observed_at: NaiveDateTime,
    pub(crate) now: NaiveDateTime,
    /// Whether none of the orders is expected to be stored yet, as in a first sync: then only those are looked for that
    /// turn out to be.
    pub(crate) likely_new: bool,
    /// Whether claims may speak for their lines.
    pub(crate) may_be_held: bool,
}

/// An order as the table takes it.
pub(crate) struct Line<'a> {
    pub(crate) order_id: Cow<'a, str>,
    pub(crate) order_group_id: Option<Cow<'a, str>>,
    pub(crate) ordered_at: String,
    pub(crate) status: Cow<'a, str>,
    pub(crate) state: &'static str,
    pub(crate) amount: i64,
    pub(crate) order_place_id: Option<Cow<'a, str>>,
    pub(crate) order_place_name: Option<Cow<'a, str>>,
    pub(crate) product_id: Option<Cow<'a, str>>,
    pub(crate) product_name: Option<Cow<'a, str>>,
    pub(crate) option_id: Option<Cow<'a, str>>,
    pub(crate) option_name: Option<Cow<'a, str>>,
    pub(crate) seller_code: Option<Cow<'a, str>>,
    pub(crate) quantity: Option<i64>,
    pub(crate) unit_price: Option<i64>,
    pub(crate) changed_at: Option<NaiveDateTime>,
    pub(crate) content_hash: i64,
    pub(crate) raw: &'a str,
    /// Whether the stored row has this very order time.
    pub(crate) keeps_time: bool,
}

impl<'a> Line<'a> {
    fn of(order: &'a Order) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map(clean);
        Self {
            order_id: clean(&order.order_id),
            order_group_id: text(&order.order_group_id),
            ordered_at: kst_text(order.ordered_at),
            status: clean(&order.status),
            state: order.state.name(),
            amount: order.amount,
            order_place_id: text(&order.order_place_id),
            order_place_name: text(&order.order_place_name),
            product_id: text(&order.product_id),
            product_name: text(&order.product_name),
            option_id: text(&order.option_id),
            option_name: text(&order.option_name),
            seller_code: text(&order.seller_code),
            quantity: order.quantity,
            unit_price: order.unit_price,
            changed_at: order.changed_at.map(column),
            content_hash: xxh3_64(order.raw.get().as_bytes()).cast_signed(),
            raw: order.raw.get(),
            keeps_time: false,
        }
    }

    /// The Korean day: the first ten characters of the order time.
    pub(crate) fn date_kst(&self) -> &str {
        &self.ordered_at[..10]
    }
}

/// What a line is compared with: all mapped columns, so that a row which somebody altered by hand is put right too.
#[derive(Queryable, Selectable)]
#[diesel(table_name = store_orders)]
struct Existing {
    id: i64,
    order_id: String,
    order_group_id: Option<String>,
    ordered_at: String,
    date_kst: String,
    status: String,
    state: String,
    amount: i64,
    order_place_id: Option<String>,
    order_place_name: Option<String>,
    product_id: Option<String>,
    product_name: Option<String>,
    option_id: Option<String>,
    option_name: Option<String>,
    seller_code: Option<String>,
    quantity: Option<i64>,
    unit_price: Option<i64>,
    changed_at: Option<NaiveDateTime>,
    content_hash: i64,
    observed_at: NaiveDateTime,
}

impl Existing {
    /// Whether it is found by the words by which the line is to be found.
    fn is_found_as(&self, line: &Line<'_>) -> bool {
        self.ordered_at == line.ordered_at
            && self.order_group_id.as_deref() == line.order_group_id.as_deref()
            && self.product_id.as_deref() == line.product_id.as_deref()
            && self.product_name.as_deref() == line.product_name.as_deref()
            && self.seller_code.as_deref() == line.seller_code.as_deref()
    }

    fn verdict(&self, line: &Line<'_>, observed_at: NaiveDateTime) -> Verdict {
        if self.observed_at > observed_at {
            return Verdict::Older;
        }
        let same = self.content_hash == line.content_hash
            && self.is_found_as(line)
            && self.date_kst == line.date_kst()
            && self.status == line.status
            && self.state == line.state
            && self.amount == line.amount
            && self.order_place_id.as_deref() == line.order_place_id.as_deref()
            && self.order_place_name.as_deref() == line.order_place_name.as_deref()
            && self.option_id.as_deref() == line.option_id.as_deref()
            && self.option_name.as_deref() == line.option_name.as_deref()
            && self.quantity == line.quantity
            && self.unit_price == line.unit_price;
        if same { Verdict::Unchanged } else { Verdict::Changed }
    }
}

/// Stores orders with unique keys and counts what happened to them.
pub(crate) fn save(
    connection: &mut Database,
    page: &PageOf<'_>,
    orders: &[&Order],
    saved: &mut Saved,
) -> Result<(), Failure> {
    for chunk in orders.chunks(KEYS_AT_ONCE) {
        let mut lines: Vec<Line<'_>> = chunk.iter().map(|order| Line::of(order)).collect();
        if page.may_be_held {
            hold(connection, page.connector_id, &mut lines)?;
        }
        let keys: Vec<Cow<'_, str>> = lines.iter().map(|line| line.order_id.clone()).collect();
        if page.likely_new {
            let added = upsert::new_orders(connection, page, &mut lines)? as u64;
            saved.new += added;
            saved.stored += added;
        }
        let as_before =
            if lines.is_empty() { HashSet::new() } else { save_compared(connection, page, lines, saved)? };
        let words: Vec<&str> =
            keys.iter().map(|key| &**key).filter(|key| !as_before.contains(*key)).collect();
        search::queue(connection, page.connector_id, &words)?;
    }
    Ok(())
}

/// Stores those of the lines that are new or changed, and returns the ids of those that are found by the same words as before.
fn save_compared(
    connection: &mut Database,
    page: &PageOf<'_>,
    mut lines: Vec<Line<'_>>,
    saved: &mut Saved,
) -> Result<HashSet<String>, Failure> {
    let existing = existing(connection, page.connector_id, &lines)?;
    let mut seen_again = Vec::new();
    let mut touched = Vec::new();
    let mut older = 0;
    let mut as_before = HashSet::new();
    lines.retain_mut(|line| {
        let before = existing.get(&*line.order_id);
        let verdict = before.map_or(Verdict::New, |before| before.verdict(line, page.observed_at));
        verdict.count(saved);
        let Some(before) = before else { return true };
        if verdict == Verdict::Older || before.is_found_as(line) {
            as_before.insert(before.order_id.clone());
        }
        // A record that is read without a change, or by a list that knows no time of change, takes nothing back.
        let changed_at = line.changed_at.max(before.changed_at);
        match verdict {
            Verdict::Unchanged if changed_at == before.changed_at => seen_again.push(before.id),
            Verdict::Unchanged => touched.push((before.id, changed_at)),
            Verdict::Older => older += 1,
            Verdict::New | Verdict::Changed => {}
        }
        line.changed_at = changed_at;
        line.keeps_time = line.ordered_at == before.ordered_at && line.date_kst() == before.date_kst;
        verdict == Verdict::Changed
    });
    // What the database says it wrote, and what it had just read and was left as it is.
    let written = upsert::orders(connection, page, &lines)?;
    let observed = observe(connection, page.observed_at, &seen_again, &touched)?;
    saved.stored += (written + observed + older) as u64;
    Ok(as_before)
}

/// Gives lines the state that a claim of theirs gives them.
fn hold(connection: &mut Database, connector_id: i64, lines: &mut [Line<'_>]) -> Result<(), Failure> {
    let order_ids: Vec<String> = lines.iter().map(|line| line.order_id.clone().into_owned()).collect();
    let held = lines::held(connection, connector_id, &order_ids)?;
    if held.is_empty() {
        return Ok(());
    }
    for line in lines {
        if let Some(state) = held.get(&*line.order_id).and_then(|held| held.state(line.quantity)) {
            line.state = state.name();
        }
    }
    Ok(())
}

/// What is stored under the keys of `lines`.
///
/// The keys find the rows. The account must not: until PostgreSQL has looked at a growing table it takes an account for
/// a small part of it, and would read all of it for each batch. Nothing can be looked up by a sum.
fn existing(
    connection: &mut Database,
    connector_id: i64,
    lines: &[Line<'_>],
) -> Result<HashMap<String, Existing>, Failure> {
    let keys: Vec<&str> = lines.iter().map(|line| &*line.order_id).collect();
    let rows: Vec<Existing> = on_backend!(connection, inner => {
        store_orders::table
            .filter((store_orders::connector_id + 0).eq(connector_id))
            .filter(store_orders::order_id.eq_any(&keys))
            .select(Existing::as_select())
            .load(inner)?
    });
    Ok(rows.into_iter().map(|row| (row.order_id.clone(), row)).collect())
}

/// Notes that rows were seen and are the same; `touched` are those of which the platform says that they changed, in
/// something that is not part of the record. Returns how many rows there were.
fn observe(
    connection: &mut Database,
    observed_at: NaiveDateTime,
    seen_again: &[i64],
    touched: &[(i64, Option<NaiveDateTime>)],
) -> Result<usize, Failure> {
    let mut rows = 0;
    if !seen_again.is_empty() {
        rows += on_backend!(connection, inner => {
            diesel::update(store_orders::table.filter(store_orders::id.eq_any(seen_again)))
                .set(store_orders::observed_at.eq(observed_at))
                .execute(inner)?
        });
    }
    for &(id, changed_at) in touched {
        rows += on_backend!(connection, inner => {
            diesel::update(store_orders::table.find(id))
                .set((
                    store_orders::observed_at.eq(observed_at),
                    store_orders::changed_at.eq(changed_at),
                ))
                .execute(inner)?
        });
    }
    Ok(rows)
}
