//! Checks the values of an entry's keys, one by one and together. Pure: it only produces problems.

use std::ops::Range;

use super::duration;
use super::entry::{RawKey, RawValue, find};
use super::keys::{Key, is_variable_name};
use super::problems::Problems;
use super::scope::Scope;
use super::template::{self, TemplateError};
use crate::reference::{
    ParameterId, Reference, ReferenceError, SecretRef, Version, check_name_to_create,
    is_staging_label, is_version_id,
};
use crate::reserved;
use crate::selector::{Selector, combine};
use crate::shown::{holds_key, looks_like_key};

/// How to write a variable's name, for hints.
pub(super) const NAME_FORM: &str = "use letters, digits and `_`, and do not start with a digit";

/// What is wrong with one value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ValueProblem {
    /// What continues "`key` ".
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Whether the value may have been pasted into the wrong key.
    pub(super) hide: bool,
}

impl ValueProblem {
    fn new(message: impl Into<String>, help: &str) -> Self {
        let help = (!help.is_empty()).then(|| help.to_owned());
        ValueProblem { message: message.into(), help, hide: false }
    }

    /// A text that is not a valid parameter. It is hidden, since it may be a pasted value.
    pub(super) fn invalid_parameter(error: &ReferenceError) -> Self {
        let message = format!("is not a valid parameter name or ARN: {error}");
        ValueProblem { hide: true, ..ValueProblem::new(message, "") }
    }

    /// Adds it to the problems, at the position of the value.
    pub(super) fn report(self, scope: &Scope<'_>, key: &RawKey, problems: &mut Problems) {
        if self.hide {
            problems.hide(key.span.clone());
        }
        let problem =
            problems.add(key.span.clone(), format!("{scope}`{}` {}", key.key.name(), self.message));
        if let Some(help) = self.help {
            problem.help(help);
        }
    }
}

/// Checks that a reserved name is allowed; `at` is where the problem is reported.
pub(super) fn reserved(
    scope: &Scope<'_>,
    name: &str,
    at: Range<usize>,
    keys: &[&RawKey],
    problems: &mut Problems,
) {
    let allowed = find(keys, Key::AllowReserved)
        .is_some_and(|allowed| matches!(allowed.value, RawValue::Flag(true)));
    if let Some(reason) = reserved::reason(name).filter(|_| !allowed) {
        let problem = problems.add(at, format!("{scope}the name is reserved: it {reason}"));
        problem.help(
            "use another name, or set `allow_reserved = true` in the entry if you mean this one",
        );
    }
}

/// Checks each value. Of a value with a `${name}` it only checks the syntax, until the names have
/// values.
pub(super) fn values(scope: &Scope<'_>, entry: &str, keys: &[RawKey], problems: &mut Problems) {
    for key in keys.iter().filter(|key| matches!(key.value, RawValue::Text(_))) {
        let problem = match key.key.takes_vars() && template::has_vars(key.text()) {
            true => syntax(key.text()).err(),
            false => value(key.key, entry, key.text()).err(),
        };
        if let Some(problem) = problem {
            problem.report(scope, key, problems);
        }
    }
}

fn syntax(text: &str) -> Result<(), ValueProblem> {
    template::split(text).map(|_| ()).map_err(|error| match error {
        TemplateError::Unterminated => {
            ValueProblem::new("contains a `${` without a closing `}`", "")
        }
        TemplateError::BadName => {
            ValueProblem::new("contains a `${…}` without a valid name", NAME_FORM)
        }
    })
}

