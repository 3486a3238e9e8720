//! 11st: order lists, lists of keys and orders by number; tokens of pages.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-eleventh-street/tests/payloads/promises/mod.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[
        promises::any_answer,
        promises::lines::odd_line,
        promises::lines::odd_key,
        promises::lines::odd_fetched_line,
        promises::any_page_token,
    ];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
