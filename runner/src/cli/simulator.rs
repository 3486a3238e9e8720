//! `runner sim`, `runner demo`, `runner chaos` and `runner oversell`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use simulator::smartstore::Refill;
use simulator::{Endpoint, Fault, FaultKind, Platform};

/// `runner sim`.
#[derive(Clone, Debug, Args)]
pub struct SimArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9900")]
    pub listen: SocketAddr,
    /// Listen on an address that other machines reach.
    #[arg(long)]
    pub allow_remote: bool,
    /// Which platforms; all when left out.
    #[arg(long, value_enum, value_name = "PLATFORM", value_delimiter = ',')]
    pub platform: Vec<SimPlatform>,
    /// How many accounts at each platform.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub accounts: u32,
    /// How many orders each account has.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub orders: usize,
    /// Over how many days up to now.
    #[arg(long, value_name = "N", default_value_t = 29, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// The same seed gives the same orders.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many times as fast as the clock orders arrive and go on; 0 stands still.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// Calls per second and endpoint of the Smart Store, or off for no limit at any platform.
    #[arg(long, value_name = "N|off", default_value = "2")]
    pub rate: PerSecond,
    /// Calls at once and endpoint.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub burst: u32,
    /// When used calls come back: at each change of the second, or little by little.
    #[arg(long, value_enum, value_name = "HOW", default_value = "seconds")]
    pub refill: RefillArg,
    /// How long each call takes at least, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,
    /// What goes wrong: NAME, NAME:ENDPOINT, NAME:ENDPOINT:NTH or NAME:ENDPOINT:RATE%; may be repeated. ENDPOINT may
    /// be all; without NTH and RATE it is every call.
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<FaultArg>,
}

/// `runner demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Keep the database in this folder, which must hold none yet; otherwise nothing is left behind.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The same seed gives the same market.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// `runner chaos`.
#[derive(Clone, Debug, Args)]
pub struct ChaosArgs {
    /// The same seed gives the same plan; drawn and printed when left out.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How often the program is killed.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub kills: u64,
    /// At which share of the starts something goes wrong at the platform as well, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = crate::chaos::FAULT_SHARE, value_parser = share)]
    pub fault_share: f64,
    /// Nothing goes wrong at the platforms.
    #[arg(long, conflicts_with = "fault_share")]
    pub no_faults: bool,
    /// How many orders the Smart Store has in each market; the mall has a fifth of them, Coupang and 11st 120 lines each.
    #[arg(long, value_name = "N", default_value_t = 900)]
    pub orders: usize,
    /// Calls per second and endpoint of the Smart Store, beside the other platforms' own limits, or off for no limit at any.
    #[arg(long, value_name = "N|off", default_value = "off")]
    pub rate: PerSecond,
    /// Keep the database, where none is named, and the program's last words in this folder.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// `runner oversell`.
#[derive(Clone, Debug, Args)]
pub struct OversellArgs {
    /// How many products.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub skus: u32,
    /// How many channels sell all of them.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub channels: u32,
    /// For how long.
    #[arg(long, value_name = "S", default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub seconds: u32,
    /// The same seed gives the same buyers.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// After how many seconds a channel shows an order.
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=3_600))]
    pub lag: u32,
    /// How much of what channels are told gets lost, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub lost: u8,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("no number from 0 to 1".to_owned()),
    }
}

/// A platform of the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SimPlatform {
    /// Naver's Smart Store.
    Smartstore,
    /// Cafe24.
    Cafe24,
    /// Coupang.
    Coupang,
    /// 11st.
    #[value(name = "eleventh_street")]
    EleventhStreet,
}

/// When used calls come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RefillArg {
    /// At each change of the second.
    Seconds,
    /// Little by little.
    Continuous,
}

impl From<RefillArg> for Refill {
    fn from(arg: RefillArg) -> Self {
        match arg {
            RefillArg::Seconds => Self::WholeSeconds,
            RefillArg::Continuous => Self::Continuous,
        }
    }
}

/// Calls per second; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerSecond(pub Option<u32>);

impl FromStr for PerSecond {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            text => match text.parse() {
                Ok(rate @ 1..) => Ok(Self(Some(rate))),
                _ => Err("neither a number from 1 on nor off".to_owned()),
            },
        }
    }
}

