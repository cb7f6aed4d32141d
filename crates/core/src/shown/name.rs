//! How a name from outside may be shown. People paste keys where names belong: messages only give
//! the position of those.

use std::borrow::Cow;
use std::fmt::Display;

/// The most characters of a name that is shown. The rest is cut off.
pub(super) const LONGEST: usize = 256;

/// A shorter run of letters and digits is part of a name.
const SHORTEST_RANDOM: usize = 16;

/// The shortest length of a prefix below and the characters that must follow it.
const SHORTEST_KEY: usize = 10;

/// The prefixes of providers' keys, and how many characters follow at least. Case-sensitive.
const PREFIXES: [(&str, usize); 54] = [
    ("sk-", 8),
    ("sk_", 8),
    ("pk-", 16),
    ("rk_", 12),
    ("pk_live_", 8),
    ("pk_test_", 8),
    ("whsec_", 8),
    ("ghp_", 8),
    ("gho_", 8),
    ("ghu_", 8),
    ("ghs_", 8),
    ("ghr_", 8),
    ("github_pat_", 8),
    ("glpat-", 8),
    ("gldt-", 8),
    ("glrt-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxa-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("AKIA", 12),
    ("ASIA", 12),
    ("AIza", 16),
    ("ya29.", 8),
    ("GOCSPX-", 8),
    ("hf_", 8),
    ("gsk_", 8),
    ("r8_", 12),
    ("pplx-", 8),
    ("pcsk_", 8),
    ("lsv2_", 8),
    ("xai-", 16),
    ("fw_", 16),
    ("tvly-", 8),
    ("ntn_", 8),
    ("secret_", 32),
    ("lin_api_", 8),
    ("npm_", 24),
    ("pypi-", 24),
    ("dckr_pat_", 8),
    ("dop_v1_", 8),
    ("doo_v1_", 8),
    ("shpat_", 8),
    ("shpss_", 8),
    ("SG.", 16),
    ("key-", 24),
    ("eyJ", 16),
    ("sntrys_", 8),
    ("sntryu_", 8),
    ("phc_", 16),
    ("phx_", 16),
    ("hvs.", 16),
    ("-----BEGIN", 0),
];

/// A name from outside as it may be shown: `None` if it [looks like a key](looks_like_key), or else
/// the name, cut if it is long. The printing code escapes it.
///
/// ```
/// use hydrant_core::shown::name;
///
/// assert_eq!(name("OPENAI_API_KEY").as_deref(), Some("OPENAI_API_KEY"));
/// assert_eq!(name("ghp_abcdefghijklmnopqrstuvwxyz0123456789"), None);
/// ```
pub fn name(text: &str) -> Option<Cow<'_, str>> {
    if looks_like_key(text) {
        return None;
    }
    Some(cut(text, LONGEST))
}

/// The text, cut after this many characters.
pub(super) fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// The text that replaces a name that is not shown.
pub const NOT_SHOWN: &str = "(not shown: it looks like a key)";

/// The name in backquotes, or its position if it must not be shown.
///
/// ```
/// use hydrant_core::shown::name_or;
///
/// assert_eq!(name_or("prod", "argument 2"), "`prod`");
/// assert_eq!(name_or("sk-proj-0123456789", "argument 2"), "argument 2 (not shown: it looks like a key)");
/// ```
pub fn name_or(text: &str, position: impl Display) -> String {
    match name(text) {
        Some(name) => format!("`{name}`"),
        None => format!("{position} {NOT_SHOWN}"),
    }
}

/// The name in backquotes with unprintable characters escaped, or its replacement. For messages
/// that give the position.
///
/// ```
/// use hydrant_core::shown::backquoted;
///
/// assert_eq!(backquoted("json\nkey"), "`json\\nkey`");
/// assert_eq!(backquoted("sk-proj-0123456789"), "(not shown: it looks like a key)");
/// ```
pub fn backquoted(text: &str) -> String {
    name(text).map_or_else(|| NOT_SHOWN.to_owned(), |name| format!("`{}`", name.escape_debug()))
}

/// The name as it is, or its replacement.
pub fn unquoted(text: &str) -> Cow<'_, str> {
    name(text).unwrap_or(Cow::Borrowed(NOT_SHOWN))
}

