//! Organizations of a log, each resolved once.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    Class, Kind, Resolver,
    log::cell::Cell,
    names::{State, state},
};

/// So many are told apart. There are not half as many police forces; a column with more holds something
/// else, and its further rows are grouped by what they are.
const MOST: usize = 50_000;

/// The groups of rows that name nobody.
pub(super) const UNTOLD: u32 = 0;
pub(super) const BLANK: u32 = 1;
pub(super) const WITHHELD: u32 = 2;

/// What is known of an organization.
#[derive(Debug)]
pub(super) struct Organization {
    /// Its place among the groups; its own, where it is remembered.
    pub(super) group: u32,
    pub(super) remembered: bool,
    pub(super) class: Class,
    pub(super) kind: Option<Kind>,
    key: String,
    /// Its key if it were in the jurisdiction's state, where its name says no state.
    key_here: Option<String>,
    /// Where the registry has it.
    rows: Vec<(String, u64)>,
}

/// What rows are grouped by, and what the organization is.
type Group = (Arc<[Box<str>]>, Arc<str>);

/// Remembers organizations by their names.
#[derive(Debug)]
pub(super) struct Organizations<'a> {
    resolver: &'a Resolver,
    own: &'static State,
    by_text: FxHashMap<Box<str>, Arc<Organization>>,
    /// Name and state as they are looked up: kept, so that looking up takes no memory.
    text: String,
    groups: Vec<Group>,
    most: usize,
    /// The groups of those that are not told apart.
    further: FxHashMap<Arc<str>, u32>,
    classes: FxHashMap<String, Arc<str>>,
}

impl<'a> Organizations<'a> {
    pub(super) fn new(resolver: &'a Resolver, own: &'static State) -> Self {
        let nobody = |name: &str| (Arc::from([Box::from(name)]), Arc::from(""));
        Self {
            resolver,
            own,
            by_text: FxHashMap::default(),
            text: String::new(),
            groups: ["(not in the file)", "(blank)", "(withheld)"].map(nobody).into(),
            most: MOST,
            further: FxHashMap::default(),
            classes: FxHashMap::default(),
        }
    }

    /// The organization of that name; a column may say in which state it is.
    pub(super) fn find(&mut self, name: &str, state: Cell<'_>) -> Arc<Organization> {
        self.text.clear();
        self.text.push_str(name);
        if let Some(state) = state.text() {
            self.text.push('\n');
            self.text.push_str(state);
        }
        match self.by_text.get(self.text.as_str()) {
            Some(known) => Arc::clone(known),
            None => self.resolve(name, state.text()),
        }
    }

    #[expect(clippy::indexing_slicing, reason = "INVARIANT: the numbers are of this judge")]
    pub(super) fn group(&self, number: u32) -> (&Arc<[Box<str>]>, &Arc<str>) {
        let (words, class) = &self.groups[number as usize];
        (words, class)
    }

    fn resolve(&mut self, name: &str, state: Option<&str>) -> Arc<Organization> {
        let stated = in_state(self.resolver, name, state);
        let read = self.resolver.name(&stated);
        let key = read.untagged_key_in(read.state().map(|(state, _)| state));
        let key_here = read.state().is_none().then(|| read.untagged_key_in(Some(self.own)));
        let rows = self.resolver.registry().find(&read.key()).into_iter();
        let (class, kind) = self.resolver.class(&read);
        let word = self.class_word(class);
        let remembered = self.by_text.len() < self.most;
        let group = if remembered {
            self.add((Arc::from([Box::from(name)]), word))
        } else {
            self.further(word)
        };
        let rows = rows.map(|row| (row.file.clone(), row.line)).collect();
        let found = Arc::new(Organization { group, remembered, class, kind, key, key_here, rows });
        if remembered {
            self.by_text.insert(self.text.as_str().into(), Arc::clone(&found));
        }
        found
    }

    fn class_word(&mut self, class: Class) -> Arc<str> {
        let word = class.word(self.own);
        Arc::clone(self.classes.entry(word).or_insert_with_key(|word| Arc::from(word.as_str())))
    }

    fn further(&mut self, class: Arc<str>) -> u32 {
        if let Some(&known) = self.further.get(&class) {
            return known;
        }
        let group =
            self.add((Arc::from([Box::from("(further organizations)")]), Arc::clone(&class)));
        self.further.insert(class, group);
        group
    }

    fn add(&mut self, group: Group) -> u32 {
        self.groups.push(group);
        u32::try_from(self.groups.len() - 1).unwrap_or(UNTOLD)
    }
}

impl Organization {
    /// Whether the owner is this organization: by the same name, tags and marks aside, or by the same row of
    /// a registry. A name of the owner's that says no state is taken to be of the jurisdiction's.
    pub(super) fn is(&self, owner: &Self) -> bool {
        let one_name = self.key == owner.key || owner.key_here.as_ref() == Some(&self.key);
        let one_row = self.rows.iter().any(|row| owner.rows.contains(row));
        let differ = self.class != owner.class
            && self.class != Class::Unknown
            && owner.class != Class::Unknown;
        (one_name || one_row) && !differ
    }
}

/// The name with the state of a column, as names have it, unless it says that state itself. A name that says
/// another one is then of two states, and what it is cannot be told.
fn in_state(resolver: &Resolver, name: &str, state: Option<&str>) -> String {
    match state.and_then(state::by_text) {
        Some(state) if resolver.name(name).state().is_none_or(|(told, _)| told != state) => {
            format!("{name} ({})", state.code)
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_organizations_are_grouped_by_what_they_are() -> crate::Result<()> {
        let resolver = Resolver::new()?;
        let no_state = || crate::Error::NoState { path: "us/ca".to_owned() };
        let own = state::by_code("CA").ok_or_else(no_state)?;
        let mut organizations = Organizations { most: 2, ..Organizations::new(&resolver, own) };
        let mut find = |name: &str| {
            let found = organizations.find(name, Cell::NotExported);
            let (group, class) = organizations.group(found.group);
            (found.group, group.concat(), class.to_string(), found.is(&found))
        };
        let first = find("Alder Grove CA PD");
        assert_eq!(first.1, "Alder Grove CA PD");
        assert_eq!(find("Ely NV PD").2, "other_state_public");
        let third = find("Redbud CA PD");
        assert_eq!((third.1.as_str(), third.2.as_str()), ("(further organizations)", &*first.2));
        assert_eq!(find("Willow CA PD"), third);
        assert_ne!(find("FBI").0, third.0);
        assert_eq!(find("Alder Grove CA PD"), first);
        Ok(())
    }
}
