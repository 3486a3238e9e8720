//! What the connector promises about any answer, as functions of bytes: property tests and fuzz targets call them.
//! They panic where a promise is broken.

use std::sync::LazyLock;

use connector_cafe24 as _;
use connector_core::conformance::distort::{Choices, Node};
use connector_core::conformance::given::{
    Answer, Brought, Call, Caller, Recorded, odd_answer, odd_body, recorded,
};
use connector_core::time::kst_text;
use connector_core::{ErrorKind, Metric, Next, Order, Record, View};
use serde_json::json;

const TOKEN: &str = "/oauth/token";
const ORDERS: &str = "/admin/orders";
const COUNT: &str = "/admin/orders/count";
const VISITS: &str = "/visitors/view";
const PAGE_VIEWS: &str = "/visitors/pageview";
const SALES: &str = "/products/sales";
const DOMAINS: &str = "/visitpaths/domains";

/// What stands in personal fields, and must be seen nowhere.
const CANARY: &str = "pii-canary-7f3a";

/// Headers that are read.
const HEADERS: [&str; 12] = [
    "date",
    "retry-after",
    "content-type",
    "x-trace-id",
    "x-api-call-limit",
    "x-cafe24-call-usage",
    "x-cafe24-call-remain",
    "x-cafe24-time-usage",
    "x-cafe24-time-remain",
    "x-ratelimit-remaining",
    "x-ratelimit-replenish-rate",
    "x-ratelimit-burst-capacity",
];

/// What Cafe24 writes into them.
const HEADER_VALUES: [&str; 4] = ["1/40", "41/40", "-1/4294967296", "40/"];

/// The two shapes of the Analytics API, each with its own fixture.
static LIVE: LazyLock<Caller> = LazyLock::new(|| Caller::new("cafe24", &json!({"dialect": "live"})));
static SEED: LazyLock<Caller> = LazyLock::new(|| Caller::new("cafe24", &json!({"dialect": "seed"})));
static AUTO: LazyLock<Caller> = LazyLock::new(|| Caller::new("cafe24", &json!({})));
static LIVING: LazyLock<Caller> = LazyLock::new(|| Caller::new("cafe24", &json!({})).living());

/// Which of the shapes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Live,
    Seed,
}

