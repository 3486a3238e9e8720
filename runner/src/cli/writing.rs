//! What is written back: `runner orders confirm | ship | cancel`, `runner claims …`, `runner intents …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use connector_core::command::{CancelReason, ShippingMethod};

/// What every command takes that writes to a platform.
#[derive(Clone, Debug, Args)]
pub struct WriteArgs {
    /// Look at the platform and show what would be sent; send and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// A key of your own for this request: given again, it gives the first result and nothing is sent. Default: a new one.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// Which order lines.
#[derive(Clone, Debug, Args)]
pub struct LinesArgs {
    /// The order lines, by the platform's id as `runner orders list` shows it.
    #[arg(value_name = "ORDER", required = true)]
    pub orders: Vec<String>,
    /// Of this connector: id, name, platform or alias; needed where two accounts have the same order number.
    #[arg(long, value_name = "NAME")]
    pub connector: Option<String>,
}

/// `runner orders confirm`.
#[derive(Clone, Debug, Args)]
pub struct ConfirmArgs {
    /// The order lines, by the platform's id as `runner orders list` shows it.
    #[arg(value_name = "ORDER", required_unless_present = "all_paid", conflicts_with = "all_paid")]
    pub orders: Vec<String>,
    /// All lines that are paid and not confirmed, as stored.
    #[arg(long)]
    pub all_paid: bool,
    /// Of this connector: id, name, platform or alias.
    #[arg(long, value_name = "NAME")]
    pub connector: Option<String>,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `runner orders ship`.
#[derive(Clone, Debug, Args)]
pub struct ShipArgs {
    /// The order line, by the platform's id.
    #[arg(value_name = "ORDER", required_unless_present = "file", conflicts_with = "file")]
    pub order: Option<String>,
    /// Of this connector: id, name, platform or alias.
    #[arg(long, value_name = "NAME")]
    pub connector: Option<String>,
    /// The parcel.
    #[command(flatten)]
    pub parcel: ParcelArgs,
    /// How many pieces are in this parcel, where others follow in another. Default: all.
    #[arg(long, value_name = "N", conflicts_with = "file", value_parser = clap::value_parser!(i64).range(1..))]
    pub quantity: Option<i64>,
    /// A spreadsheet (.xlsx, .csv) with a row for each line: order_id (상품주문번호), carrier (택배사), tracking_number (송장번호), and if
    /// you like connector, quantity, method.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Where the rows go with their results (.xlsx, .csv). Default: beside the file, with `.result` in its name.
    #[arg(long, value_name = "FILE", requires = "file")]
    pub results: Option<PathBuf>,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// A parcel.
#[derive(Clone, Debug, Args)]
pub struct ParcelArgs {
    /// The carrier: a code or name of `runner carriers`, or the platform's own code.
    #[arg(long, value_name = "CARRIER")]
    pub carrier: Option<String>,
    /// The carrier's number of the parcel.
    #[arg(long = "tracking", value_name = "NUMBER")]
    pub tracking_number: Option<String>,
    /// How it travels.
    #[arg(long, value_enum, default_value_t = MethodArg::Parcel)]
    pub method: MethodArg,
}

/// How a parcel travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// With a parcel service.
    Parcel,
    /// With the seller's own car or a freight company.
    Direct,
    /// With a courier, the same day.
    Quick,
    /// The buyer fetches it.
    Visit,
    /// Nothing is sent.
    Nothing,
}

impl From<MethodArg> for ShippingMethod {
    fn from(method: MethodArg) -> Self {
        match method {
            MethodArg::Parcel => Self::Parcel,
            MethodArg::Direct => Self::Direct,
            MethodArg::Quick => Self::Quick,
            MethodArg::Visit => Self::Visit,
            MethodArg::Nothing => Self::Nothing,
        }
    }
}

/// `runner orders cancel`.
#[derive(Clone, Debug, Args)]
pub struct CancelArgs {
    /// Which lines.
    #[command(flatten)]
    pub lines: LinesArgs,
    /// Why.
    #[arg(long, value_enum)]
    pub reason: ReasonArg,
    /// What the buyer is told.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How many pieces of the line. Default: all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub quantity: Option<i64>,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// Why a seller cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReasonArg {
    /// Nothing is left.
    SoldOut,
    /// It would come too late.
    Delayed,
    /// The listing's price was wrong.
    WrongPrice,
    /// The listing told something wrong.
    WrongInformation,
    /// The buyer has changed their mind.
    BuyerChangedMind,
    /// The address cannot be delivered to.
    WrongAddress,
}

impl From<ReasonArg> for CancelReason {
    fn from(reason: ReasonArg) -> Self {
        match reason {
            ReasonArg::SoldOut => Self::SoldOut,
            ReasonArg::Delayed => Self::Delayed,
            ReasonArg::WrongPrice => Self::WrongPrice,
            ReasonArg::WrongInformation => Self::WrongInformation,
            ReasonArg::BuyerChangedMind => Self::BuyerChangedMind,
            ReasonArg::WrongAddress => Self::WrongAddress,
        }
    }
}

/// What can be done with claims.
#[derive(Debug, Subcommand)]
pub enum ClaimsCommand {
    /// The newest claims.
    #[command(
        after_help = "Examples:\n  runner claims list --open\n  runner claims list --kind return --format json"
    )]
    List(ClaimsListArgs),
    /// Agrees to claims, or carries them out.
    #[command(after_help = "Examples:\n  runner claims approve 365907851\n  \
            runner claims approve 101 --carrier CJGLS --tracking 680405450931    an exchange: the new goods")]
    Approve(ClaimApproveArgs),
    /// Refuses claims.
    #[command(after_help = "Examples:\n  runner claims reject 365907851 --reason \"the goods were used\"")]
    Reject(ClaimRejectArgs),
    /// Puts claims on hold.
    #[command(
        after_help = "Examples:\n  runner claims hold 365907851 --reason \"the goods have not come back\""
    )]
    Hold(ClaimHoldArgs),
}

