//! `hydrant import`: writes the values of an env file to the secrets and parameters that the
//! manifest names.
//!
//! [`prepare`] refuses before anything is written to AWS. [`Prepared::take_out`] is called after
//! everything was written.

mod backup;
mod comment_out;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use hydrant::write::{
    ImportStep, JsonWrite, PutOptions, WriteFailure, Written, foreseen, import_steps,
};
use hydrant::{EnvFile, Hydrator, SecretValue};
use hydrant_catalogue::Catalogue;
use hydrant_core::manifest::EnvFileSetting;
use hydrant_core::shown;
use serde_json::json;

use self::comment_out::{Prepared, TakenOut, prepare};
use super::put;
use crate::args::options::{LogFormat, Options};
use crate::child::shown_variable;
use crate::failure::Failure;
use crate::session;
use crate::terminal::log;
use crate::terminal::output::{self, Text, count};

/// Write the values of an env file to the secrets and parameters that the manifest names
///
/// Entries that use keys of one JSON secret make one version of it. Its other keys stay, which
/// needs permission to read it, unless --replace is given. Variables that are not in the manifest
/// are listed and ignored. If it is stopped half-way, it can be run again.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant import --dry-run                    show what would be written where
  hydrant import --create                     create the secrets that do not exist yet
  hydrant import .env.production --profile production
  hydrant import --comment-out                then remove the values from the file")]
pub(crate) struct Args {
    /// The env file to import; by default that of --env-file, then the manifest's (.env)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Create the secrets and parameters that do not exist yet
    #[arg(long)]
    create: bool,
    /// Write JSON secrets with only the imported keys: the others are removed
    #[arg(long)]
    replace: bool,
    /// Afterwards replace each imported line with a comment, and keep a backup of the file (mode
    /// 0600; git must ignore it)
    #[arg(long)]
    comment_out: bool,
    /// Show what would be written where, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let catalogue = session::load_catalogue(options)?;
    let (hydrator, path) = hydrator(options, args)?;
    let rewrites = args.comment_out && !args.dry_run;
    if rewrites && args.file.is_none() && options.env_file.is_none() {
        comment_out::check_beside(hydrator.manifest().path(), &path)?;
    }
    let prepared = if rewrites { Some(prepare(&path)?) } else { None };
    // What is removed afterwards is exactly what was read.
    let file = match &prepared {
        Some(prepared) => prepared.env_file().clone(),
        None => EnvFile::read(&path).map_err(hydrant::Error::EnvFile)?,
    };
    let known: Vec<&str> = hydrator.manifest().names().collect();
    let chosen =
        |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let names: Vec<&str> =
        known.iter().copied().filter(|name| chosen(name) && file.get(name).is_some()).collect();
    let json = if args.replace { JsonWrite::Replace } else { JsonWrite::Merge };
    let put = PutOptions::new().create(args.create).json(json);
    if names.is_empty() {
        let unknown = unknown(&hydrator, &file, &known)?;
        return nothing(args, &path, &unknown);
    }

    let (done, failures) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        let mut failures: Vec<WriteFailure> = session
            .destinations
            .iter()
            .filter_map(|destination| destination.as_ref().err().cloned())
            .collect();
        let values = session.destinations.iter().flatten().filter_map(|destination| {
            file.get(&destination.entry.name)
                .map(|value| (destination.clone(), SecretValue::from(value)))
        });
        let steps = match import_steps(values.collect()) {
            Ok(steps) => steps,
            Err(clashes) => {
                failures.extend(clashes);
                Vec::new()
            }
        };
        // Every problem is reported before anything is written.
        failures.extend(steps.iter().filter_map(|step| step.check(&put).err()));
        if !failures.is_empty() {
            failures.sort_by_key(|failure| failure.line);
            return Ok((Vec::new(), failures));
        }
        warn(&steps, &put, &catalogue);
        if args.dry_run {
            return Ok((steps.iter().map(foreseen_step).collect(), Vec::new()));
        }
        let mut finished = 0;
        let results = session
            .import(&steps, &put, |step| {
                finished += 1;
                say_finished(options, step, finished, steps.len());
            })
            .await?;
        let (mut done, mut failures) = (Vec::new(), Vec::new());
        for (step, result) in steps.iter().zip(results) {
            match result {
                Ok(written) => {
                    if written.created {
                        put::say_how_to_publish(step.destination(), &written);
                    }
                    done.push(written);
                }
                Err(failure) => failures.push(failure),
            }
        }
        Ok::<_, Failure>((done, failures))
    })?;

    // A failure to rewrite the file is reported after what was written.
    let (taken_out, stopped) =
        match prepared.as_ref().map(|prepared| take_out(prepared, &done)).transpose() {
            Ok(taken_out) => (taken_out, None),
            Err(failure) => (None, Some(failure)),
        };
    let unknown = unknown(&hydrator, &file, &known)?;
    report(args, &path, &done, &unknown, &put, taken_out.as_ref())?;
    session::stopped_or_done(options, &hydrator, failures, stopped)
}

