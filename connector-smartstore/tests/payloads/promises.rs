//! What the connector promises about any answer, as functions of bytes: property tests and fuzz targets call them.
//! They panic where a promise is broken.

use std::sync::LazyLock;

use connector_core::conformance::distort::{Choices, Node};
use connector_core::conformance::given::{Answer, Brought, Call, Caller, odd_answer, odd_body};
use connector_core::time::{kst_text, parse_kst};
use connector_core::{ErrorKind, Next, Order, Record, View};
use connector_smartstore as _;
use serde_json::json;

const FEED: &str = "/last-changed-statuses";
const DETAILS: &str = "/product-orders/query";
const LIST: &str = "/product-orders";
const ACCOUNT: &str = "/seller/account";
const TOKEN: &str = "/oauth2/token";

/// What stands in personal fields, and must be seen nowhere.
const CANARY: &str = "pii-canary-7f3a";

/// Headers that are read.
const HEADERS: [&str; 9] = [
    "date",
    "retry-after",
    "content-type",
    "gncp-gw-ratelimit-replenish-rate",
    "gncp-gw-ratelimit-burst-capacity",
    "gncp-gw-ratelimit-remaining",
    "gncp-gw-quota-period",
    "gncp-gw-quota-remaining",
    "gncp-gw-trace-id",
];

/// What the Smart Store writes into them, and the year 0.
const HEADER_VALUES: [&str; 2] = ["SECONDS", "Thu, 01 Jan 0000 00:00:00 GMT"];

static CALLER: LazyLock<Caller> = LazyLock::new(|| Caller::new("smartstore", &json!({})));

/// The largest good answer of that address, with a canary in every personal field.
fn sample(path: &str) -> Node {
    let answers = CALLER.recorded().into_iter().filter(|one| one.status == 200 && one.path.ends_with(path));
    let mut node = Node::parse(&answers.max_by_key(|one| one.body.len()).expect("the fixture has one").body);
    node.plant(&CALLER.personal_fields(), CANARY);
    node
}

/// The first few rows of a sample, so that a case is quick.
fn cut(mut node: Node, list: &[&str]) -> Node {
    if let Node::List(rows) = at_mut(&mut node, list) {
        rows.truncate(4);
    }
    node
}

static FEED_PAGE: LazyLock<Node> = LazyLock::new(|| cut(sample(FEED), &["data", "lastChangeStatuses"]));
static DETAILS_PAGE: LazyLock<Node> = LazyLock::new(|| cut(sample(DETAILS), &["data"]));
static LIST_PAGE: LazyLock<Node> = LazyLock::new(|| cut(sample(LIST), &["data", "contents"]));

fn at_mut<'a>(node: &'a mut Node, path: &[&str]) -> &'a mut Node {
    path.iter().fold(node, |node, name| node.get_mut(name).expect("a member of the sample"))
}

fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, name| node.get(name))
}

fn feed() -> Call {
    let window = ["2026-03-30T15:30:00+09:00", "2026-03-31T11:59:57+09:00"];
    Call::Read("orders", View::Changes, window, None)
}

fn list() -> Call {
    let window = ["2026-03-01T00:00:00+09:00", "2026-03-02T00:00:00+09:00"];
    Call::Read("orders", View::Census, window, None)
}

fn details() -> Call {
    Call::Fetch("orders", at(&DETAILS_PAGE, &["data"]).expect("rows").items().iter().map(key).collect())
}

/// The key of an untouched row.
fn key(row: &Node) -> String {
    readable_keys(row).pop().expect("a row of the sample has its key")
}

/// A scalar as the text or the digits that it is.
fn plain(node: &Node) -> Option<String> {
    match node {
        Node::Scalar(raw) if !raw.starts_with('"') => {
            // Larger numbers are doubles to the parser, whose digits are not the sender's.
            let is_whole = raw.parse::<u64>().is_ok() || raw != "-0" && raw.parse::<i64>().is_ok();
            is_whole.then(|| raw.clone())
        }
        other => other.as_text(),
    }
}

/// The keys of a row that can still be read; a list's row has one beside the order and one in it.
fn readable_keys(row: &Node) -> Vec<String> {
    let places: [&[&str]; 3] = [
        &["productOrderId"],
        &["productOrder", "productOrderId"],
        &["content", "productOrder", "productOrderId"],
    ];
    let texts = places.into_iter().filter_map(|path| plain(at(row, path)?));
    texts.filter(|key| !key.trim().is_empty()).collect()
}

fn order<'a>(brought: &'a Brought, key: &str) -> Option<&'a Order> {
    match brought.record(key)? {
        Record::Order(order) => Some(order),
        other => panic!("orders only: {other:?}"),
    }
}

