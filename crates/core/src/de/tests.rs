//! Which variable fills which field, what a text becomes, and that no error repeats a value.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _, Expected, Unexpected};
use serde::{Deserialize, Deserializer};

use super::Error;
use crate::reason::Reason;
use crate::report::Values;
use crate::secret_value::SecretValue;
use crate::tests::planned;
use crate::{Env, hydrate_without};

/// What no error may hold: a value, or a part of one.
const CANARY: &str = "canary";

/// The values of a manifest with these entries, each in two lines; `None` is an entry without a
/// value.
fn values(pairs: &[(&str, Option<&str>)]) -> Values {
    let text: String =
        pairs.iter().map(|(name, _)| format!("[secrets.{name}]\nrequired = false\n")).collect();
    let env = Env::new(pairs.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    let plan = planned(&text, &env);
    hydrate_without("secrets.toml".as_ref(), plan, &env, &Reason::Offline).values
}

fn error<T: DeserializeOwned>(pairs: &[(&str, Option<&str>)]) -> Error {
    match values(pairs).deserialize::<T>() {
        Ok(_) => panic!("these values do not fit the type"),
        Err(error) => error,
    }
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    Info,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Megabytes(u32);

/// A type whose errors repeat the value, as those of most parsers do.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
struct Url(String);

impl TryFrom<String> for Url {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with("https://") {
            Ok(Url(text))
        } else {
            Err(format!("{text} is not a URL"))
        }
    }
}

/// The same by a function of a field's own.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|error| D::Error::custom(format!("{text}: {error}")))
}

/// A type whose expectation repeats the value.
#[derive(Debug)]
struct Echo;

impl<'de> Deserialize<'de> for Echo {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let expected: &dyn Expected = &&*format!("anything but {text}");
        Err(D::Error::invalid_value(Unexpected::Str(&text), expected))
    }
}

#[test]
fn each_field_is_filled_from_its_variable() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Config {
        openai_api_key: SecretValue,
        #[serde(rename = "DB_HOST")]
        host: String,
        port: u16,
        ratio: f64,
        debug: bool,
        separator: char,
        level: Level,
        limit: Megabytes,
        url: Url,
        #[serde(deserialize_with = "parsed")]
        offset: i128,
        hosts: Vec<String>,
        none: Vec<u8>,
        pair: (u8, Level),
        optional: Option<u8>,
        missing: Option<u8>,
        #[serde(default)]
        defaulted: u8,
        no_entry: Option<String>,
    }
    let values = values(&[
        ("OPENAI_API_KEY", Some("sk-1")),
        ("DB_HOST", Some("db.internal")),
        ("PORT", Some("5432")),
        ("RATIO", Some("0.5")),
        ("DEBUG", Some("true")),
        ("SEPARATOR", Some("é")),
        ("LEVEL", Some("info")),
        ("LIMIT", Some("64")),
        ("URL", Some("https://example.org")),
        ("OFFSET", Some("-7")),
        ("HOSTS", Some("a,b c,")),
        ("PAIR", Some("1,debug")),
        ("OPTIONAL", Some("8")),
        ("MISSING", None),
        ("DEFAULTED", None),
        ("UNUSED", Some("unused")),
        ("NONE", Some("1")),
    ]);
    let config: Config = values.deserialize().unwrap();
    let expected = Config {
        openai_api_key: "sk-1".into(),
        host: "db.internal".to_owned(),
        port: 5432,
        ratio: 0.5,
        debug: true,
        separator: 'é',
        level: Level::Info,
        limit: Megabytes(64),
        url: Url("https://example.org".to_owned()),
        offset: -7,
        hosts: ["a", "b c", ""].map(str::to_owned).to_vec(),
        none: vec![1],
        pair: (1, Level::Debug),
        optional: Some(8),
        missing: None,
        defaulted: 0,
        no_entry: None,
    };
    assert_eq!(config, expected);
}

#[test]
fn the_exact_name_goes_before_the_name_in_capitals() {
    #[derive(Deserialize)]
    struct Config {
        port: u16,
    }
    let both = values(&[("PORT", Some("1")), ("port", Some("2"))]);
    assert_eq!(both.deserialize::<Config>().unwrap().port, 2);
    // A field does not take the value of another name where its own has none.
    let error = error::<Config>(&[("PORT", Some("1")), ("port", None)]);
    assert_eq!((error.variable(), error.line()), (Some("port"), Some(4)));
}

#[test]
fn maps_have_the_variables_as_keys() {
    let values = values(&[("B", Some("1")), ("a", Some("2")), ("NONE", None)]);
    let texts: HashMap<String, String> = values.deserialize().unwrap();
    assert_eq!(texts, HashMap::from([("B", "1"), ("a", "2")].map(|(a, b)| (a.into(), b.into()))));
    let numbers: BTreeMap<String, u8> = values.deserialize().unwrap();
    assert_eq!(numbers.into_values().collect::<Vec<_>>(), [1, 2]);

    #[derive(Deserialize)]
    struct Wrapper(BTreeMap<String, SecretValue>);
    assert_eq!(values.deserialize::<Wrapper>().unwrap().0.len(), 2);
}

#[test]
fn flattened_structs_take_texts_by_the_names_of_the_variables() {
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "LEVEL")]
        level: Level,
        #[serde(flatten)]
        database: Database,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    struct Database {
        db_url: Url,
        db_password: SecretValue,
        db_name: Option<String>,
    }
    let pairs = [
        ("LEVEL", Some("debug")),
        ("DB_URL", Some("https://db")),
        ("DB_PASSWORD", Some("secret")),
        ("DB_NAME", None),
    ];
    let config: Config = values(&pairs).deserialize().unwrap();
    assert_eq!((config.level, config.database.db_url), (Level::Debug, Url("https://db".into())));
    assert_eq!(config.database.db_password.expose(), "secret");
    assert_eq!(config.database.db_name, None);

    let error = error::<Config>(&[("LEVEL", Some("debug")), ("DB_URL", None)]);
    assert_eq!(error.to_string(), "DB_URL (secrets.toml:4): missing value for the field `DB_URL`");
}

