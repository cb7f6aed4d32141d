//! The syntax of `${name}`.
//!
//! The values come from `vars`.

use super::keys::is_variable_name;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Literal text. A `$` without a `{` after it is literal too.
    Text(&'a str),
    /// The name in a `${name}`.
    Var(&'a str),
}

/// What is wrong with a `${…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// No `}` follows.
    Unterminated,
    /// The text between the braces is not a valid name.
    BadName,
}

/// Whether the text contains a `${`.
pub(super) fn has_vars(text: &str) -> bool {
    text.contains("${")
}

/// Splits a text at its `${name}`s.
pub(super) fn split(text: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or(TemplateError::Unterminated)?;
        if !is_variable_name(name) {
            return Err(TemplateError::BadName);
        }
        parts.extend([Part::Text(before), Part::Var(name)]);
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        fn check(text: &str, expected: Result<&str, TemplateError>) {
            let show = |parts: Vec<Part<'_>>| {
                let show = |part| match part {
                    Part::Text(text) => text.to_owned(),
                    Part::Var(name) => format!("<{name}>"),
                };
                parts.into_iter().map(show).collect::<String>()
            };
            assert_eq!(split(text).map(show), expected.map(str::to_owned), "for {text:?}");
        }
        check("", Ok(""));
        check("/${project}/key", Ok("/<project>/key"));
        check("${a}${b_2}", Ok("<a><b_2>"));
        check("$a $$ $} {x}", Ok("$a $$ $} {x}"));
        check("$${a}", Ok("$<a>"));
        check("/${project", Err(TemplateError::Unterminated));
        check("${}", Err(TemplateError::BadName));
        check("${a-b}", Err(TemplateError::BadName));
        check("${2}", Err(TemplateError::BadName));
        check("${a${b}}", Err(TemplateError::BadName));
    }
}
