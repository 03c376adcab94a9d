//! The rows of the table.

use std::{fs, hint::black_box, time::Instant};

use anyhow::{Context, Result};
use bylaw_law::{Defaults, Law, Reply, Scratch, SourceFile, Word};

use crate::{
    cedar,
    measure::{Goal, Samples, heading, row},
    process, rego,
    workload::{DAY, Item, Line, PATH, Random, Told, Workload, line},
};

const ROUNDS: usize = 15;
/// More sets of facts than a branch predictor learns by heart.
const MANY: usize = 1 << 16;
/// Rows of one columnar chunk.
const CHUNK: usize = 1 << 16;

/// From packed facts to the answer with its controlling rules, and the peers on the same rules and
/// facts.
pub(crate) fn answers(workload: &Workload<'_>, law: &Law) -> Result<()> {
    heading("1. complete facts to the answer with its controlling rules, per decision");
    let told: Vec<Told> = workload
        .items
        .iter()
        .map(|item| Told::new(law, workload.jurisdiction, &item.facts))
        .collect();
    let both = || workload.items.iter().zip(&told);

    let cedar = cedar::Peer::new(law, workload)?;
    let asked_cedar = both()
        .map(|(item, told)| cedar.ask(law, workload, item, told))
        .collect::<Result<Vec<_>>>()?;
    for (item, asked) in workload.items.iter().zip(&asked_cedar) {
        cedar.agrees(law, &workload.acts[item.act], item, asked)?;
    }
    let mut rego = rego::Peer::new(law, workload)?;
    let asked_rego: Vec<rego::Asked> =
        both().map(|(item, told)| rego::Peer::ask(law, item, told)).collect();
    let rego_agrees = workload
        .items
        .iter()
        .zip(&asked_rego)
        .try_for_each(|(item, asked)| rego.agrees(&workload.acts[item.act], item, asked));

    let (mut ours, mut theirs, mut building) =
        (Samples::default(), Samples::default(), Samples::default());
    let (mut machine, mut interpreter) = (Samples::default(), Samples::default());
    let pairs: Vec<(&Item, &Told)> = both().collect();
    let mut many = workload.many(law, MANY);
    let [mut fresh, mut scattered]: [Samples; 2] = std::array::from_fn(|_| Samples::default());
    for round in 0..ROUNDS {
        for _ in 0..20 {
            ours.pass(&workload.items, 64, |item| {
                workload.acts[item.act].compiled.answer(&item.facts)
            });
        }
        fresh.pass(&many, 64, |item| workload.acts[item.act].compiled.answer(&item.facts));
        theirs.pass(part(&asked_cedar, round), 16, |asked| cedar.decide(asked));
        building.pass(part(&pairs, round), 16, |(item, told)| cedar.ask(law, workload, item, told));
        if rego_agrees.is_ok() {
            machine.pass(part(&asked_rego, round), 16, |asked| rego.decide(asked));
            interpreter.pass(part(&asked_rego, round), 16, |asked| rego.interpret(asked));
        }
    }
    Random(0xface).shuffle(&mut many);
    for _ in 0..ROUNDS {
        scattered.pass(&many, 64, |item| workload.acts[item.act].compiled.answer(&item.facts));
    }
    row("Compiled::answer", ours.median(), "ns", &Goal::AtMost(60.0));
    row("  its 90th percentile over batches of 64", ours.quantile(0.9), "ns", &Goal::None);
    row(
        "Compiled::answer, 65,536 sets of facts in turn",
        fresh.median(),
        "ns",
        &Goal::AtMost(60.0),
    );
    row(
        "  the same scattered over 8 MB: mostly waiting for memory",
        scattered.median(),
        "ns",
        &Goal::None,
    );
    row("cedar-policy is_authorized, request prepared", theirs.median(), "ns", &Goal::None);
    row(
        "  times slower than ours",
        theirs.median() / ours.median(),
        "times",
        &Goal::AtLeast(200.0),
    );
    row("  building Cedar's request, not counted above", building.median(), "ns", &Goal::None);
    match rego_agrees {
        Ok(()) => {
            row("regorus virtual machine, input prepared", machine.median(), "ns", &Goal::None);
            row("  times slower than ours", machine.median() / ours.median(), "times", &Goal::None);
            row("regorus interpreter, input prepared", interpreter.median(), "ns", &Goal::None);
            row(
                "  times slower than ours",
                interpreter.median() / ours.median(),
                "times",
                &Goal::None,
            );
            println!(
                "  Cedar and regorus found the same holding rules as ours on all {} sets of facts",
                told.len()
            );
        }
        Err(error) => println!("  regorus: failed, {error}"),
    }
    Ok(())
}

