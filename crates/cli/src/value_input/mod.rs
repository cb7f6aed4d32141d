//! How a command gets a value: at a prompt without echo, on standard input or from a file. Never
//! from the command line, which other processes can read and shells remember.
//!
//! Until it is a `SecretValue`, a value is in buffers that have their maximum size from the start,
//! since a growing buffer leaves copies behind, and that are zeroized. Nothing here reveals
//! anything about a value, not even its length.

pub(crate) mod confirm;
mod keys;
pub(crate) mod look;
mod problem;
mod prompt;
pub(crate) mod quiet;
mod terminal;

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use hydrant_core::write::whole::LARGEST_SECRET as LIMIT;
use hydrant_core::{SecretValue, bounded_file};
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, read as read_some};
use zeroize::{Zeroize, Zeroizing};

pub(crate) use self::problem::ValueProblem;
pub(crate) use self::quiet::{Quiet, show_at_once};
use crate::failure::Failure;
use crate::signals;
use crate::terminal::output;
use crate::watchdog;

/// The longest line ending.
const LINE_ENDING: usize = 2;

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A prompt if standard input is a terminal, else all of standard input.
    Input,
    /// All of a file, which can be a pipe, as `<(command)` makes it.
    File(PathBuf),
}

/// A value, as it was given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) value: SecretValue,
    /// Whether one final line ending was removed. The caller reports it.
    pub(crate) removed_line_ending: bool,
}

impl Source {
    /// What `--from-file` names; `-` is standard input.
    pub(crate) fn named(path: Option<&Path>) -> Self {
        match path {
            Some(path) if path != Path::new("-") => Source::File(path.to_owned()),
            _ => Source::Input,
        }
    }
}

/// Reads a value for this variable of the manifest. `exact` keeps the line ending of a file or of
/// standard input.
pub(crate) fn read(source: &Source, variable: &str, exact: bool) -> Result<Given, Failure> {
    match source {
        Source::Input if io::stdin().is_terminal() => {
            let _pause = watchdog::pause();
            let text = format!("Value of {variable} (not shown): ");
            let value = prompt::ask(io::stdin().as_fd(), &text, &output::prompt)?;
            Ok(Given { value, removed_line_ending: false })
        }
        // Not through `Stdin`, whose buffer is never zeroized.
        Source::Input => {
            // The program at the other end may prompt a person.
            let _pause = watchdog::pause();
            Ok(given(whole(io::stdin(), "read standard input")?, exact)?)
        }
        Source::File(path) => {
            // The deadline ends the wait for a pipe without a writer, or for a file system that
            // does not respond.
            watchdog::wait_for("the file that --from-file names");
            let bytes = signals::without_call(|| of_file(path))?;
            Ok(given(bytes, exact)?)
        }
    }
}

/// The path is not repeated: it may be a value that was given instead of a path.
fn of_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let doing = "read the file that --from-file names";
    match bounded_file::open_to_wait(path) {
        Ok(file) => whole(file, doing),
        Err(_) if is_terminal(path) => Err(ValueProblem::TerminalAsFile.into()),
        Err(source) => Err(failed(doing, source)),
    }
}

/// Opened without waiting, and never as this process's controlling terminal.
fn is_terminal(path: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty()).is_ok_and(|file| file.is_terminal())
}

