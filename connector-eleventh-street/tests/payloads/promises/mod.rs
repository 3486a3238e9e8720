//! What the connector promises about any answer, as functions of bytes: property tests and fuzz targets call them.
//! They panic where a promise is broken.

pub mod lines;
pub mod rows;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use connector_core::conformance::distort::{Choices, Node, damage};
use connector_core::conformance::given::{Answer, Brought, Call, Caller, odd_answer_of};
use connector_core::time::{kst_text, parse_kst};
use connector_core::xml::{self, Element};
use connector_core::{Claim, ErrorKind, Listing, Next, Order, Record, Settlement, View};
use connector_eleventh_street as _;
use serde_json::{Value, json};

/// What stands in personal elements, and must be seen nowhere.
const CANARY: &str = "pii-canary-7f3a";

/// Headers that are read, and what stands in them.
const HEADERS: [&str; 3] = ["date", "retry-after", "content-type"];
const HEADER_VALUES: [&str; 4] =
    ["text/xml;charset=EUC-KR", "text/html", "text/xml; charset=\"utf-16\"", "Thu, 01 Jan 0000 00:00:00 GMT"];

const WEEK: [&str; 2] = ["2026-03-25T00:00:00+09:00", "2026-04-01T00:00:00+09:00"];
const MONTH: [&str; 2] = ["2026-03-03T00:00:00+09:00", "2026-04-01T00:00:00+09:00"];

static CALLER: LazyLock<Caller> = LazyLock::new(|| Caller::new("eleventh_street", &json!({})));
static LIVING: LazyLock<Caller> = LazyLock::new(|| Caller::new("eleventh_street", &json!({})).living());

/// A list of the platform, a few of its rows as JSON trees.
struct List {
    stream: &'static str,
    /// The page's token in a read: which list it is.
    token: Option<&'static str>,
    window: [&'static str; 2],
    path: String,
    root: &'static str,
    row: &'static str,
    rows: Vec<Node>,
}

impl List {
    fn call(&self) -> Call {
        Call::Read(self.stream, View::Changes, self.window, self.token.map(str::to_owned))
    }

    /// The document that holds these rows.
    fn document(&self, rows: &[Node]) -> Element {
        rows.iter().fold(Element::new(self.root), |root, row| with(root, self.row, row))
    }

    /// What comes of the list with that body. All else is answered as the fixture has it.
    fn answered(&self, body: Vec<u8>) -> Brought {
        let mut answers = vec![(self.path.as_str(), Answer::new(200, body))];
        answers.extend(STOCKS.iter().map(|(path, root)| (path.as_str(), Answer::new(200, bytes(root)))));
        CALLER.make(&self.call(), &answers)
    }
}

/// The element with what a JSON tree says as its child or children of that name: a name may come twice.
fn with(parent: Element, name: &str, node: &Node) -> Element {
    let is_name = !name.is_empty()
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let name = if is_name { name } else { "odd" };
    match node {
        Node::Object(members) => {
            let child = members.iter().fold(Element::new(name), |child, (name, value)| {
                with(child, &serde_json::from_str::<String>(name).unwrap_or_default(), value)
            });
            parent.with_child(child)
        }
        Node::List(items) => items.iter().fold(parent, |parent, item| with(parent, name, item)),
        Node::Scalar(raw) => parent.with(name, node.as_text().unwrap_or_else(|| raw.clone())),
    }
}

/// The document in the platform's charset, or in UTF-8 where that lacks a character.
fn bytes(root: &Element) -> Vec<u8> {
    let encoded = xml::encode(&format!("<?xml version='1.0' encoding='euc-kr'?>{}", root.markup()));
    match encoded.lost.is_empty() {
        true => encoded.bytes,
        false => format!("<?xml version='1.0' encoding='UTF-8'?>{}", root.markup()).into(),
    }
}

/// The document as a reader finds it.
fn sent(root: &Element) -> Element {
    Element::parse(&root.markup()).expect("what is written here is XML")
}

/// The largest good answer of the fixture whose path ends so.
fn recorded(path: &str) -> (String, Element) {
    let answers = CALLER.recorded().into_iter().filter(|one| one.status == 200 && one.path.ends_with(path));
    let answer = answers.max_by_key(|one| one.body.len()).expect("the fixture has one");
    let text: String = serde_json::from_str(&answer.body).expect("XML stands in a text");
    (answer.path, Element::parse(&text).expect("XML"))
}

fn list(stream: &'static str, token: Option<&'static str>, path: &str, row: &'static str) -> List {
    let (path, document) = recorded(path);
    let mut seen = BTreeSet::new();
    let rows = document.all(row).map(|row| Node::parse(row.json().get()));
    // Of an order one line, so that no other row has the number of the odd one.
    let mut rows: Vec<Node> = rows
        .filter(|row| seen.insert(row.get("ordNo").or(row.get("prdNo")).map(Node::text)))
        .take(3)
        .collect();
    if let [only] = &rows[..] {
        let mut twin = only.clone();
        for number in ["clmReqSeq", "ordPrdCnSeq", "ordNo"] {
            if let Some(node) = twin.get_mut(number) {
                *node = Node::of(&json!("20260399000000001"));
            }
        }
        rows.push(twin);
    }
    for row in &mut rows {
        row.plant(&CALLER.personal_fields(), CANARY);
    }
    let root = match document.name() {
        "products" => "products",
        "orders" => "orders",
        _ => "seStlDtlLists",
    };
    let window = if stream == "orders" { WEEK } else { MONTH };
    List { stream, token, window, path, root, row, rows }
}

static LINES: LazyLock<[List; 3]> = LazyLock::new(|| {
    let week = |name: &'static str| {
        list("orders", Some(name), &format!("ordservices/{name}/202603250000/202604010000"), "order")
    };
    [week("complete"), week("packaging"), week("dlvcompleted")]
});

