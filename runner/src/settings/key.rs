//! The key that seals secrets: where it is, and how it comes to be.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use storage::{Backend, KeyRing};

use super::Settings;
use crate::error::{Error, Result};

/// The key file's name in our configuration folder.
const FILE: &str = "secret.key";

/// Where the key is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// The variable `RUNNER_SECRET_KEY`.
    Variable,
    /// The file that `RUNNER_SECRET_KEY_FILE` names.
    NamedFile(PathBuf),
    /// The file in the user's configuration folder, made at first use.
    OwnFile(PathBuf),
    /// Nowhere: PostgreSQL needs a key that all its runners share.
    MustBeGiven,
    /// Nowhere: there is no configuration folder.
    NoFolder,
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// A good key.
    Present,
    /// None yet; it is made when the first secret is sealed.
    MadeAtFirstUse,
    /// None, and none can be made.
    Missing,
}

impl Settings {
    /// Where the key for this kind of database is looked for.
    #[must_use]
    pub fn key_place(&self, backend: Backend) -> KeyPlace {
        if self.secret_key.is_some() {
            return KeyPlace::Variable;
        }
        if let Some(path) = &self.secret_key_file {
            return KeyPlace::NamedFile(path.clone());
        }
        match (backend, &self.config_folder) {
            (Backend::Postgres, _) => KeyPlace::MustBeGiven,
            (Backend::Sqlite, Some(folder)) => KeyPlace::OwnFile(folder.join(FILE)),
            (Backend::Sqlite, None) => KeyPlace::NoFolder,
        }
    }

    /// The keys, where they are there already; never makes any.
    ///
    /// # Errors
    /// `Usage` when a key is there and unusable: malformed, unreadable, or readable by others.
    pub fn existing_keys(&self, backend: Backend) -> Result<Option<KeyRing>> {
        match self.key_place(backend) {
            KeyPlace::Variable => {
                let text = self.secret_key.as_ref().map_or("", |key| key.expose());
                parse(text, "RUNNER_SECRET_KEY").map(Some)
            }
            KeyPlace::NamedFile(path) => match read_file(&path)? {
                Some(keys) => Ok(Some(keys)),
                None => Err(Error::usage(
                    format!("RUNNER_SECRET_KEY_FILE names {}, which is not there", path.display()),
                    format!("make one: (umask 077; head -c 32 /dev/urandom | base64 > {})", path.display()),
                )),
            },
            // A folder that is closed to us holds no key of ours; only making one there is an error.
            KeyPlace::OwnFile(path) => match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
                _ => read_file(&path),
            },
            KeyPlace::MustBeGiven | KeyPlace::NoFolder => Ok(None),
        }
    }

    /// The keys; makes the key file when there is none yet. When several processes come here at once, one makes the
    /// key and all use it.
    ///
    /// # Errors
    /// `Usage` as for [`Settings::existing_keys`], and when no key can be made.
    pub fn keys(&self, backend: Backend, database: Option<&Path>) -> Result<KeyRing> {
        if let Some(keys) = self.existing_keys(backend)? {
            return Ok(keys);
        }
        match self.key_place(backend) {
            KeyPlace::OwnFile(path) => {
                refuse_beside(&path, database)?;
                make_file(&path).map_err(|error| {
                    Error::usage(
                        format!("no key to seal secrets with: {} cannot be made: {error}", path.display()),
                        "make the folder writable, or give a key in RUNNER_SECRET_KEY \
                         (`head -c 32 /dev/urandom | base64`)",
                    )
                })?;
                read_file(&path)?.ok_or_else(|| {
                    Error::usage(
                        format!("{} vanished right after it was made", path.display()),
                        "start the command again",
                    )
                })
            }
            KeyPlace::NoFolder => Err(Error::usage(
                "no key to seal secrets with: neither RUNNER_SECRET_KEY nor a home folder is set",
                "set HOME or XDG_CONFIG_HOME, or give a key in RUNNER_SECRET_KEY \
                 (`head -c 32 /dev/urandom | base64`)",
            )),
            _ => Err(Error::usage(
                "no key to seal secrets with: PostgreSQL needs RUNNER_SECRET_KEY",
                "make one with `head -c 32 /dev/urandom | base64` and give the same to every runner \
                 in RUNNER_SECRET_KEY or RUNNER_SECRET_KEY_FILE",
            )),
        }
    }

    /// What is there, for `runner doctor`.
    ///
    /// # Errors
    /// As for [`Settings::existing_keys`].
    pub fn key_state(&self, backend: Backend) -> Result<KeyState> {
        if self.existing_keys(backend)?.is_some() {
            return Ok(KeyState::Present);
        }
        Ok(match self.key_place(backend) {
            KeyPlace::OwnFile(_) => KeyState::MadeAtFirstUse,
            _ => KeyState::Missing,
        })
    }
}

fn parse(text: &str, place: &str) -> Result<KeyRing> {
    KeyRing::parse(text.trim()).map_err(|_| {
        Error::usage(
            format!("{place} holds no usable key"),
            "it takes base64 of 32 bytes, several separated by commas: `head -c 32 /dev/urandom | base64`",
        )
    })
}

