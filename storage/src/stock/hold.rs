//! What an order line does to stock: a function of the line and of what it did before.

use chrono::NaiveDateTime;
use connector_core::OrderState;

use super::resolve::Product;

/// More pieces than any line has; what a platform says beyond it is taken for it, so that sums hold.
const MOST: i64 = 1_000_000_000;

/// How a line stands to the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldState {
    /// Its pieces lie on the shelf and are sold.
    Reserved,
    /// They have left it.
    Shipped,
    /// It wants none.
    Released,
}

impl HoldState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Shipped => "shipped",
            Self::Released => "released",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "reserved" => Self::Reserved,
            "shipped" => Self::Shipped,
            _ => Self::Released,
        }
    }
}

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) product_id: i64,
    pub(super) quantity: i64,
    pub(super) state: HoldState,
}

impl Hold {
    pub(super) fn reserved(self) -> i64 {
        if self.state == HoldState::Reserved { self.quantity } else { 0 }
    }

    pub(super) fn shipped(self) -> i64 {
        if self.state == HoldState::Shipped { self.quantity } else { 0 }
    }
}

/// States in which pieces are sold and still there.
pub(super) const OPEN: [OrderState; 3] =
    [OrderState::Paid, OrderState::Preparing, OrderState::CancelRequested];

/// States in which pieces have left the shelf. Returned and exchanged goods are not back on it before somebody has counted them.
pub(super) const GONE: [OrderState; 7] = [
    OrderState::Shipped,
    OrderState::Delivered,
    OrderState::Decided,
    OrderState::ReturnRequested,
    OrderState::Returned,
    OrderState::ExchangeRequested,
    OrderState::Exchanged,
];

/// What a line is, as far as stock is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact {
    pub(super) state: OrderState,
    /// Pieces still to be delivered, where the platform tells.
    pub(super) quantity: Option<i64>,
    pub(super) product: Product,
    /// Whether it was ordered after the product's stock was last counted: only then a line that comes when it has shipped
    /// already took its pieces from what was counted.
    pub(super) follows_count: bool,
}

/// What a line does now, given what it did; `None` when it does and did nothing.
///
/// What was seen to leave the shelf is taken to be gone, but for a platform that says the line is yet to be shipped.
pub(super) fn now(fact: &Fact, before: Option<Hold>) -> Option<Hold> {
    use OrderState as State;
    let told = fact.quantity.map(|quantity| quantity.clamp(0, MOST));
    let had = before.map_or(0, |hold| hold.quantity);
    let was = before.map(|hold| hold.state);
    let product_id = match (fact.product, before) {
        (_, Some(hold)) if hold.state == HoldState::Shipped => hold.product_id,
        (Product::Known(id), _) => id,
        (Product::Unlinked, Some(hold)) => return Some(Hold { state: HoldState::Released, ..hold }),
        // A later sight of the line may tell less of it than an earlier one.
        (Product::Unknown, Some(hold)) => hold.product_id,
        (Product::Unlinked | Product::Unknown, None) => return None,
    };
    let hold = |state, quantity| Some(Hold { product_id, quantity, state });
    let pieces = told.unwrap_or(if had > 0 { had } else { 1 });
    match (fact.state, was) {
        (State::Paid | State::Preparing, _) => hold(HoldState::Reserved, pieces),
        (State::CancelRequested, Some(HoldState::Shipped)) => before,
        // Some platforms take the pieces off the line as soon as the buyer asks.
        (State::CancelRequested, Some(HoldState::Reserved)) => hold(HoldState::Reserved, pieces.max(had)),
        (State::CancelRequested, _) => hold(HoldState::Reserved, pieces),
        (State::Shipped | State::Delivered | State::Decided, Some(HoldState::Reserved)) => {
            hold(HoldState::Shipped, if pieces > 0 { pieces } else { had })
        }
        // What is left of the line after a return says nothing of what was sent.
        (state, Some(_)) if GONE.contains(&state) => hold(HoldState::Shipped, pieces.max(had)),
        (state, None) if GONE.contains(&state) => {
            if fact.follows_count {
                hold(HoldState::Shipped, pieces)
            } else {
                None
            }
        }
        (State::Cancelled | State::PaymentWaiting, Some(HoldState::Reserved)) => {
            hold(HoldState::Released, had)
        }
        // It is known from now on, so that it is looked at when it has shipped by its next sight.
        (State::PaymentWaiting | State::Unknown, None) => hold(HoldState::Released, pieces),
        _ => before,
    }
}

