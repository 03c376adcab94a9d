//! Kinds of organizations, and what the law's vocabulary calls them when they act or ask.

/// A kind of organization, as registries write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its word in registries.
    pub name: &'static str,
    /// The `actor_kind` that it is when it gives; none where the vocabulary has none.
    pub actor: Option<&'static str>,
    /// The `requester_kind` that it is, where its kind alone says so.
    pub requester: Option<&'static str>,
}

/// What an agency of the United States may be where its name does not say which.
pub const FEDERAL_REQUESTERS: [&str; 7] = [
    "federal_criminal_agency",
    "ice_ero",
    "ice_hsi",
    "cbp",
    "other_dhs",
    "us_marshal",
    "federal_court",
];

/// All kinds.
pub const KINDS: [Kind; 32] = [
    kind("police", Some("city_police"), None),
    kind("sheriff", Some("sheriff_or_jail"), None),
    kind("state_police", Some("state_police"), None),
    kind("prosecutor", Some("prosecutor"), None),
    kind("probation", Some("probation_department"), None),
    kind("corrections", Some("state_corrections_cdcr"), None),
    kind("campus_police", Some("campus_police"), None),
    kind("school_police", Some("school_police"), None),
    kind("airport_or_port_police", Some("airport_or_port_police"), None),
    kind("fire", Some("fire_department"), None),
    kind("court", Some("court_staff"), Some("state_court")),
    kind("agency", Some("city_employee"), None),
    kind("state_agency", Some("state_employee"), None),
    kind("ice", None, None),
    kind("ice_ero", None, Some("ice_ero")),
    kind("ice_hsi", None, Some("ice_hsi")),
    kind("cbp", None, Some("cbp")),
    kind("dhs", None, Some("other_dhs")),
    kind("us_marshals", None, Some("us_marshal")),
    kind("federal_court", None, Some("federal_court")),
    kind("federal_agency", None, Some("federal_criminal_agency")),
    kind("company", Some("private_employer_or_vendor"), Some("private_person")),
    kind("community", None, Some("private_person")),
    kind("university", None, None),
    kind("hospital", None, None),
    kind("school", None, None),
    kind("tribe", None, None),
    kind("railroad", None, None),
    kind("task_force", None, None),
    kind("fusion_center", None, None),
    kind("test", None, None),
    kind("other", None, None),
];

const fn kind(
    name: &'static str,
    actor: Option<&'static str>,
    requester: Option<&'static str>,
) -> Kind {
    Kind { name, actor, requester }
}

impl Kind {
    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.name == name)
    }
}
