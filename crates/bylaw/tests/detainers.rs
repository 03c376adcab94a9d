//! The detainers of ICE's spreadsheets: what is read, what is asked, and what the law answers to
//! it.
//!
//! The published rows are checked where `BYLAW_DATA` names their folder; a small file of the same
//! shape is checked always.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

#[path = "../examples/detainers/import.rs"]
mod import;
mod support;
#[path = "../examples/detainers/table.rs"]
mod table;

use std::{fmt::Write as _, fs::File, io::Read, path::PathBuf};

use flate2::read::MultiGzDecoder;
use import::{Act, BadRow, Counts, Detainer, Facilities, Summary};
use jiff::civil::{Date, date};
use support::bylaw_reading;
use table::Tally;

const TODAY: Date = date(2026, 11, 22);

/// Rows of the published shape: each kind of holder, another state, a row that is cut off and one
/// with a bad date.
const SMALL: &str = "\
Prepare Date,Detainer Type,Detainer Detention Facility,State,City,Detainer Lift Reason
2014-10-02,I247 - Immigration Detainer - Notice of Action (as of March 2013),LOS ANGELES CITY JAIL,CALIFORNIA,LOS ANGELES,
2014-10-02,I247 - Immigration Detainer - Notice of Action (as of March 2013),LOS ANGELES CITY JAIL,CALIFORNIA,LOS ANGELES,
2014-10-03,I247 - Immigration Detainer - Notice of Action (as of March 2013),LOS ANGELES COUNTY JAIL-TWIN TOWER,CALIFORNIA,LOS ANGELES,Lifted
2014-10-04,I247 - Immigration Detainer - Notice of Action (as of March 2013),KERN COUNTY JAIL (LERDO),CALIFORNIA,BAKERSFIELD,Detainer Declined by LEA
2014-10-05,I247 - Immigration Detainer
2014-10-05,I247D - Immigration Detainer - Request for Action,POMONA CITY JAIL,CALIFORNIA,POMONA,
2014-10-06,I247 - Immigration Detainer - Notice of Action (as of March 2013),WASCO STATE PRISON,CALIFORNIA,WASCO,
2014-10-06,I247 - Immigration Detainer - Notice of Action (as of March 2013),ADA COUNTY JAIL,IDAHO,BOISE,
10/06/14,I247 - Immigration Detainer - Notice of Action (as of March 2013),POMONA CITY JAIL,CALIFORNIA,POMONA,
2014-10-07,I247 - Immigration Detainer - Notice of Action (as of March 2013),LOMPOC USP,CALIFORNIA,LOMPOC,
2014-10-07,I247N - Immigration Advisal - Request for Notification,POMONA CITY JAIL,CALIFORNIA,POMONA,
2014-10-08,I247 - Immigration Detainer - Notice of Action (as of March 2013),\"JAIL, OTHER\",CALIFORNIA,NOWHERE,
";

fn read(source: impl Read) -> Vec<Result<Detainer, BadRow>> {
    import::detainers(source).unwrap().collect()
}

