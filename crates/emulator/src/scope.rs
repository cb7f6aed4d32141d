//! Where a call is made, and by whom.

use crate::arn;

/// The region and the account of a call.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
}

impl Scope<'_> {
    /// The ARN of the user of every call.
    pub(crate) fn user_arn(self) -> String {
        format!("arn:{}:iam::{}:user/emulated", arn::partition(self.region), self.account)
    }
}
