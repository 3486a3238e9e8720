//! Coupang: returns, cancellations, exchanges and withdrawals.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-coupang/tests/payloads/promises/mod.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::claims::odd_claim, promises::claims::odd_withdrawal];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
