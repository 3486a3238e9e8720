//! SmartStore keeps the laws of every connector.

use connector_smartstore as _;

connector_core::conformance_tests!("smartstore", {
    "client_id": "conformanceClient0001",
    "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe",
});
