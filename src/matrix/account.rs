//! The data folder, the login, and the session that is restored ever after.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use matrix_sdk::authentication::matrix::MatrixSession;
use matrix_sdk::config::RequestConfig;
use matrix_sdk::encryption::{BackupDownloadStrategy, EncryptionSettings};
use matrix_sdk::ruma::api::client::keys::get_keys;
use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId};
use matrix_sdk::store::StateStoreDataKey;
use matrix_sdk::{Client, SessionMeta, SessionTokens};
use matrix_sdk_store_encryption::StoreCipher;
use serde::{Deserialize, Serialize};

use crate::config::{Config, MatrixConfig, Secret};
use crate::insight::{Seal, SealError, Store, StoreError};
use crate::journal::Journal;

use super::ids;

/// Everything that is kept, in one folder: nobody else's, and only one process at a time.
pub(super) struct DataFolder {
    root: PathBuf,
    /// Held for as long as the folder is in use.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, and locks it.
    pub(super) fn open(root: &Path) -> anyhow::Result<Self> {
        let named = root.display();
        fs::create_dir_all(root).with_context(|| format!("can't make the data folder {named}; check data_dir"))?;
        restrict(root)?;
        let path = root.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock =
            lock.with_context(|| format!("can't write in the data folder {named}; is it another account's? check data_dir"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("another mynah is running with the data folder {named}; stop it, or set another data_dir")
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("can't lock {}", path.display())),
        }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.root.join("journal.sqlite")
    }

    pub(super) fn recovery_key(&self, config: &MatrixConfig) -> PathBuf {
        config.recovery_key_file.clone().unwrap_or_else(|| self.root.join("recovery-key"))
    }

    /// The store of questions in a file, sealed by the passphrase of the store.
    pub(super) fn insight(&self, config: &Config) -> anyhow::Result<Store> {
        let store = sealed_store(&config.insight_file(), &self.passphrase(&config.matrix)?)?;
        Ok(store)
    }

    fn session(&self) -> PathBuf {
        self.root.join("session.json")
    }

    fn store(&self) -> PathBuf {
        self.root.join("matrix")
    }

    /// The passphrase of the store: the config's, else one made on the first start.
    fn passphrase(&self, config: &MatrixConfig) -> anyhow::Result<Secret> {
        if let Some(secret) = secret(config.store_passphrase.as_ref(), config.store_passphrase_file.as_deref())? {
            return Ok(secret);
        }
        let path = self.root.join("store-passphrase");
        if path.exists() || self.session().exists() {
            return read_secret(&path)
                .context("the store's passphrase is gone: put it back, or remove session.json beside it to log in anew");
        }
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
        let made: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        write_secret(&path, &made)?;
        Ok(Secret::new(made))
    }
}

/// Makes a folder its owner's alone.
fn restrict(folder: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("can't make {} private; is it another account's? check data_dir", folder.display()))?;
    }
    Ok(())
}

/// From now on, new files are the owner's alone.
pub(super) fn keep_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
}

/// Makes sure that a secret can be written, before there is one to lose.
pub(super) fn prepare_secret(path: &Path) -> anyhow::Result<()> {
    File::create(path.with_extension("part")).map(drop).with_context(|| format!("can't write {}", path.display()))
}

/// Writes a secret whole or not at all.
pub(super) fn write_secret(path: &Path, secret: &str) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    let write = || {
        let mut file = File::create(&part)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().with_context(|| format!("can't write {}", path.display()))
}

pub(super) fn read_secret(path: &Path) -> anyhow::Result<Secret> {
    let text = fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    ensure!(!text.trim().is_empty(), "{} is empty: a secret should stand in it", path.display());
    Ok(Secret::new(text.trim()))
}

/// A secret from the config itself, or from the file that it names.
fn secret(written: Option<&Secret>, file: Option<&Path>) -> anyhow::Result<Option<Secret>> {
    match (written, file) {
        (Some(secret), _) => Ok(Some(secret.clone())),
        (None, Some(path)) => read_secret(path).map(Some),
        (None, None) => Ok(None),
    }
}

/// How a new session begins.
enum Credentials {
    Password(Secret),
    Token(Secret, OwnedDeviceId),
}

