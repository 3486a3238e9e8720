//! `runner products …`: the seller's products and what they are at the platforms.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use connector_core::Action;
use connector_core::command::{Draft, OfListing};
use serde::Serialize;
use storage::{ConnectorRow, ListingFilter, ListingRow, NewProduct, ProductFilter, ProductRow, StorageError};
use tokio_util::sync::CancellationToken;

use crate::cli::{
    ListingArgs, ListingsArgs, ProductAddArgs, ProductsCommand, ProductsListArgs, PublishArgs, WriteArgs,
};
use crate::context::Context;
use crate::draft::content;
use crate::error::{Error, Result};
use crate::orders::{name_of, won};
use crate::output::{Output, Table, counted};
use crate::progress::Progress;
use crate::pull::pull;
use crate::selection::{Scope, select, select_one, stored_at};
use crate::stock::{all, listings_of, one};
use crate::write::{AccountWork, Keys, add, write};

/// Rows that are read at once.
const PAGE: i64 = 1_000;

/// Carries out a command on products.
///
/// # Errors
/// `Usage` for what is not there; what a platform refuses is in the report and the exit code.
pub async fn run(
    context: &Context,
    command: ProductsCommand,
    output: Output,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> Result<u8> {
    match command {
        ProductsCommand::List(args) => list(context, args, output).await,
        ProductsCommand::Pull(args) => {
            pull(context, "listings", &args.connector, output, progress, stop).await
        }
        ProductsCommand::Add(args) => add_products(context, args, output).await,
        ProductsCommand::Unmatched(args) => unmatched(context, args, output).await,
        ProductsCommand::Link(args) => {
            let product = one(context, &args.code).await?;
            let listing = listing(context, &args.listing).await?;
            context.storage.link_listing(listing.id, product.id).await?;
            said(output, &format!("{} is {} now.", shown(&listing), product.seller_code))
        }
        ProductsCommand::Unlink(args) => {
            let listing = listing(context, &args).await?;
            context.storage.unlink_listing(listing.id).await?;
            said(output, &format!("{} belongs to no product now.", shown(&listing)))
        }
        ProductsCommand::Price(args) => {
            let product = one(context, &args.code).await?;
            if !args.write.dry_run {
                context.storage.set_product_price(product.id, Some(args.price)).await?;
            }
            let price = args.price;
            let action = move |listing| Action::SetPrice { listing, price };
            at_listings(context, &[product], &args.connector, &args.write, action, output, stop).await
        }
        ProductsCommand::Stop(args) => {
            let products = all(context, &args.codes).await?;
            let action = |listing| Action::StopSale { listing };
            at_listings(context, &products, &args.connector, &args.write, action, output, stop).await
        }
        ProductsCommand::Resume(args) => {
            let products = all(context, &args.codes).await?;
            let action = |listing| Action::ResumeSale { listing };
            at_listings(context, &products, &args.connector, &args.write, action, output, stop).await
        }
        ProductsCommand::Publish(args) => publish(context, args, false, output, stop).await,
        ProductsCommand::Update(args) => publish(context, args, true, output, stop).await,
    }
}

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    product: ProductRow,
    listings: Vec<ListingRow>,
}

async fn list(context: &Context, args: ProductsListArgs, output: Output) -> Result<u8> {
    let names = names(context).await?;
    let filter = ProductFilter { seller_codes: args.code.into_iter().collect(), ..ProductFilter::default() };
    let total = context.storage.count_products(filter.clone()).await?;
    let mut listed = Vec::new();
    for product in context.storage.products(filter, None, i64::from(args.limit)).await? {
        let filter = ListingFilter { product_id: Some(product.id), ..ListingFilter::default() };
        let listings = context.storage.listings(filter, None, PAGE).await?;
        listed.push(Listed { product, listings });
    }
    output.show(&listed, |listed| {
        if listed.is_empty() {
            return "No products. Read what is on sale (runner products pull), then: runner products add --from-listings"
                .to_owned();
        }
        let mut table = Table::new(&["Code", "Name", "#Price", "#Stock", "Listing", "At", "State", "#Price there", "#Stock there"]);
        for Listed { product, listings } in listed {
            let own = [
                product.seller_code.clone(),
                product.name.clone(),
                product.price.map_or_else(|| "-".to_owned(), won),
                product.stock.map_or_else(|| "-".to_owned(), |stock| stock.to_string()),
            ];
            if listings.is_empty() {
                table.row(own.iter().cloned().chain(["not on sale".to_owned()]));
            }
            for (index, listing) in listings.iter().enumerate() {
                let own = if index == 0 { own.clone() } else { Default::default() };
                table.row(own.into_iter().chain(columns(listing, &names)));
            }
        }
        let shown = counted(listed.len() as u64, "product", "products");
        let end = if (listed.len() as i64) < total { format!("{shown} of {total}.") } else { format!("{shown}.") };
        format!("{}\n{end}\n", table.text())
    })?;
    Ok(0)
}

