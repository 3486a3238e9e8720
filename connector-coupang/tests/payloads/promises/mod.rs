//! What the connector promises about any answer, as functions of bytes: property tests and fuzz targets call them.
//! They panic where a promise is broken.

pub mod claims;
pub mod figures;
pub mod orders;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use connector_core::conformance::distort::{Choices, Node};
use connector_core::conformance::given::{Answer, Brought, Call, Caller, odd_answer, odd_body};
use connector_core::time::{kst_text, parse_kst};
use connector_core::{Claim, ErrorKind, Listing, Order, Record, Settlement, View};
use connector_coupang as _;
use serde_json::json;

/// What stands in personal fields, and must be seen nowhere.
const CANARY: &str = "pii-canary-7f3a";

/// Headers that are read, and what the platform writes into them.
const HEADERS: [&str; 4] = ["date", "retry-after", "content-type", "x-cag-warnings"];
const HEADER_VALUES: [&str; 3] = ["text/html", "90% of the limit", "Thu, 01 Jan 0000 00:00:00 GMT"];

const WINDOW: [&str; 2] = ["2026-03-02T00:00:00+09:00", "2026-03-09T00:00:00+09:00"];

static NEW: LazyLock<Caller> = LazyLock::new(|| Caller::new("coupang", &json!({})));
static OLD: LazyLock<Caller> = LazyLock::new(|| Caller::new("coupang", &json!({"order_api": "v4"})));
static BY_MINUTE: LazyLock<Caller> =
    LazyLock::new(|| Caller::new("coupang", &json!({"order_list": "minute"})));
static LIVING: LazyLock<Caller> = LazyLock::new(|| Caller::new("coupang", &json!({})).living());

/// A list of the platform.
struct List {
    stream: &'static str,
    /// The page's token in a read: which list it is.
    token: Option<&'static str>,
    path: &'static str,
    caller: &'static LazyLock<Caller>,
    page: Node,
}

impl List {
    fn call(&self) -> Call {
        Call::Read(self.stream, View::Changes, WINDOW, self.token.map(str::to_owned))
    }

    /// What comes of the list with that body. All else is answered as the fixture has it.
    fn answered(&self, body: impl Into<Vec<u8>>) -> Brought {
        let mut answers = vec![(self.path, Answer::new(200, body.into()))];
        answers.extend(OTHERS.iter().map(|(path, body)| (path.as_str(), Answer::new(200, body.clone()))));
        self.caller.make(&self.call(), &answers)
    }
}

/// A few rows of the largest good answer of that address, with a canary in every personal field.
fn sample(path: &str) -> Node {
    let recorded = NEW.recorded().into_iter().filter(|one| one.status == 200 && one.path.ends_with(path));
    prepared(&recorded.max_by_key(|one| one.body.len()).expect("the fixture has one").body)
}

fn prepared(body: &str) -> Node {
    let mut page = Node::parse(body);
    rows_mut(&mut page).truncate(4);
    page.plant(&NEW.personal_fields(), CANARY);
    page
}

fn rows_mut(page: &mut Node) -> &mut Vec<Node> {
    match page.get_mut("data") {
        Some(Node::List(rows)) => rows,
        other => panic!("rows are a list: {other:?}"),
    }
}

/// The answers about one order, one product and one option.
static OTHERS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let is_other = |path: &str| {
        let (_, last) = path.rsplit_once('/').unwrap_or_default();
        last == "inventories" || path.contains("/seller-products/15") || path.contains("/29100131500037/")
    };
    let mut others: Vec<(String, String)> = Vec::new();
    for one in NEW.recorded() {
        if one.status == 200 && is_other(&one.path) && others.iter().all(|(path, _)| *path != one.path) {
            let mut body = Node::parse(&one.body);
            body.plant(&NEW.personal_fields(), CANARY);
            others.push((one.path, body.text()));
        }
    }
    others
});

const ORDERS: &str = "/v5/vendors/A00012345/ordersheets";

