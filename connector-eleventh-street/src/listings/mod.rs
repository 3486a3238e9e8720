//! The product list, and each product's stock.
//!
//! <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, entries 1007 (list) and 1623 (stock), read 2026-09.

use connector_core::http::{Client, Request};
use connector_core::xml::Element;
use connector_core::{Error, ErrorKind, Next, Page, Result, Unread};

use crate::answer::{Row, document, with_body};
use crate::path::path;

pub(crate) mod model;

/// Products of one page: the stock of each takes a call of its own.
const PRODUCTS: u32 = 20;

const SEARCH: &str = "prodmarketservice/prodmarket";
const STOCK: &str = "prodmarketservice/prodmarket/stck";

/// A page of products from the one at this place on, counted from 1, each with its options' stock.
pub(crate) async fn read(http: &Client, start: u32) -> Result<Page> {
    let next = start.saturating_add(PRODUCTS);
    let products =
        search(http, Element::new("SearchProduct").with("limit", PRODUCTS.to_string()), (start, next - 1))
            .await?;
    let mut page = Page::default();
    for product in products.all("product") {
        match options(http, product).await {
            Ok(read) => {
                page.records.extend(read.records);
                page.failures.extend(read.failures);
            }
            // One product that the platform cannot tell of holds up no other.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected) => {
                let unread = Unread::from(format!("its stock cannot be read: {error}"));
                page.failures.push(unread.failure(product.json()));
            }
            Err(error) => return Err(error),
        }
    }
    if products.children().len() >= PRODUCTS as usize {
        page.next = Next::Page(next.to_string());
    }
    Ok(page)
}

/// The product of that number, as the list has it; nothing where there is none.
pub(crate) async fn product(http: &Client, number: &str) -> Result<Option<Element>> {
    let one = Element::new("SearchProduct").with("prdNo", number).with("limit", "1");
    let found = search(http, one, (1, 1)).await?;
    Ok(found.all("product").find(|product| Row(product).word("prdNo") == Some(number)).cloned())
}

/// What a search finds between two places, both included.
async fn search(http: &Client, search: Element, (start, end): (u32, u32)) -> Result<Element> {
    let search = search.with("start", start.to_string()).with("end", end.to_string());
    let request = with_body(Request::post(SEARCH, format!("/{SEARCH}")).reads(), &search);
    http.ask(request, |response| model::products(document(response)?)).await
}

/// The options of a product, with their stock.
pub(crate) async fn options(http: &Client, product: &Element) -> Result<Page> {
    let number = match Row(product).id("prdNo") {
        Ok(number) => number,
        Err(reason) => {
            let failures = vec![Unread::from(reason).failure(product.json())];
            return Ok(Page { failures, ..Page::default() });
        }
    };
    let address = path(&["prodmarketservice", "prodmarket", "stck", number])
        .map_err(|_| Error::decode("prdNo cannot stand in an address"))?;
    http.ask(Request::get(STOCK, address), |response| model::page(product, document(response)?)).await
}
