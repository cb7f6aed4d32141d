//! UpdateSecret and TagResource.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Secrets;
use super::versions::CURRENT;
use super::write::{checked_token, checked_value, token_in_use};
use crate::api_error::ApiError;
use crate::constraints;
use crate::generated;
use crate::scope::Scope;
use crate::wire;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html>
pub(crate) fn update_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Update = wire::input(body)?;
    let token = checked_token(input.client_request_token)?;
    let value = checked_value(input.secret_string, input.secret_binary)?;
    if let Some(description) = &input.description {
        constraints::length(
            "description",
            Some(description),
            description.chars().count(),
            0,
            2048,
        )?;
    }
    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;
    // Unlike PutSecretValue, which accepts the same value a second time.
    if value.is_some() && secret.versions.by_id(&token).is_some() {
        return Err(token_in_use(&token, &secret.arn));
    }

    if let Some(description) = input.description {
        secret.description = Some(description).filter(|description| !description.is_empty());
    }
    if let Some(key) = input.kms_key_id {
        secret.kms_key_id = Some(key).filter(|key| !key.is_empty());
    }
    secret.changed = generated::now();
    let mut output = json!({ "ARN": secret.arn, "Name": secret.name });
    if let Some(value) = value {
        secret.add_version(&token, value, &[CURRENT.to_owned()]);
        output["VersionId"] = Value::String(token);
    }
    Ok(output)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    secret_id: Option<String>,
    #[serde(default)]
    tags: Vec<Value>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>
pub(crate) fn tag_resource(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Tag = wire::input(body)?;
    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;
    for tag in input.tags {
        match secret.tags.iter_mut().find(|existing| existing["Key"] == tag["Key"]) {
            Some(existing) => *existing = tag,
            None => secret.tags.push(tag),
        }
    }
    secret.changed = generated::now();
    Ok(json!({}))
}
