//! Data on stdout, and the styles of messages on stderr. Both lose their colours off a terminal.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;
use crate::progress::Stderr;
use crate::{exit, watchdog};

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NOTE: Style = Style::new();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Writes data for people to stdout, whole; off a terminal without its colours.
pub(crate) fn data(text: &str) -> Result<u8, Failure> {
    write(anstream::stdout().lock(), text)
}

/// Writes data to stdout as it is, escape sequences included.
pub(crate) fn raw(text: &str) -> Result<u8, Failure> {
    write(io::stdout().lock(), text)
}

/// A reader that has gone away is no error.
fn write(mut out: impl Write, text: &str) -> Result<u8, Failure> {
    // Who reads it may take their time.
    watchdog::stop();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::File { doing: "write to stdout".to_owned(), source })
        }
        _ => Ok(exit::DONE),
    }
}

/// Writes to stdout the commands that hide values in a log. Nothing may be shown after them that they do not hide, so a reader
/// that has gone away is an error here, and so is a stdout that leads nowhere.
pub(crate) fn masks(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    let doing = "write the masks to stdout, so nothing was added to the file of GITHUB_ENV".to_owned();
    let mut out = io::stdout().lock();
    let written = leads_somewhere().and_then(|()| out.write_all(text.as_bytes())).and_then(|()| out.flush());
    written.map_err(|source| Failure::File { doing, source })
}

/// The library opens /dev/null in the place of a stdout that is closed.
fn leads_somewhere() -> io::Result<()> {
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    let is_null = fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == stdout.rdev());
    if stdout.file_type().is_char_device() && is_null {
        return Err(io::Error::other("it is closed, or leads to /dev/null, where no runner reads them"));
    }
    Ok(())
}

/// Writes a value that reports itself as JSON, pretty, to stdout.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Failure::Internal(error.to_string()))?;
    text.push('\n');
    raw(&text)
}

/// A table without boxes: columns padded to their longest cell, the last one as it is. Styles take no room.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let width = |cell: &String| anstream::adapter::strip_str(cell).to_string().chars().count();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells =
            row.iter().zip(&widths).map(|(cell, widest)| format!("  {cell}{}", " ".repeat(widest - width(cell))));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

/// What a file says must not steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    let each = text.chars().map(|char| if char.is_control() { char.escape_default().to_string() } else { char.into() });
    each.collect()
}

/// `1 entry`, `2 entries`.
pub(crate) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Writes to stderr what is no event of the log: help, and lines of the manifest in their place.
pub(crate) fn message(text: &str) {
    // With stderr gone there is nowhere left to say so.
    _ = Stderr.write_all(text.as_bytes());
}
