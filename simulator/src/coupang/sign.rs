//! The signature that every call bears: an HMAC over date, method, path and query as they are on the wire, without the
//! question mark and without the body (<https://developers.coupangcorp.com/hc/ko/articles/360033461914>).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::time;
use crate::instant::Millis;

/// The signature of a message, as small hexadecimal digits.
#[must_use]
pub fn signature(secret_key: &str, message: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret_key.as_bytes()).expect("a key of any length is taken");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `Authorization` header of a call made at that instant; `target` is the path with its query as it is sent.
#[must_use]
pub fn authorization(access_key: &str, secret_key: &str, method: &str, target: &str, at: Millis) -> String {
    let date = time::signed(at);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let sign = signature(secret_key, &format!("{date}{method}{path}{query}"));
    format!("CEA algorithm=HmacSHA256, access-key={access_key}, signed-date={date}, signature={sign}")
}

/// Why a call is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No header, or one of another scheme.
    Missing,
    /// The header's parts or its date are not as they must be.
    Format,
    /// A key that nobody has.
    Unknown,
    /// Signed too long before or after the platform's time.
    Expired,
    /// Signed with another secret, or something else was signed.
    Invalid,
}

/// The parts of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claimed<'a> {
    pub(super) access_key: &'a str,
    date: &'a str,
    at: Millis,
    signature: &'a str,
}

impl<'a> Claimed<'a> {
    pub(super) fn read(header: &'a str) -> Result<Self, Refusal> {
        let rest = header.strip_prefix("CEA ").ok_or(Refusal::Missing)?;
        let mut parts = rest.split(", ");
        let mut part =
            |name: &str| parts.next().and_then(|part| part.strip_prefix(name)).ok_or(Refusal::Format);
        if part("algorithm=")? != "HmacSHA256" {
            return Err(Refusal::Format);
        }
        let access_key = part("access-key=")?;
        let date = part("signed-date=")?;
        let signature = part("signature=")?;
        let at = time::parse_signed(date).ok_or(Refusal::Format)?;
        if parts.next().is_some() {
            return Err(Refusal::Format);
        }
        Ok(Self { access_key, date, at, signature })
    }