static LISTS: LazyLock<[List; 9]> = LazyLock::new(|| {
    let list = |stream, token, path, caller, page| List { stream, token, path, caller, page };
    let mut parcels = sample(ORDERS);
    // Two lines in one of them, one option among them twice.
    let Some(Node::List(items)) = rows_mut(&mut parcels)[0].get_mut("orderItems") else { panic!("items") };
    items.push(items[0].clone());
    let old = prepared(include_str!("../../samples/ordersheets_v4_timeframe.json"));
    let exchanges = sample("/exchangeRequests");
    let mut withdrawn = sample("/returnWithdrawRequests");
    let mut second = rows_mut(&mut withdrawn)[0].clone();
    *second.get_mut("cancelId").expect("a number") = Node::of(&json!(502_200_041));
    rows_mut(&mut withdrawn).push(second);
    [
        list("orders", Some("ACCEPT"), ORDERS, &NEW, parcels.clone()),
        list("orders", Some("INSTRUCT"), ORDERS, &BY_MINUTE, parcels),
        list("orders", Some("DEPARTURE"), "/v4/vendors/A00012345/ordersheets", &OLD, old),
        list("claims", Some("UC"), "/v6/vendors/A00012345/returnRequests", &NEW, sample("/returnRequests")),
        list(
            "claims",
            Some("CANCEL"),
            "/v4/vendors/A00012345/returnRequests",
            &OLD,
            sample("/returnRequests"),
        ),
        list("claims", Some("EXCHANGE"), "/exchangeRequests", &NEW, exchanges),
        list("claims", Some("WITHDRAWN"), "/returnWithdrawRequests", &NEW, withdrawn),
        list("settlements", Some("revenue-history"), "/revenue-history", &NEW, sample("/revenue-history")),
        list("listings", None, "/marketplace/seller-products", &NEW, sample("/seller-products")),
    ]
});

/// Whether nothing stands there: no such member, `null`, or a blank text.
fn is_absent(node: Option<&Node>) -> bool {
    node.is_none_or(|node| node.text() == "null" || node.as_text().is_some_and(|text| text.trim().is_empty()))
}

/// A scalar as the text or the digits that it is.
fn plain(node: Option<&Node>) -> Option<String> {
    match node? {
        Node::Scalar(raw) if !raw.starts_with('"') => {
            let is_whole = raw.parse::<u64>().is_ok() || raw != "-0" && raw.parse::<i64>().is_ok();
            is_whole.then(|| raw.clone())
        }
        other => other.as_text(),
    }
}

fn id(node: Option<&Node>) -> Option<String> {
    plain(node).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A number that may be left out, as which it counts as none.
fn or_zero(node: Option<&Node>) -> Option<i128> {
    if is_absent(node) { Some(0) } else { node?.whole().map(i128::from) }
}

/// Won, in either of the two shapes.
fn won(node: Option<&Node>) -> Option<i128> {
    match node? {
        money @ Node::Object(_) => {
            let currency = money.get("currencyCode");
            let is_won = currency.is_none_or(|code| ["\"KRW\"", "null"].contains(&code.text().as_str()));
            let is_whole = or_zero(money.get("nanos")) == Some(0);
            assert!(is_won && is_whole, "no won are taken for won: {}", money.text());
            money.get("units")?.whole().map(i128::from)
        }
        plain => plain.whole().map(i128::from),
    }
}

fn won_or_zero(node: Option<&Node>) -> Option<i128> {
    if is_absent(node) { Some(0) } else { won(node) }
}

fn items<'a>(row: &'a Node, name: &str) -> &'a [Node] {
    row.get(name).map(Node::items).unwrap_or_default()
}

/// What holds for every answer, whatever it is. `sent`: everything that was answered.
fn holds_always(brought: &Brought, sent: &str) {
    brought.assert_presentable(CANARY);
    for raw in brought.raws() {
        let is_other = || OTHERS.iter().any(|(_, body)| body.contains(raw));
        assert!(sent.contains(raw) || is_other(), "a kept object is not as it was sent: {raw}");
    }
    for record in &brought.records {
        assert!(!record.key().trim().is_empty());
        if let Record::Order(Order { ordered_at: at, .. }) | Record::Claim(Claim { requested_at: at, .. }) =
            record
        {
            assert_eq!(kst_text(*at).len(), 29, "{}", kst_text(*at));
        }
    }
    assert!(brought.failures.iter().all(|failure| failure.raw.is_some()));
}

