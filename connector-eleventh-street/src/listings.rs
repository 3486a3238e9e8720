//! From the product list and a product's stock to listings.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, entries 1007 (list) and 1623 (stock), read 2026-09.

use connector_core::http::{Client, Request};
use connector_core::xml::Element;
use connector_core::{Error, ErrorKind, Failure, Listing, ListingState, Next, Page, Record, Result};

use crate::answer::{Row, document, unexpected, with_body};
use crate::fault::said;
use crate::path::path;
use crate::state::{self, Unknowns};

/// Products of one page: the stock of each takes a call of its own.
const PRODUCTS: u64 = 20;

/// The member of a listing's own object that holds the option's row of the stock answer.
pub(crate) const STOCK: &str = "ProductStock";

const SEARCH: &str = "prodmarketservice/prodmarket";

/// A page of products from the one at this place on, counted from 1, each with its options' stock.
pub(crate) async fn page(http: &Client, start: u32) -> Result<Page> {
    let next = u64::from(start) + PRODUCTS;
    let search = Element::new("SearchProduct")
        .with("limit", PRODUCTS.to_string())
        .with("start", start.to_string())
        .with("end", (next - 1).to_string());
    let products = search_products(http, &search).await?;
    let mut page = Page::default();
    let mut unknowns = Unknowns::default();
    let count = products.children().len() as u64;
    for product in products.all("product") {
        match of_product(http, product, &mut unknowns).await {
            Ok(read) => {
                page.records.extend(read.records);
                page.failures.extend(read.failures);
            }
            // One product that the platform cannot tell of holds up no other.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected) => {
                let reason = format!("its stock cannot be read: {error}");
                page.failures.push(Row(product).failure(None, reason));
            }
            Err(error) => return Err(error),
        }
    }
    unknowns.log("a product");
    if count >= PRODUCTS {
        page.next = Next::Page(next.to_string());
    }
    Ok(page)
}

/// The product of that number, as the list has it; nothing where there is none.
pub(crate) async fn product(http: &Client, number: &str) -> Result<Option<Element>> {
    let search = Element::new("SearchProduct")
        .with("prdNo", number)
        .with("limit", "1")
        .with("start", "1")
        .with("end", "1");
    let found = search_products(http, &search).await?;
    Ok(found.all("product").find(|product| Row(product).word("prdNo") == Some(number)).cloned())
}

async fn search_products(http: &Client, search: &Element) -> Result<Element> {
    let request = with_body(Request::post(SEARCH, format!("/{SEARCH}")).reads(), search);
    let root = document(&http.send(request).await?).and_then(products);
    root.map_err(|error| error.in_operation(SEARCH))
}

/// A list of products; one without any is a list as well.
pub(crate) fn products(root: Element) -> Result<Element> {
    refused(&root)?;
    if root.name() != "products" {
        return Err(unexpected(&root, "products"));
    }
    Ok(root)
}

/// What was read of one product.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub records: Vec<Record>,
    pub failures: Vec<Failure>,
}

impl Read {
    /// The listings.
    pub(crate) fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.records.iter().filter_map(|record| match record {
            Record::Listing(listing) => Some(listing),
            _ => None,
        })
    }
}

/// The options of a product, with their stock.
pub(crate) async fn of_product(http: &Client, product: &Element, unknowns: &mut Unknowns) -> Result<Read> {
    const OPERATION: &str = "prodmarketservice/prodmarket/stck";
    let number = match Row(product).id("prdNo") {
        Ok(number) => number,
        Err(reason) => {
            return Ok(Read { failures: vec![Row(product).failure(None, reason)], ..Read::default() });
        }
    };
    let address = path(&["prodmarketservice", "prodmarket", "stck", number])
        .map_err(|_| Error::decode("prdNo cannot stand in an address"))?;
    let root = document(&http.send(Request::get(OPERATION, address)).await?);
    let root = root.and_then(stocks).map_err(|error| error.in_operation(OPERATION))?;
    let mut read = Read::default();
    for stock in root.all(STOCK) {
        match listing(product, stock, unknowns) {
            Ok(listing) => read.records.push(Record::Listing(listing)),
            Err(reason) => read.failures.push(Row(stock).failure(None, reason)),
        }
    }
    if read.records.is_empty() && read.failures.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            "the platform tells of no option, where each product has one",
        )
        .in_operation(OPERATION));
    }
    Ok(read)
}

/// The stock of one product; the call for many wraps it once more.
pub(crate) fn stocks(root: Element) -> Result<Element> {
    refused(&root)?;
    match root.name() {
        "ProductStocks" => Ok(root),
        "ProductStockss" => root
            .child("ProductStocks")
            .cloned()
            .ok_or_else(|| Error::decode("the answer holds no <ProductStocks>")),
        _ => Err(unexpected(&root, "ProductStocks")),
    }
}

/// A message where data was asked for.
fn refused(root: &Element) -> Result<()> {
    if root.name() != "ClientMessage" {
        return Ok(());
    }
    let said = said(root);
    let kind = match said.code.as_deref() {
        Some("404") => ErrorKind::NotFound,
        _ => ErrorKind::Rejected,
    };
    let error = Error::new(kind, said.text);
    Err(match said.code {
        Some(code) => error.with_code(code),
        None => error,
    })
}

fn listing(
    product: &Element,
    stock: &Element,
    unknowns: &mut Unknowns,
) -> std::result::Result<Listing, String> {
    let (of, option) = (Row(product), Row(stock));
    let status = of.word("selStatCd").ok_or("selStatCd is missing")?;
    let pieces = option.number("stckQty")?;
    let state = match state::listing(status) {
        ListingState::OnSale if option.word("prdStckStatCd") == Some("02") || pieces == Some(0) => {
            ListingState::SoldOut
        }
        state => state,
    };
    if state == ListingState::Unknown {
        unknowns.note(status);
    }
    let price = match (of.number("selPrc")?, option.number("addPrc")?) {
        (Some(price), surcharge) => Some(
            price.checked_add(surcharge.unwrap_or(0)).ok_or("selPrc and addPrc are more than any amount")?,
        ),
        (None, _) => None,
    };
    Ok(Listing {
        listing_id: of.id("prdNo")?.to_owned(),
        option_id: option.id("prdStckNo")?.to_owned(),
        sold_as: None,
        seller_code: option.owned("sellerStockCd").or_else(|| of.owned("sellerPrdCd")),
        name: of.owned("prdNm").ok_or("prdNm is missing")?,
        option_name: option.owned("mixDtlOptNm"),
        price,
        stock: pieces,
        state,
        status: status.to_owned(),
        raw: joined(product, stock).json(),
    })
}

/// The product's row with the option's in it.
fn joined(product: &Element, stock: &Element) -> Element {
    product.clone().with_child(stock.clone())
}
