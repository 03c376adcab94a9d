//! A comparison as a page for people: at a glance, then act by act, every kind of situation.

mod kinds;

use std::fmt::Write as _;

use bylaw_law::{Comparison, Side, compare::share, pack::Instrument};

use super::{
    super::{
        count::{count, percent},
        page::{self, Code, Escaped, Part, Prose, bar, legend, slug},
        words::{SHARES, capital, place},
    },
    Report,
    pairs::Fall,
};

/// At most so many kinds of situation are all unfolded.
const UNFOLDED: usize = 12;

/// The page of these reports. Writing to a string does not fail.
pub(super) fn page(reports: &[Report<'_>], left_out: &[String]) -> String {
    let (title, single) = match reports {
        [only] => (only.page_title(), true),
        _ => ("What the draft changes".to_owned(), false),
    };
    let mut main = format!("<h1>{}</h1>\n", Escaped(&title));
    if reports.is_empty() {
        main += "<p>The draft changes no law that is in force.</p>\n";
    }
    for line in left_out {
        _ = writeln!(main, "<p>{}</p>", Prose(line));
    }
    for (number, report) in reports.iter().enumerate() {
        let writer = Writer { report, number: number + 1, depth: if single { 2 } else { 3 } };
        if !single {
            _ = writeln!(main, "<h2>{}</h2>", Escaped(&report.page_title()));
        }
        writer.report(&mut main);
    }
    page::whole(&title, &main)
}

/// Writes one report.
struct Writer<'a> {
    report: &'a Report<'a>,
    /// Which of the page's reports it is, from 1.
    number: usize,
    /// The depth of its first headings.
    depth: u8,
}

impl Report<'_> {
    fn page_title(&self) -> String {
        let pair = &self.pair;
        if pair.drafted {
            return format!("What the draft changes in the law of {}", place(pair.b));
        }
        format!("{} and {}: where they differ", capital(&pair.a_name), pair.b_name)
    }
}

