//! Reads the files of a layer for AWS Lambda: hydrant itself and the manifest.

use std::io::ErrorKind;
use std::path::Path;

use hydrant_core::{Manifest, bounded_file, shown};
use hydrant_deploy::generate::Input;
use hydrant_deploy::generate::lambda_layer::{self, Layer, Program};

use super::targets::LambdaLayer;
use crate::failure::Failure;

/// The most bytes of a function with its layers
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const LIMIT: u64 = 250 * bounded_file::MIB;

/// The layer, with the program that `--binary` names, else the one that runs now.
pub(super) fn layer(input: &Input, args: &LambdaLayer) -> Result<Layer, Failure> {
    let program = program(args.binary.as_deref())?;
    let manifest = bounded_file::read(&input.manifest, Manifest::LIMIT)
        .map_err(|source| unreadable(&input.manifest, source))?;
    Ok(lambda_layer::layer(input, &args.options(), program, manifest)?)
}

fn program(binary: Option<&Path>) -> Result<Program, Failure> {
    let path = match binary {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()
            .map_err(|source| unreadable(Path::new("the running program"), source))?,
    };
    let content = bounded_file::read(&path, LIMIT).map_err(|source| match source.kind() {
        ErrorKind::PermissionDenied if binary.is_none() => Failure::Usage {
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
    Ok(Program { path, content })
}

fn unreadable(path: &Path, source: std::io::Error) -> Failure {
    Failure::File { doing: format!("read {}", shown::path(path)), source }
}
