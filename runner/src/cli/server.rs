//! `runner serve`, `runner user …`, `runner token …`, `runner audit …`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `runner serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free one. Where others reach it, give a certificate, or put a proxy with TLS before it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Speak HTTPS with this certificate: a PEM file, the server's own certificate first (certbot's fullchain.pem). Needs --tls-key.
    /// It is read again every minute and at a SIGHUP, so that renewals need no restart. Also RUNNER_TLS_CERT_FILE.
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key: a PEM file, not encrypted (certbot's privkey.pem). Also RUNNER_TLS_KEY_FILE.
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How many requests a second are taken of one user; four times as many at once.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub rate_limit: u32,
    /// A proxy of yours before the server: its X-Forwarded-For says where a request comes from, for the audit log and the waits
    /// after failed logins. May be repeated.
    #[arg(long, value_name = "IP")]
    pub trusted_proxy: Vec<IpAddr>,
    /// Leave schedules that are due to other servers on this database. Syncs that people and webhooks ask for are carried out all the
    /// same.
    #[arg(long)]
    pub no_schedules: bool,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Everything, and see the whole audit log.
    Admin,
    /// Change accounts and sync.
    Operator,
    /// Read.
    Viewer,
}

/// `runner user …`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Adds a user; the password is asked for.
    #[command(after_help = "Examples:\n  runner user add kim --role operator\n  \
                      echo \"$PASSWORD\" | runner user add kim --role operator --password-stdin")]
    Add {
        /// What the user signs in with.
        name: String,
        /// What the user may do.
        #[arg(long, value_enum)]
        role: RoleArg,
        /// Read the password from standard input instead of asking on the terminal.
        #[arg(long)]
        password_stdin: bool,
    },
}

/// `runner token …`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Makes a token that may do what its user may, and prints it; it is shown this once.
    #[command(
        after_help = "Examples:\n  runner token create kim\n  TOKEN=$(runner token create kim --format json | jq -r .token)"
    )]
    Create {
        /// The user's name.
        name: String,
        /// What the token is for.
        #[arg(long, value_name = "TEXT", default_value = "command line")]
        label: String,
    },
}

/// `runner audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Proves that no entry was altered or taken out; exit code 1 when one was.
    #[command(after_help = "Examples:\n  runner audit verify\n  runner audit verify --format json")]
    Verify,
}
