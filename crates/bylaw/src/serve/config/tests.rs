//! The configuration as it is read and explained.

use std::collections::BTreeSet;

use super::*;

fn merged(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Config::merge(Some((Path::new("bylaw.toml"), file)), variables)
}

fn messages(error: &ConfigError) -> Vec<String> {
    let text = |problem: &Problem| {
        format!("{}; {}", problem.message, problem.help.as_deref().unwrap_or("-"))
    };
    error.problems.iter().map(text).collect()
}

fn keys(value: &serde_json::Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                into.insert(format!("{path}.{key}"));
                keys(value, &format!("{path}.{key}"), into);
            }
        }
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| keys(item, path, into));
        }
        _ => {}
    }
}

#[test]
fn what_is_printed_is_the_default() {
    let default = Config::merge(None, std::iter::empty()).expect("the default loads");
    assert_eq!(merged(DEFAULT, &[]).expect("the printed default loads"), default);
    assert_eq!(merged("", &[]).expect("an empty file loads"), default);
    assert_eq!(default.listen, "127.0.0.1:8181");
    assert_eq!(default.limits.body_bytes, 2 << 20);
}

#[test]
fn every_key_is_explained_and_every_explained_key_exists() {
    let explained = known();
    let config = Config::deserialize(explained.clone()).expect("every example is a value");
    let (mut written, mut real) = (BTreeSet::new(), BTreeSet::new());
    keys(&serde_json::to_value(&explained).expect("it is data"), "", &mut written);
    keys(&serde_json::to_value(&config).expect("it is data"), "", &mut real);
    assert_eq!(written, real);
}

#[test]
fn the_environment_counts_more_than_the_file() {
    let config = merged(
        "listen = \"[::1]:1\"\n[limits]\ncalls_at_once = 7\nqueue = 8\n",
        &[
            ("BYLAW_SERVE__LIMITS__CALLS_AT_ONCE", "9"),
            ("BYLAW_SERVE__TLS", "{ certificate = \"a.pem\", key = \"a.key\" }"),
            ("BYLAW_SERVE__ORIGIN", "law.example/ledger"),
            ("BYLAW_SERVE__KEY_COMMAND", "[\"kms\", \"key 1\"]"),
            ("BYLAW_OTHER", "1"),
        ],
    )
    .expect("it loads");
    assert_eq!(config.listen, "[::1]:1");
    assert_eq!((config.limits.calls_at_once, config.limits.queue), (9, 8));
    assert_eq!(config.tls.expect("there is a table").key, Path::new("a.key"));
    assert_eq!(config.origin.as_deref(), Some("law.example/ledger"));
    assert_eq!(config.key_command.expect("there is a command"), ["kms", "key 1"]);
}

#[test]
fn every_unknown_key_is_named_at_once() {
    let error = merged(
        "lissten = 1\n[limits]\ncalls_at_onc = 2\n[[witnesses]]\nname = \"a\"\nurll = \"b\"\nkeys = []\n",
        &[("BYLAW_SERVE__LOG__FORMATT", "json"), ("BYLAW_SERVE__LISTEN__PORT", "1")],
    )
    .expect_err("four keys are unknown");
    insta::assert_debug_snapshot!(messages(&error), @r#"
    [
        "unknown key `calls_at_onc`; did you mean `calls_at_once`?",
        "unknown key `lissten`; did you mean `listen`?",
        "unknown key `urll`; did you mean `url`?",
        "BYLAW_SERVE__LISTEN__PORT goes below a key that is no table; -",
        "unknown key `formatt` in BYLAW_SERVE__LOG__FORMATT; did you mean `format`?",
    ]
    "#);
}

#[test]
fn a_wrong_value_says_where() {
    let wrong = [
        "listen = 8181",
        "[limits]\nqueue = \"many\"",
        "[log]\nformat = \"xml\"",
        "[[retention]]\nname = \"a\"",
        "listen = ",
    ];
    let said: Vec<_> = wrong
        .iter()
        .map(|text| messages(&merged(text, &[]).expect_err("it is wrong")).join("\n"))
        .collect();
    insta::assert_debug_snapshot!(said, @r#"
    [
        "invalid type: integer `8181`, expected a string\nin `listen`; -",
        "invalid type: string \"many\", expected usize\nin `limits.queue`; -",
        "unknown variant `xml`, expected `text` or `json`\nin `log.format`; -",
        "missing field `cite`\nin `retention`; -",
        "string values must be quoted, expected literal string; -",
    ]
    "#);
}
