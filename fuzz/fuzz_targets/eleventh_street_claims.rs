//! 11st: the lists of claims, settlements, products and their stock.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-eleventh-street/tests/payloads/promises/mod.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::rows::odd_claim, promises::rows::odd_settlement, promises::rows::odd_product];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
