//! Sessions of DataFusion that know a log and `bylaw_decide`, on every side of a cluster.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context as _, Result};
use ballista::{extension::SessionConfigExt as _, prelude::SessionContextExt as _};
use ballista_core::{
    config::TaskSchedulingPolicy, registry::BallistaFunctionRegistry,
    utils::default_session_builder,
};
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::{
    cluster::BallistaCluster,
    config::SchedulerConfig,
    scheduler_process::{create_scheduler, start_grpc_service_with_listener},
};
use datafusion::{
    execution::SessionState,
    logical_expr::registry::FunctionRegistry as _,
    prelude::{SessionConfig, SessionContext},
};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;

use crate::{
    codec::{Logical, Physical},
    decide,
};

/// Executors ask for work: so only the scheduler has to be known to all.
const POLICY: TaskSchedulingPolicy = TaskSchedulingPolicy::PullStaged;

/// A session whose queries run on the executors of that scheduler.
pub(crate) async fn client(scheduler: &str) -> Result<SessionContext> {
    // Pushed towards the log, each column of a finding would be a decision of its own.
    let config = SessionConfig::new_with_ballista()
        .set_bool("datafusion.optimizer.enable_leaf_expression_pushdown", false);
    let state = state(config)?;
    let context = SessionContext::remote_with_state(&format!("df://{scheduler}"), state).await;
    let context = context.with_context(|| format!("the scheduler {scheduler} cannot be used"))?;
    // Ballista has put its own functions in place of the state's.
    context.register_udf(decide::function());
    Ok(context)
}

/// Hands out work until it is stopped.
pub(crate) async fn schedule(bind: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(bind).await;
    let listener = listener.with_context(|| format!("cannot listen on {bind}"))?;
    let address = listener.local_addr()?;
    let config = Arc::new(SchedulerConfig {
        external_host: address.ip().to_string(),
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        scheduling_policy: POLICY,
        override_config_producer: Some(Arc::new(SessionConfig::new_with_ballista)),
        override_session_builder: Some(Arc::new(state)),
        override_logical_codec: Some(Arc::new(Logical::default())),
        override_physical_codec: Some(Arc::new(Physical::default())),
        ..SchedulerConfig::default()
    });
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, config).await?;
    log::info!("scheduler listens on {address}");
    Ok(start_grpc_service_with_listener(listener, scheduler).await?)
}

/// Decides what the scheduler has to be decided, until it is stopped.
pub(crate) async fn execute(scheduler: &str, bind: SocketAddr, cores: usize) -> Result<()> {
    let (host, port) = scheduler.rsplit_once(':').context("the scheduler is a HOST:PORT")?;
    let functions = BallistaFunctionRegistry::from(&state(SessionConfig::new_with_ballista())?);
    // Its results are fetched from here, and a port of 0 would be told to others as it is.
    let bind = TcpListener::bind(bind).await.and_then(|listener| listener.local_addr());
    let bind = bind.context("cannot listen for those who fetch results")?;
    let config = ExecutorProcessConfig {
        bind_host: bind.ip().to_string(),
        external_host: Some(bind.ip().to_string()),
        port: bind.port(),
        scheduler_host: host.to_owned(),
        scheduler_port: port.parse().context("the scheduler's port is a number")?,
        scheduler_connect_timeout_seconds: 30,
        vcores: cores,
        task_scheduling_policy: POLICY,
        override_config_producer: Some(Arc::new(SessionConfig::new_with_ballista)),
        override_function_registry: Some(Arc::new(functions)),
        override_logical_codec: Some(Arc::new(Logical::default())),
        override_physical_codec: Some(Arc::new(Physical::default())),
        ..ExecutorProcessConfig::default()
    };
    Ok(start_executor_process(Arc::new(config)).await?)
}

fn state(config: SessionConfig) -> datafusion::common::Result<SessionState> {
    let config = config
        .with_ballista_logical_extension_codec(Arc::new(Logical::default()))
        .with_ballista_physical_extension_codec(Arc::new(Physical::default()));
    let mut state = default_session_builder(config)?;
    state.register_udf(Arc::new(decide::function()))?;
    Ok(state)
}
