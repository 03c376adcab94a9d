//! Mapping files: what is refused and how it is said, where facts come from, and the examples of
//! docs/mapping.md.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by failing"
)]

use std::{fs, path::Path};

use bylaw_gate::{
    Mapping,
    authzen::decide,
    mapping::{Action, Entity, Input, Json, LogMapping, Object, Refused},
};
use bylaw_law::{Law, SourceFile, Word};
use jiff::civil::Date;
use serde_json::Value;

/// The law of a folder, with every file of its folders.
fn law_of(folder: &str) -> Law {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files = Vec::new();
    gather(&root, "", &mut files);
    Law::load_checked(&files).unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems))
}

fn gather(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("a folder of the law") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are text");
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.push(SourceFile::new(name, fs::read_to_string(&path).expect("files are text")));
        }
    }
}

fn small_town() -> Law {
    law_of("crates/bylaw/tests/small")
}

fn today() -> Date {
    "2026-11-22".parse().expect("a day")
}

/// A mapping of the small town with these lines under `[facts]`.
fn mapping(law: &Law, facts: &str) -> Mapping {
    let text = format!("silent = \"deny\"\n[actions]\nlet_in = \"enter\"\n[facts]\n{facts}\n");
    Mapping::parse("m.toml", &text, law, "town").unwrap_or_else(|error| {
        panic!("{error}: {:?}", error.problems.iter().map(ToString::to_string).collect::<Vec<_>>())
    })
}

/// A call from JSON.
struct Call {
    subject: Entity<'static>,
    action: Action<'static>,
    resource: Entity<'static>,
    context: Object<'static>,
}

impl Call {
    fn read(text: &'static str) -> Self {
        let body: Json<'static> = serde_json::from_str(text).expect("it is JSON");
        let member = |name: &str| body.as_object().and_then(|body| body.get(name)).cloned();
        let object = |json: Option<Json<'static>>| match json {
            Some(Json::Object(object)) => object,
            _ => Object::default(),
        };
        let entity = |name: &str| {
            let members = object(member(name));
            let text = |name: &str| {
                members.get(name).and_then(Json::as_text).unwrap_or_default().to_owned().into()
            };
            let properties = object(members.get("properties").cloned());
            Entity { kind: text("type"), id: text("id"), properties }
        };
        let action = object(member("action"));
        let name = action.get("name").and_then(Json::as_text).unwrap_or("let_in").to_owned();
        Self {
            subject: entity("subject"),
            action: Action {
                name: name.into(),
                properties: object(action.get("properties").cloned()),
            },
            resource: entity("resource"),
            context: object(member("context")),
        }
    }

    fn input(&self) -> Input<'_> {
        Input {
            subject: Some(&self.subject),
            action: Some(&self.action),
            resource: Some(&self.resource),
            context: Some(&self.context),
            ..Input::default()
        }
    }
}

/// The facts that a call states, as `name=value`, in the vocabulary's order.
fn facts(law: &Law, mapping: &Mapping, call: &'static str) -> Result<Vec<String>, Refused> {
    let town = law.jurisdiction("town").expect("the town");
    let call = Call::read(call);
    let asked = mapping.question(law, town, &call.input(), today())?;
    let mut stated = asked.stated;
    stated.sort_by_key(|(fact, _)| *fact);
    let named = stated.iter().map(|(fact, value)| {
        let fact = &law.vocabulary.facts[*fact];
        let json = serde_json::to_string(&value.json(fact)).expect("it is JSON");
        format!("{}={json}", fact.name)
    });
    Ok(named.collect())
}

#[test]
fn every_problem_is_told_with_its_line() {
    let text = r#"silent = "perhaps"
otherwise = 1

[actions]
let_in = "entr"
out = 7
record = { act = "record", fact = {} }

[facts]
actor_kind = "polce"
papr = "letter"
signed = { from = "subject.name" }
hours = { from = "context.hours", table = "times" }
emergency = { cel = "context.urgent ==" }
paper = { from = "context.paper", cel = "1" }

[tables]
flat = 1

[subjects.user]
ada = "clerk"
"#;
    let error = Mapping::parse("wrong.toml", text, &small_town(), "town").expect_err("all wrong");
    insta::assert_snapshot!(told(&error));
}