impl Writer<'_> {
    fn report(&self, out: &mut String) {
        let report = self.report;
        _ = writeln!(out, "<p><strong>{}</strong></p>", Escaped(&report.outcome()));
        for limit in report.limits() {
            _ = writeln!(out, "<p>{}</p>", Escaped(&limit));
        }
        self.contents(out);
        self.heading(out, 0, "compared", "What is compared");
        self.compared(out);
        if !report.differing.is_empty() {
            self.heading(out, 0, "glance", "At a glance");
            self.glance(out);
            self.heading(out, 0, "acts", "Act by act");
            for act in &report.differing {
                self.act(out, act);
            }
        }
        if !report.same.is_empty() && report.actors.0 != 0 {
            self.heading(out, 0, "same", self.same_title());
            out.push_str("<ul>\n");
            for &act in &report.same {
                let (say, name) = (report.act_says(act), report.act_name(act));
                _ = writeln!(out, "<li>{} {}</li>", Escaped(say), Code(name));
            }
            out.push_str("</ul>\n");
        }
    }

    const fn same_title(&self) -> &'static str {
        if self.report.only.is_some() {
            "Acts without such a difference"
        } else {
            "Acts without a difference"
        }
    }

    fn contents(&self, out: &mut String) {
        let mut parts = vec![("compared", "What is compared")];
        if !self.report.differing.is_empty() {
            parts.extend([("glance", "At a glance"), ("acts", "Act by act")]);
        }
        if !self.report.same.is_empty() && self.report.actors.0 != 0 {
            parts.push(("same", self.same_title()));
        }
        let label = Escaped(&self.report.pair.b.jurisdiction.path).to_string();
        _ = writeln!(out, "<nav aria-label=\"Contents: {label}\">\n<ul>");
        for (id, title) in parts {
            _ = writeln!(out, "<li><a href=\"#{}\">{title}</a></li>", self.id(id));
        }
        out.push_str("</ul>\n</nav>\n");
    }

    /// The two laws: place, day, hash, and the instruments in force.
    fn compared(&self, out: &mut String) {
        let pair = &self.report.pair;
        out.push_str("<dl class=\"sides\">\n");
        for (name, side) in [(&pair.a_name, pair.a), (&pair.b_name, pair.b)] {
            let instruments = in_force(side);
            _ = writeln!(
                out,
                "<div><dt>{}</dt><dd>{} on <time>{}</time>, with the layers above it\n\
                 <details><summary>{} in force</summary>\n<ul>",
                Escaped(&capital(name)),
                Code(&side.jurisdiction.path),
                side.on,
                super::super::words::number(instruments.len(), "law", "laws"),
            );
            for instrument in instruments {
                let (title, cite) = (Escaped(&instrument.title), Escaped(&instrument.cite));
                _ = writeln!(out, "<li>{title} <span class=\"cite\">{cite}</span></li>");
            }
            _ = writeln!(
                out,
                "</ul>\n<p class=\"cite\">Hash of the packs: {}</p>\n</details>\n</dd></div>",
                Code(&side.jurisdiction.hash)
            );
        }
        out.push_str("</dl>\n");
    }

    /// A sentence and a bar an act, then the same as a table.
    fn glance(&self, out: &mut String) {
        let report = self.report;
        _ = writeln!(
            out,
            "<p>The acts in which the two differ most come first. {SHARES} A part under 1 % is too thin to be seen; its number is in the table.</p>"
        );
        let falls: Vec<Fall> = report.differing.iter().map(Fall::of).collect();
        let parts = report.parts();
        let used: Vec<usize> = (0..parts.len())
            .filter(|&part| falls.iter().any(|fall| fall.share(part) > 0.0))
            .collect();
        let entries: Vec<(&str, String)> = used
            .iter()
            .filter_map(|&part| Some((*Fall::CLASSES.get(part)?, parts.get(part)?.clone())))
            .collect();
        out.push_str(&legend(&entries));
        out.push_str("<ol class=\"bars\">\n");
        for (act, fall) in report.differing.iter().zip(&falls) {
            _ = writeln!(
                out,
                "<li><a href=\"#{}\">{}</a>\n<p>{}</p>\n{}</li>",
                self.act_id(act),
                Escaped(report.act_says(act.action)),
                Escaped(&report.sentence(act)),
                bar(&fall.parts(), &fall.words(&parts)),
            );
        }
        out.push_str("</ol>\n<details>\n<summary>The same as a table</summary>\n");
        self.table(out, &falls, &parts, &used);
        out.push_str("</details>\n");
    }

    fn table(&self, out: &mut String, falls: &[Fall], parts: &[String; 9], used: &[usize]) {
        let label =
            format!("Shares of all cases by answer, {}", self.report.pair.b.jurisdiction.path);
        _ = writeln!(
            out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">\n<table>\n\
             <caption>Share of all cases of an act, by what the two laws answer</caption>\n\
             <thead><tr><th scope=\"col\">Act</th><th scope=\"col\">Cases</th>",
            Escaped(&label)
        );
        for part in used.iter().filter_map(|&part| parts.get(part)) {
            _ = write!(out, "<th scope=\"col\">{}</th>", Escaped(part));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for (act, fall) in self.report.differing.iter().zip(falls) {
            let say = Escaped(self.report.act_says(act.action));
            _ = write!(
                out,
                "<tr><th scope=\"row\">{say}</th><td class=\"number\">{}</td>",
                cases(act.cases)
            );
            for &part in used {
                _ = write!(out, "<td class=\"number\">{}</td>", percent(fall.share(part)));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n</div>\n");
    }

    fn act(&self, out: &mut String, act: &Comparison) {
        let (id, depth) = (self.act_id(act), self.depth + 1);
        _ = writeln!(
            out,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h{depth} id=\"{id}-title\">{} {}</h{depth}>\n\
             <p>They differ in {} of {} cases ({}).</p>",
            Escaped(self.report.act_says(act.action)),
            Code(self.report.act_name(act.action)),
            cases(act.differing),
            cases(act.cases),
            percent(act.share()),
        );
        self.groups(out, act);
        out.push_str("</section>\n");
    }

    fn heading(&self, out: &mut String, below: u8, id: &str, title: &str) {
        let depth = self.depth + below;
        _ = writeln!(out, "<h{depth} id=\"{}\">{title}</h{depth}>", self.id(id));
    }

    /// An id that no other report of the page has.
    fn id(&self, name: &str) -> String {
        format!("{name}-{}", self.number)
    }

    fn act_id(&self, act: &Comparison) -> String {
        self.id(&slug(self.report.act_name(act.action)))
    }
}

impl Fall {
    fn share(&self, part: usize) -> f64 {
        self.shares.get(part).copied().unwrap_or_default()
    }

    fn parts(&self) -> Vec<Part> {
        let classes = Self::CLASSES.into_iter().zip(self.shares);
        classes.map(|(class, share)| Part { class, share }).collect()
    }

    fn words(&self, parts: &[String; 9]) -> String {
        let parts = parts.iter().zip(self.shares).filter(|&(_, share)| share > 0.0);
        parts
            .map(|(part, share)| format!("{part}: {}", percent(share)))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// The instruments of all layers that are in force on the day.
fn in_force(side: Side<'_>) -> Vec<&Instrument> {
    let all = side.jurisdiction.instruments.iter();
    all.filter_map(|&(_, place)| side.law.instruments.get(place))
        .filter(|instrument| instrument.span.contains(side.on))
        .collect()
}

/// A number of cases; a very large one as a power of ten.
fn cases(number: u128) -> String {
    let text = count(number);
    match text.split_once('^') {
        Some((factor, exponent)) => format!("{factor}<sup>{exponent}</sup>"),
        None => text,
    }
}

/// A share of an act's cases.
fn part_of(cases: u128, act: &Comparison) -> String {
    percent(share(cases, act.cases))
}
