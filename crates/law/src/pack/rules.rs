//! The rules and terms of one Cedar block.

use std::{collections::BTreeMap, ops::Range};

use cedar_policy::{ParseErrors, Policy, PolicyId, PolicySet, pst};
use jiff::civil::Date;

use super::{
    Modality, Provision, Rule, Span, Term, When, first_label,
    lower::{Condition, Refusal, lower_policy},
    markdown::Block,
};
use crate::{
    error::{Problem, SourceFile, nearest},
    sources::Standing,
    vocabulary::{ActionId, Vocabulary},
};

/// Every annotation that means something.
const ANNOTATIONS: [&str; 14] = [
    "id",
    "cite",
    "status",
    "modality",
    "overrides",
    "contested",
    "from",
    "until",
    "due",
    "before",
    "upon",
    "after",
    "term",
    "note",
];

/// Reads one block into the provision.
pub(super) fn read(
    file: &SourceFile,
    block: Block,
    instrument: Span,
    vocabulary: &Vocabulary,
    cuts: &mut [Vec<i64>],
    provision: &mut Provision,
    problems: &mut Vec<Problem>,
) {
    // Cedar reads a whole block faster than its policies one by one; what it refuses is read again,
    // to find every place.
    let whole: Option<PolicySet> = block.text.parse().ok();
    for (number, statement) in statements(&block.text).into_iter().enumerate() {
        let text = block.text.get(statement.clone()).unwrap_or_default();
        let place = block.place.start + statement.start..block.place.start + statement.end;
        let policy =
            whole.as_ref().and_then(|set| set.policy(&PolicyId::new(format!("policy{number}"))));
        let policy = policy.map_or_else(|| Policy::parse(None, text), |policy| Ok(policy.clone()));
        let what = What::Rule;
        let mut reader =
            Reader { what, file, text, place, vocabulary, cuts, problems, sound: true };
        reader.read(policy, instrument, provision);
    }
}

/// The policies of a block: each ends with a semicolon outside strings and comments.
pub(super) fn statements(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(&inside) = bytes.get(at) {
                    match inside {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                    at += 1;
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while bytes.get(at).is_some_and(|&inside| inside != b'\n') {
                    at += 1;
                }
            }
            b';' => {
                found.push(start..at + 1);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push(start..text.len());
    for range in &mut found {
        let piece = text.get(range.clone()).unwrap_or_default();
        range.start += piece.len() - piece.trim_start().len();
    }
    found.retain(|range| {
        let piece = text.get(range.clone()).unwrap_or_default();
        piece.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
    });
    found
}

/// Where a policy's scope begins, behind its annotations.
fn body(text: &str) -> usize {
    let mut in_text = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'p' | b'f' if !in_text => {
                let rest = text.get(at..).unwrap_or_default();
                if rest.starts_with("permit") || rest.starts_with("forbid") {
                    return at;
                }
            }
            _ => {}
        }
    }
    0
}

/// What a policy is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A rule or a term.
    Rule,
    Claim,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Claim => "claim",
        }
    }

    /// Where authors find what one looks like.
    const fn see(self) -> &'static str {
        match self {
            Self::Rule => "see docs/packs.md for what a rule looks like",
            Self::Claim => "see docs/claims.md for what a claim looks like",
        }
    }
}

/// One policy on its way to a rule, a term or a claim.
pub(super) struct Reader<'a> {
    pub(super) what: What,
    pub(super) file: &'a SourceFile,
    pub(super) text: &'a str,
    pub(super) place: Range<usize>,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) cuts: &'a mut [Vec<i64>],
    pub(super) problems: &'a mut Vec<Problem>,
    pub(super) sound: bool,
}

/// A policy's annotations by their names.
pub(super) type Notes<'a> = BTreeMap<&'a str, &'a str>;

