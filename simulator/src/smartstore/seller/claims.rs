//! The claim calls: each for one product order.

use super::words::{CANCEL_REASONS, DELIVERY_METHODS, HOLDBACK_CLASSES, RETURN_REASONS};
use super::{Desk, Failure, Named, is_sent};
use crate::answer::Answer;
use crate::endpoint::Endpoint;
use crate::smartstore::book::Book;
use crate::smartstore::claim::{Claim, ClaimKind, Holdback, Parcel, Step};
use crate::smartstore::others::{close, collect};

const NO_CLAIM: &str = "처리할 수 있는 클레임이 없습니다.";
const HELD: &str = "보류 중인 클레임은 처리할 수 없습니다.";
const WRONG_STATE: &str = "클레임을 접수할 수 없는 상품주문 상태입니다.";
const WRONG_QUANTITY: &str = "클레임 요청 수량이 올바르지 않습니다.";

impl Desk<'_> {
    pub(super) fn claim(&self, endpoint: Endpoint) -> Result<Answer, Answer> {
        use ClaimKind::{Cancel, Exchange, Return};
        match endpoint {
            Endpoint::StoreCancel => self.cancel(),
            Endpoint::StoreCancelApprove => Ok(self.approve(Cancel)),
            Endpoint::StoreReturn => self.request_return(),
            Endpoint::StoreReturnApprove => Ok(self.approve(Return)),
            Endpoint::StoreReturnHold => {
                self.hold(Return, "holdbackReturnDetailReason", "extraReturnFeeAmount")
            }
            Endpoint::StoreReturnRelease => Ok(self.release(Return)),
            Endpoint::StoreReturnReject => self.reject(Return, "rejectReturnReason"),
            Endpoint::StoreExchangeCollect => Ok(self.collect_exchange()),
            Endpoint::StoreExchangeDispatch => self.redeliver(),
            Endpoint::StoreExchangeHold => {
                self.hold(Exchange, "holdbackExchangeDetailReason", "extraExchangeFeeAmount")
            }
            Endpoint::StoreExchangeRelease => Ok(self.release(Exchange)),
            Endpoint::StoreExchangeReject => self.reject(Exchange, "rejectExchangeReason"),
            _ => Err(self.stamp.not_found()),
        }
    }

    /// The seller cancels; that is done at once.
    fn cancel(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let reason = body.some_word("cancelReason", &CANCEL_REASONS)?;
        let detail = body.text("cancelDetailedReason")?.unwrap_or_default();
        if detail.chars().count() > 500 {
            return Err(self.stamp.bad_parameter("cancelDetailedReason"));
        }
        let quantity = body.number("cancelQuantity")?;
        let now = self.stamp.at;
        Ok(self.one(|book, effects, id| {
            let line = book.line(id).expect("an order that was found");
            if !line.order.stage.is_to_send() || line.has_open_claim() {
                return Err(Failure::claim(WRONG_STATE));
            }
            let quantity = pieces(quantity, line.amounts().remaining)?;
            let what = format!("{quantity} pieces, {reason}");
            let claim = Claim::new(book.claim_id(now), ClaimKind::Cancel, quantity, now);
            let claim = Claim { by_seller: true, reason, detail, ..claim };
            book.act(id, now, Some("CLAIM_REQUESTED"), |_, handling| handling.make(claim));
            close(book, id, now);
            effects.add(now, "cancel", id, what);
            Ok(())
        }))
    }

    fn request_return(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let reason = body.some_word("returnReason", &RETURN_REASONS)?;
        let method = body.some_word("collectDeliveryMethod", &DELIVERY_METHODS)?;
        let company = body.carrier("collectDeliveryCompany")?;
        let number = body.text("collectTrackingNumber")?;
        let quantity = body.number("returnQuantity")?;
        let now = self.stamp.at;
        Ok(self.one(|book, effects, id| {
            let line = book.line(id).expect("an order that was found");
            if !is_sent(line.order.stage) || line.has_open_claim() {
                return Err(Failure::claim(WRONG_STATE));
            }
            let quantity = pieces(quantity, line.amounts().remaining)?;
            let what = format!("{quantity} pieces, {reason}");
            let claim = Claim {
                by_seller: true,
                reason,
                collect: Some(Parcel { method, company, number, at: now }),
                ..Claim::new(book.claim_id(now), ClaimKind::Return, quantity, now)
            };
            book.act(id, now, Some("CLAIM_REQUESTED"), |_, handling| handling.make(claim));
            effects.add(now, "request_return", id, what);
            Ok(())
        }))
    }

    /// Grants a cancellation, or takes goods back.
    fn approve(&self, kind: ClaimKind) -> Answer {
        let now = self.stamp.at;
        self.one(|book, effects, id| {
            let claim = open(book, id, kind)?;
            close(book, id, now);
            effects.add(now, "approve_claim", claim.id, format!("{} of {id}", kind.name()));
            Ok(())
        })
    }

    fn hold(&self, kind: ClaimKind, detail: &str, fee: &str) -> Result<Answer, Answer> {
        let body = self.read()?;
        let held = Holdback {
            class: body.some_word("holdbackClassType", &HOLDBACK_CLASSES)?,
            detail: body.some_text(detail)?,
            fee: body.number(fee)?.unwrap_or(0),
            at: self.stamp.at,
            released_at: None,
        };
        Ok(self.one(|book, effects, id| {
            let claim = open(book, id, kind)?;
            if claim.step == Step::Redelivering {
                return Err(Failure::claim(NO_CLAIM));
            }
            let what = format!("{} of {id}, {}", kind.name(), held.class);
            edit(book, id, |claim| claim.holdback = Some(held));
            effects.add(self.stamp.at, "hold_claim", claim.id, what);
            Ok(())
        }))
    }

    fn release(&self, kind: ClaimKind) -> Answer {
        let now = self.stamp.at;
        self.one(|book, effects, id| {
            let claim = any(book, id, kind).filter(Claim::is_held);
            let claim = claim.ok_or_else(|| Failure::claim("보류 중인 클레임이 아닙니다."))?;
            edit(book, id, |claim| {
                if let Some(held) = &mut claim.holdback {
                    held.released_at = Some(now);
                }
            });
            effects.add(now, "release_claim", claim.id, format!("{} of {id}", kind.name()));
            Ok(())
        })
    }

    fn reject(&self, kind: ClaimKind, reason: &str) -> Result<Answer, Answer> {
        let reason = self.read()?.some_text(reason)?;
        let now = self.stamp.at;
        Ok(self.one(|book, effects, id| {
            let claim = any(book, id, kind).filter(|claim| claim.step != Step::Redelivering);
            let claim = claim.ok_or_else(|| Failure::claim(NO_CLAIM))?;
            book.act(id, now, Some("CLAIM_REJECTED"), |_, handling| {
                if let Some(claim) = handling.open_claim() {
                    claim.close(Step::Rejected, now);
                }
            });
            effects.add(now, "reject_claim", claim.id, format!("{} of {id}: {reason}", kind.name()));
            Ok(())
        }))
    }

    /// The goods to exchange are back.
    fn collect_exchange(&self) -> Answer {
        let now = self.stamp.at;
        self.one(|book, effects, id| {
            let claim = open(book, id, ClaimKind::Exchange)?;
            if !matches!(claim.step, Step::Requested | Step::Collecting) {
                return Err(Failure::claim(NO_CLAIM));
            }
            collect(book, id, now);
            effects.add(now, "approve_claim", claim.id, format!("goods of {id} are back"));
            Ok(())
        })
    }

    /// Sends the goods that a buyer gets in exchange.
    fn redeliver(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let parcel = Named {
            method: body.some_word("reDeliveryMethod", &DELIVERY_METHODS)?,
            company: body.carrier("reDeliveryCompany")?,
            number: body.text("reDeliveryTrackingNumber")?,
        };
        let now = self.stamp.at;
        Ok(self.one(|book, effects, id| {
            let claim = open(book, id, ClaimKind::Exchange)?;
            if claim.step != Step::Collected {
                return Err(Failure::of("104417"));
            }
            let parcel = parcel.check(book, id, now)?;
            let number = parcel.number.clone().unwrap_or_default();
            book.act(id, now, Some("CLAIM_REDELIVERING"), |_, handling| {
                if let Some(claim) = handling.open_claim() {
                    claim.step = Step::Redelivering;
                    claim.redelivery = Some(parcel);
                }
            });
            effects.add(now, "ship", claim.id, format!("in exchange for {id}: {number}"));
            Ok(())
        }))
    }
}

