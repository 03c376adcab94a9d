//! Rows whose cells sit under other columns than their own.
//!
//! A comma without quotes cuts a text in two, a tool drops a cell or puts an empty one in. Columns of
//! ids, times and numbers show where cells belong. A row is put right where exactly one way to do so gives
//! every such column what it should hold; where there are two, nobody knows which is true.

use super::{BadRow, Layout, Shape};

/// What was seen of a row's cells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sight {
    /// Cells in which something stands, marks included.
    pub(super) recorded: usize,
    /// Cells of ids, times and numbers that hold what they should.
    pub(super) fits: usize,
    /// Cells of ids, times and numbers that hold something else.
    pub(super) misfits: usize,
}

/// The text of each column, in the pieces that it is in.
pub(super) type Texts<'r> = Vec<Vec<&'r str>>;

/// A row that has this many cells more than its header is not looked at.
const MOST_TOO_MANY: usize = 16;
/// How many joins are tried in one row: a file of nothing but such rows must end too.
const MOST_TRIES: usize = 2_000;

/// Puts a row right that does not fit as it stands.
pub(super) fn put_right<'r>(
    layout: &Layout,
    cells: &[&'r str],
    as_it_stands: Sight,
) -> Result<(Texts<'r>, Shape), BadRow> {
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return Err(BadRow::Blank);
    }
    let (given, columns) = (cells.len(), layout.columns());
    if given > columns {
        let texts = joined(layout, cells).ok_or(BadRow::TooMany { cells: given, columns })?;
        let cut = texts.iter().any(|parts| parts.len() > 1);
        return Ok((texts, if cut { Shape::Joined } else { Shape::Moved }));
    }
    let ways =
        if given == columns { with_its_width_kept(cells) } else { with_a_gap(cells, columns) };
    let right: Vec<Texts<'r>> = ways.into_iter().filter(|texts| is_right(layout, texts)).collect();
    match right.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => {
            Ok((first.clone(), Shape::Moved))
        }
        _ if given < columns => Err(BadRow::TooFew { cells: given, columns }),
        // One odd cell alone is no sign that others have moved: it is read as what it is.
        None if as_it_stands.misfits < 2 => Ok((each(cells.iter().copied()), Shape::AsHeader)),
        _ => Err(BadRow::Moved),
    }
}

/// One cell too many or too few in a row that kept its width: an empty cell came between and the last one
/// was cut off, or a cell is missing and an empty one was put at the end.
fn with_its_width_kept<'r>(cells: &[&'r str]) -> Vec<Texts<'r>> {
    let is_blank = |cell: &&str| cell.trim().is_empty();
    let blanks = cells.iter().enumerate().filter(|(_, cell)| is_blank(cell));
    let mut ways: Vec<Texts<'r>> = blanks
        .map(|(blank, _)| {
            let others = cells.iter().enumerate().filter(|(at, _)| *at != blank);
            each(others.map(|(_, cell)| *cell).chain([""]))
        })
        .collect();
    if let Some((_, before)) = cells.split_last().filter(|(last, _)| is_blank(last)) {
        ways.extend(with_a_gap(before, cells.len()));
    }
    ways
}

/// A missing cell at each place in turn.
fn with_a_gap<'r>(cells: &[&'r str], columns: usize) -> Vec<Texts<'r>> {
    if cells.len() + 1 != columns {
        return Vec::new();
    }
    let way = |gap: usize| {
        let before = cells.iter().take(gap).copied();
        each(before.chain([""]).chain(cells.iter().skip(gap).copied()))
    };
    (0..columns).map(way).collect()
}

/// Neighboring cells joined until there is one text for each column, in the only way that is right.
fn joined<'r>(layout: &Layout, cells: &[&'r str]) -> Option<Texts<'r>> {
    if cells.len() > layout.columns() + MOST_TOO_MANY {
        return None;
    }
    let mut search = Search { layout, tries: 0, found: None };
    let alone = search.go(cells, &mut Vec::new()).is_some();
    search.found.filter(|_| alone)
}

/// The search for ways of joining cells. It ends at the second way that is right.
struct Search<'l, 'r> {
    layout: &'l Layout,
    tries: usize,
    found: Option<Texts<'r>>,
}

impl<'r> Search<'_, 'r> {
    /// None where there are two ways, or too many to try.
    fn go(&mut self, rest: &[&'r str], texts: &mut Texts<'r>) -> Option<()> {
        self.tries += 1;
        if self.tries > MOST_TRIES {
            return None;
        }
        let left = self.layout.columns() - texts.len();
        if left == 0 {
            return self.note(texts);
        }
        let fewest = if left == 1 { rest.len() } else { 1 };
        for many in fewest..=rest.len() + 1 - left {
            let (first, others) = rest.split_at_checked(many)?;
            let parts: Vec<&str> =
                first.iter().copied().filter(|part| !part.trim().is_empty()).collect();
            if fits(self.layout, texts.len(), &parts) {
                texts.push(parts);
                self.go(others, texts)?;
                texts.pop();
            }
        }
        Some(())
    }

    fn note(&mut self, texts: &Texts<'r>) -> Option<()> {
        if !is_right(self.layout, texts) {
            return Some(());
        }
        match &self.found {
            Some(found) if found != texts => None,
            Some(_) => Some(()),
            None => {
                self.found = Some(texts.clone());
                Some(())
            }
        }
    }
}

fn fits(layout: &Layout, at: usize, parts: &[&str]) -> bool {
    if parts.len() > 1 && parts.iter().any(|part| layout.is_mark(part)) {
        return false;
    }
    let mut sight = Sight::default();
    see(layout, at, parts, &mut sight);
    sight.misfits == 0
}

/// Whether every column that can be checked holds what it should, and enough of them anything: two, so
/// that no single cell decides, or all there are.
fn is_right(layout: &Layout, texts: &Texts<'_>) -> bool {
    let mut sight = Sight::default();
    texts.iter().enumerate().for_each(|(at, parts)| see(layout, at, parts, &mut sight));
    sight.misfits == 0 && sight.fits >= layout.checked().clamp(1, 2)
}

fn see(layout: &Layout, at: usize, parts: &[&str], sight: &mut Sight) {
    match parts {
        [] => {}
        [text] => layout.look(at, text, sight),
        parts => layout.look(at, &parts.join(","), sight),
    }
}

fn each<'r>(cells: impl Iterator<Item = &'r str>) -> Texts<'r> {
    cells.map(|cell| vec![cell]).collect()
}
