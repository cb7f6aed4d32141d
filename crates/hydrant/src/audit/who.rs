//! Who it was: the system's user and host, the process, the access key, and on whose behalf.

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
    /// This process, with the access key that it signs with. `actor` is whom it says it acts for; an empty one is none.
    pub(crate) fn here(actor: Option<&str>, access_key_id: Option<String>) -> Self {
        // What the process may do, it may do as its effective user.
        let uid = rustix::process::geteuid().as_raw();
        Who {
            actor: actor.filter(|actor| !actor.is_empty()).map(str::to_owned),
            access_key_id,
            // In a container a uid often has no name.
            user: uzers::get_user_by_uid(uid).map(|user| user.name().to_string_lossy().into_owned()),
            uid,
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
        }
    }
}