/// Checks a value after its `${name}`s were filled in.
pub(super) fn value(key: Key, entry: &str, text: &str) -> Result<(), ValueProblem> {
    let takes_empty = matches!(key, Key::Default | Key::Description);
    if text.trim().is_empty() && !takes_empty {
        let help = if key == Key::JsonPointer { "leave it out for the whole value" } else { "" };
        return Err(ValueProblem::new("must not be empty", help));
    }
    let is_name = [Key::JsonKey, Key::JsonPointer, Key::KmsKey, Key::VersionId, Key::VersionStage]
        .contains(&key)
        && holds_key(text);
    if is_name || (key == Key::ArnVar && looks_like_key(text)) {
        let help = "write the name there, and rotate the key if it is real";
        return Err(ValueProblem { hide: true, ..ValueProblem::new("looks like a key", help) });
    }
    match key {
        Key::ArnVar => arn_var(entry, text),
        Key::ArnParameter | Key::ValueParameter => parameter(text),
        Key::SecretId => secret_id(text).map(drop),
        Key::JsonPointer => json_pointer(text),
        Key::VersionStage | Key::VersionId if template::has_vars(text) => Err(ValueProblem::new(
            "cannot contain `${name}`",
            "use `${name}` only in source keys, `create_name` and `kms_key`",
        )),
        Key::VersionStage if !is_staging_label(text) => {
            let help = "a label has at most 256 letters, digits and characters of `_+=.@/-`";
            Err(ValueProblem {
                hide: true,
                ..ValueProblem::new("is not a valid staging label", help)
            })
        }
        Key::VersionId if !is_version_id(text) => {
            let help =
                "an id has 32 to 64 letters, digits and characters of `_+=.@/-`, as a UUID has";
            Err(ValueProblem { hide: true, ..ValueProblem::new("is not a valid version id", help) })
        }
        Key::CreateName => check_name_to_create(text).map_err(|error| {
            let help = if is_arn(text) {
                "write the name of the secret, and put its ARN in `secret_id`"
            } else {
                ""
            };
            ValueProblem::new(format!("is not a valid secret name: {error}"), help)
        }),
        Key::KmsKey if text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Err(ValueProblem::new(
                "is not a valid KMS key",
                "write the key's ARN, its id, or `alias/NAME`",
            ))
        }
        Key::RotateAfter => match duration::parse(text) {
            Some(duration) if !duration.is_zero() => Ok(()),
            Some(_) => Err(ValueProblem::new("must be longer than zero", "")),
            None => Err(ValueProblem::new(
                "is not a valid duration",
                &format!("write {}", duration::FORM),
            )),
        },
        Key::Default if text.contains('\0') => Err(ValueProblem::new(
            "contains a NUL character, which an environment variable cannot hold",
            "",
        )),
        _ => Ok(()),
    }
}

fn arn_var(entry: &str, text: &str) -> Result<(), ValueProblem> {
    if text == entry {
        let help = "name the variable that holds the ARN";
        return Err(ValueProblem::new("is the entry's own variable", help));
    }
    // Setting the variable to a reference would make a program load that reference.
    if let Some(reason) = reserved::reason(text) {
        let help = "use a variable that holds only the ARN";
        return Err(ValueProblem::new(format!("is a reserved name: it {reason}"), help));
    }
    if is_variable_name(text) {
        return Ok(());
    }
    match is_arn(text) {
        true => Err(ValueProblem::new(
            "is not a valid environment variable name",
            "put an ARN in `secret_id`",
        )),
        false => Err(ValueProblem {
            hide: true,
            ..ValueProblem::new("is not a valid environment variable name", NAME_FORM)
        }),
    }
}

fn parameter(text: &str) -> Result<(), ValueProblem> {
    let Err(error) = ParameterId::parse(text) else { return Ok(()) };
    let help = if error == ReferenceError::SecretForParameter {
        "put a secret's ARN in `secret_id`"
    } else {
        ""
    };
    let hide = error != ReferenceError::ParameterPath
        && !text.trim_start().starts_with('/')
        && !is_arn(text);
    Err(ValueProblem {
        hide,
        ..ValueProblem::new(format!("is not a valid parameter name or ARN: {error}"), help)
    })
}

/// Whether the text is meant as an ARN. Anything else may be a value in the wrong key.
fn is_arn(text: &str) -> bool {
    text.trim_start().starts_with("arn:")
}

