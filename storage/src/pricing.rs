//! Pricing rules: how the price at a platform or an account is made.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::backend::{Database, Durability, MultiBackend};
use crate::instants::{column, instant};
use crate::schema::pricing_rules;
use crate::text::clean;
use crate::{Result, Storage, StorageError};

/// From what a price is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// From what a piece costs the seller.
    Cost,
    /// From the product's own price, which is to be left after the fee.
    Price,
}

impl Basis {
    /// `cost` or `price`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Price => "price",
        }
    }

    /// The basis of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Cost, Self::Price].into_iter().find(|basis| basis.name() == name)
    }
}

/// To which side a price is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the next higher step.
    Up,
    /// To the next lower step.
    Down,
    /// To the nearer step; from the middle up.
    Nearest,
}

impl Rounding {
    /// `up`, `down` or `nearest`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Nearest => "nearest",
        }
    }

    /// The rounding of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Up, Self::Down, Self::Nearest].into_iter().find(|rounding| rounding.name() == name)
    }
}

/// A rule to add.
#[derive(Clone, Debug)]
pub struct NewPricingRule {
    /// Whose rule it is.
    pub owner_id: i64,
    /// What it is called.
    pub name: String,
    /// For accounts at this platform only.
    pub platform: Option<String>,
    /// For this account only.
    pub connector_id: Option<i64>,
    /// From what the price is made.
    pub basis: Basis,
    /// The platform's part of the price, in parts of a million.
    pub fee_rate: i64,
    /// The seller's part of the price, in parts of a million.
    pub margin_rate: i64,
    /// Won on top of the basis, such as for packing.
    pub added: i64,
    /// The step to which the price is rounded, in won.
    pub round_to: i64,
    /// To which side.
    pub rounding: Rounding,
    /// The lowest price, in won.
    pub minimum_price: Option<i64>,
}

/// A rule as stored.
#[derive(Clone, Debug)]
pub struct PricingRule {
    /// Its id.
    pub id: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// What it says.
    pub rule: NewPricingRule,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pricing_rules)]
struct Stored {
    id: i64,
    owner_id: Option<i64>,
    name: String,
    platform: Option<String>,
    connector_id: Option<i64>,
    basis: String,
    fee_rate: i64,
    margin_rate: i64,
    added: i64,
    round_to: i64,
    rounding: String,
    minimum_price: Option<i64>,
    created_at: NaiveDateTime,
}

impl Stored {
    /// `None` for a row that somebody wrote by hand and that makes no sense: a price is not made of a guess.
    fn read(self) -> Option<PricingRule> {
        let (basis, rounding) = (Basis::from_name(&self.basis), Rounding::from_name(&self.rounding));
        let (Some(basis), Some(rounding), Some(owner_id)) = (basis, rounding, self.owner_id) else {
            tracing::warn!(rule.id = self.id, "a pricing rule cannot be read");
            return None;
        };
        let rule = NewPricingRule {
            owner_id,
            name: self.name,
            platform: self.platform,
            connector_id: self.connector_id,
            basis,
            fee_rate: self.fee_rate,
            margin_rate: self.margin_rate,
            added: self.added,
            round_to: self.round_to,
            rounding,
            minimum_price: self.minimum_price,
        };
        Some(PricingRule { id: self.id, created_at: instant(self.created_at), rule })
    }
}

fn of(owner_id: i64) -> pricing_rules::BoxedQuery<'static, MultiBackend> {
    pricing_rules::table.filter(pricing_rules::owner_id.eq(owner_id)).into_boxed()
}

impl Storage {
    /// A page of a user's rules by ascending id, after the given id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pricing_rules(
        &self,
        owner_id: i64,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<PricingRule>> {
        let read = move |connection: &mut Database| {
            let mut query = of(owner_id).order(pricing_rules::id).limit(limit);
            if let Some(after) = after {
                query = query.filter(pricing_rules::id.gt(after));
            }
            let rows: Vec<Stored> = query.select(Stored::as_select()).load(connection)?;
            Ok(rows.into_iter().filter_map(Stored::read).collect())
        };
        self.pool().read(read).await
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_pricing_rule(&self, new: NewPricingRule) -> Result<PricingRule> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let id: i64 = diesel::insert_into(pricing_rules::table)
                .values((
                    pricing_rules::owner_id.eq(Some(new.owner_id)),
                    pricing_rules::name.eq(clean(&new.name)),
                    pricing_rules::platform.eq(&new.platform),
                    pricing_rules::connector_id.eq(new.connector_id),
                    pricing_rules::basis.eq(new.basis.name()),
                    pricing_rules::fee_rate.eq(new.fee_rate),
                    pricing_rules::margin_rate.eq(new.margin_rate),
                    pricing_rules::added.eq(new.added),
                    pricing_rules::round_to.eq(new.round_to),
                    pricing_rules::rounding.eq(new.rounding.name()),
                    pricing_rules::minimum_price.eq(new.minimum_price),
                    pricing_rules::created_at.eq(now),
                ))
                .returning(pricing_rules::id)
                .get_result(connection)?;
            Ok(PricingRule { id, created_at: instant(now), rule: new })
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Removes a user's rule. Prices that were made by it stay.
    ///
    /// # Errors
    /// `NoSuch`.
    pub async fn remove_pricing_rule(&self, owner_id: i64, id: i64) -> Result<()> {
        let write = move |connection: &mut Database| {
            let removed = diesel::delete(
                pricing_rules::table
                    .filter(pricing_rules::id.eq(id))
                    .filter(pricing_rules::owner_id.eq(owner_id)),
            )
            .execute(connection)?;
            match removed {
                0 => Err(StorageError::NoSuch(format!("there is no pricing rule {id}")).into()),
                _ => Ok(()),
            }
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}
