//! Reading a mapping file: every problem at once, each with its line and remedy.

mod facts;
mod log;

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use bylaw_law::{Jurisdiction, Law, nearest, vocabulary::ActionId};
use miette::NamedSource;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use self::facts::json;
use super::{
    Act, LogMapping, Mapping, MappingError, Object, Problem, Silent,
    entities::Entities,
    expression::Sees,
    input::{Entity, Input},
    json::Json,
    routes,
    source::Origin,
};

/// A member of a TOML table: its name and its value, with their places.
pub(super) type Member<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

/// The tables of `[tables]`, by name.
pub(super) type Tables<'t, 'i> = BTreeMap<&'t str, &'t DeTable<'i>>;

/// Reads a file into a mapping, or says all that is wrong with it.
pub(super) fn read(
    name: &str,
    text: &str,
    law: &Law,
    jurisdiction: &str,
) -> Result<Mapping, MappingError> {
    let mut reading = Reading::new(name, text, law, Sees::Call);
    let mapping = reading.parse(text, |reading, file| reading.file(file, jurisdiction));
    reading.finish(mapping)
}

/// Reads the file of a log, or says all that is wrong with it.
pub(super) fn read_log(
    name: &str,
    text: &str,
    law: &Law,
    jurisdiction: &str,
) -> Result<LogMapping, MappingError> {
    let mut reading = Reading::new(name, text, law, Sees::Row);
    let mapping = reading.parse(text, |reading, file| reading.log_file(file, jurisdiction));
    reading.finish(mapping)
}

/// What is gathered while a file is read.
pub(super) struct Reading<'l> {
    pub(super) law: &'l Law,
    name: String,
    text: Arc<str>,
    pub(super) problems: Vec<Problem>,
    sees: Sees,
    /// The columns of a log that the file names, in the order in which they were read.
    columns: Vec<String>,
}

impl<'l> Reading<'l> {
    fn new(name: &str, text: &str, law: &'l Law, sees: Sees) -> Self {
        Self {
            law,
            name: name.to_owned(),
            text: Arc::from(text),
            problems: Vec::new(),
            sees,
            columns: Vec::new(),
        }
    }

    fn parse<T>(
        &mut self,
        text: &str,
        read: impl FnOnce(&mut Self, &DeTable<'_>) -> Option<T>,
    ) -> Option<T> {
        let (file, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let place = error.span().unwrap_or(0..0);
            self.problem(place, error.message().to_owned(), "the file is TOML".to_owned());
        }
        if errors.is_empty() { read(self, file.get_ref()) } else { None }
    }

    fn finish<T>(mut self, read: Option<T>) -> Result<T, MappingError> {
        self.problems.sort_by_key(Problem::line);
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(MappingError { name: self.name, problems: self.problems }),
        }
    }

    /// Notes a problem at a place of the file.
    pub(super) fn problem(&mut self, place: Range<usize>, message: String, help: String) {
        let end = place.end.min(self.text.len());
        let start = place.start.min(end);
        let file = NamedSource::new(self.name.clone(), Arc::clone(&self.text));
        self.problems.push(Problem::new(message, help, file, (start, end - start).into()));
    }

    fn file(&mut self, file: &DeTable<'_>, jurisdiction: &str) -> Option<Mapping> {
        self.check_keys(
            file,
            &[
                "silent",
                "otherwise_absent",
                "actions",
                "facts",
                "tables",
                "subjects",
                "resources",
                "unmatched",
                "routes",
            ],
        );
        let silent = self.silent(file);
        let tables = self.tables(file);
        let mut mapping = Mapping::empty(&self.name, silent.unwrap_or(Silent::Deny));
        mapping.otherwise_absent = self.otherwise_absent(file);
        let facts = self.section(file, "facts");
        mapping.facts = self.sources(facts, &tables);
        mapping.acts = self.acts(file, &tables);
        mapping.act_index =
            mapping.acts.iter().enumerate().map(|(at, act)| (act.name.clone(), at)).collect();
        mapping.routes = routes::read(self, file, &tables);
        mapping.subjects = self.entities(file, "subjects");
        mapping.resources = self.entities(file, "resources");
        self.check_use(file, &mapping, jurisdiction);
        Some(mapping)
    }

