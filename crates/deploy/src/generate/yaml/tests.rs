//! The tree as it is printed. That a parser reads it back is a test of the binary (tests/generate).

use super::*;

/// Words that stand without quotes.
const WORDS: &[&str] = &[
    "Retain",
    "AWS::IAM::ManagedPolicy",
    "secretsmanager:GetSecretValue",
    "ForAnyValue:StringEquals",
    "x86_64",
    "/opt/hydrant-wrapper",
    "_SECRET_ARN",
    "a, b and [c] {d} & e#f",
    "it's \"so\"",
    "nullable",
    "Yesterday",
    "1passwordSecret",
    "0x1Secret",
    "20200101SecretArn",
];

/// Texts that have quotes wherever they stand, and how they are written.
const IN_QUOTES: &[(&str, &str)] = &[
    ("", r#""""#),
    // What some version of YAML reads as another type.
    ("null", r#""null""#),
    ("Null", r#""Null""#),
    ("~", r#""~""#),
    ("true", r#""true""#),
    ("No", r#""No""#),
    ("ON", r#""ON""#),
    ("y", r#""y""#),
    ("1", r#""1""#),
    ("-1", r#""-1""#),
    ("0x1f", r#""0x1f""#),
    ("0o7", r#""0o7""#),
    ("1_000", r#""1_000""#),
    ("1e3", r#""1e3""#),
    (".5", r#"".5""#),
    (".inf", r#"".inf""#),
    ("12:30:45", r#""12:30:45""#),
    ("2010-09-09", r#""2010-09-09""#),
    ("2010-09-09T01:02:03Z", r#""2010-09-09T01:02:03Z""#),
    ("=", r#""=""#),
    ("<<", r#""<<""#),
    // What begins something else than a text.
    ("- a", r#""- a""#),
    ("? a", r#""? a""#),
    (": a", r#"": a""#),
    ("#a", r##""#a""##),
    ("&a", r#""&a""#),
    ("*a", r#""*a""#),
    ("!Ref a", r#""!Ref a""#),
    ("|", r#""|""#),
    (">", r#"">""#),
    ("%a", r#""%a""#),
    ("@a", r#""@a""#),
    ("`a", r#""`a""#),
    ("{a}", r#""{a}""#),
    ("[a]", r#""[a]""#),
    ("---", r#""---""#),
    ("'a'", r#""'a'""#),
    ("\"a\"", r#"'"a"'"#),
    // What ends a text, or is lost at its ends.
    ("a: b", r#""a: b""#),
    ("a:", r#""a:""#),
    ("a #b", r##""a #b""##),
    (" a", r#"" a""#),
    ("a ", r#""a ""#),
    // What has escapes.
    ("a\nb", r#""a\nb""#),
    ("a\tb", r#""a\tb""#),
    ("a\r\nb", r#""a\u000D\nb""#),
    ("\\", r#""\\""#),
    ("\"a\"\nb\t\u{7}\u{85}\u{2028}\u{feff}", r#""\"a\"\nb\t\u0007\u0085\u2028\uFEFF""#),
    ("\u{fffe}\u{10ffff}", r#""\uFFFE\U0010FFFF""#),
    // What a CI runner takes for a command.
    ("a ##[error]x", r##""a #\u0023[error]x""##),
    ("##[error]x \"##vso[y]\"", r##""#\u0023[error]x \"#\u0023vso[y]\"""##),
    // What is not ASCII.
    ("ключ 🔑", r#""ключ 🔑""#),
];

/// What is written in quotes only as a text, and as a word without.
const AS_TEXT: &[(&str, &str)] = &[
    ("it's", r#""it's""#),
    ("say \"it's\"", r#"'say "it''s"'"#),
    ("a\\b", r#""a\\b""#),
    ("a\\\"b", r#"'a\"b'"#),
];

#[test]
fn words_and_texts() {
    for written in WORDS {
        assert_eq!(Scalar::Word((*written).to_owned()).to_string(), *written);
    }
    for (held, written) in IN_QUOTES {
        assert_eq!(Scalar::Word((*held).to_owned()).to_string(), *written);
    }
    for (held, written) in IN_QUOTES.iter().chain(AS_TEXT) {
        assert_eq!(Scalar::Text((*held).to_owned()).to_string(), *written);
    }
}

#[test]
fn every_shape_is_printed() {
    let nothing = || [(); 0].map(|()| ("", word("")));
    let tree = map([
        ("scalar", word("a")),
        ("bool", Yaml::Bool(true)),
        ("map", map([("one", map([("two", text("b"))])), ("empty", map(nothing()))])),
        (
            "list",
            list([
                word("c"),
                map([("d", word("e")), ("f", list([word("g")]))]),
                list([word("h"), list([word("i")])]),
                list([]),
            ]),
        ),
    ]);
    let printed = "\
scalar: a
bool: true
map:
  one:
    two: \"b\"
  empty: {}
list:
  - c
  - d: e
    f:
      - g
  - - h
    - - i
  - []
";
    assert_eq!(tree.to_string(), printed);
}

#[test]
fn tags_and_documents() {
    let tagged = |tag, name: &str| Yaml::Tagged(tag, Scalar::Word(name.to_owned()));
    let one = list([tagged("Ref", "Policy"), tagged("GetAtt", "Secret.Id")]);
    let sub = Yaml::Tagged("Sub", Scalar::Text("${AWS::Region}".to_owned()));
    let other = map([("Value", sub)]);
    let printed = "\
---
- !Ref Policy
- !GetAtt Secret.Id
---
Value: !Sub \"${AWS::Region}\"
";
    assert_eq!(documents(&[one, other]), printed);
}
