//! Replies as tables, in Markdown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use miette::{IntoDiagnostic, Result, WrapErr};
use serde_json::Value;

/// Replies counted in the three ways that are shown.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    replies: u64,
    /// By answer and the sections that control it.
    sections: BTreeMap<(String, String), u64>,
    /// By who holds the person, then by answer.
    held_by: BTreeMap<String, BTreeMap<String, u64>>,
    answers: BTreeSet<String>,
    /// Facts that replies need.
    needs: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts one line of `bylaw decide --batch`.
    ///
    /// # Errors
    ///
    /// Where the line is no reply.
    pub(crate) fn add(&mut self, line: &str) -> Result<()> {
        let reply: Value =
            serde_json::from_str(line).into_diagnostic().wrap_err("a line is no reply")?;
        let answer = match text(&reply, "/answer") {
            "" => format!("error {}", text(&reply, "/error/code")),
            answer if reply.pointer("/contested") == Some(&Value::Bool(true)) => {
                format!("{answer} contested")
            }
            answer => answer.to_owned(),
        };
        let cites: BTreeSet<&str> =
            list(&reply, "/because").map(|rule| text(rule, "/cite")).collect();
        let cites = cites.into_iter().collect::<Vec<_>>().join("; ");
        self.replies += 1;
        *self.sections.entry((answer.clone(), cites)).or_default() += 1;
        let held_by = self.held_by.entry(text(&reply, "/id/held_by").to_owned()).or_default();
        *held_by.entry(answer.clone()).or_default() += 1;
        self.answers.insert(answer);
        for fact in list(&reply, "/needs").filter_map(Value::as_str) {
            *self.needs.entry(fact.to_owned()).or_default() += 1;
        }
        Ok(())
    }
}

/// The text at this place; empty where there is none.
fn text<'a>(value: &'a Value, place: &str) -> &'a str {
    value.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, place: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(place).and_then(Value::as_array).into_iter().flatten()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} replies\n", self.replies)?;
        writeln!(f, "| answer | sections | detainers |\n| --- | --- | ---: |")?;
        for ((answer, cites), count) in &self.sections {
            writeln!(f, "| {answer} | {cites} | {count} |")?;
        }
        write!(f, "\n| held by |")?;
        self.answers.iter().try_for_each(|answer| write!(f, " {answer} |"))?;
        write!(f, "\n| --- |")?;
        self.answers.iter().try_for_each(|_| write!(f, " ---: |"))?;
        for (held_by, answers) in &self.held_by {
            write!(f, "\n| {held_by} |")?;
            for answer in &self.answers {
                write!(f, " {} |", answers.get(answer).unwrap_or(&0))?;
            }
        }
        writeln!(f)?;
        if !self.needs.is_empty() {
            writeln!(f, "\n| needed | detainers |\n| --- | ---: |")?;
            let mut needs: Vec<_> = self.needs.iter().collect();
            needs.sort_by_key(|&(fact, &count)| (std::cmp::Reverse(count), fact));
            for (fact, count) in needs {
                writeln!(f, "| {fact} | {count} |")?;
            }
        }
        Ok(())
    }
}
