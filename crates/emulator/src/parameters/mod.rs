//! Parameter Store: the store, and how ids are looked up in it.
//!
//! The operations are in the files next to this one.

mod list;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use crate::arn::{self, Arn};
use crate::refusals::Target;
use crate::scope::Scope;

pub(crate) use list::describe_parameters;
pub(crate) use read::{get_parameter, get_parameters};
pub(crate) use write::{delete_parameter, label_parameter_version, put_parameter};

/// The type of a parameter, by AWS's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterType {
    /// `String`.
    String,
    /// `StringList`: values separated by commas.
    StringList,
    /// `SecureString`: returned as ciphertext unless the call requests decryption.
    SecureString,
}

impl ParameterType {
    const ALL: [Self; 3] = [Self::String, Self::StringList, Self::SecureString];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The parameters of every region and account, by name.
#[derive(Default)]
pub(crate) struct Parameters {
    by_key: BTreeMap<Key, Parameter>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    region: String,
    account: String,
    name: String,
}

struct Parameter {
    arn: String,
    name: String,
    kind: ParameterType,
    description: Option<String>,
    key_id: Option<String>,
    tier: &'static str,
    /// Oldest first, and never empty.
    versions: VecDeque<Version>,
}

/// One version of a parameter. It has no `Debug`, so that nothing can print its value.
struct Version {
    number: i64,
    value: String,
    /// The text of a SecureString without decryption.
    ciphertext: Option<String>,
    labels: BTreeSet<String>,
    modified: f64,
}

/// The parameter in a call, and its version.
struct Selected<'a> {
    key: Option<Key>,
    /// The version or the label after the name.
    selector: Option<&'a str>,
}

impl Parameters {
    /// Everything that an id names; see [`Target`].
    pub(crate) fn target(&self, scope: Scope<'_>, id: &str) -> Target {
        let selected = self.select(scope, id);
        let mut aliases = vec![id.to_owned()];
        let Some(parameter) = selected.key.and_then(|key| self.by_key.get(&key)) else {
            let resource = match Arn::parse(id) {
                Some(_) => id.to_owned(),
                None => arn::parameter_arn(scope.region, scope.account, id),
            };
            return Target { aliases, resource };
        };
        aliases.push(parameter.name.clone());
        aliases.push(parameter.arn.clone());
        Target { aliases, resource: parameter.arn.clone() }
    }

    /// Parses an id: a name or an ARN, and a selector after a colon.
    fn select<'a>(&self, scope: Scope<'_>, id: &'a str) -> Selected<'a> {
        let (account, name, from_arn) = match Arn::parse(id) {
            None => (scope.account, id, false),
            Some(arn) => match arn.parameter_name().filter(|_| arn.region == scope.region) {
                Some(name) => (arn.account, name, true),
                None => return Selected { key: None, selector: None },
            },
        };
        let (name, selector) = match name.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (name, None),
        };
        let key = |name: String| Key {
            region: scope.region.to_owned(),
            account: account.to_owned(),
            name,
        };
        let candidates = if from_arn {
            vec![format!("/{name}"), name.to_owned()]
        } else {
            vec![name.to_owned()]
        };
        let key = candidates.into_iter().map(key).find(|key| self.by_key.contains_key(key));
        Selected { key, selector }
    }
}

impl Parameter {
    fn latest(&self) -> Option<&Version> {
        self.versions.back()
    }

    /// The version that a selector names: a number or a label.
    fn version(&self, selector: Option<&str>) -> Option<&Version> {
        let Some(selector) = selector else { return self.latest() };
        match selector.parse::<i64>() {
            Ok(number) => self.versions.iter().find(|version| version.number == number),
            Err(_) => self.versions.iter().find(|version| version.labels.contains(selector)),
        }
    }
}
