//! Credentials: obtained once for all that wait, kept, renewed in time.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::config::Secret;
use crate::error::Result;

/// What proves to the platform who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The token.
    pub access_token: Secret,
    /// When the platform stops taking it; `None` when it does not lapse.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it should be renewed; the platform's rules decide.
    pub renew_at: Option<DateTime<Utc>>,
    /// A single-use token for the next renewal, where the platform has one.
    pub refresh_token: Option<Secret>,
    /// When the refresh token lapses.
    pub refresh_expires_at: Option<DateTime<Utc>>,
}

/// Where credentials outlive a process.
#[async_trait]
pub trait CredentialStore: std::fmt::Debug + Send + Sync {
    /// The credential kept last; `None` when there is none or it cannot be opened any more.
    async fn load(&self) -> Result<Option<Credential>>;

    /// Keeps a credential, sealed, before it is used for the first time.
    async fn save(&self, credential: &Credential) -> Result<()>;
}
