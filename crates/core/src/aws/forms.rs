//! Forms: what the text of an AWS setting has to be, and the error for one that is not. The
//! settings themselves are in `checks` and `profile`.

use http::Uri;
use http::uri::Authority;

use crate::store::{Action, StoreError, StoreErrorKind};

/// The error for a setting with which nothing can be connected.
pub(super) fn refused(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Settings, Action::Connect, message)
}

/// What a number of attempts has to be.
pub(super) const MAX_ATTEMPTS: &str = "a whole number from 1";
/// What a retry mode has to be.
pub(super) const RETRY_MODES: &str = "legacy, standard or adaptive";

/// What a region has to be.
pub(super) const REGION: &str = "the name of a region";

pub(super) fn is_max_attempts(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|attempts| attempts > 0)
}

pub(super) fn is_retry_mode(text: &str) -> bool {
    ["legacy", "standard", "adaptive"].contains(&text.trim().to_ascii_lowercase().as_str())
}

pub(super) const BOOLS: &str = "true or false";
pub(super) const PLAIN: &str = "a text of visible ASCII characters and spaces";
pub(super) const UTF_8: &str = "UTF-8";
pub(super) const PATH: &str = "the path of a file";
pub(super) const ROLE: &str = "the ARN of a role";
pub(super) const SESSION_NAME: &str = "a name of 2 to 64 letters, digits and _+=,.@-";
pub(super) const CHECKSUMS: &str = "when_supported or when_required";
/// What a URL has to be.
pub(super) const URL: &str = "an http or https URL";
/// What an endpoint mode has to be.
pub(super) const ENDPOINT_MODES: &str = "IPv4 or IPv6";

/// The text as a URL with a host that the SDK can ask.
pub(super) fn url(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let is_scheme = url.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
    // What the parser leaves of an invalid port, as in `http://host:` or `http://host:99999`.
    let has_port = host_and_port(&url).rsplit(']').next().is_some_and(|end| end.contains(':'));
    let has_host = url.host().is_some_and(|host| !host.is_empty());
    (is_scheme && has_host && (!has_port || url.port_u16().is_some())).then_some(url)
}

pub(super) fn is_url(text: &str) -> bool {
    url(text).is_some()
}

/// The host and port of a URL, without user and password.
pub(super) fn host_and_port(url: &Uri) -> &str {
    let authority = url.authority().map(Authority::as_str).unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

pub(super) fn is_endpoint_mode(text: &str) -> bool {
    ["ipv4", "ipv6"].contains(&text.to_ascii_lowercase().as_str())
}

pub(super) fn is_bool(text: &str) -> bool {
    ["true", "false"].contains(&text.to_ascii_lowercase().as_str())
}

/// What is not text was refused before.
pub(super) fn is_text(_: &str) -> bool {
    true
}

pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= 1024 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

pub(super) fn is_header(text: &str) -> bool {
    text.len() <= 64 << 10 && is_visible(text)
}

pub(super) fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

pub(super) fn is_uri_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.parse::<http::uri::PathAndQuery>().is_ok()
}

pub(super) fn is_role(text: &str) -> bool {
    text.starts_with("arn:") && (20..=2048).contains(&text.len()) && is_visible(text)
}

pub(super) fn is_session_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (2..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

pub(super) fn is_number(text: &str) -> bool {
    text.parse::<u32>().is_ok()
}

pub(super) fn is_checksum(text: &str) -> bool {
    ["when_supported", "when_required"].contains(&text.to_ascii_lowercase().as_str())
}

pub(super) fn is_account_mode(text: &str) -> bool {
    ["preferred", "disabled", "required"].contains(&text.to_ascii_lowercase().as_str())
}

pub(super) fn is_app_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
