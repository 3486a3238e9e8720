//! The signature: HMAC-SHA256 over time, method, path and query, anew for each attempt.
//!
//! The platform verifies the query byte for byte as it was sent, and takes a signature for five minutes.
//! Source: <https://developers.coupangcorp.com/hc/ko/articles/360033461914> (read 2026-11).

use chrono::{DateTime, Utc};
use connector_core::http::Request;
use connector_core::{Error, Result, Secret};
use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use sha2::Sha256;

use crate::settings::Settings;

/// Signs with the keys of the settings: a credential that an earlier process kept may be of an older key.
///
/// # Errors
/// `Config` when the settings cannot stand in headers, `Unsupported` for a request that is not on its way.
pub(crate) fn sign(request: &mut Request, settings: &Settings) -> Result<()> {
    let Settings { access_key, secret_key, vendor_id, base_url, .. } = settings;
    let at = request.at.ok_or_else(|| Error::unsupported("signing a request that is not on its way"))?;
    let path = path_on_the_wire(base_url, &request.path);
    let what = format!("{}{path}{}", request.method, request.query_text());
    let header = authorization(access_key, secret_key, at, &what)?;
    request.secret_header(AUTHORIZATION, header.expose())?;
    request.secret_header(HeaderName::from_static("x-requested-by"), vendor_id)?;
    let headers = &mut request.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert("x-market", HeaderValue::from_static("KR"));
    Ok(())
}

/// The `Authorization` header of a request that goes out at `at`; `what` is its method, the path from the host on and the encoded
/// query, without anything between.
///
/// # Errors
/// Never in practice: HMAC takes keys of any length.
pub(crate) fn authorization(
    access_key: &Secret,
    secret_key: &Secret,
    at: DateTime<Utc>,
    what: &str,
) -> Result<Secret> {
    let date = at.format("%y%m%dT%H%M%SZ");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret_key.expose().as_bytes())
        .map_err(|_| Error::config("secret_key cannot sign"))?;
    mac.update(format!("{date}{what}").as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret::new(format!(
        "CEA algorithm=HmacSHA256, access-key={}, signed-date={date}, signature={signature}",
        access_key.expose()
    )))
}

/// The path of an address from its host on; a path that stands alone is below `base_url`, whose own path belongs to it.
pub(crate) fn path_on_the_wire(base_url: &str, path: &str) -> String {
    let url = if path.starts_with('/') { format!("{base_url}{path}") } else { path.to_owned() };
    let behind_scheme = url.find("://").map_or(0, |at| at + 3);
    match url[behind_scheme..].find('/') {
        Some(at) => url[behind_scheme + at..].to_owned(),
        None => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        access_key: Secret,
        secret_key: Secret,
        datetime: String,
        method: String,
        path: String,
        query: String,
        authorization: String,
    }

    #[test]
    fn every_vector_is_met() {
        let text = include_str!("../tests/samples/hmac_test_vectors.json");
        let vectors: Vec<Vector> = serde_json::from_str(text).expect("the vectors");
        assert_eq!(vectors.len(), 7);
        for vector in vectors {
            let at =
                NaiveDateTime::parse_from_str(&vector.datetime, "%y%m%dT%H%M%SZ").expect("a date").and_utc();
            let what = format!("{}{}{}", vector.method, vector.path, vector.query);
            let header = authorization(&vector.access_key, &vector.secret_key, at, &what).expect("a key");
            assert_eq!(header.expose(), vector.authorization, "{}", vector.name);
        }
    }

    #[test]
    fn the_path_is_signed_as_it_goes_over_the_wire() {
        for (base_url, path, expected) in [
            ("https://api-gateway.coupang.com", "/v2/x", "/v2/x"),
            ("http://127.0.0.1:9900/coupang", "/v2/x", "/coupang/v2/x"),
            ("https://api-gateway.coupang.com", "https://elsewhere.example/v2/y", "/v2/y"),
            ("https://api-gateway.coupang.com", "https://elsewhere.example", "/"),
        ] {
            assert_eq!(path_on_the_wire(base_url, path), expected);
        }
    }
}
