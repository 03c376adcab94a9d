//! Linking claims: what they name of the law that they speak about.

use std::ops::Range;

use jiff::civil::Date;

use super::{found, is_on, uncovered};
use crate::{
    error::{Problem, nearest},
    pack::{Claim, Condition, Instrument, Span, Term},
    vocabulary::{FactId, Vocabulary},
};

/// Reports claims that share a name, and what they name that is not there.
pub(in crate::law) fn claims(
    claims: &[Claim],
    instruments: &[Instrument],
    vocabulary: &Vocabulary,
    problems: &mut Vec<Problem>,
) {
    for (index, claim) in claims.iter().enumerate() {
        let before = claims.get(..index).unwrap_or_default();
        let mut linker = ClaimLinker { claim, instruments, problems };
        if let Some(other) = before.iter().find(|other| other.id == claim.id) {
            let message =
                format!("the id `{}` is used twice, also in {}", claim.id, other.source_file.name);
            let help = "an id names one claim in all files";
            linker.problem("law::duplicate_id", message, help, &format!("\"{}\"", claim.id));
        }
        // One file speaks about one jurisdiction: its first claim says what is wrong with it.
        let told = before.iter().any(|other| other.source_file.name == claim.source_file.name);
        // It is named in the front matter, or by the folder.
        let whole = 0..claim.source_file.text.len();
        let place = found(&claim.source_file, &whole, "jurisdiction =");
        if linker.is_law(&claim.jurisdiction, told, place) {
            linker.terms();
            linker.actors(vocabulary);
        }
        linker.other();
        linker.questions();
    }
}

/// One claim, and the law that it speaks about.
struct ClaimLinker<'a> {
    claim: &'a Claim,
    instruments: &'a [Instrument],
    problems: &'a mut Vec<Problem>,
}

impl<'a> ClaimLinker<'a> {
    fn problem(
        &mut self,
        code: &'static str,
        message: String,
        help: impl Into<String>,
        needle: &str,
    ) {
        let file = &self.claim.source_file;
        let place = found(file, &self.claim.place, needle);
        self.problems.push(Problem::new(code, message).help(help).at(file, place));
    }

    /// Whether the path has law; a problem where it has none and nobody was told.
    fn is_law(&mut self, path: &str, told: bool, place: Range<usize>) -> bool {
        let folders: Vec<&str> =
            self.instruments.iter().map(|instrument| instrument.folder.as_str()).collect();
        let known = folders.contains(&path);
        if !known && !told {
            let mut folders = folders;
            folders.sort_unstable();
            folders.dedup();
            self.problems.push(
                Problem::new("law::claim", format!("there is no jurisdiction `{path}`"))
                    .help(nearest(path, folders.into_iter()))
                    .at(&self.claim.source_file, place),
            );
        }
        known
    }

    /// A claim says nothing of actors whom the law does not bind: one that names them expects it to.
    fn actors(&mut self, vocabulary: &Vocabulary) {
        let Some(kinds) = vocabulary.facts.get(vocabulary.actor_kind) else { return };
        let path = &self.claim.jurisdiction;
        let own = self.instruments.iter().filter(|instrument| instrument.folder == *path);
        let bound = own.fold(0, |bound, instrument| bound | instrument.binds);
        let named = named_classes(&self.claim.condition, vocabulary.actor_kind) & !bound;
        for actor in (0..kinds.classes()).filter(|actor| named & (1 << actor) != 0) {
            let name = kinds.class_name(actor);
            let message = format!("the claim names `{name}`, whom no instrument of `{path}` binds");
            let help = "leave it out, or let an instrument bind it: of others a law says nothing";
            self.problem("law::claim", message, help, &name);
        }
    }

    fn other(&mut self) {
        let Some(other) = &self.claim.other else { return };
        let path = &other.jurisdiction;
        let place = found(&self.claim.source_file, &self.claim.place, path);
        if !self.is_law(path, *path == self.claim.jurisdiction, place) {
            return;
        }
        if let (Some(on), Some(first)) = (other.on, first_day(self.instruments, path))
            && on < first
        {
            let message = format!("no law of `{path}` on file was in force on {on}");
            let help = format!("the earliest on file begins on {first}");
            self.problem("law::claim", message, help, &on.to_string());
        }
    }

    fn terms(&mut self) {
        let (claim, instruments) = (self.claim, self.instruments);
        let on_path =
            || instruments.iter().filter(|known| is_on(&known.folder, &claim.jurisdiction));
        let terms: Vec<&Term> = on_path().flat_map(Instrument::terms).collect();
        let unread: Vec<&String> = on_path()
            .flat_map(|instrument| &instrument.provisions)
            .flat_map(|provision| &provision.unsound)
            .collect();
        // Days before there is any law are not claimed.
        let first = first_day(instruments, &claim.jurisdiction).unwrap_or(claim.span.from);
        let claimed = Span { from: claim.span.from.max(first), until: claim.span.until };
        claim.condition.each_term(&mut |name| {
            let defined: Vec<&Term> =
                terms.iter().copied().filter(|term| term.name == name).collect();
            let needle = format!("term.{name}");
            if defined.is_empty() {
                if !unread.iter().any(|unread| *unread == name) {
                    let help = nearest(name, terms.iter().map(|term| term.name.as_str()));
                    self.problem(
                        "law::unknown_term",
                        format!("unknown term `{name}`"),
                        help,
                        &needle,
                    );
                }
            } else if let Some(day) = uncovered(claimed, &defined) {
                let message =
                    format!("no definition of `{name}` is in force on {day}, when it is used");
                let help = "give the claim days (@from, @until) on which the term is defined";
                self.problem("law::term_not_in_force", message, help, &needle);
            }
        });
    }

    fn questions(&mut self) {
        let (claim, instruments) = (self.claim, self.instruments);
        let paths = std::iter::once(&claim.jurisdiction)
            .chain(claim.other.as_ref().map(|other| &other.jurisdiction));
        let mut known: Vec<&str> = paths
            .flat_map(|path| instruments.iter().filter(move |known| is_on(&known.folder, path)))
            .flat_map(|known| known.questions.iter().map(|(name, _)| name.as_str()))
            .collect();
        known.sort_unstable();
        known.dedup();
        for (names, needle) in [(&claim.standing, "@standing"), (&claim.fallen, "@fallen")] {
            for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
                let message = format!("unknown open question `{name}`");
                let help = nearest(name, known.iter().copied());
                self.problem("law::unknown_question", message, help, needle);
            }
        }
    }
}

/// The first day on which any law of the path is in force.
fn first_day(instruments: &[Instrument], path: &str) -> Option<Date> {
    let on_path = instruments.iter().filter(|known| is_on(&known.folder, path));
    on_path.map(|known| known.span.from).min()
}

/// The classes of a fact that a condition names for themselves, not to leave them out.
fn named_classes(condition: &Condition, fact: FactId) -> u64 {
    match condition {
        Condition::OneOf(read, classes) if *read == fact => *classes,
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().fold(0, |named, part| named | named_classes(part, fact))
        }
        _ => 0,
    }
}
