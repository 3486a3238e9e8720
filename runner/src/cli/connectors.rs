//! `runner connectors …`

use clap::{Args, Subcommand};

/// What can be done with connector rows.
#[derive(Debug, Subcommand)]
pub enum ConnectorsCommand {
    /// All connectors.
    #[command(after_help = "Examples:\n  runner connectors list\n  runner connectors list --format json")]
    List,
    /// One connector with its settings; secrets read `[sealed]`.
    #[command(after_help = "Examples:\n  runner connectors show main")]
    Show {
        /// Id, name, or a platform that has one row.
        name: String,
    },
    /// Adds a connector.
    #[command(after_help = "Examples:\n  \
            runner connectors add smartstore\n  \
            runner connectors add smartstore --name main --mode api --secret client_id --secret client_secret\n  \
            runner connectors add smartstore --name test --mode api --set base_url=http://127.0.0.1:9900/external\n\n\
            A secret comes from the environment variable that `runner platforms NAME` lists for it, else from a\n\
            prompt on the terminal; never from the command line, where other users could read it.")]
    Add(AddArgs),
    /// Changes a connector's settings.
    #[command(after_help = "Examples:\n  \
            runner connectors set main --mode api --secret client_id --secret client_secret\n  \
            runner connectors set main --set lookback_days=90 --unset base_url\n  \
            runner connectors set smartstore --name main")]
    Set(SetArgs),
    /// Includes connectors in runs without --connector.
    #[command(after_help = "Examples:\n  runner connectors enable main")]
    Enable {
        /// Ids, names or platforms.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Leaves connectors out of every run.
    #[command(after_help = "Examples:\n  runner connectors disable main")]
    Disable {
        /// Ids, names or platforms.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Removes a connector.
    #[command(
        after_help = "Examples:\n  runner connectors remove test --yes\n  runner connectors remove test --yes --with-data"
    )]
    Remove(RemoveArgs),
    /// Has a person grant access in a browser, and keeps the tokens, sealed.
    #[command(after_help = "Examples:\n  \
            runner connectors authorize cafe24\n  \
            runner connectors authorize cafe24 --code 'https://shop.example/back?code=…&state=…'\n\n\
            Prints the address to open. Where the redirect URI is on this machine, the answer is awaited there;\n\
            otherwise pass the address that the browser ends at, within a minute, with --code.")]
    Authorize(AuthorizeArgs),
    /// Proves a connector's settings and credential with one cheap call.
    #[command(after_help = "Examples:\n  runner connectors check main\n  runner connectors check")]
    Check {
        /// Ids, names or platforms; all enabled ones when left out.
        names: Vec<String>,
    },
}

/// `runner connectors add`.
#[derive(Clone, Debug, Args)]
pub struct AddArgs {
    /// The platform or an alias of it: see `runner platforms`.
    pub platform: String,
    /// What to call it. Default: the platform's name.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// api calls the platform; fixture replays the built-in sample.
    #[arg(long, value_name = "MODE", value_parser = ["api", "fixture"], default_value = "fixture")]
    pub mode: String,
    /// A setting; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// A secret setting, read from its environment variable or a prompt; may be repeated.
    #[arg(long = "secret", value_name = "KEY", value_delimiter = ',')]
    pub secrets: Vec<String>,
    /// Add it without including it in runs.
    #[arg(long)]
    pub disabled: bool,
}

/// `runner connectors set`.
#[derive(Clone, Debug, Args)]
pub struct SetArgs {
    /// Id, name, or a platform that has one row.
    pub connector: String,
    /// A new name.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// api calls the platform; fixture replays the built-in sample.
    #[arg(long, value_name = "MODE", value_parser = ["api", "fixture"])]
    pub mode: Option<String>,
    /// A setting; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// A setting to remove, secret or not; may be repeated.
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub unset: Vec<String>,
    /// A secret setting, read from its environment variable or a prompt; may be repeated.
    #[arg(long = "secret", value_name = "KEY", value_delimiter = ',')]
    pub secrets: Vec<String>,
}

/// `runner connectors remove`.
#[derive(Clone, Debug, Args)]
pub struct RemoveArgs {
    /// Id, name, or a platform that has one row.
    pub name: String,
    /// Do it; without this nothing is removed.
    #[arg(long)]
    pub yes: bool,
    /// Remove the orders, figures and run log of this connector, too.
    #[arg(long)]
    pub with_data: bool,
}

/// `runner connectors authorize`.
#[derive(Clone, Debug, Args)]
pub struct AuthorizeArgs {
    /// Id, name, or a platform that has one row.
    pub name: String,
    /// The code that the consent gave, or the whole address that the browser ended at.
    #[arg(long, value_name = "CODE|ADDRESS")]
    pub code: Option<String>,
    /// How long to wait for the person, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}
