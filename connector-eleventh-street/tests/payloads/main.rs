//! Whatever the platform answers: nothing panics, nothing leaks, nothing is lost or silently wrong.

#[expect(unreachable_pub, reason = "fuzz targets include this file as well")]
mod promises;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_read_or_named(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_answer(&bytes);
    }

    #[test]
    fn an_answer_is_the_same_in_every_charset_and_under_every_label(bytes in vec(any::<u8>(), 0..24)) {
        promises::any_charset(&bytes);
    }

    #[test]
    fn an_odd_order_line_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::lines::odd_line(&bytes);
    }

    #[test]
    fn an_odd_key_of_a_line_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::lines::odd_key(&bytes);
    }

    #[test]
    fn an_odd_fetched_line_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::lines::odd_fetched_line(&bytes);
    }

    #[test]
    fn an_odd_claim_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::rows::odd_claim(&bytes);
    }

    #[test]
    fn an_odd_settlement_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::rows::odd_settlement(&bytes);
    }

    #[test]
    fn an_odd_product_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::rows::odd_product(&bytes);
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
