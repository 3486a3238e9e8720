//! Measures how fast a sync is, and how much memory it takes, beside what the machine allows: only ratios within one
//! run mean anything on another machine. The market, the bare loops and the product each run in a process of their
//! own.

mod bare;
mod feed;
mod http;
mod lists;
mod measure;
mod push;
mod report;
mod row;
mod sections;
mod shop;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use report::Results;
use sections::Kind;

/// Measures a sync beside the bare limits of the machine, all in one run.
///
/// Example: cargo run --release -p bench -- --orders 100000 --postgres auto
#[derive(Debug, Parser)]
struct Arguments {
    /// How many orders the market has.
    #[arg(long, default_value_t = 100_000)]
    orders: usize,
    /// Over how many days.
    #[arg(long, default_value_t = 29)]
    days: u32,
    /// The same seed gives the same orders.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long each call takes at least.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// How often each thing is measured; the middle counts.
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
    /// Measure PostgreSQL as well: `auto` starts a server for it; of a server of yours, the address of a database whose
    /// user may make others.
    #[arg(long, value_name = "auto|URL")]
    postgres: Option<String>,
    /// Measure a million orders as well; takes some minutes and 4 GB of temporary files.
    #[arg(long)]
    million: bool,
    /// Which sections; default: all but the million, the lists and the push.
    #[arg(long, value_delimiter = ',', value_parser = ["first", "later", "limits", "million", "lists", "push"])]
    only: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// One of the bare loops, as the measurement itself runs it.
    #[command(hide = true)]
    Bare {
        market: SocketAddr,
        days: u32,
        #[command(subcommand)]
        what: Bare,
    },
}

#[derive(Debug, Subcommand)]
enum Bare {
    Fetch,
    Sqlite { path: PathBuf },
    Postgres { url: String },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(Part::Bare { market, days, what }) = &arguments.command {
        return match what {
            Bare::Fetch => bare::fetch(*market, *days),
            Bare::Sqlite { path } => bare::sqlite(*market, *days, path),
            Bare::Postgres { url } => bare::postgres(*market, *days, url),
        };
    }
    let mut kinds = vec![Kind::Sqlite];
    if arguments.postgres.is_some() {
        kinds.push(Kind::Postgres);
    }
    let wanted =
        |section: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == section);
    let mut results = Results::default();
    if wanted("first") {
        results.first_syncs = sections::first_syncs(&arguments, &kinds)?;
    }
    if wanted("later") {
        results.increments = sections::increments(&arguments, &kinds)?;
    }
    if wanted("limits") {
        results.at_limits = Some(sections::at_limits(&arguments)?);
    }
    if arguments.million || arguments.only.iter().any(|only| only == "million") {
        results.million = Some(sections::million(&arguments)?);
    }
    if arguments.only.iter().any(|only| only == "lists") {
        results.lists = lists::listings(&arguments, &kinds)?;
    }
    if arguments.only.iter().any(|only| only == "push") {
        results.pushes = push::pushes()?;
    }
    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &results)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", report::text(&results))?;
    }
    Ok(())
}