#[test]
fn a_file_that_is_no_toml_is_told_so() {
    let text = "silent = \"deny\"\n[actions\nlet_in = enter\n";
    let error = Mapping::parse("wrong.toml", text, &small_town(), "town").expect_err("no TOML");
    insta::assert_snapshot!(told(&error));
}

#[test]
fn what_shows_only_when_all_is_read_together() {
    let law = small_town();
    let text = r#"silent = "deny"
[actions]
let_in = "enter"
[facts]
paper = { from = "subject.properties.paper", table = "papers" }
signed = { cel = "user.signed" }
hours = { cel = "sise(context.list) + context.text.lenght()" }
[tables.papers]
letter = "letter"
order = "court_ordr"
[subjects.user]
ada = { paper = "passport" }
"#;
    let error = Mapping::parse("wrong.toml", text, &law, "town").expect_err("wrong together");
    insta::assert_snapshot!(told(&error));
    let elsewhere = "silent = \"deny\"\n[actions]\nlet_in = \"enter\"\n";
    let error = Mapping::parse("m.toml", elsewhere, &law, "twon").expect_err("no such place");
    insta::assert_snapshot!(told(&error));
    let unbound = "silent = \"deny\"\n[actions]\nask = \"inquire_status\"\n[facts]\nactor_kind = \"sheriff_or_jail\"\n";
    let packs = law_of("packs");
    let error = Mapping::parse("m.toml", unbound, &packs, "us/ca/lausd").expect_err("not bound");
    insta::assert_snapshot!(told(&error));
}

fn told(error: &bylaw_gate::mapping::MappingError) -> String {
    let lines = error
        .problems
        .iter()
        .map(|problem| format!("line {}: {problem}\n    help: {}\n", problem.line(), problem.help));
    format!("{error}\n{}", lines.collect::<String>())
}

/// Every function that CEL has and that a mapping may call is known when the file is read.
#[test]
fn expressions_may_call_what_cel_has() {
    let law = small_town();
    for expression in [
        "size(context.list) > 1 && context.list.size() > 1",
        "context.text.startsWith('a') || context.text.endsWith('b') || context.text.contains('c')",
        "context.text.matches('^a+$')",
        "int('7') == 7 && string(7) == '7' && double(7) > 1.0",
        "'a' in context.list && context.list[0] != 'b'",
        "has(context.text) && !context.list.exists(x, x == 'a')",
        "context.list.all(x, x != '') && context.list.filter(x, x != '').map(x, x + 'b').size() > 0",
        "subject.properties.age < 18 ? true : false",
    ] {
        mapping(&law, &format!("signed = {{ cel = \"{expression}\" }}"));
    }
}

