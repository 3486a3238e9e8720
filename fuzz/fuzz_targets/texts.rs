//! Numbers, texts and times as platforms write them.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-core/tests/parsing/promises.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::any_scalar, promises::any_time];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
