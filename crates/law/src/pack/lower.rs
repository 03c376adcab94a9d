//! From Cedar's syntax tree to a condition over finite facts; what is not finite is refused with
//! its reason.

use cedar_policy::{
    Policy,
    pst::{self, BinaryOp, Clause, EntityUID, Expr, Literal, UnaryOp, Var},
};

use crate::{
    error::nearest,
    vocabulary::{Domain, FactId, UNKNOWN_VALUE, Vocabulary},
};

/// Where a rule holds: a finite condition on facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Holds everywhere or nowhere.
    Constant(bool),
    /// The fact's value class is one of these, one bit a class.
    OneOf(FactId, u64),
    /// The number is less than this.
    Below(FactId, i64),
    /// `context.term.NAME`.
    Term(String),
    /// The condition does not hold.
    Not(Box<Self>),
    /// All hold.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// The second where the first holds, else the third.
    If(Box<[Self; 3]>),
}

impl Condition {
    fn not(self) -> Self {
        match self {
            Self::Constant(holds) => Self::Constant(!holds),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Calls `visit` with every fact the condition itself reads.
    pub(crate) fn each_fact(&self, visit: &mut impl FnMut(FactId)) {
        match self {
            Self::OneOf(fact, _) | Self::Below(fact, _) => visit(*fact),
            Self::Not(inner) => inner.each_fact(visit),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_fact(visit))
            }
            Self::If(parts) => parts.iter().for_each(|part| part.each_fact(visit)),
            Self::Constant(_) | Self::Term(_) => {}
        }
    }

    /// Calls `visit` with every term the condition reads.
    pub(crate) fn each_term<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        match self {
            Self::Term(name) => visit(name),
            Self::Not(inner) => inner.each_term(visit),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_term(visit))
            }
            Self::If(parts) => parts.iter().for_each(|part| part.each_term(visit)),
            Self::Constant(_) | Self::OneOf(..) | Self::Below(..) => {}
        }
    }
}

/// Why a policy cannot be read as a finite rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: String,
    /// Text to look for in the rule, to point at.
    pub(crate) needle: String,
}

/// Lowers scope and clauses of a policy. The constants that numbers are compared with are added to
/// `cuts`.
pub(crate) fn lower_policy(
    template: &pst::Template,
    vocabulary: &Vocabulary,
    cuts: &mut [Vec<i64>],
) -> Result<Condition, Vec<Refusal>> {
    let mut lowering = Lowering { vocabulary, cuts, refusals: Vec::new() };
    if template.principal != pst::PrincipalConstraint::Any {
        lowering.refuse(
            "law::outside_subset",
            "a rule may not limit `principal`",
            "whom a rule binds stands in the front matter: binds = […]",
            "principal",
        );
    }
    if template.resource != pst::ResourceConstraint::Any {
        lowering.refuse(
            "law::outside_subset",
            "a rule may not limit `resource`",
            "what is asked for is a fact: context.info_category, context.facility_area, …",
            "resource",
        );
    }
    let parts = template
        .clauses()
        .iter()
        .map(|clause| match clause {
            Clause::When(condition) => lowering.condition(condition),
            Clause::Unless(condition) => lowering.condition(condition).not(),
        })
        .collect();
    if lowering.refusals.is_empty() { Ok(all(parts)) } else { Err(lowering.refusals) }
}

/// Reads one Cedar expression, such as an `@always` condition.
pub(crate) fn lower_always(
    text: &str,
    vocabulary: &Vocabulary,
    cuts: &mut [Vec<i64>],
) -> Result<Condition, String> {
    let policy =
        Policy::parse(None, format!("permit (principal, action, resource) when {{ {text} }};"))
            .map_err(|error| error.to_string())?;
    let policy = policy.to_pst().map_err(|error| error.to_string())?;
    lower_policy(policy.body(), vocabulary, cuts).map_err(|refusals| {
        refusals.into_iter().map(|refusal| refusal.message).collect::<Vec<_>>().join("; ")
    })
}

