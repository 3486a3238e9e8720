//! 11st keeps the laws of every connector, in all its streams.

use connector_eleventh_street as _;

connector_core::conformance_tests!("eleventh_street", {
    "api_key": "conformanceKey00000000000000001f",
    "seller_id": "sampleshop",
});
