//! `bylaw ask`: the interview in a terminal.
//!
//! Every question is answered by a line: a number or a name, `?` for help, nothing for "I don't know", `b` to go back, `q` to stop. It
//! works as well from a pipe or a screen reader: nothing is redrawn.

use std::{
    collections::BTreeMap,
    io::{BufRead, Write},
    path::Path,
    process::ExitCode,
};

use bylaw_law::{
    Decision, Interview, Jurisdiction, Law, Question, Reply, RequestId, Step,
    vocabulary::{Domain, Fact, FactId},
};
use miette::{IntoDiagnostic, Result, miette};

use crate::{
    args::Ask,
    decide, packs, show,
    style::{BOLD, DIM, item, wrap},
};

pub(crate) fn run(packs: Option<&Path>, options: &Ask) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let mut terminal = Terminal { input: std::io::stdin().lock(), asked_group: None };
    match interview(&law, options, &mut terminal)? {
        Some((question, decision)) => {
            let alternative = law.alternative(&question, decision.word);
            let staff =
                question.facts.class(law.vocabulary.fact_id("actor_kind").unwrap_or_default());
            let words = law.guidance.words(
                &decision.jurisdiction.path,
                decision.action,
                decision.word,
                staff,
            );
            if options.json {
                let reply = Reply::new(&law, RequestId::default(), &decision).with_more(
                    &law,
                    alternative.as_ref(),
                    words,
                );
                anstream::println!("{}", serde_json::to_string_pretty(&reply).into_diagnostic()?);
            } else {
                anstream::println!();
                show::decision(&law, &decision, alternative.as_ref(), words)?;
                stated(&law, &question);
            }
            Ok(ExitCode::SUCCESS)
        }
        None => {
            anstream::eprintln!("stopped; nothing was decided");
            Ok(ExitCode::from(1))
        }
    }
}

/// Asks until the answer stands; none where the person stops.
fn interview<'a>(
    law: &'a Law,
    options: &Ask,
    terminal: &mut Terminal<impl BufRead>,
) -> Result<Option<(Question<'a>, Decision<'a>)>> {
    let Some(jurisdiction) = jurisdiction(law, options, terminal)? else { return Ok(None) };
    let Some(actor) = actor(law, jurisdiction, options, terminal)? else { return Ok(None) };
    let Some(action) = action(law, options, terminal)? else { return Ok(None) };
    let mut question =
        Question::new(law, jurisdiction, action, options.on.unwrap_or_else(decide::today));
    question.set(law.vocabulary.actor_kind(), actor);
    let mut interview = Interview::new(law, question, options.who.into());
    loop {
        match interview.step()? {
            Step::Done(decision) => return Ok(Some((interview.question().clone(), *decision))),
            Step::Ask { fact, at_most } => {
                let Some(asked) = law.vocabulary.facts.get(fact) else {
                    return Err(miette!("the interview asks for no fact"));
                };
                let group = law.vocabulary.groups.get(asked.group).map_or("", String::as_str);
                match terminal.ask(group, asked, at_most)? {
                    Given::Class(class) => interview.answer(fact, Some(class)),
                    Given::Unknown => interview.answer(fact, None),
                    Given::Back => {
                        if interview.back().is_none() {
                            anstream::eprintln!("this is the first question");
                        }
                    }
                    Given::Stop => return Ok(None),
                }
            }
        }
    }
}

fn jurisdiction<'a>(
    law: &'a Law,
    options: &Ask,
    terminal: &mut Terminal<impl BufRead>,
) -> Result<Option<&'a Jurisdiction>> {
    if let Some(path) = &options.jurisdiction {
        return Ok(Some(law.find_jurisdiction(path)?));
    }
    let all: Vec<&Jurisdiction> = law.jurisdictions().collect();
    let choices: Vec<Choice> = all
        .iter()
        .map(|known| Choice { name: known.path.clone(), label: String::new(), value: 0 })
        .collect();
    let chosen = terminal.choose("Whose act is it?", "A path names whose act it is, not a place on the map: a school in the city is us/ca/lausd.", &choices)?;
    Ok(chosen.and_then(|index| all.get(index).copied()))
}

/// The actor's class; `Some(None)` where the person does not know.
fn actor(
    law: &Law,
    jurisdiction: &Jurisdiction,
    options: &Ask,
    terminal: &mut Terminal<impl BufRead>,
) -> Result<Option<Option<u8>>> {
    let Some(fact) = law.vocabulary.facts.get(law.vocabulary.actor_kind()) else {
        return Ok(Some(None));
    };
    if let Some(name) = &options.actor {
        let mut question =
            Question::new(law, jurisdiction, 0, options.on.unwrap_or_else(decide::today));
        question.state(law, &fact.name, name)?;
        return Ok(Some(question.facts.class(law.vocabulary.actor_kind())));
    }
    let bound: Vec<u8> =
        (0..fact.classes()).filter(|&class| law.binds(jurisdiction, class)).collect();
    let choices: Vec<Choice> = bound
        .iter()
        .map(|&class| Choice {
            name: fact.class_name(class),
            label: fact.class_label(class),
            value: class,
        })
        .collect();
    let chosen = terminal.choose(&fact.ask, &fact.help, &choices)?;
    Ok(chosen.map(|index| bound.get(index).copied()))
}

