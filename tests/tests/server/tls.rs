//! HTTPS with a certificate that the operator gives.
#![expect(clippy::disallowed_types, reason = "a caller that the product knows nothing of")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::plain_http;
use tests::installation::Installation;

use crate::place::{PASSWORD, Server};
use crate::shops::slow_market;

/// A certificate of its own making, for this machine.
struct Pair {
    certificate: String,
    key: String,
    der: rustls::pki_types::CertificateDer<'static>,
}

impl Pair {
    fn new() -> Self {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            der: made.cert.der().clone(),
        }
    }

    /// The pair as files, and the arguments that name them.
    fn write(&self, server: &Installation) -> [String; 4] {
        let file = |name: &str| server.folder().join(name);
        fs::write(file("cert.pem"), &self.certificate).expect("written");
        fs::write(file("key.pem"), &self.key).expect("written");
        let text = |path: PathBuf| path.display().to_string();
        ["--tls-cert".to_owned(), text(file("cert.pem")), "--tls-key".to_owned(), text(file("key.pem"))]
    }

    /// A part of the key that stands nowhere else.
    fn secret(&self) -> &str {
        self.key.lines().nth(1).expect("base64")
    }
}

/// A server that speaks HTTPS, and a caller that trusts just its certificate.
fn serve(pair: &Pair) -> Server {
    let installation = Installation::on_sqlite();
    let arguments = pair.write(&installation);
    Server::with(installation, &arguments.each_ref().map(String::as_str))
}

struct Caller {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    base: String,
}

impl Caller {
    fn new(server: &Server, trusted: &Pair, protocols: &[&str]) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(trusted.der.clone()).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .build()
            .expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { runtime, client, base: format!("https://localhost:{}", server.address().port()) }
    }

    fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<(reqwest::Response, Value)> {
        self.runtime.block_on(async {
            let mut answer = request.send().await?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                body.extend_from_slice(&chunk);
            }
            Ok((answer, serde_json::from_slice(&body).unwrap_or(Value::Null)))
        })
    }

    fn get(&self, path: &str) -> reqwest::Result<(reqwest::Response, Value)> {
        self.send(self.client.get(format!("{}{path}", self.base)))
    }

    fn post(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let request = self
            .client
            .post(format!("{}/api/v1{path}", self.base))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let (answer, body) = self.send(request).expect("an answer");
        (answer.status().as_u16(), body)
    }

    /// Whether this caller's trust and the server's certificate meet.
    fn is_served(&self) -> bool {
        self.get("/healthz").is_ok_and(|(answer, _)| answer.status().is_success())
    }
}

#[test]
fn https_is_served_with_the_given_certificate() {
    let pair = Pair::new();
    let mut installation = Installation::on_sqlite();
    let [flag, certificate, _, key] = pair.write(&installation);
    installation.set_variable("RUNNER_TLS_KEY_FILE", &key);
    let server = Server::with(installation, &[&flag, &certificate]);
    assert!(server.told()["listening"].as_str().expect("an address").starts_with("https://127.0.0.1:"));
    for (protocols, version) in
        [(&["h2", "http/1.1"][..], reqwest::Version::HTTP_2), (&["http/1.1"], reqwest::Version::HTTP_11)]
    {
        let caller = Caller::new(&server, &pair, protocols);
        let (answer, body) = caller.get("/healthz").expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
        assert_eq!(body, json!({"status": "ok"}));
    }
    server.add_user("kim", "operator");
    let caller = Caller::new(&server, &pair, &["h2"]);
    let login = json!({"username": "kim", "password": PASSWORD});
    let (status, session) = caller.post("/auth/login", "none", &login);
    assert_eq!(status, 200, "{session}");
    let token = session["token"].as_str().expect("a token");
    let sample = json!({"platform": "smartstore", "name": "sample", "mode": "fixture"});
    assert_eq!(caller.post("/platform-accounts", token, &sample).0, 201);

    let stranger = Caller::new(&server, &Pair::new(), &["h2"]);
    let refused = stranger.get("/healthz").expect_err("it trusts another certificate");
    assert!(refused.is_connect(), "{refused:?}");
    let plain = plain_http::call(server.address(), "GET", "/healthz", &[], b"");
    assert!(plain.is_err(), "{plain:?}");
    let log = server.log();
    assert!(log.contains("handshake"), "the log is written: {log}");
    assert!(!log.contains(pair.secret()), "the key is in the log");
}

#[test]
fn plain_http_says_nothing_of_https() {
    let server = Server::on_sqlite();
    let answer = server.nobody().send("GET", "/healthz", &[], "");
    assert_eq!((answer.status, answer.header("strict-transport-security")), (200, None));
}

