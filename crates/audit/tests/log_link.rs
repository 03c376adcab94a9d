//! Numbers of findings, and copies of one search: each way in which they differ, against a comparison
//! written a second time without any hash, in lots of every size, and where the disk fails.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use bylaw_audit::{
    lexicon::Strength,
    log::{
        Cell, Field, FindingId, Row,
        cell::State,
        finding::{Ids, Key},
        link::{Difference, Kind, Linked, Notes, Release, Seen, compare, compare_within},
        output::OutputError,
        time::{Moment, Precision},
    },
};
use jiff::civil::{Date, date};

const KEY: Key = Key::fixed([7; 16]);
const ID: &str = "403c3a8b-bd5a-4f5c-bbb3-dc130f2e23c8";

/// A row, noted by a test.
#[derive(Debug, Clone)]
struct Copy {
    file: u32,
    line: u64,
    cells: Vec<(Field, Said)>,
    at: Option<Moment>,
    strength: Option<Strength>,
}

/// What stands in a cell; a field that is not there is not exported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nothing,
    Mark,
    Text(String),
}

#[test]
fn how_two_copies_of_a_search_differ() {
    use Field::{At, Devices, Moderation, Networks, Owner, Plate, Reason, TimeFrame, TimeFrameEnd};
    use Kind::{Emptied, Masked, MissingColumn, Replaced};
    type Cells<'a> = &'a [(Field, &'a str)];
    type Case<'a> = (&'a str, Cells<'a>, Cells<'a>, &'a [(Field, Kind)]);
    // `***` is a mark here and an empty text an empty cell.
    let table: [Case<'_>; 16] = [
        ("the same", &[(Reason, "burglary")], &[(Reason, "burglary")], &[]),
        ("blanks around it", &[(Reason, " burglary ")], &[(Reason, "burglary")], &[]),
        ("replaced", &[(Reason, "ICE")], &[(Reason, "investigation")], &[(Reason, Replaced)]),
        ("another case", &[(Reason, "Burglary")], &[(Reason, "burglary")], &[(Reason, Replaced)]),
        ("masked", &[(Plate, "***")], &[(Plate, "Z*0028*")], &[(Plate, Masked)]),
        ("emptied", &[(Reason, "ICE")], &[(Reason, "")], &[(Reason, Emptied)]),
        ("no such column", &[(Reason, "ICE")], &[], &[(Reason, MissingColumn)]),
        ("masked and empty say nothing", &[(Plate, "***")], &[(Plate, "")], &[]),
        ("empty and no such column say nothing", &[(Plate, "")], &[], &[]),
        ("devices differ by 1", &[(Devices, "312")], &[(Devices, "313")], &[(Devices, Replaced)]),
        (
            "0 networks were not counted",
            &[(Networks, "0")],
            &[(Networks, "9")],
            &[(Networks, Emptied)],
        ),
        ("both logs are right", &[(Owner, "Alder CA PD")], &[(Owner, "Redbud CA PD")], &[]),
        (
            "one time written twice",
            &[(At, "2026-03-20T00:06:23Z")],
            &[(At, "03/20/2026, 12:06:23 AM UTC")],
            &[],
        ),
        (
            "one cell of two lines, or two cells",
            &[(TimeFrame, "03/01\n03/02")],
            &[(TimeFrame, "03/01"), (TimeFrameEnd, "03/02")],
            &[],
        ),
        (
            "another end",
            &[(TimeFrame, "03/01"), (TimeFrameEnd, "03/03")],
            &[(TimeFrame, "03/01"), (TimeFrameEnd, "03/02")],
            &[(TimeFrameEnd, Replaced)],
        ),
        (
            "several at once",
            &[(Reason, "ICE"), (Plate, "4ABC123"), (Moderation, "flagged")],
            &[(Reason, "inv"), (Plate, "***"), (Moderation, "")],
            &[(Plate, Masked), (Reason, Replaced), (Moderation, Emptied)],
        ),
    ];
    for (what, one, other, expected) in table {
        let copies = [copy(0, 2, one), copy(1, 5, other)];
        let (linked, listed) = link("differ", &copies, 100);
        let counts: Vec<_> = linked.differences.counts.keys().copied().collect();
        assert_eq!(counts, expected, "{what}");
        assert_eq!(linked.differences.linked, 1, "{what}");
        // A missing column is said once for the two files, not for every search.
        let expected: Vec<_> =
            expected.iter().filter(|(_, kind)| *kind != MissingColumn).copied().collect();
        let listed_as: Vec<_> = listed.iter().map(|it| (it.field, it.kind)).collect();
        assert_eq!(listed_as, expected, "{what}");
        assert!(listed.iter().all(|it| it.places.len() == 2), "{what}: {listed:?}");
    }
}

#[test]
fn words_for_a_time_are_not_compared_with_a_moment() {
    let written = |file, at: &str, moment| Copy { at: moment, ..copy(file, 2, &[(Field::At, at)]) };
    let day = Moment { on: date(2026, 3, 20), utc: None, precision: Precision::Day };
    let copies = [
        written(0, "2026-03-20T00:06:23Z", Some(moment())),
        written(1, "20 March", None),
        written(2, "2026-03-20", Some(day)),
    ];
    let (linked, _) = link("times", &copies, 100);
    assert_eq!((linked.differences.linked, linked.differences.counts.len()), (1, 0));

    let later = Moment { utc: Some(1_773_965_184), ..moment() };
    let copies = [written(0, "a", Some(moment())), written(1, "b", Some(later))];
    let (linked, _) = link("times", &copies, 100);
    assert_eq!(linked.differences.counts, BTreeMap::from([((Field::At, Kind::Replaced), 1)]));
}

#[test]
fn a_replaced_reason_says_what_was_stated_and_where() {
    let reason = |file, line, reason, strength| Copy {
        strength: Some(strength),
        ..copy(file, line, &[(Field::Reason, reason), (Field::Devices, "1")])
    };
    let copies = [
        reason(3, 40, "investigation", Strength::Generic),
        reason(0, 9, "ICE warrant", Strength::Immigration),
        reason(1, 7, "ICE warrant", Strength::Immigration),
    ];
    let (linked, listed) = link("replaced", &copies, 100);
    let strengths = (Strength::Immigration, Strength::Generic);
    assert_eq!(linked.differences.strength_changed, BTreeMap::from([(strengths, 1)]));
    let expected = Difference {
        search: Ids::new(&KEY).search(&row(&copies[0]), copies[0].at).number,
        field: Field::Reason,
        kind: Kind::Replaced,
        strengths: Some(strengths),
        places: vec![(0, 9), (3, 40)],
    };
    assert_eq!(listed, std::slice::from_ref(&expected));
    assert_eq!(linked.differences.examples, [expected]);
}

#[test]
fn examples_of_immigration_purposes_come_first_and_all_are_counted() {
    let mut copies = Vec::new();
    for number in 0..1000_u64 {
        let (stated, words) = match number {
            990.. => (Strength::Immigration, "ICE"),
            _ => (Strength::Other, "theft"),
        };
        for (file, strength, words) in [(0, stated, words), (1, Strength::Generic, "inv")] {
            let cells = [(Field::Reason, words), (Field::Id, &format!("{number:036}"))];
            copies.push(Copy { strength: Some(strength), ..copy(file, number + 2, &cells) });
        }
    }
    let (linked, listed) = link("examples", &copies, 100);
    assert_eq!((linked.differences.linked, listed.len()), (1000, 1000));
    let examples = &linked.differences.examples;
    assert_eq!(examples.len(), bylaw_audit::log::link::EXAMPLES);
    let of_immigration =
        |it: &&Difference| it.strengths.is_some_and(|(most, _)| most == Strength::Immigration);
    assert_eq!(examples.iter().take_while(of_immigration).count(), 10);
    assert_eq!(examples.iter().filter(of_immigration).count(), 10);
}

#[test]
fn only_the_vendors_number_links() {
    let twice = |one: &[(Field, &str)], other: &[(Field, &str)]| {
        let (linked, _) = link("number", &[copy(0, 2, one), copy(1, 5, other)], 100);
        linked.differences.linked
    };
    let reason = (Field::Reason, "burglary");
    assert_eq!(twice(&[(Field::Id, ID)], &[(Field::Id, &ID.to_uppercase())]), 1);
    assert_eq!(twice(&[(Field::Id, ""), reason], &[(Field::Id, ""), reason]), 0);
    assert_eq!(twice(&[(Field::Id, "***"), reason], &[(Field::Id, "***"), reason]), 0);
    // A short number may count up in every log: it links together with the time.
    let at = |second| Some(Moment { utc: Some(second), ..moment() });
    let short = |file, at| Copy { at, ..copy(file, 2, &[(Field::Id, "1001")]) };
    for (other, expected) in [(at(60), 1), (at(61), 0), (None, 0)] {
        let (linked, _) = link("number", &[short(0, at(60)), short(1, other)], 100);
        assert_eq!(linked.differences.linked, expected);
    }
}

#[test]
fn repeated_rows_are_counted_in_their_own_file() {
    let without = [(Field::Id, ""), (Field::Reason, "burglary")];
    let with = [(Field::Reason, "burglary"), (Field::Devices, "312")];
    let by_one = [(Field::Reason, "burglary"), (Field::Devices, "313")];
    let copies = [
        copy(0, 2, &without),
        copy(0, 3, &without),
        copy(0, 4, &without),
        copy(1, 2, &without),
        copy(1, 3, &with),
        copy(1, 4, &by_one),
        copy(1, 5, &with),
        copy(2, 2, &with),
    ];
    let (linked, listed) = link("repeated", &copies, 100);
    assert_eq!(linked.repeated, BTreeMap::from([(0, 2), (1, 1)]));
    assert_eq!(linked.differences.linked, 1);
    assert_eq!(listed.len(), 1, "devices that differ by 1 are a difference: {listed:?}");
    assert_eq!(listed[0].places, [(1, 3), (1, 4)]);
}

#[test]
fn a_thinner_release_shows_what_only_the_other_has() {
    let searched = |file, number: u64, day: i8, cells: &[(Field, &str)]| {
        let id = format!("{number:036}");
        let cells: Vec<_> = cells.iter().copied().chain([(Field::Id, id.as_str())]).collect();
        let at = Moment { on: date(2026, 3, day), utc: None, precision: Precision::Day };
        Copy { at: Some(at), ..copy(file, number, &cells) }
    };
    let full = [(Field::Reason, "theft"), (Field::Plate, "***"), (Field::Moderation, "")];
    let thin = [(Field::Reason, "theft"), (Field::State, "CA")];
    let mut copies = Vec::new();
    for number in 0..20 {
        copies.push(searched(0, number, 1 + i8::try_from(number).expect("small"), &full));
    }
    // The second begins on the 10th, without those of the 12th and the 20th, and has one of its own.
    for number in (9..19).filter(|number| *number != 11) {
        copies.push(searched(1, number, 1 + i8::try_from(number).expect("small"), &thin));
    }
    copies.push(searched(1, 100, 15, &thin));
    copies.push(searched(1, 101, 20, &thin));
    let (linked, _) = link("thin", &copies, 100);
    let expected = Release {
        files: (0, 1),
        shared: 9,
        // Both end on the 20th; on the 10th only the second begins, so that day is not compared.
        only: (2, 2),
        fields: (vec![Field::Plate, Field::Moderation], vec![Field::State]),
    };
    assert_eq!(linked.releases, [expected]);
}

#[test]
fn lots_of_every_size_give_what_a_plain_comparison_gives() {
    for seed in 1..=6 {
        let mut random = Random(seed);
        let copies = random_copies(&mut random);
        let expected = plainly(&copies);
        for rows in [10_000, 700, 90] {
            let mut shuffled = copies.clone();
            random.shuffle(&mut shuffled);
            let (linked, listed) = link("random", &shuffled, rows);
            let Expected { counts, linked: together, repeated, pairs } = &expected;
            assert_eq!(&linked.differences.counts, counts, "seed {seed}, {rows} rows");
            assert_eq!(linked.differences.linked, *together, "seed {seed}, {rows} rows");
            assert_eq!(&linked.repeated, repeated, "seed {seed}, {rows} rows");
            let found: BTreeMap<_, _> =
                linked.releases.iter().map(|it| (it.files, (it.shared, it.only))).collect();
            assert_eq!(&found, pairs, "seed {seed}, {rows} rows");
            assert_eq!(linked.differences.not_compared, 0);
            let all: u64 = counts
                .iter()
                .filter(|((_, kind), _)| *kind != Kind::MissingColumn)
                .map(|(_, count)| count)
                .sum();
            assert_eq!(listed.len() as u64, all, "seed {seed}, {rows} rows");
        }
    }
}

#[test]
fn a_search_with_more_copies_than_memory_holds_is_said_to_be_left_out() {
    let copies: Vec<Copy> = (0..1000).map(|line| copy(0, line, &[(Field::Devices, "5")])).collect();
    let (linked, _) = link("too-many", &copies, 100);
    assert_eq!(linked.differences.not_compared, 900);
    assert_eq!(linked.differences.linked, 1);
}

#[test]
fn nothing_is_left_in_the_scratch_folder_where_an_error_ends_the_work() {
    let mut random = Random(9);
    let folder = folder("error");
    let notes = note(&folder, &random_copies(&mut random));
    let scratch = folder.join("scratch");
    fs::create_dir_all(&scratch).expect("a folder");
    let full = || OutputError::NoNumber { asked: "stop".to_owned() };
    let stopped = compare_within(&notes, &[], &scratch, 50, &mut |_| Err(full()));
    assert!(matches!(stopped, Err(OutputError::NoNumber { .. })));
    assert_eq!(fs::read_dir(&scratch).expect("it is there").count(), 0);
}

#[test]
fn broken_notes_are_an_error() {
    let folder = folder("broken");
    let notes = note(&folder, &[copy(0, 1, &[]), copy(0, 2, &[])]);
    let whole = fs::read(&notes[0]).expect("notes");
    for length in [whole.len() - 1, 12, 3] {
        fs::write(&notes[0], &whole[..length]).expect("it can be written");
        let error = compare(&notes, &[], &folder, &mut |_| Ok(())).expect_err("cut short");
        assert!(error.to_string().contains("part-0.notes cannot be read"), "{error}");
    }
    fs::write(&notes[0], [0xff; 300]).expect("it can be written");
    let error = compare(&notes, &[], &folder, &mut |_| Ok(())).expect_err("nonsense");
    assert!(error.to_string().contains("it is no file of notes"), "{error}");
}

#[test]
fn notes_are_there_whole_or_not_at_all() {
    let folder = folder("whole");
    let path = folder.join("part.notes");
    let one = copy(0, 1, &[]);
    let mut notes = Notes::create(&path, &KEY).expect("notes");
    notes.add(&seen(&one, &row(&one))).expect("it is noted");
    assert!(!path.exists());
    drop(notes);
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0);

    let error = Notes::create(&folder.join("none/part.notes"), &KEY).expect_err("no such folder");
    assert!(error.to_string().contains("part.notes cannot be written"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_notes() {
    let folder = folder("full");
    let path = folder.join("part.notes");
    std::os::unix::fs::symlink("/dev/full", folder.join("part.notes.part")).expect("a link");
    let mut notes = Notes::create(&path, &KEY).expect("it can be opened");
    let mut random = Random(4);
    let failed = random_copies(&mut random)
        .iter()
        .cycle()
        .take(30_000)
        .try_for_each(|copy| notes.add(&seen(copy, &row(copy))));
    let error = failed.and_then(|()| notes.finish()).expect_err("the disk is full");
    assert!(error.to_string().contains("No space left"), "{error}");
    assert!(!path.exists());
}

#[test]
fn numbers_of_findings_depend_on_the_search_and_its_words_alone() {
    use Field::{At, Case, Devices, Id, Organization, Plate, Reason};
    let number = |cells: &[(Field, &str)], at: Option<Moment>| {
        let copy = Copy { at, ..copy(0, 1, cells) };
        Ids::new(&KEY).finding(&row(&copy), at)
    };
    let at = Some(moment());
    let first = number(&[(Id, ID), (Reason, "theft"), (At, "a")], at);
    let same = [
        number(&[(Reason, " theft"), (At, "b"), (Id, ID)], at),
        number(&[(Id, &ID.to_uppercase()), (Reason, "theft"), (Plate, "***"), (Devices, "5")], at),
    ];
    assert_eq!(same, [first, first]);
    let other = [
        number(&[(Id, ID), (Reason, "thef")], at),
        number(&[(Id, ID), (Reason, "")], at),
        number(&[(Id, ID), (Reason, "***")], at),
        number(&[(Id, ID)], at),
        number(&[(Id, ID), (Case, "theft"), (Reason, "")], at),
        number(&[(Id, ID), (Reason, "theft"), (Organization, "Alder CA PD")], at),
        number(&[(Id, ID), (Reason, "theft")], Some(Moment { utc: Some(1), ..moment() })),
        number(&[(Id, ID), (Reason, "theft")], None),
        number(&[(Id, "503c3a8b-bd5a-4f5c-bbb3-dc130f2e23c8"), (Reason, "theft")], at),
    ];
    let distinct: BTreeSet<FindingId> = other.into_iter().chain([first]).collect();
    assert_eq!(distinct.len(), 10);

    // Without a number every cell counts, as nothing else says which search it is.
    let without = number(&[(Id, ""), (Reason, "theft"), (Devices, "5")], at);
    assert_ne!(without, number(&[(Id, ""), (Reason, "theft"), (Devices, "6")], at));
    assert_eq!(without, number(&[(Id, ""), (Reason, "theft"), (Devices, "5"), (At, "b")], at));
    // Cells are not run together.
    assert_ne!(
        number(&[(Id, ""), (Reason, "ab"), (Case, "c")], at),
        number(&[(Id, ""), (Reason, "a"), (Case, "bc")], at)
    );
}

#[test]
fn permuting_splitting_and_releasing_again_keep_the_set_of_numbers() {
    let mut random = Random(21);
    let copies = random_copies(&mut random);
    let numbers = |copies: &[Copy], key: Key| -> BTreeSet<FindingId> {
        let mut ids = Ids::new(&key);
        copies.iter().map(|copy| ids.finding(&row(copy), copy.at)).collect()
    };
    let expected = numbers(&copies, KEY);
    for round in 0..20 {
        let mut released = copies.clone();
        random.shuffle(&mut released);
        // Rows released again, in other files, at other lines, with the time written another way.
        let again = random.below(released.len());
        released.extend_from_within(..again);
        for copy in &mut released {
            copy.file = u32::try_from(random.below(9)).expect("small");
            copy.line = random.below(10_000) as u64;
            for (field, said) in &mut copy.cells {
                if *field == Field::At && copy.at.is_some() {
                    *said = Said::Text(format!("written {}", random.below(3)));
                }
            }
        }
        // Two workers, two parts: each numbers its own.
        let (one, other) = released.split_at(random.below(released.len()));
        let mut found = numbers(one, KEY);
        found.extend(numbers(other, KEY));
        assert_eq!(found, expected, "round {round}");
    }
    let elsewhere = numbers(&copies, Key::fixed([8; 16]));
    assert!(expected.is_disjoint(&elsewhere), "another report has other numbers");
    assert_eq!(elsewhere.len(), expected.len());
}

#[test]
fn a_number_is_read_back_as_it_was_written_and_a_key_is_not_shown() {
    let id = FindingId(0x0000_1234_5678_9abc_def0_1234_5678_9abc);
    assert_eq!(id.to_string(), "0000123456789abcdef0123456789abc");
    assert_eq!(id.to_string().parse::<FindingId>().expect("a number"), id);
    assert_eq!(format!("{KEY:?}"), "Key(…)");
    let drawn = [Key::random(), Key::random()].map(|key| key.expect("random numbers").bytes());
    assert_ne!(drawn[0], drawn[1]);
}

/// The moment of every copy that is not told another.
fn moment() -> Moment {
    Moment { on: date(2026, 3, 19), utc: Some(1_773_965_183), precision: Precision::Time }
}

fn copy(file: u32, line: u64, cells: &[(Field, &str)]) -> Copy {
    let said = |text: &str| match text {
        "" => Said::Nothing,
        "***" => Said::Mark,
        text => Said::Text(text.to_owned()),
    };
    let mut cells: Vec<_> = cells.iter().map(|&(field, text)| (field, said(text))).collect();
    if !cells.iter().any(|(field, _)| *field == Field::Id) {
        cells.push((Field::Id, said(ID)));
    }
    Copy { file, line, cells, at: Some(moment()), strength: None }
}

fn row(copy: &Copy) -> Row<'_> {
    let mut row = Row::at(copy.line);
    for (field, said) in &copy.cells {
        row.set(
            *field,
            match said {
                Said::Nothing => Cell::Empty,
                Said::Mark => Cell::Withheld("***"),
                Said::Text(text) => Cell::Present(text),
            },
        );
    }
    row
}

fn seen<'a>(copy: &Copy, row: &'a Row<'a>) -> Seen<'a> {
    Seen { file: copy.file, row, at: copy.at, strength: copy.strength }
}

/// Notes copies in two parts.
fn note(folder: &Path, copies: &[Copy]) -> Vec<PathBuf> {
    let halves = copies.split_at(copies.len() / 2);
    let mut paths = Vec::new();
    for (number, copies) in [halves.1, halves.0].into_iter().enumerate() {
        let path = folder.join(format!("part-{number}.notes"));
        let mut notes = Notes::create(&path, &KEY).expect("notes can be written");
        for copy in copies {
            notes.add(&seen(copy, &row(copy))).expect("notes can be written");
        }
        notes.finish().expect("notes can be written");
        paths.push(path);
    }
    paths
}

fn link(test: &str, copies: &[Copy], rows: usize) -> (Linked, Vec<Difference>) {
    let folder = folder(test);
    let notes = note(&folder, copies);
    let files = copies.iter().map(|copy| copy.file).max().unwrap_or(0);
    let days: Vec<_> = (0..=files).map(|file| days(copies, file)).collect();
    let scratch = folder.join("scratch");
    fs::create_dir_all(&scratch).expect("a folder");
    let mut listed = Vec::new();
    let linked = compare_within(&notes, &days, &scratch, rows, &mut |difference| {
        listed.push(difference.clone());
        Ok(())
    });
    assert_eq!(fs::read_dir(&scratch).expect("it is there").count(), 0);
    fs::remove_dir_all(folder).expect("it can be removed");
    (linked.expect("notes can be compared"), listed)
}

fn days(copies: &[Copy], file: u32) -> Days {
    let days = || {
        let of_file = copies.iter().filter(move |copy| copy.file == file);
        of_file.filter_map(|copy| Some(copy.at?.on))
    };
    Some((days().min()?, days().max()?))
}

/// A folder of this test alone, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("log-link-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What the comparison must find.
struct Expected {
    counts: BTreeMap<(Field, Kind), u64>,
    linked: u64,
    repeated: BTreeMap<u32, u64>,
    pairs: BTreeMap<(u32, u32), (u64, (u64, u64))>,
}

/// The comparison once more, on the texts themselves and all in memory.
fn plainly(copies: &[Copy]) -> Expected {
    let mut searches: BTreeMap<String, Vec<&Copy>> = BTreeMap::new();
    for copy in copies {
        searches.entry(text(copy, Field::Id)).or_default().push(copy);
    }
    let mut counts = BTreeMap::new();
    let mut repeated = BTreeMap::new();
    let mut alike = BTreeSet::new();
    for copy in copies {
        let at = if copy.at.is_some() { format!("{:?}", copy.at) } else { text(copy, Field::At) };
        let mut cells = copy.cells.clone();
        cells.retain(|(field, _)| *field != Field::At);
        cells.sort();
        if !alike.insert((copy.file, at, copy.strength, format!("{cells:?}"))) {
            *repeated.entry(copy.file).or_default() += 1;
        }
    }
    searches.remove("");
    for copies in searches.values() {
        for field in Field::ALL {
            if !matches!(field, Field::Id | Field::Owner | Field::At) {
                for kind in kinds(copies, field) {
                    *counts.entry((field, kind)).or_default() += 1;
                }
            }
        }
    }
    let linked = searches.values().filter(|copies| copies.len() > 1).count() as u64;
    Expected { counts, linked, repeated, pairs: pairs(copies, &searches) }
}

fn kinds(copies: &[&Copy], field: Field) -> Vec<Kind> {
    let states: BTreeSet<State> = copies.iter().map(|copy| row(copy).get(field).state()).collect();
    let texts: BTreeSet<String> = copies
        .iter()
        .filter(|copy| row(copy).get(field).text().is_some())
        .map(|copy| text(copy, field))
        .collect();
    let mut kinds = Vec::new();
    if texts.len() > 1 {
        kinds.push(Kind::Replaced);
    }
    let others = [
        (State::Withheld, Kind::Masked),
        (State::Empty, Kind::Emptied),
        (State::NotExported, Kind::MissingColumn),
    ];
    kinds.extend(
        others
            .into_iter()
            .filter(|(state, _)| !texts.is_empty() && states.contains(state))
            .map(|(_, kind)| kind),
    );
    kinds
}

fn pairs(
    copies: &[Copy],
    searches: &BTreeMap<String, Vec<&Copy>>,
) -> BTreeMap<(u32, u32), (u64, (u64, u64))> {
    let days: Vec<_> = (0..6).map(|file| days(copies, file)).collect();
    let mut pairs = BTreeMap::new();
    for (one, other) in (0..6_u32).flat_map(|one| (one + 1..6).map(move |other| (one, other))) {
        let (mut shared, mut only) = (0, (0, 0));
        for copies_of in searches.values() {
            let has = |file| copies_of.iter().any(|copy| copy.file == file);
            let within = covered((days[one as usize], days[other as usize]), copies_of[0]);
            match (has(one), has(other)) {
                (true, true) => shared += 1,
                (true, false) if within => only.0 += 1,
                (false, true) if within => only.1 += 1,
                _ => {}
            }
        }
        if shared > 0 {
            pairs.insert((one, other), (shared, only));
        }
    }
    pairs
}

/// The first and last day of a file.
type Days = Option<(Date, Date)>;

/// Whether a search is of the days that both files cover whole.
fn covered(files: (Days, Days), search: &Copy) -> bool {
    let (Some(at), Some(one), Some(other)) = (search.at, files.0, files.1) else { return false };
    let inside = |(first, last)| first <= at.on && at.on <= last;
    let edge = |one: Date, other: Date| one != other && (at.on == one.max(other));
    let end = |one: Date, other: Date| one != other && (at.on == one.min(other));
    inside(one) && inside(other) && !edge(one.0, other.0) && !end(one.1, other.1)
}

fn text(copy: &Copy, field: Field) -> String {
    row(copy).get(field).text().unwrap_or_default().to_owned()
}

/// Searches of six files, with copies that differ in all the ways there are.
fn random_copies(random: &mut Random) -> Vec<Copy> {
    let fields = [Field::Reason, Field::Plate, Field::Devices, Field::Case, Field::User];
    let exported: Vec<Vec<Field>> =
        (0..6).map(|_| fields.into_iter().filter(|_| random.below(5) > 0).collect()).collect();
    let mut copies = Vec::new();
    for number in 0..1500 {
        let id = format!("{number:036}");
        let on = date(2026, 3, 1 + i8::try_from(random.below(28)).expect("small"));
        let second = random.below(1_000_000) as i64;
        for line in 0..=random.below(4) {
            let file = random.below(6);
            let mut cells: Vec<(Field, Said)> =
                exported[file].iter().map(|&field| (field, random_cell(random))).collect();
            let id = if number % 50 == 0 { "" } else { id.as_str() };
            cells.push((Field::Id, if id.is_empty() { Said::Nothing } else { text_of(id) }));
            cells.push((Field::At, text_of(&format!("{on} {second}"))));
            copies.push(Copy {
                file: u32::try_from(file).expect("small"),
                line: (number * 10 + line) as u64,
                cells,
                at: Some(Moment { on, utc: Some(second), precision: Precision::Time }),
                strength: Some([Strength::Generic, Strength::Blank][random.below(2)]),
            });
        }
    }
    copies
}

fn random_cell(random: &mut Random) -> Said {
    match random.below(8) {
        0 => Said::Nothing,
        1 => Said::Mark,
        _ => text_of(["one", "two", "three"][random.below(3)]),
    }
}

fn text_of(text: &str) -> Said {
    Said::Text(text.to_owned())
}

/// Chance from a seed (xorshift64*), which a failing test names.
struct Random(u64);

impl Random {
    /// A number from 0 up to, not including, `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).expect("31 bits") % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
