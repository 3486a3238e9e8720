//! How quickly the server lists what is stored, beside the same query put to the database itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use simulator::Draw;
use tests::installation::Installation;

use crate::Arguments;
use crate::http::Connection;
use crate::sections::{Kind, filled};

/// How often each question is asked.
const ASKED: usize = 500;

/// The columns of a listed order; what the platform sent is ten times as much and is not among them.
const COLUMNS: &str = "id, connector_id, platform, order_id, order_group_id, ordered_at, date_kst, status, state, amount, \
    order_place_id, order_place_name, product_id, product_name, option_id, option_name, seller_code, quantity, unit_price, \
    changed_at, observed_at, first_seen_at, updated_at";

/// How quickly one question is answered.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    pub(crate) database: &'static str,
    pub(crate) orders: usize,
    pub(crate) question: &'static str,
    pub(crate) asked: usize,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) bare_median_ms: f64,
    pub(crate) bare_p99_ms: f64,
}

/// A question: the call, and the condition of the same query.
struct Question {
    name: &'static str,
    ask: fn(&Target) -> String,
    condition: fn(&Target) -> String,
}

/// What one question is about.
struct Target {
    day: String,
    state: &'static str,
    /// A neutral state, and the platform's word for it.
    word: (&'static str, &'static str),
    id: i64,
    cursor: String,
    before: (String, i64),
    /// The payment of a line.
    group: String,
    /// The name of a product of which there are ten lines.
    rare: String,
}

/// Words of the Smart Store, and one that no order has.
const WORDS: [(&str, &str); 6] = [
    ("paid", "PAYED"),
    ("shipped", "DELIVERING"),
    ("delivered", "DELIVERED"),
    ("decided", "PURCHASE_DECIDED"),
    ("cancelled", "CANCELED"),
    ("unknown", "NEVER_SEEN"),
];

const QUESTIONS: [Question; 11] = [
    Question {
        name: "newest",
        ask: |_| "/orders?limit=50".to_owned(),
        condition: |_| "connector_id = 1 ORDER BY ordered_at DESC, id DESC LIMIT 51".to_owned(),
    },
    Question {
        name: "up to a day",
        ask: |target| format!("/orders?limit=50&end_date={}", target.day),
        condition: |target| {
            let day = &target.day;
            format!("connector_id = 1 AND ordered_at < '{day}~' ORDER BY ordered_at DESC, id DESC LIMIT 51")
        },
    },
    Question {
        name: "of a state up to a day",
        ask: |target| format!("/orders?limit=50&status={}&end_date={}", target.state, target.day),
        condition: |target| {
            let Target { state, day, .. } = target;
            format!(
                "connector_id = 1 AND state = '{state}' AND ordered_at < '{day}~' \
                 ORDER BY ordered_at DESC, id DESC LIMIT 51"
            )
        },
    },
    Question {
        name: "of a word up to a day",
        ask: |target| format!("/orders?limit=50&status={}&end_date={}", target.word.1, target.day),
        // With the state, which the server has to find out: no index has the words alone.
        condition: |target| {
            let Target { word: (state, word), day, .. } = target;
            format!(
                "connector_id = 1 AND state = '{state}' AND status = '{word}' AND ordered_at < '{day}~' \
                 ORDER BY ordered_at DESC, id DESC LIMIT 51"
            )
        },
    },
    Question {
        name: "next page",
        ask: |target| format!("/orders?limit=50&end_date={}&cursor={}", target.day, target.cursor),
        condition: |target| {
            let (at, id) = &target.before;
            format!(
                "connector_id = 1 AND ordered_at <= '{at}' AND (ordered_at < '{at}' OR id < {id}) \
                 ORDER BY ordered_at DESC, id DESC LIMIT 51"
            )
        },
    },
    Question {
        name: "one order",
        ask: |target| format!("/orders/{}", target.id),
        condition: |target| format!("id = {}", target.id),
    },
    Question {
        name: "by order number",
        ask: |target| format!("/orders?text={}", target.group),
        condition: |target| {
            let group = &target.group;
            format!(
                "id IN (SELECT line_id FROM search_groups WHERE connector_id = 1 AND order_group_id = '{group}')"
            )
        },
    },
    Question {
        name: "by a rare name",
        ask: |target| format!("/orders?text={}", encoded(&target.rare)),
        condition: |target| named(&target.rare),
    },
    Question {
        name: "by a word of many names",
        ask: |_| format!("/orders?text={}", encoded(RARE)),
        condition: |_| named(RARE),
    },
    Question {
        name: "by a common word",
        ask: |_| format!("/orders?text={}", encoded(COMMON)),
        condition: |_| {
            format!(
                "connector_id = 1 AND product_name LIKE '%{COMMON}%' ORDER BY ordered_at DESC, id DESC LIMIT 51"
            )
        },
    },
    Question {
        name: "by a word of none",
        ask: |_| format!("/orders?text={}", encoded("없는 말")),
        condition: |_| named("없는 말"),
    },
];

