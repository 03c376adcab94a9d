//! The report for a terminal: the same parts as the page, each in a few lines.
use std::fmt::Write as _;

use bylaw_law::{Law, RuleId};

use super::{
    Lang, Report,
    counts::{self, Split, Why, by, group, largest_first, section, why, with},
    html, lead,
    unread::{self, NotRead},
    words::{self, number, rows, thousandths},
};
use crate::log::{judge::Verdict, link::Kind, records::Totals};

/// So many lines of each kind.
const MOST: usize = 10;

/// As wide as the numbers of any real log.
const NUMBER: usize = 13;

const EN: Lang = Lang::En;

/// Text as it grows.
struct Text {
    out: String,
    colors: bool,
    width: usize,
}

pub(super) fn text(report: &Report<'_>, colors: bool, width: usize) -> String {
    let mut text = Text { out: String::new(), colors, width: width.clamp(40, 100) };
    let split = counts::total(report.audited.tally.cells());
    text.title(&format!(
        "The logs under the law of {} ({})",
        report.place, report.jurisdiction.path
    ));
    text.wrapped("", &lead::paragraph(report, EN, &split));
    verdicts(&mut text, report, &split);
    barred(&mut text, report);
    open(&mut text, report);
    flagged(&mut text, report);
    groups(&mut text, report);
    copies(&mut text, report);
    files(&mut text, report);
    figures(&mut text, report);
    ending(&mut text, report);
    text.out
}

fn verdicts(text: &mut Text, report: &Report<'_>, split: &Split) {
    text.title("Rows");
    let all = split.all().rows;
    let share = |rows| words::percent(rows, all).replace('\u{a0}', " ");
    let [barred, open, permitted, silent] = split.parts();
    text.item(
        barred,
        Some(RED),
        &format!("barred, if what the row records is right  {}", share(barred)),
    );
    text.item(open, Some(YELLOW), &format!("cannot be told  {}", share(open)));
    text.item(permitted, None, &format!("permitted  {}", share(permitted)));
    text.item(
        silent,
        None,
        &format!("the law is silent, which is no permission  {}", share(silent)),
    );
    let not_read = NotRead::of(report);
    if not_read.rows > 0 {
        text.item(not_read.rows, Some(YELLOW), "not read; in none of the above");
    }
    if let Some(beyond) = not_read.beyond(EN) {
        let words = format!("rows not read besides: {beyond}");
        text.item_of("?", Some(YELLOW), &words);
    }
}

fn barred(text: &mut Text, report: &Report<'_>) {
    let (law, tally) = (report.law, &report.audited.tally);
    let sections =
        largest_first(by(with(tally, Verdict::Barred), section), |split| split.all().rows);
    if sections.is_empty() {
        return;
    }
    text.title("Barred, by section");
    for (section, split) in sections.iter().take(MOST) {
        let rules: Vec<String> = section.rules.iter().map(|&rule| cited(law, rule)).collect();
        text.item(split.all().rows, Some(RED), &rules.join("; with "));
    }
    text.more(sections.len());
    text.title(&format!("Barred, by {}", grouped_by(report)));
    let groups = largest_first(by(with(tally, Verdict::Barred), group), |split| split.all().rows);
    for ((group, class), split) in groups.iter().take(MOST) {
        text.item(split.all().rows, Some(RED), &group_in_words(group, class));
    }
    text.more(groups.len());
}

fn cited(law: &Law, id: RuleId) -> String {
    let (pack, rule, heading) =
        (&law.instrument_of(id).title, law.rule(id), words::heading(law, id));
    format!("{}: {heading} ({pack}; rule {}; {})", rule.cite, rule.id, rule.status)
}

