//! From what entries need to statements: one a kind, in a fixed order, each with its entries.

use std::collections::{BTreeMap, BTreeSet};

use hydrant_core::Batch;
use hydrant_core::plan::secrets_per_call;
use hydrant_core::store::Action;

use super::need::{Need, SecretNeed};
use super::{Conditions, PolicyRequest, Purpose, Statement, arn};

/// The kinds of statements, in the order in which a policy has them. What the statement of a kind
/// allows never depends on the manifest; on what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ReadSecrets,
    ReadSecretsInBatches,
    ReadParameters,
    PutSecrets,
    CreateSecrets,
    PutParameters,
    DescribeSecrets,
    DescribeParameters,
    DeleteSecrets,
    DeleteParameters,
    RollBackSecrets,
    RotateSecrets,
    Decrypt,
    DecryptByAlias,
    EncryptSecrets,
    EncryptSecretsByAlias,
    EncryptParameters,
    EncryptParametersByAlias,
}

impl Kind {
    fn sid(self) -> &'static str {
        match self {
            Kind::ReadSecrets => "ReadSecrets",
            Kind::ReadSecretsInBatches => "ReadSecretsInBatches",
            Kind::ReadParameters => "ReadParameters",
            Kind::PutSecrets => "PutSecrets",
            Kind::CreateSecrets => "CreateSecrets",
            Kind::PutParameters => "PutParameters",
            Kind::DescribeSecrets => "DescribeSecrets",
            Kind::DescribeParameters => "DescribeParameters",
            Kind::DeleteSecrets => "DeleteSecrets",
            Kind::DeleteParameters => "DeleteParameters",
            Kind::RollBackSecrets => "RollBackSecrets",
            Kind::RotateSecrets => "RotateSecrets",
            Kind::Decrypt => "Decrypt",
            Kind::DecryptByAlias => "DecryptByAlias",
            Kind::EncryptSecrets => "EncryptSecrets",
            Kind::EncryptSecretsByAlias => "EncryptSecretsByAlias",
            Kind::EncryptParameters => "EncryptParameters",
            Kind::EncryptParametersByAlias => "EncryptParametersByAlias",
        }
    }

    fn actions(self) -> &'static [&'static str] {
        match self {
            Kind::ReadSecrets => const { &[Action::GetSecretValue.as_str()] },
            Kind::ReadSecretsInBatches => const { &[Action::BatchGetSecretValue.as_str()] },
            Kind::ReadParameters => const { &[Action::GetParameters.as_str()] },
            Kind::PutSecrets => const { &[Action::PutSecretValue.as_str()] },
            Kind::CreateSecrets => const { &[Action::CreateSecret.as_str()] },
            Kind::PutParameters => const { &[Action::PutParameter.as_str()] },
            Kind::DescribeSecrets => const { &[Action::DescribeSecret.as_str()] },
            Kind::DescribeParameters => const { &[Action::DescribeParameters.as_str()] },
            Kind::DeleteSecrets => {
                const {
                    &[
                        Action::DeleteSecret.as_str(),
                        Action::DescribeSecret.as_str(),
                        Action::RestoreSecret.as_str(),
                    ]
                }
            }
            Kind::DeleteParameters => const { &[Action::DeleteParameter.as_str()] },
            Kind::RollBackSecrets => {
                const {
                    &[
                        Action::DescribeSecret.as_str(),
                        Action::ListSecretVersionIds.as_str(),
                        Action::UpdateSecretVersionStage.as_str(),
                    ]
                }
            }
            Kind::RotateSecrets => {
                const { &[Action::DescribeSecret.as_str(), Action::RotateSecret.as_str()] }
            }
            Kind::Decrypt | Kind::DecryptByAlias => &["kms:Decrypt"],
            Kind::EncryptSecrets | Kind::EncryptSecretsByAlias => {
                &["kms:Decrypt", "kms:GenerateDataKey"]
            }
            // A parameter of the standard tier is encrypted with the key itself, one of the
            // advanced tier with a data key.
            Kind::EncryptParameters | Kind::EncryptParametersByAlias => {
                &["kms:Encrypt", "kms:GenerateDataKey"]
            }
        }
    }
}

/// The statements of one policy, as they are found.
#[derive(Default)]
struct Found {
    kinds: BTreeMap<Kind, (BTreeMap<String, BTreeSet<String>>, Conditions)>,
}

impl Found {
    fn add(&mut self, kind: Kind, resource: &str, variable: &str) {
        let (resources, _) = self.kinds.entry(kind).or_default();
        resources.entry(resource.to_owned()).or_default().insert(variable.to_owned());
    }

    fn condition(
        &mut self,
        kind: Kind,
        operator: &str,
        key: &str,
        values: impl IntoIterator<Item = String>,
    ) {
        let (_, conditions) = self.kinds.entry(kind).or_default();
        conditions
            .entry(operator.to_owned())
            .or_default()
            .entry(key.to_owned())
            .or_default()
            .extend(values);
    }

    /// The keys of an entry, for what a service does with them. `kinds` are that for keys, and for
    /// keys by an alias.
    fn keys(
        &mut self,
        kinds: (Kind, Kind),
        need: &Need,
        service: &str,
        region: &str,
        account: Option<&str>,
    ) {
        for key in &need.keys {
            let (resource, alias) = key.resource(region, account);
            let kind = if alias.is_some() { kinds.1 } else { kinds.0 };
            self.add(kind, &resource, &need.variable);
            self.condition(kind, "StringEquals", "kms:ViaService", arn::via(service, region));
            if let Some(alias) = alias {
                self.condition(
                    kind,
                    "ForAnyValue:StringEquals",
                    "kms:ResourceAliases",
                    [alias.to_owned()],
                );
            }
        }
    }
}

