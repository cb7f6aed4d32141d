//! `cdk`: one TypeScript file for the AWS CDK, with a construct that creates the secrets and one
//! that imports them.
//!
//! What depends on the manifest are tables; the constructs that read them are the same for all, in
//! `cdk/`.

use hydrant_core::reference::SecretId;

use super::cloudformation::notices;
use super::names::pascal;
use super::permissions::{Permission, Resource, permissions, too_long};
use super::stack::{Parameter, Secret, Stack, StackEntry, StackSource};
use super::typescript::{Value, object, text, texts};
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
    let entries = object(stack.entries.iter().map(entry));
    let secrets = stack.secrets.iter().map(|each| secret(each, &stack)).collect();
    let permissions = |list: &[Permission]| list.iter().map(permission).collect();
    let parts = [
        input.header("//", &["cdk"], "hydrant-secrets.ts") + IMPORTS,
        format!(
            "/** The entries of the manifest. */\n\
             const ENTRIES = {entries} satisfies Record<string, Entry>;\n"
        ),
        table("The secrets to create.", "SECRETS", "Secret", secrets),
        table(
            "The parameters that publish their ARNs.",
            "PARAMETERS",
            "Parameter",
            stack.parameters.iter().map(parameter).collect(),
        ),
        table("What reading needs.", "READ", "Permission", permissions(&read)),
        table(
            "What describing needs beside that.",
            "DESCRIBE",
            "Permission",
            permissions(&describe),
        ),
        table("What setting needs.", "WRITE", "Permission", permissions(&write)),
        CONSTRUCTS.to_owned(),
    ];
    Ok(Generated {
        text: parts.join("\n"),
        notices: notices(input, &stack),
        warnings: too_long(&read).into_iter().collect(),
    })
}

/// A constant: a list of objects of this type.
fn table(about: &str, name: &str, of: &str, rows: Vec<Value>) -> String {
    format!("/** {about} */\nconst {name}: readonly {of}[] = {};\n", Value::Objects(rows))
}

fn entry(entry: &StackEntry) -> (&str, Value) {
    let secret = match &entry.source {
        StackSource::Secret(SecretId::Name(name)) => Some(("secret", text(name))),
        StackSource::Secret(SecretId::Arn(arn)) => Some(("arn", text(arn.as_str()))),
        // hydrant finds it without its variable, or not at all.
        StackSource::NamedBy(_) | StackSource::Parameter(_) => None,
    };
    let variable = entry.arn_var.as_ref().map(|variable| ("arnVariable", text(variable)));
    (&entry.variable, object(variable.zip(secret).into_iter().flat_map(<[_; 2]>::from)))
}

fn secret(secret: &Secret, stack: &Stack) -> Value {
    let mut row =
        vec![("id", text(format!("{}Secret", pascal(&secret.name)))), ("name", text(&secret.name))];
    let publishes =
        |parameter: &&Parameter| parameter.secret == SecretId::Name(secret.name.clone());
    if let Some(parameter) = stack.parameters.iter().find(publishes) {
        row.push(("parameter", text(&parameter.name)));
    }
    let details = [("description", &secret.description), ("kmsKeyId", &secret.kms_key)];
    let details: Vec<_> =
        details.iter().filter_map(|(key, held)| Some((*key, text(held.as_deref()?)))).collect();
    if !details.is_empty() {
        row.push(("details", object(details)));
    }
    object(row)
}

fn parameter(parameter: &Parameter) -> Value {
    let secret = match &parameter.secret {
        SecretId::Name(name) => ("secret", text(name)),
        SecretId::Arn(arn) => ("arn", text(arn.as_str())),
    };
    let id = text(format!("{}Parameter", pascal(&parameter.name)));
    object([("id", id), ("name", text(&parameter.name)), secret])
}

fn permission(permission: &Permission) -> Value {
    let resources = permission.resources.iter().map(|needed| {
        let resource = match &needed.resource {
            Resource::Secret(name) => ("secret", text(name)),
            Resource::Text(arn) => ("arn", text(arn)),
        };
        object([resource, ("neededBy", texts(&needed.by))])
    });
    let mut row = vec![
        ("sid", text(permission.sid)),
        ("actions", texts(permission.actions.iter().copied())),
        ("resources", Value::Objects(resources.collect())),
    ];
    if !permission.conditions.is_empty() {
        let conditions = permission.conditions.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| (format!("\"{key}\""), texts(values)));
            let operator =
                if operator.contains(':') { format!("\"{operator}\"") } else { operator.clone() };
            (operator, object(keys))
        });
        row.push(("conditions", object(conditions)));
    }
    object(row)
}
