//! Errors for an invalid command line. An unexpected argument may be a pasted key, so it is never
//! repeated.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::options::LogFormat;
use crate::failure::{Failure, exit};
use crate::terminal::{log, output};

/// Prints help if it was requested, or turns clap's error into one of ours. Also returns the format
/// of its message.
pub(crate) fn report(
    error: &clap::Error,
    args: impl Iterator<Item = OsString>,
) -> (LogFormat, Result<u8, Failure>) {
    let help = || error.render().ansi().to_string();
    let format = format(args);
    let done = match error.kind() {
        // It was requested, so it goes to stdout.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output::help(&help()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::styled_message(&help());
            Ok(exit::USAGE)
        }
        kind => {
            log::start_for_usage(format);
            Err(Failure::Usage { text: text(kind, error), hint: hint(error) })
        }
    };
    (format, done)
}

/// The requested format of messages, as far as an invalid command line shows it.
fn format(args: impl Iterator<Item = OsString>) -> LogFormat {
    let ours: Vec<_> = args.take_while(|arg| arg != "--").collect();
    let apart = ours.windows(2).any(|pair| pair[0] == "--log-format" && pair[1] == "json");
    if apart || ours.iter().any(|arg| arg == "--log-format=json") {
        LogFormat::Json
    } else {
        LogFormat::Text
    }
}

fn text(kind: ErrorKind, error: &clap::Error) -> String {
    let named = |context| match error.get(context) {
        Some(ContextValue::String(name)) => name.trim_end_matches('.').to_owned(),
        Some(ContextValue::Strings(names)) => {
            names.iter().map(|name| name.trim_end_matches('.')).collect::<Vec<_>>().join(", ")
        }
        _ => "an option".to_owned(),
    };
    let said = match kind {
        ErrorKind::MissingRequiredArgument => {
            return format!("{} is missing", named(ContextKind::InvalidArg));
        }
        ErrorKind::MissingSubcommand => return "a command is missing".to_owned(),
        ErrorKind::ArgumentConflict => {
            let (one, other) = (named(ContextKind::InvalidArg), named(ContextKind::PriorArg));
            return if one == other {
                format!("{one} is given twice")
            } else {
                format!("{one} and {other} cannot be used together")
            };
        }
        ErrorKind::UnknownArgument => "unexpected argument",
        ErrorKind::InvalidSubcommand => "unknown command",
        ErrorKind::InvalidValue if named(ContextKind::InvalidValue).is_empty() => "missing value",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "invalid value",
        ErrorKind::InvalidUtf8 => "an argument is not valid UTF-8",
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            "wrong number of values"
        }
        _ => "invalid command line",
    };
    match option(error) {
        Some(name) if kind == ErrorKind::UnknownArgument => format!("{said} {name}"),
        Some(name) => format!("{said} for {name}"),
        None => said.to_owned(),
    }
}

/// The name of the option: a long name up to `=`, or clap's own name for the argument.
fn option(error: &clap::Error) -> Option<String> {
    let ContextValue::String(text) = error.get(ContextKind::InvalidArg)? else { return None };
    let known = error.kind() != ErrorKind::UnknownArgument;
    let name = text.split(['=', ' ']).next().unwrap_or_default();
    (known || (name.starts_with("--") && name.len() <= 24)).then(|| name.to_owned())
}

/// clap's suggestion, which has only known names; or the usage if an argument is missing.
fn hint(error: &clap::Error) -> Option<String> {
    let kinds = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
        ContextKind::ValidValue,
    ];
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return Some(
            error.get(ContextKind::Usage)?.to_string().trim_start_matches("Usage: ").to_owned(),
        );
    }
    kinds.into_iter().find_map(|kind| match (kind, error.get(kind)?) {
        (_, ContextValue::Strings(names)) if names.is_empty() => None,
        (ContextKind::ValidValue, ContextValue::Strings(names)) => {
            Some(format!("possible values: {}", names.join(", ")))
        }
        (_, ContextValue::String(name)) => Some(format!("did you mean {name}?")),
        (_, ContextValue::Strings(names)) => Some(format!("did you mean {}?", names.join(" or "))),
        _ => None,
    })
}
