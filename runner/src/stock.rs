//! `runner stock …`: how many pieces there are, and telling the platforms.

mod aim;
pub(crate) mod push;
pub(crate) mod settle;

use std::collections::HashMap;

use storage::{ListingFilter, ListingRow, ProductFilter, ProductRow, StockNote};
use tokio_util::sync::CancellationToken;

use crate::cli::StockCommand;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::selection::{Scope, select};
use crate::write::{Calls, Keys, WriteReport};
use push::{Telling, tell};

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
            let mut assumed = HashMap::new();
            if args.write.dry_run {
                assumed.insert(product.id, args.stock);
            } else {
                let by = StockNote { actor: Some(COMMAND_LINE.to_owned()), ..StockNote::default() };
                context.storage.set_product_stock(product.id, Some(args.stock), by).await?;
            }
            if args.push {
                let push = Pushing {
                    products: vec![product],
                    connectors: &[],
                    keys: Keys::new(args.write.key),
                    assumed,
                    dry_run: args.write.dry_run,
                };
                return push.run(context, output, stop).await;
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
            let push = Pushing {
                products,
                connectors: &args.connector,
                keys: Keys::new(args.write.key),
                assumed: HashMap::new(),
                dry_run: args.write.dry_run,
            };
            push.run(context, output, stop).await
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

/// A push that somebody asked for at the command line.
struct Pushing<'a> {
    products: Vec<ProductRow>,
    connectors: &'a [String],
    keys: Keys,
    assumed: HashMap<i64, i64>,
    dry_run: bool,
}

impl Pushing<'_> {
    async fn run(self, context: &Context, output: Output, stop: &CancellationToken) -> Result<u8> {
        let rows = select(&context.storage.connectors().await?, self.connectors, Scope::Enabled)?;
        let product_ids: Vec<i64> = self.products.iter().map(|product| product.id).collect();
        let mut results = Vec::new();
        // No product is asked for here where there is none; to a push none means all.
        for row in rows.iter().filter(|_| !product_ids.is_empty()) {
            let telling = Telling {
                product_ids: product_ids.clone(),
                stop_at_zero: false,
                assumed: self.assumed.clone(),
                key: &|action, _| self.keys.of(action),
                dry_run: self.dry_run,
                only_gone: false,
                calls: Calls::default(),
            };
            let told = tell(context, row, &telling, stop).await?;
            results.extend(told.results.into_iter().map(|listing| listing.result));
        }
        let report = WriteReport::new(self.dry_run, results);
        output.show(&report, |report| match report.results.as_slice() {
            [] => "Nothing to tell: no product with a stock of yours is linked to a listing that shows another. See `runner products list`.".to_owned(),
            _ => report.text(),
        })?;
        Ok(report.exit_code())
    }
}
