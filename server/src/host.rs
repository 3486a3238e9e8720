//! What the server needs of the program around it: the one way to sync and to check an account.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connector_core::{Action, CommandName, ErrorKind, Recipient, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use storage::{ConnectorChange, ConnectorRow, LogCounts};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::token;

/// The program around the server. Nothing here asks whose the accounts are: the server has done so.
#[async_trait]
pub trait Host: Send + Sync + 'static {
    /// What the linked-in connectors offer, by platform.
    ///
    /// # Errors
    /// When a connector crate is broken.
    fn platforms(&self) -> Result<Vec<Platform>>;

    /// Makes sure that secrets can be sealed, and looks at what an account would be made of, secrets among it: returns what
    /// would keep it from working, for people. Calls no platform.
    ///
    /// # Errors
    /// `Config` for an unknown platform or mode, and when there is no key for secrets.
    fn prepare_account(
        &self,
        platform: &str,
        mode: &str,
        settings: Map<String, Value>,
    ) -> Result<Vec<String>>;

    /// The same for a change, to which is added what else has to change with it.
    ///
    /// # Errors
    /// As for [`Host::prepare_account`], and when the account's secrets cannot be opened.
    async fn prepare_change(
        &self,
        row: &ConnectorRow,
        change: ConnectorChange,
    ) -> Result<(ConnectorChange, Vec<String>)>;

    /// Checks an account: its settings, then its credential with the platform's cheapest call.
    async fn check(&self, row: &ConnectorRow) -> Vec<CheckStep>;

    /// Carries out one step of a sync at an account. All that happens is in the result, one entry for each stream. When
    /// `stop` is cancelled it ends after the page in flight.
    async fn sync(&self, row: &ConnectorRow, step: &Step, stop: CancellationToken) -> Vec<StreamResult>;

    /// Writes to platforms, accounts side by side: one outcome for each task, in their order. Every task is noted before it is
    /// sent and looked at afterwards; one whose key was given before is not sent again.
    async fn write(&self, tasks: Vec<WriteTask>, dry_run: bool, stop: CancellationToken)
    -> Vec<WriteOutcome>;

    /// Tells a platform of products of which nothing is left, as a sync of stock that stops sale does: a listing is taken off
    /// sale, or set to 0 where other options of it sell on; each is noted before it is sent and looked at afterwards. A product
    /// of which there is something again is passed over, and so is what no stock is kept of. What was sold has been settled.
    ///
    /// # Errors
    /// `Storage` when the database fails. What the platform refuses is in the outcomes.
    async fn tell_gone(&self, task: &StockTask, stop: CancellationToken) -> Result<ToldStock>;

    /// The neutral code of a carrier that the platform knows, whether it is named neutrally or by the platform's own code.
    ///
    /// # Errors
    /// `Config` for a carrier that the platform does not know.
    fn neutral_carrier(&self, platform: &str, carrier: &str) -> Result<&'static str>;

    /// How to read to whom an order line goes; `None` where the platform does not tell.
    ///
    /// # Errors
    /// `Config` for an unknown platform.
    fn recipients(&self, platform: &str) -> Result<Option<ReadRecipient>>;

    /// A table as a file. No cell of it is taken for a formula.
    ///
    /// # Errors
    /// When there is more than such a file holds.
    fn sheet(&self, table: &Table, format: SheetFormat) -> Result<Vec<u8>>;

    /// Whether the process of that name, which once ran a server or a sync on this database, is known to have ended.
    fn is_dead(&self, process: &str) -> bool;
}

/// What a sync does at each of its accounts, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The steps, in their order. A step that fails does not keep the next one from being tried.
    pub steps: Vec<Step>,
}

