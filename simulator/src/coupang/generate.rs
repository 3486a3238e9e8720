//! Draws orders from a seed: the same seed gives the same orders, whatever the machine.

use serde::{Deserialize, Serialize};

use super::act::Act;
use super::book::{Line, Order, Parcel, Status, line_id};
use super::state::State;
use crate::draw::Draw;
use crate::instant::{DAY, HOUR, MINUTE, Millis, SECOND};

/// Orders to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AddOrders {
    /// How many orders, each of one or several lines in one or two boxes.
    pub count: usize,
    /// How long ago the last was paid.
    pub ago_ms: Millis,
    /// Over how long before that the others were.
    pub spread_ms: Millis,
    /// Where their boxes stand.
    pub status: Status,
    /// Each order is one line, of this option.
    pub vendor_item_id: Option<u64>,
    /// How many of it.
    pub quantity: i64,
}

impl Default for AddOrders {
    fn default() -> Self {
        Self { count: 1, ago_ms: 0, spread_ms: 0, status: Status::Accept, vendor_item_id: None, quantity: 1 }
    }
}

impl AddOrders {
    /// So many orders that are paid just now.
    #[must_use]
    pub fn now(count: usize) -> Self {
        Self { count, ..Self::default() }
    }
}

/// Draws, and gives out ids of the account's own range.
#[derive(Debug)]
pub(super) struct Generator {
    seed: u64,
    base: u64,
    orders: u64,
    boxes: u64,
    claims: u64,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, base: Draw::new(seed).below(1_000), orders: 0, boxes: 0, claims: 0 }
    }

    /// The first of the account's product ids.
    pub(super) fn product_base(&self) -> u64 {
        self.base * 100_000
    }

    /// 18 digits, scattered, so that order of id is not order of time; the factor shares no divisor with the range.
    pub(super) fn box_id(&mut self) -> u64 {
        self.boxes += 1;
        853_138_000_000_000_000 + self.base * 1_000_000_000 + self.boxes * 7_368_787 % 999_999_937
    }

    /// The id of a receipt or of an exchange.
    pub(super) fn claim_id(&mut self) -> u64 {
        self.claims += 1;
        500_000_000 + self.base * 100_000 + self.claims
    }

    /// An order's id and its seed.
    fn order(&mut self) -> (u64, u64) {
        self.orders += 1;
        let id = 20_000_000_000_000 + self.base * 1_000_000_000 + self.orders * 101;
        (id, Draw::new(self.seed.wrapping_add(self.orders)).next_u64())
    }
}

/// What becomes of an order before the account starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stands(Status),
    CancelledAtOnce,
    CancelledInPart,
    WantsToStop,
    WantsToReturn,
    Returned,
    Exchanges,
}

/// One of each twenty orders has each of these, so that a small account has all.
const FATES: [Fate; 20] = [
    Fate::Stands(Status::Accept),
    Fate::Stands(Status::Instruct),
    Fate::Stands(Status::FinalDelivery),
    Fate::CancelledAtOnce,
    Fate::Stands(Status::Accept),
    Fate::Stands(Status::Departure),
    Fate::WantsToReturn,
    Fate::Stands(Status::Delivering),
    Fate::Stands(Status::Accept),
    Fate::WantsToStop,
    Fate::Stands(Status::FinalDelivery),
    Fate::Returned,
    Fate::Stands(Status::Instruct),
    Fate::Stands(Status::NoneTracking),
    Fate::Exchanges,
    Fate::Stands(Status::Delivering),
    Fate::CancelledInPart,
    Fate::Stands(Status::FinalDelivery),
    Fate::Stands(Status::Instruct),
    Fate::Stands(Status::Departure),
];

impl State {
    /// Orders with exactly `count` lines, paid at instants spread over the `span` that ends with `end`. One in seven
    /// was paid at the same instant as the one before.
    pub(super) fn fill(&mut self, count: usize, span: Millis, end: Millis) {
        let mut draw = Draw::new(self.generator.seed ^ 0x636f_7570);
        let total = Millis::try_from(count).expect("a count").max(1);
        let mut last = end - span;
        let mut lines = 0;
        for fate in FATES.iter().cycle() {
            if lines >= count || self.shelf.items().is_empty() {
                break;
            }
            let step = Millis::try_from(lines).expect("a count");
            let slot = end - span + span / total * step;
            let mut paid_at = slot + 1 + draw.span(span / total);
            if draw.below(8) != 0 {
                paid_at = paid_at.div_euclid(SECOND) * SECOND;
            }
            if draw.below(7) == 0 && lines > 0 {
                paid_at = last;
            }
            last = paid_at.clamp(end - span + 1, end);
            lines += self.live_through(*fate, last, end, count - lines);
        }
    }

