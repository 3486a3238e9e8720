//! The electronic signature of the token request: `base64(bcrypt(client_id + "_" + timestamp, salt = client_secret))`.
//!
//! The issued secret is itself a bcrypt salt of 29 characters, `$2a$04$` and 22 of salt.
//! Source: <https://apicenter.commerce.naver.com/docs/commerce-api/current/exchange-sellers-auth> (read 2026-03-11).

use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bcrypt::Version;
use connector_core::{Error, Result, Secret};

/// 22 characters carry 132 bits for 128. The platform issues secrets, its own documented example among them, whose
/// last character sets the four bits that are left over; strict decoders refuse those.
const SALT: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

const SECRET_LENGTH: usize = 29;

/// The `client_secret_sign` of a token request; 80 characters. `timestamp` is in milliseconds since 1970 and must be
/// the one in the form. Costs what the secret's cost says: about 1 ms at 4, 60 ms at 10.
///
/// # Errors
/// `Config` when the secret is no bcrypt salt.
pub(crate) fn signature(client_id: &Secret, client_secret: &Secret, timestamp: i64) -> Result<String> {
    let Salt { version, cost, bytes } = parse(client_secret.expose())?;
    let password = Secret::new(format!("{}_{timestamp}", client_id.expose()));
    let hash = bcrypt::hash_with_salt(password.expose(), cost, bytes)
        .map_err(|_| Error::config("client_secret: its bcrypt cost is outside 04 to 31"))?;
    // The platform compares texts: a hash that starts with $2b$ where the secret says $2a$ is another signature.
    Ok(STANDARD.encode(hash.format_for_version(version)))
}

/// Checks that a secret has the shape of a bcrypt salt.
///
/// # Errors
/// `Config`, with the usual cause as fix; the secret is not quoted.
pub(crate) fn check_secret(client_secret: &Secret) -> Result<()> {
    parse(client_secret.expose()).map(|_| ())
}

struct Salt {
    version: Version,
    cost: u32,
    bytes: [u8; 16],
}

fn parse(secret: &str) -> Result<Salt> {
    let wrong = |what: String| {
        Error::config(format!("client_secret is not the bcrypt salt that the Commerce API center issues: {what}"))
            .with_fix(
                "copy it again, all 29 characters. Shells, .env and compose files replace $2a and the other parts \
                 after each $ by nothing: put it in single quotes ('$2a$04$...'; in compose files write $$ for $)",
            )
    };
    if !secret.is_ascii() || secret.len() != SECRET_LENGTH {
        let length = secret.chars().count();
        let cut = if secret.starts_with("$2") { "" } else { " and it does not start with $2" };
        return Err(wrong(format!("it has {length} characters instead of {SECRET_LENGTH}{cut}")));
    }
    let version = match &secret[..4] {
        "$2a$" => Version::TwoA,
        "$2b$" => Version::TwoB,
        "$2y$" => Version::TwoY,
        _ => return Err(wrong("it starts with none of $2a$, $2b$, $2y$".to_owned())),
    };
    let digits = &secret[4..6];
    let cost = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse::<u32>().ok())
        .flatten()
        .filter(|cost| (4..=31).contains(cost))
        .ok_or_else(|| wrong("its cost is not between 04 and 31".to_owned()))?;
    if secret.as_bytes()[6] != b'$' {
        return Err(wrong("there is no $ after its cost".to_owned()));
    }
    let mut bytes = [0; 16];
    match SALT.decode_slice(&secret[7..], &mut bytes) {
        Ok(16) => Ok(Salt { version, cost, bytes }),
        _ => Err(wrong("its last 22 characters are not all letters, digits, dots or slashes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use connector_core::ErrorKind;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        id: String,
        client_id: Secret,
        client_secret: Secret,
        timestamp: i64,
        bcrypt_hash: String,
        client_secret_sign: String,
    }

    fn vectors() -> Vec<Vector> {
        let text = include_str!("../tests/samples/signature_vectors.json");
        serde_json::from_str::<Vectors>(text).expect("the vectors").vectors
    }

    #[test]
    fn every_vector_is_met() {
        let vectors = vectors();
        assert_eq!(vectors.len(), 5);
        for vector in vectors {
            let sign =
                signature(&vector.client_id, &vector.client_secret, vector.timestamp).expect(&vector.id);
            assert_eq!(sign, vector.client_secret_sign, "{}", vector.id);
            let hash = STANDARD.decode(&sign).expect("base64");
            assert_eq!(hash, vector.bcrypt_hash.as_bytes(), "{}", vector.id);
            assert_eq!(sign.len(), 80);
        }
    }

    #[test]
    fn the_version_prefix_is_kept() {
        let id = Secret::new("simclient0000000000000");
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let secret = Secret::new(format!("{prefix}04$KBTMVR2jQfWqZLnH7cDxYe"));
            let sign = signature(&id, &secret, 1_735_689_600_000).expect("a good secret");
            let hash = STANDARD.decode(sign).expect("base64");
            assert!(hash.starts_with(secret.expose().as_bytes()), "{prefix}");
            assert!(hash.ends_with(b"ARTCVQhNn1An8QxGM01/jlxQ2IObVJm"), "{prefix}");
        }
    }

    #[test]
    fn a_secret_whose_dollar_parts_were_eaten_is_explained() {
        // What a shell leaves of "$2a$04$KBTMVR2jQfWqZLnH7cDxYe" in double quotes, and other ways to spoil it.
        for spoilt in [
            "",
            "a4",
            "KBTMVR2jQfWqZLnH7cDxYe",
            "$2a$04$KBTMVR2jQfWqZLnH7cDxY",
            "$2a$04$KBTMVR2jQfWqZLnH7cDxYe ",
            "$2x$04$KBTMVR2jQfWqZLnH7cDxYe",
            "$2a$03$KBTMVR2jQfWqZLnH7cDxYe",
            "$2a$32$KBTMVR2jQfWqZLnH7cDxYe",
            "$2a$+4$KBTMVR2jQfWqZLnH7cDxYe",
            "$2a$04.KBTMVR2jQfWqZLnH7cDxYe",
            "$2a$04$KBTMVR2jQfWqZLnH7cDxY=",
            "$2a$04$KBTMVR2jQfWqZLnH7cDxé",
        ] {
            let error = check_secret(&Secret::new(spoilt)).expect_err(spoilt);
            assert_eq!(error.kind(), ErrorKind::Config, "{spoilt}");
            assert!(error.fix().contains("single quotes"), "{spoilt}");
            assert!(!error.to_string().contains("KBTM"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_secret_makes_it_panic(secret in "\\PC{0,40}", shaped in "\\$2[abxy]\\$[0-9]{2}\\$\\PC{22}") {
            drop(parse(&secret));
            drop(parse(&shaped));
        }
    }
}
