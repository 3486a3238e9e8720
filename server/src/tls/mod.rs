//! HTTPS with a certificate that the operator gives: its files, their renewal, and handshakes that hold nobody up.

mod files;
mod listener;
mod renewal;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;

pub use files::{TlsError, TlsFiles};
pub(crate) use listener::TlsListener;
pub(crate) use renewal::{Hangups, renew_for_ever};

/// A certificate and its key, read and found to fit. `Debug` names their files only.
pub struct Tls {
    files: TlsFiles,
    current: RwLock<Current>,
}

/// What handshakes are made with from now on.
struct Current {
    config: Arc<ServerConfig>,
    digest: [u8; 32],
}

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// When one cannot be read or holds nothing of use, and when they do not fit each other.
    pub fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let pem = files.read()?;
        let current = Current { config: pem.config(&files)?, digest: pem.digest() };
        Ok(Self { files, current: RwLock::new(current) })
    }

    fn config(&self) -> Arc<ServerConfig> {
        // Replaced whole, so it is sound whatever a writer did.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// Reads both files again; whether they changed. After an error what was read before stays in use.
    fn renew(&self) -> Result<bool, TlsError> {
        let pem = self.files.read()?;
        let digest = pem.digest();
        if self.current.read().unwrap_or_else(PoisonError::into_inner).digest == digest {
            return Ok(false);
        }
        let current = Current { config: pem.config(&self.files)?, digest };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(true)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.files).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn files_are_read_again_and_a_bad_pair_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let files =
            TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let (certificate, key) = pair();
        fs::write(&files.certificate, &certificate).expect("written");
        fs::write(&files.key, &key).expect("written");
        let tls = Tls::read(files.clone()).expect("a good pair");
        let first = tls.config();
        assert_eq!(tls.renew(), Ok(false));
        assert!(Arc::ptr_eq(&first, &tls.config()), "sessions go on");

        let (other, other_key) = pair();
        fs::write(&files.certificate, &other).expect("written");
        let error = tls.renew().expect_err("the key is the old one");
        assert!(error.to_string().contains("another key"), "{error}");
        assert!(Arc::ptr_eq(&first, &tls.config()));
        fs::write(&files.key, &other_key).expect("written");
        assert_eq!(tls.renew(), Ok(true));
        assert!(!Arc::ptr_eq(&first, &tls.config()));

        let shown = format!("{tls:?}");
        assert!(shown.contains("key.pem"), "{shown}");
        let secret = other_key.lines().nth(1).expect("base64");
        assert!(!shown.contains(secret) && !error.to_string().contains(secret));
    }
}
