//! Around every request: its id, its line in the log, its headers; problems completed, panics caught.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;

use crate::app::App;
use crate::problem::Problem;
use crate::token;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Where a request comes from, in its extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

/// The address of the caller: the peer's, or behind proxies of ours the one that the last of them was called from.
fn client(request: &Request, proxies: &[IpAddr]) -> Option<Client> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    let forwarded = request.headers().get_all("x-forwarded-for").iter();
    let hops: Vec<&str> =
        forwarded.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).collect();
    let mut address = peer;
    // From the nearest hop back; what stands before an address that is no proxy of ours, anybody can make up.
    for hop in hops.into_iter().rev() {
        if !proxies.contains(&address) {
            break;
        }
        let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
        address = before.to_canonical();
    }
    Some(Client(address))
}

/// No page of ours needs more; the reader of the document brings its own policy.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// For a year browsers call this host by HTTPS alone. Not its subdomains, which may be somebody else's.
const HTTPS_ONLY: &str = "max-age=31536000";

pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // An unknown address is not a label: anybody may make up any number of them.
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    if let Some(client) = client(&request, &app.trusted_proxies) {
        request.extensions_mut().insert(client);
    }
    let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => Problem::internal().into_response(),
    };
    let mut response = complete(response, &path, &id);
    set_headers(&mut response, &id, app.is_https);
    let took = begun.elapsed();
    let status = response.status().as_u16();
    let label = route.as_deref().unwrap_or("(none)");
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let verb = known.into_iter().find(|known| *known == method.as_str()).unwrap_or("(other)");
    app.figures.request(verb, label, status, took);
    // Neither the path nor the query: a search may name a buyer.
    tracing::info!(
        request.id = id,
        http.method = verb,
        http.route = label,
        http.status = status,
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "{verb} {label} {status}"
    );
    response
}

/// The caller's id where it is one, else a new one.
fn request_id(request: &Request) -> String {
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_plain = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    sent.filter(is_plain).map_or_else(token::request_id, str::to_owned)
}

/// Puts the path and the request's id into a problem that has neither yet.
pub(crate) fn complete(mut response: Response, path: &str, id: &str) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            let mut completed = problem.about(path, id).render();
            // Allow, which the router has added.
            for (name, value) in response.headers() {
                completed.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            completed.headers_mut().remove(header::CONTENT_LENGTH);
            *completed.extensions_mut() = std::mem::take(response.extensions_mut());
            completed
        }
        None => response,
    }
}

fn set_headers(response: &mut Response, id: &str, is_https: bool) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
        let peer: IpAddr = peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 1)));
        for value in forwarded {
            request.headers_mut().append("x-forwarded-for", HeaderValue::from_str(value).expect("a header"));
        }
        let proxies: Vec<IpAddr> = proxies.iter().map(|text| text.parse().expect("an address")).collect();
        client(&request, &proxies).expect("a peer").0.to_string()
    }

    #[test]
    fn only_what_our_own_proxies_say_is_believed() {
        let (proxy, other) = ("10.0.0.1", "10.0.0.2");
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"], &[]), "192.0.2.7", "no proxy of ours");
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"], &[proxy]), "192.0.2.7", "another caller");
        assert_eq!(seen(proxy, &["198.51.100.1"], &[proxy]), "198.51.100.1");
        assert_eq!(
            seen(proxy, &["203.0.113.9, 198.51.100.1"], &[proxy]),
            "198.51.100.1",
            "made up before it"
        );
        assert_eq!(seen(proxy, &["203.0.113.9", "198.51.100.1, 10.0.0.2"], &[proxy, other]), "198.51.100.1");
        assert_eq!(seen(proxy, &["nonsense"], &[proxy]), proxy);
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.1"], &[proxy]), "198.51.100.1");
    }
}
