//! The manifest: which one, from where, what is wrong with it, and what of it counts.

use hydrant_core::shown;

use super::{Finding, Mark, Section};

/// What is known of the manifest.
pub(crate) struct Facts<'a> {
    /// The path, as it was named.
    pub(crate) path: &'a str,
    /// The option or variable that names it.
    pub(crate) named_by: Option<&'static str>,
    /// What is wrong with it, or with what is asked of it.
    pub(crate) problems: Vec<Finding>,
    /// The profile that is overlaid, and what chooses it.
    pub(crate) profile: Option<(&'a str, &'static str)>,
    /// The profiles that there are; `None` where the manifest could not be read.
    pub(crate) profiles: Option<Vec<&'a str>>,
    /// How many entries are selected, of how many; `None` where that could not be found out.
    pub(crate) entries: Option<(usize, usize)>,
}

pub(crate) fn findings(facts: Facts<'_>) -> Vec<Finding> {
    let ok = |name, message: String| Finding::new(Section::Manifest, name, Mark::Ok, message);
    let mut findings = Vec::new();
    if facts.profiles.is_some() {
        let named_by = facts.named_by.map(|name| format!(" ({name})")).unwrap_or_default();
        findings.push(ok("path", format!("{}{named_by}", facts.path)));
    }
    findings.extend(facts.problems);
    match (facts.profile, &facts.profiles) {
        (Some((name, chosen_by)), Some(known)) if known.contains(&name) => {
            let name = shown::unquoted(name);
            findings.push(
                ok("profile", format!("{name} ({chosen_by})")).detail("profile", name.into_owned()),
            );
        }
        (None, Some(known)) if !known.is_empty() => {
            let message = format!("none is chosen, of {}", shown::list(known.iter().copied()));
            findings.push(
                ok("profile", message)
                    .hint("--profile NAME or HYDRANT_PROFILE chooses one".to_owned()),
            );
        }
        _ => {}
    }
    if let Some((selected, all)) = facts.entries {
        let finding = match (selected, all) {
            (_, 0) => Finding::new(
                Section::Manifest,
                "entries",
                Mark::Warning,
                "the manifest has no entry",
            )
            .hint("add one: hydrant add NAME".to_owned()),
            (selected, all) if selected == all => ok("entries", format!("all {all}")),
            (selected, all) => ok("entries", format!("{selected} of {all} (--only)")),
        };
        findings.push(finding.detail("selected", selected).detail("all", all));
    }
    findings
}
