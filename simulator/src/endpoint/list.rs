//! The list of all endpoints: what each is, its name, and whether its answer is a list of rows, a call of it changes something,
//! or neither.

use super::{Platform, Role};

endpoints! {
    Smartstore {
        /// Smart Store: `POST /v1/oauth2/token`
        Token = "token", Neither;
        /// Smart Store: `GET /v1/pay-order/seller/product-orders/last-changed-statuses`
        Feed = "feed", Rows;
        /// Smart Store: `POST /v1/pay-order/seller/product-orders/query`
        Query = "query", Rows;
        /// Smart Store: `GET /v1/pay-order/seller/product-orders`
        List = "list", Rows;
        /// Smart Store: `GET /v1/seller/account`
        Account = "account", Neither;
        /// Smart Store: `GET /v1/pay-order/seller/orders/ID/product-order-ids`
        StoreLines = "store_lines", Neither;
        /// Smart Store: `GET /v1/seller/channels`
        StoreChannels = "store_channels", Neither;
        /// Smart Store: `POST /v1/products/search`
        StoreProducts = "store_products", Rows;
        /// Smart Store: `GET /v2/products/origin-products/NO, or …/channel-products/NO`
        StoreProduct = "store_product", Neither;
        /// Smart Store: `GET /v1/pay-settle/settle/daily`
        StoreSettleDaily = "store_settle_daily", Rows;
        /// Smart Store: `GET /v1/pay-settle/settle/case`
        StoreSettleCase = "store_settle_case", Rows;
        /// Smart Store: `GET /v1/pay-settle/settle/commission-details`
        StoreCommissions = "store_commissions", Rows;
        /// Smart Store: `POST /v1/pay-order/seller/product-orders/confirm`
        StoreConfirm = "store_confirm", Writes;
        /// Smart Store: `POST /v1/pay-order/seller/product-orders/dispatch`
        StoreDispatch = "store_dispatch", Writes;
        /// Smart Store: `POST …/product-orders/ID/delay`
        StoreDelay = "store_delay", Writes;
        /// Smart Store: `POST …/product-orders/ID/claim/cancel/request`
        StoreCancel = "store_cancel", Writes;
        /// Smart Store: `POST …/ID/claim/cancel/approve`
        StoreCancelApprove = "store_cancel_approve", Writes;
        /// Smart Store: `POST …/ID/claim/return/request`
        StoreReturn = "store_return", Writes;
        /// Smart Store: `POST …/ID/claim/return/approve`
        StoreReturnApprove = "store_return_approve", Writes;
        /// Smart Store: `POST …/ID/claim/return/holdback`
        StoreReturnHold = "store_return_hold", Writes;
        /// Smart Store: `POST …/ID/claim/return/holdback/release`
        StoreReturnRelease = "store_return_release", Writes;
        /// Smart Store: `POST …/ID/claim/return/reject`
        StoreReturnReject = "store_return_reject", Writes;
        /// Smart Store: `POST …/ID/claim/exchange/collect/approve`
        StoreExchangeCollect = "store_exchange_collect", Writes;
        /// Smart Store: `POST …/ID/claim/exchange/dispatch`
        StoreExchangeDispatch = "store_exchange_dispatch", Writes;
        /// Smart Store: `POST …/ID/claim/exchange/holdback`
        StoreExchangeHold = "store_exchange_hold", Writes;
        /// Smart Store: `POST …/ID/claim/exchange/holdback/release`
        StoreExchangeRelease = "store_exchange_release", Writes;
        /// Smart Store: `POST …/ID/claim/exchange/reject`
        StoreExchangeReject = "store_exchange_reject", Writes;
        /// Smart Store: `POST /v2/products`
        StoreProductCreate = "store_product_create", Writes;
        /// Smart Store: `PUT /v2/products/origin-products/NO, or …/channel-products/NO`
        StoreProductUpdate = "store_product_update", Writes;
        /// Smart Store: `DELETE` of the same
        StoreProductDelete = "store_product_delete", Writes;
        /// Smart Store: `PUT /v1/products/origin-products/NO/change-status`
        StoreProductStatus = "store_product_status", Writes;
        /// Smart Store: `PUT /v1/products/origin-products/NO/option-stock`
        StoreOptionStock = "store_option_stock", Writes;
        /// Smart Store: `PATCH /v1/products/origin-products/multi-update`
        StoreMultiUpdate = "store_multi_update", Writes;
        /// Smart Store: `POST /v1/product-images/upload`
        StoreImages = "store_images", Writes;
        /// Smart Store: anything else below `/external`, or below nothing that is known.
        Unknown = "unknown", Neither;
    }
    Cafe24 {
        /// Cafe24: `GET /api/v2/oauth/authorize`, which a person opens.
        MallConsent = "mall_consent", Neither;
        /// Cafe24: `POST /api/v2/oauth/token`
        MallToken = "mall_token", Neither;
        /// Cafe24: `visitors/view`
        Visits = "visits", Rows;
        /// Cafe24: `visitors/pageview`
        PageViews = "page_views", Rows;
        /// Cafe24: `products/sales`
        Sales = "sales", Rows;
        /// Cafe24: `visitpaths/domains`
        Domains = "domains", Rows;
        /// Cafe24: `GET /api/v2/admin/orders`
        Orders = "orders", Rows;
        /// Cafe24: `GET /api/v2/admin/orders/count`
        OrderCount = "order_count", Neither;
        /// Cafe24: anything else of the Admin or Analytics API.
        MallUnknown = "mall_unknown", Neither;
    }
    Coupang {
        /// Coupang: `GET …/vendors/ID/ordersheets`, v4 and v5, by day and by minute
        OrderSheets = "order_sheets", Rows;
        /// Coupang: `GET …/vendors/ID/ordersheets/BOX`
        OrderSheet = "order_sheet", Neither;
        /// Coupang: `GET …/vendors/ID/ORDER/ordersheets`
        OrderSheetsOfOrder = "order_sheets_of_order", Rows;
        /// Coupang: `GET …/ordersheets/BOX/history`
        OrderSheetHistory = "order_sheet_history", Neither;
        /// Coupang: `GET …/returnRequests`, v4 and v6
        ReturnRequests = "return_requests", Rows;
        /// Coupang: `GET …/returnRequests/RECEIPT`
        ReturnRequest = "return_request", Rows;
        /// Coupang: `GET …/returnWithdrawRequests`
        ReturnWithdrawals = "return_withdrawals", Rows;
        /// Coupang: `POST …/returnWithdrawList`
        ReturnWithdrawalsById = "return_withdrawals_by_id", Rows;
        /// Coupang: `GET …/exchangeRequests`
        ExchangeRequests = "exchange_requests", Rows;
        /// Coupang: `GET …/v1/revenue-history`
        RevenueHistory = "revenue_history", Rows;
        /// Coupang: `GET …/settlement-histories`
        SettlementHistories = "settlement_histories", Rows;
        /// Coupang: `GET …/seller-products`
        SellerProducts = "seller_products", Rows;
        /// Coupang: `GET …/seller-products/ID`
        SellerProduct = "seller_product", Neither;
        /// Coupang: `GET …/seller-products/external-vendor-sku-codes/SKU`
        SellerProductsBySku = "seller_products_by_sku", Rows;
        /// Coupang: `GET …/seller-products/inflow-status`
        ProductInflow = "product_inflow", Neither;
        /// Coupang: `GET …/vendor-items/ID/inventories`
        VendorInventory = "vendor_inventory", Neither;
        /// Coupang: `GET …/vendor/shipping-place/outbound`
        OutboundPlaces = "outbound_places", Neither;
        /// Coupang: `GET …/returnShippingCenters`
        ReturnCenters = "return_centers", Neither;
        /// Coupang: `PUT …/ordersheets/acknowledgement`
        VendorAcknowledge = "vendor_acknowledge", Writes;
        /// Coupang: `POST …/orders/invoices`
        VendorInvoices = "vendor_invoices", Writes;
        /// Coupang: `POST …/orders/updateInvoices`
        VendorInvoicesUpdate = "vendor_invoices_update", Writes;
        /// Coupang: `POST …/orders/ORDER/cancel`
        VendorCancel = "vendor_cancel", Writes;
        /// Coupang: `PUT …/returnRequests/RECEIPT/stoppedShipment`
        VendorStopShipment = "vendor_stop_shipment", Writes;
        /// Coupang: `PUT …/returnRequests/RECEIPT/completedShipment`
        VendorAlreadyShipped = "vendor_already_shipped", Writes;
        /// Coupang: `PUT …/returnRequests/RECEIPT/receiveConfirmation`
        VendorReturnReceived = "vendor_return_received", Writes;
        /// Coupang: `PUT …/returnRequests/RECEIPT/approval`
        VendorReturnApproval = "vendor_return_approval", Writes;
        /// Coupang: `PUT …/exchangeRequests/EXCHANGE/receiveConfirmation`
        VendorExchangeReceived = "vendor_exchange_received", Writes;
        /// Coupang: `PUT …/exchangeRequests/EXCHANGE/rejection`
        VendorExchangeRejection = "vendor_exchange_rejection", Writes;
        /// Coupang: `POST …/exchangeRequests/EXCHANGE/invoices`
        VendorExchangeInvoices = "vendor_exchange_invoices", Writes;
        /// Coupang: `PUT …/vendor-items/ID/quantities/QUANTITY`
        VendorQuantity = "vendor_quantity", Writes;
        /// Coupang: `PUT …/vendor-items/ID/prices/PRICE`
        VendorPrice = "vendor_price", Writes;
        /// Coupang: `PUT …/vendor-items/ID/sales/stop`
        VendorSaleStop = "vendor_sale_stop", Writes;
        /// Coupang: `PUT …/vendor-items/ID/sales/resume`
        VendorSaleResume = "vendor_sale_resume", Writes;
        /// Coupang: `POST …/seller-products`
        VendorProductCreate = "vendor_product_create", Writes;
        /// Coupang: `PUT …/seller-products`
        VendorProductUpdate = "vendor_product_update", Writes;
        /// Coupang: `PUT …/seller-products/ID/approvals`
        VendorProductApproval = "vendor_product_approval", Writes;
        /// Coupang: anything else below `/v2/providers`.
        VendorUnknown = "vendor_unknown", Neither;
    }
    EleventhStreet {
        /// 11st: `GET /ordservices/standby/{s}/{e}`: orders that are not paid yet.
        StreetStandby = "street_standby", Rows;
        /// 11st: `GET /ordservices/complete/{s}/{e}`: paid orders, to confirm.
        StreetComplete = "street_complete", Rows;
        /// 11st: `GET /ordservices/complete/{ordNo}`: one order, whatever its state.
        StreetOrder = "street_order", Rows;
        /// 11st: `GET /ordservices/packaging/{s}/{e}`: confirmed orders, to ship.
        StreetPackaging = "street_packaging", Rows;
        /// 11st: `GET /ordservices/shipping/{s}/{e}`
        StreetShipping = "street_shipping", Rows;
        /// 11st: `GET /ordservices/dlvcompleted/{s}/{e}`
        StreetDelivered = "street_delivered", Rows;
        /// 11st: `GET /ordservices/completed/{s}/{e}`: decided purchases.
        StreetCompleted = "street_completed", Rows;
        /// 11st: `GET /claimservice/orderlistall/{ordNo,…}`
        StreetOrderStates = "street_order_states", Rows;
        /// 11st: `GET /claimservice/orderlistalladdr/{ordNo,…}`
        StreetOrderAddresses = "street_order_addresses", Rows;
        /// 11st: `GET /claimservice/cancelorders/{s}/{e}`: cancel requests.
        StreetCancels = "street_cancels", Rows;
        /// 11st: `GET /claimservice/canceledorders/{s}/{e}`
        StreetCancelled = "street_cancelled", Rows;
        /// 11st: `GET /claimservice/withdrawcanceledorders/{s}/{e}`
        StreetCancelsWithdrawn = "street_cancels_withdrawn", Rows;
        /// 11st: `GET /claimservice/officecancellist/{s}/{e}`: what the platform cancelled after the purchase was decided.
        StreetRevoked = "street_revoked", Rows;
        /// 11st: `GET /claimservice/returnorders/{s}/{e}`: return requests.
        StreetReturns = "street_returns", Rows;
        /// 11st: `GET /claimservice/returnedorders/{s}/{e}`
        StreetReturned = "street_returned", Rows;
        /// 11st: `GET /claimservice/retractretorders/{s}/{e}`
        StreetReturnsWithdrawn = "street_returns_withdrawn", Rows;
        /// 11st: `GET /claimservice/exchangeorders/{s}/{e}`: exchange requests.
        StreetExchanges = "street_exchanges", Rows;
        /// 11st: `GET /claimservice/exchangedorders/{s}/{e}`
        StreetExchanged = "street_exchanged", Rows;
        /// 11st: `GET /claimservice/retractexcorders/{s}/{e}`
        StreetExchangesWithdrawn = "street_exchanges_withdrawn", Rows;
        /// 11st: `GET /settlement/settlementList/{s}/{e}`
        StreetSettlements = "street_settlements", Rows;
        /// 11st: `POST /prodmarketservice/prodmarket`: the search of products.
        StreetListings = "street_listings", Rows;
        /// 11st: `GET /prodmarketservice/prodmarket/{prdNo}`
        StreetListing = "street_listing", Neither;
        /// 11st: `GET /prodmarketservice/sellerprodcode/{code}`
        StreetListingsByCode = "street_listings_by_code", Rows;
        /// 11st: `GET /prodmarketservice/prodmarket/stck/{prdNo}`
        StreetStock = "street_stock", Rows;
        /// 11st: `POST /prodmarketservice/prodmarket/stocks`
        StreetStocks = "street_stocks", Rows;
        /// 11st: `GET /ordservices/reqpackaging/…`: confirms.
        StreetConfirm = "street_confirm", Writes;
        /// 11st: `GET /ordservices/reqdelivery/…`, of 5, 8 or 9 parts: ships.
        StreetShip = "street_ship", Writes;
        /// 11st: `GET /claimservice/reqrejectorder/…`: the seller cancels.
        StreetCancel = "street_cancel", Writes;
        /// 11st: `GET /claimservice/cancelreqconf/…`
        StreetApproveCancel = "street_approve_cancel", Writes;
        /// 11st: `GET /claimservice/cancelreqreject/…` and `cancelreqrejectNEW/…`
        StreetRejectCancel = "street_reject_cancel", Writes;
        /// 11st: `GET /claimservice/returnreqconf/…`
        StreetApproveReturn = "street_approve_return", Writes;
        /// 11st: `GET /claimservice/returnreqreject/…`
        StreetRejectReturn = "street_reject_return", Writes;
        /// 11st: `GET /claimservice/returnclaimdefer/…`
        StreetHoldReturn = "street_hold_return", Writes;
        /// 11st: `GET /claimservice/exchangereqconf/…`
        StreetApproveExchange = "street_approve_exchange", Writes;
        /// 11st: `GET /claimservice/exchangereqreject/…`
        StreetRejectExchange = "street_reject_exchange", Writes;
        /// 11st: `PUT /prodservices/stockqty/{prdStckNo}`
        StreetSetStock = "street_set_stock", Writes;
        /// 11st: `GET /prodservices/product/price/{prdNo}/{selPrc}`
        StreetSetPrice = "street_set_price", Writes;
        /// 11st: `PUT /prodstatservice/stat/stopdisplay/{prdNo}`
        StreetStopSale = "street_stop_sale", Writes;
        /// 11st: `PUT /prodstatservice/stat/restartdisplay/{prdNo}`
        StreetResumeSale = "street_resume_sale", Writes;
        /// 11st: `POST /prodservices/product`
        StreetCreateListing = "street_create_listing", Writes;
        /// 11st: `PUT /prodservices/product/{prdNo}`
        StreetUpdateListing = "street_update_listing", Writes;
        /// 11st: anything else below `/rest`.
        StreetUnknown = "street_unknown", Neither;
    }
}
