//! The grammar of references: which texts are valid, and why the others are not.

use super::{Arn, ParameterId, Reference, SecretId, SecretRef, Version};

/// Why a text is not a valid reference. It never holds the text: people paste keys into the wrong
/// variable.
///
/// Each message is a clause that continues "… is not a valid secret name or ARN: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Empty, or only white space.
    #[error("it is empty")]
    Empty,
    /// More characters than AWS allows.
    #[error("it is longer than {most} characters")]
    TooLong {
        /// How many characters AWS allows.
        most: usize,
    },
    /// A character that is not allowed in a secret name. ARNs are checked in the same way.
    #[error("character {position} is not allowed in a secret name")]
    SecretName {
        /// Which character, from 1.
        position: usize,
    },
    /// A character that is not allowed in a parameter name.
    #[error("character {position} is not allowed in a parameter name")]
    ParameterName {
        /// Which character, from 1.
        position: usize,
    },
    /// A path that does not start with `/`.
    #[error("a parameter name that contains `/` must start with `/`")]
    ParameterPath,
    /// Fewer parts than an ARN has.
    #[error("it starts like an ARN but has fewer than six parts")]
    ShortArn,
    /// Neither `aws` nor `aws-…`.
    #[error(
        "the ARN has an unknown partition (it must be aws, aws-cn, aws-us-gov or another aws-…)"
    )]
    Partition,
    /// An ARN of something else.
    #[error("the ARN is neither of a secret nor of a parameter")]
    Service,
    /// No region, or characters that are not allowed in one.
    #[error("the region of the ARN is missing or not valid")]
    Region,
    /// Not twelve digits.
    #[error("the account of the ARN does not have twelve digits")]
    Account,
    /// Not `secret:NAME`.
    #[error("the ARN of a secret must end in `secret:NAME`")]
    NotASecret,
    /// Not `parameter/NAME`.
    #[error("the ARN of a parameter must end in `parameter/NAME`")]
    NotAParameter,
    /// A secret's ARN where only a parameter's is allowed.
    #[error("it is the ARN of a secret")]
    SecretForParameter,
    /// A secret's ARN with the wrong number of colons.
    #[error(
        "the ARN of a secret has 7 parts, or 10 with the suffix \
             `:json-key:version-stage:version-id` (its parts may be empty), but this one has \
             {found}"
    )]
    Parts {
        /// How many parts it has.
        found: usize,
    },
    /// A suffix with control characters, which come from a failed paste.
    #[error("the suffix of the ARN contains a control character")]
    Suffix,
    /// An invalid staging label in the suffix.
    #[error("the staging label in the suffix of the ARN is not valid")]
    Stage,
    /// An invalid version id in the suffix.
    #[error("the version id in the suffix of the ARN is not valid")]
    VersionId,
    /// A suffix with both a staging label and a version id.
    #[error("the suffix of the ARN has both a staging label and a version id")]
    StageAndId,
}

/// The longest name of a secret, in characters.
const SECRET_NAME_MAX: usize = 512;
/// The longest name or ARN of a parameter, in characters.
const PARAMETER_MAX: usize = 2048;
/// Parameters under this path are secrets, read through Parameter Store.
const SECRETS_BY_PARAMETER: &str = "/aws/reference/secretsmanager/";

/// Parses any reference.
pub(super) fn reference(text: &str) -> Result<Reference, ReferenceError> {
    let text = trim(text)?;
    if text.starts_with(SECRETS_BY_PARAMETER) {
        return parameter(text).map(Reference::Parameter);
    }
    if !text.starts_with("arn:") {
        check_secret_name(text, 0)?;
        let id = SecretId::Name(text.to_owned());
        return Ok(Reference::Secret(SecretRef { id, json_key: None, version: None }));
    }
    let parts = ArnParts::split(text)?;
    match parts.service {
        "secretsmanager" => parts.secret(text).map(Reference::Secret),
        "ssm" => parts.parameter(text).map(|arn| Reference::Parameter(ParameterId::Arn(arn))),
        _ => Err(ReferenceError::Service),
    }
}

/// Parses a parameter.
pub(super) fn parameter(text: &str) -> Result<ParameterId, ReferenceError> {
    let text = trim(text)?;
    if !text.starts_with("arn:") {
        check_parameter_name(text, 0)?;
        return Ok(ParameterId::Name(text.to_owned()));
    }
    let parts = ArnParts::split(text)?;
    match parts.service {
        "ssm" => parts.parameter(text).map(ParameterId::Arn),
        "secretsmanager" => Err(ReferenceError::SecretForParameter),
        _ => Err(ReferenceError::Service),
    }
}

