//! What a wrong command line is told. What stands where it should not may be a pasted key: it is never repeated.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::exit;
use crate::output::{self, ERROR, HINT};

/// Prints clap's error, or the help that was asked for, and gives the exit code.
pub(crate) fn report(error: &clap::Error) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Asked for, so it is data.
            return output::data(&error.render().ansi().to_string()).unwrap_or(exit::FILE);
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::ArgumentConflict => output::message(&error.render().ansi().to_string()),
        kind => {
            let said = match kind {
                ErrorKind::UnknownArgument => "an argument that is not known here",
                ErrorKind::InvalidSubcommand => "a command that is not known",
                ErrorKind::InvalidValue | ErrorKind::ValueValidation => "a value that is not possible",
                ErrorKind::InvalidUtf8 => "an argument that is not UTF-8",
                ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
                    "a wrong number of values"
                }
                _ => "a command line that cannot be read",
            };
            let option = option(error).map(|name| format!(" (at {name})")).unwrap_or_default();
            output::message(&format!("hydrant: {ERROR}error:{ERROR:#} {said}{option}\n"));
            for hint in hints(error) {
                output::message(&format!("  {HINT}hint:{HINT:#} {hint}\n"));
            }
        }
    }
    exit::USAGE
}

/// The option that is meant, if it is one: a long name up to `=`, or what clap itself calls the argument.
fn option(error: &clap::Error) -> Option<String> {
    let ContextValue::String(text) = error.get(ContextKind::InvalidArg)? else { return None };
    let known = error.kind() != ErrorKind::UnknownArgument;
    let name = text.split(['=', ' ']).next().unwrap_or_default();
    (known || (name.starts_with("--") && name.len() <= 24)).then(|| name.to_owned())
}

/// What clap suggests, all of it known names, and where to read on.
fn hints(error: &clap::Error) -> Vec<String> {
    let kinds = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
        ContextKind::ValidValue,
    ];
    let names = kinds.into_iter().filter_map(|kind| match (kind, error.get(kind)?) {
        (ContextKind::ValidValue, ContextValue::Strings(names)) => Some(format!("possible: {}", names.join(", "))),
        (_, ContextValue::String(name)) => Some(format!("did you mean {name}?")),
        (_, ContextValue::Strings(names)) => Some(format!("did you mean {}?", names.join(" or "))),
        _ => None,
    });
    names.chain(["hydrant --help, or hydrant COMMAND --help".to_owned()]).collect()
}