/// A list of figures in one shape.
struct Figures {
    path: &'static str,
    /// The page's token in a read, and the day or days that are asked for.
    list: &'static str,
    days: [&'static str; 2],
    /// The member that holds the rows.
    rows: &'static str,
    /// The member that counts, and its place in a record.
    count: &'static str,
    counted: fn(&Metric) -> Option<i64>,
    page: Node,
}

const MONTH: [&str; 2] = ["2026-03-02T00:00:00+09:00", "2026-04-01T00:00:00+09:00"];
const DAY: [&str; 2] = ["2026-03-10T00:00:00+09:00", "2026-03-11T00:00:00+09:00"];

fn figures(shape: Shape) -> [Figures; 4] {
    let live = shape == Shape::Live;
    let fixture: Vec<Recorded> = match shape {
        Shape::Live => LIVE.recorded(),
        Shape::Seed => recorded(include_str!("../../fixtures/seed.json")),
    };
    let page = |path: &str| {
        let found = fixture.iter().filter(|one| one.status == 200 && one.path.ends_with(path));
        let mut page =
            Node::parse(&found.max_by_key(|one| one.body.len()).expect("the fixture has one").body);
        if let Node::Object(members) = &mut page
            && let Some((_, Node::List(rows))) = members.first_mut()
        {
            rows.truncate(4);
        }
        page
    };
    let figure =
        |path, list, rows: (&'static str, &'static str), counts: (&'static str, &'static str), counted| {
            Figures {
                path,
                list,
                days: if live && list != "store/1/0" { DAY } else { MONTH },
                rows: if live { rows.0 } else { rows.1 },
                count: if live { counts.0 } else { counts.1 },
                counted,
                page: page(path),
            }
        };
    [
        figure(VISITS, "store/1/0", ("view", "data"), ("visit_count", "visitCount"), |one| one.impressions),
        figure(PAGE_VIEWS, "store/1/0", ("pageview", "data"), ("page_view", "pageviewCount"), |one| {
            one.clicks
        }),
        figure(SALES, "product/1/0", ("sales", "data"), ("order_amount", "salesAmount"), |one| {
            one.conversion_value
        }),
        figure(DOMAINS, "domain/1/0", ("domains", "data"), ("visit_count", "visitCount"), |one| one.clicks),
    ]
}

static LIVE_FIGURES: LazyLock<[Figures; 4]> = LazyLock::new(|| figures(Shape::Live));
static SEED_FIGURES: LazyLock<[Figures; 4]> = LazyLock::new(|| figures(Shape::Seed));

impl Figures {
    fn call(&self) -> Call {
        Call::Read("metrics", View::Changes, self.days, Some(self.list.to_owned()))
    }
}

/// A few orders, with a canary in every personal field.
static ORDERS_PAGE: LazyLock<Node> = LazyLock::new(|| {
    let answers = LIVE.recorded().into_iter().filter(|one| one.status == 200 && one.path.ends_with(ORDERS));
    let mut page = Node::parse(&answers.max_by_key(|one| one.body.len()).expect("the fixture has one").body);
    let Some(Node::List(orders)) = page.get_mut("orders") else { panic!("orders are a list") };
    // Two lines in one of them.
    let index = orders.iter().position(|order| items(order).len() > 1).expect("an order of two lines");
    orders.swap(0, index);
    orders.truncate(3);
    let buyer = json!({"buyer": {"name": "x", "cellphone": "x"}, "receivers": [{"address_full": "x"}]});
    for order in orders {
        let (Node::Object(members), Node::Object(more)) = (order, Node::of(&buyer)) else { panic!("orders") };
        members.extend(more);
    }
    page.plant(&LIVE.personal_fields(), CANARY);
    page
});

fn items(order: &Node) -> &[Node] {
    order.get("items").map(Node::items).unwrap_or_default()
}

fn orders(view: View) -> Call {
    Call::Read("orders", view, MONTH, None)
}

fn fetch() -> Call {
    let orders = ORDERS_PAGE.get("orders").expect("orders").items();
    Call::Fetch("orders", orders.iter().flat_map(items).map(code).collect())
}

/// The key of an untouched line.
fn code(item: &Node) -> String {
    item.get("order_item_code").and_then(Node::as_text).expect("a line of the sample has its key")
}

fn order(record: &Record) -> &Order {
    let Record::Order(order) = record else { panic!("orders only: {record:?}") };
    order
}

/// What holds for every answer, whatever it is. `sent`: everything that was answered.
fn holds_always(brought: &Brought, sent: &str) {
    brought.assert_presentable(CANARY);
    for record in &brought.records {
        match record {
            Record::Order(order) => {
                assert!(sent.contains(order.raw.get()), "a kept object is not as it was sent");
                assert_eq!(kst_text(order.ordered_at).len(), 29, "{}", kst_text(order.ordered_at));
                assert!(!order.order_id.trim().is_empty());
            }
            // Visits and page views of a day are kept beside each other.
            Record::Metric(metric) if metric.entity_type == "store" => {}
            Record::Metric(metric) => {
                assert!(sent.contains(metric.raw.get()), "a kept row is not as it was sent");
                assert!(!metric.entity_id.trim().is_empty());
            }
            _ => panic!("no such record"),
        }
    }
    for failure in &brought.failures {
        assert!(failure.raw.as_ref().is_none_or(|raw| sent.contains(raw.get())));
    }
}

/// Whatever the order list answers is read or named.
pub fn any_orders(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let call = match choices.below(3) {
        0 => orders(View::Changes),
        1 => orders(View::Census),
        _ => fetch(),
    };
    let body = odd_body(&ORDERS_PAGE, &mut choices);
    let count = Answer::new(200, r#"{"count":"1e400"}"#);
    let brought = LIVE.make(&call, &[(ORDERS, Answer::new(200, body.clone())), (COUNT, count)]);
    holds_always(&brought, &String::from_utf8_lossy(&body));
}

/// An odd order is read line by line, or a failure; the orders beside it are read as ever.
pub fn odd_order(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut page = ORDERS_PAGE.clone();
    let Some(Node::List(rows)) = page.get_mut("orders") else { panic!("orders are a list") };
    let index = choices.below(rows.len());
    for _ in 0..=choices.below(3) {
        rows[index].distort(&mut choices);
    }
    let odd = rows[index].clone();
    let others: Vec<Node> =
        rows.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, row)| row.clone()).collect();
    let call = if choices.below(2) == 0 { orders(View::Changes) } else { fetch() };
    let brought = LIVE.make(&call, &[(ORDERS, Answer::new(200, page.text()))]);
    holds_always(&brought, &page.text());
    assert!(brought.error.is_none(), "one order stops the page: {:?}", brought.error);
    let mut keys = Vec::new();
    for (order_node, item) in
        others.iter().flat_map(|order| items(order).iter().map(move |item| (order, item)))
    {
        let record = brought.record(&code(item)).unwrap_or_else(|| panic!("{} is lost", code(item)));
        is_as_sent(order(record), order_node, item);
        keys.push(code(item));
    }
    let own: Vec<&Order> =
        brought.records.iter().map(order).filter(|one| !keys.contains(&one.order_id)).collect();
    let lines = items(&odd);
    let unread = brought.failures.iter().any(|failure| failure.key.is_none());
    let told = own.len() + brought.failures.len();
    assert!(unread || told >= lines.len().max(1), "a line is gone without a word");
    for one in own {
        let named =
            |item: &&Node| item.get("order_item_code").and_then(plain).as_ref() == Some(&one.order_id);
        let mut twins = lines.iter().filter(named);
        let item = twins.next().expect("a line of that key");
        // Which of two lines of one key this is, nothing tells.
        if twins.next().is_none() {
            is_as_sent(one, &odd, item);
        }
    }
    for item in lines {
        let Some(key) =
            item.get("order_item_code").and_then(Node::as_text).filter(|key| !key.trim().is_empty())
        else {
            continue;
        };
        let read = brought.record(&key).is_some();
        let failed = brought.failures.iter().any(|failure| failure.key.as_ref() == Some(&key));
        // The order itself may be what cannot be read; it has no key that anything could be fetched by.
        let whole = brought.failures.iter().any(|failure| failure.key.is_none());
        assert!(read || failed || whole, "{key} is neither read nor failed: {:?}", brought.failures);
    }
}