/// The hydrator, and the env file to import: its variables count as references too.
fn hydrator(options: &Options, args: &Args) -> Result<(Hydrator, PathBuf), Failure> {
    let builder = session::builder(options)?.audit_as("import");
    if let Some(path) = args.file.as_ref().or(options.env_file.as_ref()) {
        return Ok((builder.env_file(path).build()?, path.clone()));
    }
    let hydrator = builder.build()?;
    let EnvFileSetting::Path(path) = &hydrator.manifest().settings().env_file else {
        return Err(Failure::usage("the manifest turns the env file off: give the file to import"));
    };
    let path = hydrator.manifest().path().parent().unwrap_or(Path::new("")).join(path);
    Ok((hydrator, path))
}

/// A line for each step, only for people at a terminal: the results are reported at the end.
fn say_finished(options: &Options, step: &ImportStep, finished: usize, steps: usize) {
    if options.log_format == LogFormat::Text && io::stderr().is_terminal() {
        let variables = step.variables().collect::<Vec<_>>().join(", ");
        tracing::info!(target: log::NOTICE, "{finished} of {steps} done: {variables}");
    }
}

fn warn(steps: &[ImportStep], put: &PutOptions, catalogue: &Catalogue) {
    for step in steps {
        for (destination, value) in &step.parts {
            put::warn_of_pin(destination);
            put::warn_of_looks(&destination.entry.name, value, catalogue);
        }
        if put.json == JsonWrite::Replace && put::is_part(step.destination()) {
            let variables = step.variables().collect::<Vec<_>>().join(", ");
            tracing::warn!(
                "{variables}: the other keys of {} are removed (--replace)",
                step.destination().shown
            );
        }
    }
}

fn foreseen_step(step: &ImportStep) -> Written {
    let mut written = foreseen(step.destination());
    written.variables = step.variables().map(str::to_owned).collect();
    written
}

fn take_out(prepared: &Prepared, done: &[Written]) -> Result<TakenOut, Failure> {
    let imported: Vec<&str> =
        done.iter().flat_map(|written| &written.variables).map(String::as_str).collect();
    prepared.take_out(&imported)
}

/// The file's variables that are neither entries nor references.
fn unknown(hydrator: &Hydrator, file: &EnvFile, known: &[&str]) -> Result<Vec<String>, Failure> {
    let references = hydrator.reference_variables()?;
    let is_unknown = |name: &str| !known.contains(&name) && !references.contains(name);
    let each = file.names().filter(|name| is_unknown(name));
    let each = each.filter(|name| !name.starts_with("AWS_") && !name.starts_with("HYDRANT_"));
    Ok(each.map(|name| shown_variable(name, file)).collect())
}

fn nothing(args: &Args, path: &Path, unknown: &[String]) -> Result<u8, Failure> {
    tracing::warn!("{} has no value for any entry of the manifest", shown::path(path));
    report(args, path, &[], unknown, &PutOptions::new(), None)
}

fn report(
    args: &Args,
    path: &Path,
    done: &[Written],
    unknown: &[String],
    put: &PutOptions,
    taken_out: Option<&TakenOut>,
) -> Result<u8, Failure> {
    let backup = taken_out
        .and_then(|taken_out| taken_out.backup.as_ref())
        .map(|path| shown::path(path).into_owned());
    if args.json {
        return output::json(&json!({
            "env_file": shown::path(path).into_owned(),
            "written": done.iter().map(put::as_json).collect::<Vec<_>>(),
            "unknown": unknown,
            "backup": backup,
            "dry_run": args.dry_run,
        }));
    }
    let text = Text::new().lines(done.iter().map(|written| match args.dry_run {
        true => put::foreseen_line(written, &options_for(written, put)),
        false => put::line(written),
    }));
    let values = done.iter().map(|written| written.variables.len()).sum();
    let does = if args.dry_run { "would be imported" } else { "imported" };
    let mut sum = format!("{} of {} {does}", count(values, "value", "values"), shown::path(path));
    if !unknown.is_empty() {
        sum.push_str(&format!("; not in the manifest, and ignored: {}", unknown.join(", ")));
    }
    let backup = backup.map(|backup| {
        let taken = taken_out.map_or(0, |taken_out| taken_out.settings.len());
        let lines = count(taken, "setting", "settings");
        format!("{lines} removed from {}; backup: {backup}", shown::path(path))
    });
    let text = text.line(sum).lines(backup);
    output::data(&text)
}

/// What happens to the other keys is only worth mentioning for JSON secrets.
fn options_for(written: &Written, put: &PutOptions) -> PutOptions {
    put.clone().json(if written.part { put.json } else { JsonWrite::Refuse })
}
