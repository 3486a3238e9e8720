//! Certificates that are renewed while the server runs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Tls, TlsError};

/// How often the files are looked at without being told to.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Puts a renewed certificate to use, for handshakes from then on: when the files have changed, and at once at a SIGHUP. A pair
/// that is no good is reported, once, and the one before stays in use: renewal writes one file after the other.
pub(crate) async fn renew_for_ever(tls: Arc<Tls>, mut hangups: Hangups, stop: CancellationToken) {
    let mut told: Option<TlsError> = None;
    loop {
        let was_asked = tokio::select! {
            () = stop.cancelled() => return,
            () = hangups.next() => true,
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let looked = Arc::clone(&tls);
        let looked = tokio::task::spawn_blocking(move || looked.renew()).await;
        let failed = match looked {
            Ok(Ok(true)) => {
                tracing::info!("the certificate has changed; connections get the new one from now on");
                None
            }
            Ok(Ok(false)) => {
                if was_asked {
                    tracing::info!("the certificate and its key are the same as before");
                }
                None
            }
            Ok(Err(error)) => {
                if was_asked || told.as_ref() != Some(&error) {
                    tracing::warn!("{error}; the certificate from before stays in use; {}", error.fix());
                }
                Some(error)
            }
            // The program is ending.
            Err(_) => return,
        };
        told = failed;
    }
}

/// The signals SIGHUP, by which a service is asked to read its files again; none where there are no signals.
#[cfg(unix)]
pub(crate) struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    /// From now on the signal no longer ends the program.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::hangup())?))
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

/// The signals SIGHUP, by which a service is asked to read its files again; none where there are no signals.
#[cfg(not(unix))]
pub(crate) struct Hangups;

#[cfg(not(unix))]
impl Hangups {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending().await
    }
}
