//! From an account to a client: the network for api mode, the scenario for fixture mode.

use std::sync::{Arc, OnceLock};

use connector_core::http::{
    Client, ClientOptions, CredentialStore, Fixture, Live, Pace, RetryPolicy, Scenario, Transport,
};
use connector_core::{Clock, Mode, Result};
use tokio_util::sync::CancellationToken;

use crate::account::Account;

/// The process's one live transport: it holds the connections.
fn live() -> Result<Live> {
    static LIVE: OnceLock<Live> = OnceLock::new();
    if let Some(live) = LIVE.get() {
        return Ok(live.clone());
    }
    let live = Live::new()?;
    Ok(LIVE.get_or_init(|| live).clone())
}

/// A client for `account`. In fixture mode it replays the scenario from its beginning, and keeps no credential: what
/// the scenario hands out must never be shown to the platform. `wrap` may put something around the transport.
///
/// # Errors
/// `Config` when the fixture or the proxy settings cannot be read.
pub fn connect(
    account: &Account,
    credentials: Option<Arc<dyn CredentialStore>>,
    stop: CancellationToken,
    wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
) -> Result<Client> {
    let connector = Arc::clone(&account.connector);
    let (transport, clock, pace, credentials): (Arc<dyn Transport>, _, _, _) = match account.mode {
        Mode::Fixture => {
            let scenario = Scenario::parse(account.registration.fixture)?;
            let clock = Clock::scenario(scenario.now);
            (Arc::new(Fixture::new(connector.base_url(), scenario)), clock, None, None)
        }
        Mode::Api => {
            let limits = connector.spec().limits;
            let pace = account
                .common
                .paced
                .then(|| Pace::shared(connector.base_url(), connector.application(), limits));
            (Arc::new(live()?), Clock::system(), pace, credentials)
        }
    };
    let policy = RetryPolicy::default();
    let transport = wrap(transport);
    Ok(Client::new(ClientOptions { connector, transport, clock, pace, policy, credentials, stop }))
}
