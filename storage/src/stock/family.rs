//! A listing with its options, of which some platforms stop the sale only together.

use std::collections::HashMap;

use connector_core::ListingState;
use connector_core::command::OfListing;

use crate::ListingRow;

impl ListingRow {
    /// Whether it can be told of stock: what waits for the platform, or is over, is not sold.
    #[must_use]
    pub fn takes_stock(&self) -> bool {
        let state = ListingState::ALL.into_iter().find(|state| state.name() == self.state);
        !matches!(state, Some(ListingState::Pending | ListingState::Rejected | ListingState::Ended))
    }
}

/// A listing with all its options, as they are stored.
#[derive(Clone, Copy, Debug)]
pub struct ListingFamily<'a> {
    rows: &'a [ListingRow],
    has_options: bool,
}

impl<'a> ListingFamily<'a> {
    /// The rows of one listing at one account.
    #[must_use]
    pub fn of(rows: &'a [ListingRow]) -> Self {
        Self { rows, has_options: rows.iter().any(|row| !row.option_id.is_empty()) }
    }

    /// Whether the row stands for the product as a whole, and all stock for its options.
    #[must_use]
    pub fn is_head(&self, row: &ListingRow) -> bool {
        row.option_id.is_empty() && self.has_options
    }

    /// Whether nothing is left of any option. `left` tells what is left of the seller's products; an option of a product that
    /// is not in it may have something left.
    #[must_use]
    pub fn is_sold_out(&self, left: &HashMap<i64, i64>) -> bool {
        let is_out =
            |row: &ListingRow| row.product_id.and_then(|id| left.get(&id)).is_some_and(|left| *left <= 0);
        self.rows.iter().all(|row| self.is_head(row) || !row.takes_stock() || is_out(row))
    }

    /// What is taken off sale and put back for an option: the product as a whole, where the platform lists it beside its
    /// options.
    #[must_use]
    pub fn sale(&self, row: &ListingRow) -> OfListing {
        self.rows.iter().find(|other| self.is_head(other)).unwrap_or(row).target()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn row(option: &str, product_id: Option<i64>, state: ListingState) -> ListingRow {
        ListingRow {
            id: 1,
            connector_id: 1,
            platform: "x".to_owned(),
            listing_id: "L".to_owned(),
            option_id: option.to_owned(),
            product_id,
            seller_code: None,
            name: "양말".to_owned(),
            option_name: None,
            price: None,
            stock: None,
            state: state.name().to_owned(),
            status: String::new(),
            observed_at: DateTime::UNIX_EPOCH,
            first_seen_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            meta_json: None,
        }
    }

    #[test]
    fn a_listing_is_sold_out_only_when_nothing_of_it_sells() {
        use ListingState::{OnSale, Pending};
        let left: HashMap<i64, i64> = [(1, 0), (2, 3), (3, -2)].into();
        let out = |rows: &[ListingRow]| ListingFamily::of(rows).is_sold_out(&left);
        assert!(out(&[row("", Some(1), OnSale)]));
        assert!(!out(&[row("", Some(2), OnSale)]));
        assert!(out(&[row("", None, OnSale), row("a", Some(1), OnSale), row("b", Some(3), OnSale)]));
        assert!(!out(&[row("a", Some(1), OnSale), row("b", Some(2), OnSale)]));
        assert!(!out(&[row("a", Some(1), OnSale), row("b", None, OnSale)]), "nobody knows of that one");
        assert!(out(&[row("a", Some(1), OnSale), row("b", None, Pending)]));
    }

    #[test]
    fn a_product_is_stopped_as_a_whole_where_it_is_listed_so() {
        let rows = [row("", None, ListingState::OnSale), row("a", Some(1), ListingState::OnSale)];
        let family = ListingFamily::of(&rows);
        assert!(family.is_head(&rows[0]) && !family.is_head(&rows[1]));
        assert_eq!(family.sale(&rows[1]).option_id, "");
        let only = [row("a", Some(1), ListingState::OnSale)];
        assert_eq!(ListingFamily::of(&only).sale(&only[0]).option_id, "a");
    }
}
