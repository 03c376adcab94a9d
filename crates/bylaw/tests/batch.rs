//! `bylaw decide --batch`: order, agreement with one request at a time, bad lines in their place,
//! and memory.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    thread,
};

use serde_json::{Value, json};
use support::{
    Run, bylaw, bylaw_reading, finish, folder,
    generate::{Random, Vocabulary},
    start,
};

const SEED: u64 = 0x0b_1a_57;

/// A request that is answered `must_not` on any day since 2024-12-09.
const GOOD: &str = r#"{"id": "good", "jurisdiction": "us/ca/los-angeles", "facts": {"action": "disclose_information", "actor_kind": "library_staff", "requester_kind": "ice_ero", "purpose": "civil_immigration_enforcement", "legal_process": "i200", "process_issuer": "immigration_officer", "info_category": "home_or_work_address", "exigent_threat_to_life": false, "written_consent_to_disclose": false}}"#;

fn batch(input: impl AsRef<[u8]>) -> Run {
    bylaw_reading(&["decide", "--batch", "-", "--on", "2026-11-22"], input)
}

/// As many random requests, with ids of every kind that JSON has.
fn requests(count: usize) -> Vec<Value> {
    let vocabulary = Vocabulary::read();
    let mut random = Random(SEED);
    let mut made = Vec::with_capacity(count);
    for number in 0..count {
        let mut request = vocabulary.request(&mut random);
        let id = match random.below(5) {
            0 => json!(number),
            1 => json!(format!("row {number} {}", "x".repeat(random.below(2_000)))),
            2 => json!({ "file": "a\"\\\n", "row": [number, null] }),
            3 => json!(-0.5 - number as f64),
            _ => Value::Null,
        };
        request.insert("id".to_owned(), id);
        made.push(Value::Object(request));
    }
    made
}

fn as_lines(requests: &[Value]) -> String {
    requests.iter().map(|request| format!("{request}\n")).collect()
}

#[test]
fn replies_keep_the_order_of_the_requests() {
    let requests = requests(20_000);
    let input = as_lines(&requests);
    assert!(input.len() > 40 << 18, "too few chunks: {} bytes", input.len());
    let run = batch(&input);
    let replies = run.lines();
    assert_eq!(replies.len(), requests.len());
    for (number, (request, reply)) in requests.iter().zip(&replies).enumerate() {
        assert_eq!(request["id"], reply["id"], "request {number}");
        match reply.get("error") {
            Some(error) => {
                assert_eq!(
                    (&reply["line"], &error["code"]),
                    (&json!(number + 1), &json!("law::actor_not_bound")),
                    "{reply}"
                );
            }
            None => assert_eq!(request["on"], reply["on"], "request {number}"),
        }
    }
    let bad = replies.iter().filter(|reply| reply.get("error").is_some()).count();
    assert!((100..10_000).contains(&bad), "{bad}");
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.err,
        format!("{bad} of 20000 requests could not be read; each has its error in its place\n")
    );
    assert_eq!(run.out, batch(&input).out, "a second run says something else");
}

#[test]
fn a_batch_says_what_each_request_alone_is_told() {
    let requests = requests(60);
    for otherwise in ["unknown", "absent"] {
        let arguments = ["--on", "2026-11-22", "--otherwise", otherwise];
        let together = bylaw_reading(
            &[&["decide", "--batch", "-"], &arguments[..]].concat(),
            as_lines(&requests),
        );
        for (request, reply) in requests.iter().zip(together.lines()) {
            let alone = bylaw_reading(
                &[&["decide", "-", "--json"], &arguments[..]].concat(),
                request.to_string(),
            );
            if let Some(error) = reply.get("error") {
                assert_eq!(alone.code, Some(2), "{request}");
                assert_eq!(alone.json()["error"], *error, "{request}");
                continue;
            }
            let mut alone = alone.json();
            let more = alone.as_object_mut().expect("a reply is an object");
            more.remove("words");
            more.remove("alternative");
            assert_eq!(alone, reply, "{request}");
        }
    }
}

