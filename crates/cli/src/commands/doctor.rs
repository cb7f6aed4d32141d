//! `hydrant doctor`: checks everything between this machine and its values, and reports each
//! problem with its fix.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use hydrant::{Builder, Env, EnvFile, Error, Examination, Hydrator, Setting};
use hydrant_core::plan::Step;
use hydrant_core::shown;
use tracing::Level;
use tracing::subscriber::NoSubscriber;

use super::check::with_profiles;
use crate::args::options::Options;
use crate::args::setting;
use crate::doctor::environment::{Process, Refused};
use crate::doctor::{
    self, Finding, Section, aws, entries, env_file, environment, executable, manifest,
};
use crate::failure::Failure;
use crate::session;
use crate::terminal::output;

/// Find out why a value does not arrive: check everything from the manifest to each secret
///
/// Continues after each problem and reports all of them, each with its fix and never with a value:
/// the manifest, the environment, the env file, the identity, region, endpoints, clock,
/// certificates, and each entry as a deployment would read it, whether or not its variable is set
/// here. It reads the secrets and discards their values. The exit code is the one `hydrant run`
/// would end with, or 0.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant doctor
  hydrant --only OPENAI_API_KEY doctor
  hydrant --offline doctor                         what can be checked without a network
  hydrant doctor --json | jq '.checks[] | select(.mark == \"problem\")'")]
pub(crate) struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let built = build(options)?;
    let hydrator = &built.hydrator;
    // doctor reports what the log would say about entries. With -v the log says it too.
    let mut examined = match tracing::enabled!(target: "hydrant", Level::INFO) {
        true => examine(options, hydrator)?,
        false => tracing::subscriber::with_default(NoSubscriber::default(), || {
            examine(options, hydrator)
        })?,
    };
    let path = shown::path(&session::manifest_path(options)).into_owned();
    let mut findings = of_manifest(options, &built, &path)?;
    findings.extend(environment::findings(&built.process, &built.refused, &examined));
    findings.extend(env_file::findings(of_env_file(options, &built)?));
    findings.extend(aws::identity(&examined, SystemTime::now()));
    findings.extend(aws::region(&examined));
    findings.extend(aws::endpoint(&examined));
    findings.push(aws::clock(&examined));
    findings.push(aws::trust(&examined));
    findings.extend(of_executable().map(executable::finding));
    let unrecorded = examined.unrecorded.take().map(Failure::from);
    findings.extend(entries::findings(&examined, unrecorded.as_ref()));
    match args.json {
        true => output::json(&doctor::as_json(&path, &findings))?,
        false => output::data(&doctor::text(&findings))?,
    };
    Ok(doctor::code(&findings))
}

/// The findings on the way to AWS. If the reads are recorded, a signal has their outcome recorded
/// too.
fn examine(options: &Options, hydrator: &Hydrator) -> Result<Examination, Failure> {
    match session::is_recorded(options, hydrator) {
        true => Ok(session::block_on(options, hydrator, hydrator.examine())??),
        false => Ok(hydrator.examine_blocking()?),
    }
}

/// A hydrator that can be built despite problems, and those problems.
struct Built {
    hydrator: Hydrator,
    process: Process,
    /// The reason why the manifest was left out.
    manifest: Option<Failure>,
    /// The reason why the env file was left out, and its path.
    env_file: Option<(Failure, Option<PathBuf>)>,
    /// The hydrant settings that were left out, and what each must be.
    refused: Vec<Refused>,
}

/// Leaves out invalid parts one by one, until the rest can be checked.
fn build(options: &Options) -> Result<Built, Failure> {
    let mut env = Env::new(std::env::vars_os());
    let mut builder = session::builder(options)?.audit_as("doctor");
    let process = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let process = process
        .filter_map(|(name, value)| Some((name.into_string().ok()?, lossy(value))))
        .collect();
    let (mut manifest, mut env_file, mut refused) = (None, None, Vec::new());
    let hydrator = loop {
        match builder.clone().process_env(env.clone()).build() {
            Ok(hydrator) => break hydrator,
            Err(error @ Error::Manifest(_)) if manifest.is_none() => {
                builder = without_manifest(options, builder);
                manifest = Some(Failure::from(error));
            }
            Err(error @ Error::EnvFile(_)) if env_file.is_none() => {
                builder = builder.no_env_file();
                let path = env_file_path(&error);
                env_file = Some((Failure::from(error), path));
            }
            Err(Error::Setting { variable, expected }) => {
                // AWS is not called if it is unknown whether it may be, or for what.
                if ["HYDRANT_OFFLINE", "HYDRANT_PROFILE"].contains(&variable) {
                    builder = builder.offline(true);
                }
                env.remove(variable);
                refused.push((variable, expected));
            }
            Err(error) => return Err(error.into()),
        }
    };
    Ok(Built { hydrator, process, manifest, env_file, refused })
}

/// A value that is not UTF-8 is reported only by name: its setting is refused, or it is a path.
fn lossy(value: OsString) -> String {
    value.to_string_lossy().into_owned()
}

