//! How a price is made of a rule, in whole won and without a rounding error on the way.

use storage::{Basis, NewPricingRule, ProductRow, Rounding};

/// The whole, in the parts in which rates are kept.
pub(crate) const WHOLE: i64 = 1_000_000;

/// The parts of a percent.
const PERCENT: i64 = WHOLE / 100;

/// The highest price that is made.
const MOST: i128 = 1_000_000_000_000;

/// A price, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Priced {
    /// Won.
    pub(crate) price: i64,
    /// The platform's part of it, in won, from half a won up.
    pub(crate) fee: i64,
    /// What is left to the seller of it, the fee and the basis with what was added taken off.
    pub(crate) margin: i64,
}

/// Why no price can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpriced {
    /// The product has no cost.
    NoCost,
    /// The product has no price of its own.
    NoPrice,
    /// It would be 0, or higher than anything costs.
    OutOfRange,
}

/// The price by a rule: the least, before rounding, of which the fee and the margin can be paid and the basis is left. `price =
/// (basis + added) / (1 - fee - margin)`, rounded to the rule's step, and no lower than its minimum.
pub(crate) fn price(rule: &NewPricingRule, product: &ProductRow) -> Result<Priced, Unpriced> {
    let basis = match rule.basis {
        Basis::Cost => product.cost.ok_or(Unpriced::NoCost)?,
        Basis::Price => product.price.ok_or(Unpriced::NoPrice)?,
    };
    let basis = i128::from(basis) + i128::from(rule.added);
    let step = i128::from(rule.round_to.max(1));
    let rest = i128::from(WHOLE) - i128::from(rule.fee_rate) - i128::from(rule.margin_rate);
    if rest <= 0 {
        return Err(Unpriced::OutOfRange);
    }
    // The price is `above / below` steps.
    let (above, below) = (basis * i128::from(WHOLE), rest * step);
    let steps = match rule.rounding {
        Rounding::Up => (above + below - 1).div_euclid(below),
        Rounding::Down => above.div_euclid(below),
        Rounding::Nearest => (2 * above + below).div_euclid(2 * below),
    };
    let minimum = i128::from(rule.minimum_price.unwrap_or(0));
    let price = (steps * step).max((minimum + step - 1).div_euclid(step) * step);
    if !(1..=MOST).contains(&price) {
        return Err(Unpriced::OutOfRange);
    }
    let whole = i128::from(WHOLE);
    let fee = (2 * price * i128::from(rule.fee_rate) + whole).div_euclid(2 * whole);
    let won = |amount: i128| i64::try_from(amount).map_err(|_| Unpriced::OutOfRange);
    Ok(Priced { price: won(price)?, fee: won(fee)?, margin: won(price - fee - basis)? })
}

