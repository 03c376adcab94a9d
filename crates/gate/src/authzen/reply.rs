//! What a caller is told: `decision`, and in `context` the answer with its citations, what is still
//! needed, the duties, the record and where its receipt is.

use bylaw_law::{
    Decision, Duty, Law, RuleId, Word,
    pack::When,
    vocabulary::{FactId, Who},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    case::{OpenCase, Useless},
    decide::{Answered, act_name, names},
};

/// The reply to one evaluation.
#[derive(Debug, Serialize)]
pub(crate) struct Reply<'a> {
    pub(crate) decision: bool,
    pub(crate) context: Context<'a>,
}

/// The reply to one item of a batch that could not be evaluated.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    decision: bool,
    context: RefusalContext,
}

#[derive(Debug, Serialize)]
struct RefusalContext {
    error: ItemError,
}

#[derive(Debug, Serialize)]
struct ItemError {
    status: u16,
    message: String,
}

/// Everything besides the decision.
#[derive(Debug, Serialize)]
pub(crate) struct Context<'a> {
    answer: Word,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    protected: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    contested: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    conflict: bool,
    /// Why it is denied, for a program: the answer, or a code of the access-request profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    because: Vec<Because<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<Need<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<Obligation<'a>>,
    /// Duties that may be owed, depending on facts that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Owed<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumed: Vec<&'a str>,
    law: &'a str,
    on: Date,
    record: u64,
    receipt: String,
    evaluated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_request: Option<AccessRequest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Approval<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_action: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Because<'a> {
    rule: &'a str,
    cite: &'a str,
    instrument: &'a str,
    status: &'a str,
}

/// A fact that the answer depends on.
#[derive(Debug, Serialize)]
struct Need<'a> {
    fact: &'a str,
    ask: &'a str,
    /// Which desk can know it.
    who: Who,
}

/// A duty, as the obligations profile says it: the caller must see to it, or deny.
#[derive(Debug, Serialize)]
pub(crate) struct Obligation<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    properties: Owed<'a>,
}

#[derive(Debug, Serialize)]
struct Owed<'a> {
    vendor: &'static str,
    act: &'a str,
    say: &'a str,
    when: When,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<&'a str>,
    because: Vec<Because<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<&'a str>,
}

/// How to bring what is missing.
#[derive(Debug, Serialize)]
struct AccessRequest<'a> {
    endpoint: String,
    template: &'static str,
    expires_at: Timestamp,
    display: Display<'a>,
}

/// Words for a person.
#[derive(Debug, Serialize)]
pub(crate) struct Display<'a> {
    pub(crate) title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
}

/// The reference that a decision took up.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Approval<'a> {
    pub(crate) id: &'a str,
    pub(crate) approved_until: Timestamp,
}

/// What a call brought with it in `context.approval`.
#[derive(Debug)]
pub(crate) enum Brought<'a> {
    Nothing,
    Used(Approval<'a>),
    Useless(Useless),
}

/// An answer that is recorded, ready to be told.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) law: &'a Law,
    pub(crate) answered: &'a Answered<'a>,
    pub(crate) case: &'a OpenCase,
    pub(crate) brought: &'a Brought<'a>,
    pub(crate) record: u64,
    pub(crate) at: Timestamp,
    pub(crate) public_url: &'a str,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: String) -> Self {
        Self { decision: false, context: RefusalContext { error: ItemError { status, message } } }
    }
}

