//! What a simulator is made of, behind its doors.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::calls::Ledger;
use crate::door::DoorState;
use crate::fault::Faults;
use crate::instant::{Millis, machine_now};
use crate::life::Life;
use crate::{cafe24, coupang, eleventh_street, smartstore};

/// The accounts of all platforms and what they share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) clock: SimClock,
    ledger: Mutex<Ledger>,
    faults: Mutex<Faults>,
    pub(crate) stores: BTreeMap<Arc<str>, Arc<smartstore::Store>>,
    pub(crate) malls: BTreeMap<Arc<str>, Arc<cafe24::Premises>>,
    pub(crate) vendors: BTreeMap<Arc<str>, Arc<coupang::Premises>>,
    pub(crate) sellers: BTreeMap<Arc<str>, Arc<eleventh_street::Premises>>,
    /// Which account each token and code is of; a dead one is still somebody's.
    words: Mutex<HashMap<String, Arc<str>>>,
    pub(crate) doors: Mutex<Vec<Arc<DoorState>>>,
    life: Mutex<Life>,
}

impl Core {
    pub(crate) fn new(
        stores: Vec<Arc<smartstore::Store>>,
        malls: Vec<Arc<cafe24::Premises>>,
        vendors: Vec<Arc<coupang::Premises>>,
        sellers: Vec<Arc<eleventh_street::Premises>>,
        life: Life,
    ) -> Self {
        Self {
            clock: SimClock::default(),
            ledger: Mutex::default(),
            faults: Mutex::default(),
            stores: stores.into_iter().map(|store| (Arc::clone(&store.client_id), store)).collect(),
            malls: malls.into_iter().map(|mall| (Arc::clone(&mall.mall_id), mall)).collect(),
            vendors: vendors.into_iter().map(|vendor| (Arc::clone(&vendor.vendor_id), vendor)).collect(),
            sellers: sellers.into_iter().map(|seller| (Arc::clone(&seller.seller_id), seller)).collect(),
            words: Mutex::default(),
            doors: Mutex::default(),
            life: Mutex::new(life),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// The account that a token or a code is of.
    pub(crate) fn owner(&self, word: &str) -> Option<Arc<str>> {
        lock(&self.words).get(word).cloned()
    }

    pub(crate) fn belongs(&self, word: &str, account: &Arc<str>) {
        lock(&self.words).insert(word.to_owned(), Arc::clone(account));
    }

    pub(crate) fn life(&self) -> MutexGuard<'_, Life> {
        lock(&self.life)
    }
}

/// What time it is for the platforms: the machine's clock, moved by an offset.
#[derive(Debug, Default)]
pub(crate) struct SimClock {
    offset: AtomicI64,
}

impl SimClock {
    pub(crate) fn now(&self) -> Millis {
        machine_now() + self.offset()
    }

    pub(crate) fn offset(&self) -> Millis {
        self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn set_offset(&self, offset: Millis) {
        self.offset.store(offset, Ordering::Relaxed);
    }
}

/// A panic in one call is that call's failure; what the lock guards is whole between any two statements.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
