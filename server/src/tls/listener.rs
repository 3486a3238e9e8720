//! Connections whose handshake is done.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Tls;

/// How long a handshake may take.
const HANDSHAKE_ENDS_WITHIN: Duration = Duration::from_secs(10);

/// How many handshakes may be under way. One more ends the oldest of them: whoever opens connections and says nothing
/// then keeps nobody out, as waiting for a place would.
const MOST_HANDSHAKES: usize = 256;

type Connection = (TlsStream<TcpStream>, SocketAddr);

/// Takes connections, and gives those that have proved to speak TLS, in the order in which they did. Each handshake is a
/// task of its own; all end with this.
pub(crate) struct TlsListener {
    tcp: TcpListener,
    tls: Arc<Tls>,
    handshakes: JoinSet<Option<Connection>>,
    /// Oldest first; some may have ended.
    begun: VecDeque<AbortHandle>,
}

impl TlsListener {
    pub(crate) fn new(tcp: TcpListener, tls: Arc<Tls>) -> Self {
        Self { tcp, tls, handshakes: JoinSet::new(), begun: VecDeque::new() }
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        if self.begun.len() >= MOST_HANDSHAKES {
            self.begun.retain(|handshake| !handshake.is_finished());
        }
        if self.begun.len() >= MOST_HANDSHAKES
            && let Some(oldest) = self.begun.pop_front()
        {
            oldest.abort();
        }
        let acceptor = TlsAcceptor::from(self.tls.config());
        self.begun.push_back(self.handshakes.spawn(shake(acceptor, stream, peer)));
    }
}

async fn shake(acceptor: TlsAcceptor, stream: TcpStream, peer: SocketAddr) -> Option<Connection> {
    // An answer may take several TLS records; the last would wait for the peer's word on those before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps small packets back");
    }
    // Anybody may send anything here, so that nothing of it is news.
    match tokio::time::timeout(HANDSHAKE_ENDS_WITHIN, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some((stream, peer)),
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "a TLS handshake did not end in time"),
    }
    None
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Connection {
        loop {
            // Either may be dropped half-way: connections wait in the system, handshakes in the set.
            tokio::select! {
                (stream, peer) = Listener::accept(&mut self.tcp) => self.begin(stream, peer),
                Some(ended) = self.handshakes.join_next() => {
                    if let Ok(Some(connection)) = ended {
                        return connection;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
