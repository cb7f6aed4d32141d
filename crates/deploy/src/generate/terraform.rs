//! `terraform`: one file of HCL with what the target `cloudformation` makes.
//!
//! Texts and the alignment of arguments are as `terraform fmt` leaves them.

use hydrant_core::reference::SecretId;
use hydrant_core::shown::{begins_hash_command, needs_escape};

use super::cloudformation::notices;
use super::names::snake;
use super::permissions::{
    ACCOUNT, PARTITION, Permission, REGION, Resource, SUFFIX, stack_to_read, too_long,
};
use super::stack::{Parameter, Secret};
use super::{Generated, Input};

/// Tokens with what they are in Terraform, and the data source that this is from.
const TOKENS: [(&str, &str, &str); 4] = [
    (ACCOUNT, "data.aws_caller_identity.current.account_id", "aws_caller_identity"),
    (PARTITION, "data.aws_partition.current.partition", "aws_partition"),
    (SUFFIX, "data.aws_partition.current.dns_suffix", "aws_partition"),
    // `name` is deprecated in version 6 of the provider, and version 5 does not know `region`.
    (REGION, "data.aws_region.current.id", "aws_region"),
];

/// What the text depends on beside the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Let Terraform destroy the secrets; else it refuses to (`prevent_destroy`).
    pub delete_secrets: bool,
}

/// The HCL file: empty secrets, the parameters that publish their ARNs, and a policy to read them.
///
/// # Errors
///
/// Everything that is wrong with the entries, or that there are none.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    let (stack, policy) = stack_to_read(input)?;
    let target: &[&str] =
        if options.delete_secrets { &["terraform", "--delete-secrets"] } else { &["terraform"] };
    let mut parts = vec![
        "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \">= 5.0\"\n    }\n  }\n}\n"
            .to_owned(),
    ];
    let document = document(&policy);
    parts.extend(data_sources(&document));
    parts.extend(stack.secrets.iter().map(|each| secret(each, options.delete_secrets)));
    parts.extend(stack.parameters.iter().map(parameter));
    parts.push(document);
    parts.push(block(
        "resource \"aws_iam_policy\" \"read\"",
        &[
            ("name_prefix", quoted("hydrant-read-")),
            ("policy", "data.aws_iam_policy_document.read.json".to_owned()),
        ],
        "",
    ));
    parts.extend(stack.secrets.iter().map(|each| {
        let about = format!("ARN of {}, for {}", each.name, each.variables.join(", "));
        let head = format!("output \"{}_secret_arn\"", id(&each.name));
        block(&head, &[("description", quoted(&about)), ("value", arn_of(&each.name))], "")
    }));
    let about = quoted("ARN of the policy for roles that read the secrets");
    parts.push(block(
        "output \"read_policy_arn\"",
        &[("description", about), ("value", "aws_iam_policy.read.arn".to_owned())],
        "",
    ));
    let text = input.header("#", target, "secrets.tf") + &parts.join("\n");
    Ok(Generated {
        text,
        notices: notices(input, &stack),
        warnings: too_long(&policy).into_iter().collect(),
    })
}

/// Those that the policy needs.
fn data_sources(document: &str) -> Vec<String> {
    let mut sources: Vec<_> = TOKENS
        .iter()
        .filter(|(_, own, _)| document.contains(own))
        .map(|(_, _, source)| *source)
        .collect();
    sources.dedup();
    sources.iter().map(|source| format!("data \"{source}\" \"current\" {{}}\n")).collect()
}

fn secret(secret: &Secret, delete: bool) -> String {
    let mut arguments = vec![("name", quoted(&secret.name))];
    arguments.extend(secret.description.as_deref().map(|text| ("description", quoted(text))));
    arguments.extend(secret.kms_key.as_deref().map(|text| ("kms_key_id", quoted(text))));
    let kept = if delete { "" } else { "\n  lifecycle {\n    prevent_destroy = true\n  }\n" };
    block(
        &format!("resource \"aws_secretsmanager_secret\" \"{}\"", id(&secret.name)),
        &arguments,
        kept,
    )
}

