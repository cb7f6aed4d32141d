//! References: what names a secret or a parameter, in every form that AWS and people use.
//!
//! Grammar only: whether the thing exists is for the fetch stage. Forms of a secret's ARN:
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>.
//! It also decides whether what a suffix says and what an entry says can both hold ([`combine`]).

use std::fmt;

use crate::manifest::Selector;

/// A reference to the place where a value lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// A Secrets Manager secret.
    Secret(SecretRef),
    /// A parameter whose own value is meant.
    Parameter(ParameterId),
}

/// A Secrets Manager secret: its id, and what Amazon ECS's suffix says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretRef {
    /// The secret.
    pub id: SecretId,
    /// The suffix's JSON key.
    pub json_key: Option<String>,
    /// The suffix's version stage or version id.
    pub version: Option<Version>,
}

/// The id of a secret as AWS takes it: an ARN without suffix, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretId {
    /// A whole or partial ARN.
    Arn(Arn),
    /// A name.
    Name(String),
}

/// The id of a parameter: an ARN, or a name with an optional `:version` or `:label`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterId {
    /// An ARN.
    Arn(Arn),
    /// A name.
    Name(String),
}

/// A pinned version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// A staging label such as `AWSPREVIOUS`.
    Stage(String),
    /// A version id.
    Id(String),
}

/// An ARN of Secrets Manager or Systems Manager.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// The whole text.
    pub text: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The twelve digits of the account.
    pub account: String,
    /// What follows `secret:` or `parameter`: `demo/key-AbCdEf`, or `/demo/key` with an optional `:version`.
    pub resource: String,
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ParameterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id and, where anything is said in it, the suffix.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id.as_str())?;
        let key = self.json_key.as_deref().unwrap_or_default();
        match &self.version {
            None if key.is_empty() => Ok(()),
            None => write!(f, ":{key}::"),
            Some(Version::Stage(stage)) => write!(f, ":{key}:{stage}:"),
            Some(Version::Id(id)) => write!(f, ":{key}::{id}"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Secret(secret) => secret.fmt(f),
            Reference::Parameter(parameter) => parameter.fmt(f),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Stage(stage) => write!(f, "stage {stage}"),
            Version::Id(id) => write!(f, "version {id}"),
        }
    }
}

/// Why a text is no reference. It never holds the text: people paste keys into the wrong variable.
///
/// Each message is a clause that continues "… is no reference: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing, or nothing but white space.
    #[error("it is empty")]
    Empty,
    /// More characters than AWS takes.
    #[error("it is longer than {most} characters")]
    TooLong {
        /// How many characters AWS takes.
        most: usize,
    },
    /// A character that no secret's name has; ARNs are checked likewise.
    #[error("character {position} may not stand in a secret's name, nor does it start with `arn:`")]
    SecretName {
        /// Which character, from 1.
        position: usize,
    },
    /// A character that no parameter's name has.
    #[error("character {position} may not stand in a parameter's name")]
    ParameterName {
        /// Which character, from 1.
        position: usize,
    },
    /// A hierarchy that does not start at its root.
    #[error("a parameter's name with a `/` in it starts with `/`")]
    ParameterPath,
    /// Fewer parts than any ARN has.
    #[error("it starts like an ARN and has fewer than six parts")]
    ShortArn,
    /// Neither `aws` nor `aws-…`.
    #[error("the partition of the ARN is not aws, aws-cn, aws-us-gov or another of AWS's")]
    Partition,
    /// An ARN of something else.
    #[error("the ARN is neither of Secrets Manager nor of Parameter Store")]
    Service,
    /// No region, or characters that none has.
    #[error("the region of the ARN is missing or has characters that no region has")]
    Region,
    /// Not twelve digits.
    #[error("the account of the ARN is not twelve digits")]
    Account,
    /// Not `secret:NAME`.
    #[error("an ARN of Secrets Manager ends in `secret:NAME`")]
    NotASecret,
    /// Not `parameter/NAME`.
    #[error("an ARN of a parameter ends in `parameter/NAME`")]
    NotAParameter,
    /// A secret's ARN with the wrong number of colons.
    #[error(
        "the ARN of a secret has 7 parts, or 10 with the suffix `:json-key:version-stage:version-id`, each part of which \
         may be empty; this one has {found}"
    )]
    Parts {
        /// How many parts it has.
        found: usize,
    },
    /// A suffix with control characters, which come from a broken paste.
    #[error("the suffix of the ARN has a control character")]
    Suffix,
    /// A suffix with both a version stage and a version id.
    #[error("the suffix of the ARN has a version stage and a version id, which exclude each other")]
    StageAndId,
}

