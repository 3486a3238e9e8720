//! Cafe24 keeps the laws of every connector, in both streams.

use connector_cafe24 as _;

connector_core::conformance_tests!("cafe24", {
    "client_id": "conformanceClient0001",
    "client_secret": "conformanceSecret0001",
    "mall_id": "samplemall",
    "scope": "mall.read_analytics,mall.read_order",
    "refresh_token": "conformanceRefresh0001",
    "page_limit": 50,
});
