//! Calls on claims. Approvals name the claim first, refusals the order.

use connector_core::ClaimKind;
use connector_core::command::{OfClaim, Parcel, Refusal};
use connector_core::http::Request;

use super::{refused, shipment};
use crate::answer::parts;
use crate::path::{day, path};

fn ids(claim: &OfClaim) -> Result<(&str, &str), Refusal> {
    parts(&claim.order_id).ok_or_else(|| refused("the order line's id is none of 11st"))
}

/// #1640, #1644, #1649.
pub(super) fn approve(claim: &OfClaim, parcel: Option<&Parcel>) -> Result<Request, Refusal> {
    let (order, seq) = ids(claim)?;
    let id = claim.claim_id.as_str();
    Ok(match (claim.kind, parcel) {
        (ClaimKind::Cancel, _) => {
            get("claimservice/cancelreqconf", &path(&["claimservice", "cancelreqconf", id, order, seq])?)
        }
        (ClaimKind::Return, _) => {
            get("claimservice/returnreqconf", &path(&["claimservice", "returnreqconf", id, order, seq])?)
        }
        (ClaimKind::Exchange, Some(parcel)) => {
            let sent = shipment(parcel)?;
            let path =
                path(&["claimservice", "exchangereqconf", id, order, seq, sent.carrier, &sent.number])?;
            get("claimservice/exchangereqconf", &path)
        }
        (ClaimKind::Exchange, None) => {
            return Err(refused("an exchange is approved with the parcel of the goods that go out"));
        }
    })
}

/// #1641, #1645, #1650. The codes of returns and exchanges are "other", which the text explains.
pub(super) fn reject(claim: &OfClaim, reason: &str, parcel: Option<&Parcel>) -> Result<Request, Refusal> {
    let (order, seq) = ids(claim)?;
    let id = claim.claim_id.as_str();
    Ok(match (claim.kind, parcel) {
        (ClaimKind::Cancel, Some(parcel)) => {
            let sent = shipment(parcel)?;
            let day = day(parcel.sent_at);
            let path = path(&[
                "claimservice",
                "cancelreqreject",
                order,
                seq,
                id,
                sent.method,
                &day,
                sent.carrier,
                &sent.number,
            ])?;
            get("claimservice/cancelreqreject", &path)
        }
        (ClaimKind::Cancel, None) => {
            return Err(refused("a cancel can be refused only with the parcel that is on its way"));
        }
        (ClaimKind::Return, _) => {
            let path = path(&["claimservice", "returnreqreject", order, seq, id, "104", reason.trim()])?;
            get("claimservice/returnreqreject", &path)
        }
        (ClaimKind::Exchange, _) => {
            let path = path(&["claimservice", "exchangereqreject", order, seq, id, "204", reason.trim()])?;
            get("claimservice/exchangereqreject", &path)
        }
    })
}

/// #1654.
pub(super) fn hold(claim: &OfClaim, reason: &str) -> Result<Request, Refusal> {
    let (order, seq) = ids(claim)?;
    if claim.kind != ClaimKind::Return {
        return Err(refused("11st holds returns only"));
    }
    let path =
        path(&["claimservice", "returnclaimdefer", order, seq, &claim.claim_id, "105", reason.trim()])?;
    Ok(get("claimservice/returnclaimdefer", &path))
}

fn get(operation: &'static str, path: &str) -> Request {
    Request::get(operation, path.to_owned()).writes()
}
