//! JSON pointers of [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901): their tokens, both ways.
//! The manifest checks whether a text is a pointer, and accepts no empty one.

/// The tokens of a pointer, which begins with a slash.
pub fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// The pointer to this member or item of the value at another pointer. The empty pointer is the
/// whole document.
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// The array index of a token: only digits, and no leading zeros.
pub(crate) fn index(token: &str) -> Option<usize> {
    token.parse::<usize>().ok().filter(|index| index.to_string() == token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_are_joined() {
        fn check(expected: &[&str], pointer: &str) {
            assert_eq!(tokens(pointer).collect::<Vec<_>>(), expected);
            assert_eq!(
                expected.iter().fold(String::new(), |way, token| join(&way, token)),
                pointer
            );
        }
        check(&[""], "/");
        check(&["a", "0", "c/d", "e~f"], "/a/0/c~1d/e~0f");
        // RFC 6901: `~01` is `~1`.
        check(&["~1", "~0", ""], "/~01/~00/");
    }

    #[test]
    fn an_index_has_one_form() {
        for (token, expected) in
            [("0", Some(0)), ("10", Some(10)), ("", None), ("00", None), ("+1", None), ("-", None)]
        {
            assert_eq!(index(token), expected, "{token}");
        }
    }
}
