//! `hydrant put`: a new value for an entry, from a prompt, standard input or a file.

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use hydrant::write::{
    Destination, DestinationKind, JsonWrite, PutOptions, Written, check_put, foreseen,
};
use hydrant::{Error, SecretValue};
use hydrant_catalogue::Catalogue;
use hydrant_core::reference::Version;
use hydrant_core::selector::Selector;
use serde_json::json;

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::output::Text;
use crate::terminal::{log, output};
use crate::value_input::{self, Given, Quiet, Source, look};

/// Set a variable's secret to a new value, which is never shown
///
/// Reads it from a prompt, standard input or a file, never from an argument. Writes to the secret
/// or parameter that the manifest names, regardless of local values. Reads no value (except with
/// --merge), so it works for a role that can write but not read. Warns if the value does not look
/// like a secret. Running processes keep the old value until they restart.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant put OPENAI_API_KEY                          prompts for the value
  pbpaste | hydrant put OPENAI_API_KEY --create       create the secret if it does not exist
  hydrant put TLS_KEY --from-file key.pem --exact
  hydrant put DB_PASSWORD --merge                     one key of a JSON secret; the others stay")]
pub(crate) struct Args {
    /// The entries' variables; several only if each is entered at the prompt
    #[arg(value_name = "VARIABLE", required = true)]
    variables: Vec<String>,
    /// Read the value from this file (- is standard input)
    #[arg(long, value_name = "PATH")]
    from_file: Option<PathBuf>,
    /// Keep the final line ending of a file or of standard input
    #[arg(long)]
    exact: bool,
    /// Create the secret or parameter if it does not exist; a secret under the entry's create_name
    #[arg(long)]
    create: bool,
    /// For one key of a JSON secret: keep the others (needs permission to read the secret)
    #[arg(long, conflicts_with = "replace")]
    merge: bool,
    /// For one key of a JSON secret: write an object with only this key; the others are removed
    #[arg(long)]
    replace: bool,
    /// Show what would be written where, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let source = Source::named(args.from_file.as_deref());
    let asks = source == Source::Input && io::stdin().is_terminal();
    let _quiet = if asks && !args.dry_run { Some(Quiet::begin()?) } else { None };
    let catalogue = session::load_catalogue(options)?;
    let hydrator = session::builder(options)?.audit_as("put").build()?;
    let put = PutOptions::new().create(args.create).json(json(args.merge, args.replace));
    let names = session::entries(&hydrator, &args.variables)?;
    if args.variables.len() > 1 && !asks && !args.dry_run {
        return Err(Failure::usage(
            "one value cannot be written to several variables: run put for each of them",
        ));
    }
    let (written, failures, stopped) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        // Problems are reported before anybody types a value.
        let checked = session.destinations.iter().map(|destination| {
            let destination = destination.as_ref().map_err(Clone::clone)?;
            check_put(destination, &put).map(|()| destination.clone())
        });
        let checked: Vec<_> = checked.collect();
        let failures: Vec<_> =
            checked.iter().filter_map(|destination| destination.as_ref().err().cloned()).collect();
        if !failures.is_empty() {
            return Ok((Vec::new(), failures, None));
        }
        let (mut written, mut failures) = (Vec::new(), Vec::new());
        let mut destinations: VecDeque<Destination> = checked.into_iter().flatten().collect();
        while let Some(destination) = destinations.pop_front() {
            if args.dry_run {
                written.push(foreseen(&destination));
                continue;
            }
            warn_of_pin(&destination);
            // An error here is reported after the list of what was written.
            let value = match value(&source, &destination, args.exact, &catalogue) {
                Ok(value) => value,
                Err(failure) => return Ok((written, failures, Some(failure))),
            };
            match session.put(&destination, &value, &put).await {
                Ok(done) => {
                    if done.created {
                        say_how_to_publish(&destination, &done);
                        destinations
                            .iter_mut()
                            .for_each(|later| later.is_created_with(&destination));
                    }
                    written.push(done);
                }
                Err(Error::Write(failure)) => failures.push(failure),
                Err(error) => return Ok((written, failures, Some(error.into()))),
            }
        }
        Ok::<_, Failure>((written, failures, None))
    })?;
    if written.is_empty() && stopped.is_some() {
        // Nothing was done. The reason is reported below.
    } else if args.json {
        let each: Vec<_> = written.iter().map(as_json).collect();
        output::json(&json!({ "written": each, "dry_run": args.dry_run }))?;
    } else if args.dry_run {
        let lines = written.iter().map(|one| foreseen_line(one, &put));
        output::data(&Text::new().lines(lines))?;
    } else {
        output::data(&Text::new().lines(written.iter().map(line)))?;
        if !written.is_empty() {
            tracing::info!(target: log::NOTICE, "running processes keep the old value until they restart");
        }
    }
    session::stopped_or_done(options, &hydrator, failures, stopped)
}