/// A third of the items, another one each round: the peers are slow.
fn part<T>(items: &[T], round: usize) -> &[T] {
    let third = items.len() / 3;
    &items[round % 3 * third..][..third]
}

/// The full explanation: defeated rules, duties besides, nearest lawful alternative.
pub(crate) fn explanations(workload: &Workload<'_>, law: &Law) -> Result<()> {
    heading("2. full explanation: Law::decide and Law::alternative, per decision");
    let mut scratch = Scratch::default();
    let complete: Vec<_> = workload.items.iter().map(|item| workload.question(law, item)).collect();
    let decided: Vec<_> = workload
        .case_questions
        .iter()
        .filter(|question| {
            law.decide(question, &mut scratch)
                .is_ok_and(|decision| decision.word != Word::NeedsFacts)
        })
        .cloned()
        .collect();
    let (mut whole, mut decide, mut alternative) =
        (Samples::default(), Samples::default(), Samples::default());
    let (mut cases, mut worst) = (Samples::default(), Samples::default());
    let words = complete
        .iter()
        .map(|question| Ok((question, law.decide(question, &mut scratch)?.word)))
        .collect::<Result<Vec<_>>>()?;
    for _ in 0..ROUNDS {
        whole.pass(&complete, 16, |question| {
            let decision = law.decide(question, &mut scratch)?;
            let alternative = law.alternative(question, decision.word);
            Ok::<_, bylaw_law::QuestionError>((decision, alternative))
        });
        decide.pass(&complete, 16, |question| law.decide(question, &mut scratch));
        alternative.pass(&words, 16, |(question, word)| law.alternative(question, *word));
        cases.pass(&decided, 16, |question| {
            let decision = law.decide(question, &mut scratch)?;
            let alternative = law.alternative(question, decision.word);
            Ok::<_, bylaw_law::QuestionError>((decision, alternative))
        });
    }
    for _ in 0..3 {
        worst.pass(&words, 1, |(question, word)| law.alternative(question, *word));
    }
    row("both, every fact known", whole.median(), "ns", &Goal::AtMost(5000.0));
    row("  of which decide", decide.median(), "ns", &Goal::None);
    row("  of which alternative", alternative.median(), "ns", &Goal::None);
    row(
        "  alternative, slowest hundredth of single calls",
        worst.quantile(0.99),
        "ns",
        &Goal::None,
    );
    row("both, worked cases as the desk knows them", cases.median(), "ns", &Goal::AtMost(5000.0));
    Ok(())
}

