//! The command line.

mod catalog;
mod connectors;
mod listing;
mod server;
mod simulator;
mod writing;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use connector_core::time;

pub use catalog::{
    LinkArgs, ListingArgs, ListingsArgs, PriceArgs, ProductAddArgs, ProductsCommand, ProductsListArgs,
    PublishArgs, PullArgs, SaleArgs, SettlementsCommand, SettlementsListArgs, StockCommand, StockPushArgs,
    StockSetArgs,
};
pub use connectors::{AddArgs, AuthorizeArgs, ConnectorsCommand, RemoveArgs, SetArgs};
pub use listing::{
    ExportArgs, LogArgs, MetricsCommand, MetricsExportArgs, MetricsFilterArgs, MetricsListArgs,
    OrderFilterArgs, OrdersCommand, OrdersListArgs,
};
pub use server::{AuditCommand, RoleArg, ServeArgs, TokenCommand, UserCommand};
pub use simulator::{
    ChaosArgs, DemoArgs, FaultArg, OversellArgs, PerSecond, RefillArg, SimArgs, SimPlatform,
};
pub use writing::{
    CancelArgs, ClaimApproveArgs, ClaimHoldArgs, ClaimIdsArgs, ClaimRejectArgs, ClaimsCommand,
    ClaimsListArgs, ConfirmArgs, IntentsCommand, IntentsListArgs, IntentsResolveArgs, LinesArgs, MethodArg,
    ParcelArgs, ReasonArg, ShipArgs, WriteArgs,
};

use crate::error::{Error, Result};
use crate::output::Format;
use crate::settings;

/// Collects orders from Korean marketplaces into your own database.
///
/// Without a command it does its main job: it syncs the connectors that --connector names, or all enabled ones.
#[derive(Debug, Parser)]
#[command(
    name = "runner",
    version,
    max_term_width = 110,
    disable_help_subcommand = true,
    after_help = "Examples:\n  \
        runner --connector smartstore           try it: the built-in sample, no account needed\n  \
        runner                                  sync every enabled connector\n  \
        runner --connector main --from 2026-02-01 --to 2026-02-14    read a range again\n  \
        runner orders list                      see what was collected\n\n\
        Exit codes: 0 done; 1 something failed or is suspect; 2 bad usage or settings; 130 interrupted.",
    after_long_help = format!(
        "Examples:\n  \
        runner --connector smartstore           try it: the built-in sample, no account needed\n  \
        runner                                  sync every enabled connector\n  \
        runner --connector main --from 2026-02-01 --to 2026-02-14    read a range again\n  \
        runner orders list                      see what was collected\n\n{}\n\
        Exit codes: 0 done; 1 something failed or is suspect; 2 bad usage or settings; 130 interrupted.",
        settings::help()
    )
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The main job.
    #[command(flatten)]
    pub job: JobArgs,
    /// Another command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct GlobalArgs {
    /// The database: sqlite://PATH, a bare path, or postgres://…
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = settings::DEFAULT_DATABASE,
        value_name = "URL",
        help_heading = "For every command"
    )]
    pub database_url: DatabaseUrl,
    /// How results are written to standard output; csv for orders and metrics only.
    #[arg(long, global = true, value_enum, value_name = "FORMAT", help_heading = "For every command")]
    pub format: Option<Format>,
    /// More log lines on standard error (-vv for all).
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "For every command")]
    pub verbose: u8,
    /// Fewer log lines and no progress bars (-qq for errors only).
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        conflicts_with = "verbose",
        help_heading = "For every command"
    )]
    pub quiet: u8,
}

/// A database address as typed. `Debug` leaves it out, as it may hold a password.
#[derive(Clone)]
pub struct DatabaseUrl(pub String);

