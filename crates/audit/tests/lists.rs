//! Lists of every shape, their traps, and registries.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

use std::io::Write;

use bylaw_audit::{
    Class, Resolver,
    registry::{Columns, build, write},
    sharing::{Direction, List, Reading, read},
};

#[test]
fn portals_as_lines_objects_arrays_and_gzip() {
    let one = r#"{"slug":"alder-grove-ca-pd","crawled_name":"Alder Grove CA PD","archived_date":"2026-04-19","sharing_outbound":["Redbud CA PD","[Federal] Redbud Lake PD"],"sharing_inbound":["Ely NV PD"]}"#;
    let empty = r#"{"slug":"ely-nv-pd","crawled_name":null,"archived_date":"2026-04-20","sharing_outbound":[],"sharing_inbound":[]}"#;
    let lines = format!("{one}\n{empty}\n");
    let read = list(lines.as_bytes());
    assert_eq!((read.rows, read.entries.len(), read.problems.len()), (2, 3, 0), "{read:?}");
    assert_eq!(names(&read), ["Redbud CA PD", "[Federal] Redbud Lake PD", "Ely NV PD"]);
    assert_eq!(read.entries[2].direction, Some(Direction::Inbound));
    assert_eq!(read.entries[0].owner.as_deref(), Some("Alder Grove CA PD"));
    assert_eq!(read.entries[0].on, Some("2026-04-19".parse().expect("a day")));
    assert!(read.notes[0].contains("row 2: ely-nv-pd lists nobody"), "{:?}", read.notes);

    assert_eq!(list(&gzip(lines.as_bytes())).entries, read.entries);
    assert_eq!(list(format!("\u{feff}{one}").as_bytes()).rows, 1);
    assert_eq!(list(format!("[{one},{empty}]").as_bytes()).rows, 2);
    assert_eq!(list(one.replace(',', ",\n").as_bytes()).entries.len(), 3);
}

#[test]
fn a_bad_line_of_portals_is_named_and_the_others_go_on() {
    let good = r#"{"crawled_name":"A","sharing_outbound":["Redbud CA PD"]}"#;
    let read = list(
        format!("{good}\n{{\"crawled_name\": oops}}\n[1]\n{{\"slug\":\"x\"}}\n{good}\n").as_bytes(),
    );
    assert_eq!(read.entries.len(), 2);
    let rows: Vec<Option<u64>> = read.problems.iter().map(|problem| problem.row).collect();
    assert_eq!(rows, [Some(2), Some(3), Some(4)]);
    let text = read.problems[0].to_string();
    assert!(
        text.starts_with("list, row 2: the line is no JSON") && !text.contains("oops"),
        "{text}"
    );
}

#[test]
fn a_plain_list_that_begins_with_a_tag_is_no_json() {
    let read = list(b"[Federal] Redbud Lake PD\nAlder Grove CA PD\n");
    assert_eq!(names(&read), ["[Federal] Redbud Lake PD", "Alder Grove CA PD"]);
    assert_eq!(read.shape.expect("it has one").what, "a plain list");
}

#[test]
fn one_column_of_organizations() {
    let text = "\u{feff}organization_name\n  ALDER GROVE CA PD\n\"REDBUD\nCOUNTY CA SO\"\n\nREDBUD, CA PD\norganization_name\nELY NV PD\n";
    let read = list(text.as_bytes());
    assert_eq!(names(&read), ["ALDER GROVE CA PD", "REDBUD COUNTY CA SO", "ELY NV PD"]);
    assert_eq!(read.problems.len(), 1, "a comma without quotes is a row of two cells: {read:?}");
    assert_eq!(read.problems[0].row, Some(6));
    assert_eq!(read.entries[1].row, 3, "a row is cited where it begins");
    assert!(read.notes[0].contains("the header again"));
    assert_eq!(read.entries[0].direction, None);
}

#[test]
fn two_directions_in_one_table_are_kept_apart() {
    let text = "Organization Name,Networks Shared With Me,Networks I'm Sharing\n\
                Alder Grove CA PD,Alder Grove CA PD,\"City A (OC),City B (OC)\"\n\
                Ely NV PD,Ely NV PD - Cameras,\n\
                Redbud CA DA,,City A (OC)\n\
                Willow CA PD,,\n";
    let read = list(text.as_bytes());
    let found: Vec<(&str, Option<Direction>)> =
        read.entries.iter().map(|entry| (entry.organization.as_str(), entry.direction)).collect();
    let (out, into) = (Some(Direction::Outbound), Some(Direction::Inbound));
    assert_eq!(
        found,
        [
            ("Alder Grove CA PD", out),
            ("Alder Grove CA PD", into),
            ("Ely NV PD", into),
            ("Redbud CA DA", out),
            ("Willow CA PD", None),
        ]
    );
    assert_eq!(read.rows, 4);
}