/// JSON line in, JSON line out.
pub(crate) fn json(workload: &Workload<'_>, law: &Law) -> Result<()> {
    heading("3. JSON line in to JSON line out, one core, per request");
    let mut scratch = Scratch::default();
    let mut random = Random(0x1ce);
    let mut partial = Vec::new();
    let mut complete = Vec::new();
    let mut open = Vec::new();
    for (question, asked) in workload.case_questions.iter().zip(&workload.case_lines) {
        if law.decide(question, &mut scratch)?.word != Word::NeedsFacts {
            complete.push(asked);
        }
        let mut less = question.clone();
        for fact in 0..law.vocabulary.facts.len() {
            if fact != law.vocabulary.actor_kind() && random.below(2) == 0 {
                less.set(fact, None);
            }
        }
        if law.decide(&less, &mut scratch)?.word == Word::NeedsFacts {
            partial.push(line(law, &less));
            open.push(less);
        }
    }
    let every: Vec<Line> =
        workload.items.iter().map(|item| line(law, &workload.question(law, item))).collect();
    let partial: Vec<&Line> = partial.iter().collect();
    let every: Vec<&Line> = every.iter().collect();

    let mut out = Vec::with_capacity(1 << 16);
    let [mut whole, mut all, mut known, mut fresh, mut reading, mut deciding] =
        std::array::from_fn(|_| Samples::default());
    for _ in 0..ROUNDS {
        whole.pass(&complete, 16, |line| reply(law, line, &mut scratch, &mut out));
        reading.pass(&complete, 16, |line| law.read_question(line.json.as_bytes(), &DEFAULTS).1);
        all.pass(&every, 16, |line| reply(law, line, &mut scratch, &mut out));
        deciding.pass(&open, 16, |question| law.decide(question, &mut scratch));
        known.pass(&partial, 16, |line| reply(law, line, &mut scratch, &mut out));
    }
    for _ in 0..3 {
        let mut scratch = Scratch::default();
        fresh.pass(&partial, 16, |line| reply(law, line, &mut scratch, &mut out));
    }
    let what = |what: &str, lines: &[&Line]| {
        let mean = |of: &dyn Fn(&Line) -> usize| {
            lines.iter().map(|line| of(line)).sum::<usize>() / lines.len().max(1)
        };
        format!(
            "{what} ({} bytes, {} facts in the mean)",
            mean(&|line| line.json.len()),
            mean(&|line| line.stated)
        )
    };
    row(&what("decided", &complete), whole.median(), "ns", &Goal::AtMost(5000.0));
    row("  of which reading the request", reading.median(), "ns", &Goal::None);
    row(
        &what("every fact of the vocabulary stated", &every),
        all.median(),
        "ns",
        &Goal::AtMost(5000.0),
    );
    row(
        &what("needs_facts, known facts seen before", &partial),
        known.median(),
        "ns",
        &Goal::AtMost(5000.0),
    );
    row("  of which decide", deciding.median(), "ns", &Goal::None);
    row("needs_facts, each for the first time", fresh.median(), "ns", &Goal::None);
    Ok(())
}

const DEFAULTS: Defaults<'_> =
    Defaults { jurisdiction: Some(PATH), on: DAY, otherwise_absent: false };

/// As `bylaw decide --batch` replies to a line; the reply is thrown away.
fn reply(law: &Law, line: &Line, scratch: &mut Scratch, out: &mut Vec<u8>) -> Result<usize> {
    out.clear();
    let (id, question) = law.read_question(line.json.as_bytes(), &DEFAULTS);
    let decision = law.decide(&question?, scratch)?;
    serde_json::to_writer(&mut *out, &Reply::new(law, id, &decision))?;
    out.push(b'\n');
    Ok(black_box(out.len()))
}

