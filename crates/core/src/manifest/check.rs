//! What the keys of an entry may say, each for itself and together. Pure: findings are all that comes out.

use super::entry::{RawKey, RawValue, Scope, find};
use super::findings::Findings;
use super::schema::{Key, is_variable_name};
use super::template::{self, TemplateError};
use super::{Selector, duration};
use crate::reference::{ParameterId, Reference, ReferenceError, Version, check_name_to_create, combine};

/// The form of a variable's name, for messages.
pub(super) const NAME_FORM: &str = "letters, digits and `_`, and no digit first";

/// What is wrong with one value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// What continues "`key` ".
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Whether the value may have been pasted into the wrong key.
    pub(super) hide: bool,
}

impl Complaint {
    fn new(message: impl Into<String>, help: &str) -> Self {
        let help = (!help.is_empty()).then(|| help.to_owned());
        Complaint { message: message.into(), help, hide: false }
    }

    /// Adds it to the findings, at the value's place.
    pub(super) fn report(self, scope: &Scope<'_>, key: &RawKey, findings: &mut Findings) {
        if self.hide {
            findings.hide(key.span.clone());
        }
        let finding = findings.add(key.span.clone(), format!("{scope}`{}` {}", key.key.name(), self.message));
        if let Some(help) = self.help {
            finding.help(help);
        }
    }
}

/// Checks each value for itself; those with a `${name}` only in their syntax, until the names have values.
pub(super) fn values(scope: &Scope<'_>, entry: &str, keys: &[RawKey], findings: &mut Findings) {
    for key in keys.iter().filter(|key| matches!(key.value, RawValue::Text(_))) {
        let complaint = match key.key.takes_vars() && template::has_vars(key.text()) {
            true => syntax(key.text()).err(),
            false => value(key.key, entry, key.text()).err(),
        };
        if let Some(complaint) = complaint {
            complaint.report(scope, key, findings);
        }
    }
}

fn syntax(text: &str) -> Result<(), Complaint> {
    template::split(text).map(|_| ()).map_err(|error| match error {
        TemplateError::Unterminated => Complaint::new("has a `${` without its `}`", ""),
        TemplateError::BadName => Complaint::new("has a `${…}` with no valid name in it", NAME_FORM),
    })
}

/// Checks a value whose `${name}`s, if it had any, are filled in.
pub(super) fn value(key: Key, entry: &str, text: &str) -> Result<(), Complaint> {
    let takes_empty = matches!(key, Key::Default | Key::Description);
    if text.trim().is_empty() && !takes_empty {
        let help = if key == Key::JsonPointer { "leave it out for the whole value" } else { "" };
        return Err(Complaint::new("must not be empty", help));
    }
    match key {
        Key::ArnVar => arn_var(entry, text),
        Key::ArnParameter | Key::ValueParameter => ParameterId::parse(text).map(|_| ()).map_err(|error| {
            let help = if error == ReferenceError::NotAParameter { "a secret's ARN goes in `secret_id`" } else { "" };
            Complaint {
                hide: !text.starts_with(['/', 'a']),
                ..Complaint::new(format!("is no parameter: {error}"), help)
            }
        }),
        Key::SecretId => secret_id(text),
        Key::JsonPointer => json_pointer(text),
        Key::VersionStage | Key::VersionId if template::has_vars(text) => {
            Err(Complaint::new("takes no `${name}`", "only the keys that name a place do"))
        }
        Key::CreateName => check_name_to_create(text).map_err(|error| {
            let help =
                if text.starts_with("arn:") { "a secret is created by name; an ARN goes in `secret_id`" } else { "" };
            Complaint::new(format!("is no name of a secret: {error}"), help)
        }),
        Key::KmsKey if text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Err(Complaint::new("is no key", "a key's ARN, its id, or `alias/NAME`"))
        }
        Key::RotateAfter => match duration::parse(text) {
            Some(duration) if !duration.is_zero() => Ok(()),
            Some(_) => Err(Complaint::new("must be longer than nothing", "")),
            None => Err(Complaint::new("is no duration", &format!("write {}", duration::FORM))),
        },
        Key::Default if text.contains('\0') => Err(Complaint::new("has a NUL, which no variable can hold", "")),
        _ => Ok(()),
    }
}

fn arn_var(entry: &str, text: &str) -> Result<(), Complaint> {
    if text == entry {
        let help = "it names the variable that holds the ARN";
        return Err(Complaint::new("is the variable of the entry itself", help));
    }
    if is_variable_name(text) {
        return Ok(());
    }
    match text.starts_with("arn:") {
        true => Err(Complaint::new("is no name of a variable", "an ARN goes in `secret_id`")),
        false => Err(Complaint { hide: true, ..Complaint::new("is no name of a variable", NAME_FORM) }),
    }
}

fn secret_id(text: &str) -> Result<(), Complaint> {
    match Reference::parse(text) {
        Ok(Reference::Secret(_)) => Ok(()),
        Ok(Reference::Parameter(_)) => {
            Err(Complaint::new("is a parameter, not a secret", "a parameter's name or ARN goes in `value_parameter`"))
        }
        Err(error) => {
            let hide = !text.trim_start().starts_with("arn:");
            Err(Complaint { hide, ..Complaint::new(format!("is no reference: {error}"), "") })
        }
    }
}

