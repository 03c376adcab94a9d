//! `bylaw ask`: the interview in a terminal.
//!
//! Every question is answered by a line: a number or a name, `?` for help, nothing for "I don't
//! know", `b` to go back, `q` to stop. It works as well from a pipe or a screen reader: nothing is
//! redrawn.

use std::{
    io::{BufRead, Read, Write},
    path::Path,
    process::ExitCode,
};

use bylaw_law::{
    Decision, Interview, Jurisdiction, Law, Question, Reply, RequestId, Step,
    vocabulary::{ActionId, Domain, Fact},
};
use miette::{IntoDiagnostic, Result, WrapErr, miette};

use crate::{
    args::Ask,
    decide,
    output::{self, OutputError},
    packs, show,
    style::{BOLD, DIM, item, wrap},
};

/// The most bytes of a line that are looked at; no answer is longer.
const LINE: u64 = 4096;

pub(crate) fn run(packs: Option<&Path>, options: &Ask) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    // With --json only the reply goes to standard output.
    let output: Box<dyn Write> =
        if options.json { Box::new(anstream::stderr()) } else { Box::new(anstream::stdout()) };
    let mut terminal = Terminal { input: std::io::stdin().lock(), output, group: None };
    let Some((question, decision)) = Setup::new(&law, options).interview(&mut terminal)? else {
        output::note("stopped; nothing was decided");
        return Ok(ExitCode::from(1));
    };
    let alternative = law.alternative(&question, decision.word);
    let words = decide::words(&law, &question, &decision);
    if options.json {
        let reply = Reply::new(&law, RequestId::default(), &decision);
        output::print_json(&reply.with_more(&law, alternative.as_ref(), words))?;
    } else {
        let answer = show::text(&law, &decision, alternative.as_ref(), words);
        output::print(format_args!("\n{answer}{}", stated(&law, &question)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was answered, for the reader to check.
fn stated(law: &Law, question: &Question<'_>) -> String {
    let facts = law.vocabulary.facts.iter().enumerate();
    let list: Vec<String> = facts
        .filter_map(|(id, fact)| {
            Some(format!("{}={}", fact.name, fact.class_name(question.facts.class(id)?)))
        })
        .collect();
    format!("{DIM}{}{DIM:#}\n", wrap(&list.join(", "), ""))
}

/// What must be known before the interview: whose act, who acts, which act. What the command line
/// names is not asked.
struct Setup<'a> {
    law: &'a Law,
    options: &'a Ask,
    jurisdiction: Option<&'a Jurisdiction>,
    actor: Option<u8>,
    action: Option<ActionId>,
}

/// The steps before the first fact, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Jurisdiction,
    Actor,
    Action,
    Interview,
}

impl<'a> Setup<'a> {
    const fn new(law: &'a Law, options: &'a Ask) -> Self {
        Self { law, options, jurisdiction: None, actor: None, action: None }
    }

    /// Asks until the answer stands; none where the person stops.
    fn interview(
        &mut self,
        terminal: &mut Terminal<impl BufRead>,
    ) -> Result<Option<(Question<'a>, Decision<'a>)>> {
        let mut stage = Stage::Jurisdiction;
        loop {
            let given = match stage {
                Stage::Jurisdiction => self.ask_jurisdiction(terminal)?,
                Stage::Actor => self.ask_actor(terminal)?,
                Stage::Action => self.ask_action(terminal)?,
                Stage::Interview => match self.ask_facts(terminal)? {
                    Ended::Decided(question, decision) => return Ok(Some((*question, *decision))),
                    Ended::Back => Given::Back,
                    Ended::Stopped => Given::Stop,
                },
            };
            stage = match given {
                Given::Stop => return Ok(None),
                Given::Back => self.before(stage, terminal)?,
                Given::Unknown if self.lacks(stage) => {
                    terminal
                        .say("the law cannot be asked without this; pick what comes nearest")?;
                    stage
                }
                Given::Choice(_) | Given::Unknown => match stage {
                    Stage::Jurisdiction => Stage::Actor,
                    Stage::Actor => Stage::Action,
                    Stage::Action | Stage::Interview => Stage::Interview,
                },
            };
        }
    }

    /// Whether the interview cannot begin without what this step asks for.
    const fn lacks(&self, stage: Stage) -> bool {
        match stage {
            Stage::Jurisdiction => self.jurisdiction.is_none(),
            Stage::Action => self.action.is_none(),
            Stage::Actor | Stage::Interview => false,
        }
    }

    /// The nearest earlier step that is asked at all.
    fn before(&self, stage: Stage, terminal: &mut Terminal<impl BufRead>) -> Result<Stage> {
        let asked = [
            (Stage::Action, self.options.action.is_none()),
            (Stage::Actor, self.options.actor.is_none()),
            (Stage::Jurisdiction, self.options.jurisdiction.is_none()),
        ];
        let earlier =
            asked.into_iter().skip_while(|&(known, _)| stage != Stage::Interview && known != stage);
        let skip = usize::from(stage != Stage::Interview);
        if let Some((earlier, _)) = earlier.skip(skip).find(|&(_, asked)| asked) {
            return Ok(earlier);
        }
        terminal.say("this is the first question")?;
        Ok(stage)
    }

    fn ask_jurisdiction(&mut self, terminal: &mut Terminal<impl BufRead>) -> Result<Given> {
        if let Some(path) = &self.options.jurisdiction {
            self.jurisdiction = Some(self.law.find_jurisdiction(path)?);
            return Ok(Given::Unknown);
        }
        let all: Vec<&Jurisdiction> = self.law.jurisdictions().collect();
        let choices: Vec<Choice> = (0..)
            .zip(&all)
            .map(|(value, known)| Choice { name: known.path.clone(), label: String::new(), value })
            .collect();
        let help = "A path names whose act it is, not a place on the map: a school in the city is us/ca/lausd.";
        let given = terminal.choose("Whose act is it?", help, &choices, "")?;
        match given {
            Given::Choice(index) => self.jurisdiction = all.get(usize::from(index)).copied(),
            Given::Unknown => self.jurisdiction = None,
            Given::Back | Given::Stop => {}
        }
        Ok(given)
    }

    fn ask_actor(&mut self, terminal: &mut Terminal<impl BufRead>) -> Result<Given> {
        let (law, jurisdiction) = (self.law, self.chosen()?);
        let Some(fact) = law.vocabulary.facts.get(law.vocabulary.actor_kind()) else {
            return Ok(Given::Unknown);
        };
        if let Some(name) = &self.options.actor {
            let mut question = Question::new(law, jurisdiction, 0, self.day());
            question.state(law, &fact.name, name)?;
            self.actor = question.facts.class(law.vocabulary.actor_kind());
            return Ok(Given::Unknown);
        }
        let bound = (0..fact.classes()).filter(|&class| law.binds(jurisdiction, class));
        let choices: Vec<Choice> = bound
            .map(|value| Choice {
                name: fact.class_name(value),
                label: fact.class_label(value),
                value,
            })
            .collect();
        let given = terminal.choose(&fact.ask, &fact.help, &choices, "Enter = I don't know, ")?;
        self.actor = match given {
            Given::Choice(class) => Some(class),
            Given::Unknown | Given::Back | Given::Stop => None,
        };
        Ok(given)
    }

    fn ask_action(&mut self, terminal: &mut Terminal<impl BufRead>) -> Result<Given> {
        if let Some(name) = &self.options.action {
            self.action = Some(self.law.find_action(name)?);
            return Ok(Given::Unknown);
        }
        let actions = &self.law.vocabulary.actions;
        let choices: Vec<Choice> = (0..)
            .zip(actions)
            .map(|(value, action)| Choice {
                name: action.name.clone(),
                label: action.say.clone(),
                value,
            })
            .collect();
        let help = "Pick what comes nearest; an act can be decided again by another name.";
        let given = terminal.choose(
            "What are you asked to do, or thinking of doing?",
            help,
            &choices,
            "",
        )?;
        match given {
            Given::Choice(index) => self.action = Some(usize::from(index)),
            Given::Unknown => self.action = None,
            Given::Back | Given::Stop => {}
        }
        Ok(given)
    }

    fn ask_facts(&self, terminal: &mut Terminal<impl BufRead>) -> Result<Ended<'a>> {
        let (law, jurisdiction) = (self.law, self.chosen()?);
        let action = self.action.ok_or_else(|| miette!("no act was chosen"))?;
        let mut question = Question::new(law, jurisdiction, action, self.day());
        question.set(law.vocabulary.actor_kind(), self.actor);
        let mut interview = Interview::new(law, question, self.options.who.into());
        if self.actor.is_none() {
            interview.answer(law.vocabulary.actor_kind(), None);
        }
        let given_before = interview.given().len();
        loop {
            let (fact, at_most) = match interview.step()? {
                Step::Done(decision) => {
                    return Ok(Ended::Decided(Box::new(interview.question().clone()), decision));
                }
                Step::Ask { fact, at_most } => (fact, at_most),
            };
            let Some(asked) = law.vocabulary.facts.get(fact) else {
                return Err(miette!("the interview asks for no fact"));
            };
            let group = law.vocabulary.groups.get(asked.group).map_or("", String::as_str);
            match terminal.ask(group, asked, at_most)? {
                Given::Choice(class) => interview.answer(fact, Some(class)),
                Given::Unknown => interview.answer(fact, None),
                Given::Back if interview.given().len() == given_before => return Ok(Ended::Back),
                Given::Back => _ = interview.back(),
                Given::Stop => return Ok(Ended::Stopped),
            }
        }
    }

    fn chosen(&self) -> Result<&'a Jurisdiction> {
        self.jurisdiction.ok_or_else(|| miette!("no jurisdiction was chosen"))
    }

    fn day(&self) -> jiff::civil::Date {
        self.options.on.unwrap_or_else(decide::today)
    }
}

