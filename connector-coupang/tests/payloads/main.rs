//! Whatever the platform answers: nothing panics, nothing leaks, nothing is lost or silently wrong.

#[expect(unreachable_pub, reason = "fuzz targets include this file as well")]
mod promises;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_read_or_named(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_answer(&bytes);
    }

    #[test]
    fn an_odd_parcel_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::orders::odd_parcel(&bytes);
    }

    #[test]
    fn an_odd_answer_to_a_parcels_number_is_read_or_named(bytes in vec(any::<u8>(), 0..24)) {
        promises::orders::odd_fetched_parcel(&bytes);
    }

    #[test]
    fn an_odd_claim_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::claims::odd_claim(&bytes);
    }

    #[test]
    fn an_odd_withdrawal_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::claims::odd_withdrawal(&bytes);
    }

    #[test]
    fn an_odd_row_of_the_revenue_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::figures::odd_revenue(&bytes);
    }

    #[test]
    fn an_odd_product_touches_no_other(bytes in vec(any::<u8>(), 0..24)) {
        promises::figures::odd_product(&bytes);
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
