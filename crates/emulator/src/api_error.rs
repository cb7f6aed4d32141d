//! An error of the protocol, which every operation may return.

use hyper::StatusCode;
use serde_json::{Map, Value};

/// An error as AWS returns it: a code, and usually a message. Neither ever contains a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: String,
    pub(crate) message: Option<String>,
}

impl ApiError {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: Some(message.into()) }
    }

    /// An error without a message, as AWS sends some.
    pub(crate) fn bare(code: &str) -> Self {
        Self { code: code.to_owned(), message: None }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// An error about the state of a resource: `InvalidRequestException`.
    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new("InvalidRequestException", message)
    }

    /// An error about an argument: `InvalidParameterException`.
    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    /// The status of the HTTP response.
    pub(crate) fn status(&self) -> StatusCode {
        match self.code.as_str() {
            "InternalServiceError" | "InternalServerError" | "InternalFailure" => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            "ServiceUnavailable" | "ServiceUnavailableException" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The body of the response in the JSON protocol.
    pub(crate) fn into_body(self) -> Value {
        // The errors of the services' models have `Message`. Those of the layer in front of them
        // have `message`.
        let member = match self.code.as_str() {
            "ValidationException" | "ThrottlingException" => "message",
            _ => "Message",
        };
        let mut body = Map::new();
        body.insert("__type".to_owned(), Value::String(self.code));
        if let Some(message) = self.message {
            body.insert(member.to_owned(), Value::String(message));
        }
        Value::Object(body)
    }
}
