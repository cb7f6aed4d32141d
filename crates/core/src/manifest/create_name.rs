//! The default of `create_name`.

use crate::reference::{ParameterId, SecretId, SecretRef, check_name_to_create};

/// The default of `create_name`: `secret_id` if it is a name, or else `arn_parameter` without its
/// leading `/` and a trailing `-secret-arn`.
pub(super) fn create_name(
    secret: Option<&SecretRef>,
    parameter: Option<&ParameterId>,
) -> Option<String> {
    let of_secret = secret.and_then(|secret| match &secret.id {
        SecretId::Name(name) => Some(name.as_str()),
        SecretId::Arn(_) => None,
    });
    let of_parameter = parameter.map(|parameter| {
        let name = parameter.name();
        let name = name.strip_prefix('/').unwrap_or(name);
        name.strip_suffix("-secret-arn").unwrap_or(name)
    });
    let valid = |name: &&str| check_name_to_create(name).is_ok();
    of_secret.filter(valid).or(of_parameter.filter(valid)).map(str::to_owned)
}

/// The default of `create_name` if only a variable is given.
pub(super) fn kebab_case(variable: &str) -> String {
    let kebab = variable.trim_matches('_').replace('_', "-").to_ascii_lowercase();
    if kebab.is_empty() { variable.to_owned() } else { kebab }
}
