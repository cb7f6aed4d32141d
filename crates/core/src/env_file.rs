//! The env file's dialect: literal values, no substitution, errors that name a line and never its text.

use std::collections::BTreeMap;
use std::fmt;

/// The variables of an env file.
#[derive(Clone, Default)]
pub struct EnvFile {
    variables: BTreeMap<String, zeroize::Zeroizing<String>>,
}

impl EnvFile {
    /// The value of a variable, if the file sets it to something that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
