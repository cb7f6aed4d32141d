//! Paths into JSON, as the External Secrets Operator takes them in `property`: those of the library
//! gjson (<https://github.com/tidwall/gjson/blob/master/SYNTAX.md>).
//!
//! A key is meant literally here, and gjson gives meaning to dots, stars and more: each such
//! character gets a backslash, as gjson's own function `Escape` does. The operator tries dots as
//! part of a key first, but only in a text without any backslash that counts.

use hydrant_core::json_pointer;
use hydrant_core::selector::Selector;

/// The `property` of what an entry takes; none for the whole value.
///
/// # Errors
///
/// What gjson has no path for.
pub(super) fn property(selector: &Selector) -> Result<Option<String>, &'static str> {
    match selector {
        Selector::Raw => Ok(None),
        Selector::Key(key) => component(key).map(Some),
        Selector::Pointer(pointer) => {
            let path = json_pointer::tokens(pointer).map(|token| component(&token));
            Ok(Some(path.collect::<Result<Vec<_>, _>>()?.join(".")))
        }
    }
}

fn component(key: &str) -> Result<String, &'static str> {
    if key.is_empty() {
        return Err("the operator has no path to an empty key");
    }
    let is_literal =
        |c: char| c <= ' ' || c > '~' || c.is_ascii_alphanumeric() || "_-:".contains(c);
    let mut path = String::new();
    for c in key.chars() {
        if !is_literal(c) {
            path.push('\\');
        }
        path.push(c);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_literal() {
        // Each was read back through gjson 1.14.4, and the way in which the operator asks it.
        fn check(key: &str, expected: &str) {
            assert_eq!(property(&Selector::Key(key.to_owned())), Ok(Some(expected.to_owned())));
        }
        check("api_key", "api_key");
        check("api-key:1", "api-key:1");
        check("a.b", r"a\.b");
        check(".a", r"\.a");
        check("a..b", r"a\.\.b");
        check("*", r"\*");
        check("a?", r"a\?");
        check("#", r"\#");
        check("@this", r"\@this");
        check("!x", r"\!x");
        check("a|b", r"a\|b");
        check(r"a\.b", r"a\\\.b");
        check("{a}[0]", r"\{a\}\[0\]");
        check("a b", "a b");
        check("ü.ö", r"ü\.ö");
        assert!(property(&Selector::Key(String::new())).is_err());
    }

    #[test]
    fn pointers() {
        fn check(pointer: &str, expected: &str) {
            assert_eq!(
                property(&Selector::Pointer(pointer.to_owned())),
                Ok(Some(expected.to_owned()))
            );
        }
        check("/a/b.c/1/d", r"a.b\.c.1.d");
        check("/a~1b/~0c", r"a\/b.\~c");
        assert!(property(&Selector::Pointer("/a//b".to_owned())).is_err());
        assert_eq!(property(&Selector::Raw), Ok(None));
    }
}
