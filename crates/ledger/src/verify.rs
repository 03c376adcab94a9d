//! Verifies a whole log: grows its tree again from its entries and compares it with every stored
//! file.
//!
//! Memory does not grow with the log. All problems are reported, each where it is: after a file
//! that differs the check goes on with what the file says, so that one changed byte is not reported
//! at every level above it.

use std::collections::BTreeSet;
use std::fmt;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::edge::Edge;
use crate::error::{Error, Result};
use crate::receipt::Witnesses;
use crate::storage::{CHECKPOINT, Storage, WITNESSED};
use crate::tile::{Kind, ROWS, Tile, split_bundle};
use crate::tree::{Hash, TILE_WIDTH, leaf_hash};
use crate::verifier::VerifierKey;

/// How many tiles are read at the same time: for a log far away.
const READ_AT_ONCE: usize = 8;

/// More problems than this are counted, not listed.
const MAX_PROBLEMS: usize = 1000;

/// Whom the verifier trusts, and what it remembers.
#[derive(Debug, Default)]
pub struct Trust<'a> {
    /// The log's keys.
    pub keys: &'a [VerifierKey],
    /// The witnesses' keys, and how many of them must have cosigned a checkpoint of the log.
    pub witnesses: Option<&'a Witnesses>,
    /// A checkpoint of the log that the verifier has seen before.
    pub remembered: Option<&'a SignedCheckpoint>,
}

/// What was verified and what is wrong.
#[derive(Debug, Clone)]
pub struct Report {
    /// The newest checkpoint.
    pub head: SignedCheckpoint,
    /// How many files were compared.
    pub files: u64,
    /// The newest checkpoint that known witnesses have cosigned: its size and their names.
    pub witnessed: Option<(u64, BTreeSet<String>)>,
    /// What is wrong, up to a thousand problems.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub more_problems: u64,
    /// Checkpoints signed by the log that cannot both be true with its newest one.
    pub contradictions: Vec<Contradiction>,
}

/// Something wrong with a file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, below the log's location.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
}

/// A checkpoint that the log has signed, and that it does not continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Where that checkpoint is from: `remembered`, or the file `witnessed`.
    pub from: &'static str,
    /// The checkpoint seen earlier.
    pub earlier: SignedCheckpoint,
    /// The newest checkpoint of the log.
    pub head: SignedCheckpoint,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.contradictions.is_empty()
    }

    fn problem(&mut self, path: impl Into<String>, what: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { path: path.into(), what: what.into() });
        } else {
            self.more_problems += 1;
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

impl fmt::Display for Contradiction {
    /// Says what happened, then gives both heads, each of them evidence that the log signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (earlier, now) = (self.earlier.checkpoint.size, self.head.checkpoint.size);
        let earlier_is = if self.from == WITNESSED {
            "the witnessed checkpoint"
        } else {
            "the remembered checkpoint"
        };
        if earlier > now {
            writeln!(f, "rolled back: the log has {now} entries, {earlier_is} {earlier}")?;
        } else {
            writeln!(f, "forked: the log's first {earlier} entries are not those of {earlier_is}")?;
        }
        write!(f, "\n{earlier_is}:\n{}\nthe log's checkpoint:\n{}", self.earlier, self.head)
    }
}

/// Verifies every tile, entry and signature of a log, and that it continues what is remembered of
/// it.
///
/// `progress` is told how many of how many entries are verified.
///
/// # Errors
///
/// [`Error::NoLog`], a checkpoint or remembered checkpoint that is malformed or not signed by the
/// log, or the storage cannot be read. What is wrong with the log otherwise is in the report.
pub fn verify(
    storage: &dyn Storage,
    trust: &Trust<'_>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Report> {
    // In this order: a log that grows meanwhile may have witnessed only what is in the checkpoint
    // read after.
    let witnessed = storage.read(WITNESSED)?;
    let head =
        storage.read(CHECKPOINT)?.ok_or_else(|| Error::NoLog { path: CHECKPOINT.to_owned() })?;
    let head = SignedCheckpoint::parse(&head)?;
    head.verify(trust.keys)?;
    let report = Report {
        head,
        files: 1,
        witnessed: None,
        problems: Vec::new(),
        more_problems: 0,
        contradictions: Vec::new(),
    };
    let mut check = Check { storage, report, edge: Edge::default(), earlier: Vec::new() };
    if let Some(remembered) = trust.remembered {
        check.remember("remembered", remembered, trust.keys)?;
    }
    if let Some(note) = witnessed {
        check.witnessed(&note, trust);
    }
    check.required_witnesses(trust.witnesses);
    check.tree(&mut progress)?;
    check.heads();
    Ok(check.report)
}