/// The names separated by commas, each as it is or its replacement.
///
/// ```
/// use hydrant_core::shown::list;
///
/// assert_eq!(list(["dev", "sk-proj-0123456789"]), "dev, (not shown: it looks like a key)");
/// ```
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(unquoted).collect::<Vec<_>>().join(", ")
}

/// The name in quotation marks, like a JSON key, or its replacement.
pub fn quoted(text: &str) -> String {
    name(text).map_or_else(|| NOT_SHOWN.to_owned(), |name| format!("{name:?}"))
}

/// The host of a URL, with its port. AWS also uses random host names, as for VPC endpoints.
pub fn host(text: &str) -> Cow<'_, str> {
    let name = text.split(':').next().unwrap_or_default();
    let is_of_aws = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"]
        .iter()
        .any(|domain| name.ends_with(domain));
    match holds_key(text) || (looks_like_key(name) && !is_of_aws && !begins_like_key(name)) {
        true => Cow::Borrowed(NOT_SHOWN),
        false => cut(text, LONGEST),
    }
}

/// A message of AWS without words that [look like keys](looks_like_key), cut to the length of AWS's
/// messages.
pub(crate) fn message(text: &str) -> String {
    const LONGEST_MESSAGE: usize = 2000;
    let end = text.char_indices().nth(LONGEST_MESSAGE).map_or(text.len(), |(end, _)| end);
    let mut shown = String::new();
    for word in text[..end].split_inclusive(char::is_whitespace) {
        if !looks_like_key(word) {
            shown.push_str(word);
            continue;
        }
        // The rest of an ARN, such as a role with its session, helps to fix the problem.
        let ends = |char: char| char.is_whitespace() || "/:,;'\"()".contains(char);
        for piece in word.split_inclusive(ends) {
            let end = piece
                .char_indices()
                .next_back()
                .filter(|(_, char)| ends(*char))
                .map_or(piece.len(), |(at, _)| at);
            let (piece, end) = piece.split_at(end);
            shown.push_str(if looks_like_key(piece) { "…" } else { piece });
            shown.push_str(end);
        }
    }
    if looks_like_key(&shown) {
        "its message is not shown: it looks like a key".to_owned()
    } else {
        shown
    }
}

/// Whether a text given as a name is probably a key, a token or a URL with a password.
pub fn looks_like_key(text: &str) -> bool {
    has_user_info(text)
        || begins_like_key(text)
        || is_password(text)
        || has_secret_access_key(text)
        || text.split(|char: char| !char.is_ascii_alphanumeric()).any(is_random)
        || text
            .split(|char: char| !char.is_ascii_alphanumeric() && !"+/=".contains(char))
            .any(is_base64)
}

/// Whether it contains the beginning of a provider's key.
pub(super) fn begins_like_key(text: &str) -> bool {
    // This runs for every name of a manifest, at each start.
    text.len() >= SHORTEST_KEY && keys(text).next().is_some()
}

/// Whether it certainly contains a provider's key: it begins and continues like one. Names can
/// begin like keys too (`sk-learn`), but have fewer letters and digits in a row. The id of an AWS
/// access key does not count.
///
/// ```
/// use hydrant_core::shown::holds_key;
///
/// assert!(holds_key("sk-proj-0123456789abcdef"));
/// assert!(!holds_key("sk-learn-2") && !holds_key("hf_model_of_123456789012"));
/// assert!(!holds_key("AKIAIOSFODNN7EXAMPLE"));
/// ```
pub fn holds_key(text: &str) -> bool {
    // Longer than an account id, and than a date with a time.
    const SHORTEST_RUN: usize = 16;
    // This runs for every key of a manifest, at each start.
    if text.len() < SHORTEST_RUN {
        return false;
    }
    let is_run =
        |run: &str| run.len() >= SHORTEST_RUN && run.contains(|char: char| char.is_ascii_digit());
    let mut keys = keys(text).filter(|(prefix, _)| !["AKIA", "ASIA"].contains(prefix));
    keys.any(|(_, rest)| rest.split(['_', '-', '.']).any(is_run))
}

