//! From a call's arrival to its answer, in the order in which the gateway checks.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header;

use super::Premises;
use super::answer::refused;
use super::ask::{Answered, Ask};
use super::errors::{self, Context, TIMED_OUT, VENDOR_MISMATCH, named};
use super::limit::Passed;
use super::path::Place;
use super::sign::{Claimed, Refusal};
use super::state::State;
use super::{cancel, exchanges, fulfil, products, returns, settlement, sheets};
use crate::answer::Answer;
use crate::core::Core;
use crate::endpoint::Endpoint;
use crate::fault::FaultKind;
use crate::instant::Millis;
use crate::serve::{Arrival, Received};

/// Whether the path is this platform's, which endpoint it is, and whose call: that of the key that it names, or where
/// there is one account only, its.
pub(crate) fn route(core: &Core, received: &Received) -> Option<(Endpoint, Option<Arc<Premises>>)> {
    let is_alone = core.stores.is_empty() && core.malls.is_empty() && core.sellers.is_empty();
    if core.vendors.is_empty() || !(is_alone || received.path.starts_with("/v2/")) {
        return None;
    }
    let endpoint = Place::read(received.method.as_str(), &received.path).endpoint;
    let claimed = Claimed::read(received.header(header::AUTHORIZATION)).ok();
    let named = claimed.and_then(|claimed| {
        core.vendors.values().find(|vendor| vendor.access_key == claimed.access_key).cloned()
    });
    let only = || core.vendors.values().next().filter(|_| core.vendors.len() == 1).cloned();
    Some((endpoint, named.or_else(only)))
}

/// The platform's time and its answer.
pub(crate) fn answer(
    core: &Core,
    vendor: Option<&Premises>,
    arrival: &Arrival<'_>,
    received: &Received,
    peer: IpAddr,
    skew: Millis,
) -> (Millis, Answer) {
    let context = Context { number: arrival.number, path: &received.path, peer };
    let Some(vendor) = vendor else {
        let at = core.clock.now() + skew;
        let answer = errors::fault(arrival, &context).unwrap_or_else(|| stranger(received, &context));
        return (at, answer);
    };
    let now = vendor.now(&core.clock) + skew;
    let mut state = vendor.state();
    let mut is_warned = false;
    let gate = Gate { vendor_id: &vendor.vendor_id, arrival, received, context, now };
    let mut answer = gate.pass(&mut state, &mut is_warned).unwrap_or_else(|refusal| refusal);
    if answer.status == 200 && arrival.meets(FaultKind::LateTimeout) {
        answer = named(TIMED_OUT, &context);
    }
    if answer.status == 200 && arrival.meets(FaultKind::LateError) {
        answer = named("internal_exception", &context);
    }
    if answer.status >= 400
        && let Some(storm) = state.settings.storm
    {
        state.limits.error(storm, now);
    }
    (now, if is_warned { answer.with("X-CAG-Warnings", "throttle") } else { answer })
}

/// A call whose key nobody has.
fn stranger(received: &Received, context: &Context<'_>) -> Answer {
    let claimed = Claimed::read(received.header(header::AUTHORIZATION));
    named(refusal(claimed.err().unwrap_or(Refusal::Unknown)), context)
}

fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => "auth_missing_or_bad_header",
        Refusal::Format => "auth_hmac_format",
        Refusal::Unknown => "auth_unknown_access_key",
        Refusal::Expired => errors::EXPIRED,
        Refusal::Invalid => "auth_invalid_signature",
    }
}

struct Gate<'a> {
    vendor_id: &'a str,
    arrival: &'a Arrival<'a>,
    received: &'a Received,
    context: Context<'a>,
    now: Millis,
}

