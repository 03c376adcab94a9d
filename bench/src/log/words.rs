//! Words of the made-up rows.

/// The state whose law is asked comes first: its agencies search the most.
pub(super) const STATES: [&str; 6] = ["CA", "TX", "AZ", "FL", "IL", "NV"];

/// Names that are in no gazetteer.
pub(super) const PLACES: [&str; 34] = [
    "Alder Grove",
    "Bell Harbor",
    "Birch Hollow",
    "Canyon Gate",
    "Cedar Point",
    "Clay Ridge",
    "Copper Flat",
    "Cottonwood",
    "Dry Creek",
    "East Marlow",
    "Elk Meadow",
    "Fern Valley",
    "Flint Hill",
    "Glen Arbor",
    "Granite Bend",
    "Gray Oak",
    "Harper Bluff",
    "High Mesa",
    "Iron Springs",
    "Juniper",
    "Kestrel Bay",
    "Laurel Fork",
    "Long Prairie",
    "Maple Run",
    "Marsh End",
    "New Carver",
    "North Quill",
    "Old Ferry",
    "Pine Hollow",
    "Quarry Lake",
    "Red Bank",
    "Sand Harbor",
    "Stone Bridge",
    "West Tamarack",
];

pub(super) const AGENCIES: [&str; 3] =
    ["PLACE ST PD", "PLACE County ST SO", "PLACE ST University PD"];

pub(super) const SEARCH_TYPES: [&str; 8] =
    ["search", "search", "search", "lookup", "lookup", "lookup", "freeform", "search - Mobile"];

/// Words that state no purpose.
pub(super) const GENERIC: [&str; 24] = [
    "investigation",
    "Investigation",
    "INVESTIGATION",
    "Criminal Investigation",
    "Patrol Investigation",
    "In Progress Investigation",
    "inv",
    "INV",
    "patrol",
    "crim inv",
    "bolo",
    "BOLO",
    "locate",
    "suspect",
    "suspect vehicle",
    "follow up",
    "attempt to locate",
    "vehicle",
    "check",
    "special services",
    "assist",
    "intel",
    "case",
    "test",
];

/// Words that state another purpose.
pub(super) const OFFENSES: [&str; 26] = [
    "stolen vehicle",
    "Stolen",
    "burglary",
    "459 PC",
    "PC459",
    "211PC",
    "robbery",
    "homicide",
    "187",
    "missing person",
    "narcotics",
    "hit and run",
    "hit & run",
    "grand theft",
    "retail theft",
    "assault",
    "shooting",
    "kidnapping",
    "fraud",
    "DUI",
    "Amber alert",
    "catalytic converter theft",
    "carjacking",
    "arson",
    "domestic violence",
    "warrant suspect",
];

/// Words that name an immigration agency, paper or violation, and some that only look like it.
pub(super) const IMMIGRATION: [&str; 12] = [
    "Immigration (civil/administrative) - overstay",
    "Immigration (criminal) - reentry",
    "ICE",
    "ICE assist",
    "HSI",
    "HSI-Drug Lead",
    "immigration violation",
    "ERO detainer",
    "ICE Impersonation",
    "CBP request",
    "border patrol assist",
    "ice cream truck theft",
];
