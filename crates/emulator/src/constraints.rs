//! The constraints of AWS's service models, and the ValidationException for a violation.
//!
//! Only the form of the input is checked here, not the contents of the stores.

use crate::api_error::ApiError;

/// A required member.
pub(crate) fn required<'a>(member: &str, value: Option<&'a str>) -> Result<&'a str, ApiError> {
    value.ok_or_else(|| {
        validation(format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// A length within bounds. `shown` is the value in the message: `None` for a sensitive one.
pub(crate) fn length(
    member: &str,
    shown: Option<&str>,
    length: usize,
    min: usize,
    max: usize,
) -> Result<(), ApiError> {
    let bound = if length < min {
        format!("greater than or equal to {min}")
    } else if length > max {
        format!("less than or equal to {max}")
    } else {
        return Ok(());
    };
    let value = shown.map_or_else(|| "Value".to_owned(), |shown| format!("Value '{shown}'"));
    Err(validation(format!(
        "{value} at '{member}' failed to satisfy constraint: Member must have length {bound}"
    )))
}

/// A length of 1 to `max` for every item of a list.
pub(crate) fn item_lengths(member: &str, items: &[String], max: usize) -> Result<(), ApiError> {
    if items.iter().all(|item| (1..=max).contains(&item.chars().count())) {
        return Ok(());
    }
    let value = shown_list(items);
    Err(validation(format!(
        "Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy constraint: [Member must \
         have length less than or equal to {max}, Member must have length greater than or equal to 1]"
    )))
}

/// A number within bounds.
pub(crate) fn range(member: &str, value: i64, min: i64, max: i64) -> Result<(), ApiError> {
    let bound = if value < min {
        format!("greater than or equal to {min}")
    } else if value > max {
        format!("less than or equal to {max}")
    } else {
        return Ok(());
    };
    Err(validation(format!(
        "Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {bound}"
    )))
}

/// A value from a closed set.
pub(crate) fn one_of(member: &str, value: &str, set: &[&str]) -> Result<(), ApiError> {
    if set.contains(&value) {
        return Ok(());
    }
    let set = set.join(", ");
    Err(validation(format!(
        "Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{set}]"
    )))
}

/// A list in the form of such a message.
pub(crate) fn shown_list(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

fn validation(detail: String) -> ApiError {
    ApiError::validation(format!("1 validation error detected: {detail}"))
}
