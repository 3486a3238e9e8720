//! What the connector promises about any answer, as functions of bytes: property tests and fuzz targets call them.
//! They panic where a promise is broken.

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
    let old = prepared(include_str!("../samples/ordersheets_v4_timeframe.json"));
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

/// An odd parcel is read line by line, or a failure; the parcels beside it are read as ever.
pub fn odd_parcel(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[choices.below(3)];
    let (parcel, own) = with_odd_row(list, &mut choices);
    each_item_is_told(&own, &parcel, items(&parcel, "orderItems").len());
    for record in &own.records {
        let Record::Order(order) = record else { panic!("orders only: {record:?}") };
        line_is_as_sent(order, &parcel);
    }
}

/// Every field that was read says what stands in the parcel and its item, to the digit; what was kept is the parcel.
fn line_is_as_sent(order: &Order, parcel: &Node) {
    assert_eq!(order.raw.get(), parcel.text(), "the kept object is not the parcel");
    let number = id(parcel.get("shipmentBoxId")).expect("a parcel that was read has its number");
    assert!(order.order_id.starts_with(&format!("{number}-")));
    assert_eq!(Some(&order.status), plain(parcel.get("status")).as_ref());
    let times = ["orderedAt", "paidAt"].map(|name| plain(parcel.get(name)).as_deref().and_then(parse_kst));
    assert!(times.contains(&Some(order.ordered_at)));
    // Which of several items of one option this is, nothing tells.
    let mut twins =
        items(parcel, "orderItems").iter().filter(|item| id(item.get("vendorItemId")) == order.option_id);
    let (Some(item), None) = (twins.next(), twins.next()) else { return };
    let at = |name| item.get(name);
    let discount = match is_absent(at("discountPrice")) {
        true => ["instantCouponDiscount", "downloadableCouponDiscount", "coupangDiscount"]
            .into_iter()
            .try_fold(0, |sum, name| Some(sum + won_or_zero(at(name))?)),
        false => won(at("discountPrice")),
    };
    let amount = won(at("orderPrice")).zip(discount).map(|(price, discount)| price - discount);
    assert_eq!(Some(i128::from(order.amount)), amount, "the amount is not what was sent");
    if let Some(quantity) = order.quantity {
        let less = or_zero(at("holdCountForCancel")).zip(or_zero(at("cancelCount")));
        let left = at("shippingCount").and_then(Node::whole).zip(less);
        assert_eq!(Some(i128::from(quantity)), left.map(|(all, (held, gone))| i128::from(all) - held - gone));
    }
    if let Some(price) = order.unit_price {
        assert_eq!(Some(i128::from(price)), won(at("salesPrice")));
    }
}

