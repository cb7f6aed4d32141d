//! DescribeParameters: everything but values.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Parameter, ParameterType, Parameters};
use crate::api_error::ApiError;
use crate::constraints;
use crate::pages;
use crate::scope::Scope;
use crate::wire;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: Option<String>,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html>
pub(crate) fn describe_parameters(
    parameters: &mut Parameters,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Describe = wire::input(body)?;
    let size = input.max_results.unwrap_or(50);
    constraints::range("maxResults", size, 1, 50)?;
    for filter in &input.parameter_filters {
        filter.check()?;
    }
    let listed = parameters
        .by_key
        .iter()
        .filter(|(key, _)| key.region == scope.region && key.account == scope.account)
        .map(|(_, parameter)| parameter)
        .filter(|parameter| input.parameter_filters.iter().all(|filter| filter.takes(parameter)))
        .map(|parameter| description(parameter, scope))
        .collect();
    let invalid = || ApiError::new("InvalidNextToken", "The specified token isn't valid.");
    let size = usize::try_from(size).unwrap_or(50);
    let (listed, next) = pages::page(listed, size, input.next_token.as_deref(), invalid)?;
    let mut output = json!({ "Parameters": listed });
    if let Some(next) = next {
        output["NextToken"] = Value::String(next);
    }
    Ok(output)
}

impl Filter {
    fn check(&self) -> Result<(), ApiError> {
        let key = constraints::required("parameterFilters.1.member.key", self.key.as_deref())?;
        if !["Name", "Type"].contains(&key) {
            return Err(ApiError::new(
                "InvalidFilterKey",
                format!(
                    "The filter {key} of DescribeParameters is not emulated: use Name or Type."
                ),
            ));
        }
        match self.option.as_deref() {
            None | Some("Equals") => Ok(()),
            Some("BeginsWith" | "Contains") if key == "Name" => Ok(()),
            Some(option) => Err(ApiError::new(
                "InvalidFilterOption",
                format!("The filter option {option} isn't valid for the filter {key}."),
            )),
        }
    }

    fn takes(&self, parameter: &Parameter) -> bool {
        if self.key.as_deref() == Some("Type") {
            return self.values.iter().any(|value| value == parameter.kind.name());
        }
        let name = parameter.name.as_str();
        self.values.iter().any(|value| match self.option.as_deref() {
            Some("BeginsWith") => name.starts_with(value.as_str()),
            Some("Contains") => name.contains(value.as_str()),
            _ => name == value,
        })
    }
}

fn description(parameter: &Parameter, scope: Scope<'_>) -> Value {
    let latest = parameter.latest();
    let mut output = json!({
        "ARN": parameter.arn,
        "Name": parameter.name,
        "Type": parameter.kind.name(),
        "LastModifiedDate": latest.map(|version| version.modified),
        "LastModifiedUser": scope.user_arn(),
        "Version": latest.map(|version| version.number),
        "Tier": parameter.tier,
        "Policies": [],
        "DataType": "text",
    });
    if let Some(description) = &parameter.description {
        output["Description"] = json!(description);
    }
    if parameter.kind == ParameterType::SecureString {
        output["KeyId"] = json!(parameter.key_id.as_deref().unwrap_or("alias/aws/ssm"));
    }
    output
}
