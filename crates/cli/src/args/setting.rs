//! Settings that an option gives or, without it, a `HYDRANT_*` variable: which of the two counts.
//!
//! What counts where neither does is left to whoever asks. `hydrant::Builder` has the same rule for
//! the options of the library.

use std::ffi::{OsStr, OsString};

use crate::args::options::Options;

/// A setting with an option and a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Manifest,
    Profile,
    Catalogue,
    Deadline,
}

/// What a setting was given, and the name of the option or variable that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) value: OsString,
    pub(crate) by: &'static str,
}

impl Setting {
    /// What it is given by the options, else by the process's environment.
    pub(crate) fn given(self, options: &Options) -> Option<Given> {
        self.given_with(options, |name| std::env::var_os(name))
    }

    /// The same with these variables. An empty one gives nothing.
    pub(crate) fn given_with(
        self,
        options: &Options,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Option<Given> {
        let (option, option_name, variable_name) = match self {
            Setting::Manifest => {
                (options.manifest.as_deref().map(AsRef::as_ref), "--manifest", "HYDRANT_MANIFEST")
            }
            Setting::Profile => {
                (options.profile.as_deref().map(OsStr::new), "--profile", "HYDRANT_PROFILE")
            }
            Setting::Catalogue => (
                options.catalogue.as_deref().map(AsRef::as_ref),
                "--catalogue",
                "HYDRANT_CATALOGUE",
            ),
            Setting::Deadline => {
                (options.deadline.as_deref().map(OsStr::new), "--deadline", "HYDRANT_DEADLINE")
            }
        };
        match option {
            Some(value) => Some(Given { value: value.to_owned(), by: option_name }),
            None => variable(variable_name)
                .filter(|value| !value.is_empty())
                .map(|value| Given { value, by: variable_name }),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn an_option_goes_before_its_variable_and_an_empty_variable_is_none() {
        fn check(words: &str, variable: Option<&str>, expected: Option<(&str, &str)>) {
            let words = ["hydrant"].into_iter().chain(words.split_whitespace());
            let Line { options } = Line::try_parse_from(words).unwrap();
            let found = Setting::Profile.given_with(&options, |name| {
                assert_eq!(name, "HYDRANT_PROFILE");
                variable.map(OsString::from)
            });
            let found = found.as_ref().map(|given| (given.value.to_str().unwrap(), given.by));
            assert_eq!(found, expected);
        }
        check("", None, None);
        check("", Some(""), None);
        check("", Some("b"), Some(("b", "HYDRANT_PROFILE")));
        check("--profile a", Some("b"), Some(("a", "--profile")));
        check("--profile a", None, Some(("a", "--profile")));
    }
}
