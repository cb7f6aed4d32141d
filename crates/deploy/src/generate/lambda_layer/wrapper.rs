//! The script that Lambda starts the runtime through.
//!
//! It finds what is beside it, wherever the layer is: Lambda unpacks it under `/opt`. It writes
//! nothing.

use hydrant_core::shown::shell_word;

use super::super::Input;
use super::super::start::options_without_manifest;
use super::{Options, words};

/// Its name in the layer, and with that below `/opt`.
pub(super) const NAME: &str = "hydrant-wrapper";
/// The binary's; `/opt/bin` is in the PATH of functions.
pub(super) const HYDRANT: &str = "bin/hydrant";
/// The manifest's.
pub(super) const MANIFEST: &str = "hydrant/secrets.toml";

pub(super) fn wrapper(input: &Input, options: &Options) -> String {
    let header = input.header("#", &words(options), "layer.zip");
    let run_options: String = options_without_manifest(input)
        .iter()
        .map(|word| format!("{} ", shell_word(word)))
        .collect();
    format!(
        "#!/bin/sh
{header}#
# AWS Lambda starts the runtime through this, as AWS_LAMBDA_EXEC_WRAPPER says: the runtime's own command are the arguments.
here=${{0%/*}}
if [ -n \"${{HYDRANT_MANIFEST:-}}\" ]; then
    # The function brings a manifest of its own.
    exec \"$here/{HYDRANT}\" run -- \"$@\"
fi
exec \"$here/{HYDRANT}\" --manifest \"$here/{MANIFEST}\" {run_options}run -- \"$@\"
"
    )
}
