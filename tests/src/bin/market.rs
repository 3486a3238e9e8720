//! Serves a small Smart Store on the loopback address, for tests and measurements in other processes.

use std::io::{self, Write as _};

use chrono::DateTime;
use clap::Parser;
use simulator::smartstore::{self, CLIENT_ID, CLIENT_SECRET, Rate, Refill, Settings};
use simulator::{Config, Millis, Simulator};

/// Serves invented orders as the Smart Store's API does. Prints its base address on standard output.
///
/// Example: market --orders 100000 --rate off
#[derive(Debug, Parser)]
struct Arguments {
    /// How many product orders there are.
    #[arg(long, default_value_t = 1_000)]
    orders: usize,
    /// Over how many days before the end their last changes are spread.
    #[arg(long, default_value_t = 29)]
    days: u32,
    /// The instant before which everything has changed: RFC 3339, or `now`.
    #[arg(long, default_value = "now", value_parser = end)]
    end: End,
    /// The same seed gives the same orders.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Calls per second and endpoint, or `off`.
    #[arg(long, default_value = "2", value_parser = rate)]
    rate: PerSecond,
    /// Calls at once and endpoint.
    #[arg(long, default_value_t = 4)]
    burst: u32,
    /// When used calls come back: `seconds`, at each change of the second, or `continuous`.
    #[arg(long, default_value = "seconds", value_parser = refill)]
    refill: Refill,
    /// How long each call takes at least.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// The application that may call.
    #[arg(long, default_value = CLIENT_ID)]
    client_id: String,
    /// Its secret.
    #[arg(long, default_value = CLIENT_SECRET)]
    client_secret: String,
    /// Where to listen; 0 takes a free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[derive(Clone, Copy, Debug)]
struct End(Option<Millis>);

#[derive(Clone, Copy, Debug)]
struct PerSecond(Option<u32>);

fn end(text: &str) -> Result<End, String> {
    if text == "now" {
        return Ok(End(None));
    }
    let at = DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
    Ok(End(Some(at.timestamp_millis())))
}

fn rate(text: &str) -> Result<PerSecond, String> {
    if text == "off" {
        return Ok(PerSecond(None));
    }
    text.parse().map(|rate| PerSecond(Some(rate))).map_err(|_| "neither a number nor `off`".to_owned())
}

fn refill(text: &str) -> Result<Refill, String> {
    match text {
        "seconds" => Ok(Refill::WholeSeconds),
        "continuous" => Ok(Refill::Continuous),
        _ => Err("neither `seconds` nor `continuous`".to_owned()),
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let rate = arguments.rate.0.map(|per_second| Rate {
        per_second,
        burst: arguments.burst,
        refill: arguments.refill,
    });
    let store = smartstore::Config {
        orders: arguments.orders,
        days: arguments.days,
        end: arguments.end.0,
        seed: arguments.seed,
        client_id: arguments.client_id,
        client_secret: arguments.client_secret,
        settings: Settings { latency_ms: arguments.latency_ms, rate, ..Settings::default() },
    };
    let listen = ([127, 0, 0, 1], arguments.port).into();
    let market = Simulator::start(Config { listen, stores: vec![store], ..Config::default() })?;
    let mut out = io::stdout();
    writeln!(out, "listening on {}", market.store_url())?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}
