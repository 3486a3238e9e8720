//! Sealing: secrets are encrypted before they are written, bound to row and field.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Result, StorageError};

const NONCE_BYTES: usize = 24;

/// What a key is derived for; another purpose gets another key from the same master key.
const PURPOSE: &[u8] = b"connector credentials v1";
const KEY_ID: &[u8] = b"key id v1";

/// The keys that seal and open secrets. `Debug` shows their ids only.
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl Key {
    fn derive(master: &[u8; 32]) -> Self {
        let expand = |info: &[u8], out: &mut [u8]| {
            Hkdf::<Sha256>::new(None, master).expand(info, out).expect("the lengths are within HKDF's limit");
        };
        let mut bytes = Zeroizing::new([0; 32]);
        expand(PURPOSE, bytes.as_mut_slice());
        let mut id = [0; 4];
        expand(KEY_ID, &mut id);
        Self { id: format!("{:08x}", u32::from_be_bytes(id)), bytes }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }
}

impl KeyRing {
    /// Reads comma-separated base64 keys of 32 bytes each: the first seals, all open.
    ///
    /// # Errors
    /// `Sealing` when there is no key, or one is no base64 or has another length; the text is not quoted.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys = Vec::new();
        for (index, part) in text.split(',').map(str::trim).enumerate() {
            let wrong = || {
                StorageError::Sealing(format!(
                    "key {} of RUNNER_SECRET_KEY is not 32 bytes in base64 (44 characters, ending in \"=\")",
                    index + 1
                ))
            };
            let bytes = Zeroizing::new(BASE64.decode(part).map_err(|_| wrong())?);
            let master = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| wrong())?);
            keys.push(Key::derive(&master));
        }
        Ok(Self { keys })
    }

    /// Makes a new key; the text is what [`KeyRing::parse`] reads, to be kept safe.
    #[must_use]
    pub fn generate() -> (Self, String) {
        let mut master = Zeroizing::new([0; 32]);
        getrandom::fill(master.as_mut_slice()).expect("the system gives random bytes");
        (Self { keys: vec![Key::derive(&master)] }, BASE64.encode(master.as_slice()))
    }

    fn newest(&self) -> &Key {
        self.keys.first().expect("a key ring is never empty")
    }

    /// Seals a text for one place. Opening it in any other place fails.
    pub(crate) fn seal(&self, place: &Place<'_>, text: &str) -> Value {
        json!({ "sealed": self.seal_at(&place.to_string(), text) })
    }

    /// Seals a text for the place of that name.
    pub(crate) fn seal_at(&self, place: &str, text: &str) -> String {
        let key = self.newest();
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).expect("the system gives random bytes");
        let sealed = key
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: text.as_bytes(), aad: place.as_bytes() })
            .expect("a secret is far shorter than the cipher's limit");
        let bytes = [nonce.as_slice(), &sealed].concat();
        format!("v1.{}.{}", key.id, BASE64.encode(bytes))
    }

    /// Opens a sealed text.
    pub(crate) fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Zeroizing<String>> {
        self.open_at(&place.to_string(), sealed)
    }

    /// Opens what was sealed for the place of that name.
    pub(crate) fn open_at(&self, place: &str, sealed: &str) -> Result<Zeroizing<String>> {
        let broken = |what: &str| StorageError::Sealing(format!("{place}: the sealed value {what}"));
        let mut parts = sealed.splitn(3, '.');
        let (Some("v1"), Some(key_id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(broken("has a form that this program does not know"));
        };
        let Some(key) = self.keys.iter().find(|key| key.id == key_id) else {
            let ours: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
            return Err(broken(&format!(
                "was sealed with another RUNNER_SECRET_KEY (key {key_id}; given: {})",
                ours.join(", ")
            )));
        };
        let bytes = BASE64.decode(body).map_err(|_| broken("is damaged"))?;
        let (nonce, cipher) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| broken("is damaged"))?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).expect("split at that length");
        let text = key
            .cipher()
            .decrypt(&XNonce::from(nonce), Payload { msg: cipher, aad: place.as_bytes() })
            .map_err(|_| broken("was altered, or moved here from another row or field"))?;
        String::from_utf8(text).map(Zeroizing::new).map_err(|error| {
            error.into_bytes().zeroize();
            broken("is no text")
        })
    }

    /// Whether a sealed text was sealed with the key that seals now.
    pub(crate) fn is_newest(&self, sealed: &str) -> bool {
        sealed.split('.').nth(1) == Some(self.newest().id.as_str())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

/// Where a sealed value stands; bound to it as additional data.
pub(crate) struct Place<'a> {
    pub(crate) connector_id: i64,
    pub(crate) field: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connectors/{}/config_json/{}", self.connector_id, self.field)
    }
}

/// The keys, where there must be some.
pub(crate) fn required<'a>(keys: Option<&'a KeyRing>, place: &Place<'_>) -> Result<&'a KeyRing> {
    keys.ok_or_else(|| StorageError::Sealing(format!("{place} is secret, and no RUNNER_SECRET_KEY is given")))
}

