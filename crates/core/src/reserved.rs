//! Names of variables that make a program load or run code, or that change how it works. Someone
//! who can write an env file or a secret is trusted with values, but not with these.
//!
//! Pure: the callers decide what to refuse. The names are in the files below, each with its program
//! and the manual that describes it. docs/reserved-names.md lists them.

mod builds;
mod filter;
mod interpreters;
mod runs;
mod system;
mod tools;
mod virtual_machines;

#[cfg(test)]
mod tests;

pub use self::runs::{RUNS, Run};

/// A program, and the environment variables that control it. A name may have one `*`, which matches
/// any text.
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// The part of its manual that describes them.
    pub manual: &'static str,
    /// Names that make it load or run code, or that point to a file that does, each with the
    /// reason.
    pub load: &'static [(&'static str, &'static str)],
    /// Names that change how it works in another way, each with the reason.
    pub change: &'static [(&'static str, &'static str)],
    /// Families: names that begin or end this way and are neither harmless nor credentials.
    pub families: &'static [(&'static str, &'static str)],
    /// Whether all of its families load code. An entry cannot have such a name either.
    pub families_load: bool,
    /// Harmless members of the families.
    pub harmless: &'static [&'static str],
    /// Whether it also reads the names in lowercase.
    pub any_case: bool,
    /// Whether it reads two `_` as one. Then `__` does not mark a member of its families as a
    /// credential.
    pub joins_words: bool,
}

impl Program {
    const NONE: Program = Program {
        name: "",
        manual: "",
        load: &[],
        change: &[],
        families: &[],
        families_load: false,
        harmless: &[],
        any_case: false,
        joins_words: false,
    };

    fn find(
        &self,
        list: &'static [(&'static str, &'static str)],
        name: &str,
    ) -> Option<&'static str> {
        list.iter()
            .find(|(pattern, _)| matches(pattern, name, self.any_case))
            .map(|(_, reason)| *reason)
    }

    fn family(&self, name: &str) -> Option<&'static str> {
        let reason = self.find(self.families, name)?;
        let harmless = || self.harmless.iter().any(|pattern| matches(pattern, name, self.any_case));
        let credential = is_credential(name) || (!self.joins_words && name.contains("__"));
        (!credential && !harmless()).then_some(reason)
    }
}

/// All of them, in the order of the documentation.
pub fn programs() -> impl Iterator<Item = &'static Program> {
    filter::ALL.into_iter().flatten()
}

/// Why an entry cannot have this name without `allow_reserved`, as the end of the sentence "NAME
/// …"; `None` for all other names.
///
/// ```
/// use hydrant_core::reserved::reason;
///
/// assert_eq!(reason("LD_PRELOAD"), Some("makes the dynamic linker load code"));
/// assert_eq!(reason("OPENAI_API_KEY"), None);
/// assert_eq!(reason("NODE_AUTH_TOKEN"), None);
/// ```
pub fn reason(name: &str) -> Option<&'static str> {
    if !filter::may_match(name) {
        return None;
    }
    programs().find_map(|program| {
        let family = || if program.families_load { program.family(name) } else { None };
        program.find(program.load, name).or_else(family)
    })
}

/// Why a variable of this name in an env file is not passed on. Like [`reason`], for many more
/// names.
///
/// ```
/// use hydrant_core::reserved::reason_in_env_file;
///
/// assert_eq!(reason_in_env_file("GIT_TRACE"), Some("changes how git works"));
/// assert_eq!(reason_in_env_file("GIT_COMMIT"), None);
/// ```
pub fn reason_in_env_file(name: &str) -> Option<&'static str> {
    if !filter::may_match(name) {
        return None;
    }
    programs().find_map(|program| {
        let (load, change) =
            (program.find(program.load, name), || program.find(program.change, name));
        load.or_else(change).or_else(|| program.family(name))
    })
}

/// Whether a member of a family is a password for a service: no program loads code from it.
fn is_credential(name: &str) -> bool {
    const ENDS: [&str; 4] = ["_TOKEN", "_KEY", "_SECRET", "_PASSWORD"];
    ENDS.iter().any(|end| ends_with(name, end, true))
}

fn matches(pattern: &str, name: &str, any_case: bool) -> bool {
    match pattern.split_once('*') {
        None => name.len() == pattern.len() && ends_with(name, pattern, any_case),
        Some((start, end)) => {
            name.len() >= start.len() + end.len()
                && same(&name.as_bytes()[..start.len()], start, any_case)
                && ends_with(name, end, any_case)
        }
    }
}

fn ends_with(name: &str, end: &str, any_case: bool) -> bool {
    let from = name.len().checked_sub(end.len());
    from.is_some_and(|from| same(&name.as_bytes()[from..], end, any_case))
}

fn same(bytes: &[u8], text: &str, any_case: bool) -> bool {
    if any_case { bytes.eq_ignore_ascii_case(text.as_bytes()) } else { bytes == text.as_bytes() }
}