/// What holds for every answer, whatever it is.
fn holds_always(brought: &Brought, body: &[u8]) {
    brought.assert_presentable(CANARY);
    let text = String::from_utf8_lossy(body);
    for raw in brought.raws() {
        assert!(text.contains(raw), "a kept object is not as it was sent: {raw}");
    }
    for record in &brought.records {
        let Record::Order(order) = record else { panic!("orders only") };
        assert_eq!(kst_text(order.ordered_at).len(), 29, "{}", kst_text(order.ordered_at));
        assert!(!order.order_id.trim().is_empty() && !order.status.trim().is_empty());
    }
    for change in &brought.changes {
        assert_eq!(kst_text(change.at).len(), 29, "{}", kst_text(change.at));
    }
    for failure in &brought.failures {
        assert!(failure.raw.is_some());
    }
    if let Next::Resume { from, page } = &brought.next {
        assert!(kst_text(*from).len() == 29 && page.contains('|'), "{:?}", brought.next);
    }
}

/// Whatever comes as an answer of these calls is read or named.
pub fn any_answer(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (call, path, page) = match choices.below(4) {
        0 => (feed(), FEED, &FEED_PAGE),
        1 => (details(), DETAILS, &DETAILS_PAGE),
        2 => (list(), LIST, &LIST_PAGE),
        _ => (Call::Check, ACCOUNT, &FEED_PAGE),
    };
    let body = odd_body(page, &mut choices);
    holds_always(&CALLER.make(&call, &[(path, Answer::new(200, body.clone()))]), &body);
}

/// A page in which one row, of those at `path`, is changed by `choices`: the whole, the row, and the rows beside it.
fn with_odd_row(page: &Node, path: &[&str], choices: &mut Choices<'_>) -> (Node, Node, Vec<Node>) {
    let mut page = page.clone();
    let Node::List(rows) = at_mut(&mut page, path) else { panic!("rows are a list") };
    let index = choices.below(rows.len());
    for _ in 0..=choices.below(3) {
        rows[index].distort(choices);
    }
    let odd = rows[index].clone();
    let others = rows.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, row)| row.clone());
    let others = others.collect();
    (page, odd, others)
}

/// An odd row of the feed is a change or a failure, and the others are listed as ever.
pub fn odd_feed_row(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (page, odd, others) = with_odd_row(&FEED_PAGE, &["data", "lastChangeStatuses"], &mut choices);
    let brought = CALLER.make(&feed(), &[(FEED, Answer::new(200, page.text()))]);
    holds_always(&brought, page.text().as_bytes());
    assert!(brought.error.is_none(), "one row stops the page: {:?}", brought.error);
    assert_eq!(brought.changes.len() + brought.failures.len(), others.len() + 1);
    for row in &others {
        let at = row.get("lastChangedDate").and_then(Node::as_text).and_then(|at| parse_kst(&at));
        let found = brought.changes.iter().find(|change| change.key == key(row)).expect("an untouched row");
        assert_eq!(Some(found.at), at);
    }
    if let Some(key) = readable_keys(&odd).first() {
        assert!(brought.changes.iter().any(|change| change.key == *key), "{key} changed, and is not listed");
    } else if matches!(odd, Node::List(_)) {
        assert_eq!(brought.failures.len(), 1, "a list is taken for a row");
    }
}

/// An odd row of the details is an order or a failure, and the others are read as ever.
pub fn odd_details_row(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (page, odd, others) = with_odd_row(&DETAILS_PAGE, &["data"], &mut choices);
    let brought = CALLER.make(&details(), &[(DETAILS, Answer::new(200, page.text()))]);
    odd_order(&brought, &page, &odd, &others, |row| Some(row.clone()));
}

/// The same of the conditional list, where the key stands beside the order, too.
pub fn odd_list_row(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (page, odd, others) = with_odd_row(&LIST_PAGE, &["data", "contents"], &mut choices);
    let brought = CALLER.make(&list(), &[(LIST, Answer::new(200, page.text()))]);
    odd_order(&brought, &page, &odd, &others, |row| row.get("content").cloned());
}

fn odd_order(
    brought: &Brought,
    page: &Node,
    odd: &Node,
    others: &[Node],
    element: impl Fn(&Node) -> Option<Node>,
) {
    holds_always(brought, page.text().as_bytes());
    assert!(brought.error.is_none(), "one row stops the page: {:?}", brought.error);
    for row in others {
        let element = element(row).expect("an untouched row");
        let order = order(brought, &key(row)).unwrap_or_else(|| panic!("{} is lost", key(row)));
        is_as_sent(order, &element);
    }
    let others: Vec<String> = others.iter().map(key).collect();
    let keys = match details() {
        Call::Fetch(_, keys) => keys,
        other => panic!("{other:?} fetches nothing"),
    };
    let own = brought.records.iter().find(|record| !others.contains(&record.key()));
    match (own, element(odd)) {
        (Some(Record::Order(order)), Some(element)) => {
            is_as_sent(order, &element);
            assert!(brought.failures.is_empty());
        }
        (Some(other), None) => panic!("an order comes of nothing: {other:?}"),
        (Some(other), _) => panic!("orders only: {other:?}"),
        (None, _) => {
            let [failure] = &brought.failures[..] else {
                // Details of an order that nobody asked for are left out, and those alone.
                let other = readable_keys(odd).into_iter().find(|key| !keys.contains(key));
                assert!(brought.failures.is_empty() && other.is_some(), "{:?}", brought.failures);
                return;
            };
            let readable = readable_keys(odd);
            let named = failure.key.as_ref().is_some_and(|key| readable.contains(key));
            // A list's row whose own key is broken is not looked into.
            let own_key = odd.get("productOrderId").and_then(plain);
            let is_broken = odd.get("content").is_some() && own_key.is_none();
            assert!(named || is_broken || readable.is_empty(), "{failure:?} of {}", odd.text());
        }
    }
}