fn credentials(config: &MatrixConfig) -> anyhow::Result<Credentials> {
    if let Some(token) = secret(config.access_token.as_ref(), config.access_token_file.as_deref())? {
        let device =
            config.device_id.as_deref().context("matrix.access_token needs matrix.device_id, the device it was made for")?;
        return Ok(Credentials::Token(token, device.into()));
    }
    let password = secret(config.password.as_ref(), config.password_file.as_deref())?;
    password
        .map(Credentials::Password)
        .context("no way to log in: set matrix.password, matrix.password_file or matrix.access_token (MYNAH__MATRIX__PASSWORD=…)")
}

/// The account of the config.
pub(super) fn user_id(config: &MatrixConfig) -> anyhow::Result<OwnedUserId> {
    ensure!(!config.homeserver.is_empty(), "matrix.homeserver is not set: write an address such as https://matrix.example.org");
    ensure!(!config.user_id.is_empty(), "matrix.user_id is not set: write an account such as @mynah:example.org");
    ids::user(&config.user_id.as_str().into())
        .with_context(|| format!("matrix.user_id `{}` is no account: write it as @mynah:example.org", config.user_id))
}

/// Restores the session of the data folder, or logs in for the first time.
pub(super) async fn open(config: &MatrixConfig, data: &DataFolder, journal: &Journal) -> anyhow::Result<Client> {
    let user = user_id(config)?;
    let store = data.store();
    let sealed = Sealed::read(&data.session())?;
    let owner = sealed.as_ref().map(|sealed| sealed.user_id.to_string()).or(journal.fact(ACCOUNT)?);
    if let Some(owner) = owner.filter(|owner| *owner != user.as_str()) {
        bail!(
            "the data folder {} belongs to {owner}, and matrix.user_id is {user}: set another data_dir, or matrix.user_id = \"{owner}\"",
            data.root.display()
        );
    }
    match sealed {
        Some(sealed) if store.exists() => {
            let session = sealed.open(&data.passphrase(config)?)?;
            let client = client(config, data).await?;
            // After a crash the SDK may have a response that the journal does not. It drops a response with the token it has, and
            // the bot always passes its own: so it must not know one.
            client.state_store().remove_kv_data(StateStoreDataKey::SyncToken).await.context("can't prepare the store")?;
            client.restore_session(session).await.context("can't restore the session")?;
            return Ok(client);
        }
        _ => {}
    }
    let credentials = credentials(config)?;
    if let Some(device) = journal.fact(DEVICE)? {
        lost_store(&credentials, &device, &store)?;
    }
    // What is left is of a first login that was cut short, or of a session that is gone.
    remove_store(&store)?;
    let client = match first_login(config, data, &user, &credentials).await {
        Ok(client) => client,
        Err(error) => {
            remove_store(&store)?;
            return Err(error);
        }
    };
    // Another device knows no rooms yet: it begins with all of them, not where the one before it stopped.
    journal.forget_token()?;
    journal.set_fact(ACCOUNT, user.as_str())?;
    journal.set_fact(DEVICE, client.device_id().map(|d| d.as_str()).unwrap_or_default())?;
    Ok(client)
}

/// The session as it is kept: whose it is for all to see, the rest encrypted by the store's passphrase.
#[derive(Serialize, Deserialize)]
struct Sealed {
    user_id: OwnedUserId,
    device_id: OwnedDeviceId,
    /// The key, encrypted by the passphrase.
    cipher: Vec<u8>,
    /// The session, encrypted by the key.
    session: Vec<u8>,
}

impl Sealed {
    fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let damaged = || format!("the session {} is damaged: remove it to log in anew as another device", path.display());
        match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json).map(Some).with_context(damaged),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
        }
    }

    fn seal(session: &MatrixSession, passphrase: &Secret) -> anyhow::Result<Self> {
        let key = StoreCipher::new()?;
        Ok(Self {
            user_id: session.meta.user_id.clone(),
            device_id: session.meta.device_id.clone(),
            cipher: key.export(passphrase.expose())?,
            session: key.encrypt_value(session)?,
        })
    }

    fn open(&self, passphrase: &Secret) -> anyhow::Result<MatrixSession> {
        let key = StoreCipher::import(passphrase.expose(), &self.cipher)
            .context("the store's passphrase is another one than before: set the old one as matrix.store_passphrase, or remove session.json in the data folder to log in anew as another device")?;
        key.decrypt_value(&self.session).context("the session is damaged")
    }
}

