//! Whatever the platform answers: nothing panics, nothing leaks, nothing is lost or silently wrong.

#[expect(unreachable_pub, reason = "fuzz targets include this file as well")]
mod promises;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_list_of_orders_is_read_or_named(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_orders(&bytes);
    }

    #[test]
    fn an_odd_order_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::odd_order(&bytes);
    }

    #[test]
    fn any_list_of_figures_is_read_or_named(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_figures(&bytes);
    }

    #[test]
    fn an_odd_figure_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::odd_figure(&bytes);
    }

    #[test]
    fn any_token_is_taken_as_it_is_or_refused(bytes in vec(any::<u8>(), 0..32)) {
        promises::any_token(&bytes);
    }

    #[test]
    fn any_refusal_is_an_error_without_personal_data(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_refusal(&bytes);
    }

    #[test]
    fn any_page_token_is_read_or_refused(bytes in vec(any::<u8>(), 0..24)) {
        promises::any_page_token(&bytes);
    }
}
