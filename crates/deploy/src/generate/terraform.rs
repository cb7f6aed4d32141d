//! `terraform`: a module with what the target `cloudformation` makes. It stands in a folder of its
//! own and declares nothing under a name that another file may have.

use hydrant_core::reference::SecretId;

use super::cloudformation::notices;
use super::comment::comment;
use super::hcl::{Block, Value, expression, text};
use super::names::snake;
use super::permissions::{
    ACCOUNT, PARTITION, Permission, REGION, Resource, SUFFIX, stack_to_read, too_long,
};
use super::stack::{Parameter, Secret};
use super::{Generated, Input};

/// The name of data sources, and what names of resources begin with.
const OWN: &str = "hydrant";

/// Tokens with what they are in Terraform, and the data source that this is from.
const TOKENS: [(&str, &str, &str); 4] = [
    (ACCOUNT, "data.aws_caller_identity.hydrant.account_id", "aws_caller_identity"),
    (PARTITION, "data.aws_partition.hydrant.partition", "aws_partition"),
    (SUFFIX, "data.aws_partition.hydrant.dns_suffix", "aws_partition"),
    // `name` is deprecated in version 6 of the provider, and version 5 does not know `region`.
    (REGION, "data.aws_region.hydrant.id", "aws_region"),
];

const WHERE_IT_GOES: &str = "
This is a whole module. Keep the file in a folder of its own, and call the module:
";

/// What the text depends on beside the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Let Terraform destroy the secrets; else it refuses to (`prevent_destroy`).
    pub delete_secrets: bool,
}

/// The module: empty secrets, the parameters that publish their ARNs, and a policy to read them.
///
/// # Errors
///
/// Everything that is wrong with the entries, or that there are none.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    let (stack, policy) = stack_to_read(input)?;
    let target: &[&str] =
        if options.delete_secrets { &["terraform", "--delete-secrets"] } else { &["terraform"] };
    let document = document(&policy);
    let mut blocks = vec![providers()];
    blocks.extend(variables(!stack.secrets.is_empty()));
    blocks.extend(data_sources(&document.to_string()));
    blocks.extend(stack.secrets.iter().map(|each| secret(each, options.delete_secrets)));
    blocks.extend(stack.parameters.iter().map(parameter));
    blocks.push(document);
    blocks.push(
        Block::new("resource", &["aws_iam_policy", &own("read")])
            .argument("name_prefix", text("hydrant-read-"))
            .argument("policy", expression("data.aws_iam_policy_document.hydrant_read.json"))
            .argument("tags", expression("var.tags")),
    );
    blocks.extend(stack.secrets.iter().map(|each| {
        let about = format!("ARN of {}, for {}", each.name, each.variables.join(", "));
        output(&format!("{}_secret_arn", identifier(&each.name)), &about, arn_of(&each.name))
    }));
    blocks.push(output(
        "read_policy_arn",
        "ARN of the policy for roles that read the secrets",
        expression("aws_iam_policy.hydrant_read.arn"),
    ));
    let blocks: Vec<String> = blocks.iter().map(Block::to_string).collect();
    let call = Block::new("module", &["secrets"]).argument("source", text("./secrets"));
    let text = input.header("#", target, "secrets/main.tf")
        + &comment("#", 0, WHERE_IT_GOES)
        + &comment("#", 1, &call.to_string())
        + &blocks.join("\n");
    Ok(Generated {
        text,
        notices: notices(input, &stack),
        warnings: too_long(&policy).into_iter().collect(),
    })
}

fn providers() -> Block {
    let aws = Value::Object(vec![("source", text("hashicorp/aws")), ("version", text(">= 5.0"))]);
    Block::new("terraform", &[]).block(Block::new("required_providers", &[]).argument("aws", aws))
}

/// What differs between the accounts and stages that call the module.
fn variables(has_secrets: bool) -> Vec<Block> {
    let mut variables = vec![
        Block::new("variable", &["tags"])
            .argument("description", text("Tags of everything that this module creates"))
            .argument("type", expression("map(string)"))
            .argument("default", expression("{}")),
    ];
    if has_secrets {
        let about = "Days in which a deleted secret can be restored: 7 to 30, or 0 for none";
        variables.push(
            Block::new("variable", &["recovery_window_in_days"])
                .argument("description", text(about))
                .argument("type", expression("number"))
                .argument("default", expression("30")),
        );
    }
    variables
}

