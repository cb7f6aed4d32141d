//! Whole: one version of a whole value, put or created with its secret. Values that are parts of a
//! JSON secret are one whole here.

use crate::limits::Limits;
use crate::retry::retrying;
use crate::secret_value::SecretValue;
use crate::selector::Selector;
use crate::shown::KnownValues;
use crate::store::{Action, StoreError, StoreErrorKind};

use super::destination::{Destination, DestinationKind};
use super::json;
use super::options::PutOptions;
use super::repeated::{arn, version_id, without_value};
use super::store::{CreateRequest, PutRequest, SecretAt};
use super::{WriteFailure, WriteProblem, Writers};

/// The most bytes of a secret's value
/// ([AWS](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html)).
pub const LARGEST_SECRET: usize = 65_536;

/// AWS's code where a secret has the name to create already, or a version with another value has
/// the token.
const EXISTS: &str = "ResourceExistsException";

/// What was written. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The variables whose values were written.
    pub variables: Vec<String>,
    /// The place as it may be shown.
    pub place: String,
    /// The secret's whole ARN; `None` for a parameter.
    pub arn: Option<String>,
    /// The version: a secret's id, or a parameter's number.
    pub version: String,
    /// Whether the secret or the parameter did not exist before.
    pub created: bool,
    /// Whether the variables are parts of a JSON secret.
    pub part: bool,
}

impl Written {
    /// Without ids of the response that repeat a value of the same call: a key can have the form of
    /// one.
    pub(super) fn without(mut self, known: &KnownValues) -> Self {
        self.arn = self.arn.filter(|arn| !known.are_in(arn));
        if known.are_in(&self.version) {
            self.version = "(not shown)".to_owned();
        }
        self
    }
}

/// What a put would write, as far as that can be told without writing.
pub fn foreseen(destination: &Destination) -> Written {
    Written {
        variables: vec![destination.entry.name.clone()],
        place: destination.shown.clone(),
        arn: None,
        version: String::new(),
        created: matches!(destination.kind, DestinationKind::Unnamed { .. }),
        part: destination.selector != Selector::Raw,
    }
}

/// Several entries of one destination with their values. More than one only for parts of a JSON
/// secret.
pub(crate) type Parts<'a> = Vec<(&'a Destination, &'a SecretValue)>;

/// A JSON text with the values of these entries in their places.
pub(super) fn with_parts(
    text: Option<&SecretValue>,
    parts: &Parts<'_>,
) -> Result<SecretValue, WriteFailure> {
    let mut text = text.cloned().unwrap_or_else(|| SecretValue::from("{}"));
    for (destination, value) in parts {
        text = json::with(&text, &destination.selector, value)
            .map_err(|reason| destination.failed(WriteProblem::NotMergeable(reason)))?;
    }
    match text.expose().len() {
        length if length > LARGEST_SECRET => {
            Err(parts[0].0.failed(WriteProblem::TooLong { most: LARGEST_SECRET }))
        }
        _ => Ok(text),
    }
}

/// Makes a version of a whole value, or the secret itself.
pub(super) async fn put_whole(
    parts: &Parts<'_>,
    value: &SecretValue,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let destination = parts[0].0;
    let at = match &destination.kind {
        DestinationKind::Secret(at) => at,
        DestinationKind::Unnamed { region, reason } => {
            return match options.create {
                true => create_secret(parts, region, value, options, writers, limits).await,
                false => Err(destination.failed(WriteProblem::NoDestination(reason.clone()))),
            };
        }
        DestinationKind::Parameter { .. } => {
            return Err(
                destination.failed(WriteProblem::NotASecret { action: Action::PutSecretValue })
            );
        }
    };
    let create = options.create;
    match put_version(at, value, None, options, writers, limits).await {
        Ok((arn, version)) => Ok(written(parts, &destination.shown, arn, version, false)),
        Err(error) if error.is_not_found() && create && destination.creatable => {
            create_secret(parts, &at.region, value, options, writers, limits).await
        }
        Err(error) if error.is_not_found() && create => {
            Err(destination.failed(WriteProblem::ArnCannotBeCreated(error)))
        }
        Err(error) if error.is_not_found() => Err(destination.failed(WriteProblem::Absent(error))),
        // A policy for `name-??????` does not cover a secret that is not there, so that the denial
        // may mean just this. CreateSecret tells, and writes over nothing.
        Err(error) if error.kind == StoreErrorKind::Denied && create && destination.creatable => {
            let created = create_secret(parts, &at.region, value, options, writers, limits).await;
            created.map_err(|failure| match &*failure.problem {
                WriteProblem::ExistsAlready { .. } => {
                    destination.failed(WriteProblem::Store(error))
                }
                _ => failure,
            })
        }
        Err(error) => Err(destination.failed(put_problem(error, options))),
    }
}

/// What an error of PutSecretValue means. Of a random token AWS never says that it is used.
pub(super) fn put_problem(error: StoreError, options: &PutOptions) -> WriteProblem {
    match error.code.as_deref() {
        Some(EXISTS) if options.token.is_some() => WriteProblem::TokenUsed,
        _ => WriteProblem::Store(error),
    }
}

/// PutSecretValue, with one token however often it is repeated; answers with the ARN and the
/// version's id.
pub(super) async fn put_version(
    at: &SecretAt,
    value: &SecretValue,
    stage: Option<&str>,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<(Option<String>, String), StoreError> {
    let request = PutRequest {
        at: at.clone(),
        value: value.clone(),
        token: options.version_token(),
        stage: stage.map(str::to_owned),
    };
    let answer =
        retrying(limits, Action::PutSecretValue, || writers.secrets.put_secret_value(&request))
            .await;
    let written = answer.map_err(|error| without_value(error, value))?;
    Ok((arn(written.arn), version_id(written.version_id.as_deref()).unwrap_or(request.token)))
}

async fn create_secret(
    parts: &Parts<'_>,
    region: &str,
    value: &SecretValue,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let destination = parts[0].0;
    let request = CreateRequest {
        region: region.to_owned(),
        name: destination.entry.create_name.clone(),
        description: destination.entry.description.clone(),
        kms_key: destination.entry.kms_key.clone(),
        value: value.clone(),
        token: options.version_token(),
    };
    let answer =
        retrying(limits, Action::CreateSecret, || writers.secrets.create_secret(&request)).await;
    let created = answer.map_err(|error| {
        destination.failed(match error.code.as_deref() {
            Some(EXISTS) => WriteProblem::ExistsAlready { name: request.name.clone() },
            _ => WriteProblem::Store(without_value(error, value)),
        })
    })?;
    let version = version_id(created.version_id.as_deref()).unwrap_or(request.token);
    Ok(written(parts, &request.name, arn(created.arn), version, true))
}

pub(super) fn written(
    parts: &Parts<'_>,
    place: &str,
    arn: Option<String>,
    version: String,
    created: bool,
) -> Written {
    let variables = parts.iter().map(|(destination, _)| destination.entry.name.clone()).collect();
    let part = parts[0].0.selector != Selector::Raw;
    Written { variables, place: place.to_owned(), arn, version, created, part }
}
