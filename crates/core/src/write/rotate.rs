//! Rotate: starts AWS's rotation of a secret, where a function makes its new values.

use crate::limits::Limits;
use crate::retry::retrying;
use crate::store::Action;

use super::destination::Destination;
use super::repeated::version_id;
use super::stages::describe;
use super::store::RotateRequest;
use super::{WriteFailure, WriteProblem, Writers, new_token};

/// How a secret is rotated from now on. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// The ARN of the Lambda function that makes new values.
    pub function: Option<String>,
    /// How often, in days.
    pub every_days: Option<u32>,
}

impl Rotation {
    /// Keeps the function and the interval that are set.
    pub fn new() -> Self {
        Rotation::default()
    }

    /// The ARN of the Lambda function that makes new values.
    pub fn function(self, arn: impl Into<String>) -> Self {
        Rotation { function: Some(arn.into()), ..self }
    }

    /// How often, in days.
    pub fn every_days(self, days: u32) -> Self {
        Rotation { every_days: Some(days), ..self }
    }
}

/// Checks that a rotation can be started, and changes nothing.
///
/// # Errors
///
/// [`WriteFailure`]; [`WriteProblem::NoRotationFunction`] if none is set or given.
pub async fn check_rotate(
    destination: &Destination,
    rotation: &Rotation,
    writers: &Writers,
    limits: &Limits,
) -> Result<(), WriteFailure> {
    destination.check_changeable()?;
    let at = destination.secret(Action::RotateSecret)?;
    let described = describe(at, &writers.stores, limits).await;
    let secret = described.map_err(|error| destination.failed(WriteProblem::Store(error)))?;
    match secret.rotation_function.as_ref().or(rotation.function.as_ref()) {
        Some(_) => Ok(()),
        None => Err(destination.failed(WriteProblem::NoRotationFunction)),
    }
}

/// Starts a rotation; answers with the version that it makes, if AWS says.
///
/// # Errors
///
/// [`WriteFailure`]; [`WriteProblem::NoRotationFunction`] if none is set or given.
pub async fn rotate(
    destination: &Destination,
    rotation: &Rotation,
    writers: &Writers,
    limits: &Limits,
) -> Result<Option<String>, WriteFailure> {
    let at = destination.secret(Action::RotateSecret)?;
    check_rotate(destination, rotation, writers, limits).await?;
    let request = RotateRequest {
        at: at.clone(),
        function: rotation.function.clone(),
        every_days: rotation.every_days,
        token: new_token(),
    };
    let answer =
        retrying(limits, Action::RotateSecret, || writers.secrets.rotate_secret(&request)).await;
    let version = answer.map_err(|error| destination.failed(WriteProblem::Store(error)))?;
    Ok(version_id(version.as_deref()))
}
