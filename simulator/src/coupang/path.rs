//! Which call a path is. What the gateway does not know, a wrong method or version included, is nobody's.

use crate::endpoint::Endpoint;

/// A path, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) endpoint: Endpoint,
    /// `v4` is 4.
    pub(super) version: u8,
    /// The vendor that the path names.
    pub(super) vendor: Option<String>,
    /// The box, order, receipt, product or option that it names.
    pub(super) id: String,
    /// The quantity or price to set.
    pub(super) value: String,
}

impl Place {
    pub(super) fn read(method: &str, path: &str) -> Self {
        let parts: Vec<&str> = path.strip_prefix("/v2/providers/").unwrap_or_default().split('/').collect();
        let found = match parts.as_slice() {
            ["openapi", "apis", "api", version, "vendors", vendor, rest @ ..] => {
                let version = version.strip_prefix('v').and_then(|text| text.parse().ok()).unwrap_or(0);
                of_vendor(method, version, rest)
                    .map(|(endpoint, id)| (endpoint, version, Some(*vendor), id, ""))
            }
            ["openapi", "apis", "api", "v1", "revenue-history"] if method == "GET" => {
                Some((Endpoint::RevenueHistory, 1, None, "", ""))
            }
            ["marketplace_openapi", "apis", "api", "v1", "settlement-histories"] if method == "GET" => {
                Some((Endpoint::SettlementHistories, 1, None, "", ""))
            }
            ["marketplace_openapi", "apis", "api", "v1" | "v2", "vendor", "shipping-place", "outbound"]
                if method == "GET" =>
            {
                Some((Endpoint::OutboundPlaces, 1, None, "", ""))
            }
            ["seller_api", "apis", "api", "v1", "marketplace", rest @ ..] => {
                of_seller(method, rest).map(|(endpoint, id, value)| (endpoint, 1, None, id, value))
            }
            _ => None,
        };
        let (endpoint, version, vendor, id, value) =
            found.unwrap_or((Endpoint::VendorUnknown, 0, None, "", ""));
        Self {
            endpoint,
            version,
            vendor: vendor.map(str::to_owned),
            id: id.to_owned(),
            value: value.to_owned(),
        }
    }
}

/// Order and claim calls, by what follows the vendor.
fn of_vendor<'a>(method: &str, version: u8, rest: &[&'a str]) -> Option<(Endpoint, &'a str)> {
    let changes = matches!(method, "PUT" | "PATCH");
    let sheets = matches!(version, 4 | 5);
    Some(match (method, rest) {
        ("GET", ["ordersheets"]) if sheets => (Endpoint::OrderSheets, ""),
        ("GET", ["ordersheets", id]) if sheets => (Endpoint::OrderSheet, *id),
        ("GET", ["ordersheets", id, "history"]) if sheets => (Endpoint::OrderSheetHistory, *id),
        ("GET", [id, "ordersheets"]) if sheets => (Endpoint::OrderSheetsOfOrder, *id),
        (_, ["ordersheets", "acknowledgement"]) if sheets && changes => (Endpoint::VendorAcknowledge, ""),
        ("POST", ["orders", "invoices"]) if version == 4 => (Endpoint::VendorInvoices, ""),
        ("POST", ["orders", "updateInvoices"]) if version == 4 => (Endpoint::VendorInvoicesUpdate, ""),
        ("POST", ["orders", id, "cancel"]) if matches!(version, 5 | 6) => (Endpoint::VendorCancel, *id),
        ("GET", ["returnRequests"]) if matches!(version, 4 | 6) => (Endpoint::ReturnRequests, ""),
        ("GET", ["returnRequests", id]) if matches!(version, 4 | 6) => (Endpoint::ReturnRequest, *id),
        (_, ["returnRequests", id, "stoppedShipment"]) if version == 4 && changes => {
            (Endpoint::VendorStopShipment, *id)
        }
        (_, ["returnRequests", id, "completedShipment"]) if version == 4 && changes => {
            (Endpoint::VendorAlreadyShipped, *id)
        }
        ("PUT", ["returnRequests", id, "receiveConfirmation"]) if sheets => {
            (Endpoint::VendorReturnReceived, *id)
        }
        ("PUT", ["returnRequests", id, "approval"]) if sheets => (Endpoint::VendorReturnApproval, *id),
        ("GET", ["returnWithdrawRequests"]) if version == 4 => (Endpoint::ReturnWithdrawals, ""),
        ("POST", ["returnWithdrawList"]) if version == 4 => (Endpoint::ReturnWithdrawalsById, ""),
        ("GET", ["exchangeRequests"]) if version == 4 => (Endpoint::ExchangeRequests, ""),
        (_, ["exchangeRequests", id, "receiveConfirmation"]) if version == 4 && changes => {
            (Endpoint::VendorExchangeReceived, *id)
        }
        (_, ["exchangeRequests", id, "rejection"]) if version == 4 && changes => {
            (Endpoint::VendorExchangeRejection, *id)
        }
        ("POST", ["exchangeRequests", id, "invoices"]) if version == 4 => {
            (Endpoint::VendorExchangeInvoices, *id)
        }
        ("GET", ["returnShippingCenters"]) if version == 5 => (Endpoint::ReturnCenters, ""),
        _ => return None,
    })
}

