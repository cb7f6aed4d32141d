//! `json`: one object, its keys in the manifest's order, each value a string.

use serde::{Serialize, Serializer};

use super::{ExportProblem, Format, FormatName, Pair, refuse};

pub(super) struct Json;

impl Format for Json {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Json, pairs, |_| None)?;
        // The same buffer throughout: a separate text would be a copy that is not zeroized.
        let mut bytes = std::mem::take(out).into_bytes();
        serde_json::to_writer_pretty(&mut bytes, &Object(pairs))
            .expect("strings serialize, and a Vec takes every write");
        bytes.push(b'\n');
        *out = String::from_utf8(bytes).expect("serde_json writes UTF-8");
        Ok(())
    }
}

/// The pairs as a map that keeps their order.
struct Object<'a>(&'a [Pair<'a>]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|pair| (pair.name, pair.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NASTY, written};
    use super::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Json, value), format!("{{\n  \"NAME\": {expected}\n}}\n"));
    }

    #[test]
    fn values() {
        check("", r#""""#);
        check("sk-123", r#""sk-123""#);
        check("a \"quote\"\n\\", r#""a \"quote\"\n\\""#);
        check("\u{1}", r#""\u0001""#);
        check("{\"api_key\": 1}", r#""{\"api_key\": 1}""#);
    }

    #[test]
    fn keys_keep_their_order() {
        let mut out = String::new();
        let pairs = [Pair { name: "Z", value: "1" }, Pair { name: "A", value: "2" }];
        Json.write(&pairs, &mut out).expect("JSON holds both");
        assert_eq!(out, "{\n  \"Z\": \"1\",\n  \"A\": \"2\"\n}\n");
    }

    #[test]
    fn no_pairs_are_an_empty_object() {
        let mut out = String::new();
        Json.write(&[], &mut out).expect("JSON holds nothing, too");
        assert_eq!(out, "{}\n");
    }

    #[test]
    fn every_value_reads_back() {
        for value in NASTY {
            let read: serde_json::Value =
                serde_json::from_str(&written(FormatName::Json, value)).expect("valid JSON");
            assert_eq!(read["NAME"], **value);
        }
    }
}
