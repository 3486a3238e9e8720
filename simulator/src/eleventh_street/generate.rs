//! Products and orders drawn from a seed. All goods and people are invented.

use std::collections::HashSet;

use super::life::{self, Step};
use super::listing::{Listing, StockOption};
use super::order::{Line, LineKey, Person, Status};
use super::state::State;
use super::time;
use crate::draw::Draw;
use crate::instant::{DAY, MINUTE, Millis, SECOND, machine_now};

/// Name, seller's code, price, the kind of its options, and the options with what they cost beyond the price.
type Goods = (&'static str, &'static str, i64, &'static str, &'static [(&'static str, i64)]);

const GOODS: [Goods; 8] = [
    ("시험 무선 이어폰", "EAR-001", 19_900, "색상", &[("블랙", 0), ("화이트", 1_000)]),
    ("이어폰 보호 케이스 <실리콘> A&B", "CASE-007", 12_500, "색상/크기", &[("투명/M", 0), ("투명/L", 500)]),
    ("똠얌꿍 라면 4개입", "TYG-4", 8_900, "", &[("", 0)]),
    ("시험 스테인리스 텀블러", "", 15_000, "용량", &[("350ml", 0), ("500ml", 2_000), ("700ml", 4_000)]),
    ("시험 면 양말 5켤레", "SOCK-5", 9_900, "", &[("", 0)]),
    ("시험 캠핑 의자", "CHAIR-2", 42_000, "색상", &[("카키", 0), ("베이지", 0)]),
    ("시험 유리 화병", "VASE-1", 21_000, "", &[("", 0)]),
    ("시험 이어폰 파우치", "POUCH-1", 5_000, "", &[("", 0)]),
];
/// The one that is sold as an add-on of the first.
const ADD_ON: usize = 7;

const NAMES: [&str; 6] = ["홍길동", "성춘향", "임꺽정", "이몽룡", "심청", "null"];
/// Postcode, address, the rest of it, and what it costs to send something so far.
const PLACES: [(&str, &str, &str, i64); 5] = [
    ("48000", "부산광역시 견본구 시험대로 22 (모형동, 테스트아파트)", "202동 2002호", 0),
    ("55700", "전북특별자치도 남원시 예시면 1", "1층", 0),
    ("63600", "제주특별자치도 서귀포시 견본읍 3", "펜션 똠방", 3_000),
    ("04500", "서울특별시 가상구 예시로 11 (샘플동)", "101동 1001호", 0),
    ("null", "대구광역시 보기구 모형길 7", "", 0),
];
const REMARKS: [&str; 4] = ["부재 시 문 앞에 놓아 주세요", "", "null", "경비실 <꼭> 연락 & 보관"];

/// How an order is placed.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) at: Millis,
    pub(super) is_paid: bool,
    pub(super) lines: Vec<Wanted>,
    /// Whether all lines are sent together.
    pub(super) is_bundled: bool,
    pub(super) is_abroad: bool,
    pub(super) is_gift: bool,
    /// The number of the first line.
    pub(super) first: u32,
}

/// One line of an order that is placed: an option, and how many of it.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) option: String,
    pub(super) quantity: i64,
    pub(super) is_add_on: bool,
}

/// Puts the goods on sale, where nothing is yet.
pub(super) fn stock(state: &mut State, at: Millis) {
    if !state.listings.is_empty() {
        return;
    }
    let at = time::whole(at);
    for (name, code, price, title, options) in GOODS {
        let number = (9_000_000_000 + state.next_number()).to_string();
        let options = options.iter().enumerate().map(|(index, (value, extra))| StockOption {
            number: (44_000_000_000 + state.next_number()).to_string(),
            title: title.to_owned(),
            value: (*value).to_owned(),
            // Either code may be missing.
            code: if code.is_empty() || index == 2 { String::new() } else { format!("{code}-{}", index + 1) },
            extra: *extra,
            left: 1_000,
            sold: 0,
            weight: 0,
            is_used: true,
        });
        let listing = Listing {
            number: number.clone(),
            name: name.to_owned(),
            seller_code: code.to_owned(),
            category: "1011634".to_owned(),
            price,
            price_before: None,
            is_stopped: false,
            options: options.collect(),
            created_at: at,
            changed_at: at,
            posted: Default::default(),
        };
        state.listings.insert(number, listing);
    }
}

/// Fills an account with so many order lines over so many days up to now, each as far as it has come since.
pub(super) fn fill(state: &mut State, count: usize, days: u32) {
    if count == 0 {
        return;
    }
    let now = machine_now();
    let span = Millis::from(days.max(1)) * DAY;
    stock(state, now - span);
    let mut draw = Draw::new(state.seed ^ 0x3131_7374);
    let mut at = now - span;
    let mut placed = 0;
    while state.lines.len() < count {
        let lines = count - state.lines.len();
        let mut order = drawn(state, &mut draw, at, lines);
        // One order in seven shares its second with the one before; the others spread their lines evenly over what is
        // left.
        if placed % 7 != 6 {
            let [left, own] =
                [lines, order.lines.len()].map(|count| Millis::try_from(count).expect("a length"));
            let step = (now - MINUTE - at).max(SECOND) * own * 7 / (left * 6);
            at = (at + 1 + draw.span((2 * step).max(1))).min(now - MINUTE);
        }
        order.at = at;
        let keys = place(state, &order, &mut draw);
        live(state, &keys, now);
        placed += 1;
    }
    state.touched.clear();
}

/// One order more, of as many lines as are drawn, placed now.
pub(super) fn arrive(state: &mut State, is_paid: bool, now: Millis) -> Vec<LineKey> {
    stock(state, now);
    let number = state.next_number();
    let mut draw = Draw::new(state.seed ^ number ^ 0x6172_7269);
    let order = Placed { is_paid, ..drawn(state, &mut draw, now, 4) };
    place(state, &order, &mut draw)
}

/// An order of at most so many lines.
fn drawn(state: &State, draw: &mut Draw, at: Millis, most: usize) -> Placed {
    let count = [1, 1, 1, 1, 1, 1, 2, 2, 3, 4][draw.below(10) as usize].min(most);
    let on_sale: Vec<&Listing> = state.listings.values().filter(|listing| !listing.is_stopped).collect();
    let all: Vec<&Listing> = if on_sale.is_empty() { state.listings.values().collect() } else { on_sale };
    let mut lines: Vec<Wanted> = Vec::new();
    for index in 0..count {
        let first = &all[0];
        let is_add_on = index > 0 && all.len() > ADD_ON && lines[0].option == first.options[0].number;
        let listing = if is_add_on { all[ADD_ON] } else { all[draw.below(all.len() as u64) as usize] };
        // Lines of one product in other options are what confirming takes along.
        let option = &listing.options[draw.below(listing.options.len() as u64) as usize];
        let taken = lines.iter().any(|line| line.option == option.number);
        let option = if taken {
            all.iter()
                .flat_map(|listing| &listing.options)
                .find(|option| lines.iter().all(|line| line.option != option.number))
        } else {
            Some(option)
        };
        let Some(option) = option else { break };
        lines.push(Wanted { option: option.number.clone(), quantity: 1 + draw.span(3), is_add_on });
    }
    Placed {
        at,
        is_paid: draw.below(12) != 0,
        lines,
        is_bundled: draw.below(4) != 0,
        is_abroad: false,
        is_gift: draw.below(20) == 0,
        first: if draw.below(9) == 0 { 7 } else { 1 },
    }
}

/// Places an order: its stock is taken, and its lines are there.
pub(super) fn place(state: &mut State, placed: &Placed, draw: &mut Draw) -> Vec<LineKey> {
    let at = time::whole(placed.at);
    let order_no = format!("{}{:09}", time::day_text(at), state.next_number());
    let buyer = person(draw).0;
    let (recipient, remote_fee) = person(draw);
    let remark = draw.pick(&REMARKS);
    let mut shipment = 2_600_000_000 + state.next_number();
    let bundle = (placed.is_bundled && placed.lines.len() > 1).then(|| 880_000 + state.next_number());
    let parent = placed
        .lines
        .first()
        .and_then(|first| state.option(&first.option))
        .map(|(listing, _)| listing.number.clone());
    let mut keys = Vec::new();
    for (index, wanted) in placed.lines.iter().enumerate() {
        if index > 0 && bundle.is_none() && !wanted.is_add_on {
            shipment = 2_600_000_000 + state.next_number();
        }
        let Some((listing, option)) = state.option(&wanted.option) else { continue };
        let is_first = index == 0 || bundle.is_none();
        let percent = draw.below(100);
        let text = if option.title.is_empty() {
            String::new()
        } else {
            format!("{}:{}-{}개", option.title, option.value, wanted.quantity)
        };
        let line = Line {
            order_no: order_no.clone(),
            number: placed.first + u32::try_from(index).expect("a few lines"),
            shipment,
            bundle,
            status: if placed.is_paid { Status::Paid } else { Status::Waiting },
            claim: None,
            claims: 0,
            ordered_at: at,
            paid_at: placed.is_paid.then_some(at),
            confirmed_at: None,
            shipped_at: None,
            delivered_at: None,
            decided_at: None,
            decided_by_itself: false,
            changed_at: at,
            listing: listing.number.clone(),
            option: option.number.clone(),
            name: listing.name.clone(),
            option_text: text,
            seller_code: listing.seller_code.clone(),
            option_code: option.code.clone(),
            added_to: parent.clone().filter(|_| wanted.is_add_on),
            has_add_ons: index == 0 && placed.lines.iter().any(|line| line.is_add_on),
            quantity: wanted.quantity,
            gone: 0,
            asked_back: 0,
            unit_price: listing.price,
            option_price: option.extra * wanted.quantity,
            seller_discount: if percent < 15 { 1_000 } else { 0 },
            street_discount: if percent < 8 { 500 } else { 0 },
            delivery_fee: if is_first { 3_000 } else { 0 },
            remote_fee: if is_first { remote_fee } else { 0 },
            is_gift: placed.is_gift,
            is_abroad: placed.is_abroad,
            buyer: buyer.clone(),
            recipient: recipient.clone(),
            remark,
            parcels: Vec::new(),
            seed: draw.next_u64(),
        };
        state.restock(&wanted.option, -wanted.quantity);
        state.shipments.insert(shipment, order_no.clone());
        keys.push(line.key());
        state.touched.push(line.key());
        state.lines.insert(line.key(), line);
    }
    keys
}

fn person(draw: &mut Draw) -> (Person, i64) {
    let member = 10_000_001 + draw.below(90_000);
    let (postcode, address, detail, far) = draw.pick(&PLACES);
    let name = draw.pick(&NAMES);
    let mobile = format!("{}-0000-{:04}", draw.pick(&["010", "0504"]), draw.below(10_000));
    let phone = draw.pick(&["02--", "", "02-000-0000"]);
    (Person { name, member, mobile, phone, postcode, address, detail }, far)
}

/// Lets happen to the lines of one order what happened until now, in its order.
fn live(state: &mut State, keys: &[LineKey], now: Millis) {
    loop {
        let mut seen = HashSet::new();
        let due = keys.iter().filter(|key| seen.insert((*key).clone())).filter_map(|key| {
            let (step, after) = life::next(state, &state.lines[key])?;
            Some((state.lines[key].changed_at + after, key.clone(), step))
        });
        let Some((at, key, step)) = due.min_by_key(|(at, key, _)| (*at, key.clone())) else { return };
        if at > now {
            return;
        }
        Step::take(step, state, &key, at);
    }
}
