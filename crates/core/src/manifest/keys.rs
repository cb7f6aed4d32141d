//! The keys of a manifest, and the words for the types of values.

use toml::de::DeValue;

/// The keys at the top.
pub(super) const ROOT: [&str; 5] = ["version", "settings", "vars", "secrets", "profiles"];
/// The keys of `[settings]`.
pub(super) const SETTINGS: [&str; 8] = [
    "region",
    "deadline",
    "env_file",
    "env_file_passes",
    "env_file_allow",
    "batch",
    "concurrency",
    "audit_log",
];
/// The keys of `[profiles.NAME]`.
pub(super) const PROFILE: [&str; 1] = ["secrets"];

/// A key of an entry.
#[expect(clippy::enum_variant_names, reason = "the variants are named as the manifest's keys are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    ArnVar,
    ArnParameter,
    SecretId,
    ValueParameter,
    JsonKey,
    JsonPointer,
    Required,
    Default,
    VersionStage,
    VersionId,
    CreateName,
    KmsKey,
    RotateAfter,
    Description,
    AllowReserved,
}

impl Key {
    /// All of them, in the order of the reference.
    pub(super) const ALL: [Key; 15] = [
        Key::ArnVar,
        Key::ArnParameter,
        Key::SecretId,
        Key::ValueParameter,
        Key::JsonKey,
        Key::JsonPointer,
        Key::Required,
        Key::Default,
        Key::VersionStage,
        Key::VersionId,
        Key::CreateName,
        Key::KmsKey,
        Key::RotateAfter,
        Key::Description,
        Key::AllowReserved,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Key::ArnVar => "arn_var",
            Key::ArnParameter => "arn_parameter",
            Key::SecretId => "secret_id",
            Key::ValueParameter => "value_parameter",
            Key::JsonKey => "json_key",
            Key::JsonPointer => "json_pointer",
            Key::Required => "required",
            Key::Default => "default",
            Key::VersionStage => "version_stage",
            Key::VersionId => "version_id",
            Key::CreateName => "create_name",
            Key::KmsKey => "kms_key",
            Key::RotateAfter => "rotate_after",
            Key::Description => "description",
            Key::AllowReserved => "allow_reserved",
        }
    }

    pub(super) fn find(name: &str) -> Option<Key> {
        Key::ALL.into_iter().find(|key| key.name() == name)
    }

    /// Whether the key takes `${name}`.
    pub(super) fn takes_vars(self) -> bool {
        use Key::{ArnParameter, ArnVar, CreateName, KmsKey, SecretId, ValueParameter};
        matches!(self, ArnVar | ArnParameter | SecretId | ValueParameter | CreateName | KmsKey)
    }
}

/// Hints for keys that other tools use, or that people guess.
pub(super) fn hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "optional" => "write `required = false`",
        "arn" | "secret_arn" | "secret" | "name" | "id" => {
            "put the ARN or the name of a secret in `secret_id`"
        }
        "parameter" | "ssm" | "ssm_parameter" => {
            "use `arn_parameter` if the parameter holds the secret's ARN, `value_parameter` if it \
                 holds the value"
        }
        "key" | "field" | "property" => "put a key of a JSON secret in `json_key`",
        "value" => "remove it if it is a secret: `default` is for values that are not secret",
        _ => return None,
    })
}

/// Whether the text can be the name of a variable: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_variable_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The type of a value, with its article.
pub(super) fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// The keys as a hint lists them.
pub(super) fn list<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    keys.into_iter().collect::<Vec<_>>().join(", ")
}
