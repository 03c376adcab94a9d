//! `bylaw ask`: the interview, answered from a pipe.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod support;

use support::{Run, SMALL, bylaw_reading};

/// An interview about entering a door of the small town, after the questions that begin every
/// interview.
fn ask(actor: &str, answers: &[&str]) -> Run {
    let arguments = [
        "ask",
        "--packs",
        SMALL,
        "--on",
        "2026-11-22",
        "--jurisdiction",
        "town",
        "--action",
        "enter",
        "--who",
        "counsel",
    ];
    bylaw_reading(&[&arguments[..], &["--actor", actor]].concat(), lines(answers))
}

fn lines(answers: &[&str]) -> String {
    answers.iter().map(|answer| format!("{answer}\n")).collect()
}

/// The last lines: what was answered.
fn stated(run: &Run) -> &str {
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    run.out.lines().last().expect("something is printed")
}

#[test]
fn a_whole_interview_in_the_small_town() {
    let run = bylaw_reading(
        &["ask", "--packs", SMALL, "--on", "2026-11-22"],
        lines(&["1", "police", "enter", "no", "letter"]),
    );
    insta::assert_snapshot!("town", run.transcript());
}

#[test]
fn a_whole_interview_at_the_library() {
    let arguments = [
        "ask",
        "--on",
        "2026-11-22",
        "--jurisdiction",
        "us/ca/los-angeles",
        "--actor",
        "library_staff",
    ];
    let run = bylaw_reading(
        &[&arguments[..], &["--action", "grant_nonpublic_access"]].concat(),
        lines(&["no", "civil", "i200", "", ""]),
    );
    insta::assert_snapshot!("library", run.transcript());
}

#[test]
fn a_number_a_name_and_its_beginning_answer_alike() {
    let ways = [["2", "2"], ["no", "letter"], ["n", "l"], [" no ", "\tletter  "]];
    let runs = ways.map(|[emergency, paper]| ask("police", &[emergency, paper, "5"]));
    for run in &runs {
        assert_eq!(stated(run), "actor_kind=police, paper=letter, hours=0..12, emergency=false");
        assert!(run.out.contains("\nMAY  Let someone in\n"), "{}", run.out);
        assert_eq!(run.out, runs[0].out);
    }
}

#[test]
fn a_question_mark_explains_and_asks_again() {
    let run = ask("police", &["?", "?", "no", "?", "letter", "?", "5"]);
    assert_eq!(run.out.matches("Now, not later.").count(), 2, "{}", run.out);
    for help in ["Read its title.", "Count from release."] {
        assert_eq!(run.out.matches(help).count(), 1, "{}", run.out);
    }
    assert_eq!(stated(&run), "actor_kind=police, paper=letter, hours=0..12, emergency=false");
}

#[test]
fn not_knowing_anything_still_ends() {
    let run = ask("police", &["", "", "", ""]);
    assert!(run.out.contains("\nMORE FACTS ARE NEEDED  "), "{}", run.out);
    assert_eq!(stated(&run), "actor_kind=police");
}

#[test]
fn what_others_know_is_left_to_them() {
    let arguments = [
        "ask",
        "--packs",
        SMALL,
        "--on",
        "2026-11-22",
        "--jurisdiction",
        "town",
        "--action",
        "enter",
        "--actor",
        "police",
    ];
    let run = bylaw_reading(&arguments, lines(&["no", "letter"]));
    assert!(!run.out.contains("How many hours?  (the last"), "counsel alone knows: {}", run.out);
    assert!(run.out.contains("How many hours?  (hours; counsel can know it)"), "{}", run.out);
}

#[test]
fn going_back_asks_the_last_question_again() {
    let run = ask("police", &["no", "court_order", "b", "letter", "b", "b", "", "letter", "5"]);
    assert_eq!(run.out.matches("Is a life in danger?  (at most").count(), 2, "{}", run.out);
    let straight = ask("police", &["", "letter", "5"]);
    assert_eq!(stated(&run), stated(&straight));
    let last = |run: &Run| run.out.rsplit_once(" > ").map(|(_, decision)| decision.to_owned());
    assert_eq!(last(&run), last(&straight));
}

