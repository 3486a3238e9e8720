//! Credentials: obtained once for all that wait, kept, renewed in time.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::renewal::{self, RenewalEnd, Turn};
use super::{Client, Unsigned};
use crate::config::Secret;
use crate::error::{Result, Retry};
use crate::time::parse_kst;

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
    /// What the platform granted, where it says so; may be less than was asked for.
    pub scopes: Vec<String>,
}

/// A credential as JSON, for sealing. Holds secrets in the clear: never log or store it as it is.
#[derive(Serialize, Deserialize)]
struct Plain {
    access_token: String,
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    #[serde(default)]
    renew_at: Option<DateTime<Utc>>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    refresh_expires_at: Option<DateTime<Utc>>,
    #[serde(default)]
    scopes: Vec<String>,
}

impl Credential {
    /// A key that is the credential itself: it does not lapse, and nothing is asked for to have it.
    #[must_use]
    pub fn key(key: Secret) -> Self {
        Self {
            access_token: key,
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        }
    }

    /// The credential as JSON text, to be sealed at once.
    #[must_use]
    pub fn to_sealable(&self) -> Secret {
        let plain = Plain {
            access_token: self.access_token.expose().to_owned(),
            expires_at: self.expires_at,
            renew_at: self.renew_at,
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose().to_owned()),
            refresh_expires_at: self.refresh_expires_at,
            scopes: self.scopes.clone(),
        };
        Secret::new(serde_json::to_string(&plain).expect("plain texts and times are always JSON"))
    }

    /// The credential of a text made by [`Credential::to_sealable`]; `None` for any other text.
    #[must_use]
    pub fn from_sealable(text: &Secret) -> Option<Self> {
        let plain: Plain = serde_json::from_str(text.expose()).ok()?;
        Some(Self {
            access_token: Secret::new(plain.access_token),
            expires_at: plain.expires_at,
            renew_at: plain.renew_at,
            refresh_token: plain.refresh_token.map(Secret::new),
            refresh_expires_at: plain.refresh_expires_at,
            scopes: plain.scopes,
        })
    }

    /// The credential of a token answer that somebody wrote down as it came, OAuth's field names and times without zone
    /// (then Korean) included; `None` without an access token. It is renewed at its first use when it does not say how
    /// long it lasts.
    #[must_use]
    pub fn from_answer(answer: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let time = |name: &str| text(name).and_then(parse_kst);
        let scopes = match answer.get("scopes") {
            Some(Value::Array(scopes)) => {
                scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Some(Self {
            access_token: Secret::new(text("access_token")?),
            expires_at: time("expires_at"),
            renew_at: Some(time("expires_at").unwrap_or_default()),
            refresh_token: text("refresh_token").map(Secret::new),
            refresh_expires_at: time("refresh_token_expires_at").or_else(|| time("refresh_expires_at")),
            scopes,
        })
    }

    pub(super) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.renew_at.or(self.expires_at).is_none_or(|at| now < at)
    }

    pub(super) fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }
}

/// Where credentials outlive a process.
#[async_trait]
pub trait CredentialStore: std::fmt::Debug + Send + Sync {
    /// The credential kept last; `None` when there is none or it cannot be opened any more.
    async fn load(&self) -> Result<Option<Credential>>;

    /// Keeps a credential, sealed, before it is used for the first time.
    async fn save(&self, credential: &Credential) -> Result<()>;

    /// Asks for the right to spend the single-use refresh token, which one process at a time has; `owner` names this
    /// attempt. The right ends by itself when it is not extended for half a minute. Default: for stores that no other
    /// process uses.
    async fn begin_renewal(&self, _owner: &str) -> Result<Turn> {
        Ok(Turn::Ours { unfinished: None })
    }

    /// Keeps that right for another half minute.
    async fn extend_renewal(&self, _owner: &str) -> Result<()> {
        Ok(())
    }