/// Every field that was read says what stands in the row, to the digit; what was kept is the row.
fn is_as_sent(order: &Order, element: &Node) {
    assert_eq!(order.raw.get(), element.text(), "the kept object is not the row");
    let whole = |name| at(element, &["productOrder", name]).and_then(Node::whole);
    assert_eq!(Some(order.amount), whole("totalPaymentAmount"), "the amount is not what was sent");
    if order.unit_price.is_some() {
        assert_eq!(order.unit_price, whole("unitPrice"));
    }
    if order.quantity.is_some() {
        assert!([whole("remainQuantity"), whole("quantity")].contains(&order.quantity));
    }
    let text = |name| at(element, &["productOrder", name]).and_then(plain);
    assert_eq!(Some(&order.status), text("productOrderStatus").as_ref());
    if order.product_id.is_some() {
        assert_eq!(order.product_id, text("productId"));
    }
}

/// A token is what the answer says, lasts as long as it says, and is never shown.
pub fn any_token(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut token = Node::of(&json!({"access_token": CANARY, "expires_in": 10_799, "token_type": "Bearer"}));
    let is_noise = choices.below(4) == 0;
    let body = if is_noise {
        odd_body(&token, &mut choices)
    } else {
        for _ in 0..=choices.below(3) {
            token.distort(&mut choices);
        }
        token.text().into()
    };
    let brought = CALLER.make(&Call::Ready, &[(TOKEN, Answer::new(200, body.clone()))]);
    holds_always(&brought, &body);
    let Some(credential) = &brought.credential else {
        assert!(brought.error.is_some());
        return;
    };
    let life = credential.expires_at.expect("a time") - brought.now;
    if !is_noise {
        assert_eq!(Some(life.num_seconds()), token.get("expires_in").and_then(Node::whole));
    }
    assert!(credential.renew_at > Some(brought.now) && credential.renew_at < credential.expires_at);
}

/// A refusal of any make, with any headers, is an error without personal data; the client's clock stays sane.
pub fn any_refusal(bytes: &[u8]) {
    static BODIES: LazyLock<Vec<Node>> = LazyLock::new(|| {
        let samples = Node::parse(include_str!("../samples/errors.json"));
        let Node::Object(groups) = samples else { panic!("groups of samples") };
        let samples = groups.iter().flat_map(|(_, group)| group.items()).filter_map(|one| one.get("body"));
        samples.filter(|body| matches!(body, Node::Object(_))).cloned().collect()
    });
    let mut choices = Choices::new(bytes);
    let status = choices.of(&[400, 401, 403, 404, 409, 418, 429, 500, 503, 200, 302, 408]);
    let mut body = BODIES[choices.below(BODIES.len())].clone();
    if let Node::Object(members) = &mut body {
        let buyer =
            json!({"ordererName": CANARY, "shippingAddress": {"tel1": CANARY, "baseAddress": CANARY}});
        members.push(("\"details\"".to_owned(), Node::of(&buyer)));
    }
    let call = if choices.below(4) == 0 { Call::Ready } else { feed() };
    let path = if matches!(call, Call::Ready) { TOKEN } else { FEED };
    let (answer, body) = odd_answer(status, &body, (&HEADERS, &HEADER_VALUES), &mut choices);
    static LIVING: LazyLock<Caller> = LazyLock::new(|| Caller::new("smartstore", &json!({})).living());
    let brought = LIVING.make(&call, &[(path, answer)]);
    holds_always(&brought, &body);
    assert!(status == 200 || brought.error.is_some(), "a refusal passes for a success");
}

/// A page's token, as a database may hand it back, is read or refused.
pub fn any_page_token(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let tokens =
        ["4294967295", "-1", "+1", "|", "2026-03-01|", "9999-12-31T23:59:59-12:00|1", "+99999-1-1|x"];
    let token = match choices.below(2) {
        0 => choices.of(&tokens).to_owned(),
        _ => String::from_utf8_lossy(choices.rest()).into_owned(),
    };
    for (call, path, page) in [(feed(), FEED, &FEED_PAGE), (list(), LIST, &LIST_PAGE)] {
        let Call::Read(stream, view, window, _) = call else { panic!("a page") };
        let mut page = Node::clone(page);
        if let Some(node) = page.get_mut("data").and_then(|data| data.get_mut("pagination")) {
            *node = Node::of(&json!({"hasNext": true}));
        }
        let call = Call::Read(stream, view, window, Some(token.clone()));
        let brought = CALLER.make(&call, &[(path, Answer::new(200, page.text()))]);
        holds_always(&brought, page.text().as_bytes());
        assert!(brought.error.as_ref().is_none_or(|error| error.kind() == ErrorKind::Decode));
    }
}
