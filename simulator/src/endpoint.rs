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
    /// Coupang's WING Open API, below `/v2/providers`.
    Coupang,
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
    /// Coupang: `GET …/vendors/ID/ordersheets`, v4 and v5, by day and by minute
    OrderSheets,
    /// Coupang: `GET …/vendors/ID/ordersheets/BOX`
    OrderSheet,
    /// Coupang: `GET …/vendors/ID/ORDER/ordersheets`
    OrderSheetsOfOrder,
    /// Coupang: `GET …/ordersheets/BOX/history`
    OrderSheetHistory,
    /// Coupang: `GET …/returnRequests`, v4 and v6
    ReturnRequests,
    /// Coupang: `GET …/returnRequests/RECEIPT`
    ReturnRequest,
    /// Coupang: `GET …/returnWithdrawRequests`
    ReturnWithdrawals,
    /// Coupang: `POST …/returnWithdrawList`
    ReturnWithdrawalsById,
    /// Coupang: `GET …/exchangeRequests`
    ExchangeRequests,
    /// Coupang: `GET …/v1/revenue-history`
    RevenueHistory,
    /// Coupang: `GET …/settlement-histories`
    SettlementHistories,
    /// Coupang: `GET …/seller-products`
    SellerProducts,
    /// Coupang: `GET …/seller-products/ID`
    SellerProduct,
    /// Coupang: `GET …/seller-products/external-vendor-sku-codes/SKU`
    SellerProductsBySku,
    /// Coupang: `GET …/seller-products/inflow-status`
    ProductInflow,
    /// Coupang: `GET …/vendor-items/ID/inventories`
    VendorInventory,
    /// Coupang: `GET …/vendor/shipping-place/outbound`
    OutboundPlaces,
    /// Coupang: `GET …/returnShippingCenters`
    ReturnCenters,
    /// Coupang: `PUT …/ordersheets/acknowledgement`
    VendorAcknowledge,
    /// Coupang: `POST …/orders/invoices`
    VendorInvoices,
    /// Coupang: `POST …/orders/updateInvoices`
    VendorInvoicesUpdate,
    /// Coupang: `POST …/orders/ORDER/cancel`
    VendorCancel,
    /// Coupang: `PUT …/returnRequests/RECEIPT/stoppedShipment`
    VendorStopShipment,
    /// Coupang: `PUT …/returnRequests/RECEIPT/completedShipment`
    VendorAlreadyShipped,
    /// Coupang: `PUT …/returnRequests/RECEIPT/receiveConfirmation`
    VendorReturnReceived,
    /// Coupang: `PUT …/returnRequests/RECEIPT/approval`
    VendorReturnApproval,
    /// Coupang: `PUT …/exchangeRequests/EXCHANGE/receiveConfirmation`
    VendorExchangeReceived,
    /// Coupang: `PUT …/exchangeRequests/EXCHANGE/rejection`
    VendorExchangeRejection,
    /// Coupang: `POST …/exchangeRequests/EXCHANGE/invoices`
    VendorExchangeInvoices,
    /// Coupang: `PUT …/vendor-items/ID/quantities/QUANTITY`
    VendorQuantity,
    /// Coupang: `PUT …/vendor-items/ID/prices/PRICE`
    VendorPrice,
    /// Coupang: `PUT …/vendor-items/ID/sales/stop`
    VendorSaleStop,
    /// Coupang: `PUT …/vendor-items/ID/sales/resume`
    VendorSaleResume,
    /// Coupang: `POST …/seller-products`
    VendorProductCreate,
    /// Coupang: `PUT …/seller-products`
    VendorProductUpdate,
    /// Coupang: `PUT …/seller-products/ID/approvals`
    VendorProductApproval,
    /// Coupang: anything else below `/v2/providers`.
    VendorUnknown,
}

impl Endpoint {
    /// The endpoints of the Analytics API.
    pub const ANALYTICS: [Self; 4] = [Self::Visits, Self::PageViews, Self::Sales, Self::Domains];

