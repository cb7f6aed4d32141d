//! Where what was generated goes: stdout, a file (never over a changed one unasked), or a
//! comparison with a file in hand.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use hydrant_core::bounded_file;
use hydrant_core::shown;

use super::difference::difference;
use crate::failure::{Failure, exit};
use crate::files::rewrite;
use crate::terminal::output;
use crate::terminal::output::Text;

/// The most bytes of a file that is compared with this: one of another size is another file.
fn limit(made: &[u8]) -> u64 {
    bounded_file::MIB * (1 + 2 * made.len() as u64 / bounded_file::MIB)
}

/// Where a text goes; the same for every target.
#[derive(clap::Args, Debug)]
pub(in crate::commands) struct Destination {
    /// Write it to this file, which is not replaced if it was changed; else it goes to stdout
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// With --out: replace the file whatever is in it
    #[arg(long, requires = "out")]
    force: bool,
    /// Compare this file with what would be generated; exit code 1 and the difference on stdout if
    /// it is not the same
    #[arg(long, value_name = "PATH", conflicts_with_all = ["out", "force"])]
    check: Option<PathBuf>,
}

impl Destination {
    /// The file that it is about, if any.
    pub(in crate::commands) fn path(&self) -> Option<&Path> {
        self.out.as_deref().or(self.check.as_deref())
    }

    /// The same for what is not text: how it differs is not shown.
    pub(in crate::commands) fn take_bytes(&self, made: &[u8]) -> Result<u8, Failure> {
        match (&self.out, &self.check) {
            (_, Some(path)) => check(path, made, |_| {
                Text::new().line(format!("{} is not as generated", shown::path(path)))
            }),
            (Some(path), None) => write(path, made, self.force),
            (None, None) => Err(Failure::Internal("nothing is to be written to stdout".to_owned())),
        }
    }

    /// Puts the text where it is to go, and gives the exit code.
    pub(in crate::commands) fn take(&self, text: &str) -> Result<u8, Failure> {
        match (&self.out, &self.check) {
            (_, Some(path)) => check_text(path, text),
            (Some(path), None) => write(path, text.as_bytes(), self.force),
            (None, None) => output::raw(text),
        }
    }
}

fn write(path: &Path, made: &[u8], force: bool) -> Result<u8, Failure> {
    let failed = |source| Failure::File { doing: format!("write {}", shown::path(path)), source };
    let found = match bounded_file::read(path, limit(made)) {
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(None),
        found => found.map(Some),
    };
    match found {
        Ok(Some(found)) if found == made => {
            tracing::info!("{} is as generated: nothing to do", shown::path(path));
            return Ok(exit::DONE);
        }
        Ok(_) if !force => return Err(Failure::Changed { path: path.to_owned() }),
        Ok(_) => rewrite::replace(path, made).map_err(failed)?,
        // Not over a file that has come up since, and not over a symbolic link to nowhere.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            rewrite::create(path, made).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Failure::Changed { path: path.to_owned() },
                _ => failed(error),
            })?;
        }
        Err(error) => return Err(failed(error)),
    }
    tracing::info!("{} is written", shown::path(path));
    Ok(exit::DONE)
}

/// Compares a file with what would be generated, prints how they differ, and gives the exit code.
pub(in crate::commands) fn check_text(path: &Path, made: &str) -> Result<u8, Failure> {
    let file = shown::path(path).into_owned();
    check(path, made.as_bytes(), |found| difference(&file, &String::from_utf8_lossy(found), made))
}

fn check(path: &Path, made: &[u8], difference: impl Fn(&[u8]) -> Text) -> Result<u8, Failure> {
    let found = bounded_file::read(path, limit(made))
        .map_err(|source| Failure::File { doing: format!("read {}", shown::path(path)), source })?;
    if found == made {
        return output::data(&Text::new().line(format!("{} is as generated", shown::path(path))));
    }
    output::data(&difference(&found))?;
    Ok(exit::DIFFERENT)
}
