//! The value of a setting from an option or a `HYDRANT_*` variable, and the name of the one that
//! gave it. The library decides which one takes precedence ([`hydrant::Setting`]).

use std::ffi::{OsStr, OsString};

use hydrant::Setting;

use crate::args::options::Options;

/// The value of a setting, and the name of the option or variable that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) value: OsString,
    pub(crate) by: &'static str,
}

/// The value from the options, else from the process environment.
pub(crate) fn given(setting: Setting, options: &Options) -> Option<Given> {
    given_with(setting, options, |name| std::env::var_os(name))
}

/// The same with the given variables.
pub(crate) fn given_with(
    setting: Setting,
    options: &Options,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<Given> {
    let (option, name): (Option<&OsStr>, _) = match setting {
        Setting::Manifest => (options.manifest.as_deref().map(AsRef::as_ref), "--manifest"),
        Setting::Profile => (options.profile.as_deref().map(AsRef::as_ref), "--profile"),
        Setting::Catalogue => (options.catalogue.as_deref().map(AsRef::as_ref), "--catalogue"),
        Setting::Deadline => (options.deadline.as_deref().map(AsRef::as_ref), "--deadline"),
    };
    setting.given(option, variable).map(|given| match given {
        hydrant::Given::Option(value) => Given { value: value.to_owned(), by: name },
        hydrant::Given::Variable(value) => Given { value, by: setting.variable() },
    })
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
            let found = given_with(Setting::Profile, &options, |name| {
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