    /// Gives that right back, with what came of it in the same commit. Returns the credential that is kept now: the
    /// renewed one, unless a person has granted access anew meanwhile.
    async fn end_renewal(&self, _owner: &str, end: RenewalEnd<'_>) -> Result<Option<Credential>> {
        match end {
            RenewalEnd::Renewed { renewed, .. } => {
                self.save(renewed).await?;
                Ok(Some(renewed.clone()))
            }
            _ => self.load().await,
        }
    }
}

/// One account's credential. The lock makes renewal single-flight: whoever comes second finds the new one.
#[derive(Debug)]
pub(super) struct CredentialCache {
    store: Option<Arc<dyn CredentialStore>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    loaded: bool,
    pub(super) current: Option<Credential>,
    /// The platform has refused the current one.
    pub(super) refused: bool,
}

impl State {
    /// The current credential, if it is good now.
    pub(super) fn good(&self, now: DateTime<Utc>) -> Option<&Credential> {
        self.current.as_ref().filter(|current| !self.refused && current.is_fresh(now))
    }

    /// Takes over what the store holds; what the platform has refused stays refused.
    pub(super) fn adopt(&mut self, found: Option<Credential>) {
        let Some(found) = found else { return };
        let is_same = self.current.as_ref().is_some_and(|current| current.access_token == found.access_token);
        self.refused &= is_same;
        self.current = Some(found);
    }

    /// The current credential for as long as it lasts, where a renewal failed that may succeed later.
    pub(super) fn still_valid(&self, now: DateTime<Utc>) -> Option<&Credential> {
        self.current.as_ref().filter(|current| !self.refused && current.is_valid(now))
    }
}

impl CredentialCache {
    pub(super) fn new(store: Option<Arc<dyn CredentialStore>>) -> Self {
        Self { store, state: Mutex::default() }
    }

    /// A credential that is good now: the one at hand, the one kept by an earlier run, or a new one.
    pub(super) async fn get(&self, client: &Client) -> Result<Credential> {
        let mut state = self.state.lock().await;
        let now = client.now();
        if let Some(current) = state.good(now) {
            return Ok(current.clone());
        }
        // Single-use refresh tokens come with a consent; only they need the other processes' agreement.
        let is_rotating = client.connector().consent("").is_some();
        if let Some(store) = &self.store
            && (!state.loaded || is_rotating)
        {
            state.adopt(store.load().await?);
            state.loaded = true;
            if let Some(current) = state.good(now) {
                return Ok(current.clone());
            }
        }
        if let (Some(store), true) = (&self.store, is_rotating) {
            return renewal::renew(client, store.as_ref(), &mut state).await;
        }
        let obtained = client.connector().authorize(&Unsigned(client), state.current.as_ref()).await;
        let credential = match obtained {
            Ok(credential) => credential,
            // Renewal is early by design; until the old one lapses, a platform that is down harms nothing.
            Err(error) if error.retry() != Retry::Never => {
                let Some(current) = state.still_valid(now) else { return Err(error) };
                tracing::warn!(%error, "the credential could not be renewed; the present one is still good");
                return Ok(current.clone());
            }
            Err(error) => return Err(error),
        };
        if let Some(store) = &self.store {
            store.save(&credential).await?;
        }
        state.current = Some(credential.clone());
        state.refused = false;
        Ok(credential)
    }

    /// Puts a credential that a person has just granted in the place of whatever there was.
    pub(super) async fn replace(&self, credential: Credential) -> Result<()> {
        let mut state = self.state.lock().await;
        if let Some(store) = &self.store {
            store.save(&credential).await?;
        }
        *state = State { loaded: true, current: Some(credential), refused: false };
        Ok(())
    }

    /// Notes that the platform refused this credential, unless another task has replaced it meanwhile.
    pub(super) async fn refuse(&self, refused: &Credential) {
        let mut state = self.state.lock().await;
        if state.current.as_ref().is_some_and(|current| current.access_token == refused.access_token) {
            state.refused = true;
        }
    }
}
