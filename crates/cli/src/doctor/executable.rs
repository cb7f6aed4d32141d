//! The executable: whether the user who runs it can read it. If not, the kernel closes the process
//! to other processes of the same user from execve on. Otherwise hydrant closes itself a moment
//! later.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Finding, Mark, Section};
use hydrant_core::shown;
use hydrant_core::shown::shell_word;

/// The facts about the running program.
pub(crate) struct Facts {
    pub(crate) path: PathBuf,
    pub(crate) is_readable: bool,
    pub(crate) is_owned_by_root: bool,
    pub(crate) is_owned_by_user: bool,
    pub(crate) user_is_root: bool,
}

/// Neither case is a problem: if each user has one purpose, no other process can inspect hydrant.
pub(crate) fn finding(facts: Facts) -> Finding {
    let path = shown::path(&facts.path);
    let open = "another process of the same user can inspect hydrant for a moment at each start";
    let (message, hint) = if facts.is_readable {
        (format!("{path} can be read by this user: {open}"), Some(hint(&facts)))
    } else if facts.is_owned_by_user {
        // Its owner can change its mode.
        (
            format!("{path} belongs to this user, who can make it readable: {open}"),
            Some(hint(&facts)),
        )
    } else {
        (
            format!(
                "{path} cannot be read by this user: no other process of the same user can inspect hydrant"
            ),
            None,
        )
    };
    Finding::new(Section::Executable, "hydrant", Mark::Ok, message)
        .hint(hint)
        .detail("path", shown::path(&facts.path).into_owned())
        .detail("readable", facts.is_readable)
}

fn hint(facts: &Facts) -> String {
    const INSTALLED: &str = "/usr/local/bin/hydrant";
    let path = shell_word(&shown::path(&facts.path));
    let is_linker = |name: &str| name.starts_with("ld-") || name.starts_with("ld.so");
    if facts.path.file_name().and_then(OsStr::to_str).is_some_and(is_linker) {
        "start hydrant directly, not through the dynamic linker".to_owned()
    } else if facts.user_is_root {
        "run hydrant as a user other than root, who can read every executable".to_owned()
    } else if facts.is_owned_by_root {
        format!("make it readable only by root: sudo chmod 0711 {path}")
    } else if facts.path == Path::new(INSTALLED) {
        format!(
            "make it readable only by root: sudo chown root:root {path} && sudo chmod 0711 {path}"
        )
    } else {
        format!(
            "install it readable only by root: sudo install -o root -g root -m 0711 {path} {INSTALLED}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_has_a_hint_that_can_be_followed() {
        fn check(
            path: &str,
            [is_readable, is_owned_by_root, user_is_root]: [bool; 3],
            expected: Option<&str>,
        ) {
            let is_owned_by_user = user_is_root || path.starts_with("/home/");
            let facts = Facts {
                path: path.into(),
                is_readable,
                is_owned_by_root,
                is_owned_by_user,
                user_is_root,
            };
            let finding = finding(facts);
            assert_eq!(finding.mark, Mark::Ok);
            assert_eq!(finding.hint.as_deref(), expected, "{path}");
        }
        let root = "run hydrant as a user other than root, who can read every executable";
        check("/usr/bin/hydrant", [false, true, false], None);
        check("/usr/bin/hydrant", [true, true, true], Some(root));
        check(
            "/home/me/hydrant",
            [false, false, false],
            Some(
                "install it readable only by root: \
                 sudo install -o root -g root -m 0711 /home/me/hydrant /usr/local/bin/hydrant",
            ),
        );
        let itself = Some("start hydrant directly, not through the dynamic linker");
        for linker in
            ["/usr/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-aarch64.so.1", "/lib/ld-2.31.so"]
        {
            check(linker, [true, true, false], itself);
        }
        check(
            "/usr/bin/hydrant",
            [true, true, false],
            Some("make it readable only by root: sudo chmod 0711 /usr/bin/hydrant"),
        );
        check(
            "/usr/local/bin/hydrant",
            [true, false, false],
            Some(
                "make it readable only by root: sudo chown root:root /usr/local/bin/hydrant && \
                 sudo chmod 0711 /usr/local/bin/hydrant",
            ),
        );
        check(
            "/home/a b/hydrant",
            [true, false, false],
            Some(
                "install it readable only by root: \
                 sudo install -o root -g root -m 0711 '/home/a b/hydrant' /usr/local/bin/hydrant",
            ),
        );
    }
}
