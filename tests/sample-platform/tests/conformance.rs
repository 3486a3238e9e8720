//! The platform keeps the laws of every connector.

use connector_sample as _;

connector_core::conformance_tests!("sample", {"api_key": "conformance-key-0001"});