#[test]
fn an_error_names_variable_line_and_expected_type() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "the fields are never filled")]
    struct Config<T> {
        first: String,
        field: T,
    }
    fn check<T: DeserializeOwned + Debug>(value: &str, expected: &str) {
        let error = error::<Config<T>>(&[("FIRST", Some("1")), ("FIELD", Some(value))]);
        assert_eq!((error.variable(), error.line()), (Some("FIELD"), Some(4)));
        assert_eq!(error.expected(), Some(expected));
        let text = format!("FIELD (secrets.toml:4): invalid value: expected {expected}");
        assert_eq!(error.to_string(), text);
    }
    check::<u16>("65536", "u16");
    check::<Option<u16>>("-1", "u16");
    check::<bool>("yes", "bool");
    check::<char>("ab", "char");
    check::<f32>("1,5", "f32");
    check::<Vec<u8>>("1,2,x", "u8");
    check::<Level>("warn", "one of `debug`, `info`");
    check::<Url>("http://", "Url");
    check::<Option<Url>>("http://", "Option<Url>");
    check::<std::num::NonZeroU8>("0", "a nonzero u8");
    check::<(u8, u8)>("1", "a tuple of size 2");
    check::<(u8, u8)>("1,2,3", "2 elements in sequence");
    check::<BTreeMap<String, String>>("{}", "a map");
    check::<()>("x", "unit");
}

#[test]
fn a_missing_value_names_the_field() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "the fields are never filled")]
    struct Config {
        first: String,
        port: u16,
    }
    fn check(pairs: &[(&str, Option<&str>)], line: Option<usize>, text: &str) {
        let error = error::<Config>(pairs);
        assert_eq!((error.to_string().as_str(), error.line()), (text, line));
        assert_eq!(error.expected(), None);
    }
    check(
        &[("FIRST", Some("1")), ("PORT", None)],
        Some(4),
        "PORT (secrets.toml:4): missing value for the field `port`",
    );
    check(&[("FIRST", Some("1"))], None, "PORT (secrets.toml): no such entry for the field `port`");
    check(
        &[("FIRST", Some("1")), ("PORT", Some("1")), ("CANARY", Some("canary"))],
        Some(6),
        "CANARY (secrets.toml:6): the type has no field for this entry",
    );
}

#[test]
fn no_error_repeats_a_value() {
    /// Every way in which an error is shown.
    fn check<T: DeserializeOwned>(value: &str) {
        let error = error::<T>(&[("FIELD", Some(value)), ("OTHER", Some("canary-2"))]);
        assert!(error.source().is_none());
        let shown = format!("{error} {error:?} {error:#?} {:?}", error.expected());
        assert!(!shown.contains(CANARY) && !shown.contains(value), "{shown}");
        assert!(shown.contains("FIELD"), "{shown}");
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "the fields are never filled")]
    struct Config<T> {
        field: T,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "the fields are never filled")]
    struct With<T: FromStr<Err: Display>> {
        #[serde(deserialize_with = "parsed")]
        field: T,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "the field is never filled")]
    enum Wrapped {
        #[serde(rename = "canary-data")]
        Data(String),
        #[serde(rename = "canary-variant")]
        Unit,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "the fields are never filled")]
    struct Nested {
        field: String,
    }
    check::<Config<u8>>("canary-1");
    check::<Config<u8>>("4242");
    check::<Config<i64>>("99999999999999999999");
    check::<Config<f64>>("canary-1.5");
    check::<Config<bool>>("canary-true");
    check::<Config<char>>("canary");
    check::<Config<Level>>("canary-level");
    check::<Config<Wrapped>>("canary-data");
    check::<Config<Url>>("canary://user:password@host");
    check::<Config<Option<Url>>>("canary://user:password@host");
    check::<Config<Vec<Url>>>("https://a,canary://b");
    check::<Config<Vec<u8>>>("1,canary-2");
    check::<Config<Megabytes>>("canary-64");
    check::<Config<Nested>>(r#"{"field": "canary"}"#);
    check::<Config<()>>("canary");
    check::<Config<std::net::IpAddr>>("canary.256.0.1");
    check::<Config<std::num::NonZeroU8>>("canary-0");
    check::<Config<Echo>>("canary-echo");
    check::<With<u8>>("canary-1");
    check::<With<std::net::Ipv4Addr>>("canary.256.0.1");
    check::<HashMap<String, u8>>("canary-1");
    check::<HashMap<Level, u8>>("canary-1");
}

#[test]
fn no_error_below_flatten_repeats_a_value() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "the field is never filled")]
    struct Config<T> {
        #[serde(flatten)]
        inner: Inner<T>,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "the field is never filled")]
    struct Inner<T> {
        #[serde(rename = "FIELD")]
        field: T,
    }
    fn check<T: DeserializeOwned + Debug>(value: &str) {
        let error = error::<Config<T>>(&[("FIELD", Some(value))]);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CANARY), "{shown}");
        assert!(shown.starts_with("secrets.toml: invalid value"), "{shown}");
    }
    check::<u8>("canary-1");
    check::<Level>("canary-level");
    check::<Url>("canary://host");
    check::<Echo>("canary-echo");
}
