//! Data on stdout, and the styles of messages on stderr. Both lose their colours off a terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::exit;
use crate::failure::Failure;

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NOTE: Style = Style::new();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Writes data to stdout, whole. A reader that has gone away is no error.
pub(crate) fn data(text: &str) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::File { doing: "write to stdout".to_owned(), source: error })
        }
        _ => Ok(exit::DONE),
    }
}

/// Writes bytes to stdout as they are, escape sequences included.
pub(crate) fn raw(text: &str) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::File { doing: "write to stdout".to_owned(), source: error })
        }
        _ => Ok(exit::DONE),
    }
}

/// Writes a value that reports itself as JSON, pretty, to stdout.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Failure::Internal(error.to_string()))?;
    text.push('\n');
    raw(&text)
}

/// A table without boxes: columns padded to their longest cell, the last one as it is.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("  {cell:width$}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Every message on stderr that is no event of the log.
pub(crate) fn message(text: &str) {
    // With stderr gone there is nowhere left to say so.
    _ = anstream::stderr().lock().write_all(text.as_bytes());
}
