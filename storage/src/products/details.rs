//! What platforms are told about a product beside its code, name, price and stock.

use diesel::backend::Backend;
use diesel::deserialize::{FromStaticSqlRow, Queryable};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

/// What platforms are told about a product. Kept as one JSON object; a field that is not told is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductDetails {
    /// What it is, in the seller's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The seller's own category; platforms have their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<String>,
    /// The brand's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// The address of the picture that is shown first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_image: Option<String>,
    /// The addresses of further pictures, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_images: Vec<String>,
    /// How it gets to the buyer, such as `DELIVERY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_type: Option<String>,
    /// Won that the buyer pays for delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_fee: Option<i64>,
}

impl ProductDetails {
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("plain values can be written")
    }
}

/// Reads the column, for `#[diesel(deserialize_as = DetailsText)]`. Text that somebody has spoilt by hand is told in the log and
/// reads as no details: the product stays readable, so that it can be set right.
pub struct DetailsText(String);

impl<DB: Backend> Queryable<Text, DB> for DetailsText
where
    String: FromStaticSqlRow<Text, DB>,
{
    type Row = String;

    fn build(row: Self::Row) -> diesel::deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl From<DetailsText> for ProductDetails {
    fn from(column: DetailsText) -> Self {
        serde_json::from_str(&column.0).unwrap_or_else(|error| {
            tracing::warn!(%error, "a product's details_json cannot be read");
            Self::default()
        })
    }
}
