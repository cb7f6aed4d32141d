//! Where what was generated goes: stdout, a file (never over a changed one unasked), or a comparison with a file in hand.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use hydrant_core::regular_file;

use super::difference::difference;
use crate::failure::Failure;
use crate::{exit, output, rewrite};

/// Where a text goes; the same for every target.
#[derive(clap::Args, Debug)]
pub(crate) struct Destination {
    /// Write it to this file, which is not replaced if it was changed; else it goes to stdout
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// With --out: replace the file whatever is in it
    #[arg(long, requires = "out")]
    force: bool,
    /// Compare this file with what would be generated; exit code 1 and the difference on stdout if it is not the same
    #[arg(long, value_name = "PATH", conflicts_with_all = ["out", "force"])]
    check: Option<PathBuf>,
}

impl Destination {
    /// Puts the text where it is to go, and gives the exit code.
    pub(crate) fn take(&self, text: &str) -> Result<u8, Failure> {
        match (&self.out, &self.check) {
            (_, Some(path)) => check(path, text),
            (Some(path), None) => write(path, text, self.force),
            (None, None) => output::raw(text),
        }
    }
}

fn write(path: &Path, text: &str, force: bool) -> Result<u8, Failure> {
    let failed = |source| Failure::File { doing: format!("write {}", path.display()), source };
    match regular_file::read(path) {
        Ok(found) if found == text.as_bytes() => {
            tracing::info!("{} is as generated: nothing to do", path.display());
            return Ok(exit::DONE);
        }
        Ok(_) if !force => return Err(Failure::Changed { path: path.to_owned() }),
        Ok(_) => rewrite::replace(path, text).map_err(failed)?,
        // Not over a file that has come up since, and not over a symbolic link to nowhere.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            rewrite::create(path, text).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Failure::Changed { path: path.to_owned() },
                _ => failed(error),
            })?;
        }
        Err(error) => return Err(failed(error)),
    }
    tracing::info!("{} is written", path.display());
    Ok(exit::DONE)
}

fn check(path: &Path, text: &str) -> Result<u8, Failure> {
    let found = regular_file::read(path)
        .map_err(|source| Failure::File { doing: format!("read {}", path.display()), source })?;
    if found == text.as_bytes() {
        output::data(&format!("{} is as generated\n", path.display()))?;
        return Ok(exit::DONE);
    }
    output::data(&difference(&path.display().to_string(), &String::from_utf8_lossy(&found), text))?;
    Ok(exit::DIFFERENT)
}
