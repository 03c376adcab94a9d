//! Was the law kept? What systems recorded, decided again under the law.
//!
//! [`sharing`] reads lists of those with whom an agency shares data and asks the law about each;
//! [`resolve`] says what an organization is, from a [`registry`] and from its [`names`].
//!
//! Nothing here knows what a law says: every answer comes from [`bylaw_law::Law::decide`]. What an
//! organization is that cannot be told stays unknown and is listed; names are never equated because
//! they look alike.

mod ask;
pub mod error;
pub mod kinds;
pub mod lexicon;
pub mod log;
pub mod names;
pub mod patterns;
pub mod registry;
pub mod resolve;
pub mod sharing;

pub use error::{Error, Problem, Result};
pub use kinds::Kind;
pub use names::Name;
pub use patterns::Patterns;
pub use registry::Registry;
pub use resolve::{Class, Evidence, Ground, Resolved, Resolver, Strength};
