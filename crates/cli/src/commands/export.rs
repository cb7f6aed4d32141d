//! `hydrant export`: writes the values, for programs that cannot be started through `run`.

mod runner_file;

use std::path::{Path, PathBuf};

use hydrant::Outcome;
use zeroize::Zeroizing;

use crate::args::options::Options;
use crate::child::kept_without_text;
use crate::export::{self, FormatName, Pair, github};
use crate::failure::{Failure, exit};
use crate::files::rewrite;
use crate::session;
use crate::terminal::output;
use hydrant_core::shown;

/// Print every variable that has a value: kept, hydrated, defaulted
///
/// The values are printed in plain text: prefer `hydrant run`, which passes them to a program
/// without showing them.
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
    let hydrator = session::builder(options)?.audit_as("export").strict(args.strict).build()?;
    let hydration = session::values(options, &hydrator)?;
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
            // A default is not secret: masking it would black out every `us-east-1` in the log.
            let entries = hydration.report.by_variable();
            let is_secret = |name: &str| {
                !entries
                    .get(name)
                    .is_some_and(|entry| matches!(entry.outcome, Outcome::Defaulted(_)))
            };
            let secrets: Vec<_> =
                pairs.iter().filter(|pair| is_secret(pair.name)).copied().collect();
            let mut masks = Zeroizing::new(String::new());
            github::masks(&secrets, &mut masks);
            hand_to_runner(&file, &masks, &text)?;
            Ok(exit::DONE)
        }
        (None, Some(file)) => {
            let failed =
                |source| Failure::File { doing: format!("write {}", shown::path(file)), source };
            rewrite::private(file, text.as_bytes()).map_err(failed)?;
            Ok(exit::DONE)
        }
        (None, None) => output::raw(&text),
    }
}

/// The file that GITHUB_ENV names.
fn github_file(args: &Args) -> Result<PathBuf, Failure> {
    if args.output.is_some() {
        return Err(Failure::usage(
            "--output cannot be used with --format github, which appends to the file that GITHUB_ENV names",
        ));
    }
    let named = std::env::var_os("GITHUB_ENV").filter(|path| !path.is_empty());
    let path = named.map(PathBuf::from).ok_or_else(|| {
        Failure::usage(
            "GITHUB_ENV is not set: --format github appends to the file that it names, as in a GitHub Actions step",
        )
    })?;
    // A file that cannot be appended to is reported before AWS is called.
    let failed =
        |source| Failure::File { doing: format!("append to {}", shown::path(&path)), source };
    runner_file::check(&path).map_err(failed)?;
    Ok(path)
}

/// Appends the pairs to the file that the runner reads, after the masks have gone to stdout, where
/// the runner reads them.
fn hand_to_runner(path: &Path, masks: &str, pairs: &str) -> Result<(), Failure> {
    let failed =
        |source| Failure::File { doing: format!("append to {}", shown::path(path)), source };
    output::masks(masks)?;
    runner_file::append(path, pairs.as_bytes()).map_err(failed)
}
