//! Comparing an account's order lines with what each of them did to stock before.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use connector_core::time::kst_text;
use diesel::prelude::*;

use super::apply::{Shelf, Step, apply, holds, shelves};
use super::counting::accounts_of;
use super::find::{AT_ONCE, Candidate, Part, latest, next};
use super::hold::{Fact, is_counted, now as hold_now};
use super::resolve::{Catalogue, Product};
use super::{LINKS, lock};
use crate::backend::{Database, Durability};
use crate::checkpoints::{note, set_note};
use crate::error::Failure;
use crate::instants::{column, instant};
use crate::schema::{connectors, products};
use crate::{Result, Storage, StorageError};

/// The note that holds the latest line that was looked at, and [`LINKS`] as it was then.
const LOOKED_AT: &str = "stock:looked-at";

/// What settling an account's lines did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Lines that hold something else than before.
    pub lines: u64,
    /// The products of which more or fewer pieces are there or reserved than before.
    pub products: BTreeSet<i64>,
}

/// Where the pass over an account's lines begins.
struct Pass {
    /// Whether lines that hold what they should are looked at, too.
    all: bool,
    after_line: i64,
    /// When the first of the owner's products was counted: lines from before it that have shipped are no matter.
    since: Option<NaiveDateTime>,
    /// What [`LOOKED_AT`] is to be at the end.
    end: String,
}

impl Pass {
    /// `None` where the account has nothing to do with stock: one question.
    fn of(connection: &mut Database, connector_id: i64) -> Result<Option<Self>, Failure> {
        let account: Option<(Option<i64>, Option<NaiveDateTime>)> = connectors::table
            .find(connector_id)
            .select((connectors::owner_id, connectors::removed_at))
            .first(connection)
            .optional()?;
        let (owner, removed) =
            account.ok_or_else(|| StorageError::NotFound(format!("there is no connector {connector_id}")))?;
        let own = products::table.into_boxed();
        let own = match owner {
            Some(owner) => own.filter(products::owner_id.eq(owner)),
            None => own.filter(products::owner_id.is_null()),
        };
        let (any, since): (i64, Option<NaiveDateTime>) = own
            .select((diesel::dsl::count_star(), diesel::dsl::min(products::stock_counted_at)))
            .first(connection)?;
        if any == 0 || removed.is_some() {
            return Ok(None);
        }
        let links = note(connection, connector_id, LINKS)?.unwrap_or_default();
        let looked_at = note(connection, connector_id, LOOKED_AT)?.unwrap_or_default();
        let (line, seen) = looked_at.split_once(' ').unwrap_or_default();
        let after_line = line.parse().ok().filter(|_| seen == links);
        let latest = latest(connection, connector_id, after_line.unwrap_or(0))?;
        Ok(Some(Self {
            all: after_line.is_none(),
            after_line: after_line.unwrap_or(0),
            since,
            end: format!("{latest} {links}"),
        }))
    }

    fn parts(&self) -> impl Iterator<Item = Part> {
        let fresh = self.since.map(|since| Part::Fresh { after_line: self.after_line, since });
        [Some(Part::Open { all: self.all }), Some(Part::Moved), fresh].into_iter().flatten()
    }
}