fn action(
    law: &Law,
    options: &Ask,
    terminal: &mut Terminal<impl BufRead>,
) -> Result<Option<usize>> {
    if let Some(name) = &options.action {
        return Ok(Some(law.find_action(name)?));
    }
    let choices: Vec<Choice> = law
        .vocabulary
        .actions
        .iter()
        .map(|action| Choice { name: action.name.clone(), label: action.say.clone(), value: 0 })
        .collect();
    terminal.choose(
        "What are you asked to do, or thinking of doing?",
        "Pick what comes nearest; an act can be decided again by another name.",
        &choices,
    )
}

/// What was answered, for the reader to check.
fn stated(law: &Law, question: &Question<'_>) {
    let facts = law.vocabulary.facts.iter().enumerate();
    let known: BTreeMap<&str, String> = facts
        .filter_map(|(id, fact)| {
            Some((fact.name.as_str(), fact.class_name(question.facts.class(id)?)))
        })
        .collect();
    let list: Vec<String> = known.iter().map(|(name, value)| format!("{name}={value}")).collect();
    anstream::println!("{DIM}{}{DIM:#}", wrap(&list.join(", "), ""));
}

/// One of several things to choose from.
struct Choice {
    name: String,
    label: String,
    value: u8,
}

enum Given {
    Class(u8),
    Unknown,
    Back,
    Stop,
}

/// Questions out, lines in.
struct Terminal<R> {
    input: R,
    asked_group: Option<FactId>,
}

impl<R: BufRead> Terminal<R> {
    /// Asks for one fact.
    fn ask(&mut self, group: &str, fact: &Fact, at_most: usize) -> Result<Given> {
        if self.asked_group.replace(fact.group) != Some(fact.group) {
            anstream::println!("\n{DIM}{group}{DIM:#}");
        }
        let choices: Vec<Choice> = match &fact.domain {
            Domain::Bool => [(1, "yes"), (0, "no")]
                .map(|(value, name)| Choice { name: name.to_owned(), label: String::new(), value })
                .into(),
            Domain::Values(values) => (0..)
                .zip(values)
                .map(|(value, known)| Choice {
                    name: known.name.clone(),
                    label: known.label.clone(),
                    value,
                })
                .collect(),
            Domain::Range { .. } => Vec::new(),
        };
        let left = if at_most == 1 {
            "the last question".to_owned()
        } else {
            format!("at most {at_most} questions left")
        };
        anstream::println!("\n{BOLD}{}{BOLD:#}  {DIM}({left}){DIM:#}", wrap(&fact.ask, ""));
        list(&choices);
        loop {
            let Some(line) = self.line("Enter = I don't know, ? = help, b = back, q = stop")?
            else {
                return Ok(Given::Stop);
            };
            match line.as_str() {
                "" => return Ok(Given::Unknown),
                "b" => return Ok(Given::Back),
                "q" => return Ok(Given::Stop),
                "?" => {
                    anstream::println!("{}", wrap(&fact.help, "  "));
                    continue;
                }
                _ => {}
            }
            let class = if choices.is_empty() {
                fact.class_of(&line)
            } else {
                pick(&choices, &line)
                    .and_then(|index| choices.get(index))
                    .map(|choice| choice.value)
            };
            match class {
                Some(class) => return Ok(Given::Class(class)),
                None => anstream::println!(
                    "`{}` is none of these",
                    line.chars().take(40).collect::<String>()
                ),
            }
        }
    }

    /// Has one of several things chosen; none where the person stops.
    fn choose(&mut self, ask: &str, help: &str, choices: &[Choice]) -> Result<Option<usize>> {
        anstream::println!("\n{BOLD}{}{BOLD:#}", wrap(ask, ""));
        list(choices);
        loop {
            let Some(line) = self.line("? = help, q = stop")? else { return Ok(None) };
            match line.as_str() {
                "q" => return Ok(None),
                "?" => anstream::println!("{}", wrap(help, "  ")),
                _ => match pick(choices, &line) {
                    Some(index) => return Ok(Some(index)),
                    None => anstream::println!(
                        "`{}` is none of these",
                        line.chars().take(40).collect::<String>()
                    ),
                },
            }
        }
    }

    /// One line of input; none at its end.
    fn line(&mut self, hint: &str) -> Result<Option<String>> {
        anstream::print!("{DIM}{hint}{DIM:#} > ");
        std::io::stdout().flush().into_diagnostic()?;
        let mut line = String::new();
        let read = self.input.read_line(&mut line).into_diagnostic()?;
        Ok((read > 0).then(|| line.trim().to_owned()))
    }
}

fn list(choices: &[Choice]) {
    let digits = choices.len().to_string().len();
    for (number, choice) in (1..).zip(choices) {
        let text = if choice.label.is_empty() {
            choice.name.clone()
        } else {
            format!("{}  [{}]", choice.label, choice.name)
        };
        anstream::println!("{}", item(&format!("  {number:>digits$}  "), &text));
    }
}

/// By number, by name, or by the beginning of a name where that is enough.
fn pick(choices: &[Choice], line: &str) -> Option<usize> {
    if let Ok(number) = line.parse::<usize>() {
        return number.checked_sub(1).filter(|&index| index < choices.len());
    }
    if let Some(exact) = choices.iter().position(|choice| choice.name == line) {
        return Some(exact);
    }
    let mut begun = choices.iter().enumerate().filter(|(_, choice)| choice.name.starts_with(line));
    match (begun.next(), begun.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}