impl From<String> for DatabaseUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The main job.
#[derive(Clone, Debug, Args)]
pub struct JobArgs {
    /// Which connectors: id, name, platform or alias; may be repeated or comma-separated. Default: all enabled.
    #[arg(long, value_name = "NAME", value_delimiter = ',', num_args = 1.., help_heading = "Main job")]
    pub connector: Vec<String>,
    /// Which streams, such as orders. Default: all but those that are read on request (`runner platforms NAME`).
    #[arg(long, value_name = "STREAM", value_delimiter = ',', help_heading = "Main job")]
    pub stream: Vec<String>,
    /// Read again what changed since this Korean day or time; the live cursor stays where it is.
    #[arg(long, value_name = "DATE", help_heading = "Main job")]
    pub from: Option<String>,
    /// Read again up to this Korean day, included, or time. Default: now.
    #[arg(long, value_name = "DATE", requires = "from", help_heading = "Main job")]
    pub to: Option<String>,
    /// Show what would be new or changed and the calls it takes; write nothing.
    #[arg(long, help_heading = "Main job")]
    pub dry_run: bool,
    /// How many accounts are synced at once.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u16).range(1..=64),
        help_heading = "Main job"
    )]
    pub concurrency: u16,
}

/// The commands beside the main job.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Your accounts at the platforms.
    #[command(subcommand, after_help = "Examples:\n  runner connectors list\n  runner connectors add --help")]
    Connectors(ConnectorsCommand),
    /// The platforms this program knows: streams, settings, limits.
    #[command(
        after_help = "Examples:\n  runner platforms\n  runner platforms smartstore\n  runner platforms --format json"
    )]
    Platforms {
        /// A platform or alias; all when left out.
        name: Option<String>,
    },
    /// Collected orders; confirming, shipping and cancelling them.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner orders list\n  runner orders export --output orders.csv\n  \
                      runner orders confirm --all-paid --dry-run\n  runner orders ship --file parcels.xlsx"
    )]
    Orders(OrdersCommand),
    /// Claims of buyers (cancel, return, exchange), and answering them.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner claims list --open\n  runner claims approve 365907851"
    )]
    Claims(ClaimsCommand),
    /// Your products and their listings at the platforms.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner products pull\n  runner products add --from-listings\n  runner products list"
    )]
    Products(ProductsCommand),
    /// How many pieces you have, and telling the platforms.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner stock set EAR-001 50\n  runner stock push --dry-run"
    )]
    Stock(StockCommand),
    /// What the platforms pay.
    #[command(subcommand, after_help = "Examples:\n  runner settlements pull\n  runner settlements list")]
    Settlements(SettlementsCommand),
    /// What was written to platforms, or was to be, and what became of it.
    #[command(subcommand, after_help = "Examples:\n  runner intents list --open\n  runner intents resolve")]
    Intents(IntentsCommand),
    /// Carriers by their neutral codes, and what each platform calls them.
    #[command(after_help = "Examples:\n  runner carriers\n  runner carriers --format json")]
    Carriers,
    /// Collected daily figures.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner metrics list\n  runner metrics export --output metrics.csv"
    )]
    Metrics(MetricsCommand),
    /// Past runs, newest first.
    #[command(after_help = "Examples:\n  runner log\n  runner log --connector main --failed --limit 5")]
    Log(LogArgs),
    /// Checks settings, key, database, clock and every enabled connector.
    #[command(after_help = "Examples:\n  runner doctor\n  runner doctor --offline --format json")]
    Doctor {
        /// Call no platform: build each connector from its settings only.
        #[arg(long)]
        offline: bool,
    },
    /// Compares what the platform lists with what is stored, per Korean day.
    #[command(
        after_help = "Examples:\n  runner verify --connector main --from 2026-02-01 --to 2026-02-14\n  \
                      runner verify --connector main --from 2026-02-01 --to 2026-02-14 --repair"
    )]
    Verify(VerifyArgs),
    /// Runs live and writes what came, without personal data, as a fixture scenario.
    #[command(after_help = "Examples:\n  runner record --connector main --out scenario.json")]
    Record(RecordArgs),
    /// Seals every secret with the newest key.
    #[command(after_help = "Examples:\n  RUNNER_SECRET_KEY=\"$NEW,$OLD\" runner rekey")]
    Rekey,
    /// Brings the database up to date.
    #[command(
        after_help = "Examples:\n  runner migrate\n  runner migrate --database-url postgres://me@db/shop"
    )]
    Migrate,
    /// The REST server.
    #[command(after_help = "Examples:\n  runner serve\n  runner serve --listen 127.0.0.1:8080\n  \
                      runner serve --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key privkey.pem\n\n\
                      Make a user first: runner user add NAME --role admin. The reference is at /api/v1/docs/.")]
    Serve(ServeArgs),
    /// Who may use the server.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner user add kim --role operator\n  \
                      echo \"$PASSWORD\" | runner user add kim --role operator --password-stdin"
    )]
    User(UserCommand),
    /// Lasting tokens, for programs that use the server.
    #[command(subcommand, after_help = "Examples:\n  runner token create kim")]
    Token(TokenCommand),
    /// The log of who did what on the server.
    #[command(
        subcommand,
        after_help = "Examples:\n  runner audit verify\n  runner audit verify --format json"
    )]
    Audit(AuditCommand),
    /// Marketplaces on this machine, to try everything without keys.
    #[command(
        after_help = "Examples:\n  runner sim\n  runner sim --accounts 3 --orders 500 --speed 3600\n  \
                      runner sim --fault rate_limited:feed:5% --fault cut_body:query:2\n\n\
                      It prints how to connect to it. GET /__sim/ lists what can be read and set while it runs.",
        after_long_help = format!(
            "Examples:\n  runner sim\n  runner sim --accounts 3 --orders 500 --speed 3600\n  \
             runner sim --fault rate_limited:feed:5% --fault cut_body:query:2\n\n\
             It prints how to connect to it. GET /__sim/ lists what can be read and set while it runs.\n\n\
             Faults:\n{}",
            self::simulator::faults()
        )
    )]
    Sim(SimArgs),
    /// A tour: a marketplace on this machine, two syncs, something that goes wrong, and the proof. Needs nothing.
    #[command(after_help = "Examples:\n  runner demo\n  runner demo --keep tour")]
    Demo(DemoArgs),
    /// Kills this program again and again while it syncs from a marketplace on this machine, and proves that nothing is
    /// lost, doubled or stale.
    #[command(after_help = "Examples:\n  runner chaos\n  runner chaos --seed 7 --kills 10000\n  \
                      runner chaos --kills 200 --rate 2 --database-url postgres://me@localhost/storm\n\n\
                      The database must hold no connectors; without --database-url it is a passing SQLite file. The \
                      plan is drawn from the seed: the same seed and options give the same plan. Exit code 1 when \
                      anything does not hold.")]
    Chaos(ChaosArgs),
    /// Sells the same pieces at several simulated channels, with the stock engine and without, and counts what was sold twice.
    #[command(
        after_help = "Examples:\n  runner oversell\n  runner oversell --skus 200 --lost 20 --format json\n\n\
                      The channels are simulated, the engine is the real one on a passing database. The same seed gives \
                      the same buyers. Exit code 1 when the store and the sales differ."
    )]
    Oversell(OversellArgs),
}

