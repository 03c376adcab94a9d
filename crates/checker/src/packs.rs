//! The texts: what of packs and claims decides whether a claim holds. Citations, prose and worked
//! cases are passed over; whatever might be meant as a rule and is not read is an error.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use toml::value::Datetime;

use crate::{
    Text,
    cedar::{Expression, Policy, policies},
    order::{Modality, Words},
    vocabulary::Vocabulary,
};

/// Where the vocabulary stands.
pub(crate) const VOCABULARY: &str = "vocabulary.cedarschema";

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Packs {
    pub(crate) vocabulary: Vocabulary,
    /// By layer, the highest first, then by file.
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) claims: Vec<Claim>,
}

#[derive(Debug)]
pub(crate) struct Instrument {
    pub(crate) name: String,
    pub(crate) folder: String,
    /// None where it binds everybody.
    pub(crate) binds: Option<Vec<String>>,
    pub(crate) span: Span,
    pub(crate) settles: Vec<(String, String)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) terms: Vec<Term>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) modality: Modality,
    pub(crate) actions: Vec<String>,
    pub(crate) overrides: Vec<String>,
    pub(crate) contested: Option<String>,
    pub(crate) span: Span,
    pub(crate) condition: Expression,
}

#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) name: String,
    pub(crate) contested: Option<String>,
    pub(crate) span: Span,
    pub(crate) condition: Expression,
}

#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) id: String,
    pub(crate) jurisdiction: String,
    pub(crate) span: Span,
    /// None where it speaks of every act.
    pub(crate) actions: Option<Vec<String>>,
    pub(crate) condition: Expression,
    pub(crate) property: Property,
    pub(crate) answers: Words,
    /// The other law: jurisdiction, and the day where it names one.
    pub(crate) other: Option<(String, Option<String>)>,
    /// Open questions that are taken as answered, and whether their rules stand.
    pub(crate) positions: Vec<(String, bool)>,
    pub(crate) finding: bool,
}

/// What is claimed of the answers in the cases that a claim speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    Never,
    Always,
    Only,
    Implies,
    Equivalent,
    Disjoint,
}

/// From a day on, until the day before another. Days are texts such as `2026-11-22`, whose order is
/// that of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: String,
    pub(crate) until: Option<String>,
}

impl Span {
    pub(crate) fn contains(&self, day: &str) -> bool {
        self.from.as_str() <= day && self.until.as_deref().is_none_or(|until| day < until)
    }

    /// The days of this span that the notes leave.
    fn narrowed(&self, notes: &BTreeMap<String, String>) -> Result<Self, String> {
        let note = |key: &str| notes.get(key).map(|text| day(text)).transpose();
        let from = note("from")?.map_or(self.from.clone(), |from| from.max(self.from.clone()));
        let until = match (note("until")?, self.until.clone()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Ok(Self { from, until })
    }
}

/// Whether a folder lies on the path: the path's own, or one above.
pub(crate) fn is_on(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A day as it must be written, so that the order of texts is that of time.
pub(crate) fn day(text: &str) -> Result<String, String> {
    let fits = |(letter, form): (u8, u8)| match form {
        b'-' => letter == b'-',
        _ => letter.is_ascii_digit(),
    };
    if text.len() == 10 && text.bytes().zip(*b"0000-00-00").all(fits) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no day"))
    }
}

/// Whether the file is an instrument.
pub(crate) fn is_instrument(name: &str) -> bool {
    name.contains('/')
        && name.ends_with(".md")
        && !name.ends_with(".claims.md")
        && !name.ends_with("/guidance.md")
}

/// Reads all these files; an error names the file.
pub(crate) fn read(texts: &[&Text<'_>]) -> Result<Packs, (String, String)> {
    let mut packs = Packs::default();
    for &&Text { name, text } in texts {
        one_line_end(text).map_err(|why| (name.to_owned(), why))?;
        if name == VOCABULARY {
            packs.vocabulary = Vocabulary::read(text).map_err(|why| (name.to_owned(), why))?;
        }
    }
    for &&Text { name, text } in texts {
        let read = if name.ends_with(".claims.md") {
            claims(name, text).map(|claims| packs.claims.extend(claims))
        } else if is_instrument(name) {
            Instrument::read(name, text).map(|read| packs.instruments.push(read))
        } else {
            Ok(())
        };
        read.map_err(|why| (name.to_owned(), why))?;
    }
    packs
        .instruments
        .sort_by_key(|instrument| (layer(&instrument.folder), instrument.name.clone()));
    packs.cut().map_err(|why| (VOCABULARY.to_owned(), why))?;
    Ok(packs)
}

/// A folder's layer, 0 the highest.
pub(crate) fn layer(folder: &str) -> usize {
    folder.matches('/').count()
}

impl Packs {
    /// The first day on which anything on a path is in force.
    pub(crate) fn first_day(&self, path: &str) -> Option<String> {
        let on_path = self.instruments.iter().filter(|read| is_on(&read.folder, path));
        on_path.map(|read| read.span.from.clone()).min()
    }

    /// Cuts numbers into classes wherever some condition tells them apart.
    fn cut(&mut self) -> Result<(), String> {
        let Self { vocabulary, instruments, claims } = self;
        let rules = instruments.iter().flat_map(|read| &read.rules).map(|rule| &rule.condition);
        let terms = instruments.iter().flat_map(|read| &read.terms).map(|term| &term.condition);
        let always = std::mem::take(&mut vocabulary.always);
        let claimed = claims.iter().map(|claim| &claim.condition);
        let mut open: Vec<&Expression> = rules.chain(terms).chain(claimed).chain(&always).collect();
        while let Some(expression) = open.pop() {
            match expression {
                Expression::Compare(sign, sides) => {
                    if let Some((fact, sign, number)) = numeric(sign, sides) {
                        vocabulary.cut(fact, sign, number)?;
                    }
                    open.extend(sides.iter());
                }
                Expression::Not(inner) => open.push(inner),
                Expression::All(parts) | Expression::Any(parts) => open.extend(parts),
                Expression::If(parts) => open.extend(parts.iter()),
                _ => {}
            }
        }
        vocabulary.always = always;
        Ok(())
    }
}

/// A comparison of a fact with a number, the fact on the left.
pub(crate) fn numeric<'a>(
    sign: &'static str,
    sides: &'a [Expression; 2],
) -> Option<(&'a str, &'static str, i64)> {
    match sides {
        [Expression::Fact(fact), Expression::Number(number)] => Some((fact, sign, *number)),
        [Expression::Number(number), Expression::Fact(fact)] => {
            let turned = match sign {
                "<" => ">",
                ">" => "<",
                "<=" => ">=",
                ">=" => "<=",
                same => same,
            };
            Some((fact, turned, *number))
        }
        _ => None,
    }
}

/// Front matter of an instrument; what only people read may be anything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    binds: Option<Vec<String>>,
    in_force: Days,
    #[serde(default)]
    settles: BTreeMap<String, toml::Value>,
    #[serde(rename = "title")]
    _title: IgnoredAny,
    #[serde(rename = "cite")]
    _cite: IgnoredAny,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "source")]
    _source: IgnoredAny,
    #[serde(rename = "reviewed")]
    _reviewed: IgnoredAny,
    #[serde(default, rename = "questions")]
    _questions: IgnoredAny,
    #[serde(default, rename = "read")]
    _read: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimsFront {
    #[serde(rename = "title")]
    _title: IgnoredAny,
    jurisdiction: Option<String>,
    days: Days,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: Datetime,
    until: Option<Datetime>,
}