/// A scalar as the text or the digits that it is.
fn plain(node: &Node) -> Option<String> {
    match node {
        Node::Scalar(raw) if !raw.starts_with('"') => Some(raw.clone()),
        other => other.as_text(),
    }
}

/// Every field that was read says what stands in the line, to the digit; what was kept is the order.
fn is_as_sent(one: &Order, whole: &Node, item: &Node) {
    assert_eq!(one.raw.get(), whole.text(), "the kept object is not the order");
    let number = |name| item.get(name).and_then(Node::whole).map(i128::from);
    let is_absent = |name| match item.get(name) {
        None => true,
        Some(node) => node.text() == "null" || node.as_text().is_some_and(|text| text.trim().is_empty()),
    };
    let or_none = |name| if is_absent(name) { Some(0) } else { number(name) };
    let amount = if is_absent("payment_amount") {
        (|| {
            let price = number("product_price")? + or_none("option_price")?;
            let discounts = or_none("additional_discount_price")? + or_none("coupon_discount_price")?;
            price.checked_mul(number("quantity")?).map(|sum| sum - discounts)
        })()
    } else {
        number("payment_amount")
    };
    assert_eq!(Some(i128::from(one.amount)), amount, "the amount is not what was sent");
    if let Some(price) = one.unit_price {
        let option = number("option_price").unwrap_or(0);
        assert_eq!(Some(i128::from(price)), number("product_price").map(|price| price + option));
    }
    if one.quantity.is_some() {
        assert_eq!(one.quantity.map(i128::from), number("quantity"));
    }
    assert_eq!(Some(&one.status), item.get("order_status").and_then(plain).as_ref());
    assert_eq!(one.order_group_id, whole.get("order_id").and_then(plain));
}

