//! What stands in a cell. Four things that look alike in a spreadsheet and are not.

/// A cell of a log, as its file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cell<'a> {
    /// The file has no such column.
    #[default]
    NotExported,
    /// The column is there and nothing stands in it.
    Empty,
    /// A mark stands in place of what was recorded, such as `***`.
    Withheld(&'a str),
    /// What was recorded.
    Present(&'a str),
}

/// A cell's state without its text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The file has no such column.
    NotExported,
    /// The column is there and nothing stands in it.
    Empty,
    /// A mark stands in place of what was recorded.
    Withheld,
    /// Something was recorded.
    Present,
}

impl<'a> Cell<'a> {
    /// What was recorded, where it is there to be read.
    #[must_use]
    pub const fn text(self) -> Option<&'a str> {
        match self {
            Self::Present(text) => Some(text),
            Self::NotExported | Self::Empty | Self::Withheld(_) => None,
        }
    }

    /// Its state.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::NotExported => State::NotExported,
            Self::Empty => State::Empty,
            Self::Withheld(_) => State::Withheld,
            Self::Present(_) => State::Present,
        }
    }
}

impl State {
    /// All states, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::NotExported, Self::Empty, Self::Withheld, Self::Present];

    /// Its word in findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotExported => "not_exported",
            Self::Empty => "empty",
            Self::Withheld => "withheld",
            Self::Present => "present",
        }
    }
}
