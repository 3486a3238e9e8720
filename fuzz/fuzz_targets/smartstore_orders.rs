//! SmartStore: details, conditional list and account, whole and row by row.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../connector-smartstore/tests/payloads/promises.rs"]
#[expect(dead_code, reason = "each target calls some of the promises")]
mod promises;

fuzz_target!(|bytes: &[u8]| {
    const PROMISES: &[fn(&[u8])] = &[promises::any_answer, promises::odd_details_row, promises::odd_list_row];
    let Some((first, rest)) = bytes.split_first() else { return };
    PROMISES[usize::from(*first) % PROMISES.len()](rest);
});
