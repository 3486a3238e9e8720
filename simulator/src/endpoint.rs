//! Which platforms stand here, and what they offer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Naver's Smart Store, below `/external`.
    Smartstore,
    /// Cafe24: OAuth and the Admin API below `/api/v2`, and the paths of the Analytics API.
    Cafe24,
}

/// What a platform offers here. Its name is that of JSON and of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// Smart Store: `POST /v1/oauth2/token`
    Token,
    /// Smart Store: `GET /v1/pay-order/seller/product-orders/last-changed-statuses`
    Feed,
    /// Smart Store: `POST /v1/pay-order/seller/product-orders/query`
    Query,
    /// Smart Store: `GET /v1/pay-order/seller/product-orders`
    List,
    /// Smart Store: `GET /v1/seller/account`
    Account,
    /// Smart Store: `GET /v1/pay-order/seller/orders/ID/product-order-ids`
    StoreLines,
    /// Smart Store: `GET /v1/seller/channels`
    StoreChannels,
    /// Smart Store: `POST /v1/products/search`
    StoreProducts,
    /// Smart Store: `GET /v2/products/origin-products/NO, or …/channel-products/NO`
    StoreProduct,
    /// Smart Store: `GET /v1/pay-settle/settle/daily`
    StoreSettleDaily,
    /// Smart Store: `GET /v1/pay-settle/settle/case`
    StoreSettleCase,
    /// Smart Store: `GET /v1/pay-settle/settle/commission-details`
    StoreCommissions,
    /// Smart Store: `POST /v1/pay-order/seller/product-orders/confirm`
    StoreConfirm,
    /// Smart Store: `POST /v1/pay-order/seller/product-orders/dispatch`
    StoreDispatch,
    /// Smart Store: `POST …/product-orders/ID/delay`
    StoreDelay,
    /// Smart Store: `POST …/product-orders/ID/claim/cancel/request`
    StoreCancel,
    /// Smart Store: `POST …/ID/claim/cancel/approve`
    StoreCancelApprove,
    /// Smart Store: `POST …/ID/claim/return/request`
    StoreReturn,
    /// Smart Store: `POST …/ID/claim/return/approve`
    StoreReturnApprove,
    /// Smart Store: `POST …/ID/claim/return/holdback`
    StoreReturnHold,
    /// Smart Store: `POST …/ID/claim/return/holdback/release`
    StoreReturnRelease,
    /// Smart Store: `POST …/ID/claim/return/reject`
    StoreReturnReject,
    /// Smart Store: `POST …/ID/claim/exchange/collect/approve`
    StoreExchangeCollect,
    /// Smart Store: `POST …/ID/claim/exchange/dispatch`
    StoreExchangeDispatch,
    /// Smart Store: `POST …/ID/claim/exchange/holdback`
    StoreExchangeHold,
    /// Smart Store: `POST …/ID/claim/exchange/holdback/release`
    StoreExchangeRelease,
    /// Smart Store: `POST …/ID/claim/exchange/reject`
    StoreExchangeReject,
    /// Smart Store: `POST /v2/products`
    StoreProductCreate,
    /// Smart Store: `PUT /v2/products/origin-products/NO, or …/channel-products/NO`
    StoreProductUpdate,
    /// Smart Store: `DELETE` of the same
    StoreProductDelete,
    /// Smart Store: `PUT /v1/products/origin-products/NO/change-status`
    StoreProductStatus,
    /// Smart Store: `PUT /v1/products/origin-products/NO/option-stock`
    StoreOptionStock,
    /// Smart Store: `PATCH /v1/products/origin-products/multi-update`
    StoreMultiUpdate,
    /// Smart Store: `POST /v1/product-images/upload`
    StoreImages,
    /// Smart Store: anything else below `/external`, or below nothing that is known.
    Unknown,
    /// Cafe24: `GET /api/v2/oauth/authorize`, which a person opens.
    MallConsent,
    /// Cafe24: `POST /api/v2/oauth/token`
    MallToken,
    /// Cafe24: `visitors/view`
    Visits,
    /// Cafe24: `visitors/pageview`
    PageViews,
    /// Cafe24: `products/sales`
    Sales,
    /// Cafe24: `visitpaths/domains`
    Domains,
    /// Cafe24: `GET /api/v2/admin/orders`
    Orders,
    /// Cafe24: `GET /api/v2/admin/orders/count`
    OrderCount,
    /// Cafe24: anything else of the Admin or Analytics API.
    MallUnknown,
}

impl Endpoint {
    /// The endpoints of the Analytics API.
    pub const ANALYTICS: [Self; 4] = [Self::Visits, Self::PageViews, Self::Sales, Self::Domains];

