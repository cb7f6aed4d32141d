//! The known name that a wrong one was probably meant to be.

/// The candidate nearest to `wanted`, if one is near enough to be worth a "did you mean".
///
/// Letter case and the separators `_`, `-` and `.` are ignored, so that `jsonKey` finds `json_key`.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = bare(wanted);
    let most = (wanted.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let bare = bare(candidate);
        // The lengths alone rule most candidates out, and keep a very long name from costing anything.
        if bare.len().abs_diff(wanted.len()) > most {
            continue;
        }
        let distance = strsim::osa_distance(&wanted, &bare);
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn bare(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).map(|c| c.to_ascii_lowercase()).collect()
}

/// A key's or entry's name as messages show it: escaped, and only if it is too short for an API key in the wrong place.
pub(crate) fn shown(name: &str) -> String {
    match name.chars().count() {
        0..=32 => format!("`{}`", name.escape_debug()),
        length => format!("of {length} characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        fn check(wanted: &str, expected: Option<&str>) {
            let known = ["json_key", "json_pointer", "arn_var", "arn_parameter", "required", "kms_key"];
            assert_eq!(nearest(wanted, known), expected, "for {wanted}");
        }
        check("jsonkey", Some("json_key"));
        check("JSON-KEY", Some("json_key"));
        check("json.ponter", Some("json_pointer"));
        check("arn_vra", Some("arn_var"));
        check("requird", Some("required"));
        check("colour", None);
        check("", None);
        check(&"x".repeat(100_000), None);
    }

    #[test]
    fn long_names_are_not_shown() {
        assert_eq!(shown("json\u{1b}key"), "`json\\u{1b}key`");
        assert_eq!(shown(&"k".repeat(33)), "of 33 characters");
    }
}