/// Parses `secret_id`.
pub(super) fn secret_id(text: &str) -> Result<SecretRef, ValueProblem> {
    match Reference::parse(text) {
        Ok(Reference::Secret(secret)) => Ok(secret),
        Ok(Reference::Parameter(_)) => Err(ValueProblem::new(
            "is a parameter, not a secret",
            "put a parameter's name or ARN in `value_parameter`",
        )),
        Err(error) => Err(ValueProblem {
            hide: !is_arn(text),
            ..ValueProblem::new(format!("is not a valid secret name or ARN: {error}"), "")
        }),
    }
}

fn json_pointer(text: &str) -> Result<(), ValueProblem> {
    let escapes_hold = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    match (text.starts_with('/'), escapes_hold) {
        (true, true) => Ok(()),
        (false, _) => Err(ValueProblem::new(
            "is not a valid JSON pointer: it must start with `/`",
            "put a top-level key in `json_key`",
        )),
        (true, false) => Err(ValueProblem::new(
            "is not a valid JSON pointer: write `~` as `~0`, and `/` in a key as `~1`",
            "",
        )),
    }
}

/// Checks the keys of an entry together. With an overlay, it only reports what the overlay adds:
/// the rest was reported for the entry itself.
pub(super) fn combinations(scope: &Scope<'_>, keys: &[&RawKey], problems: &mut Problems) {
    for (a, b) in [
        (Key::SecretId, Key::ValueParameter),
        (Key::JsonKey, Key::JsonPointer),
        (Key::VersionStage, Key::VersionId),
    ] {
        if let Some(later) = clash(keys, a, b) {
            let message =
                format!("{scope}`{}` and `{}` cannot be used together", a.name(), b.name());
            problems.add(later.key_span.clone(), message).help("remove one of them");
        }
    }
    if find(keys, Key::Required)
        .is_some_and(|required| matches!(required.value, RawValue::Flag(true)))
        && let Some(later) = clash(keys, Key::Required, Key::Default)
    {
        let message = format!("{scope}`required = true` and `default` cannot be used together");
        problems
            .add(later.key_span.clone(), message)
            .help("remove one of them: an entry with a `default` is optional");
    }
    let holds_a_secret = [Key::ArnVar, Key::ArnParameter, Key::SecretId];
    if !holds_a_secret.into_iter().any(|key| find(keys, key).is_some()) {
        for version in [Key::VersionStage, Key::VersionId] {
            if let Some(later) = clash(keys, version, Key::ValueParameter) {
                let message =
                    format!("{scope}`{}` does not apply to a `value_parameter`", version.name());
                let help = "pin a parameter's version in its name, as in `/name:3`";
                problems.add(later.key_span.clone(), message).help(help);
            }
        }
    }
    if let Some(secret_id) = find(keys, Key::SecretId)
        && !template::has_vars(secret_id.text())
    {
        suffix(scope, keys, (secret_id.key, secret_id.text()), is_overlaid(keys), problems);
    }
}

fn is_overlaid(keys: &[&RawKey]) -> bool {
    keys.iter().any(|key| key.from_profile)
}

/// Of two keys that are both there, the one to report: the overlay's, or else the later one.
fn clash<'a>(keys: &[&'a RawKey], a: Key, b: Key) -> Option<&'a RawKey> {
    let (a, b) = (find(keys, a)?, find(keys, b)?);
    match (a.from_profile, b.from_profile) {
        (true, false) => Some(a),
        (false, true) => Some(b),
        (false, false) if is_overlaid(keys) => None,
        _ => Some(std::cmp::max_by_key(a, b, |key| key.key_span.start)),
    }
}