/// How the interview came to its end.
enum Ended<'a> {
    Decided(Box<Question<'a>>, Box<Decision<'a>>),
    Back,
    Stopped,
}

/// One of several things to choose from.
struct Choice {
    name: String,
    label: String,
    value: u8,
}

/// What a person gives in reply.
#[derive(Clone, Copy)]
enum Given {
    Choice(u8),
    Unknown,
    Back,
    Stop,
}

/// Questions out, lines in.
struct Terminal<R> {
    input: R,
    output: Box<dyn Write>,
    /// The group that was asked about last.
    group: Option<usize>,
}

impl<R: BufRead> Terminal<R> {
    /// Asks for one fact.
    fn ask(&mut self, group: &str, fact: &Fact, at_most: usize) -> Result<Given> {
        if self.group.replace(fact.group) != Some(fact.group) {
            self.say(format_args!("\n{DIM}{group}{DIM:#}"))?;
        }
        let (choices, range): (Vec<Choice>, String) = match &fact.domain {
            Domain::Bool => {
                let yes_or_no = [(1, "yes"), (0, "no")];
                let named = yes_or_no.map(|(value, name)| Choice {
                    name: name.to_owned(),
                    label: String::new(),
                    value,
                });
                (named.into(), String::new())
            }
            Domain::Values(values) => {
                let named = |(value, known): (u8, &bylaw_law::vocabulary::Value)| Choice {
                    name: known.name.clone(),
                    label: known.label.clone(),
                    value,
                };
                ((0..).zip(values).map(named).collect(), String::new())
            }
            Domain::Range { low, high, .. } => {
                (Vec::new(), format!("a number from {low} to {high}, "))
            }
        };
        let left = if at_most == 1 {
            "the last question".to_owned()
        } else {
            format!("at most {at_most} questions left")
        };
        let title = format!("{}  {DIM}({left}){DIM:#}", fact.ask);
        self.question(
            &title,
            &fact.help,
            &choices,
            &format!("{range}Enter = I don't know, "),
            |line| {
                if choices.is_empty() { fact.class_of(line) } else { pick(&choices, line) }
            },
        )
    }