fn open(text: &mut Text, report: &Report<'_>) {
    let (law, tally) = (report.law, &report.audited.tally);
    let reasons =
        largest_first(by(with(tally, Verdict::CannotTell), |key| why(law, key)), |split| {
            split.all().rows
        });
    if reasons.is_empty() {
        return;
    }
    text.title("Cannot be told, and why");
    for (reason, split) in reasons.iter().take(MOST) {
        let instead = |strength: Option<_>| {
            let instead = strength.map(|strength| format!(": {}", words::strength(EN, strength)));
            instead.unwrap_or_default()
        };
        let words = match *reason {
            Why::Fact(fact, strength) => {
                format!("`{}` is not known{}", words::fact_name(law, fact), instead(strength))
            }
            Why::Silent(strength) => format!(
                "the law has no rule about it, and no purpose is recorded{}",
                instead(strength)
            ),
            Why::Counsel => "counsel decides it, or an open question of law".to_owned(),
            Why::NoDay => "the row has no day that can be read".to_owned(),
            Why::NotAsked(reason) => format!("the law was not asked: {reason}"),
            Why::Open => "several facts at once are not known".to_owned(),
        };
        text.item(split.all().rows, Some(YELLOW), &words);
    }
    text.more(reasons.len());
    settled(text, report);
}

/// What would settle the most frequent one.
fn settled(text: &mut Text, report: &Report<'_>) {
    let law = report.law;
    let ways = counts::open(&report.audited.tally);
    let Some(open) = ways.first() else { return };
    let fact = open.settled.fact;
    let count = rows(EN, open.count.rows);
    text.wrapped(
        "  ",
        &format!(
            "What would settle {count}: `{}`. {}",
            words::fact_name(law, fact),
            words::ask(law, fact)
        ),
    );
    for (word, values) in &open.settled.by {
        let labels: Vec<String> =
            values.iter().map(|value| words::label(law, fact, value)).collect();
        text.wrapped("    ", &format!("{}: {}.", words::becomes(EN, *word), labels.join("; ")));
    }
}

fn flagged(text: &mut Text, report: &Report<'_>) {
    let tally = &report.audited.tally;
    let groups = largest_first(by(counts::flagged(tally), group), |split| split.all().rows);
    if groups.is_empty() {
        return;
    }
    text.title("For a person to look at");
    text.wrapped("", "They name an immigration agency, paper or violation. That is no finding. `bylaw audit explain FINDING` shows one.");
    for ((group, class), split) in groups.iter().take(MOST) {
        text.item(split.all().rows, None, &group_in_words(group, class));
    }
    text.more(groups.len());
}

fn groups(text: &mut Text, report: &Report<'_>) {
    let groups = largest_first(by(report.audited.tally.cells(), group), |split| split.all().rows);
    if groups.len() < 2 {
        return;
    }
    text.title(&format!("All rows, by {}", grouped_by(report)));
    for ((group, class), split) in groups.iter().take(MOST) {
        let [barred, open, ..] = split.parts();
        let words = format!(
            "{}: barred {}, cannot tell {}",
            group_in_words(group, class),
            number(barred),
            number(open)
        );
        text.item(split.all().rows, None, &words);
    }
    text.more(groups.len());
}

fn grouped_by(report: &Report<'_>) -> String {
    match report.groups {
        [] => "organization".to_owned(),
        groups => groups.join(", "),
    }
}

fn group_in_words(group: &[Box<str>], class: &str) -> String {
    let name = words::group(EN, group);
    if class.is_empty() { name } else { format!("{name} ({})", words::class(EN, class)) }
}

fn copies(text: &mut Text, report: &Report<'_>) {
    let differences = &report.audited.differences;
    if differences.linked == 0 {
        return;
    }
    text.title("The same search seen twice");
    text.item(differences.linked, None, "searches stand in the logs more than once");
    for (&(most, other), &searches) in differences.strength_changed.iter().take(MOST) {
        let words = format!(
            "one copy has: {}. Another: {}",
            words::strength(EN, most),
            words::strength(EN, other)
        );
        text.item(searches, Some(YELLOW), &words);
    }
    for (&(field, kind), &searches) in
        differences.counts.iter().filter(|((_, kind), _)| *kind != Kind::MissingColumn)
    {
        text.item(
            searches,
            None,
            &format!("{}: {}", words::field(EN, field), words::kind(EN, kind)),
        );
    }
    let pairs = u64::try_from(report.audited.releases.len()).unwrap_or(u64::MAX);
    if pairs > 0 {
        text.item(pairs, None, "pairs of files hold the same searches; the page compares them");
    }
}

