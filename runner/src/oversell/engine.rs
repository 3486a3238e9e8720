//! The stock engine between the channels: what they have sold is stored and settled, and what is left is told.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::command::Patience;
use connector_core::sync::{Batch, Store as _};
use connector_core::{Clock, Listing, ListingState, Order, OrderState, Record};
use serde_json::value::RawValue;
use storage::{Claim, Migrate, NewConnector, NewProduct, OpenOptions, Session, StockFilter, Storage};

use super::market::{Demand, Market, Sale};
use crate::cli::OversellArgs;
use crate::error::{Error, Result};

/// Longer than any round takes.
const HELD_FOR: Duration = Duration::from_secs(3_600);

/// Products, and listings, in one go.
const AT_ONCE: i64 = 500;

/// A store with an account for each channel.
pub(super) struct Engine {
    storage: Storage,
    channels: Vec<(i64, Session)>,
    /// The number of the product by its id here.
    numbers: HashMap<i64, usize>,
    buffer: i64,
    began: DateTime<Utc>,
}

fn name(sku: usize) -> String {
    format!("SKU-{sku:04}")
}

fn empty() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("JSON")
}

impl Engine {
    pub(super) async fn open(
        database: &Path,
        args: &OversellArgs,
        demand: &Demand,
        buffer: i64,
    ) -> Result<Self> {
        let url = format!("sqlite://{}", database.display());
        let storage = Storage::open(OpenOptions { url, keys: None, migrate: Migrate::Run }).await?;
        let began = Clock::system().now();
        let mut channels = Vec::new();
        for channel in 0..args.channels {
            let row = NewConnector {
                platform: "smartstore".to_owned(),
                name: format!("channel {channel}"),
                mode: "fixture".to_owned(),
                enabled: true,
                config: serde_json::Map::new(),
                secrets: Vec::new(),
            };
            let id = storage.add_connector(row).await?.id;
            let Claim::Held(lease) = storage.claim(id, "oversell", HELD_FOR).await? else {
                return Err(Error::usage("the passing database is in use", "run it again"));
            };
            channels.push((id, storage.session(lease)));
        }
        let mut numbers = HashMap::new();
        for (sku, stock) in demand.stock.iter().enumerate() {
            let product = NewProduct {
                seller_code: name(sku),
                name: name(sku),
                stock: Some(*stock),
                ..NewProduct::default()
            };
            numbers.insert(storage.add_product(product).await?.id, sku);
        }
        for (_, session) in &channels {
            let listings = (0..demand.stock.len()).map(|sku| {
                Record::Listing(Listing {
                    listing_id: name(sku),
                    option_id: String::new(),
                    sold_as: None,
                    seller_code: Some(name(sku)),
                    name: name(sku),
                    option_name: None,
                    price: None,
                    stock: None,
                    state: ListingState::OnSale,
                    status: String::new(),
                    raw: empty(),
                })
            });
            let records = listings.collect();
            session
                .save(Batch { stream: "listings", observed_at: began, records, ..Batch::default() })
                .await?;
        }
        Ok(Self { storage, channels, numbers, buffer, began })
    }

    fn line(&self, sale: &Sale) -> Record {
        let at = self.began + TimeDelta::milliseconds(sale.number.cast_signed());
        Record::Order(Order {
            order_id: sale.number.to_string(),
            order_group_id: None,
            ordered_at: at,
            status: "PAYED".to_owned(),
            state: OrderState::Paid,
            amount: 0,
            order_place_id: None,
            order_place_name: None,
            product_id: Some(name(sale.sku)),
            product_name: None,
            option_id: None,
            option_name: None,
            seller_code: None,
            quantity: Some(sale.pieces),
            unit_price: None,
            changed_at: Some(at),
            claims: Vec::new(),
            raw: empty(),
        })
    }

    /// One cycle: reads what each channel has sold by then, settles it, and tells every channel that shows another number what is
    /// left: as often as a command is sent that was accepted and is not shown.
    pub(super) async fn cycle(&mut self, market: &mut Market, second: u32) -> Result<()> {
        let observed_at = self.began + TimeDelta::seconds(i64::from(second));
        for (channel, (id, session)) in self.channels.iter().enumerate() {
            let sales = market.read(channel, second);
            if !sales.is_empty() {
                let records = sales.iter().map(|sale| self.line(sale)).collect();
                session.save(Batch { stream: "orders", observed_at, records, ..Batch::default() }).await?;
            }
            self.storage.settle_stock(*id).await?;
        }
        let attempts = Patience::default().attempts;
        for (sku, wanted) in self.wanted().await? {
            for channel in 0..self.channels.len() {
                for _ in 0..attempts {
                    if market.shown[channel][sku] != wanted {
                        market.tell(channel, sku, wanted);
                    }
                }
            }
        }
        Ok(())
    }

    /// What every channel should show, by product.
    async fn wanted(&self) -> Result<Vec<(usize, i64)>> {
        let (mut wanted, mut after) = (Vec::new(), None);
        loop {
            let levels = self.storage.stock_levels(StockFilter::default(), after, AT_ONCE).await?;
            after = levels.last().map(|level| level.product_id);
            let is_last = (levels.len() as i64) < AT_ONCE;
            for level in levels {
                if let (Some(sku), Some(left)) = (self.numbers.get(&level.product_id), level.available()) {
                    wanted.push((*sku, left.saturating_sub(self.buffer).max(0)));
                }
            }
            if is_last {
                return Ok(wanted);
            }
        }
    }

    /// How many listings show something else than they should.
    pub(super) async fn wrong(&self, market: &Market) -> Result<usize> {
        let wanted = self.wanted().await?;
        let of_channel =
            |shown: &Vec<i64>| wanted.iter().filter(|(sku, pieces)| shown[*sku] != *pieces).count();
        Ok(market.shown.iter().map(of_channel).sum())
    }

    /// Whether the store has reserved just what was sold.
    pub(super) async fn agrees(&self, market: &Market) -> Result<bool> {
        let (mut known, mut after) = (0, None);
        loop {
            let levels = self.storage.stock_levels(StockFilter::default(), after, AT_ONCE).await?;
            after = levels.last().map(|level| level.product_id);
            let is_last = (levels.len() as i64) < AT_ONCE;
            known += levels
                .iter()
                .filter(|level| {
                    self.numbers.get(&level.product_id).is_some_and(|sku| market.sold[*sku] == level.reserved)
                })
                .count();
            if is_last {
                return Ok(known == market.sold.len());
            }
        }
    }
}
