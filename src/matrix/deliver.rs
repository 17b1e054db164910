//! Sending: once in effect, however often it is tried. A transaction id made from the question's event id makes a repeat the same
//! event to the homeserver (Matrix spec v1.16, client-server API § 4.2.3).

use std::collections::HashMap;
use std::sync::Arc;

use matrix_sdk::Room;
use matrix_sdk::ruma::{OwnedEventId, OwnedRoomId, OwnedTransactionId};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use tokio::time::Instant;

use crate::bot::Delivery;
use crate::ids::EventId;

use super::patience::{Pauses, Refusal, surely, verdict};
use super::wording::{Content, content, transaction};

/// A payload on its way.
#[derive(Clone, Debug)]
struct Letter {
    room: Room,
    /// What makes a repeat the same event.
    transaction: OwnedTransactionId,
    content: Content,
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

    /// Sends into a room, whatever breaks on the way: a task that panics is begun again. Gives the id of the event that it became;
    /// `None` where it never will.
    pub(super) async fn deliver_for_sure(&self, room: Room, delivery: &Delivery) -> Option<EventId> {
        let letter = Letter { room, transaction: transaction(&delivery.cause), content: content(&delivery.payload)? };
        let sent = surely(|| {
            let (courier, letter) = (self.clone(), letter.clone());
            async move { courier.deliver(&letter).await }
        });
        sent.await.map(EventId::from)
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

    /// Sends until the homeserver has taken it or never will.
    async fn deliver(&self, letter: &Letter) -> Option<OwnedEventId> {
        let mut pauses = Pauses::default();
        let mut refusals = 0;
        loop {
            let result = {
                let _turn = self.turn(&letter.room).await;
                let _slot = self.slots.acquire().await.ok()?;
                let open_at = *self.open_at.lock().await;
                tokio::time::sleep_until(open_at).await;
                send(letter).await
            };
            let error = match result {
                Ok(event) => return Some(event),
                Err(error) => error,
            };
            let room = letter.room.room_id();
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

async fn send(letter: &Letter) -> matrix_sdk::Result<OwnedEventId> {
    let Letter { room, transaction, content } = letter;
    match content {
        Content::Message(content) => {
            let sent = room.send((**content).clone()).with_transaction_id(transaction.clone()).await?;
            Ok(sent.response.event_id)
        }
        Content::Reaction(content) => {
            let sent = room.send(content.clone()).with_transaction_id(transaction.clone()).await?;
            Ok(sent.response.event_id)
        }
        Content::Redaction(target) => Ok(room.redact(target, None, Some(transaction.clone())).await?.event_id),
    }
}
