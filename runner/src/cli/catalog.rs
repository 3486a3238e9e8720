//! What is on sale, and what is paid for it: `runner products …`, `runner stock …`, `runner settlements …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::writing::WriteArgs;

/// What can be done with products and their listings.
#[derive(Debug, Subcommand)]
pub enum ProductsCommand {
    /// Products, each with what it is at the platforms.
    #[command(
        after_help = "Examples:\n  runner products list\n  runner products list --code EAR-001 --format json"
    )]
    List(ProductsListArgs),
    /// Reads what is on sale from the platforms.
    #[command(after_help = "Examples:\n  runner products pull\n  runner products pull --connector main")]
    Pull(PullArgs),
    /// Adds a product of yours; listings with its code are linked to it.
    #[command(
        after_help = "Examples:\n  runner products add EAR-001 --name \"무선 이어폰\" --price 149000 --stock 50\n  \
            runner products add --from-listings      one product for each code that listings bear"
    )]
    Add(ProductAddArgs),
    /// Listings that belong to no product of yours yet.
    #[command(after_help = "Examples:\n  runner products unmatched")]
    Unmatched(ListingsArgs),
    /// Says which product a listing is.
    #[command(after_help = "Examples:\n  runner products link EAR-001 5000123/92979706172")]
    Link(LinkArgs),
    /// Takes a listing from its product.
    #[command(after_help = "Examples:\n  runner products unlink 5000123/92979706172")]
    Unlink(ListingArgs),
    /// Sets the price of a product at the platforms.
    #[command(
        after_help = "Examples:\n  runner products price EAR-001 139000 --dry-run\n  runner products price EAR-001 139000"
    )]
    Price(PriceArgs),
    /// Stops the sale of a product at the platforms.
    #[command(
        after_help = "Examples:\n  runner products stop EAR-001\n  runner products stop EAR-001 --connector main"
    )]
    Stop(SaleArgs),
    /// Puts a product on sale again.
    #[command(after_help = "Examples:\n  runner products resume EAR-001")]
    Resume(SaleArgs),
    /// Puts a product of yours on sale at a platform.
    #[command(
        after_help = "Examples:\n  runner products publish EAR-001 --connector main --file product.json\n\n\
            The file holds the platform's own product object (category, notices, delivery); code, name, price and stock are put in."
    )]
    Publish(PublishArgs),
    /// Changes a product that is on sale at a platform.
    #[command(
        after_help = "Examples:\n  runner products update EAR-001 --connector main --file product.json"
    )]
    Update(PublishArgs),
}

/// `runner products list`.
#[derive(Clone, Debug, Args)]
pub struct ProductsListArgs {
    /// The one with this code of yours.
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}

/// `runner products pull`.
#[derive(Clone, Debug, Args)]
pub struct PullArgs {
    /// From these connectors: id, name, platform or alias. Default: all enabled.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
}

/// `runner products add`.
#[derive(Clone, Debug, Args)]
pub struct ProductAddArgs {
    /// Your code for it.
    #[arg(value_name = "CODE", required_unless_present = "from_listings", conflicts_with = "from_listings")]
    pub code: Option<String>,
    /// What it is called.
    #[arg(long, value_name = "TEXT", required_unless_present = "from_listings")]
    pub name: Option<String>,
    /// Won for a piece.
    #[arg(long, value_name = "WON", value_parser = clap::value_parser!(i64).range(0..))]
    pub price: Option<i64>,
    /// Pieces that you have.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub stock: Option<i64>,
    /// One product for each code that unmatched listings bear.
    #[arg(long)]
    pub from_listings: bool,
}

/// Which listings.
#[derive(Clone, Debug, Args)]
pub struct ListingsArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}

/// One listing.
#[derive(Clone, Debug, Args)]
pub struct ListingArgs {
    /// The listing as `runner products list` shows it: LISTING/OPTION, or LISTING where it has no options.
    #[arg(value_name = "LISTING")]
    pub listing: String,
    /// Of this connector: id, name, platform or alias.
    #[arg(long, value_name = "NAME")]
    pub connector: Option<String>,
}

/// `runner products link`.
#[derive(Clone, Debug, Args)]
pub struct LinkArgs {
    /// Your code of the product.
    #[arg(value_name = "CODE")]
    pub code: String,
    /// Which listing.
    #[command(flatten)]
    pub listing: ListingArgs,
}

/// `runner products price`.
#[derive(Clone, Debug, Args)]
pub struct PriceArgs {
    /// Your code of the product.
    #[arg(value_name = "CODE")]
    pub code: String,
    /// Won for a piece.
    #[arg(value_name = "WON", value_parser = clap::value_parser!(i64).range(0..))]
    pub price: i64,
    /// Only at these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `runner products stop | resume`.
#[derive(Clone, Debug, Args)]
pub struct SaleArgs {
    /// Your codes of the products.
    #[arg(value_name = "CODE", required = true)]
    pub codes: Vec<String>,
    /// Only at these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `runner products publish | update`.
#[derive(Clone, Debug, Args)]
pub struct PublishArgs {
    /// Your code of the product.
    #[arg(value_name = "CODE")]
    pub code: String,
    /// At this connector: id, name, platform or alias.
    #[arg(long, value_name = "NAME")]
    pub connector: String,
    /// The platform's own product object, as JSON.
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// What can be done with stock.
#[derive(Debug, Subcommand)]
pub enum StockCommand {
    /// How many pieces you have of a product; `--push` tells the platforms at once.
    #[command(after_help = "Examples:\n  runner stock set EAR-001 50\n  runner stock set EAR-001 0 --push")]
    Set(StockSetArgs),
    /// Tells the platforms how many pieces are left, and reads back what they then show.
    #[command(after_help = "Examples:\n  runner stock push\n  runner stock push EAR-001 --dry-run")]
    Push(StockPushArgs),
}

/// `runner stock set`.
#[derive(Clone, Debug, Args)]
pub struct StockSetArgs {
    /// Your code of the product.
    #[arg(value_name = "CODE")]
    pub code: String,
    /// Pieces that you have.
    #[arg(value_name = "PIECES", value_parser = clap::value_parser!(i64).range(0..))]
    pub stock: i64,
    /// Tell the platforms at once.
    #[arg(long)]
    pub push: bool,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `runner stock push`.
#[derive(Clone, Debug, Args)]
pub struct StockPushArgs {
    /// Your codes of the products. Default: all whose stock you have set.
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,
    /// Only at these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// What can be done with settlements.
#[derive(Debug, Subcommand)]
pub enum SettlementsCommand {
    /// What the platforms pay, newest first, with sums by month.
    #[command(
        after_help = "Examples:\n  runner settlements list\n  runner settlements list --connector main --from 2026-02-01 --to 2026-02-28"
    )]
    List(SettlementsListArgs),
    /// Reads settlements from the platforms.
    #[command(
        after_help = "Examples:\n  runner settlements pull\n  runner settlements pull --connector main"
    )]
    Pull(PullArgs),
}

/// `runner settlements list`.
#[derive(Clone, Debug, Args)]
pub struct SettlementsListArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// Recognised on this Korean day or later.
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Recognised on this Korean day or earlier.
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}