/// Reports keys of an entry that contradict the suffix of its `secret_id`. Does nothing if `key` is
/// another key. `text` is its text with `${name}` filled in. `only_overlaid` limits the report to
/// contradictions that involve an overlay.
pub(super) fn suffix(
    scope: &Scope<'_>,
    keys: &[&RawKey],
    (key, text): (Key, &str),
    only_overlaid: bool,
    problems: &mut Problems,
) {
    if key != Key::SecretId || !is_arn(text) {
        return;
    }
    let Some(secret_id) = find(keys, key) else { return };
    let Ok(Reference::Secret(reference)) = Reference::parse(text) else { return };
    // Check the part and the version separately, so that both are reported.
    let parts: [(&[Key], Selector, Option<Version>); 2] = [
        (&[Key::JsonKey, Key::JsonPointer], selector(keys), None),
        (&[Key::VersionStage, Key::VersionId], Selector::Raw, version(keys)),
    ];
    for (by, selector, version) in parts {
        let Some(written) = by.iter().find_map(|key| find(keys, *key)) else { continue };
        let Err(conflict) = combine(&reference, &selector, version.as_ref()) else { continue };
        let at = if secret_id.from_profile && !written.from_profile { secret_id } else { written };
        if at.from_profile || !only_overlaid {
            problems
                .add(at.span.clone(), format!("{scope}{conflict}"))
                .help("write it in one place only");
        }
    }
}

/// The selector of `json_key` or `json_pointer`.
pub(super) fn selector(keys: &[&RawKey]) -> Selector {
    match (find(keys, Key::JsonKey), find(keys, Key::JsonPointer)) {
        (Some(key), _) => Selector::Key(key.text().to_owned()),
        (None, Some(pointer)) => Selector::Pointer(pointer.text().to_owned()),
        (None, None) => Selector::Raw,
    }
}

/// The version of `version_stage` or `version_id`.
pub(super) fn version(keys: &[&RawKey]) -> Option<Version> {
    let stage = find(keys, Key::VersionStage).map(|stage| Version::Stage(stage.text().to_owned()));
    stage.or_else(|| find(keys, Key::VersionId).map(|id| Version::Id(id.text().to_owned())))
}

#[cfg(test)]
mod tests {
    use crate::manifest::Manifest;

    /// The problems of `[secrets.A]` with these keys, on line 3 and below; a `*` where the line may
    /// not be shown.
    fn check(keys: &str, expected: &[&str]) {
        check_manifest(&format!("version = 1\n[secrets.A]\n{keys}\n"), expected);
    }

