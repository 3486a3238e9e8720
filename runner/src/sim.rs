//! `runner sim`: marketplaces on this machine, to try everything without keys.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::mem::discriminant;

use serde::Serialize;
use simulator::smartstore::{self, Market, Rate};
use simulator::{Config, Simulator, cafe24, coupang, eleventh_street};
use tokio_util::sync::CancellationToken;

use crate::cli::{SimArgs, SimPlatform};
use crate::error::{Error, Result};
use crate::output::{Output, counted};

/// Accounts whose commands are printed; of more, the control calls tell.
const SHOWN: usize = 3;

/// What a program is told, on one line.
#[derive(Debug, Serialize)]
struct Listening {
    listening: String,
    control: String,
    accounts: Vec<AccountLine>,
}

/// An account with its invented credentials.
#[derive(Debug, Serialize)]
#[serde(tag = "platform", rename_all = "lowercase")]
enum AccountLine {
    Smartstore {
        client_id: String,
        client_secret: String,
        base_url: String,
    },
    Cafe24 {
        mall_id: String,
        client_id: String,
        client_secret: String,
        base_url: String,
    },
    Coupang {
        vendor_id: String,
        access_key: String,
        secret_key: String,
        base_url: String,
    },
    #[serde(rename = "eleventh_street")]
    EleventhStreet {
        seller_id: String,
        api_key: String,
        base_url: String,
    },
}

/// Serves until `stop`. Returns 0.
///
/// # Errors
/// `Usage` for an address that others reach and for one that is taken.
pub async fn run(args: SimArgs, output: Output, stop: CancellationToken) -> Result<u8> {
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        return Err(Error::usage(
            format!(
                "{} can be reached from other machines, and the simulator lets everybody in",
                args.listen
            ),
            "listen on 127.0.0.1, or add --allow-remote",
        ));
    }
    let simulator = Simulator::start(config(&args)).map_err(|error| {
        Error::usage(
            format!("{} cannot be listened on: {error}", args.listen),
            "choose another address with --listen; port 0 takes a free one",
        )
    })?;
    for fault in args.fault.iter().flat_map(|faults| &faults.0) {
        simulator.fault(fault.clone()).map_err(|said| Error::usage(said, "runner sim --help"))?;
    }
    let listening = Listening::of(&simulator);
    let mut out = io::stdout().lock();
    if output.is_human() {
        out.write_all(listening.text(&args).as_bytes())?;
    } else {
        serde_json::to_writer(&mut out, &listening).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    drop(out);
    stop.cancelled().await;
    Ok(0)
}

fn config(args: &SimArgs) -> Config {
    let wants = |platform| args.platform.is_empty() || args.platform.contains(&platform);
    let rate =
        args.rate.0.map(|per_second| Rate { per_second, burst: args.burst, refill: args.refill.into() });
    let store = smartstore::Config {
        orders: args.orders,
        days: args.days,
        seed: args.seed,
        settings: smartstore::Settings { latency_ms: args.latency_ms, rate, ..Default::default() },
        ..smartstore::Config::default()
    };
    let mall = cafe24::Config {
        orders: args.orders,
        days: args.days,
        seed: args.seed,
        settings: cafe24::Settings {
            latency_ms: args.latency_ms,
            limited: rate.is_some(),
            ..Default::default()
        },
        ..cafe24::Config::default()
    };
    let vendor = coupang::Config {
        orders: args.orders,
        days: args.days,
        seed: args.seed,
        settings: coupang::Settings {
            latency_ms: args.latency_ms,
            rate: rate.map(|_| coupang::Rate::of_platform()),
            ..Default::default()
        },
        ..coupang::Config::default()
    };
    let seller = eleventh_street::Config {
        orders: args.orders,
        days: args.days,
        seed: args.seed,
        settings: eleventh_street::Settings { latency_ms: args.latency_ms, ..Default::default() },
        ..eleventh_street::Config::default()
    };
    let all = Config::accounts(args.accounts, &store, &mall)
        .with_vendors(args.accounts, &vendor)
        .with_sellers(args.accounts, &seller);
    Config {
        listen: args.listen,
        stores: if wants(SimPlatform::Smartstore) { all.stores } else { Vec::new() },
        malls: if wants(SimPlatform::Cafe24) { all.malls } else { Vec::new() },
        vendors: if wants(SimPlatform::Coupang) { all.vendors } else { Vec::new() },
        sellers: if wants(SimPlatform::EleventhStreet) { all.sellers } else { Vec::new() },
        speed: (args.speed > 0.0).then_some(args.speed),
    }
}

