//! Comments at the head of a text.

/// What is further to the right than the rest, such as a command, by so many of these.
const STEP: &str = "    ";

/// The lines of a text as a comment: each behind the sign of its language, and so many steps to the
/// right.
pub(crate) fn comment(sign: &str, steps: usize, text: &str) -> String {
    let lines = text.lines().map(|line| format!("{sign} {}{line}", STEP.repeat(steps)));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(comment("#", 0, "\none\n  two\n"), "#\n# one\n#   two\n");
        assert_eq!(comment("//", 2, "three"), "//         three\n");
        assert_eq!(comment("#", 1, ""), "");
    }
}