/// Those that the policy needs.
fn data_sources(document: &str) -> Vec<Block> {
    let mut sources: Vec<_> = TOKENS
        .iter()
        .filter(|(_, own, _)| document.contains(own))
        .map(|(_, _, source)| *source)
        .collect();
    sources.dedup();
    sources.iter().map(|source| Block::new("data", &[source, OWN])).collect()
}

fn secret(secret: &Secret, delete: bool) -> Block {
    let mut block = Block::new("resource", &["aws_secretsmanager_secret", &own(&secret.name)])
        .argument("name", text(&secret.name));
    if let Some(description) = &secret.description {
        block = block.argument("description", text(description));
    }
    if let Some(key) = &secret.kms_key {
        block = block.argument("kms_key_id", text(key));
    }
    block = block
        .argument("recovery_window_in_days", expression("var.recovery_window_in_days"))
        .argument("tags", expression("var.tags"));
    if delete {
        return block;
    }
    block.block(Block::new("lifecycle", &[]).argument("prevent_destroy", expression("true")))
}

fn parameter(parameter: &Parameter) -> Block {
    let value = match &parameter.secret {
        SecretId::Name(name) => arn_of(name),
        SecretId::Arn(arn) => text(arn.as_str()),
    };
    Block::new("resource", &["aws_ssm_parameter", &own(&parameter.name)])
        .argument("name", text(&parameter.name))
        .argument("type", text("String"))
        .argument("value", value)
        .argument("tags", expression("var.tags"))
}

fn document(permissions: &[Permission]) -> Block {
    let document = Block::new("data", &["aws_iam_policy_document", &own("read")]);
    permissions.iter().map(statement).fold(document, Block::block)
}

fn statement(permission: &Permission) -> Block {
    let actions = permission.actions.iter().map(|action| text(*action));
    let resources = permission.resources.iter().map(|needed| match &needed.resource {
        Resource::Secret(name) => arn_of(name),
        Resource::Text(text) => with_own_words(text),
    });
    let mut block = Block::new("statement", &[])
        .argument("sid", text(permission.sid))
        .argument("actions", Value::List(actions.collect()))
        .argument("resources", Value::Lines(resources.collect()));
    for (operator, keys) in &permission.conditions {
        for (key, values) in keys {
            let values = values.iter().map(|value| with_own_words(value));
            block = block.block(
                Block::new("condition", &[])
                    .argument("test", text(operator))
                    .argument("variable", text(key))
                    .argument("values", Value::List(values.collect())),
            );
        }
    }
    block
}

fn output(name: &str, description: &str, value: Value) -> Block {
    Block::new("output", &[name])
        .argument("description", text(description))
        .argument("value", value)
}

/// The name of a resource.
fn own(name: &str) -> String {
    format!("{OWN}_{}", snake(name))
}

/// The same without the prefix, for what the caller of the module writes: it begins with no digit.
fn identifier(name: &str) -> String {
    let id = snake(name);
    if id.starts_with(|c: char| c.is_ascii_alphabetic()) { id } else { format!("_{id}") }
}

fn arn_of(name: &str) -> Value {
    expression(format!("aws_secretsmanager_secret.{}.arn", own(name)))
}

/// A resource or the value of a condition, which have nothing to escape.
fn with_own_words(text: &str) -> Value {
    let with = TOKENS
        .iter()
        .fold(text.to_owned(), |text, (token, own, _)| text.replace(token, &format!("${{{own}}}")));
    expression(format!("\"{with}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        fn check(name: &str, expected: [&str; 2]) {
            assert_eq!([own(name), identifier(name)], expected);
        }
        check("demo/a-b", ["hydrant_demo_a_b", "demo_a_b"]);
        check("1password", ["hydrant_1password", "_1password"]);
        check("/", ["hydrant_", "_"]);
    }
}
