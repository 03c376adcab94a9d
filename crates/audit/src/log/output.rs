//! Findings as Parquet and CSV.