impl Reader<'_> {
    /// The policy's syntax tree.
    pub(super) fn template(
        &mut self,
        policy: Result<Policy, ParseErrors>,
    ) -> Option<(Policy, pst::Template)> {
        let policy = match policy {
            Ok(policy) => policy,
            Err(error) => {
                let label = first_label(&error).unwrap_or(0..1);
                let place = self.place.start + label.start..self.place.start + label.end;
                self.problems.push(
                    Problem::new("law::cedar", error.to_string())
                        .help(self.what.see())
                        .at(self.file, place),
                );
                return None;
            }
        };
        // `Policy::to_pst` would parse the text a second time; the tree is at hand.
        match pst::Policy::try_from(policy.as_ref().clone()) {
            Ok(pst::Policy::Static(read)) => Some((policy, read.body().clone())),
            Ok(_) => {
                let what = self.what.name();
                let help = format!("write the {what} out");
                self.problem("law::outside_subset", format!("a template is no {what}"), help, "?");
                None
            }
            Err(error) => {
                self.problem("law::cedar", error.to_string(), self.what.see(), "");
                None
            }
        }
    }

    /// The policy's annotations, all of which must be known.
    pub(super) fn notes<'t>(&mut self, template: &'t pst::Template, known: &[&str]) -> Notes<'t> {
        let notes: Notes<'_> = template
            .annotations
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        for &key in notes.keys().filter(|key| !known.contains(key)) {
            let help = nearest(key, known.iter().copied());
            self.problem(
                "law::unknown_annotation",
                format!("unknown annotation `@{key}`"),
                help,
                &format!("@{key}"),
            );
        }
        notes
    }

    /// The condition of scope and clauses.
    pub(super) fn condition(&mut self, template: &pst::Template) -> Option<Condition> {
        match lower_policy(template, self.vocabulary, self.cuts) {
            Ok(condition) => Some(condition),
            Err(refusals) => {
                for Refusal { code, message, help, needle } in refusals {
                    self.problem(code, message, help, &needle);
                }
                None
            }
        }
    }

    fn read(
        &mut self,
        policy: Result<Policy, ParseErrors>,
        instrument: Span,
        provision: &mut Provision,
    ) {
        let Some((policy, template)) = self.template(policy) else { return };
        let notes = self.notes(&template, &ANNOTATIONS);
        let condition = self.condition(&template);
        let cite = self.required(
            &notes,
            "cite",
            "law::missing_citation",
            "say where it stands in the law",
        );
        let status = self.required(
            &notes,
            "status",
            "law::missing_status",
            "say how far it was verified, and against what",
        );
        if !status.is_empty() && Standing::of(&status).is_none() {
            self.problem(
                "law::missing_status",
                format!("`{status}` is no verification status"),
                "begin it with `verified`, `part verified`, `from memory` or `drafted`",
                "@status",
            );
        }
        let contested = notes.get("contested").map(|&name| name.to_owned());
        let span = self.span(&notes, instrument);
        if let Some(&name) = notes.get("term") {
            if template.effect != pst::Effect::Permit {
                self.problem(
                    "law::term",
                    format!("the term `{name}` is a `forbid`"),
                    "a term is a permit whose truth becomes context.term.NAME",
                    "forbid",
                );
            }
            if name.is_empty()
                || !name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            {
                self.problem(
                    "law::term",
                    format!("`{name}` cannot name a term"),
                    "small letters, digits and underscores",
                    "@term",
                );
            }
            if !self.sound {
                provision.unsound.push(name.to_owned());
            } else if let Some(condition) = condition {
                provision.terms.push(Term {
                    name: name.to_owned(),
                    cite,
                    status,
                    contested,
                    span,
                    condition,
                    policy,
                    place: self.place.clone(),
                });
            }
            return;
        }
        let id = self.required(
            &notes,
            "id",
            "law::missing_id",
            "name it: @id(\"LAW-SECTION\"), a heading's further rules ID/word",
        );
        if id.bytes().any(|byte| byte.is_ascii_whitespace()) {
            self.problem(
                "law::missing_id",
                format!("`{id}` has a blank in it"),
                "ids are single words",
                "@id",
            );
        }
        let modality = self.modality(&notes, template.effect);
        let actions = self.actions(&template.action);
        let ties = self.ties(&notes, modality);
        let overrides = notes
            .get("overrides")
            .into_iter()
            .flat_map(|ids| ids.split_whitespace())
            .map(str::to_owned)
            .collect();
        let due = notes.get("due").map(|&due| due.to_owned());
        if !self.sound {
            provision.unsound.push(id);
        } else if let Some(condition) = condition {
            let policy = policy.new_id(PolicyId::new(&id));
            let place = self.place.clone();
            provision.rules.push(Rule {
                id,
                cite,
                status,
                modality,
                actions,
                overrides,
                contested,
                span,
                due,
                ties,
                condition,
                policy,
                place,
            });
        }
    }

    pub(super) fn required(
        &mut self,
        notes: &Notes<'_>,
        key: &str,
        code: &'static str,
        help: &str,
    ) -> String {
        let text = notes.get(key).copied().unwrap_or_default().trim();
        if text.is_empty() {
            let id = notes.get("id").or_else(|| notes.get("term"));
            let name =
                id.map_or_else(|| format!("this {}", self.what.name()), |id| format!("`{id}`"));
            self.problem(code, format!("{name} has no @{key}"), help, "");
        }
        text.to_owned()
    }

    pub(super) fn span(&mut self, notes: &Notes<'_>, instrument: Span) -> Span {
        let mut date = |key: &str| {
            let text = notes.get(key)?;
            let date = text.parse::<Date>().ok();
            if date.is_none() {
                self.problem(
                    "law::bad_date",
                    format!("`{text}` is not a date"),
                    "write 2018-01-01",
                    &format!("@{key}"),
                );
            }
            date
        };
        let (from, until) = (date("from"), date("until"));
        let (file, within) = match self.what {
            What::Rule => ("instrument", "a rule is in force within its instrument's dates"),
            What::Claim => ("file's days", "a claim speaks of days within the `days` of its file"),
        };
        let what = self.what.name();
        if from.is_some_and(|from| from < instrument.from) {
            let message = format!("the {what} starts before its {file}");
            self.problem("law::dates", message, within, "@from");
        }
        let own = Span { from: from.unwrap_or(instrument.from), until };
        let span = own.intersect(instrument);
        if span.until.is_some_and(|until| until <= span.from) {
            let help = format!(
                "{within}; @until is the first day no longer {}",
                if self.what == What::Rule { "in force" } else { "claimed" }
            );
            self.problem("law::dates", format!("the {what} ends before it starts"), help, "@until");
        }
        span
    }

    fn modality(&mut self, notes: &Notes<'_>, effect: pst::Effect) -> Modality {
        match (effect, notes.get("modality").copied()) {
            (pst::Effect::Forbid, None | Some("must_not")) => Modality::MustNot,
            (pst::Effect::Permit, None | Some("may")) => Modality::May,
            (pst::Effect::Permit, Some("must")) => Modality::Must,
            (pst::Effect::Permit, Some("may_protected")) => Modality::MayProtected,
            (pst::Effect::Permit, Some("refer")) => Modality::Refer,
            (_, Some(other)) => {
                let help = "a forbid is must_not; a permit is may, or @modality(\"must\"), \"may_protected\" or \"refer\"";
                self.problem(
                    "law::modality",
                    format!("`{other}` is no modality of a {effect}"),
                    help,
                    "@modality",
                );
                Modality::MustNot
            }
        }
    }

    pub(super) fn actions(&mut self, constraint: &pst::ActionConstraint) -> Vec<ActionId> {
        let named: Vec<&pst::EntityUID> = match constraint {
            pst::ActionConstraint::Any => {
                self.problem(
                    "law::no_action",
                    "the rule names no act",
                    "write action == Action::\"…\" or action in [Action::\"…\", …]",
                    "action",
                );
                Vec::new()
            }
            pst::ActionConstraint::Eq(action) => vec![action],
            pst::ActionConstraint::In(actions) => actions.iter().collect(),
        };
        let mut actions: Vec<ActionId> = named
            .into_iter()
            .filter_map(|action| self.action(action.eid.as_str(), action.eid.as_str()))
            .collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }

    /// The act of that name; a problem at `needle` where there is none.
    fn action(&mut self, name: &str, needle: &str) -> Option<ActionId> {
        let found = self.vocabulary.action_id(name);
        if found.is_none() {
            let help =
                nearest(name, self.vocabulary.actions.iter().map(|action| action.name.as_str()));
            self.problem("law::unknown_action", format!("unknown act `{name}`"), help, needle);
        }
        found
    }

    fn ties(&mut self, notes: &Notes<'_>, modality: Modality) -> Vec<(When, Vec<ActionId>)> {
        let mut ties = Vec::new();
        for when in [When::Before, When::Upon, When::After] {
            let Some(names) = notes.get(when.name()) else { continue };
            let mut actions: Vec<ActionId> = names
                .split_whitespace()
                .filter_map(|name| self.action(name, &format!("@{}", when.name())))
                .collect();
            actions.sort_unstable();
            if names.trim().is_empty() {
                self.problem(
                    "law::no_action",
                    format!("@{} names no act", when.name()),
                    "list the acts, with blanks between",
                    when.name(),
                );
            }
            ties.push((when, actions));
        }
        if !ties.is_empty() && modality != Modality::Must {
            self.problem(
                "law::tie",
                "only a duty is owed before, upon or after a request",
                "add @modality(\"must\"), or leave the tie out",
                &ties.first().map_or_else(String::new, |(when, _)| format!("@{}", when.name())),
            );
        }
        ties
    }

    /// Reports a problem at the first place where `needle` stands in the rule, its annotations
    /// last, or at its beginning.
    pub(super) fn problem(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
        needle: &str,
    ) {
        self.sound = false;
        let body = body(self.text);
        let in_body = self.text.get(body..).and_then(|text| text.find(needle)).map(|at| body + at);
        let found = in_body.or_else(|| self.text.find(needle)).filter(|_| !needle.is_empty());
        let start = self.place.start + found.unwrap_or(0);
        let length = if found.is_some() {
            needle.len()
        } else {
            self.text.lines().next().map_or(1, str::len)
        };
        self.problems
            .push(Problem::new(code, message).help(help).at(self.file, start..start + length));
    }
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn statements_end_at_semicolons_outside_strings_and_comments() {
        let text = "// a; b\n@id(\"x; \\\" y\") permit (a); \n\n forbid (b)\n; // end; \n";
        let found: Vec<&str> =
            statements(text).into_iter().filter_map(|range| text.get(range)).collect();
        assert_eq!(found, ["// a; b\n@id(\"x; \\\" y\") permit (a);", "forbid (b)\n;"]);
    }
}