/// The keys in a file; `None` when there is no such file.
fn read_file(path: &Path) -> Result<Option<KeyRing>> {
    let unreadable = |error: io::Error| {
        Error::usage(
            format!("the key file {} cannot be read: {error}", path.display()),
            "make it readable for this user, or give a key in RUNNER_SECRET_KEY",
        )
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    refuse_open_to_others(path, &metadata)?;
    let text = connector_core::Secret::new(fs::read_to_string(path).map_err(unreadable)?);
    parse(text.expose(), &format!("the key file {}", path.display())).map(Some)
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::usage(
        format!("the key file {} is open to other users (mode {mode:04o})", path.display()),
        format!("chmod 600 {}", path.display()),
    ))
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path, _metadata: &fs::Metadata) -> Result<()> {
    Ok(())
}

/// A key beside the database would leave with every copy of it.
fn refuse_beside(key: &Path, database: Option<&Path>) -> Result<()> {
    let folder = |path: &Path| -> Option<PathBuf> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::canonicalize(parent).ok()
    };
    match (folder(key), database.and_then(folder)) {
        (Some(key_folder), Some(database_folder)) if key_folder == database_folder => Err(Error::usage(
            format!("the key file would lie beside the database, in {}", key_folder.display()),
            "move the database, or name another key file in RUNNER_SECRET_KEY_FILE",
        )),
        _ => Ok(()),
    }
}

/// Makes the key file, or finds that another process has just done so. The file appears under its name with its
/// whole content: readers never see half a key.
fn make_file(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;

    static DRAFTS: AtomicU32 = AtomicU32::new(0);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let draft = folder.join(format!("{FILE}.{}.{number}.new", std::process::id()));
    // Left behind by a process of the same id that was killed here.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let (_, text) = KeyRing::generate();
    let text = connector_core::Secret::new(text);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(text.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    // A link, unlike a rename, never replaces a key that is already in use.
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    linked.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever stands in the variable or the file: a good key, or an error that does not quote it.
        #[test]
        fn any_key_is_taken_or_refused(text in "[A-Za-z0-9+/=, \\n-]{8,90}") {
            match parse(&text, "RUNNER_SECRET_KEY") {
                Ok(_) => proptest::prop_assert!(text.split(',').all(|key| key.trim().len() == 44)),
                Err(error) => {
                    let shown = format!("{error:?} {error} {}", error.fix());
                    proptest::prop_assert!(!shown.contains(text.trim()) || text.trim().len() < 8);
                }
            }
        }

        #[test]
        fn any_key_file_is_taken_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("key");
            fs::write(&path, bytes).expect("a file");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("our file");
            }
            let named = Settings { secret_key_file: Some(path), ..Settings::default() };
            proptest::prop_assert!(named.existing_keys(Backend::Sqlite).is_err(), "noise is no key");
        }
    }

    fn settings(folder: &Path) -> Settings {
        Settings { config_folder: Some(folder.join("config")), ..Settings::default() }
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        assert_eq!(settings.key_state(Backend::Sqlite).unwrap(), KeyState::MadeAtFirstUse);
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let settings = settings.clone();
                std::thread::spawn(move || settings.keys(Backend::Sqlite, None).map(drop))
            })
            .collect();
        for start in starts {
            start.join().expect("no panic").expect("a key");
        }
        let names: Vec<_> = fs::read_dir(folder.path().join("config")).unwrap().collect();
        assert_eq!(names.len(), 1, "one key, no draft left behind");
        let path = folder.path().join("config").join(FILE);
        let first = fs::read_to_string(&path).unwrap();
        settings.keys(Backend::Sqlite, None).expect("the same key");
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let error = settings.keys(Backend::Sqlite, None).expect_err("others may read it");
            assert_eq!(error.exit_code(), 2);
            assert!(error.fix().starts_with("chmod 600"), "{}", error.fix());
        }
    }

    #[test]
    fn no_key_is_made_beside_the_database() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("config")).unwrap();
        let database = folder.path().join("config/commerce.db");
        let error = settings(folder.path()).keys(Backend::Sqlite, Some(&database)).expect_err("refused");
        assert!(error.to_string().contains("beside the database"), "{error}");
    }

    #[test]
    fn postgres_must_be_given_a_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = settings(folder.path()).keys(Backend::Postgres, None).expect_err("none given");
        assert!(error.to_string().contains("RUNNER_SECRET_KEY"), "{error}");
        assert!(!folder.path().join("config").exists());
    }

    #[test]
    fn a_malformed_key_is_not_quoted() {
        let given = connector_core::Secret::new("hush-hush");
        let settings = Settings { secret_key: Some(given), ..Settings::default() };
        let error = settings.existing_keys(Backend::Sqlite).expect_err("no key");
        assert!(!format!("{error:?} {error} {}", error.fix()).contains("hush"), "{error:?}");
    }

    #[test]
    fn a_home_that_cannot_be_written_is_named_with_a_way_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config");
        fs::write(&file, "in the way").unwrap();
        let error = settings(folder.path()).keys(Backend::Sqlite, None).expect_err("no folder to be made");
        assert!(error.fix().contains("RUNNER_SECRET_KEY"), "{}", error.fix());
    }
}