static KEYS: LazyLock<[List; 3]> = LazyLock::new(|| {
    [("shipping", "ordservices"), ("cancelorders", "claimservice"), ("exchangeorders", "claimservice")].map(
        |(name, service)| {
            list("orders", Some(name), &format!("{service}/{name}/202603250000/202604010000"), "order")
        },
    )
});

static CLAIMS: LazyLock<[List; 6]> = LazyLock::new(|| {
    [
        "cancelorders",
        "withdrawcanceledorders",
        "officecancellist",
        "returnorders",
        "retractexcorders",
        "exchangedorders",
    ]
    .map(|name| {
        list("claims", Some(name), &format!("claimservice/{name}/202603030000/202604010000"), "order")
    })
});

static SETTLEMENTS: LazyLock<List> = LazyLock::new(|| {
    let mut list = list("settlements", None, "settlementList/20260302/20260331", "seStlDtlList");
    list.window = ["2026-03-02T00:00:00+09:00", "2026-04-01T00:00:00+09:00"];
    list
});

static PRODUCTS: LazyLock<List> =
    LazyLock::new(|| list("listings", None, "prodmarketservice/prodmarket", "product"));

/// The stock of each product.
static STOCKS: LazyLock<Vec<(String, Element)>> = LazyLock::new(|| {
    ["9000000001", "9000000002", "9000000003"].map(|number| recorded(&format!("stck/{number}"))).into()
});

fn every_list() -> impl Iterator<Item = &'static List> {
    LINES.iter().chain(KEYS.iter()).chain(CLAIMS.iter()).chain([&*SETTLEMENTS, &*PRODUCTS])
}

fn any_list(choices: &mut Choices<'_>) -> &'static List {
    let index = choices.below(every_list().count());
    every_list().nth(index).expect("an index below the count")
}

/// The text of an element that is there once; nothing for `null`, where the platform means nothing by it.
fn word<'a>(row: &'a Element, name: &str) -> Option<&'a str> {
    let mut found = row.all(name);
    match (found.next(), found.next()) {
        (Some(child), None) if child.is_leaf() => Some(child.text().trim()),
        _ => None,
    }
    .filter(|word| !word.is_empty() && *word != "null")
}

fn number(row: &Element, name: &str) -> Option<i64> {
    Node::Scalar(word(row, name)?.replace(',', "")).whole()
}

/// Whether an element comes more than once, so that nothing tells which of them counts.
fn has_twins(row: &Element, name: &str) -> bool {
    row.all(name).nth(1).is_some()
}

/// What was read of an element is what stands there, unless it stands there twice.
fn same<T: PartialEq + std::fmt::Debug>(row: &Element, name: &str, read: T, stands: T) {
    assert!(read == stands || has_twins(row, name), "{name}: {read:?} is read of {stands:?}");
}

/// The instant that a word of the platform says.
fn instant(word: Option<&str>) -> Option<DateTime<Utc>> {
    let word = word?;
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    match word.len() {
        8 | 12 if digits => {
            let (day, minute) = word.split_at(8);
            let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
            let clock =
                if minute.is_empty() { String::new() } else { format!(" {}:{}", &minute[..2], &minute[2..]) };
            parse_kst(&(day + &clock))
        }
        _ => parse_kst(&word.replace('/', "-")),
    }
}

