//! Coupang keeps the laws of every connector, in all streams.

use connector_coupang as _;

connector_core::conformance_tests!("coupang", {
    "access_key": "conformance-0000-0000-0000-000000000001",
    "secret_key": "conformance0000000000000000000000secret1",
    "vendor_id": "A00012345",
    "user_id": "wing_user01",
});
