//! `cloudformation`: a YAML template with empty secrets, the parameters that publish their ARNs,
//! and the policy to read them.
//!
//! `Id` of a secret is its ARN on AWS and on stand-ins; `Ref` is its name on some of the latter.

use std::collections::{BTreeMap, BTreeSet};

use hydrant_core::reference::SecretId;

use super::names::pascal;
use super::permissions::{
    ACCOUNT, PARTITION, Permission, REGION, Resource, SUFFIX, stack_to_read, too_long,
};
use super::stack::{Parameter, Secret, Stack};
use super::yaml::{Scalar, Yaml, list, map, text, word};
use super::{Generated, Input};
use crate::error::{Hint, Notice};

/// AWS's limits
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MOST_RESOURCES: usize = 500;
const MOST_OUTPUTS: usize = 200;
const LONGEST_OUTPUT_DESCRIPTION: usize = 1_024;
/// The most bytes of a template that is not fetched from S3.
const LONGEST_TEMPLATE: usize = 51_200;

const ABOUT: &str =
    "Secrets without values, the parameters that publish their ARNs, and a policy to read them";
/// The id of the policy.
pub(super) const READ_POLICY: &str = "ReadPolicy";

/// What the text depends on beside the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Delete the secrets with the stack; else they stay (`Retain`).
    pub delete_secrets: bool,
}

/// The template: empty secrets, the parameters that publish their ARNs, and a policy to read them.
///
/// ```
/// use hydrant_deploy::generate::{Input, cloudformation};
/// # use hydrant_core::{Env, Manifest, Selection, plan};
/// # let text = "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"demo/openai\"\n";
/// # let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
/// # let selected = manifest.select(&Selection::default(), &Env::default())?;
/// # let plan = plan::plan(&selected, &Env::default(), plan::PlanOptions::default());
/// # let input = Input::new(&manifest, plan.clone(), plan);
///
/// let made = cloudformation::generate(&input, &cloudformation::Options::default())?;
/// assert!(made.text.contains("Type: AWS::SecretsManager::Secret"));
/// assert!(made.text.contains("DeletionPolicy: Retain"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Everything that is wrong with the entries, or that there are none.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    let (stack, policy) = stack_to_read(input)?;
    let target: &[&str] = if options.delete_secrets {
        &["cloudformation", "--delete-secrets"]
    } else {
        &["cloudformation"]
    };
    let secrets = stack.secrets.iter().map(|each| secret(each, options.delete_secrets));
    let mut resources: Vec<_> = secrets.chain(stack.parameters.iter().map(parameter)).collect();
    resources.push(managed_policy(&policy));
    let template = map([
        ("AWSTemplateFormatVersion", word("2010-09-09")),
        ("Description", word(ABOUT)),
        ("Resources", map(resources)),
        ("Outputs", outputs(&stack)),
    ]);
    let text = input.header("#", target, "secrets.yaml") + &template.to_string();
    let warnings = warnings(&text, &stack, &policy);
    Ok(Generated { text, notices: notices(input, &stack), warnings })
}

fn secret(secret: &Secret, delete: bool) -> (String, Yaml) {
    let kept = if delete { "Delete" } else { "Retain" };
    let mut properties = vec![("Name", text(&secret.name))];
    properties.extend(secret.description.as_ref().map(|about| ("Description", text(about))));
    properties.extend(secret.kms_key.as_ref().map(|key| ("KmsKeyId", text(key))));
    let resource = map([
        ("Type", word("AWS::SecretsManager::Secret")),
        ("DeletionPolicy", word(kept)),
        ("UpdateReplacePolicy", word(kept)),
        ("Properties", map(properties)),
    ]);
    (secret_id(&secret.name), resource)
}

fn parameter(parameter: &Parameter) -> (String, Yaml) {
    let value = match &parameter.secret {
        SecretId::Name(name) => arn_of(name),
        SecretId::Arn(arn) => text(arn.as_str()),
    };
    let properties =
        map([("Name", text(&parameter.name)), ("Type", word("String")), ("Value", value)]);
    let resource = map([("Type", word("AWS::SSM::Parameter")), ("Properties", properties)]);
    (format!("{}Parameter", pascal(&parameter.name)), resource)
}