/// The longest name of a secret, in characters.
const SECRET_NAME_MAX: usize = 512;
/// The longest name or ARN of a parameter, in characters.
const PARAMETER_MAX: usize = 2048;
/// Parameters under this path are secrets, read through Parameter Store.
const SECRETS_BY_PARAMETER: &str = "/aws/reference/secretsmanager/";

impl Reference {
    /// Reads a reference: a secret's ARN (whole, partial, or with ECS's suffix), a parameter's ARN, or a secret's name.
    /// A name under `/aws/reference/secretsmanager/` is a parameter's. White space around it is not part of it.
    ///
    /// ```
    /// use hydrant_core::reference::Reference;
    ///
    /// let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf:api_key::";
    /// let Reference::Secret(secret) = Reference::parse(arn)? else { unreachable!() };
    /// assert_eq!(secret.id.region(), Some("us-east-1"));
    /// assert_eq!(secret.json_key.as_deref(), Some("api_key"));
    /// assert!(Reference::parse("two words").is_err());
    /// # Ok::<(), hydrant_core::reference::ReferenceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first thing that keeps the text from being one of these.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let text = trim(text)?;
        if text.starts_with(SECRETS_BY_PARAMETER) {
            return ParameterId::parse(text).map(Reference::Parameter);
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

    /// The region that an ARN names; `None` for names.
    pub fn region(&self) -> Option<&str> {
        match self {
            Reference::Secret(secret) => secret.id.region(),
            Reference::Parameter(parameter) => parameter.region(),
        }
    }

    /// Whether it is an ARN. A reference that is none and came from a variable or a parameter is not to be shown.
    pub fn is_arn(&self) -> bool {
        self.region().is_some()
    }
}

impl SecretId {
    /// The text that AWS takes as `SecretId`.
    pub fn as_str(&self) -> &str {
        match self {
            SecretId::Arn(arn) => &arn.text,
            SecretId::Name(name) => name,
        }
    }

    /// The region that an ARN names; `None` for a name.
    pub fn region(&self) -> Option<&str> {
        match self {
            SecretId::Arn(arn) => Some(&arn.region),
            SecretId::Name(_) => None,
        }
    }

    /// The account that an ARN names; `None` for a name.
    pub fn account(&self) -> Option<&str> {
        match self {
            SecretId::Arn(arn) => Some(&arn.account),
            SecretId::Name(_) => None,
        }
    }
}

impl ParameterId {
    /// Reads a parameter's name or ARN, each with an optional `:version` or `:label`.
    ///
    /// ```
    /// use hydrant_core::reference::ParameterId;
    ///
    /// assert_eq!(ParameterId::parse("/demo/llm/key:3")?.name(), "/demo/llm/key");
    /// # Ok::<(), hydrant_core::reference::ReferenceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first thing that keeps the text from being one of these.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let text = trim(text)?;
        if !text.starts_with("arn:") {
            check_parameter_name(text, 0)?;
            return Ok(ParameterId::Name(text.to_owned()));
        }
        let parts = ArnParts::split(text)?;
        match parts.service {
            "ssm" => parts.parameter(text).map(ParameterId::Arn),
            "secretsmanager" => Err(ReferenceError::NotAParameter),
            _ => Err(ReferenceError::Service),
        }
    }

    /// The text that AWS takes as a name.
    pub fn as_str(&self) -> &str {
        match self {
            ParameterId::Arn(arn) => &arn.text,
            ParameterId::Name(name) => name,
        }
    }