fn columns(listing: &ListingRow, names: &HashMap<i64, String>) -> [String; 5] {
    [
        shown(listing),
        name_of(names, listing.connector_id),
        listing.state.clone(),
        listing.price.map_or_else(|| "-".to_owned(), won),
        listing.stock.map_or_else(|| "-".to_owned(), |stock| stock.to_string()),
    ]
}

fn shown(listing: &ListingRow) -> String {
    match listing.option_id.as_str() {
        "" => listing.listing_id.clone(),
        option => format!("{}/{option}", listing.listing_id),
    }
}

async fn names(context: &Context) -> Result<HashMap<i64, String>> {
    Ok(context.storage.connectors().await?.into_iter().map(|row| (row.id, row.name)).collect())
}

async fn unmatched(context: &Context, args: ListingsArgs, output: Output) -> Result<u8> {
    let (connector_ids, names) = stored_at(context, &args.connector).await?;
    let filter = ListingFilter { connector_ids, unmatched: true, ..ListingFilter::default() };
    let total = context.storage.count_listings(filter.clone()).await?;
    let found = context.storage.listings(filter, None, i64::from(args.limit)).await?;
    output.show(&found, |found| {
        if found.is_empty() {
            return "Every listing belongs to a product.".to_owned();
        }
        let mut table =
            Table::new(&["Listing", "At", "State", "#Price there", "#Stock there", "Code", "Name"]);
        for listing in found {
            let more = [listing.seller_code.clone().unwrap_or_else(|| "-".to_owned()), listing.name.clone()];
            table.row(columns(listing, &names).into_iter().chain(more));
        }
        format!(
            "{}\n{} of {total}. Say which product one is: runner products link CODE LISTING\n",
            table.text(),
            found.len()
        )
    })?;
    Ok(0)
}

async fn add_products(context: &Context, args: ProductAddArgs, output: Output) -> Result<u8> {
    let new = match (args.code, args.name) {
        (Some(seller_code), Some(name)) => {
            vec![NewProduct {
                seller_code,
                name,
                price: args.price,
                stock: args.stock,
                ..NewProduct::default()
            }]
        }
        _ => from_listings(context).await?,
    };
    let mut added = Vec::new();
    for product in new {
        match context.storage.add_product(product).await {
            Ok(row) => added.push(row),
            // Somebody was faster: it is there, which is all that was wanted of many.
            Err(StorageError::Conflict(_)) if args.from_listings => {}
            Err(error) => return Err(error.into()),
        }
    }
    output.show(&added, |added| match added.as_slice() {
        [one] => format!("Added {} ({}).", one.seller_code, one.name),
        all => format!("Added {}.", counted(all.len() as u64, "product", "products")),
    })?;
    Ok(0)
}

/// One product for each code that unmatched listings bear, named after the first of them.
async fn from_listings(context: &Context) -> Result<Vec<NewProduct>> {
    let mut found: BTreeMap<String, NewProduct> = BTreeMap::new();
    let mut after = None;
    loop {
        let filter = ListingFilter { unmatched: true, ..ListingFilter::default() };
        let page = context.storage.listings(filter, after, PAGE).await?;
        after = page.last().map(|listing| listing.id);
        let is_last = (page.len() as i64) < PAGE;
        for listing in page {
            let Some(code) = listing.seller_code.filter(|code| !code.trim().is_empty()) else { continue };
            // What a platform shows is not what the seller has: they set the stock.
            found.entry(code.clone()).or_insert(NewProduct {
                seller_code: code,
                name: listing.name,
                price: listing.price,
                ..NewProduct::default()
            });
        }
        if is_last {
            return Ok(found.into_values().collect());
        }
    }
}

