//! The coverage of one law, or of all side by side, for a terminal.

use std::fmt::Write as _;

use bylaw_law::{
    Law,
    compare::share,
    coverage::{Answers, Collision, Coverage},
};

use super::{
    super::{
        count::percent,
        words::{self, SHARES, number},
    },
    Table, alike, in_words, most, whole_percent,
};
use crate::style::{self, BOLD, DIM, TITLE, item, wrap};

/// One law by act and kind of staff. Writing to a string does not fail.
pub(super) fn one(law: &Law, table: &Table<'_>, heading: &str) -> String {
    let mut text = format!("{TITLE}{}{TITLE:#}\n", table.jurisdiction.path);
    _ = writeln!(text, "{}", wrap(&format!("{heading}. {SHARES}"), ""));
    for coverage in table.speaking() {
        act(&mut text, law, table, coverage);
    }
    for (title, acts) in [
        ("Silent in all of these cases", table.silent_acts(law)),
        ("No such case", table.empty_acts(law)),
    ] {
        if !acts.is_empty() {
            let names: Vec<&str> = acts.iter().map(|action| action.name.as_str()).collect();
            _ = writeln!(text, "\n{}", item("", &format!("{title}: {}", names.join(", "))));
        }
    }
    let idle = table.idle(law);
    if !idle.is_empty() {
        let rules = number(idle.len(), "rule that decides nothing", "rules that decide nothing");
        _ = writeln!(text, "\n{BOLD}{rules} on this day{BOLD:#}, in any case whatever");
        for (rule, why) in idle {
            let line = format!("{}: {}", law.rule(rule).id, why.words());
            _ = writeln!(text, "{}", item("  ", &line));
        }
    }
    text
}

fn act(text: &mut String, law: &Law, table: &Table<'_>, act: &Coverage) {
    let Some(action) = law.vocabulary.actions.get(act.action) else { return };
    let line = format!(
        "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}  {}",
        action.say,
        action.name,
        in_words(&act.total)
    );
    _ = writeln!(text, "\n{}", item("", &line));
    let groups = alike(act);
    for (answers, actors) in groups.iter().filter(|_| groups.len() > 1) {
        let staff = words::staff(law, *actors, table.actors());
        let line = format!("{}: {staff}", in_words(answers));
        _ = writeln!(text, "{}", item("  - ", &line));
    }
    for collision in &act.collisions {
        let line = collision_in_words(collision, &act.total, &collision.above, &collision.below);
        _ = writeln!(text, "{DIM}{}{DIM:#}", item("  ", &line));
    }
}

/// Which of two layers outranks the other, and how often; the layers under these names.
pub(super) fn collision_in_words(
    collision: &Collision,
    total: &Answers,
    above: &str,
    below: &str,
) -> String {
    use bylaw_law::pack::Modality;
    let collides = match collision.says {
        Modality::Must => "requires what {below} forbids",
        Modality::MustNot => "forbids what {below} requires",
        Modality::May | Modality::MayProtected => "protects what {below} forbids",
        Modality::Refer => "leaves to counsel what {below} settles",
    };
    let cases = percent(share(collision.cases, total.cases()));
    format!("{above} {}, and outranks it: {cases} of cases", collides.replace("{below}", below))
}

/// A letter an answer, in the order of [`super::kinds`].
const LETTERS: [char; 5] = ['N', 'M', 'Y', 'C', '.'];

/// The width of a column of a law.
const COLUMN: usize = 5;

/// All jurisdictions, an act a line: the most frequent answer and its share. As many tables as it
/// takes for the terminal's width.
pub(super) fn side_by_side(law: &Law, tables: &[Table<'_>], heading: &str) -> String {
    let mut text = format!("{TITLE}Law or label{TITLE:#}\n");
    _ = writeln!(text, "{}", wrap(&format!("{heading}. {SHARES}"), ""));
    _ = writeln!(
        text,
        "{}",
        wrap(
            "The most frequent answer and its share in percent, none where it is the only one: N must not, M must, Y may, C counsel decides, . the law is silent. Each law with the layers above it.",
            ""
        )
    );
    for (number, table) in tables.iter().enumerate() {
        _ = writeln!(text, "  {:>2} {}", number + 1, table.jurisdiction.path);
    }
    let names = law.vocabulary.actions.iter().map(|action| action.name.chars().count());
    let label = names.chain([LAST.len()]).max().unwrap_or_default() + 1;
    let columns = (style::width().saturating_sub(label) / COLUMN).max(1);
    for (part, tables) in tables.chunks(columns).enumerate() {
        text.push('\n');
        rows(&mut text, law, tables, part * columns, label);
    }
    text
}

const LAST: &str = "rules that decide nothing";

/// Some of the laws; `before` stand in earlier tables.
fn rows(text: &mut String, law: &Law, tables: &[Table<'_>], before: usize, label: usize) {
    let numbers = (before + 1..).take(tables.len());
    let numbers: String = numbers.map(|number| format!("{number:>COLUMN$}")).collect();
    _ = writeln!(text, "{:label$}{BOLD}{numbers}{BOLD:#}", "");
    for (number, action) in law.vocabulary.actions.iter().enumerate() {
        let acts = tables.iter().map(|table| table.acts.get(number));
        let cells: String = acts
            .map(|act| format!("{:>COLUMN$}", act.map_or_else(String::new, |act| cell(&act.total))))
            .collect();
        _ = writeln!(text, "{:label$}{cells}", action.name);
    }
    let idle: String =
        tables.iter().map(|table| format!("{:>COLUMN$}", table.idle(law).len())).collect();
    _ = writeln!(text, "{LAST:label$}{idle}");
}

/// The most frequent answer as a letter, with its share in percent where it is not the only one.
fn cell(answers: &Answers) -> String {
    let Some((place, share)) = most(answers) else { return "-".to_owned() };
    let letter = LETTERS.get(place).copied().unwrap_or(' ');
    if share >= 1.0 { letter.to_string() } else { format!("{letter}{}", whole_percent(share)) }
}
