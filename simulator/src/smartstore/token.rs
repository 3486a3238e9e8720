//! The token call: the signature check, the clock check, and how long tokens live
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current/exchange-sellers-auth>, read 2026-03-11).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bcrypt::Version;

use crate::draw::{Draw, of_text};
use crate::instant::{MINUTE, Millis, SECOND};

/// The alphabet of bcrypt, read as jBCrypt does: surplus bits of the 22nd character are ignored.
const SALT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// `base64(bcrypt(client_id + "_" + timestamp, salt = client_secret))`; `None` when the secret is no bcrypt salt.
#[must_use]
pub fn signature(client_id: &str, client_secret: &str, timestamp: &str) -> Option<String> {
    let (version, rest) = client_secret.strip_prefix('$')?.split_once('$')?;
    let version = match version {
        "2a" => Version::TwoA,
        "2b" => Version::TwoB,
        "2x" => Version::TwoX,
        "2y" => Version::TwoY,
        _ => return None,
    };
    let (cost, salt) = rest.split_once('$')?;
    let salt: [u8; 16] = SALT.decode(salt).ok()?.try_into().ok()?;
    let hash = bcrypt::hash_with_salt(format!("{client_id}_{timestamp}"), cost.parse().ok()?, salt).ok()?;
    Some(base64::engine::general_purpose::STANDARD.encode(hash.format_for_version(version)))
}

/// What a token request holds, wherever it was put.
#[derive(Debug, Default)]
pub(crate) struct TokenRequest {
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) violations: Vec<String>,
}

impl TokenRequest {
    pub(crate) fn read(query: &str, content_type: &str, body: &[u8]) -> Self {
        let mut request = Self::default();
        if !query.is_empty() {
            request.violations.push("parameters in the query".to_owned());
            request.fields.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
        }
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            request.violations.push(format!("content type {kind:?}"));
        }
        request.fields.extend(url::form_urlencoded::parse(body).into_owned());
        if request.field("grant_type").is_none() {
            request.violations.push("no grant_type".to_owned());
        }
        if request.field("type") == Some("SELF") && request.fields.contains_key("account_id") {
            request.violations.push("account_id with SELF".to_owned());
        }
        request
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Which field a token request is refused for, and the platform's words for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) name: &'static str,
    pub(crate) message: &'static str,
}

/// Checks a request as the platform does. The texts for signature and timestamp are the platform's
/// (<https://github.com/commerce-api-naver/commerce-api/discussions/357>, read 2026-03-11); the others are modelled on
/// them.
pub(crate) fn check(
    request: &TokenRequest,
    client_id: &str,
    client_secret: &str,
    now: Millis,
) -> Result<(), Refusal> {
    let refuse = |name, message| Err(Refusal { name, message });
    if request.field("client_id") != Some(client_id) {
        return refuse("client_id", "client_id 항목이 유효하지 않습니다.");
    }
    if request.field("grant_type").is_some_and(|grant| grant != "client_credentials") {
        return refuse("grant_type", "grant_type 항목이 유효하지 않습니다.");
    }
    // An application of a single shop has SELF alone:
    // https://github.com/commerce-api-naver/commerce-api/discussions/780 (read 2026-03-11).
    if request.field("type") != Some("SELF") {
        return refuse("type", "type 항목이 유효하지 않습니다.");
    }
    let text = request.field("timestamp").unwrap_or_default();
    let Ok(timestamp) = text.parse::<Millis>() else {
        return refuse("timestamp", "timestamp 항목이 유효하지 않습니다.");
    };
    if timestamp > now {
        return refuse("timestamp", "timestamp 항목은 현재 이전이어야 합니다.");
    }
    if timestamp < now - 5 * MINUTE {
        return refuse("timestamp", "timestamp 항목의 유효 시간이 만료되었습니다.");
    }
    if request.field("client_secret_sign") != signature(client_id, client_secret, text).as_deref() {
        return refuse("client_secret_sign", "client_secret_sign 항목이 유효하지 않습니다.");
    }
    Ok(())
}

/// Every token that was handed out, the newest last.
#[derive(Debug)]
pub(crate) struct Tokens {
    issued: Vec<(String, Millis)>,
    /// Another for each application, so that no two get the same token.
    seed: u64,
}

impl Tokens {
    pub(crate) fn of(client_id: &str) -> Self {
        Self { issued: Vec::new(), seed: of_text(client_id) }
    }

    /// The token to hand out and its seconds to live: the present one while `renew_s` or more remain, else a new one.
    /// Older ones stay good until they expire.
    pub(crate) fn issue(&mut self, now: Millis, life_s: i64, renew_s: i64) -> (String, i64) {
        if let Some((token, expires_at)) = self.issued.last()
            && expires_at - now >= renew_s * SECOND
            && *expires_at > now
        {
            return (token.clone(), (expires_at - now) / SECOND);
        }
        let token = opaque(self.seed ^ now.unsigned_abs() ^ ((self.issued.len() as u64) << 48));
        self.issued.push((token.clone(), now + life_s * SECOND));
        // The first answer was seen as 10799, not 10800.
        (token, (life_s - 1).max(0))
    }

    pub(crate) fn is_good(&self, token: &str, now: Millis) -> bool {
        self.issued.iter().rev().any(|(issued, expires_at)| issued == token && now < *expires_at)
    }

    /// Every token that was handed out and not revoked.
    pub(crate) fn all(&self) -> Vec<String> {
        self.issued.iter().map(|(token, _)| token.clone()).collect()
    }

    /// That token is good no more.
    pub(crate) fn kill(&mut self, token: &str) {
        self.issued.retain(|(issued, _)| issued != token);
    }

    /// No token is good any more.
    pub(crate) fn revoke(&mut self) {
        self.issued.clear();
    }
}

/// 22 letters and digits, as the real ones.
fn opaque(seed: u64) -> String {
    let mut draw = Draw::new(seed);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..22).map(|_| char::from(draw.pick(letters))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_on_until_half_an_hour_is_left() {
        let mut tokens = Tokens::of("app");
        let start = 1_764_549_048_000;
        let (first, life) = tokens.issue(start, 10_800, 1_800);
        assert_eq!((first.len(), life), (22, 10_799));
        let (same, left) = tokens.issue(start + 9_000 * SECOND, 10_800, 1_800);
        assert_eq!((same, left), (first.clone(), 1_800));
        let (second, _) = tokens.issue(start + 9_001 * SECOND, 10_800, 1_800);
        assert_ne!(second, first);
        assert!(tokens.is_good(&first, start + 10_799 * SECOND));
        assert!(!tokens.is_good(&first, start + 10_800 * SECOND));
        assert!(tokens.is_good(&second, start + 10_800 * SECOND));
        assert!(!tokens.is_good("AAAAAAAAAAAAAAAAAAAAAA", start));
    }
}