/// Lines that are no request, with the code of their error and the id that is found all the same.
fn bad_lines() -> Vec<(&'static str, Vec<u8>, &'static str, Value)> {
    let facts = |facts: &str| {
        format!(r#"{{"id": 7, "jurisdiction": "us/ca", "facts": {{{facts}}}}}"#).into_bytes()
    };
    let act = r#""action": "adopt_policy""#;
    let with = |more: &str| facts(&format!("{act}, {more}"));
    let nested = format!(r#""in_custody": {}1{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let nested_objects = r#"{"a":"#.repeat(100_000);
    let mut invalid_text = with(r#""purpose": "x""#);
    let x = invalid_text.iter().rposition(|&byte| byte == b'x').expect("it stands there");
    invalid_text[x] = 0xff;
    let mut invalid_name = facts(r#""action!": 1"#);
    let mark = invalid_name.iter().position(|&byte| byte == b'!').expect("it stands there");
    invalid_name[mark] = 0xc3;
    vec![
        ("malformed", br#"{"id": 7, "facts": "#.into(), "law::malformed", Value::Null),
        ("not an object", b"[1, 2]".into(), "law::malformed", Value::Null),
        ("a number", b"1".into(), "law::malformed", Value::Null),
        ("text", b"law".into(), "law::malformed", Value::Null),
        ("a mark of byte order", b"\xef\xbb\xbf{}".into(), "law::malformed", Value::Null),
        ("two on a line", [GOOD, GOOD].concat().into(), "law::malformed", Value::Null),
        ("facts as text", br#"{"id": 7, "facts": "none"}"#.into(), "law::malformed", json!(7)),
        ("no facts", br#"{"id": 7}"#.into(), "law::malformed", json!(7)),
        ("null facts", br#"{"id": 7, "facts": null}"#.into(), "law::malformed", json!(7)),
        ("a field too many", br#"{"id": 7, "facts": {}, "note": ""}"#.into(), "law::malformed", json!(7)),
        ("two ids", br#"{"id": 7, "id": 8, "facts": {}}"#.into(), "law::malformed", Value::Null),
        ("a number for the place", br#"{"id": 7, "jurisdiction": 1, "facts": {}}"#.into(), "law::malformed", json!(7)),
        ("a number for the day", br#"{"id": 7, "jurisdiction": "us", "on": 20261122, "facts": {}}"#.into(), "law::malformed", json!(7)),
        ("no place", format!(r#"{{"id": 7, "facts": {{{act}}}}}"#).into(), "law::missing_jurisdiction", json!(7)),
        ("no act", facts(""), "law::missing_action", json!(7)),
        ("a wrong type", with(r#""in_custody": 1"#), "law::wrong_type", json!(7)),
        ("a null act", facts(r#""action": null"#), "law::wrong_type", json!(7)),
        ("an object for a fact", with(r#""in_custody": {"value": true}"#), "law::wrong_type", json!(7)),
        ("above the range", with(r#""years_since_conviction": 100"#), "law::out_of_range", json!(7)),
        ("beyond 64 bits", with(r#""years_since_conviction": 18446744073709551616"#), "law::out_of_range", json!(7)),
        ("beyond 63 bits", with(r#""years_since_conviction": 9223372036854775808"#), "law::out_of_range", json!(7)),
        ("below 63 bits", with(r#""years_since_conviction": -9223372036854775809"#), "law::out_of_range", json!(7)),
        ("a fraction", with(r#""years_since_conviction": 5.0"#), "law::out_of_range", json!(7)),
        ("1e999", with(r#""years_since_conviction": 1e999"#), "law::malformed", json!(7)),
        ("not a number", with(r#""years_since_conviction": NaN"#), "law::malformed", Value::Null),
        ("an unknown fact", with(r#""immigration_status": "none""#), "law::unknown_fact", json!(7)),
        ("an unknown value", with(r#""purpose": "curiosity""#), "law::unknown_value", json!(7)),
        ("an unknown act", facts(r#""action": "dance""#), "law::unknown_value", json!(7)),
        ("an unknown place", format!(r#"{{"id": 7, "jurisdiction": "mars", "facts": {{{act}}}}}"#).into(), "law::unknown_jurisdiction", json!(7)),
        ("a fact given twice", with(r#""in_custody": true, "in_custody": null"#), "law::duplicate_fact", json!(7)),
        ("deep lists", with(&nested), "law::wrong_type", json!(7)),
        ("deep objects", nested_objects.into(), "law::malformed", Value::Null),
        ("text that is not UTF-8", invalid_text, "law::malformed", json!(7)),
        ("a name that is not UTF-8", invalid_name, "law::malformed", json!(7)),
        ("half of a pair", with(r#""purpose": "\ud800""#), "law::malformed", json!(7)),
        ("NUL bytes", b"\0\0\0\0".into(), "law::malformed", Value::Null),
        ("a NUL in a value", with("\"purpose\": \"none\0\""), "law::malformed", Value::Null),
        ("a day that is none", format!(r#"{{"id": 7, "jurisdiction": "us", "on": "11/22/2026", "facts": {{{act}}}}}"#).into(), "law::bad_date", json!(7)),
        ("a day beyond all", format!(r#"{{"id": 7, "jurisdiction": "us", "on": "99999-01-01", "facts": {{{act}}}}}"#).into(), "law::bad_date", json!(7)),
        ("a day before any law", format!(r#"{{"id": 7, "jurisdiction": "us", "on": "0001-01-01", "facts": {{{act}}}}}"#).into(), "law::before_any_law", json!(7)),
        ("an actor of another place", format!(r#"{{"id": 7, "jurisdiction": "us/ca/los-angeles", "facts": {{"actor_kind": "school_employee", {act}}}}}"#).into(), "law::actor_not_bound", json!(7)),
    ]
}

#[test]
fn bad_lines_are_answered_in_their_place_and_the_rest_goes_on() {
    let rows = bad_lines();
    let mut input = Vec::new();
    for (number, (_, line, ..)) in rows.iter().enumerate() {
        // An empty line is no request, but it counts as a line; a line may end as on another
        // system.
        input.extend_from_slice(if number % 2 == 0 { b"\n" } else { b" \t\r\n" });
        input.extend_from_slice(line);
        input.extend_from_slice(if number % 2 == 0 { b"\n" } else { b"\r\n" });
        input.extend_from_slice(GOOD.as_bytes());
        // The last line has no end.
        input.extend_from_slice(if number + 1 == rows.len() { b"" } else { b"\n" });
    }
    let run = batch(&input);
    let replies = run.lines();
    assert_eq!(replies.len(), rows.len() * 2);
    for (number, ((title, _, code, id), pair)) in rows.iter().zip(replies.chunks(2)).enumerate() {
        let (bad, good) = (&pair[0], &pair[1]);
        assert_eq!(bad["error"]["code"], *code, "{title}: {bad}");
        assert_eq!((&bad["line"], &bad["id"]), (&json!(number * 3 + 2), id), "{title}: {bad}");
        for part in ["message", "help"] {
            assert!(!bad["error"][part].as_str().expect("text").is_empty(), "{title}: {bad}");
        }
        assert_eq!(bad.as_object().expect("an object").len(), 3, "{title}: {bad}");
        assert_eq!(
            (&good["id"], &good["answer"]),
            (&json!("good"), &json!("must_not")),
            "after {title}"
        );
    }
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.err,
        format!(
            "{} of {} requests could not be read; each has its error in its place\n",
            rows.len(),
            rows.len() * 2
        )
    );
}

/// An error never repeats more than a little of what it is about: it may be a name or a number of
/// someone.
#[test]
fn errors_quote_little_of_the_line() {
    let long = "Jane Roe, 123 Main Street ".repeat(40);
    let rows = [
        format!(r#"{{"jurisdiction": "us", "facts": "{long}"}}"#),
        format!(r#"{{"jurisdiction": "us", "{long}": 1, "facts": {{}}}}"#),
        format!(r#"{{"jurisdiction": "us", "facts": {{"{long}": 1}}}}"#),
        format!(r#"{{"jurisdiction": "us", "facts": {{"purpose": "{long}"}}}}"#),
        format!(r#"{{"jurisdiction": "us", "facts": {{"action": "{long}"}}}}"#),
        format!(r#"{{"jurisdiction": "{long}", "facts": {{}}}}"#),
        format!(r#"{{"jurisdiction": "us", "on": "{long}", "facts": {{}}}}"#),
        format!(r#""{long}""#),
    ];
    for reply in batch(rows.join("\n")).lines() {
        let message = reply["error"]["message"].as_str().expect("a message");
        assert!(message.matches("Jane Roe").count() <= 2, "{message}");
    }
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused_unread() {
    let mut child = start(&["decide", "--batch", "-", "--on", "2026-11-22"]);
    let mut input = child.stdin.take().expect("standard input is a pipe");
    let (peak, run) = thread::scope(|scope| {
        let id = child.id();
        let writer = scope.spawn(move || {
            writeln!(input, "{GOOD}").expect("it is read");
            let block = [b'x'; 1 << 20];
            for _ in 0..100 {
                input.write_all(&block).expect("it is read");
            }
            write!(input, "\n{GOOD}\n").expect("it is read");
            peak_kibibytes(id)
        });
        let run = finish(child);
        (writer.join().expect("the writer ends"), run)
    });
    let replies = run.lines();
    assert_eq!(replies.len(), 3);
    assert_eq!(replies[0]["answer"], "must_not");
    assert_eq!(
        (&replies[1]["line"], &replies[1]["error"]["code"]),
        (&json!(2), &json!("law::too_long"))
    );
    assert_eq!(replies[2]["answer"], "must_not");
    assert_eq!(run.code, Some(2));
    assert!(peak.is_none_or(|peak| peak < 64 << 10), "{peak:?} KiB");
}

#[test]
fn memory_stays_the_same_however_long_the_stream() {
    let block = as_lines(&requests(4_000));
    let blocks = (200 << 20) / block.len() + 1;
    let mut child = start(&["decide", "--batch", "-", "--on", "2026-11-22"]);
    let mut input = child.stdin.take().expect("standard input is a pipe");
    let mut output = child.stdout.take().expect("standard output is a pipe");
    let (peak, lines) = thread::scope(|scope| {
        let id = child.id();
        let writer = scope.spawn(move || {
            for _ in 0..blocks {
                input.write_all(block.as_bytes()).expect("it is read");
            }
            // Still running, for its input is open; what it has not yet answered is a few chunks.
            peak_kibibytes(id)
        });
        let mut lines = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = output.read(&mut buffer).expect("output can be read");
            if read == 0 {
                break;
            }
            lines += buffer[..read].iter().filter(|&&byte| byte == b'\n').count();
        }
        (writer.join().expect("the writer ends"), lines)
    });
    assert_eq!(lines, blocks * 4_000);
    assert_eq!(finish(child).code, Some(2));
    println!("{blocks} blocks, {lines} lines, peak {peak:?} KiB");
    assert!(peak.is_none_or(|peak| peak < 64 << 10), "{peak:?} KiB");
}

/// The most memory a running program ever had; none where the system does not tell.
fn peak_kibibytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn replies_go_to_a_file() {
    let folder = folder("batch-file");
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let input = as_lines(&requests(500));
    fs::write(path("in.jsonl"), &input).expect("the file is written");
    let (from, to) = (path("in.jsonl"), path("out.jsonl"));
    let (from, to) = (from.to_str().expect("text"), to.to_str().expect("text"));
    let run = bylaw(&["decide", "--batch", from, "-o", to, "--on", "2026-11-22"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert_eq!(fs::read_to_string(to).expect("it is there"), batch(&input).out);
    // An empty batch is answered by nothing.
    fs::write(from, "").expect("the file is written");
    let run = bylaw(&["decide", "--batch", from, "-o", to]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "", ""));
    assert_eq!(fs::read_to_string(to).expect("it is there"), "");
}

#[test]
fn the_input_is_never_overwritten() {
    let folder = folder("batch-same-file");
    let path = folder.join("requests.jsonl");
    fs::write(&path, GOOD).expect("the file is written");
    let name = path.to_str().expect("text");
    let run = bylaw(&["decide", "--batch", name, "-o", name, "--on", "2026-11-22"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), GOOD);
}

#[test]
fn requests_without_a_day_are_decided_on_the_day_given() {
    let input =
        format!("{GOOD}\n{}\n", GOOD.replace("\"facts\"", "\"on\": \"2026-11-22\", \"facts\""));
    let replies = bylaw_reading(&["decide", "--batch", "-", "--on", "1985-05-01"], input).lines();
    assert_eq!(
        (&replies[0]["on"], &replies[0]["answer"]),
        (&json!("1985-05-01"), &json!("unregulated"))
    );
    assert_eq!(
        (&replies[1]["on"], &replies[1]["answer"]),
        (&json!("2026-11-22"), &json!("must_not"))
    );
}

#[test]
fn what_is_assumed_absent_is_listed_and_is_enough() {
    let vocabulary = Vocabulary::read();
    let requests = requests(300);
    let run = |requests: &[Value], otherwise: &str| {
        bylaw_reading(&["decide", "--batch", "-", "--otherwise", otherwise], as_lines(requests))
            .lines()
    };
    let assumed = run(&requests, "absent");
    // The same requests with what was assumed stated: the same answer, with nothing assumed.
    let stated: Vec<Value> = requests
        .iter()
        .zip(&assumed)
        .map(|(request, reply)| {
            let mut request = request.clone();
            for name in reply["assumed"].as_array().unwrap_or(&Vec::new()) {
                let fact =
                    vocabulary.facts.iter().find(|fact| fact.name == *name).expect("it is a fact");
                let place = &mut request["facts"][&fact.name];
                assert_eq!(*place, Value::Null, "{name} was stated");
                *place = fact.absent.clone().expect("its absence can be seen");
            }
            request
        })
        .collect();
    let mut lists = 0;
    for (((request, reply), stated), again) in
        requests.iter().zip(&assumed).zip(&stated).zip(run(&stated, "unknown"))
    {
        if reply.get("error").is_some() {
            continue;
        }
        for part in ["answer", "because", "protected", "contested"] {
            assert_eq!(reply[part], again[part], "{request}\n{stated}");
        }
        let list = reply["assumed"].as_array().expect("a list");
        for name in list {
            let name = name.as_str().expect("text");
            assert!(request["facts"].get(name).is_none(), "{name} was stated as null: {request}");
        }
        assert_eq!(again["assumed"], json!([]));
        lists += usize::from(!list.is_empty());
    }
    assert!(lists > 50, "{lists}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = start(&["decide", "--batch", "-", "--on", "2026-11-22"]);
    let mut input = child.stdin.take().expect("standard input is a pipe");
    let output = child.stdout.take().expect("standard output is a pipe");
    let block = format!("{GOOD}\n").repeat(2_000);
    thread::scope(|scope| {
        scope.spawn(move || {
            // Until it is read no more.
            while input.write_all(block.as_bytes()).is_ok() {}
        });
        let mut first = String::new();
        BufReader::new(output).read_line(&mut first).expect("a reply comes");
        assert!(first.contains("must_not"), "{first}");
    });
    let run = finish(child);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
}
