//! 11st: the lists of claims, settlements, products and their stock.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-eleventh-street/tests/payloads/promises.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::odd_claim, promises::odd_settlement, promises::odd_product];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
