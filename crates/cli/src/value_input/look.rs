//! Warnings for a value that does not look right, because of a mistake in copying. They reveal
//! nothing of the value. Pure. The formats of providers' keys are in the catalogue.
//!
//! Users ignore a warning that is often wrong, so each rule is narrow, and the tests have as many
//! values that must not cause a warning.

use std::fmt;

/// The reason why a value does not look right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueWarning {
    /// Quotation marks around it, which would become part of it.
    Quoted,
    /// White space, or a line ending, before or after it.
    WhiteSpace,
    /// A line break within a text that otherwise looks like a key.
    BrokenLine,
    /// Invisible characters: a byte order mark, zero-width spaces, non-breaking spaces.
    Invisible,
    /// A placeholder for a value.
    Placeholder,
    /// A value with masked characters, as in a provider's console.
    Masked,
    /// `${…}`, `{{…}}` and similar.
    Template,
    /// One character repeated.
    OneCharacter,
    /// `Bearer …`, or a whole HTTP header.
    Header,
    /// `NAME=…`.
    EnvLine,
    /// An ARN instead of the value that it leads to.
    Reference,
}

impl fmt::Display for ValueWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueWarning::Quoted => "it is in quotation marks, which would become part of it",
            ValueWarning::WhiteSpace => "it begins or ends with white space",
            ValueWarning::BrokenLine => "it looks like a key cut in two by a line break",
            ValueWarning::Invisible => {
                "it has invisible characters, such as a byte order mark or a non-breaking space"
            }
            ValueWarning::Placeholder => "it looks like a placeholder",
            ValueWarning::Masked => "it looks masked, as a console shows a key",
            ValueWarning::Template => "it looks like a template that was not filled in",
            ValueWarning::OneCharacter => "it is one character repeated",
            ValueWarning::Header => "it looks like an HTTP header, but only the key is expected",
            ValueWarning::EnvLine => {
                "it looks like a line of an env file, NAME=VALUE, but only the value is expected"
            }
            ValueWarning::Reference => {
                "it looks like a reference to a secret, but the secret's value is expected"
            }
        })
    }
}

/// The warnings about a value for this variable.
pub(crate) fn warnings(value: &str, variable: &str) -> Vec<ValueWarning> {
    let bare = value.trim();
    let rules = [
        (ValueWarning::Quoted, is_quoted(bare)),
        (ValueWarning::WhiteSpace, has_outer_white_space(value)),
        (ValueWarning::BrokenLine, is_broken_key(bare)),
        (ValueWarning::Invisible, value.contains(is_invisible)),
        (ValueWarning::Placeholder, is_placeholder(bare)),
        (ValueWarning::Masked, is_masked(bare)),
        (ValueWarning::Template, is_template(bare)),
        (ValueWarning::OneCharacter, is_one_character(bare)),
        (ValueWarning::Header, is_header(bare)),
        (ValueWarning::EnvLine, is_env_line(bare, variable)),
        (ValueWarning::Reference, is_reference(bare)),
    ];
    rules.into_iter().filter_map(|(warning, applies)| applies.then_some(warning)).collect()
}

/// Also as a string of JSON or of code, with its separator.
fn is_quoted(bare: &str) -> bool {
    let bare = bare.trim_end_matches([',', ';']);
    let inner =
        |open: char, close: char| bare.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')]
        .iter()
        .any(|(open, close)| inner(*open, *close).is_some())
}

/// Text of several lines, such as a PEM file, and JSON may end with a line ending.
fn has_outer_white_space(value: &str) -> bool {
    let is_document = value.trim().contains('\n') || value.starts_with(['{', '[']);
    let value = if is_document { value.trim_end_matches(['\r', '\n']) } else { value };
    value.trim() != value
}

