//! What a webhook's sender proves itself with.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, TimeDelta, Utc};
use connector_core::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How far a webhook's time may lie from ours, both ways.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Signatures of one header that are looked at: a sender that changes its secret may send one of each.
const MOST_SIGNATURES: usize = 4;

/// The length of an HMAC-SHA256.
const LENGTH: usize = 32;

/// The headers of a webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seal<'a> {
    /// `X-Webhook-Id`.
    pub(crate) id: &'a str,
    /// `X-Webhook-Timestamp`, as it was sent: that is what was signed.
    pub(crate) timestamp: &'a str,
    /// `X-Webhook-Signature`.
    pub(crate) signature: &'a str,
}

impl Seal<'_> {
    /// Whether one of the signatures is that of the body with this secret. Takes as long whatever differs.
    pub(crate) fn holds(&self, secret: &Secret, body: &[u8]) -> bool {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("a key may have any length");
        for part in [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        signatures(self.signature).iter().any(|given| mac.clone().verify_slice(given).is_ok())
    }
}

/// The signatures in a header, blanks between them: hexadecimal digits or base64, with or without `sha256=` or `v1,` before them.
/// What is none is left out.
pub(crate) fn signatures(header: &str) -> Vec<[u8; LENGTH]> {
    header.split_ascii_whitespace().take(MOST_SIGNATURES).filter_map(one).collect()
}

fn one(text: &str) -> Option<[u8; LENGTH]> {
    let bare = ["sha256=", "v1,", "v1="].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    from_hex(bare).or_else(|| from_base64(bare))
}

fn from_hex(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() != LENGTH * 2 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; LENGTH];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn from_base64(text: &str) -> Option<[u8; LENGTH]> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE].into_iter().find_map(|alphabet| {
        let bytes = GeneralPurpose::new(&alphabet, config).decode(text).ok()?;
        <[u8; LENGTH]>::try_from(bytes).ok()
    })
}

/// Whether a timestamp, in seconds since 1970, lies near enough to now. Milliseconds are understood too.
pub(crate) fn is_fresh(timestamp: &str, now: DateTime<Utc>) -> bool {
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = Some(timestamp).filter(|_| is_number).and_then(|text| text.parse::<i64>().ok()) else {
        return false;
    };
    // Seconds reach this in the year 5138, milliseconds had it in 1973.
    let at = if number < 100_000_000_000 {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    };
    at.is_some_and(|at| (now - at).abs() <= TOLERANCE)
}

/// Whether a key is the secret. Takes as long whatever differs.
pub(crate) fn is_same(key: &str, secret: &Secret) -> bool {
    let mac = || Hmac::<Sha256>::new_from_slice(b"keys are compared by their marks").expect("a key");
    let expected = mac().chain_update(secret.expose()).finalize().into_bytes();
    mac().chain_update(key).verify_slice(&expected).is_ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;
    use crate::token::hex;

    fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update([id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat().as_slice());
        mac.finalize().into_bytes().to_vec()
    }

    fn holds(signature: &str, secret: &str, body: &[u8]) -> bool {
        Seal { id: "e-1", timestamp: "1700000000", signature }.holds(&Secret::new(secret), body)
    }

    #[test]
    fn a_signature_is_taken_in_every_form_that_senders_write() {
        let mac = sign("hush", "e-1", "1700000000", b"{}");
        // Worked out with OpenSSL: printf '%s' 'e-1.1700000000.{}' | openssl dgst -sha256 -hmac hush
        assert_eq!(hex(&mac), EXPECTED);
        let (digits, base64) = (hex(&mac), BASE64.encode(&mac));
        for text in [
            digits.clone(),
            digits.to_uppercase(),
            format!("sha256={digits}"),
            base64.clone(),
            base64.trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(&mac),
            format!("v1,{base64}"),
            format!("v1={digits}"),
            format!("v1,{} v1,{base64}", BASE64.encode([7; 32])),
        ] {
            assert!(holds(&text, "hush", b"{}"), "{text}");
            assert!(!holds(&text, "hush!", b"{}"), "another secret");
            assert!(!holds(&text, "hush", b"{} "), "another body");
        }
        let other = Seal { id: "e-2", timestamp: "1700000000", signature: &digits };
        assert!(!other.holds(&Secret::new("hush"), b"{}"), "another id");
        let many = format!("{} {digits}", ["x"; 4].join(" "));
        assert!(!holds(&many, "hush", b"{}"), "no more than four are looked at");
    }

    const EXPECTED: &str = "1c50ad14617ff1dc4d5c26da69c76601651e65328692dad224156ca35c577c8f";

    #[test]
    fn times_far_from_now_are_stale() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("in range");
        for text in ["1700000000", "1699999700", "1700000300", "1700000000123"] {
            assert!(is_fresh(text, now), "{text}");
        }
        for text in [
            "",
            "1699999699",
            "1700000301",
            "-1700000000",
            "+1700000000",
            " 1700000000",
            "1700000000.5",
            "0x1",
            "2023-11-14T22:13:20Z",
            "99999999999999999999",
            "9223372036854775807",
            "0",
        ] {
            assert!(!is_fresh(text, now), "{text}");
        }
    }

    #[test]
    fn a_key_is_the_secret_or_not() {
        let secret = Secret::new("11111111-2222-3333-4444-555555555555");
        assert!(is_same(secret.expose(), &secret));
        for other in ["", "1", "11111111-2222-3333-4444-555555555556"] {
            assert!(!is_same(other, &secret), "{other}");
        }
    }

    proptest! {
        /// Whatever stands in the headers: it proves nothing, and nothing panics.
        #[test]
        fn nothing_made_up_holds(
            id in "\\PC{0,40}", timestamp in "\\PC{0,24}",
            signature in prop_oneof!["\\PC{0,200}", "(sha256=|v1,|v1=)?[0-9a-fA-F]{60,68}", "(v1,)?[A-Za-z0-9+/=_-]{40,48}( v1,x)*"],
            body in prop::collection::vec(any::<u8>(), 0..64), now in 0_i64..4_000_000_000,
        ) {
            let seal = Seal { id: &id, timestamp: &timestamp, signature: &signature };
            prop_assert!(!seal.holds(&Secret::new("hush"), &body));
            prop_assert!(signatures(&signature).len() <= MOST_SIGNATURES);
            is_fresh(&timestamp, DateTime::from_timestamp(now, 0).expect("in range"));
        }

        /// What is signed holds, in either form, and stops holding with any change.
        #[test]
        fn what_is_signed_holds(
            secret in "[ -~]{1,80}", id in "[!-~]{1,40}", timestamp in "[0-9]{1,13}",
            body in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..32, bit in 0_u8..8,
        ) {
            let mut mac = sign(&secret, &id, &timestamp, &body);
            let secret = Secret::new(secret);
            let holds = |signature: &str| Seal { id: &id, timestamp: &timestamp, signature }.holds(&secret, &body);
            prop_assert!(holds(&hex(&mac)) && holds(&BASE64.encode(&mac)));
            mac[at] ^= 1 << bit;
            prop_assert!(!holds(&hex(&mac)) && !holds(&BASE64.encode(&mac)));
        }
    }
}
