//! What ends a command early, and the exit code it ends with.

use std::{fmt, io};

use connector_core::ErrorKind;
use storage::StorageError;

/// The result of every command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command ended early.
#[derive(Debug)]
pub enum Error {
    /// The command line or the settings are wrong: the person who typed them corrects them.
    Usage {
        /// What is wrong, in one line, without secrets.
        message: String,
        /// What to do about it.
        fix: String,
    },
    /// A connector, the engine or a platform failed.
    Core(connector_core::Error),
    /// The database failed.
    Storage(StorageError),
    /// Output could not be written.
    Output(io::Error),
}

impl Error {
    /// Bad usage or settings.
    #[must_use]
    pub fn usage(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), fix: fix.into() }
    }

    /// What a person should do.
    #[must_use]
    pub fn fix(&self) -> &str {
        match self {
            Self::Usage { fix, .. } => fix,
            Self::Core(error) => error.fix(),
            Self::Storage(error) => error.fix(),
            Self::Output(_) => "check the place that output goes to: space, permissions",
        }
    }

    /// 2 for bad usage or settings, 130 when interrupted, else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Core(error) => match error.kind() {
                ErrorKind::Config => 2,
                ErrorKind::Interrupted => 130,
                _ => 1,
            },
            Self::Storage(error) => match error {
                StorageError::Invalid(_) | StorageError::Conflict(_) | StorageError::Sealing(_) => 2,
                _ => 1,
            },
            Self::Output(_) => 1,
        }
    }

    /// Whether the reader of our output went away, which is no failure: `runner orders list | head`.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// One line, without the fix.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, .. } => f.write_str(message),
            Self::Core(error) => error.fmt(f),
            Self::Storage(error) => error.fmt(f),
            Self::Output(error) => write!(f, "output cannot be written: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Usage { .. } => None,
            Self::Core(error) => Some(error),
            Self::Storage(error) => Some(error),
            Self::Output(error) => Some(error),
        }
    }
}

impl From<connector_core::Error> for Error {
    fn from(error: connector_core::Error) -> Self {
        Self::Core(error)
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Error> for connector_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            Error::Storage(error) => error.into(),
            Error::Usage { message, fix } => Self::config(message).with_fix(fix),
            Error::Output(_) => {
                let fix = error.fix().to_owned();
                Self::new(ErrorKind::Storage, error.to_string()).with_fix(fix)
            }
        }
    }
}
