//! Evidence that a claim holds, for a checker that shares no code with the compiler.
//!
//! The evidence is a case split: which fact to look at next, until what is known makes the claim
//! certain. It is found here with diagrams of single conditions, never with the answer's own, and
//! it need not be believed: the checker decides every leaf from the packs' texts. A point of the
//! split is what is left of each condition that still matters; points that agree in that are one.
//!
//! Whether a point is certain is judged as the checker judges it: a rule is surely active, surely
//! not, or open, and the answers are those of every combination of the open ones.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: numbers of conditions and rules come from the split that is being built"
)]

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Law,
    answer::Word,
    diagram::{FALSE, Node, TRUE, terminal_value},
    error::Problem,
    ground::{Builder, Ground, Readers, Sources, open_questions},
    order::{Ranked, Standing},
    pack::{Claim, Modality, Property, Span},
    prove::positions,
    vocabulary::{ActionId, FactId},
};

/// Evidence that a claim holds of one act while the law stays the same.
#[derive(Debug)]
pub struct CaseSplit {
    /// The act.
    pub action: ActionId,
    /// The days.
    pub span: Span,
    /// The splits, the root first, each before those it leads to; none where nothing need be known.
    pub splits: Vec<Split>,
}

/// A fact to look at.
#[derive(Debug)]
pub struct Split {
    /// The fact.
    pub fact: FactId,
    /// For values of it, one bit a class: the place of the next split; none where the claim is
    /// certain.
    pub edges: Vec<(u64, Option<usize>)>,
}

/// Case splits of one claim may have so many points; more is refused.
const MOST_POINTS: usize = 500_000;

impl Law {
    /// Evidence for a claim that holds, act by act and span by span.
    ///
    /// # Errors
    ///
    /// Where the claim does not hold, or the evidence grows too large.
    pub fn certify(&self, claim: &Claim) -> Result<Vec<CaseSplit>, Problem> {
        let mut found = Vec::new();
        for &action in &claim.actions {
            for span in self.spans(claim, action) {
                let splits = self.certify_part(claim, action, span)?;
                found.push(CaseSplit { action, span, splits });
            }
        }
        Ok(found)
    }

    fn certify_part(
        &self,
        claim: &Claim,
        action: ActionId,
        span: Span,
    ) -> Result<Vec<Split>, Problem> {
        let refused = |message: String| {
            Problem::new("law::certificate", message)
                .help("prove it first; if it holds, claim it of fewer acts or cases at once")
                .at(&claim.source_file, claim.place.clone())
        };
        let sides = self
            .sides(claim, span.from)
            .ok_or_else(|| refused(format!("`{}` names no law", claim.id)))?;
        let positions = positions(claim);
        let laws: Vec<Sources<'_>> =
            sides.iter().map(|side| side.sources(action, &positions)).collect();
        let actors = sides.iter().fold(u64::MAX, |actors, side| actors & side.actors());
        match Splitter::new(claim, &laws, actors).and_then(Splitter::split) {
            Ok(splits) => Ok(splits),
            Err(Stuck::NotCertain) => {
                Err(refused(format!("`{}` does not hold: there is no evidence for it", claim.id)))
            }
            Err(Stuck::TooLarge) => {
                Err(refused(format!("the evidence for `{}` has too many points", claim.id)))
            }
        }
    }
}

enum Stuck {
    NotCertain,
    TooLarge,
}

/// What is left of each condition: nodes, by the condition's number. One that no longer matters is
/// `FALSE`.
type Point = Box<[Node]>;

/// The conditions that a point begins with.
const SPOKEN_OF: usize = 0;
const ACTORS: usize = 1;
const POSSIBLE: usize = 2;

/// One side's rules under one way in which its open questions may fall.
struct Way {
    rules: Vec<WayRule>,
}

struct WayRule {
    /// The number of its condition.
    condition: usize,
    /// Its layer and modality, as one bit.
    kind: u32,
    overridden_by: Vec<u16>,
}

struct Splitter<'a> {
    ground: Ground<'a>,
    claim: &'a Claim,
    /// For each side, every way.
    sides: Vec<Vec<Way>>,
    start: Point,
    /// The split made at each point; none where the claim is certain.
    known: FxHashMap<Point, Option<usize>>,
    splits: Vec<Split>,
    restricted: FxHashMap<(Node, usize, u8), Node>,
    kinds: Kinds,
}

