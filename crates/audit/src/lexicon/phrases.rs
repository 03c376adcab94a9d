//! Finding phrases: a tree of words, walked from each word of a text to the longest phrase that begins there.

use rustc_hash::FxHashMap;

use super::words::{Word, Words};

/// The phrases of a lexicon.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// By node and word, the next node. The root is 0.
    edges: FxHashMap<(u32, u128), u32>,
    nodes: Vec<Node>,
}

/// The entries whose phrase ends at a node.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    anywhere: Option<u16>,
    /// Only where the phrase is the whole text.
    whole: Option<u16>,
    /// Some phrase goes on from here. Most do not, which saves reading the next word.
    goes_on: bool,
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
    pub(super) fn add(
        &mut self,
        phrase: &str,
        place: Place,
        entry: u16,
    ) -> Result<(), &'static str> {
        let mut node = 0;
        let mut words = Words::of(phrase);
        while let Some((word, rest)) = words.split_first() {
            let key = word
                .key
                .ok_or("has a word of more than 16 letters, or with letters that are not Latin")?;
            node = self.child(node, key)?;
            words = rest;
        }
        if node == 0 {
            return Err("has no word");
        }
        let end = self.nodes.get_mut(node as usize).ok_or("is one too many")?;
        let slot = match place {
            Place::Anywhere => &mut end.anywhere,
            Place::WholeText => &mut end.whole,
        };
        match slot.replace(entry) {
            Some(other) if other != entry => Err("is another entry's too, as words are read"),
            _ => Ok(()),
        }
    }

    /// The longest phrase that begins with a word, `rest` being the words behind it. Entries that want the
    /// whole text are only for words at its start.
    pub(super) fn longest<'a>(
        &self,
        first: Word,
        rest: &Words<'a>,
        at_start: bool,
    ) -> Option<Found<'a>> {
        let mut found = None;
        let mut node = self.next(0, first)?;
        let (mut words, mut rest) = (1_u8, rest.clone());
        loop {
            let Node { anywhere, whole, goes_on } = self.nodes.get(node as usize).copied()?;
            let whole = whole.filter(|_| at_start && rest.split_first().is_none());
            if let Some(entry) = whole.or(anywhere) {
                found = Some(Found { entry, words, rest: rest.clone() });
            }
            if !goes_on {
                return found;
            }
            let Some((word, behind)) = rest.split_first() else { return found };
            let Some(next) = self.next(node, word) else { return found };
            (node, rest, words) = (next, behind, words.saturating_add(1));
        }
    }

    fn next(&self, node: u32, word: Word) -> Option<u32> {
        self.edges.get(&(node, word.key?)).copied()
    }

    fn child(&mut self, node: u32, key: u128) -> Result<u32, &'static str> {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        if let Some(&next) = self.edges.get(&(node, key)) {
            return Ok(next);
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.goes_on = true;
        }
        let next = u32::try_from(self.nodes.len()).map_err(|_| "is one too many")?;
        self.nodes.push(Node::default());
        self.edges.insert((node, key), next);
        Ok(next)
    }
}
