//! What can be wrong with a mapping file, and with a call that is read through one.

use std::sync::Arc;

use bylaw_law::QuestionError;
use miette::{Diagnostic, NamedSource, SourceSpan};

/// A mapping file that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("the mapping `{name}` cannot be used: {} {}", problems.len(), if problems.len() == 1 { "problem" } else { "problems" })]
#[diagnostic(code(mapping::file))]
pub struct MappingError {
    /// The file's name.
    pub name: String,
    /// Every problem, in the file's order.
    #[related]
    pub problems: Vec<Problem>,
}

/// One problem of a mapping file.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(mapping::file))]
pub struct Problem {
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    #[help]
    pub help: String,
    #[source_code]
    source_code: NamedSource<Arc<str>>,
    #[label("here")]
    span: SourceSpan,
}

impl Problem {
    pub(super) fn new(
        message: String,
        help: String,
        source_code: NamedSource<Arc<str>>,
        span: SourceSpan,
    ) -> Self {
        Self { message, help, source_code, span }
    }

    /// The line in the file, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        let before = self.source_code.inner().as_bytes().iter().take(self.span.offset());
        before.filter(|&&byte| byte == b'\n').count() + 1
    }
}

/// A call that no question can be made of, or whose question the law cannot take.
///
/// Names the place and the remedy, never the value: that may be anybody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Refused {
    /// A required member is left out.
    #[error("`{place}` is missing")]
    #[diagnostic(
        code(mapping::missing),
        help(
            "every evaluation names subject.type, subject.id, action.name, resource.type and resource.id"
        )
    )]
    Missing {
        /// The member.
        place: &'static str,
    },
    /// A name that no system gives.
    #[error("`{place}` has more than {limit} bytes")]
    #[diagnostic(code(mapping::too_long), help("send the name by which the thing is known"))]
    TooLong {
        /// The member.
        place: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The mapping has no such action.
    #[error("`action.name` is not an action that this client's mapping knows; {help}")]
    #[diagnostic(code(mapping::unknown_action), help("{help}"))]
    UnknownAction {
        /// The nearest ones.
        help: String,
    },
    /// Not a value of the fact.
    #[error("`{place}` is not a value of `{fact}`; {help}")]
    #[diagnostic(code(mapping::not_a_value), help("{help}"))]
    NotAValue {
        /// Where it was read.
        place: String,
        /// The fact.
        fact: String,
        /// The nearest value, or what it may be.
        help: String,
    },
    /// Not listed in the fact's table.
    #[error("`{place}` has a value that the table `{table}` does not list")]
    #[diagnostic(
        code(mapping::not_listed),
        help("list it in the mapping file, or give the fact an `otherwise`")
    )]
    NotListed {
        /// Where it was read.
        place: String,
        /// The table.
        table: String,
    },
    /// A value of another type than the fact's.
    #[error("`{place}` is {found}, and `{fact}` is not read from that; {help}")]
    #[diagnostic(code(mapping::wrong_type), help("{help}"))]
    WrongType {
        /// Where it was read.
        place: String,
        /// What it is.
        found: &'static str,
        /// The fact.
        fact: String,
        /// What it may be.
        help: String,
    },
    /// A fact given in two places with two values.
    #[error("`{fact}` is given twice, with different values")]
    #[diagnostic(code(mapping::given_twice), help("give each fact in one place"))]
    GivenTwice {
        /// The fact.
        fact: String,
    },
    /// An expression that fails.
    #[error("the expression for `{fact}` cannot be worked out: {reason}")]
    #[diagnostic(code(mapping::expression), help("see the mapping file of this client"))]
    Expression {
        /// The fact.
        fact: String,
        /// What kind of mistake it is.
        reason: &'static str,
    },
    /// The law cannot take the question.
    #[error(transparent)]
    #[diagnostic(code(mapping::question))]
    Law(#[from] QuestionError),
}
