//! What AWS generates: ids, suffixes, ciphertexts and times.
//!
//! None of it is secret, so a fast generator is enough.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A random UUID of version 4, as request ids and version ids are.
pub(crate) fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The six random characters that end a secret's ARN.
pub(crate) fn suffix() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(6).collect()
}

/// An undecrypted SecureString: base64 that contains nothing of the plain text except a hint of its
/// length.
pub(crate) fn ciphertext(plain_length: usize) -> String {
    // The header of a KMS ciphertext, which gives the usual AQICAH…
    let mut bytes = vec![0x01, 0x02, 0x02, 0x00];
    bytes.extend(std::iter::repeat_with(|| fastrand::u8(..)).take(140 + plain_length));
    STANDARD.encode(bytes)
}

/// Now, in seconds since the epoch with three decimals, as AWS prints times.
pub(crate) fn now() -> f64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    elapsed.as_millis() as f64 / 1000.0
}

/// The day of a time: AWS stores no hour for the last access.
pub(crate) fn day(time: f64) -> f64 {
    (time / SECONDS_PER_DAY).floor() * SECONDS_PER_DAY
}

pub(crate) const SECONDS_PER_DAY: f64 = 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ciphertext_looks_like_one_of_kms() {
        assert!(ciphertext(12).starts_with("AQIC"));
    }
}