/// A few lines of the characters that keys consist of.
fn is_broken_key(bare: &str) -> bool {
    let lines: Vec<&str> = bare.lines().collect();
    let of_a_key = |c: char| c.is_ascii_alphanumeric() || "-_.+/=~".contains(c);
    let is_part = |line: &&str| {
        line.len() >= 8 && line.chars().all(of_a_key) && !line.trim_end_matches('=').contains('=')
    };
    (2..=3).contains(&lines.len())
        && lines[..lines.len() - 1].iter().all(is_part)
        && lines.iter().all(|line| line.chars().all(of_a_key))
        && !bare.starts_with("-----BEGIN")
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{ad}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}')
}

/// Words that are a placeholder if they are the whole value.
const PLACEHOLDERS: [&str; 28] = [
    "apikey",
    "changeit",
    "demo",
    "dummy",
    "empty",
    "example",
    "fake",
    "fixme",
    "foo",
    "foobar",
    "key",
    "nil",
    "none",
    "null",
    "pass",
    "password",
    "placeholder",
    "sample",
    "secret",
    "secretkey",
    "tbd",
    "test",
    "todo",
    "token",
    "undefined",
    "unset",
    "value",
    "xyz",
];

/// Words that make any text a placeholder.
const SPEAKING: [&str; 14] = [
    "apikeyhere",
    "changeme",
    "enteryour",
    "insertyour",
    "keyhere",
    "pasteyour",
    "putyour",
    "replaceme",
    "replacethis",
    "replacewith",
    "secrethere",
    "tokenhere",
    "yourapikey",
    "yoursecret",
];

/// Words that make a text a placeholder if it is not a sentence or an address.
const SPEAKING_IN_KEYS: [&str; 5] = ["dummy", "example", "placeholder", "yourkey", "yourtoken"];

fn is_placeholder(bare: &str) -> bool {
    let bare = bare.trim_matches(['"', '\'']);
    let letters: String =
        bare.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let is_document = bare.contains(['\n', '{', '[']);
    let is_key = !bare.contains(|c: char| c.is_whitespace() || "@:{[".contains(c));
    let enclosed = |open: char, close: char| {
        bare.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inner| !inner.contains(['<', '>', '\n', '"']))
    };
    // Nothing but x where the key would be: xxx, sk-xxx, sk_live_XXXX.
    let last = bare.rsplit(['-', '_']).next().unwrap_or_default();
    (!bare.contains(['{', '$']) && PLACEHOLDERS.contains(&letters.as_str()))
        || (!is_document && SPEAKING.iter().any(|word| letters.contains(word)))
        || (is_key && SPEAKING_IN_KEYS.iter().any(|word| letters.contains(word)))
        || enclosed('<', '>')
        || enclosed('[', ']') && is_words(&bare[1..bare.len() - 1])
        || (last.len() >= 3 && last.chars().all(|c| matches!(c, 'x' | 'X')))
}

/// `YOUR KEY`, `api-key`: not JSON.
fn is_words(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '_'))
}

fn is_masked(bare: &str) -> bool {
    let is_one_word = !bare.contains(|c: char| c.is_whitespace() || "{[".contains(c));
    bare.contains("****")
        || bare.contains("••")
        || (is_one_word && (bare.contains("...") || bare.contains('…')))
}

fn is_template(bare: &str) -> bool {
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.:-".contains(c))
    };
    let holds = |open: &str, close: &str| {
        let mut rest = bare;
        std::iter::from_fn(|| {
            let (_, after) = rest.split_once(open)?;
            rest = after;
            Some(after.split_once(close).is_some_and(|(inner, _)| is_name(inner.trim())))
        })
        .any(|found| found)
    };
    let is_variable = bare.strip_prefix('$').is_some_and(|name| {
        name.len() > 2
            && is_name(name)
            && !name.contains(|c: char| c.is_ascii_lowercase() || "-.:".contains(c))
    });
    holds("${", "}")
        || holds("{{", "}}")
        || is_variable
        || (bare.starts_with("$(") && bare.ends_with(')'))
}

fn is_one_character(bare: &str) -> bool {
    let mut chars = bare.chars();
    chars.next().is_some_and(|first| bare.chars().nth(2).is_some() && chars.all(|c| c == first))
}

