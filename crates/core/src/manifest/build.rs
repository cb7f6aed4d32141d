//! From the checked texts of an entry to the [`Entry`] that the later stages see, with its defaults
//! filled in.

use super::check::{ValueProblem, selector, version};
use super::entry::{RawEntry, RawKey};
use super::fill::Filled;
use super::problems::Lines;
use super::schema::Key;
use super::{Entry, Locator, LocatorKind, Need, duration};
use crate::reference::{ParameterId, Reference, SecretId, check_name_to_create};

/// The entry, or the key that is wrong after all.
pub(super) fn entry<'a>(
    raw: &RawEntry,
    filled: &Filled<'a>,
    lines: &Lines,
) -> Result<Entry, (&'a RawKey, ValueProblem)> {
    let text = |key: Key| filled.get(key).map(|(_, text)| text.to_owned());
    let line = lines.line(raw.span.start);
    let mut locators = Vec::new();
    for key in [Key::ArnVar, Key::ArnParameter, Key::SecretId, Key::ValueParameter] {
        let Some((written, text)) = filled.get(key) else { continue };
        let kind = match key {
            Key::ArnParameter => ParameterId::parse(text).map(LocatorKind::ArnParameter),
            Key::SecretId => Reference::parse(text).map(LocatorKind::SecretId),
            Key::ValueParameter => ParameterId::parse(text).map(LocatorKind::ValueParameter),
            _ => Ok(LocatorKind::ArnVar(text.to_owned())),
        };
        // The texts were checked, so this is for a text that the check lets through and the parser
        // does not.
        let kind = kind.map_err(|error| (written, ValueProblem::no_reference(&error)))?;
        locators.push(Locator { line: lines.line(written.key_span.start), kind });
    }
    if locators.is_empty() {
        locators
            .push(Locator { line, kind: LocatorKind::ArnVar(format!("{}_SECRET_ARN", raw.name)) });
    }
    // Most entries have one, and a vector begins with room for four.
    locators.shrink_to_fit();
    let need = match (text(Key::Default), filled.required()) {
        (Some(default), _) => Need::Default(default),
        (None, Some(false)) => Need::Optional,
        (None, _) => Need::Required,
    };
    Ok(Entry {
        name: raw.name.clone(),
        line,
        description: text(Key::Description),
        create_name: text(Key::CreateName).unwrap_or_else(|| create_name(&raw.name, &locators)),
        locators,
        selector: selector(&filled.keys),
        need,
        version: version(&filled.keys),
        kms_key: text(Key::KmsKey),
        rotate_after: filled.get(Key::RotateAfter).and_then(|(_, text)| duration::parse(text)),
    })
}

/// The name under which a secret is created where the entry does not say: `secret_id` if it is a
/// name; else `arn_parameter` without its leading `/` and a trailing `-secret-arn`; else the
/// variable in kebab case.
fn create_name(variable: &str, locators: &[Locator]) -> String {
    for locator in locators.iter().rev() {
        let name = match &locator.kind {
            LocatorKind::SecretId(Reference::Secret(secret)) => match &secret.id {
                SecretId::Name(name) => name.as_str(),
                SecretId::Arn(_) => continue,
            },
            LocatorKind::ArnParameter(parameter) => {
                let name = parameter.name();
                let name = name.strip_prefix('/').unwrap_or(name);
                name.strip_suffix("-secret-arn").unwrap_or(name)
            }
            _ => continue,
        };
        if check_name_to_create(name).is_ok() {
            return name.to_owned();
        }
    }
    let kebab = variable.trim_matches('_').replace('_', "-").to_ascii_lowercase();
    if kebab.is_empty() { variable.to_owned() } else { kebab }
}
