//! Small files that people edit by hand: TOML, with errors that name the file and the line.

use std::path::Path;

use serde::de::DeserializeOwned;

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TomlFileError {
    /// It can't be read.
    #[error("can't read {path}: {cause}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// It is not what its head describes.
    #[error("{path}:{line}: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl TomlFileError {
    /// An entry that is TOML and makes no sense; its line is the first that holds `entry`.
    pub(crate) fn entry(toml: &str, path: &str, entry: &str, message: String) -> Self {
        let line = line_of(toml, toml.find(entry).unwrap_or(0));
        Self::Malformed { path: path.to_owned(), line, message }
    }
}

/// Reads a file as text.
///
/// # Errors
/// [`TomlFileError::Unreadable`].
pub(crate) fn read(path: &Path) -> Result<String, TomlFileError> {
    std::fs::read_to_string(path).map_err(|cause| TomlFileError::Unreadable { path: path.display().to_string(), cause })
}

/// Parses TOML; `path` is named in errors.
///
/// # Errors
/// [`TomlFileError::Malformed`].
pub(crate) fn parse<T: DeserializeOwned>(toml: &str, path: &str) -> Result<T, TomlFileError> {
    toml::from_str(toml).map_err(|error| TomlFileError::Malformed {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(toml, span.start)),
        message: error.message().to_owned(),
    })
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}
