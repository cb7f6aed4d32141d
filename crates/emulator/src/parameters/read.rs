//! GetParameter and GetParameters.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Parameter, Parameters, Version};
use crate::api_error::ApiError;
use crate::constraints;
use crate::refusals::Refusals;
use crate::scope::Scope;
use crate::wire;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    name: Option<String>,
    with_decryption: Option<bool>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
pub(crate) fn get_parameter(
    parameters: &mut Parameters,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Get = wire::input(body)?;
    let id = constraints::required("name", input.name.as_deref())?;
    constraints::length("name", Some(id), id.chars().count(), 1, 2048)?;
    let selected = parameters.select(scope, id);
    let parameter = selected.key.and_then(|key| parameters.by_key.get(&key));
    let parameter = parameter.ok_or_else(|| ApiError::bare("ParameterNotFound"))?;
    let version = parameter
        .version(selected.selector)
        .ok_or_else(|| version_not_found(parameter, selected.selector))?;
    let decrypt = input.with_decryption.unwrap_or(false);
    Ok(json!({ "Parameter": value_of(parameter, version, selected.selector, decrypt) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetMany {
    names: Option<Vec<String>>,
    with_decryption: Option<bool>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
pub(crate) fn get_parameters(
    parameters: &mut Parameters,
    refusals: &Refusals,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: GetMany = wire::input(body)?;
    let names = input.names.unwrap_or_default();
    constraints::length("names", Some(&constraints::shown_list(&names)), names.len(), 1, 10)?;
    constraints::item_lengths("names", &names, 2048)?;
    let decrypt = input.with_decryption.unwrap_or(false);

    // Sorted, and so not in the order of the request: no client may rely on that order.
    let mut found = BTreeMap::new();
    let mut invalid = Vec::new();
    for id in &names {
        if refusals.omits(&parameters.target(scope, id)) {
            continue;
        }
        let selected = parameters.select(scope, id);
        let parameter = selected.key.and_then(|key| parameters.by_key.get(&key));
        match parameter
            .and_then(|parameter| Some((parameter, parameter.version(selected.selector)?)))
        {
            Some((parameter, version)) => {
                let value = value_of(parameter, version, selected.selector, decrypt);
                found.insert((&parameter.arn, selected.selector), value);
            }
            None if invalid.contains(id) => {}
            None => invalid.push(id.clone()),
        }
    }
    let found: Vec<Value> = found.into_values().collect();
    Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
}

fn value_of(
    parameter: &Parameter,
    version: &Version,
    selector: Option<&str>,
    decrypt: bool,
) -> Value {
    let value = match &version.ciphertext {
        Some(ciphertext) if !decrypt => ciphertext,
        _ => &version.value,
    };
    let mut output = json!({
        "ARN": parameter.arn,
        "Name": parameter.name,
        "Type": parameter.kind.name(),
        "Value": value,
        "Version": version.number,
        "LastModifiedDate": version.modified,
        "DataType": "text",
    });
    if let Some(selector) = selector {
        output["Selector"] = Value::String(format!(":{selector}"));
    }
    output
}

pub(super) fn version_not_found(parameter: &Parameter, selector: Option<&str>) -> ApiError {
    let selector = selector.unwrap_or_default();
    let what = if selector.parse::<i64>().is_ok() { "version" } else { "label" };
    ApiError::new(
        "ParameterVersionNotFound",
        format!(
            "Systems Manager could not find {what} {selector} of {}. Verify the {what} and try again.",
            parameter.name
        ),
    )
}
