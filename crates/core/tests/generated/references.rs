//! References: every text gives a result, a valid reference prints back to the same text, and an
//! error never contains the text.

use hydrant_core::reference::{Reference, SecretId};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::texts::soup;

const PIECES: &[&str] = &[
    "arn:",
    "arn:aws:",
    "aws-cn",
    "secretsmanager",
    "ssm",
    ":",
    "::",
    ":::",
    "us-east-1",
    "123456789012",
    "secret:",
    "parameter/",
    "parameter",
    "/",
    "//",
    "demo",
    "-AbCdEf",
    "AWSCURRENT",
    "key",
    " ",
    "\t",
    "\n",
    "\0",
    "é",
    "/aws/reference/secretsmanager/",
    "-",
    "_",
    "@",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf",
    "arn:aws:ssm:us-east-1:123456789012:parameter/demo",
];

/// The text that must not appear in an error.
const CANARY: &str = "sk-Canary7Zq";

fn check(text: &str) {
    match Reference::parse(text) {
        Ok(reference) => {
            let printed = reference.to_string();
            assert_eq!(
                Reference::parse(&printed),
                Ok(reference),
                "{text:?} printed as {printed:?}"
            );
        }
        Err(error) => {
            let said = format!("{error} {error:?}");
            assert!(!said.contains("Canary"), "{said} shows {text:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in any::<String>(), at in any::<Index>()) {
        check(&text);
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len() + 1);
        characters.splice(at..at, CANARY.chars());
        check(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn any_mixture_of_its_pieces_has_an_answer(before in soup(PIECES, 12), after in soup(PIECES, 6)) {
        check(&before);
        check(&format!("{before}{CANARY}{after}"));
    }

    #[test]
    fn what_is_one_says_what_it_was_made_of(
        partition in select(&["aws", "aws-cn", "aws-us-gov"][..]),
        name in "[A-Za-z0-9/_+=.@-]{1,60}",
        key in "[A-Za-z0-9_. -]{0,12}",
        stage in select(&["", "AWSPREVIOUS"][..]),
        id in select(&["", "4f2a0c1e-0000-4000-8000-000000000000"][..]),
        suffixed in any::<bool>(),
    ) {
        let arn = format!("arn:{partition}:secretsmanager:us-east-1:123456789012:secret:{name}");
        let text = if suffixed { format!("{arn}:{key}:{stage}:{id}") } else { arn.clone() };
        check(&text);
        match Reference::parse(&text) {
            Ok(Reference::Secret(secret)) => {
                let SecretId::Arn(found) = &secret.id else { panic!("{secret:?}") };
                prop_assert_eq!((found.as_str(), found.partition(), found.resource()), (&*arn, partition, &*name));
                prop_assert_eq!((found.region(), found.account()), ("us-east-1", "123456789012"));
                let key = Some(key).filter(|key| suffixed && !key.is_empty());
                prop_assert_eq!(&secret.json_key, &key);
                prop_assert_eq!(secret.version.is_some(), suffixed && (!stage.is_empty() || !id.is_empty()));
            }
            Ok(other) => prop_assert!(false, "{other:?}"),
            Err(_) => prop_assert!(suffixed && !stage.is_empty() && !id.is_empty(), "{text:?} was \
                refused"),
        }
    }
}