/// A hydrator without entries and settings, with the default env file.
fn without_manifest(options: &Options, builder: Builder) -> Builder {
    let builder = builder.manifest_text("version = 1\n").only::<String>([]);
    if options.env_file.is_some() || options.no_env_file {
        return builder;
    }
    let beside = session::manifest_path(options).with_file_name(".env");
    if beside.exists() { builder.env_file(beside) } else { builder.no_env_file() }
}

fn env_file_path(error: &Error) -> Option<PathBuf> {
    use hydrant_core::EnvFileError::{Io, NotUtf8, Problems};
    match error {
        Error::EnvFile(Io { path, .. } | NotUtf8 { path, .. } | Problems { path, .. }) => {
            Some(path.clone())
        }
        _ => None,
    }
}

fn of_manifest(options: &Options, built: &Built, path: &str) -> Result<Vec<Finding>, Failure> {
    let is_refused = |name: &str| built.refused.iter().any(|(variable, _)| *variable == name);
    let set =
        |name: &str| built.process.get(name).filter(|_| !is_refused(name)).map(OsString::from);
    let named_by = setting::given_with(Setting::Manifest, options, set).map(|given| given.by);
    let profile = setting::given_with(Setting::Profile, options, set);
    let profile = profile.as_ref().map(|given| (given.value.to_string_lossy(), given.by));
    let problems_of =
        |failure: &Failure| doctor::of_failure(Section::Manifest, "manifest", failure);
    let known = built.hydrator.manifest();
    let mut facts = manifest::Facts {
        path,
        named_by,
        problems: Vec::new(),
        profile: profile.as_ref().map(|(name, by)| (&**name, *by)),
        profiles: None,
        entries: None,
    };
    match &built.manifest {
        Some(failure) => facts.problems = problems_of(failure),
        None => {
            facts.profiles = Some(known.profiles().collect());
            let mut errors = with_profiles(options, known)?;
            match built.hydrator.plan() {
                Ok(plan) => facts.entries = Some((plan.entries.len(), known.names().count())),
                Err(Error::Selection(hydrant_core::manifest::SelectError::Manifest(error))) => {
                    errors.push(error)
                }
                Err(error) => facts.problems = problems_of(&Failure::from(error)),
            }
            if !errors.is_empty() {
                facts.problems.extend(problems_of(&Failure::Manifests(errors)));
            }
        }
    }
    Ok(manifest::findings(facts))
}

fn of_env_file(options: &Options, built: &Built) -> Result<env_file::Facts, Failure> {
    if let Some((failure, path)) = &built.env_file {
        let problems = doctor::of_failure(Section::EnvFile, "lines", failure);
        return Ok(env_file::Facts { path: path.clone(), problems, ..env_file::Facts::default() });
    }
    let hydrator = &built.hydrator;
    let path = hydrator.env_file_path().filter(|path| built.manifest.is_none() || path.exists());
    let Some(file) = hydrator.env().file() else {
        return Ok(env_file::Facts { path, ..env_file::Facts::default() });
    };
    let only_here = file.names().filter(|name| is_only_here(file, &built.process, name));
    Ok(env_file::Facts {
        path,
        problems: Vec::new(),
        only_here: only_here.map(str::to_owned).collect(),
        entries: if built.manifest.is_none() { without_env_file(options)? } else { None },
        references: hydrator.reference_variables().unwrap_or_else(|_| BTreeSet::new()),
        settings: hydrator.manifest().settings().clone(),
    })
}

fn is_only_here(file: &EnvFile, process: &Process, name: &str) -> bool {
    file.get(name).is_some() && !process.contains_key(name)
}

/// Whether the kernel lets this user read the running program. At execve this decides whether the
/// process is dumpable.
#[cfg(target_os = "linux")]
fn of_executable() -> Option<executable::Facts> {
    use std::os::unix::fs::MetadataExt;
    let path = std::env::current_exe().ok()?;
    let opened = std::fs::File::open("/proc/self/exe");
    let owner = std::fs::metadata(&path).ok().map(|data| data.uid());
    let user = rustix::process::geteuid();
    Some(executable::Facts {
        is_readable: !opened
            .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied),
        is_owned_by_root: owner == Some(0),
        is_owned_by_user: owner == Some(user.as_raw()),
        user_is_root: user.is_root(),
        path,
    })
}

/// On other systems hydrant promises nothing about it.
#[cfg(not(target_os = "linux"))]
fn of_executable() -> Option<executable::Facts> {
    None
}

/// The entries, and whether something names the secret of each without the env file.
fn without_env_file(options: &Options) -> Result<Option<Vec<(String, bool)>>, Failure> {
    // The problem is reported elsewhere.
    let Ok(hydrator) = session::builder(options)?.no_env_file().build() else { return Ok(None) };
    let Ok(plan) = hydrator.deployed_plan() else { return Ok(None) };
    let named = |step: &Step| !step.is_local() || step.is_kept();
    Ok(Some(
        plan.entries
            .iter()
            .map(|planned| (planned.entry.name.clone(), named(&planned.step)))
            .collect(),
    ))
}