fn parameter(parameter: &Parameter) -> String {
    let value = match &parameter.secret {
        SecretId::Name(name) => arn_of(name),
        SecretId::Arn(arn) => quoted(arn.as_str()),
    };
    let arguments =
        [("name", quoted(&parameter.name)), ("type", quoted("String")), ("value", value)];
    block(&format!("resource \"aws_ssm_parameter\" \"{}\"", id(&parameter.name)), &arguments, "")
}

fn document(permissions: &[Permission]) -> String {
    let mut text = "data \"aws_iam_policy_document\" \"read\" {\n".to_owned();
    for (index, permission) in permissions.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let actions =
            permission.actions.iter().map(|action| quoted(action)).collect::<Vec<_>>().join(", ");
        text += &format!(
            "{gap}  statement {{\n    sid     = \"{}\"\n    actions = [{actions}]\n",
            permission.sid
        );
        text += "    resources = [\n";
        for needed in &permission.resources {
            let resource = match &needed.resource {
                Resource::Secret(name) => arn_of(name),
                Resource::Text(text) => with_own_words(text),
            };
            text += &format!("      {resource},\n");
        }
        text += "    ]\n";
        for (operator, keys) in &permission.conditions {
            for (key, values) in keys {
                let values =
                    values.iter().map(|value| with_own_words(value)).collect::<Vec<_>>().join(", ");
                text += &format!(
                    "\n    condition {{\n      test     = \"{operator}\"\n      variable = \"{key}\"\n      values   = [{values}]\n    }}\n"
                );
            }
        }
        text += "  }\n";
    }
    text + "}\n"
}

/// A block with its arguments, the signs of equality below each other.
fn block(head: &str, arguments: &[(&str, String)], rest: &str) -> String {
    let widest = arguments.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = arguments.iter().map(|(name, value)| format!("  {name:widest$} = {value}\n"));
    format!("{head} {{\n{}{rest}}}\n", lines.collect::<String>())
}

/// The name of a resource: an identifier begins with no digit.
fn id(name: &str) -> String {
    let id = snake(name);
    if id.starts_with(|c: char| c.is_ascii_alphabetic()) { id } else { format!("_{id}") }
}

fn arn_of(name: &str) -> String {
    format!("aws_secretsmanager_secret.{}.arn", id(name))
}

/// A resource or the value of a condition, which have nothing to escape.
fn with_own_words(text: &str) -> String {
    let with = TOKENS
        .iter()
        .fold(text.to_owned(), |text, (token, own, _)| text.replace(token, &format!("${{{own}}}")));
    format!("\"{with}\"")
}

/// A text of the manifest.
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, c) in text.char_indices() {
        // `$${` would be `${` too, but what `$$${` is would be a matter of opinion.
        let begins = (matches!(c, '$' | '%') && text[at + 1..].starts_with('{'))
            || begins_hash_command(text, at);
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if u32::from(c) > 0xffff && needs_escape(c) => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c if begins || needs_escape(c) => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        fn check(text: &str, expected: &str) {
            assert_eq!(quoted(text), format!("\"{expected}\""));
        }
        check("it's \"so\" \\ é", "it's \\\"so\\\" \\\\ é");
        check("${a} %{b} $c $${d}", "\\u0024{a} \\u0025{b} $c $\\u0024{d}");
        check("##[error]x ##vso[y] ## [", "#\\u0023[error]x #\\u0023vso[y] ## [");
        check("a\nb\r\u{2028}", "a\\nb\\u000D\\u2028");
    }

    #[test]
    fn identifiers() {
        assert_eq!([id("demo/a-b"), id("1password"), id("/")], ["demo_a_b", "_1password", "_"]);
    }
}