/// What holds for every answer, whatever it is.
fn holds_always(brought: &Brought) {
    brought.assert_presentable(CANARY);
    for raw in brought.raws() {
        assert!(serde_json::from_str::<Value>(raw).is_ok_and(|raw| raw.is_object()), "{raw} is no object");
    }
    for record in &brought.records {
        let key = record.key();
        assert!(!key.trim().is_empty() && key.len() <= 255 && !key.chars().any(char::is_control), "{key:?}");
        if let Record::Order(Order { ordered_at: at, .. }) | Record::Claim(Claim { requested_at: at, .. }) =
            record
        {
            assert_eq!(kst_text(*at).len(), 29, "{}", kst_text(*at));
        }
    }
    for change in &brought.changes {
        assert_eq!(kst_text(change.at).len(), 29, "{}", kst_text(change.at));
    }
    assert!(brought.failures.iter().all(|failure| failure.raw.is_some()));
}

/// Whatever comes as an answer of these calls is read or named.
pub fn any_answer(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = any_list(&mut choices);
    let is_noise = choices.below(4) == 0;
    let body = if is_noise { choices.rest().to_vec() } else { odd_document(list, &mut choices) };
    holds_always(&list.answered(body.clone()));
    let check = "ordservices/complete/202603310000/202603310001";
    holds_always(&CALLER.make(&Call::Check, &[(check, Answer::new(200, body))]));
}

/// The list with anything changed, at times in its bytes.
fn odd_document(list: &List, choices: &mut Choices<'_>) -> Vec<u8> {
    let is_damaged = choices.below(4) == 3;
    let mut rows = list.rows.clone();
    for _ in 0..choices.below(5) {
        let index = choices.below(rows.len());
        rows[index].distort(choices);
    }
    let body = self::bytes(&list.document(&rows));
    if is_damaged { damage(body, choices) } else { body }
}

/// Charset and label may be any of those that the platform mixes up: the same is read, to the letter.
pub fn any_charset(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LINES[choices.below(LINES.len())];
    let mut rows = list.rows.clone();
    let letters = ["한", "똠", "ㄱ", "쩌", "펲", "A", "&", " ", "漢", "（", "†"];
    let name: String = (0..choices.below(6)).map(|_| choices.of(&letters)).collect();
    *rows[0].get_mut("prdNm").expect("a name") = Node::of(&json!(format!("{name}길동")));
    let markup = list.document(&rows).markup();
    let declaration = choices.of(&[
        "",
        "<?xml version='1.0'?>",
        "<?xml version='1.0' encoding='euc-kr'?>",
        "<?xml version=\"1.0\" encoding=\"EUC-KR\" standalone=\"yes\"?>",
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<?xml version='1.0' encoding='klingon'?>",
        "\u{feff}<?xml version='1.0' encoding='UTF-8'?>",
    ]);
    let text = format!("{declaration}{markup}");
    let in_utf_8 = choices.below(2) == 0 || declaration.starts_with('\u{feff}');
    let body = if in_utf_8 { text.into_bytes() } else { xml::encode(&text).bytes };
    let mut answer = Answer::new(200, body);
    if let Some(label) = choices.of(&[
        None,
        Some("text/xml;charset=EUC-KR"),
        Some("text/xml; charset=utf-8"),
        Some("text/xml"),
    ]) {
        answer = answer.header("content-type", label.as_bytes());
    }
    let plain = list.answered(format!("<?xml version='1.0' encoding='UTF-8'?>{markup}").into());
    let brought = CALLER.make(&list.call(), &[(&list.path, answer)]);
    holds_always(&brought);
    assert!(brought.error.is_none() && plain.error.is_none(), "{:?} {:?}", brought.error, plain.error);
    let left = brought.beyond(&plain);
    assert!(left.records.is_empty() && left.failures.is_empty(), "{left:?}");
}

/// One row of the list is changed: what was sent in its place, and what came of it beyond what the rows beside it came to.
/// The rows beside it come last.
fn with_odd_row(list: &List, choices: &mut Choices<'_>) -> (Vec<Element>, Brought, Vec<Element>) {
    let index = choices.below(list.rows.len());
    let (mut rows, mut others) = (list.rows.clone(), list.rows.clone());
    for _ in 0..=choices.below(3) {
        rows[index].distort(choices);
    }
    let odd = sent(&list.document(&rows[index..=index]));
    others.remove(index);
    let brought = list.answered(bytes(&list.document(&rows)));
    holds_always(&brought);
    assert!(brought.error.is_none(), "one row stops the page: {:?}", brought.error);
    let own = brought.beyond(&list.answered(bytes(&list.document(&others))));
    let rows = |root: &Element| root.all(list.row).cloned().collect();
    (rows(&odd), own, rows(&sent(&list.document(&others))))
}

