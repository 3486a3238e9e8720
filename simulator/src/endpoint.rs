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
    /// 11st (11번가), below `/rest`.
    EleventhStreet,
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
    /// 11st: `GET /ordservices/standby/{s}/{e}`: orders that are not paid yet.
    StreetStandby,
    /// 11st: `GET /ordservices/complete/{s}/{e}`: paid orders, to confirm.
    StreetComplete,
    /// 11st: `GET /ordservices/complete/{ordNo}`: one order, whatever its state.
    StreetOrder,
    /// 11st: `GET /ordservices/packaging/{s}/{e}`: confirmed orders, to ship.
    StreetPackaging,
    /// 11st: `GET /ordservices/shipping/{s}/{e}`
    StreetShipping,
    /// 11st: `GET /ordservices/dlvcompleted/{s}/{e}`
    StreetDelivered,
    /// 11st: `GET /ordservices/completed/{s}/{e}`: decided purchases.
    StreetCompleted,
    /// 11st: `GET /claimservice/orderlistall/{ordNo,…}`
    StreetOrderStates,
    /// 11st: `GET /claimservice/orderlistalladdr/{ordNo,…}`
    StreetOrderAddresses,
    /// 11st: `GET /claimservice/cancelorders/{s}/{e}`: cancel requests.
    StreetCancels,
    /// 11st: `GET /claimservice/canceledorders/{s}/{e}`
    StreetCancelled,
    /// 11st: `GET /claimservice/withdrawcanceledorders/{s}/{e}`
    StreetCancelsWithdrawn,
    /// 11st: `GET /claimservice/returnorders/{s}/{e}`: return requests.
    StreetReturns,
    /// 11st: `GET /claimservice/returnedorders/{s}/{e}`
    StreetReturned,
    /// 11st: `GET /claimservice/retractretorders/{s}/{e}`
    StreetReturnsWithdrawn,
    /// 11st: `GET /claimservice/exchangeorders/{s}/{e}`: exchange requests.
    StreetExchanges,
    /// 11st: `GET /claimservice/exchangedorders/{s}/{e}`
    StreetExchanged,
    /// 11st: `GET /claimservice/retractexcorders/{s}/{e}`
    StreetExchangesWithdrawn,
    /// 11st: `GET /settlement/settlementList/{s}/{e}`
    StreetSettlements,
    /// 11st: `POST /prodmarketservice/prodmarket`: the search of products.
    StreetListings,
    /// 11st: `GET /prodmarketservice/prodmarket/{prdNo}`
    StreetListing,
    /// 11st: `GET /prodmarketservice/sellerprodcode/{code}`
    StreetListingsByCode,
    /// 11st: `GET /prodmarketservice/prodmarket/stck/{prdNo}`
    StreetStock,
    /// 11st: `POST /prodmarketservice/prodmarket/stocks`
    StreetStocks,
    /// 11st: `GET /ordservices/reqpackaging/…`: confirms.
    StreetConfirm,
    /// 11st: `GET /ordservices/reqdelivery/…`, of 5, 8 or 9 parts: ships.
    StreetShip,
    /// 11st: `GET /claimservice/reqrejectorder/…`: the seller cancels.
    StreetCancel,
    /// 11st: `GET /claimservice/cancelreqconf/…`
    StreetApproveCancel,
    /// 11st: `GET /claimservice/cancelreqreject/…` and `cancelreqrejectNEW/…`
    StreetRejectCancel,
    /// 11st: `GET /claimservice/returnreqconf/…`
    StreetApproveReturn,
    /// 11st: `GET /claimservice/returnreqreject/…`
    StreetRejectReturn,
    /// 11st: `GET /claimservice/returnclaimdefer/…`
    StreetHoldReturn,
    /// 11st: `GET /claimservice/exchangereqconf/…`
    StreetApproveExchange,
    /// 11st: `GET /claimservice/exchangereqreject/…`
    StreetRejectExchange,
    /// 11st: `PUT /prodservices/stockqty/{prdStckNo}`
    StreetSetStock,
    /// 11st: `GET /prodservices/product/price/{prdNo}/{selPrc}`
    StreetSetPrice,
    /// 11st: `PUT /prodstatservice/stat/stopdisplay/{prdNo}`
    StreetStopSale,
    /// 11st: `PUT /prodstatservice/stat/restartdisplay/{prdNo}`
    StreetResumeSale,
    /// 11st: `POST /prodservices/product`
    StreetCreateListing,
    /// 11st: `PUT /prodservices/product/{prdNo}`
    StreetUpdateListing,
    /// 11st: anything else below `/rest`.
    StreetUnknown,
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
            Platform::EleventhStreet => &[
                Self::StreetStandby,
                Self::StreetComplete,
                Self::StreetOrder,
                Self::StreetPackaging,
                Self::StreetShipping,
                Self::StreetDelivered,
                Self::StreetCompleted,
                Self::StreetOrderStates,
                Self::StreetOrderAddresses,
                Self::StreetCancels,
                Self::StreetCancelled,
                Self::StreetCancelsWithdrawn,
                Self::StreetReturns,
                Self::StreetReturned,
                Self::StreetReturnsWithdrawn,
                Self::StreetExchanges,
                Self::StreetExchanged,
                Self::StreetExchangesWithdrawn,
                Self::StreetSettlements,
                Self::StreetListings,
                Self::StreetListing,
                Self::StreetListingsByCode,
                Self::StreetStock,
                Self::StreetStocks,
                Self::StreetConfirm,
                Self::StreetShip,
                Self::StreetCancel,
                Self::StreetApproveCancel,
                Self::StreetRejectCancel,
                Self::StreetApproveReturn,
                Self::StreetRejectReturn,
                Self::StreetHoldReturn,
                Self::StreetApproveExchange,
                Self::StreetRejectExchange,
                Self::StreetSetStock,
                Self::StreetSetPrice,
                Self::StreetStopSale,
                Self::StreetResumeSale,
                Self::StreetCreateListing,
                Self::StreetUpdateListing,
                Self::StreetUnknown,
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
            Self::StoreProducts,
            Self::StoreSettleDaily,
            Self::StoreSettleCase,
            Self::StoreCommissions,
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
            Self::StreetStandby,
            Self::StreetComplete,
            Self::StreetOrder,
            Self::StreetPackaging,
            Self::StreetShipping,
            Self::StreetDelivered,
            Self::StreetCompleted,
            Self::StreetOrderStates,
            Self::StreetOrderAddresses,
            Self::StreetCancels,
            Self::StreetCancelled,
            Self::StreetCancelsWithdrawn,
            Self::StreetReturns,
            Self::StreetReturned,
            Self::StreetReturnsWithdrawn,
            Self::StreetExchanges,
            Self::StreetExchanged,
            Self::StreetExchangesWithdrawn,
            Self::StreetSettlements,
            Self::StreetListings,
            Self::StreetListingsByCode,
            Self::StreetStock,
            Self::StreetStocks,
        ]
    }

    /// The endpoints that change something at an account, of all platforms; calls for tokens are none of them.
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
            Self::StreetConfirm,
            Self::StreetShip,
            Self::StreetCancel,
            Self::StreetApproveCancel,
            Self::StreetRejectCancel,
            Self::StreetApproveReturn,
            Self::StreetRejectReturn,
            Self::StreetHoldReturn,
            Self::StreetApproveExchange,
            Self::StreetRejectExchange,
            Self::StreetSetStock,
            Self::StreetSetPrice,
            Self::StreetStopSale,
            Self::StreetResumeSale,
            Self::StreetCreateListing,
            Self::StreetUpdateListing,
        ]
    }

    /// Whose endpoint it is.
    #[must_use]
    pub fn platform(self) -> Platform {
        let of = |platform: &Platform| Self::of(*platform).contains(&self);
        Platform::ALL.into_iter().find(of).expect("every endpoint is a platform's")
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
            Self::StreetStandby => "street_standby",
            Self::StreetComplete => "street_complete",
            Self::StreetOrder => "street_order",
            Self::StreetPackaging => "street_packaging",
            Self::StreetShipping => "street_shipping",
            Self::StreetDelivered => "street_delivered",
            Self::StreetCompleted => "street_completed",
            Self::StreetOrderStates => "street_order_states",
            Self::StreetOrderAddresses => "street_order_addresses",
            Self::StreetCancels => "street_cancels",
            Self::StreetCancelled => "street_cancelled",
            Self::StreetCancelsWithdrawn => "street_cancels_withdrawn",
            Self::StreetReturns => "street_returns",
            Self::StreetReturned => "street_returned",
            Self::StreetReturnsWithdrawn => "street_returns_withdrawn",
            Self::StreetExchanges => "street_exchanges",
            Self::StreetExchanged => "street_exchanged",
            Self::StreetExchangesWithdrawn => "street_exchanges_withdrawn",
            Self::StreetSettlements => "street_settlements",
            Self::StreetListings => "street_listings",
            Self::StreetListing => "street_listing",
            Self::StreetListingsByCode => "street_listings_by_code",
            Self::StreetStock => "street_stock",
            Self::StreetStocks => "street_stocks",
            Self::StreetConfirm => "street_confirm",
            Self::StreetShip => "street_ship",
            Self::StreetCancel => "street_cancel",
            Self::StreetApproveCancel => "street_approve_cancel",
            Self::StreetRejectCancel => "street_reject_cancel",
            Self::StreetApproveReturn => "street_approve_return",
            Self::StreetRejectReturn => "street_reject_return",
            Self::StreetHoldReturn => "street_hold_return",
            Self::StreetApproveExchange => "street_approve_exchange",
            Self::StreetRejectExchange => "street_reject_exchange",
            Self::StreetSetStock => "street_set_stock",
            Self::StreetSetPrice => "street_set_price",
            Self::StreetStopSale => "street_stop_sale",
            Self::StreetResumeSale => "street_resume_sale",
            Self::StreetCreateListing => "street_create_listing",
            Self::StreetUpdateListing => "street_update_listing",
            Self::StreetUnknown => "street_unknown",
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
    pub const ALL: [Self; 4] = [Self::Smartstore, Self::Cafe24, Self::Coupang, Self::EleventhStreet];

    /// `smartstore`, `cafe24`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smartstore => "smartstore",
            Self::Cafe24 => "cafe24",
            Self::Coupang => "coupang",
            Self::EleventhStreet => "eleventh_street",
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
        assert!(Endpoint::writers().iter().all(|endpoint| !endpoint.has_rows()));
    }
}
