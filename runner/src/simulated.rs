//! What the commands with a simulator share: the folder they work in, and the rows for a simulator's accounts.

use std::path::{Path, PathBuf};

use connector_core::Secret;
use serde_json::{Map, Value, json};
use simulator::cafe24::{self, Mall};
use simulator::coupang::Vendor;
use simulator::eleventh_street::Seller;
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
    let (id, secret) = (market.client_id(), market.client_secret());
    row("smartstore", name, config, [("client_id", id), ("client_secret", &secret)])
}

/// The row of a mall, which is still to be granted access.
pub(crate) fn mall_row(name: &str, mall: &Mall, lookback_days: u32, pace: &str) -> NewConnector {
    let url = mall.own_url();
    let config = json!({
        "base_url": url, "mall_base_url": url, "mall_id": mall.mall_id(),
        "scope": "mall.read_analytics,mall.read_order", "lookback_days": lookback_days, "pace": pace,
    });
    let secrets = [("client_id", cafe24::CLIENT_ID), ("client_secret", cafe24::CLIENT_SECRET)];
    row("cafe24_analytics", name, config, secrets)
}

/// The row of a vendor at Coupang.
pub(crate) fn vendor_row(name: &str, vendor: &Vendor, lookback_days: u32, pace: &str) -> NewConnector {
    let config = json!({
        "base_url": vendor.base_url(), "vendor_id": vendor.vendor_id(), "lookback_days": lookback_days, "pace": pace,
    });
    let (key, secret) = (vendor.access_key(), vendor.secret_key());
    row("coupang", name, config, [("access_key", &*key), ("secret_key", &*secret)])
}

/// The row of a seller of 11st.
pub(crate) fn seller_row(name: &str, seller: &Seller, lookback_days: u32, pace: &str) -> NewConnector {
    let config = json!({
        "base_url": seller.base_url(), "seller_id": seller.seller_id(), "lookback_days": lookback_days, "pace": pace,
    });
    row("eleventh_street", name, config, [("api_key", seller.api_key())])
}

fn row<const N: usize>(
    platform: &str,
    name: &str,
    config: Value,
    secrets: [(&str, &str); N],
) -> NewConnector {
    NewConnector {
        platform: platform.to_owned(),
        name: name.to_owned(),
        mode: "api".to_owned(),
        enabled: true,
        config: config.as_object().cloned().unwrap_or_else(Map::new),
        secrets: secrets.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).into(),
    }
}
