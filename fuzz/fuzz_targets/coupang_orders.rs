//! Coupang: parcels by status, by minute, in both versions, and by number; tokens of pages.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-coupang/tests/payloads/promises/mod.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[
        promises::any_answer,
        promises::orders::odd_parcel,
        promises::orders::odd_fetched_parcel,
        promises::any_page_token,
    ];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
