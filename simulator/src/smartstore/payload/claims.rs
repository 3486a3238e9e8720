//! The claims in the details of a product order.

use super::{Person, write_address, write_warehouse};
use crate::instant::{Fraction, Millis};
use crate::json::Json;
use crate::smartstore::book::Order;
use crate::smartstore::claim::{Claim, ClaimKind, Step};

/// Writes `cancel`, `return` or `exchange`.
pub(super) fn write(json: &mut Json, order: &Order, claim: &Claim, buyer: &Person) {
    match claim.kind {
        ClaimKind::Cancel => write_cancel(json, claim),
        ClaimKind::Return => write_return(json, order, claim, buyer),
        ClaimKind::Exchange => write_exchange(json, order, claim, buyer),
    }
}

/// Writes an element of `completedClaims`.
pub(super) fn write_completed(json: &mut Json, claim: &Claim) {
    json.open(b'{');
    json.text("claimType", claim.kind.word());
    write_head(json, claim);
    json.text("claimRequestReason", &claim.reason);
    json.any_text("claimRequestDetailContent", &claim.detail);
    if claim.step == Step::Done {
        json.text("refundStandbyStatus", "환불 완료");
    }
    date(json, "claimRequestAdmissionDate", claim.closed_at);
    date(json, "claimCompleteOperationDate", claim.closed_at);
    write_holdback(json, claim);
    json.close(b'}');
}

fn write_head(json: &mut Json, claim: &Claim) {
    json.id("claimId", claim.id);
    json.text("claimStatus", claim.status());
    json.date("claimRequestDate", claim.requested_at, Fraction::Shortest);
    json.text("requestChannel", if claim.by_seller { "판매자" } else { "구매회원" });
    json.number("requestQuantity", claim.quantity);
}

fn write_cancel(json: &mut Json, claim: &Claim) {
    json.open_field("cancel", b'{');
    write_head(json, claim);
    json.text("cancelReason", &claim.reason);
    json.any_text("cancelDetailedReason", &claim.detail);
    if claim.step == Step::Done {
        date(json, "cancelApprovalDate", claim.closed_at);
        date(json, "cancelCompletedDate", claim.closed_at);
        json.text("refundStandbyStatus", "환불 완료");
    }
    json.close(b'}');
}

fn write_return(json: &mut Json, order: &Order, claim: &Claim, buyer: &Person) {
    let done = claim.step == Step::Done;
    json.open_field("return", b'{');
    write_head(json, claim);
    json.text("returnReason", &claim.reason);
    json.any_text("returnDetailedReason", &claim.detail);
    if done {
        date(json, "returnCompletedDate", claim.closed_at);
    }
    json.text("refundStandbyStatus", if done { "환불 완료" } else { "환불 대기" });
    write_collection(json, order, claim, buyer, 3_000);
    json.close(b'}');
}

fn write_exchange(json: &mut Json, order: &Order, claim: &Claim, buyer: &Person) {
    json.open_field("exchange", b'{');
    write_head(json, claim);
    json.text("exchangeReason", &claim.reason);
    json.any_text("exchangeDetailedReason", &claim.detail);
    write_collection(json, order, claim, buyer, 6_000);
    if let Some(parcel) = &claim.redelivery {
        json.text("reDeliveryMethod", &parcel.method);
        let arrived = claim.step == Step::Done;
        json.text("reDeliveryStatus", if arrived { "DELIVERY_COMPLETION" } else { "DELIVERING" });
        optional(json, "reDeliveryCompany", parcel.company.as_deref());
        optional(json, "reDeliveryTrackingNumber", parcel.number.as_deref());
        write_address(json, "reDeliveryAddress", buyer);
        date(json, "reDeliveryOperationDate", Some(parcel.at));
    }
    json.close(b'}');
}

fn write_collection(json: &mut Json, order: &Order, claim: &Claim, buyer: &Person, fee: i64) {
    json.number("claimDeliveryFeeDemandAmount", fee);
    json.text("claimDeliveryFeePayMeans", "환불금에서 차감");
    json.text("claimDeliveryFeePayMethod", "환불금에서 차감");
    json.id("claimDeliveryFeeProductOrderIds", order.id);
    json.number("etcFeeDemandAmount", claim.holdback.as_ref().map_or(0, |held| held.fee));
    write_address(json, "collectAddress", buyer);
    write_warehouse(json, "returnReceiveAddress", "반품동 2층", "시험상점 반품지", "031-000-0001");
    let method = claim.collect.as_ref().map_or("RETURN_INDIVIDUAL", |parcel| &parcel.method);
    json.text("collectDeliveryMethod", method);
    json.text(
        "collectStatus",
        match claim.step {
            Step::Collecting => "DELIVERING",
            _ if claim.collected_at.is_some() => "DELIVERED",
            _ if claim.collect.is_some() => "COLLECT_REQUEST_TO_DELIVERY_COMPANY",
            _ => "NOT_REQUESTED",
        },
    );
    if let Some(parcel) = &claim.collect {
        optional(json, "collectDeliveryCompany", parcel.company.as_deref());
        optional(json, "collectTrackingNumber", parcel.number.as_deref());
    }
    date(json, "collectCompletedDate", claim.collected_at);
    write_holdback(json, claim);
}

fn write_holdback(json: &mut Json, claim: &Claim) {
    let Some(held) = &claim.holdback else { return };
    json.text("holdbackStatus", if held.released_at.is_some() { "RELEASED" } else { "HOLDBACK" });
    json.text("holdbackReason", &held.class);
    json.any_text("holdbackDetailedReason", &held.detail);
    date(json, "holdbackConfigDate", Some(held.at));
    json.text("holdbackConfigurer", "판매자");
    if held.released_at.is_some() {
        date(json, "holdbackReleaseDate", held.released_at);
        json.text("holdbackReleaser", "판매자");
    }
}

fn optional(json: &mut Json, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        json.any_text(name, value);
    }
}

fn date(json: &mut Json, name: &str, at: Option<Millis>) {
    if let Some(at) = at {
        json.date(name, at, Fraction::Shortest);
    }
}