impl Gate<'_> {
    fn pass(&self, state: &mut State, is_warned: &mut bool) -> Answered {
        let refuse = |name: &str| Err(named(name, &self.context));
        if state.settings.blocked {
            return refuse("redirect_block");
        }
        if state.limits.is_stormed(self.now) {
            return refuse("edge_error_storm_block");
        }
        if let Some(answer) = errors::fault(self.arrival, &self.context) {
            return Err(answer);
        }
        let place = Place::read(self.received.method.as_str(), &self.received.path);
        if place.endpoint == Endpoint::VendorUnknown {
            return refuse("unknown_path_or_method");
        }
        if let Err(why) = self.is_signed(state) {
            return refuse(refusal(why));
        }
        let peer = self.context.peer.to_string();
        if state.settings.allowed_ips.as_ref().is_some_and(|allowed| !allowed.contains(&peer)) {
            return refuse("ip_not_allowed");
        }
        if let Some(rate) = state.settings.rate {
            match state.limits.call(rate, self.now) {
                Passed::Limited => return refuse("rate_limited"),
                Passed::Warned => *is_warned = true,
                Passed::Well => {}
            }
        }
        let asked_by = self.received.headers.get("x-requested-by");
        if asked_by.is_some_and(|value| value.is_empty()) {
            return Err(refused("X-Requested-By should not be empty."));
        }
        let query = url::form_urlencoded::parse(self.received.query.as_bytes()).into_owned().collect();
        let ask = Ask {
            state,
            vendor_id: self.vendor_id,
            place: &place,
            query,
            body: &self.received.body,
            now: self.now,
            endless: self.arrival.meets(FaultKind::EndlessMore),
        };
        self.is_own(&ask)?;
        if self.arrival.meets(FaultKind::GrowingPage) {
            ask.state.grow(self.now);
        }
        ask.state.shelf.review_all(self.now);
        carry_out(ask)
    }

    fn is_signed(&self, state: &State) -> Result<(), Refusal> {
        let claimed = Claimed::read(self.received.header(header::AUTHORIZATION))?;
        if state.access_key.as_deref() != Some(claimed.access_key) {
            return Err(Refusal::Unknown);
        }
        let (method, path, query) =
            (self.received.method.as_str(), self.received.path.as_str(), self.received.query.as_str());
        let tolerance = state.settings.signature_life_ms;
        claimed.check(&state.secret_key, method, path, query, self.now, tolerance)
    }

    /// Path and query name the vendor whose key it is, where they name one.
    fn is_own(&self, ask: &Ask<'_>) -> Result<(), Answer> {
        let Some(vendor) = ask.place.vendor.as_deref().or_else(|| ask.one("vendorId")) else { return Ok(()) };
        let digits = vendor.strip_prefix(['A', 'C']).unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(named("vendor_malformed", &self.context));
        }
        if vendor == self.vendor_id { Ok(()) } else { Err(named(VENDOR_MISMATCH, &self.context)) }
    }
}

fn carry_out(mut ask: Ask<'_>) -> Answered {
    let ask = &mut ask;
    match ask.place.endpoint {
        Endpoint::OrderSheets => sheets::listed(ask),
        Endpoint::OrderSheet => sheets::by_box(ask),
        Endpoint::OrderSheetsOfOrder => sheets::by_order(ask),
        Endpoint::OrderSheetHistory => sheets::history(ask),
        Endpoint::ReturnRequests => returns::listed(ask),
        Endpoint::ReturnRequest => returns::by_id(ask),
        Endpoint::ReturnWithdrawals => returns::withdrawn(ask),
        Endpoint::ReturnWithdrawalsById => returns::withdrawn_by_id(ask),
        Endpoint::ReturnCenters => returns::centers(ask),
        Endpoint::ExchangeRequests => exchanges::listed(ask),
        Endpoint::RevenueHistory => settlement::revenue(ask),
        Endpoint::SettlementHistories => settlement::histories(ask),
        Endpoint::SellerProducts => products::listed(ask),
        Endpoint::SellerProduct => products::read(ask),
        Endpoint::SellerProductsBySku => products::by_sku(ask),
        Endpoint::ProductInflow => products::inflow(ask),
        Endpoint::VendorInventory => products::inventory(ask),
        Endpoint::OutboundPlaces => products::outbound_places(ask),
        Endpoint::VendorAcknowledge => fulfil::acknowledge(ask),
        Endpoint::VendorInvoices => fulfil::invoices(ask, false),
        Endpoint::VendorInvoicesUpdate => fulfil::invoices(ask, true),
        Endpoint::VendorCancel => cancel::cancel(ask),
        Endpoint::VendorStopShipment => returns::stopped(ask),
        Endpoint::VendorAlreadyShipped => returns::already_shipped(ask),
        Endpoint::VendorReturnReceived => returns::received(ask),
        Endpoint::VendorReturnApproval => returns::approved(ask),
        Endpoint::VendorExchangeReceived => exchanges::received(ask),
        Endpoint::VendorExchangeRejection => exchanges::rejected(ask),
        Endpoint::VendorExchangeInvoices => exchanges::shipped(ask),
        Endpoint::VendorQuantity => products::set_quantity(ask),
        Endpoint::VendorPrice => products::set_price(ask),
        Endpoint::VendorSaleStop => products::set_sale(ask, false),
        Endpoint::VendorSaleResume => products::set_sale(ask, true),
        Endpoint::VendorProductCreate => products::create(ask),
        Endpoint::VendorProductUpdate => products::update(ask),
        Endpoint::VendorProductApproval => products::approve(ask),
        // Of other platforms, and of none.
        _ => Err(refused("No such call.")),
    }
}
