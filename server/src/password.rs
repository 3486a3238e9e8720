//! Passwords: Argon2id, in threads that may block.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use connector_core::Secret;
use tokio::sync::Semaphore;

/// The hash of a password, salt and parameters included.
pub(crate) fn hash(password: &Secret) -> Secret {
    let hash = Argon2::default()
        .hash_password(password.expose().as_bytes())
        .expect("the default parameters take any password");
    Secret::new(hash.to_string())
}

/// Whether the password belongs to the hash. Without a hash it takes as long and is never right: whether there is such
/// a user cannot be told by the clock.
pub(crate) async fn verify(hashing: &Arc<Semaphore>, password: Secret, hash: Option<String>) -> bool {
    static NOBODYS: LazyLock<Secret> = LazyLock::new(|| self::hash(&Secret::new("nobody's")));
    let permit = Arc::clone(hashing).acquire_owned().await.expect("the semaphore is never closed");
    let check = move || {
        let _permit = permit;
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.expose().to_owned());
        let parsed = PasswordHash::new(&hash);
        let is_right = parsed.is_ok_and(|parsed| {
            Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok()
        });
        is_right && is_known
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hashing = Arc::new(Semaphore::new(1));
        let hashed = hash(&Secret::new("correct horse"));
        assert!(hashed.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "the algorithm and its cost");
        let text = Some(hashed.expose().to_owned());
        assert!(verify(&hashing, Secret::new("correct horse"), text.clone()).await);
        assert!(!verify(&hashing, Secret::new("correct hors"), text).await);
        assert!(!verify(&hashing, Secret::new("nobody's"), None).await, "nobody cannot sign in");
        assert!(!verify(&hashing, Secret::new("x"), Some("no hash".to_owned())).await);
    }
}