    /// Has one of several things chosen.
    fn choose(&mut self, ask: &str, help: &str, choices: &[Choice], hint: &str) -> Result<Given> {
        self.question(ask, help, choices, hint, |line| pick(choices, line))
    }

    fn question(
        &mut self,
        title: &str,
        help: &str,
        choices: &[Choice],
        hint: &str,
        read: impl Fn(&str) -> Option<u8>,
    ) -> Result<Given> {
        self.say(format_args!("\n{BOLD}{}{BOLD:#}", wrap(title, "")))?;
        let digits = choices.len().to_string().len();
        for (number, choice) in (1..).zip(choices) {
            let text = if choice.label.is_empty() {
                choice.name.clone()
            } else {
                format!("{}  [{}]", choice.label, choice.name)
            };
            self.say(item(&format!("  {number:>digits$}  "), &text))?;
        }
        loop {
            let Some(line) = self.line(&format!("{hint}? = help, b = back, q = stop"))? else {
                return Ok(Given::Stop);
            };
            match line.as_str() {
                "" => return Ok(Given::Unknown),
                "b" => return Ok(Given::Back),
                "q" => return Ok(Given::Stop),
                "?" => self.say(wrap(help, "  "))?,
                other => match read(&other.to_ascii_lowercase()) {
                    Some(value) => return Ok(Given::Choice(value)),
                    None => self.say(format_args!(
                        "`{}` is none of these",
                        other.chars().take(40).collect::<String>()
                    ))?,
                },
            }
        }
    }

    fn say(&mut self, text: impl std::fmt::Display) -> Result<()> {
        Ok(writeln!(self.output, "{text}").map_err(OutputError)?)
    }

    /// One line of input; none at its end. What is no text is shown as such and answers nothing.
    fn line(&mut self, hint: &str) -> Result<Option<String>> {
        write!(self.output, "{DIM}{hint}{DIM:#} > ")
            .and_then(|()| self.output.flush())
            .map_err(OutputError)?;
        let mut bytes = Vec::new();
        let mut read = self.input.by_ref().take(LINE).read_until(b'\n', &mut bytes);
        if bytes.len() as u64 == LINE && bytes.last() != Some(&b'\n') {
            // The rest of a line that is too long is no answer to the next question.
            read = self.input.skip_until(b'\n').and(read);
        }
        let read = read.into_diagnostic().wrap_err("cannot read the answer")?;
        Ok((read > 0).then(|| String::from_utf8_lossy(&bytes).trim().to_owned()))
    }
}

/// By number, by name, or by the beginning of a name where that is enough.
fn pick(choices: &[Choice], line: &str) -> Option<u8> {
    let value = |index: usize| choices.get(index).map(|choice| choice.value);
    if let Ok(number) = line.parse::<usize>() {
        return value(number.checked_sub(1)?);
    }
    if let Some(exact) = choices.iter().find(|choice| choice.name == line) {
        return Some(exact.value);
    }
    let mut begun = choices.iter().filter(|choice| choice.name.starts_with(line));
    match (begun.next(), begun.next()) {
        (Some(only), None) => Some(only.value),
        _ => None,
    }
}
