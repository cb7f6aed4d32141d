//! Put: a new value at an entry's place, or a new secret.

use crate::describe;
use crate::limits::Limits;
use crate::reference::ParameterId;
use crate::retry::retrying;
use crate::secret_value::SecretValue;
use crate::selector::Selector;
use crate::shown::KnownValues;
use crate::store::Action;

use super::merge::merge;
use super::repeated::without_value;
use super::store::PutParameterRequest;
use super::target::{WritePlace, WriteTarget};
use super::whole::{LARGEST_SECRET, Parts, Written, put_whole, with_parts, written};
use super::{WriteFailure, WriteProblem, Writers};

/// The most bytes of a parameter's value, in the advanced tier
/// ([AWS](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html)).
pub const LARGEST_PARAMETER: usize = 8_192;

/// How a value is put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// Create the secret or the parameter, if there is none.
    pub create: bool,
    /// What becomes of the other keys of a JSON secret.
    pub rest: Rest,
}

/// What becomes of the rest of a JSON secret, of which an entry is one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Nothing was said: such a put is refused.
    #[default]
    Refuse,
    /// It stays, which needs the right to read the secret.
    Keep,
    /// It vanishes: the new value is an object of what is written now.
    Drop,
}

/// Puts one entry's value.
///
/// The call is repeated with one ClientRequestToken if its answer is lost, so that it makes one
/// version.
///
/// # Errors
///
/// [`WriteFailure`]; nothing was written then, unless the connection failed to the end.
pub async fn put(
    target: &WriteTarget,
    value: &SecretValue,
    options: PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    put_parts(&vec![(target, value)], options, writers, limits).await
}

/// The same for all the parts of one place, in one version.
pub(crate) async fn put_parts(
    parts: &Parts<'_>,
    options: PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let outcome = put_checked(parts, options, writers, limits).await;
    let called = parts
        .iter()
        .flat_map(|(target, _)| [target.shown.clone(), target.entry.create_name.clone()]);
    let known = KnownValues::new(parts.iter().map(|(_, value)| *value)).naming(called);
    match outcome {
        Ok(written) => Ok(written.without(&known)),
        Err(failure) => Err(failure.without(&known)),
    }
}

async fn put_checked(
    parts: &Parts<'_>,
    options: PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let (first, value) = parts[0];
    for (target, value) in parts {
        check(target, value, options)?;
    }
    if let WritePlace::Parameter { region, id } = &first.place {
        return put_parameter(first, region, id, value, options, writers, limits).await;
    }
    if first.selector != Selector::Raw && options.rest == Rest::Keep {
        return merge(parts, options.create, writers, limits).await;
    }
    let whole;
    let value = if first.selector == Selector::Raw {
        value
    } else {
        whole = with_parts(None, parts)?;
        &whole
    };
    put_whole(parts, value, options.create, writers, limits).await
}

/// What can be told of a put before there is a value: whether its options fit the entry and its
/// place.
///
/// # Errors
///
/// [`WriteProblem::PartOfJson`], [`WriteProblem::WholeValue`], [`WriteProblem::PartTaken`], or that
/// there is no place and none is to be made.
pub fn check_put(target: &WriteTarget, options: PutOptions) -> Result<(), WriteFailure> {
    target.check_changeable()?;
    let problem = match (&target.selector, options.rest, &target.place) {
        (_, _, WritePlace::Nowhere { reason, .. }) if !options.create => {
            WriteProblem::Place(reason.clone())
        }
        (Selector::Raw, Rest::Keep | Rest::Drop, _) => WriteProblem::WholeValue,
        (Selector::Key(_) | Selector::Pointer(_), Rest::Refuse, _) => {
            WriteProblem::PartOfJson(target.selector.clone())
        }
        // A part of a parameter can be written in no other way.
        (_, _, WritePlace::Parameter { .. }) => return Ok(()),
        (Selector::Raw, Rest::Refuse, _) => match &target.entry.part_taken_by {
            Some(other) => WriteProblem::PartTaken { other: other.clone() },
            None => return Ok(()),
        },
        (Selector::Key(_) | Selector::Pointer(_), Rest::Keep | Rest::Drop, _) => return Ok(()),
    };
    Err(target.failed(problem))
}

/// What can be told of a put without asking.
pub(super) fn check(
    target: &WriteTarget,
    value: &SecretValue,
    options: PutOptions,
) -> Result<(), WriteFailure> {
    check_put(target, options)?;
    let most = match target.place {
        WritePlace::Parameter { .. } => LARGEST_PARAMETER,
        WritePlace::Secret(_) | WritePlace::Nowhere { .. } => LARGEST_SECRET,
    };
    match value.expose().len() {
        0 => Err(target.failed(WriteProblem::EmptyValue)),
        length if length > most => Err(target.failed(WriteProblem::TooLong { most })),
        _ => Ok(()),
    }
}

async fn put_parameter(
    target: &WriteTarget,
    region: &str,
    id: &ParameterId,
    value: &SecretValue,
    options: PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let store = writers.parameters.as_ref().zip(writers.stores.parameters.as_ref());
    let Some((writer, reader)) = store else {
        return Err(target.failed(WriteProblem::Place(crate::reason::Reason::NoParameterStore)));
    };
    if target.selector != Selector::Raw {
        return Err(target.failed(WriteProblem::PartOfJson(target.selector.clone())));
    }
    let created = match describe::parameter(region, id, &**reader, limits).await {
        Ok(found) => found.is_none(),
        Err(error) => return Err(target.failed(WriteProblem::Store(error))),
    };
    if created && !options.create {
        return Err(target.failed(WriteProblem::ParameterAbsent));
    }
    let request = PutParameterRequest {
        region: region.to_owned(),
        // No ARN and no version: that was checked.
        name: id.name().to_owned(),
        value: value.clone(),
        kms_key: target.entry.kms_key.clone().filter(|_| created),
        description: target.entry.description.clone().filter(|_| created),
        overwrite: true,
    };
    let answer = retrying(limits, Action::PutParameter, || writer.put_parameter(&request)).await;
    let version =
        answer.map_err(|error| target.failed(WriteProblem::Store(without_value(error, value))))?;
    Ok(written(&vec![(target, value)], &target.shown, None, version.to_string(), created))
}
