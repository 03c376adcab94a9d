//! Decisions replayed under the law they were made under.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod support;

use bylaw_law::Law;
use bylaw_records::{Entry, Error, Finding, Kind, body};
use jiff::Timestamp;
use serde_json::{Value, json};
use support::{Deployment, decision, entry_of, on_each, town};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_law_and_facts_give_the_same_answer() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let (old_files, new_files) = (town("context.judicial"), town("context.days > 7"));
        let old = Law::load(&old_files).expect("it loads");
        let new = Law::load(&new_files).expect("it loads");
        for (law, files) in [(&old, &old_files), (&new, &new_files), (&old, &old_files)] {
            store.save_law(law, files).await.expect("it is kept");
        }
        let clerk = ("actor_kind", "library_staff");
        let decisions = [
            (&old, vec![clerk, ("judicial", "false")], "must_not"),
            (&old, vec![clerk, ("judicial", "true")], "unregulated"),
            (&old, vec![clerk], "must_not"),
            (&old, vec![("judicial", "unknown")], "needs_facts"),
            (&new, vec![clerk, ("days", "7")], "must_not"),
            (&new, vec![clerk, ("days", "8")], "unregulated"),
            (&new, vec![clerk], "needs_facts"),
        ];
        let mut entries = Vec::new();
        for (law, facts, answer) in &decisions {
            let decision = decision(law, facts, "desk");
            assert_eq!(decision.reply["answer"], *answer, "{facts:?}");
            entries.push(entry_of(&decision));
        }
        recorder.record(entries).await.expect("it is recorded");
        let report = deployment.verify(&store).await;
        assert_eq!((report.same, report.wrong), (7, vec![]));
        let files = store.law_files(&old.jurisdiction("town").expect("a town").hash).await;
        let names: Vec<String> = files
            .expect("it reads")
            .expect("it is kept")
            .into_iter()
            .map(|file| file.name)
            .collect();
        assert_eq!(names, ["vocabulary.cedarschema", "town/doors.md"]);
        recorder.close().await;
        store.close().await;
    })
    .await;
}

/// What is changed in a decision before it is recorded.
type Change = fn(&mut body::Decision);

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_named() {
    let table: [(&str, Change, &[&str]); 9] = [
        ("nothing", |_| {}, &[]),
        ("words are no answer", |record| record.reply["words"] = json!({ "say": "no" }), &[]),
        ("another answer", |record| record.reply["answer"] = json!("may"), &["answer"]),
        (
            "another rule",
            |record| record.reply["because"][0]["rule"] = json!("ORD-2"),
            &["because"],
        ),
        ("a fact more", |record| record.reply["needs"] = json!(["days"]), &["needs"]),
        (
            "an answer for other facts",
            |record| drop(record.facts.insert("judicial".into(), json!(true))),
            &["answer", "because", "assumed"],
        ),
        (
            "facts of no vocabulary",
            |record| drop(record.facts.insert("status".into(), json!("x"))),
            &["question"],
        ),
        ("told otherwise", |record| record.decision = Some(true), &["decision"]),
        ("told as it is", |record| record.decision = Some(false), &[]),
    ];
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let files = town("context.judicial");
        let law = Law::load(&files).expect("it loads");
        store.save_law(&law, &files).await.expect("it is kept");
        let entries = table.iter().map(|(_, change, _)| {
            let mut record = decision(&law, &[("actor_kind", "library_staff")], "desk");
            change(&mut record);
            entry_of(&record)
        });
        recorder.record(entries.collect()).await.expect("it is recorded");
        let report = deployment.verify(&store).await;
        for (number, (what, _, expected)) in (0..).zip(&table) {
            let found = report.wrong.iter().find(|&&(wrong, _)| wrong == number);
            let fields = match found.map(|(_, finding)| finding) {
                None => vec![],
                Some(Finding::Differs { fields }) => fields.clone(),
                Some(other) => panic!("{what}: {other:?}"),
            };
            for field in *expected {
                assert!(fields.iter().any(|found| found == field), "{what}: {fields:?}");
            }
            assert_eq!(fields.is_empty(), expected.is_empty(), "{what}: {fields:?}");
        }
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_and_steps_of_cases_are_replayed_too() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let files = town("context.judicial");
        let law = Law::load(&files).expect("it loads");
        store.save_law(&law, &files).await.expect("it is kept");
        let decided = decision(&law, &[("actor_kind", "library_staff")], "desk");
        let group = |answer: &str, decision: Option<bool>| body::Group {
            action: "enter".to_owned(),
            facts: decided.facts.clone(),
            otherwise_absent: true,
            assumed: decided.assumed.clone(),
            answer: answer.to_owned(),
            because: vec!["ORD-1".to_owned()],
            decision,
            entities: vec!["door 1".to_owned(), "door 2".to_owned()],
        };
        let let_in = |decision| body::Group {
            facts: [("judicial".to_owned(), json!(true))].into(),
            assumed: vec![],
            because: vec![],
            ..group("unregulated", decision)
        };
        let search = body::Search {
            at: Timestamp::UNIX_EPOCH,
            jurisdiction: "town".to_owned(),
            on: decided.on,
            law: decided.law.clone(),
            searched: "resource".to_owned(),
            asked_by: body::AskedBy::default(),
            through: "authzen".to_owned(),
            call_id: None,
            silent: Some("allow".to_owned()),
            groups: vec![
                group("must_not", None),
                group("may", None),
                group("must_not", Some(false)),
                group("must_not", Some(true)),
                let_in(Some(true)),
                let_in(Some(false)),
            ],
        };
        let search = serde_json::to_vec(&search).expect("it is JSON");
        let mut step = serde_json::to_value(&decided).expect("it is JSON");
        step["step"] = json!("submitted");
        step["reply"]["answer"] = Value::from("may");
        recorder
            .record(vec![
                Entry::new(Kind::Search, search),
                Entry::new(Kind::CaseStep, step.to_string()),
                Entry::new(Kind::CaseStep, r#"{"step":"cancelled"}"#),
            ])
            .await
            .expect("it is recorded");
        let report = deployment.verify(&store).await;
        assert_eq!(report.whole, 1);
        let fields = |fields: &[&str]| Finding::Differs {
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
        };
        assert_eq!(
            report.wrong,
            [(0, fields(&["group 1", "group 3", "group 5"])), (1, fields(&["answer"]))]
        );
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_law_that_is_not_kept_or_was_changed_is_not_replayed() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let files = town("context.judicial");
        let law = Law::load(&files).expect("it loads");
        let record = decision(&law, &[("actor_kind", "library_staff")], "desk");
        let hash = record.law.clone();
        recorder.record(vec![entry_of(&record)]).await.expect("it is recorded");
        assert!(matches!(store.load_law(&hash).await, Err(Error::UnknownLaw { .. })));
        let finding = async || deployment.verify(&store).await.wrong.pop().expect("it is wrong").1;
        assert!(matches!(finding().await, Finding::NotReplayable { .. }));

        store.save_law(&law, &files).await.expect("it is kept");
        assert_eq!(deployment.verify(&store).await.same, 1);
        deployment.sql("UPDATE law_file SET text = REPLACE(text, 'Nobody', 'Everybody')").await;
        assert!(matches!(store.load_law(&hash).await, Err(Error::AlteredLaw { .. })));
        assert!(matches!(finding().await, Finding::NotReplayable { .. }));
        recorder.close().await;
        store.close().await;
    })
    .await;
}
