//! Import: the values of many entries, each secret and parameter written once.

use std::collections::BTreeMap;

use crate::json_pointer;
use crate::limits::Limits;
use crate::secret_value::SecretValue;
use crate::selector::Selector;

use super::destination::Destination;
use super::options::{JsonWrite, PutOptions};
use super::put::{check, put_parts};
use super::whole::{Parts, Written};
use super::{WriteFailure, WriteProblem, Writers};

/// How many secrets and parameters are written at once: PutSecretValue has 50 calls a second for a
/// whole account and region.
pub const CONCURRENT_WRITES: usize = 8;

/// What is written to one secret or parameter, in one version.
#[derive(Clone, Debug)]
pub struct ImportStep {
    /// The entries with their values; several only where each is a part of one JSON secret, or all
    /// take the same value.
    pub parts: Vec<(Destination, SecretValue)>,
}

impl ImportStep {
    /// The variables whose values are written.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(destination, _)| destination.entry.name.as_str())
    }

    /// The first of the entries: its destination is that of all.
    pub fn destination(&self) -> &Destination {
        &self.parts[0].0
    }

    /// What can be told without asking.
    ///
    /// # Errors
    ///
    /// [`WriteFailure`], as for a put of one of its entries.
    pub fn check(&self, options: &PutOptions) -> Result<(), WriteFailure> {
        let options = self.options(options);
        self.parts.iter().try_for_each(|(destination, value)| check(destination, value, &options))
    }

    /// What becomes of the rest is a question for JSON secrets alone.
    fn options(&self, options: &PutOptions) -> PutOptions {
        let is_whole = self.destination().selector == Selector::Raw;
        let json = if is_whole { JsonWrite::Refuse } else { options.json };
        options.clone().json(json)
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// [`WriteFailure`], as for a put of its first entry.
    pub async fn write(
        &self,
        options: &PutOptions,
        writers: &Writers,
        limits: &Limits,
    ) -> Result<Written, WriteFailure> {
        let parts: Parts<'_> =
            self.parts.iter().map(|(destination, value)| (destination, value)).collect();
        let written = put_parts(&parts, &self.options(options), writers, limits).await?;
        Ok(Written { variables: self.variables().map(str::to_owned).collect(), ..written })
    }
}

/// Groups what is to be written by its destination. Nothing is asked.
///
/// # Errors
///
/// Every entry that another one clashes with: one takes the whole value and the other a part, or
/// both take the same with different values.
pub fn import_steps(
    values: Vec<(Destination, SecretValue)>,
) -> Result<Vec<ImportStep>, Vec<WriteFailure>> {
    let mut order = Vec::new();
    let mut steps: BTreeMap<String, Vec<(Destination, SecretValue)>> = BTreeMap::new();
    for (destination, value) in values {
        let key = destination.key();
        if !steps.contains_key(&key) {
            order.push(key.clone());
        }
        steps.entry(key).or_default().push((destination, value));
    }
    let mut clashes = Vec::new();
    for parts in steps.values() {
        for (index, (destination, value)) in parts.iter().enumerate() {
            let clash =
                parts[..index].iter().find(|(other, held)| clash(destination, value, other, held));
            if let Some((other, _)) = clash {
                clashes.push(
                    destination.failed(WriteProblem::Clash { other: other.entry.name.clone() }),
                );
            }
        }
    }
    if !clashes.is_empty() {
        clashes.sort_by_key(|failure| failure.line);
        return Err(clashes);
    }
    Ok(order
        .into_iter()
        .filter_map(|key| steps.remove(&key))
        .map(|parts| ImportStep { parts })
        .collect())
}

fn clash(one: &Destination, value: &SecretValue, other: &Destination, held: &SecretValue) -> bool {
    match (&one.selector, &other.selector) {
        (Selector::Raw, Selector::Raw) => value != held,
        (one, other) if one == other => value != held,
        (Selector::Raw, _) | (_, Selector::Raw) => true,
        // One may lie below the other.
        (Selector::Pointer(one), Selector::Pointer(other)) => {
            below(one, other) || below(other, one)
        }
        (Selector::Key(key), Selector::Pointer(pointer))
        | (Selector::Pointer(pointer), Selector::Key(key)) => {
            below(pointer, &json_pointer::join("", key))
        }
        (Selector::Key(_), Selector::Key(_)) => false,
    }
}

/// Whether a pointer is the other one or points to something in it.
fn below(pointer: &str, other: &str) -> bool {
    pointer.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
