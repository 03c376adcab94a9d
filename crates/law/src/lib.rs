//! The law as data.
//!
//! [`Law::load`] reads packs (literate Markdown with Cedar rules) and compiles them into one
//! decision diagram per act, jurisdiction and span of dates. [`Law::decide`] answers a [`Question`]
//! with its controlling rules; [`Interview`] asks for what is not known; [`Law::alternative`] says
//! what would change the answer; [`Law::check`] decides every worked case.
//!
//! The crate does no I/O, reads no clock and spawns nothing: text and dates come in as arguments,
//! so that an answer can be replayed. It is not legal advice, and it never asks for anyone's
//! immigration status: no rule turns on it.
//!
//! ````
//! use bylaw_law::{Law, Question, Scratch, SourceFile, Word};
//!
//! let vocabulary = r#"
//! entity Office; entity Matter;
//! @library_staff("Library staff") entity ActorKind enum ["library_staff"];
//! type Facts = {
//!   @group("Who") @ask("Who acts?") @help("Look at the badge.") @who("desk") actor_kind: ActorKind,
//!   @group("Paper") @ask("Is there a judge's paper?") @help("Look at the top.") @who("desk") @absent("false") judicial: Bool
//! };
//! @say("Let someone in") action enter appliesTo { principal: Office, resource: Matter, context: Facts };
//! "#;
//! let ordinance = r#"+++
//! title = "Doors"
//! cite = "Ord. 1"
//! kind = "ordinance"
//! source = "the clerk"
//! reviewed = { by = "nobody", on = 2026-11-22 }
//! in_force = { from = 2024-12-09 }
//! +++
//!
//! ## Doors
//!
//! Nobody is let in without a judge's paper.
//!
//! ```cedar
//! @id("ORD-1") @cite("Ord. 1 § 1") @status("drafted: an example")
//! forbid (principal, action == Action::"enter", resource) unless { context.judicial };
//! ```
//! "#;
//! let law = Law::load(&[SourceFile::new("vocabulary.cedarschema", vocabulary), SourceFile::new("town/doors.md", ordinance)])?;
//! let town = law.jurisdiction("town").unwrap();
//! let enter = law.vocabulary.action_id("enter").unwrap();
//! let mut question = Question::new(&law, town, enter, "2026-11-22".parse()?);
//! question.state(&law, "judicial", "false")?;
//! let decision = law.decide(&question, &mut Scratch::default())?;
//! assert_eq!(decision.word, Word::MustNot);
//! assert_eq!(law.rule(decision.because[0]).cite, "Ord. 1 § 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ````

pub mod alternative;
pub mod answer;
pub mod certificate;
pub mod check;
mod columns;
pub mod compare;
mod compile;
pub mod coverage;
pub mod decide;
mod diagram;
mod error;
mod facts;
mod ground;
pub mod guidance;
pub mod interview;
mod joint;
mod law;
mod order;
pub mod pack;
pub mod prove;
pub mod question;
mod region;
mod reply;
pub mod sources;
pub mod summary;
mod telling;
pub mod vocabulary;

pub use alternative::Alternative;
pub use answer::Word;
pub use compare::{Class, Comparison, compare};
pub use decide::{Compiled, Decision, Duty, Scratch, Verdict};
pub use error::{LoadError, Problem, QuestionError, SourceFile, nearest};
pub use facts::Facts;
pub use guidance::Words;
pub use interview::{Interview, Step};
pub use joint::Side;
pub use law::{Jurisdiction, Law, RuleId, Size};
pub use question::{Defaults, Question, RequestId};
pub use reply::{ErrorReply, Reply};