/// Whatever the Analytics API answers is read or named, in either shape, and while the shape is not known.
pub fn any_figures(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let shape = if choices.below(2) == 0 { &LIVE_FIGURES } else { &SEED_FIGURES };
    let caller = [&LIVE, &SEED, &AUTO][choices.below(3)];
    let figure = &shape[choices.below(4)];
    let body = odd_body(&figure.page, &mut choices);
    let sent = String::from_utf8_lossy(&body).into_owned();
    let mut answers = vec![(figure.path, Answer::new(200, body))];
    answers.extend(shape.iter().map(|other| (other.path, Answer::new(200, other.page.text()))));
    let brought = caller.make(&figure.call(), &answers);
    let all: Vec<String> = shape.iter().map(|other| other.page.text()).chain([sent]).collect();
    holds_always(&brought, &all.join("\n"));
}

/// An odd row of figures is a figure or a failure; the rows beside it are read as ever.
pub fn odd_figure(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (shape, caller) = if choices.below(2) == 0 { (&LIVE_FIGURES, &LIVE) } else { (&SEED_FIGURES, &SEED) };
    let figure = &shape[choices.below(4)];
    let mut page = figure.page.clone();
    let Some(Node::List(rows)) = page.get_mut(figure.rows) else { panic!("rows are a list") };
    let index = choices.below(rows.len());
    for _ in 0..=choices.below(2) {
        rows[index].distort(&mut choices);
    }
    let odd = rows[index].clone();
    let mut answers = vec![(figure.path, Answer::new(200, page.text()))];
    answers.extend(shape.iter().map(|other| (other.path, Answer::new(200, other.page.text()))));
    let honest: Vec<_> = answers[1..].to_vec();
    let (before, brought) = (caller.make(&figure.call(), &honest), caller.make(&figure.call(), &answers));
    let all: Vec<String> = shape.iter().map(|other| other.page.text()).chain([page.text()]).collect();
    holds_always(&brought, &all.join("\n"));
    assert!(brought.error.is_none(), "one row stops the page: {:?}", brought.error);
    assert!(before.error.is_none() && before.failures.is_empty());

    let untouched =
        |metric: &Metric| !metric.raw.get().contains(&figure_row(&figure.page, figure, index).text());
    let metric = |record: &Record| match record {
        Record::Metric(metric) => metric.clone(),
        other => panic!("figures only: {other:?}"),
    };
    // A row whose date became that of another makes two of that day, which is the other's failure, too.
    let is_of_store = figure.list.starts_with("store");
    let claims = plain_date(&odd);
    for known in before.records.iter().map(metric).filter(|one| untouched(one)) {
        if is_of_store && claims.as_deref() == Some(known.date.to_string().as_str()) {
            continue;
        }
        let same = |one: &Metric| {
            one.raw.get() == known.raw.get() && (figure.counted)(one) == (figure.counted)(&known)
        };
        assert!(
            brought.records.iter().map(metric).any(|one| same(&one)),
            "an untouched row is lost: {known:?}"
        );
    }
    if !is_of_store {
        assert_eq!(brought.records.len() + brought.failures.len(), before.records.len());
        for one in brought.records.iter().map(metric).filter(|one| one.raw.get() == odd.text()) {
            let sent = odd.get(figure.count).and_then(Node::whole);
            assert_eq!((figure.counted)(&one), sent, "the figure is not what was sent");
        }
    }
}

fn figure_row(page: &Node, figure: &Figures, index: usize) -> Node {
    page.get(figure.rows).expect("rows").items()[index].clone()
}

fn plain_date(row: &Node) -> Option<String> {
    Some(row.get("date")?.as_text()?.trim().chars().take(10).collect())
}