struct Check<'a> {
    storage: &'a dyn Storage,
    report: Report,
    edge: Edge,
    /// Earlier checkpoints, with the root that the tree really had at their size, once it is known.
    earlier: Vec<(&'static str, SignedCheckpoint, Option<Hash>)>,
}

impl Check<'_> {
    fn remember(
        &mut self,
        from: &'static str,
        earlier: &SignedCheckpoint,
        keys: &[VerifierKey],
    ) -> Result<()> {
        let (expected, found) = (&self.report.head.checkpoint.origin, &earlier.checkpoint.origin);
        if expected != found {
            return Err(Error::WrongOrigin { expected: expected.clone(), found: found.clone() });
        }
        earlier.verify(keys)?;
        self.earlier.push((from, earlier.clone(), None));
        Ok(())
    }

    /// The stored checkpoint with cosignatures: one more that the log must continue.
    fn witnessed(&mut self, note: &[u8], trust: &Trust<'_>) {
        self.report.files += 1;
        let none_required =
            trust.witnesses.map(|known| Witnesses { required: 0, keys: known.keys.clone() });
        let checked = SignedCheckpoint::parse(note).and_then(|witnessed| {
            self.remember(WITNESSED, &witnessed, trust.keys)?;
            let names = none_required.unwrap_or_default().check(&witnessed)?;
            Ok((witnessed.checkpoint.size, names))
        });
        match checked {
            Ok(witnessed) => self.report.witnessed = Some(witnessed),
            Err(error) => self.report.problem(WITNESSED, error.to_string()),
        }
    }

    fn required_witnesses(&mut self, witnesses: Option<&Witnesses>) {
        let required = witnesses.map_or(0, |known| known.required);
        let found = self.report.witnessed.as_ref().map_or(0, |(_, names)| names.len());
        if found < required {
            self.report.problem(WITNESSED, Error::TooFewWitnesses { required, found }.to_string());
        }
    }

    /// Grows the tree from left to right and compares each file where the tree has reached it.
    fn tree(&mut self, progress: &mut impl FnMut(u64, u64)) -> Result<()> {
        let size = self.report.head.checkpoint.size;
        let tiles = size.div_ceil(TILE_WIDTH as u64);
        self.compare_earlier();
        for first in (0..tiles).step_by(READ_AT_ONCE) {
            for leaves in
                read_leaves(self.storage, first..tiles.min(first + READ_AT_ONCE as u64), size)
            {
                for leaf in self.leaves(leaves)? {
                    self.push(leaf)?;
                }
            }
            progress(self.edge.size(), size);
        }
        for kind in ROWS {
            if let (Kind::Hashes(level @ 1..), Some(tile)) = (kind, Tile::last_partial(kind, size))
            {
                compare_row(self.storage, &mut self.report, tile, self.edge.level_mut(level))?;
            }
        }
        Ok(())
    }

    /// The leaves of one tile, as the tile says where it can be read, else as the entries say.
    fn leaves(&mut self, read: Leaves) -> Result<Vec<Hash>> {
        let (tile, entries) = (read.tile, Tile { kind: Kind::Entries, ..read.tile });
        let from_tile = note_damage(&mut self.report, tile, read.hashes)?;
        let from_entries = note_damage(&mut self.report, entries, read.entry_hashes)?;
        if let (Some(hashes), Some(entry_hashes)) = (&from_tile, &from_entries)
            && let Some(place) =
                hashes.iter().zip(entry_hashes).position(|(left, right)| left != right)
        {
            let number = tile.index * TILE_WIDTH as u64 + place as u64;
            self.report.problem(
                entries.path(),
                format!("entry {number} does not have the hash in {}", tile.path()),
            );
        }
        // Without either, a hash that cannot be right keeps the later leaves in their places.
        Ok(from_tile.or(from_entries).unwrap_or_else(|| vec![Hash::EMPTY; tile.width]))
    }

    fn push(&mut self, leaf: Hash) -> Result<()> {
        let (storage, report) = (self.storage, &mut self.report);
        self.edge.push(leaf, |tile, row| match tile.kind {
            Kind::Hashes(0) | Kind::Entries => Ok(()),
            Kind::Hashes(_) => compare_row(storage, report, tile, row),
        })?;
        self.compare_earlier();
        Ok(())
    }

    /// Notes the root of the tree where an earlier checkpoint has its size.
    fn compare_earlier(&mut self) {
        for (_, earlier, root) in &mut self.earlier {
            if earlier.checkpoint.size == self.edge.size() {
                *root = Some(self.edge.root());
            }
        }
    }

    /// Compares the tree's root with the newest checkpoint and the earlier ones. Only a tree that
    /// is as the log has signed it proves that the log contradicts itself; a damaged one proves
    /// nothing.
    fn heads(&mut self) {
        let Checkpoint { root, .. } = self.report.head.checkpoint;
        let found = self.edge.root();
        if found != root {
            self.report
                .problem(CHECKPOINT, format!("its root is {root}, that of the tiles is {found}"));
        }
        let sound = self.report.problems.is_empty();
        for (from, earlier, found) in std::mem::take(&mut self.earlier) {
            let size = earlier.checkpoint.size;
            match found {
                Some(found) if found == earlier.checkpoint.root => {}
                Some(_) if !sound => {
                    let what = format!("the {from} checkpoint of {size} entries");
                    let what = format!("damaged files cannot tell whether it continues {what}");
                    self.report.problem(CHECKPOINT, what);
                }
                _ => {
                    let head = self.report.head.clone();
                    self.report.contradictions.push(Contradiction { from, earlier, head });
                }
            }
        }
    }
}

