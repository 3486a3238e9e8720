//! A running server, and callers.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::plain_http;
use tests::installation::Installation;
use tests::postgres;

/// The password of every user here.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Runs a test on both databases.
macro_rules! on_both {
    (fn $name:ident($server:ident) $body:block) => {
        mod $name {
            use super::*;

            fn test($server: &mut $crate::place::Server) $body

            #[test]
            fn sqlite() {
                test(&mut $crate::place::Server::on_sqlite());
            }

            #[test]
            fn postgres() {
                let name = concat!(module_path!(), "::postgres");
                if let Some(mut server) = $crate::place::Server::on_postgres(name) {
                    test(&mut server);
                }
            }
        }
    };
}
pub(crate) use on_both;

/// An installation with a server that runs. It ends with this.
pub(crate) struct Server {
    pub(crate) installation: Installation,
    process: Option<Child>,
    address: Option<SocketAddr>,
    told: Value,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// A problem with this status, whole.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{problem}");
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail", "instance", "request_id"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert_eq!(self.header("x-request-id"), problem["request_id"].as_str());
        problem
    }
}

/// Somebody with a token, or without one.
#[derive(Clone)]
pub(crate) struct Caller<'a> {
    server: &'a Server,
    pub(crate) token: Option<String>,
}

impl Caller<'_> {
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all = headers.to_vec();
        if let Some(bearer) = &bearer {
            all.push(("Authorization", bearer));
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            all.push(("Content-Type", "application/json"));
        }
        let reply = plain_http::call(self.server.address(), method, path, &all, body.as_bytes());
        let reply = reply.expect("the server answers");
        Answer { status: reply.status, text: reply.text(), bytes: reply.body, headers: reply.headers }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("/api/v1{path}"), &[], "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", &format!("/api/v1{path}"), &[], &body.to_string())
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", &format!("/api/v1{path}"), &[], &body.to_string())
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", &format!("/api/v1{path}"), &[], &body.to_string())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", &format!("/api/v1{path}"), &[], "")
    }

    /// Adds an account; its id.
    pub(crate) fn add_account(&self, body: &Value) -> i64 {
        self.post("/platform-accounts", body).expect(201)["id"].as_i64().expect("an id")
    }

    /// Adds an account in fixture mode; its id.
    pub(crate) fn add_sample(&self, name: &str) -> i64 {
        self.add_account(&json!({"platform": "smartstore", "name": name, "mode": "fixture"}))
    }

    /// Adds a Smart Store account at an address.
    pub(crate) fn add_live(&self, name: &str, base_url: &str) -> i64 {
        let credentials = json!({
            "client_id": simulator::smartstore::CLIENT_ID,
            "client_secret": simulator::smartstore::CLIENT_SECRET,
        });
        let config = json!({"base_url": base_url});
        self.add_account(
            &json!({"platform": "naver", "name": name, "credentials": credentials, "config": config}),
        )
    }

    /// Syncs the orders of an account and waits for the end; the log.
    pub(crate) fn sync_orders(&self, account: i64) -> Value {
        self.post("/sync/orders?wait=60", &json!({"platform_account_ids": [account]})).expect(200)
    }

    /// All entries of a list, page by page.
    pub(crate) fn pages(&self, path: &str, name: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let more = cursor.iter().map(|cursor| format!("&cursor={cursor}")).collect::<String>();
            let page = self.get(&format!("{path}{more}")).expect(200);
            all.extend(page[name].as_array().expect("a list").clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return all,
            }
        }
    }
}

impl Server {
    pub(crate) fn on_sqlite() -> Self {
        Self::of(Installation::on_sqlite())
    }

    pub(crate) fn on_postgres(test: &str) -> Option<Self> {
        postgres::database(test).map(|url| Self::of(Installation::on_postgres(&url)))
    }

    /// One more server on the PostgreSQL database of this one.
    pub(crate) fn beside(&self) -> Self {
        Self::of(Installation::on_postgres(&self.installation.database_url()))
    }

    fn of(installation: Installation) -> Self {
        Self::with(installation, &[])
    }

    /// A server that is started with more arguments.
    pub(crate) fn with(installation: Installation, arguments: &[&str]) -> Self {
        let mut server = Self { installation, process: None, address: None, told: Value::Null };
        server.start_with(arguments);
        server
    }