#[test]
fn columns_are_found_by_their_header_whatever_it_is_called() {
    for header in [
        "Agency",
        "Agency Name",
        "Partner Organization",
        "ORGANISATION",
        "Shared With Agency",
        "External Organizations",
    ] {
        let text = format!("Id;{header};Since\n17;Alder Grove CA PD;2024\n18;Ely NV PD;2025\n");
        assert_eq!(names(&list(text.as_bytes())), ["Alder Grove CA PD", "Ely NV PD"], "{header}");
    }
    let titled = "Sharing report\nPrinted on Monday\n\nAgency,Since\nAlder Grove CA PD,2024\n";
    assert_eq!(names(&list(titled.as_bytes())), ["Alder Grove CA PD"]);
    let unknown = "Wer,Wann\nAlder Grove CA PD,2024\nEly NV PD,2025\nRedbud County CA SO,2025\n";
    assert_eq!(names(&list(unknown.as_bytes())).len(), 3);
    let directions = "Shared With Me,Sharing With\n\"A CA PD,B CA PD\",C NV PD\n";
    assert_eq!(names(&list(directions.as_bytes())), ["C NV PD", "A CA PD", "B CA PD"]);
    let name_of_agency = "Drug Enforcement Agency\nAlder Grove CA PD\n";
    assert_eq!(names(&list(name_of_agency.as_bytes())).len(), 2);
}

#[test]
fn a_header_that_lies_is_said_to() {
    let read =
        list(b"Id,Organization,Camera\n1,2024-01-01,North\n2,2024-01-02,South\n3,x@y.org,East\n");
    assert!(read.entries.is_empty());
    assert_eq!(read.problems[0].row, Some(1));
    assert!(read.problems[0].what.contains("the header lies: 3 of 3"), "{:?}", read.problems);
    let read = list(b"Organization,Since\n\"Alder Grove CA PD\",2024\n,2025\n\xe2\x80\x94,2025\nEly NV PD,2025\nRedbud CA PD,2025\n");
    assert_eq!(names(&read), ["Alder Grove CA PD", "Ely NV PD", "Redbud CA PD"]);
    let rows: Vec<Option<u64>> = read.problems.iter().map(|problem| problem.row).collect();
    assert_eq!(rows, [Some(3), Some(4)]);
}

#[test]
fn text_from_a_pdf_has_several_names_a_line_and_wrapped_lines() {
    let text = "Organizations with access:\n\
                Alder Grove CA PD, Redbud County CA SO, Ely NV PD, Hayward, CA PD, University of California,\n\
                Berkeley, Willow Bend CA PD, Redbud County CA Sheriff's\n\
                Office, Fields, Inc., Elko NV PD\n\
                Page 1 of 2\n\u{c}San Diego Sector Border\nPatrol (CA), Last CA PD\n";
    let read = list(text.as_bytes());
    assert_eq!(
        names(&read),
        [
            "Alder Grove CA PD",
            "Redbud County CA SO",
            "Ely NV PD",
            "Hayward, CA PD",
            "University of California, Berkeley",
            "Willow Bend CA PD",
            "Redbud County CA Sheriff's Office",
            "Fields, Inc.",
            "Elko NV PD",
            "San Diego Sector Border Patrol (CA)",
            "Last CA PD",
        ]
    );
    assert_eq!(read.entries[9].row, 6, "a name is cited where it begins");
    assert_eq!(read.notes.len(), 2, "{:?}", read.notes);
    let semicolons = list(b"Alder Grove CA PD; Ely NV PD;\nWillow Pointe (CA); Talega\n");
    assert_eq!(
        names(&semicolons),
        ["Alder Grove CA PD", "Ely NV PD", "Willow Pointe (CA)", "Talega"]
    );
}

#[test]
fn one_name_a_line_with_bullets_numbers_and_wrapped_ends() {
    let text = "\u{2022} Alder Grove CA PD\n12. Ely NV PD\n- Hayward, CA PD\nRedbud County CA Sheriff's\nDepartment\nWillow Bend Police\nDepartment (CA)\nUniversity of California, Davis\n29 Palms CA PD\n3\n";
    let read = list(text.as_bytes());
    assert_eq!(
        names(&read),
        [
            "Alder Grove CA PD",
            "Ely NV PD",
            "Hayward, CA PD",
            "Redbud County CA Sheriff's Department",
            "Willow Bend Police Department (CA)",
            "University of California, Davis",
            "29 Palms CA PD",
        ]
    );
}

