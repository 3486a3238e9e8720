//! The listening sockets. Each knows its name and how many callers are connected, and can be shut for a while.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;

/// More connections than a full queue of one takes, so that the next caller's is ignored.
const STUFFING: usize = 8;

/// What a shut door does with callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shut {
    /// Their connections are refused.
    Refuse,
    /// Their connections are never answered: the queue of the socket is full.
    Ignore,
}

/// What is known of a door while it is served.
#[derive(Debug)]
pub(crate) struct DoorState {
    pub(crate) label: Arc<str>,
    pub(crate) address: SocketAddr,
    open: AtomicUsize,
    /// Connections of an older generation are dead.
    generation: AtomicU64,
    shut: Mutex<Option<(Shut, Instant)>>,
    changed: Notify,
}

impl DoorState {
    /// How many connections are open.
    pub(crate) fn connected(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Lets nobody in for that long, and drops those who are in, at their next word.
    pub(crate) fn shut(&self, how: Shut, duration: Duration) {
        *self.shut.lock().unwrap_or_else(PoisonError::into_inner) = Some((how, Instant::now() + duration));
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_one();
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.is_shut_now().is_some()
    }

    fn is_shut_now(&self) -> Option<(Shut, Instant)> {
        let mut shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner);
        if shut.is_some_and(|(_, until)| until <= Instant::now()) {
            *shut = None;
        }
        *shut
    }
}

/// A door, as the server uses it.
#[derive(Debug)]
pub(crate) struct Door {
    listener: Option<TcpListener>,
    state: Arc<DoorState>,
}

impl Door {
    /// Opens it. Must be called within a runtime.
    pub(crate) fn open(address: SocketAddr, label: &str) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let state = DoorState {
            label: label.into(),
            address: listener.local_addr()?,
            open: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            shut: Mutex::default(),
            changed: Notify::new(),
        };
        Ok(Self { listener: Some(TcpListener::from_std(listener)?), state: Arc::new(state) })
    }

    pub(crate) fn state(&self) -> Arc<DoorState> {
        Arc::clone(&self.state)
    }

    /// Keeps the port and lets nobody in until the time is over.
    async fn stay_shut(&mut self, how: Shut) {
        self.listener = None;
        let socket = loop {
            match self.socket() {
                Ok(socket) => break socket,
                // The old socket may take a moment to go.
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        };
        // A socket that is bound and does not listen refuses; one whose queue is full is silent.
        let mut queue = Vec::new();
        let socket = match how {
            Shut::Refuse => Err(socket),
            Shut::Ignore => {
                let listener = socket.listen(1);
                for _ in 0..STUFFING {
                    let address = self.state.address;
                    queue.push(tokio::spawn(async move {
                        let stream = TcpStream::connect(address).await;
                        tokio::time::sleep(Duration::from_secs(3600)).await;
                        drop(stream);
                    }));
                }
                Ok(listener)
            }
        };
        while let Some((now, until)) = self.state.is_shut_now() {
            if now != how {
                break;
            }
            tokio::time::sleep(until.saturating_duration_since(Instant::now())).await;
        }
        queue.iter().for_each(tokio::task::JoinHandle::abort);
        drop(socket);
    }

    fn socket(&self) -> io::Result<TcpSocket> {
        let address = self.state.address;
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    }
}

impl Listener for Door {
    type Io = Visitor;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Visitor, SocketAddr) {
        loop {
            if let Some((how, _)) = self.state.is_shut_now() {
                self.stay_shut(how).await;
                continue;
            }
            let Some(listener) = &self.listener else {
                self.listener = self.socket().and_then(|socket| socket.listen(1024)).ok();
                if self.listener.is_none() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                continue;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.state.changed.notified() => continue,
            };
            match accepted {
                Ok((stream, address)) => {
                    // Without it, small answers wait for the caller's delayed acknowledgement.
                    drop(stream.set_nodelay(true));
                    return (Visitor::new(stream, &self.state), address);
                }
                // A caller that gave up, or too many open files: neither is the end of the market.
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.state.address)
    }
}

/// Where a call came in, and its connection.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) door: Arc<DoorState>,
    /// Whose it is.
    pub(crate) peer: IpAddr,
    dead: Arc<AtomicBool>,
}

impl Visit {
    /// The connection ends, and no byte of an answer is sent any more.
    pub(crate) fn hang_up(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Door>> for Visit {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let peer = stream.remote_addr().ip();
        let visitor = stream.io();
        Self { door: Arc::clone(&visitor.door), peer, dead: Arc::clone(&visitor.dead) }
    }
}

/// A connection; counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Visitor {
    stream: TcpStream,
    door: Arc<DoorState>,
    generation: u64,
    dead: Arc<AtomicBool>,
}

impl Visitor {
    fn new(stream: TcpStream, door: &Arc<DoorState>) -> Self {
        door.open.fetch_add(1, Ordering::SeqCst);
        let generation = door.generation.load(Ordering::SeqCst);
        Self { stream, door: Arc::clone(door), generation, dead: Arc::default() }
    }

    fn check(&self) -> io::Result<()> {
        let is_dead = self.dead.load(Ordering::SeqCst)
            || self.door.generation.load(Ordering::SeqCst) != self.generation;
        if is_dead { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.door.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsyncRead for Visitor {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Visitor {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
