//! Settings that an option gives or, without it, a `HYDRANT_*` variable: which of the two counts.
//!
//! What counts where neither does is left to whoever asks.

use std::ffi::OsStr;

/// A setting with an option and a variable. An option is a method of
/// [`Builder`](crate::Builder), or one of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The path of the manifest.
    Manifest,
    /// The profile.
    Profile,
    /// The path of a catalogue of one's own, which the command line alone reads.
    Catalogue,
    /// The deadline.
    Deadline,
}

/// What a setting was given, and which of the two gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<O, V> {
    /// The option.
    Option(O),
    /// The variable.
    Variable(V),
}

impl Setting {
    /// The name of its variable.
    pub fn variable(self) -> &'static str {
        match self {
            Setting::Manifest => "HYDRANT_MANIFEST",
            Setting::Profile => "HYDRANT_PROFILE",
            Setting::Catalogue => "HYDRANT_CATALOGUE",
            Setting::Deadline => "HYDRANT_DEADLINE",
        }
    }

    /// What it is given by the option, else by its variable. An empty variable gives nothing.
    pub fn given<O, V: AsRef<OsStr>>(
        self,
        option: Option<O>,
        variable: impl FnOnce(&str) -> Option<V>,
    ) -> Option<Given<O, V>> {
        match option {
            Some(value) => Some(Given::Option(value)),
            None => variable(self.variable())
                .filter(|value| !value.as_ref().is_empty())
                .map(Given::Variable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_goes_before_its_variable_and_an_empty_variable_is_none() {
        fn check(
            option: Option<&str>,
            variable: Option<&str>,
            expected: Option<Given<&str, &str>>,
        ) {
            let found = Setting::Profile.given(option, |name| {
                assert_eq!(name, "HYDRANT_PROFILE");
                variable
            });
            assert_eq!(found, expected);
        }
        check(None, None, None);
        check(None, Some(""), None);
        check(None, Some("b"), Some(Given::Variable("b")));
        check(Some("a"), Some("b"), Some(Given::Option("a")));
        check(Some("a"), None, Some(Given::Option("a")));
    }
}
