//! What every command works with: the open database, the settings, the time.

use std::path::PathBuf;

use connector_core::Clock;
use storage::{Backend, Migrate, OpenOptions, Storage, StorageError};

use crate::error::Result;
use crate::settings::Settings;

/// An open database and the settings. Cloning is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Context {
    /// The database.
    pub storage: Storage,
    /// What the environment says.
    pub settings: Settings,
    /// The machine's clock; fixtures bring their own.
    pub clock: Clock,
    /// The database's address, with its password.
    database_url: DatabaseUrl,
    has_keys: bool,
}

/// An address that may hold a password. `Debug` leaves it out.
#[derive(Clone)]
struct DatabaseUrl(String);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Storage::safe_url(&self.0))
    }
}

impl Context {
    /// Opens the database. A SQLite file is made and brought up to date where needed; PostgreSQL tables that are out
    /// of date are refused. Takes the key for secrets that is there and makes none.
    ///
    /// # Errors
    /// When the database cannot be used, or a key is there and unusable.
    pub async fn open(settings: Settings, database_url: &str) -> Result<Self> {
        let backend = Storage::backend_of(database_url)?;
        let keys = settings.existing_keys(backend)?;
        let has_keys = keys.is_some();
        let migrate = match backend {
            Backend::Sqlite => Migrate::Run,
            Backend::Postgres => Migrate::Require,
        };
        let options = OpenOptions { url: database_url.to_owned(), keys, migrate };
        let storage = Storage::open(options).await?;
        let database_url = DatabaseUrl(database_url.to_owned());
        Ok(Self { storage, settings, clock: Clock::system(), database_url, has_keys })
    }

    /// Makes sure that secrets can be sealed, by this context and all its clones: makes the key file where there is
    /// none. Call it before anything is sealed; a run that seals nothing then works without any key.
    ///
    /// # Errors
    /// `Usage` when there is no key and none can be made.
    pub fn ensure_key(&self) -> Result<()> {
        if !self.has_keys {
            let file = database_file(&self.database_url.0);
            self.storage.give_keys(self.settings.keys(self.storage.backend(), file.as_deref())?);
        }
        Ok(())
    }

    /// The database's address without password, for messages.
    #[must_use]
    pub fn safe_database_url(&self) -> String {
        Storage::safe_url(&self.database_url.0)
    }
}

/// Brings a database up to date; returns the names of the migrations that were applied.
///
/// # Errors
/// When the database cannot be used.
pub async fn migrate(database_url: &str) -> Result<Vec<String>> {
    let open = |migrate| Storage::open(OpenOptions { url: database_url.to_owned(), keys: None, migrate });
    match open(Migrate::Require).await {
        Ok(_) => Ok(Vec::new()),
        Err(StorageError::MigrationsPending { pending, .. }) => {
            open(Migrate::Run).await?;
            Ok(pending)
        }
        Err(error) => Err(error.into()),
    }
}

/// The file behind a SQLite address; `None` for a server.
fn database_file(url: &str) -> Option<PathBuf> {
    match Storage::backend_of(url) {
        Ok(Backend::Sqlite) => {
            let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
            Some(PathBuf::from(path))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_out_of_debug() {
        let url = DatabaseUrl("postgres://me:hush@db/shop".into());
        assert!(!format!("{url:?}").contains("hush"));
    }

    #[test]
    fn knows_the_file_of_a_sqlite_address() {
        for url in ["sqlite:///a/b.db", "sqlite:/a/b.db", "/a/b.db"] {
            assert_eq!(database_file(url), Some(PathBuf::from("/a/b.db")), "{url}");
        }
        assert_eq!(database_file("postgres://db/shop"), None);
    }
}
