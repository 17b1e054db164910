//! Sending: once in effect, however often it is tried. A transaction id made from the question's event id makes a repeat the same
//! event to the homeserver (Matrix spec v1.16, client-server API § 4.2.3).

use std::collections::HashMap;
use std::sync::Arc;

use matrix_sdk::Room;
use matrix_sdk::ruma::events::room::message::RoomMessageEventContent;
use matrix_sdk::ruma::{OwnedEventId, OwnedRoomId, OwnedTransactionId};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use tokio::time::Instant;

use super::patience::{Pauses, Refusal, surely, verdict};

/// Something to send.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// The event that calls for it: the question, its edit, its redaction, or what else the journal holds.
    pub cause: String,
    /// The question that it is about.
    pub question: String,
    /// Where.
    pub room: Room,
    /// What makes a repeat the same event.
    pub transaction: OwnedTransactionId,
    /// What.
    pub parcel: Parcel,
    /// What it settles.
    pub then: Then,
}

/// What a delivery settles in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// What calls for it has its answer.
    Answered,
    /// The question and its redaction are to be forgotten.
    Redacted,
    /// It was said of the message that it can't be read.
    Noticed,
    /// The reply to the command says what came of it.
    Told,
    /// Nothing.
    Nothing,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// A message.
    Message(Box<RoomMessageEventContent>),
    /// The redaction of one of the bot's own messages.
    Redaction(OwnedEventId),
}

/// The transaction id of what answers an event.
pub(super) fn transaction(cause: &str) -> OwnedTransactionId {
    format!("mynah.{}", cause.trim_start_matches('$')).into()
}

/// Sends with bounded work in flight.
#[derive(Clone)]
pub(super) struct Courier {
    slots: Arc<Semaphore>,
    /// When the homeserver takes messages again, after it said that there were too many.
    open_at: Arc<Mutex<Instant>>,
    /// One message at a time in an encrypted room: matrix-sdk 0.18 looks whether the room's key is used up, then encrypts, and
    /// panics where another message came in between and was the key's last.
    encrypted: Arc<Mutex<HashMap<OwnedRoomId, Arc<Mutex<()>>>>>,
}

/// Messages in flight at once.
const SLOTS: usize = 100;
/// Tries at what the homeserver refuses for a reason that may pass.
const REFUSALS: usize = 5;

impl Courier {
    pub(super) fn new() -> Self {
        let open_at = Arc::new(Mutex::new(Instant::now()));
        Self { slots: Arc::new(Semaphore::new(SLOTS)), open_at, encrypted: Arc::default() }
    }

    /// Sends, whatever breaks on the way: a task that panics is begun again.
    pub(super) async fn deliver_for_sure(&self, delivery: &Delivery) -> Option<OwnedEventId> {
        surely(|| {
            let (courier, delivery) = (self.clone(), delivery.clone());
            async move { courier.deliver(&delivery).await }
        })
        .await
    }

    /// The turn in a room, if its messages go one at a time.
    async fn turn(&self, room: &Room) -> Option<OwnedMutexGuard<()>> {
        // Where the state can't be learnt now, sending will tell; a turn does no harm.
        let encrypted = room.latest_encryption_state().await.map_or(true, |state| state.is_encrypted());
        if !encrypted {
            return None;
        }
        let turns = self.encrypted.lock().await.entry(room.room_id().to_owned()).or_default().clone();
        Some(turns.lock_owned().await)
    }

    /// Sends until the homeserver has taken it, and gives the id of the event it became; `None` where it never will.
    async fn deliver(&self, delivery: &Delivery) -> Option<OwnedEventId> {
        let mut pauses = Pauses::default();
        let mut refusals = 0;
        loop {
            let result = {
                let _turn = self.turn(&delivery.room).await;
                let _slot = self.slots.acquire().await.ok()?;
                let open_at = *self.open_at.lock().await;
                tokio::time::sleep_until(open_at).await;
                send(delivery).await
            };
            let error = match result {
                Ok(event) => return Some(event),
                Err(error) => error,
            };
            let room = delivery.room.room_id();
            match verdict(&error) {
                Refusal::TooFast(wait) => {
                    let wait = wait.unwrap_or_else(|| pauses.next());
                    tracing::debug!(%room, ?wait, "the homeserver asks for patience");
                    let mut open_at = self.open_at.lock().await;
                    *open_at = (*open_at).max(Instant::now() + wait);
                }
                Refusal::ForGood => {
                    tracing::warn!(%room, %error, "may not write in this room: left alone");
                    return None;
                }
                Refusal::Perhaps if refusals + 1 >= REFUSALS => {
                    tracing::error!(%room, %error, "gave up sending");
                    return None;
                }
                Refusal::Perhaps => {
                    refusals += 1;
                    tokio::time::sleep(pauses.next()).await;
                }
                Refusal::Unreachable => {
                    let pause = pauses.next();
                    tracing::debug!(%room, %error, ?pause, "sending failed, tried again");
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
}

async fn send(delivery: &Delivery) -> matrix_sdk::Result<OwnedEventId> {
    let Delivery { room, transaction, parcel, .. } = delivery;
    match parcel {
        Parcel::Message(content) => {
            let sent = room.send((**content).clone()).with_transaction_id(transaction.clone()).await?;
            Ok(sent.response.event_id)
        }
        Parcel::Redaction(target) => Ok(room.redact(target, None, Some(transaction.clone())).await?.event_id),
    }
}
