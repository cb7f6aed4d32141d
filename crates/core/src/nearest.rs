//! The nearest known name to an unknown one, for "did you mean …".

use crate::shown::looks_like_key;

/// The nearest of `known`, or `None` if nothing is near enough.
///
/// Case and separators are ignored. The nearest name is the same name in another spelling
/// (`jsonKey` for `json_key`), or else one that contains the other (`clientId` for
/// `MCP_CLIENT_ID`), or else the one with the fewest misspelled letters, up to a third of them. Of
/// equally near names it is the one with the most similar length. A name that [looks like a
/// key](looks_like_key) is never the nearest, because messages show it.
///
/// ```
/// use hydrant_core::nearest::loose;
///
/// assert_eq!(loose("clientId", ["MCP_CLIENT_ID", "MCP_CLIENT_SECRET"].into_iter()), Some("MCP_CLIENT_ID"));
/// ```
pub fn loose<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    let near = known.filter_map(|known| Some((distance(&wanted, &folded(known))?, known)));
    let near = near.filter(|(_, known)| !looks_like_key(known));
    let rank = |(distance, known): &(usize, &str)| (*distance, known.len().abs_diff(name.len()));
    near.min_by_key(rank).map(|(_, known)| known)
}

fn distance(wanted: &str, known: &str) -> Option<usize> {
    if wanted == known {
        return Some(0);
    }
    let (short, long) = if wanted.len() < known.len() { (wanted, known) } else { (known, wanted) };
    // Too many names contain two given letters.
    if short.len() >= 3 && long.contains(short) {
        return Some(1);
    }
    let most = wanted.len() / 3;
    // Comparing lengths rules out most names, and keeps very long names cheap.
    if long.len() - short.len() > most {
        return None;
    }
    // A misspelling ranks below a contained name.
    Some(1 + strsim::osa_distance(wanted, known)).filter(|distance| *distance <= 1 + most)
}

fn folded(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        fn check(known: &[&str], name: &str, expected: Option<&str>) {
            assert_eq!(loose(name, known.iter().copied()), expected, "{name}");
        }
        let keys = ["json_key", "json_pointer", "arn_var", "arn_parameter", "required", "kms_key"];
        check(&keys, "jsonKey", Some("json_key"));
        check(&keys, "JSON-KEY", Some("json_key"));
        check(&keys, "json.ponter", Some("json_pointer"));
        check(&keys, "arn_vra", Some("arn_var"));
        check(&keys, "requird", Some("required"));
        check(&keys, "colour", None);
        check(&keys, "", None);
        check(&keys, &"x".repeat(100_000), None);

        let members = ["MCP_CLIENT_SECRET", "MCP_CLIENT_ID", "id", "ünïcode"];
        check(&members, "clientId", Some("MCP_CLIENT_ID"));
        check(&members, "THE_MCP_CLIENT_SECRET", Some("MCP_CLIENT_SECRET"));
        check(&members, "Ünïcode", Some("ünïcode"));
        check(&members, "identity", None);
        check(&["client_ids", "clientid"], "client-id", Some("clientid"));
        check(&["a", "0"], "b", None);
        check(&["ghp_qX7vB2nM9kL4jH8gT5dW3zR6"], "ghp", None);
        check(&["ghp_qX7vB2nM9kL4jH8gT5dW3zR6", "ghp_names"], "ghp_", Some("ghp_names"));
        check(&[], "client-id", None);
    }
}