fn json_pointer(text: &str) -> Result<(), Complaint> {
    let escapes_hold = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    match (text.starts_with('/'), escapes_hold) {
        (true, true) => Ok(()),
        (false, _) => {
            Err(Complaint::new("is no JSON pointer: it must start with `/`", "a top-level key goes in `json_key`"))
        }
        (true, false) => Err(Complaint::new("is no JSON pointer: `~` must be written `~0`, and `/` in a key `~1`", "")),
    }
}

/// Checks what the keys of an entry say together. With an overlay, only what the overlay brings in is reported: the
/// rest was reported of the entry itself.
pub(super) fn combinations(scope: &Scope<'_>, keys: &[&RawKey], findings: &mut Findings) {
    for (a, b) in
        [(Key::SecretId, Key::ValueParameter), (Key::JsonKey, Key::JsonPointer), (Key::VersionStage, Key::VersionId)]
    {
        if let Some(later) = clash(keys, a, b) {
            let message = format!("{scope}`{}` and `{}` exclude each other", a.name(), b.name());
            findings.add(later.key_span.clone(), message).help("keep one of them");
        }
    }
    if find(keys, Key::Required).is_some_and(|required| matches!(required.value, RawValue::Flag(true)))
        && let Some(later) = clash(keys, Key::Required, Key::Default)
    {
        let message = format!("{scope}`required = true` and `default` exclude each other");
        findings.add(later.key_span.clone(), message).help("an entry with a `default` is optional");
    }
    let holds_a_secret = [Key::ArnVar, Key::ArnParameter, Key::SecretId];
    if !holds_a_secret.into_iter().any(|key| find(keys, key).is_some()) {
        for version in [Key::VersionStage, Key::VersionId] {
            if let Some(later) = clash(keys, version, Key::ValueParameter) {
                let message = format!("{scope}`{}` does not apply to a `value_parameter`", version.name());
                let help = "pin a parameter's version in its name, as in `/name:3`";
                findings.add(later.key_span.clone(), message).help(help);
            }
        }
    }
    if let Some(secret_id) = find(keys, Key::SecretId)
        && !template::has_vars(secret_id.text())
    {
        suffix(scope, keys, secret_id.text(), is_overlaid(keys), findings);
    }
}

fn is_overlaid(keys: &[&RawKey]) -> bool {
    keys.iter().any(|key| key.from_profile)
}

/// Of two keys that are both there, the one to blame: the overlay's, else the later one.
fn clash<'a>(keys: &[&'a RawKey], a: Key, b: Key) -> Option<&'a RawKey> {
    let (a, b) = (find(keys, a)?, find(keys, b)?);
    match (a.from_profile, b.from_profile) {
        (true, false) => Some(a),
        (false, true) => Some(b),
        (false, false) if is_overlaid(keys) => None,
        _ => Some(std::cmp::max_by_key(a, b, |key| key.key_span.start)),
    }
}

/// Reports an entry whose keys contradict the suffix of its `secret_id`, of which `text` is the text by now; on request
/// only if an overlay has a part in it.
pub(super) fn suffix(scope: &Scope<'_>, keys: &[&RawKey], text: &str, only_overlaid: bool, findings: &mut Findings) {
    let Some(secret_id) = find(keys, Key::SecretId) else { return };
    let Ok(Reference::Secret(reference)) = Reference::parse(text) else { return };
    // The part and the version are checked apart, so that both are reported.
    let said: [(&[Key], Selector, Option<Version>); 2] = [
        (&[Key::JsonKey, Key::JsonPointer], selector(keys), None),
        (&[Key::VersionStage, Key::VersionId], Selector::Raw, version(keys)),
    ];
    for (by, selector, version) in said {
        let Some(said) = by.iter().find_map(|key| find(keys, *key)) else { continue };
        let Err(contradiction) = combine(&reference, &selector, version.as_ref()) else { continue };
        let at = if secret_id.from_profile && !said.from_profile { secret_id } else { said };
        if at.from_profile || !only_overlaid {
            findings.add(at.span.clone(), format!("{scope}{contradiction}")).help("say it in one place");
        }
    }
}

/// What `json_key` and `json_pointer` say.
pub(super) fn selector(keys: &[&RawKey]) -> Selector {
    match (find(keys, Key::JsonKey), find(keys, Key::JsonPointer)) {
        (Some(key), _) => Selector::Key(key.text().to_owned()),
        (None, Some(pointer)) => Selector::Pointer(pointer.text().to_owned()),
        (None, None) => Selector::Raw,
    }
}

/// What `version_stage` and `version_id` say.
pub(super) fn version(keys: &[&RawKey]) -> Option<Version> {
    let stage = find(keys, Key::VersionStage).map(|stage| Version::Stage(stage.text().to_owned()));
    stage.or_else(|| find(keys, Key::VersionId).map(|id| Version::Id(id.text().to_owned())))
}