/// The stored listing that `LISTING/OPTION` means.
async fn listing(context: &Context, args: &ListingArgs) -> Result<ListingRow> {
    let names: Vec<String> = args.connector.iter().cloned().collect();
    let rows = select(&context.storage.connectors().await?, &names, Scope::All)?;
    let (listing_id, option_id) = args.listing.split_once('/').unwrap_or((&args.listing, ""));
    let mut found = Vec::new();
    for row in &rows {
        let options = context.storage.listing_rows(row.id, &[listing_id.to_owned()]).await?;
        found.extend(options.into_iter().filter(|listing| listing.option_id == option_id));
    }
    match (found.pop(), found.is_empty()) {
        (Some(listing), true) => Ok(listing),
        (Some(_), false) => Err(Error::usage(
            format!("several accounts have a listing {}", args.listing),
            "say which with --connector",
        )),
        (None, _) => Err(Error::usage(
            format!("no listing {} is stored", args.listing),
            "runner products pull reads them; write LISTING/OPTION as `runner products unmatched` shows it",
        )),
    }
}

async fn at_listings(
    context: &Context,
    products: &[ProductRow],
    connectors: &[String],
    args: &WriteArgs,
    action: impl Fn(OfListing) -> Action,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let keys = Keys::new(args.key.clone());
    let mut work: Vec<AccountWork> = Vec::new();
    for (place, (row, listing)) in listings_of(context, products, connectors).await?.into_iter().enumerate() {
        let action = action(listing.target());
        add(&mut work, row, place, keys.of(&action), action);
    }
    let report = write(context, work, args.dry_run, stop).await;
    output.show(&report, |report| match report.results.as_slice() {
        [] => "Nothing to do: no listing is linked to it. See `runner products list`.".to_owned(),
        _ => report.text(),
    })?;
    Ok(report.exit_code())
}

async fn publish(
    context: &Context,
    args: PublishArgs,
    is_update: bool,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let product = one(context, &args.code).await?;
    let row: ConnectorRow = select_one(&context.storage.connectors().await?, &args.connector)?;
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Error::usage(format!("{}: {error}", args.file.display()), "name a JSON file"))?;
    let platform =
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).map_err(|error| {
            Error::usage(format!("{}: {error}", args.file.display()), "it must hold one JSON object")
        })?;
    let needed = |what: &str, value: Option<i64>| {
        value.ok_or_else(|| {
            Error::usage(
                format!("{} has no {what} yet", product.seller_code),
                format!("runner products add, or: runner {what} set"),
            )
        })
    };
    let draft = Draft {
        seller_code: product.seller_code.clone(),
        name: product.name.clone(),
        price: needed("price", product.price)?,
        stock: needed("stock", product.stock)?,
        platform,
        content: content(&product),
    };
    let keys = Keys::new(args.write.key);
    let mut work = Vec::new();
    if is_update {
        let listings =
            listings_of(context, std::slice::from_ref(&product), std::slice::from_ref(&row.name)).await?;
        // A product is changed as a whole: one action for each, whatever its options.
        let mut seen = std::collections::HashSet::new();
        for (row, listing) in listings {
            if seen.insert(listing.listing_id.clone()) {
                let action = Action::UpdateListing { listing: listing.target(), draft: draft.clone() };
                add(&mut work, row, seen.len(), keys.of(&action), action);
            }
        }
        if work.is_empty() {
            return Err(Error::usage(
                format!("{} is not on sale at {}", product.seller_code, row.name),
                "runner products pull, or put it on sale: runner products publish",
            ));
        }
    } else {
        let action = Action::CreateListing { draft };
        add(&mut work, row, 0, keys.of(&action), action);
    }
    let report = write(context, work, args.write.dry_run, stop).await;
    output.show(&report, |report| report.text())?;
    Ok(report.exit_code())
}

fn said(output: Output, text: &str) -> Result<u8> {
    output.show(&serde_json::json!({ "message": text }), |_| text.to_owned())?;
    Ok(0)
}
