//! 11st: refusals of gateway, lists and products, and the headers that are read.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-eleventh-street/tests/payloads/promises/mod.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::any_refusal];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
