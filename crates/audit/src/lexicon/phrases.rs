//! Finding phrases: a tree of words, walked from each word of a text to the longest phrase that begins there.

use rustc_hash::FxHashMap;

use super::words::Words;

/// The phrases of a lexicon.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// By node and word, the next node. The root is 0.
    edges: FxHashMap<(u32, u128), u32>,
    ends: Vec<End>,
}

/// The entries whose phrase ends at a node.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    anywhere: Option<u16>,
    /// Only where the phrase is the whole text.
    whole: Option<u16>,
}

/// A phrase found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) entry: u16,
    /// How many words it has.
    pub(super) words: u8,
    /// The words behind it.
    pub(super) rest: Words<'a>,
}

/// Where a phrase may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    WholeText,
}

impl Phrases {
    /// Adds a phrase of an entry.
    ///
    /// # Errors
    ///
    /// Why it cannot be one.
    pub(super) fn add(&mut self, phrase: &str, place: Place, entry: u16) -> Result<(), &'static str> {
        let mut node = 0;
        let mut words = Words::of(phrase);
        while let Some((word, rest)) = words.split_first() {
            let key = word.key.ok_or("has a word of more than 16 letters, or with letters that are not Latin")?;
            node = self.child(node, key)?;
            words = rest;
        }
        if node == 0 {
            return Err("has no word");
        }
        let end = self.end_mut(node).ok_or("is one too many")?;
        let slot = match place {
            Place::Anywhere => &mut end.anywhere,
            Place::WholeText => &mut end.whole,
        };
        match slot.replace(entry) {
            Some(other) if other != entry => Err("is another entry's too, as words are read"),
            _ => Ok(()),
        }
    }

    /// The longest phrase with which the words begin. Entries that want the whole text are only for words at
    /// its start.
    pub(super) fn longest<'a>(&self, words: Words<'a>, at_start: bool) -> Option<Found<'a>> {
        let (mut node, mut count) = (0, 0_u8);
        let mut found = None;
        let mut words = words;
        while let Some((word, rest)) = words.split_first() {
            let Some(&next) = word.key.and_then(|key| self.edges.get(&(node, key))) else { break };
            (node, words, count) = (next, rest, count.saturating_add(1));
            let end = self.ends.get(node as usize).copied().unwrap_or_default();
            let whole =
                end.whole.filter(|_| at_start && words.split_first().is_none());
            if let Some(entry) = whole.or(end.anywhere) {
                found = Some(Found { entry, words: count, rest: words.clone() });
            }
        }
        found
    }

    fn child(&mut self, node: u32, key: u128) -> Result<u32, &'static str> {
        if self.ends.is_empty() {
            self.ends.push(End::default());
        }
        if let Some(&next) = self.edges.get(&(node, key)) {
            return Ok(next);
        }
        let next = u32::try_from(self.ends.len()).map_err(|_| "is one too many")?;
        self.ends.push(End::default());
        self.edges.insert((node, key), next);
        Ok(next)
    }

    fn end_mut(&mut self, node: u32) -> Option<&mut End> {
        self.ends.get_mut(node as usize)
    }
}
