//! Pagination: the tokens for the rest of a list.
//!
//! A token holds an offset, so a list that changes between two pages may repeat or skip an item, as
//! with AWS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api_error::ApiError;

/// The items of one page, and the token for the next one, if any.
pub(crate) fn page<T>(
    items: Vec<T>,
    size: usize,
    token: Option<&str>,
    invalid: fn() -> ApiError,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let offset = token
        .map_or(Some(0), decode)
        .filter(|offset| *offset <= items.len())
        .ok_or_else(invalid)?;
    let end = offset + size;
    let next = (end < items.len()).then(|| encode(end));
    Ok((items.into_iter().skip(offset).take(size).collect(), next))
}

/// The token for the items after the first `offset`.
pub(crate) fn encode(offset: usize) -> String {
    STANDARD.encode(format!("next:{offset}"))
}

fn decode(token: &str) -> Option<usize> {
    let bytes = STANDARD.decode(token).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("next:")?.parse().ok()
}
