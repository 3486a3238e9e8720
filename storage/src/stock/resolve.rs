//! Which product an order line is of.
//!
//! By the listing: platform's product and option, as the line names them. Coupang's and 11st's lines name both as their listings
//! do. Smart Store's name the product by its channel number, which is `listings.sold_as`, and the option by the same id. Where the
//! listing is not stored (Cafe24's are not read), or the line does not tell its option, the seller's code decides. Never a name.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::find::Candidate;
use crate::backend::{Database, on_backend};
use crate::error::Failure;
use crate::schema::listings;

/// The product of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    /// This one.
    Known(i64),
    /// Of the listing, nobody has said which product it is.
    Unlinked,
    /// No listing and no code fits.
    Unknown,
}

/// An option of a listing, and its product.
type Options = Vec<(String, Option<i64>)>;

/// What is needed to tell the products of some lines of one account.
pub(super) struct Catalogue {
    by_name: HashMap<String, Options>,
    by_code: HashMap<String, i64>,
}

impl Catalogue {
    pub(super) fn of(
        connection: &mut Database,
        connector_id: i64,
        lines: &[Candidate],
    ) -> Result<Self, Failure> {
        let names: BTreeSet<&str> = lines.iter().filter_map(|line| filled(&line.product_id)).collect();
        let mut by_name: HashMap<String, Options> = HashMap::new();
        if !names.is_empty() {
            // By name, not by account: see `orders::existing`.
            let mut rows: Vec<(Option<String>, String, String, Option<i64>)> = on_backend!(connection, inner => {
                listings::table
                    .filter((listings::connector_id + 0).eq(connector_id))
                    .filter(listings::listing_id.eq_any(&names))
                    .select((listings::sold_as, listings::listing_id, listings::option_id, listings::product_id))
                    .load(inner)?
            });
            let named: Vec<(Option<String>, String, String, Option<i64>)> = on_backend!(connection, inner => {
                listings::table
                    .filter((listings::connector_id + 0).eq(connector_id))
                    .filter(listings::sold_as.eq_any(&names))
                    .select((listings::sold_as, listings::listing_id, listings::option_id, listings::product_id))
                    .load(inner)?
            });
            rows.retain(|(sold_as, ..)| sold_as.is_none());
            for (sold_as, listing_id, option_id, product_id) in rows.into_iter().chain(named) {
                by_name.entry(sold_as.unwrap_or(listing_id)).or_default().push((option_id, product_id));
            }
        }
        let codes: BTreeSet<&str> = lines.iter().filter_map(|line| filled(&line.seller_code)).collect();
        let by_code = crate::products::by_code(connection, connector_id, &codes)?;
        Ok(Self { by_name, by_code })
    }

    pub(super) fn product(&self, line: &Candidate) -> Product {
        let options = filled(&line.product_id).and_then(|name| self.by_name.get(name));
        let told = filled(&line.option_id);
        let found = options.and_then(|options| match (told, options.as_slice()) {
            (Some(id), options) if options.iter().any(|(option, _)| option == id) => {
                options.iter().find(|(option, _)| option == id)
            }
            (None, [only]) => Some(only),
            // Where a product has no options some platforms number it all the same.
            (Some(_), [only]) if only.0.is_empty() => Some(only),
            _ => None,
        });
        match found {
            Some((_, Some(product_id))) => Product::Known(*product_id),
            Some((_, None)) => Product::Unlinked,
            None => {
                let coded = filled(&line.seller_code).and_then(|code| self.by_code.get(code));
                coded.map_or(Product::Unknown, |id| Product::Known(*id))
            }
        }
    }
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product: Option<&str>, option: Option<&str>, code: Option<&str>) -> Candidate {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Candidate {
            product_id: text(product),
            option_id: text(option),
            seller_code: text(code),
            ..Candidate::default()
        }
    }

    #[test]
    fn the_listing_decides_then_the_code_and_never_a_guess() {
        let of = |options: &[(&str, Option<i64>)]| -> Options {
            options.iter().map(|(option, id)| ((*option).to_owned(), *id)).collect()
        };
        let catalogue = Catalogue {
            by_name: [
                ("whole".to_owned(), of(&[("", Some(1))])),
                ("two".to_owned(), of(&[("", None), ("red", Some(2)), ("blue", None)])),
                ("one".to_owned(), of(&[("only", Some(3))])),
            ]
            .into(),
            by_code: [("C".to_owned(), 9)].into(),
        };
        for (line, product) in [
            (line(Some("whole"), None, None), Product::Known(1)),
            (line(Some("whole"), Some("77"), Some("C")), Product::Known(1)),
            (line(Some("two"), Some("red"), Some("C")), Product::Known(2)),
            (line(Some("two"), Some("blue"), Some("C")), Product::Unlinked),
            (line(Some("two"), None, Some("C")), Product::Known(9)),
            (line(Some("two"), Some("green"), Some("C")), Product::Known(9)),
            (line(Some("two"), None, None), Product::Unknown),
            (line(Some("one"), None, None), Product::Known(3)),
            (line(Some("one"), Some("other"), None), Product::Unknown),
            (line(Some("none"), None, Some("C")), Product::Known(9)),
            (line(None, None, Some("D")), Product::Unknown),
            (line(None, None, Some("")), Product::Unknown),
        ] {
            assert_eq!(catalogue.product(&line), product, "{line:?}");
        }
    }
}
