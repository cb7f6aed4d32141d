//! The nearest known name to one that is not known.

/// The nearest of `known`, case and separators ignored; `None` if nothing is near.
pub(crate) fn loose<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    let scored = known.map(|known| {
        let folded = folded(known);
        // `clientId` for `MCP_CLIENT_ID`: what is contained whole is near.
        let contained =
            wanted.len() >= 3 && folded.len() >= 3 && (folded.contains(&wanted) || wanted.contains(&folded));
        let score = if folded == wanted {
            1.0
        } else if contained {
            0.9
        } else {
            strsim::jaro_winkler(&wanted, &folded)
        };
        (known, score)
    });
    let best = scored.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    (best.1 >= 0.8).then_some(best.0)
}

fn folded(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
