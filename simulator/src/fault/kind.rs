//! The ways to go wrong, and where each is possible.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Platform};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A way to go wrong. Where it says how long or how far, that is the fault's `millis`; where it names a field
        /// or a code, that is its `value`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FaultKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl FaultKind {
            /// Every kind, in the order in which they are documented.
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$variant),+]
            }

            /// The name in JSON and on the command line; it does not change.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it does, in one line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

kinds! {
    /// 429 with `Retry-After`, in whole seconds (default 1 s).
    RateLimitedWithRetryAfter = "rate_limited_with_retry_after",
    /// 429 without `Retry-After`, with the platform's own limit headers.
    RateLimited = "rate_limited",
    /// 429 although calls are left, as when the platform is busy.
    Congested = "congested",
    /// 429 of a quota of one call an hour; at Cafe24 the usage quota, blocked that long (default an hour).
    Quota = "quota",
    /// 500.
    ServerError = "server_error",
    /// 500: the server behind the gateway hung up.
    Proxy = "proxy",
    /// 502 with a page of HTML.
    BadGateway = "bad_gateway",
    /// 503: the circuit is open.
    Unavailable = "unavailable",
    /// 504.
    GatewayTimeout = "gateway_timeout",
    /// 503 for maintenance, at 11st its error: this call, and with a duration everything there for that long.
    Maintenance = "maintenance",
    /// The connection is reset before anything is done, and its door refuses connections that long (default 1 s).
    ConnectRefused = "connect_refused",
    /// The connection is reset before anything is done, and its door answers no connection that long (default 1 s).
    ConnectTimeout = "connect_timeout",
    /// The call takes effect; its answer never comes: the connection is cut, after that long (default at once).
    LostAnswer = "lost_answer",
    /// The call takes effect, and is answered 500 nevertheless; at writes.
    LateError = "late_error",
    /// The call takes effect, and is answered 504 nevertheless; at Coupang.
    LateTimeout = "late_timeout",
    /// The right answer, that long late (default 1 s).
    Slow = "slow",
    /// The right answer, its body a little at a time over that long (default 2 s).
    SlowDrip = "slow_drip",
    /// The right answer, cut in the middle of its body by a closed connection.
    CutBody = "cut_body",
    /// A complete body by its length, in which the JSON or XML ends in the middle.
    TruncatedJson = "truncated_json",
    /// 200 with a page of HTML.
    Html = "html",
    /// The right body as `text/plain`.
    WrongContentType = "wrong_content_type",
    /// 11st: the right body in UTF-8, declared as EUC-KR.
    WrongCharset = "wrong_charset",
    /// 11st: the right body in EUC-KR, declared as UTF-8.
    WrongDeclaration = "wrong_declaration",
    /// 200 without the member that holds the rows.
    AbsentData = "absent_data",
    /// 200 with rows below a key that nobody knows.
    UnknownKey = "unknown_key",
    /// 200 with no rows, whatever there is.
    EmptyList = "empty_list",
    /// The first row has a status, and in the feed a change type, that nobody knows.
    UnknownEnum = "unknown_enum",
    /// A field of the first row is null; in XML, the text `null`.
    NullField = "null_field",
    /// A field of the first row is missing.
    MissingField = "missing_field",
    /// A field of the first row has another name.
    RenamedField = "renamed_field",
    /// The first row is missing.
    RowMissing = "row_missing",
    /// The page's rows come twice.
    DuplicatePage = "duplicate_page",
    /// The page's rows come in the opposite order.
    ReorderedPage = "reordered_page",
    /// Just before the answer a row is added and another changes, so that pages move while they are read.
    GrowingPage = "growing_page",
    /// The answer says that the same page comes next; set for good, for ever.
    EndlessMore = "endless_more",
    /// The token is dead once this call is answered.
    TokenExpired = "token_expired",
    /// The refresh token is refused as used, and is dead from then on.
    RefreshRevoked = "refresh_revoked",
    /// 401, as for a bad token. Set for good at the Smart Store, an API group that was not granted. 11st: no such key.
    Unauthorized = "unauthorized",
    /// 403, at 11st 500: the caller's address is not registered.
    IpNotAllowed = "ip_not_allowed",
    /// 403, as for an app without approval. 11st: no approval for the seller's API.
    NotApproved = "not_approved",
    /// 403: the token lacks a scope.
    InvalidScope = "invalid_scope",
    /// 400 of the token call: the application sleeps or is stopped.
    Dormant = "dormant",
    /// The platform's clock is that far ahead for this call (default 10 min); less than nothing is behind.
    ClockSkew = "clock_skew",
    /// Cafe24: 400, the version is not available. Elsewhere: fields that nobody knows, everywhere.
    SchemaChange = "schema_change",
    /// One of the errors that the platform documents, named by its code.
    Refused = "refused",
}