impl<'a> Splitter<'a> {
    fn new(claim: &'a Claim, laws: &[Sources<'a>], actors: u64) -> Result<Self, Stuck> {
        let first = &laws[0];
        let all: Vec<&Sources<'a>> = laws.iter().collect();
        let mut readers = Readers::of_actors(first.vocabulary);
        all.iter().for_each(|sources| readers.add(sources));
        readers.add_condition(&claim.condition, first, false);
        let order = readers.order(first.always);
        let mut ground = Ground::new(first.vocabulary, order, open_questions(&all));
        let condition = Builder::new(&mut ground, first).outside_condition(&claim.condition);
        let spoken_of = match claim.property {
            Property::Only => ground.store.not(condition),
            _ => condition,
        };
        let bound = ground.one_of(first.vocabulary.actor_kind, actors);
        let possible = ground.possible(first.always);
        let mut conditions = vec![spoken_of, bound, possible];
        let sides = all
            .iter()
            .map(|law| ways(&mut ground, law, &mut conditions))
            .collect::<Result<_, Stuck>>()?;
        Ok(Self {
            ground,
            claim,
            sides,
            start: conditions.into(),
            known: FxHashMap::default(),
            splits: Vec::new(),
            restricted: FxHashMap::default(),
            kinds: Kinds::default(),
        })
    }

    /// The splits from the start on.
    fn split(mut self) -> Result<Vec<Split>, Stuck> {
        let root = self.point(self.start.clone())?;
        Ok(self.in_order(root))
    }

    /// The split to make at a point; none where the claim is certain there.
    fn point(&mut self, mut point: Point) -> Result<Option<usize>, Stuck> {
        let outlook = self.outlook(&point);
        if outlook.certain {
            return Ok(None);
        }
        for (number, node) in point.iter_mut().enumerate().skip(POSSIBLE + 1) {
            if !outlook.matters[number] && terminal_value(*node).is_none() {
                *node = FALSE;
            }
        }
        if let Some(&known) = self.known.get(&point) {
            return Ok(known);
        }
        if self.splits.len() >= MOST_POINTS || self.ground.store.exhausted() {
            return Err(Stuck::TooLarge);
        }
        let level = self.choose(&point, &outlook).ok_or(Stuck::NotCertain)?;
        let fact = self.ground.order[level];
        let classes = self.ground.vocabulary.facts[fact].classes();
        // Values are told apart wherever they leave anything different of any condition: what no
        // longer matters may be so for another reason under each.
        let mut ways: Vec<(u64, Point)> = Vec::new();
        for class in 0..classes {
            let next: Point = point.iter().map(|&node| self.restrict(node, level, class)).collect();
            match ways.iter_mut().find(|(_, known)| *known == next) {
                Some((mask, _)) => *mask |= 1 << class,
                None => ways.push((1 << class, next)),
            }
        }
        let edges = ways
            .into_iter()
            .map(|(mask, next)| Ok((mask, self.point(next)?)))
            .collect::<Result<_, Stuck>>()?;
        self.splits.push(Split { fact, edges });
        let made = Some(self.splits.len() - 1);
        self.known.insert(point, made);
        Ok(made)
    }

    /// The level to split next: one of what the claim speaks of, then of a rule that matters, and
    /// at last of what is possible.
    fn choose(&self, point: &[Node], outlook: &Outlook) -> Option<usize> {
        let open = |number: usize| {
            let node = point[number];
            terminal_value(node).is_none().then(|| self.ground.store.level(node))
        };
        open(SPOKEN_OF)
            .or_else(|| open(ACTORS))
            .or_else(|| outlook.next.and_then(open))
            .or_else(|| open(POSSIBLE))
    }

    /// The condition where the fact at `level` is known.
    fn restrict(&mut self, node: Node, level: usize, class: u8) -> Node {
        let at = self.ground.store.level(node);
        if at > level {
            return node;
        }
        if at == level {
            return self.ground.store.edges(node)[usize::from(class)];
        }
        if let Some(&known) = self.restricted.get(&(node, level, class)) {
            return known;
        }
        let edges: Vec<Node> = self.ground.store.edges(node).to_vec();
        let edges: Vec<Node> =
            edges.into_iter().map(|edge| self.restrict(edge, level, class)).collect();
        let made = self.ground.store.node(at, &edges);
        self.restricted.insert((node, level, class), made);
        made
    }

    /// What can be said of a point.
    fn outlook(&mut self, point: &[Node]) -> Outlook {
        let mut outlook = Outlook { certain: false, matters: vec![false; point.len()], next: None };
        if [SPOKEN_OF, ACTORS, POSSIBLE].iter().any(|&number| point[number] == FALSE) {
            outlook.certain = true;
            return outlook;
        }
        let answers: Vec<Words> = (0..self.sides.len())
            .map(|side| {
                let ways = &self.sides[side];
                let words = ways.iter().map(|way| way.words(point, &mut self.kinds, &mut outlook));
                over_ways(&words.collect::<Vec<_>>())
            })
            .collect();
        let own = answers[0];
        let other = answers.get(1).copied().unwrap_or(own);
        let property = self.claim.property;
        outlook.certain = own.iter().all(|answer| {
            other.iter().all(|there| {
                let there = if answers.len() == 1 { answer } else { there };
                !property.broken(&self.claim.answers, answer, there)
            })
        });
        outlook
    }

    /// The splits that are reached, the root first, each before those it leads to.
    fn in_order(mut self, root: Option<usize>) -> Vec<Split> {
        let Some(root) = root else { return Vec::new() };
        // A split is made after those it leads to, so that descending numbers are in order.
        let mut reached = FxHashSet::default();
        let mut open = vec![root];
        while let Some(split) = open.pop() {
            if reached.insert(split) {
                open.extend(self.splits[split].edges.iter().filter_map(|&(_, target)| target));
            }
        }
        let mut order: Vec<usize> = reached.into_iter().collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        let place: FxHashMap<usize, usize> =
            order.iter().enumerate().map(|(place, &split)| (split, place)).collect();
        order
            .iter()
            .map(|&split| {
                let mut edges = std::mem::take(&mut self.splits[split].edges);
                for (_, target) in &mut edges {
                    *target = target.map(|target| place[&target]);
                }
                Split { fact: self.splits[split].fact, edges }
            })
            .collect()
    }
}