/// One step of a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Reads streams from the platform into the store.
    Read(Reading),
    /// Tells the platform of products: puts on sale what is not there, and changes what differs.
    PublishProducts {
        /// Which; empty for all that the account's owner has.
        product_ids: Vec<i64>,
        /// Drawn once for each sync: what is sent under it is not sent again when another server takes the sync over.
        key: String,
    },
    /// Makes a product of each seller's code that listings of the account bear and no product has.
    AddMissingProducts,
    /// Tells the platform how much there is of products, each seen to show it afterwards.
    PushStock {
        /// Which; empty for all that the account sells.
        product_ids: Vec<i64>,
        /// Whether what has nothing left is taken off sale, and put back once there is something again.
        stop_at_zero: bool,
        /// Drawn once for each sync, as above.
        key: String,
    },
}

impl Step {
    /// The streams that its results are named after; empty for all that a connector has.
    #[must_use]
    pub fn streams(&self) -> &[String] {
        static PRODUCTS: LazyLock<[String; 1]> = LazyLock::new(|| ["products".to_owned()]);
        static INVENTORY: LazyLock<[String; 1]> = LazyLock::new(|| ["inventory".to_owned()]);
        match self {
            Self::PushStock { .. } => &*INVENTORY,
            Self::Read(reading) => &reading.streams,
            Self::PublishProducts { .. } | Self::AddMissingProducts => &*PRODUCTS,
        }
    }

    /// The step that tells platforms of these products, or of all; with a key of its own.
    #[must_use]
    pub fn publish(product_ids: Vec<i64>) -> Self {
        Self::PublishProducts { product_ids, key: token::drawn() }
    }

    /// The step that tells platforms how much there is of these products, or of all; with a key of its own.
    #[must_use]
    pub fn push_stock(product_ids: Vec<i64>, stop_at_zero: bool) -> Self {
        Self::PushStock { product_ids, stop_at_zero, key: token::drawn() }
    }

    /// The step to be done once more: what was refused before is sent again.
    #[must_use]
    pub fn anew(self) -> Self {
        match self {
            Self::PublishProducts { product_ids, .. } => Self::publish(product_ids),
            Self::PushStock { product_ids, stop_at_zero, .. } => Self::push_stock(product_ids, stop_at_zero),
            other => other,
        }
    }
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The streams; all that a connector has when empty.
    pub streams: Vec<String>,
    /// The start of the range; `None` goes on from the live cursor.
    pub from: Option<DateTime<Utc>>,
    /// The end of the range, excluded.
    pub to: Option<DateTime<Utc>>,
    /// Whether somebody named the range. An account in fixture mode plays its whole scenario otherwise: its orders are
    /// of another time.
    pub is_chosen: bool,
}

/// One thing to do at a platform.
#[derive(Clone, Debug)]
pub struct WriteTask {
    /// The account.
    pub row: ConnectorRow,
    /// The intent's key, unique for the account; given again with the same action, it gives the first outcome.
    pub key: String,
    /// What is to be done, with the platform's own object of its target.
    pub action: Action,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct WriteOutcome {
    /// Whether what was asked for is so, or in a dry run would be sent.
    pub is_good: bool,
    /// `done`, `already`, `unverified`, `refused`, `failed`, `unknown`, or `would_send` in a dry run.
    pub result: String,
    /// What the platform calls the result, such as a new product's id.
    pub reference: Option<String>,
    /// The platform's own error code.
    pub code: Option<String>,
    /// Why it is not done.
    pub message: Option<String>,
    /// Who acts on a refusal or failure; unknown of one that was stored.
    pub kind: Option<ErrorKind>,
    /// The intent that stands for it; `None` where nothing was noted.
    pub intent: Option<i64>,
}

/// Products of which nothing is left, at one account.
#[derive(Clone, Debug)]
pub struct StockTask {
    /// The account.
    pub row: ConnectorRow,
    /// The products; none means none.
    pub product_ids: Vec<i64>,
    /// Begins the intents' keys.
    pub key: String,
    /// Look only.
    pub dry_run: bool,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub struct ToldStock {
    /// One entry for each listing.
    pub listings: Vec<ToldListing>,
    /// Whether it was stopped before its end.
    pub is_cut: bool,
}

/// What became of one listing.
#[derive(Clone, Debug)]
pub struct ToldListing {
    /// The product.
    pub product_id: i64,
    /// The listing's row.
    pub listing_row: i64,
    /// The platform's id of the product.
    pub listing_id: String,
    /// The platform's id of the option; empty where the product has none, or is meant as a whole.
    pub option_id: String,
    /// What was done, or tried.
    pub command: CommandName,
    /// What came of it.
    pub outcome: WriteOutcome,
}

/// Reads to whom an order line goes out of the platform's own object.
pub type ReadRecipient = fn(&RawValue) -> Recipient;

/// A table for people. It has no `Debug`: cells hold buyers' data.
#[derive(Clone, Default)]
pub struct Table {
    /// The titles of its columns.
    pub titles: Vec<String>,
    /// Its rows, each as long as the titles.
    pub rows: Vec<Vec<String>>,
}

/// What a table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetFormat {
    /// Comma-separated, UTF-8.
    Csv,
    /// A workbook.
    Xlsx,
}

/// How a stream's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything in the window is stored.
    Succeeded,
    /// Some rows could not be read.
    Partial,
    /// All was read, and it is less than the account's own history makes likely.
    Suspect,
    /// It ended early.
    Failed,
    /// `stop` was cancelled.
    Interrupted,
}