    /// One order, with what becomes of it. Returns how many lines it has.
    fn live_through(&mut self, fate: Fate, paid_at: Millis, end: Millis, most: usize) -> usize {
        let status = match fate {
            Fate::Stands(status) => status,
            Fate::CancelledAtOnce | Fate::CancelledInPart => Status::Accept,
            Fate::WantsToStop => Status::Instruct,
            Fate::WantsToReturn | Fate::Returned | Fate::Exchanges => Status::FinalDelivery,
        };
        let quantity = if fate == Fate::CancelledInPart { Some(3) } else { None };
        let Some(order) = self.sell(paid_at, paid_at, status, end, most, quantity) else { return 0 };
        let boxes = self.book.order(order).map(|order| order.boxes.clone()).unwrap_or_default();
        let lines: Vec<String> = boxes
            .iter()
            .filter_map(|id| self.book.parcel(*id))
            .flat_map(|parcel| parcel.lines.iter().map(|line| line_id(parcel.id, line.good.vendor_item)))
            .collect();
        let Some(first) = lines.first().cloned() else { return 0 };
        let count = lines.len();
        let after = |hours: i64| (paid_at + hours * HOUR).min(end);
        let act = match fate {
            Fate::Stands(_) => return count,
            Fate::CancelledAtOnce => {
                for order_id in lines {
                    self.act(&Act::Cancel { order_id, count: None }, (paid_at + 5 * MINUTE).min(end));
                }
                return count;
            }
            Fate::CancelledInPart => Act::Cancel { order_id: first, count: Some(1) },
            Fate::WantsToStop => Act::Cancel { order_id: first, count: Some(1) },
            Fate::WantsToReturn | Fate::Returned => Act::Return { order_id: first, count: None },
            Fate::Exchanges => Act::Exchange { order_id: first, count: Some(1) },
        };
        let claim = self.act(&act, after(70)).and_then(|claim| claim.parse().ok());
        if let (Fate::Returned, Some(claim)) = (fate, claim) {
            self.complete_receipt(claim, after(100));
        }
        count
    }