/// Compares some lines, and writes what differs.
fn settle_lines(
    connection: &mut Database,
    connector_id: i64,
    lines: &[Candidate],
    now: DateTime<Utc>,
    settled: &mut Settled,
) -> Result<(), Failure> {
    let catalogue = Catalogue::of(connection, connector_id, lines)?;
    let ids: Vec<i64> = lines.iter().map(|line| line.id).collect();
    let before = holds(connection, &ids)?;
    let product = |line: &Candidate| match line.is_relayed() {
        true => Product::Unknown,
        false => catalogue.product(line),
    };
    let known = lines.iter().filter_map(|line| match product(line) {
        Product::Known(id) => Some(id),
        Product::Unlinked | Product::Unknown => None,
    });
    let wanted = known.chain(before.values().map(|(hold, _)| hold.product_id)).collect();
    let mut shelves = shelves(connection, &wanted)?;
    let mut steps = Vec::new();
    for line in lines {
        let (product, kept) = (product(line), before.get(&line.id).copied());
        let held = kept.map(|(hold, _)| hold);
        let counted_at = |id: i64| shelves.get(&id).and_then(|shelf: &Shelf| shelf.stock_counted_at);
        let follows_count = match product {
            Product::Known(id) => counted_at(id).is_some_and(|at| line.ordered_at >= kst_text(instant(at))),
            Product::Unlinked | Product::Unknown => false,
        };
        let fact = Fact { state: line.state(), quantity: line.quantity, product, follows_count };
        let Some(after) = hold_now(&fact, held) else { continue };
        if held == Some(after) {
            continue;
        }
        let is_relinked = held.is_some_and(|held| held.product_id != after.product_id);
        steps.push(Step {
            connector_id,
            line_id: line.id,
            order_id: line.order_id.clone(),
            before: held,
            after,
            is_counted: is_counted(line.changed_at, kept, counted_at(after.product_id)),
            note: match product {
                _ if is_relinked => Some("its listing is another product's"),
                Product::Unlinked => Some("its listing is no product's any more"),
                _ => None,
            },
        });
    }
    settled.lines += steps.len() as u64;
    settled.products.extend(apply(connection, &mut shelves, &steps, now)?);
    Ok(())
}

impl Storage {
    /// Brings stock up to date with an account's order lines: compares each line that may matter with what it did before, and
    /// writes what differs, some hundred lines a transaction. Done twice, by two processes at once, or after lines came in
    /// another order, it comes to the same. Where the account's owner has no products it asks just that.
    ///
    /// Lines that an other market sold and the platform relays are left to that market's own account.
    ///
    /// # Errors
    /// `NotFound`, or when the database fails; what was settled by then stays.
    pub async fn settle_stock(&self, connector_id: i64) -> Result<Settled> {
        let Some(pass) = self.pool().read(move |c| Pass::of(c, connector_id)).await? else {
            return Ok(Settled::default());
        };
        let mut settled = Settled::default();
        for part in pass.parts() {
            let mut after = 0;
            loop {
                let (found, last, part_settled) = self.settle_some(connector_id, part, after).await?;
                settled.lines += part_settled.lines;
                settled.products.extend(part_settled.products);
                after = last;
                if found < AT_ONCE {
                    break;
                }
            }
        }
        let now = column(self.now());
        let end = move |connection: &mut Database| {
            // Written only where it says something new: a run with nothing new should leave the disk alone.
            match note(connection, connector_id, LOOKED_AT)? {
                Some(kept) if kept == pass.end => Ok(()),
                _ => set_note(connection, connector_id, LOOKED_AT, &pass.end, now),
            }
        };
        self.pool().write(Durability::Normal, true, end).await?;
        Ok(settled)
    }

    /// One transaction's worth: how many lines were looked at, the last of them, and what was done.
    async fn settle_some(&self, connector_id: i64, part: Part, after: i64) -> Result<(i64, i64, Settled)> {
        // Mostly there is nothing, and nobody has to wait for that.
        let found = self.pool().read(move |c| Ok(!next(c, connector_id, part, after)?.is_empty())).await?;
        if !found {
            return Ok((0, after, Settled::default()));
        }
        let now = self.now();
        let write = move |connection: &mut Database| {
            lock(connection)?;
            let lines = next(connection, connector_id, part, after)?;
            let mut settled = Settled::default();
            settle_lines(connection, connector_id, &lines, now, &mut settled)?;
            let last = lines.last().map_or(after, |line| line.id);
            Ok((i64::try_from(lines.len()).unwrap_or(AT_ONCE), last, settled))
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Settles all accounts whose lines may take pieces of a product.
    pub(crate) async fn settle_product(&self, product_id: i64) -> Result<()> {
        for account in self.pool().read(move |c| accounts_of(c, product_id)).await? {
            self.settle_stock(account).await?;
        }
        Ok(())
    }
}
