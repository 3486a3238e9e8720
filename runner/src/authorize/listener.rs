//! The loopback end of a consent: takes one answer from the browser.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::error::{Error, Result};

/// A browser's request head is far smaller.
const LARGEST_HEAD: usize = 16 * 1024;

/// Where to listen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    host: String,
    port: u16,
    path: String,
}

/// Where a redirect URI can be listened at: `http` on this machine, and nowhere else.
pub(super) fn place(redirect_uri: &str) -> Option<Place> {
    let url = url::Url::parse(redirect_uri).ok()?;
    let host = match url.host()? {
        url::Host::Domain("localhost") => "127.0.0.1".to_owned(),
        url::Host::Ipv4(address) if address.is_loopback() => address.to_string(),
        url::Host::Ipv6(address) if address.is_loopback() => address.to_string(),
        _ => return None,
    };
    let port = url.port_or_known_default()?;
    (url.scheme() == "http").then(|| Place { host, port, path: url.path().to_owned() })
}

/// Listens at a place.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    path: String,
}

pub(super) async fn bind(place: &Place) -> Result<Listener> {
    let socket = TcpListener::bind((place.host.as_str(), place.port)).await.map_err(|error| {
        Error::usage(
            format!("cannot listen at {}:{}: {error}", place.host, place.port),
            "free that port, set redirect_uri to another registered one, or pass the code with --code",
        )
    })?;
    Ok(Listener { socket, path: place.path.clone() })
}

impl Listener {
    /// The query of the first request for the redirect path. Browsers ask for other things too, such as an icon.
    pub(super) async fn answer(&self) -> Result<String> {
        loop {
            let (mut stream, _) = self.socket.accept().await?;
            let head = tokio::time::timeout(Duration::from_secs(5), head(&mut stream)).await;
            let Ok(Ok(Some(target))) = head else { continue };
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            if path != self.path || query.is_empty() {
                reply(&mut stream, "404 Not Found", "Not here.").await;
                continue;
            }
            let text =
                "The answer has arrived; go on in the terminal. 응답을 받았습니다. 터미널로 돌아가세요.";
            reply(&mut stream, "200 OK", text).await;
            return Ok(query.to_owned());
        }
    }
}

/// The target of a `GET`; nothing for any other request.
async fn head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 1024];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await?;
        if read == 0 || bytes.len() + read > LARGEST_HEAD {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
    let head = String::from_utf8_lossy(&bytes);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    Ok((words.next() == Some("GET")).then(|| words.next().unwrap_or_default().to_owned()))
}

/// Best effort: whether the browser shows it changes nothing.
async fn reply(stream: &mut TcpStream, status: &str, text: &str) {
    let body = format!("<!doctype html><meta charset=\"utf-8\"><title>runner</title><p>{text}</p>");
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let sent = stream.write_all(answer.as_bytes()).await;
    if sent.and(stream.shutdown().await).is_err() {
        tracing::debug!("the browser left before the answer");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_can_be_listened_at() {
        let found =
            |host: &str, port, path: &str| Some(Place { host: host.to_owned(), port, path: path.to_owned() });
        assert_eq!(place("http://localhost:8473/callback"), found("127.0.0.1", 8473, "/callback"));
        assert_eq!(place("http://127.0.0.1/"), found("127.0.0.1", 80, "/"));
        assert_eq!(place("http://[::1]:9/x"), found("::1", 9, "/x"));
        for other in ["https://localhost:1/x", "http://shop.example/x", "http://10.0.0.1/x", "nonsense"] {
            assert_eq!(place(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn takes_the_answer_and_passes_over_the_rest() {
        let listener =
            bind(&Place { host: "127.0.0.1".into(), port: 0, path: "/back".into() }).await.expect("a port");
        let address = listener.socket.local_addr().expect("an address");
        let browser = tokio::spawn(async move {
            for request in [
                "GET /favicon.ico HTTP/1.1\r\n\r\n",
                "nonsense\r\n\r\n",
                "GET /back?code=1 HTTP/1.1\r\nA: b\r\n\r\n",
            ] {
                let mut stream = TcpStream::connect(address).await.expect("a listener");
                stream.write_all(request.as_bytes()).await.expect("sent");
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.expect("an answer or an end");
            }
        });
        assert_eq!(listener.answer().await.expect("an answer"), "code=1");
        browser.await.expect("the browser was served");
    }
}
