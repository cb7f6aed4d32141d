//! Put: a new value at an entry's destination, or a new secret.

use crate::describe;
use crate::limits::Limits;
use crate::reference::ParameterId;
use crate::retry::retrying;
use crate::secret_value::SecretValue;
use crate::selector::Selector;
use crate::shown::KnownValues;
use crate::store::Action;

use super::destination::{Destination, DestinationKind};
use super::merge::merge;
use super::options::{JsonWrite, PutOptions, check_token};
use super::repeated::without_value;
use super::store::PutParameterRequest;
use super::whole::{LARGEST_SECRET, Parts, Written, put_whole, with_parts, written};
use super::{WriteFailure, WriteProblem, Writers};

/// The most bytes of a parameter's value, in the advanced tier
/// ([AWS](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html)).
pub const LARGEST_PARAMETER: usize = 8_192;

/// Puts one entry's value.
///
/// The call is repeated with one ClientRequestToken if its response is lost, so that it makes one
/// version.
///
/// # Errors
///
/// [`WriteFailure`]; nothing was written then, unless the connection failed to the end.
pub async fn put(
    destination: &Destination,
    value: &SecretValue,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    put_parts(&vec![(destination, value)], options, writers, limits).await
}

/// The same for all the parts of one destination, in one version.
pub(crate) async fn put_parts(
    parts: &Parts<'_>,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let outcome = put_checked(parts, options, writers, limits).await;
    let called = parts.iter().flat_map(|(destination, _)| {
        [destination.shown.clone(), destination.entry.create_name.clone()]
    });
    let known = KnownValues::new(parts.iter().map(|(_, value)| *value)).naming(called);
    match outcome {
        Ok(written) => Ok(written.without(&known)),
        Err(failure) => Err(failure.without(&known)),
    }
}

async fn put_checked(
    parts: &Parts<'_>,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let (first, value) = parts[0];
    for (destination, value) in parts {
        check(destination, value, options)?;
    }
    if let DestinationKind::Parameter { region, id } = &first.kind {
        return put_parameter(first, region, id, value, options, writers, limits).await;
    }
    if first.selector != Selector::Raw && options.json == JsonWrite::Merge {
        return merge(parts, options, writers, limits).await;
    }
    let whole;
    let value = if first.selector == Selector::Raw {
        value
    } else {
        whole = with_parts(None, parts)?;
        &whole
    };
    put_whole(parts, value, options, writers, limits).await
}

/// What can be told of a put before there is a value: whether its options fit the entry and its
/// destination.
///
/// # Errors
///
/// [`WriteProblem::PartOfJson`], [`WriteProblem::WholeValue`], [`WriteProblem::PartTaken`], or that
/// there is no destination and none is to be made.
pub fn check_put(destination: &Destination, options: &PutOptions) -> Result<(), WriteFailure> {
    destination.check_changeable()?;
    let problem = match (&destination.selector, options.json, &destination.kind) {
        (_, _, DestinationKind::Unnamed { reason, .. }) if !options.create => {
            WriteProblem::NoDestination(reason.clone())
        }
        (Selector::Raw, JsonWrite::Merge | JsonWrite::Replace, _) => WriteProblem::WholeValue,
        (Selector::Key(_) | Selector::Pointer(_), JsonWrite::Refuse, _) => {
            WriteProblem::PartOfJson(destination.selector.clone())
        }
        // A part of a parameter can be written in no other way.
        (_, _, DestinationKind::Parameter { .. }) => return Ok(()),
        (Selector::Raw, JsonWrite::Refuse, _) => match &destination.entry.part_taken_by {
            Some(other) => WriteProblem::PartTaken { other: other.clone() },
            None => return Ok(()),
        },
        (Selector::Key(_) | Selector::Pointer(_), JsonWrite::Merge | JsonWrite::Replace, _) => {
            return Ok(());
        }
    };
    Err(destination.failed(problem))
}

/// What can be told of a put without asking.
pub(super) fn check(
    destination: &Destination,
    value: &SecretValue,
    options: &PutOptions,
) -> Result<(), WriteFailure> {
    check_put(destination, options)?;
    check_token(options, &destination.entry)?;
    // The token is shown and logged as the id of the version.
    if let Some(token) = &options.token
        && KnownValues::new([value]).are_in(token)
    {
        return Err(destination.failed(WriteProblem::InvalidToken));
    }
    let most = match destination.kind {
        DestinationKind::Parameter { .. } => LARGEST_PARAMETER,
        DestinationKind::Secret(_) | DestinationKind::Unnamed { .. } => LARGEST_SECRET,
    };
    match value.expose().len() {
        0 => Err(destination.failed(WriteProblem::EmptyValue)),
        length if length > most => Err(destination.failed(WriteProblem::TooLong { most })),
        _ => Ok(()),
    }
}

async fn put_parameter(
    destination: &Destination,
    region: &str,
    id: &ParameterId,
    value: &SecretValue,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let store = writers.parameters.as_ref().zip(writers.stores.parameters.as_ref());
    let Some((writer, reader)) = store else {
        return Err(destination
            .failed(WriteProblem::NoDestination(crate::reason::Reason::NoParameterStore)));
    };
    if destination.selector != Selector::Raw {
        return Err(destination.failed(WriteProblem::PartOfJson(destination.selector.clone())));
    }
    let created = match describe::parameter(region, id, &**reader, limits).await {
        Ok(found) => found.is_none(),
        Err(error) => return Err(destination.failed(WriteProblem::Store(error))),
    };
    if created && !options.create {
        return Err(destination.failed(WriteProblem::ParameterAbsent));
    }
    let request = PutParameterRequest {
        region: region.to_owned(),
        // No ARN and no version: that was checked.
        name: id.name().to_owned(),
        value: value.clone(),
        kms_key: destination.entry.kms_key.clone().filter(|_| created),
        description: destination.entry.description.clone().filter(|_| created),
        overwrite: true,
    };
    let answer = retrying(limits, Action::PutParameter, || writer.put_parameter(&request)).await;
    let version = answer
        .map_err(|error| destination.failed(WriteProblem::Store(without_value(error, value))))?;
    Ok(written(&vec![(destination, value)], &destination.shown, None, version.to_string(), created))
}
