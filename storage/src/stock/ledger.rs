//! Reading the ledger.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::backend::{Database, Durability, MultiBackend};
use crate::checkpoints::{note, set_note};
use crate::instants::{Instant, column};
use crate::schema::stock_movements;
use crate::{Result, Storage};

/// Why stock changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MovementCause {
    /// A line reserved pieces.
    Order,
    /// A line's pieces left.
    Shipment,
    /// A line let its pieces go.
    Cancel,
    /// A person counted.
    #[default]
    Manual,
    /// A platform's number was taken over.
    Pull,
}

impl MovementCause {
    /// All causes.
    pub const ALL: [Self; 5] = [Self::Order, Self::Shipment, Self::Cancel, Self::Manual, Self::Pull];

    /// `order`, `shipment`, `cancel`, `manual` or `pull`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Shipment => "shipment",
            Self::Cancel => "cancel",
            Self::Manual => "manual",
            Self::Pull => "pull",
        }
    }

    /// The cause of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// Which movements.
#[derive(Clone, Debug, Default)]
pub struct MovementFilter {
    /// Of this owner's products; `None` means of all and of none.
    pub owner_id: Option<i64>,
    /// With an owner: also of products that belong to nobody.
    pub with_unowned: bool,
    /// Of this product.
    pub product_id: Option<i64>,
    /// Of this cause.
    pub cause: Option<MovementCause>,
    /// Not before then.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub to: Option<DateTime<Utc>>,
}

/// One change of a product's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = stock_movements)]
pub struct MovementRow {
    /// The row's id; later movements of a product have greater ones.
    pub id: i64,
    /// Whose product it was.
    pub owner_id: Option<i64>,
    /// The product.
    pub product_id: i64,
    /// When it was written.
    #[diesel(deserialize_as = Instant)]
    pub at: DateTime<Utc>,
    /// The cause's name.
    pub cause: String,
    /// Pieces more on the shelf.
    pub on_hand_change: i64,
    /// Pieces more reserved.
    pub reserved_change: i64,
    /// Pieces on the shelf then; `None` where that is not kept.
    pub on_hand: Option<i64>,
    /// Pieces reserved then.
    pub reserved: i64,
    /// The account of the order line.
    pub connector_id: Option<i64>,
    /// The order line's row.
    pub line_id: Option<i64>,
    /// The platform's id of the order line.
    pub order_id: Option<String>,
    /// Who did it, where it was a person.
    pub actor: Option<String>,
    /// What there is to say.
    pub note: Option<String>,
}

fn matching(filter: &MovementFilter) -> stock_movements::BoxedQuery<'_, MultiBackend> {
    let mut query = stock_movements::table.into_boxed();
    if let Some(owner) = filter.owner_id {
        query = match filter.with_unowned {
            true => query.filter(stock_movements::owner_id.eq(owner).or(stock_movements::owner_id.is_null())),
            false => query.filter(stock_movements::owner_id.eq(owner)),
        };
    }
    if let Some(product_id) = filter.product_id {
        query = query.filter(stock_movements::product_id.eq(product_id));
    }
    if let Some(cause) = filter.cause {
        query = query.filter(stock_movements::cause.eq(cause.name()));
    }
    if let Some(from) = filter.from {
        query = query.filter(stock_movements::at.ge(column(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(stock_movements::at.lt(column(to)));
    }
    query
}

impl Storage {
    /// A page of the ledger, newest first, with ids below `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_movements(
        &self,
        filter: MovementFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MovementRow>> {
        let read = move |connection: &mut Database| {
            let mut query = matching(&filter).order(stock_movements::id.desc()).limit(limit);
            if let Some(before) = before {
                query = query.filter(stock_movements::id.lt(before));
            }
            Ok(query.select(MovementRow::as_select()).load(connection)?)
        };
        self.pool().read(read).await
    }

    /// What an account's lines have let be promised, more or less of it, and the other channels have not been told of; `None`
    /// where nothing moved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn untold_stock(&self, connector_id: i64) -> Result<Option<UntoldStock>> {
        let read = move |connection: &mut Database| {
            let told =
                note(connection, connector_id, TOLD)?.and_then(|told| told.parse().ok()).unwrap_or(0_i64);
            let moved = stock_movements::table
                .filter(stock_movements::id.gt(told))
                .filter(stock_movements::connector_id.eq(connector_id));
            let last: Option<i64> = moved.select(diesel::dsl::max(stock_movements::id)).first(connection)?;
            let Some(up_to) = last else { return Ok(None) };
            let product_ids = moved
                // What leaves the shelf from among the reserved pieces changes nothing for anybody else.
                .filter(stock_movements::on_hand_change.ne(stock_movements::reserved_change))
                .filter(stock_movements::id.le(up_to))
                .order(stock_movements::product_id)
                .select(stock_movements::product_id)
                .distinct()
                .load(connection)?;
            Ok(Some(UntoldStock { product_ids, up_to }))
        };
        self.pool().read(read).await
    }

    /// Notes that the other channels are told of an account's movements up to that one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_told(&self, connector_id: i64, up_to: i64) -> Result<()> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            set_note(connection, connector_id, TOLD, &up_to.to_string(), now)
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}

/// The note that holds the latest of an account's movements that the other channels were told of.
const TOLD: &str = "stock:told";

/// Movements of an account that the other channels have not been told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntoldStock {
    /// The products of which more or fewer pieces can be promised, by id.
    pub product_ids: Vec<i64>,
    /// The latest of the movements.
    pub up_to: i64,
}
