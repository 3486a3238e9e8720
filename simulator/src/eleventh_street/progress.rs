//! What can happen to order lines and claims, whoever lets it happen. Callers have made sure that it may.

use super::claim::{Claim, ClaimKind, Stage};
use super::order::{Line, LineKey, Parcel, Status};
use super::state::State;
use super::time::whole;
use crate::instant::Millis;

impl State {
    /// Changes a line's status, and whatever else of it.
    fn turn(&mut self, key: &LineKey, status: Status, at: Millis, change: impl FnOnce(&mut Line, Millis)) {
        let at = whole(at);
        let line = self.lines.get_mut(key).expect("a line of this account");
        line.status = status;
        line.changed_at = at;
        change(line, at);
        self.touched.push(key.clone());
    }

    pub(super) fn pay(&mut self, key: &LineKey, at: Millis) {
        self.turn(key, Status::Paid, at, |line, at| line.paid_at = Some(at));
    }

    /// The paid lines that are confirmed along with one: those of its shipment and product, and their add-ons.
    pub(super) fn confirmed_with(&self, line: &Line) -> Vec<LineKey> {
        let product = line.added_to.as_ref().unwrap_or(&line.listing);
        let along = self.of_order(&line.order_no).filter(|other| {
            other.shipment == line.shipment
                && other.status == Status::Paid
                && (other.listing == *product || other.added_to.as_ref() == Some(product))
        });
        along.map(Line::key).collect()
    }

    pub(super) fn confirm(&mut self, key: &LineKey, at: Millis) {
        self.turn(key, Status::Preparing, at, |line, at| line.confirmed_at = Some(at));
    }

    pub(super) fn of_shipment(&self, shipment: u64) -> Vec<LineKey> {
        let Some(order_no) = self.shipments.get(&shipment) else { return Vec::new() };
        self.of_order(order_no).filter(|line| line.shipment == shipment).map(Line::key).collect()
    }

    pub(super) fn ship(&mut self, key: &LineKey, parcels: Vec<Parcel>, at: Millis) {
        for parcel in parcels.iter().filter(|parcel| !parcel.waybill.is_empty()) {
            self.waybills.insert(parcel.waybill.clone(), key.0.clone());
        }
        self.turn(key, Status::Shipped, at, |line, at| {
            line.shipped_at = Some(at);
            line.parcels = parcels;
        });
    }

    pub(super) fn deliver(&mut self, key: &LineKey, at: Millis) {
        self.turn(key, Status::Delivered, at, |line, at| line.delivered_at = Some(at));
    }

    pub(super) fn decide(&mut self, key: &LineKey, by_itself: bool, at: Millis) {
        self.turn(key, Status::Decided, at, |line, at| {
            line.decided_at = Some(at);
            line.decided_by_itself = by_itself;
        });
    }

    /// A claim that is requested, and decided by nobody yet.
    pub(super) fn request(
        &mut self,
        key: &LineKey,
        kind: ClaimKind,
        quantity: i64,
        reason: [&str; 2],
        by_seller: bool,
        at: Millis,
    ) -> u64 {
        let number = 24_000_000 + self.next_number();
        let line = &self.lines[key];
        let before = line.status;
        let quantity = quantity.clamp(1, line.kept());
        let pickup = (kind != ClaimKind::Cancel).then(|| Parcel {
            method: "01",
            carrier: "00034".to_owned(),
            waybill: format!("{}", 700_000_000_000 + number),
        });
        let claim = Claim {
            number,
            kind,
            stage: Stage::Requested,
            line: key.clone(),
            before,
            quantity,
            by_seller,
            is_forced: false,
            reason: reason[0].to_owned(),
            remark: reason[1].to_owned(),
            requested_at: whole(at),
            ended_at: None,
            pickup,
            replacement: None,
        };
        self.claims.insert(number, claim);
        let status = if kind == ClaimKind::Cancel { Status::Cancelling } else { Status::Claimed };
        self.turn(key, status, at, |line, _| {
            line.claim = Some(number);
            line.claims += 1;
            line.asked_back = quantity;
        });
        number
    }

