//! `cdk`: one TypeScript file for the AWS CDK, with a construct that creates the secrets and one
//! that imports them.
//!
//! What depends on the manifest are tables; the constructs that read them are the same for all, in
//! `cdk/`.

use hydrant_core::reference::SecretId;

use super::cloudformation::notices;
use super::names::pascal;
use super::permissions::{Permission, Resource, permissions, too_long};
use super::stack::{Parameter, Secret, Stack, StackSource};
use super::typescript::{empty, list, property};
use super::{Generated, Input};
use crate::error::GenerateError;
use crate::policy::Purpose;

const IMPORTS: &str = include_str!("cdk/imports.ts");
const CONSTRUCTS: &str = include_str!("cdk/constructs.ts");

/// The TypeScript file: a construct that creates the empty secrets, and one that imports them.
///
/// # Errors
///
/// Everything that is wrong with the entries, or that there are none.
pub fn generate(input: &Input) -> super::Result {
    let stack = Stack::of(&input.committed, &input.manifest).map_err(GenerateError::Entries)?;
    let allowed =
        |purpose| permissions(&input.committed, &stack, &[purpose], input.batch, &input.manifest);
    let (read, mut describe, write) =
        (allowed(Purpose::Run)?, allowed(Purpose::Status)?, allowed(Purpose::Put)?);
    if read.is_empty() {
        return Err(GenerateError::usage("there is nothing to generate: no entry is selected"));
    }
    describe.retain(|permission| read.iter().all(|other| other.sid != permission.sid));
    let mut text = input.header("//", &["cdk"], "hydrant-secrets.ts");
    text.push_str(IMPORTS);
    text.push_str("\n/** The entries of the manifest. */\nconst ENTRIES = {\n");
    text.extend(stack.entries.iter().map(entry));
    text.push_str("} satisfies Record<string, Entry>;\n");
    table(
        &mut text,
        "The secrets to create.",
        "SECRETS: readonly Secret",
        stack.secrets.iter().map(|each| secret(each, &stack)),
    );
    let parameters = stack.parameters.iter().map(parameter);
    table(
        &mut text,
        "The parameters that publish their ARNs.",
        "PARAMETERS: readonly Parameter",
        parameters,
    );
    table(
        &mut text,
        "What reading needs.",
        "READ: readonly Permission",
        read.iter().map(permission),
    );
    table(
        &mut text,
        "What describing needs beside that.",
        "DESCRIBE: readonly Permission",
        describe.iter().map(permission),
    );
    table(
        &mut text,
        "What setting needs.",
        "WRITE: readonly Permission",
        write.iter().map(permission),
    );
    text.push('\n');
    text.push_str(CONSTRUCTS);
    Ok(Generated {
        text,
        notices: notices(input, &stack),
        warnings: too_long(&read).into_iter().collect(),
    })
}

/// A list of objects, each on lines of its own.
fn table(text: &mut String, about: &str, name: &str, rows: impl Iterator<Item = String>) {
    let rows: String = rows.map(|row| format!("  {{\n{row}  }},\n")).collect();
    let rows = if rows.is_empty() { "[]".to_owned() } else { format!("[\n{rows}]") };
    *text += &format!("\n/** {about} */\nconst {name}[] = {rows};\n");
}

fn entry(entry: &super::stack::StackEntry) -> String {
    let Some(variable) = &entry.arn_var else { return empty(2, &entry.variable) };
    let secret = match &entry.source {
        StackSource::Secret(SecretId::Name(name)) => property(4, "secret", name),
        StackSource::Secret(SecretId::Arn(arn)) => property(4, "arn", arn.as_str()),
        // hydrant finds it without its variable, or not at all.
        StackSource::NamedBy(_) | StackSource::Parameter(_) => return empty(2, &entry.variable),
    };
    format!("  {}: {{\n{}{secret}  }},\n", entry.variable, property(4, "arnVariable", variable))
}

fn secret(secret: &Secret, stack: &Stack) -> String {
    let mut row = property(4, "id", &format!("{}Secret", pascal(&secret.name)))
        + &property(4, "name", &secret.name);
    let publishes =
        |parameter: &&Parameter| parameter.secret == SecretId::Name(secret.name.clone());
    if let Some(parameter) = stack.parameters.iter().find(publishes) {
        row += &property(4, "parameter", &parameter.name);
    }
    let details = [("description", &secret.description), ("kmsKeyId", &secret.kms_key)];
    let details = details.iter().filter_map(|(key, text)| Some(property(6, key, text.as_deref()?)));
    let details: String = details.collect();
    if !details.is_empty() {
        row += &format!("    details: {{\n{details}    }},\n");
    }
    row
}

fn parameter(parameter: &Parameter) -> String {
    let secret = match &parameter.secret {
        SecretId::Name(name) => property(4, "secret", name),
        SecretId::Arn(arn) => property(4, "arn", arn.as_str()),
    };
    let id = property(4, "id", &format!("{}Parameter", pascal(&parameter.name)));
    format!("{id}{}{secret}", property(4, "name", &parameter.name))
}

fn permission(permission: &Permission) -> String {
    let mut row = property(4, "sid", permission.sid)
        + &list(4, "actions", &permission.actions)
        + "    resources: [\n";
    for needed in &permission.resources {
        let resource = match &needed.resource {
            Resource::Secret(name) => property(8, "secret", name),
            Resource::Text(text) => property(8, "arn", text),
        };
        row += &format!("      {{\n{resource}{}      }},\n", list(8, "neededBy", &needed.by));
    }
    row += "    ],\n";
    if !permission.conditions.is_empty() {
        row += "    conditions: {\n";
        for (operator, keys) in &permission.conditions {
            let operator =
                if operator.contains(':') { format!("\"{operator}\"") } else { operator.clone() };
            row += &format!("      {operator}: {{\n");
            for (key, values) in keys {
                row += &list(8, &format!("\"{key}\""), values);
            }
            row += "      },\n";
        }
        row += "    },\n";
    }
    row
}
