//! One command a file: its arguments, whose doc comment is the help text, then one function.
//!
//! This file owns the way from the common options to the library's.

pub(crate) mod add;
pub(crate) mod catalogue;
pub(crate) mod check;
pub(crate) mod delete;
pub(crate) mod doctor;
#[cfg(feature = "emulator")]
pub(crate) mod emulate;
pub(crate) mod export;
pub(crate) mod generate;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod put;
pub(crate) mod restore;
pub(crate) mod rollback;
pub(crate) mod rotate;
pub(crate) mod run;
pub(crate) mod status;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use hydrant::write::{WriteFailure, WriteTarget};
use hydrant::{Builder, Env, Error, Hydration, Hydrator, Places};
use hydrant_catalogue::Catalogue;
use hydrant_core::manifest::{DEADLINE_FORM, DEFAULT_DEADLINE, parse_deadline};
use hydrant_core::nearest;
use hydrant_core::shown;

use crate::args::{Cli, Command, Options};
use crate::failure::{Failure, Refusal};
use crate::{catalogue_file, exit, hints, signals, watchdog};

/// Runs the command and gives the exit code.
pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    match hydrant::check_environment(&Env::new(std::env::vars_os())) {
        // It goes on, and tells what is wrong with the rest.
        Err(Error::Setting { .. }) if matches!(cli.command, Command::Doctor(_)) => {}
        checked => checked?,
    }
    let variable = || parse_deadline(&std::env::var("HYDRANT_DEADLINE").ok()?);
    let deadline = deadline(&cli.options)?.or_else(variable);
    watchdog::start(cli.options.log_format, deadline.unwrap_or(DEFAULT_DEADLINE));
    match &cli.command {
        Command::Run(args) => run::run(&cli.options, args),
        Command::Export(args) => export::run(&cli.options, args),
        Command::Check(args) => check::run(&cli.options, args),
        Command::Plan(args) => plan::run(&cli.options, args),
        Command::Init(args) => init::run(&cli.options, args),
        Command::Add(args) => add::run(&cli.options, args),
        Command::Put(args) => put::run(&cli.options, args),
        Command::Import(args) => import::run(&cli.options, args),
        Command::Status(args) => status::run(&cli.options, args),
        Command::History(args) => history::run(&cli.options, args),
        Command::Rollback(args) => rollback::run(&cli.options, args),
        Command::Delete(args) => delete::run(&cli.options, args),
        Command::Restore(args) => restore::run(&cli.options, args),
        Command::Rotate(args) => rotate::run(&cli.options, args),
        Command::Doctor(args) => doctor::run(&cli.options, args),
        Command::Policy(args) => policy::run(&cli.options, args),
        Command::Generate(args) => generate::run(&cli.options, args),
        Command::Catalogue(args) => catalogue::run(&cli.options, args),
        #[cfg(feature = "emulator")]
        Command::Emulate(args) => emulate::run(&cli.options, args),
    }
}

/// The library's options for the common options of the command line.
fn builder(options: &Options) -> Result<Builder, Failure> {
    let mut builder = Hydrator::builder()
        .only(&options.only)
        .ignore_set(options.ignore_set)
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

/// What `--deadline` says. What stands there may be a pasted value, so it is not repeated.
fn deadline(options: &Options) -> Result<Option<Duration>, Failure> {
    let Some(text) = &options.deadline else { return Ok(None) };
    let wrong = || Failure::usage(&format!("--deadline is not {DEADLINE_FORM}"));
    parse_deadline(text).map(Some).ok_or_else(wrong)
}

/// Runs all that a command asks AWS. The commands that read values do without: they may have
/// nothing to ask. Where it fails as a whole, the deadline still counts for the message.
fn asking<T, E: Into<Failure>>(
    options: &Options,
    hydrator: &Hydrator,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    let done = block_on(options, hydrator, future)?.map_err(Into::into)?;
    watchdog::stop();
    Ok(done)
}

/// Runs calls to their end. Where they are recorded, a signal has their outcome recorded too.
fn block_on<T>(
    options: &Options,
    hydrator: &Hydrator,
    future: impl Future<Output = T>,
) -> Result<T, Failure> {
    let runtime = hydrant_core::descriptors::check()
        .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build());
    let runtime = runtime
        .map_err(|error| Failure::Internal(format!("no runtime for the calls to AWS: {error}")))?;
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

/// Whether the outcome of a call is recorded, which a signal has to leave time for.
fn is_recorded(options: &Options, hydrator: &Hydrator) -> bool {
    options.audit_log.is_some() || hydrator.manifest().settings().audit_log.is_some()
}

/// The values of a command that hands them on. Where each read is recorded, a signal has its
/// outcome recorded too.
fn values(options: &Options, hydrator: &Hydrator) -> Result<Hydration, Failure> {
    if is_recorded(options, hydrator) && !hydrator.plan()?.is_local() {
        return asking(options, hydrator, hydrator.values());
    }
    let values = hydrator.values_blocking()?;
    watchdog::stop();
    Ok(values)
}

/// The hydrator of the whole manifest, whatever `--only` says.
fn whole(options: &Options) -> Result<Hydrator, Failure> {
    Ok(builder(options)?.only::<String>([]).build()?)
}

/// The names of entries that stand on the command line. One that is no entry may be a pasted value,
/// so it is told by its position.
fn entries<'a>(hydrator: &Hydrator, variables: &'a [String]) -> Result<Vec<&'a str>, Failure> {
    let known = |name: &str| hydrator.manifest().names().any(|entry| entry == name);
    let unknown =
        variables.iter().enumerate().filter(|(_, name)| !known(name)).map(|(index, name)| {
            Refusal {
                text: format!(
                    "VARIABLE (number {}) is no entry of {}",
                    index + 1,
                    shown::path(hydrator.manifest().path())
                ),
                hint: nearest::loose(name, hydrator.manifest().names())
                    .map(|near| format!("did you mean {near}?")),
            }
        });
    let refusals: Vec<_> = unknown.collect();
    match refusals.is_empty() {
        true => Ok(variables.iter().map(String::as_str).collect()),
        false => Err(Failure::Refusals(refusals)),
    }
}

