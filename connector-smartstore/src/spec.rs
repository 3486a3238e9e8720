//! What the platform offers, as data.

use std::time::Duration;

use connector_core::carrier::CarrierCode;
use connector_core::command::Again;
use connector_core::http::{Limit, Scope};
use connector_core::{CommandName, CommandSpec, OrderState, Spec, StreamSpec, SyncMode};

use crate::model::PAGE_ROWS;

const DAY: Duration = Duration::from_hours(24);

/// Two calls a second with a burst of twice that, for each API of each application. The token call's limit is not
/// documented and taken for the same. <https://github.com/commerce-api-naver/commerce-api/discussions/6>
const LIMIT: Limit = Limit { operation: "*", scope: Scope::Operation, per_second: 2.0, burst: 4 };

const CHANGES: SyncMode = SyncMode::Incremental {
    max_window: DAY,
    overlap: Duration::from_mins(15),
    settle: Duration::from_secs(3),
};

/// The feed has no event for the seller's confirmation, for a delivery, for an order that lapses unpaid, nor for steps within a
/// claim: lines in these states are read again. <https://github.com/commerce-api-naver/commerce-api/discussions/2437>
const ORDERS: StreamSpec = StreamSpec::plain("orders", CHANGES).fetched(PAGE_ROWS).census(DAY).reread(&[
    OrderState::PaymentWaiting,
    OrderState::Paid,
    OrderState::Preparing,
    OrderState::Shipped,
    OrderState::ReturnRequested,
    OrderState::ExchangeRequested,
    OrderState::Unknown,
]);

/// Rows of a day appear, and get their day of payment, some days later.
pub(crate) const SETTLEMENTS: StreamSpec = StreamSpec::daily("settlements", 14, 7).on_request();

pub(crate) const LISTINGS: StreamSpec = StreamSpec::plain("listings", SyncMode::Snapshot).on_request();

pub(crate) static SPEC: Spec = Spec {
    streams: &[ORDERS, SETTLEMENTS, LISTINGS],
    limits: &[LIMIT],
    commands: COMMANDS,
    carriers: CARRIERS,
    recipient: Some(|raw| crate::model::RECIPIENT.read(raw)),
};

/// The most product orders of one confirmation or dispatch.
const MOST_ORDERS: usize = 30;

const fn orders(name: CommandName, batch: usize, again: Again, note: &'static str) -> CommandSpec {
    CommandSpec { name, batch, look: PAGE_ROWS, again, note }
}

/// Product reads bring one product at a time, and the calls that change one do not say which of several they changed.
const fn listing(name: CommandName, again: Again, note: &'static str) -> CommandSpec {
    CommandSpec { name, batch: 1, look: 1, again, note }
}

/// Pages: `seller-confirm-placed-product-orders-pay-order-seller`, `seller-dispatch-product-orders-pay-order-seller` and the
/// claim and product pages beside them. A repeat of what is in effect is refused with 105306, or by the claim's state.
const COMMANDS: &[CommandSpec] = &[
    orders(CommandName::Confirm, MOST_ORDERS, Again::Refused, ""),
    orders(
        CommandName::Ship,
        MOST_ORDERS,
        Again::Refused,
        "whole lines only; lines that are not confirmed yet may be shipped; a tracking number cannot be corrected afterwards",
    ),
    // Of a part, a second acceptance cancels as many pieces again.
    orders(
        CommandName::Cancel,
        1,
        Again::Doubled,
        "of all pieces or of some; the platform knows no reason for a wrong address",
    ),
    orders(
        CommandName::ApproveClaim,
        1,
        Again::Refused,
        "cancels and returns are approved; of an exchange first the goods' return is confirmed, then, with a parcel, others are \
         sent",
    ),
    orders(
        CommandName::RejectClaim,
        1,
        Again::Refused,
        "returns and exchanges; a cancel is refused by sending the goods, so it needs the parcel",
    ),
    orders(CommandName::HoldClaim, 1, Again::Refused, "returns and exchanges"),
    listing(
        CommandName::SetStock,
        Again::Same,
        "of an option, or of a product without options; with an option's stock its surcharge is sent as last read",
    ),
    listing(
        CommandName::SetPrice,
        Again::Same,
        "of the product as a whole; the platform takes an option's surcharge only together with its stock",
    ),
    listing(CommandName::StopSale, Again::Refused, "of the product as a whole"),
    listing(
        CommandName::ResumeSale,
        Again::Refused,
        "of the product as a whole; what is sold out needs stock instead",
    ),
    listing(
        CommandName::CreateListing,
        Again::Doubled,
        "found again by the seller's code, which must be new",
    ),
    listing(
        CommandName::UpdateListing,
        Again::Same,
        "replaces the product, so the whole of it is asked for; the stock of a product without options is left alone",
    ),
];

const fn carrier(carrier: &'static str, code: &'static str) -> CarrierCode {
    CarrierCode { carrier, code }
}

/// `deliveryCompanyCode`, of the 203 values those that have a neutral code.
const CARRIERS: &[CarrierCode] = &[
    carrier("CJGLS", "CJGLS"),
    carrier("LOTTE", "HYUNDAI"),
    carrier("HANJIN", "HANJIN"),
    carrier("LOGEN", "KGB"),
    carrier("EPOST", "EPOST"),
    carrier("KDEXP", "KDEXP"),
    carrier("DAESIN", "DAESIN"),
    carrier("ILYANG", "ILYANG"),
    carrier("CHUNIL", "CHUNIL"),
    carrier("HDEXP", "HDEXP"),
    carrier("KUNYOUNG", "KUNYOUNG"),
    carrier("CVSNET", "CVSNET"),
    carrier("CUPARCEL", "CUPARCEL"),
    carrier("NONGHYUP", "NONGHYUP"),
    carrier("SLX", "SLX"),
    carrier("HOMEPICK", "HOMEPICK"),
    carrier("TEAMFRESH", "TEAMFRESH"),
    carrier("PANTOS", "PANTOS"),
    carrier("GENERALPOST", "GENERALPOST"),
    carrier("REGISTPOST", "REGISTPOST"),
    carrier("EMS", "EMS"),
    carrier("DHL", "DHL"),
    carrier("FEDEX", "FEDEX"),
    carrier("UPS", "UPS"),
    carrier("USPS", "USPS"),
    carrier("TNT", "TNT"),
    carrier("DPD", "DPD"),
    carrier("ARAMEX", "ARAMEX"),
    carrier("OTHER", "CH1"),
];