    /// Orders of today, that the stock pays for. Returns the ids of their lines.
    pub(super) fn arrive(&mut self, orders: &AddOrders, now: Millis) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 0..orders.count {
            let back = orders.spread_ms * Millis::try_from(orders.count - 1 - number).expect("a count")
                / Millis::try_from(orders.count).expect("a count");
            let paid_at = now - orders.ago_ms - back;
            let order = match orders.vendor_item_id {
                Some(item) => self.sell_one(item, orders.quantity, paid_at, now, orders.status),
                None => self.sell(paid_at, now, orders.status, now, 4, None),
            };
            let Some(order) = order.and_then(|id| self.book.order(id)) else { continue };
            for parcel in order.boxes.iter().filter_map(|id| self.book.parcel(*id)) {
                for line in &parcel.lines {
                    ids.push(line_id(parcel.id, line.good.vendor_item));
                    if let Some(choice) = self.shelf.choice_mut(line.good.vendor_item) {
                        choice.stock = (choice.stock - line.quantity).max(0);
                    }
                }
            }
        }
        ids
    }

    /// An order of at most so many lines, in one or two boxes. `None` where nothing is on sale.
    fn sell(
        &mut self,
        paid_at: Millis,
        arrived_at: Millis,
        status: Status,
        end: Millis,
        most: usize,
        quantity: Option<i64>,
    ) -> Option<u64> {
        let mut items = self.shelf.items();
        let (id, seed) = self.generator.order();
        let mut draw = Draw::new(seed);
        let wanted = usize::try_from(1 + draw.below(6) / 3 + draw.below(8) / 7 * 2).expect("a few");
        let wanted = wanted.min(most).min(items.len());
        let mut lines = Vec::new();
        for _ in 0..wanted {
            let place = usize::try_from(draw.below(items.len() as u64)).expect("below a length");
            let item = items.swap_remove(place);
            let drawn = 1 + i64::try_from(draw.below(4) / 2 + draw.below(5) / 4 * 2).expect("a few");
            lines.push(self.line(item, quantity.unwrap_or(drawn), &mut draw)?);
        }
        (!lines.is_empty()).then_some(())?;
        let rest = if lines.len() > 1 && draw.below(3) == 0 { lines.split_off(1) } else { Vec::new() };
        let boxes = [lines, rest].into_iter().filter(|lines| !lines.is_empty()).collect();
        Some(self.insert((id, seed), boxes, paid_at, arrived_at, status, end))
    }

    fn sell_one(
        &mut self,
        item: u64,
        quantity: i64,
        paid_at: Millis,
        now: Millis,
        status: Status,
    ) -> Option<u64> {
        let order = self.generator.order();
        let line = self.line(item, quantity.max(1), &mut Draw::new(order.1))?;
        Some(self.insert(order, vec![vec![line]], paid_at, now, status, now))
    }

    fn line(&mut self, item: u64, quantity: i64, draw: &mut Draw) -> Option<Line> {
        let good = self.shelf.good(item)?;
        let unit = self.shelf.choice_of(item)?.price;
        let coupon = |draw: &mut Draw, one_in: u64, won: i64| if draw.below(one_in) == 0 { won } else { 0 };
        let notes = if good.is_engraved() {
            vec!["HANEUL".to_owned(), "2026 \"♡\"".to_owned()]
        } else {
            Vec::new()
        };
        Some(Line {
            instant: coupon(draw, 5, unit / 1_000 * 100),
            downloadable: coupon(draw, 9, 1_000),
            coupang: coupon(draw, 7, 500),
            good,
            quantity,
            cancelled: 0,
            held: 0,
            claimed: 0,
            unit,
            notes,
            planned: String::new(),
        })
    }

    fn insert(
        &mut self,
        (id, seed): (u64, u64),
        boxes: Vec<Vec<Line>>,
        paid_at: Millis,
        arrived_at: Millis,
        status: Status,
        end: Millis,
    ) -> u64 {
        let mut draw = Draw::new(seed ^ 0x6f72_6465);
        let ordered_at = paid_at - SECOND * (3 + draw.span(90));
        let is_remote = draw.below(9) == 0;
        let parcels: Vec<Parcel> = (0..)
            .zip(boxes)
            .map(|(number, lines)| {
                let mut parcel = Parcel {
                    id: self.generator.box_id(),
                    order: id,
                    status: Status::Accept,
                    lines,
                    paid_at,
                    arrived_at,
                    changed_at: paid_at,
                    uploaded_at: None,
                    in_transit_at: None,
                    delivered_at: None,
                    confirmed_at: None,
                    carrier: None,
                    invoice: None,
                    shipping_price: if number == 0 { 0 } else { 3_000 },
                    remote_price: is_remote.then_some(5_000),
                    moved: 0,
                    is_split: false,
                    was_claimed: false,
                    history: vec![(Status::Accept, paid_at)],
                };
                bring_to(&mut parcel, status, end);
                parcel
            })
            .collect();
        let order =
            Order { id, seed, ordered_at, paid_at, boxes: parcels.iter().map(|parcel| parcel.id).collect() };
        let sent: Vec<(u64, String)> =
            parcels.iter().filter_map(|parcel| Some((parcel.id, parcel.invoice.clone()?))).collect();
        self.book.insert(order, parcels);
        for (parcel, invoice) in sent {
            self.take(&invoice, parcel, paid_at);
        }
        id
    }
}

/// Lets a box take every step up to a status, at likely hours that end with `end`.
fn bring_to(parcel: &mut Parcel, status: Status, end: Millis) {
    let after = |hours: i64| (parcel.paid_at + hours * HOUR).min(end);
    let steps: &[(Status, Millis)] = &match status {
        Status::Accept => return,
        Status::Instruct => vec![(Status::Instruct, after(2))],
        Status::Departure => vec![(Status::Instruct, after(2)), (Status::Departure, after(20))],
        Status::NoneTracking => vec![(Status::Instruct, after(2)), (Status::NoneTracking, after(20))],
        Status::Delivering => {
            vec![
                (Status::Instruct, after(2)),
                (Status::Departure, after(20)),
                (Status::Delivering, after(26)),
            ]
        }
        Status::FinalDelivery => vec![
            (Status::Instruct, after(2)),
            (Status::Departure, after(20)),
            (Status::Delivering, after(26)),
            (Status::FinalDelivery, after(48)),
        ],
    };
    if status.is_shipped() {
        parcel.carrier = Some(if status == Status::NoneTracking { "DIRECT" } else { "CJGLS" }.to_owned());
        parcel.invoice = Some(format!("6{:011}", parcel.id % 100_000_000_000));
    }
    for (status, at) in steps {
        parcel.move_to(*status, *at);
        parcel.changed_at = *at;
    }
    // Half of those that arrived long ago were confirmed.
    if parcel.delivered_at.is_some_and(|at| at + 3 * DAY < end) && parcel.id.is_multiple_of(2) {
        parcel.confirmed_at = parcel.delivered_at.map(|at| at + 2 * DAY);
    }
}
