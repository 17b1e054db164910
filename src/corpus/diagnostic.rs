//! What is wrong with a file, and where: `file:line: what is wrong`.

use std::fmt;

use serde::Serialize;

use super::encoding::visible;

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Odd, and repaired on reading: readers never see it.
    Warning,
    /// Something a quotation or its citation needs is missing or left out: `mynah check` fails.
    Error,
}

/// One finding about one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file's name, relative to the corpus folder.
    pub file: String,
    /// The line in the source file, counted from 1; 1 where the finding is about the whole file.
    pub line: usize,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong and, for an error, what to do.
    pub message: String,
}

impl Diagnostic {
    /// A finding that fails `mynah check`.
    pub fn error(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self::new(file, line, Severity::Error, message)
    }

    /// A finding that was repaired on reading.
    pub fn warning(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self::new(file, line, Severity::Warning, message)
    }

    fn new(file: &str, line: usize, severity: Severity, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, severity, message: message.into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Warning => "warning: ",
            Severity::Error => "",
        };
        write!(f, "{}:{}: {kind}{}", visible(&self.file), self.line, visible(&self.message))
    }
}