fn counts(rows: &[Result<Detainer, BadRow>]) -> String {
    let mut counts = Counts::default();
    rows.iter().flatten().for_each(|detainer| counts.add(detainer));
    let mut bytes = Vec::new();
    counts.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The requests of these rows as lines, and what was left out.
fn requests(
    rows: &[Result<Detainer, BadRow>],
    act: Act,
    on: Option<Date>,
) -> (Vec<String>, Summary) {
    let facilities = Facilities::known().unwrap();
    let mut summary = Summary::default();
    let lines = rows
        .iter()
        .flatten()
        .filter_map(|detainer| summary.request(&facilities, detainer, act, on))
        .map(|request| request.to_string())
        .collect();
    (lines, summary)
}

/// The table of the replies to these requests.
fn decided(lines: &[String]) -> String {
    let run = bylaw_reading(&["decide", "--batch", "-"], lines.join("\n"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    let mut tally = Tally::default();
    run.out.lines().for_each(|line| tally.add(line).unwrap());
    tally.to_string()
}

#[test]
fn a_bad_row_is_reported_with_its_line_and_the_rest_goes_on() {
    let rows = read(SMALL.as_bytes());
    let bad: Vec<String> =
        rows.iter().filter_map(|row| row.as_ref().err()).map(ToString::to_string).collect();
    assert_eq!(
        bad,
        ["line 6: 2 columns instead of 6", "line 10: `10/06/14` is no date like 2014-12-01"]
    );
    assert_eq!(rows.iter().flatten().count(), 9);
}

#[test]
fn bytes_that_are_no_text_are_one_bad_row() {
    let mut bytes = SMALL.as_bytes().to_vec();
    let place = SMALL.find("KERN").unwrap();
    bytes[place] = 0xff;
    let rows = read(bytes.as_slice());
    assert!(rows.iter().any(|row| row.as_ref().is_err_and(|bad| bad.line == 5)));
    assert_eq!(rows.iter().flatten().count(), 8);
}

#[test]
fn a_file_of_another_shape_is_refused() {
    let error = import::detainers("Date,State\n2014-10-02,CALIFORNIA\n".as_bytes()).err().unwrap();
    assert_eq!(error.to_string(), "the header has no column `Prepare Date`");
}

#[test]
fn rows_are_counted_by_facility_form_and_reason() {
    insta::assert_snapshot!(counts(&read(SMALL.as_bytes())), @r#"
    facility,city,form,lift_reason,count
    "JAIL, OTHER",NOWHERE,I247,(blank),1
    KERN COUNTY JAIL (LERDO),BAKERSFIELD,I247,Detainer Declined by LEA,1
    LOMPOC USP,LOMPOC,I247,(blank),1
    LOS ANGELES CITY JAIL,LOS ANGELES,I247,(blank),2
    LOS ANGELES COUNTY JAIL-TWIN TOWER,LOS ANGELES,I247,Lifted,1
    POMONA CITY JAIL,POMONA,I247D,(blank),1
    POMONA CITY JAIL,POMONA,I247N,(blank),1
    WASCO STATE PRISON,WASCO,I247,(blank),1
    "#);
}

#[test]
fn what_cannot_be_placed_makes_no_request_and_has_its_reason() {
    let (lines, summary) = requests(&read(SMALL.as_bytes()), Act::DetainOnHold, None);
    assert_eq!(lines.len(), 6);
    insta::assert_snapshot!(summary, @r#"
    6 requests
          1  Los Angeles County sheriff
          2  Los Angeles police
          1  another city's police
          1  another county's jail
          1  state prison
    3 detainers make no request
          1  federal: no law of California binds it
                  1  LOMPOC USP
          1  form I-247N asks for notice only
                  1  POMONA CITY JAIL
          1  the facility is not in the list
                  1  JAIL, OTHER
    "#);
}

#[test]
fn a_request_says_what_the_columns_say_and_no_more() {
    let (lines, _) = requests(&read(SMALL.as_bytes()), Act::NotifyReleaseDate, None);
    let mut text = String::new();
    for line in lines.iter().skip(2).take(1) {
        let request: serde_json::Value = serde_json::from_str(line).unwrap();
        writeln!(text, "{request:#}").unwrap();
    }
    insta::assert_snapshot!(text, @r#"
    {
      "id": {
        "line": 4,
        "held_by": "Los Angeles County sheriff"
      },
      "jurisdiction": "us/ca/los-angeles-county",
      "on": "2014-10-03",
      "facts": {
        "action": "notify_release_date",
        "actor_kind": "sheriff_or_jail",
        "requester_kind": "ice_ero",
        "purpose": "civil_immigration_enforcement",
        "requests_specific_person": true,
        "non_local_agency": true,
        "legal_process": "i247a_detainer",
        "process_issuer": "immigration_officer",
        "detainer_lodged": true,
        "in_custody": true,
        "info_category": "release_date_time"
      }
    }
    "#);
}

#[test]
fn the_law_answers_each_as_far_as_it_is_known() {
    let rows = read(SMALL.as_bytes());
    let mut text = String::new();
    for (act, on) in [(Act::DetainOnHold, None), (Act::DetainOnHold, Some(TODAY))] {
        let (lines, _) = requests(&rows, act, on);
        writeln!(text, "{act:?} {on:?}: {}", decided(&lines)).unwrap();
    }
    insta::assert_snapshot!(text, @r#"
    DetainOnHold None: 6 replies

    | answer | sections | detainers |
    | --- | --- | ---: |
    | needs_facts |  | 6 |

    | held by | needs_facts |
    | --- | ---: |
    | Los Angeles County sheriff | 1 |
    | Los Angeles police | 2 |
    | another city's police | 1 |
    | another county's jail | 1 |
    | state prison | 1 |

    | needed | detainers |
    | --- | ---: |
    | eligible_for_release | 6 |
    | hours_past_release_requested | 6 |
    | state_law_authorizes_hold | 6 |
    | conviction_anniversary_today | 5 |
    | conviction_class | 5 |
    | federal_felony_warrant_outstanding | 5 |
    | registry_current | 5 |
    | years_since_conviction | 5 |

    DetainOnHold Some(2026-11-22): 6 replies

    | answer | sections | detainers |
    | --- | --- | ---: |
    | must_not | Gov. Code § 7284.6(a)(1)(B) | 3 |
    | must_not | Gov. Code § 7284.6(a)(1)(B); LAPD detainer policy (2014, 2016); notice of December 2016; notice of 2017-05-17 | 2 |
    | needs_facts |  | 1 |

    | held by | must_not | needs_facts |
    | --- | ---: | ---: |
    | Los Angeles County sheriff | 1 | 0 |
    | Los Angeles police | 2 | 0 |
    | another city's police | 1 | 0 |
    | another county's jail | 1 | 0 |
    | state prison | 0 | 1 |

    | needed | detainers |
    | --- | ---: |
    | eligible_for_release | 1 |
    | hours_past_release_requested | 1 |
    | state_law_authorizes_hold | 1 |
    "#);
}

/// The folder of the published rows, where there is one.
fn published() -> Option<PathBuf> {
    let folder =
        std::env::var_os("BYLAW_DATA").map(|data| PathBuf::from(data).join("ice-detainers"));
    if folder.is_none() {
        println!("skipped: BYLAW_DATA is not set");
    }
    folder
}

fn published_rows(folder: &std::path::Path) -> Vec<Result<Detainer, BadRow>> {
    let file = File::open(folder.join("ice_detainers_fy2015_q1.csv.gz")).unwrap();
    read(MultiGzDecoder::new(file))
}

#[test]
fn the_published_rows_give_the_published_counts() {
    let Some(folder) = published() else { return };
    let rows = published_rows(&folder);
    assert_eq!(rows.len(), rows.iter().flatten().count(), "a row could not be read");
    let expected =
        std::fs::read_to_string(folder.join("expected_california_by_facility_type_reason.csv"))
            .unwrap();
    assert_eq!(counts(&rows), expected);
}

#[test]
fn every_published_detainer_is_placed_or_has_its_reason() {
    let Some(folder) = published() else { return };
    let rows = published_rows(&folder);
    let (lines, summary) = requests(&rows, Act::DetainOnHold, None);
    assert_eq!((rows.len(), lines.len()), (5035, 4640));
    let summary = summary.to_string();
    assert!(summary.contains("395 detainers make no request"), "{summary}");
    assert!(!summary.contains("not in the list"), "{summary}");
}

/// A detainer alone never authorizes a hold: not in 2014, and not today.
#[test]
fn no_published_detainer_is_answered_may_or_must() {
    let Some(folder) = published() else { return };
    let rows = published_rows(&folder);
    for on in [None, Some(TODAY)] {
        let (lines, _) = requests(&rows, Act::DetainOnHold, on);
        let run = bylaw_reading(&["decide", "--batch", "-"], lines.join("\n"));
        assert_eq!(run.code, Some(0), "{}", run.err);
        let replies = run.lines();
        assert_eq!(replies.len(), lines.len());
        for reply in replies {
            let answer = reply["answer"].as_str().unwrap();
            assert!(matches!(answer, "must_not" | "needs_facts" | "refer"), "{reply}");
        }
    }
}
