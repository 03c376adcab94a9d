//! `bylaw serve`: the service, from its configuration to its end.

mod background;
mod check;
pub(crate) mod config;
pub(crate) mod ground;
mod telemetry;

use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};

use axum::Router;
use bylaw_gate::{
    Parts, Peer, Service, Settings, envoy,
    limits::Rules,
    router,
    tls::{Connections, Listener, Tls},
};
use bylaw_ledger::open_storage;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{args::Serve, output, runtime};

use config::Config;

pub(crate) fn run(packs: Option<&Path>, options: &Serve) -> Result<ExitCode> {
    if options.print_config {
        output::print(config::DEFAULT)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = Config::load(&options.place)?;
    if let Some(listen) = &options.listen {
        config.listen.clone_from(listen);
    }
    if options.check {
        return runtime::block_on(check::run(packs, &config));
    }
    runtime::block_on(serve(packs, &config, options.accept_lost_records))
}

async fn serve(packs: Option<&Path>, config: &Config, accept_gap: bool) -> Result<ExitCode> {
    let _telemetry = telemetry::start(config)?;
    let stopped = signals()?;
    let retention = ground::retention(config)?;
    let tls = tls(config)?;
    // The ports come first: where one is taken, nothing is made or locked.
    let listener = listen(&config.listen, tls.as_ref()).await?;
    let envoy_listener = match &config.envoy {
        Some(envoy) => Some(listen(&envoy.listen, tls.as_ref()).await?),
        None => None,
    };
    let url = url_of(&listener, tls.is_some())?;
    // The stamp comes before the law is read: what changes in between is loaded later.
    let folder = background::Folder::look(packs, config);
    let service = open(packs, config, accept_gap, &url).await?;
    let background =
        background::start(folder, config, &service, tls, retention.rules, stopped.clone())?;

    let mut ends =
        vec![tokio::spawn(answer(listener, router(Arc::clone(&service)), stopped.clone()))];
    if let Some(listener) = envoy_listener {
        tracing::info!(url = url_of(&listener, config.tls.is_some())?, "listening for Envoy");
        let app = envoy::router(Arc::clone(&service));
        ends.push(tokio::spawn(answer(listener, app, stopped.clone())));
    }
    output::print(format_args!("listening on {url}\n"))?;
    tracing::info!(%url, "listening");
    if config.public_url.is_none() && is_everywhere(&config.listen) {
        tracing::warn!("no public_url is set: the receipts' addresses say {url}");
    }
    until_stopped(stopped.clone()).await;
    tracing::info!("stopping: no new calls are taken");
    wait_for(ends, Duration::from_secs(config.limits.shutdown_seconds)).await;
    background.abort();
    // Everything that was answered is durable already; what still waits is recorded now.
    service.recorder().close().await;
    service.store().close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn open(
    packs: Option<&Path>,
    config: &Config,
    accept_gap: bool,
    url: &str,
) -> Result<Arc<Service>> {
    let (law, files) = ground::law(packs, config)?;
    let store = ground::store(config).await?;
    let recorder = ground::recorder(config, store.clone(), accept_gap).await?;
    let keys = ground::log_keys(config)?.ok_or_else(|| miette!("the log has no keys"))?;
    let ledger = Arc::from(open_storage(&config.ledger_location()?)?);
    let witness = witness(config, keys.origin()).await?;
    let parts = Parts { law, files, store, recorder, ledger, keys: keys.verifier_keys(), witness };
    Ok(Service::open(parts, settings(config, url)?).await?)
}

fn settings(config: &Config, url: &str) -> Result<Settings> {
    let public_url = config.public_url.as_deref().unwrap_or(url).trim_end_matches('/').to_owned();
    let limits = &config.limits;
    Ok(Settings {
        public_url,
        time_zone: ground::time_zone(config)?,
        clients_remembered_for: Duration::from_secs(3),
        limits: Rules {
            calls_per_second: limits.calls_per_second,
            calls_at_once: limits.calls_at_once,
            call_timeout: Duration::from_secs(limits.call_seconds),
            body_bytes: limits.body_bytes,
        },
        retention: ground::retention(config)?.by_kind,
    })
}

async fn witness(
    config: &Config,
    origin: &str,
) -> Result<Option<Arc<bylaw_ledger::witness::Witness>>> {
    let Some(serve) = config.serve_witness.clone() else { return Ok(None) };
    let folder = config.folder()?.join("witness");
    let name = format!("{origin}/witness");
    let opened = tokio::task::spawn_blocking(move || {
        // A name is made up only where there is none yet.
        let made = folder.join("witness.key").exists();
        let name = serve.name.or((!made).then_some(name));
        ground::witness(&folder, name.as_deref(), &serve.logs)
    });
    Ok(Some(Arc::new(opened.await.into_diagnostic()??)))
}

fn tls(config: &Config) -> Result<Option<Arc<Tls>>> {
    let Some(tls) = &config.tls else { return Ok(None) };
    Ok(Some(Tls::open(&tls.certificate, &tls.key, tls.client_ca.as_deref())?))
}

async fn listen(address: &str, tls: Option<&Arc<Tls>>) -> Result<Listener> {
    Ok(Listener::bind(address, tls.cloned(), Connections::default()).await?)
}

fn url_of(listener: &Listener, with_tls: bool) -> Result<String> {
    let address = listener.address().into_diagnostic().wrap_err("cannot tell the port")?;
    Ok(format!("{}://{address}", if with_tls { "https" } else { "http" }))
}

/// Whether the address stands for all of this machine, and so is no address for a client.
fn is_everywhere(listen: &str) -> bool {
    listen.starts_with("0.0.0.0:") || listen.starts_with("[::]:")
}

/// Answers calls until the service stops and the calls in flight have ended.
async fn answer(listener: Listener, app: Router, stopped: watch::Receiver<bool>) {
    let app = app.into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(listener, app).with_graceful_shutdown(until_stopped(stopped)).await;
    if let Err(error) = served {
        tracing::error!(%error, "a port is no longer served");
    }
}

/// Becomes true on SIGTERM or SIGINT.
pub(crate) fn signals() -> Result<watch::Receiver<bool>> {
    let listen = |kind| signal(kind).into_diagnostic().wrap_err("cannot listen for signals");
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.send_replace(true);
    });
    Ok(stopped)
}

pub(crate) async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which also is the end.
    _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Waits for the servers to end, but not for ever: a caller that reads slowly must not keep the
/// service from stopping.
async fn wait_for(ends: Vec<tokio::task::JoinHandle<()>>, limit: Duration) {
    let all = async {
        for end in ends {
            _ = end.await;
        }
    };
    if tokio::time::timeout(limit, all).await.is_err() {
        tracing::warn!("some calls had not ended in time and are cut off");
    }
}
