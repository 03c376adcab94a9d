//! What an organization is, and how that is known.
//!
//! A row of a registry outweighs what a name looks like, except where the name leaves no room: then
//! the two contradict each other, and the class is unknown until somebody corrects one of them. The
//! state in brackets says where an organization is, never that it is public.

use std::fmt;

use serde::Serialize;

use crate::{
    Kind, Name, Patterns, Registry,
    error::Result,
    names::{How, State},
    patterns::{Match, Says},
    registry::Row,
};

/// What an organization is, whatever the jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A public body of that state: its own agency, or a city's, a county's, a district's.
    Public(&'static State),
    /// An agency of the United States.
    Federal,
    /// No public body.
    Private,
    /// It cannot be told.
    Unknown,
}

/// Where a class is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A row of a registry.
    Registry,
    /// A tag in the name, such as `[Federal]`.
    Tag,
    /// Words of the name.
    NamePattern,
    /// Nowhere.
    Nothing,
}

/// How much a class can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Somebody said so of this very organization, or the name leaves no room.
    Strong,
    /// The name is as such names are.
    Fair,
    /// There is nothing to rely on.
    None,
}

/// How a class is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Where from.
    pub from: Ground,
    /// How much it can be relied on.
    pub strength: Strength,
    /// In words: the file and row, or the words of the name.
    pub what: String,
}

/// What an organization is, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What it is.
    pub class: Class,
    /// Its kind.
    pub kind: Option<Kind>,
    /// How that is known; where it is unknown, why.
    pub evidence: Evidence,
    /// What else a reader should know: a contradiction, a mark on the account.
    pub notes: Vec<String>,
    /// What it is perhaps; never believed.
    pub perhaps: Vec<String>,
}

/// Says what organizations are.
#[derive(Debug)]
pub struct Resolver {
    patterns: Patterns,
    starter: Registry,
    registry: Registry,
}

impl Resolver {
    /// With the patterns and rows of this crate, and no other registry.
    ///
    /// # Errors
    ///
    /// Where the files in the crate are wrong.
    pub fn new() -> Result<Self> {
        let patterns = Patterns::starter()?;
        let starter = Registry::starter(&patterns)?;
        Ok(Self { patterns, starter, registry: Registry::default() })
    }

    /// Adds a registry; see [`Registry::read`].
    ///
    /// # Errors
    ///
    /// The first row that cannot be used.
    pub fn add_registry(&mut self, file: &str, bytes: &[u8]) -> Result<usize> {
        self.registry.read(file, bytes, &self.patterns)
    }

    /// The rows that were added.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Reads a name.
    #[must_use]
    pub fn name(&self, text: &str) -> Name {
        self.patterns.name(text)
    }

    /// What the organization of that name is.
    #[must_use]
    pub fn resolve(&self, text: &str) -> Resolved {
        let name = self.patterns.name(text);
        let key = name.key();
        let rows = in_any_state(&self.registry, &name, &key);
        let mut resolved = self.tell(&name, &key, &rows);
        for mark in name.marks() {
            resolved.notes.push(format!("the account is marked `{mark}`"));
        }
        if resolved.class == Class::Unknown && (rows.is_empty() || name.state().is_none()) {
            self.propose(&mut resolved, text, &name, &key);
        }
        resolved
    }

    /// Its class and kind alone. Where it is unknown this is much quicker, as nothing is proposed.
    #[must_use]
    pub fn class(&self, name: &Name) -> (Class, Option<Kind>) {
        let key = name.key();
        let resolved = self.tell(name, &key, &in_any_state(&self.registry, name, &key));
        (resolved.class, resolved.kind)
    }

    /// What its name and the rows of that name say.
    fn tell(&self, name: &Name, key: &str, rows: &[&Row]) -> Resolved {
        let by_name = self.by_name(name, key);
        match rows.split_first() {
            Some((first, others))
                if name.state().is_none() && self.is_elsewhere_too(key, first) =>
            {
                let what = "it is the name of several in the registry, in different states";
                ByName::unknown(what.to_owned(), first.kind.filter(|_| others.is_empty())).resolved
            }
            Some((first, others)) => with_row(first, others, by_name, name),
            None => by_name.resolved,
        }
    }

    /// Whether a name that says no state is, in the registry, the name of public bodies of several states:
    /// `Hillsborough Police Department`.
    fn is_elsewhere_too(&self, key: &str, row: &Row) -> bool {
        matches!(row.class, Class::Public(_))
            && self
                .registry
                .find_words(key)
                .iter()
                .any(|other| matches!(other.class, Class::Public(_)) && other.class != row.class)
    }

    /// What tags, the rows in this crate and the words of the name say.
    fn by_name(&self, name: &Name, key: &str) -> ByName {
        if name.tags().any(|tag| tag == "federal") {
            let matches = self.patterns.matches(name);
            let federal = matches.iter().find(|found| found.group.says == Says::Federal);
            let kind = federal.map(|found| found.group.kind);
            return ByName::firm(
                Class::Federal,
                kind,
                Ground::Tag,
                "the name is tagged [Federal]".to_owned(),
            );
        }
        if let Some(row) = in_any_state(&self.starter, name, key).first() {
            return ByName::firm(row.class, row.kind, Ground::Registry, cited(row));
        }
        self.by_words(name)
    }