impl FaultKind {
    /// Whether the platform can do that there.
    pub(crate) fn possible_at(self, endpoint: Endpoint) -> Result<(), String> {
        use Endpoint as E;
        let platform = endpoint.platform();
        let (store, mall) = (platform == Platform::Smartstore, platform == Platform::Cafe24);
        let (vendor, street) = (platform == Platform::Coupang, platform == Platform::EleventhStreet);
        let is_known = !matches!(endpoint, E::Unknown | E::MallUnknown | E::VendorUnknown | E::StreetUnknown);
        // A list that is the whole answer has no member that could be missing.
        let is_bare = endpoint == E::SettlementHistories;
        let possible = match self {
            Self::AbsentData | Self::UnknownKey => endpoint.has_rows() && !is_bare,
            Self::EmptyList
            | Self::NullField
            | Self::MissingField
            | Self::RenamedField
            | Self::RowMissing
            | Self::DuplicatePage
            | Self::ReorderedPage
            | Self::GrowingPage => endpoint.has_rows(),
            Self::UnknownEnum => {
                let plain = [E::StreetOrder, E::StreetShipping, E::StreetCompleted, E::StreetSettlements];
                let named = matches!(
                    endpoint,
                    E::Feed
                        | E::Query
                        | E::List
                        | E::StoreProducts
                        | E::StoreSettleCase
                        | E::Orders
                        | E::OrderSheets
                        | E::OrderSheetsOfOrder
                        | E::ReturnRequests
                        | E::ReturnRequest
                        | E::ExchangeRequests
                );
                named || street && endpoint.has_rows() && !plain.contains(&endpoint)
            }
            // Lists of 11st have no pages, but for the search.
            Self::EndlessMore if street => endpoint == E::StreetListings,
            Self::EndlessMore => {
                let has_one_page = matches!(
                    endpoint,
                    E::Query
                        | E::OrderSheetsOfOrder
                        | E::ReturnRequest
                        | E::ReturnWithdrawalsById
                        | E::SettlementHistories
                        | E::SellerProductsBySku
                );
                endpoint.has_rows() && !has_one_page
            }
            Self::LateError => endpoint.is_write(),
            Self::LateTimeout => vendor && is_known,
            Self::TokenExpired => (store || mall) && is_known && !endpoint.is_for_tokens(),
            Self::Unauthorized => is_known && !endpoint.is_for_tokens(),
            Self::WrongCharset | Self::WrongDeclaration => street,
            Self::RefreshRevoked => endpoint == E::MallToken,
            Self::Congested | Self::Proxy => store,
            Self::IpNotAllowed => !mall && is_known,
            Self::Dormant => endpoint == E::Token,
            Self::NotApproved => endpoint.is_analytics() || street && is_known,
            Self::InvalidScope => endpoint.is_analytics() || matches!(endpoint, E::Orders | E::OrderCount),
            Self::Quota => {
                store && !endpoint.is_for_tokens() || matches!(endpoint, E::Orders | E::OrderCount)
            }
            Self::SchemaChange => {
                !mall && endpoint.has_rows() || mall && is_known && !endpoint.is_for_tokens()
            }
            _ => true,
        };
        if possible { Ok(()) } else { Err(format!("{platform} cannot go wrong with {self} at {endpoint}")) }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FaultKind {
    type Err = String;

    /// By name; `500`, `502`, `503`, `504` and `429` are understood as well.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = match text {
            "429" => "rate_limited",
            "500" => "server_error",
            "502" => "bad_gateway",
            "503" => "unavailable",
            "504" => "gateway_timeout",
            name => name,
        };
        Self::all().iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::all().iter().map(|kind| kind.name()).collect();
            format!("no fault is called {text:?}; there are {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_name_a_line_and_a_place() {
        let all: Vec<Endpoint> = Platform::ALL.into_iter().flat_map(Endpoint::of).copied().collect();
        for kind in FaultKind::all() {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(kind.name().parse(), Ok(*kind));
            assert!(kind.about().ends_with('.') && !kind.about().contains('\n'), "{kind}");
            assert!(all.iter().any(|endpoint| kind.possible_at(*endpoint).is_ok()), "{kind} is nowhere");
        }
        assert!("nonsense".parse::<FaultKind>().unwrap_err().contains("slow_drip"));
        assert_eq!("502".parse(), Ok(FaultKind::BadGateway));
    }
}