/// Each row is a record or a failure, and which of them it is.
fn told<'a>(own: &'a Brought, odd: &'a [Element]) -> Option<(&'a Record, &'a Element)> {
    assert_eq!(own.records.len() + own.failures.len(), odd.len(), "a row is gone without a word");
    for failure in &own.failures {
        let raw = failure.raw.as_deref().map_or("", |raw| raw.get());
        assert!(odd.iter().any(|row| row.json().get() == raw), "the kept object is not the row: {raw}");
    }
    match (&own.records[..], odd) {
        ([record], [row]) => Some((record, row)),
        _ => None,
    }
}

/// What was kept of a row is the row, with the list's own code where the row has none.
fn is_kept(raw: &str, row: &Element, code: &str, status: &str) {
    let mut expected = row.clone();
    if word(row, code).is_none() && !has_twins(row, code) {
        expected.set(code, status);
    }
    let has_code = has_twins(row, code);
    assert!(raw == expected.json().get() || has_code, "the kept object is not the row: {raw}");
}

/// A refusal of any make, with any headers, is an error without personal data; the client's clock stays sane.
pub fn any_refusal(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let status = choices.of(&[200, 400, 401, 403, 404, 429, 500, 502, 503, 302]);
    let code =
        choices.of(&["-1000", "1000", "-500", "-997", "100", "200", "300", "-1", "0", "-3104", "2", "404"]);
    let text = choices.of(&[
        "[203.0.113.7]인증된 IP가 아닙니다.",
        "조회기간은 최대 7일입니다",
        "해당 건이 없습니다.",
        "OpenAPI Key 에 해당하는 유저가 없습니다.",
        "시스템 점검",
        "",
    ]);
    let (root, body) = match choices.below(5) {
        0 => ("AuthMessage", json!({"resultCode": code, "resultMessage": text})),
        1 => ("orders", json!({"result_code": code, "result_text": text})),
        2 => ("ClientMessage", json!({"resultCode": code, "message": text})),
        3 => ("ResultOrder", json!({"result_code": code, "result_text": text})),
        _ => ("html", json!({"head": {"title": text}, "body": code})),
    };
    let make = |choices: &mut Choices<'_>| {
        if choices.below(4) == 0 {
            return choices.rest().to_vec();
        }
        let mut body = Node::of(&body);
        for _ in 0..choices.below(3) {
            body.distort(choices);
        }
        let buyer = json!({"ordNm": CANARY, "rcvrBaseAddr": CANARY});
        let holder = with(with(Element::new("holder"), root, &body), root, &Node::of(&buyer));
        let body = match holder.children().first() {
            Some(first) => self::bytes(&with(first.clone(), "order", &Node::of(&buyer))),
            None => Vec::new(),
        };
        if choices.below(4) == 0 { damage(body, choices) } else { body }
    };
    let list = any_list(&mut choices);
    let (answer, _) = odd_answer_of(status, make, (&HEADERS, &HEADER_VALUES), &mut choices);
    let brought = LIVING.make(&list.call(), &[(list.path.as_str(), answer)]);
    holds_always(&brought);
    // A key may lack the API of forced cancels, and the gateway says so with any status.
    let is_optional = list.token == Some("officecancellist");
    assert!(status == 200 || is_optional || brought.error.is_some(), "a refusal passes for a success");
}

/// A page's token, as a database may hand it back, is read or refused.
pub fn any_page_token(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let tokens = [
        "18446744073709551615",
        "18446744073709551600",
        "0",
        "-1",
        "+1",
        "21",
        "",
        "standby",
        "officecancellist",
    ];
    let token = match choices.below(2) {
        0 => choices.of(&tokens).to_owned(),
        _ => String::from_utf8_lossy(choices.rest()).into_owned(),
    };
    // A page that is full, so that another one follows.
    static FULL: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let rows: Vec<Node> = (0..20).map(|_| PRODUCTS.rows[0].clone()).collect();
        self::bytes(&PRODUCTS.document(&rows))
    });
    let list = any_list(&mut choices);
    let call = Call::Read(list.stream, View::Changes, list.window, Some(token));
    let body = if list.stream == "listings" { FULL.clone() } else { self::bytes(&list.document(&list.rows)) };
    let mut answers = vec![(list.path.as_str(), Answer::new(200, body))];
    answers.extend(STOCKS.iter().map(|(path, root)| (path.as_str(), Answer::new(200, self::bytes(root)))));
    let brought = CALLER.make(&call, &answers);
    holds_always(&brought);
    // A list that is not answered here is not found.
    let expected = [ErrorKind::Decode, ErrorKind::NotFound];
    assert!(
        brought.error.as_ref().is_none_or(|error| expected.contains(&error.kind())),
        "{:?}",
        brought.error
    );
    if let Next::Page(next) = &brought.next {
        assert!(next.parse::<usize>().is_ok_and(|next| next > 20), "{next}");
    }
}
