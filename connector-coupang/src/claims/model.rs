//! What returns and exchanges have in common: rows of items, each item a claim on its line.

use std::collections::BTreeSet;

use connector_core::http::Response;
use connector_core::lenient::{Text, items};
use connector_core::{Claim, Page, Record, Result, Unread};
use serde_json::value::RawValue;

use crate::answer::Envelope;
use crate::orders::model::line_key;

/// The claims of rows that are each read by `row`.
pub(super) fn page(rows: &[&RawValue], row: fn(&mut Page, &RawValue) -> Result<(), String>) -> Page {
    let mut page = Page::default();
    for raw in rows {
        if let Err(reason) = row(&mut page, raw) {
            page.failures.push(Unread::from(reason).failure((*raw).to_owned()));
        }
    }
    page
}

/// The same of an answer's rows.
///
/// # Errors
/// `Decode` when there is no list.
pub(super) fn read(response: &Response, page: fn(&[&RawValue]) -> Page) -> Result<Page> {
    Ok(page(&Envelope::of(response)?.rows()?))
}

/// Takes the items of a row, each a claim that `claim` reads; `list` is the member that holds them.
pub(super) fn take(
    page: &mut Page,
    (list, of_row): (&str, Option<&RawValue>),
    mut claim: impl FnMut(&RawValue) -> Result<Claim, Unread>,
) -> Result<(), String> {
    for raw in items(of_row, list)? {
        page.take(claim(raw).map(Record::Claim), || raw.to_owned());
    }
    Ok(())
}

/// The lines that a row's items name.
pub(super) struct Lines<'a> {
    /// The claim's number.
    pub(super) claim_id: &'a str,
    /// The member that holds the items.
    list: &'static str,
    taken: BTreeSet<String>,
}

impl<'a> Lines<'a> {
    /// Those of a row whose number stands in `claim_id`, a member of the name `field`.
    pub(super) fn of(claim_id: &'a Text<'_>, field: &str, list: &'static str) -> Result<Self, String> {
        let claim_id = claim_id.word().ok_or_else(|| format!("{field} is missing"))?;
        Ok(Self { claim_id, list, taken: BTreeSet::new() })
    }

    /// The line of an item by the members that name its parcel and its option.
    pub(super) fn next(
        &mut self,
        parcel: (&Text<'_>, &'static str),
        option: (&Text<'_>, &'static str),
    ) -> Result<String, String> {
        let Self { claim_id, list, taken } = self;
        let [parcel, option] = [parcel, option].map(|(text, field)| {
            text.word().ok_or_else(|| format!("{list}.{field} of {claim_id} is missing"))
        });
        Ok(line_key(parcel?, option?, taken))
    }
}
