//! Whatever text is read: nothing panics, nothing leaks, nothing is silently another value.

#[expect(unreachable_pub, reason = "fuzz targets include this file as well")]
mod promises;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_scalar_is_read_to_the_digit_or_not_at_all(bytes in vec(any::<u8>(), 0..24)) {
        promises::any_scalar(&bytes);
    }

    #[test]
    fn any_time_can_be_written_and_read_back(bytes in vec(any::<u8>(), 0..32)) {
        promises::any_time(&bytes);
    }

    #[test]
    fn any_checkpoint_is_read_or_refused(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_checkpoint(&bytes);
    }

    #[test]
    fn any_scenario_is_replayed_or_refused(bytes in vec(any::<u8>(), 0..48)) {
        promises::any_scenario(&bytes);
    }

    #[test]
    fn any_setting_is_within_its_bounds_or_refused(bytes in vec(any::<u8>(), 0..32)) {
        promises::any_setting(&bytes);
    }
}
