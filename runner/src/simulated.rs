//! What the commands with a simulator share: the folder they work in, and the rows for a simulator's accounts.

use std::path::{Path, PathBuf};

use connector_core::Secret;
use serde_json::{Map, Value, json};
use simulator::cafe24::{self, Mall};
use simulator::smartstore::Market;
use storage::NewConnector;

use crate::error::{Error, Result};

/// The folder that a command works in: one that stays, or one that goes with it.
#[derive(Debug)]
pub(crate) enum Folder {
    Kept(PathBuf),
    Passing(tempfile::TempDir),
}

impl Folder {
    /// The folder to keep, which is made, or else a new one for `command`.
    ///
    /// # Errors
    /// `Usage` when it cannot be made.
    pub(crate) fn new(keep: Option<&Path>, command: &str) -> Result<Self> {
        let failed = |path: &Path, error: std::io::Error| {
            Error::usage(format!("{}: {error}", path.display()), "name a folder that you may write to")
        };
        let Some(path) = keep else {
            let folder = tempfile::Builder::new().prefix(&format!("runner-{command}-")).tempdir();
            return folder.map(Self::Passing).map_err(|error| failed(&std::env::temp_dir(), error));
        };
        std::fs::create_dir_all(path).map_err(|error| failed(path, error))?;
        Ok(Self::Kept(path.to_owned()))
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(folder) => folder.path(),
        }
    }

    /// The database's file, where none is named.
    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("commerce.db")
    }
}

/// The row of a store.
pub(crate) fn store_row(name: &str, market: &Market, lookback_days: u32, pace: &str) -> NewConnector {
    let config = json!({"base_url": market.base_url(), "lookback_days": lookback_days, "pace": pace});
    row("smartstore", name, config, [market.client_id(), &market.client_secret()])
}

/// The row of a mall, which is still to be granted access.
pub(crate) fn mall_row(name: &str, mall: &Mall, lookback_days: u32, pace: &str) -> NewConnector {
    let url = mall.own_url();
    let config = json!({
        "base_url": url, "mall_base_url": url, "mall_id": mall.mall_id(),
        "scope": "mall.read_analytics,mall.read_order", "lookback_days": lookback_days, "pace": pace,
    });
    row("cafe24_analytics", name, config, [cafe24::CLIENT_ID, cafe24::CLIENT_SECRET])
}

fn row(platform: &str, name: &str, config: Value, [id, secret]: [&str; 2]) -> NewConnector {
    let secrets = [("client_id", id), ("client_secret", secret)];
    NewConnector {
        platform: platform.to_owned(),
        name: name.to_owned(),
        mode: "api".to_owned(),
        enabled: true,
        config: config.as_object().cloned().unwrap_or_else(Map::new),
        secrets: secrets.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).into(),
    }
}
