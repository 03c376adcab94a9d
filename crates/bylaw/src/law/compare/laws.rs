//! Which two laws are compared: of two places, of two days, or a draft beside the law as it is.

use std::path::Path;

use bylaw_law::{
    Jurisdiction, Law, Side, SourceFile,
    pack::{CLAIMS, Other},
    vocabulary::VOCABULARY_FILE,
};
use jiff::civil::Date;
use miette::{Result, miette};

use super::super::words::place;
use crate::{args::Compare, decide, packs};

/// The law, and the draft of it where there is one.
pub(super) struct Laws {
    law: Law,
    draft: Option<Law>,
}

/// Two laws to compare, and what a reader calls each in a sentence.
pub(super) struct Pair<'a> {
    pub(super) a: Side<'a>,
    pub(super) b: Side<'a>,
    pub(super) a_name: String,
    pub(super) b_name: String,
    pub(super) drafted: bool,
}

impl Laws {
    pub(super) fn load(packs: Option<&Path>, options: &Compare) -> Result<Self> {
        let Some(folder) = &options.draft else {
            return Ok(Self { law: packs::load(packs)?, draft: None });
        };
        let mut base = packs::law_files(packs)?;
        let mut draft = packs::read(folder)?;
        draft.retain(|file| !file.name.ends_with(CLAIMS));
        if draft.is_empty() {
            return Err(packs::no_draft(folder));
        }
        let draft = beside(&base, draft);
        // The vocabulary grows by addition only, so the law as it is loads under the draft's; and
        // both must cut numbers at the same places.
        if let Some(vocabulary) = draft.iter().find(|file| file.name == VOCABULARY_FILE) {
            base.retain(|file| file.name != VOCABULARY_FILE);
            base.push(vocabulary.clone());
        }
        let first = Law::load_checked(&base)?;
        let draft = Law::load_beside(&draft, &first)?;
        let law = Law::load_beside(&base, &draft)?;
        Ok(Self { law, draft: Some(draft) })
    }

    pub(super) fn pairs(&self, options: &Compare) -> Result<Vec<Pair<'_>>> {
        let today = options.on.unwrap_or_else(decide::today);
        match (&options.a, &options.b, &self.draft) {
            (Some(a), Some(b), _) => {
                Ok(vec![Pair::new(side(&self.law, a, today)?, side(&self.law, b, today)?)])
            }
            (Some(a), None, Some(draft)) => {
                let law = side(&self.law, a, today)?;
                let drafted = side(draft, a, today)
                    .map_err(|report| report.wrap_err("the draft leaves nothing to compare"))?;
                Ok(vec![Pair::drafted(law, drafted)])
            }
            (None, _, Some(draft)) => Ok(changed(&self.law, draft, today)),
            _ => Err(miette!("name two laws, or one and --draft")),
        }
    }

    /// What of the draft is not compared, a sentence each, where it was not asked for by name.
    pub(super) fn left_out(&self, options: &Compare) -> Vec<String> {
        let (None, Some(draft)) = (&options.a, &self.draft) else { return Vec::new() };
        let on = options.on.unwrap_or_else(decide::today);
        draft.jurisdictions().filter_map(|drafted| left_out(&self.law, drafted, on)).collect()
    }
}

/// The draft's files, and those of the law that it does not have.
fn beside(base: &[SourceFile], draft: Vec<SourceFile>) -> Vec<SourceFile> {
    let kept =
        base.iter().filter(|file| draft.iter().all(|drafted| drafted.name != file.name)).cloned();
    let kept: Vec<SourceFile> = kept.collect();
    kept.into_iter().chain(draft).collect()
}

/// Every jurisdiction whose law is not the same in the draft, on a day on which both have one.
fn changed<'a>(law: &'a Law, draft: &'a Law, on: Date) -> Vec<Pair<'a>> {
    law.jurisdictions()
        .filter_map(|jurisdiction| {
            let drafted = draft.jurisdiction(&jurisdiction.path)?;
            let differs = drafted.hash != jurisdiction.hash;
            (differs && drafted.first_day.max(jurisdiction.first_day) <= on).then(|| {
                Pair::drafted(
                    Side { law, jurisdiction, on },
                    Side { law: draft, jurisdiction: drafted, on },
                )
            })
        })
        .collect()
}

fn left_out(law: &Law, drafted: &Jurisdiction, on: Date) -> Option<String> {
    let path = &drafted.path;
    let Some(jurisdiction) = law.jurisdiction(path) else {
        return Some(format!("`{path}` is new: there is no law to compare it with."));
    };
    let first = drafted.first_day.max(jurisdiction.first_day);
    (drafted.hash != jurisdiction.hash && first > on).then(|| {
        format!("`{path}` has no law on {on} on one side; --on {first} compares the first day on which both have one.")
    })
}

/// Reads `us/ca` or `us/ca@2017-12-31`.
fn side<'a>(law: &'a Law, name: &str, today: Date) -> Result<Side<'a>> {
    let Some(Other { jurisdiction: path, on }) = Other::read(name) else {
        return Err(miette!(
            help = "write us/ca, or us/ca@2017-12-31 for its law of that day",
            "`{name}` names no day"
        ));
    };
    let Some(jurisdiction) = law.jurisdiction(&path) else {
        let paths = law.jurisdictions().map(|jurisdiction| jurisdiction.path.as_str());
        let help = bylaw_law::nearest(&path, paths.collect::<Vec<_>>().into_iter());
        return Err(miette!(help = help, "there is no jurisdiction `{path}`"));
    };
    let on = on.unwrap_or(today);
    if on < jurisdiction.first_day {
        return Err(miette!(
            help = format!("its first day is {}", jurisdiction.first_day),
            "no law of `{path}` was in force on {on}"
        ));
    }
    Ok(Side { law, jurisdiction, on })
}

impl<'a> Pair<'a> {
    fn new(a: Side<'a>, b: Side<'a>) -> Self {
        let (mut a_name, mut b_name) = (place(a), place(b));
        if a.jurisdiction.path == b.jurisdiction.path {
            (a_name, b_name) = (format!("{a_name} of {}", a.on), format!("{b_name} of {}", b.on));
        } else if a_name == b_name {
            (a_name, b_name) = (a.jurisdiction.path.clone(), b.jurisdiction.path.clone());
        }
        Self { a, b, a_name, b_name, drafted: false }
    }

    fn drafted(a: Side<'a>, b: Side<'a>) -> Self {
        let (a_name, b_name) = ("the law as it stands".to_owned(), "the draft".to_owned());
        Self { a, b, a_name, b_name, drafted: true }
    }

    /// The next day on which the draft changes the law, and the law as it is does not.
    pub(super) fn later(&self) -> Option<Date> {
        let acts = self.drafted.then_some(0..self.a.law.vocabulary.actions.len())?;
        acts.flat_map(|act| {
            let known = self.a.law.days_of_change(self.a.jurisdiction, act);
            let drafted = self.b.law.days_of_change(self.b.jurisdiction, act);
            drafted.into_iter().filter(move |day| !known.contains(day))
        })
        .filter(|&day| day > self.a.on)
        .min()
    }
}