    /// Every endpoint of a platform.
    #[must_use]
    pub fn of(platform: Platform) -> &'static [Self] {
        match platform {
            Platform::Smartstore => {
                &[Self::Token, Self::Feed, Self::Query, Self::List, Self::Account, Self::Unknown]
            }
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
            Platform::Coupang => &[
                Self::OrderSheets,
                Self::OrderSheet,
                Self::OrderSheetsOfOrder,
                Self::OrderSheetHistory,
                Self::ReturnRequests,
                Self::ReturnRequest,
                Self::ReturnWithdrawals,
                Self::ReturnWithdrawalsById,
                Self::ExchangeRequests,
                Self::RevenueHistory,
                Self::SettlementHistories,
                Self::SellerProducts,
                Self::SellerProduct,
                Self::SellerProductsBySku,
                Self::ProductInflow,
                Self::VendorInventory,
                Self::OutboundPlaces,
                Self::ReturnCenters,
                Self::VendorAcknowledge,
                Self::VendorInvoices,
                Self::VendorInvoicesUpdate,
                Self::VendorCancel,
                Self::VendorStopShipment,
                Self::VendorAlreadyShipped,
                Self::VendorReturnReceived,
                Self::VendorReturnApproval,
                Self::VendorExchangeReceived,
                Self::VendorExchangeRejection,
                Self::VendorExchangeInvoices,
                Self::VendorQuantity,
                Self::VendorPrice,
                Self::VendorSaleStop,
                Self::VendorSaleResume,
                Self::VendorProductCreate,
                Self::VendorProductUpdate,
                Self::VendorProductApproval,
                Self::VendorUnknown,
            ],
        }
    }

    /// The endpoints that a sync reads rows from, of all platforms.
    #[must_use]
    pub fn readers() -> &'static [Self] {
        &[
            Self::Feed,
            Self::Query,
            Self::List,
            Self::Visits,
            Self::PageViews,
            Self::Sales,
            Self::Domains,
            Self::Orders,
            Self::OrderSheets,
            Self::OrderSheetsOfOrder,
            Self::ReturnRequests,
            Self::ReturnRequest,
            Self::ReturnWithdrawals,
            Self::ReturnWithdrawalsById,
            Self::ExchangeRequests,
            Self::RevenueHistory,
            Self::SettlementHistories,
            Self::SellerProducts,
            Self::SellerProductsBySku,
        ]
    }

    /// The endpoints that change something at an account, of all platforms; calls for tokens are none of them.
    #[must_use]
    pub fn writers() -> &'static [Self] {
        &[
            Self::VendorAcknowledge,
            Self::VendorInvoices,
            Self::VendorInvoicesUpdate,
            Self::VendorCancel,
            Self::VendorStopShipment,
            Self::VendorAlreadyShipped,
            Self::VendorReturnReceived,
            Self::VendorReturnApproval,
            Self::VendorExchangeReceived,
            Self::VendorExchangeRejection,
            Self::VendorExchangeInvoices,
            Self::VendorQuantity,
            Self::VendorPrice,
            Self::VendorSaleStop,
            Self::VendorSaleResume,
            Self::VendorProductCreate,
            Self::VendorProductUpdate,
            Self::VendorProductApproval,
        ]
    }

    /// Whose endpoint it is.
    #[must_use]
    pub fn platform(self) -> Platform {
        let has = |platform: &&Platform| Self::of(**platform).contains(&self);
        *Platform::ALL.iter().find(has).expect("every endpoint is some platform's")
    }

    /// Whether its answer is a list of rows.
    #[must_use]
    pub fn has_rows(self) -> bool {
        Self::readers().contains(&self)
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
            Self::OrderSheets => "order_sheets",
            Self::OrderSheet => "order_sheet",
            Self::OrderSheetsOfOrder => "order_sheets_of_order",
            Self::OrderSheetHistory => "order_sheet_history",
            Self::ReturnRequests => "return_requests",
            Self::ReturnRequest => "return_request",
            Self::ReturnWithdrawals => "return_withdrawals",
            Self::ReturnWithdrawalsById => "return_withdrawals_by_id",
            Self::ExchangeRequests => "exchange_requests",
            Self::RevenueHistory => "revenue_history",
            Self::SettlementHistories => "settlement_histories",
            Self::SellerProducts => "seller_products",
            Self::SellerProduct => "seller_product",
            Self::SellerProductsBySku => "seller_products_by_sku",
            Self::ProductInflow => "product_inflow",
            Self::VendorInventory => "vendor_inventory",
            Self::OutboundPlaces => "outbound_places",
            Self::ReturnCenters => "return_centers",
            Self::VendorAcknowledge => "vendor_acknowledge",
            Self::VendorInvoices => "vendor_invoices",
            Self::VendorInvoicesUpdate => "vendor_invoices_update",
            Self::VendorCancel => "vendor_cancel",
            Self::VendorStopShipment => "vendor_stop_shipment",
            Self::VendorAlreadyShipped => "vendor_already_shipped",
            Self::VendorReturnReceived => "vendor_return_received",
            Self::VendorReturnApproval => "vendor_return_approval",
            Self::VendorExchangeReceived => "vendor_exchange_received",
            Self::VendorExchangeRejection => "vendor_exchange_rejection",
            Self::VendorExchangeInvoices => "vendor_exchange_invoices",
            Self::VendorQuantity => "vendor_quantity",
            Self::VendorPrice => "vendor_price",
            Self::VendorSaleStop => "vendor_sale_stop",
            Self::VendorSaleResume => "vendor_sale_resume",
            Self::VendorProductCreate => "vendor_product_create",
            Self::VendorProductUpdate => "vendor_product_update",
            Self::VendorProductApproval => "vendor_product_approval",
            Self::VendorUnknown => "vendor_unknown",
        }
    }

    /// The endpoint of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = Platform::ALL.iter().flat_map(|platform| Self::of(*platform));
        all.copied().find(|endpoint| endpoint.name() == name)
    }
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 3] = [Self::Smartstore, Self::Cafe24, Self::Coupang];

    /// `smartstore`, `cafe24` or `coupang`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smartstore => "smartstore",
            Self::Cafe24 => "cafe24",
            Self::Coupang => "coupang",
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
        for platform in Platform::ALL {
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