    fn by_words(&self, name: &Name) -> ByName {
        let matches = self.patterns.matches(name);
        let says = |says: Says| matches.iter().find(|found| found.group.says == says);
        let open = |found: &Match<'_>| ByName::open(found, matches.as_slice());
        let settled =
            matches.iter().find(|found| found.group.says == Says::Public && found.group.settles);
        match (says(Says::Fake), says(Says::Joint), says(Says::Federal), says(Says::Private)) {
            (Some(fake), ..) => open(fake),
            (_, Some(joint), ..) => open(joint),
            (.., Some(federal), Some(private)) => ByName::torn(federal, private),
            (.., Some(federal), None) => ByName::firm(
                Class::Federal,
                Some(federal.group.kind),
                Ground::NamePattern,
                format!("{} names an agency of the United States", quoted(federal)),
            ),
            (.., None, private) => {
                match (private, says(Says::Unclear), settled, says(Says::Public)) {
                    (Some(private), _, _, Some(public)) => ByName::torn(private, public),
                    (Some(private), ..) => ByName::fair(
                        Class::Private,
                        Some(private.group.kind),
                        format!("{} names a private body", quoted(private)),
                    ),
                    (None, _, Some(public), _) | (None, None, None, Some(public)) => {
                        self.public(name, *public)
                    }
                    (None, unclear, None, _) => match (name.state(), unclear) {
                        (Some((state, _)), _) if name.own_university() == Some(state) => {
                            ByName::fair(
                                Class::Public(state),
                                Kind::named("campus_police"),
                                format!("the name is that of {}'s own university", state.name),
                            )
                        }
                        (Some((state, _)), None) if name.is_own_department() => ByName::fair(
                            Class::Public(state),
                            Kind::named("state_agency"),
                            format!("the name is that of a department of {}", state.name),
                        ),
                        (_, Some(unclear)) => open(unclear),
                        (state, None) => ByName::nothing(state.map(|(state, _)| state)),
                    },
                }
            }
        }
    }

    /// A public body by its words: the state must be told, and nothing may look like a slip in the name
    /// of a federal agency.
    fn public(&self, name: &Name, found: Match<'_>) -> ByName {
        let kind = Some(found.group.kind);
        let words = quoted(&found);
        if let Some(near) = self.patterns.almost_federal(name) {
            let mut open = ByName::unknown(format!("a slip for `{near}` is possible"), kind);
            open.resolved.perhaps.push(format!("{near} (federal)"));
            return open;
        }
        if let Some((one, other)) = name.contradicting_states() {
            let what = format!("the name speaks of {} and of {}", one.name, other.name);
            return ByName::unknown(what, kind);
        }
        let told = name.state().map(|(state, how)| (state, how_words(how)));
        let known = found.group.state.map(|state| (state, "by what it is"));
        let (state, how) = match (told, known) {
            (Some((told, _)), Some((known, _))) if told != known => {
                let what =
                    format!("{words} is of {}, the name speaks of {}", known.name, told.name);
                return ByName::unknown(what, kind);
            }
            (Some(told), _) => told,
            (None, Some(known)) => known,
            (None, None) => {
                let what = format!("{words} names a public body, but not of which state");
                return ByName::unknown(what, kind);
            }
        };
        let what = format!("{words} names a public body, and {} is told {how}", state.name);
        let firm = found.group.firm;
        ByName { firm, ..ByName::fair(Class::Public(state), kind, what) }
    }

    /// Rows that look like the name, in the registries; a federal look-alike counts as much.
    fn propose(&self, resolved: &mut Resolved, text: &str, name: &Name, key: &str) {
        let mut near = self.registry.near(text, key);
        near.extend(self.starter.near(text, key));
        if name.state().is_none() {
            near.extend(self.registry.find_words(key).into_iter().map(|row| row.name.clone()));
        }
        for proposed in near {
            if !resolved.perhaps.contains(&proposed) {
                resolved.perhaps.push(proposed);
            }
        }
    }
}

/// The rows of a name. `FBI (CA)` is found by the row `FBI`: agencies of the United States and companies
/// are in many states. A public body's row never lends its name to another state.
fn in_any_state<'a>(registry: &'a Registry, name: &Name, key: &str) -> Vec<&'a Row> {
    let rows = registry.find(key);
    if !rows.is_empty() {
        return rows;
    }
    let anywhere =
        |row: &&Row| row.state.is_none() && matches!(row.class, Class::Federal | Class::Private);
    registry.find(&name.key_in(None)).into_iter().filter(anywhere).collect()
}

/// What a name says by itself.
struct ByName {
    resolved: Resolved,
    /// It leaves no room for a registry that says otherwise.
    firm: bool,
}