/// What one tile of leaves and its entry bundle say.
struct Leaves {
    tile: Tile,
    hashes: Result<Vec<Hash>>,
    entry_hashes: Result<Vec<Hash>>,
}

/// Reads tiles with their entry bundles, and hashes the entries, side by side.
fn read_leaves(storage: &dyn Storage, indices: std::ops::Range<u64>, size: u64) -> Vec<Leaves> {
    let tiles = indices.filter_map(|index| Tile::in_log(Kind::Hashes(0), index, size));
    std::thread::scope(|scope| {
        let read = |tile: Tile| Leaves {
            tile,
            hashes: tile.read_hashes(storage),
            entry_hashes: entry_hashes(storage, Tile { kind: Kind::Entries, ..tile }),
        };
        let running: Vec<_> = tiles.map(|tile| (tile, scope.spawn(move || read(tile)))).collect();
        let lost = |tile: Tile| Leaves {
            tile,
            hashes: Err(tile.damaged("it could not be read")),
            entry_hashes: Err(tile.damaged("it could not be read")),
        };
        running
            .into_iter()
            .map(|(tile, thread)| thread.join().unwrap_or_else(|_| lost(tile)))
            .collect()
    })
}

fn entry_hashes(storage: &dyn Storage, tile: Tile) -> Result<Vec<Hash>> {
    let bytes = tile.read_exactly(storage)?;
    let hashes: Vec<Hash> =
        split_bundle(&bytes).unwrap_or_default().into_iter().map(leaf_hash).collect();
    if hashes.len() == tile.width {
        Ok(hashes)
    } else {
        Err(tile.damaged("it has too few entries"))
    }
}

/// Compares a row of the regrown tree with the stored tile, and goes on with what is stored.
fn compare_row(
    storage: &dyn Storage,
    report: &mut Report,
    tile: Tile,
    row: &mut [Hash],
) -> Result<()> {
    let Some(stored) = note_damage(report, tile, tile.read_hashes(storage))? else { return Ok(()) };
    let (Kind::Hashes(level), first) = (tile.kind, tile.index * TILE_WIDTH as u64) else {
        return Ok(());
    };
    for (place, (hash, stored)) in row.iter_mut().zip(stored).enumerate() {
        if *hash != stored {
            let below = Tile {
                kind: Kind::Hashes(level - 1),
                index: first + place as u64,
                width: TILE_WIDTH,
            };
            report
                .problem(tile.path(), format!("hash {place} is not the root of {}", below.path()));
        }
        *hash = stored;
    }
    Ok(())
}

/// Counts a file; one that is missing or damaged is a problem of the log, any other error of the
/// reader.
fn note_damage(
    report: &mut Report,
    tile: Tile,
    read: Result<Vec<Hash>>,
) -> Result<Option<Vec<Hash>>> {
    report.files += 1;
    match read {
        Ok(hashes) => Ok(Some(hashes)),
        Err(Error::Missing { .. }) => {
            report.problem(tile.path(), "it is missing");
            Ok(None)
        }
        Err(Error::Damaged { reason, .. }) => {
            report.problem(tile.path(), reason);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