/// What a hundredth of the lines is called, a thousand products with a number each; and a word of most others.
const RARE: &str = "한정판";
const COMMON: &str = "시험";

/// The newest lines of all products with a word in their name.
fn named(word: &str) -> String {
    let products =
        format!("SELECT id FROM search_products WHERE connector_id = 1 AND product_name LIKE '%{word}%'");
    let lines = format!(
        "SELECT line_id FROM search_lines WHERE search_product IN ({products}) ORDER BY ordered_at DESC, line_id DESC LIMIT 51"
    );
    format!("id IN ({lines}) ORDER BY ordered_at DESC, id DESC")
}

/// The text as a part of an address.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Lists orders of a database with many of them.
pub(crate) fn listings(arguments: &Arguments, kinds: &[Kind]) -> Result<Vec<Listing>> {
    let mut listings = Vec::new();
    for kind in kinds {
        let (installation, _scratch) = filled(arguments, *kind)?;
        let token = token(&installation)?;
        let mut bare = Bare::open(&installation.database_url())?;
        // The market sells a handful of products. A line that is still to be indexed may be called anything.
        bare.execute(&format!(
            "UPDATE store_orders SET product_name = '{RARE} ' || (1000 + (id / 100) % 1000) WHERE id % 100 = 0"
        ))?;
        let server = Server::start(&installation)?;
        bare.wait_until_indexed()?;
        let mut client = Client::open(server.address, &token)?;
        let newest = client.ask("/orders?limit=1")?.0;
        let newest = newest["orders"][0]["date_kst"].as_str().context("an order")?.to_owned();
        for question in &QUESTIONS {
            let mut draw = Draw::new(arguments.seed);
            let (mut served, mut direct) = (Vec::new(), Vec::new());
            for _ in 0..ASKED {
                let target = target(&mut client, &mut draw, arguments, &newest)?;
                served.push(client.ask(&(question.ask)(&target))?.1);
                direct.push(bare.run(&(question.condition)(&target))?);
            }
            served.sort();
            direct.sort();
            listings.push(Listing {
                database: kind.name(),
                orders: arguments.orders,
                question: question.name,
                asked: ASKED,
                median_ms: part(&served, 50),
                p99_ms: part(&served, 99),
                bare_median_ms: part(&direct, 50),
                bare_p99_ms: part(&direct, 99),
            });
        }
    }
    Ok(listings)
}

/// What the next question is about: drawn, so that no page is asked for twice in a row.
fn target(client: &mut Client, draw: &mut Draw, arguments: &Arguments, newest: &str) -> Result<Target> {
    let back = 1 + draw.below(u64::from(arguments.days) - 1);
    let day = days_before(newest, back)?;
    let state = draw.pick(&["paid", "shipped", "delivered", "decided", "cancelled"]);
    let word = draw.pick(&WORDS);
    let page = client.ask(&format!("/orders?limit=50&end_date={day}"))?.0;
    let last = page["orders"].as_array().and_then(|orders| orders.last()).context("a page of orders")?;
    Ok(Target {
        state,
        word,
        id: last["id"].as_i64().context("an id")?,
        before: (
            last["ordered_at"].as_str().context("a time")?.to_owned(),
            last["id"].as_i64().context("an id")?,
        ),
        cursor: page["next_cursor"].as_str().context("more pages")?.to_owned(),
        group: last["order_group_id"].as_str().context("a payment")?.to_owned(),
        rare: format!("{RARE} {}", 1000 + draw.below(1000)),
        day,
    })
}

