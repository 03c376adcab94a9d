#![allow(missing_docs, clippy::all, clippy::restriction)]
fn read(dir: &std::path::Path, root: &std::path::Path, out: &mut Vec<(String, String)>) {
    for e in std::fs::read_dir(dir).unwrap() {
        let p = e.unwrap().path();
        if p.is_dir() { read(&p, root, out) } else {
            out.push((p.strip_prefix(root).unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&p).unwrap()));
        }
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut files = vec![];
    read(a[2].as_ref(), a[2].as_ref(), &mut files);
    let texts: Vec<_> = files.iter().map(|(n, t)| bylaw_checker::Text { name: n, text: t }).collect();
    let t = std::time::Instant::now();
    match bylaw_checker::check(&std::fs::read_to_string(&a[1]).unwrap(), &texts) {
        Ok(r) => println!("valid: {} claims {} proofs {} leaves {:?}", r.claims.len(), r.proofs, r.leaves, t.elapsed()),
        Err(e) => { println!("REFUSED {e} {:?}", t.elapsed()); std::process::exit(1) }
    }
}
