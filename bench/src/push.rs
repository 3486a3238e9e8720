//! Many products on their way to three platforms, and their stock: how long it takes, and how much memory the server needs for it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use tests::installation::Installation;
use tests::shops::{Shops, terms};

use crate::lists::{Client, Server, token};

/// How many products without the platforms' limits.
const MANY: usize = 10_000;

/// How many with them: some two calls a second are what the slowest takes.
const FEW: usize = 60;

/// What one sync of all products took.
#[derive(Debug, Serialize)]
pub(crate) struct Push {
    pub(crate) what: &'static str,
    pub(crate) products: usize,
    pub(crate) accounts: usize,
    pub(crate) wall_s: f64,
    pub(crate) calls: u64,
    /// Calls that were answered 429.
    pub(crate) limited: u64,
    pub(crate) peak_mib: f64,
}

/// Puts products on sale at three accounts, then tells each listing another stock: many with the platforms' limits off, and few
/// with them.
pub(crate) fn pushes() -> Result<Vec<Push>> {
    let mut pushes = both(&Shops::open(), MANY)?;
    pushes.extend(both(&Shops::with_limits(), FEW)?);
    Ok(pushes)
}

fn both(shops: &Shops, products: usize) -> Result<Vec<Push>> {
    let installation = Installation::on_sqlite();
    let token = token(&installation)?;
    let server = Server::start(&installation)?;
    let mut client = Client::open(server.address, &token)?;
    let mut accounts = [0; 3];
    for (id, account) in accounts.iter_mut().zip(&shops.accounts()) {
        *id = client.send("POST", "/platform-accounts", account)?["id"].as_i64().context("an id")?;
    }
    fill(&installation, &mut client, &accounts, products)?;
    let mut pushes = Vec::new();
    let wall = sync(&mut client, "/sync/products")?;
    pushes.push(told(shops, "put on sale", products, wall, server.peak_mib()?));
    let made = shops.effects("create_listing");
    ensure!(made == [products; 3], "made at the platforms: {made:?}");
    let database = rusqlite::Connection::open(path(&installation)?)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute("UPDATE products SET stock = stock + 1", [])?;
    let wall = sync(&mut client, "/sync/inventory")?;
    pushes.push(told(shops, "another stock", products, wall, server.peak_mib()?));
    let set = shops.effects("set_stock");
    ensure!(set == [products; 3], "told the platforms: {set:?}");
    Ok(pushes)
}

/// Asks for a sync and waits for its end, which must be a good one.
fn sync(client: &mut Client, path: &str) -> Result<Duration> {
    let began = Instant::now();
    let queued = client.send("POST", path, &Value::Null)?;
    let log = format!("/sync/logs/{}", queued["sync_id"]);
    loop {
        let log = client.send("GET", &log, &Value::Null)?;
        if log["finished_at"].is_string() {
            ensure!(log["status"] == "succeeded", "{log:#}");
            return Ok(began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn path(installation: &Installation) -> Result<String> {
    Ok(installation.database_url().strip_prefix("sqlite://").context("a path")?.to_owned())
}

/// One product and what platforms want to know of it by the server, the others as copies of these.
fn fill(
    installation: &Installation,
    client: &mut Client,
    accounts: &[i64; 3],
    products: usize,
) -> Result<()> {
    let body = json!({
        "name": "양말", "description": "양말", "brand": "시험", "price": 9_900, "stock_quantity": 50,
        "main_image": "https://example.com/a.jpg", "delivery_type": "DELIVERY", "delivery_fee": 3_000,
    });
    let product = client.send("POST", "/products", &body)?["id"].clone();
    for (account, platform) in accounts.iter().zip(terms()) {
        client.send(
            "PUT",
            &format!("/products/{product}/listings/{account}"),
            &json!({"platform": platform}),
        )?;
    }
    let database = rusqlite::Connection::open(path(installation)?)?;
    database.busy_timeout(Duration::from_secs(10))?;
    for (table, keys) in [("products", &["id", "seller_code"][..]), ("channel_terms", &["product_id"][..])] {
        let columns: Vec<String> = database
            .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<Result<_, _>>()?;
        let kept: Vec<&String> =
            columns.iter().filter(|name| !keys.contains(&name.as_str()) && *name != "id").collect();
        let kept = kept.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let (names, values) = match table {
            "products" => ("id, seller_code", "number, 'P-' || number"),
            _ => ("product_id", "number"),
        };
        database.execute(
            &format!(
                "WITH RECURSIVE numbers (number) AS (SELECT {product} + 1 UNION ALL SELECT number + 1 FROM numbers \
                 WHERE number < {product} + {products} - 1) \
                 INSERT INTO {table} ({names}, {kept}) SELECT {values}, {kept} FROM numbers, {table}"
            ),
            [],
        )?;
    }
    Ok(())
}

/// What a sync took that has just ended.
fn told(shops: &Shops, what: &'static str, products: usize, wall: Duration, peak_mib: f64) -> Push {
    let counts = [shops.market.calls(), shops.vendor.calls(), shops.seller.calls()].map(|calls| calls.all());
    shops.market.reset_calls();
    shops.vendor.reset_calls();
    shops.seller.reset_calls();
    Push {
        what,
        products,
        accounts: 3,
        wall_s: wall.as_secs_f64(),
        calls: counts.iter().map(|count| count.calls).sum(),
        limited: counts.iter().map(|count| count.limited).sum(),
        peak_mib,
    }
}
