//! An audit by a cluster: a query for each file, so that each executor writes the findings of the files
//! that it read, and one more that counts them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use datafusion::{
    arrow::{array::RecordBatch, util::pretty::pretty_format_batches},
    datasource::file_format::parquet::ParquetFormat,
    prelude::{ParquetReadOptions, SessionContext},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::{asking::Asking, decide, engine::findings, session, table::LogTable};

/// Queries that wait at the scheduler at a time. More would only wait longer.
const WAITING: usize = 64;

pub(crate) async fn run(
    scheduler: &str,
    files: &[PathBuf],
    asking: &Asking,
    output: &Path,
) -> Result<()> {
    let context = session::client(scheduler).await?;
    let folder = output.join("findings");
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    let parts: Vec<PathBuf> = stream::iter(files.iter().enumerate())
        .map(|(number, file)| part(&context, number, file, asking, &folder))
        .buffered(WAITING)
        .try_collect()
        .await?;
    let counts = counts(&context, &parts).await?;
    println!("{}", pretty_format_batches(&counts)?);
    Ok(())
}

async fn part(
    context: &SessionContext,
    number: usize,
    file: &Path,
    asking: &Asking,
    folder: &Path,
) -> Result<PathBuf> {
    let written = folder.join(format!("part-{number:05}.parquet"));
    let log = format!("log_{number}");
    let table = LogTable { files: vec![file.canonicalize()?] };
    context.register_table(&log, std::sync::Arc::new(table))?;
    let query = format!(
        "COPY ({}) TO {} STORED AS PARQUET",
        query(&log, asking)?,
        literal(&written.to_string_lossy())
    );
    context
        .sql(&query)
        .await?
        .collect()
        .await
        .with_context(|| format!("{} is not decided", file.display()))?;
    context.deregister_table(&log)?;
    Ok(written)
}

fn query(log: &str, asking: &Asking) -> Result<String> {
    let cells = decide::FIELDS.map(|field| field.name()).join(", ");
    let columns: Vec<String> = findings::fields()
        .iter()
        .map(|field| format!("get_field(decided, '{0}') AS {0}", field.name()))
        .collect();
    Ok(format!(
        "SELECT file, line, organization, count, {columns}, problem FROM (SELECT *, {decide}({asking}, withheld, {cells}) AS decided FROM {log})",
        columns = columns.join(", "),
        decide = decide::NAME,
        asking = literal(&serde_json::to_string(asking)?),
    ))
}

async fn counts(context: &SessionContext, parts: &[PathBuf]) -> Result<Vec<RecordBatch>> {
    let paths: Vec<String> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let findings = context.read_parquet(paths, ParquetReadOptions::default()).await?;
    context.register_table("findings", findings.into_view())?;
    Ok(context.sql("SELECT verdict, count(*) AS rows, sum(count) AS acts FROM findings GROUP BY verdict ORDER BY verdict").await?.collect().await?)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
