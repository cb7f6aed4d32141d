//! Parts: the texts that credentials are made of, and what is wrong with one. Never a part of it.

use aws_credential_types::Credentials;

use super::clock;

/// How many characters an access key id, a secret key and a session token have at most. AWS's own
/// have 16 to 128, 40, and some thousand.
const ID_MAX: usize = 128;
const SECRET_MAX: usize = 1024;
const TOKEN_MAX: usize = 16 << 10;

/// The parts of credentials, with the variable and the words for each, and how long it may be.
pub(super) const PARTS: [(&str, &str, usize); 3] = [
    ("AWS_ACCESS_KEY_ID", "the access key id", ID_MAX),
    ("AWS_SECRET_ACCESS_KEY", "the secret access key", SECRET_MAX),
    ("AWS_SESSION_TOKEN", "the session token", TOKEN_MAX),
];

/// What is wrong with a text that has to be one word which an HTTP header can carry. Never a part
/// of it.
pub(super) fn flaw(text: &str, most: usize) -> Option<String> {
    let what = if text.is_empty() {
        "is empty"
    } else if text.ends_with(['\n', '\r']) {
        "ends in a line break"
    } else if text.contains(['\n', '\r']) {
        "contains a line break"
    } else if text.trim().len() < text.len() {
        "begins or ends with white space"
    } else if text.contains(' ') {
        "contains a space"
    } else if text.chars().any(char::is_control) {
        "contains a control character"
    } else if !text.is_ascii() {
        "contains a character that is not ASCII"
    } else if text.len() > most {
        return Some(format!("is longer than {most} characters"));
    } else {
        return None;
    };
    Some(what.to_owned())
}

/// What is wrong with credentials, whatever gave them.
pub(super) fn flaw_of(credentials: &Credentials) -> Option<String> {
    let texts = [
        Some(credentials.access_key_id()),
        Some(credentials.secret_access_key()),
        credentials.session_token(),
    ];
    let mut flaws = texts.iter().zip(PARTS).filter_map(|(text, (_, name, most))| {
        let flaw = flaw((*text)?, most)?;
        Some(format!("{name} {flaw}"))
    });
    let end = || {
        let is_time = credentials.expiry().is_none_or(clock::is_usable);
        (!is_time)
            .then(|| "the time of their end is not between the years 2000 and 9999".to_owned())
    };
    flaws.next().or_else(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_flaw_is_told_without_the_text() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(flaw(text, 16).as_deref(), expected, "{text:?}")
        };
        check("AKIAX", None);
        check("wJalr/+=~!", None);
        check("", Some("is empty"));
        check("AKIAX\n", Some("ends in a line break"));
        check("AKIAX\r\n", Some("ends in a line break"));
        check("AK\nIAX", Some("contains a line break"));
        check(" AKIAX", Some("begins or ends with white space"));
        check("AKIAX\t", Some("begins or ends with white space"));
        check("AK IAX", Some("contains a space"));
        check("AK\0IAX", Some("contains a control character"));
        check("AK\tIAX", Some("contains a control character"));
        check("AK\u{7f}IAX", Some("contains a control character"));
        check("AKÏAX", Some("contains a character that is not ASCII"));
        check("AK\u{a0}IAX", Some("contains a character that is not ASCII"));
        check("AKIAXAKIAXAKIAXAKIAX", Some("is longer than 16 characters"));
    }

    #[test]
    fn every_part_of_credentials_is_checked() {
        let of = |id: &str, secret: &str, token: Option<&str>, end| {
            flaw_of(&Credentials::new(id, secret, token.map(str::to_owned), end, "test"))
        };
        let now = SystemTime::now();
        assert_eq!(of("a", "b", None, None), None);
        assert_eq!(of("a", "b", Some("c"), Some(now)), None);
        assert_eq!(
            of("a\n", "b", None, None).as_deref(),
            Some("the access key id ends in a line break")
        );
        assert_eq!(
            of("a", "b\r", None, None).as_deref(),
            Some("the secret access key ends in a line break")
        );
        assert_eq!(
            of("a", "b", Some("c d"), None).as_deref(),
            Some("the session token contains a space")
        );
        assert_eq!(of("a", "b", Some(""), None).as_deref(), Some("the session token is empty"));
        let far = now + Duration::from_secs(60 * 60 * 24 * 366 * 10_000);
        let message = "the time of their end is not between the years 2000 and 9999";
        assert_eq!(of("a", "b", None, Some(far)).as_deref(), Some(message));
    }
}