impl Command {
    /// Whether it may write to a platform, or reads from one into the database.
    #[must_use]
    pub fn writes(&self) -> bool {
        match self {
            Self::Orders(command) => !matches!(command, OrdersCommand::List(_) | OrdersCommand::Export(_)),
            Self::Claims(command) => !matches!(command, ClaimsCommand::List(_)),
            Self::Products(_) | Self::Stock(_) => true,
            Self::Settlements(command) => !matches!(command, SettlementsCommand::List(_)),
            Self::Intents(command) => !matches!(command, IntentsCommand::List(_)),
            _ => false,
        }
    }
}

/// `runner verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Which connectors: id, name, platform or alias.
    #[arg(long, value_name = "NAME", value_delimiter = ',', required = true)]
    pub connector: Vec<String>,
    /// The first Korean day.
    #[arg(long, value_name = "DATE")]
    pub from: String,
    /// The last Korean day, included.
    #[arg(long, value_name = "DATE")]
    pub to: String,
    /// Read the days that differ again.
    #[arg(long)]
    pub repair: bool,
}

/// `runner record`.
#[derive(Clone, Debug, Args)]
pub struct RecordArgs {
    /// Which connector: id, name, or a platform that has one row.
    #[arg(long, value_name = "NAME")]
    pub connector: String,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub out: std::path::PathBuf,
    /// Read what changed since this Korean day or time. Default: the connector's first-run range.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Up to this Korean day, included, or time. Default: now.
    #[arg(long, value_name = "DATE", requires = "from")]
    pub to: Option<String>,
}