/// Reads one Cedar expression under a vocabulary whose ranges are cut already: a number with which
/// nothing was compared before is refused, as value classes are those of the law.
pub(crate) fn lower_condition(text: &str, vocabulary: &Vocabulary) -> Result<Condition, String> {
    let mut cuts = vec![Vec::new(); vocabulary.facts.len()];
    let condition = lower_always(text, vocabulary, &mut cuts)?;
    for (fact, wanted) in vocabulary.facts.iter().zip(&cuts) {
        let Domain::Range { cuts: known, .. } = &fact.domain else { continue };
        if let Some(number) = wanted.iter().find(|number| !known.contains(number)) {
            let known: Vec<String> = known.iter().map(i64::to_string).collect();
            return Err(format!(
                "no rule tells `{}` below {number} from {number} or more; rules do at {}",
                fact.name,
                known.join(", ")
            ));
        }
    }
    Ok(condition)
}

fn all(mut parts: Vec<Condition>) -> Condition {
    match parts.len() {
        0 => Condition::Constant(true),
        1 => parts.swap_remove(0),
        _ => Condition::All(parts),
    }
}

struct Lowering<'a> {
    vocabulary: &'a Vocabulary,
    cuts: &'a mut [Vec<i64>],
    refusals: Vec<Refusal>,
}

/// What may stand on one side of a comparison.
enum Side {
    Fact(FactId),
    Number(i64),
    Entity(EntityUID),
    Condition(Condition),
}