/// The place of the one entry that was asked for.
fn one<'p>(hydrator: &Hydrator, places: &'p Places<'_>) -> Result<&'p WriteTarget, Failure> {
    match places.targets.first() {
        Some(Ok(target)) => Ok(target),
        Some(Err(failure)) => Err(failed(hydrator, failure.clone())),
        // The selection has refused a name that no entry has.
        None => Err(Failure::Internal("no entry was selected".to_owned())),
    }
}

fn failed(hydrator: &Hydrator, failure: WriteFailure) -> Failure {
    Failure::Writes { manifest: hydrator.manifest().path().to_owned(), failures: vec![failure] }
}

/// An error of the library, where the write of one entry failed with its line in this manifest.
fn told(hydrator: &Hydrator, error: Error) -> Failure {
    match error {
        Error::Write(failure) => failed(hydrator, failure),
        error => error.into(),
    }
}

/// The code of a command that went on where something failed.
fn all_done(hydrator: &Hydrator, failures: Vec<WriteFailure>) -> Result<u8, Failure> {
    match failures.is_empty() {
        true => Ok(exit::DONE),
        false => Err(Failure::Writes { manifest: hydrator.manifest().path().to_owned(), failures }),
    }
}

/// The same where the command was stopped before its end too: that is said last.
fn stopped_or_done(
    options: &Options,
    hydrator: &Hydrator,
    failures: Vec<WriteFailure>,
    stopped: Option<Failure>,
) -> Result<u8, Failure> {
    match (all_done(hydrator, failures), stopped) {
        (done, None) => done,
        (Ok(_), Some(stopped)) => Err(stopped),
        (Err(failures), Some(stopped)) => {
            failures.report(options.log_format);
            Err(stopped)
        }
    }
}

/// For each of these entries, the others of the manifest whose values live in the same secret.
async fn sharing(
    options: &Options,
    places: &Places<'_>,
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let hydrator = whole(options)?;
    let all = hydrator.writer().places(&[]).await?;
    let mut sharing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for target in places.targets.iter().flatten() {
        let asked = |name: &String| places.entries.iter().any(|entry| entry.name == *name);
        let others = all.targets.iter().flatten().filter(|other| other.place == target.place);
        let others: Vec<_> =
            others.map(|other| other.entry.name.clone()).filter(|name| !asked(name)).collect();
        if !others.is_empty() {
            sharing.insert(target.entry.name.clone(), others);
        }
    }
    Ok(sharing)
}

/// The manifest, for commands that write it: `--manifest`, else `HYDRANT_MANIFEST`, else
/// `secrets.toml`.
fn manifest_path(options: &Options) -> PathBuf {
    let named =
        || std::env::var_os("HYDRANT_MANIFEST").filter(|path| !path.is_empty()).map(PathBuf::from);
    options.manifest.clone().or_else(named).unwrap_or_else(|| PathBuf::from("secrets.toml"))
}

/// The built-in catalogue with the user's own: `--catalogue`, else `HYDRANT_CATALOGUE`.
fn load_catalogue(options: &Options) -> Result<Catalogue, Failure> {
    let named =
        || std::env::var_os("HYDRANT_CATALOGUE").filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(catalogue_file::load(options.catalogue.clone().or_else(named).as_deref())?)
}

/// A command that reads no manifest for its entries has no use for a `--var`.
fn without_vars(options: &Options) -> Result<(), Failure> {
    match vars(options)?.is_empty() {
        true => Ok(()),
        false => Err(Failure::usage("--var has no use here: this command fills in no `${NAME}`")),
    }
}

/// The values that `--var` gives.
fn vars(options: &Options) -> Result<Vec<(String, String)>, Failure> {
    let each = options.vars.iter().enumerate().map(|(index, var)| match var.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        // What stands there may be a pasted value, so it is not repeated.
        None => Err(Failure::usage(&format!("--var (number {}) is not NAME=VALUE", index + 1))),
    });
    let vars: Vec<(String, String)> = each.collect::<Result<_, _>>()?;
    let is_again = |index: &usize| vars[..*index].iter().any(|(name, _)| *name == vars[*index].0);
    match (0..vars.len()).find(is_again) {
        Some(index) => Err(Failure::usage(&format!(
            "--var (number {}) has the name of one before it: give each once",
            index + 1
        ))),
        None => Ok(vars),
    }
}
