//! The sync loop, and reading back what a sync left out.

use std::time::Duration;

use matrix_sdk::Client;
use matrix_sdk::Room;
use matrix_sdk::config::{SyncSettings, SyncToken};
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::room::MessagesOptions;
use matrix_sdk::ruma;
use matrix_sdk::ruma::api::client::filter::{Filter, FilterDefinition, RoomEventFilter};
use matrix_sdk::ruma::api::client::sync::sync_events;
use matrix_sdk::ruma::api::error::ErrorKind;
use tokio::sync::mpsc::Sender;

use crate::bot::{EventKind, Gap};
use crate::ids::{EventId, UserId};

use super::Report;
use super::events;
use super::ids;
use super::patience::{Pauses, Refusal, verdict};

/// How long the homeserver holds a sync open.
const LONG_POLL: Duration = Duration::from_secs(25);
/// Events of a room in one response; what is beyond is read back.
const TIMELINE: u32 = 100;

/// Why the loop ended.
pub(super) enum End {
    /// Nobody listens any more.
    Unheard,
    /// The homeserver no longer knows the session.
    SessionLost,
    /// A response could not be taken in.
    Broken(matrix_sdk::Error),
}

/// Syncs from a token on, and passes every response on.
pub(super) async fn run(client: Client, token: Option<String>, reports: Sender<Report>) -> End {
    let mut token = token.map_or(SyncToken::NoToken, SyncToken::Specific);
    let mut pauses = Pauses::default();
    // The first response comes at once, whatever it holds: it tells where the bot stands.
    let mut poll = Duration::ZERO;
    loop {
        let filter = filter(client.user_id(), matches!(token, SyncToken::NoToken));
        let settings = SyncSettings::new().filter(filter).timeout(poll).token(token.clone());
        match client.sync_once(settings).await {
            Ok(response) => {
                token = SyncToken::Specific(response.next_batch.clone());
                pauses = Pauses::default();
                poll = LONG_POLL;
                if reports.send(Report::Synced(Box::new(response))).await.is_err() {
                    return End::Unheard;
                }
            }
            Err(error) if matches!(error.client_api_error_kind(), Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken)) => {
                return End::SessionLost;
            }
            // The response came and was perhaps half taken in: the SDK would drop it if it came again. A new start is clean.
            Err(error) if !matches!(error, matrix_sdk::Error::Http(_)) => return End::Broken(error),
            Err(error) => {
                let pause = pauses.after(verdict(&error));
                tracing::warn!(%error, ?pause, "sync failed, tried again");
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// Messages and state with members as needed; nobody's presence, typing or receipts. After the first sync nothing of the bot's own
/// with the state: Synapse would send its memberships again with nearly every sync while it speaks in several rooms, and say each
/// time that its devices may have changed. As long as matrix-sdk 0.18 has the bot's own devices to ask for, a message that is being
/// encrypted can hold up the sync for five seconds.
fn filter(me: Option<&ruma::UserId>, first: bool) -> sync_events::v3::Filter {
    let mut definition = FilterDefinition::with_lazy_loading();
    definition.room.state.not_senders = me.filter(|_| !first).map(ruma::UserId::to_owned).into_iter().collect();
    definition.presence = Filter::ignore_all();
    definition.room.ephemeral = RoomEventFilter::ignore_all();
    definition.room.timeline.limit = Some(TIMELINE.into());
    definition.into()
}

/// Tries at a room's history before its gap is given up: a quarter of an hour.
const TRIES: usize = 50;
/// Events that a page of history holds.
const PAGE: u32 = 100;

/// Reads a room's history back from its end to the last event read, the bot's own join, or the edge of the window, whichever comes
/// first. Gives the events after it, the oldest first; `None` where the homeserver won't show them.
pub(super) async fn read_back(room: &Room, gap: &Gap) -> Option<Vec<TimelineEvent>> {
    let me = UserId::from(room.own_user_id());
    let mut newest_first: Vec<TimelineEvent> = Vec::new();
    let mut from: Option<String> = None;
    let mut pauses = Pauses::default();
    let mut tries = 0;
    'reading: loop {
        let mut options = MessagesOptions::backward().from(from.as_deref());
        options.limit = PAGE.into();
        let page = match room.messages(options).await {
            Ok(page) => page,
            Err(error) => {
                tries += 1;
                let refusal = verdict(&error);
                if tries >= TRIES || matches!(refusal, Refusal::ForGood | Refusal::Perhaps) {
                    tracing::warn!(room = %gap.room, %error, tries, "can't read back");
                    return None;
                }
                tokio::time::sleep(pauses.after(refusal)).await;
                continue;
            }
        };
        let mut all_old = !page.chunk.is_empty();
        for event in page.chunk {
            let Some(happening) = events::read(&gap.room, &event) else { continue };
            if gap.read_to.as_ref() == Some(&happening.event) {
                break 'reading;
            }
            // One old time may be a wrong clock; a page of them is the edge of the window.
            all_old &= happening.at < gap.oldest;
            let joined = matches!(&happening.kind, EventKind::Member { user, joined: true, .. } if *user == me);
            newest_first.push(event);
            if joined {
                break 'reading;
            }
        }
        from = page.end;
        if from.is_none() || all_old {
            break;
        }
    }
    newest_first.reverse();
    Some(newest_first)
}

/// Fetches one event again, decrypted if it can be; `None` where it is gone for good.
pub(super) async fn fetch(room: &Room, event: &EventId) -> Option<TimelineEvent> {
    let id = ids::event(event).ok()?;
    let mut pauses = Pauses::default();
    loop {
        match room.event(&id, None).await {
            Ok(event) => return Some(event),
            Err(error) => match verdict(&error) {
                Refusal::ForGood | Refusal::Perhaps => return None,
                refusal => tokio::time::sleep(pauses.after(refusal)).await,
            },
        }
    }
}
