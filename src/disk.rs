//! A disk that is full: what fails then says many things, and seldom why.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// What must still go onto a disk that is not full. A new store of keys takes about as much.
const ROOM_BYTES: usize = 1 << 20;

/// An error, or in its place that the disk is full, where that is why it came about: SQLite calls it an I/O error as often as
/// not, and whoever opens a database takes any error for a wrong passphrase.
pub fn explained(error: anyhow::Error, folder: &Path) -> anyhow::Error {
    if !error.chain().any(tells) && !is_full(folder) {
        return error;
    }
    anyhow::anyhow!(
        "the disk is full: nothing more can be written to the data folder {}. Make room, and start again; nothing in that folder \
         needs to be removed ({})",
        folder.display(),
        error.root_cause()
    )
}

/// Whether an error itself says it.
fn tells(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(is_out_of_room) || error.to_string().contains("database or disk is full")
}

fn is_out_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Whether what a start writes finds no room in a folder. A folder that can't be written for another reason is not full.
fn is_full(folder: &Path) -> bool {
    let written = tempfile::tempfile_in(folder).and_then(|mut file| {
        file.write_all(&vec![0; ROOM_BYTES])?;
        file.sync_all()
    });
    written.is_err_and(|error| is_out_of_room(&error))
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_full_disk_is_told_in_place_of_what_it_led_to() {
        let folder = tempfile::tempdir().unwrap();
        let full = || io::Error::from(ErrorKind::StorageFull);
        for error in [
            Err::<(), _>(full()).context("the passphrase is another one; remove session.json").unwrap_err(),
            anyhow::anyhow!("database or disk is full").context("remove session.json"),
        ] {
            let told = format!("{:#}", explained(error, folder.path()));
            assert!(told.starts_with("the disk is full") && !told.contains("session.json"), "{told}");
        }
        let other = explained(anyhow::anyhow!("disk I/O error").context("the store is damaged"), folder.path());
        assert_eq!(format!("{other:#}"), "the store is damaged: disk I/O error");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_that_is_full_is_out_of_room() {
        let error = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap().write_all(b"x").unwrap_err();
        assert!(is_out_of_room(&error));
    }
}
