//! Names and what they are, without any registry of the user's.

use bylaw_audit::{Class, Resolver, Strength};

/// A name, and the class that a report for California gives it.
const TABLE: &[(&str, &str)] = &[
    // As vendors write the agencies of cities and counties.
    ("Alder Grove CA PD", "california_public"),
    ("ALDER GROVE PD CA", "california_public"),
    ("CA - Alder Grove PD", "california_public"),
    ("Alder Grove, CA PD", "california_public"),
    ("Alder Grove California Police Department", "california_public"),
    ("Alder Grove Police Dept. (CA)", "california_public"),
    ("Redbud County CA S.O.", "california_public"),
    ("Redbud County SO-CA", "california_public"),
    ("Redbud County (CA) Sheriff", "california_public"),
    ("Redbud County CA SD", "california_public"),
    ("City of Alder Grove CA (RCSO)", "california_public"),
    ("Redbud County (CA) DA Office", "california_public"),
    ("Redbud Unified School District CA", "california_public"),
    ("Alder Grove Housing Authority CA PD", "california_public"),
    ("Redbud County CA Superior Court", "california_public"),
    ("Routt County CO SO", "other_state_public"),
    ("Ogden Dunes IN PD", "other_state_public"),
    ("Grants Pass OR PD", "other_state_public"),
    ("Las Vegas Metro Police Department - NV", "other_state_public"),
    ("Houston Metro Transit Authority (TX)", "other_state_public"),
    ("Harris County TX Constable Pct 4", "other_state_public"),
    // Words inside words, and states inside the names of places.
    ("Rice Lake WI PD", "other_state_public"),
    ("Justice IL PD", "other_state_public"),
    ("Federal Way WA PD", "other_state_public"),
    ("National City CA PD", "california_public"),
    ("National Park NJ PD", "other_state_public"),
    ("Kansas City MO PD", "other_state_public"),
    ("Arkansas City KS PD", "other_state_public"),
    ("Missouri City TX PD", "other_state_public"),
    ("California City PD CA", "california_public"),
    ("California MO PD", "other_state_public"),
    ("Nevada City CA PD", "california_public"),
    ("Delaware OH PD", "other_state_public"),
    ("College Park MD PD", "other_state_public"),
    ("Kansas Highway Patrol", "other_state_public"),
    ("Nevada Department of Motor Vehicles", "other_state_public"),
    ("West Virginia State Police", "other_state_public"),
    ("California Department of Veterans Affairs (CA)", "california_public"),
    ("California Highway Patrol", "california_public"),
    ("CHP", "california_public"),
    ("Los Angeles County Sheriff", "california_public"),
    ("Tombstone Marshals Office (AZ)", "other_state_public"),
    ("Fort Washington Police Department", "unknown"),
    ("California Police Department", "unknown"),
    ("Riverside CO SO", "unknown"),
    ("Palmetto LA", "unknown"),
    // Federal, whatever stands in the brackets.
    ("SAN DIEGO SECTOR BORDER PATROL (CA)", "federal"),
    ("U.S. Marshals Service (CA)", "federal"),
    ("United States Marshals CA", "federal"),
    ("HSI San Diego CA", "federal"),
    ("ICE", "federal"),
    ("FBI (CA)", "federal"),
    ("Travis AFB CA PD", "federal"),
    ("Redbud Healthcare System CA Veterans Affairs PD", "federal"),
    ("[Federal] Redbud Lake Rangers CA PD", "federal"),
    ("U.S. Forest Service", "federal"),
    // Private, whatever stands in the brackets.
    ("Willow Bend HOA (CA)", "private"),
    ("Willow Bend Homeowners Association (CA)", "private"),
    ("Willow Bend Community Association (CA)", "private"),
    ("Home Depot (CA)", "private"),
    ("Home Depot Corporation", "private"),
    ("Fields Autobody (CA)", "private"),
    ("Redbud Towing", "private"),
    ("Redbud Police Foundation CA", "unknown"),
    ("City of Hope (CA)", "private"),
    // What cannot be told.
    ("Alder Grove Police Department", "unknown"),
    ("Westminster Police Department", "unknown"),
    ("Willow Pointe (CA)", "unknown"),
    ("Redbud University CA PD", "unknown"),
    ("Redbud College PD (CA)", "unknown"),
    ("University of Pennsylvania PD", "unknown"),
    ("University of California, Davis", "california_public"),
    ("University of CA - Santa Barbara CA PD", "california_public"),
    ("Redbud State University CA", "california_public"),
    ("UC Irvine Campus PD CA", "california_public"),
    ("Redbud Rancheria Tribal PD CA", "unknown"),
    ("Redbud Band of Mission Indians CA", "unknown"),
    ("Indian Wells CA PD", "california_public"),
    ("Redbud Pacific Railroad PD CA", "unknown"),
    ("Redbud Casino (CA)", "unknown"),
    ("Redbud Auto Theft Task Force CA", "unknown"),
    ("DEA Task Force (CA)", "unknown"),
    ("Redbud Fusion Center CA", "unknown"),
    ("Redbud County HIDTA", "unknown"),
    ("Willow HOA CA PD", "unknown"),
    ("Inc. Village of Redbud NY PD", "unknown"),
    ("Alder Grove NV PD (CA)", "unknown"),
    ("B0RDER PATROL CA PD", "unknown"),
    ("CEP-NTC", "unknown"),
    // Marks, and entries that are nobody.
    ("Alder Grove CA PD (deactivated)", "california_public"),
    ("DNU - Alder Grove PD CA", "california_public"),
    ("DUPLICATE PLEASE DELETE", "unknown"),
    ("Demo PD CA", "unknown"),
    ("DO NOT USE", "unknown"),
    ("(CA)", "unknown"),
];

