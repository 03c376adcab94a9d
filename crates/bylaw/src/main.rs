mod packs;
fn main() -> miette::Result<()> {
    let t = std::time::Instant::now();
    let law = packs::load(None)?;
    println!("read {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let size = law.compile_all();
    println!("compile {:?} {:?}", t.elapsed(), size.ok());
    let t = std::time::Instant::now();
    let full = bylaw_law::Law::load(&packs::embedded());
    println!("full {:?}", t.elapsed());
    if let Err(e) = full { for p in e.problems.iter().take(20) { println!("{}:{} {} {} {:?}", p.file().unwrap_or(""), p.line().unwrap_or(0), p.code, p.message, p.help) } }
    let t = std::time::Instant::now();
    let r = law.check(|_| {});
    println!("check {:?} cases {} wrong {}", t.elapsed(), r.cases, r.wrong.len());
    for p in r.wrong.iter().take(60) { println!("{}:{} {}", p.file().unwrap_or(""), p.line().unwrap_or(0), p.message) }
    println!("never {:?}", r.never_met.iter().map(|&x| &law.rule(x).id).collect::<Vec<_>>());
    println!("always {:?}", r.always_met.iter().map(|&x| &law.rule(x).id).collect::<Vec<_>>());
    println!("{:?}", r.answers);
    println!("conflicts {:?}", r.conflicts.iter().map(|c| (&law.rule(c.forbids).id, &law.rule(c.commands).id)).collect::<Vec<_>>());
    Ok(())
}
