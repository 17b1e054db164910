//! Typing notices and read receipts: pleasant, never in the way of an answer, and never tried twice.

use std::collections::HashMap;
use std::time::Duration;

use matrix_sdk::Room;
use matrix_sdk::ruma::api::client::receipt::create_receipt::v3::ReceiptType;
use matrix_sdk::ruma::events::receipt::ReceiptThread;
use matrix_sdk::ruma::{OwnedEventId, OwnedRoomId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::ids::EventId;

use super::ids;

/// One task for all rooms, told of each message that is being answered.
pub(super) struct Receipts(UnboundedSender<(Room, OwnedEventId)>);

/// How long they are gathered: of many messages in a row, the last one's receipt is enough.
const GATHER: Duration = Duration::from_millis(400);

impl Receipts {
    pub(super) fn start() -> Self {
        let (sender, receiver) = unbounded_channel();
        tokio::spawn(run(receiver));
        Self(sender)
    }

    /// A message was read and is being answered.
    pub(super) fn read(&self, room: &Room, event: &EventId) {
        if let Ok(event) = ids::event(event) {
            let _ = self.0.send((room.clone(), event));
        }
    }
}

async fn run(mut answered: UnboundedReceiver<(Room, OwnedEventId)>) {
    let mut waiting: HashMap<OwnedRoomId, (Room, OwnedEventId)> = HashMap::new();
    let mut due: Option<Instant> = None;
    loop {
        let at = due.unwrap_or_else(|| Instant::now() + GATHER);
        tokio::select! {
            read = answered.recv() => match read {
                Some((room, event)) => {
                    due.get_or_insert_with(|| Instant::now() + GATHER);
                    if !waiting.contains_key(room.room_id()) {
                        let typing = room.clone();
                        tokio::spawn(async move { told(typing.typing_notice(true).await) });
                    }
                    waiting.insert(room.room_id().to_owned(), (room, event));
                }
                None => return,
            },
            () = tokio::time::sleep_until(at), if due.is_some() => {
                due = None;
                for (_, (room, event)) in waiting.drain() {
                    tokio::spawn(async move {
                        told(room.send_single_receipt(ReceiptType::Read, ReceiptThread::Unthreaded, event).await);
                        told(room.typing_notice(false).await);
                    });
                }
            }
        }
    }
}

fn told(result: matrix_sdk::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a receipt or typing notice was lost");
    }
}
