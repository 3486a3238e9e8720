//! Products and their options: the list names products, each is read by itself, and each option's stock by itself.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360033645034> (list),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033645114> (stock, price and state of an option), read 2026-11.

use connector_core::http::{Client, Request, Response};
use connector_core::{Listing, Next, Page, Record, Result, Unread};

use crate::Coupang;
use crate::answer::Envelope;
use crate::orders::model::is_number;
use crate::orders::shown;

pub(crate) mod model;

use model::{Inventory, note};

/// Below this stand the product APIs.
pub(crate) const MARKETPLACE: &str = "/v2/providers/seller_api/apis/api/v1/marketplace";

pub(crate) const PRODUCTS: &str = "seller-products";
const PRODUCT: &str = "seller-products/sellerProductId";
const INVENTORY: &str = "vendor-items/inventories";

/// Each product brings a call for itself and one for each of its options.
const PRODUCTS_ON_A_PAGE: usize = 10;

/// What was read of a single thing, or why it cannot be read.
type OrReason<T> = Result<T, String>;

impl Coupang {
    /// A page of products, each with all its options.
    pub(crate) async fn read_listings(&self, http: &Client, page: Option<&str>) -> Result<Page> {
        let request = Request::get(PRODUCTS, format!("{MARKETPLACE}/{PRODUCTS}"))
            .query("vendorId", &self.settings.vendor_id)
            .query("maxPerPage", PRODUCTS_ON_A_PAGE)
            .query_some("nextToken", page);
        let list = |response: &Response| {
            let envelope = Envelope::of(response)?;
            let rows: Vec<_> = envelope.rows()?.into_iter().map(ToOwned::to_owned).collect();
            let next = envelope.next().filter(|_| !rows.is_empty());
            Ok((rows, next.map_or(Next::Done, |token| Next::Page(token.to_owned()))))
        };
        let (rows, next) = http.ask(request, list).await?;
        let mut page = Page { next, ..Page::default() };
        for raw in rows {
            let listings = match model::product_id(&raw) {
                Err(reason) => Some(Err(reason)),
                Ok(id) => self.product(http, &id).await?,
            };
            match listings {
                Some(Ok(listings)) => page.records.extend(listings.into_iter().map(Record::Listing)),
                Some(Err(reason)) => page.failures.push(Unread::from(reason).failure(raw)),
                None => tracing::info!("a product was deleted while the list was read"),
            }
        }
        Ok(page)
    }

    /// A product's options with their stock; `None` where the platform does not show it, and the reason where it cannot be
    /// read.
    pub(crate) async fn product(&self, http: &Client, id: &str) -> Result<Option<OrReason<Vec<Listing>>>> {
        let request = Request::get(PRODUCT, format!("{MARKETPLACE}/{PRODUCTS}/{id}"));
        let read = |response: &Response| {
            let envelope = Envelope::of(response)?;
            Ok(envelope.object().and_then(|raw| model::listings(id, raw)))
        };
        let mut listings = match shown(http, request, read).await? {
            Some(Ok(listings)) => listings,
            other => return Ok(other),
        };
        for listing in listings.iter_mut().filter(|listing| is_number(&listing.option_id)) {
            match self.inventory(http, &listing.option_id).await?.transpose() {
                Ok(inventory) => note(listing, inventory),
                Err(reason) => return Ok(Some(Err(reason))),
            }
        }
        Ok(Some(Ok(listings)))
    }

    /// An option's stock, price and state; `None` where the platform does not show it, and the reason where it cannot be
    /// read.
    pub(crate) async fn inventory(
        &self,
        http: &Client,
        option_id: &str,
    ) -> Result<Option<OrReason<Inventory>>> {
        let path = format!("{MARKETPLACE}/vendor-items/{option_id}/inventories");
        let read = |response: &Response| Ok(Envelope::of(response)?.object().and_then(model::inventory));
        shown(http, Request::get(INVENTORY, path), read).await
    }
}