impl Lowering<'_> {
    fn condition(&mut self, expression: &Expr) -> Condition {
        match expression {
            Expr::Literal(Literal::Bool(value)) => Condition::Constant(*value),
            Expr::GetAttr { .. } => match self.side(expression) {
                Some(Side::Fact(fact)) => self.true_fact(fact),
                Some(Side::Condition(condition)) => condition,
                Some(Side::Number(_) | Side::Entity(_)) | None => Condition::Constant(false),
            },
            Expr::UnaryOp { op: UnaryOp::Not, expr } => self.condition(expr).not(),
            Expr::BinaryOp { op: BinaryOp::And, left, right } => {
                let mut parts = Vec::new();
                for side in [left, right] {
                    match self.condition(side) {
                        Condition::All(inner) => parts.extend(inner),
                        other => parts.push(other),
                    }
                }
                all(parts)
            }
            Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
                let mut parts = Vec::new();
                for side in [left, right] {
                    match self.condition(side) {
                        Condition::Any(inner) => parts.extend(inner),
                        other => parts.push(other),
                    }
                }
                Condition::Any(parts)
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => Condition::If(Box::new([
                self.condition(cond),
                self.condition(then_expr),
                self.condition(else_expr),
            ])),
            Expr::BinaryOp { op, left, right } => self.comparison(*op, left, right),
            other => self.refuse_expression(other),
        }
    }

    fn comparison(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Condition {
        match op {
            BinaryOp::Contains => self.contains(left, right),
            BinaryOp::In => self.contains(right, left),
            BinaryOp::Eq => self.equal(left, right),
            BinaryOp::NotEq => self.equal(left, right).not(),
            BinaryOp::Less => self.ordered(left, right, 0),
            BinaryOp::LessEq => self.ordered(left, right, 1),
            BinaryOp::Greater => self.ordered(left, right, 1).not(),
            BinaryOp::GreaterEq => self.ordered(left, right, 0).not(),
            other => self.refused(
                "law::outside_subset",
                format!("`{other}` is outside the finite subset"),
                "&& || ! == != < <= > >= contains and if are what a rule may use",
                other.to_string(),
            ),
        }
    }

    /// `left < right + slack`, one of them a number.
    fn ordered(&mut self, left: &Expr, right: &Expr, slack: i64) -> Condition {
        match (self.side(left), self.side(right)) {
            (Some(Side::Fact(fact)), Some(Side::Number(number))) => {
                self.below(fact, number.saturating_add(slack))
            }
            // number < fact + slack: not (fact < number - slack + 1).
            (Some(Side::Number(number)), Some(Side::Fact(fact))) => {
                self.below(fact, number.saturating_add(1 - slack)).not()
            }
            (None, _) | (_, None) => Condition::Constant(false),
            _ => self.refused(
                "law::outside_subset",
                "only a fact and a whole number can be compared by size",
                "write context.years_since_conviction < 5",
                "",
            ),
        }
    }

    fn below(&mut self, fact: FactId, bound: i64) -> Condition {
        let Some(known) = self.vocabulary.facts.get(fact) else {
            return Condition::Constant(false);
        };
        let Domain::Range { low, high, .. } = &known.domain else {
            return self.refused(
                "law::wrong_type",
                format!("`{}` is not a number", known.name),
                format!("it is {}", known.expected()),
                known.name.clone(),
            );
        };
        if bound <= *low {
            return Condition::Constant(false);
        }
        if bound > *high {
            return Condition::Constant(true);
        }
        if let Some(cuts) = self.cuts.get_mut(fact) {
            cuts.push(bound);
        }
        Condition::Below(fact, bound)
    }

    fn equal(&mut self, left: &Expr, right: &Expr) -> Condition {
        match (self.side(left), self.side(right)) {
            (Some(Side::Fact(fact)), Some(Side::Entity(value)))
            | (Some(Side::Entity(value)), Some(Side::Fact(fact))) => self.value(fact, &value),
            (Some(Side::Fact(fact)), Some(Side::Number(number)))
            | (Some(Side::Number(number)), Some(Side::Fact(fact))) => {
                let at_most = self.below(fact, number.saturating_add(1));
                let less = self.below(fact, number);
                all(vec![at_most, less.not()])
            }
            (Some(Side::Fact(fact)), Some(Side::Condition(condition)))
            | (Some(Side::Condition(condition)), Some(Side::Fact(fact))) => {
                let fact = self.true_fact(fact);
                Condition::If(Box::new([condition, fact.clone(), fact.not()]))
            }
            (Some(Side::Fact(a)), Some(Side::Fact(b))) => {
                let (a, b) = (self.true_fact(a), self.true_fact(b));
                Condition::If(Box::new([a, b.clone(), b.not()]))
            }
            (Some(Side::Condition(a)), Some(Side::Condition(b))) => {
                Condition::If(Box::new([a, b.clone(), b.not()]))
            }
            (None, _) | (_, None) => Condition::Constant(false),
            _ => self.refused(
                "law::outside_subset",
                "this comparison reads no fact",
                "compare a fact with one of its values",
                "",
            ),
        }
    }

    /// `[A::"x", A::"y"].contains(context.fact)`, also written `context.fact in [...]`.
    fn contains(&mut self, set: &Expr, member: &Expr) -> Condition {
        let Some(Side::Fact(fact)) = self.side(member) else {
            return self.refused(
                "law::outside_subset",
                "only a fact can be looked for in a list",
                "write [LegalProcess::\"i200\", …].contains(context.legal_process)",
                "contains",
            );
        };
        let Expr::Set(values) = set else {
            return self.refused(
                "law::outside_subset",
                "the list must be written out",
                "write [LegalProcess::\"i200\", …].contains(context.legal_process)",
                "contains",
            );
        };
        let mut classes = 0;
        for value in values {
            match self.side(value) {
                Some(Side::Entity(value)) => match self.value(fact, &value) {
                    Condition::OneOf(_, class) => classes |= class,
                    _ => return Condition::Constant(false),
                },
                Some(_) => {
                    return self.refused(
                        "law::outside_subset",
                        "the list may hold only values of the fact",
                        "numbers are compared with < and >=",
                        "contains",
                    );
                }
                None => return Condition::Constant(false),
            }
        }
        Condition::OneOf(fact, classes)
    }

    fn value(&mut self, fact: FactId, value: &EntityUID) -> Condition {
        let Some(known) = self.vocabulary.facts.get(fact) else {
            return Condition::Constant(false);
        };
        let type_name = value.ty.to_string();
        if known.cedar_type.as_deref() != Some(type_name.as_str()) {
            let help = match &known.cedar_type {
                Some(right) => format!("its values are {right}::\"…\""),
                None => format!("it is {}", known.expected()),
            };
            return self.refused(
                "law::wrong_type",
                format!("`{}` is compared with a {type_name}", known.name),
                help,
                type_name,
            );
        }
        if value.eid == UNKNOWN_VALUE {
            return self.refused(
                "law::unknown_value",
                format!("`{}` is compared with `unknown`", known.name),
                "unknown means that the fact is not known; a rule cannot turn on that",
                "\"unknown\"",
            );
        }
        let Some(class) = known.class_of(&value.eid) else {
            let values: Vec<&str> = match &known.domain {
                Domain::Values(values) => values.iter().map(|value| value.name.as_str()).collect(),
                Domain::Bool | Domain::Range { .. } => Vec::new(),
            };
            let help = nearest(&value.eid, values.into_iter());
            return self.refused(
                "law::unknown_value",
                format!("`{}` has no value `{}`", known.name, value.eid),
                help,
                format!("\"{}\"", value.eid),
            );
        };
        Condition::OneOf(fact, 1 << class)
    }

    fn true_fact(&mut self, fact: FactId) -> Condition {
        let Some(known) = self.vocabulary.facts.get(fact) else {
            return Condition::Constant(false);
        };
        match known.domain {
            Domain::Bool => Condition::OneOf(fact, 0b10),
            Domain::Values(_) | Domain::Range { .. } => self.refused(
                "law::wrong_type",
                format!("`{}` is not true or false", known.name),
                "compare it with one of its values",
                known.name.clone(),
            ),
        }
    }

    /// One side of a comparison; `None` where it was refused.
    fn side(&mut self, expression: &Expr) -> Option<Side> {
        match expression {
            Expr::Literal(Literal::Long(number)) => Some(Side::Number(*number)),
            Expr::UnaryOp { op: UnaryOp::Neg, expr } => match &**expr {
                Expr::Literal(Literal::Long(number)) => Some(Side::Number(number.saturating_neg())),
                _ => {
                    self.refuse_expression(expression);
                    None
                }
            },
            Expr::Literal(Literal::EntityUID(value)) => Some(Side::Entity(value.clone())),
            Expr::GetAttr { expr, attr } if matches!(&**expr, Expr::Var(Var::Context)) => {
                let found = self.vocabulary.fact_id(attr);
                if found.is_none() {
                    let help = nearest(attr, self.vocabulary.fact_names());
                    self.refuse(
                        "law::unknown_fact",
                        format!("unknown fact `{attr}`"),
                        help,
                        format!("context.{attr}"),
                    );
                }
                found.map(Side::Fact)
            }
            Expr::GetAttr { expr, attr } => match &**expr {
                Expr::GetAttr { expr: outer, attr: term }
                    if term == "term" && matches!(&**outer, Expr::Var(Var::Context)) =>
                {
                    Some(Side::Condition(Condition::Term(attr.to_string())))
                }
                _ => {
                    self.refuse_expression(expression);
                    None
                }
            },
            other => {
                let before = self.refusals.len();
                let condition = self.condition(other);
                (self.refusals.len() == before).then_some(Side::Condition(condition))
            }
        }
    }

    fn refuse_expression(&mut self, expression: &Expr) -> Condition {
        let mut operator = None;
        let (what, needle) = match expression {
            Expr::Literal(Literal::String(_)) => ("text", "\""),
            Expr::Literal(_) => ("this literal", ""),
            Expr::Var(_) => ("a bare variable", ""),
            Expr::Slot(_) => ("a template's slot", "?"),
            Expr::HasAttr { .. } => ("`has`", " has "),
            Expr::Like { .. } => ("`like`", " like "),
            Expr::Is { .. } => ("`is`", " is "),
            Expr::Set(_) => ("a list that nothing is looked for in", "["),
            Expr::Record(_) => ("a record", "{"),
            Expr::GetAttr { .. } => ("an attribute of anything but `context`", "."),
            Expr::UnaryOp { op, .. } => ("this function", operator.insert(op.to_string()).as_str()),
            _ => ("this construct", ""),
        };
        self.refused("law::outside_subset", format!("{what} is outside the finite subset"), "facts of the vocabulary, their values, && || ! == < contains and if are what a rule may use", needle)
    }

    fn refused(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
        needle: impl Into<String>,
    ) -> Condition {
        self.refuse(code, message, help, needle);
        Condition::Constant(false)
    }

    fn refuse(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
        needle: impl Into<String>,
    ) {
        self.refusals.push(Refusal {
            code,
            message: message.into(),
            help: help.into(),
            needle: needle.into(),
        });
    }
}
