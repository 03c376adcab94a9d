//! `bylaw law compare`: every kind of case in which two laws answer differently.

use std::{fmt::Write as _, io::IsTerminal, path::Path, process::ExitCode};

use bylaw_law::{
    Class, Comparison, Law, Side,
    compare::{actors, share},
    pack::{CLAIMS, Other},
    vocabulary::{ActionId, VOCABULARY_FILE},
};
use indicatif::ProgressBar;
use jiff::civil::Date;
use miette::{Result, miette};
use serde_json::{Value, json};

use super::count::{count, percent};
use crate::{
    args::{Compare, Only},
    decide, output, packs,
    style::{self, BOLD, DIM, TITLE, item, wrap},
};

pub(crate) fn run(packs: Option<&Path>, options: &Compare) -> Result<ExitCode> {
    let laws = Laws::load(packs, options)?;
    let pairs = laws.pairs(options)?;
    let mut reports = Vec::with_capacity(pairs.len());
    for (a, b) in pairs {
        reports.push(Report::new(a, b, options)?);
    }
    if options.json {
        let values: Vec<Value> = reports.iter().map(Report::as_json).collect();
        match values.as_slice() {
            [only] if options.a.is_some() => output::print_json(only)?,
            _ => output::print_json(&values)?,
        }
    } else if reports.is_empty() {
        output::print("The draft changes no jurisdiction's law.\n")?;
    } else {
        for report in &reports {
            output::print(report.text(options.most))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The law, and the draft of it where there is one.
struct Laws {
    law: Law,
    draft: Option<Law>,
}

impl Laws {
    fn load(packs: Option<&Path>, options: &Compare) -> Result<Self> {
        let Some(folder) = &options.draft else {
            return Ok(Self { law: packs::load(packs)?, draft: None });
        };
        let mut base = packs::files(packs)?;
        let mut draft = packs::read(folder)?;
        base.retain(|file| !file.name.ends_with(CLAIMS));
        draft.retain(|file| !file.name.ends_with(CLAIMS));
        if draft.is_empty() {
            return Err(miette!(
                help = "a draft is laid out like packs: us/ca/los-angeles/my-ordinance.md",
                "there is no pack in {}",
                folder.display()
            ));
        }
        let draft = packs::over(&base, draft);
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

    fn pairs(&self, options: &Compare) -> Result<Vec<(Side<'_>, Side<'_>)>> {
        let today = options.on.unwrap_or_else(decide::today);
        match (&options.a, &options.b, &self.draft) {
            (Some(a), Some(b), _) => {
                Ok(vec![(side(&self.law, a, today)?, side(&self.law, b, today)?)])
            }
            (Some(a), None, Some(draft)) => {
                Ok(vec![(side(&self.law, a, today)?, side(draft, a, today)?)])
            }
            (None, _, Some(draft)) => Ok(changed(&self.law, draft, today)),
            _ => Err(miette!("name two laws, or one and --draft")),
        }
    }
}

/// Every jurisdiction whose law is not the same in the draft, on a day on which both have one.
fn changed<'a>(law: &'a Law, draft: &'a Law, on: Date) -> Vec<(Side<'a>, Side<'a>)> {
    law.jurisdictions()
        .filter_map(|jurisdiction| {
            let drafted = draft.jurisdiction(&jurisdiction.path)?;
            let differs = drafted.hash != jurisdiction.hash;
            (differs && drafted.first_day.max(jurisdiction.first_day) <= on).then_some((
                Side { law, jurisdiction, on },
                Side { law: draft, jurisdiction: drafted, on },
            ))
        })
        .collect()
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

/// Two laws, compared act by act.
struct Report<'a> {
    a: Side<'a>,
    b: Side<'a>,
    /// Actors bound by both, by the first only, by the second only; one bit a class.
    actors: (u64, u64, u64),
    /// Acts about which they differ, those most of which differ first.
    differing: Vec<Comparison>,
    /// Acts about which they never differ.
    same: Vec<ActionId>,
}

impl<'a> Report<'a> {
    fn new(a: Side<'a>, b: Side<'a>, options: &Compare) -> Result<Self> {
        let (both, only_a, only_b) = actors(a, b);
        let asked = chosen_actors(a.law, options.actor.as_deref(), both)?;
        let acts = chosen_acts(a.law, options.action.as_deref())?;
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(acts.len() as u64)
        } else {
            ProgressBar::hidden()
        };
        let (mut differing, mut same) = (Vec::new(), Vec::new());
        for action in acts {
            let mut comparison = bylaw_law::compare(a, b, action, asked)
                .map_err(|problem| bylaw_law::LoadError { problems: vec![problem] })?;
            bar.inc(1);
            keep_only(&mut comparison, options.only);
            if comparison.classes.is_empty() {
                same.push(action);
            } else {
                differing.push(comparison);
            }
        }
        bar.finish_and_clear();
        differing.sort_by(|x, y| y.share().total_cmp(&x.share()));
        Ok(Self { a, b, actors: (asked, only_a, only_b), differing, same })
    }

    fn text(&self, most: usize) -> String {
        let mut text = String::new();
        let (a, b) = (name(self.a), name(self.b));
        _ = writeln!(text, "{TITLE}{a}  |  {b}{TITLE:#}");
        _ = writeln!(text, "{}", wrap(&self.summary(), ""));
        for comparison in &self.differing {
            self.act(&mut text, comparison, most);
        }
        if !self.same.is_empty() {
            let acts: Vec<&str> = self.same.iter().map(|&act| self.act_name(act)).collect();
            _ = writeln!(text, "\n{}", item("", &format!("No difference: {}", acts.join(", "))));
        }
        text
    }

    fn summary(&self) -> String {
        let acts = self.differing.len() + self.same.len();
        let kinds: usize = self.differing.iter().map(|comparison| comparison.classes.len()).sum();
        let mut summary = format!(
            "{kinds} kinds of situation in which they answer differently, about {} of {acts} acts.",
            self.differing.len()
        );
        let (_, only_a, only_b) = self.actors;
        for (side, only) in [(self.a, only_a), (self.b, only_b)] {
            if only != 0 {
                let kinds = self.labels(only).join(", ");
                _ = write!(summary, " Not compared, as only {} binds them: {kinds}.", name(side));
            }
        }
        summary
    }

    fn act(&self, text: &mut String, comparison: &Comparison, most: usize) {
        let law = self.a.law;
        let say = law.vocabulary.actions.get(comparison.action).map_or("", |act| act.say.as_str());
        _ = writeln!(
            text,
            "\n{BOLD}{say}{BOLD:#}  {DIM}{}{DIM:#}\nThey differ in {} of {} cases ({}).",
            self.act_name(comparison.action),
            count(comparison.differing),
            count(comparison.cases),
            percent(comparison.share())
        );
        for class in comparison.classes.iter().take(most) {
            self.class(text, comparison, class);
        }
        let rest = comparison.classes.get(most..).unwrap_or_default();
        if !rest.is_empty() {
            let cases = rest.iter().map(|class| class.cases).sum();
            let rest_share = percent(share(cases, comparison.cases));
            _ = writeln!(
                text,
                "  {DIM}and {} smaller kinds, {rest_share} of all cases (--most, --json){DIM:#}",
                rest.len()
            );
        }
    }

    fn class(&self, text: &mut String, comparison: &Comparison, class: &Class) {
        let part = percent(share(class.cases, comparison.cases));
        let answered = |side: Side<'_>, word, because: &[usize]| {
            let style = style::of(word);
            format!("{style}{}{style:#} ({})", style::words(word), super::rules(side.law, because))
        };
        let a = answered(self.a, class.a, &class.a_because);
        let b = answered(self.b, class.b, &class.b_because);
        _ = writeln!(text, "{}", item("  - ", &format!("{part}: {a}  |  {b}")));
        let story = self.a.law.story(comparison.action, &class.story);
        _ = writeln!(text, "{}", wrap(&format!("For example: {story}"), "    "));
    }

    fn as_json(&self) -> Value {
        let law = self.a.law;
        let fact = |fact: usize| law.vocabulary.facts.get(fact);
        let acts: Vec<Value> = self
            .differing
            .iter()
            .map(|comparison| {
                let classes: Vec<Value> = comparison
                    .classes
                    .iter()
                    .map(|class| self.class_json(comparison, class))
                    .collect();
                json!({
                    "action": self.act_name(comparison.action),
                    "say": law.vocabulary.actions.get(comparison.action).map(|act| &act.say),
                    "facts": comparison.facts.iter().filter_map(|&known| fact(known)).map(|fact| &fact.name).collect::<Vec<_>>(),
                    "cases": comparison.cases.to_string(),
                    "differing": comparison.differing.to_string(),
                    "share": comparison.share(), "classes": classes,
                })
            })
            .collect();
        let side = |side: Side<'_>| json!({ "jurisdiction": side.jurisdiction.path, "on": side.on.to_string(), "law": &*side.jurisdiction.hash });
        let (both, only_a, only_b) = self.actors;
        json!({
            "a": side(self.a), "b": side(self.b), "actors": self.names(both),
            "only_a": self.names(only_a), "only_b": self.names(only_b), "acts": acts,
            "same": self.same.iter().map(|&act| self.act_name(act)).collect::<Vec<_>>(),
        })
    }

    fn class_json(&self, comparison: &Comparison, class: &Class) -> Value {
        let law = self.a.law;
        let common: serde_json::Map<String, Value> = class
            .common
            .iter()
            .filter_map(|&(fact, classes)| Some((law.vocabulary.facts.get(fact)?, classes)))
            .map(|(fact, classes)| (fact.name.clone(), json!(class_names(fact, classes))))
            .collect();
        let request = |side: Side<'_>| side.law.request(side, comparison.action, &class.example);
        json!({
            "a": class.a, "b": class.b, "a_because": super::ids(law, &class.a_because),
            "b_because": super::ids(self.b.law, &class.b_because),
            "cases": class.cases.to_string(), "share": share(class.cases, comparison.cases),
            "where": common, "exact": class.exact,
            "story": law.story(comparison.action, &class.story),
            "requests": [request(self.a), request(self.b)],
        })
    }

    fn act_name(&self, action: ActionId) -> &str {
        self.a.law.vocabulary.actions.get(action).map_or("", |act| act.name.as_str())
    }

    fn names(&self, actors: u64) -> Vec<String> {
        let vocabulary = &self.a.law.vocabulary;
        let kinds = vocabulary.facts.get(vocabulary.actor_kind());
        kinds.map_or_else(Vec::new, |fact| class_names(fact, actors))
    }

    fn labels(&self, actors: u64) -> Vec<String> {
        let vocabulary = &self.a.law.vocabulary;
        let Some(kinds) = vocabulary.facts.get(vocabulary.actor_kind()) else { return Vec::new() };
        let bound = (0..kinds.classes()).filter(|&class| actors & (1 << class) != 0);
        bound.map(|class| kinds.class_label(class)).collect()
    }
}

fn class_names(fact: &bylaw_law::vocabulary::Fact, classes: u64) -> Vec<String> {
    let members = (0..fact.classes()).filter(|&class| classes & (1 << class) != 0);
    members.map(|class| fact.class_name(class)).collect()
}

fn name(side: Side<'_>) -> String {
    format!("{} on {}", side.jurisdiction.path, side.on)
}

fn chosen_actors(law: &Law, name: Option<&str>, both: u64) -> Result<u64> {
    let (Some(name), Some(kinds)) = (name, law.vocabulary.facts.get(law.vocabulary.actor_kind()))
    else {
        return Ok(both);
    };
    let names: Vec<String> = (0..kinds.classes()).map(|class| kinds.class_name(class)).collect();
    match kinds.class_of(name) {
        Some(class) if both & (1 << class) != 0 => Ok(1 << class),
        Some(_) => Err(miette!(
            help = "leave --actor out to see whom both bind",
            "`{name}` is not bound by both laws"
        )),
        None => {
            let help = bylaw_law::nearest(name, names.iter().map(String::as_str));
            Err(miette!(help = help, "`actor_kind` has no value `{name}`"))
        }
    }
}

fn chosen_acts(law: &Law, name: Option<&str>) -> Result<Vec<ActionId>> {
    let Some(name) = name else { return Ok((0..law.vocabulary.actions.len()).collect()) };
    law.vocabulary.action_id(name).map(|action| vec![action]).ok_or_else(|| {
        let acts = law.vocabulary.actions.iter().map(|action| action.name.as_str());
        miette!(help = bylaw_law::nearest(name, acts), "unknown act `{name}`")
    })
}

/// Drops the classes that were not asked for; what is left is counted anew.
fn keep_only(comparison: &mut Comparison, only: Option<Only>) {
    let Some(only) = only else { return };
    comparison.classes.retain(|class| match only {
        Only::Stricter => class.stricter(),
        Only::Looser => class.looser(),
    });
    comparison.differing = comparison.classes.iter().map(|class| class.cases).sum();
}