/// `runner claims list`.
#[derive(Clone, Debug, Args)]
pub struct ClaimsListArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// Of these kinds: cancel, return, exchange.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<String>,
    /// Only those that somebody has still to answer.
    #[arg(long)]
    pub open: bool,
    /// Of this order line.
    #[arg(long = "order", value_name = "ID")]
    pub order_id: Option<String>,
    /// Made on this Korean day or later.
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Made on this Korean day or earlier.
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}

/// Which claims.
#[derive(Clone, Debug, Args)]
pub struct ClaimIdsArgs {
    /// The claims, by the platform's id as `runner claims list` shows it.
    #[arg(value_name = "CLAIM", required = true)]
    pub claims: Vec<String>,
    /// Of this connector: id, name, platform or alias.
    #[arg(long, value_name = "NAME")]
    pub connector: Option<String>,
}

/// `runner claims approve`.
#[derive(Clone, Debug, Args)]
pub struct ClaimApproveArgs {
    /// Which claims.
    #[command(flatten)]
    pub claims: ClaimIdsArgs,
    /// The parcel with the exchanged goods, where approving means sending them.
    #[command(flatten)]
    pub parcel: ParcelArgs,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `runner claims reject`.
#[derive(Clone, Debug, Args)]
pub struct ClaimRejectArgs {
    /// Which claims.
    #[command(flatten)]
    pub claims: ClaimIdsArgs,
    /// What the buyer is told.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The parcel that is on its way already, where the platform wants to know it.
    #[command(flatten)]
    pub parcel: ParcelArgs,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `runner claims hold`.
#[derive(Clone, Debug, Args)]
pub struct ClaimHoldArgs {
    /// Which claims.
    #[command(flatten)]
    pub claims: ClaimIdsArgs,
    /// What the buyer is told.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// How it is written.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// What can be done with intents: what was, or was to be, written to platforms.
#[derive(Debug, Subcommand)]
pub enum IntentsCommand {
    /// The newest intents and what became of them.
    #[command(after_help = "Examples:\n  runner intents list\n  runner intents list --open --format json")]
    List(IntentsListArgs),
    /// Finds out what became of those that are in doubt; sends nothing.
    #[command(after_help = "Examples:\n  runner intents resolve\n  runner intents resolve --connector main")]
    Resolve(IntentsResolveArgs),
}

/// `runner intents list`.
#[derive(Clone, Debug, Args)]
pub struct IntentsListArgs {
    /// Of these connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
    /// Only those whose outcome is not known yet.
    #[arg(long)]
    pub open: bool,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
}

/// `runner intents resolve`.
#[derive(Clone, Debug, Args)]
pub struct IntentsResolveArgs {
    /// Of these connectors: id, name, platform or alias. Default: all enabled.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub connector: Vec<String>,
}