/// Texts that begin like a provider's key and are long enough, each as its prefix and its rest. Any
/// text may come before: a prefix of the name (`HYDRANT_`), a folder of a path, a quotation mark.
fn keys(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let begins = |(at, _): (usize, char)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric()).then_some(&text[at..])
    };
    text.char_indices().filter_map(begins).flat_map(|text| {
        PREFIXES.iter().filter_map(|(prefix, least)| {
            let rest = text.strip_prefix(prefix)?;
            let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            let end = rest.bytes().position(|byte| !of_key(byte)).unwrap_or(rest.len());
            (end >= *least).then_some((*prefix, &rest[..end]))
        })
    })
}

/// `scheme://user:password@host`, or `user:password@host`.
pub(super) fn has_user_info(text: &str) -> bool {
    let authority = match text.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => text,
    };
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':') || text.contains("://"))
}

/// Letters of both cases, digits, and characters that names do not contain.
fn is_password(text: &str) -> bool {
    if text.len() < SHORTEST_RANDOM {
        return false;
    }
    let signs = "\"%&~\\'^#|<>;`".chars().filter(|sign| text.contains(*sign)).count();
    let has = |kind: fn(char) -> bool| text.contains(kind);
    let letters = has(|char| char.is_ascii_lowercase()) && has(|char| char.is_ascii_uppercase());
    signs >= 3 && letters && has(|char| char.is_ascii_digit())
}

/// Randomly mixed letters and digits. Names consist of words, with digits only at the ends of a
/// few.
fn is_random(word: &str) -> bool {
    if word.len() < SHORTEST_RANDOM {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let (lower, upper, digit) =
        (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit));
    if !(lower || upper) || is_time(word) {
        return false;
    }
    let words = words(word);
    if digit {
        // A digit with a letter after it, twice: `s3`, `v2` and `2024` have one at most.
        let pairs = word.as_bytes().windows(2);
        let inner =
            pairs.filter(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic()).count();
        let mixed = lower && upper && word.len() >= 32;
        return inner >= 2 || (inner >= 1 && mixed) || word.len() * 10 < words * 29;
    }
    lower && upper && word.len() >= 20 && word.len() * 10 < words * 24
}

/// A time as in file names, such as `20261128T003000Z`.
fn is_time(word: &str) -> bool {
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts =
        word.split_once('T').map(|(date, time)| (date, time.strip_suffix('Z').unwrap_or(time)));
    parts.is_some_and(|(date, time)| digits(date, 8) && digits(time, 6))
}

/// How many words are written together in a text: `OpenAiKey2` has four.
pub(super) fn words(text: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    let bytes = text.as_bytes();
    let begins = |at: usize| {
        let (before, this) = (kind(bytes[at - 1]), kind(bytes[at]));
        // A lowercase letter continues the capital before it.
        before != this && !(before == 1 && this == 2 && (at < 2 || kind(bytes[at - 2]) != 1))
    };
    1 + (1..bytes.len()).filter(|at| begins(*at)).count()
}

/// The length of the secret half of an AWS access key. It may contain slashes.
const SECRET_ACCESS_KEY: usize = 40;

/// Whether it contains the secret half of an AWS access key, with slashes in it and around it.
pub(super) fn has_secret_access_key(text: &str) -> bool {
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    let bytes = text.as_bytes();
    let is_end = |at: usize| bytes.get(at).is_none_or(|byte| *byte == b'/' || !of_key(*byte));
    let begins = |at: &usize| bytes[*at] != b'/' && (*at == 0 || is_end(*at - 1));
    // Empty if the text is shorter.
    let starts = 0..(bytes.len() + 1).saturating_sub(SECRET_ACCESS_KEY);
    starts.filter(begins).any(|at| {
        let end = at + SECRET_ACCESS_KEY;
        let key = text.get(at..end).filter(|key| is_end(end) && key.bytes().all(of_key));
        key.is_some_and(|key| {
            // Folders consist of fewer words, each of them and together.
            let words = || key.split('/').map(words);
            let has_digit = key.contains(|char: char| char.is_ascii_digit());
            has_digit
                && key.contains('/')
                && words().any(|of_part| of_part > 3)
                && words().sum::<usize>() >= 9
        })
    })
}

