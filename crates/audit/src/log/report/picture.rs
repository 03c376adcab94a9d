//! Pictures, drawn in percent: they grow with the page, and their text does not shrink on a phone.
//! Color is never alone; each picture is told in words and stands before its table.

use std::fmt::Write as _;

use super::{html::Escaped, words::number};

/// The classes of the four kinds of rows in the style sheet, in their order.
pub(super) const VERDICTS: [&str; 4] = ["barred", "cannot-tell", "permitted", "silent"];

/// What is not nothing is at least this high, in percent.
const THINNEST: f64 = 0.8;

/// Where the columns stand, in percent of the picture's height.
const TOP: f64 = 11.0;
const FLOOR: f64 = 88.0;

/// A column with its parts, from the floor up.
pub(super) struct Column {
    pub(super) label: String,
    pub(super) parts: Vec<u64>,
}

/// A bar as wide as there is room, told in words.
pub(super) fn bar(parts: &[(&str, u64)], of: u64, words: &str) -> String {
    let words = Escaped(words);
    let mut svg = format!(r#"<svg class="bar" role="img"><title>{words}</title>"#);
    let mut left = 0.0;
    for (class, part) in parts.iter().filter(|(_, part)| *part > 0) {
        let width = (share(*part, of) * 100.0).max(THINNEST).min(100.0 - left);
        _ = write!(
            svg,
            r#"<rect class="{class}" x="{left:.2}%" width="{width:.2}%" height="100%"></rect>"#
        );
        left += width;
    }
    svg + "</svg>"
}

/// Columns over time, stacked. `id` is unique on the page.
pub(super) fn columns(
    id: &str,
    title: &str,
    words: &str,
    classes: &[&str],
    columns: &[Column],
) -> String {
    let highest = columns.iter().map(|column| column.parts.iter().sum()).max().unwrap_or(0);
    let top = round_up(highest);
    let mut svg = format!(
        "<svg class=\"columns\" role=\"img\" aria-labelledby=\"{id}-title {id}-words\">\n<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-words\">{}</desc>\n",
        Escaped(title),
        Escaped(words)
    );
    _ = writeln!(svg, r#"<text x="0" y="{:.2}%">{}</text>"#, TOP - 3.0, number(top));
    for (class, y) in [("grid", TOP), ("grid", f64::midpoint(TOP, FLOOR)), ("floor", FLOOR)] {
        _ = writeln!(
            svg,
            r#"<line class="{class}" x1="0" x2="100%" y1="{y:.2}%" y2="{y:.2}%"></line>"#
        );
    }
    let columns_of = u32::try_from(columns.len()).unwrap_or(u32::MAX);
    // Few columns are no wider than many would be.
    let wide = 100.0 / f64::from(columns_of.max(8));
    let mut left = 0.0;
    for (place, column) in columns.iter().enumerate() {
        stack(&mut svg, column, classes, top, (left + wide * 0.12, wide * 0.76));
        if is_labeled(place, columns.len()) {
            _ = writeln!(svg, r#"<text x="{left:.2}%" y="98%">{}</text>"#, Escaped(&column.label));
        }
        left += wide;
    }
    svg + "</svg>\n"
}

fn stack(svg: &mut String, column: &Column, classes: &[&str], top: u64, (x, width): (f64, f64)) {
    let mut floor = FLOOR;
    for (class, &part) in classes.iter().zip(&column.parts).filter(|(_, part)| **part > 0) {
        let height = (share(part, top) * (FLOOR - TOP)).max(THINNEST);
        floor -= height;
        _ = writeln!(
            svg,
            r#"<rect class="{class}" x="{x:.2}%" y="{floor:.2}%" width="{width:.2}%" height="{height:.2}%"></rect>"#
        );
    }
}

/// At most five labels, none so far right that it would be cut off.
fn is_labeled(place: usize, columns: usize) -> bool {
    place.is_multiple_of(columns.div_ceil(5)) && (columns - place) * 5 >= columns
}

/// A number not below it of which only the first digit is not 0.
fn round_up(highest: u64) -> u64 {
    let step = 10_u64.pow(highest.max(1).ilog10());
    highest.max(1).div_ceil(step).saturating_mul(step)
}

/// What the parts of pictures mean.
pub(super) fn legend(entries: &[(&str, &str)]) -> String {
    let mut list = "<ul class=\"legend\">\n".to_owned();
    for (class, words) in entries {
        _ = writeln!(
            list,
            r#"<li><svg class="swatch" aria-hidden="true" focusable="false"><rect class="{class}" width="100%" height="100%"></rect></svg> {}</li>"#,
            Escaped(words)
        );
    }
    list + "</ul>\n"
}

/// A part of a whole, from 0 to 1. Pictures need no more than six digits.
fn share(part: u64, of: u64) -> f64 {
    let millionths = u128::from(part) * 1_000_000 / u128::from(of.max(1));
    f64::from(u32::try_from(millionths).unwrap_or(1_000_000)) / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::{Column, bar, columns, is_labeled, round_up};

    #[test]
    fn a_part_that_is_not_nothing_is_seen_and_one_that_is_nothing_is_not() {
        let svg = bar(&[("barred", 1), ("permitted", 0), ("cannot-tell", 26_820)], 26_821, "x");
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains(r#"x="0.00%" width="0.80%""#), "{svg}");
        assert!(svg.contains(r#"x="0.80%" width="99.20%""#), "{svg}");
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (highest, top) in [(0, 1), (1, 1), (3, 3), (10, 10), (11, 20), (26_821, 30_000)] {
            assert_eq!(round_up(highest), top);
        }
        assert_eq!(round_up(u64::MAX), u64::MAX);
    }

    #[test]
    fn no_more_than_five_columns_are_labeled() {
        for count in 1..200 {
            let labeled = (0..count).filter(|&place| is_labeled(place, count)).count();
            assert!((1..=5).contains(&labeled), "{labeled} of {count}");
        }
    }

    #[test]
    fn a_month_without_rows_is_an_empty_place() {
        let column = |rows| Column { label: "2026-01".to_owned(), parts: vec![rows] };
        let svg = columns("x", "t", "w", &["flagged"], &[column(3), column(0), column(5)]);
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains(r#"x="26.50%""#), "{svg}");
    }
}
