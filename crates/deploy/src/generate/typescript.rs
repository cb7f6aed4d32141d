//! Texts and lists as TypeScript has them, and as its formatter leaves them: what fits on a line of
//! 80 characters stands on one.

use hydrant_core::shown::{begins_hash_command, has_hash_command, needs_escape};

use super::permissions::{ACCOUNT, PARTITION, REGION, SUFFIX};

const WIDTH: usize = 80;

/// `key: "text",`; in backquotes where a formatter would have a choice, since it has none there.
pub(crate) fn property(indent: usize, key: &str, text: &str) -> String {
    let plain = format!("{:indent$}{key}: \"{text}\",\n", "");
    let simple = text.chars().all(|c| (c == ' ' || c.is_ascii_graphic()) && !"\"\\".contains(c));
    let simple = simple && !has_token(text) && !has_hash_command(text);
    match simple && plain.len() <= WIDTH + 1 {
        true => plain,
        false => format!("{:indent$}{key}: {},\n", "", template(text)),
    }
}

/// `key: {},`.
pub(crate) fn empty(indent: usize, key: &str) -> String {
    let line = format!("{:indent$}{key}: {{}},\n", "");
    if line.len() <= WIDTH + 1 {
        line
    } else {
        format!("{:indent$}{key}:\n{:indent$}  {{}},\n", "", "")
    }
}

/// `key: ["one", "two"],` on one line or on several. The texts are ASCII without quotes.
pub(crate) fn list(
    indent: usize,
    key: &str,
    texts: impl IntoIterator<Item = impl AsRef<str>>,
) -> String {
    let each = texts.into_iter().map(|text| match has_token(text.as_ref()) {
        true => template(text.as_ref()),
        false => format!("\"{}\"", text.as_ref()),
    });
    let each: Vec<String> = each.collect();
    let line = format!("{:indent$}{key}: [{}],\n", "", each.join(", "));
    if line.len() <= WIDTH + 1 {
        return line;
    }
    let lines = each.iter().map(|text| format!("{:indent$}  {text},\n", ""));
    format!("{:indent$}{key}: [\n{}{:indent$}],\n", "", lines.collect::<String>(), "")
}

fn has_token(text: &str) -> bool {
    [PARTITION, REGION, ACCOUNT, SUFFIX].iter().any(|token| text.contains(token))
}

/// A template literal, with the CDK's own words for the tokens.
fn template(text: &str) -> String {
    let tokens = [
        (PARTITION, "${Aws.PARTITION}"),
        (REGION, "${Aws.REGION}"),
        (ACCOUNT, "${Aws.ACCOUNT_ID}"),
        (SUFFIX, "${Aws.URL_SUFFIX}"),
    ];
    if has_token(text) {
        // Resources and conditions, which have nothing to escape.
        return format!(
            "`{}`",
            tokens.iter().fold(text.to_owned(), |text, (token, own)| text.replace(token, own))
        );
    }
    let mut literal = String::from("`");
    for (at, c) in text.char_indices() {
        match c {
            '`' | '\\' | '$' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            c if needs_escape(c) || begins_hash_command(text, at) => {
                literal.push_str(&c.escape_unicode().to_string());
            }
            c => literal.push(c),
        }
    }
    literal.push('`');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties() {
        fn check(text: &str, expected: &str) {
            assert_eq!(property(2, "a", text), format!("  a: {expected},\n"));
        }
        check("it's", "\"it's\"");
        check("say \"so\"", "`say \"so\"`");
        check("`\\${x}\n\r\u{2028}é", "`\\`\\\\\\${x}\\n\\u{d}\\u{2028}é`");
        check("##[error]x ##vso[y]", "`#\\u{23}[error]x #\\u{23}vso[y]`");
        check("arn:${partition}:x", "`arn:${Aws.PARTITION}:x`");
        check(&"x".repeat(72), &format!("\"{}\"", "x".repeat(72)));
        check(&"x".repeat(73), &format!("`{}`", "x".repeat(73)));
    }

    #[test]
    fn lists() {
        assert_eq!(list(2, "a", ["b", "c"]), "  a: [\"b\", \"c\"],\n");
        let long = "x".repeat(70);
        assert_eq!(list(2, "a", [&long]), format!("  a: [\"{long}\"],\n"), "80 characters");
        let long = "x".repeat(71);
        assert_eq!(
            list(2, "a", [&long]),
            format!("  a: [\n    \"{long}\",\n  ],\n"),
            "81 characters"
        );
    }
}