impl Days {
    fn span(&self) -> Result<Span, String> {
        let until = self.until.map(|until| day(&until.to_string())).transpose()?;
        Ok(Span { from: day(&self.from.to_string())?, until })
    }
}

impl Instrument {
    fn read(name: &str, text: &str) -> Result<Self, String> {
        let (front, blocks) = split(text)?;
        let front: Front = toml::from_str(&front).map_err(|error| error.message().to_owned())?;
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let settles = front.settles.into_iter().map(|(fact, value)| match value {
            toml::Value::String(text) => Ok((fact, text)),
            toml::Value::Boolean(truth) => Ok((fact, truth.to_string())),
            _ => Err(format!("`{fact}` is settled as no value")),
        });
        let mut instrument = Self {
            name: name.to_owned(),
            folder,
            binds: front.binds,
            span: front.in_force.span()?,
            settles: settles.collect::<Result<_, _>>()?,
            rules: Vec::new(),
            terms: Vec::new(),
        };
        for (line, block) in blocks {
            for policy in policies(&block).map_err(|why| below(line, &why))? {
                instrument.add(policy).map_err(|why| below(line, &why))?;
            }
        }
        Ok(instrument)
    }

    fn add(&mut self, Policy { notes, forbids, actions, condition }: Policy) -> Result<(), String> {
        const KNOWN: [&str; 14] = [
            "id",
            "cite",
            "status",
            "modality",
            "overrides",
            "contested",
            "from",
            "until",
            "due",
            "before",
            "upon",
            "after",
            "term",
            "note",
        ];
        only_known(&notes, &KNOWN)?;
        let span = self.span.narrowed(&notes)?;
        let contested = notes.get("contested").cloned();
        if let Some(name) = notes.get("term").cloned() {
            if forbids || actions.is_some() {
                return Err(format!("`{name}` is no definition"));
            }
            self.terms.push(Term { name, contested, span, condition });
            return Ok(());
        }
        let id = notes.get("id").cloned().ok_or("a rule without @id")?;
        let named = notes.get("modality").map(String::as_str);
        let modality =
            Modality::named(forbids, named).ok_or_else(|| format!("`{id}`: @modality"))?;
        let actions = actions.ok_or_else(|| format!("`{id}` names no act"))?;
        let overrides = words(&notes, "overrides");
        self.rules.push(Rule { id, modality, actions, overrides, contested, span, condition });
        Ok(())
    }
}

