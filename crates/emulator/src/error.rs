//! What the handle can fail with.

use std::io;

use crate::api_error::ApiError;

/// Why the emulator could not do what its handle was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The endpoint could not be opened.
    #[error("failed to open an endpoint on 127.0.0.1")]
    Start(#[source] io::Error),
    /// AWS would refuse it: the code and the message of its answer.
    #[error("{code}: {message}")]
    Refused {
        /// AWS's code, such as `ResourceExistsException`.
        code: String,
        /// AWS's message, which never holds a value.
        message: String,
    },
    /// The text is no ARN of the kind that was asked for. It is not repeated here: people paste
    /// keys.
    #[error("not the ARN of a {expected}")]
    NotAnArn {
        /// `secret` or `parameter`.
        expected: &'static str,
    },
    /// A certificate could not be made. With the feature `faults` only.
    #[cfg(feature = "faults")]
    #[error("failed to make a certificate")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Refused { code: error.code, message: error.message.unwrap_or_default() }
    }
}
