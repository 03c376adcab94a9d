//! The kinds of situation of one act, grouped by the pair of answers, each as a card.

use std::fmt::Write as _;

use bylaw_law::{
    Class, Comparison,
    vocabulary::{Fact, FactId},
};

use super::{
    super::{
        super::{
            page::{self, Code, Escaped, answer},
            words::{self, capital, number},
        },
        pairs::{Group, groups},
    },
    UNFOLDED, Writer, cases, part_of,
};

/// So many cards of a group are seen at once; smaller ones are folded once more.
const AT_ONCE: usize = 5;

impl Writer<'_> {
    /// All groups, folded where the page would be long.
    pub(super) fn groups(&self, out: &mut String, act: &Comparison) {
        let open = if self.report.kinds() <= UNFOLDED { " open" } else { "" };
        for group in groups(act) {
            let kinds = number(group.classes.len(), "kind of situation", "kinds of situation");
            let answers = capital(&self.report.answers(group.a, group.b));
            _ = writeln!(
                out,
                "<details{open}>\n<summary>{} <span class=\"soft\">({kinds}, {} of all cases)</span></summary>",
                Escaped(&answers),
                part_of(group.cases, act),
            );
            self.cards(out, act, &group);
            out.push_str("</details>\n");
        }
    }

    fn cards(&self, out: &mut String, act: &Comparison, group: &Group<'_>) {
        let (first, rest) = group.classes.split_at(group.classes.len().min(AT_ONCE));
        self.list(out, act, first);
        if rest.is_empty() {
            return;
        }
        let share: u128 = rest.iter().map(|class| class.cases).sum();
        _ = writeln!(
            out,
            "<details>\n<summary>{} <span class=\"soft\">({} of all cases)</span></summary>",
            number(rest.len(), "smaller kind", "smaller kinds"),
            part_of(share, act),
        );
        self.list(out, act, rest);
        out.push_str("</details>\n");
    }

    fn list(&self, out: &mut String, act: &Comparison, classes: &[&Class]) {
        out.push_str("<ol class=\"kinds\">\n");
        for class in classes {
            self.card(out, act, class);
        }
        out.push_str("</ol>\n");
    }

    fn card(&self, out: &mut String, act: &Comparison, class: &Class) {
        let pair = &self.report.pair;
        _ = writeln!(
            out,
            "<li>\n<p class=\"share\"><b>{}</b> of all cases <span class=\"soft\">({})</span></p>\n<dl class=\"sides\">",
            part_of(class.cases, act),
            cases(class.cases),
        );
        for (name, law, word, because) in [
            (&pair.a_name, pair.a.law, class.a, &class.a_because),
            (&pair.b_name, pair.b.law, class.b, &class.b_because),
        ] {
            _ = writeln!(
                out,
                "<div><dt>{}: {}</dt><dd>{}</dd></div>",
                Escaped(&capital(name)),
                answer(word),
                if because.is_empty() {
                    "<p class=\"why\">No rule speaks about it.</p>".to_owned()
                } else {
                    page::rules(law, because)
                },
            );
        }
        out.push_str("</dl>\n");
        self.story(out, act, class);
        self.common(out, class);
        self.request(out, act, class);
        out.push_str("</li>\n");
    }

    /// The plainest case, as questions and answers.
    fn story(&self, out: &mut String, act: &Comparison, class: &Class) {
        let vocabulary = &self.report.pair.a.law.vocabulary;
        let actor = class.story.iter().find(|(fact, _)| self.is_actor(*fact)).copied();
        let who = actor
            .and_then(|(fact, class)| Some(vocabulary.facts.get(fact)?.class_label(class)))
            .unwrap_or_else(|| "Anyone".to_owned());
        let say = self.report.act_says(act.action);
        _ = write!(
            out,
            "<p class=\"story\">For example: <strong>{}. {}.</strong>",
            Escaped(&who),
            Escaped(say)
        );
        let mut told = class.story.clone();
        told.sort_unstable();
        for (fact, value) in told.into_iter().filter(|(fact, _)| !self.is_actor(*fact)) {
            if let Some(fact) = vocabulary.facts.get(fact) {
                let value = capital(&fact.class_label(value));
                _ = write!(out, " {} <strong>{}.</strong>", Escaped(&fact.ask), Escaped(&value));
            }
        }
        out.push_str("</p>\n");
    }

    /// What all cases of the kind share.
    fn common(&self, out: &mut String, class: &Class) {
        let facts = &self.report.pair.a.law.vocabulary.facts;
        if class.common.is_empty() {
            let words = if class.exact {
                "It is every possible case."
            } else {
                "Its cases share no single fact."
            };
            _ = writeln!(out, "<p class=\"why\">{words}</p>");
            return;
        }
        let caption = if class.exact {
            "These are exactly the possible cases in which:"
        } else {
            "All of these cases share this; some cases that share it are of another kind:"
        };
        _ = writeln!(out, "<table class=\"facts\">\n<caption>{caption}</caption>\n<tbody>");
        let mut common = class.common.clone();
        common.sort_by_key(|&(fact, _)| (!self.is_actor(fact), fact));
        for (id, classes) in common {
            let Some(fact) = facts.get(id) else { continue };
            let values = self.values(id, fact, classes);
            _ = writeln!(
                out,
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                Escaped(&fact.ask),
                Escaped(&values)
            );
        }
        out.push_str("</tbody>\n</table>\n");
    }

    /// The values that a fact has in a kind; staff among those who are compared at all.
    fn values(&self, id: FactId, fact: &Fact, classes: u64) -> String {
        let (asked, ..) = self.report.actors;
        match self.is_actor(id) {
            true if classes == asked => "all whom this comparison is about".to_owned(),
            true => words::values(fact, classes, asked),
            false => words::values(fact, classes, words::every(fact)),
        }
    }

    fn is_actor(&self, fact: FactId) -> bool {
        fact == self.report.pair.a.law.vocabulary.actor_kind()
    }

    /// How to decide the example by oneself.
    fn request(&self, out: &mut String, act: &Comparison, class: &Class) {
        let (a, b) = (self.report.pair.a, self.report.pair.b);
        let request = a.law.request(a, act.action, &class.example);
        let other = if self.report.pair.drafted {
            "For the draft, add <code>--packs</code> with a folder of all packs and the draft."
                .to_owned()
        } else {
            format!(
                "For the second law, write jurisdiction {} and on {} instead.",
                Code(&b.jurisdiction.path),
                Code(&b.on.to_string())
            )
        };
        _ = writeln!(
            out,
            "<details class=\"request\">\n<summary>Check it: the whole example as a request</summary>\n\
             <p>Save this as a file and run <code>bylaw decide</code> with its name. {other}</p>\n\
             <pre>{}</pre>\n</details>",
            Escaped(&request.to_string())
        );
    }
}