/// A store of questions that the bot has sealed, without the data folder's lock: it is read beside the bot. Without a passphrase to be
/// found, [`StoreError::Sealed`] says so.
pub(super) fn insight_beside(config: &Config) -> anyhow::Result<Store> {
    let matrix = &config.matrix;
    let given = secret(matrix.store_passphrase.as_ref(), matrix.store_passphrase_file.as_deref())?;
    let made = config.data_dir.join("store-passphrase");
    let file = config.insight_file();
    match given {
        Some(passphrase) => Ok(sealed_store(&file, &passphrase)?),
        None if made.is_file() => Ok(sealed_store(&file, &read_secret(&made)?)?),
        None => Err(StoreError::Sealed(file.display().to_string()).into()),
    }
}

/// As the session is, questions are encrypted by a key that stands beside them, encrypted by the passphrase.
struct Cipher(StoreCipher);

impl Seal for Cipher {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(serde_json::to_vec(&self.0.encrypt_value_base64_data(plain.to_vec())?)?)
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(self.0.decrypt_value_base64_data(serde_json::from_slice(sealed)?)?)
    }
}

fn sealed_store(file: &Path, passphrase: &Secret) -> Result<Store, StoreError> {
    Store::open_sealed(file, |key| match key {
        Some(key) => Ok((Box::new(Cipher(StoreCipher::import(passphrase.expose(), key)?)), None)),
        None => {
            let cipher = StoreCipher::new()?;
            let key = cipher.export(passphrase.expose())?;
            Ok((Box::new(Cipher(cipher)), Some(key)))
        }
    })
}

/// Facts of the journal.
const ACCOUNT: &str = "account";
const DEVICE: &str = "device";

/// The journal knows a device whose keys are gone: a password makes a new device, a token can't.
fn lost_store(credentials: &Credentials, device: &str, store: &Path) -> anyhow::Result<()> {
    if let Credentials::Token(_, wanted) = credentials
        && wanted.as_str() == device
    {
        bail!(
            "the store {} is gone, and with it the keys of device {device}: log in anew for another access token and device, or set matrix.password",
            store.display()
        );
    }
    tracing::warn!(
        lost = device,
        "the store of device {device} is gone: logging in as a new device, which can't read older encrypted messages"
    );
    Ok(())
}

fn remove_store(store: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(store) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't remove the unfinished store {}", store.display()))
        }
        _ => Ok(()),
    }
}

/// After this long a request has failed. It is tried once: whoever sent it decides whether it is tried again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

async fn client(config: &MatrixConfig, data: &DataFolder) -> anyhow::Result<Client> {
    let store = data.store();
    let passphrase = data.passphrase(config)?;
    fs::create_dir_all(&store).with_context(|| format!("can't make {}", store.display()))?;
    let encryption = EncryptionSettings {
        auto_enable_cross_signing: true,
        auto_enable_backups: true,
        backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
    };
    let built = Client::builder()
        .homeserver_url(&config.homeserver)
        .respect_login_well_known(false)
        .sqlite_store(&store, Some(passphrase.expose()))
        .request_config(RequestConfig::new().timeout(REQUEST_TIMEOUT).disable_retry())
        .with_encryption_settings(encryption)
        .user_agent(concat!("mynah/", env!("CARGO_PKG_VERSION")))
        .build()
        .await;
    built.map_err(|error| match error {
        matrix_sdk::ClientBuildError::Url(_) => {
            anyhow::Error::from(error).context(format!("matrix.homeserver `{}` is no address", config.homeserver))
        }
        matrix_sdk::ClientBuildError::SqliteStore(_) => anyhow::Error::from(error).context(format!(
            "can't open the store {}: the passphrase is another one (matrix.store_passphrase), or the store is damaged; \
             to begin anew as another device, remove {}",
            store.display(),
            data.session().display()
        )),
        error => error.into(),
    })
}

