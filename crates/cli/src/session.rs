//! Session: builds a hydrator from the options of every command, and has what commands do with it:
//! calls, entries by name, and the exit code of a command that continued after a failure.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use hydrant::write::{Destination, WriteFailure};
use hydrant::{Builder, Error, Hydration, Hydrator, Setting, WriteSession};
use hydrant_catalogue::Catalogue;
use hydrant_core::manifest::{DEADLINE_FORM, parse_deadline};
use hydrant_core::nearest;
use hydrant_core::shown;

use crate::args::options::Options;
use crate::args::setting;
use crate::failure::{Failure, Problem, exit, hints};
use crate::files::catalogue_file;
use crate::{signals, watchdog};

/// The library's options for the common options of the command line.
pub(crate) fn builder(options: &Options) -> Result<Builder, Failure> {
    let mut builder = Hydrator::builder()
        .only(&options.only)
        .ignore_set(options.ignore_set)
        .info_events(true)
        .offline(options.offline);
    if let Some(deadline) = deadline(options)? {
        builder = builder.deadline(deadline);
    }
    builder = builder.watch(&watchdog::WATCHDOG).hints(hints::of_reason);
    if let Some(path) = &options.manifest {
        builder = builder.manifest(path);
    }
    if let Some(profile) = &options.profile {
        builder = builder.profile(profile);
    }
    for (name, value) in vars(options)? {
        builder = builder.var(name, value);
    }
    if let Some(path) = &options.env_file {
        builder = builder.env_file(path);
    }
    if options.no_env_file {
        builder = builder.no_env_file();
    }
    if let Some(path) = &options.audit_log {
        builder = builder.audit_log(path);
    }
    if let Some(actor) = &options.actor {
        builder = builder.actor(actor);
    }
    for host in &options.allow_http {
        builder = builder.allow_http(host);
    }
    Ok(builder)
}

/// The value of `--deadline`. It may be a pasted value, so it is not repeated.
pub(crate) fn deadline(options: &Options) -> Result<Option<Duration>, Failure> {
    let Some(text) = &options.deadline else { return Ok(None) };
    let wrong = || Failure::usage(&format!("--deadline is not {DEADLINE_FORM}"));
    parse_deadline(text).map(Some).ok_or_else(wrong)
}

/// Runs all calls of a command to AWS. Commands that read values do not use it: they may have
/// nothing to call. If it fails as a whole, the deadline still counts for the message.
pub(crate) fn run_calls<T, E: Into<Failure>>(
    options: &Options,
    hydrator: &Hydrator,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    let done = block_on(options, hydrator, future)?.map_err(Into::into)?;
    watchdog::stop();
    Ok(done)
}

/// Runs calls to their end. If they are recorded, a signal has their outcome recorded too.
pub(crate) fn block_on<T>(
    options: &Options,
    hydrator: &Hydrator,
    future: impl Future<Output = T>,
) -> Result<T, Failure> {
    let runtime = hydrant_core::descriptors::check()
        .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build());
    let runtime = runtime.map_err(|error| {
        Failure::Internal(format!("failed to start the runtime for calls to AWS: {error}"))
    })?;
    if is_recorded(options, hydrator) {
        let done = signals::run(runtime, future);
        return done
            .map_err(|error| Failure::Internal(format!("failed to handle signals: {error}")));
    }
    let done = runtime.block_on(future);
    // A thread that still resolves a name is not waited for.
    runtime.shutdown_background();
    Ok(done)
}

/// Whether the outcome of a call is recorded: a signal must leave time for that.
pub(crate) fn is_recorded(options: &Options, hydrator: &Hydrator) -> bool {
    options.audit_log.is_some() || hydrator.manifest().settings().audit_log.is_some()
}

/// The values of a command that passes them on. If each read is recorded, a signal has its outcome
/// recorded too.
pub(crate) fn values(options: &Options, hydrator: &Hydrator) -> Result<Hydration, Failure> {
    if is_recorded(options, hydrator) && !hydrator.plan()?.is_local() {
        return run_calls(options, hydrator, hydrator.read().values());
    }
    let values = hydrator.read().values_blocking()?;
    watchdog::stop();
    Ok(values)
}

/// The hydrator of the whole manifest, regardless of `--only`.
pub(crate) fn unfiltered_hydrator(options: &Options) -> Result<Hydrator, Failure> {
    Ok(builder(options)?.only::<String>([]).build()?)
}

/// The entry names on the command line. An unknown name may be a pasted value, so it is reported by
/// its position.
pub(crate) fn entries<'a>(
    hydrator: &Hydrator,
    variables: &'a [String],
) -> Result<Vec<&'a str>, Failure> {
    let known = |name: &str| hydrator.manifest().names().any(|entry| entry == name);
    let unknown =
        variables.iter().enumerate().filter(|(_, name)| !known(name)).map(|(index, name)| {
            Problem {
                text: format!(
                    "argument {} is not the name of an entry of {}",
                    index + 1,
                    shown::path(hydrator.manifest().path())
                ),
                hint: nearest::loose(name, hydrator.manifest().names())
                    .map(|near| format!("did you mean {near}?")),
            }
        });
    let problems: Vec<_> = unknown.collect();
    match problems.is_empty() {
        true => Ok(variables.iter().map(String::as_str).collect()),
        false => Err(Failure::Problems(problems)),
    }
}