    fn check_manifest(text: &str, expected: &[&str]) {
        let problems = match Manifest::parse("m".as_ref(), text) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().to_vec(),
        };
        let line = |problem: crate::manifest::Problem| {
            let mark = if problem.show_source { "" } else { "*" };
            let help = problem.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{mark}{}:{} {}{help}", problem.line, problem.column, problem.message)
        };
        assert_eq!(problems.into_iter().map(line).collect::<Vec<_>>(), expected, "for {text}");
    }

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf";

    #[test]
    fn what_is_fine() {
        for keys in [
            "arn_var = \"_B\"\narn_parameter = \"/demo/a\"\nsecret_id = \"demo\"",
            "value_parameter = \"arn:aws:ssm:eu-west-1:123456789012:parameter/demo:3\"",
            "value_parameter = \"/a\"\narn_var = \"B\"\nversion_stage = \"AWSPREVIOUS\"",
            "secret_id = \"${a}/${b}\"\nkms_key = \"alias/${a}\"\ncreate_name = \"${a}\"\narn_var \
                 = \"${a}\"",
            "json_key = \"${not_a_var}\"\ndefault = \"${nor_this}\"\ndescription = \"${\"",
            "json_pointer = \"/a~0b/c~1d/0/\"",
            "default = \"\"\ndescription = \"\"\nrequired = false\nrotate_after = \"90d\"",
            "kms_key = \"arn:aws:kms:us-east-1:123456789012:key/1234\"",
        ] {
            check(keys, &[]);
        }
        for said in ["json_key = \"k\"", "json_pointer = \"/k\"", "version_stage = \"S\""] {
            check(&format!("secret_id = \"{ARN}:k:S:\"\n{said}"), &[]);
        }
    }

    #[test]
    fn keys() {
        let known = "known keys: arn_var, arn_parameter, secret_id, value_parameter, json_key, \
            json_pointer, required, \
                     default, version_stage, version_id, create_name, kms_key, rotate_after, \
                     description, allow_reserved";
        check("colour = 1", &[&format!("*3:1 entry A: unknown key `colour` ({known})")]);
        check("jsonKey = 1", &["*3:1 entry A: unknown key `jsonKey` (did you mean `json_key`?)"]);
        check(
            "optional = true",
            &["*3:1 entry A: unknown key `optional` (write `required = false`)"],
        );
        check(
            "value = \"sk-1\"",
            &["*3:1 entry A: unknown key `value` (remove it if it is a secret: `default` is for \
                     values that are not secret)"],
        );
        check(
            "json_key = 5\nrequired = \"yes\"",
            &[
                "3:12 entry A: `json_key` must be a string, found an integer (write it in quotes)",
                "*4:12 entry A: `required` must be true or false, found a string (write it without \
                     quotes)",
            ],
        );
    }

    #[test]
    fn reserved_names() {
        let said = "the name is reserved: it makes the dynamic linker load code (use another name, \
            or set `allow_reserved = true` in the entry if you mean this one)";
        let entry = "version = 1\n[secrets.LD_PRELOAD]\n";
        check_manifest(entry, &[&format!("2:10 entry LD_PRELOAD: {said}")]);
        check_manifest(
            &format!("{entry}allow_reserved = false\n"),
            &[&format!("2:10 entry LD_PRELOAD: {said}")],
        );
        check_manifest(&format!("{entry}allow_reserved = true\n"), &[]);
        check("allow_reserved = true", &[]);
        check(
            "allow_reserved = 1",
            &["3:18 entry A: `allow_reserved` must be true or false, found an integer (write it \
                     without quotes)"],
        );
        // A profile can withdraw the permission, but not give it.
        let overlay = "[profiles.p.secrets.LD_PRELOAD]\n";
        check_manifest(
            &format!("{entry}allow_reserved = true\n{overlay}allow_reserved = false\n"),
            &[&format!("5:18 profile p, entry LD_PRELOAD: {said}")],
        );
        check_manifest(
            &format!("{entry}{overlay}allow_reserved = true\n"),
            &[&format!("2:10 entry LD_PRELOAD: {said}")],
        );
    }

    #[test]
    fn empty_texts() {
        for key in [
            "arn_var",
            "arn_parameter",
            "secret_id",
            "value_parameter",
            "json_key",
            "version_stage",
        ] {
            check(
                &format!("{key} = \"\""),
                &[&format!("*3:{} entry A: `{key}` must not be empty", key.len() + 4)],
            );
        }
        check(
            "create_name = \" \"\nkms_key = \"\"\nrotate_after = \"\"\njson_pointer \
                 = \"\"\nversion_id = \"\"",
            &[
                "*3:15 entry A: `create_name` must not be empty",
                "*4:11 entry A: `kms_key` must not be empty",
                "*5:16 entry A: `rotate_after` must not be empty",
                "*6:16 entry A: `json_pointer` must not be empty (leave it out for the whole \
                     value)",
                "*7:14 entry A: `version_id` must not be empty",
            ],
        );
    }

    #[test]
    fn values() {
        check(
            "arn_var = \"my-var\"",
            &["*3:11 entry A: `arn_var` is not a valid environment variable name (use letters, \
                     digits and `_`, and do not start with a digit)"],
        );
        check(
            &format!("arn_var = \"{ARN}\""),
            &["*3:11 entry A: `arn_var` is not a valid environment variable name (put an ARN in \
                     `secret_id`)"],
        );
        check(
            "arn_var = \"A\"",
            &["*3:11 entry A: `arn_var` is the entry's own variable (name the variable that \
                     holds the ARN)"],
        );
        check(
            "arn_var = \"BASH_ENV\"",
            &["*3:11 entry A: `arn_var` is a reserved name: it is a file that bash runs before a \
                     script \
                 (use a variable that holds only the ARN)"],
        );
        check(
            "arn_parameter = \"demo/key\"",
            &["*3:17 entry A: `arn_parameter` is not a valid parameter name or ARN: a parameter \
                     name that contains `/` must start with `/`"],
        );
        check(
            &format!("value_parameter = \"{ARN}\""),
            &["*3:19 entry A: `value_parameter` is not a valid parameter name or ARN: it is the \
                     ARN of a secret (put a secret's ARN in `secret_id`)"],
        );
        check(
            "secret_id = \"arn:aws:ssm:eu-west-1:123456789012:parameter/demo\"",
            &["*3:13 entry A: `secret_id` is a parameter, not a secret (put a parameter's name \
                     or ARN in `value_parameter`)"],
        );
        check(
            "secret_id = \"two words\"",
            &["*3:13 entry A: `secret_id` is not a valid secret name or ARN: character 4 is not \
                     allowed in a secret name"],
        );
        check(
            &format!("secret_id = \"{}\"", ARN.replace("123456789012", "1234")),
            &["*3:13 entry A: `secret_id` is not a valid secret name or ARN: the account of the \
                     ARN does not have twelve digits"],
        );
        check(
            "json_pointer = \"a/b\"",
            &["*3:16 entry A: `json_pointer` is not a valid JSON pointer: it must start with `/` \
                     (put a top-level key in `json_key`)"],
        );
        check(
            "json_pointer = \"/a~2\"",
            &["*3:16 entry A: `json_pointer` is not a valid JSON pointer: write `~` as `~0`, and \
                     `/` in a key as `~1`"],
        );
        check(
            &format!("create_name = \"{ARN}\""),
            &["*3:15 entry A: `create_name` is not a valid secret name: character 4 is not \
                     allowed in a secret name (write the name of the secret, and put its ARN in \
                     `secret_id`)"],
        );
        check(
            "kms_key = \"alias/my key\"",
            &["*3:11 entry A: `kms_key` is not a valid KMS key (write the key's ARN, its id, or \
                     `alias/NAME`)"],
        );
        check(
            "rotate_after = \"90 days\"",
            &["*3:16 entry A: `rotate_after` is not a valid duration (write a whole number and \
                     one of the units ms, s, m, h, d, w, as \
             in `10s` or `90d`)"],
        );
        check("rotate_after = \"0d\"", &["*3:16 entry A: `rotate_after` must be longer than zero"]);
        check(
            "default = \"\\u0000\"",
            &["*3:11 entry A: `default` contains a NUL character, which an environment variable \
                     cannot hold"],
        );
    }

    #[test]
    fn vars_in_values() {
        check(
            "secret_id = \"${project/key\"",
            &["*3:13 entry A: `secret_id` contains a `${` without a closing `}`"],
        );
        check(
            "kms_key = \"alias/${}\"",
            &["*3:11 entry A: `kms_key` contains a `${…}` without a valid name (use letters, \
                     digits and `_`, and do not start with a digit)"],
        );
        check(
            "version_stage = \"${stage}\"",
            &["*3:17 entry A: `version_stage` cannot contain `${name}` (use `${name}` only in \
                     source keys, `create_name` and `kms_key`)"],
        );
    }

    #[test]
    fn versions() {
        let label = "is not a valid staging label (a label has at most 256 letters, digits and \
            characters of `_+=.@/-`)";
        for text in ["$(touch /tmp/PWNED2)", "`id`", "a b", "a:b", "a\\nb", "é", &"l".repeat(257)]
        {
            let expected = format!("*3:17 entry A: `version_stage` {label}");
            check(&format!("version_stage = \"{text}\""), &[&expected]);
        }
        for text in ["AWSPREVIOUS", "blue/green_2+=.@-", &"l".repeat(256)] {
            check(&format!("version_stage = \"{text}\""), &[]);
        }
        let id = "is not a valid version id \
                  (an id has 32 to 64 letters, digits and characters of `_+=.@/-`, as a UUID has)";
        for text in ["v1", "$(touch /tmp/PWNED2)000000000000000", &"1".repeat(31), &"1".repeat(65)]
        {
            let expected = format!("*3:14 entry A: `version_id` {id}");
            check(&format!("version_id = \"{text}\""), &[&expected]);
        }
        for text in ["4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab", "terraform-20260102030405000000000001"]
        {
            check(&format!("version_id = \"{text}\""), &[]);
        }
        for (suffix, what) in
            [("::$(id):", "staging label"), (":::4f2a", "version id"), (":::`id`", "version id")]
        {
            let error = format!(
                "is not a valid secret name or ARN: the {what} in the suffix of the ARN is not \
                     valid"
            );
            check(
                &format!("secret_id = \"{ARN}{suffix}\""),
                &[&format!("*3:13 entry A: `secret_id` {error}")],
            );
        }
    }

    #[test]
    fn keys_that_cannot_be_used_together() {
        check(
            "secret_id = \"a\"\njson_key = \"a\"\nversion_stage = \"a\"\nversion_id \
                 = \"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\"\njson_pointer \
                 = \"/a\"\nvalue_parameter = \"/a\"",
            &[
                "6:1 entry A: `version_stage` and `version_id` cannot be used together (remove one \
                     of them)",
                "7:1 entry A: `json_key` and `json_pointer` cannot be used together (remove one of \
                     them)",
                "8:1 entry A: `secret_id` and `value_parameter` cannot be used together (remove \
                     one of them)",
            ],
        );
        check(
            "default = \"a\"\nrequired = true",
            &["4:1 entry A: `required = true` and `default` cannot be used together (remove one \
                     of them: an entry with a `default` is optional)"],
        );
        check(
            "value_parameter = \"/a\"\nversion_stage = \"AWSPREVIOUS\"",
            &["4:1 entry A: `version_stage` does not apply to a `value_parameter` (pin a \
                     parameter's version in its name, as \
             in `/name:3`)"],
        );
        check(
            &format!(
                "secret_id = \"{ARN}:k:S:\"\njson_key = \"l\"\nversion_id \
                     = \"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\""
            ),
            &[
                "*4:12 entry A: json_key `l` contradicts `k` in the suffix of the reference (write \
                     it in one place only)",
                "*5:14 entry A: version 4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab contradicts stage S \
                     in the suffix of the reference (write it in one place only)",
            ],
        );
    }

    #[test]
    fn an_overlay_is_checked_with_its_entry() {
        // A problem of the entry itself is reported once, and not again for the profile.
        check_manifest(
            "version = 1
[profiles.p.secrets.A]
value_parameter = \"/a\"
required = true
json_pointer = \"a\"
[secrets.A]
secret_id = \"demo\"
default = \"a\"
version_stage = \"a\"
version_id = \"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\"
",
            &[
                "3:1 profile p, entry A: `secret_id` and `value_parameter` cannot be used together \
                     (remove one of them)",
                "4:1 profile p, entry A: `required = true` and `default` cannot be used together \
                     (remove one of them: an entry with a `default` is optional)",
                "*5:16 profile p, entry A: `json_pointer` is not a valid JSON pointer: it must \
                     start with `/` (put a top-level key in `json_key`)",
                "10:1 entry A: `version_stage` and `version_id` cannot be used together (remove \
                     one of them)",
            ],
        );
        check_manifest(
            &format!(
                "version = 1\n[secrets.A]\njson_key = \"l\"\n[profiles.p.secrets.A]\nsecret_id \
                     = \"{ARN}:k::\"\n"
            ),
            &["*5:13 profile p, entry A: json_key `l` contradicts `k` in the suffix of the \
                     reference (write it in one place only)"],
        );
        check_manifest(
            "version = 1\n[secrets.A]\nsecret_id = \"a\"\nrequired = \
                 true\n[profiles.p.secrets.A]\nsecret_id = \"b\"\nrequired = false\n",
            &[],
        );
    }
}