async fn first_login(
    config: &MatrixConfig,
    data: &DataFolder,
    user: &OwnedUserId,
    credentials: &Credentials,
) -> anyhow::Result<Client> {
    let client = client(config, data).await?;
    match credentials {
        Credentials::Password(password) => {
            let login = client.matrix_auth().login_username(user, password.expose());
            login.initial_device_display_name("mynah").await.map_err(|error| explained(error, config))?;
        }
        Credentials::Token(token, device) => {
            let meta = SessionMeta { user_id: user.clone(), device_id: device.clone() };
            let tokens = SessionTokens { access_token: token.expose().to_owned(), refresh_token: None };
            let session = MatrixSession { meta, tokens };
            check_token(config, &session).await.map_err(|error| match error.downcast::<matrix_sdk::Error>() {
                Ok(error) => explained(error, config),
                Err(error) => error,
            })?;
            client.restore_session(session).await.context("can't use the access token")?;
        }
    }
    let session = client.matrix_auth().session().context("the login made no session")?;
    let sealed = Sealed::seal(&session, &data.passphrase(config)?).context("can't encrypt the session")?;
    write_secret(&data.session(), &serde_json::to_string(&sealed).context("can't keep the session")?)?;
    tracing::info!(user = %user, device = %session.meta.device_id, "logged in for the first time");
    Ok(client)
}

/// The token must be the account's and the device's, and the device must not have keys already: they are in some other store.
/// Asked beside the store, which would upload keys at once.
async fn check_token(config: &MatrixConfig, session: &MatrixSession) -> anyhow::Result<()> {
    let request_config = RequestConfig::new().timeout(REQUEST_TIMEOUT).disable_retry();
    let client = Client::builder().homeserver_url(&config.homeserver).request_config(request_config).build().await?;
    client.restore_session(session.clone()).await?;
    let SessionMeta { user_id: user, device_id: device } = &session.meta;
    let told = client.whoami().await.map_err(matrix_sdk::Error::from)?;
    ensure!(told.user_id == *user, "the access token belongs to {}, and matrix.user_id is {user}", told.user_id);
    if let Some(of) = &told.device_id {
        ensure!(of == device, "the access token was made for device {of}, and matrix.device_id is {device}");
    }
    let mut request = get_keys::v3::Request::new();
    request.device_keys.insert(user.clone(), vec![device.clone()]);
    let keys = client.send(request).await.map_err(matrix_sdk::Error::from)?;
    let known = keys.device_keys.get(user).is_some_and(|devices| devices.contains_key(device));
    ensure!(
        !known,
        "device {device} already has encryption keys, which this data folder does not hold: log in anew for another access token and device"
    );
    Ok(())
}

/// A login error in words that say what to do.
fn explained(error: matrix_sdk::Error, config: &MatrixConfig) -> anyhow::Error {
    let MatrixConfig { homeserver, user_id, .. } = config;
    match error.client_api_error_kind() {
        Some(ErrorKind::Forbidden) => {
            anyhow::anyhow!("{homeserver} refuses the login of {user_id}: wrong password, or no such account")
        }
        Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken) => {
            anyhow::anyhow!("{homeserver} doesn't know the access token: it has expired or was logged out; make another")
        }
        Some(_) => anyhow::Error::from(error).context(format!("{homeserver} refuses the login of {user_id}")),
        None => anyhow::Error::from(error)
            .context(format!("can't reach a homeserver at {homeserver}; is matrix.homeserver right, and is it up?")),
    }
}

/// Whether the homeserver knows the session; for `mynah run --check`.
pub(super) async fn verify(client: &Client, config: &MatrixConfig) -> anyhow::Result<()> {
    client.whoami().await.map_err(|error| explained(error.into(), config))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_sealed_by_the_passphrase_and_opened_by_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("insight.sqlite");
        drop(sealed_store(&file, &Secret::new("flamingo")).unwrap());
        assert!(sealed_store(&file, &Secret::new("flamingo")).is_ok());
        assert!(matches!(sealed_store(&file, &Secret::new("pelican")), Err(StoreError::Cipher(_))));
        let cipher = Cipher(StoreCipher::new().unwrap());
        let sealed = cipher.seal(b"where do mallards swim?").unwrap();
        assert!(!sealed.windows(8).any(|bytes| bytes == b"mallards"));
        assert_eq!(cipher.open(&sealed).unwrap(), b"where do mallards swim?");
    }
}
