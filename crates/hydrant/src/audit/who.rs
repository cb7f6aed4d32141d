//! Who it was: the system's user and host, the process, the access key, and on whose behalf.

use hydrant_core::shown::{NOT_SHOWN, holds_key};
use nix::unistd::User;

/// Who asks; the same in every record of an [`super::AuditLog`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Who {
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    uid: u32,
    host: String,
    pid: u32,
}

impl Who {
    /// This process, with the access key that it signs with. `actor` is whom it says it acts for;
    /// an empty one counts as none.
    pub(crate) fn here(actor: Option<&str>, access_key_id: Option<String>) -> Self {
        // What the process may do, it may do as its effective user.
        let uid = rustix::process::geteuid().as_raw();
        Who {
            actor: actor.filter(|actor| !actor.is_empty()).map(|actor| match holds_key(actor) {
                true => NOT_SHOWN.to_owned(),
                false => actor.to_owned(),
            }),
            access_key_id: access_key_id.filter(|id| is_access_key_id(id)),
            // In a container a uid often has no name.
            user: User::from_uid(uid.into()).ok().flatten().map(|user| user.name),
            uid,
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
        }
    }
}

/// Whether it has the form of an access key's id. A secret key in its place, where the two were
/// swapped, has 40 characters of both cases.
fn is_access_key_id(text: &str) -> bool {
    let has_form = (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    has_form && !(text.len() == 40 && text.bytes().any(|byte| byte.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_key_is_its_id() {
        let check = |id: &str, kept: bool| {
            let who = Who::here(None, Some(id.to_owned()));
            assert_eq!(who.access_key_id.as_deref(), Some(id).filter(|_| kept), "{id}");
        };
        check("AKIAIOSFODNN7EXAMPLE", true);
        check("test_key", true);
        check(&"A".repeat(40), true);
        check(&"A".repeat(128), true);
        check(&"A".repeat(129), false);
        check("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", false);
        check("wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY", false);
        check("AKIAIOSFODNN7EXAMPLE\nx", false);
        check("hunter2:horse", false);
        check("", false);
    }
}
