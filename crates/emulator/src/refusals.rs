//! Which calls and items the emulator refuses or leaves out.
//!
//! Only errors in the protocol. Network faults (latency, resets, cut or garbled responses) are
//! elsewhere.

use crate::api_error::ApiError;
use crate::arn;
use crate::operation::Operation;
use crate::scope::Scope;

/// A secret or parameter that a call names.
pub(crate) struct Target {
    /// Every way to name it: as in the call, and if it exists its name and its ARN, whole and
    /// partial.
    pub(crate) aliases: Vec<String>,
    /// The resource in the text of a denial.
    pub(crate) resource: String,
}

impl Target {
    fn is(&self, id: &str) -> bool {
        self.aliases.iter().any(|alias| alias == id)
    }
}

#[derive(Default)]
pub(crate) struct Refusals {
    rules: Vec<Rule>,
    omitted: Vec<String>,
}

struct Rule {
    operation: Operation,
    /// The one item that it applies to. `None` for the whole operation.
    item: Option<String>,
    refusal: Refusal,
    /// For how many more calls it applies. `None` for every call.
    left: Option<usize>,
}

/// How a call is refused.
pub(crate) enum Refusal {
    /// Like a policy that does not allow it.
    Denied,
    /// With this error.
    Error(ApiError),
}

impl Refusals {
    /// Refuses an operation for the next `times` calls, or forever.
    pub(crate) fn refuse(&mut self, operation: Operation, refusal: Refusal, times: Option<usize>) {
        self.rules.push(Rule { operation, item: None, refusal, left: times });
    }

    /// Refuses one item of an operation, forever.
    pub(crate) fn refuse_item(&mut self, operation: Operation, item: String, refusal: Refusal) {
        self.rules.push(Rule { operation, item: Some(item), refusal, left: None });
    }

    /// Leaves an item out of the responses of the operations that take several.
    pub(crate) fn omit(&mut self, item: String) {
        self.omitted.push(item);
    }

    pub(crate) fn omits(&self, target: &Target) -> bool {
        self.omitted.iter().any(|item| target.is(item))
    }

    /// The first rule that refuses a whole call.
    pub(crate) fn check_call(
        &mut self,
        operation: Operation,
        scope: Scope<'_>,
        targets: &[Target],
    ) -> Result<(), ApiError> {
        for rule in
            self.rules.iter_mut().filter(|rule| rule.operation == operation && rule.left != Some(0))
        {
            let target = match &rule.item {
                None => targets.first(),
                // A batch has a separate result for each item: see `check_batch_item`.
                Some(_) if operation == Operation::BatchGetSecretValue => continue,
                Some(item) => match targets.iter().find(|target| target.is(item)) {
                    Some(target) => Some(target),
                    None => continue,
                },
            };
            rule.left = rule.left.map(|left| left - 1);
            return Err(rule.refusal.error(operation, scope, target));
        }
        Ok(())
    }

    /// The first rule that refuses one item of a BatchGetSecretValue.
    ///
    /// As with AWS, a caller without GetSecretValue for a secret does not get it from a batch
    /// either.
    pub(crate) fn check_batch_item(
        &self,
        scope: Scope<'_>,
        target: &Target,
    ) -> Result<(), ApiError> {
        let refuses = |rule: &&Rule| match (&rule.item, rule.operation) {
            (Some(item), Operation::BatchGetSecretValue | Operation::GetSecretValue) => {
                target.is(item)
            }
            (None, Operation::GetSecretValue) => matches!(rule.refusal, Refusal::Denied),
            _ => false,
        };
        match self.rules.iter().find(refuses) {
            Some(rule) => Err(rule.refusal.error(Operation::GetSecretValue, scope, Some(target))),
            None => Ok(()),
        }
    }
}

impl Refusal {
    fn error(&self, operation: Operation, scope: Scope<'_>, target: Option<&Target>) -> ApiError {
        match self {
            Self::Denied => access_denied(operation, scope, target),
            Self::Error(error) => error.clone(),
        }
    }
}

/// AWS's text for a call that no policy allows.
fn access_denied(operation: Operation, scope: Scope<'_>, target: Option<&Target>) -> ApiError {
    let resource = match (operation, target) {
        // These two are granted only on `*`, and their denials name no resource.
        (Operation::BatchGetSecretValue | Operation::ListSecrets, _) => String::new(),
        (_, Some(target)) => format!(" on resource: {}", target.resource),
        (_, None) if operation.is_ssm() => {
            let partition = arn::partition(scope.region);
            format!(" on resource: arn:{partition}:ssm:{}:{}:*", scope.region, scope.account)
        }
        (_, None) => String::new(),
    };
    let (user, action) = (scope.user_arn(), operation.action());
    ApiError::new(
        "AccessDeniedException",
        format!(
            "User: {user} is not authorized to perform: {action}{resource} because no identity-based policy allows \
             the {action} action"
        ),
    )
}