/// A percentage as it is written, such as `10.8`, in parts of a million; `None` for what is no decimal number from 0 to below
/// 100 with at most four places.
pub(crate) fn rate(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || whole.len() > 2 || fraction.len() > 4 || !is_digits(whole) || !is_digits(fraction)
    {
        return None;
    }
    let places: i64 = format!("{fraction:0<4}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * PERCENT + places)
}

/// A rate as a percentage, such as `10.8`.
pub(crate) fn percent(rate: i64) -> String {
    let text = format!("{}.{:04}", rate / PERCENT, rate % PERCENT);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use storage::ProductRow;

    use super::*;

    fn product(cost: Option<i64>, price: Option<i64>) -> ProductRow {
        ProductRow {
            id: 1,
            owner_id: None,
            seller_code: "A".to_owned(),
            name: "양말".to_owned(),
            price,
            stock: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
            safety_stock: 5,
            cost,
            status: storage::ProductStatus::Active,
            details: storage::ProductDetails::default(),
            reserved: 0,
        }
    }

    fn rule(basis: Basis, fee_rate: i64, margin_rate: i64) -> NewPricingRule {
        NewPricingRule {
            owner_id: 1,
            name: "rule".to_owned(),
            platform: None,
            connector_id: None,
            basis,
            fee_rate,
            margin_rate,
            added: 0,
            round_to: 1,
            rounding: Rounding::Up,
            minimum_price: None,
        }
    }

    #[test]
    fn a_price_pays_the_fee_and_leaves_the_margin() {
        let goods = product(Some(70_000), Some(149_000));
        let of_cost = NewPricingRule { round_to: 10, ..rule(Basis::Cost, 108_000, 250_000) };
        // 70,000 / 0.642 = 109,034.26…
        assert_eq!(price(&of_cost, &goods), Ok(Priced { price: 109_040, fee: 11_776, margin: 27_264 }));
        let down = NewPricingRule { rounding: Rounding::Down, ..of_cost.clone() };
        assert_eq!(price(&down, &goods).map(|priced| priced.price), Ok(109_030));
        let nearest = NewPricingRule { rounding: Rounding::Nearest, round_to: 100, ..of_cost.clone() };
        assert_eq!(price(&nearest, &goods).map(|priced| priced.price), Ok(109_000));
        // 149,000 / 0.9 = 165,555.5…
        let of_price = NewPricingRule { round_to: 100, ..rule(Basis::Price, 100_000, 0) };
        assert_eq!(price(&of_price, &goods), Ok(Priced { price: 165_600, fee: 16_560, margin: 40 }));
        let least = NewPricingRule { minimum_price: Some(200_001), ..of_price };
        assert_eq!(price(&least, &goods).map(|priced| priced.price), Ok(200_100));
        // Nothing is taken and nothing is rounded where it comes out even.
        assert_eq!(
            price(&rule(Basis::Cost, 200_000, 100_000), &goods).map(|priced| priced.price),
            Ok(100_000)
        );
    }

    #[test]
    fn what_has_no_basis_has_no_price() {
        let bare = product(None, None);
        assert_eq!(price(&rule(Basis::Cost, 0, 0), &bare), Err(Unpriced::NoCost));
        assert_eq!(price(&rule(Basis::Price, 0, 0), &bare), Err(Unpriced::NoPrice));
        let free = product(Some(0), None);
        assert_eq!(price(&rule(Basis::Cost, 0, 0), &free), Err(Unpriced::OutOfRange));
        let dear = product(Some(1_000_000_000_000), None);
        assert_eq!(price(&rule(Basis::Cost, 500_000, 0), &dear), Err(Unpriced::OutOfRange));
        assert_eq!(
            price(&rule(Basis::Cost, 500_000, 500_000), &product(Some(1), None)),
            Err(Unpriced::OutOfRange)
        );
    }

    #[test]
    fn a_percentage_is_read_and_written_exactly() {
        for (text, parts) in
            [("0", 0), ("10.8", 108_000), ("3.63", 36_300), ("5.0", 50_000), ("99.9999", 999_999)]
        {
            assert_eq!(rate(text), Some(parts), "{text}");
        }
        assert_eq!(
            ["0", "10.8", "3.63", "5"].map(|text| percent(rate(text).expect("a rate"))),
            ["0", "10.8", "3.63", "5"]
        );
        for odd in ["", "-1", "100", "1.23456", "1e1", ".5", "5%", "0x1", "1.-2", "+1"] {
            assert_eq!(rate(odd), None, "{odd}");
        }
    }

    proptest! {
        /// Rounded up, whatever is left of the price is no less than what the rule asks for, and one step less would be too low.
        #[test]
        fn a_price_rounded_up_is_the_least_that_suffices(
            cost in 1_i64..10_000_000, added in 0_i64..10_000, fee in 0_i64..400_000, margin in 0_i64..500_000,
            step in prop::sample::select(vec![1_i64, 10, 100, 1_000]),
        ) {
            let rule = NewPricingRule { added, round_to: step, ..rule(Basis::Cost, fee, margin) };
            let priced = price(&rule, &product(Some(cost), None)).expect("in range");
            let left = |price: i64| i128::from(price) * i128::from(WHOLE - fee - margin);
            let asked = i128::from(cost + added) * i128::from(WHOLE);
            prop_assert_eq!(priced.price % step, 0);
            prop_assert!(left(priced.price) >= asked && left(priced.price - step) < asked);
            prop_assert_eq!(priced.price, priced.fee + priced.margin + cost + added);
        }
    }
}
