//! From an SDK error to a [`StoreError`]: code, message and request id, classified by code. Nothing
//! else of it is kept.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::response::{CutOff, TooLarge};
use crate::secret_value::SecretValue;
use crate::shown;
use crate::store::{Action, StoreError, StoreErrorKind, is_request_id};

/// An endpoint of plain http that was not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} would be asked over plain http")]
pub(super) struct RefusedEndpoint {
    pub(super) host: String,
}

/// A failure to ask a host. The connector's own errors do not say which.
#[derive(Debug, thiserror::Error)]
#[error("asking {host}")]
pub(super) struct Asking {
    pub(super) host: String,
    pub(super) source: BoxError,
}

/// Reduces an SDK error. `action` is the call, as IAM writes it.
///
/// The codes are those of [Secrets
/// Manager](https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html),
/// [Systems
/// Manager](https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html) and
/// the operations.
pub(super) fn store_error<E>(action: Action, error: &SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let said = Said {
                code: context.err().code(),
                message: context.err().message(),
                id: error.request_id(),
            };
            of_response(action, status, &said)
        }
        SdkError::ResponseError(_) if chain(error).any(|cause| cause.is::<CutOff>()) => {
            StoreError::new(StoreErrorKind::Unreachable, action, causes(error))
        }
        // What could not be parsed may hold anything, so it is not quoted.
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            let kind =
                if status >= 500 { StoreErrorKind::Unreachable } else { StoreErrorKind::Malformed };
            let limit = chain(error).find_map(|cause| cause.downcast_ref::<TooLarge>());
            let message =
                limit.map_or("the answer is not in the form that AWS answers in", |limit| limit.0);
            let message = Some(message.to_owned());
            let request_id = error.request_id().filter(|id| is_request_id(id)).map(str::to_owned);
            StoreError {
                kind,
                action,
                code: Some(format!("HTTP {status}")),
                message,
                request_id,
                said: None,
            }
        }
        SdkError::TimeoutError(_) => {
            StoreError::new(StoreErrorKind::TimedOut, action, "no answer in time")
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
            before_answer(action, error)
        }
        _ => StoreError::new(StoreErrorKind::Unreachable, action, "the call failed"),
    }
}

/// The bytes of a message that is still compared with values: AWS's are far shorter.
const LONGEST_COMPARED: usize = 16 * 1024;

/// What a response says of an error.
pub(super) struct Said<'a> {
    pub(super) code: Option<&'a str>,
    pub(super) message: Option<&'a str>,
    pub(super) id: Option<&'a str>,
}

/// The error of a response. Only what may be shown gets into it: a code that is one, a request id
/// by its form, and a message without words that look like keys. What repeats a value of the same
/// hydration or call is taken out by [`StoreError::hide`], where all of those are known; it
/// compares the message as it came, before any word or end of it is taken out.
pub(super) fn of_response(action: Action, status: u16, said: &Said<'_>) -> StoreError {
    let code = match said.code.map(|code| code.rsplit('#').next().unwrap_or(code)) {
        Some(code) if is_code(code) => code.to_owned(),
        Some(_) => format!("HTTP {status}, with an unknown error code"),
        None => format!("HTTP {status}"),
    };
    let message = said.message.map(|message| match message.len() {
        0..=LONGEST_COMPARED => shown::message(message),
        _ => "its message is not shown: it is too long".to_owned(),
    });
    StoreError {
        kind: kind(said.code, status),
        action,
        code: Some(code),
        message,
        said: said
            .message
            .filter(|message| message.len() <= LONGEST_COMPARED)
            .map(SecretValue::from),
        request_id: said.id.filter(|id| is_request_id(id)).map(str::to_owned),
    }
}

/// Whether it is an error code: one that is known, or words that end as AWS's do.
fn is_code(code: &str) -> bool {
    const ENDS: [&str; 5] = ["Exception", "Error", "Failure", "Fault", "NotFound"];
    let has_form = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let known =
        !matches!(kind(Some(code), 400), StoreErrorKind::Rejected | StoreErrorKind::Malformed);
    known
        || (has_form && ENDS.iter().any(|end| code.ends_with(end)) && !shown::looks_like_key(code))
}

/// A failure before there was an answer: told apart by what is in the chain of causes.
pub(super) fn before_answer(action: Action, error: &(dyn Error + 'static)) -> StoreError {
    if let Some(refused) = chain(error).find_map(|cause| cause.downcast_ref::<RefusedEndpoint>()) {
        return StoreError::new(StoreErrorKind::RefusedEndpoint, action, refused.to_string());
    }
    if let Some(credentials) =
        chain(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())
    {
        return credentials_error(action, credentials);
    }
    // What does not come from the connection comes from the SDK, and quotes the request with its
    // body.
    if !chain(error).any(|cause| cause.is::<Asking>()) {
        return StoreError::new(
            StoreErrorKind::Unreachable,
            action,
            "the request could not be made",
        );
    }
    StoreError::new(StoreErrorKind::Unreachable, action, causes(error))
}

/// Reduces a failure to get credentials.
pub(super) fn credentials_error(action: Action, error: &CredentialsError) -> StoreError {
    if let Some(refused) = chain(error).find_map(|cause| cause.downcast_ref::<RefusedEndpoint>()) {
        return StoreError::new(StoreErrorKind::RefusedEndpoint, action, refused.to_string());
    }
    if let Some(known) = chain(error).find_map(|cause| cause.downcast_ref::<StoreError>()) {
        return known.clone();
    }
    let message = match error {
        CredentialsError::CredentialsNotLoaded(_) => "no source of credentials has any".to_owned(),
        error => causes(error),
    };
    StoreError::new(StoreErrorKind::Credentials, action, message)
}

/// The causes of an error, the outermost (which only says that the call failed) left out, each said
/// once.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in chain(error).skip(1) {
        let text = cause.to_string();
        if !texts.iter().any(|said| said.contains(&text)) {
            texts.push(text);
        }
    }
    // Settings are quoted, such as the URL of a source of credentials with its user and token.
    shown::message(&if texts.is_empty() { error.to_string() } else { texts.join(": ") })
}

