//! The certificate that the server is given.

use server::{Tls, TlsFiles};

use crate::cli::ServeArgs;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// The certificate to serve with, from the command line or else from the environment; `None` for plain HTTP.
///
/// # Errors
/// `Usage` when only one of certificate and key is given, when one cannot be used, and when they do not fit each other.
pub fn certificate(args: &ServeArgs, settings: &Settings) -> Result<Option<Tls>> {
    let certificate = args.tls_cert.as_ref().or(settings.tls_cert_file.as_ref());
    let key = args.tls_key.as_ref().or(settings.tls_key_file.as_ref());
    let files = match (certificate, key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => TlsFiles { certificate: certificate.clone(), key: key.clone() },
        (Some(certificate), None) => {
            return Err(Error::usage(
                format!("the certificate {} is given without its private key", certificate.display()),
                "give the key with --tls-key or RUNNER_TLS_KEY_FILE",
            ));
        }
        (None, Some(key)) => {
            return Err(Error::usage(
                format!("the private key {} is given without its certificate", key.display()),
                "give the certificate with --tls-cert or RUNNER_TLS_CERT_FILE",
            ));
        }
    };
    Tls::read(files).map(Some).map_err(|error| Error::usage(error.to_string(), error.fix()))
}

/// What to say of an address that others reach, where neither this server nor a proxy that was named speaks TLS.
pub(super) fn warning(args: &ServeArgs, is_https: bool) -> Option<String> {
    let is_open = !args.listen.ip().to_canonical().is_loopback() && args.trusted_proxy.is_empty();
    (is_open && !is_https).then(|| {
        format!(
            "{} is reached by others and without TLS: passwords, tokens and orders can be read on the way; give --tls-cert and \
             --tls-key, or name the proxy with TLS before it with --trusted-proxy",
            args.listen
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn args(arguments: &[&str]) -> ServeArgs {
        let cli = Cli::try_parse_from([&["runner", "serve"], arguments].concat()).expect("arguments");
        match cli.command {
            Some(Command::Serve(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_open_address_without_tls_is_warned_of() {
        let open = ["--listen", "0.0.0.0:8080"];
        assert!(warning(&args(&open), false).expect("a warning").contains("0.0.0.0:8080"));
        assert!(warning(&args(&["--listen", "[::]:8080"]), false).is_some());
        assert_eq!(warning(&args(&open), true), None, "with a certificate");
        assert_eq!(warning(&args(&[&open[..], &["--trusted-proxy", "10.0.0.1"]].concat()), false), None);
        for loopback in ["127.0.0.1:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
            assert_eq!(warning(&args(&["--listen", loopback]), false), None, "{loopback}");
        }
    }

    #[test]
    fn a_certificate_and_its_key_go_together() {
        let settings = Settings::default();
        assert!(certificate(&args(&[]), &settings).expect("plain HTTP").is_none());
        let alone = |arguments: &[&str]| {
            let error = certificate(&args(arguments), &settings).expect_err("one of two");
            assert_eq!(error.exit_code(), 2);
            format!("{error}; {}", error.fix())
        };
        let key_missing = alone(&["--tls-cert", "c.pem"]);
        assert!(
            key_missing.contains("c.pem") && key_missing.contains("RUNNER_TLS_KEY_FILE"),
            "{key_missing}"
        );
        let certificate_missing = alone(&["--tls-key", "k.pem"]);
        assert!(certificate_missing.contains("k.pem") && certificate_missing.contains("--tls-cert"));
        // One from each place is a pair; these two are read, and are not there.
        let settings = Settings { tls_key_file: Some("/none/k.pem".into()), ..Settings::default() };
        let error = certificate(&args(&["--tls-cert", "/none/c.pem"]), &settings).expect_err("no such file");
        assert!(error.to_string().contains("/none/c.pem cannot be read"), "{error}");
    }
}
