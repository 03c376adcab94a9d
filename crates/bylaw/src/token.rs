//! `bylaw token`: the systems that may ask. It works while the service runs, which sees the change
//! within seconds.

use std::{path::Path, process::ExitCode};

use bylaw_gate::{Mapping, tls};
use bylaw_records::{Client, NewClient};
use jiff::civil::Date;
use miette::{Result, miette};
use serde_json::json;

use crate::{
    args::{TokenCommand, TokenCreate, TokenList, TokenRevoke},
    files, output, runtime,
    serve::{config::Config, ground},
};

pub(crate) fn run(packs: Option<&Path>, command: &TokenCommand) -> Result<ExitCode> {
    match command {
        TokenCommand::Create(options) => runtime::block_on(create(packs, options)),
        TokenCommand::List(options) => runtime::block_on(list(options)),
        TokenCommand::Revoke(options) => runtime::block_on(revoke(options)),
    }
}

async fn create(packs: Option<&Path>, options: &TokenCreate) -> Result<ExitCode> {
    let config = Config::load(&options.place)?;
    let (law, _) = ground::law(packs, &config)?;
    law.find_jurisdiction(&options.jurisdiction)?;
    let today = ground::today(&config)?;
    if let Some(last) = options.expires.filter(|last| *last < today) {
        return Err(miette!(help = "give a day to come", "--expires: {last} is past"));
    }
    let mapping = match &options.mapping {
        Some(path) => {
            let text = files::read(path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Mapping::parse(&name, &text, &law, &options.jurisdiction)?;
            Some((name, text))
        }
        None => None,
    };
    let certificate = options.certificate.as_deref().map(tls::fingerprint_of_file).transpose()?;
    let new = NewClient {
        name: options.name.clone(),
        jurisdiction: options.jurisdiction.clone(),
        mapping,
        certificate,
        expires_on: options.expires,
    };
    let is_new = !ground::is_begun(&config)?;
    let store = ground::store(&config).await?;
    if is_new {
        output::note(format_args!(
            "there was no deployment here yet: began one in {}",
            config.folder()?.display()
        ));
    }
    let (_, token) = store.create_client(&new, today).await?;
    store.close().await;
    output::print(format_args!("{}\n", token.reveal()))?;
    Ok(ExitCode::SUCCESS)
}

async fn list(options: &TokenList) -> Result<ExitCode> {
    let config = Config::load(&options.place)?;
    let store = ground::existing_store(&config).await?;
    let clients = store.clients().await?;
    let today = ground::today(&config)?;
    if options.json {
        let clients: Vec<_> = clients.iter().map(|client| as_json(client, today)).collect();
        output::print_json(&clients)?;
    } else {
        let lines: String = clients.iter().map(|client| line(client, today)).collect();
        output::print(lines)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn line(client: &Client, today: Date) -> String {
    let mapping = client.mapping_name.as_deref().unwrap_or("no mapping");
    let certificate = if client.certificate { ", certificate" } else { "" };
    format!(
        "{:>4}  {}  {}  {mapping}{certificate}  {}\n",
        client.number,
        client.name,
        client.jurisdiction,
        state(client, today)
    )
}

fn state(client: &Client, today: Date) -> String {
    match (client.revoked_on, client.expires_on) {
        (Some(day), _) => format!("revoked on {day}"),
        (None, Some(day)) if day < today => format!("expired after {day}"),
        (None, Some(day)) => format!("good until {day}"),
        (None, None) => format!("good since {}", client.created_on),
    }
}

fn as_json(client: &Client, today: Date) -> serde_json::Value {
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let expired = client.expires_on.is_some_and(|last| last < today);
    json!({
        "number": client.number,
        "name": client.name,
        "jurisdiction": client.jurisdiction,
        "mapping": client.mapping_name,
        "certificate": client.certificate,
        "created_on": day(Some(client.created_on)),
        "expires_on": day(client.expires_on),
        "revoked_on": day(client.revoked_on),
        "good": client.revoked_on.is_none() && !expired,
    })
}

async fn revoke(options: &TokenRevoke) -> Result<ExitCode> {
    let config = Config::load(&options.place)?;
    let store = ground::existing_store(&config).await?;
    let known = store.clients().await?;
    let is_meant = |client: &&Client| match options.which.parse::<u64>() {
        Ok(number) => client.number == number,
        Err(_) => client.name == options.which,
    };
    let good = known.iter().filter(|client| client.revoked_on.is_none());
    let meant: Vec<&Client> = good.filter(is_meant).collect();
    if meant.is_empty() {
        return Err(miette!(
            help = "`bylaw token list` lists them",
            "no token that is not revoked has the number or name `{}`",
            options.which
        ));
    }
    let today = ground::today(&config)?;
    for client in meant {
        store.revoke_client(client.number, today).await?;
        output::print(format_args!("revoked {}  {}\n", client.number, client.name))?;
    }
    Ok(ExitCode::SUCCESS)
}