fn claims(file: &str, text: &str) -> Result<Vec<Claim>, String> {
    let (front, blocks) = split(text)?;
    let front: ClaimsFront = toml::from_str(&front).map_err(|error| error.message().to_owned())?;
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let jurisdiction = front.jurisdiction.unwrap_or(folder);
    let span = front.days.span()?;
    let mut claims = Vec::new();
    for (line, block) in blocks {
        for policy in policies(&block).map_err(|why| below(line, &why))? {
            let claim = Claim::read(&jurisdiction, &span, policy);
            claims.push(claim.map_err(|why| below(line, &why))?);
        }
    }
    Ok(claims)
}

impl Claim {
    fn read(jurisdiction: &str, span: &Span, policy: Policy) -> Result<Self, String> {
        const PROPERTIES: [(&str, Property); 6] = [
            ("never", Property::Never),
            ("always", Property::Always),
            ("only", Property::Only),
            ("implies", Property::Implies),
            ("equivalent", Property::Equivalent),
            ("disjoint", Property::Disjoint),
        ];
        const OTHERS: [&str; 8] =
            ["id", "answers", "standing", "fallen", "from", "until", "finding", "note"];
        let Policy { notes, forbids, actions, condition } = policy;
        only_known(&notes, &[&PROPERTIES.map(|(key, _)| key)[..], &OTHERS].concat())?;
        let id = notes.get("id").cloned().ok_or("a claim without @id")?;
        let mut properties =
            PROPERTIES.iter().filter_map(|(key, property)| Some((*property, notes.get(*key)?)));
        let (Some((property, value)), None, false) =
            (properties.next(), properties.next(), forbids)
        else {
            return Err(format!("`{id}` claims not one thing"));
        };
        let of_one = matches!(property, Property::Never | Property::Always | Property::Only);
        let answers = match (notes.get("answers"), property) {
            (None, _) if of_one => Words::named(value),
            (Some(_), _) if of_one => None,
            (Some(named), _) => Words::named(named),
            (None, Property::Equivalent) => Some(Words::NONE),
            (None, _) => Some(Words::OPEN),
        };
        let answers = answers.ok_or_else(|| format!("`{id}`: the answers"))?;
        let other = (!of_one).then(|| law_named(value)).transpose()?;
        let taken = |key, stands| words(&notes, key).into_iter().map(move |name| (name, stands));
        Ok(Self {
            jurisdiction: jurisdiction.to_owned(),
            span: span.narrowed(&notes)?,
            actions,
            condition,
            property,
            answers,
            other,
            positions: taken("standing", true).chain(taken("fallen", false)).collect(),
            finding: notes.contains_key("finding"),
            id,
        })
    }
}

/// `us/ca`, or `us/ca@2017-12-31`.
fn law_named(text: &str) -> Result<(String, Option<String>), String> {
    Ok(match text.split_once('@') {
        None => (text.trim().to_owned(), None),
        Some((path, on)) => (path.trim().to_owned(), Some(day(on.trim())?)),
    })
}

fn only_known(notes: &BTreeMap<String, String>, known: &[&str]) -> Result<(), String> {
    match notes.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown annotation `@{key}`")),
        None => Ok(()),
    }
}

fn words(notes: &BTreeMap<String, String>, key: &str) -> Vec<String> {
    notes.get(key).into_iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
}

fn below(line: usize, why: &str) -> String {
    format!("in the block that begins on line {line}: {why}")
}

/// A carriage return alone ends a line, and with it a comment, for some readers and not for others:
/// a rule could say one thing to the compiler and another here.
fn one_line_end(text: &str) -> Result<(), String> {
    if text.replace("\r\n", "\n").contains('\r') {
        Err("a carriage return stands without a line feed".to_owned())
    } else {
        Ok(())
    }
}

/// Front matter and Cedar blocks, each with the line that opens it. Markdown in which a reader
/// could see a rule where another does not (other fences, HTML) is refused.
fn split(text: &str) -> Result<(String, Vec<(usize, String)>), String> {
    let mut lines = text.lines().zip(1..);
    if lines.next().map(|(line, _)| line.trim_end()) != Some("+++") {
        return Err("it does not begin with +++".to_owned());
    }
    let mut front = String::new();
    let mut ended = false;
    for (line, _) in lines.by_ref() {
        if line.trim_end() == "+++" {
            ended = true;
            break;
        }
        front += line;
        front.push('\n');
    }
    if !ended {
        return Err("its front matter does not end".to_owned());
    }
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (line, number) in lines {
        let fence = if inside { "```" } else { "```cedar" };
        // No other blank: a no-break space makes it another language for other readers.
        if line.trim_end_matches([' ', '\t']) == fence {
            if !inside {
                blocks.push((number, String::new()));
            }
            inside = !inside;
        } else if line.contains("```") || line.contains("~~~") {
            return Err(format!("line {number}: rules stand between ```cedar and ``` alone"));
        } else if inside {
            if let Some((_, block)) = blocks.last_mut() {
                *block += line;
                block.push('\n');
            }
        } else if line.trim_start().starts_with('<') || line.starts_with("+++") {
            return Err(format!("line {number}: only Markdown's own marks are read"));
        }
    }
    if inside { Err("a block does not end".to_owned()) } else { Ok((front, blocks)) }
}
