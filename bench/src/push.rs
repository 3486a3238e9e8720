//! Many products on their way to three platforms, and their stock: how long it takes, and how much memory the server needs for it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use simulator::{coupang, eleventh_street, smartstore};
use tests::installation::Installation;

use crate::lists::{Client, Server, token};

/// How many products.
const PRODUCTS: usize = 10_000;

/// What one sync of all products took.
#[derive(Debug, Serialize)]
pub(crate) struct Push {
    pub(crate) what: &'static str,
    pub(crate) products: usize,
    pub(crate) accounts: usize,
    pub(crate) wall_s: f64,
    pub(crate) calls: u64,
    pub(crate) peak_mib: f64,
}

/// Puts all products on sale at three accounts, then tells each listing another stock, with the platforms' limits off.
pub(crate) fn pushes() -> Result<Vec<Push>> {
    let shops = Shops::open()?;
    let installation = Installation::on_sqlite();
    let token = token(&installation)?;
    let server = Server::start(&installation)?;
    let mut client = Client::open(server.address, &token)?;
    let accounts = shops.join(&mut client)?;
    fill(&installation, &mut client, &accounts)?;
    let mut pushes = Vec::new();
    let wall = sync(&mut client, "/sync/products")?;
    pushes.push(shops.told("put on sale", wall, server.peak_mib()?));
    ensure!(shops.made() == [PRODUCTS; 3], "made at the platforms: {:?}", shops.made());
    let database = rusqlite::Connection::open(path(&installation)?)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute("UPDATE products SET stock = stock + 1", [])?;
    let wall = sync(&mut client, "/sync/inventory")?;
    pushes.push(shops.told("another stock", wall, server.peak_mib()?));
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
fn fill(installation: &Installation, client: &mut Client, accounts: &[i64; 3]) -> Result<()> {
    let body = json!({"name": "양말", "price": 9_900, "stock_quantity": 50, "main_image": "https://example.com/a.jpg"});
    let product = client.send("POST", "/products", &body)?["id"].clone();
    for (account, platform) in accounts.iter().zip([store_terms(), vendor_terms(), street_terms()]) {
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
                 WHERE number < {product} + {PRODUCTS} - 1) \
                 INSERT INTO {table} ({names}, {kept}) SELECT {values}, {kept} FROM numbers, {table}"
            ),
            [],
        )?;
    }
    Ok(())
}

/// A shop at each platform.
struct Shops {
    market: smartstore::Market,
    vendor: coupang::Vendor,
    seller: eleventh_street::Seller,
}

impl Shops {
    fn open() -> Result<Self> {
        let settings = smartstore::Settings { seller_acts: false, ..smartstore::Settings::unlimited() };
        let market = smartstore::Config { settings, ..smartstore::Config::of(0) };
        let settings = coupang::Settings { life_sells: false, rate: None, ..coupang::Settings::default() };
        let vendor = coupang::Config { settings, ..coupang::Config::of(0) };
        let settings =
            eleventh_street::Settings { seller_acts: false, ..eleventh_street::Settings::default() };
        let seller = eleventh_street::Config { settings, ..eleventh_street::Config::of(0) };
        Ok(Self {
            market: smartstore::Market::start(market)?,
            vendor: coupang::Vendor::start(vendor)?,
            seller: eleventh_street::Seller::start(seller)?,
        })
    }

    fn join(&self, client: &mut Client) -> Result<[i64; 3]> {
        let Self { market, vendor, seller } = self;
        let accounts = [
            json!({
                "platform": "naver", "name": "store",
                "credentials": {"client_id": market.client_id(), "client_secret": market.client_secret()},
                "config": {"base_url": market.base_url(), "pace": "off"},
            }),
            json!({
                "platform": "coupang", "name": "vendor",
                "credentials": {
                    "access_key": vendor.access_key(), "secret_key": vendor.secret_key(), "vendor_id": vendor.vendor_id(),
                },
                "config": {"base_url": vendor.base_url(), "user_id": "simwing01", "pace": "off"},
            }),
            json!({
                "platform": "eleventh_street", "name": "street",
                "credentials": {"api_key": seller.api_key(), "seller_id": seller.seller_id()},
                "config": {"base_url": seller.base_url(), "pace": "off"},
            }),
        ];
        let mut ids = [0; 3];
        for (id, account) in ids.iter_mut().zip(&accounts) {
            *id = client.send("POST", "/platform-accounts", account)?["id"].as_i64().context("an id")?;
        }
        Ok(ids)
    }

