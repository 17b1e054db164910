//! Cross-signing and recovery: the account's own device is verified, and a new one can be.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use matrix_sdk::Client;
use matrix_sdk::encryption::recovery::RecoveryState;

use super::account::{prepare_secret, read_secret, write_secret};

/// Pause between two tries at setting encryption up.
const PAUSE: Duration = Duration::from_secs(30);

/// Sees to it that the account has cross-signing keys, that this device is signed with them, and that a recovery key is kept in
/// `key_file` (Matrix spec v1.16, client-server API §§ 10.12.3, 10.12.5). Goes on until that is so, or tells what stands in the way.
pub(super) async fn set_up(client: Client, key_file: &Path) {
    client.encryption().wait_for_e2ee_initialization_tasks().await;
    loop {
        match try_to_set_up(&client, key_file).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(error = format!("{error:#}"), "encryption is not set up yet, tried again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn try_to_set_up(client: &Client, key_file: &Path) -> anyhow::Result<()> {
    let encryption = client.encryption();
    encryption.bootstrap_cross_signing_if_needed(None).await.context("can't set up cross-signing")?;
    let recovery = encryption.recovery();
    let whole = encryption.cross_signing_status().await.is_some_and(|status| status.is_complete());
    match (whole, recovery.state(), key_file.exists()) {
        (_, RecoveryState::Unknown, _) => bail!("the state of the account's recovery is not known yet"),
        (true, RecoveryState::Enabled, true) => {}
        (true, RecoveryState::Disabled, _) => {
            prepare_secret(key_file)?;
            let key = recovery.enable().await.context("can't make a recovery key")?;
            write_secret(key_file, &key)?;
            tracing::info!(file = %key_file.display(), "recovery key made: keep a copy of this file, a new device needs it");
        }
        (true, RecoveryState::Enabled | RecoveryState::Incomplete, false) => {
            // All secrets are here and the key to them is lost: another one serves as well.
            prepare_secret(key_file)?;
            let key = recovery.reset_key().await.context("can't make another recovery key")?;
            write_secret(key_file, &key)?;
            tracing::info!(file = %key_file.display(), "recovery key made anew: the one before is of no use any more");
        }
        (_, _, true) => {
            let key = read_secret(key_file)?;
            recovery
                .recover(key.expose())
                .await
                .with_context(|| format!("the recovery key in {} does not open this account's secrets", key_file.display()))?;
            tracing::info!("recovered with the recovery key: this device is verified");
        }
        (false, _, false) => {
            tracing::warn!(
                file = %key_file.display(),
                "this device is not verified: other clients will warn of it. Put the account's recovery key into this file and restart"
            );
            return Ok(());
        }
    }
    verify_own_device(client).await
}

/// Signs this device with the account's own key, where that was not done yet.
async fn verify_own_device(client: &Client) -> anyhow::Result<()> {
    let device =
        client.encryption().get_own_device().await.context("can't read the device")?.context("the device has no keys yet")?;
    if !device.is_cross_signed_by_owner() {
        device.verify().await.context("can't sign the device")?;
    }
    Ok(())
}