/// A token is what the answer says, does not lapse before it is used, and is never shown.
pub fn any_token(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let token = json!({
        "access_token": CANARY, "expires_at": "2026-03-31T14:00:00.000", "refresh_token": CANARY,
        "refresh_token_expires_at": "2026-04-14T12:00:00.000", "client_id": "c", "mall_id": "samplemall",
        "user_id": "u", "scopes": ["mall.read_analytics"], "issued_at": "2026-03-31T12:00:00.000", "shop_no": "1",
    });
    let call = if choices.below(2) == 0 { Call::Ready } else { Call::Redeem };
    let body = odd_body(&Node::of(&token), &mut choices);
    let brought = LIVE.make(&call, &[(TOKEN, Answer::new(200, body.clone()))]);
    holds_always(&brought, &String::from_utf8_lossy(&body));
    let Some(credential) = &brought.credential else {
        assert!(brought.error.is_some());
        return;
    };
    assert!(!credential.access_token.expose().trim().is_empty());
    assert!(credential.expires_at > Some(brought.now) && credential.refresh_expires_at > Some(brought.now));
    assert!(credential.renew_at > Some(brought.now) && credential.renew_at <= credential.expires_at);
}

/// A refusal of any make, with any headers, is an error without personal data; the client's clock stays sane.
pub fn any_refusal(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let status = choices.of(&[400, 401, 403, 404, 409, 422, 429, 500, 503, 200, 302]);
    let sample = choices.of(&[
        include_str!("../samples/admin_error_401_token_expired.json"),
        include_str!("../samples/admin_error_422_offset.json"),
        include_str!("../samples/ca_error_403_scope.json"),
        include_str!("../samples/oauth_error_400_invalid_grant.json"),
        r#"{"error": {"code": 400, "message": "version is not available. The default value for the app version is 2026-09-01."}}"#,
        r#"{"error": "invalid_request", "error_description": "redirect_uri"}"#,
    ]);
    let mut body = Node::parse(sample);
    if let Node::Object(members) = &mut body {
        let buyer = json!({"buyer": {"name": CANARY, "cellphone": CANARY}, "access_token": CANARY});
        members.push(("\"details\"".to_owned(), Node::of(&buyer)));
    }
    let (call, path) = match choices.below(4) {
        0 => (Call::Ready, TOKEN),
        1 => (Call::Redeem, TOKEN),
        2 => (orders(View::Changes), ORDERS),
        _ => (LIVE_FIGURES[0].call(), VISITS),
    };
    let (answer, body) = odd_answer(status, &body, (&HEADERS, &HEADER_VALUES), &mut choices);
    let brought = LIVING.make(&call, &[(path, answer)]);
    holds_always(&brought, &String::from_utf8_lossy(&body));
    assert!(status == 200 || brought.error.is_some(), "a refusal passes for a success");
}

/// A page's token, as a database may hand it back, is read or refused.
pub fn any_page_token(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let offsets = ["18446744073709551615", "9223372036854775807", "-1", "0", "x", ""];
    let token = match choices.below(2) {
        0 => format!(
            "{}/{}/{}",
            choices.of(&["store", "product", "domain", "order_date", "moon"]),
            choices.of(&["1", "-9223372036854775808", "0"]),
            choices.of(&offsets)
        ),
        _ => String::from_utf8_lossy(choices.rest()).into_owned(),
    };
    let stream = choices.of(&["metrics", "orders"]);
    let mut answers = vec![(ORDERS, Answer::new(200, ORDERS_PAGE.text()))];
    answers.extend(LIVE_FIGURES.iter().map(|figure| (figure.path, Answer::new(200, figure.page.text()))));
    let call = Call::Read(stream, View::Changes, DAY, Some(token));
    let brought = LIVE.make(&call, &answers);
    assert!(brought.error.as_ref().is_none_or(|error| error.kind() == ErrorKind::Decode));
    if let Next::Page(next) = &brought.next {
        assert!(next.split('/').count() == 3, "{next}");
    }
}
