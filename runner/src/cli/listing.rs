//! `runner orders …`, `runner metrics …`, `runner log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::writing::{CancelArgs, ConfirmArgs, ShipArgs};

/// What can be done with collected orders.
#[derive(Debug, Subcommand)]
pub enum OrdersCommand {
    /// The newest orders.
    #[command(after_help = "Examples:\n  \
            runner orders list\n  \
            runner orders list --connector main --status PAYED --from 2026-02-01 --limit 100\n  \
            runner orders list --order 2026021512345671 --format json")]
    List(OrdersListArgs),
    /// All orders that match, to a file or standard output.
    #[command(after_help = "Examples:\n  \
            runner orders export --output orders.csv\n  \
            runner orders export --from 2026-02-01 --to 2026-02-28 --output february.jsonl\n  \
            runner orders export --format json --raw --output - | head")]
    Export(ExportArgs),
    /// Tells the platform that you have seen the orders and will send them.
    #[command(after_help = "Examples:\n  \
            runner orders confirm 2026021512345671 2026021512345672\n  \
            runner orders confirm --all-paid --connector main --dry-run")]
    Confirm(ConfirmArgs),
    /// Tells the platform by which parcel orders travel.
    #[command(after_help = "Examples:\n  \
            runner orders ship 2026021512345671 --carrier CJGLS --tracking 680405450931\n  \
            runner orders ship --file parcels.xlsx --dry-run\n  \
            runner orders ship --file parcels.csv --results sent.csv")]
    Ship(ShipArgs),
    /// Cancels orders from the seller's side.
    #[command(after_help = "Examples:\n  runner orders cancel 2026021512345671 --reason sold-out --dry-run")]
    Cancel(CancelArgs),
}

/// Which orders.
#[derive(Clone, Debug, Args)]
pub struct OrderFilterArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// In these states: the platform's own word (PAYED) or ours (paid).
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub status: Vec<String>,
    /// Ordered on this Korean day or later.
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Ordered on this Korean day or earlier.
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// One order line, by the platform's id.
    #[arg(long = "order", value_name = "ID")]
    pub order_id: Option<String>,
    /// Without lines that a platform only relays from another market (Cafe24 does), so that sums over several
    /// connectors count none twice.
    #[arg(long)]
    pub own: bool,
}

/// `runner orders list`.
#[derive(Clone, Debug, Args)]
pub struct OrdersListArgs {
    /// Which orders.
    #[command(flatten)]
    pub filter: OrderFilterArgs,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}

/// `runner orders export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Which orders.
    #[command(flatten)]
    pub filter: OrderFilterArgs,
    /// The file; - for standard output. A name in .json or .jsonl means JSON lines, all else CSV.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
    /// Add the platform's own object (meta_json). It holds buyers' personal data.
    #[arg(long)]
    pub raw: bool,
}

/// What can be done with collected figures.
#[derive(Debug, Subcommand)]
pub enum MetricsCommand {
    /// The first figures that match.
    #[command(
        after_help = "Examples:\n  runner metrics list\n  runner metrics list --from 2026-02-01 --type store"
    )]
    List(MetricsListArgs),
    /// All figures that match, to a file or standard output.
    #[command(after_help = "Examples:\n  runner metrics export --output metrics.csv")]
    Export(MetricsExportArgs),
}

/// Which figures.
#[derive(Clone, Debug, Args)]
pub struct MetricsFilterArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// Of these kinds: store, product, domain.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    pub entity_types: Vec<String>,
    /// Of this mall, product or domain.
    #[arg(long = "entity", value_name = "ID")]
    pub entity_id: Option<String>,
    /// From this Korean day on.
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Up to this Korean day, included.
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
}

/// `runner metrics list`.
#[derive(Clone, Debug, Args)]
pub struct MetricsListArgs {
    /// Which figures.
    #[command(flatten)]
    pub filter: MetricsFilterArgs,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}

/// `runner metrics export`.
#[derive(Clone, Debug, Args)]
pub struct MetricsExportArgs {
    /// Which figures.
    #[command(flatten)]
    pub filter: MetricsFilterArgs,
    /// The file; - for standard output. A name in .json or .jsonl means JSON lines, all else CSV.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
    /// Add the platform's own row (meta_json).
    #[arg(long)]
    pub raw: bool,
}

/// `runner log`.
#[derive(Clone, Debug, Args)]
pub struct LogArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// Only runs that did not end well.
    #[arg(long)]
    pub failed: bool,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}
