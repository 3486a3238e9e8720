//! The server from its start to its end.

use std::future::IntoFuture as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use storage::Storage;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::host::Host;
use crate::indexing::index_for_ever;
use crate::router::router;
use crate::schedule;
use crate::tls::{Hangups, Tls, TlsListener, renew_for_ever};

/// How long requests that are under way may take once the server is to end.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(10);

/// How long syncs may take to store the page in flight.
const SYNCS_END_WITHIN: Duration = Duration::from_secs(30);

/// How to serve.
pub struct Options {
    /// The address to listen at; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The certificate to speak HTTPS with; plain HTTP without it.
    pub tls: Option<Tls>,
    /// The store; it must be able to seal.
    pub storage: Storage,
    /// The program around the server.
    pub host: Arc<dyn Host>,
    /// The name of this process, by which others tell whether it lives.
    pub name: String,
    /// How many requests a second are taken of one user, in the long run.
    pub requests_per_second: u32,
    /// Proxies before the server whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether schedules that are due are run by this server.
    pub schedules: bool,
    /// Cancelled when the server is to end.
    pub stop: CancellationToken,
}

/// Serves until `stop` is cancelled. Then no new connection is taken, requests that are under way are answered, streams
/// end, syncs stop after the page in flight and are left for the next server. `ready` is told the address. With a certificate,
/// its files are looked at again every minute, and at once at a SIGHUP.
///
/// # Errors
/// When the address cannot be listened at, or `ready` fails.
pub async fn serve(mut options: Options, ready: impl FnOnce(SocketAddr) -> io::Result<()>) -> io::Result<()> {
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let (stop, schedules) = (options.stop.clone(), options.schedules);
    let tls = options.tls.take().map(Arc::new);
    let app = App::new(options, tls.is_some());
    app.syncs.adopt_for_ever();
    schedule::look_for_ever(&app, schedules);
    index_for_ever(&app);
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = stop.clone().cancelled_owned();
    let serving = match tls {
        None => axum::serve(listener, service).with_graceful_shutdown(stopped).into_future(),
        Some(tls) => {
            app.tasks.spawn(renew_for_ever(Arc::clone(&tls), Hangups::new()?, stop.clone()));
            // Through the tap because axum tells of peers for its own listeners only.
            let listener = TlsListener::new(listener, tls).tap_io(|_| ());
            axum::serve(listener, service).with_graceful_shutdown(stopped).into_future()
        }
    };
    ready(address)?;
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(REQUESTS_END_WITHIN).await;
    };
    let result = tokio::select! {
        result = serving => result,
        () = deadline => {
            tracing::warn!("some connections did not end in time and are cut off");
            Ok(())
        }
    };
    // Should listening have failed, the work must end all the same.
    stop.cancel();
    app.tasks.close();
    if tokio::time::timeout(SYNCS_END_WITHIN, app.tasks.wait()).await.is_err() {
        tracing::warn!("some syncs did not end in time; what they committed is kept");
    }
    result
}
