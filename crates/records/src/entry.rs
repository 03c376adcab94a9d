//! What is recorded.

/// One thing to record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The JSON text that is sealed and committed to, byte for byte; see [`crate::body`].
    pub body: Vec<u8>,
    /// The retention rule it falls under; none: it is never purged.
    pub retention: Option<String>,
    /// SHA-256 of the reference of the case it belongs to. From then on
    /// [`Store::find_reference`](crate::Store::find_reference) leads to this record.
    pub reference: Option<[u8; 32]>,
}

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An answer: [`crate::body::Decision`].
    Decision,
    /// Many answers to one search: [`crate::body::Search`].
    Search,
    /// A step of a case that was referred or lacked facts.
    CaseStep,
    /// A purge: [`crate::body::Purge`].
    Purge,
    /// The placing or lifting of a hold: [`crate::body::Hold`].
    Hold,
    /// That a report of an audit was made: [`crate::body::Audit`].
    Audit,
    /// That numbers were lost: [`crate::body::Gap`].
    Gap,
    /// No record: it was lost with the database that held it, and only its leaf is known. A later
    /// [`Kind::Gap`] says so.
    Lost,
}

/// Where an entry was recorded, durably, in the database and the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The record's number, which is its leaf's index in the ledger, from 0.
    pub number: u64,
    /// The ledger's entry.
    pub leaf: [u8; 33],
}

impl Entry {
    /// An entry that is kept for ever and belongs to no case.
    #[must_use]
    pub fn new(kind: Kind, body: impl Into<Vec<u8>>) -> Self {
        Self { kind, body: body.into(), retention: None, reference: None }
    }
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Decision,
        Self::Search,
        Self::CaseStep,
        Self::Purge,
        Self::Hold,
        Self::Audit,
        Self::Gap,
        Self::Lost,
    ];

    /// Its name, as it stands in the database and in openings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Search => "search",
            Self::CaseStep => "case_step",
            Self::Purge => "purge",
            Self::Hold => "hold",
            Self::Audit => "audit",
            Self::Gap => "gap",
            Self::Lost => "lost",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