fn trim(text: &str) -> Result<&str, ReferenceError> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.is_empty() { Err(ReferenceError::Empty) } else { Ok(text) }
}

/// The colon-separated parts that all ARNs have. `resource` holds the service-specific rest.
struct ArnParts<'a> {
    partition: &'a str,
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> ArnParts<'a> {
    fn split(text: &'a str) -> Result<Self, ReferenceError> {
        let mut parts = text.splitn(6, ':').skip(1);
        let mut next = || parts.next().ok_or(ReferenceError::ShortArn);
        Ok(ArnParts {
            partition: next()?,
            service: next()?,
            region: next()?,
            account: next()?,
            resource: next()?,
        })
    }

    fn secret(&self, text: &str) -> Result<SecretRef, ReferenceError> {
        let mut parts = self.resource.split(':');
        let (Some("secret"), Some(name)) = (parts.next(), parts.next()) else {
            return Err(ReferenceError::NotASecret);
        };
        let suffix: Vec<&str> = parts.collect();
        let suffix_length: usize = suffix.iter().map(|part| part.len() + 1).sum();
        let text = &text[..text.len() - suffix_length];
        if name.is_empty() {
            return Err(ReferenceError::NotASecret);
        }
        check_secret_name(name, text.chars().count() - name.chars().count())?;
        let id = SecretId::Arn(self.arn(text)?);
        let [json_key, stage, version_id] = match suffix[..] {
            [] => [""; 3],
            [json_key, stage, version_id] => [json_key, stage, version_id],
            _ => return Err(ReferenceError::Parts { found: 7 + suffix.len() }),
        };
        if suffix.iter().any(|part| part.contains(char::is_control)) {
            return Err(ReferenceError::Suffix);
        }
        let version = match (stage, version_id) {
            ("", "") => None,
            (stage, "") if !is_staging_label(stage) => return Err(ReferenceError::Stage),
            ("", id) if !is_version_id(id) => return Err(ReferenceError::VersionId),
            (stage, "") => Some(Version::Stage(stage.to_owned())),
            ("", id) => Some(Version::Id(id.to_owned())),
            _ => return Err(ReferenceError::StageAndId),
        };
        let json_key = (!json_key.is_empty()).then(|| json_key.to_owned());
        Ok(SecretRef { id, json_key, version })
    }

    fn parameter(&self, text: &str) -> Result<Arn, ReferenceError> {
        match self.resource.strip_prefix("parameter") {
            Some(name) if name.len() > 1 && name.starts_with('/') => {
                check_parameter_name(name, text.chars().count() - name.chars().count())?;
                self.arn(text)
            }
            _ => Err(ReferenceError::NotAParameter),
        }
    }

    fn arn(&self, text: &str) -> Result<Arn, ReferenceError> {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.partition != "aws"
            && !self
                .partition
                .strip_prefix("aws-")
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(lower))
        {
            return Err(ReferenceError::Partition);
        }
        if !is_region(self.region) {
            return Err(ReferenceError::Region);
        }
        if !is_account(self.account) {
            return Err(ReferenceError::Account);
        }
        Ok(Arn(text.into()))
    }
}

/// Whether the text is an account id: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The longest name of a region that is accepted. Today's longest names have fourteen characters.
const REGION_MAX: usize = 25;

