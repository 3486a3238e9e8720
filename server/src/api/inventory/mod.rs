//! Stock: how much there is of what, what became of it, and telling the platforms.

pub(crate) mod actions;
pub(crate) mod levels;
pub(crate) mod low;
pub(crate) mod movements;
pub(crate) mod sync;

use storage::StockLevel;

/// `out_of_stock`, `low_stock` or `in_stock`; `None` where stock is not kept.
fn status(level: &StockLevel) -> Option<&'static str> {
    level.available().map(|available| match available {
        ..=0 => "out_of_stock",
        left if left <= level.safety_stock => "low_stock",
        _ => "in_stock",
    })
}

#[cfg(test)]
mod tests {
    use storage::ProductStatus;

    use super::*;

    #[test]
    fn what_is_low_is_told_from_what_is_gone() {
        let level = |on_hand, reserved| StockLevel {
            product_id: 1,
            seller_code: "A".to_owned(),
            product_name: "양말".to_owned(),
            on_hand,
            reserved,
            safety_stock: 5,
            status: ProductStatus::Active,
        };
        assert_eq!(status(&level(Some(3), 0)), Some("low_stock"));
        assert_eq!(status(&level(Some(6), 1)), Some("low_stock"));
        assert_eq!(status(&level(Some(6), 0)), Some("in_stock"));
        assert_eq!(status(&level(Some(2), 2)), Some("out_of_stock"));
        assert_eq!(status(&level(Some(2), 3)), Some("out_of_stock"));
        assert_eq!(status(&level(None, 3)), None);
    }
}
