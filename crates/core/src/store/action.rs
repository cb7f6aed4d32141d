//! What a call was for: one variant for each call to AWS, and what comes before the first one.

use std::fmt;

/// What an error is about: a call to AWS, or what comes before the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// GetSecretValue.
    GetSecretValue,
    /// BatchGetSecretValue.
    BatchGetSecretValue,
    /// DescribeSecret.
    DescribeSecret,
    /// ListSecretVersionIds.
    ListSecretVersionIds,
    /// ListSecrets.
    ListSecrets,
    /// CreateSecret.
    CreateSecret,
    /// PutSecretValue.
    PutSecretValue,
    /// UpdateSecretVersionStage.
    UpdateSecretVersionStage,
    /// DeleteSecret.
    DeleteSecret,
    /// RestoreSecret.
    RestoreSecret,
    /// RotateSecret.
    RotateSecret,
    /// GetParameters.
    GetParameters,
    /// DescribeParameters.
    DescribeParameters,
    /// PutParameter.
    PutParameter,
    /// DeleteParameter.
    DeleteParameter,
    /// GetCallerIdentity.
    GetCallerIdentity,
    /// Finding settings, region and credentials, before any call; no action of IAM.
    Connect,
    /// The program that an AWS profile names as `credential_process`; no action of IAM.
    CredentialProcess,
    /// A request without a signature, to see whether anyone responds; no action of IAM.
    Probe,
}

impl Action {
    /// The name as IAM writes it: `secretsmanager:GetSecretValue`. For what is not an IAM action, a
    /// word without a colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::GetSecretValue => "secretsmanager:GetSecretValue",
            Action::BatchGetSecretValue => "secretsmanager:BatchGetSecretValue",
            Action::DescribeSecret => "secretsmanager:DescribeSecret",
            Action::ListSecretVersionIds => "secretsmanager:ListSecretVersionIds",
            Action::ListSecrets => "secretsmanager:ListSecrets",
            Action::CreateSecret => "secretsmanager:CreateSecret",
            Action::PutSecretValue => "secretsmanager:PutSecretValue",
            Action::UpdateSecretVersionStage => "secretsmanager:UpdateSecretVersionStage",
            Action::DeleteSecret => "secretsmanager:DeleteSecret",
            Action::RestoreSecret => "secretsmanager:RestoreSecret",
            Action::RotateSecret => "secretsmanager:RotateSecret",
            Action::GetParameters => "ssm:GetParameters",
            Action::DescribeParameters => "ssm:DescribeParameters",
            Action::PutParameter => "ssm:PutParameter",
            Action::DeleteParameter => "ssm:DeleteParameter",
            Action::GetCallerIdentity => "sts:GetCallerIdentity",
            Action::Connect => "connect",
            Action::CredentialProcess => "credential_process",
            Action::Probe => "probe",
        }
    }

    /// Whether it changes something in AWS.
    pub const fn is_write(self) -> bool {
        match self {
            Action::CreateSecret
            | Action::PutSecretValue
            | Action::UpdateSecretVersionStage
            | Action::DeleteSecret
            | Action::RestoreSecret
            | Action::RotateSecret
            | Action::PutParameter
            | Action::DeleteParameter => true,
            Action::GetSecretValue
            | Action::BatchGetSecretValue
            | Action::DescribeSecret
            | Action::ListSecretVersionIds
            | Action::ListSecrets
            | Action::GetParameters
            | Action::DescribeParameters
            | Action::GetCallerIdentity
            | Action::Connect
            | Action::CredentialProcess
            | Action::Probe => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