/// Product calls.
fn of_seller<'a>(method: &str, rest: &[&'a str]) -> Option<(Endpoint, &'a str, &'a str)> {
    Some(match (method, rest) {
        ("GET", ["seller-products"]) => (Endpoint::SellerProducts, "", ""),
        ("POST", ["seller-products"]) => (Endpoint::VendorProductCreate, "", ""),
        ("PUT", ["seller-products"]) => (Endpoint::VendorProductUpdate, "", ""),
        ("GET", ["seller-products", "inflow-status"]) => (Endpoint::ProductInflow, "", ""),
        ("GET", ["seller-products", "external-vendor-sku-codes", sku]) => {
            (Endpoint::SellerProductsBySku, *sku, "")
        }
        ("GET", ["seller-products", id]) => (Endpoint::SellerProduct, *id, ""),
        ("PUT", ["seller-products", id, "approvals"]) => (Endpoint::VendorProductApproval, *id, ""),
        ("GET", ["vendor-items", id, "inventories"]) => (Endpoint::VendorInventory, *id, ""),
        ("PUT", ["vendor-items", id, "quantities", value]) => (Endpoint::VendorQuantity, *id, *value),
        ("PUT", ["vendor-items", id, "prices", value]) => (Endpoint::VendorPrice, *id, *value),
        ("PUT", ["vendor-items", id, "sales", "stop"]) => (Endpoint::VendorSaleStop, *id, ""),
        ("PUT", ["vendor-items", id, "sales", "resume"]) => (Endpoint::VendorSaleResume, *id, ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_methods_are_told_apart() {
        let of = |method: &str, rest: &str| {
            let place = Place::read(method, &format!("/v2/providers/{rest}"));
            (place.endpoint, place.version, place.id)
        };
        let api = "openapi/apis/api";
        let unknown = (Endpoint::VendorUnknown, 0, String::new());
        assert_eq!(
            of("GET", &format!("{api}/v5/vendors/A1/ordersheets")),
            (Endpoint::OrderSheets, 5, String::new())
        );
        assert_eq!(
            of("GET", &format!("{api}/v4/vendors/A1/77/ordersheets")),
            (Endpoint::OrderSheetsOfOrder, 4, "77".to_owned())
        );
        assert_eq!(of("GET", &format!("{api}/v6/vendors/A1/ordersheets")), unknown);
        assert_eq!(of("GET", &format!("{api}/v6/vendors/A1/exchangeRequests")), unknown);
        assert_eq!(of("POST", &format!("{api}/v4/vendors/A1/ordersheets/acknowledgement")), unknown);
        assert_eq!(
            of("PATCH", &format!("{api}/v4/vendors/A1/ordersheets/acknowledgement")).0,
            Endpoint::VendorAcknowledge
        );
        assert_eq!(Place::read("GET", "/v1/providers").endpoint, Endpoint::VendorUnknown);
        let stock = Place::read(
            "PUT",
            "/v2/providers/seller_api/apis/api/v1/marketplace/vendor-items/5/quantities/120",
        );
        assert_eq!(
            (stock.endpoint, stock.id.as_str(), stock.value.as_str()),
            (Endpoint::VendorQuantity, "5", "120")
        );
    }
}
