//! What a role needs of a stack: the statements of [`crate::policy`], with the stack's own secrets
//! as such, and with tokens where a stack knows its account, its region and its partition better
//! than the one who generates it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use hydrant_core::Batch;
use hydrant_core::plan::Plan;
use hydrant_core::reference::SecretId;

use super::Input;
use super::stack::{Stack, StackSource};
use crate::error::{GenerateError, Hint, Notice, describe};
use crate::policy::{
    Conditions, LARGEST_MANAGED_POLICY, PolicyRequest, Purpose, Statement, name_of, partition_of,
    policy,
};

/// Tokens, as texts have them: the partition, the region and the account of the stack, and what its
/// services' names end in.
pub(crate) const PARTITION: &str = "${partition}";
pub(crate) const REGION: &str = "${region}";
pub(crate) const ACCOUNT: &str = "${account}";
pub(crate) const SUFFIX: &str = "${suffix}";

/// A statement that allows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) sid: &'static str,
    pub(crate) actions: Vec<&'static str>,
    /// Sorted as a policy has them.
    pub(crate) resources: Vec<Needed>,
    /// Values with tokens.
    pub(crate) conditions: Conditions,
}

/// What a statement is about, and the entries that need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needed {
    pub(crate) resource: Resource,
    pub(crate) by: BTreeSet<String>,
}

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// A secret that the stack creates, by name.
    Secret(String),
    /// An ARN with tokens, or `*`.
    Text(String),
}

/// The stack of a manifest, and what a role that reads needs of it.
///
/// # Errors
///
/// Everything that is wrong with the entries, or that there are none.
pub(crate) fn stack_to_read(input: &Input) -> Result<(Stack, Vec<Permission>), GenerateError> {
    let stack = Stack::of(&input.committed, &input.manifest).map_err(GenerateError::Entries)?;
    let policy =
        permissions(&input.committed, &stack, &[Purpose::Run], input.batch, &input.manifest)?;
    match policy.is_empty() {
        true => Err(GenerateError::usage("there is nothing to generate: no entry is selected")),
        false => Ok((stack, policy)),
    }
}

/// What a role of these purposes needs, of all entries.
///
/// # Errors
///
/// Every entry that no policy can be made for.
pub(crate) fn permissions(
    plan: &Plan,
    stack: &Stack,
    purposes: &[Purpose],
    batch: Batch,
    manifest: &Path,
) -> Result<Vec<Permission>, GenerateError> {
    let request = PolicyRequest {
        purposes: BTreeSet::from_iter(purposes.iter().copied()),
        create: false,
        region: REGION.to_owned(),
        account: Some(ACCOUNT.to_owned()),
        kms_keys: Vec::new(),
        batch,
        principal: None,
    };
    let policy = policy(&published(plan, stack), &request)
        .map_err(|problems| GenerateError::Entries(describe(manifest, &problems)))?;
    Ok(policy.document.statement.iter().map(|statement| permission(statement, stack)).collect())
}

/// What is said of a policy that AWS would not take: the length of its resources, with ARNs as they
/// will be.
pub(crate) fn too_long(permissions: &[Permission]) -> Option<Notice> {
    let arn = |name: &str| {
        format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf").len()
    };
    let each = permissions.iter().map(|permission| {
        let resources = permission.resources.iter().map(|needed| match &needed.resource {
            Resource::Secret(name) => arn(name),
            Resource::Text(text) => text.len(),
        });
        // Quotes and commas, and what a statement has beside its resources.
        resources.map(|length| length + 3).sum::<usize>()
            + permission.actions.iter().map(|a| a.len() + 3).sum::<usize>()
            + 80
    });
    let size = each.sum::<usize>() + 40;
    (size > LARGEST_MANAGED_POLICY).then(|| {
        let text = format!(
            "the managed policy will have about {size} characters, and AWS takes at most {LARGEST_MANAGED_POLICY}"
        );
        Notice::new(text, Hint::SplitStack)
    })
}

/// The plan where a parameter that the stack makes is known to name the stack's own secret, and no
/// other.
fn published(plan: &Plan, stack: &Stack) -> Plan {
    let mut plan = plan.clone();
    for (planned, deployed) in plan.entries.iter_mut().zip(&stack.entries) {
        match &deployed.source {
            StackSource::Secret(SecretId::Name(name)) => {
                Arc::make_mut(&mut planned.entry).create_name.clone_from(name)
            }
            StackSource::Secret(SecretId::Arn(arn)) => {
                name_of(arn).clone_into(&mut Arc::make_mut(&mut planned.entry).create_name)
            }
            StackSource::NamedBy(_) | StackSource::Parameter(_) => {}
        }
    }
    plan
}

