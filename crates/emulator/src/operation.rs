//! The emulated operations, and AWS's names for them.
//!
//! Names only: `secrets`, `parameters` and `sts` execute the operations.

use std::fmt;

macro_rules! operations {
    ($($service:literal $prefix:literal { $($name:ident)* })*) => {
        /// An operation of Secrets Manager, Parameter Store or STS, by AWS's name for it.
        ///
        /// ```
        /// use hydrant_emulator::Operation;
        ///
        /// assert_eq!(Operation::GetSecretValue.to_string(), "secretsmanager:GetSecretValue");
        /// assert_eq!(Operation::GetParameters.to_string(), "ssm:GetParameters");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(
                #[doc = concat!("`", $service, ":", stringify!($name), "`.")]
                $name,
            )*)*
        }

        impl Operation {
            /// The operation that an `X-Amz-Target` header names.
            pub(crate) fn from_target(target: &str) -> Option<Self> {
                match target {
                    $($(concat!($prefix, ".", stringify!($name)) => Some(Self::$name),)*)*
                    _ => None,
                }
            }

            /// The action as AWS's policies and messages name it, `secretsmanager:GetSecretValue`.
            pub(crate) fn action(self) -> &'static str {
                match self {
                    $($(Self::$name => concat!($service, ":", stringify!($name)),)*)*
                }
            }
        }
    };
}

operations! {
    "secretsmanager" "secretsmanager" {
        GetSecretValue
        BatchGetSecretValue
        DescribeSecret
        CreateSecret
        PutSecretValue
        UpdateSecret
        TagResource
        RotateSecret
        CancelRotateSecret
        DeleteSecret
        RestoreSecret
        UpdateSecretVersionStage
        ListSecretVersionIds
        ListSecrets
    }
    "ssm" "AmazonSSM" {
        GetParameters
        GetParameter
        PutParameter
        DescribeParameters
        DeleteParameter
        LabelParameterVersion
    }
    // In the query protocol no header names it.
    "sts" "" {
        GetCallerIdentity
    }
}

impl Operation {
    /// Whether the operation is one of Parameter Store.
    pub(crate) fn is_ssm(self) -> bool {
        self.action().starts_with("ssm:")
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action())
    }
}
