//! Cafe24: answers to a code or a refresh token.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-cafe24/tests/payloads/promises.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::any_token];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
