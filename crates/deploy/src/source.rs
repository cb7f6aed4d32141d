//! The source of an entry where nothing is called and everything is shown: one answer for policies
//! and for every generated file.
//!
//! Where nothing names a secret, or a parameter does that is not read here, each of them has a rule
//! of its own for the entry's name to create.

use hydrant_core::plan::Step;
use hydrant_core::reference::ParameterId;
use hydrant_core::source::Source;

use crate::policy::PolicyProblemKind;

/// Parameters under this path are secrets, read through Parameter Store.
const SECRETS_BY_PARAMETER: &str = "/aws/reference/secretsmanager/";

/// The source that the manifest or a variable names; none where nothing does.
///
/// # Errors
///
/// That the reference cannot be used, or that it may not be shown.
pub(crate) fn source(step: &Step) -> Result<Option<&Source>, PolicyProblemKind> {
    let source = step.source().map_err(|reason| PolicyProblemKind::Reference(reason.clone()))?;
    match source.and_then(Source::redacted_as) {
        Some(redacted) => Err(PolicyProblemKind::HiddenName { redacted }),
        None => Ok(source),
    }
}

/// The secret that a parameter stands for.
pub(crate) fn secret_by_parameter(id: &ParameterId) -> Option<&str> {
    id.name().strip_prefix(SECRETS_BY_PARAMETER)
}
