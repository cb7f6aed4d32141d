//! Builds the [`Entry`] that the later stages see from the checked texts of an entry, and fills in
//! the defaults.

use super::check::{ValueProblem, secret_id, selector, version};
use super::create_name::{create_name, kebab_case};
use super::entry::{RawEntry, RawKey};
use super::fill::Filled;
use super::keys::Key;
use super::problems::Lines;
use super::{Entry, Need, duration};
use crate::reference::ParameterId;
use crate::source::SourceKeys;

/// The entry, or the key that turns out to be wrong.
pub(super) fn entry<'a>(
    raw: &RawEntry,
    filled: &Filled<'a>,
    lines: &Lines,
) -> Result<Entry, (&'a RawKey, ValueProblem)> {
    let text = |key: Key| filled.get(key).map(|(_, text)| text.to_owned());
    let line = lines.line(raw.span.start);
    let parameter = |key: Key| match filled.get(key) {
        // The texts were checked. This catches a text that the check accepts and the parser
        // rejects.
        Some((written, text)) => ParameterId::parse(text)
            .map(Some)
            .map_err(|error| (written, ValueProblem::invalid_parameter(&error))),
        None => Ok(None),
    };
    let secret_id = match filled.get(Key::SecretId) {
        Some((written, text)) => Some(secret_id(text).map_err(|problem| (written, problem))?),
        None => None,
    };
    let mut source_keys = SourceKeys {
        arn_var: text(Key::ArnVar),
        arn_parameter: parameter(Key::ArnParameter)?,
        secret_id,
        value_parameter: parameter(Key::ValueParameter)?,
    };
    if source_keys == SourceKeys::default() {
        source_keys.arn_var = Some(format!("{}_SECRET_ARN", raw.name));
    }
    let need = match (text(Key::Default), filled.required()) {
        (Some(default), _) => Need::Default(default),
        (None, Some(false)) => Need::Optional,
        (None, _) => Need::Required,
    };
    Ok(Entry {
        name: raw.name.clone(),
        line,
        description: text(Key::Description),
        create_name: text(Key::CreateName)
            .or_else(|| create_name(source_keys.secret(), source_keys.parameter()))
            .unwrap_or_else(|| kebab_case(&raw.name)),
        source_keys,
        selector: selector(&filled.keys),
        need,
        version: version(&filled.keys),
        kms_key: text(Key::KmsKey),
        part_taken_by: None,
        rotate_after: filled.get(Key::RotateAfter).and_then(|(_, text)| duration::parse(text)),
    })
}
