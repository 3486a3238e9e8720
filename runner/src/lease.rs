//! Holding an account: claim, keep alive, give back.

use std::time::Duration;

use storage::{Claim, Session, Storage, StorageError};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::owner;

/// How long an account stays claimed after its holder was last heard of.
pub const LEASE: Duration = Duration::from_secs(30);

/// A claimed account. Dropping it ends the heartbeat; [`Held::release`] gives the account back at once.
#[derive(Debug)]
pub struct Held {
    /// The account's place in the store.
    pub session: Session,
    _heartbeat: DropGuard,
}

/// The outcome of a claim.
#[derive(Debug)]
pub enum Hold {
    /// The account is ours.
    Held(Held),
    /// Another runner works on it.
    Busy(String),
}

/// Claims an account. A holder on this machine whose process has ended is not waited for. While the account is held,
/// a heartbeat renews the lease; when it is lost, `stop` is cancelled.
///
/// # Errors
/// When the database fails.
pub async fn hold(
    storage: &Storage,
    connector_id: i64,
    stop: &CancellationToken,
) -> Result<Hold, StorageError> {
    let lease = match storage.claim_if(connector_id, owner::name(), LEASE, owner::is_dead).await? {
        Claim::Held(lease) => lease,
        Claim::Busy { owner, until } => {
            let until = connector_core::time::kst_text(until);
            return Ok(Hold::Busy(format!("another runner ({owner}) works on it, until {until} at least")));
        }
    };
    let session = storage.session(lease);
    let ended = CancellationToken::new();
    let (heart, token, stop) = (session.clone(), ended.clone(), stop.clone());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(LEASE / 3) => {}
            }
            match heart.renew(LEASE).await {
                Ok(()) => {}
                Err(StorageError::LeaseLost { .. }) => {
                    tracing::warn!(
                        connector.id = connector_id,
                        "the account was taken over by another runner"
                    );
                    return stop.cancel();
                }
                // The next beat comes before the lease ends; should it fail too, no commit will pass the fence.
                Err(error) => {
                    tracing::warn!(connector.id = connector_id, %error, "the lease could not be renewed")
                }
            }
        }
    });
    Ok(Hold::Held(Held { session, _heartbeat: ended.drop_guard() }))
}

impl Held {
    /// Gives the account back. A failure is logged: the lease then ends by itself.
    pub async fn release(self) {
        if let Err(error) = self.session.release().await {
            tracing::warn!(%error, "the lease could not be given back; it ends by itself");
        }
    }
}