    /// What a sync took that has just ended.
    fn told(&self, what: &'static str, wall: Duration, peak_mib: f64) -> Push {
        let calls = [self.market.calls(), self.vendor.calls(), self.seller.calls()];
        let calls = calls.iter().map(|calls| calls.all().calls).sum();
        self.market.reset_calls();
        self.vendor.reset_calls();
        self.seller.reset_calls();
        Push { what, products: PRODUCTS, accounts: 3, wall_s: wall.as_secs_f64(), calls, peak_mib }
    }

    /// How many products were made.
    fn made(&self) -> [usize; 3] {
        [self.market.effects(), self.vendor.effects(), self.seller.effects()]
            .map(|effects| effects.iter().filter(|effect| effect.command == "create_listing").count())
    }
}

fn store_terms() -> Value {
    json!({
        "originProduct": {
            "statusType": "SALE",
            "leafCategoryId": "50000830",
            "images": {"representativeImage": {"url": "https://shop-phinf.pstatic.net/20251201_000/1_JPEG/main.jpg"}},
            "detailContent": "양말",
            "detailAttribute": {
                "afterServiceInfo": {
                    "afterServiceTelephoneNumber": "02-0000-0000", "afterServiceGuideContent": "평일 10시부터 17시까지 상담",
                },
                "originAreaInfo": {"originAreaCode": "00"},
                "minorPurchasable": true,
                "productInfoProvidedNotice": {"productInfoProvidedNoticeType": "ETC"},
            },
        },
        "smartstoreChannelProduct": {"naverShoppingRegistration": false, "channelProductDisplayStatusType": "ON"},
    })
}

fn vendor_terms() -> Value {
    json!({
        "displayCategoryCode": 62_676,
        "saleStartedAt": "2026-11-21T00:00:00", "saleEndedAt": "2099-12-31T23:59:59",
        "deliveryMethod": "SEQUENCIAL", "deliveryCompanyCode": "CJGLS",
        "returnCenterCode": "1000274592", "returnZipCode": "06164", "returnAddress": "서울특별시 강남구 시험로 501",
        "outboundShippingPlaceCode": 74_010, "manufacture": "시험", "brand": "시험",
        "items": [{
            "outboundShippingTimeDay": 1,
            "notices": [{"noticeCategoryName": "기타 재화", "noticeCategoryDetailName": "품명 및 모델명", "content": "-"}],
            "attributes": [{"attributeTypeName": "수량", "attributeValueName": "1개"}],
        }],
    })
}

fn street_terms() -> Value {
    json!({
        "selMthdCd": "01", "dispCtgrNo": "1011634", "prdTypCd": "01", "rmaterialTypCd": "04", "orgnTypCd": "03",
        "suplDtyfrPrdClfCd": "01", "prdStatCd": "01", "minorSelCnYn": "Y", "ProductCertGroup": {"crtfGrpTypCd": "01"},
        "dlvCnAreaCd": "01", "dlvWyCd": "01", "bndlDlvCnYn": "Y", "dlvCstPayTypCd": "03", "jejuDlvCst": "3000",
        "islandDlvCst": "5000", "rtngdDlvCst": "3000", "exchDlvCst": "6000", "asDetail": ".", "rtngExchDetail": ".",
        "brand": "시험", "htmlDetail": "양말", "ProductNotification": {"type": "891045"},
    })
}
