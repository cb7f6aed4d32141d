//! Errors of the handle.

use std::io;

use crate::api_error::ApiError;

/// Why a method of the handle failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The endpoint could not be opened.
    #[error("failed to open an endpoint on 127.0.0.1")]
    Start(#[source] io::Error),
    /// AWS would refuse it, with this code and message.
    #[error("{code}: {message}")]
    Refused {
        /// AWS's code, such as `ResourceExistsException`.
        code: String,
        /// AWS's message, which never contains a value.
        message: String,
    },
    /// The text is not an ARN of the expected kind. It is not repeated here, because people paste
    /// keys.
    #[error("not the ARN of a {expected}")]
    NotAnArn {
        /// `secret` or `parameter`.
        expected: &'static str,
    },
    /// A certificate could not be created. Only with the feature `faults`.
    #[cfg(feature = "faults")]
    #[error("failed to make a certificate")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Refused { code: error.code, message: error.message.unwrap_or_default() }
    }
}
