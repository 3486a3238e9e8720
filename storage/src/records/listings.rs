//! Listings, and which product each of them is.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;
use connector_core::Listing;
use connector_core::sync::Saved;
use diesel::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::{Sight, count_stored, see_again, verdict, write_rows};
use crate::backend::{Database, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::products;
use crate::save::Verdict;
use crate::schema::listings;
use crate::stock;
use crate::text::clean;

/// The columns that are compared. Which product it is, is not among them: that is ours to say.
#[derive(PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = listings, treat_none_as_default_value = false)]
struct Content {
    sold_as: Option<String>,
    seller_code: Option<String>,
    name: String,
    option_name: Option<String>,
    price: Option<i64>,
    stock: Option<i64>,
    state: String,
    status: String,
    content_hash: i64,
}

impl Content {
    fn of(listing: &Listing) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(|text| clean(text).into_owned());
        Self {
            sold_as: text(&listing.sold_as),
            seller_code: text(&listing.seller_code),
            name: clean(&listing.name).into_owned(),
            option_name: text(&listing.option_name),
            price: listing.price,
            stock: listing.stock,
            state: listing.state.name().to_owned(),
            status: clean(&listing.status).into_owned(),
            content_hash: xxh3_64(listing.raw.get().as_bytes()).cast_signed(),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = listings)]
struct Existing {
    id: i64,
    listing_id: String,
    option_id: String,
    observed_at: NaiveDateTime,
    #[diesel(embed)]
    content: Content,
}

#[derive(Insertable)]
#[diesel(table_name = listings, treat_none_as_default_value = false)]
struct Row<'a> {
    connector_id: i64,
    platform: &'a str,
    listing_id: String,
    option_id: String,
    product_id: Option<i64>,
    observed_at: NaiveDateTime,
    first_seen_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    meta_json: &'a str,
    #[diesel(embed)]
    content: Content,
}

type Key = (String, String);

pub(crate) fn key(listing: &Listing) -> Key {
    (clean(&listing.listing_id).into_owned(), clean(&listing.option_id).into_owned())
}

/// Stores listings with unique keys and counts what happened to them. A listing keeps its product; one that has none, and
/// is new or has another seller's code than before, is given the seller's product of that code, if there is one.
pub(crate) fn save(
    connection: &mut Database,
    sight: &Sight<'_>,
    list: &[&Listing],
    saved: &mut Saved,
) -> Result<(), Failure> {
    for chunk in list.chunks(KEYS_AT_ONCE) {
        let existing = existing(connection, sight.connector_id, chunk)?;
        let (mut rows, mut seen_again, mut older) = (Vec::new(), Vec::new(), 0);
        let (mut recoded, mut new_codes) = (Vec::new(), Vec::new());
        for listing in chunk {
            let (key, mut content) = (key(listing), Content::of(listing));
            let before = existing.get(&key);
            if content.sold_as.is_none() {
                // Not every answer of a platform tells it.
                content.sold_as = before.and_then(|before| before.content.sold_as.clone());
            }
            let compared = before.map(|before| (before.observed_at, &before.content));
            let verdict = verdict(compared, sight.observed_at, &content);
            verdict.count(saved);
            match (verdict, before) {
                (Verdict::Unchanged, Some(before)) => {
                    seen_again.push(before.id);
                    continue;
                }
                (Verdict::Older, _) => {
                    older += 1;
                    continue;
                }
                (_, Some(before)) if before.content.seller_code != content.seller_code => {
                    recoded.extend(content.seller_code.clone().map(|code| (before.id, code)));
                }
                (_, None) => new_codes.extend(content.seller_code.clone()),
                _ => {}
            }
            rows.push(Row {
                connector_id: sight.connector_id,
                platform: sight.platform,
                listing_id: key.0,
                option_id: key.1,
                product_id: None,
                observed_at: sight.observed_at,
                first_seen_at: sight.now,
                updated_at: sight.now,
                meta_json: listing.raw.get(),
                content,
            });
        }
        let codes: BTreeSet<&str> =
            rows.iter().filter_map(|row: &Row<'_>| row.content.seller_code.as_deref()).collect();
        let products = products::by_code(connection, sight.connector_id, &codes)?;
        for row in &mut rows {
            row.product_id = row.content.seller_code.as_ref().and_then(|code| products.get(code).copied());
        }
        // The product of a row that is there is left alone: a person may be linking it at this moment.
        let written = write_rows!(
            connection,
            listings,
            rows,
            key(listing_id, option_id, connector_id),
            set(
                platform,
                sold_as,
                seller_code,
                name,
                option_name,
                price,
                stock,
                state,
                status,
                content_hash,
                observed_at,
                updated_at,
                meta_json,
            )
        );
        let mut linked = new_codes.iter().any(|code| products.contains_key(code));
        for (id, code) in recoded {
            if let Some(&product_id) = products.get(&code) {
                linked = true;
                diesel::update(listings::table.find(id).filter(listings::product_id.is_null()))
                    .set(listings::product_id.eq(product_id))
                    .execute(connection)?;
            }
        }
        if linked {
            stock::links_changed(connection, &[sight.connector_id], sight.now.and_utc())?;
        }
        let observed = see_again!(connection, listings, &seen_again, sight.observed_at);
        count_stored(saved, [written, observed, older]);
    }
    Ok(())
}

/// What is stored under the keys, and beside them other options of the same listings. By key, not by account: see
/// `orders::existing`.
fn existing(
    connection: &mut Database,
    connector_id: i64,
    list: &[&Listing],
) -> Result<HashMap<Key, Existing>, Failure> {
    let ids: BTreeSet<String> = list.iter().map(|listing| key(listing).0).collect();
    let rows: Vec<Existing> = on_backend!(connection, inner => {
        listings::table
            .filter((listings::connector_id + 0).eq(connector_id))
            .filter(listings::listing_id.eq_any(&ids))
            .select(Existing::as_select())
            .load(inner)?
    });
    Ok(rows.into_iter().map(|row| ((row.listing_id.clone(), row.option_id.clone()), row)).collect())
}
