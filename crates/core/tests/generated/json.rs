//! Extraction from JSON, compared with `serde_json` for the same document: strings unquoted,
//! everything else as it is written. The cost of depth is tested next to the code.

use std::collections::BTreeMap;
use std::path::Path;

use hydrant_core::extract::{FoundValue, extract};
use hydrant_core::fetch::Fetched;
use hydrant_core::plan::{Planned, Settled};
use hydrant_core::read::ReadValue;
use hydrant_core::reason::Reason;
use hydrant_core::reference::Origin;
use hydrant_core::reference::SecretId;
use hydrant_core::selector::Selector;
use hydrant_core::source::{Source, ValueId};
use hydrant_core::{Env, Manifest, SecretValue, Selection};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::texts::{changed, changes, soup};

const PIECES: &[&str] = &[
    "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"a\":", "\\", "\\u", "\\u0000", "\\ud83d",
    "\\ude00", "null", "true", "false", "-", "0", "1", "1e400", ".", "E", "+", " ", "\n",
    "\u{feff}", "\0", "é", "//", "NaN",
];

/// The part of a document that a selector takes, or why there is none.
fn take(document: &str, selector: Selector) -> Result<String, Reason> {
    let text = "version = 1\n[secrets.A]\nsecret_id = \"s\"\n";
    let manifest = Manifest::parse(Path::new("secrets.toml"), text).expect("the manifest is right");
    let selected =
        manifest.select(&Selection::default(), &Env::default()).expect("the manifest is right");
    let id = ValueId::Secret(SecretId::Name("s".to_owned()), None);
    let source = Source { id: id.clone(), selector, origin: Origin::Manifest };
    let entries = selected
        .entries
        .into_iter()
        .map(|entry| Planned { entry, step: Settled::Read(source.clone()) });
    let read = ReadValue { value: SecretValue::from(document), receipt: Default::default() };
    let values = BTreeMap::from([(id, Ok(read))]);
    let mut extracted = extract(Fetched {
        entries: entries.collect(),
        absent: Vec::new(),
        values,
        read: Vec::new(),
    });
    match extracted.entries.pop().expect("an entry").value {
        FoundValue::Read(value) => Ok(value.expose().to_owned()),
        FoundValue::Without(reason) => Err(reason),
        other => panic!("neither read nor without: {other:?}"),
    }
}

/// Whether the extracted text is what `serde_json` found in the same place.
fn agrees(taken: &Result<String, Reason>, expected: Option<&Value>) -> bool {
    match (expected, taken) {
        (Some(Value::String(text)), Ok(taken)) => taken == text,
        (Some(Value::String(text)), Err(reason)) => text.is_empty() && *reason == Reason::Empty,
        (
            Some(Value::Null),
            Err(Reason::KeyAbsent { null, .. } | Reason::PointerAbsent { null, .. }),
        ) => *null,
        (Some(Value::Null), Ok(_)) => false,
        (Some(value), Ok(taken)) => {
            serde_json::from_str::<Value>(taken).is_ok_and(|taken| taken == *value)
        }
        (None, taken) => taken.is_err(),
        (Some(_), Err(_)) => false,
    }
}

/// Any document, its keys often alike and often odd.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Some floats do not survive the default parser of serde_json; whole multiples of a quarter
        // do.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        any::<String>().prop_map(Value::from),
        soup(PIECES, 6).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((keys(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn keys() -> impl Strategy<Value = String> {
    let odd =
        select(&["", "a", "A", "a.b", "a/b", "a~b", "~1", "0", "00", "-", "é", "\"", "\n"][..]);
    prop_oneof![3 => odd.prop_map(str::to_owned), 1 => any::<String>()]
}

/// A pointer that usually leads to something.
fn pointers() -> impl Strategy<Value = String> {
    let token = prop_oneof![3 => keys(), 1 => "[0-5]", 1 => "[0-9]{1,30}", 1 => select(&["01", "+1", "-", "-1"][..]).prop_map(str::to_owned)];
    let escaped =
        token.prop_map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")));
    prop::collection::vec(escaped, 1..5).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn each_key_gives_what_serde_json_finds(document in documents(), pretty in any::<bool>(), other in keys()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let text = text.expect("a document has a text");
        let own = document.as_object().into_iter().flat_map(|object| object.keys().cloned());
        for key in own.chain([other]) {
            let taken = take(&text, Selector::Key(key.clone()));
            let expected = document.as_object().and_then(|object| object.get(&key));
            prop_assert!(agrees(&taken, expected), "{key:?} of {text} gave {taken:?}");
        }
    }

    #[test]
    fn each_pointer_gives_what_serde_json_finds(document in documents(), pointer in pointers()) {
        let taken = take(&document.to_string(), Selector::Pointer(pointer.clone()));
        prop_assert!(agrees(&taken, document.pointer(&pointer)), "{pointer:?} of {document} gave \
            {taken:?}");
    }

    #[test]
    fn of_duplicate_keys_the_last_counts(members in prop::collection::vec(("[ab]", any::<String>()), 1..6)) {
        let texts = members.iter().map(|(key, value)| format!("\"{key}\": \
            {}", Value::from(value.as_str())));
        let text = format!("{{{}}}", texts.collect::<Vec<_>>().join(","));
        let last: BTreeMap<_, _> = members.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
        for key in ["a", "b"] {
            let taken = take(&text, Selector::Key(key.to_owned()));
            prop_assert!(agrees(&taken, last.get(key)), "{key:?} of {text} gave {taken:?}");
        }
    }

    #[test]
    fn numbers_come_out_as_they_are_written(number in "-?(0|[1-9][0-9]{0,400})(\\.[0-9]{1,400})?([eE][+-]?[0-9]{1,6})?") {
        prop_assert_eq!(take(&format!("{{\"a\" :\n {number} \
            }}"), Selector::Key("a".to_owned())), Ok(number));
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in any::<Vec<u8>>(), key in keys(), pointer in pointers()) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = take(&text, Selector::Key(key));
        let _ = take(&text, Selector::Pointer(pointer));
    }

    #[test]
    fn what_is_no_json_gives_nothing(text in soup(PIECES, 20), document in documents(), changes in changes(PIECES)) {
        for text in [text, changed(&document.to_string(), &changes)] {
            let taken = take(&text, Selector::Key("a".to_owned()));
            match serde_json::from_str::<Value>(&text) {
                Ok(value) => prop_assert!(agrees(&taken, value.get("a")), "a of {text:?} gave \
                    {taken:?}"),
                // `serde_json` also rejects numbers and strings that it cannot hold. Extraction may
                // still take the values next to them.
                Err(_) => prop_assert!(taken.is_err() || text.contains(['e', 'E', '\\']), "a of \
                    {text:?} gave {taken:?}"),
            }
        }
    }
}