/// Base64 with its own punctuation, longer than a path that looks like it.
fn is_base64(word: &str) -> bool {
    if word.len() < 20 {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let mixed =
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    let is_part = |part: &str| part.len() < SHORTEST_RANDOM && words(part.trim_matches('=')) <= 3;
    let is_path = word.contains('/') && word.split('/').all(is_part);
    let random = word.len() == SECRET_ACCESS_KEY || word.len() * 10 < words(word) * 29;
    mixed && word.contains(['+', '/', '=']) && !is_path && random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_shorter_than_the_shortest() {
        let lengths = PREFIXES.iter().map(|(prefix, least)| prefix.len() + least);
        assert_eq!(lengths.min(), Some(SHORTEST_KEY));
    }

    #[test]
    fn keys_are_told_from_names() {
        let keys = [
            "sk-proj-0123456789abcdef",
            "sk-ant-api03-abcdefgh",
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "HYDRANT_ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "HYDRANT_VAR_sk_live_51Habcdefgh",
            "secrets/ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "github_pat_11ABCDEFG0abcdefghijkl",
            "glpat-abcdefghij0123456789",
            "xoxb-123456789012-abcdefghijkl",
            "AKIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "/nonexist/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
            "AIzaSyA1234567890abcdefghijklmnopqrstuv",
            "hf_abcdefghijklmnopqrstuvwxyz",
            "gsk_abcdefghijklmnop",
            "npm_abcdefghijklmnopqrstuvwxyz0123456789",
            "SG.abcdefghijklmnopqrstuv.wxyz",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
            "-----BEGIN PRIVATE KEY-----",
            "postgres://app:hunter2@db.internal:5432/app",
            "http://user:token@host/creds",
            "http://token@host/creds",
            "user:hunter2@proxy:3128",
            "0123456789abcdef0123456789abcdef",
            "4f2a6c1e9b7d4c1d8e7f0123456789ab",
            "d41d8cd98f00b204e9800998ecf8427e",
            "qX7vB2nM9kL4jH8gT5dW3zR6",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj",
            "c2stcHJvai1hYmNkZWY/Zm9v+YmFy==",
            "JBSWY3DPEHPK3PXPJBSWY3DP",
            "pQ9/zK+w=4 \"rT&8$u%J\\m6'yH~2xN",
        ];
        for key in keys {
            assert!(looks_like_key(key), "{key}");
        }
        let names = [
            "",
            "OPENAI_API_KEY",
            "OPENAI_API_KEY_SECRET_ARN",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "HYDRANT_VAR_environment",
            "GITHUB_TOKEN",
            "SK_LIVE",
            "demo/llm/openai-api-key-secret-arn",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/openai-api-key-AbCdEf",
            "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/team/prod/db-password",
            "arn:aws:iam::123456789012:role/AmazonSageMakerExecutionRoleForTheTeam2024",
            "rds!cluster-0d3f1a2b-46bc8a",
            "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab",
            "terraform-20261122012450000000000001",
            "agents/dev/acme/shared/openai_api_key",
            "MyCompanyProductionOpenAiKeySecondEdition",
            "OpenAiKeyForTeam2024",
            "internationalization-and-localization-service",
            "oauth2-proxy-client-secret",
            "k8s-prod-eu-west-1-node-group-v2",
            "prod2024",
            "s3_bucket_for_ec2_and_rds_backups_v2",
            "AWSCURRENT",
            "production@eu",
            "db.internal:5432",
            "https://example.com/a@b",
            "ключ-для-базы",
            "sk-demo",
            "task-definition-of-the-service",
        ];
        for name in names {
            assert!(!looks_like_key(name), "{name}");
        }
    }

    #[test]
    fn messages_are_shown_without_keys() {
        fn check(text: &str, expected: &str) {
            assert_eq!(message(text), expected);
        }
        let plain = "User: arn:aws:iam::123456789012:user/app is not authorized to perform: \
            ssm:GetParameters";
        check(plain, plain);
        check(
            "User: arn:aws:sts::123456789012:assumed-role/app/0a1b2c3d4e5f67890 is not authorized",
            "User: arn:aws:sts::123456789012:assumed-role/app/… is not authorized",
        );
        check("Value 'sk-proj-0123456789abcdef' at 'x'", "Value '…' at 'x'");
        check("see http://user:hunter2@host/", "its message is not shown: it looks like a key");
    }

    #[test]
    fn long_names_are_cut() {
        let long = "part/".repeat(60);
        assert_eq!(name(&long).map(|name| name.chars().count()), Some(LONGEST + 1));
        assert_eq!(name(&"é".repeat(LONGEST)).as_deref(), Some("é".repeat(LONGEST).as_str()));
    }
}
