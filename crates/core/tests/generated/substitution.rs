//! `${name}`: a value from outside the manifest cannot change the path of a name, or is refused.

use std::path::Path;

use hydrant_core::manifest::SelectError;
use hydrant_core::reference::{Reference, SecretId};
use hydrant_core::{Env, Manifest, Selection};
use proptest::prelude::*;

const MANIFEST: &str = "version = 1\n[vars]\norg = \"trusted\"\n\
    [secrets.A]\narn_parameter = \"/before/${org}/after\"\n\
    [secrets.B]\nsecret_id \
    = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:before/${org}/after-AbCdEf\"\n\
    [secrets.C]\nsecret_id = \"before/${org}/${org}/after\"\n";

/// The source that an entry of the manifest names, or the error.
fn place(
    entry: &str,
    given: Option<&str>,
    environment: Option<&str>,
) -> Result<String, SelectError> {
    let manifest =
        Manifest::parse(Path::new("secrets.toml"), MANIFEST).expect("the manifest is right");
    let vars = given.map(|value| ("org".to_owned(), value.to_owned())).into_iter().collect();
    let env = Env::new(environment.map(|value| ("HYDRANT_VAR_org", value)));
    let selected = manifest
        .select(&Selection { vars, only: vec![entry.to_owned()], ..Selection::default() }, &env)?;
    let keys = &selected.entries[0].source_keys;
    Ok(match (keys.parameter(), keys.reference()) {
        (Some(parameter), _) => parameter.to_string(),
        (None, Some((_, Reference::Secret(secret)))) => {
            assert_eq!(
                (&secret.json_key, &secret.version),
                (&None, &None),
                "the value became a suffix"
            );
            match &secret.id {
                SecretId::Arn(arn) => {
                    assert_eq!((arn.region(), arn.account()), ("us-east-1", "123456789012"));
                    arn.resource().to_owned()
                }
                SecretId::Name(name) => name.clone(),
            }
        }
        (None, _) => panic!("other source keys: {keys:?}"),
    })
}

fn is_allowed(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_+=.@-".contains(c))
}

/// Valid values, almost valid ones, and any others.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z0-9_+=.@-]{0,40}",
        3 => "[A-Za-z0-9_+=.@-]{0,6}[/:$ {}\\n\\t*?%#~\\\\é]{0,2}[A-Za-z0-9]{0,6}",
        1 => "Canary[ /:$]{1,3}",
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn a_value_stays_in_its_place_or_is_refused(value in values(), by_environment in any::<bool>()) {
        let expected = [
            ("A", format!("/before/{value}/after")),
            ("B", format!("before/{value}/after-AbCdEf")),
            ("C", format!("before/{value}/{value}/after")),
        ];
        for (entry, expected) in expected {
            let found = match by_environment {
                true => place(entry, None, Some(&value)),
                false => place(entry, Some(&value), Some("ignored")),
            };
            match found {
                Ok(found) => {
                    prop_assert!(is_allowed(&value), "{value:?} was let through");
                    prop_assert_eq!(found, expected);
                }
                Err(SelectError::Usage(problems)) => {
                    prop_assert!(!is_allowed(&value), "{value:?} was refused");
                    prop_assert_eq!(problems.len(), 1);
                    // An error never shows the value.
                    let said = format!("{problems:?} {}", problems[0]);
                    prop_assert!(!value.contains("Canary") || !said.contains("Canary"), "{said} \
                        shows {value:?}");
                }
                // A parameter's name has fewer characters than a secret's.
                Err(SelectError::Manifest(error)) => {
                    prop_assert!(entry == "A" && is_allowed(&value) && value.contains(['+', '=', '@']), "{value:?}: {error}");
                }
            }
        }
    }
}
