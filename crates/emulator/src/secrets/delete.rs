//! DeleteSecret and RestoreSecret.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Key, Secrets};
use crate::api_error::ApiError;
use crate::arn::{self, Arn};
use crate::generated::{self, SECONDS_PER_DAY};
use crate::scope::Scope;
use crate::wire;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    secret_id: Option<String>,
    recovery_window_in_days: Option<u32>,
    #[serde(default)]
    force_delete_without_recovery: Option<bool>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>
pub(crate) fn delete_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Delete = wire::input(body)?;
    let force = input.force_delete_without_recovery.unwrap_or(false);
    if force && input.recovery_window_in_days.is_some() {
        return Err(ApiError::invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let window = input.recovery_window_in_days.unwrap_or(30);
    if !(7..=30).contains(&window) {
        return Err(ApiError::invalid_parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    let now = generated::now();
    if force {
        return force_delete(secrets, scope, input.secret_id.as_deref(), now);
    }
    let secret = secrets.find(scope, input.secret_id.as_deref())?;
    if secret.deletion.is_some() {
        return Err(ApiError::invalid_request(
            "You can't perform this operation on the secret because it was already scheduled for deletion.",
        ));
    }
    secret.deletion = Some(now);
    secret.changed = now;
    let due = now + f64::from(window) * SECONDS_PER_DAY;
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "DeletionDate": due }))
}

/// Deletes at once, where AWS takes a moment. As there, a secret that does not exist is not an
/// error.
fn force_delete(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    id: Option<&str>,
    now: f64,
) -> Result<Value, ApiError> {
    let (arn, name) = match secrets.find(scope, id) {
        Ok(secret) => (secret.arn.clone(), secret.name.clone()),
        Err(error) if error.code == "ResourceNotFoundException" => {
            let id = id.unwrap_or_default();
            match Arn::parse(id) {
                Some(_) => (id.to_owned(), id.to_owned()),
                None => (arn::new_secret_arn(scope.region, scope.account, id), id.to_owned()),
            }
        }
        Err(error) => return Err(error),
    };
    let account = Arn::parse(&arn).map_or(scope.account, |arn| arn.account).to_owned();
    secrets.by_key.remove(&Key { region: scope.region.to_owned(), account, name: name.clone() });
    Ok(json!({ "ARN": arn, "Name": name, "DeletionDate": now }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Restore {
    secret_id: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html>
pub(crate) fn restore_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Restore = wire::input(body)?;
    let secret = secrets.find(scope, input.secret_id.as_deref())?;
    secret.deletion = None;
    secret.changed = generated::now();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}