#[test]
fn handshakes_that_hang_hold_nobody_up() {
    let pair = Pair::new();
    let server = serve(&pair);
    // More than are kept; the rest of them say nothing, or nonsense, or stop within their first words.
    let mut hanging: Vec<TcpStream> = (0..300)
        .map(|n| {
            let mut stream = TcpStream::connect(server.address()).expect("it listens");
            let said: &[u8] = [&b""[..], b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"][n % 3];
            stream.write_all(said).expect("sent");
            stream
        })
        .collect();
    let begun = Instant::now();
    for _ in 0..3 {
        assert!(Caller::new(&server, &pair, &["http/1.1"]).is_served(), "{}", server.log());
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // The last is among those that are kept, and its time runs out.
    let mut last = hanging.swap_remove(297);
    last.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    let ended = last.read(&mut [0; 64]);
    assert!(matches!(ended, Ok(0)), "{ended:?} after {:?}", begun.elapsed());
    assert!(begun.elapsed() > Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(Caller::new(&server, &pair, &["h2"]).is_served());
}

#[test]
fn a_bad_pair_is_refused_at_the_start_and_changes_nothing() {
    let (pair, other) = (Pair::new(), Pair::new());
    let installation = Installation::on_sqlite();
    pair.write(&installation);
    let broken_certificate = pair.certificate.replace("-----END CERTIFICATE-----", "");
    let encrypted = pair.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let no_x509 = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let file = |name: &str, text: &str| {
        let path = installation.folder().join(name);
        fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let (certificate, key) = (file("c.pem", &pair.certificate), file("k.pem", &pair.key));
    let missing = installation.folder().join("none.pem").display().to_string();
    let other_key = file("other.pem", &other.key);
    let files = || {
        let entries = fs::read_dir(installation.folder()).expect("the folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let cases = [
        (missing.clone(), key.clone(), "none.pem cannot be read"),
        (certificate.clone(), missing, "none.pem cannot be read"),
        (certificate.clone(), other_key, "is for another key than"),
        (file("empty.pem", ""), key.clone(), "holds no certificate"),
        (key.clone(), key.clone(), "holds no certificate"),
        (file("cut.pem", &broken_certificate), key.clone(), "is malformed"),
        (file("odd.pem", no_x509), key.clone(), "is malformed"),
        (certificate.clone(), certificate.clone(), "holds no private key"),
        (certificate.clone(), file("encrypted.pem", &encrypted), "is encrypted"),
        (certificate.clone(), file("short.pem", no_key), "of no kind that is understood"),
    ];
    let before = files();
    for (certificate, key, cause) in cases {
        let refused = installation.run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--tls-cert",
            &certificate,
            "--tls-key",
            &key,
        ]);
        let said = String::from_utf8(refused.stderr).expect("UTF-8");
        assert_eq!(refused.status.code(), Some(2), "{cause}: {said}");
        assert!(said.contains(cause) && said.contains("\n  fix: "), "{cause}: {said}");
        assert!(!said.contains(pair.secret()) && !said.contains(other.secret()), "{said}");
        assert!(refused.stdout.is_empty(), "{cause}");
    }
    assert_eq!(files(), before, "neither a database nor a key was made");
}

#[test]
fn a_renewed_certificate_is_taken_over_and_a_bad_one_is_not() {
    let (first, second) = (Pair::new(), Pair::new());
    let server = serve(&first);
    let (old, new) = (Caller::new(&server, &first, &["h2"]), Caller::new(&server, &second, &["h2"]));
    assert!(old.is_served() && !new.is_served());
    second.write(&server.installation);
    server.signal("-HUP");
    let until = Instant::now() + Duration::from_secs(20);
    while !new.is_served() {
        assert!(Instant::now() < until, "{}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!Caller::new(&server, &first, &["h2"]).is_served());
    assert!(old.is_served(), "a connection from before goes on");

    fs::write(server.installation.folder().join("key.pem"), &first.key).expect("written");
    server.signal("-HUP");
    while !server.log().contains("is for another key than") {
        assert!(Instant::now() < until, "{}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(Caller::new(&server, &second, &["h2"]).is_served());
}

#[test]
fn an_orderly_end_answers_what_is_under_way_over_https() {
    let market = slow_market(400);
    let pair = Pair::new();
    let mut server = serve(&pair);
    server.add_user("kim", "operator");
    let token = server.installation.succeed(&["token", "create", "kim"]).trim().to_owned();
    let caller = Caller::new(&server, &pair, &["h2"]);
    let account = json!({
        "platform": "naver", "name": "main", "config": {"base_url": market.base_url()},
        "credentials": {
            "client_id": simulator::smartstore::CLIENT_ID, "client_secret": simulator::smartstore::CLIENT_SECRET,
        },
    });
    let (status, made) = caller.post("/platform-accounts", &token, &account);
    assert_eq!(status, 201, "{made}");
    let body = json!({"platform_account_ids": [made["id"]]});
    let (status, answered) = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| caller.post("/sync/orders?wait=60", &token, &body));
        server.wait_for("SELECT COUNT(*) FROM syncs", "1");
        server.terminate();
        waiting.join().expect("no panic")
    });
    assert_eq!(status, 202, "an answer, not a broken connection: {answered}");
    let (status, took) = server.wait();
    assert!(status.success(), "{status}: {}", server.log());
    assert!(took < Duration::from_secs(20), "{took:?}");
}
