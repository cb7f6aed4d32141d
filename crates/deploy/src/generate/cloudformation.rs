//! `cloudformation`: a YAML template with empty secrets, the parameters that publish their ARNs,
//! and the policy to read them.
//!
//! `Id` of a secret is its ARN on AWS and on stand-ins; `Ref` is its name on some of the latter.

use hydrant_core::reference::SecretId;

use super::names::pascal;
use super::permissions::{
    ACCOUNT, PARTITION, Permission, REGION, Resource, SUFFIX, stack_to_read, too_long,
};
use super::stack::{Parameter, Secret, Stack};
use super::yaml::quoted;
use super::{Generated, Input};
use crate::error::{Hint, Notice};

/// AWS's limits
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MOST_RESOURCES: usize = 500;
const MOST_OUTPUTS: usize = 200;
const LONGEST_OUTPUT_DESCRIPTION: usize = 1_024;
/// The most bytes of a template that is not fetched from S3.
const LONGEST_TEMPLATE: usize = 51_200;

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
    let mut text = input.header("#", target, "secrets.yaml");
    text.push_str("AWSTemplateFormatVersion: \"2010-09-09\"\n");
    text.push_str(
        "Description: Secrets without values, the parameters that publish their ARNs, and a policy to read them\n",
    );
    text.push_str("Resources:\n");
    for each in &stack.secrets {
        secret(&mut text, each, options.delete_secrets);
    }
    for each in &stack.parameters {
        parameter(&mut text, each);
    }
    managed_policy(&mut text, &policy);
    outputs(&mut text, &stack);
    let warnings = warnings(&text, &stack, &policy);
    Ok(Generated { text, notices: notices(input, &stack), warnings })
}

fn secret(text: &mut String, secret: &Secret, delete: bool) {
    let id = secret_id(&secret.name);
    let kept = if delete { "Delete" } else { "Retain" };
    *text += &format!(
        "  {id}:\n    Type: AWS::SecretsManager::Secret\n    DeletionPolicy: {kept}\n    UpdateReplacePolicy: {kept}\n    \
         Properties:\n      Name: {}\n",
        quoted(&secret.name)
    );
    if let Some(description) = &secret.description {
        *text += &format!("      Description: {}\n", quoted(description));
    }
    if let Some(key) = &secret.kms_key {
        *text += &format!("      KmsKeyId: {}\n", quoted(key));
    }
}

fn parameter(text: &mut String, parameter: &Parameter) {
    let value = match &parameter.secret {
        SecretId::Name(name) => arn_of(name),
        SecretId::Arn(arn) => quoted(arn.as_str()),
    };
    *text += &format!(
        "  {}Parameter:\n    Type: AWS::SSM::Parameter\n    Properties:\n      Name: {}\n      Type: String\n      Value: {value}\n",
        pascal(&parameter.name),
        quoted(&parameter.name)
    );
}

pub(super) fn managed_policy(text: &mut String, permissions: &[Permission]) {
    *text += "  ReadPolicy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        \
              Version: \"2012-10-17\"\n        Statement:\n";
    for permission in permissions {
        *text += &format!(
            "          - Sid: {}\n            Effect: Allow\n            Action:\n",
            permission.sid
        );
        for action in &permission.actions {
            *text += &format!("              - {action}\n");
        }
        *text += "            Resource:\n";
        for needed in &permission.resources {
            let resource = match &needed.resource {
                Resource::Secret(name) => arn_of(name),
                Resource::Text(text) => substituted(text),
            };
            *text += &format!("              - {resource}\n");
        }
        for (index, (operator, keys)) in permission.conditions.iter().enumerate() {
            let head = if index == 0 { "            Condition:\n" } else { "" };
            *text += &format!("{head}              {operator}:\n");
            for (key, values) in keys {
                *text += &format!("                {key}:\n");
                for value in values {
                    *text += &format!("                  - {}\n", substituted(value));
                }
            }
        }
    }
}

fn outputs(text: &mut String, stack: &Stack) {
    *text += "Outputs:\n";
    for secret in &stack.secrets {
        let mut of = format!("ARN of {}, for {}", secret.name, secret.variables.join(", "));
        // Names of secrets and variables are ASCII.
        if of.len() > LONGEST_OUTPUT_DESCRIPTION {
            of.truncate(LONGEST_OUTPUT_DESCRIPTION - 3);
            of.push_str("...");
        }
        let of = quoted(&of);
        *text += &format!(
            "  {}Arn:\n    Description: {of}\n    Value: {}\n",
            secret_id(&secret.name),
            arn_of(&secret.name)
        );
    }
    *text += "  ReadPolicyArn:\n    Description: ARN of the policy for roles that read the secrets\n    Value: !Ref ReadPolicy\n";
}

fn secret_id(name: &str) -> String {
    format!("{}Secret", pascal(name))
}

fn arn_of(name: &str) -> String {
    format!("!GetAtt {}.Id", secret_id(name))
}

/// A text with CloudFormation's own words for the tokens.
fn substituted(text: &str) -> String {
    let tokens = [
        (PARTITION, "${AWS::Partition}"),
        (REGION, "${AWS::Region}"),
        (ACCOUNT, "${AWS::AccountId}"),
        (SUFFIX, "${AWS::URLSuffix}"),
    ];
    let with = tokens.iter().fold(text.to_owned(), |text, (token, own)| text.replace(token, own));
    if with == text { quoted(text) } else { format!("!Sub {}", quoted(&with)) }
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