/// Whether the text has the form of a region, as `us-gov-west-1`: lowercase words joined by
/// hyphens, the last one a number. A pasted key has another form, and must not become part of a
/// host name.
pub fn is_region(text: &str) -> bool {
    let Some((place, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    text.len() <= REGION_MAX
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && is_number
        && place.split('-').all(is_word)
}

/// Checks a secret's name that starts after `offset` characters of the text.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
fn check_secret_name(name: &str, offset: usize) -> Result<(), ReferenceError> {
    match name.chars().position(|c| !(c.is_ascii_alphanumeric() || "/_+=.@-".contains(c))) {
        Some(index) => Err(ReferenceError::SecretName { position: offset + index + 1 }),
        None if name.len() > SECRET_NAME_MAX => {
            Err(ReferenceError::TooLong { most: SECRET_NAME_MAX })
        }
        None => Ok(()),
    }
}

/// Whether the text can be a staging label. AWS only documents its length. The characters are those
/// of a secret's name, so that a label passes unchanged through shells, logs and URLs:
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>.
pub(crate) fn is_staging_label(text: &str) -> bool {
    (1..=256).contains(&text.len()) && check_secret_name(text, 0).is_ok()
}

/// Whether the text can be the id of a version: the token of the call that created it, which is a
/// UUID in most programs.
pub(crate) fn is_version_id(text: &str) -> bool {
    (32..=64).contains(&text.len()) && check_secret_name(text, 0).is_ok()
}

/// Whether the text can be the name of a new secret.
pub(crate) fn check_name_to_create(name: &str) -> Result<(), ReferenceError> {
    if name.is_empty() { Err(ReferenceError::Empty) } else { check_secret_name(name, 0) }
}

/// Checks a parameter's name with its optional selector.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>
fn check_parameter_name(text: &str, offset: usize) -> Result<(), ReferenceError> {
    let (name, selector) = text.split_once(':').unwrap_or((text, "-"));
    // The part below this path is a secret's name, with its characters and selectors.
    let by_parameter = name.starts_with(SECRETS_BY_PARAMETER);
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || "/_.-".contains(c) || (by_parameter && "+=@".contains(c))
    };
    let refused =
        |c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c) || (by_parameter && c == ':'));
    if let Some(index) = name.chars().position(|c| !allowed(c)) {
        return Err(ReferenceError::ParameterName { position: offset + index + 1 });
    }
    if name.is_empty() || selector.is_empty() {
        return Err(ReferenceError::ParameterName { position: offset + name.len() + 1 });
    }
    if let Some(index) = selector.chars().position(refused) {
        return Err(ReferenceError::ParameterName { position: offset + name.len() + index + 2 });
    }
    if offset + text.len() > PARAMETER_MAX {
        return Err(ReferenceError::TooLong { most: PARAMETER_MAX });
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(ReferenceError::ParameterPath);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf";
    const ID: &str = "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab";
    const SSM: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/demo/key";

    /// `secret` or `parameter`, the rest of the text, the region, and the suffix in Debug form; or
    /// the error.
    fn check(input: &str, expected: &str) {
        let found = match Reference::parse(input) {
            Ok(Reference::Secret(s)) => {
                let version = s.version.as_ref().map(Version::to_string);
                format!(
                    "secret {} {:?} {:?} {version:?}",
                    s.id,
                    s.id.region().unwrap_or("-"),
                    s.json_key
                )
            }
            Ok(Reference::Parameter(p)) => {
                format!("parameter {p} {:?} {}", p.region().unwrap_or("-"), p.name())
            }
            Err(error) => {
                let debug = format!("{error:?}");
                debug.replace("{ ", "").replace(" }", "")
            }
        };
        assert_eq!(found, expected, "for {input:?}");
    }

    #[test]
    fn a_region_has_a_form_and_a_length() {
        let check = |text: &str, expected| assert_eq!(is_region(text), expected, "{text}");
        for region in
            ["us-east-1", "us-gov-west-1", "ap-southeast-14", "eu-isoe-west-1", "eusc-de-east-1"]
        {
            check(region, true);
        }
        for text in [
            "",
            "-",
            "1",
            "us-east",
            "us-east-",
            "us--east-1",
            "-east-1",
            "us-east-123",
            "9s-east-1",
            "us-east-1a",
        ] {
            check(text, false);
        }
        for text in [
            "US-EAST-1",
            "us-east-1 ",
            "us-east-1\n",
            "us_east_1",
            "us-east-1.evil.example",
            "us-é-1",
        ] {
            check(text, false);
        }
        check(&"k".repeat(60), false);
        check(&format!("{}-1", "ab-".repeat(19)), false);
        check(&format!("{}-1", "k".repeat(58)), false);
    }

    #[test]
    fn references() {
        check("demo/llm_key+a=b.c@d-e", r#"secret demo/llm_key+a=b.c@d-e "-" None None"#);
        check(" \t demo\r\n", r#"secret demo "-" None None"#);
        check("/demo/key", r#"secret /demo/key "-" None None"#);
        check(&"n".repeat(512), &format!("secret {} \"-\" None None", "n".repeat(512)));
        check(&"n".repeat(513), "TooLong most: 512");
        check("", "Empty");
        check(" \n", "Empty");
        check("two words", "SecretName position: 4");
        check("schlüssel", "SecretName position: 5");
        check("name:key", "SecretName position: 5");
        check("ARN:aws", "SecretName position: 4");

        check(ARN, &format!(r#"secret {ARN} "us-east-1" None None"#));
        for partition in ["aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b"] {
            let arn = ARN.replacen("aws", partition, 1);
            check(&arn, &format!(r#"secret {arn} "us-east-1" None None"#));
        }
        check(
            &format!("{ARN}:k.e-y::"),
            &format!(r#"secret {ARN} "us-east-1" Some("k.e-y") None"#),
        );
        check(&format!("{ARN}:::"), &format!(r#"secret {ARN} "us-east-1" None None"#));
        check(
            &format!("{ARN}::AWSPREVIOUS:"),
            &format!(r#"secret {ARN} "us-east-1" None Some("stage AWSPREVIOUS")"#),
        );
        check(&format!("{ARN}::$(id):"), "Stage");
        check(&format!("{ARN}:::4f2a"), "VersionId");
        check(
            &format!("{ARN}:::{ID}"),
            &format!(r#"secret {ARN} "us-east-1" None Some("version {ID}")"#),
        );
        check(
            &format!("{ARN}:clé:AWSPENDING:"),
            &format!(r#"secret {ARN} "us-east-1" Some("clé") Some("stage AWSPENDING")"#),
        );
        check(&format!("{ARN}:k:stage:id"), "StageAndId");
        check(&format!("{ARN}:k"), "Parts found: 8");
        check(&format!("{ARN}:k:s"), "Parts found: 9");
        check(&format!("{ARN}:k:s::"), "Parts found: 11");
        check(&format!("{ARN}:k\u{7}::"), "Suffix");
        check("arn:aws:secretsmanager:us-east-1:123456789012:secret:", "NotASecret");
        check("arn:aws:secretsmanager:us-east-1:123456789012:secret", "NotASecret");
        check("arn:aws:secretsmanager:us-east-1:123456789012", "ShortArn");
        check("arn:", "ShortArn");
        check(&ARN.replace("123456789012", "12345678901"), "Account");
        check(&ARN.replace("123456789012", "12345678901x"), "Account");
        check(&ARN.replace("us-east-1", ""), "Region");
        check(&ARN.replace("us-east-1", "US"), "Region");
        check(&ARN.replacen("aws", "amazon", 1), "Partition");
        check(&ARN.replacen("aws", "aws-", 1), "Partition");
        check("arn:aws:s3:::bucket", "Service");
        check(&ARN.replace("AbCdEf", "??????"), "SecretName position: 63");

        check(SSM, &format!(r#"parameter {SSM} "eu-west-1" /demo/key"#));
        check(&format!("{SSM}:3"), &format!(r#"parameter {SSM}:3 "eu-west-1" /demo/key"#));
        check("arn:aws:ssm:eu-west-1:123456789012:parameter/", "NotAParameter");
        check("arn:aws:ssm:eu-west-1:123456789012:document/x", "NotAParameter");
        let by_parameter = "/aws/reference/secretsmanager/demo+key";
        check(by_parameter, &format!(r#"parameter {by_parameter} "-" {by_parameter}"#));
    }

    #[test]
    fn parameters() {
        fn check(input: &str, expected: Result<&str, ReferenceError>) {
            let found = ParameterId::parse(input).map(|parameter| parameter.name().to_owned());
            assert_eq!(found, expected.map(str::to_owned), "for {input:?}");
        }
        check("/demo/llm/key", Ok("/demo/llm/key"));
        check(" key.a_b-c:label ", Ok("key.a_b-c"));
        check(&format!("{SSM}:3"), Ok("/demo/key"));
        check("demo/key", Err(ReferenceError::ParameterPath));
        check("", Err(ReferenceError::Empty));
        check("/a b", Err(ReferenceError::ParameterName { position: 3 }));
        check("/a:", Err(ReferenceError::ParameterName { position: 3 }));
        check("/a:1:2", Err(ReferenceError::ParameterName { position: 5 }));
        check(":3", Err(ReferenceError::ParameterName { position: 1 }));
        check(&format!("{SSM}é"), Err(ReferenceError::ParameterName { position: 54 }));
        check(ARN, Err(ReferenceError::SecretForParameter));
        check("arn:aws:s3:::b", Err(ReferenceError::Service));
        check(&format!("/{}", "p".repeat(2048)), Err(ReferenceError::TooLong { most: 2048 }));
    }

    #[test]
    fn errors_never_hold_the_text() {
        for text in [
            "hunter2 hunter2",
            "arn:hunter2:hunter2",
            "arn:aws:hunter2:::hunter2",
            "hunter2:hunter2",
        ] {
            let error = Reference::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