/// What a point leaves open.
struct Outlook {
    /// The claim is kept, whatever else comes out.
    certain: bool,
    /// Conditions that may still change an answer.
    matters: Vec<bool>,
    /// The first of them that is open.
    next: Option<usize>,
}

/// The ways in which a law's open questions may fall, as far as they touch its rules; the rules'
/// conditions are added to `conditions`.
fn ways<'a>(
    ground: &mut Ground<'a>,
    law: &Sources<'a>,
    conditions: &mut Vec<Node>,
) -> Result<Vec<Way>, Stuck> {
    let mut builder = Builder::new(ground, law);
    let rules: Vec<Node> = law.rules.iter().map(|rule| builder.rule(rule)).collect();
    let first_question = ground.order.len();
    let mut questions: Vec<usize> = ground
        .store
        .reachable(&rules)
        .into_iter()
        .map(|node| ground.store.level(node))
        .filter(|&level| level >= first_question)
        .collect();
    questions.sort_unstable();
    questions.dedup();
    if questions.len() > MOST_QUESTIONS {
        return Err(Stuck::TooLarge);
    }
    let mut numbers: FxHashMap<Node, usize> = FxHashMap::default();
    let ways = (0..1usize << questions.len())
        .map(|way| {
            let stands = |level: usize| {
                let question = questions.iter().position(|&known| known == level);
                question.map_or(1, |question| (way >> question) & 1)
            };
            let rules = law.rules.iter().zip(&rules).map(|(rule, &node)| {
                let node = ground.store.rewrite(node, &mut |store, node, edges| {
                    let level = store.level(node);
                    let asks = terminal_value(node).is_none() && level >= first_question;
                    asks.then(|| edges[stands(level)])
                });
                let condition = *numbers.entry(node).or_insert_with(|| {
                    conditions.push(node);
                    conditions.len() - 1
                });
                let kind = kind(rule.ranked.layer, rule.ranked.modality);
                WayRule { condition, kind, overridden_by: rule.overridden_by.clone() }
            });
            Way { rules: rules.collect() }
        })
        .collect();
    Ok(ways)
}

impl Way {
    /// The answers that are possible at a point; marks the conditions that matter to them.
    fn words(&self, point: &[Node], kinds: &mut Kinds, outlook: &mut Outlook) -> Words {
        let mut active = vec![None; self.rules.len()];
        for rule in 0..self.rules.len() {
            self.activity(rule, point, &mut active);
        }
        let (mut sure, mut open) = (0, 0);
        for (rule, activity) in self.rules.iter().zip(&active) {
            match activity {
                Some(Activity::Sure) => sure |= rule.kind,
                Some(Activity::Open) => open |= rule.kind,
                Some(Activity::Never) | None => {}
            }
        }
        open &= !sure;
        let seen = kinds.seen(sure, open);
        let mut marked = vec![false; self.rules.len()];
        for (number, rule) in self.rules.iter().enumerate() {
            if rule.kind & seen.matters & open != 0 && active[number] == Some(Activity::Open) {
                self.mark(number, point, &active, &mut marked, outlook);
            }
        }
        seen.words
    }

    fn activity(&self, rule: usize, point: &[Node], known: &mut [Option<Activity>]) -> Activity {
        if let Some(known) = known[rule] {
            return known;
        }
        let mut activity = match point[self.rules[rule].condition] {
            TRUE => Activity::Sure,
            FALSE => Activity::Never,
            _ => Activity::Open,
        };
        for &by in &self.rules[rule].overridden_by {
            activity = match (activity, self.activity(usize::from(by), point, known)) {
                (Activity::Never, _) | (_, Activity::Sure) => Activity::Never,
                (_, Activity::Open) => Activity::Open,
                (activity, Activity::Never) => activity,
            };
        }
        known[rule] = Some(activity);
        activity
    }

