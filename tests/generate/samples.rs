//! Manifests and texts for every target.

/// Every kind of entry.
pub(crate) const MANIFEST: &str = r##"version = 1
[secrets.OPENAI_API_KEY]
description = "OpenAI's key: for \"models\" # 1"
arn_parameter = "/demo/llm/openai-api-key-secret-arn"
required = false
[secrets.BY_NAME]
secret_id = "demo/by-name"
json_key = "id"
kms_key = "alias/demo"
[secrets.SAME_SECRET]
secret_id = "demo/by-name"
json_key = "secret"
description = "Ключ"
[secrets.NAMED_BY_NOTHING]
kms_key = "1234abcd-12ab-34cd-56ef-1234567890ab"
[secrets.EXISTS]
secret_id = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:demo/arn-AbCdEf:key::"
arn_parameter = "/demo/exists-secret-arn"
kms_key = "arn:aws:kms:eu-west-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
[secrets.ELSEWHERE]
arn_parameter = "arn:aws:ssm:us-east-1:210987654321:parameter/demo/elsewhere"
[secrets.VALUE]
value_parameter = "/demo/value"
kms_key = "alias/demo"
"##;

/// A text in TOML.
pub(crate) fn toml(text: &str) -> String {
    let each = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", each.collect::<String>())
}

/// Descriptions of all kinds.
pub(crate) fn texts() -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(5);
    let pieces = [
        "a",
        " ",
        ":",
        "#",
        "'",
        "\"",
        "\\",
        "\n",
        "\t",
        "{",
        "}",
        "[",
        "]",
        "- ",
        "? ",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "`",
        "${x}",
        "ключ",
        "🔑",
        "\u{85}",
        "\u{2028}",
        "\u{7f}",
        "\u{1b}",
        "\u{feff}",
        "\u{fffe}",
        "\u{10ffff}",
        "\r\n",
        "~",
        "null",
        "yes",
        "0x1",
        "1e3",
        "---",
        "...",
        "<<",
        "=",
        ",",
        "//",
        "/*",
        "*/",
        "\\n",
        "\\\"",
    ];
    let mut one = || {
        (0..random.usize(1..12)).map(|_| pieces[random.usize(..pieces.len())]).collect::<String>()
    };
    (0..300).map(|_| one()).collect()
}
