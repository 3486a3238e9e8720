//! `runner stock …`: how many pieces there are, and telling the platforms.

use connector_core::Action;
use storage::{ListingFilter, ListingRow, ProductFilter, ProductRow, StockNote};
use tokio_util::sync::CancellationToken;

use crate::cli::StockCommand;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::selection::{Scope, select};
use crate::write::{AccountWork, Keys, add, write};

/// Rows that are in memory at once; a seller has thousands of products, not millions.
const PAGE: i64 = 10_000;

/// Who counted, where it was no user of the server.
const COMMAND_LINE: &str = "the command line";

/// Carries out a command on stock.
///
/// # Errors
/// `Usage` for a product that is not there; what a platform refuses is in the report and the exit code.
pub async fn run(
    context: &Context,
    command: StockCommand,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    match command {
        StockCommand::Set(args) => {
            let product = one(context, &args.code).await?;
            if !args.write.dry_run {
                let by = StockNote { actor: Some(COMMAND_LINE.to_owned()), ..StockNote::default() };
                context.storage.set_product_stock(product.id, Some(args.stock), by).await?;
            }
            if args.push {
                let product = ProductRow { stock: Some(args.stock), ..product };
                return push(
                    context,
                    &[product],
                    &[],
                    &Keys::new(args.write.key),
                    args.write.dry_run,
                    output,
                    stop,
                )
                .await;
            }
            let text = format!(
                "{}: {} pieces. Tell the platforms: runner stock push {0}",
                product.seller_code, args.stock
            );
            output.show(
                &serde_json::json!({"seller_code": product.seller_code, "stock": args.stock}),
                |_| text,
            )?;
            Ok(0)
        }
        StockCommand::Push(args) => {
            let products = match args.codes.as_slice() {
                [] => with_stock(context).await?,
                codes => all(context, codes).await?,
            };
            let keys = Keys::new(args.write.key);
            push(context, &products, &args.connector, &keys, args.write.dry_run, output, stop).await
        }
    }
}

/// The product of that code.
///
/// # Errors
/// `Usage` when there is none.
pub async fn one(context: &Context, code: &str) -> Result<ProductRow> {
    let filter = ProductFilter { seller_codes: vec![code.to_owned()], ..ProductFilter::default() };
    let mut found = context.storage.products(filter, None, 2).await?;
    match (found.pop(), found.is_empty()) {
        (Some(product), true) => Ok(product),
        (Some(_), false) => Err(Error::usage(
            format!("several users have a product {code}"),
            "use the server, which knows who you are",
        )),
        (None, _) => Err(Error::usage(
            format!("there is no product {code}"),
            format!("runner products add {code} --name NAME, or runner products add --from-listings"),
        )),
    }
}

/// The products of those codes.
///
/// # Errors
/// `Usage` when one is not there.
pub async fn all(context: &Context, codes: &[String]) -> Result<Vec<ProductRow>> {
    let mut products = Vec::with_capacity(codes.len());
    for code in codes {
        products.push(one(context, code).await?);
    }
    Ok(products)
}

async fn with_stock(context: &Context) -> Result<Vec<ProductRow>> {
    let mut products = context.storage.products(ProductFilter::default(), None, PAGE).await?;
    products.retain(|product| product.stock.is_some());
    Ok(products)
}

/// The listings of products at the accounts that take part in commands, with the platforms' own objects.
///
/// # Errors
/// `Usage` when a connector name means nothing.
pub async fn listings_of(
    context: &Context,
    products: &[ProductRow],
    connectors: &[String],
) -> Result<Vec<(storage::ConnectorRow, ListingRow)>> {
    let rows = select(&context.storage.connectors().await?, connectors, Scope::Enabled)?;
    let mut found = Vec::new();
    for product in products {
        let filter =
            ListingFilter { product_id: Some(product.id), with_raw: true, ..ListingFilter::default() };
        for listing in context.storage.listings(filter, None, PAGE).await? {
            if let Some(row) = rows.iter().find(|row| row.id == listing.connector_id) {
                found.push((row.clone(), listing));
            }
        }
    }
    Ok(found)
}

async fn push(
    context: &Context,
    products: &[ProductRow],
    connectors: &[String],
    keys: &Keys,
    dry_run: bool,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let mut work: Vec<AccountWork> = Vec::new();
    for (place, (row, listing)) in listings_of(context, products, connectors).await?.into_iter().enumerate() {
        let product = products.iter().find(|product| Some(product.id) == listing.product_id);
        // A product whose stock nobody has set says nothing to the platforms.
        let Some(stock) = product.and_then(|product| product.stock) else { continue };
        let action = Action::SetStock { listing: listing.target(), stock };
        add(&mut work, row, place, keys.of(&action), action);
    }
    let report = write(context, work, dry_run, stop).await;
    output.show(&report, |report| match report.results.as_slice() {
        [] => "Nothing to tell: no product with a stock of yours is linked to a listing. See `runner products list`.".to_owned(),
        _ => report.text(),
    })?;
    Ok(report.exit_code())
}