    /// An open rule matters, and so do those that may yet override it.
    fn mark(
        &self,
        rule: usize,
        point: &[Node],
        active: &[Option<Activity>],
        marked: &mut [bool],
        outlook: &mut Outlook,
    ) {
        if std::mem::replace(&mut marked[rule], true) {
            return;
        }
        let condition = self.rules[rule].condition;
        if !outlook.matters[condition] {
            outlook.matters[condition] = true;
            if terminal_value(point[condition]).is_none() {
                outlook.next.get_or_insert(condition);
            }
        }
        for &by in &self.rules[rule].overridden_by {
            if active[usize::from(by)] == Some(Activity::Open) {
                self.mark(usize::from(by), point, active, marked, outlook);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Sure,
    Open,
    Never,
}

/// Layers beyond this share a bit; packs have three or four.
const LAYERS: u8 = 6;

const MODALITIES: [Modality; 5] =
    [Modality::Must, Modality::MustNot, Modality::May, Modality::MayProtected, Modality::Refer];

/// A layer and modality as one bit.
fn kind(layer: u8, modality: Modality) -> u32 {
    let modality = MODALITIES.iter().position(|&known| known == modality).unwrap_or(0);
    1 << (usize::from(layer.min(LAYERS - 1)) * MODALITIES.len() + modality)
}

/// Combinations of so many open kinds are tried one by one.
const MOST_OPEN: u32 = 12;

/// Open questions that touch one law's rules; the ways in which they fall double with each.
const MOST_QUESTIONS: usize = 8;

/// A set of answers, one bit a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Words(u8);

impl Words {
    fn of(word: Word) -> Self {
        Self(1 << Word::ALL.iter().position(|&known| known == word).unwrap_or(0))
    }

    fn iter(self) -> impl Iterator<Item = Word> + Clone {
        Word::ALL.into_iter().filter(move |&word| self.0 & Self::of(word).0 != 0)
    }
}

/// The answers over all ways in which open questions may fall, given those of each way.
fn over_ways(ways: &[Words]) -> Words {
    let all = Words(ways.iter().fold(0, |all, way| all | way.0));
    let (may, refer) = (Words::of(Word::May), Words::of(Word::Refer));
    let free = may.0 | Words::of(Word::Unregulated).0;
    if ways.len() == 1 || all.0.count_ones() == 1 {
        return all;
    }
    if all.0 & !free == 0 {
        // It is `may` as soon as one way says so for certain.
        return if ways.contains(&may) { may } else { all };
    }
    // One word where every way may come to it; where they differ it is for counsel.
    let everywhere = |word: Word| {
        let same = if word.leaves_free() { free } else { Words::of(word).0 };
        ways.iter().all(|way| way.0 & same != 0)
    };
    let agreed = all.iter().filter(|&word| everywhere(word)).map(|word| Words::of(word).0);
    Words(agreed.fold(refer.0, |words, word| words | word))
}

/// What follows from the kinds of rules that are surely active and those that are open.
#[derive(Clone, Copy)]
struct Seen {
    words: Words,
    /// The open kinds that change the answer in some combination of the others.
    matters: u32,
}

#[derive(Default)]
struct Kinds {
    words: FxHashMap<u32, Words>,
    seen: FxHashMap<(u32, u32), Seen>,
}

impl Kinds {
    fn seen(&mut self, sure: u32, open: u32) -> Seen {
        if let Some(&known) = self.seen.get(&(sure, open)) {
            return known;
        }
        if open.count_ones() > MOST_OPEN {
            // Nothing is said, and every one is looked at: sound, with more points.
            return Seen { words: Words(u8::MAX), matters: open };
        }
        let mut seen = Seen { words: Words::default(), matters: 0 };
        let mut chosen = open;
        loop {
            let words = self.word(sure | chosen);
            seen.words.0 |= words.0;
            let mut rest = open & !seen.matters;
            while rest != 0 {
                let kind = rest & rest.wrapping_neg();
                rest &= !kind;
                if self.word(sure | (chosen ^ kind)) != words {
                    seen.matters |= kind;
                }
            }
            if chosen == 0 {
                break;
            }
            chosen = (chosen - 1) & open;
        }
        self.seen.insert((sure, open), seen);
        seen
    }

    /// The answer where rules of exactly these kinds are active.
    fn word(&mut self, active: u32) -> Words {
        *self.words.entry(active).or_insert_with(|| {
            let mut standing = Standing::default();
            for layer in 0..LAYERS {
                for modality in MODALITIES {
                    if active & kind(layer, modality) != 0 {
                        standing = standing.with(Ranked { rule: 0, layer, modality });
                    }
                }
            }
            Words::of(standing.outcome().word)
        })
    }
}
