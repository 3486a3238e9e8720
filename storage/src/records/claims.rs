//! Claims, and what they do to the order lines that they are about.

mod told;

use std::collections::HashMap;

use chrono::NaiveDateTime;
use connector_core::sync::Saved;
use connector_core::time::kst_text;
use connector_core::{Change, Claim};
use diesel::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::{Sight, count_stored, lines, see_again, verdict, write_rows};
use crate::backend::{Database, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::column;
use crate::save::Verdict;
use crate::schema::claims;
use crate::text::clean;

pub(crate) use told::add;

/// The columns that are compared; all mapped ones, so that a row which somebody altered by hand is put right too.
#[derive(PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = claims, treat_none_as_default_value = false)]
struct Content {
    kind: String,
    state: String,
    status: String,
    order_group_id: Option<String>,
    quantity: Option<i64>,
    reason: Option<String>,
    line_state: Option<String>,
    requested_at: String,
    date_kst: String,
    content_hash: i64,
}

impl Content {
    fn of(claim: &Claim) -> Self {
        let requested_at = kst_text(claim.requested_at);
        let text = |text: &Option<String>| text.as_deref().map(|text| clean(text).into_owned());
        Self {
            kind: claim.kind.name().to_owned(),
            state: claim.state.name().to_owned(),
            status: clean(&claim.status).into_owned(),
            order_group_id: text(&claim.order_group_id),
            quantity: claim.quantity,
            reason: text(&claim.reason),
            line_state: claim.line_state.map(|state| state.name().to_owned()),
            date_kst: requested_at[..10].to_owned(),
            requested_at,
            content_hash: xxh3_64(claim.raw.get().as_bytes()).cast_signed(),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = claims)]
struct Existing {
    id: i64,
    claim_id: String,
    order_id: String,
    changed_at: Option<NaiveDateTime>,
    observed_at: NaiveDateTime,
    #[diesel(embed)]
    content: Content,
}

#[derive(Insertable)]
#[diesel(table_name = claims, treat_none_as_default_value = false)]
struct Row<'a> {
    connector_id: i64,
    platform: &'a str,
    claim_id: String,
    order_id: String,
    changed_at: Option<NaiveDateTime>,
    observed_at: NaiveDateTime,
    first_seen_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    meta_json: &'a str,
    #[diesel(embed)]
    content: Content,
}

impl<'a> Row<'a> {
    fn new(
        sight: &Sight<'a>,
        key: Key,
        claim: &'a Claim,
        content: Content,
        changed_at: Option<NaiveDateTime>,
    ) -> Self {
        Self {
            connector_id: sight.connector_id,
            platform: sight.platform,
            claim_id: key.0,
            order_id: key.1,
            changed_at,
            observed_at: sight.observed_at,
            first_seen_at: sight.now,
            updated_at: sight.now,
            meta_json: claim.raw.get(),
            content,
        }
    }
}

type Key = (String, String);

pub(crate) fn key(claim: &Claim) -> Key {
    (clean(&claim.claim_id).into_owned(), clean(&claim.order_id).into_owned())
}

/// Stores claims with unique keys, counts what happened to them, and moves the order lines that they name.
pub(crate) fn save(
    connection: &mut Database,
    sight: &Sight<'_>,
    list: &[&Claim],
    saved: &mut Saved,
) -> Result<(), Failure> {
    for chunk in list.chunks(KEYS_AT_ONCE) {
        let existing =
            existing(connection, sight.connector_id, chunk.iter().map(|claim| key(claim)).collect())?;
        let (mut rows, mut seen_again, mut touched, mut older) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let mut moving = Vec::new();
        for claim in chunk {
            let (key, content) = (key(claim), Content::of(claim));
            let before = existing.get(&key);
            let compared = before.map(|before| (before.observed_at, &before.content));
            let verdict = verdict(compared, sight.observed_at, &content);
            verdict.count(saved);
            if verdict != Verdict::Older {
                moving.push(*claim);
            }
            // A claim that is read by a list which knows no time of change takes nothing back.
            let changed_before = before.and_then(|before| before.changed_at);
            let changed_at = claim.changed_at.map(column).max(changed_before);
            match (verdict, before) {
                (Verdict::Unchanged, Some(before)) if changed_at == changed_before => {
                    seen_again.push(before.id)
                }
                (Verdict::Unchanged, Some(before)) => touched.push((before.id, changed_at)),
                (Verdict::Older, _) => older += 1,
                _ => rows.push(Row::new(sight, key, claim, content, changed_at)),
            }
        }
        let written = write_rows!(
            connection,
            claims,
            rows,
            key(claim_id, order_id, connector_id),
            set(
                platform,
                kind,
                state,
                status,
                order_group_id,
                quantity,
                reason,
                line_state,
                requested_at,
                date_kst,
                changed_at,
                content_hash,
                observed_at,
                updated_at,
                meta_json,
            )
        );
        let mut observed = see_again!(connection, claims, &seen_again, sight.observed_at);
        for (id, changed_at) in touched {
            observed += diesel::update(claims::table.find(id))
                .set((claims::observed_at.eq(sight.observed_at), claims::changed_at.eq(changed_at)))
                .execute(connection)?;
        }
        count_stored(saved, [written, observed, older]);
        lines::follow(connection, sight, &moving)?;
    }
    Ok(())
}

/// What is stored under the keys. By key, not by account: see `orders::existing`.
fn existing(
    connection: &mut Database,
    connector_id: i64,
    keys: Vec<Key>,
) -> Result<HashMap<Key, Existing>, Failure> {
    let mut ids: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<Existing> = on_backend!(connection, inner => {
        claims::table
            .filter((claims::connector_id + 0).eq(connector_id))
            .filter(claims::claim_id.eq_any(&ids))
            .select(Existing::as_select())
            .load(inner)?
    });
    Ok(rows.into_iter().map(|row| ((row.claim_id.clone(), row.order_id.clone()), row)).collect())
}

/// For each change, whether the store holds that claim as changed at that instant or later.
pub(crate) fn known(
    connection: &mut Database,
    connector_id: i64,
    changes: &[Change],
) -> Result<Vec<bool>, Failure> {
    // An order id holds no slash; if one did, its claims would be read again, no more.
    let key = |change: &Change| {
        let (claim_id, order_id) = change.key.rsplit_once('/')?;
        Some((claim_id.to_owned(), order_id.to_owned()))
    };
    let mut answers = Vec::with_capacity(changes.len());
    for chunk in changes.chunks(KEYS_AT_ONCE) {
        let existing = existing(connection, connector_id, chunk.iter().filter_map(key).collect())?;
        answers.extend(chunk.iter().map(|change| {
            let changed_at = key(change).and_then(|key| existing.get(&key)).and_then(|row| row.changed_at);
            changed_at.is_some_and(|stored| column(change.at) <= stored)
        }));
    }
    Ok(answers)
}
