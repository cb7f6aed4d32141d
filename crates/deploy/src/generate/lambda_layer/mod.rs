//! `lambda-layer`: a layer that hydrates functions of AWS Lambda at their start: an archive with
//! hydrant, the manifest and a wrapper for `AWS_LAMBDA_EXEC_WRAPPER`, and the functions' settings
//! as a template of AWS SAM.
//!
//! `template` owns the settings, `wrapper` the script, `archive` the archive, `binary` what can be
//! known of a binary without starting it. See
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html>.

mod archive;
mod binary;
mod template;
mod wrapper;

use std::path::PathBuf;

use hydrant_core::shown;

use super::Input;
use crate::error::{GenerateError, Hint, Notice, Problem};
use archive::File;
use binary::Fault;

/// What the layer and its template depend on beside the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The architecture of the functions.
    pub architecture: Architecture,
}

/// The architectures of Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD.
    X86,
    /// Graviton.
    Arm,
}

impl Architecture {
    /// Lambda's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::X86 => "x86_64",
            Architecture::Arm => "arm64",
        }
    }
}

/// The hydrant that goes into the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it is, for messages.
    pub path: PathBuf,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A layer, with what is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The zip archive: the same bytes for the same files.
    pub archive: Vec<u8>,
    /// For the caller to show as warnings.
    pub warnings: Vec<Notice>,
}

/// The template of the functions' settings.
///
/// # Errors
///
/// Every entry that cannot be read in a function, or that there is nothing to generate.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    template::template(input, options)
}

/// The layer itself, with this program and the text of the manifest.
///
/// # Errors
///
/// That the program cannot run on Lambda, or that the files are too large for an archive.
pub fn layer(
    input: &Input,
    options: &Options,
    program: Program,
    manifest: Vec<u8>,
) -> Result<Layer, GenerateError> {
    let mut warnings = Vec::new();
    match binary::faults(&program.content, options.architecture) {
        Some(Fault::Foreign(what)) => {
            return Err(GenerateError::Usage(Problem {
                text: format!(
                    "{} {what}, and cannot run on Lambda's {}",
                    shown::path(&program.path),
                    options.architecture.as_str()
                ),
                hint: Some(Hint::NameOtherProgram),
            }));
        }
        Some(Fault::Glibc(minor)) => warnings.push(Notice::new(
            format!(
                "{} needs glibc 2.{minor}, and Lambda's Amazon Linux 2023 has 2.{}",
                shown::path(&program.path),
                binary::GLIBC_OF_LAMBDA
            ),
            Hint::BuildForMusl,
        )),
        None => {}
    }
    if let Some(log) = &input.audit_log {
        warnings.push(Notice::from(format!(
            "audit_log is {}, which no function can write: on Lambda only /tmp is writable, and what cannot be recorded is not done",
            shown::path(log)
        )));
    }
    let files = [
        File::program(wrapper::HYDRANT, program.content),
        File::script(wrapper::NAME, wrapper::wrapper(input, options).into_bytes()),
        File::readable(wrapper::MANIFEST, manifest),
    ];
    let archive = archive::archive(&files)
        .ok_or_else(|| GenerateError::usage("the layer is too large for an archive"))?;
    Ok(Layer { archive, warnings })
}

/// What the texts depend on, as words of the command line.
fn words(options: &Options) -> Vec<&'static str> {
    let mut words = vec!["lambda-layer"];
    if options.architecture != Architecture::X86 {
        words.extend(["--architecture", options.architecture.as_str()]);
    }
    words
}