impl<'a> Told<'a> {
    pub(crate) fn reply(&self) -> Reply<'a> {
        let (decision, allowed) = (&self.answered.decision, self.answered.allowed);
        let access_request = self.access_request();
        let reason = (!allowed).then(|| self.reason());
        let next_action = match self.brought {
            Brought::Nothing => None,
            _ if allowed => None,
            _ => Some(if access_request.is_some() { "request" } else { "none" }),
        };
        let approval = match self.brought {
            Brought::Used(approval) if allowed => Some(approval.clone()),
            _ => None,
        };
        let context = Context {
            answer: decision.word,
            protected: decision.protected,
            contested: decision.contested(),
            conflict: decision.conflict,
            reason,
            because: because(self.law, &decision.because),
            needs: needs(self.law, &decision.needs),
            obligations: obligations(self.law, decision),
            also: decision
                .also
                .iter()
                .filter(|duty| !duty.needs.is_empty())
                .map(|duty| owed(self.law, duty))
                .collect(),
            assumed: names(self.law, &decision.assumed),
            law: &decision.jurisdiction.hash,
            on: decision.on,
            record: self.record,
            receipt: format!("{}/receipts/{}", self.public_url, self.record),
            evaluated_at: self.at,
            evaluation_id: self.case.reference.as_deref(),
            access_request,
            approval,
            next_action,
        };
        Reply { decision: allowed, context }
    }

    /// A denial's reason: of a call that brought a reference, what the access-request profile calls
    /// it; else the answer.
    fn reason(&self) -> &'static str {
        match self.brought {
            Brought::Useless(Useless::Unknown) => "approval_unverifiable",
            Brought::Useless(Useless::Expired) => "approval_expired",
            Brought::Useless(Useless::OutOfScope) => "out_of_scope",
            Brought::Used(_) if !self.answered.is_open() => "policy_denied",
            _ => self.answered.decision.word.name(),
        }
    }

    fn access_request(&self) -> Option<AccessRequest<'a>> {
        self.case.reference.as_ref()?;
        Some(AccessRequest {
            endpoint: format!("{}/access/v1/requests", self.public_url),
            template: self.answered.decision.word.name(),
            expires_at: self.case.kept.as_ref()?.until,
            display: display(self.law, self.answered),
        })
    }
}

/// What a person reads about an answer that is still open, or about how it ended.
pub(crate) fn display<'a>(law: &'a Law, answered: &Answered<'_>) -> Display<'a> {
    let decision = &answered.decision;
    let staff = answered.asked.question.facts.class(law.vocabulary.actor_kind());
    let path = &decision.jurisdiction.path;
    let words = law.guidance.words(path, decision.action, decision.word, staff);
    let title = match decision.word {
        Word::NeedsFacts => "Facts are missing",
        Word::Refer => "Counsel decides",
        Word::Must | Word::May => "It may be done",
        Word::MustNot => "It must not be done",
        Word::Unregulated => "The law is silent",
    };
    Display { title, description: words.map(|words| words.headline.as_str()) }
}

/// The duties that are owed for certain. Those that hang on unknown facts are told besides: an
/// obligation binds the caller.
pub(crate) fn obligations<'a>(law: &'a Law, decision: &Decision<'a>) -> Vec<Obligation<'a>> {
    let certain = decision.also.iter().filter(|duty| duty.needs.is_empty());
    certain
        .zip(1..)
        .map(|(duty, number)| Obligation {
            id: format!("duty-{number}"),
            kind: "custom",
            properties: owed(law, duty),
        })
        .collect()
}

fn owed<'a>(law: &'a Law, duty: &Duty) -> Owed<'a> {
    let due = duty.because.first().and_then(|&rule| law.rule(rule).due.as_deref());
    Owed {
        vendor: "bylaw",
        act: act_name(law, duty.action),
        say: law.vocabulary.actions.get(duty.action).map_or("", |action| action.say.as_str()),
        when: duty.when,
        due,
        because: because(law, &duty.because),
        needs: names(law, &duty.needs),
    }
}

fn because<'a>(law: &'a Law, rules: &[RuleId]) -> Vec<Because<'a>> {
    let cited = |&id: &RuleId| {
        let rule = law.rule(id);
        Because {
            rule: &rule.id,
            cite: &rule.cite,
            instrument: &law.instrument_of(id).title,
            status: &rule.status,
        }
    };
    rules.iter().map(cited).collect()
}

fn needs<'a>(law: &'a Law, facts: &[FactId]) -> Vec<Need<'a>> {
    let facts = facts.iter().filter_map(|&fact| law.vocabulary.facts.get(fact));
    facts.map(|fact| Need { fact: &fact.name, ask: &fact.ask, who: fact.who }).collect()
}