#[test]
fn standard_input_is_one_name_a_line() {
    let read = read("-", b"Hayward, CA PD; Elko\n\norganization_name\r\n", Reading::NameALine);
    assert_eq!(names(&read), ["Hayward, CA PD; Elko", "organization_name"]);
    assert_eq!(read.entries[1].row, 3);
}

#[test]
fn what_cannot_be_read_says_why_and_where() {
    let cut = {
        let lines: String = (0..20_000)
            .map(|n| format!("Alder {n} Grove {} CA PD\n", n * 7_919 % 10_007))
            .collect();
        let packed = gzip(lines.as_bytes());
        packed[..packed.len() / 2].to_vec()
    };
    let read = list(&cut);
    assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    assert!(read.problems[0].what.contains("cut short"));
    let rows = read.problems[0].row.expect("it names the row");
    assert_eq!(
        u64::try_from(read.entries.len()).expect("few"),
        rows - 1,
        "what came before the cut is read"
    );
    assert!(rows > 1_000);

    for (bytes, row, what) in [
        (&b""[..], None, "it is empty"),
        (b" \n\n", None, "it is empty"),
        (b"\xef\xbb\xbf", None, "it is empty"),
        (b"organization_name\n", None, "it names no organization"),
        (b"A CA PD\nSheriff\x92s Office CA\n", Some(2), "Windows-1252"),
        (b"\xff\xfeA\0", None, "UTF-16"),
        (b"%PDF-1.7", None, "pdftotext"),
        (b"PK\x03\x04", None, "save the list as CSV"),
        (b"\x1f\x8b\x08", Some(1), "cut short"),
        (b"A\0B", None, "no text"),
    ] {
        let read = list(bytes);
        assert!(read.entries.is_empty(), "{read:?}");
        assert!(read.problems[0].what.contains(what), "{what}: {:?}", read.problems);
        assert_eq!(read.problems[0].row, row, "{what}");
    }
    let long = "x".repeat(400);
    let read = list(format!("Agency\n{long}\nAlder Grove CA PD\n").as_bytes());
    assert_eq!((read.entries.len(), read.problems[0].row), (1, Some(2)));
}

/// Splitting, permuting and joining lists changes nothing but order.
#[test]
fn lists_cut_and_shuffled_say_the_same() {
    let resolver = Resolver::new().expect("the crate's files are right");
    let organizations: Vec<String> = (0..60)
        .map(|n| {
            let tail = [
                "CA PD",
                "County CA SO",
                "NV PD",
                "HOA (CA)",
                "University CA PD",
                "Sector Border Patrol (CA)",
            ];
            format!("Redbud {n} {}", tail[n % tail.len()])
        })
        .collect();
    let classes = |names: &[String], header: bool| {
        let head = if header { "Agency\n" } else { "" };
        let text = format!("{head}{}\n", names.join("\n"));
        let read = list(text.as_bytes());
        assert!(read.problems.is_empty());
        let mut found: Vec<(String, Class)> = read
            .entries
            .iter()
            .map(|entry| (entry.organization.clone(), resolver.resolve(&entry.organization).class))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    };
    let whole = classes(&organizations, false);
    assert_eq!(whole.len(), 60);
    let mut state = 7_usize;
    for round in 0..50 {
        let mut shuffled = organizations.clone();
        for at in (1..shuffled.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, (state >> 33) % (at + 1));
        }
        let cut = 1 + (state >> 40) % 58;
        let mut parts = classes(&shuffled[..cut], round % 2 == 0);
        parts.extend(classes(&shuffled[cut..], round % 3 == 0));
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(parts, whole);
    }
}