/// One stream of one account, after its run.
#[derive(Clone, Debug)]
pub struct StreamResult {
    /// The stream; `-` when the account failed before any could start.
    pub stream: String,
    /// How it ended.
    pub ended: Ended,
    /// The window's first instant, as Korean time.
    pub window_from: Option<String>,
    /// The window's end, as Korean time.
    pub window_to: Option<String>,
    /// What was counted.
    pub counts: LogCounts,
    /// What there is to say, in one line.
    pub message: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
    /// The kind of the error, in one word.
    pub code: Option<String>,
}

/// One step of a check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckStep {
    /// `settings`, or `credential`.
    #[schema(example = "credential")]
    pub name: String,
    /// Whether it passed.
    pub ok: bool,
    /// Why it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// What one platform's connector offers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Platform {
    /// The key.
    #[schema(example = "smartstore")]
    pub platform: String,
    /// The platform's name for people.
    pub title: String,
    /// Other names that are taken for the key.
    pub aliases: Vec<String>,
    /// `api` and `fixture`.
    pub modes: Vec<String>,
    /// Where it is called.
    pub base_url: String,
    /// What can be read.
    pub streams: Vec<Stream>,
    /// How often it may be called.
    pub limits: Vec<Limit>,
    /// The settings, for forms.
    pub settings: Vec<Setting>,
    /// The settings as JSON Schema, for `credentials` and `config` taken together.
    #[schema(value_type = Object)]
    pub json_schema: Value,
}

/// A stream of a connector.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Stream {
    /// Its name.
    #[schema(example = "orders")]
    pub name: String,
    /// `incremental`, `daily` or `snapshot`.
    pub sync: String,
    /// The widest window that the platform takes.
    pub max_window_seconds: Option<u64>,
}

/// A limit that the platform documents.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Limit {
    /// The operation; `*` for all.
    pub operation: String,
    /// What it is counted over: `operation` or `application`.
    pub scope: String,
    /// Calls in a second, in the long run.
    pub per_second: f64,
    /// Calls at once.
    pub burst: u32,
}

/// A setting of a connector.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Setting {
    /// Its key.
    pub name: String,
    /// What a form calls it.
    pub label: String,
    /// What it is for and where to get it.
    pub help: String,
    /// `text`, `url`, `integer`, `boolean`, `choice` or `secret`.
    pub kind: String,
    /// What it takes, for people.
    pub takes: String,
    /// Whether an account in api mode must have it.
    pub required: bool,
    /// Whether it is sealed at rest and never shown.
    pub secret: bool,
    /// What holds when it is absent.
    pub default: Option<String>,
}