/// The policy, with its id as a resource.
pub(super) fn managed_policy(permissions: &[Permission]) -> (String, Yaml) {
    let document = map([
        ("Version", word("2012-10-17")),
        ("Statement", list(permissions.iter().map(statement))),
    ]);
    let resource = map([
        ("Type", word("AWS::IAM::ManagedPolicy")),
        ("Properties", map([("PolicyDocument", document)])),
    ]);
    (READ_POLICY.to_owned(), resource)
}

fn statement(permission: &Permission) -> Yaml {
    let resources = permission.resources.iter().map(|needed| match &needed.resource {
        Resource::Secret(name) => arn_of(name),
        Resource::Text(text) => substituted(text),
    });
    let mut statement = vec![
        ("Sid", word(permission.sid)),
        ("Effect", word("Allow")),
        ("Action", list(permission.actions.iter().map(|action| word(*action)))),
        ("Resource", list(resources)),
    ];
    if !permission.conditions.is_empty() {
        let conditions = permission.conditions.iter();
        statement.push((
            "Condition",
            map(conditions.map(|(operator, keys)| (operator, condition(keys)))),
        ));
    }
    map(statement)
}

fn condition(keys: &BTreeMap<String, BTreeSet<String>>) -> Yaml {
    map(keys.iter().map(|(key, values)| (key, list(values.iter().map(|value| substituted(value))))))
}

fn outputs(stack: &Stack) -> Yaml {
    let output =
        |description: Yaml, value: Yaml| map([("Description", description), ("Value", value)]);
    let secrets = stack.secrets.iter().map(|secret| {
        let mut about = format!("ARN of {}, for {}", secret.name, secret.variables.join(", "));
        // Names of secrets and variables are ASCII.
        if about.len() > LONGEST_OUTPUT_DESCRIPTION {
            about.truncate(LONGEST_OUTPUT_DESCRIPTION - 3);
            about.push_str("...");
        }
        let id = format!("{}Arn", secret_id(&secret.name));
        (id, output(text(about), arn_of(&secret.name)))
    });
    let about = word("ARN of the policy for roles that read the secrets");
    let policy = (format!("{READ_POLICY}Arn"), output(about, reference(READ_POLICY)));
    map(secrets.chain([policy]))
}

fn secret_id(name: &str) -> String {
    format!("{}Secret", pascal(name))
}

fn arn_of(name: &str) -> Yaml {
    Yaml::Tagged("GetAtt", Scalar::Word(format!("{}.Id", secret_id(name))))
}

/// A reference to a resource of the template.
pub(super) fn reference(id: &str) -> Yaml {
    Yaml::Tagged("Ref", Scalar::Word(id.to_owned()))
}

/// A text with CloudFormation's own words for the tokens.
fn substituted(text: &str) -> Yaml {
    let tokens = [
        (PARTITION, "${AWS::Partition}"),
        (REGION, "${AWS::Region}"),
        (ACCOUNT, "${AWS::AccountId}"),
        (SUFFIX, "${AWS::URLSuffix}"),
    ];
    let with = tokens.iter().fold(text.to_owned(), |text, (token, own)| text.replace(token, own));
    if with == text {
        Yaml::Scalar(Scalar::Text(with))
    } else {
        Yaml::Tagged("Sub", Scalar::Text(with))
    }
}

/// What is said beside the text of every target that makes the resources.
pub(super) fn notices(input: &Input, stack: &Stack) -> Vec<Notice> {
    stack.left_out().into_iter().chain(input.about_variables().map(Notice::from)).collect()
}

fn warnings(text: &str, stack: &Stack, policy: &[Permission]) -> Vec<Notice> {
    let too_large = (text.len() > LONGEST_TEMPLATE).then(|| {
        let text = format!(
            "the template has {} bytes, and CloudFormation takes one of more than {LONGEST_TEMPLATE} from S3 alone",
            text.len()
        );
        Notice::new(text, Hint::UploadTemplate)
    });

    let resources = stack.secrets.len() + stack.parameters.len() + 1;
    let outputs = stack.secrets.len() + 1;
    let too_many = (resources > MOST_RESOURCES || outputs > MOST_OUTPUTS).then(|| {
        let text = format!(
            "the template has {resources} resources and {outputs} outputs, and CloudFormation takes {MOST_RESOURCES} and {MOST_OUTPUTS}"
        );
        Notice::new(text, Hint::SplitTemplate)
    });
    too_many.into_iter().chain(too_large).chain(too_long(policy)).collect()
}