    /// The name without a version or label. An ARN does not say whether its name starts with `/`: it is given with one.
    pub fn name(&self) -> &str {
        let text = match self {
            ParameterId::Arn(arn) => &arn.resource,
            ParameterId::Name(name) => name,
        };
        text.split_once(':').map_or(text, |(name, _)| name)
    }

    /// The region that an ARN names; `None` for a name.
    pub fn region(&self) -> Option<&str> {
        match self {
            ParameterId::Arn(arn) => Some(&arn.region),
            ParameterId::Name(_) => None,
        }
    }
}

fn trim(text: &str) -> Result<&str, ReferenceError> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.is_empty() { Err(ReferenceError::Empty) } else { Ok(text) }
}

/// The colon-separated parts that all ARNs have; `resource` still holds what the service makes of the rest.
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
        Ok(ArnParts { partition: next()?, service: next()?, region: next()?, account: next()?, resource: next()? })
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
        let id = SecretId::Arn(self.arn(text, name)?);
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
                self.arn(text, name)
            }
            _ => Err(ReferenceError::NotAParameter),
        }
    }

    fn arn(&self, text: &str, resource: &str) -> Result<Arn, ReferenceError> {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.partition != "aws"
            && !self.partition.strip_prefix("aws-").is_some_and(|rest| !rest.is_empty() && rest.chars().all(lower))
        {
            return Err(ReferenceError::Partition);
        }
        if !is_region(self.region) {
            return Err(ReferenceError::Region);
        }
        if self.account.len() != 12 || !self.account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ReferenceError::Account);
        }
        Ok(Arn {
            text: text.to_owned(),
            partition: self.partition.to_owned(),
            region: self.region.to_owned(),
            account: self.account.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

/// Whether the text can be a region: `[a-z0-9-]+`.
pub(crate) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Checks a secret's name, of which `offset` characters of the text stand before.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
fn check_secret_name(name: &str, offset: usize) -> Result<(), ReferenceError> {
    match name.chars().position(|c| !(c.is_ascii_alphanumeric() || "/_+=.@-".contains(c))) {
        Some(index) => Err(ReferenceError::SecretName { position: offset + index + 1 }),
        None if name.len() > SECRET_NAME_MAX => Err(ReferenceError::TooLong { most: SECRET_NAME_MAX }),
        None => Ok(()),
    }
}

/// Whether the text can be the name of a secret that is created.
pub(crate) fn check_name_to_create(name: &str) -> Result<(), ReferenceError> {
    if name.is_empty() { Err(ReferenceError::Empty) } else { check_secret_name(name, 0) }
}

/// Checks a parameter's name with its optional selector.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>
fn check_parameter_name(text: &str, offset: usize) -> Result<(), ReferenceError> {
    let (name, selector) = text.split_once(':').unwrap_or((text, "-"));
    // The part below this path is a secret's name, with the characters and the selectors of one.
    let by_parameter = name.starts_with(SECRETS_BY_PARAMETER);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c) || (by_parameter && "+=@".contains(c));
    let refused = |c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c) || (by_parameter && c == ':'));
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

/// An entry's key and a reference's suffix that say different things.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// `json_key` or `json_pointer` against the suffix's JSON key.
    #[error("{entry} contradicts `{suffix}` in the suffix of the reference")]
    Part {
        /// What the entry says: `json_key` or `json_pointer` with its text.
        entry: String,
        /// What the suffix says.
        suffix: String,
    },
    /// `version_stage` or `version_id` against the suffix's version.
    #[error("{entry} contradicts {suffix} in the suffix of the reference")]
    Version {
        /// What the entry says.
        entry: Version,
        /// What the suffix says.
        suffix: Version,
    },
}

