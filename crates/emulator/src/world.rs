//! All state of the emulator, and the one way through it: record the call, refuse it if configured,
//! else execute it.
//!
//! Synchronous, and without sockets. Each operation is in `secrets`, `parameters` or `sts`.

use serde_json::Value;

use crate::api_error::ApiError;
use crate::calls::Call;
#[cfg(feature = "faults")]
use crate::faults::Limits;
use crate::operation::Operation;
use crate::parameters::{self, Parameters};
use crate::refusals::{Refusals, Target};
use crate::scope::Scope;
use crate::secrets::{self, Secrets};
use crate::sts;
use crate::wire::Origin;

/// Secrets, parameters, refusals, and recorded calls.
pub(crate) struct World {
    pub(crate) account: String,
    pub(crate) secrets: Secrets,
    pub(crate) parameters: Parameters,
    pub(crate) refusals: Refusals,
    #[cfg(feature = "faults")]
    pub(crate) limits: Limits,
    pub(crate) calls: Vec<Call>,
}

impl World {
    pub(crate) fn new(account: String) -> Self {
        Self {
            account,
            secrets: Secrets::default(),
            parameters: Parameters::default(),
            refusals: Refusals::default(),
            #[cfg(feature = "faults")]
            limits: Limits::default(),
            calls: Vec::new(),
        }
    }

    /// Executes a call.
    pub(crate) fn execute(
        &mut self,
        operation: Operation,
        origin: &Origin,
        body: Value,
    ) -> Result<Value, ApiError> {
        let call = Call::new(operation, origin, &body);
        let targets: Vec<Target> =
            call.ids.iter().map(|id| self.target(operation, &call.region, id)).collect();
        self.calls.push(call);
        #[cfg(feature = "faults")]
        self.limits.check(operation, std::time::Instant::now())?;

        let Self { account, secrets, parameters, refusals, .. } = self;
        let scope = Scope { region: &origin.region, account };
        refusals.check_call(operation, scope, &targets)?;

        match operation {
            Operation::GetSecretValue => secrets::get_secret_value(secrets, scope, body),
            Operation::BatchGetSecretValue => {
                secrets::batch_get_secret_value(secrets, refusals, scope, body)
            }
            Operation::DescribeSecret => secrets::describe_secret(secrets, scope, body),
            Operation::CreateSecret => secrets::create_secret(secrets, scope, body),
            Operation::PutSecretValue => secrets::put_secret_value(secrets, scope, body),
            Operation::UpdateSecret => secrets::update_secret(secrets, scope, body),
            Operation::TagResource => secrets::tag_resource(secrets, scope, body),
            Operation::RotateSecret => secrets::rotate_secret(secrets, scope, body),
            Operation::CancelRotateSecret => secrets::cancel_rotate_secret(secrets, scope, body),
            Operation::DeleteSecret => secrets::delete_secret(secrets, scope, body),
            Operation::RestoreSecret => secrets::restore_secret(secrets, scope, body),
            Operation::UpdateSecretVersionStage => {
                secrets::update_secret_version_stage(secrets, scope, body)
            }
            Operation::ListSecretVersionIds => {
                secrets::list_secret_version_ids(secrets, scope, body)
            }
            Operation::ListSecrets => secrets::list_secrets(secrets, scope, body),
            Operation::GetParameters => {
                parameters::get_parameters(parameters, refusals, scope, body)
            }
            Operation::GetParameter => parameters::get_parameter(parameters, scope, body),
            Operation::PutParameter => parameters::put_parameter(parameters, scope, body),
            Operation::DescribeParameters => {
                parameters::describe_parameters(parameters, scope, body)
            }
            Operation::DeleteParameter => parameters::delete_parameter(parameters, scope, body),
            Operation::GetCallerIdentity => Ok(sts::get_caller_identity(scope)),
            Operation::LabelParameterVersion => {
                parameters::label_parameter_version(parameters, scope, body)
            }
        }
    }

    /// The meaning of an id in a call: every way to name it, and the resource in a denial.
    fn target(&self, operation: Operation, region: &str, id: &str) -> Target {
        let scope = Scope { region, account: &self.account };
        if operation.is_ssm() {
            self.parameters.target(scope, id)
        } else {
            self.secrets.target(scope, id)
        }
    }
}
