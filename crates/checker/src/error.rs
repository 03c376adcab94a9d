//! Why a certificate does not show what it says.

use std::fmt;

use miette::Diagnostic;

/// Why a certificate is refused.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The file is no certificate.
    #[error("this is no certificate: {reason}")]
    #[diagnostic(code(checker::form), help("`bylaw law prove --certificate FILE` writes one"))]
    Form {
        /// What is wrong with it.
        reason: String,
    },
    /// The texts are not those that the certificate speaks of.
    #[error("`{file}` {why}")]
    #[diagnostic(
        code(checker::file),
        help("a certificate holds for the very texts that it names: prove the claims again")
    )]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text that matters cannot be read.
    #[error("`{file}` cannot be read: {reason}")]
    #[diagnostic(code(checker::text), help("`bylaw law check` says what a pack may contain"))]
    Text {
        /// The file.
        file: String,
        /// What is wrong, with its line where it has one.
        reason: String,
    },
    /// What is said about a claim cannot be so.
    #[error("the claim `{claim}` {why}")]
    #[diagnostic(code(checker::claim))]
    Claim {
        /// The claim.
        claim: String,
        /// What is wrong.
        why: String,
    },
    /// A day on which nothing shows that a claim holds.
    #[error("nothing shows that `{claim}` holds for `{action}` on {day}")]
    #[diagnostic(code(checker::gap), help("every act and day of a claim needs its proof"))]
    Gap {
        /// The claim.
        claim: String,
        /// The act.
        action: String,
        /// The first such day.
        day: String,
    },
    /// A proof that is not well formed.
    #[error("the proof of `{claim}` for `{action}` from {from} on is not well formed: {why}")]
    #[diagnostic(code(checker::proof))]
    Proof {
        /// The claim.
        claim: String,
        /// The act.
        action: String,
        /// The first day of the proof.
        from: String,
        /// What is wrong.
        why: String,
    },
    /// A leaf at which it is not certain that the claim holds.
    #[error("it is not certain that `{claim}` holds for `{action}` on {on}, {path}: {why}")]
    #[diagnostic(
        code(checker::leaf),
        help("the proof does not show the claim; that does not mean that the claim is false")
    )]
    Leaf {
        /// The claim.
        claim: String,
        /// The act.
        action: String,
        /// The first and, where there is one, the first no longer covered day of the proof.
        span: (String, Option<String>),
        /// The first day on which the law is as it was looked at.
        on: String,
        /// What the facts were narrowed to on the way.
        path: Path,
        /// What is possible there that must not be.
        why: String,
    },
}

/// The facts that were narrowed on the way to a leaf, each with the values that are left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path(pub Vec<(String, Vec<String>)>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("whatever the facts");
        }
        f.write_str("where ")?;
        for (number, (fact, values)) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{fact} = {}", values.join(" | "))?;
        }
        Ok(())
    }
}
