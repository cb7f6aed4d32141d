//! The credentials in the JSON document of a container's endpoint or of instance metadata.
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>)

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Map, Value};

use super::super::clock;

/// The credentials of a document. Nothing of it is repeated in an error.
pub(super) fn credentials(
    text: &[u8],
    source: AwsCredentialFeature,
) -> Result<Credentials, CredentialsError> {
    let invalid = |what: &str| CredentialsError::provider_error(what.to_owned());
    let object: Map<String, Value> = serde_json::from_slice(text)
        .map_err(|_| invalid("the response is not a JSON object (it is not shown)"))?;
    let get = |keys: &[&str]| {
        object.iter().find_map(|(name, value)| {
            let is_one = keys.iter().any(|key| name.eq_ignore_ascii_case(key));
            value.as_str().filter(|_| is_one)
        })
    };
    if get(&["Code"]).is_some_and(|code| code != "Success") {
        return Err(invalid("the response is an error"));
    }
    let id = get(&["AccessKeyId"]).ok_or_else(|| invalid("the response has no AccessKeyId"))?;
    let secret =
        get(&["SecretAccessKey"]).ok_or_else(|| invalid("the response has no SecretAccessKey"))?;
    let mut credentials = Credentials::builder()
        .access_key_id(id)
        .secret_access_key(secret)
        .provider_name("hydrant.document");
    credentials.set_session_token(get(&["Token", "SessionToken"]).map(str::to_owned));
    let end = get(&["Expiration", "ExpiresAt"]).map(|text| {
        let date = DateTime::from_str(text, Format::DateTimeWithOffset).ok();
        date.and_then(clock::time_of)
            .ok_or_else(|| invalid("the response has an Expiration that is not a time"))
    });
    credentials.set_expiry(end.transpose()?);
    credentials.set_account_id(get(&["AccountId"]).map(|account| account.to_owned().into()));
    let mut credentials = credentials.build();
    credentials.get_property_mut_or_default::<Vec<AwsCredentialFeature>>().push(source);
    Ok(credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_and_never_repeated() {
        let check = |text: &str, expected: Result<(&str, Option<&str>), &str>| {
            let found = credentials(text.as_bytes(), AwsCredentialFeature::CredentialsHttp);
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!((found.access_key_id(), found.session_token()), expected)
                }
                (Err(error), Err(expected)) => {
                    let text = format!("{error:?}");
                    assert!(text.contains(expected) && !text.contains("canary"), "{text}");
                }
                (found, expected) => panic!("{found:?} {expected:?}"),
            }
        };
        let whole = r#"{"Code": "Success", "AccessKeyId": "a", "secretaccesskey": "b", "Token": "t",
            "Expiration": "2126-05-02T18:36:00Z", "AccountId": "111122223333"}"#;
        check(whole, Ok(("a", Some("t"))));
        check(r#"{"AccessKeyId": "a", "SecretAccessKey": "b"}"#, Ok(("a", None)));
        check("canary", Err("not a JSON object"));
        check(r#"{"Code": "canary", "Message": "canary"}"#, Err("is an error"));
        check(r#"{"AccessKeyId": "canary"}"#, Err("no SecretAccessKey"));
        let wrong = r#"{"AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": "canary"}"#;
        check(wrong, Err("Expiration that is not a time"));
    }
}