#[test]
fn a_registry_outweighs_a_name_unless_the_name_leaves_no_room() {
    let mut resolver = Resolver::new().expect("the crate's files are right");
    let registry = "name,aliases,class,state,kind,source\n\
        Redbud University CA PD,RUPD,public,CA,campus_police,counsel\n\
        Rice Lake WI PD,,federal,WI,police,a list\n\
        Redbud County CA SO,,federal,CA,sheriff,a list\n\
        San Diego Sector Border Patrol (CA),,public,CA,police,a list\n\
        Alder Grove NV PD,,public,CA,police,a list\n\
        Alder Police Department,,public,NV,police,a list\n\
        Alder CA PD,,public,CA,police,a list\n\
        Elm Police Department,,public,CA,police,a list\n\
        Twice CA PD,,public,CA,police,a list\n\
        Twice CA PD,,private,CA,company,another\n\
        Redbud Tribal PD CA,,public,CA,tribe,counsel's memo\n\
        Camera Vendor,,private,,company,its site\n";
    assert_eq!(resolver.add_registry("mine.csv", registry.as_bytes()).expect("it is right"), 12);
    for (name, class) in [
        ("REDBUD UNIVERSITY POLICE DEPARTMENT (CA)", "california_public"),
        ("RUPD", "california_public"),
        ("Rice Lake WI PD", "federal"),
        ("Redbud County CA Sheriff's Office", "unknown"),
        ("SAN DIEGO SECTOR BORDER PATROL (CA)", "unknown"),
        ("Alder Grove NV PD", "unknown"),
        ("Alder Police Department", "unknown"),
        ("Alder CA PD", "california_public"),
        ("Elm Police Department", "california_public"),
        ("Twice CA PD", "unknown"),
        ("Redbud Tribal PD CA", "california_public"),
        ("Camera Vendor (CA)", "private"),
        ("Camera Vendors", "unknown"),
    ] {
        let resolved = resolver.resolve(name);
        let own = bylaw_audit::names::state::by_code("CA").expect("a state");
        assert_eq!(resolved.class.word(own), class, "{name}: {resolved:?}");
    }
    let rice = resolver.resolve("Rice Lake WI PD");
    assert!(
        rice.notes[0].contains("by its name alone it would be public of Wisconsin"),
        "{rice:?}"
    );
    assert!(rice.evidence.what.contains("mine.csv, row 3"), "{rice:?}");
    assert_eq!(resolver.resolve("Camera Vendors").perhaps, ["Camera Vendor"]);
}

#[test]
fn a_registry_is_made_from_other_columns() {
    let other = "agency_id,slug,names,agency_role,agency_type,state,place,tags,flags,notes\n\
        1,a,Alder Grove CA PD; Alder Grove PD,police,city,CA,Alder Grove,ag-lawsuit; public,,\n\
        2,b,Redbud Tribal PD CA,tribal,tribal,CA,,public,,\n\
        3,c,Lake Rangers,police,federal,,,federal; public,,\n\
        4,d,Willow Pointe (CA),hoa,community,CA,,private,,\n\
        5,e,Somebody,other,university,CA,,needs-review,,\n\
        6,f,,police,city,CA,Nowhere,public,,\n";
    let built =
        build("other.csv", other.as_bytes(), &Columns::default()).expect("it is understood");
    assert_eq!(built.unnamed, [7]);
    let text = write(&built.rows).expect("it is written");
    assert_eq!(
        text,
        "name,aliases,class,state,kind,source\n\
         Alder Grove CA PD,Alder Grove PD,public,CA,police,other.csv\n\
         Redbud Tribal PD CA,,unknown,CA,tribe,other.csv\n\
         Lake Rangers,,federal,,police,other.csv\n\
         Willow Pointe (CA),,private,CA,community,other.csv\n\
         Somebody,,unknown,CA,university,other.csv\n"
    );
    let again =
        build("ours.csv", text.as_bytes(), &Columns::default()).expect("it is our own form");
    assert_eq!(write(&again.rows).expect("it is written"), text);
    let named = Columns {
        name: Some("Org".to_owned()),
        class: Some("What".to_owned()),
        state: Some("Where".to_owned()),
        ..Columns::default()
    };
    let built = build("x", b"What,Org,Where\nPublic,Elm,California\n", &named).expect("named");
    assert_eq!(built.rows[0].class.to_string(), "public of California");
}

#[test]
fn a_registry_that_is_wrong_is_refused_with_its_row() {
    let head = "name,aliases,class,state,kind,source\n";
    for (text, row, what) in [
        (format!("{head}A,,publik,CA,police,x\n"), 2, "`publik` is no class"),
        (format!("{head}A,,public,ZZ,police,x\n"), 2, "`ZZ` is no state"),
        (format!("{head}A,,public,CA,polize,x\n"), 2, "kind is not known"),
        (format!("{head}A,,public,CA,police,x\n,,public,CA,police,x\n"), 3, "no name"),
        (format!("{head}A,,public\n"), 2, "3 cells where the header has 6"),
        (head.to_owned(), 1, "no rows"),
        ("who,what\nA,public\n".to_owned(), 1, "no column is known"),
    ] {
        let error =
            build("r.csv", text.as_bytes(), &Columns::default()).expect_err(what).to_string();
        assert!(error.contains(what) && error.contains(&format!("row {row}:")), "{error}");
    }
    let latin = build(
        "r.csv",
        b"name,aliases,class,state,kind,source\nA\xe9,,public,CA,police,x\n",
        &Columns::default(),
    );
    assert!(latin.expect_err("no UTF-8").to_string().contains("UTF-8"));
}

fn list(bytes: &[u8]) -> List {
    read("list", bytes, Reading::Recognize)
}

fn names(list: &List) -> Vec<&str> {
    list.entries.iter().map(|entry| entry.organization.as_str()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("it fits into memory");
    packer.finish().expect("it fits into memory")
}
