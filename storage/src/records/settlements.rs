//! Settlement rows.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use connector_core::Settlement;
use connector_core::sync::Saved;
use diesel::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::{Sight, count_stored, see_again, verdict, write_rows};
use crate::backend::{Database, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::metrics::day_text;
use crate::save::Verdict;
use crate::schema::settlements;
use crate::text::clean;

/// The columns that are compared.
#[derive(PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = settlements, treat_none_as_default_value = false)]
struct Content {
    kind: String,
    recognized_on: String,
    paid_on: Option<String>,
    order_group_id: Option<String>,
    order_id: Option<String>,
    product_name: Option<String>,
    sale_amount: i64,
    fee: i64,
    amount: i64,
    content_hash: i64,
}

impl Content {
    fn of(settlement: &Settlement) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(|text| clean(text).into_owned());
        Self {
            kind: settlement.kind.name().to_owned(),
            recognized_on: day_text(settlement.recognized_on),
            paid_on: settlement.paid_on.map(day_text),
            order_group_id: text(&settlement.order_group_id),
            order_id: text(&settlement.order_id),
            product_name: text(&settlement.product_name),
            sale_amount: settlement.sale_amount,
            fee: settlement.fee,
            amount: settlement.amount,
            content_hash: xxh3_64(settlement.raw.get().as_bytes()).cast_signed(),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = settlements)]
struct Existing {
    id: i64,
    settlement_id: String,
    observed_at: NaiveDateTime,
    #[diesel(embed)]
    content: Content,
}

#[derive(Insertable)]
#[diesel(table_name = settlements, treat_none_as_default_value = false)]
struct Row<'a> {
    connector_id: i64,
    platform: &'a str,
    settlement_id: String,
    observed_at: NaiveDateTime,
    first_seen_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    meta_json: &'a str,
    #[diesel(embed)]
    content: Content,
}

/// Stores settlement rows with unique keys and counts what happened to them.
pub(crate) fn save(
    connection: &mut Database,
    sight: &Sight<'_>,
    list: &[&Settlement],
    saved: &mut Saved,
) -> Result<(), Failure> {
    for chunk in list.chunks(KEYS_AT_ONCE) {
        let existing = existing(connection, sight.connector_id, chunk)?;
        let (mut rows, mut seen_again, mut older) = (Vec::new(), Vec::new(), 0);
        for settlement in chunk {
            let (settlement_id, content) =
                (clean(&settlement.settlement_id).into_owned(), Content::of(settlement));
            let before = existing.get(&settlement_id);
            let compared = before.map(|before| (before.observed_at, &before.content));
            let verdict = verdict(compared, sight.observed_at, &content);
            verdict.count(saved);
            match (verdict, before) {
                (Verdict::Unchanged, Some(before)) => seen_again.push(before.id),
                (Verdict::Older, _) => older += 1,
                _ => rows.push(Row {
                    connector_id: sight.connector_id,
                    platform: sight.platform,
                    settlement_id,
                    observed_at: sight.observed_at,
                    first_seen_at: sight.now,
                    updated_at: sight.now,
                    meta_json: settlement.raw.get(),
                    content,
                }),
            }
        }
        let written = write_rows!(
            connection,
            settlements,
            rows,
            key(settlement_id, connector_id),
            set(
                platform,
                kind,
                recognized_on,
                paid_on,
                order_group_id,
                order_id,
                product_name,
                sale_amount,
                fee,
                amount,
                content_hash,
                observed_at,
                updated_at,
                meta_json,
            )
        );
        let observed = see_again!(connection, settlements, &seen_again, sight.observed_at);
        count_stored(saved, [written, observed, older]);
    }
    Ok(())
}

/// What is stored under the keys. By key, not by account: see `orders::existing`.
fn existing(
    connection: &mut Database,
    connector_id: i64,
    list: &[&Settlement],
) -> Result<HashMap<String, Existing>, Failure> {
    let keys: Vec<_> = list.iter().map(|settlement| clean(&settlement.settlement_id)).collect();
    let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    let rows: Vec<Existing> = on_backend!(connection, inner => {
        settlements::table
            .filter((settlements::connector_id + 0).eq(connector_id))
            .filter(settlements::settlement_id.eq_any(&keys))
            .select(Existing::as_select())
            .load(inner)?
    });
    Ok(rows.into_iter().map(|row| (row.settlement_id.clone(), row)).collect())
}
