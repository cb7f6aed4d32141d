//! CreateSecret, PutSecretValue and UpdateSecretVersionStage.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::versions::{CURRENT, Versions};
use super::{Key, Secret, SecretValue, Secrets};
use crate::api_error::ApiError;
use crate::arn;
use crate::constraints;
use crate::generated;
use crate::scope::Scope;
use crate::wire;

/// The largest value, in characters of a string or in bytes.
const LARGEST_VALUE: usize = 65_536;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    name: Option<String>,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    #[serde(default)]
    tags: Vec<Value>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
pub(crate) fn create_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    create_secret_with_suffix(secrets, scope, body, None)
}

/// Like [`create_secret`], with the given suffix of the ARN instead of a random one.
pub(crate) fn create_secret_with_suffix(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
    suffix: Option<&str>,
) -> Result<Value, ApiError> {
    let input: Create = wire::input(body)?;
    let name = checked_name(input.name.as_deref())?.to_owned();
    let token = checked_token(input.client_request_token)?;
    let value = checked_value(input.secret_string, input.secret_binary)?;

    let key = Key {
        region: scope.region.to_owned(),
        account: scope.account.to_owned(),
        name: name.clone(),
    };
    if let Some(existing) = secrets.by_key.get(&key) {
        if existing.deletion.is_some() {
            return Err(ApiError::invalid_request(
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ));
        }
        let same = existing
            .versions
            .by_id(&token)
            .is_some_and(|version| Some(&version.value) == value.as_ref());
        if !same {
            return Err(ApiError::new(
                "ResourceExistsException",
                format!("The operation failed because the secret {name} already exists."),
            ));
        }
        return Ok(json!({ "ARN": existing.arn, "Name": name, "VersionId": token }));
    }

    let arn = match suffix {
        Some(suffix) => {
            format!("{}-{suffix}", arn::partial_secret_arn(scope.region, scope.account, &name))
        }
        None => arn::new_secret_arn(scope.region, scope.account, &name),
    };
    let mut output = json!({ "ARN": arn, "Name": name });
    let mut versions = Versions::default();
    if let Some(value) = value {
        versions.add(&token, value, &[CURRENT.to_owned()]);
        output["VersionId"] = Value::String(token);
    }
    let now = generated::now();
    let secret = Secret {
        arn,
        name,
        description: input.description,
        kms_key_id: input.kms_key_id,
        tags: input.tags,
        created: now,
        changed: now,
        accessed: None,
        deletion: None,
        rotation: None,
        versions,
    };
    secrets.by_key.insert(key, secret);
    Ok(output)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stages: Option<Vec<String>>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>
pub(crate) fn put_secret_value(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Put = wire::input(body)?;
    let token = checked_token(input.client_request_token)?;
    let value = checked_value(input.secret_string, input.secret_binary)?.ok_or_else(|| {
        ApiError::invalid_request("You must provide either SecretString or SecretBinary.")
    })?;
    let mut stages = input.version_stages.unwrap_or_else(|| vec![CURRENT.to_owned()]);
    constraints::length(
        "versionStages",
        Some(&constraints::shown_list(&stages)),
        stages.len(),
        1,
        20,
    )?;
    constraints::item_lengths("versionStages", &stages, 256)?;

    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;
    if let Some(existing) = secret.versions.by_id(&token) {
        if existing.value != value {
            return Err(token_in_use(&token, &secret.arn));
        }
    } else {
        // The first version of a secret is the current one, whatever labels it is given.
        if secret.versions.is_empty() && !stages.iter().any(|stage| stage == CURRENT) {
            stages.push(CURRENT.to_owned());
        }
        secret.add_version(&token, value, &stages);
    }
    let stages = secret.versions.by_id(&token).map(|version| &version.stages);
    Ok(
        json!({ "ARN": secret.arn, "Name": secret.name, "VersionId": token, "VersionStages": stages }),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MoveStage {
    secret_id: Option<String>,
    version_stage: Option<String>,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html>
pub(crate) fn update_secret_version_stage(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: MoveStage = wire::input(body)?;
    let stage = constraints::required("versionStage", input.version_stage.as_deref())?;
    constraints::length("versionStage", Some(stage), stage.chars().count(), 1, 256)?;
    let (from, to) = (input.remove_from_version_id.as_deref(), input.move_to_version_id.as_deref());
    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;

    for id in [from, to].into_iter().flatten() {
        if secret.versions.by_id(id).is_none() {
            return Err(ApiError::new(
                "ResourceNotFoundException",
                format!(
                    "Secrets Manager can't find the specified secret value for VersionId: {id}"
                ),
            ));
        }
    }
    if from.is_none() && to.is_none() {
        return Err(ApiError::invalid_parameter(
            "You must specify RemoveFromVersionId, MoveToVersionId or both of them.",
        ));
    }
    let holder = secret.versions.by_stage(stage).map(|version| version.id.as_str());
    if let Some(holder) = holder.filter(|holder| from != Some(holder) && to != Some(holder)) {
        let fault = if from.is_none() { "can't be empty" } else { "names another version" };
        return Err(ApiError::invalid_parameter(format!(
            "The parameter RemoveFromVersionId {fault}. Staging label {stage} is currently attached to version \
             {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        )));
    }
    if holder.is_none() && from.is_some() {
        return Err(ApiError::invalid_parameter(format!(
            "Staging label {stage} is not attached to the version in RemoveFromVersionId."
        )));
    }
    if stage == CURRENT && to.is_none() {
        return Err(ApiError::invalid_parameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        ));
    }
    secret.versions.move_stage(stage, to);
    secret.changed = generated::now();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}

fn checked_name(name: Option<&str>) -> Result<&str, ApiError> {
    let name = constraints::required("name", name)?;
    constraints::length("name", Some(name), name.chars().count(), 1, 512)?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/_+=.@!".contains(&byte)) {
        return Err(ApiError::validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    Ok(name)
}

/// The token becomes the version's id. SDKs make one up if a program gives none, so AWS requires
/// it.
pub(super) fn checked_token(token: Option<String>) -> Result<String, ApiError> {
    let token = token.ok_or_else(|| {
        ApiError::invalid_request(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
        )
    })?;
    constraints::length("clientRequestToken", Some(&token), token.chars().count(), 32, 64)?;
    Ok(token)
}

pub(super) fn checked_value(
    text: Option<String>,
    binary: Option<String>,
) -> Result<Option<SecretValue>, ApiError> {
    match (text, binary) {
        (None, None) => Ok(None),
        (Some(text), None) => {
            constraints::length("secretString", None, text.chars().count(), 1, LARGEST_VALUE)?;
            Ok(Some(SecretValue::Text(text)))
        }
        (None, Some(encoded)) => {
            let bytes =
                STANDARD.decode(encoded).map_err(|_| ApiError::bare("SerializationException"))?;
            constraints::length("secretBinary", None, bytes.len(), 1, LARGEST_VALUE)?;
            Ok(Some(SecretValue::Binary(bytes)))
        }
        (Some(_), Some(_)) => Err(ApiError::invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        )),
    }
}

pub(super) fn token_in_use(token: &str, arn: &str) -> ApiError {
    ApiError::new(
        "ResourceExistsException",
        format!(
            "You can't use ClientRequestToken {token} because that value is already in use for a version of secret \
             {arn}."
        ),
    )
}
