//! Whether a `.dockerignore` keeps a file out of the images that are built beside it, by the rules
//! of Docker (<https://docs.docker.com/build/concepts/context/#dockerignore-files>).

/// Whether these lines leave a path out. It is relative to the file's folder, its parts apart by
/// `/`.
pub(super) fn leaves_out(lines: &str, path: &str) -> bool {
    let mut out = false;
    for line in lines.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (keeps, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern.trim()),
            None => (false, line),
        };
        let pattern: Vec<&str> =
            pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let parts: Vec<&str> = path.split('/').collect();
        // What leaves out a folder leaves out all that is in it. The last line that matches
        // decides.
        if !pattern.is_empty()
            && (1..=parts.len()).any(|length| parts_match(&pattern, &parts[..length]))
        {
            out = !keeps;
        }
    }
    out
}

fn parts_match(pattern: &[&str], parts: &[&str]) -> bool {
    match (pattern.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=parts.len()).any(|skip| parts_match(rest, &parts[skip..])),
        (Some((first, rest)), Some((part, others))) => {
            let (first, part): (Vec<char>, Vec<char>) =
                (first.chars().collect(), part.chars().collect());
            part_matches(&first, &part) && parts_match(rest, others)
        }
        _ => false,
    }
}

/// `*`, `?`, `[a-z]`, `[^a]` and `\` within one part of a path.
fn part_matches(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=text.len()).any(|skip| part_matches(rest, &text[skip..])),
        (['[', rest @ ..], [first, others @ ..]) => match rest.iter().position(|char| *char == ']')
        {
            Some(end) => in_class(&rest[..end], *first) && part_matches(&rest[end + 1..], others),
            None => false,
        },
        (['\\', literal, rest @ ..], [first, others @ ..]) => {
            literal == first && part_matches(rest, others)
        }
        ([one, rest @ ..], [first, others @ ..]) => {
            (*one == '?' || one == first) && part_matches(rest, others)
        }
        _ => false,
    }
}

fn in_class(class: &[char], char: char) -> bool {
    let (not, mut class) = match class {
        ['^', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut within = false;
    loop {
        class = match class {
            [from, '-', to, rest @ ..] => {
                within |= (*from..=*to).contains(&char);
                rest
            }
            [one, rest @ ..] => {
                within |= *one == char;
                rest
            }
            [] => return within != not,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_matches_decides() {
        let check = |lines: &str, path: &str, expected| {
            assert_eq!(leaves_out(lines, path), expected, "{lines:?} {path}")
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
    }
}
