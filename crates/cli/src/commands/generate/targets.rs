//! The arguments of the targets of `hydrant generate`, with their help, and the options that they
//! are for the crate `hydrant-deploy`.

use std::path::PathBuf;

use hydrant_deploy::generate::kubernetes::{parse_interval, parse_name};
use hydrant_deploy::generate::{
    cloudformation, ecs, github_actions, kubernetes, lambda_layer, terraform,
};

use super::destination::Destination;
use crate::commands::account_and_region::{account, region};

/// A CloudFormation template: empty secrets, the parameters that publish their ARNs, a policy to
/// read them
///
/// Each secret is created without a value, under its name to create and with its kms_key; hydrant
/// put gives it one. What the manifest names by ARN exists already and is only referred to. Ids
/// depend on the names of secrets and parameters alone, so that an entry more or another order
/// replaces nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate cloudformation --out secrets.yaml
  hydrant --profile prod generate cloudformation --check secrets.yaml    in CI: is it up to date?
  aws cloudformation deploy --stack-name demo-secrets --template-file secrets.yaml --capabilities CAPABILITY_IAM")]
pub(super) struct Cloudformation {
    /// Delete the secrets with the stack, after their recovery window; else they stay (Retain)
    #[arg(long)]
    delete_secrets: bool,
    #[command(flatten)]
    pub(super) destination: Destination,
}

impl Cloudformation {
    pub(super) fn options(&self) -> cloudformation::Options {
        cloudformation::Options { delete_secrets: self.delete_secrets }
    }
}

/// A TypeScript file for the AWS CDK: a construct that creates the empty secrets, and one that
/// imports them
///
/// HydrantSecrets makes what the target cloudformation makes. ImportedHydrantSecrets has the same
/// secrets in other stacks, by the parameters that publish their ARNs. Both grant roles to read or
/// to write, for all entries or for those that are named, and give containers, functions and others
/// the variables that hold ARNs.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate cdk --out lib/hydrant-secrets.ts
  hydrant generate cdk --check lib/hydrant-secrets.ts    in CI: is it up to date?")]
pub(super) struct Cdk {
    #[command(flatten)]
    pub(super) destination: Destination,
}

/// A Terraform module: empty secrets, the parameters that publish their ARNs, a policy to read them
///
/// What the target cloudformation makes, for version 5 or later of the AWS provider. No secret gets
/// a version here, so that no value comes into the state; hydrant put gives it one.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate terraform --out secrets/main.tf
  hydrant generate terraform --check secrets/main.tf    in CI: is it up to date?")]
pub(super) struct Terraform {
    /// Let Terraform destroy the secrets, with their recovery window; else it refuses to
    /// (prevent_destroy)
    #[arg(long)]
    delete_secrets: bool,
    #[command(flatten)]
    pub(super) destination: Destination,
}

impl Terraform {
    pub(super) fn options(&self) -> terraform::Options {
        terraform::Options { delete_secrets: self.delete_secrets }
    }
}

/// What a container of Amazon ECS needs: its environment and command, and the policy of its role
///
/// The program hydrates itself at its start: the container definition gets the ARN variables that
/// are set here, and CMD behind hydrant run; the task role reads. With --inject ECS reads the
/// secrets instead and sets the variables, with the execution role; it then starts no task while
/// any of them has no value, optional or not.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate ecs --account 123456789012 --out ecs.json -- ./server --port 8080
  hydrant generate ecs --account 123456789012 | jq .taskRolePolicy > task-role.json
  hydrant generate ecs --inject --account 123456789012 --check ecs.json    in CI: is it up to date?")]
pub(super) struct Ecs {
    /// ECS sets the variables: `secrets` with `valueFrom` instead of `environment`
    #[arg(long, conflicts_with = "command")]
    inject: bool,
    /// The account of secrets and parameters that are named without one: twelve digits
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The region of those named without one; else AWS_REGION, AWS_DEFAULT_REGION or
    /// settings.region says
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    pub(super) destination: Destination,
    /// The program and its arguments, which hydrant run starts
    #[arg(value_name = "CMD", last = true)]
    pub(super) command: Vec<String>,
}

impl Ecs {
    pub(super) fn options(&self) -> ecs::Options {
        ecs::Options {
            inject: self.inject,
            account: self.account.clone(),
            region: self.region.clone(),
            command: self.command.clone(),
        }
    }
}

/// What a Kubernetes cluster needs: an ExternalSecret with its store, or the part of a container
/// that starts through hydrant run
///
/// The External Secrets Operator (external-secrets.io/v1) makes a Secret of the required entries,
/// and one of each optional entry, since it makes none at all of an ExternalSecret of which a value
/// is missing. There is a store for each region. With --run the program hydrates itself at its
/// start instead, and no Secret is made.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate kubernetes --namespace demo --service-account demo --out external-secrets.yaml
  hydrant generate kubernetes --cluster-store --check external-secrets.yaml    in CI: is it up to date?
  hydrant generate kubernetes --run --out container.yaml -- ./server")]