fn files(text: &mut Text, report: &Report<'_>) {
    text.title("Files");
    for file in report.audited.files.iter().take(MOST) {
        let taken: Vec<String> =
            file.formats.iter().map(|(what, why)| format!("{what}, since {why}")).collect();
        let taken =
            if taken.is_empty() { "taken for nothing known".to_owned() } else { taken.join("; ") };
        text.item(file.rows, None, &format!("{}: {taken}", file.name));
        if file.rows_not_read > 0 {
            text.item(file.rows_not_read, Some(YELLOW), "of its rows were not read");
        }
        if unread::is_cut(file) {
            text.item_of("?", Some(YELLOW), "it could not be read to its end, or not all of it");
        }
        for wrong in unread::problems(file).iter().take(3) {
            text.item_of("!", Some(YELLOW), &format!("{}{}", wrong.place(EN), wrong.what));
        }
    }
    text.more(report.audited.files.len());
    for group in unread::same(&report.audited.files).iter().take(MOST) {
        text.item_of("!", Some(YELLOW), &unread::same_in_words(EN, group));
    }
}

fn figures(text: &mut Text, report: &Report<'_>) {
    let (totals, identities) = (&report.audited.totals, &report.audited.identities);
    if totals.is_none() && identities.is_empty() {
        return;
    }
    text.title("Figures");
    for figure in totals.iter().flat_map(Totals::figures) {
        text.item(figure.yes, None, &figure.name);
    }
    for measure in totals.iter().flat_map(Totals::measures) {
        let numbers = [measure.least, measure.median, measure.greatest].map(i128::from);
        let [least, middle, greatest] = numbers.map(thousandths);
        let words = format!("{}, least {least}, greatest {greatest}", measure.name);
        text.item_of(&middle, None, &words);
    }
    for identity in identities {
        let (left, right) = identity.sides;
        let words = format!("{} ({} and {})", identity.text, number(left), number(right));
        let mark = if identity.holds { ("holds", None) } else { ("DOES NOT", Some(RED)) };
        text.item_of(mark.0, mark.1, &words);
    }
}

fn ending(text: &mut Text, report: &Report<'_>) {
    text.out.push('\n');
    let mut last = format!(
        "What was done once may be several rows: each file that holds it counts. This says nothing of whether a row is right, or what follows. Law {}, ",
        report.jurisdiction.hash
    );
    _ = match report.mapping {
        Some(mapping) => write!(last, "mapping {mapping}."),
        None => write!(last, "lexicon {}.", report.lexicon),
    };
    text.wrapped("", &last);
}

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const TITLE: &str = "\u{1b}[1;4m";
const PLAIN: &str = "\u{1b}[0m";

impl Text {
    fn title(&mut self, words: &str) {
        let gap = if self.out.is_empty() { "" } else { "\n" };
        let words = self.colored(Some(TITLE), &clean(words));
        _ = writeln!(self.out, "{gap}{words}");
    }

    /// A number and what it counts.
    fn item(&mut self, count: u64, color: Option<&str>, words: &str) {
        self.item_of(&number(count), color, words);
    }

    fn item_of(&mut self, mark: &str, color: Option<&str>, words: &str) {
        let mark = self.colored(color, &format!("{mark:>NUMBER$}"));
        let rest = " ".repeat(NUMBER + 2);
        for (place, line) in lines(&clean(words), self.width - NUMBER - 2).iter().enumerate() {
            let before = if place == 0 { format!("{mark}  ") } else { rest.clone() };
            _ = writeln!(self.out, "{before}{line}");
        }
    }

    fn wrapped(&mut self, indent: &str, words: &str) {
        for line in lines(&clean(words), self.width - indent.len()) {
            _ = writeln!(self.out, "{indent}{line}");
        }
    }

    fn more(&mut self, all: usize) {
        if let Some(more) = all.checked_sub(MOST).filter(|&more| more > 0) {
            self.item_of("", None, &format!("and {more} more"));
        }
    }

    fn colored(&self, color: Option<&str>, words: &str) -> String {
        match color.filter(|_| self.colors) {
            Some(color) => format!("{color}{words}{PLAIN}"),
            None => words.to_owned(),
        }
    }
}

/// Text of files as a terminal may be given it: nothing that it would obey.
fn clean(words: &str) -> String {
    words.chars().map(html::shown).collect()
}

/// Lines that break at blanks; a longer word stands on a line of its own. There is at least one.
fn lines(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { continue };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    lines
}
