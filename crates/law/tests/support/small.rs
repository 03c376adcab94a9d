//! Small vocabularies, written out: facts of few values, two acts, and the front matter that every
//! file of a small law shares.

use std::fmt::Write as _;

/// One fact of a small vocabulary.
#[derive(Debug, Clone)]
pub(crate) struct SmallFact {
    pub(crate) name: String,
    pub(crate) values: Values,
    /// The value that it has where it is absent.
    pub(crate) absent: Option<i64>,
    /// What holds in every possible world, as a Cedar expression.
    pub(crate) always: Option<String>,
}

/// The values of a small fact, each written as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// No and yes: 0 and 1.
    Truth,
    /// So many of the names `a`, `b`, `c`, `d`: 0 to 3.
    Names(i64),
    /// The numbers from 0 to this one.
    UpTo(i64),
}

impl SmallFact {
    /// A fact with nothing said about it.
    pub(crate) fn new(name: impl Into<String>, values: Values) -> Self {
        Self { name: name.into(), values, absent: None, always: None }
    }

    /// Its Cedar type.
    pub(crate) fn cedar_type(&self) -> &'static str {
        match self.values {
            _ if self.name == "actor_kind" => "ActorKind",
            Values::Truth => "Bool",
            Values::Names(2) => "Two",
            Values::Names(3) => "Three",
            Values::Names(_) => "Four",
            Values::UpTo(_) => "Long",
        }
    }

    /// A value as it is stated.
    pub(crate) fn word(&self, value: i64) -> String {
        match self.values {
            Values::Truth => (value == 1).to_string(),
            Values::UpTo(_) => value.to_string(),
            Values::Names(_) => ["a", "b", "c", "d"]
                .get(usize::try_from(value).expect("a place in the list"))
                .map_or_else(String::new, |&name| name.to_owned()),
        }
    }

    /// How many values it has.
    pub(crate) fn count(&self) -> i64 {
        match self.values {
            Values::Truth => 2,
            Values::Names(count) => count,
            Values::UpTo(most) => most + 1,
        }
    }
}

/// The vocabulary of these facts, the first of which says who acts, and of these acts.
pub(crate) fn vocabulary(facts: &[SmallFact], acts: &[&str]) -> String {
    let actors = facts.first().map_or(0, SmallFact::count);
    let mut text = String::from("entity Office; entity Matter;\n");
    for (name, count) in [("ActorKind", actors), ("Two", 2), ("Three", 3), ("Four", 4)] {
        let names: Vec<&str> = ["a", "b", "c", "d"]
            .into_iter()
            .take(usize::try_from(count).expect("few values"))
            .collect();
        let labels: String = names.iter().map(|name| format!("@{name}(\"{name}\") ")).collect();
        let list = names.join("\", \"");
        writeln!(text, "{labels}entity {name} enum [\"{list}\"];").expect("text");
    }
    text.push_str("type Facts = {\n");
    for fact in facts {
        let range = match fact.values {
            Values::UpTo(most) => format!("@range(\"0..{most}\") "),
            Values::Truth | Values::Names(_) => String::new(),
        };
        let absent = fact
            .absent
            .map_or_else(String::new, |absent| format!("@absent(\"{}\") ", fact.word(absent)));
        let always = fact.always.as_ref().map_or_else(String::new, |always| {
            format!("@always(\"{}\") ", always.replace('"', "\\\""))
        });
        writeln!(
            text,
            "@group(\"g\") @ask(\"{name}?\") @help(\"h\") @who(\"desk\") {range}{absent}{always}{name}: {of},",
            name = fact.name,
            of = fact.cedar_type(),
        )
        .expect("text");
    }
    text.push_str("};\n");
    for act in acts {
        writeln!(text, "@say(\"{act}\") action {act} appliesTo {{ principal: Office, resource: Matter, context: Facts }};").expect("text");
    }
    text
}

/// An instrument: `dates` as in `in_force`, further lines of front matter, and its Cedar.
pub(crate) fn instrument(dates: &str, front: &str, cedar: &str) -> String {
    format!(
        "+++\ntitle = \"T\"\ncite = \"c\"\nkind = \"statute\"\nsource = \"s\"\n\
         reviewed = {{ by = \"nobody\", on = 2026-11-22 }}\nin_force = {{ {dates} }}\n{front}+++\n\n\
         ## Rules\n\n```cedar\n{cedar}```\n"
    )
}
