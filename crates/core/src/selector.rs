//! Selector: which part and which version of a secret's value an entry takes. Both the entry and
//! the suffix of its reference may set them.

use crate::json_pointer;
use crate::reference::{SecretRef, Version};
use crate::shown::unquoted;

/// Which part of a secret's value an entry takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The whole value.
    Raw,
    /// `json_key`: one top-level key of a JSON object, taken literally.
    Key(String),
    /// `json_pointer`: an [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901) pointer, which is never
    /// empty.
    Pointer(String),
}

/// A contradiction between an entry's key and a reference's suffix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// `json_key` or `json_pointer` against the suffix's JSON key.
    #[error("{entry} contradicts `{suffix}` in the suffix of the reference")]
    Part {
        /// The entry's `json_key` or `json_pointer` with its text.
        entry: String,
        /// The suffix's part.
        suffix: String,
    },
    /// `version_stage` or `version_id` against the suffix's version.
    #[error("{entry} contradicts {suffix} in the suffix of the reference")]
    Version {
        /// The entry's version.
        entry: Version,
        /// The suffix's part.
        suffix: Version,
    },
}

/// Combines the selector and the version of an entry with those of the suffix of its reference.
/// Setting the same thing twice is fine.
pub(crate) fn combine(
    reference: &SecretRef,
    selector: &Selector,
    version: Option<&Version>,
) -> Result<(Selector, Option<Version>), Conflict> {
    let selector = match (selector, &reference.json_key) {
        (Selector::Raw, Some(suffix)) => Selector::Key(suffix.clone()),
        (Selector::Key(key), Some(suffix)) if key != suffix => {
            return Err(Conflict::Part {
                entry: format!("json_key `{}`", unquoted(key)),
                suffix: unquoted(suffix).into_owned(),
            });
        }
        (Selector::Pointer(pointer), Some(suffix))
            if *pointer != json_pointer::join("", suffix) =>
        {
            return Err(Conflict::Part {
                entry: format!("json_pointer `{}`", unquoted(pointer)),
                suffix: unquoted(suffix).into_owned(),
            });
        }
        (selector, _) => selector.clone(),
    };
    match (version, &reference.version) {
        (Some(entry), Some(suffix)) if entry != suffix => {
            Err(Conflict::Version { entry: entry.clone(), suffix: suffix.clone() })
        }
        (entry, suffix) => Ok((selector, entry.or(suffix.as_ref()).cloned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf";

    #[test]
    fn suffix_and_entry_are_combined() {
        fn check(suffix: &str, selector: Selector, version: Option<Version>, expected: &str) {
            let Ok(Reference::Secret(secret)) = Reference::parse(&format!("{ARN}{suffix}")) else {
                panic!("{suffix}")
            };
            let found = match combine(&secret, &selector, version.as_ref()) {
                Ok((selector, version)) => format!("{selector:?} {version:?}"),
                Err(conflict) => conflict.to_string(),
            };
            assert_eq!(found, expected);
        }
        let key = |text: &str| Selector::Key(text.to_owned());
        let pointer = |text: &str| Selector::Pointer(text.to_owned());
        let stage = |text: &str| Some(Version::Stage(text.to_owned()));
        check("", Selector::Raw, None, "Raw None");
        check("", key("a"), stage("S"), r#"Key("a") Some(Stage("S"))"#);
        check(":a:S:", Selector::Raw, None, r#"Key("a") Some(Stage("S"))"#);
        check(":a:S:", key("a"), stage("S"), r#"Key("a") Some(Stage("S"))"#);
        check(":a/b~c::", pointer("/a~1b~0c"), None, r#"Pointer("/a~1b~0c") None"#);
        check(
            ":a::",
            key("b"),
            None,
            "json_key `b` contradicts `a` in the suffix of the reference",
        );
        check(
            ":a::",
            pointer("/a/b"),
            None,
            "json_pointer `/a/b` contradicts `a` in the suffix of the reference",
        );
        check(
            "::S:",
            Selector::Raw,
            stage("T"),
            "stage T contradicts stage S in the suffix of the reference",
        );
        check(
            ":::4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab",
            Selector::Raw,
            stage("AWSCURRENT"),
            "stage AWSCURRENT contradicts version 4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab in the \
                 suffix of the reference",
        );
    }
}
