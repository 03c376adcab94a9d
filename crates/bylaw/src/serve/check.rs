//! `bylaw serve --check`: loads everything that a service would, and says all that is wrong.

use std::{path::Path, process::ExitCode};

use bylaw_gate::Mapping;
use bylaw_law::Law;
use bylaw_ledger::{Reader, storage::CHECKPOINT};
use bylaw_records::{Error, Store};
use miette::{IntoDiagnostic, Report, Result, WrapErr, miette};

use super::{config::Config, ground, telemetry, tls};
use crate::output;

pub(super) async fn run(packs: Option<&Path>, config: &Config) -> Result<ExitCode> {
    let mut found = Found::default();
    found.note("limits", ground::limits(config));
    found.note("log", telemetry::filter(&config.log.level).map(drop));
    found.note("timezone", ground::time_zone(config).map(drop));
    let kept = found.note("retention", ground::retention(config));
    found.note("listen", address(&config.listen).await);
    if let Some(envoy) = &config.envoy {
        found.note("envoy.listen", address(&envoy.listen).await);
    }
    found.note("public_url", public_url(config));
    found.note("tls", tls(config).map(drop));
    for neighbor in &config.witnesses {
        found.note("witnesses", keys(&neighbor.name, &neighbor.keys));
    }
    if let Some(serve) = &config.serve_witness {
        found.note("serve_witness", keys("logs", &serve.logs));
    }
    found.note("ledger", ledger(config).await);
    let law = found.note("law", ground::law(packs, config)).map(|(law, _)| law);
    let law = law.inspect(|law| {
        let compiled = law.compile_all().map_err(|problems| bylaw_law::LoadError { problems });
        found.note("law", compiled.map(drop).map_err(Report::new));
    });
    if let Some(store) = found.note("database", database(config).await).flatten() {
        mappings(&mut found, &store, law.as_ref()).await;
        if let Some(kept) = kept {
            found.note("retention", ground::note_unknown_rules(&store, &kept.rules).await);
        }
    }
    found.end()
}

/// Everything that is wrong, printed as it is found.
#[derive(Default)]
struct Found {
    wrong: usize,
}

impl Found {
    fn note<T>(&mut self, what: &str, outcome: Result<T>) -> Option<T> {
        outcome
            .map_err(|report| {
                self.wrong += 1;
                output::note(format_args!("{:?}", report.wrap_err(what.to_owned())));
            })
            .ok()
    }

    fn end(self) -> Result<ExitCode> {
        if self.wrong == 0 {
            output::print("everything loads\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        let plural = if self.wrong == 1 { "problem" } else { "problems" };
        output::print(format_args!("{} {plural}\n", self.wrong))?;
        Ok(ExitCode::from(1))
    }
}

/// The database with its key; none before the first start, which makes them.
async fn database(config: &Config) -> Result<Option<Store>> {
    let size = ground::ledger_size(config).await?;
    if !ground::is_begun(config)? && size.is_none() {
        ground::deployment_key(config)?;
        return Ok(None);
    }
    let store = ground::existing_store(config).await?;
    let (ledger, database) = (size.unwrap_or_default(), store.count().await?);
    if database < ledger {
        return Err(Error::RestoredOlder { ledger, database }.into());
    }
    Ok(Some(store))
}

/// Whether the address is one; that its port is free would only be true for this moment.
async fn address(address: &str) -> Result<()> {
    let mut found = tokio::net::lookup_host(address)
        .await
        .into_diagnostic()
        .wrap_err_with(|| format!("`{address}` is no address with a port"))?;
    found.next().map(drop).ok_or_else(|| miette!("`{address}` is no address of any machine"))
}

fn public_url(config: &Config) -> Result<()> {
    let Some(url) = &config.public_url else { return Ok(()) };
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host.filter(|host| !host.is_empty() && !host.contains(['?', '#', ' '])) {
        Some(_) => Ok(()),
        None => Err(miette!(
            help = "write it with its scheme: https://law.example.gov",
            "`{url}` is no address of a service"
        )),
    }
}

fn keys(whose: &str, keys: &[String]) -> Result<()> {
    if keys.is_empty() {
        return Err(miette!(help = "add the line that it publishes", "{whose} has no key"));
    }
    ground::verifier_keys(keys).map(drop).wrap_err_with(|| whose.to_owned())
}

/// Reads the log's keys and head, and makes neither.
async fn ledger(config: &Config) -> Result<()> {
    let config = config.clone();
    let read = tokio::task::spawn_blocking(move || -> Result<()> {
        let storage = ground::writable(&config.ledger_location()?)?;
        let exists = storage.read(CHECKPOINT)?.is_some();
        match (ground::log_keys(&config)?, exists) {
            (Some(keys), true) => {
                Reader::new(&*storage).checkpoint()?.verify(&keys.verifier_keys())?;
            }
            (None, true) => return Err(ground::lost_keys(&config)?),
            // As at the first start, for what they say of the origin; then forgotten.
            (None, false) => drop(ground::new_log_keys(&config)?),
            (Some(_), false) => {}
        }
        Ok(())
    });
    read.await.into_diagnostic()?
}

async fn mappings(found: &mut Found, store: &Store, law: Option<&Law>) {
    let Some(clients) = found.note("tokens", store.clients().await.map_err(Report::new)) else {
        return;
    };
    let Some(law) = law else { return };
    for client in clients.iter().filter(|client| client.revoked_on.is_none()) {
        let what = format!("token {} ({})", client.number, client.name);
        let jurisdiction = law.find_jurisdiction(&client.jurisdiction);
        found.note(&what, jurisdiction.map(drop).map_err(Report::new));
        if let Some(text) = &client.mapping {
            let name = client.mapping_name.as_deref().unwrap_or("mapping");
            let read = Mapping::parse(name, text, law, &client.jurisdiction);
            found.note(&what, read.map(drop).map_err(Report::new));
        }
    }
}