/// `YYYY-MM-DD`, so many days earlier.
fn days_before(day: &str, back: u64) -> Result<String> {
    let date: chrono::NaiveDate = day.parse()?;
    Ok((date - chrono::Days::new(back)).to_string())
}

/// The value below which so many of a hundred lie, in milliseconds.
fn part(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1e3
}

/// Somebody with a token and one kept connection.
pub(crate) struct Client {
    runtime: tokio::runtime::Runtime,
    connection: Connection,
    headers: String,
}

impl Client {
    pub(crate) fn open(address: SocketAddr, token: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(Connection::open(address))?;
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        Ok(Self { runtime, connection, headers })
    }

    fn ask(&mut self, path: &str) -> Result<(Value, Duration)> {
        let path = format!("/api/v1{path}");
        let began = Instant::now();
        let body = self.runtime.block_on(self.connection.call("GET", &path, &self.headers, b""))?;
        let taken = began.elapsed();
        Ok((serde_json::from_slice(&body)?, taken))
    }

    /// Sends a body, where it is not null.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let path = format!("/api/v1{path}");
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
        let answer = self.runtime.block_on(self.connection.call(method, &path, &self.headers, &body))?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

pub(crate) fn token(installation: &Installation) -> Result<String> {
    let mut child = installation
        .runner()
        .args(["-qq", "user", "add", "bench", "--role", "admin", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    writeln!(child.stdin.take().context("a pipe")?, "nobody signs in with it")?;
    ensure!(child.wait()?.success(), "the user cannot be added");
    Ok(installation.succeed(&["-qq", "token", "create", "bench"]).trim().to_owned())
}

/// A server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(installation: &Installation) -> Result<Self> {
        let mut child = installation
            .runner()
            .args(["-qq", "serve", "--listen", "127.0.0.1:0", "--rate-limit", "100000", "--format", "json"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a pipe")?).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line)?;
        let address = told["listening"].as_str().and_then(|url| url.strip_prefix("http://"));
        let address = address.context("it says where it listens")?.parse()?;
        Ok(Self { child, address })
    }

    /// The most memory that it held so far.
    pub(crate) fn peak_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak: f64 = peak.and_then(|text| text.trim().strip_suffix(" kB")).context("a peak")?.parse()?;
        Ok(peak / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that must be saved, and it may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The database itself.
enum Bare {
    Sqlite(rusqlite::Connection),
    Postgres(postgres::Client),
}

impl Bare {
    fn open(url: &str) -> Result<Self> {
        Ok(match url.strip_prefix("sqlite://") {
            Some(path) => Self::Sqlite(rusqlite::Connection::open(path)?),
            None => Self::Postgres(postgres::Client::connect(url, postgres::NoTls)?),
        })
    }

    fn execute(&mut self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql)?,
            Self::Postgres(client) => client.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Waits until the server has made all orders quick to find.
    fn wait_until_indexed(&mut self) -> Result<()> {
        loop {
            const LEFT: &str = "SELECT COUNT(*) FROM search_queue";
            let left: i64 = match self {
                Self::Sqlite(connection) => connection.query_row(LEFT, [], |row| row.get(0))?,
                Self::Postgres(client) => client.query_one(LEFT, &[])?.get(0),
            };
            if left == 0 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Reads every row and column of an answer.
    fn run(&mut self, condition: &str) -> Result<Duration> {
        let sql = format!("SELECT {COLUMNS} FROM store_orders WHERE {condition}");
        let began = Instant::now();
        let rows = match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(&sql)?;
                let columns = statement.column_count();
                let mut rows = statement.query([])?;
                let mut count = 0;
                while let Some(row) = rows.next()? {
                    for column in 0..columns {
                        std::hint::black_box(row.get_ref(column)?);
                    }
                    count += 1;
                }
                count
            }
            Self::Postgres(client) => std::hint::black_box(client.query(&sql, &[])?).len(),
        };
        std::hint::black_box(rows);
        Ok(began.elapsed())
    }
}
