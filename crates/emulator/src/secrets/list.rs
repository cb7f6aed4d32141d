//! DescribeSecret, ListSecretVersionIds and ListSecrets: everything but values.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Secret, Secrets};
use crate::api_error::ApiError;
use crate::constraints;
use crate::pages;
use crate::scope::Scope;
use crate::wire;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    secret_id: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
pub(crate) fn describe_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Describe = wire::input(body)?;
    let secret = secrets.find(scope, input.secret_id.as_deref())?;
    Ok(description(secret, "VersionIdsToStages"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListVersions {
    secret_id: Option<String>,
    include_deprecated: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html>
pub(crate) fn list_secret_version_ids(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: ListVersions = wire::input(body)?;
    let size = page_size(input.max_results)?;
    let secret = secrets.find(scope, input.secret_id.as_deref())?;
    let deprecated = input.include_deprecated.unwrap_or(false);
    let key = secret.kms_key_id.as_deref().unwrap_or("DefaultEncryptionKey");
    let versions =
        secret.versions.iter().filter(|version| deprecated || !version.stages.is_empty());
    let versions = versions
        .map(|version| {
            let mut entry = json!({
                "VersionId": version.id,
                "CreatedDate": version.created,
                "KmsKeyIds": [key],
            });
            insert(&mut entry, "LastAccessedDate", version.accessed);
            insert(
                &mut entry,
                "VersionStages",
                (!version.stages.is_empty()).then_some(&version.stages),
            );
            entry
        })
        .collect();
    let (versions, next) = pages::page(versions, size, input.next_token.as_deref(), invalid_token)?;
    let mut output = json!({ "ARN": secret.arn, "Name": secret.name, "Versions": versions });
    insert(&mut output, "NextToken", next);
    Ok(output)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    filters: Vec<Filter>,
    include_planned_deletion: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
    sort_order: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
pub(crate) fn list_secrets(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: List = wire::input(body)?;
    let size = page_size(input.max_results)?;
    for filter in &input.filters {
        let key = constraints::required("filters.1.member.key", filter.key.as_deref())?;
        if key != "name" {
            return Err(ApiError::validation(format!(
                "The filter {key} of ListSecrets is not emulated: use name."
            )));
        }
    }
    let deleted = input.include_planned_deletion.unwrap_or(false);
    let mut listed: Vec<Value> = secrets
        .by_key
        .iter()
        .filter(|(key, _)| key.region == scope.region && key.account == scope.account)
        .map(|(_, secret)| secret)
        .filter(|secret| deleted || secret.deletion.is_none())
        .filter(|secret| input.filters.iter().all(|filter| filter.takes(&secret.name)))
        .map(|secret| description(secret, "SecretVersionsToStages"))
        .collect();
    if input.sort_order.as_deref() == Some("desc") {
        listed.reverse();
    }
    let (listed, next) = pages::page(listed, size, input.next_token.as_deref(), invalid_token)?;
    let mut output = json!({ "SecretList": listed });
    insert(&mut output, "NextToken", next);
    Ok(output)
}

impl Filter {
    /// Whether one of the values is a prefix of the name. A leading `!` negates a value.
    fn takes(&self, name: &str) -> bool {
        self.values.iter().any(|value| match value.strip_prefix('!') {
            Some(not) => !name.starts_with(not),
            None => name.starts_with(value.as_str()),
        })
    }
}

/// The members of DescribeSecret and ListSecrets for a secret. They differ in the name of one
/// member.
fn description(secret: &Secret, stages_member: &str) -> Value {
    let mut output = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.created,
        "LastChangedDate": secret.changed,
    });
    insert(&mut output, "Description", secret.description.as_deref());
    insert(&mut output, "KmsKeyId", secret.kms_key_id.as_deref());
    insert(&mut output, "LastAccessedDate", secret.accessed);
    insert(&mut output, "DeletedDate", secret.deletion);
    insert(&mut output, "Tags", (!secret.tags.is_empty()).then_some(&secret.tags));
    if let Some(rotation) = &secret.rotation {
        rotation.describe(&mut output);
    }
    let stages: Map<String, Value> = secret
        .versions
        .iter()
        .filter(|version| !version.stages.is_empty())
        .map(|version| (version.id.clone(), json!(version.stages)))
        .collect();
    insert(&mut output, stages_member, (!stages.is_empty()).then_some(stages));
    output
}

/// Adds a member that AWS leaves out if it is empty.
pub(super) fn insert(output: &mut Value, member: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        output[member] = json!(value);
    }
}

fn page_size(max_results: Option<i64>) -> Result<usize, ApiError> {
    let size = max_results.unwrap_or(100);
    constraints::range("maxResults", size, 1, 100)?;
    Ok(usize::try_from(size).unwrap_or(100))
}

fn invalid_token() -> ApiError {
    ApiError::new("InvalidNextTokenException", "The NextToken value is invalid.")
}