    /// Starts the server; it must not run.
    pub(crate) fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts it with more arguments.
    pub(crate) fn start_with(&mut self, arguments: &[&str]) {
        let log = File::options().create(true).append(true).open(self.log_file()).expect("a log file");
        let mut child = self
            .installation
            .runner()
            .args(["serve", "--listen", "127.0.0.1:0", "--format", "json"])
            .args(arguments)
            .env("RUST_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("the program says where it listens");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}: {}", self.log()));
        let url = told["listening"].as_str().expect("an address");
        let (_, address) = url.split_once("://").expect("an address");
        self.address = Some(address.parse().expect("an address"));
        self.told = told;
        self.process = Some(child);
    }

    fn log_file(&self) -> PathBuf {
        self.installation.folder().join("server.log")
    }

    /// Everything that the server has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).expect("a log")
    }

    /// What it said when it was ready.
    pub(crate) fn told(&self) -> &Value {
        &self.told
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address.expect("a server that runs")
    }

    /// Asks the server to end.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Stops the server where it stands, or lets it go on.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.as_ref().expect("a server that runs").id().to_string();
        let asked = std::process::Command::new("kill").args([signal, &id]).status().expect("kill runs");
        assert!(asked.success());
    }

    /// Waits until a query says what is expected.
    #[track_caller]
    pub(crate) fn wait_for(&self, sql: &str, expected: &str) {
        let mut last = String::new();
        for _ in 0..1_200 {
            last = self.sql(sql)[0][0].clone();
            if last == expected {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{sql} says {last} and not {expected}: {}", self.log());
    }

    /// Waits for the server's end.
    pub(crate) fn wait(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let mut child = self.process.take().expect("a server that runs");
        loop {
            if let Some(status) = child.try_wait().expect("a child") {
                return (status, begun.elapsed());
            }
            if begun.elapsed() > Duration::from_secs(60) {
                child.kill().expect("a child");
                panic!("the server does not end:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server at once.
    pub(crate) fn kill(&mut self) {
        let mut child = self.process.take().expect("a server that runs");
        child.kill().expect("a child");
        child.wait().expect("a child");
    }

    /// Adds a user.
    pub(crate) fn add_user(&self, name: &str, role: &str) {
        let mut child = self
            .installation
            .runner()
            .args(["user", "add", name, "--role", role, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        writeln!(child.stdin.take().expect("a pipe"), "{PASSWORD}").expect("it takes the password");
        assert!(child.wait().expect("it ends").success());
    }

    /// Adds a user and makes a token.
    pub(crate) fn user(&self, name: &str, role: &str) -> Caller<'_> {
        self.add_user(name, role);
        let token = self.installation.succeed(&["token", "create", name]);
        Caller { server: self, token: Some(token.trim().to_owned()) }
    }

    /// Somebody with this token.
    pub(crate) fn caller(&self, token: &str) -> Caller<'_> {
        Caller { server: self, token: Some(token.to_owned()) }
    }

    /// Somebody without a token.
    pub(crate) fn nobody(&self) -> Caller<'_> {
        Caller { server: self, token: None }
    }

    /// Runs SQL past the server; all rows as text.
    pub(crate) fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        let url = self.installation.database_url();
        let Some(path) = url.strip_prefix("sqlite://") else {
            return postgres::cluster().expect("it made the database").sql(&url, sql);
        };
        let connection = rusqlite::Connection::open(path).expect("the database opens");
        connection.busy_timeout(Duration::from_secs(5)).expect("a time-out");
        let mut statement = connection.prepare(sql).expect("SQL");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("it runs");
        let mut found = Vec::new();
        while let Some(row) = rows.next().expect("a row") {
            let text = |index| match row.get_ref(index).expect("a column") {
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                rusqlite::types::ValueRef::Null => "∅".to_owned(),
                other => panic!("{other:?}"),
            };
            found.push((0..columns).map(text).collect());
        }
        found
    }

    /// A stream of events, read line by line.
    pub(crate) fn events(&self, token: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
        let request =
            format!("GET /api/v1/sync/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the server takes it");
        BufReader::new(stream)
    }
}

/// The data of the next event; `None` at the end of the stream.
pub(crate) fn next_event(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).expect("the stream goes on or ends") == 0 {
            return None;
        }
        // The last chunk; the connection itself stays for more requests.
        if line.trim_end() == "0" {
            return None;
        }
        if let Some(data) = line.strip_prefix("data:") {
            return Some(serde_json::from_str(data.trim()).expect("JSON"));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.process.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