/// An error and all that caused it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What an error code of AWS's means; the HTTP status decides where there is no code or an unknown
/// one.
pub(super) fn kind(code: Option<&str>, status: u16) -> StoreErrorKind {
    use StoreErrorKind as Kind;
    // Some services qualify the code, as in `com.amazonaws.ssm#ParameterNotFound`.
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code));
    match code.unwrap_or_default() {
        "ResourceNotFoundException" | "InvalidRequestException" | "ParameterNotFound" => {
            Kind::Absent
        }
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" => {
            Kind::Denied
        }
        "DecryptionFailure"
        | "EncryptionFailure"
        | "InvalidKeyId"
        | "KMSAccessDeniedException"
        | "KMSInvalidStateException" => Kind::Undecryptable,
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyUpdates"
        | "SlowDown" => Kind::Throttled,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "InvalidToken"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired"
        | "AuthFailure" => Kind::Credentials,
        "InternalServiceError"
        | "InternalServerError"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => Kind::Unreachable,
        _ if status == 429 => Kind::Throttled,
        _ if status >= 500 => Kind::Unreachable,
        "" => Kind::Malformed,
        _ => Kind::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::KnownValues;

    #[test]
    fn what_is_no_code_and_no_id_is_not_shown() {
        fn check(code: &str, id: &str, expected: &str) {
            let said = Said { code: Some(code), message: None, id: Some(id) };
            assert_eq!(of_response(Action::GetParameters, 400, &said).to_string(), expected);
        }
        let id = "3b86e0c1-4f2a-4c1d-9b7e-0123456789ab";
        check("ValidationException", id, &format!("ValidationException (request {id})"));
        check("com.amazonaws.ssm#ParameterNotFound", "sk-canary", "ParameterNotFound");
        check("InvalidKeyId", "", "InvalidKeyId");
        for code in [
            "sk-canary",
            "hunter",
            "x\n::error::y",
            "",
            "qXvBnMkLjHgTdWzRqXvBnMkLException",
            "a b Exception",
        ] {
            check(code, "", "HTTP 400, with an unknown error code");
        }
    }

    #[test]
    fn a_message_is_compared_as_it_came() {
        fn check(value: &str, message: &str, expected: &str) {
            let said =
                Said { code: Some("AccessDeniedException"), message: Some(message), id: None };
            let mut error = of_response(Action::GetParameters, 400, &said);
            assert!(!format!("{error:?}").contains("0123456789abcdefghij"), "{error:?}");
            error.hide(&KnownValues::new([&value.into()]));
            assert_eq!(
                error.to_string(),
                format!("AccessDeniedException: {expected}"),
                "{message}"
            );
            assert!(error.said.is_none(), "what was compared is not kept");
        }
        let hidden = "its message is not shown: it repeats a value";
        let token = "hunter2horse,ghp_0123456789abcdefghij";
        check(token, &format!("bad: {token}"), hidden);
        check("other", &format!("bad: {token}"), "bad: hunter2horse,…");
        let pad = "a b c d ".repeat(249);
        check("canary-at-the-end", &format!("{pad}canary-at-the-end"), hidden);
        check("other", &format!("{pad}canary-at-the-end"), &format!("{pad}canary-a"));
        check("other", &"a b c d ".repeat(3000), "its message is not shown: it is too long");
    }

    #[test]
    fn codes_are_classified_and_unknown_ones_by_status() {
        use StoreErrorKind::*;
        let check = |code: &str, status, expected| {
            let code = Some(code).filter(|code| !code.is_empty());
            assert_eq!(kind(code, status), expected, "{code:?} {status}");
        };
        check("ResourceNotFoundException", 400, Absent);
        check("ResourceNotFoundException", 404, Absent);
        check("InvalidRequestException", 400, Absent);
        check("AccessDeniedException", 400, Denied);
        check("DecryptionFailure", 400, Undecryptable);
        check("InvalidKeyId", 400, Undecryptable);
        check("ThrottlingException", 400, Throttled);
        check("", 429, Throttled);
        check("ExpiredTokenException", 400, Credentials);
        check("UnrecognizedClientException", 400, Credentials);
        check("InternalServiceError", 500, Unreachable);
        check("", 502, Unreachable);
        check("SomethingNew", 503, Unreachable);
        check("ValidationException", 400, Rejected);
        check("com.amazon.coral.service#AccessDeniedException", 400, Denied);
        check("", 200, Malformed);
        check("", 403, Malformed);
    }
}