impl ByName {
    fn new(class: Class, kind: Option<Kind>, evidence: Evidence, firm: bool) -> Self {
        let resolved = Resolved { class, kind, evidence, notes: Vec::new(), perhaps: Vec::new() };
        Self { resolved, firm }
    }

    fn firm(class: Class, kind: Option<Kind>, from: Ground, what: String) -> Self {
        Self::new(class, kind, Evidence { from, strength: Strength::Strong, what }, true)
    }

    fn fair(class: Class, kind: Option<Kind>, what: String) -> Self {
        let evidence = Evidence { from: Ground::NamePattern, strength: Strength::Fair, what };
        Self::new(class, kind, evidence, false)
    }

    fn unknown(what: String, kind: Option<Kind>) -> Self {
        let evidence = Evidence { from: Ground::Nothing, strength: Strength::None, what };
        Self::new(Class::Unknown, kind, evidence, false)
    }

    fn nothing(state: Option<&State>) -> Self {
        let what = match state {
            Some(state) => format!("{} says where it is, and nothing says what", state.name),
            None => "nothing in the name says what it is".to_owned(),
        };
        Self::unknown(what, None)
    }

    fn open(found: &Match<'_>, all: &[Match<'_>]) -> Self {
        let why = found.group.why.as_deref().unwrap_or("such names may mean anything");
        let mut open = Self::unknown(format!("{}: {why}", quoted(found)), Some(found.group.kind));
        if let Some(federal) = all.iter().find(|other| other.group.says == Says::Federal) {
            open.resolved.perhaps.push(format!("{} (federal)", quoted(federal)));
        }
        open
    }

    fn torn(one: &Match<'_>, other: &Match<'_>) -> Self {
        let what =
            format!("the name has {} and {}, which do not go together", quoted(one), quoted(other));
        Self::unknown(what, None)
    }
}

/// What a registry says, against what the name says.
fn with_row(row: &Row, others: &[&Row], by_name: ByName, name: &Name) -> Resolved {
    let evidence = |strength, what| Evidence { from: Ground::Registry, strength, what };
    let unknown = |what| Resolved {
        class: Class::Unknown,
        kind: row.kind,
        evidence: evidence(Strength::None, what),
        notes: Vec::new(),
        perhaps: Vec::new(),
    };
    if let Some(other) = others.iter().find(|other| other.class != row.class) {
        return unknown(format!("{} and {} contradict each other", cited(row), cited(other)));
    }
    let seen = by_name.resolved;
    let elsewhere =
        matches!((row.class, name.state()), (Class::Public(own), Some((told, _))) if own != told);
    let differs = seen.class != Class::Unknown && seen.class != row.class;
    if row.class == Class::Unknown {
        return match seen.class {
            Class::Unknown => {
                let tribe = row.kind.is_some_and(|kind| kind.name == "tribe");
                let says = if tribe { "calls it a tribe" } else { "does not say what it is" };
                unknown(format!("{} {says}; {}", cited(row), seen.evidence.what))
            }
            _ => Resolved { kind: seen.kind.or(row.kind), ..seen },
        };
    }
    if (differs && by_name.firm) || elsewhere {
        return unknown(format!(
            "{} says {}, but {}: one of them is wrong",
            cited(row),
            row.class,
            if differs {
                seen.evidence.what
            } else {
                "the name speaks of another state".to_owned()
            },
        ));
    }
    let mut notes = Vec::new();
    if differs {
        notes.push(format!("by its name alone it would be {}: {}", seen.class, seen.evidence.what));
    }
    Resolved {
        class: row.class,
        kind: row.kind.or(seen.kind),
        evidence: evidence(Strength::Strong, format!("{} says {}", cited(row), row.class)),
        notes,
        perhaps: Vec::new(),
    }
}

fn cited(row: &Row) -> String {
    format!("{}, row {}", row.file, row.line)
}

fn quoted(found: &Match<'_>) -> String {
    if found.phrase.is_empty() {
        return "no word of a name".to_owned();
    }
    format!("`{}`", found.phrase.join(" "))
}

const fn how_words(how: How) -> &'static str {
    match how {
        How::Bracket | How::Code => "by its code",
        How::Written => "by its name",
        How::OwnAgency => "as its own agency",
        How::University => "as its own university",
        How::County => "by its county, whose name no other state has",
    }
}

impl Class {
    /// Its word in registries, which say the state in a column of its own.
    #[must_use]
    pub const fn registry_word(self) -> &'static str {
        match self {
            Self::Public(_) => "public",
            Self::Federal => "federal",
            Self::Private => "private",
            Self::Unknown => "unknown",
        }
    }

    /// Its word in a report for a state: `california_public`, `other_state_public`.
    #[must_use]
    pub fn word(self, own: &State) -> String {
        match self {
            Self::Public(state) if state == own => {
                format!("{}_public", own.name.to_lowercase().replace(' ', "_"))
            }
            Self::Public(_) => "other_state_public".to_owned(),
            Self::Federal | Self::Private | Self::Unknown => self.registry_word().to_owned(),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(state) => write!(f, "public of {}", state.name),
            other => f.write_str(other.registry_word()),
        }
    }
}