/// All of the content, or enough of it to show that it is too long.
fn whole(from: impl AsFd, doing: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(vec![0; LIMIT + LINE_ENDING + 1]);
    let mut filled = 0;
    while filled < bytes.len() {
        match read_some(&from, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(failed(doing, errno.into())),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn given(mut bytes: Zeroizing<Vec<u8>>, exact: bool) -> Result<Given, ValueProblem> {
    let ending = if exact { 0 } else { line_ending(&bytes) };
    let end = bytes.len() - ending;
    bytes.truncate(end);
    Ok(Given { value: text(bytes)?, removed_line_ending: ending > 0 })
}

/// The number of bytes at the end that are one line ending.
fn line_ending(bytes: &[u8]) -> usize {
    match bytes {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}

/// The bytes as a value, without a copy of them.
fn text(mut bytes: Zeroizing<Vec<u8>>) -> Result<SecretValue, ValueProblem> {
    if bytes.is_empty() {
        return Err(ValueProblem::Nothing);
    }
    if bytes.len() > LIMIT {
        return Err(ValueProblem::TooLong);
    }
    if bytes.contains(&0) {
        return Err(ValueProblem::Nul);
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(SecretValue::from(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(ValueProblem::NotUtf8)
        }
    }
}

fn failed(doing: &str, source: io::Error) -> Failure {
    Failure::File { doing: doing.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    /// The result for these bytes in a file: the value and whether a line ending was removed, or
    /// the problem.
    fn of(bytes: &[u8], exact: bool) -> Result<(String, bool), ValueProblem> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        match read(&Source::File(file.path().to_owned()), "KEY", exact) {
            Ok(given) => Ok((given.value.expose().to_owned(), given.removed_line_ending)),
            Err(Failure::Input(refused)) => Err(refused),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_line_ending_is_taken_off_unless_it_is_to_stay() {
        for (bytes, value, removed) in [
            ("key", "key", false),
            ("key\n", "key", true),
            ("key\r\n", "key", true),
            ("key\n\n", "key\n", true),
            ("key\r", "key\r", false),
            ("\nkey \n", "\nkey ", true),
            ("-----BEGIN\nAAAA\n", "-----BEGIN\nAAAA", true),
        ] {
            assert_eq!(of(bytes.as_bytes(), false), Ok((value.to_owned(), removed)), "{bytes:?}");
            assert_eq!(
                of(bytes.as_bytes(), true),
                Ok((bytes.to_owned(), false)),
                "{bytes:?}, exact"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_value_is_refused() {
        for (bytes, exact, refused) in [
            (&b""[..], false, ValueProblem::Nothing),
            (b"", true, ValueProblem::Nothing),
            (b"\n", false, ValueProblem::Nothing),
            (b"\r\n", false, ValueProblem::Nothing),
            (b"k\0ey", false, ValueProblem::Nul),
            (b"k\xffey", false, ValueProblem::NotUtf8),
            (b"\xff\xfek\0e\0y\0", false, ValueProblem::Nul),
        ] {
            assert_eq!(of(bytes, exact), Err(refused), "{bytes:?}");
        }
        assert_eq!(of(b"\n", true), Ok(("\n".to_owned(), false)));
    }

    #[test]
    fn the_limit_counts_bytes_without_the_line_ending() {
        let longest = "k".repeat(LIMIT);
        assert_eq!(of(longest.as_bytes(), true), Ok((longest.clone(), false)));
        assert_eq!(of(format!("{longest}\r\n").as_bytes(), false), Ok((longest.clone(), true)));
        assert_eq!(of(format!("{longest}\n").as_bytes(), true), Err(ValueProblem::TooLong));
        assert_eq!(of(format!("{longest}k").as_bytes(), false), Err(ValueProblem::TooLong));
        assert_eq!(of(format!("{longest}\n\n").as_bytes(), false), Err(ValueProblem::TooLong));
        assert_eq!(
            of("é".repeat(LIMIT / 2).as_bytes(), false).map(|(_, removed)| removed),
            Ok(false)
        );
        assert_eq!(of("é".repeat(LIMIT / 2 + 1).as_bytes(), false), Err(ValueProblem::TooLong));
    }

    #[test]
    fn what_has_no_end_is_not_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let endless =
            std::thread::spawn(
                move || while io::Write::write_all(&mut writer, &[b'k'; 4096]).is_ok() {},
            );
        assert!(matches!(
            whole(&reader, "read").map(|bytes| given(bytes, false)),
            Ok(Err(ValueProblem::TooLong))
        ));
        drop(reader);
        endless.join().unwrap();
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(Source::named(None), Source::Input);
        assert_eq!(Source::named(Some(Path::new("-"))), Source::Input);
        assert_eq!(Source::named(Some(Path::new("./-"))), Source::File("./-".into()));
    }

    #[test]
    fn a_buffer_never_moves() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "k".repeat(LIMIT)).unwrap();
        let bytes = whole(File::open(file.path()).unwrap(), "read").unwrap();
        let place = bytes.as_ptr();
        let Given { value, .. } = given(bytes, false).unwrap();
        assert_eq!(value.expose().as_ptr(), place);
    }
}