#[test]
fn names_are_what_they_are() {
    let resolver = Resolver::new().expect("the crate's files are right");
    let own = bylaw_audit::names::state::by_code("CA").expect("a state");
    let wrong: Vec<String> = TABLE
        .iter()
        .filter_map(|(name, class)| {
            let resolved = resolver.resolve(name);
            let is = resolved.class.word(own);
            (is != *class)
                .then(|| format!("{name}: {is}, not {class} ({})", resolved.evidence.what))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn letter_case_changes_nothing() {
    let resolver = Resolver::new().expect("the crate's files are right");
    for (name, _) in TABLE {
        let class = resolver.resolve(name).class;
        assert_eq!(resolver.resolve(&name.to_uppercase()).class, class, "{name}");
        assert_eq!(resolver.resolve(&name.to_lowercase()).class, class, "{name}");
    }
}

#[test]
fn brackets_around_a_state_never_make_anything_public() {
    let resolver = Resolver::new().expect("the crate's files are right");
    for (name, _) in TABLE {
        let bare = resolver.resolve(name);
        if matches!(bare.class, Class::Federal | Class::Private) {
            assert_eq!(resolver.resolve(&format!("{name} (CA)")).class, bare.class, "{name}");
        }
    }
    let place = resolver.resolve("Willow Terrace (CA)");
    assert_eq!((place.class, place.evidence.strength), (Class::Unknown, Strength::None));
}

#[test]
fn one_name_many_spellings_one_key() {
    let resolver = Resolver::new().expect("the crate's files are right");
    let key = |text: &str| resolver.name(text).key();
    for (one, other) in [
        ("Alder Grove CA PD", "ALDER GROVE POLICE DEPARTMENT (CA)"),
        ("Alder Grove CA PD", "The Alder Grove California Police Department"),
        ("Alder Grove CA PD", "City of Alder Grove CA PD"),
        ("Alder Grove CA PD", "Alder  Grove,  CA P.D."),
        ("Redbud County CA SO", "Redbud County Sheriff\u{2019}s Office CA"),
        ("Redbud County CA SO", "REDBUD COUNTY SO-CA"),
        ("Redbud County CA DA", "Redbud County CA District Attorney's Office"),
    ] {
        assert_eq!(key(one), key(other), "{one} and {other}");
    }
    for (one, other) in [
        ("Alder Grove CA PD", "Alder Grove NV PD"),
        ("Alder Grove CA PD", "Alder Grove PD"),
        ("Alder Grove CA PD", "Alder Groves CA PD"),
        ("Imperial CA PD", "Imperial City CA PD"),
        ("Redbud CA PD", "Redbud County CA SO"),
        ("CBP-NTC", "CEP-NTC"),
    ] {
        assert_ne!(key(one), key(other), "{one} and {other}");
    }
}

#[test]
fn slips_are_proposed_and_not_believed() {
    let resolver = Resolver::new().expect("the crate's files are right");
    let slip = resolver.resolve("CEP-NTC");
    assert_eq!(slip.class, Class::Unknown);
    assert_eq!(slip.perhaps, ["CBP National Targeting Center"]);
    let slip = resolver.resolve("B0RDER PATROL CA PD");
    assert!(slip.perhaps.iter().any(|perhaps| perhaps.contains("border patrol")), "{slip:?}");
}

#[test]
fn no_text_is_too_odd() {
    let resolver = Resolver::new().expect("the crate's files are right");
    let long = "Virginia ".repeat(2_000);
    for odd in [
        "",
        " ",
        "((((",
        "]]",
        "[",
        "'",
        "\u{202e}CA",
        ".",
        "a.",
        "&",
        "- - -",
        "\0",
        &long,
        "ＣＡ　ＰＤ",
    ] {
        let class = resolver.resolve(odd).class;
        assert_eq!(class, Class::Unknown, "{}", odd.chars().take(20).collect::<String>());
    }
}
