//! A row of a search audit: its cells, by what they mean.

use super::cell::Cell;

/// What a column of a search audit means, whatever its file calls it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The vendor's number of the search. Not always unique.
    Id,
    /// When it was made.
    At,
    /// Whose cameras or whose log it is.
    Owner,
    /// The organization that searched.
    Organization,
    /// The state that a column gives for that organization.
    State,
    /// Who searched.
    User,
    /// How many networks were searched; 0 says that this was not counted.
    Networks,
    /// How many cameras were searched.
    Devices,
    /// The time searched: one cell of two lines, or its beginning.
    TimeFrame,
    /// The end of the time searched, where it has a column of its own.
    TimeFrameEnd,
    /// The plate.
    Plate,
    /// Why, in the searcher's words or the vendor's list.
    Reason,
    /// Why, as a kind of offense.
    Offense,
    /// A case number, or what was written in its place.
    Case,
    /// Filters.
    Filters,
    /// The kind of search.
    SearchType,
    /// Words searched for.
    Prompt,
    /// The vendor's moderation.
    Moderation,
    /// How many searches the row stands for; 1 where there is no such column.
    Count,
}

impl Field {
    /// All fields, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::Id,
        Self::At,
        Self::Owner,
        Self::Organization,
        Self::State,
        Self::User,
        Self::Networks,
        Self::Devices,
        Self::TimeFrame,
        Self::TimeFrameEnd,
        Self::Plate,
        Self::Reason,
        Self::Offense,
        Self::Case,
        Self::Filters,
        Self::SearchType,
        Self::Prompt,
        Self::Moderation,
        Self::Count,
    ];

    /// Fields that may tell who a person is. They stay out of reports unless asked for.
    pub const PERSONAL: [Self; 6] =
        [Self::User, Self::Plate, Self::Reason, Self::Case, Self::Filters, Self::Prompt];

    /// Its name in format files and findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::At => "at",
            Self::Owner => "owner",
            Self::Organization => "organization",
            Self::State => "state",
            Self::User => "user",
            Self::Networks => "networks",
            Self::Devices => "devices",
            Self::TimeFrame => "time_frame",
            Self::TimeFrameEnd => "time_frame_end",
            Self::Plate => "plate",
            Self::Reason => "reason",
            Self::Offense => "offense",
            Self::Case => "case",
            Self::Filters => "filters",
            Self::SearchType => "search_type",
            Self::Prompt => "prompt",
            Self::Moderation => "moderation",
            Self::Count => "count",
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// A row: each cell by its field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row<'a> {
    /// The line of the file at which it begins, 1 being the first; the row's number where the file has
    /// no lines.
    pub line: u64,
    cells: [Cell<'a>; Field::ALL.len()],
}

impl<'a> Row<'a> {
    /// A row without any cell.
    #[must_use]
    pub fn at(line: u64) -> Self {
        Self { line, ..Self::default() }
    }

    /// The cell of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> Cell<'a> {
        self.cells.get(field as usize).copied().unwrap_or_default()
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, cell: Cell<'a>) {
        if let Some(place) = self.cells.get_mut(field as usize) {
            *place = cell;
        }
    }
}