/// Whether a line left the shelf before the product's stock was counted: the count knows of it. A line that was still there
/// after the count did not, whatever the platform's times say: some are told to the second, some are the seller's own.
pub(super) fn is_counted(
    changed_at: Option<NaiveDateTime>,
    kept: Option<(Hold, NaiveDateTime)>,
    counted_at: Option<NaiveDateTime>,
) -> bool {
    let (Some(changed), Some(counted)) = (changed_at, counted_at) else { return false };
    let was_there = kept.is_some_and(|(hold, since)| hold.state == HoldState::Reserved && since >= counted);
    changed < counted && !was_there
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(state: OrderState, quantity: i64) -> Fact {
        Fact { state, quantity: Some(quantity), product: Product::Known(1), follows_count: true }
    }

    fn hold(state: HoldState, quantity: i64) -> Option<Hold> {
        Some(Hold { product_id: 1, quantity, state })
    }

    #[test]
    fn pieces_are_reserved_then_gone_and_free_again_when_cancelled_before() {
        use HoldState::{Released, Reserved, Shipped};
        for (state, quantity, before, after) in [
            (OrderState::PaymentWaiting, 2, None, hold(Released, 2)),
            (OrderState::Paid, 2, None, hold(Reserved, 2)),
            (OrderState::Paid, 2, hold(Released, 2), hold(Reserved, 2)),
            (OrderState::Preparing, 1, hold(Reserved, 2), hold(Reserved, 1)),
            (OrderState::CancelRequested, 0, hold(Reserved, 2), hold(Reserved, 2)),
            (OrderState::Cancelled, 0, hold(Reserved, 2), hold(Released, 2)),
            (OrderState::Cancelled, 2, None, None),
            (OrderState::Cancelled, 2, hold(Shipped, 2), hold(Shipped, 2)),
            (OrderState::Shipped, 1, hold(Reserved, 2), hold(Shipped, 1)),
            (OrderState::Shipped, 2, hold(Released, 2), hold(Shipped, 2)),
            (OrderState::Returned, 0, hold(Reserved, 2), hold(Shipped, 2)),
            (OrderState::Returned, 0, hold(Shipped, 2), hold(Shipped, 2)),
            (OrderState::Preparing, 2, hold(Shipped, 2), hold(Reserved, 2)),
            (OrderState::Unknown, 9, hold(Reserved, 2), hold(Reserved, 2)),
            (OrderState::Paid, i64::MAX, None, hold(Reserved, MOST)),
        ] {
            let after_twice = now(&fact(state, quantity), now(&fact(state, quantity), before));
            assert_eq!(now(&fact(state, quantity), before), after, "{state:?} after {before:?}");
            assert_eq!(after_twice, after, "{state:?} twice after {before:?}");
        }
    }

    #[test]
    fn what_shipped_before_the_count_takes_nothing() {
        let early = Fact { follows_count: false, ..fact(OrderState::Delivered, 2) };
        assert_eq!(now(&early, None), None);
        assert_eq!(now(&early, hold(HoldState::Reserved, 2)), hold(HoldState::Shipped, 2));
    }

    #[test]
    fn a_line_goes_with_its_listing_and_forgets_nothing() {
        let reserved = hold(HoldState::Reserved, 2);
        let of = |product| Fact { product, ..fact(OrderState::Paid, 2) };
        assert_eq!(now(&of(Product::Known(7)), reserved).map(|hold| hold.product_id), Some(7));
        assert_eq!(now(&of(Product::Unlinked), reserved), hold(HoldState::Released, 2));
        assert_eq!(now(&of(Product::Unlinked), None), None);
        assert_eq!(now(&of(Product::Unknown), reserved), reserved);
        let shipped = hold(HoldState::Shipped, 2);
        let gone = Fact { product: Product::Known(7), ..fact(OrderState::Shipped, 2) };
        assert_eq!(now(&gone, shipped), shipped, "what left is the product's that it was");
    }

    #[test]
    fn what_was_there_after_the_count_left_after_it() {
        let at = |second| chrono::DateTime::from_timestamp(second, 0).map(|at| at.naive_utc());
        let kept = |state, second| hold(state, 2).zip(at(second));
        assert!(is_counted(at(5), None, at(9)));
        assert!(
            !is_counted(at(9), None, at(9))
                && !is_counted(None, None, at(9))
                && !is_counted(at(5), None, None)
        );
        assert!(is_counted(at(5), kept(HoldState::Reserved, 4), at(9)), "nobody had looked again");
        assert!(!is_counted(at(5), kept(HoldState::Reserved, 9), at(9)));
        assert!(is_counted(at(5), kept(HoldState::Released, 9), at(9)));
    }

    #[test]
    fn what_the_platform_does_not_count_is_one_piece() {
        let untold = Fact { quantity: None, ..fact(OrderState::Paid, 0) };
        assert_eq!(now(&untold, None), hold(HoldState::Reserved, 1));
        assert_eq!(now(&untold, hold(HoldState::Reserved, 3)), hold(HoldState::Reserved, 3));
    }
}
