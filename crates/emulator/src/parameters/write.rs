//! PutParameter, LabelParameterVersion and DeleteParameter.

use std::collections::{BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};

use super::read::version_not_found;
use super::{Key, Parameter, ParameterType, Parameters, Version};
use crate::api_error::ApiError;
use crate::arn;
use crate::constraints;
use crate::generated;
use crate::scope::Scope;
use crate::wire;

const STANDARD: &str = "Standard";
const ADVANCED: &str = "Advanced";
const INTELLIGENT: &str = "Intelligent-Tiering";

/// The largest values, in characters.
const LARGEST_STANDARD: usize = 4096;
const LARGEST_ADVANCED: usize = 8192;

/// How many versions of a parameter are kept.
const KEPT: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    name: Option<String>,
    value: Option<String>,
    r#type: Option<String>,
    description: Option<String>,
    key_id: Option<String>,
    overwrite: Option<bool>,
    tier: Option<String>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>
pub(crate) fn put_parameter(
    parameters: &mut Parameters,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Put = wire::input(body)?;
    let name = checked_name(input.name.as_deref())?.to_owned();
    let value = input.value.unwrap_or_default();
    let length = value.chars().count();
    constraints::length("value", None, length, 1, usize::MAX)?;
    let kind = match input.r#type.as_deref() {
        None => None,
        Some(name) => {
            let names = ParameterType::ALL.map(ParameterType::name);
            constraints::one_of("type", name, &names)?;
            ParameterType::from_name(name)
        }
    };

    let key = Key {
        region: scope.region.to_owned(),
        account: scope.account.to_owned(),
        name: name.clone(),
    };
    let existing = parameters.by_key.get_mut(&key);
    if existing.is_some() && !input.overwrite.unwrap_or(false) {
        return Err(ApiError::new(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        ));
    }
    let tier = checked_tier(
        input.tier.as_deref(),
        existing.as_ref().map(|parameter| parameter.tier),
        length,
    )?;
    let (number, kind) = match &existing {
        None => {
            let missing = || {
                ApiError::validation("A parameter type is required when you create a parameter.")
            };
            (1, kind.ok_or_else(missing)?)
        }
        Some(parameter) => {
            let next = parameter.latest().map_or(1, |version| version.number + 1);
            if kind.is_some_and(|kind| kind != parameter.kind) {
                return Err(ApiError::new(
                    "HierarchyTypeMismatchException",
                    format!(
                        "Parameter {name} already has another type, and a parameter's type can't be changed."
                    ),
                ));
            }
            (next, parameter.kind)
        }
    };

    let ciphertext =
        (kind == ParameterType::SecureString).then(|| generated::ciphertext(value.len()));
    let version =
        Version { number, value, ciphertext, labels: BTreeSet::new(), modified: generated::now() };
    match existing {
        Some(parameter) => parameter.overwrite(version, tier, input.description, input.key_id)?,
        None => {
            let parameter = Parameter {
                arn: arn::parameter_arn(scope.region, scope.account, &name),
                name,
                kind,
                description: input.description,
                key_id: input.key_id,
                tier,
                versions: VecDeque::from([version]),
            };
            parameters.by_key.insert(key, parameter);
        }
    }
    Ok(json!({ "Version": number, "Tier": tier }))
}

