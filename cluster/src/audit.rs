//! An audit by a cluster: a query for each file, so that the executor that read a file writes its findings,
//! and one more that counts them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, ensure};
use bylaw_audit::log::output;
use datafusion::{
    arrow::{array::RecordBatch, util::pretty::pretty_format_batches},
    parquet::arrow::ArrowWriter,
    prelude::{ParquetReadOptions, SessionContext},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::{asking::Asking, decide, session, table::LogTable};

/// Queries that wait at the scheduler at a time. More would only wait longer.
const WAITING: usize = 64;

/// The columns that come from the log and not from the decision.
const OF_LOG: [&str; 4] = ["finding", "file", "sha256", "line"];

const VERDICT: &str = "coalesce(CAST(verdict AS VARCHAR), 'not_read') AS verdict";

/// Writes `findings/part-….parquet`, one for each file, and `counts.parquet` into the folder.
pub(crate) async fn run(
    scheduler: &str,
    files: &[PathBuf],
    asking: &Asking,
    folder: &Path,
) -> Result<()> {
    let context = session::client(scheduler).await?;
    let parts = folder.join("findings");
    fs::create_dir_all(&parts)
        .with_context(|| format!("cannot make the folder {}", parts.display()))?;
    let parts = parts.canonicalize()?;
    ensure!(
        fs::read_dir(&parts)?.next().is_none(),
        "{} is not empty: name a new folder",
        parts.display()
    );
    let written: Vec<PathBuf> = stream::iter(files.iter().enumerate())
        .map(|(number, file)| part(&context, number, file, asking, &parts))
        .buffered(WAITING)
        .try_collect()
        .await?;
    let counts = counts(&context, &written).await?;
    write(&folder.join("counts.parquet"), &counts)?;
    println!("{}", pretty_format_batches(&grouped(&context, &[VERDICT]).await?)?);
    Ok(())
}

/// The findings of a file, written by the executor that read it.
async fn part(
    context: &SessionContext,
    number: usize,
    file: &Path,
    asking: &Asking,
    parts: &Path,
) -> Result<PathBuf> {
    let cannot = || format!("{} is not decided", file.display());
    let written = parts.join(format!("part-{number:05}.parquet"));
    let log = format!("log_{number}");
    let files = vec![file.canonicalize().with_context(cannot)?];
    context.register_table(&log, Arc::new(LogTable { files, asking: asking.clone() }))?;
    let (to, findings) = (literal(&written.to_string_lossy()), findings_of(&log, asking)?);
    let query = format!("COPY ({findings}) TO {to} STORED AS PARQUET");
    context.sql(&query).await?.collect().await.with_context(cannot)?;
    context.deregister_table(&log)?;
    Ok(written)
}

/// The columns of the single machine's findings, and what kept a row from being read.
fn findings_of(log: &str, asking: &Asking) -> Result<String> {
    let column = |name: &&str| {
        let of_log = OF_LOG.contains(name);
        if of_log {
            format!("\"{name}\"")
        } else {
            format!("get_field(decided, '{name}') AS \"{name}\"")
        }
    };
    let columns: Vec<String> = output::COLUMNS.iter().map(column).collect();
    let cells = decide::FIELDS.map(|field| format!("\"{}\"", field.name())).join(", ");
    Ok(format!(
        "SELECT {columns}, problem FROM (\
         SELECT *, {decide}({asked}, format, withheld, {cells}) AS decided FROM {log})",
        columns = columns.join(", "),
        decide = decide::NAME,
        asked = literal(&serde_json::to_string(asking)?),
    ))
}

/// How many rows and acts there are of each verdict, section, organization and month.
async fn counts(context: &SessionContext, parts: &[PathBuf]) -> Result<Vec<RecordBatch>> {
    let paths: Vec<String> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let findings = context.read_parquet(paths, ParquetReadOptions::default()).await?;
    context.register_table("findings", findings.into_view())?;
    grouped(context, &[VERDICT, &text("sections"), &text("organization"), &text("month")]).await
}

async fn grouped(context: &SessionContext, columns: &[&str]) -> Result<Vec<RecordBatch>> {
    let numbers: Vec<String> = (1..=columns.len()).map(|number| number.to_string()).collect();
    let query = format!(
        "SELECT {columns}, count(*) AS rows, sum(\"count\") AS acts FROM findings \
         GROUP BY {numbers} ORDER BY {numbers}",
        columns = columns.join(", "),
        numbers = numbers.join(", "),
    );
    Ok(context.sql(&query).await?.collect().await?)
}

/// A column of words as plain text: dictionaries do not come out of a grouping as they went in.
fn text(column: &str) -> String {
    format!("CAST({column} AS VARCHAR) AS {column}")
}

fn write(path: &Path, batches: &[RecordBatch]) -> Result<()> {
    let Some(first) = batches.first() else { return Ok(()) };
    let mut writer = ArrowWriter::try_new(fs::File::create(path)?, first.schema(), None)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(())
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
