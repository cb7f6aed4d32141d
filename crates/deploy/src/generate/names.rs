//! How resources are called in a stack: by the letters and digits of their own names.

/// The most characters of an id. CloudFormation takes 255, of which targets add some.
const MOST: usize = 200;

/// `DemoLlmOpenaiApiKey` for `demo/llm/openai-api-key`.
pub(crate) fn pascal(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    };
    bounded(name, words(name).map(capital).collect())
}

/// `demo_llm_openai_api_key`.
pub(crate) fn snake(name: &str) -> String {
    bounded(name, words(name).collect::<Vec<_>>().join("_"))
}

/// Names of secrets and parameters are ASCII.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// A name that is too long ends in a hash of all of it.
fn bounded(name: &str, mut id: String) -> String {
    if id.len() > MOST {
        id.truncate(MOST);
        id.push_str(&format!("{:016x}", hash(name)));
    }
    id
}

/// FNV-1a: the same with every version of Rust, which the standard library's hashes need not be.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        fn check(name: &str, expected: [&str; 2]) {
            assert_eq!([pascal(name), snake(name)], expected);
        }
        check("demo/llm/openai-api-key", ["DemoLlmOpenaiApiKey", "demo_llm_openai_api_key"]);
        check("/demo//a_b.c+d=e@f-", ["DemoABCDEF", "demo_a_b_c_d_e_f"]);
        check("OPENAI_KEY", ["OPENAIKEY", "OPENAI_KEY"]);
        check("1password", ["1password", "1password"]);
        check("_", ["", ""]);
    }

    #[test]
    fn long_names_stay_apart() {
        let long = "a/".repeat(200);
        let [one, other] = ["b", "c"].map(|end| pascal(&format!("{long}{end}")));
        assert_ne!(one, other);
        assert_eq!(one, format!("{}{:016x}", "A".repeat(200), hash(&format!("{long}b"))));
        assert!(snake(&format!("{long}b")).len() <= 216);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
