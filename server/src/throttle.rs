//! How often somebody may call: a bucket for each user or address, and growing waits after failed logins.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Requests of one user at once, in seconds of the rate.
const BURST_SECONDS: f64 = 4.0;

/// Entries that a table keeps before it looks for those that can go.
const MANY: usize = 10_000;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A table of counts is sound whatever its last user did.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prune<K: Eq + Hash, V>(table: &mut HashMap<K, V>, is_needed: impl Fn(&V) -> bool) {
    if table.len() > MANY {
        table.retain(|_, value| is_needed(value));
    }
}

/// A bucket of requests for each of many, such as users.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    /// Requests in a second, in the long run.
    per_second: f64,
    left: Mutex<HashMap<K, (f64, Instant)>>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets that fill at this rate.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), left: Mutex::default() }
    }

    /// Takes one request out of the bucket of `key`; returns after how many seconds to come again when there is none left.
    pub(crate) fn take(&self, key: K) -> Option<u64> {
        self.take_at(key, Instant::now())
    }

    /// Puts one back, that of a request which turned out not to count.
    pub(crate) fn give_back(&self, key: &K) {
        if let Some((left, _)) = lock(&self.left).get_mut(key) {
            *left += 1.0;
        }
    }

    fn take_at(&self, key: K, now: Instant) -> Option<u64> {
        let burst = self.per_second * BURST_SECONDS;
        let mut table = lock(&self.left);
        prune(&mut table, |(_, since)| now.duration_since(*since) < Duration::from_secs(60));
        let (left, since) = table.entry(key).or_insert((burst, now));
        *left = (*left + now.duration_since(*since).as_secs_f64() * self.per_second).min(burst);
        *since = now;
        if *left < 1.0 {
            return Some(1);
        }
        *left -= 1.0;
        None
    }
}

/// Failures are forgotten after this time without another.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// Failures of one name from one address that cost nothing: fingers slip.
const FREE_OF_BOTH: u32 = 5;

/// The same for an address, behind which several people may sit.
const FREE_OF_ADDRESS: u32 = 30;

/// The same for a name, whatever the addresses: guesses may come from many.
const FREE_OF_NAME: u32 = 100;

/// The first wait; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Both(String, IpAddr),
    Address(IpAddr),
    Name(String),
}

#[derive(Debug)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Logins that failed.
#[derive(Debug, Default)]
pub(crate) struct Logins(Mutex<HashMap<Key, Failures>>);

impl Logins {
    /// Counts an attempt as failed until [`Logins::succeeded`]: many attempts at once must not slip through together.
    ///
    /// # Errors
    /// After how many seconds the next attempt is taken.
    pub(crate) fn attempt(&self, name: &str, address: IpAddr) -> Result<(), u64> {
        self.attempt_at(name, address, Instant::now())
    }

    fn attempt_at(&self, name: &str, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut table = lock(&self.0);
        prune(&mut table, |failures| now.duration_since(failures.last) < FORGOTTEN_AFTER);
        let keys = keys(name, address);
        for (key, free) in &keys {
            let Some(failures) = table.get(key) else { continue };
            let Some(doublings) = failures.count.checked_sub(*free) else { continue };
            let wait = FIRST_WAIT.saturating_mul(1 << doublings.min(16)).min(FORGOTTEN_AFTER);
            let waited = now.duration_since(failures.last);
            if waited < wait {
                return Err((wait - waited).as_secs() + 1);
            }
        }
        for (key, _) in keys {
            let failures = table.entry(key).or_insert(Failures { count: 0, last: now });
            if now.duration_since(failures.last) >= FORGOTTEN_AFTER {
                failures.count = 0;
            }
            failures.count += 1;
            failures.last = now;
        }
        Ok(())
    }

    /// Takes the attempt back, and forgets the failures of this name from this address.
    pub(crate) fn succeeded(&self, name: &str, address: IpAddr) {
        let mut table = lock(&self.0);
        for (key, _) in keys(name, address) {
            match &key {
                Key::Both(..) => drop(table.remove(&key)),
                Key::Address(_) | Key::Name(_) => {
                    if let Some(failures) = table.get_mut(&key) {
                        failures.count = failures.count.saturating_sub(1);
                    }
                }
            }
        }
    }
}

fn keys(name: &str, address: IpAddr) -> [(Key, u32); 3] {
    // A name may be as long as a body; what is longer than any user's is nobody's.
    let name: String = name.chars().take(65).collect();
    [
        (Key::Both(name.clone(), address), FREE_OF_BOTH),
        (Key::Address(address), FREE_OF_ADDRESS),
        (Key::Name(name), FREE_OF_NAME),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn a_user_has_a_burst_and_then_a_rate() {
        let buckets = Buckets::new(50);
        let now = Instant::now();
        let taken = (0..1_000).filter(|_| buckets.take_at(1, now).is_none()).count();
        assert_eq!(taken, 200);
        assert_eq!(buckets.take_at(2, now), None, "others have their own");
        let later = now + Duration::from_secs(1);
        assert_eq!((0..1_000).filter(|_| buckets.take_at(1, later).is_none()).count(), 50);
        buckets.give_back(&1);
        buckets.give_back(&3);
        assert_eq!(buckets.take_at(1, later), None, "one that did not count");
        assert_eq!(buckets.take_at(1, later), Some(1));
    }

    #[test]
    fn failed_logins_wait_longer_and_longer() {
        let logins = Logins::default();
        let now = Instant::now();
        for _ in 0..5 {
            logins.attempt_at("kim", HOME, now).expect("free");
        }
        assert_eq!(logins.attempt_at("kim", HOME, now), Err(31));
        logins.attempt_at("lee", HOME, now).expect("another name");
        logins.attempt_at("kim", OTHER, now).expect("another address");
        let later = now + Duration::from_secs(31);
        logins.attempt_at("kim", HOME, later).expect("one more");
        assert_eq!(logins.attempt_at("kim", HOME, later), Err(61), "twice as long");
        logins.succeeded("kim", HOME);
        logins.attempt_at("kim", HOME, later).expect("a success makes up for it");
        let tomorrow = now + FORGOTTEN_AFTER * 2;
        for _ in 0..5 {
            logins.attempt_at("kim", HOME, tomorrow).expect("forgotten");
        }
    }

    #[test]
    fn an_address_that_tries_name_after_name_is_stopped() {
        let logins = Logins::default();
        let now = Instant::now();
        let tried = (0..100).filter(|n| logins.attempt_at(&format!("user{n}"), HOME, now).is_ok()).count();
        assert_eq!(tried, 30);
    }
}
