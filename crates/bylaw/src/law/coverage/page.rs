//! The coverage of one law, or of all side by side, as a page with a picture.

use std::fmt::Write as _;

use bylaw_law::{
    Law, RuleId,
    coverage::{Answers, Coverage, Idle},
    vocabulary::Action,
};

use super::{
    super::{
        page::{self, Code, Escaped, Part, Prose, bar, legend, slug},
        summary::names,
        words::{self, number},
    },
    Table, alike, in_words, kinds, most,
    text::collision_in_words,
    whole_percent,
};

const WHAT_A_SHARE_IS: &str = "Every combination of facts that a law tells apart counts as one case, whether it happens daily or never. A share therefore says <strong>how far the law reaches</strong>; it does not say how often a thing happens, how many people it concerns, or how good the law is. Where a law is silent, nothing in it forbids the act and nothing requires it: other law, orders and habits decide.";

/// The five kinds of answers, in the order of [`kinds`]: class in the style sheet, letter, meaning.
const LEGEND: [(&str, &str, &str); 5] = [
    ("must-not", "N", "forbidden (must not)"),
    ("must", "M", "required (must)"),
    ("may", "Y", "permitted in words (may)"),
    ("counsel", "C", "counsel decides"),
    ("silent", "S", "the law is silent"),
];