impl Listening {
    fn of(simulator: &Simulator) -> Self {
        let stores = simulator.markets().into_iter().map(|market: Market| AccountLine::Smartstore {
            client_id: market.client_id().to_owned(),
            client_secret: market.client_secret(),
            base_url: market.base_url(),
        });
        let malls = simulator.malls();
        let several = malls.len() > 1;
        let malls = malls.into_iter().map(|mall| AccountLine::Cafe24 {
            mall_id: mall.mall_id().to_owned(),
            client_id: cafe24::CLIENT_ID.to_owned(),
            client_secret: cafe24::CLIENT_SECRET.to_owned(),
            base_url: if several { mall.own_url() } else { mall.base_url() },
        });
        let vendors = simulator.vendors().into_iter().map(|vendor| AccountLine::Coupang {
            vendor_id: vendor.vendor_id().to_owned(),
            access_key: vendor.access_key(),
            secret_key: vendor.secret_key(),
            base_url: vendor.base_url(),
        });
        let sellers = simulator.sellers().into_iter().map(|seller| AccountLine::EleventhStreet {
            seller_id: seller.seller_id().to_owned(),
            api_key: seller.api_key().to_owned(),
            base_url: seller.base_url(),
        });
        let listening = simulator.mall_url();
        Self {
            control: format!("{listening}/__sim/"),
            listening,
            accounts: stores.chain(malls).chain(vendors).chain(sellers).collect(),
        }
    }

    /// The first line is for programs as well.
    fn text(&self, args: &SimArgs) -> String {
        let mut text = format!("listening on {}\n\n", self.listening);
        let accounts = counted(u64::from(args.accounts), "account", "accounts");
        let orders = counted(args.orders as u64, "order", "orders");
        let days = counted(u64::from(args.days), "day", "days");
        let mut say = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).and_then(|()| text.write_char('\n')).expect("texts take everything");
        };
        say(format_args!("{accounts} at each platform, {orders} each over {days}. In another terminal:\n"));
        let same = |one: &AccountLine, other: &AccountLine| discriminant(one) == discriminant(other);
        for of_platform in self.accounts.chunk_by(same) {
            for (number, account) in (1..).zip(of_platform.iter().take(SHOWN)) {
                say(format_args!("{}\n", account.commands(number, &self.control)));
            }
        }
        say(format_args!("Then: runner, and runner orders list"));
        let control = &self.control;
        say(format_args!("What is true, and what was called: curl {control}ledger ; curl {control}calls"));
        say(format_args!("Everything that can be set, all accounts and all faults: curl {control}"));
        say(format_args!("Ctrl-C ends it."));
        text
    }
}

impl AccountLine {
    /// What to type to connect to it.
    fn commands(&self, number: usize, control: &str) -> String {
        let name = |base: &str| if number == 1 { base.to_owned() } else { format!("{base}{number}") };
        match self {
            Self::Smartstore { client_id, client_secret, base_url } => format!(
                "SMARTSTORE_CLIENT_ID='{client_id}' SMARTSTORE_CLIENT_SECRET='{client_secret}' \\\n  \
                 runner connectors add smartstore --name {} --mode api --secret client_id,client_secret \\\n  \
                 --set base_url={base_url}",
                name("sim-store"),
            ),
            Self::Cafe24 { mall_id, client_id, client_secret, base_url } => format!(
                "CAFE24_ANALYTICS_CLIENT_ID='{client_id}' CAFE24_ANALYTICS_CLIENT_SECRET='{client_secret}' \\\n  \
                 runner connectors add cafe24 --name {name} --mode api --secret client_id,client_secret \\\n  \
                 --set mall_id={mall_id} --set base_url={base_url} --set mall_base_url={base_url} \\\n  \
                 --set scope=mall.read_analytics,mall.read_order\n\
                 runner connectors authorize {name} \\\n  \
                 --code \"$(curl -s -X POST '{control}code?account={mall_id}' | tr -d '\"')\"",
                name = name("sim-mall"),
            ),
            Self::Coupang { vendor_id, access_key, secret_key, base_url } => format!(
                "COUPANG_ACCESS_KEY='{access_key}' COUPANG_SECRET_KEY='{secret_key}' \\\n  \
                 runner connectors add coupang --name {} --mode api --secret access_key,secret_key \\\n  \
                 --set vendor_id={vendor_id} --set base_url={base_url}",
                name("sim-vendor"),
            ),
            Self::EleventhStreet { seller_id, api_key, base_url } => format!(
                "ELEVENTH_STREET_API_KEY='{api_key}' \\\n  \
                 runner connectors add eleventh_street --name {} --mode api --secret api_key \\\n  \
                 --set seller_id={seller_id} --set base_url={base_url}",
                name("sim-seller"),
            ),
        }
    }
}
