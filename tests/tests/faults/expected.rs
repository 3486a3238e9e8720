//! What each way to go wrong leads to.

use connector_core::ErrorKind;
use simulator::{Endpoint, FaultKind, Platform};

use crate::cell::{Cell, Moment};

/// How the disturbed run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// As if nothing had been.
    Well,
    /// With an error of that kind, which a person or time must mend.
    Stops(ErrorKind),
    /// With what was read stored; what was not read is named, or comes with the next runs.
    Heals,
    /// The endpoint is read to compare, never to sync.
    OnlyReads,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) then: Then,
    /// Undisturbed runs that may follow a run that ended well: those that bring what came meanwhile.
    pub(crate) runs: u32,
    /// Calls that the fault itself forces, beyond 1.2 times the least.
    pub(crate) forced: u64,
    /// Whether the platform's second list may be needed to show what is missing: a row left out of a list that looks whole.
    pub(crate) repair: bool,
}

pub(crate) fn expected(cell: Cell) -> Expected {
    use FaultKind as K;
    let Cell { kind, endpoint, moment } = cell;
    let mall = endpoint.platform() == Platform::Cafe24;
    let then = match kind {
        _ if endpoint == Endpoint::List => Then::OnlyReads,
        // The refresh token is spent, and the answer with the next one is lost.
        K::LostAnswer | K::CutBody | K::TruncatedJson if endpoint == Endpoint::MallToken => {
            Then::Stops(ErrorKind::Auth)
        }
        K::Quota => Then::Stops(ErrorKind::Quota),
        K::IpNotAllowed | K::NotApproved | K::InvalidScope => Then::Stops(ErrorKind::Permission),
        K::Dormant | K::RefreshRevoked => Then::Stops(ErrorKind::Auth),
        K::SchemaChange if mall => Then::Stops(ErrorKind::Config),
        K::Refused => Then::Stops(ErrorKind::Rejected),
        // Visits are never read page by page.
        K::EndlessMore if matches!(endpoint, Endpoint::Visits | Endpoint::PageViews) => {
            Then::Stops(ErrorKind::TooWide)
        }
        K::EndlessMore => Then::Stops(ErrorKind::PageLoop),
        // It is refused a second time, by the clock that it has just told.
        K::ClockSkew if endpoint == Endpoint::Token => Then::Stops(ErrorKind::Config),
        K::AbsentData
        | K::UnknownKey
        | K::EmptyList
        | K::UnknownEnum
        | K::NullField
        | K::MissingField
        | K::RenamedField
        | K::RowMissing
        | K::DuplicatePage => Then::Heals,
        _ => Then::Well,
    };
    // The refused call, and the call for another token.
    let for_token = if endpoint.is_for_tokens() && (mall || moment == Moment::Later) { 2 } else { 0 };
    let forced = match kind {
        K::TokenExpired | K::Unauthorized => 2,
        K::EndlessMore | K::ClockSkew => 3,
        // Hours later all open orders are due, and the token has lapsed.
        K::UnknownEnum if endpoint == Endpoint::Query => 6,
        K::UnknownEnum if endpoint == Endpoint::Feed => 6,
        _ => 1,
    };
    let runs = if kind == K::GrowingPage { 2 } else { 0 };
    let repair = match kind {
        K::RowMissing => {
            endpoint == Endpoint::Feed || endpoint == Endpoint::Orders && moment == Moment::First
        }
        // Nothing was read before it, so the silence of the first window is believed.
        K::AbsentData | K::UnknownKey | K::EmptyList => endpoint == Endpoint::Feed && moment == Moment::First,
        _ => false,
    };
    Expected { then, runs, forced: forced + for_token, repair }
}

/// Whether the figures that come of it look right: only reading the day again can show that they are not.
pub(crate) fn is_a_lie(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::EmptyList | FaultKind::RowMissing | FaultKind::NullField)
}