impl Parameter {
    fn overwrite(
        &mut self,
        version: Version,
        tier: &'static str,
        description: Option<String>,
        key_id: Option<String>,
    ) -> Result<(), ApiError> {
        if self.versions.len() >= KEPT {
            // The oldest version is dropped, unless it has a label.
            if let Some(oldest) = self.versions.front().filter(|oldest| !oldest.labels.is_empty()) {
                return Err(ApiError::new(
                    "ParameterMaxVersionLimitExceeded",
                    format!(
                        "You attempted to create a new version of {} by calling the PutParameter API with the \
                         overwrite flag. Version {}, the oldest version, can't be deleted because it has a label \
                         associated with it. Move the label to another version of the parameter, and try again.",
                        self.name, oldest.number
                    ),
                ));
            }
            self.versions.pop_front();
        }
        self.versions.push_back(version);
        self.tier = tier;
        self.description = description.or_else(|| self.description.take());
        self.key_id = key_id.or_else(|| self.key_id.take());
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    name: Option<String>,
    parameter_version: Option<i64>,
    labels: Option<Vec<String>>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html>
pub(crate) fn label_parameter_version(
    parameters: &mut Parameters,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Label = wire::input(body)?;
    let id = constraints::required("name", input.name.as_deref())?;
    let labels = input.labels.unwrap_or_default();
    constraints::length("labels", Some(&constraints::shown_list(&labels)), labels.len(), 1, 10)?;
    constraints::item_lengths("labels", &labels, 100)?;
    let key = parameters.select(scope, id).key;
    let parameter = key.and_then(|key| parameters.by_key.get_mut(&key));
    let parameter = parameter.ok_or_else(|| ApiError::bare("ParameterNotFound"))?;
    let selector = input.parameter_version.map(|number| number.to_string());
    let version = parameter.version(selector.as_deref()).map(|version| version.number);
    let Some(number) = version else {
        return Err(version_not_found(parameter, selector.as_deref()));
    };

    let (labels, invalid): (Vec<String>, Vec<String>) =
        labels.into_iter().partition(|label| is_label(label));
    for version in &mut parameter.versions {
        version.labels.retain(|label| !labels.contains(label));
        if version.number == number {
            version.labels.extend(labels.iter().cloned());
        }
    }
    Ok(json!({ "InvalidLabels": invalid, "ParameterVersion": number }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    name: Option<String>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>
pub(crate) fn delete_parameter(
    parameters: &mut Parameters,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Delete = wire::input(body)?;
    let id = constraints::required("name", input.name.as_deref())?;
    let key =
        parameters.select(scope, id).key.ok_or_else(|| ApiError::bare("ParameterNotFound"))?;
    parameters.by_key.remove(&key);
    Ok(json!({}))
}

/// A valid name for a new parameter: never an ARN, because no name contains a colon.
fn checked_name(name: Option<&str>) -> Result<&str, ApiError> {
    let name = constraints::required("name", name)?;
    constraints::length("name", Some(name), name.chars().count(), 1, 2048)?;
    let path = name.strip_prefix('/').unwrap_or(name);
    let first = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
    if first.starts_with("aws") {
        return Err(ApiError::new(
            "AccessDeniedException",
            format!("No access to reserved parameter name: {name}."),
        ));
    }
    if name.contains('/') && !name.starts_with('/') && !name.contains(':') {
        return Err(ApiError::validation("Parameter name must be a fully qualified name."));
    }
    let symbols = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    if first.starts_with("ssm") || !path.split('/').all(|part| !part.is_empty() && symbols(part)) {
        return Err(ApiError::validation(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist \
             of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
             following 3 symbols .-_",
        ));
    }
    Ok(name)
}

fn checked_tier(
    wanted: Option<&str>,
    existing: Option<&'static str>,
    length: usize,
) -> Result<&'static str, ApiError> {
    if let Some(tier) = wanted {
        constraints::one_of("tier", tier, &[STANDARD, ADVANCED, INTELLIGENT])?;
    }
    let tier = match (wanted, existing) {
        (Some(STANDARD), Some(ADVANCED)) => {
            return Err(ApiError::validation(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
                 advanced-parameter tier to the standard-parameter tier.",
            ));
        }
        (_, Some(ADVANCED)) | (Some(ADVANCED), _) => ADVANCED,
        (Some(INTELLIGENT), _) if length > LARGEST_STANDARD => ADVANCED,
        _ => STANDARD,
    };
    let (largest, advice) = if tier == ADVANCED {
        (LARGEST_ADVANCED, "")
    } else {
        let advice = " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.";
        (LARGEST_STANDARD, advice)
    };
    if length > largest {
        return Err(ApiError::validation(format!(
            "{tier} tier parameters support a maximum parameter value of {largest} characters.{advice}"
        )));
    }
    Ok(tier)
}

/// A label does not begin with a digit, `aws` or `ssm`.
fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let characters =
        label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let start = !label.starts_with(|first: char| first.is_ascii_digit());
    !label.is_empty()
        && characters
        && start
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
}
