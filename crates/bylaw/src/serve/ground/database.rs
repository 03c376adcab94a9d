//! The database of the records and the key that opens it: begun once, and never begun again by
//! mistake.

use std::path::PathBuf;

use bylaw_records::{DeploymentKey, Error, Store};
use miette::{Result, miette};

use super::ledger_size;
use crate::{files, serve::config::Config};

/// The database, with its key, for the commands that may begin a deployment: both are made where
/// there is neither.
pub(crate) async fn store(config: &Config) -> Result<Store> {
    files::make_private_folder(&config.folder()?)?;
    let url = config.database_url()?;
    let key = match deployment_key(config)? {
        Some(key) => key,
        None => first_key(config, &url).await?,
    };
    Ok(Store::open(&url, key).await?)
}

/// The database of a deployment that is there: a mistyped folder begins none.
pub(crate) async fn existing_store(config: &Config) -> Result<Store> {
    if let Some(file) = sqlite_file(config)?.filter(|file| !file.exists()) {
        return Err(miette!(
            help = "check --data, --database and --config; `bylaw serve` begins a deployment where there is none",
            "there is no deployment here: no database at {}",
            file.display()
        ));
    }
    let key = match deployment_key(config)? {
        Some(key) => key,
        None => DeploymentKey::read(&default_key(config)?)?,
    };
    Ok(Store::open(&config.database_url()?, key).await?)
}

/// Whether a deployment was begun here, as far as files and configuration show.
pub(crate) fn is_begun(config: &Config) -> Result<bool> {
    match sqlite_file(config)? {
        Some(file) => Ok(file.exists()),
        None => {
            let named = config.key_file.is_some() || config.key_command.is_some();
            Ok(named || default_key(config)?.exists())
        }
    }
}

/// The key that wraps those of all records. Only the default file may be missing, before a
/// deployment begins: one that the configuration names was not mounted, or is lost.
pub(crate) fn deployment_key(config: &Config) -> Result<Option<DeploymentKey>> {
    match (&config.key_command, &config.key_file) {
        (Some(_), Some(_)) => Err(miette!(
            help = "name the one that the records were sealed with",
            "the configuration names both key_file and key_command"
        )),
        (Some(command), None) => Ok(Some(DeploymentKey::from_command(command)?)),
        (None, Some(file)) => Ok(Some(DeploymentKey::read(file)?)),
        (None, None) => match DeploymentKey::read(&default_key(config)?) {
            Err(Error::MissingKey { .. }) => Ok(None),
            read => Ok(Some(read?)),
        },
    }
}

/// A key for a deployment that has sealed nothing yet. A lost key is never replaced: what it sealed
/// could not be read again, and nobody would notice before it is needed.
async fn first_key(config: &Config, url: &str) -> Result<DeploymentKey> {
    let path = default_key(config)?;
    if ledger_size(config).await?.is_some() || !is_unused(url).await? {
        // Names the file as missing, unless another process has just begun here.
        return Ok(DeploymentKey::read(&path)?);
    }
    Ok(DeploymentKey::read_or_create(&path)?)
}

/// Whether nothing in the database is sealed under any key.
async fn is_unused(url: &str) -> Result<bool> {
    // Opens nothing: a database with records says that this is not their key.
    let nobodys = DeploymentKey::parse(&"0".repeat(64))?;
    let store = match Store::open(url, nobodys).await {
        Err(Error::WrongKey { .. }) => return Ok(false),
        opened => opened?,
    };
    // Names of holds are sealed too, and do not open.
    let unused = store.count().await? == 0 && store.holds().await.is_ok_and(|all| all.is_empty());
    store.close().await;
    Ok(unused)
}

fn default_key(config: &Config) -> Result<PathBuf> {
    Ok(config.folder()?.join("deployment.key"))
}

/// The database's file, where it is SQLite.
fn sqlite_file(config: &Config) -> Result<Option<PathBuf>> {
    let url = config.database_url()?;
    let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
    Ok(path.map(PathBuf::from))
}
