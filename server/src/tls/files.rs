//! A certificate and its key as PEM files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_core::Secret;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{InconsistentKeys, ServerConfig};
use sha2::{Digest as _, Sha256};

/// Where a certificate and its key lie, both PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, followed by those that lead to a root; certbot's `fullchain.pem`.
    pub certificate: PathBuf,
    /// Its private key, not encrypted; certbot's `privkey.pem`.
    pub key: PathBuf,
}

/// Why a certificate cannot be used. Holds nothing of the files' content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    message: String,
    fix: String,
}

impl TlsError {
    fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { message: message.into(), fix: fix.into() }
    }

    /// What a person should do.
    #[must_use]
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

/// One line, without the fix.
impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TlsError {}

/// What the files hold.
pub(super) struct Pem {
    certificate: String,
    key: Secret,
}

impl TlsFiles {
    pub(super) fn read(&self) -> Result<Pem, TlsError> {
        Ok(Pem {
            certificate: text("certificate", &self.certificate)?,
            key: Secret::new(text("private key", &self.key)?),
        })
    }
}

fn text(what: &str, path: &Path) -> Result<String, TlsError> {
    std::fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        TlsError::new(
            format!("the {what} {path} cannot be read: {error}"),
            format!("name a PEM file that this user can read; see `ls -l {path}`"),
        )
    })
}

impl Pem {
    /// The same for the same content.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.certificate.as_str(), self.key.expose()] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// TLS 1.2 and 1.3 with this certificate, for HTTP/2 and HTTP/1.1.
    pub(super) fn config(&self, files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = ring::default_provider();
        let chain = self.chain(&files.certificate)?;
        let key_file = files.key.display();
        let key = provider.key_provider.load_private_key(self.key(&files.key)?).map_err(|_| {
            TlsError::new(
                format!("the private key in {key_file} is of no kind that is understood"),
                "make one of RSA with 2048 bits or more, of ECDSA on P-256 or P-384, or of Ed25519",
            )
        })?;
        let pair = CertifiedKey::new(chain, key);
        match pair.keys_match() {
            // Some keys do not tell; the first handshake would.
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(TlsError::new(
                    format!(
                        "the certificate {} is for another key than {key_file}",
                        files.certificate.display()
                    ),
                    "give the certificate and the key that were made together; in a chain the server's own certificate \
                     comes first",
                ));
            }
            Err(error) => return Err(malformed(&files.certificate, &error)),
        }
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .expect("ring has the suites of both versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn chain(&self, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let chain: Result<Vec<_>, pem::Error> =
            CertificateDer::pem_slice_iter(self.certificate.as_bytes()).collect();
        let chain = chain.map_err(|error| malformed(path, &error))?;
        if chain.is_empty() {
            return Err(TlsError::new(
                format!("{} holds no certificate", path.display()),
                "give a PEM file with -----BEGIN CERTIFICATE----- in it, such as certbot's fullchain.pem",
            ));
        }
        Ok(chain)
    }

    fn key(&self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        let text = self.key.expose();
        // What is wrong with it is not said: that might quote it.
        PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
            let path = path.display();
            if text.contains("ENCRYPTED") {
                return TlsError::new(
                    format!("the private key in {path} is encrypted"),
                    format!(
                        "take its password away: openssl pkey -in {path} -out key.pem; then chmod 600 key.pem"
                    ),
                );
            }
            TlsError::new(
                format!("{path} holds no private key that can be read"),
                "give a PEM file with -----BEGIN PRIVATE KEY----- in it, such as certbot's privkey.pem",
            )
        })
    }
}

fn malformed(path: &Path, error: &dyn fmt::Display) -> TlsError {
    TlsError::new(
        format!("the certificate in {} is malformed: {error}", path.display()),
        "give the PEM file as it was issued, such as certbot's fullchain.pem",
    )
}