/// One statement for each kind that some entry needs.
pub(super) fn statements(needs: &[Need], request: &PolicyRequest) -> Vec<Statement> {
    let mut found = Found::default();
    for purpose in &request.purposes {
        for need in needs {
            match &request.principal {
                None => identity(*purpose, need, request, &mut found),
                Some(_) => secrets(*purpose, need, false, &mut found),
            }
        }
    }
    if request.purposes.contains(&Purpose::Run) && request.principal.is_none() {
        for variable in batched(needs, request.batch) {
            found.add(Kind::ReadSecretsInBatches, "*", variable);
        }
    }
    let each = found.kinds.into_iter().map(|(kind, (needed_by, condition))| {
        let resource = match &request.principal {
            None => needed_by.keys().cloned().collect(),
            // The policy hangs on the secret itself.
            Some(_) => vec!["*".to_owned()],
        };
        Statement {
            sid: kind.sid(),
            effect: "Allow",
            principal: request
                .principal
                .as_ref()
                .map(|principal| BTreeMap::from([("AWS", principal.clone())])),
            action: kind.actions().to_vec(),
            resource,
            condition,
            needed_by,
        }
    });
    each.collect()
}

/// What the role of a purpose needs for an entry.
fn identity(purpose: Purpose, need: &Need, request: &PolicyRequest, found: &mut Found) {
    let (variable, account) = (need.variable.as_str(), request.account.as_deref());
    // Each command finds the place of a value as a read does.
    if let Some(published) = &need.published {
        found.add(Kind::ReadParameters, published, variable);
    }
    secrets(purpose, need, request.create, found);
    let kinds = match purpose {
        Purpose::Run => Some((Kind::Decrypt, Kind::DecryptByAlias)),
        Purpose::Put => Some((Kind::EncryptSecrets, Kind::EncryptSecretsByAlias)),
        _ => None,
    };
    for (kinds, secret) in
        kinds.iter().flat_map(|kinds| need.secrets.iter().map(move |secret| (*kinds, secret)))
    {
        found.keys(kinds, need, "secretsmanager", &secret.region, account);
    }
    let Some(value) = &need.value else { return };
    match purpose {
        Purpose::Run => {
            found.add(Kind::ReadParameters, &value.arn, variable);
            found.keys((Kind::Decrypt, Kind::DecryptByAlias), need, "ssm", &value.region, account);
        }
        Purpose::Put if value.changeable => {
            found.add(Kind::DescribeParameters, "*", variable);
            found.add(Kind::PutParameters, &value.arn, variable);
            let kinds = (Kind::EncryptParameters, Kind::EncryptParametersByAlias);
            found.keys(kinds, need, "ssm", &value.region, account);
        }
        Purpose::Status => found.add(Kind::DescribeParameters, "*", variable),
        Purpose::Delete if value.changeable => {
            found.add(Kind::DeleteParameters, &value.arn, variable)
        }
        Purpose::Put | Purpose::Delete | Purpose::Rollback | Purpose::Rotate => {}
    }
}

/// What is done to secrets themselves, which is all that their own policies can allow.
fn secrets(purpose: Purpose, need: &Need, create: bool, found: &mut Found) {
    let kind = match purpose {
        Purpose::Run => Kind::ReadSecrets,
        Purpose::Put => Kind::PutSecrets,
        Purpose::Status => Kind::DescribeSecrets,
        Purpose::Delete => Kind::DeleteSecrets,
        Purpose::Rollback => Kind::RollBackSecrets,
        Purpose::Rotate => Kind::RotateSecrets,
    };
    // A secret that is read through Parameter Store is a parameter to every other command.
    let through_parameter = |secret: &SecretNeed| need.value.is_some() && secret.creates.is_none();
    for secret in
        need.secrets.iter().filter(|secret| purpose == Purpose::Run || !through_parameter(secret))
    {
        found.add(kind, &secret.arn, &need.variable);
        if let (Purpose::Put, true, Some(created)) = (purpose, create, &secret.creates) {
            found.add(Kind::CreateSecrets, created, &need.variable);
        }
    }
}

/// The entries that the planned reads take several at a time, as `fetch` does.
fn batched(needs: &[Need], batch: Batch) -> BTreeSet<&str> {
    let mut regions = BTreeMap::<&str, BTreeMap<&str, (Option<&str>, BTreeSet<&str>)>>::new();
    for need in needs {
        // Several are what a parameter may name and what stands in for it: one of them is read.
        for secret in need.secrets.iter().take(1).filter(|secret| !secret.pinned) {
            let place = regions.entry(&secret.region).or_default().entry(&secret.arn).or_default();
            place.0 = secret.account.as_deref();
            place.1.insert(&need.variable);
        }
    }
    let several = regions.into_values().filter(|secrets| {
        let accounts = secrets.values().filter_map(|(account, _)| *account);
        secrets.len() > 1 && secrets_per_call(batch, accounts) > 1
    });
    several.flat_map(BTreeMap::into_values).flat_map(|(_, variables)| variables).collect()
}
