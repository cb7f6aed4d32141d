//! The examples of the guides keep to the face of the library: what needs the feature `unstable`
//! stands in the sections that say so.

/// Sections of docs/library.md about the feature `unstable`.
const UNSTABLE: [&str; 2] = ["Plan and check", "The stages beneath"];

/// What only the feature gives.
const GATED: [&str; 7] =
    ["hydrant::core", ".plan()", ".examine", ".session(", ".manifest()", "EnvFile", "Selection"];

#[test]
fn examples_use_nothing_unstable_but_where_they_say_so() {
    let mut found = Vec::new();
    for guide in [
        include_str!("../../../docs/library.md"),
        include_str!("../../../README.md"),
        include_str!("../examples/organisations.rs"),
        include_str!("../examples/service.rs"),
    ] {
        let mut section = "";
        for line in guide.lines() {
            section = line.strip_prefix("## ").unwrap_or(section);
            // A table may name what it is about.
            if line.starts_with('|') || UNSTABLE.contains(&section) {
                continue;
            }
            let gated = GATED.iter().filter(|gated| line.contains(**gated));
            found.extend(gated.map(|gated| format!("{section}: {gated} in {line}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    for section in UNSTABLE {
        assert!(include_str!("../../../docs/library.md").contains(&format!("\n## {section}\n")));
    }
}
