//! Whether a `.dockerignore` excludes a file from the images that are built in its folder, by the
//! rules of Docker (<https://docs.docker.com/build/concepts/context/#dockerignore-files>).
//!
//! Docker turns each pattern into a regular expression (<https://github.com/moby/patternmatcher>),
//! and so does this file. Crates for globs have other rules: braces, `[!a]`, and `**` inside a path
//! component.

use regex_lite::Regex;

/// Whether these lines exclude a path, which is relative to the folder of the file and separated by
/// `/`.
pub(super) fn excludes(lines: &str, path: &str) -> bool {
    // A pattern that matches a folder matches everything in it.
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    let prefixes: Vec<&str> = ends.map(|end| &path[..end]).collect();
    let mut excluded = false;
    for line in lines.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (includes, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern.trim()),
            None => (false, line),
        };
        // The last matching line decides. Docker does not build with an invalid pattern.
        if let Ok(pattern) = compile(pattern)
            && prefixes.iter().any(|prefix| pattern.is_match(prefix))
        {
            excluded = !includes;
        }
    }
    excluded
}

/// The regular expression for a pattern.
fn compile(pattern: &str) -> Result<Regex, regex_lite::Error> {
    let parts: Vec<&str> =
        pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let pattern = parts.join("/");
    // Docker compares the end of the path with what follows `**`, as long as that is plain text.
    if let Some(end) = pattern.strip_prefix("**")
        && !end.starts_with('/')
        && !end.contains(['*', '?', '[', ']', '\\'])
    {
        return Regex::new(&format!("(?s){}$", regex_lite::escape(end)));
    }
    // In a group, which a `\` at the end of the pattern leaves open: that is invalid.
    let mut regex = "(?s)^(?:".to_owned();
    let mut in_class = false;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' if !in_class && rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                regex.push_str(if rest.peek().is_some() { "(.*/)?" } else { ".*" });
            }
            '*' if !in_class => regex.push_str("[^/]*"),
            '?' if !in_class => regex.push_str("[^/]"),
            '[' if !in_class => {
                in_class = true;
                regex.push('[');
                regex.extend(rest.next_if_eq(&'^'));
            }
            ']' if in_class => {
                in_class = false;
                regex.push(']');
            }
            '-' if in_class => regex.push('-'),
            '\\' => match rest.next() {
                Some(literal) => push_literal(&mut regex, literal),
                None => regex.push('\\'),
            },
            literal => push_literal(&mut regex, literal),
        }
    }
    Regex::new(&(regex + ")$"))
}

fn push_literal(regex: &mut String, literal: char) {
    regex.push_str(&regex_lite::escape(literal.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_matches_decides() {
        let check = |lines: &str, path: &str, expected| {
            assert_eq!(excludes(lines, path), expected, "{lines:?} {path}")
        };
        check("", ".env", false);
        check(".env", ".env", true);
        check("/.env", ".env", true);
        check("./.env\r\n", ".env", true);
        check("# .env", ".env", false);
        check(".env*", ".env", true);
        check(".env.*", ".env", false);
        check("*.env", ".env", true);
        check("*", ".env", true);
        check("*\n!.env", ".env", false);
        check("*\n!src", ".env", true);
        check(".env", "app/.env", false);
        check("**/.env", ".env", true);
        check("**/.env", "app/deep/.env", true);
        check("app", "app/.env", true);
        check("app/*", "app/.env", true);
        check("app/**", "app/.env", true);
        check(".[a-e]nv", ".env", true);
        check(".[^e]nv", ".env", false);
        check(".e?v", ".env", true);
        check("\\.env", ".env", true);
        check("**", ".env", true);
        check("**/", "app/.env", true);
        check("**/**/.env", ".env", true);
        check("/app//./.env", "app/.env", true);
        check("\u{feff}.env", ".env", true);
        check(".", ".env", false);
        check("*\n! .env", ".env", false);
        check("app\n!app/.env", "app/.env", false);
        check("!.env\n.env", ".env", true);
        // A folder is not part of its own content.
        check("app/**", "app", false);
        check("ap?/.env", "app/.env", true);
        check("app?.env", "app/.env", false);
        check("*", "app/.env", true);
        check("*.env", "app/.env", false);
        // `**` inside a part.
        check("**.env", "app/prod.env", true);
        check("**.e*", "prod.env", false);
        check("**.e*", "app/.env", true);
        check("a**/.env", "app/deep/.env", true);
        check("a**.env", "app/.env", true);
        check("a**env", "app.env", false);
        check("app/.e**", "app/.env", true);
        check("**/.env", "prod.env", false);
        check("**/deep/*", "app/deep/.env", true);
        // Classes and escapes.
        check(".[!x]nv", ".env", false);
        check(".[!x]nv", ".!nv", true);
        check("[^a]env", ".env", true);
        check("app[^a].env", "app/.env", true);
        check("[*]", "*", true);
        check("[*]", ".env", false);
        check("[\\]a]", "]", true);
        check("[a\\-c]", "-", true);
        check("[a\\-c]", "b", false);
        check("[a-\u{3b6}]*", "\u{3b1}.env", true);
        check("[[]", "[", true);
        check("\\*.env", "a.env", false);
        check("\\*.env", "*.env", true);
        check("\\d", "7", false);
        // Other tools give these a meaning, but Docker does not.
        check("{.env,x}", ".env", false);
        check("{.env,x}", "{.env,x}", true);
        check("a.|)$(}+^{b", "a.|)$(}+^{b", true);
        check("a.|)$(}+^{b*", "a.|)$(}+^{b", true);
        check(".env", "xenv", false);
        // Invalid, so Docker refuses to build.
        check("[", "[", false);
        check(".env[", ".env", false);
        check(".env\\", ".env", false);
        check(".env\\", ".env$", false);
        check(".env\\", ".env)", false);
        check("!", ".env", false);
    }
}