#[test]
fn going_back_from_the_first_question_is_told() {
    let run = ask("police", &["b", "no", "letter", "5"]);
    assert!(run.out.contains("this is the first question"), "{}", run.out);
    assert_eq!(stated(&run), "actor_kind=police, paper=letter, hours=0..12, emergency=false");
}

#[test]
fn stopping_and_the_end_of_input_decide_nothing() {
    let inputs = ["q\n", "no\nq\n", "", "no\n", "no\nletter\n", "b\n"];
    for input in inputs {
        let answers: Vec<&str> = input.lines().collect();
        let run = ask("police", &answers);
        assert_eq!(run.code, Some(1), "{input:?}: {}", run.out);
        assert!(run.err.ends_with("stopped; nothing was decided\n"), "{input:?}: {}", run.err);
        assert!(!run.out.contains("Why"), "{input:?}: {}", run.out);
    }
    let whole = ["ask", "--packs", SMALL, "--on", "2026-11-22"];
    for input in ["", "q\n", "town\n", "town\nq\n", "1\n1\n", "1\n1\nq"] {
        let run = bylaw_reading(&whole, input);
        assert_eq!(
            (run.code, run.err.as_str()),
            (Some(1), "stopped; nothing was decided\n"),
            "{input:?}"
        );
    }
}

#[test]
fn nonsense_is_asked_again() {
    let long = "x".repeat(100_000);
    let nonsense =
        ["maybe", "0", "3", "-1", "18446744073709551616", "yesno", "\u{1f600}", "\0", &long];
    let run = ask("police", &[&nonsense[..], &["no", "letter", "49", "-1", "5.5", "5"]].concat());
    assert_eq!(run.out.matches(" is none of these").count(), nonsense.len() + 3, "{}", run.out);
    assert!(!run.out.contains(&"x".repeat(41)), "a long line is not repeated whole");
    assert_eq!(stated(&run), "actor_kind=police, paper=letter, hours=0..12, emergency=false");
    // A beginning that fits two names is none of them.
    let two = [
        "ask",
        "--on",
        "2026-11-22",
        "--jurisdiction",
        "us/ca/los-angeles",
        "--actor",
        "library_staff",
    ];
    let run = bylaw_reading(&two, "grant\nq\n");
    assert!(run.out.contains("`grant` is none of these"), "{}", run.out);
}

#[test]
fn bytes_that_are_no_text_are_asked_again() {
    let arguments = ["ask", "--packs", SMALL, "--on", "2026-11-22"];
    let run = bylaw_reading(&arguments, b"\xff\xfe\n1\n1\nenter\n\n\n");
    assert_eq!(run.code, Some(0), "{}", run.err);
}

#[test]
fn json_comes_alone_on_standard_output() {
    let arguments = ["ask", "--packs", SMALL, "--on", "2026-11-22", "--json"];
    let run = bylaw_reading(&arguments, lines(&["town", "police", "enter", "no", "letter"]));
    assert_eq!(run.json()["answer"], "needs_facts");
    assert!(run.err.contains("Is a life in danger?"), "the questions are still asked: {}", run.err);
}

#[test]
fn errors_of_the_first_answers_come_before_any_question() {
    let rows = [
        (["--jurisdiction", "mars"], "law::unknown_jurisdiction"),
        (["--actor", "wizard"], "law::unknown_value"),
        (["--action", "dance"], "law::unknown_value"),
    ];
    let mut reports = String::new();
    for (option, code) in rows {
        let right = [["--jurisdiction", "town"], ["--actor", "police"], ["--action", "enter"]];
        let options = right.map(|pair| if pair[0] == option[0] { option } else { pair });
        let arguments =
            [&["ask", "--packs", SMALL, "--on", "2026-11-22"], options.as_flattened()].concat();
        let run = bylaw_reading(&arguments, "");
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.err.contains(code), "{}", run.err);
        reports += &run.transcript();
    }
    insta::assert_snapshot!("errors", reports);
}
