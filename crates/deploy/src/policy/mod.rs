//! Policy: the least that a role must be allowed, from a plan and without asking anyone.
//!
//! `need` finds what each entry needs, and `statements` makes one statement a kind of it. Names of
//! resources are in `arn`. Which actions a statement has is taken from what the pipeline calls
//! (`fetch` and `hydrant_core::write`) and from AWS's Service Authorization Reference:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html>.

mod arn;
mod need;
mod statements;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use hydrant_core::Batch;
use hydrant_core::plan::Plan;
use hydrant_core::reason::Reason;

pub(crate) use arn::{name_of, partition_of};

/// The most characters of a managed policy, white space aside
/// ([AWS](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)).
pub const LARGEST_MANAGED_POLICY: usize = 6_144;

/// What a role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Reads the values.
    Run,
    /// Writes values, and reads none.
    Put,
    /// Describes secrets and parameters.
    Status,
    /// Deletes secrets and parameters, and restores secrets.
    Delete,
    /// Makes older versions of secrets the current ones.
    Rollback,
    /// Starts rotations.
    Rotate,
}

/// What a policy is made for, beside a plan.
#[derive(Clone, Debug)]
pub struct PolicyRequest {
    /// What the role is for.
    pub purposes: BTreeSet<Purpose>,
    /// Whether `put` may create secrets.
    pub create: bool,
    /// The region of references that name none.
    pub region: String,
    /// The account of references that name none; any for `None`.
    pub account: Option<String>,
    /// Keys of the customer's that any of the values may be encrypted with, beside the entries'
    /// own.
    pub kms_keys: Vec<String>,
    /// Whether BatchGetSecretValue may be used.
    pub batch: Batch,
    /// For the resource policy of each secret: the ARN of whom it lets in. Nothing but the secret's
    /// own actions is in it.
    pub principal: Option<String>,
}

/// A policy with what is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What AWS takes.
    pub document: Document,
    /// Entries that nothing known here names a secret for, each with the name to create that it
    /// counts by.
    pub by_name: Vec<(String, String)>,
    /// The secrets that the policy is about, as a policy names them.
    pub secrets: BTreeSet<String>,
    /// Whether some resource is one of any account.
    pub any_account: bool,
}

/// A policy as IAM takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    /// The version of IAM's language.
    pub version: &'static str,
    /// In a fixed order.
    pub statement: Vec<Statement>,
}

/// Operator to key to values.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What is allowed on which resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Which kind of statement it is.
    pub sid: &'static str,
    /// `Allow`.
    pub effect: &'static str,
    /// Whom a resource policy lets in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<BTreeMap<&'static str, String>>,
    /// Sorted.
    pub action: Vec<&'static str>,
    /// Sorted.
    pub resource: Vec<String>,
    /// When it holds; always, if empty.
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    pub condition: Conditions,
    /// Which entries need each of the resources, by their variables.
    #[serde(skip)]
    pub needed_by: BTreeMap<String, BTreeSet<String>>,
}

/// An entry that no policy can be made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// Its variable.
    pub variable: String,
    /// Its line in the manifest, from 1.
    pub line: usize,
    /// Why.
    pub kind: PolicyProblemKind,
}

/// Why no policy can be made for an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblemKind {
    /// Its reference cannot be used.
    #[error("{0}")]
    Reference(Reason),
    /// A variable holds a name where a policy, which is shown, needs an ARN.
    #[error(
        "{redacted} is not an ARN, and a policy would show it, though it may be a key pasted by mistake"
    )]
    HiddenName {
        /// What stands for the name in messages.
        redacted: String,
    },
    /// `kms_key` is neither an ARN nor an id nor an alias.
    #[error("its kms_key is not a KMS key")]
    Key,
}

/// Makes the policy of a role. The plan is one that ignores what is set locally.
///
/// ```
/// use std::collections::BTreeSet;
/// use hydrant_deploy::policy::{PolicyRequest, Purpose, policy};
/// use hydrant_core::{Env, Manifest, Selection, plan};
///
/// let text = "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"demo/openai\"\n";
/// let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
/// let env = Env::default();
/// let plan = plan::plan(&manifest.select(&Selection::default(), &env)?, &env, plan::PlanOptions::default());
/// let request = PolicyRequest {
///     purposes: BTreeSet::from([Purpose::Run]),
///     create: false,
///     region: "us-east-1".to_owned(),
///     account: Some("123456789012".to_owned()),
///     kms_keys: Vec::new(),
///     batch: manifest.settings().batch,
///     principal: None,
/// };
/// let policy = policy(&plan, &request).expect("a name of the manifest is allowed");
/// let statement = &policy.document.statement[0];
/// assert_eq!(statement.action, ["secretsmanager:GetSecretValue"]);
/// assert_eq!(statement.resource, ["arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/openai-??????"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every entry that has none.
pub fn policy(plan: &Plan, request: &PolicyRequest) -> Result<Policy, Vec<PolicyProblem>> {
    let needs = need::needs(plan, request)?;
    let by_name =
        needs.iter().filter_map(|need| Some((need.variable.clone(), need.by_name.clone()?)));
    let statement = statements::statements(&needs, request);
    let secrets =
        needs.iter().flat_map(|need| need.secrets.iter().map(|secret| secret.arn.clone()));
    Ok(Policy {
        by_name: by_name.collect(),
        secrets: secrets.collect(),
        any_account: statement
            .iter()
            .any(|statement| statement.resource.iter().any(|text| arn::is_of_any_account(text))),
        document: Document { version: "2012-10-17", statement },
    })
}

/// Whether the text can stand for a KMS key: its ARN, its id, or `alias/NAME`, also as an ARN.
pub fn is_key(text: &str) -> bool {
    arn::Key::parse(text).is_some()
}
