//! Amounts: plain numbers in the older API, `{currencyCode, units, nanos}` in the newer one, either of them perhaps null.

use connector_core::lenient::{Lenient, Text, Whole, object};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Money<'a> {
    #[serde(borrow)]
    currency_code: Text<'a>,
    units: Whole,
    nanos: Whole,
}

/// What an amount must be.
pub(crate) const WON: &str = "a whole number of won";

/// Whole won; `None` where there is no amount.
///
/// # Errors
/// Why it is no number of won: a fraction, another currency, another type. `field` is its name.
pub(crate) fn won(raw: Option<&RawValue>, field: &str) -> Result<Option<i64>, String> {
    let Some(raw) = raw else { return Ok(None) };
    if !raw.get().starts_with('{') {
        let plain: Whole = serde_json::from_str(raw.get()).map_err(|_| format!("{field} is no number"))?;
        return plain.optional(field, WON);
    }
    let money: Money<'_> = object(raw).map_err(|_| format!("{field} is no amount of money"))?;
    match &money.currency_code {
        Lenient::Absent => {}
        Lenient::Is(code) if code == "KRW" => {}
        Lenient::Is(code) if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            return Err(format!("{field} is in {code}: only won are stored"));
        }
        _ => return Err(format!("{field}.currencyCode is no currency code")),
    }
    if money.nanos.optional(field, WON)?.unwrap_or(0) != 0 {
        return Err(format!("{field} is not {WON}"));
    }
    money.units.optional(field, WON)?.map(Some).ok_or_else(|| format!("{field}.units is missing"))
}

/// The same of an amount that must be there.
///
/// # Errors
/// As [`won`], and when it is missing.
pub(crate) fn required(raw: Option<&RawValue>, field: &str) -> Result<i64, String> {
    won(raw, field)?.ok_or_else(|| format!("{field} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Option<i64>, String> {
        let raw = RawValue::from_string(json.to_owned()).expect("JSON");
        won(Some(&raw), "orderPrice")
    }

    #[test]
    fn every_form_of_an_amount_is_read() {
        for same in [
            "19000",
            "19000.0",
            "\"19000\"",
            r#"{"currencyCode": "KRW", "units": 19000, "nanos": 0}"#,
            r#"{"units": 19000}"#,
        ] {
            assert_eq!(read(same), Ok(Some(19_000)), "{same}");
        }
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read(r#"{"currencyCode": "KRW", "units": -5000, "nanos": 0}"#), Ok(Some(-5000)));
        assert_eq!(won(None, "orderPrice"), Ok(None));
    }

    #[test]
    fn what_is_no_won_is_named() {
        for (json, reason) in [
            ("0.5", "orderPrice is not a whole number of won"),
            (
                r#"{"currencyCode": "KRW", "units": 1, "nanos": 500000000}"#,
                "orderPrice is not a whole number of won",
            ),
            (r#"{"currencyCode": "TWD", "units": 1}"#, "orderPrice is in TWD: only won are stored"),
            (r#"{"currencyCode": "홍길동", "units": 1}"#, "orderPrice.currencyCode is no currency code"),
            (r#"{"currencyCode": "KRW"}"#, "orderPrice.units is missing"),
            ("[1]", "orderPrice is not a whole number of won"),
        ] {
            assert_eq!(read(json), Err(reason.to_owned()), "{json}");
        }
    }
}
