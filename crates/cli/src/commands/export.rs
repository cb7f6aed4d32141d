//! `hydrant export`: writes the values, for programs that cannot be started through `run`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hydrant::Outcome;
use zeroize::Zeroizing;

use crate::args::Options;
use crate::child::kept_without_text;
use crate::export::{self, FormatName, Pair, github};
use crate::failure::Failure;
use crate::{exit, output};

/// Print every variable that has a value: kept, hydrated, defaulted
///
/// The values are printed in plain text: prefer `hydrant run`, which hands them to a program without showing them.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  eval \"$(hydrant export --format shell)\"
  hydrant export --format dotenv --output .env.local      (created with mode 0600)
  hydrant export --format json | jq -r .OPENAI_API_KEY
  hydrant export --format docker -o secrets.env && docker run --env-file secrets.env IMAGE
  hydrant export --format github                          (in a GitHub Actions step)")]
pub(crate) struct Args {
    /// The format to write
    #[arg(long, short, value_name = "FORMAT", value_enum)]
    format: FormatName,
    /// Write to this file, created with mode 0600, instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Treat a failed read (denied, unreachable, …) of an optional entry as an error too
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let github_file = match args.format {
        FormatName::Github => Some(github_file(args)?),
        _ => None,
    };
    let hydration = super::builder(options)?.audit_as("export").strict(args.strict).build()?.values_blocking()?;
    let unwritable = kept_without_text(&hydration);
    if !unwritable.is_empty() {
        return Err(Failure::Values(unwritable));
    }
    let pairs: Vec<Pair<'_>> =
        hydration.values.iter().map(|(name, value)| Pair { name, value: value.expose() }).collect();
    let mut text = Zeroizing::new(String::new());
    export::write(args.format, &pairs, &mut text)?;
    match (github_file, &args.output) {
        (Some(file), _) => {
            // A default is no secret: masking it would black out every `us-east-1` of the log.
            let entries = hydration.report.by_variable();
            let is_secret =
                |name: &str| !entries.get(name).is_some_and(|entry| matches!(entry.outcome, Outcome::Defaulted(_)));
            let secrets: Vec<_> = pairs.iter().filter(|pair| is_secret(pair.name)).copied().collect();
            let mut masks = Zeroizing::new(String::new());
            github::masks(&secrets, &mut masks);
            output::raw(&masks)?;
            append(&file, &text)?;
            Ok(exit::DONE)
        }
        (None, Some(file)) => {
            write_private(file, &text)?;
            Ok(exit::DONE)
        }
        (None, None) => output::raw(&text),
    }
}

/// The file that GITHUB_ENV names.
fn github_file(args: &Args) -> Result<PathBuf, Failure> {
    if args.output.is_some() {
        return Err(Failure::usage(
            "--format github appends to the file that GITHUB_ENV names, so --output has no place",
        ));
    }
    let named = std::env::var_os("GITHUB_ENV").filter(|path| !path.is_empty());
    named.map(PathBuf::from).ok_or_else(|| {
        Failure::usage(
            "--format github appends to the file that GITHUB_ENV names, as in a GitHub Actions step; it is not set",
        )
    })
}

fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let written =
        OpenOptions::new().append(true).create(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| Failure::File { doing: format!("append to {}", path.display()), source })
}

/// Replaces a file as a whole, readable by its owner alone, at no moment by anyone else.
fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::File { doing: format!("write {}", path.display()), source };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            let what = if found.is_symlink() { "it is a symbolic link" } else { "it is no regular file" };
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, what)));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Else the error would name the temporary file.
    fs::metadata(folder).map_err(failed)?;
    // Made with mode 0600, and moved into place only when it is complete.
    let mut file = tempfile::Builder::new().prefix(".hydrant-").tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