/// The answer to a parcel's number: what was asked for is read, failed, or shown no more; nothing else comes of it.
pub fn odd_fetched_parcel(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut parcel = LISTS[0].page.get("data").expect("rows").items()[0].clone();
    let number = id(parcel.get("shipmentBoxId")).expect("a number");
    let key = |item: &Node| format!("{number}-{}", id(item.get("vendorItemId")).expect("an option"));
    let mut keys: Vec<String> = items(&parcel, "orderItems").iter().map(key).collect();
    keys.dedup();
    for _ in 0..choices.below(4) {
        parcel.distort(&mut choices);
    }
    let body = format!(r#"{{"code": 200, "data": {}}}"#, parcel.text());
    let path = format!("/ordersheets/{number}");
    let brought = NEW.make(&Call::Fetch("orders", keys.clone()), &[(&path, Answer::new(200, body.clone()))]);
    holds_always(&brought, &body);
    if brought.error.is_some() {
        assert!(!matches!(parcel, Node::Object(_)), "a parcel is an error: {:?}", brought.error);
        return;
    }
    for record in &brought.records {
        assert!(record.key().starts_with(&number), "nobody asked for {}", record.key());
    }
    let is_there = |key: &String| {
        id(parcel.get("shipmentBoxId")).as_ref() == Some(&number)
            && items(&parcel, "orderItems").iter().any(|item| {
                id(item.get("vendorItemId")).is_some_and(|option| format!("{number}-{option}") == *key)
            })
    };
    for key in &keys {
        let read = brought.record(key).is_some();
        let gone = brought.gone.contains(key);
        assert!(read || gone || !brought.failures.is_empty(), "nothing comes of {key}");
        assert!(!gone || !is_there(key), "{key} is there, and is said to be gone");
    }
}

/// An odd return, cancellation or exchange is a claim for each item or a failure; those beside it are read as ever.
pub fn odd_claim(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[3 + choices.below(3)];
    let is_exchange = list.token == Some("EXCHANGE");
    let (row, own) = with_odd_row(list, &mut choices);
    let [list, number, status, count, parcel, option] = match is_exchange {
        true => [
            "exchangeItemDtoV1s",
            "exchangeId",
            "exchangeStatus",
            "quantity",
            "originalShipmentBoxId",
            "orderItemId",
        ],
        false => {
            ["returnItems", "receiptId", "receiptStatus", "cancelCount", "shipmentBoxId", "vendorItemId"]
        }
    };
    each_item_is_told(&own, &row, items(&row, list).len());
    for record in &own.records {
        let Record::Claim(claim) = record else { panic!("claims only: {record:?}") };
        assert_eq!(claim.raw.get(), row.text(), "the kept object is not the row");
        assert_eq!(Some(&claim.claim_id), id(row.get(number)).as_ref());
        assert_eq!(Some(&claim.status), plain(row.get(status)).as_ref());
        assert_eq!(
            Some(claim.requested_at),
            plain(row.get("createdAt")).as_deref().and_then(parse_kst),
            "the time is not what was sent"
        );
        let line = |item: &Node| Some(format!("{}-{}", id(item.get(parcel))?, id(item.get(option))?));
        let is_of = |item: &&Node| line(item).is_some_and(|line| claim.order_id.starts_with(&line));
        let mut twins = items(&row, list).iter().filter(is_of);
        let item = twins.next().expect("a claim comes of an item");
        if let (None, Some(quantity)) = (twins.next(), claim.quantity) {
            assert_eq!(Some(quantity), item.get(count).and_then(Node::whole));
        }
    }
}

/// An odd withdrawal is told or a failure; those beside it are read as ever.
pub fn odd_withdrawal(bytes: &[u8]) {
    let (row, own) = with_odd_row(&LISTS[6], &mut Choices::new(bytes));
    let options: BTreeSet<String> =
        items(&row, "vendorItemIds").iter().filter_map(|option| id(Some(option))).collect();
    // A line that its order shows no more brings no claim.
    assert!(own.records.len() <= options.len() && own.failures.len() <= 1);
    let unreadable = items(&row, "vendorItemIds").iter().filter(|option| id(Some(option)).is_none()).count();
    assert!(unreadable == 0 || own.failures.len() == 1, "an option is left out of {}", row.text());
    for record in &own.records {
        let Record::Claim(claim) = record else { panic!("claims only: {record:?}") };
        assert_eq!(claim.raw.get(), row.text(), "the kept object is not the row");
        assert_eq!(Some(&claim.claim_id), id(row.get("cancelId")).as_ref());
        assert_eq!(claim.order_group_id, id(row.get("orderId")));
    }
}

/// An odd row of the revenue history is read whole or a failure; those beside it are read as ever.
pub fn odd_revenue(bytes: &[u8]) {
    let (row, own) = with_odd_row(&LISTS[7], &mut Choices::new(bytes));
    let fee = row.get("deliveryFee");
    let of_fee = |name| fee.and_then(|fee| fee.get(name));
    let is_charged = ["amount", "fee", "feeVat", "settlementAmount"]
        .into_iter()
        .any(|name| or_zero(of_fee(name)) != Some(0));
    if own.failures.is_empty() {
        let expected = items(&row, "items").len() + usize::from(is_charged);
        assert_eq!(own.records.len(), expected, "a part of {} is lost", row.text());
    } else {
        assert!(own.failures.len() == 1 && own.records.is_empty(), "a row is read in part");
    }
    let keys: BTreeSet<String> = own.records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), own.records.len(), "one record takes another's place");
    for record in &own.records {
        let Record::Settlement(settlement) = record else { panic!("settlements only: {record:?}") };
        assert_eq!(settlement.raw.get(), row.text(), "the kept object is not the row");
        let day = plain(row.get("recognitionDate")).expect("a day");
        assert_eq!(day.trim().get(..10), Some(settlement.recognized_on.to_string().as_str()));
        figures_are_as_sent(settlement, &row);
    }
}

