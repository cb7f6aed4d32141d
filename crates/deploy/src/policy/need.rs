//! What each entry of a plan needs: its secrets, its parameters and its keys.

use hydrant_core::manifest::Entry;
use hydrant_core::plan::{Plan, Planned, Step};
use hydrant_core::reference::{ParameterId, SecretId};
use hydrant_core::source::{Source, ValueId};

use super::arn::{self, Key};
use super::{PolicyProblem, PolicyProblemKind, PolicyRequest};
use crate::source::{secret_by_parameter, source};

/// What one entry needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) variable: String,
    /// Secrets that its value may be read from.
    pub(super) secrets: Vec<SecretNeed>,
    /// The parameter that holds its reference.
    pub(super) published: Option<String>,
    /// The parameter that holds its value.
    pub(super) value: Option<ValueNeed>,
    /// The keys that its value may be encrypted with.
    pub(super) keys: Vec<Key>,
    /// The name to create that it counts by, since nothing known here names its secret.
    pub(super) by_name: Option<String>,
}

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecretNeed {
    pub(super) arn: String,
    pub(super) region: String,
    /// The account that its reference names.
    pub(super) account: Option<String>,
    /// Whether reads are pinned to a version, which a batch cannot be.
    pub(super) pinned: bool,
    /// The secret that creating it would make; `None` where the reference is an ARN.
    pub(super) creates: Option<String>,
}

/// A parameter that holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ValueNeed {
    pub(super) arn: String,
    pub(super) region: String,
    /// Whether it can be written and deleted: PutParameter and DeleteParameter take a name.
    pub(super) changeable: bool,
}

/// What every entry needs, or every entry that no policy can be made for.
pub(super) fn needs(plan: &Plan, request: &PolicyRequest) -> Result<Vec<Need>, Vec<PolicyProblem>> {
    let (mut needs, mut problems) = (Vec::new(), Vec::new());
    for Planned { entry, step } in &plan.entries {
        let finder = Finder { entry, request };
        match finder.need(step) {
            Ok(need) => needs.push(need),
            Err(kind) => {
                problems.push(PolicyProblem {
                    variable: entry.name.clone(),
                    line: entry.line,
                    kind,
                });
            }
        }
    }
    if problems.is_empty() { Ok(needs) } else { Err(problems) }
}

struct Finder<'a> {
    entry: &'a Entry,
    request: &'a PolicyRequest,
}

impl Finder<'_> {
    fn need(&self, step: &Step) -> Result<Need, PolicyProblemKind> {
        let mut need =
            Need { variable: self.entry.name.clone(), keys: self.keys()?, ..Need::default() };
        let source = source(step)?;
        match source {
            Some(source) => self.source(source, &mut need),
            None => self.count_by_name(&mut need),
        }
        if let Some(parameter) = &step.parameter {
            let region = self.region(parameter.region());
            need.published = Some(arn::parameter(parameter, region, self.account()));
            // What the parameter names is unknown here; where the manifest names a secret too,
            // it may be that one.
            if !source.is_some_and(|source| self.is_named_by(source)) && need.by_name.is_none() {
                self.count_by_name(&mut need);
            }
        }
        Ok(need)
    }

    fn source(&self, source: &Source, need: &mut Need) {
        match &source.id {
            ValueId::Secret(id, version) => {
                let region = self.region(id.region());
                need.secrets.push(SecretNeed {
                    arn: arn::secret(id, region, self.account()),
                    region: region.to_owned(),
                    account: id.account().map(str::to_owned),
                    pinned: version.is_some(),
                    creates: matches!(id, SecretId::Name(_)).then(|| self.created(region)),
                });
            }
            ValueId::Parameter(id) => {
                let region = self.region(id.region());
                need.value = Some(ValueNeed {
                    arn: arn::parameter(id, region, self.account()),
                    region: region.to_owned(),
                    changeable: id.is_changeable(),
                });
                if let Some(name) = secret_by_parameter(id) {
                    let account = match id {
                        ParameterId::Arn(arn) => Some(arn.account().to_owned()),
                        ParameterId::Name(_) => None,
                    };
                    need.secrets.push(SecretNeed {
                        arn: arn::secret_named(name, region, account.as_deref().or(self.account())),
                        region: region.to_owned(),
                        account,
                        // Parameter Store reads it, and no batch does.
                        pinned: true,
                        creates: None,
                    });
                }
            }
        }
    }

    /// Whether the source is the secret that the entry's name to create names.
    fn is_named_by(&self, source: &Source) -> bool {
        match &source.id {
            ValueId::Secret(SecretId::Name(name), _) => *name == self.entry.create_name,
            ValueId::Secret(SecretId::Arn(arn), _) => arn::name_of(arn) == self.entry.create_name,
            ValueId::Parameter(_) => false,
        }
    }

    fn count_by_name(&self, need: &mut Need) {
        need.by_name = Some(self.entry.create_name.clone());
        self.source(&self.entry.created_source(), need);
    }

    fn created(&self, region: &str) -> String {
        arn::secret_named(&self.entry.create_name, region, self.account())
    }

    fn keys(&self) -> Result<Vec<Key>, PolicyProblemKind> {
        let all = self.entry.kms_key.iter().chain(&self.request.kms_keys);
        all.map(|text| Key::parse(text).ok_or(PolicyProblemKind::Key)).collect()
    }

    fn region<'a>(&'a self, own: Option<&'a str>) -> &'a str {
        own.unwrap_or(&self.request.region)
    }

    fn account(&self) -> Option<&str> {
        self.request.account.as_deref()
    }
}