fn is_header(bare: &str) -> bool {
    let begins =
        |text: &str| bare.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    ["bearer ", "bearer:", "authorization:", "x-api-key:", "api-key:"].into_iter().any(begins)
}

/// The variable's own name, or another text in the form of a variable name.
fn is_env_line(bare: &str, variable: &str) -> bool {
    let line = bare.strip_prefix("export ").unwrap_or(bare).trim_start();
    let own =
        line.strip_prefix(variable).is_some_and(|rest| rest.trim_start().starts_with(['=', ':']));
    let another = line.split_once('=').is_some_and(|(name, value)| {
        name.contains('_')
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && !value.trim_start_matches('=').is_empty()
    });
    own || another
}

fn is_reference(bare: &str) -> bool {
    let mut parts = bare.split(':');
    let is_arn = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"));
    (is_arn && parts.next().is_some_and(|service| ["secretsmanager", "ssm"].contains(&service)))
        || bare.starts_with("op://")
}

#[cfg(test)]
mod tests {
    use super::ValueWarning::*;
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: &[ValueWarning]) {
        assert_eq!(warnings(value, "OPENAI_API_KEY"), expected, "{value:?}");
    }

    #[test]
    fn slips_of_copying_are_seen() {
        for value in [
            "\"sk-4fA9z\"",
            "'sk-4fA9z'",
            "`sk-4fA9z`",
            "“sk-4fA9z”",
            "\"sk-4fA9z\",",
            "'sk-4fA9z';",
        ] {
            check(value, &[Quoted]);
        }
        for value in [
            " sk-4fA9z",
            "sk-4fA9z ",
            "sk-4fA9z\n",
            "sk-4fA9z\r",
            "\tsk-4fA9z",
            "\n-----BEGIN X-----\nAA==\n-----END X-----",
        ] {
            check(value, &[WhiteSpace]);
        }
        check(" \"sk-4fA9z\" ", &[Quoted, WhiteSpace]);
        for value in [
            "sk-proj-4fA9zQ\n7Hk2mN",
            "sk-proj-4fA9zQ\r\n7Hk2mNpo0",
            "c2VjcmV0LXNlY3JldA\nc2VjcmV0LQ==",
        ] {
            check(value, &[BrokenLine]);
        }
        for value in ["\u{feff}sk-4fA9z", "sk-\u{200b}4fA9z", "sk-4f\u{a0}A9z"] {
            check(value, &[Invisible]);
        }
        for value in [
            "Bearer sk-4fA9z",
            "bearer sk-4fA9z",
            "Authorization: Bearer sk-4fA9z",
            "x-api-key: 4fA9z",
        ] {
            check(value, &[Header]);
        }
        for value in [
            "OPENAI_API_KEY=sk-4fA9z",
            "OPENAI_API_KEY = sk-4fA9z",
            "OPENAI_API_KEY: sk-4fA9z",
            "export OPENAI_API_KEY=sk-4fA9z",
            "OPENAI_KEY=sk-4fA9z",
            "export AWS_SECRET_ACCESS_KEY=4fA9z",
        ] {
            check(value, &[EnvLine]);
        }
        for value in [
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:demo",
            "arn:aws:ssm:us-east-1:123456789012:parameter/demo/key",
            "op://vault/item/field",
        ] {
            check(value, &[Reference]);
        }
    }

    #[test]
    fn stand_ins_for_a_value_are_seen() {
        for value in [
            "changeme",
            "CHANGE_ME",
            "change-me",
            "TODO",
            "todo",
            "dummy",
            "example",
            "Password",
            "your-api-key-here",
            "your_api_key",
            "YOUR_API_KEY",
            "sk-your-key-here",
            "REPLACE_ME",
            "<your key>",
            "<api-key>",
            "insert your key here",
            "[YOUR KEY]",
            "sk-xxx",
            "sk_live_XXXXXXXX",
            "AKIAIOSFODNN7EXAMPLE",
            "sk-dummy-key",
            "postgres://user:changeme@db.internal/app",
            "null",
            "none",
            "secret",
            "api_key",
        ] {
            check(value, &[Placeholder]);
        }
        check("xxxxxxxx", &[Placeholder, OneCharacter]);
        check("\"changeme\"", &[Quoted, Placeholder]);
        for value in ["sk-...", "sk-...4fA9", "sk-proj-****4fA9", "••••••••4fA9", "sk-…4fA9"]
        {
            check(value, &[Masked]);
        }
        for value in [
            "${OPENAI_API_KEY}",
            "{{ openai_api_key }}",
            "{{key}}",
            "$OPENAI_API_KEY",
            "${{ secrets.KEY }}",
            "$(cat key.txt)",
        ] {
            check(value, &[Template]);
        }
        check("postgres://user:${DB_PASSWORD}@db/app", &[Template]);
        for value in ["000000", "aaa", "........", "---"] {
            assert!(warnings(value, "KEY").contains(&OneCharacter), "{value:?}");
        }
    }

    /// Made up, in the formats that providers use.
    #[test]
    fn values_that_look_like_values_are_let_be() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----";
        for value in [
            "sk-proj-4fA9zQ7Hk2mNpo0_Tb3xVw-8LrYcUeJdGiSsXxKq",
            "sk-ant-api03-4fA9zQ7Hk2mNpo0_Tb3xVw-8LrYcUeJdGiSs-AAAAAA",
            "AIzaSyB4fA9zQ7Hk2mNpo0_Tb3xVw-8LrYcUeJd",
            "ghp_4fA9zQ7Hk2mNpo0Tb3xVw8LrYcUeJdGiSsXx",
            "github_pat_11ABCDEFG0_4fA9zQ7Hk2mNpo0Tb3xVw",
            "xoxb-123456789012-1234567890123-4fA9zQ7Hk2mNpo0Tb3xVw8Lr",
            "sk_live_4fA9zQ7Hk2mNpo0Tb3xVw8Lr",
            "SG.4fA9zQ7Hk2mNpo0Tb3xVw.8LrYcUeJdGiSsXxKq4fA9zQ7Hk2mNpo0Tb3xVw8L",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.4fA9zQ7Hk2mNpo0_Tb3xVw-8LrYcUeJdGiSs",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ7Hk2mNpo",
            "d41d8cd9-8f00-3204-a980-0998ecf8427e",
            "c2VjcmV0LXNlY3JldC1zZWNyZXQ=",
            "AB_CD==",
            "4f",
            "x",
            "aa",
            "correct horse battery staple",
            "pa$word",
            "p$1${2}&$$",
            "it's \"so\"",
            "'tis",
            "\"",
            "a=b",
            "Server=db;User Id=app;Password=4fA9z;",
            "postgres://user:4fA9z@db.example.com:5432/app?sslmode=require",
            "postgres://user:password@localhost/app",
            "redis://:4fA9z@[::1]:6379/0",
            "https://hooks.slack.com/services/T000/B000/4fA9z",
            "{\"api_key\":\"sk-4fA9z\",\"note\":\"example...\"}",
            "{\"a\":{\"b\":{\"c\":1}}}",
            "{\"a\": {\"b\": \"<none>\"}}\n",
            "[\"a\",\"b\"]",
            "[1]",
            "<key>4fA9z</key>",
            "<?xml version=\"1.0\"?>\n<a>1</a>",
            "user@example.com",
            "arn:aws:iam::123456789012:role/app",
            "arn:aws:kms:us-east-1:123456789012:key/1",
            "bearerless-4fA9z",
            "pässwörd-4fA9z",
            "user=app\npassword=4fA9z\n",
            "[default]\nregion = eu-west-1\nexpires = 5\n",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7 app@host",
            pem,
            &format!("{pem}\n"),
            &pem.replace('\n', "\r\n"),
        ] {
            check(value, &[]);
        }
    }
}