    /// A cancel that needs nobody's approval: the buyer's before it is confirmed, and the seller's.
    pub(super) fn cancel(
        &mut self,
        key: &LineKey,
        quantity: i64,
        reason: [&str; 2],
        by_seller: bool,
        at: Millis,
    ) -> u64 {
        let number = self.request(key, ClaimKind::Cancel, quantity, reason, by_seller, at);
        self.approve(number, None, at);
        number
    }

    /// The platform cancels a decided purchase as a whole, as where its customer service grants it.
    pub(super) fn revoke(&mut self, key: &LineKey, at: Millis) -> u64 {
        let quantity = self.lines[key].kept();
        let reason = ["119", "고객센터 처리"];
        let number = self.request(key, ClaimKind::Cancel, quantity, reason, false, at);
        self.claims.get_mut(&number).expect("it was made just now").is_forced = true;
        self.approve(number, None, at);
        self.turn(key, Status::Revoked, at, |_, _| {});
        number
    }

    fn end(&mut self, number: u64, stage: Stage, at: Millis) -> Claim {
        let claim = self.claims.get_mut(&number).expect("a claim of this account");
        claim.stage = stage;
        claim.ended_at = Some(whole(at));
        claim.clone()
    }

    /// Grants a claim. What is left of a line that was claimed in part goes on where it stood.
    pub(super) fn approve(&mut self, number: u64, replacement: Option<Parcel>, at: Millis) {
        let claim = self.end(number, Stage::Approved, at);
        if let Some(parcel) = &replacement {
            self.waybills.insert(parcel.waybill.clone(), claim.line.0.clone());
        }
        if let Some(claim) = self.claims.get_mut(&number) {
            claim.replacement = replacement;
        }
        let line = &self.lines[&claim.line];
        let gone = if claim.kind == ClaimKind::Exchange { 0 } else { claim.quantity };
        let status = match claim.kind {
            _ if line.kept() > gone => claim.before,
            ClaimKind::Return => Status::Returned,
            ClaimKind::Cancel | ClaimKind::Exchange => Status::Cancelled,
        };
        let option = line.option.clone();
        self.turn(&claim.line, status, at, |line, _| {
            line.claim = None;
            line.asked_back = 0;
            line.gone += gone;
        });
        if claim.kind == ClaimKind::Cancel {
            self.restock(&option, claim.quantity);
        }
    }

    /// Refuses a claim, for good. A cancel is refused because it was shipped already: by that parcel.
    pub(super) fn reject(&mut self, number: u64, parcel: Option<Parcel>, at: Millis) {
        let claim = self.end(number, Stage::Rejected, at);
        self.reopen(&claim, at);
        if let Some(parcel) = parcel {
            self.ship(&claim.line, vec![parcel], at);
        }
    }

    /// The buyer wants it no more.
    pub(super) fn withdraw(&mut self, number: u64, at: Millis) {
        let claim = self.end(number, Stage::Withdrawn, at);
        self.reopen(&claim, at);
    }

    fn reopen(&mut self, claim: &Claim, at: Millis) {
        self.turn(&claim.line, claim.before, at, |line, _| {
            line.claim = None;
            line.asked_back = 0;
        });
    }

    /// Puts off a decision.
    pub(super) fn hold(&mut self, number: u64, at: Millis) {
        let claim = self.claims.get_mut(&number).expect("a claim of this account");
        claim.stage = Stage::Held;
        let key = claim.line.clone();
        self.turn(&key, Status::Claimed, at, |_, _| {});
    }

    /// Gives so many pieces back to an option; less than none takes them.
    pub(super) fn restock(&mut self, number: &str, pieces: i64) {
        let mut options = self.listings.values_mut().flat_map(|listing| &mut listing.options);
        if let Some(option) = options.find(|option| option.number == number) {
            option.left = (option.left + pieces).max(0);
            option.sold = (option.sold - pieces).max(0);
        }
    }
}
