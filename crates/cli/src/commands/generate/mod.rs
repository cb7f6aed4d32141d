//! `hydrant generate`: what a deployment needs beside the manifest. The texts are made by the crate
//! `hydrant-deploy`.
//!
//! This file owns the list of targets and the way from the command line to their input. Their
//! arguments are in `targets`, the files of a layer are read in `layer`, and where texts go is in
//! `destination`.

pub(super) mod destination;
mod difference;
mod layer;
mod targets;

use std::ffi::OsStr;

use hydrant::Setting;
use hydrant_core::shown;
use hydrant_deploy::Notice;
use hydrant_deploy::generate::{
    Generated, Input, cdk, cloudformation, ecs, env_example, github_actions, kubernetes,
    lambda_layer, terraform,
};

use crate::args::options::Options;
use crate::args::setting;
use crate::failure::{Failure, hints};
use crate::session;
use crate::terminal::log;
use crate::watchdog;

/// Generate what a deployment needs from the manifest: stacks, fragments, files; no network, no
/// value
///
/// The text goes to stdout, to a file with --out, or against a file in hand with --check, for CI.
/// It begins with the command that makes it again.
#[derive(clap::Args, Debug)]
#[command(
    disable_help_subcommand = true,
    after_help = "\
Examples:
  hydrant generate cloudformation --out secrets.yaml      empty secrets, their parameters, and a policy to read them
  hydrant generate cdk --out lib/hydrant-secrets.ts       the same as constructs of the AWS CDK
  hydrant generate terraform --out secrets/main.tf        the same as a Terraform module
  hydrant generate ecs --out ecs.json -- ./server         a container that hydrates itself, and its role
  hydrant generate lambda-layer --out layer.zip           a layer that hydrates functions
  hydrant generate cloudformation --check secrets.yaml    in CI: exit code 1 if it is not what would be generated"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    target: Target,
}

#[derive(clap::Subcommand, Debug)]
enum Target {
    Cloudformation(targets::Cloudformation),
    Cdk(targets::Cdk),
    Terraform(targets::Terraform),
    Ecs(targets::Ecs),
    Kubernetes(targets::Kubernetes),
    LambdaLayer(targets::LambdaLayer),
    GithubActions(targets::GithubActions),
    EnvExample(targets::EnvExample),
}

impl Target {
    /// The program that is started, for the targets that take one.
    fn program(&self) -> &[String] {
        match self {
            Target::Ecs(args) => &args.command,
            Target::Kubernetes(args) => &args.command,
            Target::GithubActions(args) => &args.command,
            _ => &[],
        }
    }
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let input = input(options)?;
    refuse_keys(&input, args.target.program())?;
    let (made, destination) = match &args.target {
        Target::Cloudformation(args) => {
            (cloudformation::generate(&input, &args.options()), &args.destination)
        }
        Target::Cdk(args) => (cdk::generate(&input), &args.destination),
        Target::Terraform(args) => {
            (terraform::generate(&input, &args.options()), &args.destination)
        }
        Target::Ecs(args) => (ecs::generate(&input, &args.options()), &args.destination),
        Target::Kubernetes(args) => {
            (kubernetes::generate(&input, &args.options()), &args.destination)
        }
        Target::LambdaLayer(args) if args.is_archive() => {
            let layer = layer::layer(&input, args)?;
            say(&[], &layer.warnings);
            return args.destination.take_bytes(&layer.archive);
        }
        Target::LambdaLayer(args) => {
            (lambda_layer::generate(&input, &args.options()), &args.destination)
        }
        Target::GithubActions(args) => {
            (github_actions::generate(&input, &args.options()), &args.destination)
        }
        Target::EnvExample(args) => (Ok(env_example::generate(&input)), &args.destination),
    };
    let Generated { text, notices, warnings } = made?;
    say(&notices, &warnings);
    destination.take(&text)
}

fn nothing_generated(what: &str) -> String {
    format!("{what} looks like a key: nothing is generated with it")
}

/// What is generated repeats its options and the program, for everybody who reads the repository.
fn refuse_keys(input: &Input, program: &[String]) -> Result<(), Failure> {
    let refused = |what: &str| Err(Failure::usage(&nothing_generated(what)));
    if shown::path(&input.manifest) != input.manifest.to_string_lossy() {
        return refused("the path of the manifest");
    }
    if input.options.iter().any(|word| shown::holds_key(word)) {
        return refused("the value of an option");
    }
    let is_key = |(index, word): &(usize, &String)| match index {
        0 => shown::command(word) != word.as_str(),
        _ => shown::is_key_argument(word),
    };
    if let Some((index, _)) = program.iter().enumerate().find(is_key) {
        return Err(Failure::Usage {
            text: nothing_generated(&format!("word {} of CMD", index + 1)),
            hint: Some(
                "take it out, and make it an entry of the manifest, which sets a variable"
                    .to_owned(),
            ),
        });
    }
    // Whatever option it belongs to.
    if std::env::args_os().skip(1).any(|word| shown::holds_key(&word.to_string_lossy())) {
        return refused("an argument");
    }
    let is_var = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("HYDRANT_VAR_"));
    match std::env::vars_os()
        .find(|(name, value)| is_var(name) && shown::holds_key(&value.to_string_lossy()))
    {
        Some((name, _)) => {
            refused(&format!("the value of {}", shown::unquoted(&name.to_string_lossy())))
        }
        None => Ok(()),
    }
}

fn say(notices: &[Notice], warnings: &[Notice]) {
    for notice in notices {
        tracing::info!(target: log::NOTICE, "{}", line(notice));
    }
    for warning in warnings {
        tracing::warn!("{}", line(warning));
    }
}

/// A notice with what to do on one line.
fn line(Notice { text, hint }: &Notice) -> String {
    match hint {
        Some(hint) => format!("{text}: {}", hints::of_deployment(hint)),
        None => text.clone(),
    }
}

fn input(options: &Options) -> Result<Input, Failure> {
    let hydrator = session::builder(options)?.build()?;
    // A layer takes its time, and asks nobody.
    watchdog::stop();
    let (committed, deployed) = (hydrator.committed_plan()?, hydrator.deployed_plan()?);
    let named =
        ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| hydrator.env().text(name));
    let region = named.map(str::to_owned);
    let manifest = hydrator.manifest();
    let input = Input::new(manifest, committed, deployed);
    Ok(Input {
        options: words(options, &shown::path(manifest.path()))?,
        region: region.or_else(|| input.region.clone()),
        ..input
    })
}

/// The options that what is generated depends on, as they are given again.
fn words(options: &Options, manifest: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    if manifest != "secrets.toml" {
        option("--manifest", manifest);
    }
    if let Some(profile) = setting::given(Setting::Profile, options) {
        let profile = profile.value.to_string_lossy();
        if shown::looks_like_key(&profile) {
            return Err(Failure::usage(&nothing_generated("the name of the profile")));
        }
        option("--profile", &profile);
    }
    if !options.only.is_empty() {
        option("--only", &options.only.join(","));
    }
    for (name, value) in session::vars(options)? {
        option("--var", &format!("{name}={value}"));
    }
    Ok(words)
}
