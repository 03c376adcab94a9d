//! What the words of a name say, by a file of phrases.

use serde::Deserialize;

use crate::{
    Kind,
    error::{Error, Result},
    names::{Name, State, find, state},
};

const STARTER: &str = include_str!("../registry/patterns.toml");
const PLACES: &str = include_str!("../registry/places.toml");

/// Phrases, and the counties whose names no other state has.
#[derive(Debug)]
pub struct Patterns {
    groups: Vec<Group>,
    counties: Vec<(String, &'static State)>,
}

/// What phrases of one group say.
#[derive(Debug)]
pub struct Group {
    /// What a name with such a phrase belongs to.
    pub says: Says,
    /// Its kind.
    pub kind: Kind,
    /// The body is this state's.
    pub state: Option<&'static State>,
    /// The words leave no room for a registry that says otherwise.
    pub firm: bool,
    /// The body is public though its name has words that leave it open.
    pub settles: bool,
    /// Why nothing follows from the words, where that is so.
    pub why: Option<String>,
    not_of_a_state: bool,
    anywhere: Vec<Phrase>,
    start: Vec<Phrase>,
    whole: Vec<Phrase>,
    unless: Vec<Phrase>,
}

/// What a phrase says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Says {
    /// An agency of the United States.
    Federal,
    /// No public body.
    Private,
    /// A public body of some state.
    Public,
    /// Public or private.
    Unclear,
    /// Several bodies together.
    Joint,
    /// No organization at all.
    Fake,
}

/// A phrase as names are read: its words.
type Phrase = Vec<String>;

/// A phrase found in a name.
#[derive(Debug, Clone, Copy)]
pub struct Match<'a> {
    /// Its group.
    pub group: &'a Group,
    /// The phrase.
    pub phrase: &'a [String],
}

#[derive(Deserialize)]
struct Written {
    group: Vec<WrittenGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGroup {
    class: Says,
    kind: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    firm: bool,
    #[serde(default)]
    settles: bool,
    #[serde(default)]
    not_of_a_state: bool,
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    anywhere: Vec<String>,
    #[serde(default)]
    start: Vec<String>,
    #[serde(default)]
    whole: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
}

impl Patterns {
    /// The patterns in this crate.
    ///
    /// # Errors
    ///
    /// Where the file in the crate is wrong.
    pub fn starter() -> Result<Self> {
        let unreadable = |error: toml::de::Error| Error::Patterns { reason: error.to_string() };
        let places: std::collections::BTreeMap<String, Vec<String>> =
            toml::from_str(PLACES).map_err(unreadable)?;
        let written: Written = toml::from_str(STARTER).map_err(unreadable)?;
        let mut counties = Vec::new();
        for (code, names) in places {
            let state = known_state(&code)?;
            counties.extend(names.into_iter().map(|name| (name, state)));
        }
        let groups = written.group.into_iter().map(Group::read).collect::<Result<_>>()?;
        Ok(Self { groups, counties })
    }

    /// Reads a name.
    #[must_use]
    pub fn name(&self, text: &str) -> Name {
        Name::read(text, &self.counties)
    }

    /// The phrases found in a name, in the order of the file; one of each group.
    pub fn matches<'a>(&'a self, name: &Name) -> Vec<Match<'a>> {
        let (words, core) = (name.words(), name.core());
        let own = name.is_own_department();
        self.groups
            .iter()
            .filter(|group| !(own && group.not_of_a_state))
            .filter_map(|group| group.find(&words, &core))
            .collect()
    }

    /// A phrase of a firm federal group that the name almost has: perhaps a slip of the pen or of a
    /// scanner. Short phrases have too many neighbors.
    #[must_use]
    pub fn almost_federal(&self, name: &Name) -> Option<String> {
        const SHORTEST: usize = 9;
        let words = name.words();
        let phrases = self
            .groups
            .iter()
            .filter(|group| group.says == Says::Federal)
            .flat_map(|group| &group.anywhere);
        let near = |phrase: &&Phrase| {
            let whole = phrase.join(" ");
            whole.len() >= SHORTEST
                && words.windows(phrase.len()).any(|window| {
                    let window = window.join(" ");
                    window != whole && strsim::osa_distance(&window, &whole) == 1
                })
        };
        phrases.into_iter().find(near).map(|phrase| phrase.join(" "))
    }
}

impl Group {
    fn read(written: WrittenGroup) -> Result<Self> {
        let WrittenGroup { class, kind, firm, settles, not_of_a_state, why, .. } = written;
        let kind = Kind::named(&kind)
            .ok_or_else(|| Error::Patterns { reason: format!("there is no kind `{kind}`") })?;
        let state = written.state.as_deref().map(known_state).transpose()?;
        let phrases =
            |texts: Vec<String>| -> Vec<Phrase> { texts.iter().map(|text| phrase(text)).collect() };
        Ok(Self {
            says: class,
            kind,
            state,
            firm,
            settles,
            why,
            not_of_a_state,
            anywhere: phrases(written.anywhere),
            start: phrases(written.start),
            whole: phrases(written.whole),
            unless: phrases(written.unless),
        })
    }

    fn find(&self, words: &[&str], core: &[&str]) -> Option<Match<'_>> {
        let within = |phrase: &Phrase| find(words, &texts(phrase)).is_some();
        if self.unless.iter().any(within) {
            return None;
        }
        let phrase = self
            .anywhere
            .iter()
            .find(|&phrase| within(phrase))
            .or_else(|| self.start.iter().find(|phrase| core.starts_with(&texts(phrase))))
            .or_else(|| self.whole.iter().find(|phrase| core == texts(phrase)))?;
        Some(Match { group: self, phrase })
    }
}

/// A phrase is read as names are, but knows no states: `california department of` stays as it is.
fn phrase(text: &str) -> Phrase {
    Name::read(text, &[]).spelled()
}

fn texts(phrase: &Phrase) -> Vec<&str> {
    phrase.iter().map(String::as_str).collect()
}

fn known_state(code: &str) -> Result<&'static State> {
    state::by_code(code)
        .ok_or_else(|| Error::Patterns { reason: format!("there is no state `{code}`") })
}