fn figures_are_as_sent(settlement: &Settlement, row: &Node) {
    let is_fee = settlement.settlement_id.ends_with("/delivery");
    let mut parts: Vec<&Node> = match is_fee {
        true => row.get("deliveryFee").into_iter().collect(),
        false => items(row, "items").iter().collect(),
    };
    if !is_fee {
        let option = settlement.settlement_id.split('/').nth(3).expect("an option");
        parts.retain(|item| id(item.get("vendorItemId")).as_deref() == Some(option));
    }
    let [part] = parts[..] else { return };
    let [sale, fee, vat] = match is_fee {
        true => ["amount", "fee", "feeVat"],
        false => ["saleAmount", "serviceFee", "serviceFeeVat"],
    };
    let at = |name| or_zero(part.get(name)).expect("a number that was read");
    assert_eq!(i128::from(settlement.sale_amount), at(sale));
    assert_eq!(i128::from(settlement.fee), at(fee) + at(vat), "the fee is not what was sent");
    let amount = match is_absent(part.get("settlementAmount")) {
        true => at(sale) - at(fee) - at(vat),
        false => at("settlementAmount"),
    };
    assert_eq!(i128::from(settlement.amount), amount, "the amount is not what was sent");
}

/// An odd product, or an odd answer about an option's stock, is read or a failure; the products beside it are read as ever.
pub fn odd_product(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[8];
    if choices.below(4) == 0 {
        let (_, own) = with_odd_row(list, &mut choices);
        assert!(own.failures.len() <= 1);
        return;
    }
    let mut answers = vec![(list.path, Answer::new(200, list.page.text()))];
    // One of the listed products, or one of their options.
    let shown: Vec<&(String, String)> = OTHERS
        .iter()
        .filter(|(path, body)| !path.ends_with("/ordersheets") && body.contains("SUCCESS"))
        .collect();
    let (path, body) = shown[choices.below(shown.len())];
    let (whole, mut odd) = (Node::parse(body), Node::parse(body));
    let data = odd.get_mut("data").expect("data");
    for _ in 0..=choices.below(3) {
        data.distort(&mut choices);
    }
    let data = data.clone();
    answers.push((path, Answer::new(200, odd.text())));
    answers.extend(OTHERS.iter().map(|(path, body)| (path.as_str(), Answer::new(200, body.clone()))));
    let brought = NEW.make(&list.call(), &answers);
    holds_always(&brought, &(list.page.text() + &odd.text()));
    assert!(brought.error.is_none(), "one product stops the page: {:?}", brought.error);
    let keys: BTreeSet<String> = brought.records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), brought.records.len(), "one record takes another's place");
    let raw = whole.get("data").expect("data").text();
    let before = list.answered(list.page.text());
    let listing = |record: &Record| match record {
        Record::Listing(listing) => listing.clone(),
        other => panic!("listings only: {other:?}"),
    };
    let is_product = path.contains("seller-products");
    let option = path.split('/').rev().nth(1).unwrap_or_default();
    let is_own = |one: &Listing| if is_product { one.raw.get() == raw } else { one.option_id == option };
    for known in before.records.iter().map(listing).filter(|one| !is_own(one)) {
        let found = brought.records.iter().map(listing).find(|one| one.option_id == known.option_id);
        // A product is read with all its options or not at all.
        let fails = brought
            .failures
            .iter()
            .any(|failure| failure.raw.as_ref().is_some_and(|raw| raw.get().contains(&known.listing_id)));
        assert!(found.is_some() || fails && !is_product, "{} is lost", known.option_id);
        if let Some(found) = found {
            assert_eq!(
                (found.stock, found.price, found.raw.get()),
                (known.stock, known.price, known.raw.get())
            );
        }
    }
    for one in brought.records.iter().map(listing).filter(|one| one.option_id == option) {
        if one.stock.is_some() {
            assert_eq!(one.stock, data.get("amountInStock").and_then(Node::whole));
            assert_eq!(one.price, data.get("salePrice").and_then(Node::whole));
        }
    }
    let own: Vec<Listing> =
        brought.records.iter().map(listing).filter(|one| one.raw.get() == data.text()).collect();
    if is_product && before.records.iter().map(listing).any(|one| is_own(&one)) {
        let is_told = !own.is_empty() && own.len() == items(&data, "items").len();
        assert!(is_told || !brought.failures.is_empty(), "a part of {} is lost", data.text());
    }
}

/// A refusal of any make, with any headers, is an error without personal data; the client's clock stays sane.
pub fn any_refusal(bytes: &[u8]) {
    static BODIES: LazyLock<Vec<Node>> = LazyLock::new(|| {
        let samples = Node::parse(include_str!("../samples/errors.json"));
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