pub(super) struct Kubernetes {
    /// What the resources are called, and begin with
    #[arg(long, value_name = "NAME", default_value = "hydrant", value_parser = parse_name)]
    name: String,
    /// Their namespace; else the one that they are applied in
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    namespace: Option<String>,
    /// The service account whose role reads; else the operator reads with its own
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    service_account: Option<String>,
    /// How often the operator reads the values again: 1h, 30m, 1h30m; 0 for once
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_interval)]
    refresh_interval: String,
    /// ClusterSecretStores, which every namespace may use, instead of SecretStores
    #[arg(long)]
    cluster_store: bool,
    /// Command, arguments and environment of a container that starts through hydrant run, instead
    /// of resources of the operator
    #[arg(
        long,
        requires = "command",
        conflicts_with_all = [
            "name", "namespace", "service_account", "refresh_interval", "cluster_store", "account"
        ]
    )]
    run: bool,
    /// The account of secrets and parameters that are named without one: twelve digits; else any
    /// (*)
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The region of those named without one; else AWS_REGION, AWS_DEFAULT_REGION or
    /// settings.region says
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    pub(super) destination: Destination,
    /// With --run: the program and its arguments
    #[arg(value_name = "CMD", last = true, requires = "run")]
    pub(super) command: Vec<String>,
}

impl Kubernetes {
    pub(super) fn options(&self) -> kubernetes::Options {
        kubernetes::Options {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            service_account: self.service_account.clone(),
            refresh_interval: self.refresh_interval.clone(),
            cluster_store: self.cluster_store,
            run: self.run,
            account: self.account.clone(),
            region: self.region.clone(),
            command: self.command.clone(),
        }
    }
}

/// A layer for AWS Lambda that hydrates functions at their start, and their settings as a template
/// of AWS SAM
///
/// --out layer.zip makes the layer: hydrant, the manifest, and a wrapper that Lambda starts the
/// runtime through. Any other --out, and stdout, takes the template: the layer, the functions'
/// variables, and the policy that their roles need.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate lambda-layer --out layer.zip
  hydrant generate lambda-layer --out layer.yaml                      the template that takes it
  hydrant generate lambda-layer --architecture arm64 --binary target/aarch64-unknown-linux-musl/release/hydrant --out layer.zip
  hydrant generate lambda-layer --check layer.zip                     is it up to date?")]
pub(super) struct LambdaLayer {
    /// The architecture of the functions
    #[arg(long, value_enum, default_value = "x86_64", value_name = "NAME")]
    architecture: Architecture,
    /// The hydrant that goes into the layer, built for Linux; else the one that runs now
    #[arg(long, value_name = "PATH")]
    pub(super) binary: Option<PathBuf>,
    #[command(flatten)]
    pub(super) destination: Destination,
}

/// The architectures of Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Architecture {
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86,
    /// Graviton
    #[value(name = "arm64")]
    Arm,
}

impl LambdaLayer {
    /// Whether the layer itself is meant, and not the template.
    pub(super) fn is_archive(&self) -> bool {
        self.destination.path().is_some_and(|path| path.extension().is_some_and(|end| end == "zip"))
    }

    pub(super) fn options(&self) -> lambda_layer::Options {
        let architecture = match self.architecture {
            Architecture::X86 => lambda_layer::Architecture::X86,
            Architecture::Arm => lambda_layer::Architecture::Arm,
        };
        lambda_layer::Options { architecture }
    }
}

/// A step of GitHub Actions that hydrates the environment of the steps that follow
///
/// hydrant export masks every value in the log before it hands it to the steps that follow.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate github-actions --out step.yaml -- npm test
  hydrant --only NPM_TOKEN generate github-actions -- npm publish
  hydrant generate github-actions --check step.yaml -- npm test    is it up to date?")]
pub(super) struct GithubActions {
    /// The region of secrets and parameters that are named without one; else AWS_REGION,
    /// AWS_DEFAULT_REGION or settings.region says
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    pub(super) destination: Destination,
    /// A command for the step that follows, which sees the variables
    #[arg(value_name = "CMD", last = true)]
    pub(super) command: Vec<String>,
}

impl GithubActions {
    pub(super) fn options(&self) -> github_actions::Options {
        github_actions::Options { region: self.region.clone(), command: self.command.clone() }
    }
}

/// An env file without values, to be copied to .env: both variables of each entry, with their
/// descriptions
///
/// A copy as it is changes nothing: an empty variable counts as not set.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate env-example --out .env.example
  hydrant generate env-example --check .env.example    in CI: is it up to date?")]
pub(super) struct EnvExample {
    #[command(flatten)]
    pub(super) destination: Destination,
}