fn permission(statement: &Statement, stack: &Stack) -> Permission {
    let own = format!("arn:{}:secretsmanager:{REGION}:{ACCOUNT}:secret:", partition_of(REGION));
    let resource = |text: &String| {
        let name = text.strip_prefix(&own).and_then(|name| name.strip_suffix("-??????"));
        let resource = match name.filter(|name| stack.makes(name)) {
            Some(name) => Resource::Secret(name.to_owned()),
            None => Resource::Text(with_tokens(text)),
        };
        Needed { resource, by: statement.needed_by.get(text).cloned().unwrap_or_default() }
    };
    let mut conditions = statement.condition.clone();
    for values in conditions.values_mut().flat_map(|keys| keys.values_mut()) {
        *values = values.iter().map(|value| with_tokens(value)).collect();
    }
    Permission {
        sid: statement.sid,
        actions: statement.action.clone(),
        resources: statement.resource.iter().map(resource).collect(),
        conditions,
    }
}

/// Where the region is the stack's, so are the partition and what names of services end in.
fn with_tokens(text: &str) -> String {
    let here = format!("arn:{}:", partition_of(REGION));
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match (text.strip_prefix(&here), text.split_once(&format!(".{REGION}."))) {
        (Some(rest), _) if parts.get(3) == Some(&REGION) => format!("arn:{PARTITION}:{rest}"),
        (None, Some((service, "amazonaws.com"))) => format!("{service}.{REGION}.{SUFFIX}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use hydrant_core::Env;

    use super::super::tests::input;
    use super::*;

    /// Each statement as its Sid and its resources; values of conditions after a comma.
    fn check(entries: &str, expected: &[&str]) {
        let input = input(entries, &Env::default());
        let stack = Stack::of(&input.committed, &input.manifest).unwrap();
        let found =
            permissions(&input.committed, &stack, &[Purpose::Run], input.batch, &input.manifest)
                .unwrap();
        let found: Vec<String> = found
            .iter()
            .map(|permission| {
                let resources = permission.resources.iter().map(|needed| match &needed.resource {
                    Resource::Secret(name) => format!(" <{name}>"),
                    Resource::Text(text) => format!(" {text}"),
                });
                let values =
                    permission.conditions.values().flat_map(|keys| keys.values().flatten());
                let values = values.map(|value| format!(", {value}"));
                format!(
                    "{}{}{}",
                    permission.sid,
                    resources.collect::<String>(),
                    values.collect::<String>()
                )
            })
            .collect();
        assert_eq!(found, expected, "{entries}");
    }

    #[test]
    fn own_secrets_and_tokens() {
        check("[secrets.A]\nsecret_id = \"a\"\n", &["ReadSecrets <a>"]);
        check(
            "[secrets.A]\narn_parameter = \"/a\"\nkms_key = \"alias/k\"\n",
            &[
                "ReadSecrets <a>",
                "ReadParameters arn:${partition}:ssm:${region}:${account}:parameter/a",
                "DecryptByAlias arn:${partition}:kms:${region}:${account}:key/*, alias/k, secretsmanager.${region}.${suffix}",
            ],
        );
        // In another region the partition is known, and so is the key's region.
        let away = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:b-AbCdEf";
        check(
            &format!("[secrets.B]\nsecret_id = \"{away}\"\nkms_key = \"1-2\"\n"),
            &[
                &format!("ReadSecrets {away}"),
                "Decrypt arn:aws-cn:kms:cn-north-1:${account}:key/1-2, secretsmanager.cn-north-1.amazonaws.com, \
                 secretsmanager.cn-north-1.amazonaws.com.cn",
            ],
        );
    }

    #[test]
    fn a_parameter_of_the_stack_names_a_secret_of_the_stack_and_no_other() {
        let parameter = "ReadParameters arn:${partition}:ssm:${region}:${account}:parameter/p";
        let named =
            "[secrets.A]\narn_parameter = \"/p\"\nsecret_id = \"a\"\ncreate_name = \"other\"\n";
        check(named, &["ReadSecrets <a>", parameter]);
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf";
        let existing = format!("[secrets.A]\narn_parameter = \"/p\"\nsecret_id = \"{arn}\"\n");
        check(&existing, &[&format!("ReadSecrets {arn}"), parameter]);
        // What another's parameter names is not known.
        let elsewhere = "arn:aws:ssm:eu-west-1:123456789012:parameter/p";
        check(
            &format!("[secrets.A]\narn_parameter = \"{elsewhere}\"\n"),
            &[
                "ReadSecrets arn:${partition}:secretsmanager:${region}:${account}:secret:p-??????",
                &format!("ReadParameters {elsewhere}"),
            ],
        );
    }

    #[test]
    fn a_policy_that_aws_would_not_take() {
        let long = |count: usize| {
            let entries: String = (0..count)
                .map(|n| format!("[secrets.K{n}]\nsecret_id = \"demo/some/{n}\"\n"))
                .collect();
            let input = input(&entries, &Env::default());
            let stack = Stack::of(&input.committed, &input.manifest).unwrap();
            let found = permissions(
                &input.committed,
                &stack,
                &[Purpose::Run],
                input.batch,
                &input.manifest,
            )
            .unwrap();
            too_long(&found)
        };
        assert_eq!(long(40), None);
        assert!(long(120).is_some_and(|notice| notice.text.contains("AWS takes at most 6144")));
    }
}