    fn silent(&mut self, file: &DeTable<'_>) -> Option<Silent> {
        const HELP: &str = "add silent = \"deny\", or silent = \"allow\": what the law is silent on \
             passes or not, and only you can say";
        let Some(value) = file.get("silent") else {
            self.problem(0..0, "`silent` is missing".to_owned(), HELP.to_owned());
            return None;
        };
        match value.get_ref().as_str() {
            Some("allow") => Some(Silent::Allow),
            Some("deny") => Some(Silent::Deny),
            _ => {
                let message = "`silent` is neither \"allow\" nor \"deny\"".to_owned();
                self.problem(value.span(), message, HELP.to_owned());
                None
            }
        }
    }

    fn otherwise_absent(&mut self, file: &DeTable<'_>) -> bool {
        let Some(value) = file.get("otherwise_absent") else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            let message = "`otherwise_absent` is neither true nor false".to_owned();
            let help = "true gives facts that nobody states the value that the vocabulary says \
                 stands where there is nothing to see";
            self.problem(value.span(), message, help.to_owned());
            false
        })
    }

    fn acts(&mut self, file: &DeTable<'_>, tables: &Tables<'_, '_>) -> Vec<Act> {
        let members = self.section(file, "actions");
        if members.is_empty() && self.problems.is_empty() && file.get("routes").is_none() {
            self.problem(
                0..0,
                "no action is mapped".to_owned(),
                "add [actions] and a line such as read = \"disclose_information\"".to_owned(),
            );
        }
        members
            .into_iter()
            .filter_map(|(name, value)| {
                let (action, facts) = match value.get_ref() {
                    DeValue::Table(table) => {
                        self.check_keys(table, &["act", "facts"]);
                        let own = self.section(table, "facts");
                        let facts = self.sources(own, tables);
                        (self.act(table.get("act").unwrap_or(value))?, facts)
                    }
                    _ => (self.act(value)?, Vec::new()),
                };
                Some(Act { name: name.get_ref().to_string(), action, facts })
            })
            .collect()
    }

    /// The act that a value names.
    pub(super) fn act(&mut self, value: &Spanned<DeValue<'_>>) -> Option<ActionId> {
        let names = self.law.vocabulary.actions.iter().map(|action| action.name.as_str());
        let Some(name) = value.get_ref().as_str() else {
            let message = "an action is mapped to something that names no act".to_owned();
            let help = "write the name of an act, or { act = \"…\", facts = { … } }".to_owned();
            self.problem(value.span(), message, help);
            return None;
        };
        let found = self.law.vocabulary.action_id(name);
        if found.is_none() {
            let help = nearest(name, names);
            self.problem(value.span(), format!("the vocabulary has no act `{name}`"), help);
        }
        found
    }

    fn tables<'t, 'i>(&mut self, file: &'t DeTable<'i>) -> Tables<'t, 'i> {
        let members = self.section(file, "tables");
        members
            .into_iter()
            .filter_map(|(name, value)| match value.get_ref() {
                DeValue::Table(table) => Some((&**name.get_ref(), table)),
                _ => {
                    self.not_a_table(value.span(), &format!("tables.{}", name.get_ref()));
                    None
                }
            })
            .collect()
    }

    fn entities(&mut self, file: &DeTable<'_>, section: &str) -> Entities {
        let mut entities = Entities::default();
        for (kind, listed) in self.section(file, section) {
            let DeValue::Table(listed_table) = listed.get_ref() else {
                self.not_a_table(listed.span(), &format!("{section}.{}", kind.get_ref()));
                continue;
            };
            for (id, properties) in in_order(listed_table) {
                match json(properties.get_ref()) {
                    Some(Json::Object(properties)) => {
                        entities.add(kind.get_ref(), id.get_ref().to_string(), properties);
                    }
                    _ => self.problem(
                        properties.span(),
                        format!("`{}` is not a table of properties", id.get_ref()),
                        "write { role = \"clerk\" }, or {} where nothing is known".to_owned(),
                    ),
                }
            }
        }
        entities
    }

    /// What shows only when all is read together.
    fn check_use(&mut self, file: &DeTable<'_>, mapping: &Mapping, jurisdiction: &str) {
        let law = self.law;
        self.check_jurisdiction(file, mapping, jurisdiction);
        let about = file.get("subjects").or_else(|| file.get("resources"));
        let place = about.map_or(0..0, Spanned::span);
        let listed = mapping.subjects.all().map(|of| (true, of));
        for (is_subject, (kind, one)) in listed.chain(mapping.resources.all().map(|of| (false, of)))
        {
            let entity = Entity {
                kind: kind.into(),
                id: one.id.as_str().into(),
                properties: Object::default(),
            };
            let input = if is_subject {
                Input { subject: Some(&entity), ..Input::default() }
            } else {
                Input { resource: Some(&entity), ..Input::default() }
            };
            // Expressions may need both sides; what is looked up can be checked now.
            for source in mapping.facts.iter().filter(|source| source.is_looked_up()) {
                let mut variables = super::expression::Variables::new(mapping, input);
                if let Err(refused) = source.value(law, mapping, &input, &mut variables) {
                    let message =
                        format!("what is known of `{kind}` `{}` fits no fact: {refused}", one.id);
                    let help = "properties are read as [facts] says; correct the one or the other";
                    self.problem(place.clone(), message, help.to_owned());
                }
            }
        }
    }

    fn check_jurisdiction(&mut self, file: &DeTable<'_>, mapping: &Mapping, jurisdiction: &str) {
        match self.law.find_jurisdiction(jurisdiction) {
            Ok(found) => self.check_actor(file, mapping, found),
            Err(error) => self.problem(0..0, error.to_string(), error.help()),
        }
    }

    /// An actor whom the law of the jurisdiction does not bind would make every question an error.
    fn check_actor(&mut self, file: &DeTable<'_>, mapping: &Mapping, jurisdiction: &Jurisdiction) {
        let actor_kind = self.law.vocabulary.actor_kind();
        let fixed = mapping.facts.iter().find_map(|source| match source.origin {
            Origin::Fixed(value) if source.fact == actor_kind => value.class(),
            _ => None,
        });
        if fixed.is_some_and(|actor| !self.law.binds(jurisdiction, actor)) {
            let facts = self.section(file, "facts");
            let place = facts.iter().find(|(name, _)| *name.get_ref() == "actor_kind");
            let place = place.map_or(0..0, |(_, value)| value.span());
            self.problem(
                place,
                format!("no law of `{}` binds this actor", jurisdiction.path),
                "a path names whose act it is: give the client the path of that institution"
                    .to_owned(),
            );
        }
    }

    /// The members of a section, in the file's order; none where there is no such section.
    pub(super) fn section<'t, 'i>(
        &mut self,
        file: &'t DeTable<'i>,
        name: &str,
    ) -> Vec<Member<'t, 'i>> {
        match file.get(name).map(|value| (value.span(), value.get_ref())) {
            None => Vec::new(),
            Some((_, DeValue::Table(table))) => in_order(table),
            Some((place, _)) => {
                self.not_a_table(place, name);
                Vec::new()
            }
        }
    }

    pub(super) fn check_keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for (name, _) in table {
            if !known.contains(&&**name.get_ref()) {
                let help = nearest(name.get_ref(), known.iter().copied());
                self.problem(name.span(), format!("unknown key `{}`", name.get_ref()), help);
            }
        }
    }

    pub(super) fn text<'t>(&mut self, value: &'t Spanned<DeValue<'_>>) -> Option<&'t str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let help = "write it in quotation marks".to_owned();
            self.problem(value.span(), "this is not text".to_owned(), help);
        }
        text
    }

    pub(super) fn or_problem<T>(
        &mut self,
        result: Result<T, impl Into<String>>,
        place: Range<usize>,
        message: &str,
    ) -> Option<T> {
        result.map_err(|help| self.problem(place, message.to_owned(), help.into())).ok()
    }

    fn not_a_table(&mut self, place: Range<usize>, name: &str) {
        let help = format!("begin it with [{name}]");
        self.problem(place, format!("`{name}` is not a table"), help);
    }
}

/// The members of a table in the order the file has them.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Member<'t, 'i>> {
    let mut members: Vec<Member<'t, 'i>> = table.iter().collect();
    members.sort_by_key(|(name, _)| name.span().start);
    members
}
