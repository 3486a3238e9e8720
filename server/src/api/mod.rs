//! The resources, one file each.

pub(crate) mod accounts;
pub(crate) mod analytics;
pub(crate) mod audit;
pub(crate) mod claims;
mod credentials;
pub(crate) mod everything;
pub(crate) mod fulfil;
pub(crate) mod health;
pub(crate) mod inventory;
pub(crate) mod labels;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod orders;
pub(crate) mod platforms;
pub(crate) mod pricing;
pub(crate) mod products;
pub(crate) mod schedules;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod tokens;
pub(crate) mod webhook_secrets;
pub(crate) mod webhooks;