/// All pieces that are left, or as many of them as a call says.
fn pieces(wanted: Option<i64>, remaining: i64) -> Result<i64, Failure> {
    let wanted = wanted.unwrap_or(remaining);
    if (1..=remaining).contains(&wanted) { Ok(wanted) } else { Err(Failure::claim(WRONG_QUANTITY)) }
}

/// The open claim of that kind.
fn any(book: &Book, id: u64, kind: ClaimKind) -> Option<Claim> {
    let claim = book.line(id)?.claim()?.into_owned();
    (claim.is_open() && claim.kind == kind).then_some(claim)
}

/// The open claim of that kind, which is not held back.
fn open(book: &Book, id: u64, kind: ClaimKind) -> Result<Claim, Failure> {
    let claim = any(book, id, kind).ok_or_else(|| Failure::claim(NO_CLAIM))?;
    if claim.is_held() { Err(Failure::claim(HELD)) } else { Ok(claim) }
}

/// Changes the open claim; the feed does not tell of it.
fn edit(book: &mut Book, id: u64, change: impl FnOnce(&mut Claim)) {
    let at = book.get(id).map_or(0, |order| order.changed_at);
    book.act(id, at, None, |_, handling| {
        if let Some(claim) = handling.open_claim() {
            change(claim);
        }
    });
}