/// The faults that one option stands for: one, or one at each platform that can go wrong so.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultArg(pub Vec<Fault>);

impl FromStr for FaultArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let kind: FaultKind = parts.next().unwrap_or_default().parse()?;
        let faults = match parts.next() {
            None | Some("all") => Platform::ALL
                .into_iter()
                .map(|platform| Fault::everywhere(platform, kind))
                .filter(|fault| fault.check().is_ok())
                .collect(),
            Some(name) => {
                let endpoint = Endpoint::named(name).ok_or_else(|| {
                    let names: Vec<&str> = Platform::ALL
                        .into_iter()
                        .flat_map(Endpoint::of)
                        .map(|endpoint| endpoint.name())
                        .collect();
                    format!("no endpoint is called {name:?}; there are all, {}", names.join(", "))
                })?;
                vec![Fault::always(endpoint, kind)]
            }
        };
        let faults: Vec<Fault> = match parts.next() {
            None => faults,
            Some(when) => {
                let when = When::read(when)?;
                faults.into_iter().map(|fault| when.apply(fault)).collect()
            }
        };
        if let Some(rest) = parts.next() {
            return Err(format!("{rest:?} is too much: NAME:ENDPOINT:NTH or NAME:ENDPOINT:RATE%"));
        }
        if faults.is_empty() {
            return Err(format!("{kind} needs more than the command line can say: POST /__sim/faults"));
        }
        faults.iter().try_for_each(Fault::check)?;
        Ok(Self(faults))
    }
}

/// Every fault with what it does, for the help.
pub(super) fn faults() -> String {
    FaultKind::all().iter().map(|kind| format!("  {:<30} {}\n", kind.name(), kind.about())).collect()
}

#[derive(Clone, Copy)]
enum When {
    Nth(u64),
    Rate(f64),
}

impl When {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither the number of a call nor a rate such as 5%");
        match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().map(|p| Self::Rate(p / 100.0)).map_err(|_| wrong()),
            None => match text.parse() {
                Ok(nth @ 1..) => Ok(Self::Nth(nth)),
                _ => Err(wrong()),
            },
        }
    }

    fn apply(self, fault: Fault) -> Fault {
        match self {
            Self::Nth(nth) => fault.at(nth),
            Self::Rate(share) => fault.rate(share, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read() {
        let one = |text: &str| text.parse::<FaultArg>().expect("a fault").0;
        assert_eq!(one("cut_body:feed:3"), [Fault::next(Endpoint::Feed, FaultKind::CutBody).at(3)]);
        let rate = Fault::next(Endpoint::Orders, FaultKind::ServerError).rate(0.05, 1);
        assert_eq!(one("500:orders:5%"), [rate]);
        assert_eq!(one("html:query"), [Fault::always(Endpoint::Query, FaultKind::Html)]);
        assert_eq!(one("maintenance").len(), Platform::ALL.len());
        let addresses = one("ip_not_allowed:all:2");
        assert!(addresses.iter().all(|fault| fault.platform != Platform::Cafe24), "it has no such list");
        assert!(addresses.len() > 1);
        for (text, said) in [
            ("nothing", "no fault"),
            ("html:nowhere", "no endpoint"),
            ("html:feed:x", "5%"),
            ("html:feed:0", "5%"),
            ("html:feed:200%", "share"),
            ("html:feed:1:2", "too much"),
            ("duplicate_page:token", "cannot"),
            ("refused", "POST"),
        ] {
            let error = text.parse::<FaultArg>().expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_share_lies_between_0_and_1() {
        assert_eq!((share("0"), share("0.15"), share("1")), (Ok(0.0), Ok(0.15), Ok(1.0)));
        assert!(share("1.1").is_err() && share("-0.1").is_err() && share("NaN").is_err());
    }

    #[test]
    fn a_rate_is_a_number_or_off() {
        assert_eq!("off".parse(), Ok(PerSecond(None)));
        assert_eq!("5".parse(), Ok(PerSecond(Some(5))));
        assert!("0".parse::<PerSecond>().is_err() && "fast".parse::<PerSecond>().is_err());
    }
}
