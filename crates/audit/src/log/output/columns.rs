//! The columns of findings.

use std::sync::Arc;

use arrow_schema::{DataType, Field as Column, Schema};

use crate::log::row::Field;

/// The columns of findings without identifiers, in order.
pub const COLUMNS: [&str; 23] = [
    "finding",
    "verdict",
    "answer",
    "act",
    "sections",
    "rules",
    "status",
    "needs",
    "would_settle",
    "not_decided",
    "note",
    "purpose_strength",
    "purposes",
    "lexicon_entry",
    "review",
    "organization",
    "organization_class",
    "on",
    "month",
    "count",
    "file",
    "sha256",
    "line",
];

/// The header of `findings.csv`.
pub(super) fn header(with_identifiers: bool) -> String {
    let mut line = COLUMNS.join(",");
    for field in identifiers(with_identifiers) {
        line.push(',');
        line.push_str(field.name());
    }
    line.push('\n');
    line
}

/// The columns of a part's Parquet file. What repeats is a dictionary.
pub(super) fn schema(with_identifiers: bool) -> Arc<Schema> {
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .map(|&name| {
            let must = matches!(
                name,
                "finding" | "verdict" | "answer" | "count" | "file" | "sha256" | "line"
            );
            Column::new(name, kind(name), !must)
        })
        .collect();
    columns.extend(
        identifiers(with_identifiers)
            .iter()
            .map(|field| Column::new(field.name(), DataType::Utf8, true)),
    );
    Arc::new(Schema::new(columns))
}

/// The fields that are written as they stand in the log, where that is asked for.
pub(super) const fn identifiers(with_identifiers: bool) -> &'static [Field] {
    if with_identifiers { &Field::PERSONAL } else { &[] }
}

fn kind(name: &str) -> DataType {
    match name {
        "finding" => DataType::Utf8,
        "count" | "line" => DataType::Int64,
        "review" => DataType::Boolean,
        "on" => DataType::Date32,
        _ => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    }
}