    /// Whether that secret signed that request, within `tolerance` of `now`.
    pub(super) fn check(
        &self,
        secret_key: &str,
        method: &str,
        path: &str,
        query: &str,
        now: Millis,
        tolerance: Millis,
    ) -> Result<(), Refusal> {
        if (now - self.at).abs() > tolerance {
            return Err(Refusal::Expired);
        }
        let message = format!("{}{method}{path}{query}", self.date);
        if signature(secret_key, &message) == self.signature { Ok(()) } else { Err(Refusal::Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
    const KEY: &str = "11111111-2222-3333-4444-555555555555";
    const SHEETS: &str = "/v2/providers/openapi/apis/api/v5/vendors/A00012345/ordersheets";

    /// Date, method, path, query, signature: reckoned by four programs of other people that call the platform.
    fn vectors() -> [(&'static str, &'static str, String, &'static str, &'static str); 7] {
        let v4 = "/v2/providers/openapi/apis/api/v4/vendors/A00012345/";
        let stock = "/v2/providers/seller_api/apis/api/v1/marketplace/vendor-items/3572784698/quantities/120";
        [
            (
                "260115T003045Z",
                "GET",
                format!("{v4}ordersheets"),
                "createdAtFrom=2026-01-14&createdAtTo=2026-01-15&maxPerPage=50&status=ACCEPT",
                "a22ea70ca1e9910accb99c898f576c31b03406bd3b9782eaa86be409de0da612",
            ),
            (
                "260115T003045Z",
                "GET",
                SHEETS.to_owned(),
                "createdAtFrom=2026-01-14%2B09:00&createdAtTo=2026-01-15%2B09:00&maxPerPage=50&status=INSTRUCT",
                "f185842592a4946c06df100e09336944ef5bbcbc50ab7bef91bd4ac739586035",
            ),
            (
                "260115T003045Z",
                "GET",
                SHEETS.to_owned(),
                "createdAtFrom=2026-01-14%2B09%3A00&createdAtTo=2026-01-15%2B09%3A00&maxPerPage=50&status=INSTRUCT",
                "dd7669b82f28a4e0c18e3016941ac5841c53047f07a13a94ac060874cc029c79",
            ),
            (
                "260115T151500Z",
                "PUT",
                stock.to_owned(),
                "",
                "018ab2c8c82fdf02f9eb237cbb99e9ec7721613c96da92052d768545f4df9d26",
            ),
            (
                "260115T151501Z",
                "POST",
                format!("{v4}orders/invoices"),
                "",
                "dca2528a61c4a0760f190217279a28e95ed89931b0b30c1d1a3a28da3fb6b028",
            ),
            (
                "180809T010203Z",
                "GET",
                format!("{v4}returnRequests"),
                "createdAtFrom=2018-08-09&createdAtTo=2018-08-09&status=UC",
                "c3851966fc8f086d5d88086e1c129610bb81e0fae92a8a018b919994bd605e09",
            ),
            (
                "261121T083000Z",
                "GET",
                SHEETS.to_owned(),
                "createdAtFrom=2026-11-21T00:00%2B09:00&createdAtTo=2026-11-21T17:30%2B09:00&searchType=timeFrame&status=ACCEPT",
                "97847b453bd37c0400ba70ccbba4712874c2b2437e54bf19de4fdf8f6a1db13c",
            ),
        ]
    }

    #[test]
    fn known_signatures_are_let_in() {
        for (date, method, path, query, signature) in vectors() {
            let header = format!(
                "CEA algorithm=HmacSHA256, access-key={KEY}, signed-date={date}, signature={signature}"
            );
            let at = time::parse_signed(date).unwrap();
            let target = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
            assert_eq!(authorization(KEY, SECRET, method, &target, at), header);
            let claimed = Claimed::read(&header).unwrap();
            assert_eq!(claimed.access_key, KEY);
            let check = |secret, query, now| claimed.check(secret, method, &path, query, now, 300_000);
            assert_eq!(check(SECRET, query, at + 300_000), Ok(()));
            assert_eq!(check(SECRET, query, at - 300_000), Ok(()));
            assert_eq!(check(SECRET, query, at + 300_001), Err(Refusal::Expired));
            assert_eq!(check(SECRET, query, at - 300_001), Err(Refusal::Expired));
            assert_eq!(check("other", query, at), Err(Refusal::Invalid));
            assert_eq!(check(SECRET, "status=ACCEPT", at), Err(Refusal::Invalid));
        }
    }

    #[test]
    fn headers_that_are_not_as_they_must_be() {
        let good = authorization(KEY, SECRET, "GET", "/x?y=1", 0);
        assert!(Claimed::read(&good).is_ok());
        for (bad, refusal) in [
            (String::new(), Refusal::Missing),
            (good.replace("CEA ", "Bearer "), Refusal::Missing),
            (good.replace(", ", ","), Refusal::Format),
            (good.replace("HmacSHA256", "HmacSHA1"), Refusal::Format),
            (good.replace("700101T000000Z", "19700101T000000Z"), Refusal::Format),
            (good.replace("700101T000000Z", "700101000000"), Refusal::Format),
            (format!("{good}, more=1"), Refusal::Format),
            (good.replace("signed-date=", "date="), Refusal::Format),
        ] {
            assert_eq!(Claimed::read(&bad), Err(refusal), "{bad}");
        }
        let upper = good
            .split_once("signature=")
            .map(|(head, sign)| format!("{head}signature={}", sign.to_uppercase()));
        let upper = upper.unwrap();
        let claimed = Claimed::read(&upper).unwrap();
        assert_eq!(claimed.check(SECRET, "GET", "/x", "y=1", 0, 300_000), Err(Refusal::Invalid));
    }
}