impl JobArgs {
    /// Whether nothing of the main job was asked for.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.connector.is_empty()
            && self.stream.is_empty()
            && self.from.is_none()
            && self.to.is_none()
            && !self.dry_run
            && self.concurrency == 4
    }
}

/// A range as far as it was given: its first instant, and its end, excluded.
pub type Range = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Reads a range as typed: Korean days or times; `to` as a day includes that day.
///
/// # Errors
/// `Usage` when either is no date, or the range is empty.
pub fn range(from: Option<&str>, to: Option<&str>) -> Result<Range> {
    let instant = |flag: &str, text: &str| {
        time::parse_kst(text).ok_or_else(|| {
            Error::usage(
                format!("{flag} {text}: no date"),
                "write 2026-02-15, or 2026-02-15T10:00 for a time; both are Korean time",
            )
        })
    };
    let from = from.map(|text| instant("--from", text)).transpose()?;
    let to = to
        .map(|text| {
            let at = instant("--to", text)?;
            let is_day = text.trim().len() == 10;
            Ok::<_, Error>(if is_day { at + chrono::TimeDelta::days(1) } else { at })
        })
        .transpose()?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Error::usage("--from is not before --to", "swap them, or leave --to out for now"));
    }
    Ok((from, to))
}

/// Reads a Korean day as typed.
///
/// # Errors
/// `Usage` when it is none.
pub fn day(flag: &str, text: &str) -> Result<String> {
    chrono::NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .map(|day| day.to_string())
        .map_err(|_| Error::usage(format!("{flag} {text}: no day"), "write a Korean day, such as 2026-02-15"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_helps_with_an_example() {
        fn visit(command: &clap::Command, path: &str) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:\n  "), "{path} has no example");
            assert!(help.contains("runner"), "{path}: the example names the program");
            for sub in command.get_subcommands() {
                visit(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        visit(&Cli::command(), "runner");
    }

    #[test]
    fn names_may_be_repeated_or_comma_separated() {
        let cli =
            Cli::try_parse_from(["runner", "--connector", "a,b", "--connector", "c", "d"]).expect("good");
        assert_eq!(cli.job.connector, ["a", "b", "c", "d"]);
        assert!(!cli.job.is_default());
        let cli = Cli::try_parse_from(["runner", "orders", "list", "--connector", "a"]).expect("good");
        assert!(cli.job.is_default(), "the list's own filter is none of the main job's");
    }

    #[test]
    fn a_day_as_the_end_of_a_range_is_included() {
        let (from, to) = range(Some("2026-02-15"), Some("2026-02-15")).expect("one day");
        let hours = to.zip(from).map(|(to, from)| (to - from).num_hours());
        assert_eq!(hours, Some(24));
        let (_, to) = range(Some("2026-02-15"), Some("2026-02-15T10:00")).expect("ten hours");
        assert_eq!(to, time::parse_kst("2026-02-15T10:00:00.000+09:00"));
        for (from, to) in [("2026-02-15", "2026-02-14"), ("soon", "2026-02-14"), ("2026-02-15", "later")] {
            assert_eq!(range(Some(from), Some(to)).expect_err("refused").exit_code(), 2, "{from} {to}");
        }
    }
}