#[test]
fn where_facts_come_from() {
    let law = small_town();
    let of = |lines: &str, call| facts(&law, &mapping(&law, lines), call);
    let told = |lines, call| of(lines, call).unwrap_or_else(|refused| vec![refused.to_string()]);
    let letter = r#"{"subject":{"type":"user","id":"1","properties":{"p":"letter"}}}"#;
    let paper = "paper = { from = \"subject.properties.p\" }";
    let rows: [(&str, &'static str, &str); 22] = [
        ("paper = \"letter\"", "{}", "paper=\"letter\""),
        ("signed = true", "{}", "signed=true"),
        ("hours = 12", "{}", "hours=12"),
        ("paper = \"unknown\"", "{}", "paper=null"),
        (paper, letter, "paper=\"letter\""),
        // Absent is not stated, null is stated as not known.
        (paper, "{}", ""),
        (paper, r#"{"subject":{"properties":{"p":null}}}"#, "paper=null"),
        (
            paper,
            r#"{"subject":{"properties":{"p":"leter"}}}"#,
            "`subject.properties.p` is not a value of `paper`; did you mean `letter`?",
        ),
        (
            paper,
            r#"{"subject":{"properties":{"p":["letter"]}}}"#,
            "`subject.properties.p` is a list, and `paper` is not read from that; one of: none, letter, court_order",
        ),
        ("hours = { from = \"context.a.b\" }", r#"{"context":{"a":{"b":7}}}"#, "hours=7"),
        (
            "hours = { from = \"context.a.b\" }",
            r#"{"context":{"a":{"b":49}}}"#,
            "`context.a.b` is not a value of `hours`; a whole number from 0 to 48",
        ),
        (
            "hours = { from = \"context.a.b\" }",
            r#"{"context":{"a":{"b":7.5}}}"#,
            "`context.a.b` is a number that is not whole, and `hours` is not read from that; a whole number from 0 to 48",
        ),
        ("hours = { from = \"context.a.b\" }", r#"{"context":{"a":7}}"#, ""),
        (
            "signed = { from = \"context.s\" }",
            r#"{"context":{"s":"true"}}"#,
            "`context.s` is text, and `signed` is not read from that; true, false or null",
        ),
        ("hours = { cel = \"context.n + 2\" }", r#"{"context":{"n":5}}"#, "hours=7"),
        ("hours = { cel = \"context.n + 2\" }", "{}", ""),
        (
            "hours = { cel = \"context.n + 2\" }",
            r#"{"context":{"n":"5"}}"#,
            "the expression for `hours` cannot be worked out: it meets a value of another type",
        ),
        (
            "paper = { cel = \"context.n\" }",
            r#"{"context":{"n":"secret"}}"#,
            "`facts.paper` is not a value of `paper`; one of: none, letter, court_order",
        ),
        (
            "signed = { cel = \"context.list.exists(x, x.by == 'judge')\" }",
            r#"{"context":{"list":[{"by":"clerk"},{"by":"judge"}]}}"#,
            "signed=true",
        ),
        ("signed = { cel = \"null\" }", "{}", "signed=null"),
        (
            "paper = { from = \"resource.type\" }",
            r#"{"resource":{"type":"letter"}}"#,
            "paper=\"letter\"",
        ),
        ("signed = { cel = \"action.name == 'let_in'\" }", "{}", "signed=true"),
    ];
    for (lines, call, expected) in rows {
        assert_eq!(told(lines, call).join(" "), expected, "{lines} {call}");
    }
}

#[test]
fn tables_and_what_is_known_by_id() {
    let law = small_town();
    let text = r#"silent = "deny"
[actions]
let_in = { act = "enter", facts = { emergency = false } }
in_haste = { act = "enter", facts = { emergency = { from = "action.properties.haste" } } }
[facts]
paper = { from = "subject.properties.paper", table = "papers" }
hours = { from = "subject.properties.since", table = "times", otherwise = "unknown" }
signed = { cel = "subject.properties.paper == 'order' && resource.properties.open" }
emergency = true
[tables.papers]
order = "court_order"
"1" = "letter"
[tables.times]
dawn = 6
[subjects.user]
ada = { paper = "order", since = "dawn" }
[resources.room]
hall = { open = true }
"#;
    let mapping = Mapping::parse("m.toml", text, &law, "town").expect("it fits");
    let rows: [(&'static str, &str); 5] = [
        (
            r#"{"subject":{"type":"user","id":"ada"},"resource":{"type":"room","id":"hall"}}"#,
            "paper=\"court_order\" signed=true hours=6 emergency=false",
        ),
        // What the call says wins over what is known; a number and a text are looked up alike.
        (
            r#"{"subject":{"type":"user","id":"ada","properties":{"paper":1}},"resource":{"type":"room","id":"hall"}}"#,
            "paper=\"letter\" signed=false hours=6 emergency=false",
        ),
        (
            r#"{"subject":{"type":"user","id":"ada","properties":{"paper":null,"since":"dusk"}},"action":{"name":"in_haste","properties":{"haste":true}}}"#,
            "paper=null signed=false hours=null emergency=true",
        ),
        // Nobody is known by that id, and the action says nothing of haste.
        (r#"{"subject":{"type":"user","id":"ben"},"action":{"name":"in_haste"}}"#, ""),
        (
            r#"{"subject":{"type":"user","id":"ben","properties":{"paper":"passport"}}}"#,
            "`subject.properties.paper` has a value that the table `papers` does not list",
        ),
    ];
    for (call, expected) in rows {
        let told = facts(&law, &mapping, call).unwrap_or_else(|refused| vec![refused.to_string()]);
        assert_eq!(told.join(" "), expected, "{call}");
    }
}

#[test]
fn without_a_file_names_are_those_of_the_vocabulary() {
    let law = small_town();
    let plain = Mapping::plain();
    let told = |call| facts(&law, &plain, call).unwrap_or_else(|refused| vec![refused.to_string()]);
    let enter = r#"{"subject":{"properties":{"actor_kind":"police","name":"Ada"}},"action":{"name":"enter","properties":{"hours":4}},"context":{"signed":false,"time":"noon"}}"#;
    assert_eq!(told(enter).join(" "), "actor_kind=\"police\" signed=false hours=4");
    let twice = r#"{"subject":{"properties":{"signed":true}},"action":{"name":"enter"},"context":{"signed":false}}"#;
    assert_eq!(told(twice).join(" "), "`signed` is given twice, with different values");
    let alike = r#"{"subject":{"properties":{"signed":true}},"action":{"name":"enter"},"context":{"signed":true}}"#;
    assert_eq!(told(alike).join(" "), "signed=true");
    let unknown = told(r#"{"action":{"name":"entre"}}"#).join(" ");
    assert!(unknown.ends_with("did you mean `enter`?"), "{unknown}");
}

/// `otherwise_absent` gives what nobody stated its `@absent` value, and nothing that was stated as
/// not known.
#[test]
fn otherwise_absent_is_asked_for() {
    let law = small_town();
    let town = law.jurisdiction("town").expect("the town");
    let text = "silent = \"deny\"\notherwise_absent = true\n[actions]\nlet_in = \"enter\"\n[facts]\nactor_kind = \"library_staff\"\npaper = { from = \"context.paper\" }\nsigned = false\n";
    let mapping = Mapping::parse("m.toml", text, &law, "town").expect("it fits");
    let class = |call, name: &str| {
        let call = Call::read(call);
        let asked = mapping.question(&law, town, &call.input(), today()).expect("a question");
        let fact = law.vocabulary.fact_id(name).expect("a fact");
        asked.question.facts.class(fact).map(|class| law.vocabulary.facts[fact].class_name(class))
    };
    assert_eq!(class("{}", "paper").as_deref(), Some("none"));
    assert_eq!(class("{}", "emergency").as_deref(), Some("false"));
    assert_eq!(class(r#"{"context":{"paper":null}}"#, "paper"), None);
    assert_eq!(class("{}", "hours"), None);
}

#[test]
fn silence_is_said_by_the_file() {
    let law = small_town();
    let town = law.jurisdiction("town").expect("the town");
    let call = Call::read(r#"{"action":{"name":"note"},"context":{}}"#);
    for (silent, passes) in [("allow", true), ("deny", false)] {
        let text = format!(
            "silent = \"{silent}\"\n[actions]\nnote = \"record\"\n[facts]\nactor_kind = \"police\"\npaper = \"none\"\nsigned = false\n"
        );
        let mapping = Mapping::parse("m.toml", &text, &law, "town").expect("it fits");
        let asked = mapping.question(&law, town, &call.input(), today()).expect("a question");
        let answered = decide(&law, &mapping, asked).expect("an answer");
        assert_eq!((answered.decision.word, answered.allowed), (Word::Unregulated, passes));
    }
}

/// The fenced blocks of a language in docs/mapping.md.
fn blocks(language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mapping.md");
    let guide = fs::read_to_string(path).expect("the guide");
    let start = format!("```{language}\n");
    let rest = guide.split(&start).skip(1);
    rest.map(|block| block.split("```").next().expect("a block").to_owned()).collect()
}

#[test]
fn the_guide_is_right() {
    let law = law_of("packs");
    let los_angeles = law.jurisdiction("us/ca/los-angeles").expect("the city");
    let (logs, files): (Vec<String>, Vec<String>) =
        blocks("toml").into_iter().partition(|text| text.starts_with("[log]"));
    assert_eq!((files.len(), logs.len()), (2, 1));
    for text in logs {
        let state = "us/ca";
        LogMapping::parse("guide.toml", &text, &law, state)
            .unwrap_or_else(|error| panic!("{}", told(&error)));
    }
    let mappings: Vec<Mapping> = files
        .iter()
        .map(|text| {
            Mapping::parse("guide.toml", text, &law, &los_angeles.path)
                .unwrap_or_else(|error| panic!("{}", told(&error)))
        })
        .collect();
    assert!(mappings[1].routes().is_some());
    let mut words = Vec::new();
    for text in blocks("json") {
        let _: Value = serde_json::from_str(&text).expect("the guide's calls are JSON");
        let call = Call::read(Box::leak(text.into_boxed_str()));
        let asked = mappings[0].question(&law, los_angeles, &call.input(), today());
        let asked = asked.expect("the guide's calls are questions");
        words.push(decide(&law, &mappings[0], asked).expect("an answer").decision.word);
    }
    assert_eq!(words[0], Word::MustNot);
}