/// The destination of the one requested entry.
pub(crate) fn single_destination<'p>(
    hydrator: &Hydrator,
    session: &'p WriteSession,
) -> Result<&'p Destination, Failure> {
    match session.destinations.first() {
        Some(Ok(destination)) => Ok(destination),
        Some(Err(failure)) => Err(write_failure(hydrator, failure.clone())),
        // The selection has already refused an unknown name.
        None => Err(Failure::Internal("no entry was selected".to_owned())),
    }
}

pub(crate) fn write_failure(hydrator: &Hydrator, failure: WriteFailure) -> Failure {
    Failure::Writes { manifest: hydrator.manifest().path().to_owned(), failures: vec![failure] }
}

/// An error of the library. The failed write of one entry gets its line in this manifest.
pub(crate) fn failure_of(hydrator: &Hydrator, error: Error) -> Failure {
    match error {
        Error::Write(failure) => write_failure(hydrator, failure),
        error => error.into(),
    }
}

/// The exit code of a command that continued after a failure.
pub(crate) fn exit_code_of(
    hydrator: &Hydrator,
    failures: Vec<WriteFailure>,
) -> Result<u8, Failure> {
    match failures.is_empty() {
        true => Ok(exit::DONE),
        false => Err(Failure::Writes { manifest: hydrator.manifest().path().to_owned(), failures }),
    }
}

/// The same if the command was also stopped before its end, which is reported last.
pub(crate) fn stopped_or_done(
    options: &Options,
    hydrator: &Hydrator,
    failures: Vec<WriteFailure>,
    stopped: Option<Failure>,
) -> Result<u8, Failure> {
    match (exit_code_of(hydrator, failures), stopped) {
        (done, None) => done,
        (Ok(_), Some(stopped)) => Err(stopped),
        (Err(failures), Some(stopped)) => {
            failures.report(options.log_format);
            Err(stopped)
        }
    }
}

/// For each of these entries, the other entries of the manifest with the same secret.
pub(crate) async fn sharing(
    options: &Options,
    session: &WriteSession,
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let hydrator = unfiltered_hydrator(options)?;
    let all = hydrator.write().session(&[]).await?;
    let mut sharing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for destination in session.destinations.iter().flatten() {
        let asked = |name: &String| session.entries.iter().any(|entry| entry.name == *name);
        let others =
            all.destinations.iter().flatten().filter(|other| other.kind == destination.kind);
        let others: Vec<_> =
            others.map(|other| other.entry.name.clone()).filter(|name| !asked(name)).collect();
        if !others.is_empty() {
            sharing.insert(destination.entry.name.clone(), others);
        }
    }
    Ok(sharing)
}

/// The manifest, for commands that write it: the named one, else `secrets.toml`.
pub(crate) fn manifest_path(options: &Options) -> PathBuf {
    let named = setting::given(Setting::Manifest, options).map(|given| PathBuf::from(given.value));
    named.unwrap_or_else(|| PathBuf::from("secrets.toml"))
}

/// The built-in catalogue with the user's own, if one is named.
pub(crate) fn load_catalogue(options: &Options) -> Result<Catalogue, Failure> {
    let named = setting::given(Setting::Catalogue, options);
    Ok(catalogue_file::load(named.as_ref().map(|given| given.value.as_ref()))?)
}

/// A command that does not read the manifest's entries cannot use a `--var`.
pub(crate) fn without_vars(options: &Options) -> Result<(), Failure> {
    match vars(options)?.is_empty() {
        true => Ok(()),
        false => Err(Failure::usage(
            "--var cannot be used here: this command does not fill in `${NAME}`",
        )),
    }
}

/// The values that `--var` gives.
pub(crate) fn vars(options: &Options) -> Result<Vec<(String, String)>, Failure> {
    let each = options.vars.iter().enumerate().map(|(index, var)| match var.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        // It may be a pasted value, so it is not repeated.
        None => Err(Failure::usage(&format!("--var (number {}) is not NAME=VALUE", index + 1))),
    });
    let vars: Vec<(String, String)> = each.collect::<Result<_, _>>()?;
    let is_again = |index: &usize| vars[..*index].iter().any(|(name, _)| *name == vars[*index].0);
    match (0..vars.len()).find(is_again) {
        Some(index) => Err(Failure::usage(&format!(
            "--var (number {}) repeats a name: give each name once",
            index + 1
        ))),
        None => Ok(vars),
    }
}