    /// Every endpoint of a platform.
    #[must_use]
    pub fn of(platform: Platform) -> &'static [Self] {
        match platform {
            Platform::Smartstore => &[
                Self::Token,
                Self::Feed,
                Self::Query,
                Self::List,
                Self::Account,
                Self::StoreLines,
                Self::StoreChannels,
                Self::StoreProducts,
                Self::StoreProduct,
                Self::StoreSettleDaily,
                Self::StoreSettleCase,
                Self::StoreCommissions,
                Self::StoreConfirm,
                Self::StoreDispatch,
                Self::StoreDelay,
                Self::StoreCancel,
                Self::StoreCancelApprove,
                Self::StoreReturn,
                Self::StoreReturnApprove,
                Self::StoreReturnHold,
                Self::StoreReturnRelease,
                Self::StoreReturnReject,
                Self::StoreExchangeCollect,
                Self::StoreExchangeDispatch,
                Self::StoreExchangeHold,
                Self::StoreExchangeRelease,
                Self::StoreExchangeReject,
                Self::StoreProductCreate,
                Self::StoreProductUpdate,
                Self::StoreProductDelete,
                Self::StoreProductStatus,
                Self::StoreOptionStock,
                Self::StoreMultiUpdate,
                Self::StoreImages,
                Self::Unknown,
            ],
            Platform::Cafe24 => &[
                Self::MallConsent,
                Self::MallToken,
                Self::Visits,
                Self::PageViews,
                Self::Sales,
                Self::Domains,
                Self::Orders,
                Self::OrderCount,
                Self::MallUnknown,
            ],
        }
    }

    /// The endpoints that a sync reads rows from, of both platforms.
    #[must_use]
    pub fn readers() -> &'static [Self] {
        &[
            Self::Feed,
            Self::Query,
            Self::List,
            Self::StoreProducts,
            Self::StoreSettleDaily,
            Self::StoreSettleCase,
            Self::StoreCommissions,
            Self::Visits,
            Self::PageViews,
            Self::Sales,
            Self::Domains,
            Self::Orders,
        ]
    }

    /// The endpoints that change something at a platform, of all platforms.
    #[must_use]
    pub fn writers() -> &'static [Self] {
        &[
            Self::StoreConfirm,
            Self::StoreDispatch,
            Self::StoreDelay,
            Self::StoreCancel,
            Self::StoreCancelApprove,
            Self::StoreReturn,
            Self::StoreReturnApprove,
            Self::StoreReturnHold,
            Self::StoreReturnRelease,
            Self::StoreReturnReject,
            Self::StoreExchangeCollect,
            Self::StoreExchangeDispatch,
            Self::StoreExchangeHold,
            Self::StoreExchangeRelease,
            Self::StoreExchangeReject,
            Self::StoreProductCreate,
            Self::StoreProductUpdate,
            Self::StoreProductDelete,
            Self::StoreProductStatus,
            Self::StoreOptionStock,
            Self::StoreMultiUpdate,
            Self::StoreImages,
        ]
    }

    /// Whose endpoint it is.
    #[must_use]
    pub fn platform(self) -> Platform {
        if Self::of(Platform::Smartstore).contains(&self) { Platform::Smartstore } else { Platform::Cafe24 }
    }

    /// Whether its answer is a list of rows.
    #[must_use]
    pub fn has_rows(self) -> bool {
        Self::readers().contains(&self)
    }

    /// Whether a call of it changes something.
    #[must_use]
    pub fn is_write(self) -> bool {
        Self::writers().contains(&self)
    }

    /// Whether it is one of the Analytics API.
    #[must_use]
    pub fn is_analytics(self) -> bool {
        Self::ANALYTICS.contains(&self)
    }

    /// Whether it gives tokens, or leads to them.
    #[must_use]
    pub fn is_for_tokens(self) -> bool {
        matches!(self, Self::Token | Self::MallToken | Self::MallConsent)
    }

    /// `feed`, `mall_token`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Feed => "feed",
            Self::Query => "query",
            Self::List => "list",
            Self::Account => "account",
            Self::StoreLines => "store_lines",
            Self::StoreChannels => "store_channels",
            Self::StoreProducts => "store_products",
            Self::StoreProduct => "store_product",
            Self::StoreSettleDaily => "store_settle_daily",
            Self::StoreSettleCase => "store_settle_case",
            Self::StoreCommissions => "store_commissions",
            Self::StoreConfirm => "store_confirm",
            Self::StoreDispatch => "store_dispatch",
            Self::StoreDelay => "store_delay",
            Self::StoreCancel => "store_cancel",
            Self::StoreCancelApprove => "store_cancel_approve",
            Self::StoreReturn => "store_return",
            Self::StoreReturnApprove => "store_return_approve",
            Self::StoreReturnHold => "store_return_hold",
            Self::StoreReturnRelease => "store_return_release",
            Self::StoreReturnReject => "store_return_reject",
            Self::StoreExchangeCollect => "store_exchange_collect",
            Self::StoreExchangeDispatch => "store_exchange_dispatch",
            Self::StoreExchangeHold => "store_exchange_hold",
            Self::StoreExchangeRelease => "store_exchange_release",
            Self::StoreExchangeReject => "store_exchange_reject",
            Self::StoreProductCreate => "store_product_create",
            Self::StoreProductUpdate => "store_product_update",
            Self::StoreProductDelete => "store_product_delete",
            Self::StoreProductStatus => "store_product_status",
            Self::StoreOptionStock => "store_option_stock",
            Self::StoreMultiUpdate => "store_multi_update",
            Self::StoreImages => "store_images",
            Self::Unknown => "unknown",
            Self::MallConsent => "mall_consent",
            Self::MallToken => "mall_token",
            Self::Visits => "visits",
            Self::PageViews => "page_views",
            Self::Sales => "sales",
            Self::Domains => "domains",
            Self::Orders => "orders",
            Self::OrderCount => "order_count",
            Self::MallUnknown => "mall_unknown",
        }
    }

    /// The endpoint of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [Platform::Smartstore, Platform::Cafe24].into_iter().flat_map(Self::of);
        all.copied().find(|endpoint| endpoint.name() == name)
    }
}

impl Platform {
    /// `smartstore` or `cafe24`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smartstore => "smartstore",
            Self::Cafe24 => "cafe24",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for platform in [Platform::Smartstore, Platform::Cafe24] {
            assert_eq!(serde_json::to_value(platform).unwrap(), platform.name());
            for endpoint in Endpoint::of(platform) {
                assert_eq!(serde_json::to_value(endpoint).unwrap(), endpoint.name());
                assert_eq!(Endpoint::named(endpoint.name()), Some(*endpoint));
                assert_eq!(endpoint.platform(), platform);
            }
        }
        assert_eq!(Endpoint::named("nothing"), None);
    }
}
