//! GetSecretValue and BatchGetSecretValue.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::versions::{CURRENT, Version};
use super::{Secret, SecretValue, Secrets};
use crate::api_error::ApiError;
use crate::constraints;
use crate::generated;
use crate::pages;
use crate::refusals::Refusals;
use crate::scope::Scope;
use crate::wire;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    secret_id: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
pub(crate) fn get_secret_value(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Get = wire::input(body)?;
    if let Some(id) = &input.version_id {
        constraints::length("versionId", Some(id), id.chars().count(), 32, 64)?;
    }
    if let Some(stage) = &input.version_stage {
        constraints::length("versionStage", Some(stage), stage.chars().count(), 1, 256)?;
    }
    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;
    read(secret, input.version_id.as_deref(), input.version_stage.as_deref())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchGet {
    secret_id_list: Option<Vec<String>>,
    filters: Option<Vec<Value>>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html>
pub(crate) fn batch_get_secret_value(
    secrets: &mut Secrets,
    refusals: &Refusals,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: BatchGet = wire::input(body)?;
    let ids = match (input.secret_id_list, input.filters) {
        (Some(ids), None) => ids,
        (None, Some(_)) => {
            return Err(ApiError::validation(
                "Filters of BatchGetSecretValue are not emulated: use SecretIdList.",
            ));
        }
        _ => {
            return Err(ApiError::invalid_parameter(
                "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
            ));
        }
    };
    constraints::length("secretIdList", Some(&constraints::shown_list(&ids)), ids.len(), 1, 20)?;
    constraints::item_lengths("secretIdList", &ids, 2048)?;
    if input.max_results.is_some() {
        return Err(ApiError::invalid_parameter(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
        ));
    }

    // Sorted, and so not in the order of the request: no client may rely on that order.
    let mut results: BTreeMap<String, Result<Value, Value>> = BTreeMap::new();
    for id in ids {
        let target = secrets.target(scope, &id);
        if refusals.omits(&target) {
            continue;
        }
        let result = refusals.check_batch_item(scope, &target).and_then(|()| {
            let secret = secrets.find_usable(scope, Some(&id))?;
            read(secret, None, None)
        });
        let result = result.map_err(
            |error| json!({ "SecretId": id, "ErrorCode": error.code, "Message": error.message.unwrap_or_default() }),
        );
        // A secret that is named twice, for example by its name and its ARN, is returned once.
        let key = if result.is_ok() { target.resource } else { id };
        results.insert(key, result);
    }
    paged(results.into_values().collect(), secrets.batch_page, input.next_token.as_deref())
}

/// One page of a batch. If paging is on, it starts with an empty page, as AWS may.
fn paged(
    results: Vec<Result<Value, Value>>,
    size: Option<usize>,
    token: Option<&str>,
) -> Result<Value, ApiError> {
    let invalid = || ApiError::new("InvalidNextTokenException", "The NextToken value is invalid.");
    let (page, next) = match (size, token) {
        (Some(_), None) if !results.is_empty() => (Vec::new(), Some(pages::encode(0))),
        (size, token) => {
            pages::page(results, size.unwrap_or(usize::from(u8::MAX)), token, invalid)?
        }
    };
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for result in page {
        match result {
            Ok(value) => values.push(value),
            Err(error) => errors.push(error),
        }
    }
    let mut output = json!({ "SecretValues": values, "Errors": errors });
    if let Some(next) = next {
        output["NextToken"] = Value::String(next);
    }
    Ok(output)
}

/// Reads a version: the one with AWSCURRENT unless an id or a stage says otherwise.
fn read(secret: &mut Secret, id: Option<&str>, stage: Option<&str>) -> Result<Value, ApiError> {
    let not_found = |what: String| {
        ApiError::new(
            "ResourceNotFoundException",
            format!("Secrets Manager can't find the specified secret value for {what}"),
        )
    };
    let version = match (id, stage) {
        (Some(id), stage) => {
            let version = secret
                .versions
                .by_id_mut(id)
                .ok_or_else(|| not_found(format!("VersionId: {id}")))?;
            if stage.is_some_and(|stage| !version.stages.contains(stage)) {
                return Err(ApiError::invalid_request(
                    "You provided a VersionStage that is not associated to the provided VersionId.",
                ));
            }
            version
        }
        (None, stage) => {
            let stage = stage.unwrap_or(CURRENT);
            secret
                .versions
                .by_stage_mut(stage)
                .ok_or_else(|| not_found(format!("staging label: {stage}")))?
        }
    };
    let today = generated::day(generated::now());
    version.accessed = Some(today);
    secret.accessed = Some(today);
    Ok(value_of(&secret.arn, &secret.name, version))
}

fn value_of(arn: &str, name: &str, version: &Version) -> Value {
    let mut output = Map::new();
    output.insert("ARN".to_owned(), json!(arn));
    output.insert("Name".to_owned(), json!(name));
    output.insert("VersionId".to_owned(), json!(version.id));
    match &version.value {
        SecretValue::Text(text) => output.insert("SecretString".to_owned(), json!(text)),
        SecretValue::Binary(bytes) => {
            output.insert("SecretBinary".to_owned(), json!(STANDARD.encode(bytes)))
        }
    };
    output.insert("VersionStages".to_owned(), json!(version.stages));
    output.insert("CreatedDate".to_owned(), json!(version.created));
    Value::Object(output)
}
