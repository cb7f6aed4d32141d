//! The name under which a secret is created where `create_name` does not say it.

use crate::reference::{SecretId, check_name_to_create};
use crate::source::SourceKeys;

/// The name under which a secret is created where nothing says so: `secret_id` if it is a name;
/// else `arn_parameter` without its leading `/` and a trailing `-secret-arn`.
pub(super) fn create_name(keys: &SourceKeys) -> Option<String> {
    let of_secret = keys.secret_id.as_ref().and_then(|secret| match &secret.id {
        SecretId::Name(name) => Some(name.as_str()),
        SecretId::Arn(_) => None,
    });
    let of_parameter = keys.arn_parameter.as_ref().map(|parameter| {
        let name = parameter.name();
        let name = name.strip_prefix('/').unwrap_or(name);
        name.strip_suffix("-secret-arn").unwrap_or(name)
    });
    let valid = |name: &&str| check_name_to_create(name).is_ok();
    of_secret.filter(valid).or(of_parameter.filter(valid)).map(str::to_owned)
}

/// The name under which a secret is created where only a variable names it.
pub(super) fn kebab_case(variable: &str) -> String {
    let kebab = variable.trim_matches('_').replace('_', "-").to_ascii_lowercase();
    if kebab.is_empty() { variable.to_owned() } else { kebab }
}
