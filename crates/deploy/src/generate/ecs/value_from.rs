//! `valueFrom`: the source of an entry in the form that ECS takes, or why it takes none.
//!
//! See
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
//! and
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html>.

use hydrant_core::json_pointer;
use hydrant_core::reference::{Arn, ParameterId, Reference, SecretId, SecretRef};
use hydrant_core::selector::Selector;
use hydrant_core::source::ValueId;

use super::super::sources::EntrySource;
use crate::error::Hint;
use crate::policy::{name_of, partition_of};

/// A reason, and what to do.
pub(super) type Refused = (String, Hint);

/// What ECS takes for the source of an entry.
pub(super) fn value_from(
    entry_source: &EntrySource<'_>,
    region: &str,
    account: Option<&str>,
) -> Result<String, Refused> {
    match &entry_source.source.id {
        ValueId::Parameter(id) => {
            if entry_source.source.selector != Selector::Raw {
                return Err((
                    "ECS takes no part of a parameter".to_owned(),
                    Hint::HydrateOrLeaveOut,
                ));
            }
            parameter(id, region, account)
        }
        ValueId::Secret(id, version) => {
            let id = match id {
                SecretId::Arn(_) => id.clone(),
                SecretId::Name(name) => SecretId::Arn(partial(name, region, account)?),
            };
            let json_key = match &entry_source.source.selector {
                Selector::Raw => None,
                Selector::Key(key) => Some(key.clone()),
                Selector::Pointer(pointer) => Some(top_level(pointer)?),
            };
            let secret = SecretRef { id, json_key, version: version.clone() };
            let text = secret.to_string();
            // A key with a colon, say, would be read back as something else.
            match Reference::parse(&text) {
                Ok(read) if read == Reference::Secret(secret) => Ok(text),
                _ => Err((
                    "the suffix of an ARN cannot hold its json_key".to_owned(),
                    Hint::HydrateOrLeaveOut,
                )),
            }
        }
    }
}

/// The ARN of a secret that is known by its name, without the six characters that AWS adds.
fn partial(name: &str, region: &str, account: Option<&str>) -> Result<Arn, Refused> {
    let Some(account) = account else {
        return Err((
            "ECS takes ARNs alone, and only the name of its secret is known here".to_owned(),
            Hint::GiveAccountOrVariable,
        ));
    };
    let text =
        format!("arn:{}:secretsmanager:{region}:{account}:secret:{name}", partition_of(region));
    match Reference::parse(&text) {
        Ok(Reference::Secret(SecretRef { id: SecretId::Arn(arn), .. }))
            if name_of(&arn) == name =>
        {
            Ok(arn)
        }
        _ => Err((
            format!("AWS takes the end of {name} for the six characters that it adds itself"),
            Hint::Words("set its ARN variable to the whole ARN".to_owned()),
        )),
    }
}

fn parameter(id: &ParameterId, region: &str, account: Option<&str>) -> Result<String, Refused> {
    let has_version = match id {
        ParameterId::Name(name) => name.contains(':'),
        ParameterId::Arn(arn) => arn.resource().contains(':'),
    };
    if has_version {
        return Err(("ECS takes no version of a parameter".to_owned(), Hint::HydrateOrLeaveOut));
    }
    match (id, account) {
        (ParameterId::Arn(arn), _) => Ok(arn.to_string()),
        (ParameterId::Name(name), Some(account)) => {
            let slash = if name.starts_with('/') { "" } else { "/" };
            Ok(format!(
                "arn:{}:ssm:{region}:{account}:parameter{slash}{name}",
                partition_of(region)
            ))
        }
        (ParameterId::Name(name), None) => Err((
            format!("only the name of its parameter {name} is known here, and not its ARN"),
            Hint::GiveAccount,
        )),
    }
}

/// The one key of an object that a pointer leads to.
fn top_level(pointer: &str) -> Result<String, Refused> {
    let mut tokens = json_pointer::tokens(pointer);
    match (tokens.next(), tokens.next()) {
        (Some(key), None) if key.bytes().all(|b| b.is_ascii_digit()) => Err((
            format!("ECS takes keys of objects alone, and {pointer} may lead into a list"),
            Hint::HydrateOrLeaveOut,
        )),
        (Some(key), None) => Ok(key),
        _ => Err((
            format!("ECS takes top-level keys alone, and not the json_pointer {pointer}"),
            Hint::HydrateOrLeaveOut,
        )),
    }
}
