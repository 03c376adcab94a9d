//! What the mapping file knows about subjects and resources by their ids.

use std::collections::{BTreeMap, HashMap};

use super::{input::Entity, json::Object};

/// The entities a mapping lists, by type.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    kinds: BTreeMap<String, Vec<Listed>>,
    index: HashMap<String, HashMap<String, usize>>,
}

/// One entity that a mapping lists.
#[derive(Debug)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What is known of it.
    pub properties: Object<'static>,
}

impl Entities {
    pub(crate) fn add(&mut self, kind: &str, id: String, properties: Object<'static>) {
        let listed = self.kinds.entry(kind.to_owned()).or_default();
        self.index.entry(kind.to_owned()).or_default().insert(id.clone(), listed.len());
        listed.push(Listed { id, properties });
    }

    /// Every entity of a type, in the file's order.
    pub(crate) fn of_kind(&self, kind: &str) -> &[Listed] {
        self.kinds.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Every entity, type by type.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Listed)> {
        self.kinds.iter().flat_map(|(kind, listed)| listed.iter().map(move |one| (&**kind, one)))
    }

    /// What is known of an entity besides what the caller says.
    pub(crate) fn known(&self, entity: &Entity<'_>) -> Option<&Object<'static>> {
        let place = self.index.get(&*entity.kind)?.get(&*entity.id)?;
        self.kinds.get(&*entity.kind)?.get(*place).map(|listed| &listed.properties)
    }

    /// Whether a search may take the entity for one that exists: it is listed, or the caller
    /// describes it, or the file lists none at all and so cannot tell.
    pub(crate) fn admits(&self, entity: &Entity<'_>) -> bool {
        self.kinds.is_empty() || !entity.properties.is_empty() || self.known(entity).is_some()
    }
}