/// Whatever comes as an answer of these calls is read or named.
pub fn any_answer(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[choices.below(LISTS.len())];
    let body = odd_body(&list.page, &mut choices);
    holds_always(&list.answered(body.clone()), &String::from_utf8_lossy(&body));
    let check = NEW.make(&Call::Check, &[(ORDERS, Answer::new(200, body.clone()))]);
    holds_always(&check, &String::from_utf8_lossy(&body));
}

/// One row of the list is changed: the row, and what came of it beyond what the rows beside it came to.
fn with_odd_row(list: &List, choices: &mut Choices<'_>) -> (Node, Brought) {
    let (mut page, mut others) = (list.page.clone(), list.page.clone());
    let rows = rows_mut(&mut page);
    let index = choices.below(rows.len());
    for _ in 0..=choices.below(3) {
        rows[index].distort(choices);
    }
    let odd = rows[index].clone();
    rows_mut(&mut others).remove(index);
    let brought = list.answered(page.text());
    holds_always(&brought, &page.text());
    assert!(brought.error.is_none(), "one row stops the page: {:?}", brought.error);
    (odd, brought.beyond(&list.answered(others.text())))
}

/// Each item of a row is a record or a failure, unless the row itself is one; no two records share a key.
fn each_item_is_told(own: &Brought, row: &Node, count: usize) {
    let unread =
        own.failures.iter().any(|failure| failure.raw.as_deref().is_some_and(|raw| raw.get() == row.text()));
    let told = own.records.len() + own.failures.len();
    assert!(unread || told == count.max(1), "{told} of {count} items are told of {}", row.text());
    let keys: BTreeSet<String> = own.records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), own.records.len(), "one record takes another's place");
}

/// A refusal of any make, with any headers, is an error without personal data; the client's clock stays sane.
pub fn any_refusal(bytes: &[u8]) {
    static BODIES: LazyLock<Vec<Node>> = LazyLock::new(|| {
        let samples = Node::parse(include_str!("../../samples/errors.json"));
        let json = samples.items().iter().filter_map(|one| one.get("body")).cloned();
        let pages =
            samples.items().iter().filter_map(|one| one.get("body_text")?.as_text()).map(Node::Scalar);
        let edge = Node::Scalar(format!("<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD>{CANARY}</HTML>"));
        json.chain(pages).chain([edge]).collect()
    });
    let mut choices = Choices::new(bytes);
    let status = choices.of(&[400, 401, 403, 404, 409, 412, 423, 429, 500, 503, 504, 521, 200, 302]);
    let mut body = BODIES[choices.below(BODIES.len())].clone();
    if let Node::Object(members) = &mut body {
        let buyer = json!({"requesterName": CANARY, "receiver": {"addr1": CANARY, "safeNumber": CANARY}});
        members.push(("\"data\"".to_owned(), Node::of(&buyer)));
    }
    let list = &LISTS[choices.below(LISTS.len())];
    let (answer, body) = odd_answer(status, &body, (&HEADERS, &HEADER_VALUES), &mut choices);
    let caller = if list.path == ORDERS { &LIVING } else { list.caller };
    let brought = caller.make(&list.call(), &[(list.path, answer)]);
    holds_always(&brought, &String::from_utf8_lossy(&body));
    assert!(status == 200 || brought.error.is_some(), "a refusal passes for a success");
}

/// A page's token, as a database may hand it back, is read or refused.
pub fn any_page_token(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[choices.below(LISTS.len())];
    let own = list.token.unwrap_or_default();
    let token = match choices.below(3) {
        0 => format!("{own}/{}", choices.of(&["", "/", "-1", "853138", "&status=UC", "a b", "%2B"])),
        1 => format!("{own}/{}", String::from_utf8_lossy(choices.rest())),
        _ => String::from_utf8_lossy(choices.rest()).into_owned(),
    };
    let call = Call::Read(list.stream, View::Changes, WINDOW, Some(token));
    let mut page = list.page.clone();
    if let Node::Object(members) = &mut page {
        members.retain(|(name, _)| name != "\"nextToken\"");
        members.push(("\"nextToken\"".to_owned(), Node::of(&json!("next/853"))));
    }
    let brought = list.caller.make(&call, &[(list.path, Answer::new(200, page.text()))]);
    holds_always(&brought, &page.text());
    assert!(brought.error.as_ref().is_none_or(|error| error.kind() == ErrorKind::Decode));
}
