//! An account and a region as arguments.

pub(super) fn account(text: &str) -> Result<String, String> {
    hydrant_core::reference::is_account(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "twelve digits".to_owned())
}

pub(super) fn region(text: &str) -> Result<String, String> {
    let is_one = hydrant_core::reference::is_region(text);
    is_one.then(|| text.to_owned()).ok_or_else(|| "a region, as in us-east-1".to_owned())
}
