//! How [`LogTable`] and [`LogScan`] travel: as JSON behind a mark. Everything else is Ballista's own.

use std::sync::Arc;

use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::TableProvider,
    common::{Result, TableReference, exec_datafusion_err},
    datasource::file_format::FileFormatFactory,
    execution::TaskContext,
    logical_expr::{Extension, LogicalPlan},
    physical_plan::ExecutionPlan,
};
use datafusion_proto::{
    logical_plan::LogicalExtensionCodec,
    physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::table::{LogScan, LogTable};

/// What stands before our JSON. Ballista's own messages never begin so: 0 is no field of theirs.
const MARK: &[u8] = b"\0bylaw:";

/// Tables from the client to the scheduler.
#[derive(Debug, Default)]
pub(crate) struct Logical(BallistaLogicalExtensionCodec);

/// Scans from the scheduler to the executors.
#[derive(Debug, Default)]
pub(crate) struct Physical(BallistaPhysicalExtensionCodec);

impl LogicalExtensionCodec for Logical {
    fn try_decode_table_provider(
        &self,
        bytes: &[u8],
        table: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        match ours::<LogTable>(bytes)? {
            Some(log) => Ok(Arc::new(log)),
            None => self.0.try_decode_table_provider(bytes, table, schema, context),
        }
    }

    fn try_encode_table_provider(
        &self,
        table: &TableReference,
        node: Arc<dyn TableProvider>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        match node.downcast_ref::<LogTable>() {
            Some(log) => write(log, bytes),
            None => self.0.try_encode_table_provider(table, node, bytes),
        }
    }

    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[LogicalPlan],
        context: &TaskContext,
    ) -> Result<Extension> {
        self.0.try_decode(bytes, inputs, context)
    }

    fn try_encode(&self, node: &Extension, bytes: &mut Vec<u8>) -> Result<()> {
        self.0.try_encode(node, bytes)
    }

    fn try_decode_file_format(
        &self,
        bytes: &[u8],
        context: &TaskContext,
    ) -> Result<Arc<dyn FileFormatFactory>> {
        self.0.try_decode_file_format(bytes, context)
    }

    fn try_encode_file_format(
        &self,
        bytes: &mut Vec<u8>,
        node: Arc<dyn FileFormatFactory>,
    ) -> Result<()> {
        self.0.try_encode_file_format(bytes, node)
    }
}

impl PhysicalExtensionCodec for Physical {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match ours::<LogScan>(bytes)? {
            Some(scan) => Ok(Arc::new(scan)),
            None => self.0.try_decode(bytes, inputs, context, converter),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match node.downcast_ref::<LogScan>() {
            Some(scan) => write(scan, bytes),
            None => self.0.try_encode(node, bytes, converter),
        }
    }
}

fn ours<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<T>> {
    let Some(json) = bytes.strip_prefix(MARK) else { return Ok(None) };
    serde_json::from_slice(json).map(Some).map_err(|error| exec_datafusion_err!("{error}"))
}

fn write(ours: &impl Serialize, bytes: &mut Vec<u8>) -> Result<()> {
    bytes.extend_from_slice(MARK);
    serde_json::to_writer(bytes, ours).map_err(|error| exec_datafusion_err!("{error}"))
}
