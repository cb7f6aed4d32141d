//! `hydrant policy`: the least-privilege policy for a role, in IAM's format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hydrant_deploy::describe;
use hydrant_deploy::policy::{
    self as core, LARGEST_MANAGED_POLICY, Policy, PolicyProblem, PolicyRequest, Purpose, policy,
};

use super::account_and_region::{account, region};
use super::generate::destination;
use crate::args::options::Options;
use crate::failure::{Failure, Problem};
use crate::session;
use crate::terminal::{log, output};

/// Print the least-privilege IAM policy for a role; no network, no value
///
/// Names exactly the secrets and parameters of the manifest: by ARN if a reference has one, else by
/// name with the six characters that AWS adds (name-??????). Local values do not matter, but ARN
/// variables do, also those in the env file. An entry without a reference uses its name to create,
/// and a line on stderr says so.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant policy --account 123456789012                     for a role that runs
  hydrant --only OPENAI_API_KEY policy --for put,status     for people who set a key but cannot read it
  hydrant policy --explain > policy.json                    which entries need what, on stderr
  hydrant policy --check policy.json                        in CI: exit code 1 if it differs from the output
  hydrant policy --resource --principal arn:aws:iam::210987654321:role/app    the secrets' resource policy")]
pub(crate) struct Args {
    /// What the role does; separate several with commas
    #[arg(
        long = "for",
        value_name = "PURPOSE",
        value_enum,
        value_delimiter = ',',
        default_value = "run"
    )]
    purposes: Vec<For>,
    /// With --for put: also allow creating secrets
    #[arg(long)]
    create: bool,
    /// The account of secrets and parameters that are named without one: twelve digits; by default
    /// any (*)
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The region of those named without one; by default AWS_REGION, AWS_DEFAULT_REGION or
    /// settings.region
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    /// A customer-managed key that values are encrypted with, in addition to the entries' kms_key:
    /// its ARN, its id, or alias/NAME
    #[arg(long, value_name = "KEY", value_parser = key)]
    kms_key: Vec<String>,
    /// Print the resource policy of the secrets, which allows another account
    #[arg(long, requires = "principal")]
    resource: bool,
    /// With --resource: who is allowed, as the ARN of a role, a user or an account's root
    #[arg(long, value_name = "ARN", requires = "resource", value_parser = principal)]
    principal: Option<String>,
    /// List on stderr which entries need each resource of each statement
    #[arg(long)]
    explain: bool,
    /// Compare this file with the output: exit code 1 and the difference on stdout if they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum For {
    /// Reads the values
    Run,
    /// Sets values, and reads none
    Put,
    /// Describes secrets and parameters
    Status,
    /// Deletes and restores
    Delete,
    /// Makes older versions current, and lists versions (history)
    Rollback,
    /// Starts rotations
    Rotate,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    if args.create && !args.purposes.contains(&For::Put) {
        return Err(Failure::usage("--create needs --for put"));
    }
    let hydrator = session::builder(options)?.build()?;
    let manifest = hydrator.manifest();
    let region =
        ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| hydrator.env().text(name));
    let region = args
        .region
        .clone()
        .or_else(|| region.map(str::to_owned))
        .or_else(|| manifest.settings().region.clone());
    let plan = hydrator.deployed_plan()?;
    let unnamed = plan.may_need_default_region();
    let Some(region) = region.or_else(|| (!unnamed).then(String::new)) else {
        let hint = "give it with --region, or set AWS_REGION or settings.region of the manifest";
        let text = "the region of the secrets that are named without one is unknown".to_owned();
        return Err(Failure::Usage { text, hint: Some(hint.to_owned()) });
    };
    if !region.is_empty() && self::region(&region).is_err() {
        return Err(Failure::usage("AWS_REGION or AWS_DEFAULT_REGION is not a valid AWS region"));
    }
    let request = PolicyRequest {
        purposes: args.purposes.iter().map(|purpose| purpose.core()).collect(),
        create: args.create,
        region,
        account: args.account.clone(),
        kms_keys: args.kms_key.clone(),
        batch: manifest.settings().batch,
        principal: args.principal.clone(),
    };
    let policy = policy(&plan, &request).map_err(|problems| refused(manifest.path(), &problems))?;
    if policy.document.statement.is_empty() {
        return Err(Failure::usage(
            "no statement is needed: a role for this purpose uses nothing of these entries",
        ));
    }
    say(&policy, &request, args);
    let text = output::json_text(&policy.document)?;
    match &args.check {
        None => output::raw(&text),
        Some(path) => destination::check_text(path, &text),
    }
}

/// Notices about the policy, in addition to its text.
fn say(policy: &Policy, request: &PolicyRequest, args: &Args) {
    for (variable, name) in &policy.by_name {
        tracing::info!(
            target: log::NOTICE,
            "{variable}: nothing here names its secret, so it counts by its name to create, {name}"
        );
    }
    if policy.any_account && args.principal.is_none() {
        tracing::info!(target: log::NOTICE, "the account is unknown, so the policy allows any (*): give it with --account");
    }
    if request.principal.is_some() {
        for secret in &policy.secrets {
            tracing::info!(target: log::NOTICE, "this is the policy of {secret}");
        }
    }
    if args.explain {
        for statement in &policy.document.statement {
            for (resource, variables) in &statement.needed_by {
                let actions = statement.action.join(", ");
                let variables = joined(variables);
                tracing::info!(target: log::NOTICE, "{}: {actions} on {resource} for {variables}", statement.sid);
            }
        }
    }
    // IAM does not count white space.
    let size = serde_json::to_string(&policy.document).map_or(0, |text| text.len());
    if size > LARGEST_MANAGED_POLICY && request.principal.is_none() {
        tracing::warn!(
            "the policy has {size} characters, and a managed policy at most {LARGEST_MANAGED_POLICY}: make several, with --only \
             or one --for each"
        );
    }
}

fn joined(variables: &BTreeSet<String>) -> String {
    variables.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn refused(manifest: &Path, problems: &[PolicyProblem]) -> Failure {
    Failure::References(describe(manifest, problems).into_iter().map(Problem::from).collect())
}

impl For {
    fn core(self) -> Purpose {
        match self {
            For::Run => Purpose::Run,
            For::Put => Purpose::Put,
            For::Status => Purpose::Status,
            For::Delete => Purpose::Delete,
            For::Rollback => Purpose::Rollback,
            For::Rotate => Purpose::Rotate,
        }
    }
}

fn key(text: &str) -> Result<String, String> {
    core::is_key(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "a key's ARN, its id, or alias/NAME".to_owned())
}

fn principal(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&b));
    let is_one = match parts[..] {
        ["arn", partition, "iam" | "sts", "", id, who] => {
            partition.starts_with("aws")
                && plain(partition)
                && account(id).is_ok()
                && !who.is_empty()
                && plain(who)
        }
        _ => false,
    };
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| "the ARN of a role, a user or an account's root".to_owned())
}
