//! A log as a table: its files read by the same code as on one machine, a partition for each.
//!
//! DataFusion could read well-formed CSV and Parquet by itself, but not logs as they come: headers in the
//! middle of a file, cells that moved, marks in place of text; and it would not say in which line a row
//! stands, which every finding has to cite.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::{Schema, SchemaRef},
    catalog::{Session, TableProvider},
    common::{Result, exec_datafusion_err, tree_node::TreeNodeRecursion},
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableType},
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchReceiverStreamBuilder,
    },
};
use serde::{Deserialize, Serialize};

use crate::{asking::Asking, rows};

/// The files of a log, under the same path on every machine.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LogTable {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) asking: Asking,
}

/// Reads some columns of a log's files.
#[derive(Debug)]
pub(crate) struct LogScan {
    what: Scanned,
    properties: Arc<PlanProperties>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Scanned {
    files: Vec<PathBuf>,
    asking: Asking,
    /// Columns of [`rows::schema`], by number.
    columns: Vec<usize>,
}

#[async_trait]
impl TableProvider for LogTable {
    fn schema(&self) -> SchemaRef {
        rows::schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..rows::schema().fields().len()).collect();
        let columns = projection.cloned().unwrap_or_else(all);
        Ok(Arc::new(LogScan::new(Scanned {
            files: self.files.clone(),
            asking: self.asking.clone(),
            columns,
        })?))
    }
}

impl LogScan {
    fn new(what: Scanned) -> Result<Self> {
        let schema: Schema = rows::schema().project(&what.columns)?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(schema)),
            Partitioning::UnknownPartitioning(what.files.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { what, properties: Arc::new(properties) })
    }
}

impl ExecutionPlan for LogScan {
    fn name(&self) -> &'static str {
        "LogScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    /// Reads in a thread that may block; at most two batches wait to be taken.
    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let no_file = || exec_datafusion_err!("the log has no file number {partition}");
        let file = self.what.files.get(partition).ok_or_else(no_file)?.clone();
        let Scanned { asking, columns, .. } = self.what.clone();
        let mut stream = RecordBatchReceiverStreamBuilder::new(self.schema(), 2);
        let batches = stream.tx();
        stream.spawn_blocking(move || {
            let read = rows::read(&file, &asking, |batch| {
                let batch = batch.project(&columns)?;
                // The reader ends early where nobody takes its rows any more.
                Ok(batches.blocking_send(Ok(batch)).is_ok())
            });
            read.map_err(|error| exec_datafusion_err!("{error:#}"))
        });
        Ok(stream.build())
    }
}

impl DisplayAs for LogScan {
    fn fmt_as(&self, _: DisplayFormatType, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "LogScan: files={}", self.what.files.len())
    }
}

impl Serialize for LogScan {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.what.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LogScan {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let what = Scanned::deserialize(deserializer)?;
        Self::new(what).map_err(serde::de::Error::custom)
    }
}
