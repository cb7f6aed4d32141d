//! `lambda-layer`: a layer that hydrates functions of AWS Lambda at their start: an archive with
//! hydrant, the manifest and a wrapper for `AWS_LAMBDA_EXEC_WRAPPER`, and the functions' settings
//! as a template of AWS SAM.
//!
//! `template` owns the settings, `wrapper` the script, `archive` the archive, `binary` what can be
//! known of a binary without starting it. See
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html>.

pub(crate) mod archive;
mod binary;
mod template;
mod wrapper;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hydrant_core::shown;
use hydrant_core::{Manifest, bounded_file};

use super::destination::Destination;
use super::{Input, Made};
use crate::failure::Failure;
use archive::File;
use binary::Fault;

/// The most bytes of a function with its layers
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MOST: u64 = 250 * bounded_file::MIB;

/// A layer for AWS Lambda that hydrates functions at their start, and their settings as a template
/// of AWS SAM
///
/// --out layer.zip makes the layer: hydrant, the manifest, and a wrapper that Lambda starts the
/// runtime through. Any other --out, and stdout, takes the template: the layer, the functions'
/// variables, and the policy that their roles need.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate lambda-layer --out layer.zip
  hydrant generate lambda-layer --out layer.yaml                      the template that takes it
  hydrant generate lambda-layer --architecture arm64 --binary target/aarch64-unknown-linux-musl/release/hydrant --out layer.zip
  hydrant generate lambda-layer --check layer.zip                     is it up to date?")]
pub(crate) struct Args {
    /// The architecture of the functions
    #[arg(long, value_enum, default_value = "x86_64", value_name = "NAME")]
    architecture: Architecture,
    /// The hydrant that goes into the layer, built for Linux; else the one that runs now
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) destination: Destination,
}

/// Those of Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86,
    /// Graviton
    #[value(name = "arm64")]
    Arm,
}

impl Args {
    /// Whether the layer itself is meant, and not the template.
    pub(crate) fn is_archive(&self) -> bool {
        self.destination.path().is_some_and(|path| path.extension().is_some_and(|end| end == "zip"))
    }
}

impl Architecture {
    fn as_str(self) -> &'static str {
        match self {
            Architecture::X86 => "x86_64",
            Architecture::Arm => "arm64",
        }
    }
}

/// The template.
pub(crate) fn generate(input: &Input, args: &Args) -> super::Result {
    template::template(input, args)
}

/// The files of the layer, and what is to be known of them.
pub(crate) fn layer(input: &Input, args: &Args) -> Result<(Vec<File>, Made), Failure> {
    let unreadable = |path: &Path, source| Failure::File {
        doing: format!("read {}", shown::path(path)),
        source,
    };
    let own = || {
        std::env::current_exe()
            .map_err(|source| unreadable(Path::new("the running program"), source))
    };
    let path = args.binary.clone().map_or_else(own, Ok)?;
    let binary = bounded_file::read(&path, MOST).map_err(|source| match source.kind() {
        ErrorKind::PermissionDenied if args.binary.is_none() => Failure::Usage {
            text: format!(
                "the running program {} cannot go into the layer: this user cannot read it",
                shown::path(&path)
            ),
            hint: Some("name a copy of hydrant that this user can read: --binary PATH".to_owned()),
        },
        ErrorKind::FileTooLarge => {
            Failure::usage("the binary is larger than the 250 MiB that a function and its layers may have on Lambda")
        }
        _ => unreadable(&path, source),
    })?;
    let manifest = bounded_file::read(&input.manifest, Manifest::LIMIT);
    let manifest = manifest.map_err(|source| unreadable(&input.manifest, source))?;
    let mut warnings = Vec::new();
    match binary::faults(&binary, args.architecture) {
        Some(Fault::Foreign(what)) => {
            return Err(Failure::Usage {
                text: format!(
                    "{} {what}, and cannot run on Lambda's {}",
                    shown::path(&path),
                    args.architecture.as_str()
                ),
                hint: Some("name one that can with --binary, or the other --architecture".to_owned()),
            });
        }
        Some(Fault::Glibc(minor)) => warnings.push(format!(
            "{} needs glibc 2.{minor}, and Lambda's Amazon Linux 2023 has 2.{}: build hydrant for musl \
             (cargo build --release --target x86_64-unknown-linux-musl, or aarch64), and name it with --binary",
            shown::path(&path),
            binary::GLIBC_OF_LAMBDA
        )),
        None => {}
    }
    if let Some(log) = &input.audit_log {
        warnings.push(format!(
            "audit_log is {}, which no function can write: on Lambda only /tmp is writable, and what cannot be recorded is not done",
            shown::path(log)
        ));
    }
    let files = vec![
        File::program(wrapper::HYDRANT, binary),
        File::script(wrapper::NAME, wrapper::wrapper(input, args).into_bytes()),
        File::readable(wrapper::MANIFEST, manifest),
    ];
    Ok((files, Made { warnings, ..Made::default() }))
}

/// What the texts depend on, as words of the command line.
fn words(args: &Args) -> Vec<&'static str> {
    let mut words = vec!["lambda-layer"];
    if args.architecture != Architecture::X86 {
        words.extend(["--architecture", args.architecture.as_str()]);
    }
    words
}