/// All laws, an act a row. Writing to a string does not fail.
pub(super) fn side_by_side(law: &Law, tables: &[Table<'_>], heading: &str) -> String {
    let mut main = "<h1>Law or label?</h1>\n".to_owned();
    _ = writeln!(
        main,
        "<p>What {} say about {}. {}. Each law is shown with the layers above it: a city’s with its state’s and the federal one.</p>\n<p>{WHAT_A_SHARE_IS}</p>",
        number(tables.len(), "law", "laws"),
        number(law.vocabulary.actions.len(), "act", "acts"),
        Prose(heading),
    );
    main += "<nav aria-label=\"Contents\">\n<ul>\n<li><a href=\"#picture\">Acts and laws in one picture</a></li>\n<li><a href=\"#laws\">The laws in numbers</a></li>\n</ul>\n</nav>\n<h2 id=\"picture\">Acts and laws in one picture</h2>\n";
    main += &legend(&LEGEND.map(|(class, letter, words)| (class, format!("{letter}: {words}"))));
    main += "<p>Under each bar stands the most frequent answer, with its share in percent where it is not the only one.</p>\n";
    grid(&mut main, law, tables);
    main += "<h2 id=\"laws\">The laws in numbers</h2>\n";
    numbers(&mut main, law, tables);
    page::whole("Law or label?", &main)
}

/// A picture that is a table: a bar and its words a cell.
fn grid(out: &mut String, law: &Law, tables: &[Table<'_>]) {
    out.push_str(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Acts and laws, a table that scrolls\">\n\
         <table class=\"grid\">\n<caption>Share of cases by answer, each act in each law</caption>\n<thead><tr><th scope=\"col\">Act</th>",
    );
    for table in tables {
        let path = &table.jurisdiction.path;
        let (id, short, name) = (slug(path), names::short(path), names::name(path));
        _ = write!(
            out,
            "<th scope=\"col\"><a href=\"#{id}\" title=\"{}\">{}</a></th>",
            Escaped(&name),
            Escaped(&short)
        );
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (number, action) in law.vocabulary.actions.iter().enumerate() {
        _ = write!(out, "<tr><th scope=\"row\">{}</th>", Escaped(&action.say));
        for act in tables.iter().filter_map(|table| table.acts.get(number)) {
            // The letter says less than the words of the bar.
            let (bar, short) = (answers_bar(&act.total), in_short(&act.total));
            _ = write!(out, "<td>{bar}<span aria-hidden=\"true\">{short}</span></td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

/// How many acts each law decides, and how many rules do nothing.
fn numbers(out: &mut String, law: &Law, tables: &[Table<'_>]) {
    out.push_str(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"The laws in numbers, a table that scrolls\">\n<table>\n\
         <caption>Acts by how far the law decides them in these cases; rules that decide nothing in any case</caption>\n\
         <thead><tr><th scope=\"col\">Law</th><th scope=\"col\">Acts forbidden in more than half of the cases</th>\
         <th scope=\"col\">Acts on which it is silent in some</th><th scope=\"col\">Acts on which it is silent in all</th>\
         <th scope=\"col\">Rules that decide nothing</th></tr></thead>\n<tbody>\n",
    );
    for table in tables {
        let acts =
            |fits: fn(&Answers) -> bool| table.acts.iter().filter(|act| fits(&act.total)).count();
        let path = &table.jurisdiction.path;
        _ = writeln!(
            out,
            "<tr id=\"{}\"><th scope=\"row\">{} {}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            slug(path),
            Escaped(&names::name(path)),
            Code(path),
            acts(|answers| answers.must_not > answers.cases() / 2),
            acts(|answers| answers.silent > 0 && !super::is_silent(answers)),
            acts(super::is_silent),
            table.idle(law).len(),
        );
    }
    out.push_str("</tbody>\n</table>\n</div>\n<p>Which kinds of staff and which rules: <code>bylaw law coverage</code> with the path of a law, and <code>--html</code>.</p>\n");
}

/// One law by act and kind of staff.
pub(super) fn one(law: &Law, table: &Table<'_>, heading: &str) -> String {
    let path = &table.jurisdiction.path;
    let name = names::name(path);
    let title = format!("{name}: law or label?");
    let (silent, empty, idle) = (table.silent_acts(law), table.empty_acts(law), table.idle(law));
    let mut main = format!("<h1>{}</h1>\n", Escaped(&title));
    _ = writeln!(
        main,
        "<p>What the law of {} {}, with the layers above it, says about {}. {}.</p>\n<p>{WHAT_A_SHARE_IS}</p>\n\
         <p><strong>It speaks about {}, is silent about {} in all of these cases, and has {}.</strong></p>",
        Escaped(&name),
        Code(path),
        number(table.acts.len(), "act", "acts"),
        Prose(heading),
        number(table.speaking().count(), "act", "acts"),
        silent.len(),
        number(idle.len(), "rule that decides nothing", "rules that decide nothing"),
    );
    let parts = [
        ("acts", "Act by act", false),
        ("silent", "Acts on which it is silent", silent.is_empty()),
        ("empty", "Acts without such a case", empty.is_empty()),
        ("idle", "Rules that decide nothing", idle.is_empty()),
    ];
    main += "<nav aria-label=\"Contents\">\n<ul>\n";
    for (id, title, _) in parts.iter().filter(|(.., empty)| !empty) {
        _ = writeln!(main, "<li><a href=\"#{id}\">{title}</a></li>");
    }
    main += "</ul>\n</nav>\n";
    for (id, title, _) in parts.iter().filter(|(.., empty)| !empty) {
        _ = writeln!(main, "<h2 id=\"{id}\">{title}</h2>");
        match *id {
            "acts" => acts(&mut main, law, table),
            "silent" => list(&mut main, &silent),
            "empty" => list(&mut main, &empty),
            _ => idle_rules(&mut main, law, &idle),
        }
    }
    page::whole(&title, &main)
}

fn acts(out: &mut String, law: &Law, table: &Table<'_>) {
    out.push_str(&legend(&LEGEND.map(|(class, _, words)| (class, words.to_owned()))));
    for coverage in table.speaking() {
        let Some(action) = law.vocabulary.actions.get(coverage.action) else { continue };
        let id = slug(&action.name);
        _ = writeln!(
            out,
            "<section aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{}</h3>\n<p>{}</p>\n{}",
            act_name(action),
            Escaped(&words::capital(&in_words(&coverage.total))),
            answers_bar(&coverage.total),
        );
        by_staff(out, law, table, coverage);
        collisions(out, coverage);
        out.push_str("</section>\n");
    }
}

fn by_staff(out: &mut String, law: &Law, table: &Table<'_>, act: &Coverage) {
    let groups = alike(act);
    if groups.len() < 2 {
        out.push_str("<p class=\"soft\">The same for all kinds of staff that it binds.</p>\n");
        return;
    }
    out.push_str(
        "<table class=\"facts\">\n<caption>By kind of staff</caption>\n<thead><tr><th scope=\"col\">Staff</th>\
         <th scope=\"col\">Shares</th></tr></thead>\n<tbody>\n",
    );
    for (answers, actors) in &groups {
        let staff = words::capital(&words::staff(law, *actors, table.actors()));
        _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"broad\">{}{}</td></tr>",
            Escaped(&staff),
            answers_bar(answers),
            Escaped(&in_words(answers)),
        );
    }
    out.push_str("</tbody>\n</table>\n");
}

fn collisions(out: &mut String, act: &Coverage) {
    if act.collisions.is_empty() {
        return;
    }
    out.push_str("<p>Where two layers bind both ways, the higher one decides:</p>\n<ul>\n");
    for collision in &act.collisions {
        let (above, below) = (names::name(&collision.above), names::name(&collision.below));
        let words = collision_in_words(collision, &act.total, &above, &below);
        _ = writeln!(out, "<li>{}.</li>", Escaped(&words));
    }
    out.push_str("</ul>\n");
}

fn list(out: &mut String, actions: &[&Action]) {
    out.push_str("<ul>\n");
    for action in actions {
        _ = writeln!(out, "<li>{}</li>", act_name(action));
    }
    out.push_str("</ul>\n");
}

/// Rules by what stands in their way, with the headings under which they are found.
fn idle_rules(out: &mut String, law: &Law, idle: &[(RuleId, Idle)]) {
    out.push_str("<p>On this day these rules decide no possible case, whoever asks for what. Each may be a duplicate, a fallback, or a mistake in the law or in its pack.</p>\n");
    for why in [Idle::NeverHolds, Idle::Overridden, Idle::Shadowed] {
        let rules: Vec<RuleId> =
            idle.iter().filter(|(_, known)| *known == why).map(|&(rule, _)| rule).collect();
        if !rules.is_empty() {
            _ = writeln!(
                out,
                "<h3>{}: {}</h3>\n{}",
                number(rules.len(), "rule", "rules"),
                why.words(),
                page::rules(law, &rules)
            );
        }
    }
}

/// The act in words and by name.
fn act_name(action: &Action) -> String {
    format!("{} {}", Escaped(&action.say), Code(&action.name))
}

/// The most frequent answer as a letter, with its share where it is not the only one.
fn in_short(answers: &Answers) -> String {
    let Some((place, share)) = most(answers) else { return "no case".to_owned() };
    let letter = LEGEND.get(place).map_or("", |(_, letter, _)| letter);
    if share >= 1.0 {
        letter.to_owned()
    } else {
        format!("{letter} {}\u{a0}%", whole_percent(share))
    }
}

fn answers_bar(answers: &Answers) -> String {
    let parts = LEGEND.into_iter().zip(kinds(answers));
    let parts: Vec<Part> = parts.map(|((class, ..), (_, share))| Part { class, share }).collect();
    bar(&parts, &in_words(answers))
}