/// A batch held in columns.
pub(crate) fn columns(workload: &Workload<'_>, law: &Law) -> Result<()> {
    heading("4. columns of facts to answers, one thread, chunks of 65,536 rows");
    let mut rows_per_second = Samples::default();
    let mut slowest = ("", f64::INFINITY);
    let mut random = Random(0xc01);
    for (place, act) in workload.acts.iter().enumerate() {
        let own: Vec<&Item> = workload.items.iter().filter(|item| item.act == place).collect();
        let chosen: Vec<&Item> = (0..CHUNK).map(|_| own[random.below(own.len())]).collect();
        let column = |fact: usize| -> Vec<u8> {
            chosen.iter().map(|item| item.facts.class(fact).unwrap_or(u8::MAX)).collect()
        };
        let columns: Vec<Vec<u8>> = (0..law.vocabulary.facts.len()).map(column).collect();
        let columns: Vec<&[u8]> = columns.iter().map(Vec::as_slice).collect();
        let mut answers = vec![0; CHUNK];
        let mut own_rate = Samples::default();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            act.compiled.answer_columns(&columns, black_box(&mut answers));
            let seconds = start.elapsed().as_secs_f64();
            for samples in [&mut rows_per_second, &mut own_rate] {
                samples.push(CHUNK as f64 / seconds / 1e6);
            }
        }
        for (row, item) in chosen.iter().enumerate() {
            let alone = act.compiled.answer(&item.facts);
            anyhow::ensure!(
                act.compiled.verdict(answers[row]) == alone,
                "a column's answer differs"
            );
        }
        if own_rate.median() < slowest.1 {
            slowest = (&law.vocabulary.actions[act.id].name, own_rate.median());
        }
    }
    row(
        "answer_columns, median over the acts",
        rows_per_second.median(),
        "million rows/s",
        &Goal::AtLeast(40.0),
    );
    row(&format!("  the slowest act, {}", slowest.0), slowest.1, "million rows/s", &Goal::None);
    Ok(())
}

/// From text to a law that answers.
pub(crate) fn loading(files: &[SourceFile]) -> Result<()> {
    heading("5. loading every pack from text already in memory");
    let (mut whole, mut checked) = (Samples::default(), Samples::default());
    for _ in 0..7 {
        let start = Instant::now();
        black_box(Law::load(files)?);
        whole.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let law = Law::load_checked(files)?;
        let request = fs::read(process::project().join("examples/library-address.json"))?;
        let (_, question) = law.read_question(&request, &DEFAULTS);
        black_box(law.decide(&question?, &mut Scratch::default())?);
        checked.push(start.elapsed().as_secs_f64() * 1e3);
    }
    row(
        "Law::load: read, validate by Cedar, compile everything",
        whole.median(),
        "ms",
        &Goal::AtMost(300.0),
    );
    row("Law::load_checked and the first decision", checked.median(), "ms", &Goal::None);
    let law = Law::load(files)?;
    if let Ok(size) = law.compile_all() {
        println!(
            "  {} rules, {} diagrams, {} nodes, the largest {}, {:.1} MB",
            law.rule_count(),
            size.diagrams,
            size.nodes,
            size.largest,
            size.bytes as f64 / 1e6
        );
    }
    Ok(())
}

/// The release binary as a whole.
pub(crate) fn processes(workload: &Workload<'_>) -> Result<()> {
    heading("6. the whole process, started and ended");
    let request = process::project().join("examples/library-address.json");
    let request = request.to_str().context("the project's path is not UTF-8")?;
    let (mut time, mut memory) = (Samples::default(), Samples::default());
    for _ in 0..20 {
        let run = process::run(&["decide", request])?;
        time.push(run.milliseconds);
        memory.push(run.peak_mb);
    }
    row("bylaw decide examples/library-address.json", time.median(), "ms", &Goal::AtMost(60.0));
    row("  its peak resident memory", memory.median(), "MB", &Goal::AtMost(64.0));

    const LINES: usize = 200_000;
    let lines: Vec<&str> = workload.case_lines.iter().map(|line| line.json.as_str()).collect();
    let text: String = lines.iter().cycle().take(LINES).flat_map(|line| [*line, "\n"]).collect();
    let input = std::env::temp_dir().join(format!("bylaw-bench-{}.jsonl", std::process::id()));
    fs::write(&input, text)?;
    let (mut time, mut memory) = (Samples::default(), Samples::default());
    for _ in 0..3 {
        let run = process::run(&["decide", "--batch", input.to_str().context("not UTF-8")?])?;
        time.push(LINES as f64 / run.milliseconds);
        memory.push(run.peak_mb);
    }
    fs::remove_file(&input)?;
    row(
        "bylaw decide --batch, 200,000 lines, all cores, start included",
        time.median(),
        "thousand lines/s",
        &Goal::None,
    );
    row("  its peak resident memory", memory.median(), "MB", &Goal::AtMost(64.0));
    Ok(())
}