/// What is taken of a secret, and which version of it, where an entry and the suffix of its reference both may say so.
/// Saying the same thing twice is fine.
pub(crate) fn combine(
    reference: &SecretRef,
    selector: &Selector,
    version: Option<&Version>,
) -> Result<(Selector, Option<Version>), Contradiction> {
    let selector = match (selector, &reference.json_key) {
        (Selector::Raw, Some(suffix)) => Selector::Key(suffix.clone()),
        (Selector::Key(key), Some(suffix)) if key != suffix => {
            return Err(Contradiction::Part { entry: format!("json_key `{key}`"), suffix: suffix.clone() });
        }
        (Selector::Pointer(pointer), Some(suffix)) if *pointer != pointer_to(suffix) => {
            return Err(Contradiction::Part { entry: format!("json_pointer `{pointer}`"), suffix: suffix.clone() });
        }
        (selector, _) => selector.clone(),
    };
    match (version, &reference.version) {
        (Some(entry), Some(suffix)) if entry != suffix => {
            Err(Contradiction::Version { entry: entry.clone(), suffix: suffix.clone() })
        }
        (entry, suffix) => Ok((selector, entry.or(suffix.as_ref()).cloned())),
    }
}

/// The JSON pointer to a top-level key.
fn pointer_to(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf";
    const SSM: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/demo/key";

    /// `secret` or `parameter`, what is left of the text, the region, and the suffix in Debug form; or the error.
    fn check(input: &str, expected: &str) {
        let found = match Reference::parse(input) {
            Ok(Reference::Secret(s)) => {
                let version = s.version.as_ref().map(Version::to_string);
                format!("secret {} {:?} {:?} {version:?}", s.id, s.id.region().unwrap_or("-"), s.json_key)
            }
            Ok(Reference::Parameter(p)) => format!("parameter {p} {:?} {}", p.region().unwrap_or("-"), p.name()),
            Err(error) => {
                let debug = format!("{error:?}");
                debug.replace("{ ", "").replace(" }", "")
            }
        };
        assert_eq!(found, expected, "for {input:?}");
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
        check(&format!("{ARN}:k.e-y::"), &format!(r#"secret {ARN} "us-east-1" Some("k.e-y") None"#));
        check(&format!("{ARN}:::"), &format!(r#"secret {ARN} "us-east-1" None None"#));
        check(&format!("{ARN}::AWSPREVIOUS:"), &format!(r#"secret {ARN} "us-east-1" None Some("stage AWSPREVIOUS")"#));
        check(&format!("{ARN}:::4f2a"), &format!(r#"secret {ARN} "us-east-1" None Some("version 4f2a")"#));
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
        check(ARN, Err(ReferenceError::NotAParameter));
        check("arn:aws:s3:::b", Err(ReferenceError::Service));
        check(&format!("/{}", "p".repeat(2048)), Err(ReferenceError::TooLong { most: 2048 }));
    }

    #[test]
    fn a_reference_prints_as_it_was_written() {
        for suffix in ["", ":key::", "::AWSPREVIOUS:", ":::4f2a", ":key:AWSPREVIOUS:"] {
            let text = format!("{ARN}{suffix}");
            assert_eq!(Reference::parse(&text).unwrap().to_string(), text);
        }
        assert!(Reference::parse(ARN).unwrap().is_arn());
        assert!(!Reference::parse("demo").unwrap().is_arn());
    }

    #[test]
    fn errors_never_hold_the_text() {
        for text in ["hunter2 hunter2", "arn:hunter2:hunter2", "arn:aws:hunter2:::hunter2", "hunter2:hunter2"] {
            let error = Reference::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn suffix_and_entry_are_combined() {
        fn check(suffix: &str, selector: Selector, version: Option<Version>, expected: &str) {
            let Ok(Reference::Secret(secret)) = Reference::parse(&format!("{ARN}{suffix}")) else { panic!("{suffix}") };
            let found = match combine(&secret, &selector, version.as_ref()) {
                Ok((selector, version)) => format!("{selector:?} {version:?}"),
                Err(contradiction) => contradiction.to_string(),
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
        check(":a::", key("b"), None, "json_key `b` contradicts `a` in the suffix of the reference");
        check(":a::", pointer("/a/b"), None, "json_pointer `/a/b` contradicts `a` in the suffix of the reference");
        check("::S:", Selector::Raw, stage("T"), "stage T contradicts stage S in the suffix of the reference");
        check(
            ":::4f2a",
            Selector::Raw,
            stage("AWSCURRENT"),
            "stage AWSCURRENT contradicts version 4f2a in the suffix of the reference",
        );
    }
}