/// The sealed text in a setting, if it is one.
pub(crate) fn sealed_text(value: &Value) -> Option<&str> {
    match value {
        Value::Object(object) if object.len() == 1 => object.get("sealed")?.as_str(),
        _ => None,
    }
}

/// The settings of a row with every sealed value opened.
pub(crate) fn open_all(
    keys: Option<&KeyRing>,
    connector_id: i64,
    config: &Map<String, Value>,
) -> Result<Map<String, Value>> {
    let mut opened = Map::new();
    for (field, value) in config {
        let value = match sealed_text(value) {
            Some(sealed) => {
                let place = Place { connector_id, field };
                Value::String(required(keys, &place)?.open(&place, sealed)?.to_string())
            }
            None => value.clone(),
        };
        opened.insert(field.clone(), value);
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place { connector_id: 7, field: "client_secret" };

    fn sealed(value: &Value) -> &str {
        sealed_text(value).expect("a sealed value")
    }

    #[test]
    fn opens_where_it_was_sealed_and_nowhere_else() {
        let (ring, _) = KeyRing::generate();
        let value = ring.seal(&PLACE, "hush");
        assert!(!value.to_string().contains("hush"));
        assert_eq!(ring.open(&PLACE, sealed(&value)).expect("the same place").as_str(), "hush");
        for place in [Place { connector_id: 8, ..PLACE }, Place { field: "client_id", ..PLACE }] {
            let error = ring.open(&place, sealed(&value)).expect_err("another place");
            assert!(error.to_string().contains("moved here from another row or field"), "{error}");
        }
    }

    #[test]
    fn the_same_text_never_seals_to_the_same_value() {
        let (ring, _) = KeyRing::generate();
        assert_ne!(ring.seal(&PLACE, "hush"), ring.seal(&PLACE, "hush"));
    }

    #[test]
    fn an_older_key_opens_and_the_first_one_seals() {
        let (old, old_text) = KeyRing::generate();
        let (_, new_text) = KeyRing::generate();
        let both = KeyRing::parse(&format!("{new_text}, {old_text}")).expect("two keys");
        let value = old.seal(&PLACE, "hush");
        assert!(!both.is_newest(sealed(&value)));
        assert_eq!(both.open(&PLACE, sealed(&value)).expect("an older key").as_str(), "hush");
        let again = both.seal(&PLACE, "hush");
        assert!(both.is_newest(sealed(&again)));
        let error = old.open(&PLACE, sealed(&again)).expect_err("a key that it does not have");
        assert!(error.to_string().contains("another RUNNER_SECRET_KEY"), "{error}");
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let (ring, _) = KeyRing::generate();
        let value = ring.seal(&PLACE, "hush");
        let (head, body) = sealed(&value).rsplit_once('.').expect("three parts");
        let bytes = BASE64.decode(body).expect("base64");
        for index in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[index] ^= 1;
            let text = format!("{head}.{}", BASE64.encode(altered));
            ring.open(&PLACE, &text).expect_err("an altered value");
        }
        for text in ["", "v1", "v2.00000000.AAAA", &format!("{head}."), &format!("{head}.AAAA")] {
            ring.open(&PLACE, text).expect_err(text);
        }
    }

    #[test]
    fn a_bad_key_is_refused_without_being_shown() {
        for text in ["", "hush", "aHVzaA==", "not base64 at all !!"] {
            let error = KeyRing::parse(text).expect_err(text);
            assert!(error.to_string().contains("32 bytes"), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
        let (ring, text) = KeyRing::generate();
        assert!(!format!("{ring:?}").contains(&text));
    }

    proptest::proptest! {
        /// Whatever stands where a sealed value should: it does not open, and nothing of the keys is shown.
        #[test]
        fn nothing_else_opens(id in "[0-9a-f]{0,8}", body in "[A-Za-z0-9+/=.]{0,80}", noise in "\\PC{0,40}") {
            let (ring, text) = KeyRing::generate();
            let ours = ring.newest().id.clone();
            for sealed in [noise, format!("v1.{id}.{body}"), format!("v1.{ours}.{body}")] {
                let error = ring.open(&PLACE, &sealed).expect_err("made up");
                proptest::prop_assert!(!error.to_string().contains(text.trim_end_matches('=')));
                let names_ours = sealed.split('.').nth(1) == Some(ours.as_str());
                proptest::prop_assert_eq!(ring.is_newest(&sealed), names_ours);
            }
        }

        #[test]
        fn any_text_is_keys_or_refused(text in "[A-Za-z0-9+/=, -]{0,100}") {
            if let Ok(ring) = KeyRing::parse(&text) {
                let value = ring.seal(&PLACE, &text);
                let opened = ring.open(&PLACE, sealed(&value)).expect("its own");
                proptest::prop_assert_eq!(opened.as_str(), text);
            }
        }
    }
}