pub(super) fn json(merge: bool, replace: bool) -> JsonWrite {
    match (merge, replace) {
        (true, _) => JsonWrite::Merge,
        (_, true) => JsonWrite::Replace,
        _ => JsonWrite::Refuse,
    }
}

fn value(
    source: &Source,
    destination: &Destination,
    exact: bool,
    catalogue: &Catalogue,
) -> Result<SecretValue, Failure> {
    let variable = &destination.entry.name;
    let Given { value, removed_line_ending } = value_input::read(source, variable, exact)?;
    if removed_line_ending {
        tracing::info!(target: log::NOTICE, "{variable}: the final line ending is not part of the value (--exact keeps it)");
    }
    warn_of_looks(variable, &value, catalogue);
    Ok(value)
}

/// Warns if a value does not look right, and shows nothing of it.
pub(super) fn warn_of_looks(variable: &str, value: &SecretValue, catalogue: &Catalogue) {
    for warning in look::warnings(value.expose(), variable) {
        tracing::warn!("{variable}: check the value: {warning}");
    }
    let item = catalogue.by_variable(variable);
    if item.and_then(|item| item.matches_key_format(value.expose())) == Some(false) {
        tracing::warn!(
            "{variable}: check the value: it does not match the key format in the catalogue"
        );
    }
}

/// A read that is pinned to a version does not see the new AWSCURRENT.
pub(super) fn warn_of_pin(destination: &Destination) {
    let variable = &destination.entry.name;
    match &destination.pinned {
        None => {}
        Some(Version::Stage(stage)) if stage == Version::CURRENT => {}
        Some(pin) => {
            tracing::warn!(
                "{variable}: the entry reads {pin} of the secret, and the new value becomes AWSCURRENT"
            )
        }
    }
}

/// The ARN of a new secret is not known yet.
pub(super) fn say_how_to_publish(destination: &Destination, written: &Written) {
    let (DestinationKind::Unnamed { .. }, Some(arn)) = (&destination.kind, &written.arn) else {
        return;
    };
    let keys = &destination.entry.source_keys;
    let set = keys.variable().map(|name| format!("set {name} to it"));
    let publish = |id| format!("put it into parameter {id}");
    let ways: Vec<_> = set.into_iter().chain(keys.parameter().map(publish)).collect();
    let variable = &destination.entry.name;
    tracing::warn!(
        "{variable}: nothing names the new secret yet: its ARN is {arn}; {}",
        ways.join(", or ")
    );
}

pub(super) fn foreseen_line(written: &Written, put: &PutOptions) -> String {
    let Written { variables, place, created, .. } = written;
    let does = match (created, put.create) {
        (true, _) => "would create",
        (false, true) => "would write a new version of (or create)",
        (false, false) => "would write a new version of",
    };
    let rest = match put.json {
        JsonWrite::Merge => "; its other keys stay",
        JsonWrite::Replace => "; its other keys are removed",
        _ => "",
    };
    format!("{}: {does} {place}{rest}", variables.join(", "))
}

pub(super) fn line(written: &Written) -> String {
    let Written { variables, place, version, created, .. } = written;
    let does = if *created { "created" } else { "wrote" };
    format!("{}: {does} {place}, version {version}", variables.join(", "))
}

pub(super) fn as_json(written: &Written) -> serde_json::Value {
    json!({
        "variables": written.variables,
        "reference": written.place,
        "arn": written.arn,
        "version": Some(&written.version).filter(|version| !version.is_empty()),
        "created": written.created,
    })
}

/// Whether the entry is a part of a JSON secret.
pub(super) fn is_part(destination: &Destination) -> bool {
    destination.selector != Selector::Raw
}
